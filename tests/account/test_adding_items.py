"""LisaaKohteita."""

import base64

import pytest

from harness.account.settings import OTHER_AUTHORITY, Settings
from harness.wsdl import Contract
from tests.account.asking import PDF, ROLES, Desk, add, attachment, caller, item

OP = "LisaaKohteita"
ARTIFICIAL = ROLES["active"].id


def targets(desk: Desk, *items: str) -> list[int]:
    asked = desk.ask(OP, add(*items))
    assert asked.code == 0
    assert asked.texts("KohdeMaara") == [str(len(items))]
    return asked.targets


def test_stored_items_get_ids_of_the_account(desk: Desk) -> None:
    asked = desk.ask(OP, add(item("active", "second-active"), item("company")))
    assert asked.targets == [200, 200, 200]
    assert len(set(asked.texts("Kohteet/Kohde/Asiakas/AsiointitiliTunniste"))) == 3


def test_refused_items_get_no_id_and_are_not_stored(desk: Desk) -> None:
    asked = desk.ask(OP, add(item("none", own_id="uusi")))
    assert asked.targets == [524]
    assert asked.texts("Kohteet/Kohde/Asiakas/AsiointitiliTunniste") == []
    assert targets(desk, item("active", own_id="uusi")) == [200]


@pytest.mark.parametrize("role", ["passive", "none", "company-none", "refusing"])
def test_customers_that_cannot_be_reached(desk: Desk, role: str) -> None:
    assert targets(desk, item(role)) == [524]


def test_one_target_refused_does_not_stop_the_others(desk: Desk) -> None:
    assert targets(desk, item("active", "none", "company")) == [200, 524, 200]


def test_repeated_id_is_refused_for_another_customer_too(desk: Desk) -> None:
    """The trap that cost a second guardian their message."""
    assert targets(desk, item("active", own_id="sama")) == [200]
    assert targets(desk, item("second-active", own_id="sama")) == [520]


def test_repeated_id_within_one_message(desk: Desk) -> None:
    assert targets(desk, item(own_id="a"), item(own_id="b"), item(own_id="a")) == [200, 200, 520]


def test_each_authority_has_its_own_ids(desk: Desk) -> None:
    assert targets(desk, item(own_id="sama")) == [200]
    other = desk.ask(OP, add(item(own_id="sama")), caller(OTHER_AUTHORITY))
    assert other.targets == [200]


def test_erroneous_item_does_not_hold_its_id(desk: Desk) -> None:
    bad = item("virus", own_id="sama", files=attachment())
    assert targets(desk, bad) == [202]
    assert targets(desk, bad) == [520]
    desk.account.advance(60)
    assert targets(desk, item("active", own_id="sama")) == [200]


def test_items_without_id_are_never_duplicates(desk: Desk) -> None:
    assert targets(desk, item(own_id=None), item(own_id=None)) == [200, 200]


@pytest.mark.parametrize("count", [0, 2, -1, 1_000_000])
def test_count_must_be_the_number_of_items(desk: Desk, count: int) -> None:
    assert desk.ask(OP, add(item(), count=count)).code == 400
    assert len(desk.account.items()) == 0


def test_count_with_zeros_in_front_is_the_same_number(desk: Desk) -> None:
    asked = add(item()).replace("<KohdeMaara>1<", f"<KohdeMaara>{'0' * 5000}1<")
    assert desk.ask(OP, asked).code == 0


def test_no_items(desk: Desk) -> None:
    assert desk.ask(OP, add()).code == 400
    assert desk.ask(OP, "<Kysely><KohdeMaara>0</KohdeMaara></Kysely>").code == 400


def test_nil_item(desk: Desk) -> None:
    nil = '<Kohde xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="true"/>'
    assert desk.ask(OP, add(nil)).code == 400


def test_reference_to_own_earlier_item_by_either_id(desk: Desk) -> None:
    first = desk.ask(OP, add(item("active", own_id="eka")))
    account_id = first.texts("Kohteet/Kohde/Asiakas/AsiointitiliTunniste")[0]
    by_own = item("active", reference=("eka", "ViranomaisTunniste"))
    by_account = item("active", reference=(account_id, "AsiointitiliTunniste"))
    assert targets(desk, by_own, by_account) == [200, 200]


def test_reference_to_another_customers_item(desk: Desk) -> None:
    targets(desk, item("active", own_id="eka"))
    assert targets(desk, item("second-active", reference=("eka", "ViranomaisTunniste"))) == [521]


def test_reference_to_another_authoritys_item(desk: Desk) -> None:
    first = desk.ask(OP, add(item("active", own_id="eka")))
    account_id = first.texts("Kohteet/Kohde/Asiakas/AsiointitiliTunniste")[0]
    reference = item("active", reference=(account_id, "AsiointitiliTunniste"))
    assert desk.ask(OP, add(reference), caller(OTHER_AUTHORITY)).targets == [521]


@pytest.mark.parametrize(
    "reference",
    [
        "AT000000000001x",
        "AT1",
        "AT000000000000",
        "AT999999999999",
        "at000000000001",
        "",
        "AT²²²²²²²²²²²²",
    ],
)
def test_reference_to_an_id_that_the_account_never_gave(desk: Desk, reference: str) -> None:
    targets(desk, item("active"))
    assert targets(desk, item("active", reference=(reference, "AsiointitiliTunniste"))) == [521]


def test_contact_data_of_a_customer_is_accepted_and_not_kept(desk: Desk) -> None:
    contact = item("active", own_id="a").replace(
        "<Asiakas ", '<Asiakas Sahkoposti="matti@a.example" Matkapuhelin="+358000000" '
    )
    assert targets(desk, contact) == [200]
    assert "matti" not in str(desk.account.snapshot())


def test_reference_of_an_unknown_kind(desk: Desk) -> None:
    assert targets(desk, item(reference=("eka", "Muu"))) == [525]


@pytest.mark.parametrize(
    "bad",
    [
        {"text": ""},
        {"text": "   "},
        {"title": ""},
        {"title": "x" * 257},
        {"own_id": "x" * 101},
        {"own_id": ARTIFICIAL.replace("-9", "-1")},
        {"own_id": f"asia {ARTIFICIAL.replace('-9', '-0')}/2026"},
        {"extra": "<VahvistusVaatimus>2</VahvistusVaatimus>"},
        {"extra": "<VaadiLukukuittaus>-1</VaadiLukukuittaus>"},
        {"extra": f"<AsiaNumero>{'x' * 101}</AsiaNumero>"},
        {"after": "<EmailLisatietoOtsikko>Otsikko</EmailLisatietoOtsikko>"},
        {"after": "<EmailLisatietoSisalto>Sisältö</EmailLisatietoSisalto>"},
        {"after": f"<ViranomaisenEmail>{'x' * 401}</ViranomaisenEmail>"},
        {"after": f"<TavoitettavuusTietoEmail>{'x' * 201}</TavoitettavuusTietoEmail>"},
        {"files": attachment(None)},
        {"files": attachment("ei väliä.pdf")},
        {"files": attachment("polku/liite.pdf")},
        {"files": attachment("x" * 197 + ".pdf")},
        {"files": attachment("a.pdf") + attachment("A.PDF")},
        {"files": attachment(content=None)},
        {"files": attachment(content="")},
        {"files": attachment(url="https://a.example/")},
        {"files": attachment(content=None, url="https://a.example/" + "x" * 200)},
    ],
    ids=lambda bad: next(iter(bad)),
)
def test_content_errors(desk: Desk, bad: dict[str, str]) -> None:
    assert targets(desk, item(**bad)) == [525]  # type: ignore[arg-type]
    assert len(desk.account.items()) == 0


@pytest.mark.parametrize(
    "good",
    [
        {"title": "x" * 256},
        {"own_id": "x" * 100},
        {"extra": "<VahvistusVaatimus>1</VahvistusVaatimus>"},
        {
            "after": "<ViranomaisenEmail>kirjaamo@a.example</ViranomaisenEmail>"
            "<EmailLisatietoOtsikko>Otsikko</EmailLisatietoOtsikko>"
            "<EmailLisatietoSisalto>Sisältö</EmailLisatietoSisalto>"
            "<TavoitettavuusTietoEmail>a@a.example</TavoitettavuusTietoEmail>"
            "<Viestityyppi>2</Viestityyppi><LisaaOsoitesivu>true</LisaaOsoitesivu>"
        },
        {"files": attachment("Päätös_1.2.ÅÄÖ.PDF")},
        {"files": attachment("x" * 196 + ".pdf")},
        {"files": attachment("a.pdf") + attachment("b.txt")},
        {"files": attachment("linkki", content=None, url="https://a.example/")},
        {"files": attachment(content=" \n ".join(PDF))},
    ],
    ids=lambda good: next(iter(good)),
)
def test_content_that_is_allowed(desk: Desk, good: dict[str, str]) -> None:
    assert targets(desk, item(**good)) == [200]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a.exe", "a", "pdf", "a.pdf.zip", "a."])
def test_file_types_not_allowed(desk: Desk, name: str) -> None:
    expected = 200 if name == "pdf" else 528
    assert targets(desk, item(files=attachment(name))) == [expected]


@pytest.mark.parametrize(("size", "code"), [(2_000_000, 200), (2_000_001, 529)])
def test_size_of_an_attachment(desk: Desk, size: int, code: int) -> None:
    content = base64.b64encode(bytes(size)).decode()
    assert targets(desk, item(files=attachment(content=content))) == [code]


def test_queued_authority_gets_an_acknowledgement_only(contract: Contract) -> None:
    desk = Desk(contract, Settings().with_queue())
    asked = desk.ask(OP, add(item("active", own_id="a"), item("none", own_id="b")))
    assert (asked.code, asked.texts("KohdeMaara")) == (202, ["2"])
    assert asked.targets == []
    assert desk.states("a") == [202]
    assert desk.states("b") == [202]
    desk.account.advance(60)
    assert desk.states("a") == [200]
    assert desk.states("b") == [524]
