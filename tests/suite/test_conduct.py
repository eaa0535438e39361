"""Rules that every call keeps; each is broken once, and a call that keeps it is not accused."""

from hashlib import sha256

import pytest

from harness.exchange.judge import judge_request
from harness.exchange.message import Message
from harness.exchange.messages import Body, Request
from harness.suite.conduct import Conduct, texts_of_http
from tests.account.asking import ACTION, ROLES, caller, envelope
from tests.suite.watched import CONTRACT

ACTIVE, OTHER = ROLES["active"], ROLES["second-active"]
CUSTOMERS = frozenset({ACTIVE.id, ROLES["company"].id})


def item(own: str = "a-1", to: str = ACTIVE.id, title: str = "Päätös", more: str = "") -> str:
    kind = "CRN" if to[7:8] == "-" else "SSN"
    return (
        f'<Kohde><Asiakas AsiakasTunnus="{to}" TunnusTyyppi="{kind}"/>'
        f"<ViranomaisTunniste>{own}</ViranomaisTunniste><Nimeke>{title}</Nimeke>"
        f"<LahetysPvm>2026-11-02T08:00:00Z</LahetysPvm><KuvausTeksti>Teksti</KuvausTeksti>{more}"
        "</Kohde>"
    )


def file(size: str, content: str = "A" * 4000) -> str:
    return (
        f"<Tiedostot><Tiedosto><TiedostoSisalto>{content}</TiedostoSisalto>"
        f"<TiedostoKoko>{size}</TiedostoKoko><TiedostoNimi>a.pdf</TiedostoNimi>"
        "</Tiedosto></Tiedostot>"
    )


def call(*items: str, message_id: str = "m-1", old: str = "", new: str = "") -> tuple[Message, str]:
    inner = caller(message_id=message_id)
    inner += f"<Kysely><KohdeMaara>{len(items)}</KohdeMaara><Kohteet>{''.join(items)}</Kohteet>"
    data = envelope("LisaaKohteita", f"{inner}</Kysely>")
    assert old.encode() in data
    data = data.replace(old.encode(), new.encode(), 1) if old else data
    judged = judge_request(CONTRACT, Request("", f"{ACTION}LisaaKohteita", Body(data)))
    assert judged.message is not None
    return judged.message, sha256(data).hexdigest()


def codes(conduct: Conduct, *made: tuple[Message, str]) -> list[str]:
    return [each.code for message, digest in made for each in conduct.check(message, digest)]


def test_a_good_call_is_not_accused() -> None:
    conduct = Conduct(CUSTOMERS)
    assert (
        codes(conduct, call(item(), item("a-2", OTHER.id)), call(item("a-3"), message_id="m-2"))
        == []
    )


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (item(title=f"Päätös {ACTIVE.id}"), "personal-data"),
        (item(own=f"x {OTHER.id}"), "personal-data"),
        (item(to="0000003-5"), "unknown-customer"),
        (item(to="nobody"), "unknown-customer"),
        (item(more=file("3000")), "attachment-size"),
        (item(more=file("2")), "attachment-size"),
    ],
)
def test_each_rule_is_looked_at(made: str, code: str) -> None:
    (found,) = Conduct(CUSTOMERS).check(*call(made))
    assert found.code == code
    assert ACTIVE.id not in str(found)
    assert OTHER.id not in str(found)


@pytest.mark.parametrize("size", ["3", "", "x"])
def test_a_size_in_kb_rounded_up_is_right_and_none_says_nothing(size: str) -> None:
    assert codes(Conduct(CUSTOMERS), call(item(more=file(size)))) == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("<s:Body>", "<s:Body><!-- CODE -->", "comment"),
        ("<s:Body>", '<s:Body q:id="CODE" xmlns:q="urn:q">', "Envelope/Body/@id"),
        (
            "<s:Body>",
            '<s:Header><q:To xmlns:q="urn:q" AsiakasTunnus="CODE"/></s:Header><s:Body>',
            "Envelope/Header/To/@AsiakasTunnus",
        ),
        ("<Nimeke>", "<Nimeke>CODE", "Kysely/Kohteet/Kohde/Nimeke"),
    ],
)
def test_a_code_is_seen_wherever_it_stands_in_the_envelope(old: str, new: str, path: str) -> None:
    (found,) = Conduct(CUSTOMERS).check(*call(item(), old=old, new=new.replace("CODE", ACTIVE.id)))
    assert (found.code, found.path) == ("personal-data", path)


def test_a_code_is_seen_in_what_http_says() -> None:
    hidden = ACTIVE.id.replace("-", "%2D")
    fields = (("Host", "localhost"), ("X-Customer", ACTIVE.id), (f"x{ACTIVE.id}", f"a{hidden}"))
    http = texts_of_http(f"/path?customer={hidden}", fields)
    found = Conduct(CUSTOMERS).check(*call(item()), http)
    assert [(each.code, each.path) for each in found] == [
        ("personal-data", "HTTP target"),
        ("personal-data", "HTTP field X-Customer"),
        ("personal-data", "HTTP field <name, 12 chars>"),
    ]
    assert Conduct(CUSTOMERS).check(*call(item()), texts_of_http("/path?wsdl", fields[:1])) == ()


def test_an_id_is_one_items_whoever_got_an_answer() -> None:
    first, other = call(item()), call(item(to=OTHER.id), message_id="m-2")
    assert codes(Conduct(CUSTOMERS), first, other) == ["item-id-reused"]
    assert codes(Conduct(CUSTOMERS), call(item(), item())) == ["item-id-reused"]


def test_an_id_comes_again_only_while_its_answer_may_be_lost() -> None:
    conduct, first = Conduct(CUSTOMERS), call(item())
    again = call(item(), message_id="m-2")
    assert codes(conduct, first, first, again) == []
    conduct.answered(again[0])
    assert codes(conduct, first) == ["item-id-reused"]


def test_a_message_id_is_one_messages() -> None:
    conduct = Conduct(CUSTOMERS)
    assert codes(conduct, call(item()), call(item("a-2"))) == ["message-id-reused"]
