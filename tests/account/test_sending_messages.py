"""LahetaViesti: electronic where possible, else paper."""

import pytest

from harness.account.codes import DUPLICATE_SENTENCE
from harness.account.settings import Settings
from harness.wsdl import Contract
from tests.account.asking import Desk, add, attachment, item, send

OP = "LahetaViesti"
PAPER = {"files": attachment(), "address": True}


def code(desk: Desk, kysely: str) -> int:
    asked = desk.ask(OP, kysely)
    assert asked.message.paths() == {
        f"{OP}Result",
        f"{OP}Result/TilaKoodi",
        f"{OP}Result/TilaKoodi/TilaKoodi",
        f"{OP}Result/TilaKoodi/TilaKoodiKuvaus",
        f"{OP}Result/TilaKoodi/SanomaTunniste",
    }
    return asked.code


def test_electronic_message_is_queued(desk: Desk) -> None:
    assert code(desk, send(item("active", "company", own_id="a"))) == 202
    assert desk.states("a") == [202, 202]


def test_duplicate_is_told_by_its_sentence(desk: Desk) -> None:
    code(desk, send(item(own_id="sama")))
    asked = desk.ask(OP, send(item(own_id="sama")))
    assert asked.code == 525
    assert asked.text.startswith(DUPLICATE_SENTENCE)
    assert len(desk.account.items()) == 1


def test_other_content_errors_have_another_sentence(desk: Desk) -> None:
    asked = desk.ask(OP, send(item(text="")))
    assert asked.code == 525
    assert asked.text.startswith("Asian tietosisällössä virheitä.")
    assert not asked.text.startswith(DUPLICATE_SENTENCE)


def test_suffix_of_the_duplicate_sentence_can_change(contract: Contract) -> None:
    desk = Desk(contract, Settings(duplicate_suffix=" (uusi loppu)"))
    kysely = send(item(own_id="a"), item(own_id="a"))
    assert desk.ask(OP, kysely).text == DUPLICATE_SENTENCE + " (uusi loppu)"


def test_id_used_by_the_other_operation_is_a_duplicate(desk: Desk) -> None:
    desk.ask("LisaaKohteita", add(item(own_id="sama")))
    assert code(desk, send(item(own_id="sama"))) == 525


def test_nothing_is_stored_when_one_item_is_wrong(desk: Desk) -> None:
    assert code(desk, send(item(), item(text=""))) == 525
    assert len(desk.account.items()) == 0


def test_refused_message_does_not_hold_its_ids(desk: Desk) -> None:
    assert code(desk, send(item(own_id="a"), item(own_id="b", text=""))) == 525
    assert code(desk, send(item("none", own_id="b"))) == 461
    assert code(desk, send(item(own_id="a"), item(own_id="b"))) == 202


def test_items_without_id_are_no_duplicates_of_each_other(desk: Desk) -> None:
    assert code(desk, send(item(own_id=None), item(own_id=None))) == 202


def test_item_that_came_to_nothing_does_not_hold_its_id(desk: Desk) -> None:
    assert code(desk, send(item("storage", own_id="a", files=attachment()))) == 202
    assert code(desk, send(item(own_id="a"))) == 525
    desk.account.advance(60)
    assert code(desk, send(item(own_id="a"))) == 202


def test_item_for_one_of_two_customers_that_came_to_nothing_holds_its_id(desk: Desk) -> None:
    assert code(desk, send(item("storage", "active", own_id="a", files=attachment()))) == 202
    desk.account.advance(60)
    assert desk.states("a") == [522, 200]
    assert code(desk, send(item("storage", own_id="a"))) == 525


def test_no_item(desk: Desk) -> None:
    assert code(desk, send()) == 400


@pytest.mark.parametrize("role", ["none", "passive", "company-none", "refusing"])
def test_without_account_it_goes_on_paper(desk: Desk, role: str) -> None:
    assert code(desk, send(item(role, **PAPER))) == 202  # type: ignore[arg-type]
    assert code(desk, send(item(role))) == 461


def test_paper_wanted_for_a_customer_with_account(desk: Desk) -> None:
    assert code(desk, send(item("active", **PAPER), paper=True)) == 202  # type: ignore[arg-type]
    assert code(desk, send(item("active", files=attachment()), paper=True)) == 525


@pytest.mark.parametrize(
    "files",
    [
        "",
        attachment() + attachment("toinen.pdf"),
        attachment("kuva.png"),
        attachment(content="ZWkgcGRm"),
        attachment(content=None, url="https://a.example/a.pdf"),
    ],
    ids=["none", "two", "picture", "no-pdf", "link"],
)
def test_paper_needs_exactly_one_pdf(desk: Desk, files: str) -> None:
    assert code(desk, send(item("none", files=files, address=True))) == 525


def test_printing_contract_must_be_the_authoritys_own_when_it_prints(desk: Desk) -> None:
    def sent(contract: str | None, *, really: bool | None) -> int:
        paper = item("none", **PAPER)  # type: ignore[arg-type]
        return code(desk, send(paper, contract=contract, really=really))

    assert sent("123456", really=True) == 202
    assert sent("123456", really=None) == 202
    assert sent("999999", really=None) == 525
    assert sent("999999", really=False) == 202
    assert sent(None, really=True) == 202


def test_printing_contract_is_not_looked_at_without_paper(desk: Desk) -> None:
    assert code(desk, send(item("active"), contract="999999")) == 202


def test_provider_must_be_named_even_without_paper(desk: Desk) -> None:
    assert code(desk, send(item("active"), provider=" ")) == 525


@pytest.mark.parametrize(
    "bad",
    [
        {"files": attachment("a.exe")},
        {"reference": ("ei-ole", "ViranomaisTunniste")},
        {"title": "x" * 257},
    ],
    ids=lambda bad: next(iter(bad)),
)
def test_item_errors_are_content_errors_here(desk: Desk, bad: dict[str, str]) -> None:
    assert code(desk, send(item(**bad))) == 525  # type: ignore[arg-type]


def test_answer_carries_a_trace_id_that_differs(desk: Desk) -> None:
    first, second = (desk.ask(OP, send(item())).text for _ in range(2))
    assert first != second
    assert first.split()[-1] == "1793606400_1"
