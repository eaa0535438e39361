"""A snapshot is plain data from which an account goes on as if nothing had been between."""

import copy
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.account.account import Account
from harness.account.settings import Settings
from harness.config import book
from harness.errors import ConfigError
from harness.wsdl import Contract, find
from tests.account.asking import (
    NOW,
    ROLES,
    Desk,
    add,
    attachment,
    caller,
    envelope,
    fixed_clock,
    item,
    send,
)

CONTRACT = find("asiointitili/viranomaispalvelut", [book("contracts")])
WISHES = "<VahvistusVaatimus>1</VahvistusVaatimus><VaadiLukukuittaus>1</VaadiLukukuittaus>"
Step = tuple[str, bytes] | float


def _kohde(role: str, own_id: str, files: bool) -> str:
    return item(role, own_id=own_id, files=attachment() if files else "", extra=WISHES)


_ITEMS = st.builds(
    _kohde, st.sampled_from(sorted(ROLES)), st.sampled_from(["a", "b", "c"]), st.booleans()
)
_STEPS: st.SearchStrategy[Step] = st.one_of(
    st.floats(0, 4000),
    st.lists(_ITEMS, min_size=1, max_size=3).map(
        lambda items: ("LisaaKohteita", envelope("LisaaKohteita", caller() + add(*items)))
    ),
    _ITEMS.map(lambda one: ("LahetaViesti", envelope("LahetaViesti", caller() + send(one)))),
    st.just(("HaeTilaTieto", envelope("HaeTilaTieto", caller(message_id=None) + "<Kysely/>"))),
)


def take(desk: Desk, step: Step) -> bytes:
    """What the account answers; moving its clock answers nothing."""
    if isinstance(step, float):
        desk.account.advance(step)
        return b""
    operation, data = step
    return desk.post(data, operation).body.data


def restored(account: Account, settings: Settings) -> Account:
    other = Account(settings, fixed_clock)
    other.restore(json.loads(json.dumps(account.snapshot())))
    return other


@settings(max_examples=60, deadline=None)
@given(st.lists(_STEPS, max_size=8), st.lists(_STEPS, max_size=8), st.booleans())
def test_restored_account_answers_like_the_one_that_never_stopped(
    before: list[Step], after: list[Step], queued: bool
) -> None:
    agreed = Settings().with_queue() if queued else Settings()
    one = Desk(CONTRACT, agreed)
    for step in before:
        take(one, step)
    other = Desk(CONTRACT, account=restored(one.account, agreed))
    assert [take(one, step) for step in after] == [take(other, step) for step in after]
    assert one.account.snapshot() == other.account.snapshot()
    assert one.account.outbox() == other.account.outbox()


@settings(max_examples=30, deadline=None)
@given(st.lists(_STEPS, max_size=10))
def test_same_requests_at_the_same_clock_get_the_same_bytes(steps: list[Step]) -> None:
    one, other = Desk(CONTRACT), Desk(CONTRACT)
    assert [take(one, step) for step in steps] == [take(other, step) for step in steps]


def test_snapshot_holds_no_text_of_a_message(contract: Contract) -> None:
    desk = Desk(contract)
    secret = item("active", title="salainen", text="salainen", files=attachment("salainen.pdf"))
    desk.ask("LisaaKohteita", add(secret))
    assert desk.account.items()
    assert "salainen" not in json.dumps(desk.account.snapshot())


def test_time_that_was_reached_stays_reached(contract: Contract) -> None:
    account = Account(clock=fixed_clock)
    account.advance(100)
    data = account.snapshot()
    late = Account(clock=lambda: NOW - timedelta(days=1))
    late.restore(data)
    assert late.now() == NOW + timedelta(seconds=100)


def test_reset_forgets_everything(contract: Contract) -> None:
    desk = Desk(contract)
    fresh = desk.account.snapshot()
    desk.ask("LisaaKohteita", add(item("slow", own_id="a")))
    desk.account.advance(100)
    assert desk.account.snapshot() != fresh
    desk.account.reset()
    assert desk.account.snapshot() == fresh


Spoil = Callable[[dict[str, Any]], object]
SPOILT: dict[str, Spoil] = {
    "format": lambda data: data.update(format=2),
    "missing": lambda data: data.pop("items"),
    "kind": lambda data: data.update(items="all"),
    "number": lambda data: data["items"][0].update(number=7),
    "push number": lambda data: data["pushes"][0].update(number=0),
    "no history": lambda data: data["items"][0].update(history=[]),
    "code": lambda data: data["items"][0]["history"][0].update(code=999),
    "no zone": lambda data: data.update(now="2026-11-02T08:00:00"),
    "item without zone": lambda data: data["items"][0]["history"][0].update(
        at="2026-11-02T08:00:00"
    ),
    "back in time": lambda data: data.update(ahead="-PT1S"),
    "no time": lambda data: data.update(now="salainen"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=list(SPOILT))
def test_data_that_is_no_snapshot_is_refused_and_nothing_is_lost(
    contract: Contract, spoil: Spoil
) -> None:
    desk = Desk(contract)
    desk.ask("LisaaKohteita", add(item("slow")))
    desk.account.advance(100)
    before = desk.account.snapshot()
    spoilt = copy.deepcopy(before)
    spoil(spoilt)
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        desk.account.restore(spoilt)
    assert "salainen" not in str(caught.value)
    assert desk.account.snapshot() == before


def test_ids_go_on_counting(contract: Contract) -> None:
    desk = Desk(contract)
    desk.ask("LisaaKohteita", add(item()))
    other = Desk(contract, account=restored(desk.account, Settings()))
    asked = other.ask("LisaaKohteita", add(item()))
    (account_id,) = asked.texts("Kohteet/Kohde/Asiakas/AsiointitiliTunniste")
    assert re.fullmatch("AT0*2", account_id)
