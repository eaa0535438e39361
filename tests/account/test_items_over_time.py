"""What becomes of items in the course of account time, and what the account has to tell of it."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.account import outbox
from harness.account.account import Account
from harness.account.codes import TargetCode
from harness.account.course import Arrival, course, paper_only
from harness.account.customers import Conduct
from harness.account.settings import OTHER_AUTHORITY, Settings
from harness.errors import ConfigError
from harness.exchange.judge import judge_request
from harness.identity import personal_code
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.account.asking import (
    NOW,
    ROLES,
    Desk,
    add,
    attachment,
    caller,
    fixed_clock,
    item,
    send,
)

ADD, SEND = "LisaaKohteita", "LahetaViesti"
RECEIPT = "<VaadiLukukuittaus>1</VaadiLukukuittaus>"
CONFIRM = "<VahvistusVaatimus>1</VahvistusVaatimus>"
DAY = 24 * 3600


def history(desk: Desk, own_id: str) -> list[tuple[int, float]]:
    """States of an item for one customer, and when they came in seconds from the beginning."""
    (found,) = desk.account.sent("ESIMERKKIKUNTA", own_id)
    return [(int(each.code), (each.at - NOW).total_seconds()) for each in found.history]


def test_ordinary_item_is_visible_at_once_and_nothing_more_is_told(desk: Desk) -> None:
    desk.ask(ADD, add(item("active", own_id="a")))
    desk.account.advance(DAY)
    assert history(desk, "a") == [(200, 0)]
    assert desk.told() == []


def test_queue_is_processed_by_time_only(desk: Desk) -> None:
    desk.ask(ADD, add(item("slow", own_id="a")))
    desk.account.advance(59)
    assert (desk.states("a"), desk.told()) == ([202], [])
    desk.account.advance(1)
    assert (desk.states("a"), desk.told()) == ([200], [200])
    assert history(desk, "a") == [(202, 0), (200, 60)]


def test_moments_do_not_depend_on_when_somebody_looks(contract: Contract) -> None:
    rare, often = Desk(contract), Desk(contract)
    for desk in (rare, often):
        desk.ask(ADD, add(item("reading", "slow", own_id="a", extra=RECEIPT)))
    rare.account.advance(DAY)
    for _ in range(24 * 60):
        often.account.advance(60)
    assert rare.account.outbox() == often.account.outbox()
    assert rare.account.items() == often.account.items()


def test_attachments_that_fail_later(desk: Desk) -> None:
    desk.ask(ADD, add(item("storage", own_id="a", files=attachment())))
    desk.ask(ADD, add(item("virus", own_id="b", files=attachment())))
    desk.ask(ADD, add(item("virus", own_id="c")))
    assert [desk.states(own_id) for own_id in "abc"] == [[202], [202], [200]]
    desk.account.advance(60)
    assert [desk.states(own_id) for own_id in "abc"] == [[522], [523], [200]]
    assert desk.told() == [522, 523]


def test_reader_without_demands_tells_nobody(desk: Desk) -> None:
    desk.ask(ADD, add(item("reading", own_id="a")))
    desk.account.advance(DAY)
    assert history(desk, "a") == [(200, 0), (220, 3600)]
    assert desk.told() == []


def test_read_receipt_on_demand(desk: Desk) -> None:
    desk.ask(ADD, add(item("reading", own_id="a", extra=RECEIPT)))
    desk.account.advance(3599)
    assert desk.told() == []
    desk.account.advance(1)
    assert desk.told() == [220]


def test_read_receipts_that_were_agreed_for_every_item(contract: Contract) -> None:
    own, *others = Settings().authorities
    desk = Desk(contract, Settings(authorities=(replace(own, receipts=True), *others)))
    desk.ask(ADD, add(item("reading")))
    desk.account.advance(DAY)
    assert desk.told() == [220]


def test_verifiable_item_is_read_then_confirmed(desk: Desk) -> None:
    desk.ask(SEND, send(item("reading", own_id="a", extra=CONFIRM + RECEIPT)))
    desk.account.advance(DAY)
    assert history(desk, "a") == [(202, 0), (200, 60), (220, 3660), (230, 3720)]
    assert desk.told() == [200, 220, 230]


def test_customers_who_do_not_read_do_not_confirm(desk: Desk) -> None:
    desk.ask(ADD, add(item("active", own_id="a", extra=CONFIRM + RECEIPT)))
    desk.account.advance(30 * DAY)
    assert (desk.states("a"), desk.told()) == ([200], [])


def test_item_for_a_customer_without_account_stays_with_the_printer(desk: Desk) -> None:
    letter = item("none", own_id="a", files=attachment(), address=True)
    desk.ask(SEND, send(letter))
    desk.account.advance(30 * DAY)
    assert (desk.states("a"), desk.told()) == ([202], [])


def test_queued_error_has_no_id_of_the_account_and_frees_its_own(contract: Contract) -> None:
    desk = Desk(contract, Settings().with_queue())
    desk.ask(ADD, add(item("none", own_id="a")))
    assert desk.ask(SEND, send(item("active", own_id="a"))).code == 525
    desk.account.advance(60)
    (push,) = desk.account.outbox()
    assert [(each.code, each.account_id) for each in push.states] == [(524, "")]
    assert desk.ask(SEND, send(item("active", own_id="a"))).code == 202


def test_reference_to_an_item_that_came_to_nothing(desk: Desk) -> None:
    desk.ask(ADD, add(item("virus", own_id="a", files=attachment())))
    answer = item("virus", reference=("a", "ViranomaisTunniste"))
    assert desk.ask(ADD, add(answer)).targets == [200]
    desk.account.advance(60)
    assert desk.ask(ADD, add(answer.replace("asia-", "uusi-"))).targets == [521]


def test_one_message_for_what_one_moment_brings_one_authority(desk: Desk) -> None:
    desk.ask(ADD, add(item("slow"), item("slow")))
    desk.ask(ADD, add(item("slow")), caller(OTHER_AUTHORITY))
    desk.account.advance(30)
    desk.ask(ADD, add(item("slow")))
    desk.account.advance(60)
    pushes = desk.account.outbox()
    assert [(push.number, push.authority, len(push.states)) for push in pushes] == [
        (1, "ESIMERKKIKUNTA", 2),
        (2, "NAAPURIKUNTA", 1),
        (3, "ESIMERKKIKUNTA", 1),
    ]
    assert [(push.at - NOW).total_seconds() for push in pushes] == [60, 60, 90]


def test_sender_asks_for_what_comes_after_the_last_it_delivered(desk: Desk) -> None:
    for _ in range(3):
        desk.ask(ADD, add(item("slow")))
        desk.account.advance(60)
    assert [push.number for push in desk.account.outbox(after=1)] == [2, 3]
    assert desk.account.outbox(after=3) == ()


def test_pushes_are_valid_messages_of_the_return_channel(
    contract: Contract, channel: Contract
) -> None:
    desk = Desk(contract, Settings().with_queue())
    desk.ask(ADD, add(item("reading", "company", own_id="ä&lt;&amp;&gt;", extra=CONFIRM + RECEIPT)))
    desk.ask(ADD, add(item("none", own_id=None), item("active", files=attachment("a.exe"))))
    desk.account.advance(DAY)
    assert set(desk.told()) == {200, 220, 230, 524, 528}
    for push in desk.account.outbox():
        request = outbox.request(channel, push)
        judgement = judge_request(channel, request)
        assert judgement.verdict is Verdict.PASSED, judgement.findings
        assert judgement.operation == "VieKohdeTiloja"
        assert judgement.message is not None
        codes = judgement.message.texts("Kysely/Kohteet/Kohde/Asiakas/KohteenTila")
        assert codes == [str(int(state.code)) for state in push.states]
        assert judgement.message.text("Kysely/KohdeMaara") == str(len(codes))
        assert judgement.message.text("Viranomainen/SanomaTunniste") == push.message_id


def test_push_names_item_customer_and_moment(contract: Contract, channel: Contract) -> None:
    desk = Desk(contract)
    asked = desk.ask(ADD, add(item("slow", own_id="a")))
    desk.account.advance(60)
    message = judge_request(channel, outbox.request(channel, desk.account.outbox()[0])).message
    assert message is not None
    item_path, person = "Kysely/Kohteet/Kohde", "Kysely/Kohteet/Kohde/Asiakas"
    assert message.text(f"{item_path}/ViranomaisTunniste") == "a"
    assert message.text(f"{person}/@AsiakasTunnus") == ROLES["slow"].id
    assert message.text(f"{person}/KohteenTilaPvm") == "2026-11-02T08:01:00Z"
    account_id = asked.texts("Kohteet/Kohde/Asiakas/AsiointitiliTunniste")
    assert message.texts(f"{person}/AsiointitiliTunniste") == account_id


def test_code_that_may_be_a_persons_is_neither_kept_nor_pushed(contract: Contract) -> None:
    real_range = personal_code(date(1971, 1, 1), 100)
    desk = Desk(contract, Settings().with_queue())
    desk.ask(ADD, add(item("active").replace(ROLES["active"].id, real_range)))
    desk.account.advance(60)
    assert desk.told() == [525]
    assert real_range not in str(desk.account.snapshot())


def test_id_that_is_too_long_is_neither_kept_nor_pushed(contract: Contract) -> None:
    desk = Desk(contract, Settings().with_queue())
    desk.ask(ADD, add(item("active", own_id="x" * 101), item("active", own_id="y" * 100)))
    desk.account.advance(60)
    (push,) = desk.account.outbox()
    assert [(each.code, each.own_id) for each in push.states] == [(525, ""), (200, "y" * 100)]


_ARRIVALS = st.builds(
    Arrival,
    at=st.just(NOW),
    conduct=st.sampled_from(Conduct),
    queued=st.booleans(),
    has_files=st.booleans(),
    receipt=st.booleans(),
    confirm=st.booleans(),
    error=st.none() | st.sampled_from([code for code in TargetCode if code.is_error]),
)
_SETTINGS = st.builds(
    Settings,
    queue_seconds=st.integers(0, 10_000),
    reading_seconds=st.integers(0, 10_000),
    confirming_seconds=st.integers(0, 10_000),
)


@given(_ARRIVALS, _SETTINGS)
def test_every_course_is_one_that_the_service_knows(arrival: Arrival, settings: Settings) -> None:
    found = course(arrival, settings)
    whole = (*found.history, *found.to_come)
    codes = [int(each.code) for each in whole]
    assert len(found.history) == 1
    assert not found.history[0].told
    assert found.history[0].code not in {522, 523} or arrival.error is not None
    assert all(before.at <= after.at for before, after in pairwise(whole))
    assert all(code < 500 for code in codes[:-1])
    assert codes[1 if codes[0] == 202 else 0 :] in (
        [codes[-1]],
        [200, 220],
        [200, 220, 230],
    )
    assert (codes[-1] >= 500) >= (arrival.error is not None)
    assert arrival.confirm or 230 not in codes


@given(_ARRIVALS)
def test_paper_has_no_later_state(arrival: Arrival) -> None:
    assert [each.code for each in paper_only(arrival).history] == [202]
    assert paper_only(arrival).to_come == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"queue_seconds": -1},
        {"reading_seconds": 30 * DAY + 1},
        {"confirming_seconds": -1},
        {"max_attachment_bytes": -1},
    ],
)
def test_times_and_sizes_that_cannot_be(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Settings(**wrong)  # type: ignore[arg-type]


def test_account_time_moves_with_its_clock_too(contract: Contract) -> None:
    at = [NOW]
    desk = Desk(contract, account=Account(clock=lambda: at[0]))
    desk.ask(ADD, add(item("slow", own_id="a")))
    at[0] += timedelta(seconds=61)
    assert desk.states("a") == [200]
    at[0] -= timedelta(days=1)
    assert desk.account.now() == NOW + timedelta(seconds=61)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12])
def test_time_cannot_be_moved_back_or_out_of_the_calendar(seconds: float) -> None:
    account = Account(clock=fixed_clock)
    with pytest.raises(ConfigError, match="clock cannot be moved"):
        account.advance(seconds)
    assert account.now() == NOW
