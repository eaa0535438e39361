"""What customers write to an authority, and how each version of the return channel carries it."""

import base64
from dataclasses import replace
from datetime import date

import pytest

from harness.account import outbox
from harness.account.account import Account
from harness.account.citizens import REPLY_TEXT, Draft, File
from harness.account.outbox import Push
from harness.account.settings import OTHER_AUTHORITY
from harness.errors import ConfigError, ContractError
from harness.exchange.judge import judge_request
from harness.exchange.message import Message
from harness.identity import personal_code
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.account.asking import NOW, ROLES, Desk, add, fixed_clock, item, send

HEADER = "{http://www.suomi.fi/asiointitili}paluukanavaUrl"
ITEM = "Kysely/Kohteet/Kohde"
PICTURE = base64.b64encode(b"\x89PNG not really").decode()
FULL = Draft(
    "active",
    "Kysymys <maksusta> & ä",
    "Hyvä kunta, paljonko on 10 €?\nÅsa Ö. \U0001f600",
    sender="Testi Henkilö",
    email="testi@example.invalid",
    phone="+358 50 000 0000",
    authority_email="kirjaamo@example.invalid",
    files=(File("kuva_ä.png", PICTURE, "image/png"), File("b.txt", PICTURE)),
)


def judged(channel: Contract, push: Push, url: str = "") -> Message:
    judgement = judge_request(channel, outbox.request(channel, push, url))
    assert judgement.verdict is Verdict.PASSED, judgement.findings
    assert judgement.message is not None
    assert judgement.operation == push.operation
    return judgement.message


def test_message_with_everything_is_valid_in_every_version(channel: Contract) -> None:
    push = Account(clock=fixed_clock).write(FULL)
    message = judged(channel, push)
    assert push.operation == "VieKohteita"
    assert message.text("Viranomainen/PalveluTunnus") == "ESIMERKKIKUNTA_VIESTIT"
    assert message.text("Viranomainen/SanomaTunniste") == push.message_id
    assert message.text("Kysely/KohdeMaara") == "1"
    assert message.text(f"{ITEM}/Nimeke") == FULL.title
    assert message.text(f"{ITEM}/KuvausTeksti") == FULL.text
    assert message.text(f"{ITEM}/LahettajaNimi") == "Testi Henkilö"
    assert message.text(f"{ITEM}/LahetysPvm") == "2026-11-02T08:00:00Z"
    assert message.text(f"{ITEM}/Asiakas/@AsiakasTunnus") == ROLES["active"].id
    assert message.texts(f"{ITEM}/Tiedostot/Tiedosto/TiedostoNimi") == ["kuva_ä.png", "b.txt"]
    assert message.texts(f"{ITEM}/Tiedostot/Tiedosto/TiedostoSisalto") == [PICTURE] * 2
    assert message.count(f"{ITEM}/Viittaus") == 0


def test_mail_addresses_go_where_the_version_knows_them(channel: Contract) -> None:
    message = judged(channel, Account(clock=fixed_clock).write(FULL))
    newer = channel.version == "2018"
    assert message.count(f"{ITEM}/ViranomaisenEmail") == newer
    assert message.count(f"{ITEM}/Asiakas/@Sahkoposti") == newer
    assert message.count(f"{ITEM}/Asiakas/@Matkapuhelin") == newer


def test_address_of_the_receiver_goes_into_the_header_where_it_is_declared(
    channel: Contract,
) -> None:
    url = "https://paluu.example/kanava?a=1&b=2"
    push = Account(clock=fixed_clock).write(FULL)
    request = outbox.request(channel, push, url)
    declared = HEADER in judged(channel, push, url).header_elements
    assert declared is (channel.version == "2018")
    assert (b"a=1&amp;b=2</paluukanavaUrl>" in request.body.data) is declared
    assert judged(channel, push).header_elements == ()


def test_another_contract_is_refused(contract: Contract) -> None:
    with pytest.raises(ContractError, match="no return channel"):
        outbox.request(contract, Account(clock=fixed_clock).write(FULL))


def test_reply_refers_to_an_item_and_goes_to_its_sender(desk: Desk, channel: Contract) -> None:
    got = desk.ask("LisaaKohteita", add(item("active")))
    (account_id,) = got.texts("Kohteet/Kohde/Asiakas/AsiointitiliTunniste")
    message = judged(channel, desk.account.write(Draft("active", "Re", "Kiitos", account_id)))
    assert message.text(f"{ITEM}/Viittaus/Viittaus_WS/@ViittausTunniste") == account_id
    kind = message.text(f"{ITEM}/Viittaus/Viittaus_WS/@ViittausTunnisteTyyppi")
    assert kind == "AsiointitiliTunniste"


def test_authority_may_refer_to_what_a_customer_wrote(desk: Desk) -> None:
    push = desk.account.write(Draft("active", "Kysymys", "?"))
    assert push.message is not None
    own_id = push.message.account_id
    answers = [
        desk.ask("LisaaKohteita", add(item(role, reference=(own_id, "AsiointitiliTunniste"))))
        for role in ("active", "second-active")
    ]
    assert [each.targets for each in answers] == [[200], [521]]
    again = Account(clock=fixed_clock)
    again.restore(desk.account.snapshot())
    after = Desk(desk.contract, account=again)
    asked = add(item("active", reference=(own_id, "AsiointitiliTunniste")))
    assert after.ask("LisaaKohteita", asked).targets == [200]


def test_message_to_another_authority_by_its_service() -> None:
    account = Account(clock=fixed_clock)
    push = account.write(replace(FULL, service=OTHER_AUTHORITY.services[0]))
    assert (push.authority, push.service) == (OTHER_AUTHORITY.id, OTHER_AUTHORITY.services[0])


def test_customer_who_replies_does_so_after_reading(desk: Desk, channel: Contract) -> None:
    desk.ask(
        "LahetaViesti", send(item("replying", extra="<VaadiLukukuittaus>1</VaadiLukukuittaus>"))
    )
    desk.account.advance(3659)
    assert [push.operation for push in desk.account.outbox()] == ["VieKohdeTiloja"]
    desk.account.advance(1)
    visible, read, reply = desk.account.outbox()
    assert (visible.operation, read.operation) == ("VieKohdeTiloja", "VieKohdeTiloja")
    message = judged(channel, reply)
    assert message.text(f"{ITEM}/KuvausTeksti") == REPLY_TEXT
    referred = message.text(f"{ITEM}/Viittaus/Viittaus_WS/@ViittausTunniste")
    assert referred == visible.states[0].account_id
    assert (reply.at - NOW).total_seconds() == 3660


def test_moment_of_a_reply_does_not_depend_on_when_somebody_looks(contract: Contract) -> None:
    rare, often = Desk(contract), Desk(contract)
    for each in (rare, often):
        each.ask("LisaaKohteita", add(item("replying", "reading", own_id="a")))
    rare.account.advance(7200)
    for _ in range(720):
        often.account.advance(10)
    assert rare.account.outbox() == often.account.outbox()
    assert len(rare.account.outbox()) == 1


def test_messages_survive_a_snapshot() -> None:
    account = Account(clock=fixed_clock)
    push = account.write(FULL)
    again = Account(clock=fixed_clock)
    again.restore(account.snapshot())
    assert again.outbox() == (push,)


def test_what_a_customer_wrote_shows_in_no_repr() -> None:
    shown = repr(Account(clock=fixed_clock).write(FULL))
    for secret in (FULL.title, FULL.text, FULL.sender, FULL.email, PICTURE, ROLES["active"].id):
        assert secret not in shown
    assert "paljonko" not in shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"role": "nobody"}, "there is no customer 'nobody'"),
        ({"role": "passive"}, "no active account"),
        ({"role": "none"}, "no active account"),
        ({"title": ""}, "Nimeke on tyhjä"),
        ({"title": "x" * 257}, "Nimeke on pidempi"),
        ({"text": " "}, "KuvausTeksti on tyhjä"),
        ({"text": "a\x00b"}, "XML cannot carry"),
        ({"text": f"olen {personal_code(date(1971, 1, 1), 100)}"}, "identity code"),
        ({"reply_to": "AT000000000001"}, "no item of this id"),
        ({"service": "ZZZ"}, "cannot go to the service 'ZZZ'"),
        ({"files": (File("a.exe", PICTURE),)}, "tiedostotyyppi"),
        ({"files": (File("a.txt", "no base64"),)}, "not base64"),
        ({"files": (File("a.txt", "A" * 4_000_000),)}, "suurempi kuin 2000000"),
    ],
)
def test_message_that_the_account_does_not_take(wrong: dict[str, object], said: str) -> None:
    account = Account(clock=fixed_clock)
    with pytest.raises(ConfigError, match=said):
        account.write(replace(FULL, **wrong))  # type: ignore[arg-type]  # one field of any type
    assert account.outbox() == ()


def test_another_customers_item_is_none_to_reply_to(desk: Desk) -> None:
    got = desk.ask("LisaaKohteita", add(item("second-active")))
    (account_id,) = got.texts("Kohteet/Kohde/Asiakas/AsiointitiliTunniste")
    with pytest.raises(ConfigError, match="active has no item"):
        desk.account.write(replace(FULL, reply_to=account_id))
