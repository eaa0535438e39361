"""What goes on paper, and with which flags."""

import pytest

from harness.account.items import PrintJob
from harness.account.settings import AUTHORITY, OTHER_AUTHORITY
from tests.account.asking import Desk, attachment, caller, item, send

OP = "LahetaViesti"
FLAGS = "<LisaaOsoitesivu>true</LisaaOsoitesivu>"
ROTATE = "<SalliLiitteenKiertoPystyyn>true</SalliLiitteenKiertoPystyyn>"
PLAIN = PrintJob("Posti", True, "", "", False, False, False)


def letter(role: str = "none", *, after: str = "") -> str:
    return item(role, own_id="a", files=attachment(), address=True, after=after)


def jobs(desk: Desk, kysely: str) -> list[PrintJob | None]:
    assert desk.ask(OP, kysely).code == 202
    return [each.paper for each in desk.account.sent(AUTHORITY.id, "a")]


def test_letter_without_flags_is_printed_plainly(desk: Desk) -> None:
    assert jobs(desk, send(letter())) == [PLAIN]


def test_every_flag_reaches_the_printing_house(desk: Desk) -> None:
    kysely = send(
        letter(after=FLAGS + ROTATE),
        really=False,
        contract="999999",
        password="0000",
        cost_pool="KP-1",
        colour=True,
        provider="Edita",
    )
    assert jobs(desk, kysely) == [PrintJob("Edita", False, "999999", "KP-1", True, True, True)]


def test_electronic_item_is_not_printed(desk: Desk) -> None:
    assert jobs(desk, send(letter("active"))) == [None]
    assert desk.states("a") == [202]


def test_paper_besides_the_account(desk: Desk) -> None:
    assert jobs(desk, send(letter("active"), paper=True)) == [PLAIN]
    desk.account.advance(60)
    assert desk.states("a") == [200]


def test_one_item_on_paper_for_some_of_its_customers(desk: Desk) -> None:
    both = item("active", "none", own_id="a", files=attachment(), address=True)
    assert jobs(desk, send(both)) == [None, PLAIN]


@pytest.mark.parametrize(
    ("number", "password", "really", "code"),
    [
        ("123456", "1234", True, 202),
        ("123456", None, True, 202),
        ("123456", "9999", True, 525),
        ("654321", "1234", True, 525),
        ("123456", "9999", False, 202),
    ],
)
def test_printing_contract_and_its_password(
    desk: Desk, number: str, password: str | None, really: bool, code: int
) -> None:
    kysely = send(letter(), contract=number, password=password, really=really)
    assert desk.ask(OP, kysely).code == code


@pytest.mark.parametrize("written", ["", "<LahetaTulostukseen/>"])
def test_printing_is_meant_when_nothing_is_said(desk: Desk, written: str) -> None:
    kysely = send(letter(), contract="999999", really=True)
    kysely = kysely.replace("<LahetaTulostukseen>true</LahetaTulostukseen>", written)
    assert desk.ask(OP, kysely).code == 525


def test_another_authoritys_printing_contract(desk: Desk) -> None:
    kysely = send(letter(), contract=AUTHORITY.print_contract)
    assert desk.ask(OP, kysely, caller(OTHER_AUTHORITY)).code == 525


def test_letter_holds_its_id(desk: Desk) -> None:
    jobs(desk, send(letter()))
    desk.account.advance(30 * 24 * 3600)
    assert desk.ask(OP, send(letter())).code == 525
