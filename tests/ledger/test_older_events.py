"""An event of an older version is read as the newest; one of a newer version stops everything."""

import json
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from eventsourcing.persistence import StoredEvent

from harness.classes import dataclass
from harness.errors import IntegrityBroken, LedgerError
from harness.joining.events import EVENTS, JoiningEvent, ParityRecorded
from harness.ledger.codec import Codec
from harness.ledger.older import OLDER, Plain, Upcast
from tests.ledger.samples import SAMPLES


@dataclass(frozen=True)
class ShelfMovedV3(JoiningEvent):
    """An invented event, as it is written today: the floor by its number, and why."""

    TOPIC: ClassVar[str] = "joining.ShelfMoved.v3"

    floor: int
    reason: str


def _first_to_second(plain: Plain) -> Plain:
    return {**plain, "reason": "not told"}


def _second_to_third(plain: Plain) -> Plain:
    floor = {"cellar": -1, "ground": 0}[plain["floor"]]
    return {**plain, "floor": floor}


CODEC = Codec(
    {ShelfMovedV3.TOPIC: ShelfMovedV3},
    {
        "joining.ShelfMoved.v1": Upcast(
            frozenset({"floor"}), "joining.ShelfMoved.v2", _first_to_second
        ),
        "joining.ShelfMoved.v2": Upcast(
            frozenset({"floor", "reason"}), "joining.ShelfMoved.v3", _second_to_third
        ),
    },
)
COMMON: dict[str, Any] = {
    "actor": {
        "assurance": "claimed", "credential": "", "id": "maija", "party": "supplier", "role": "",
    },
    "event_id": "e1",
    "timestamp": "2026-03-01T08:00:00.000000Z",
}  # fmt: skip


def stored(version: int, **own: Any) -> StoredEvent:
    text = json.dumps({**COMMON, **own}, sort_keys=True, separators=(",", ":"))
    return StoredEvent("demo", 7, f"joining.ShelfMoved.v{version}", text.encode())


def test_every_older_version_is_read_as_the_newest() -> None:
    newest = CODEC.to_domain_event(stored(3, floor=-1, reason="not told"))
    assert type(newest) is ShelfMovedV3
    assert CODEC.to_domain_event(stored(2, floor="cellar", reason="not told")) == newest
    assert CODEC.to_domain_event(stored(1, floor="cellar")) == newest


def test_only_the_newest_version_is_written() -> None:
    event = CODEC.to_domain_event(stored(1, floor="ground"))
    assert CODEC.to_stored_event(event) == stored(3, floor=0, reason="not told")


@pytest.mark.parametrize(
    "entry",
    [
        stored(1, floor="attic"),
        stored(1),
        stored(1, floor=["cellar"]),
        stored(1, floor="cellar", reason=5),
        stored(2, floor="cellar"),
        stored(2, floor="cellar", reason=5),
        stored(1, floor="cellar", colour="red"),
        StoredEvent("demo", 7, "joining.ShelfMoved.v1", b" " + stored(1, floor="cellar").state),
    ],
    ids=lambda each: each.state.decode()[-40:],
)
def test_an_older_entry_that_is_not_in_its_form_is_refused(entry: StoredEvent) -> None:
    with pytest.raises(IntegrityBroken, match=r"not a joining\.ShelfMoved\.v|are not JSON"):
        CODEC.to_domain_event(entry)


def test_a_newer_version_than_any_known_stops_with_what_to_do() -> None:
    with pytest.raises(LedgerError, match="was written by a newer version") as stopped:
        CODEC.to_domain_event(stored(4, floor=0, reason="x"))
    assert not isinstance(stopped.value, IntegrityBroken)
    assert "Install that version" in stopped.value.todo


def test_every_older_topic_leads_to_one_that_is_written() -> None:
    for topic in OLDER:
        seen = [topic]
        while seen[-1] in OLDER:
            seen.append(OLDER[seen[-1]].topic)
            assert len(seen) == len(set(seen)), "the steps go in a circle"
        assert seen[-1] in EVENTS
        assert topic not in EVENTS


def _first_parity(**more: object) -> StoredEvent:
    """A comparison as the first version recorded it: how many, not which."""
    stored = Codec(EVENTS).to_stored_event(SAMPLES["joining.ParityRecorded.v2"])
    plain = json.loads(stored.state)
    del plain["parity"]["outcomes"]
    plain["parity"] |= more
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return replace(stored, topic="joining.ParityRecorded.v1", state=text.encode())


def test_a_comparison_of_the_first_version_does_not_tell_which_scenarios() -> None:
    event = Codec(EVENTS).to_domain_event(_first_parity())
    assert isinstance(event, ParityRecorded)
    assert (event.parity.compared, event.parity.not_compared) == (1, 1)
    assert (event.parity.outcomes, event.parity.realisable) == ((), None)


def test_nor_may_it() -> None:
    with pytest.raises(IntegrityBroken, match="ParityRecorded"):
        Codec(EVENTS).to_domain_event(_first_parity(outcomes=[]))


@pytest.mark.parametrize("name", ["SubmissionReceived", "ReferenceEnded"])
def test_what_the_second_version_only_widened_is_read_as_it_is(name: str) -> None:
    codec, newest = Codec(EVENTS), SAMPLES[f"joining.{name}.v2"]
    stored = codec.to_stored_event(newest)
    first = replace(stored, topic=f"joining.{name}.v1")
    assert codec.to_domain_event(first) == newest
    assert stored.topic == f"joining.{name}.v2"
