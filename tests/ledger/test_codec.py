"""Events survive storing without loss, in one form, over a closed set of topics."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest
from eventsourcing.domain import CanMutateAggregate
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from harness.classes import dataclass
from harness.errors import HarnessError, IntegrityBroken, LedgerError
from harness.identity import personal_code
from harness.joining.events import EVENTS, JoiningEvent
from harness.ledger.codec import MAX_DEPTH, Codec
from tests.ledger.samples import SAMPLES

CODEC = Codec(EVENTS)
SAMPLE = SAMPLES["joining.ItemRecorded.v1"]
STORED = CODEC.to_stored_event(SAMPLE)


def changed(**values: Any) -> StoredEvent:
    return StoredEvent(**{f.name: getattr(STORED, f.name) for f in fields(STORED)} | values)


def with_state(**values: Any) -> StoredEvent:
    state = json.loads(STORED.state) | values
    text = json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return changed(state=text.encode())


def test_there_is_a_sample_of_every_event() -> None:
    assert SAMPLES.keys() == EVENTS.keys()


@pytest.mark.parametrize("topic", EVENTS)
def test_every_event_survives(topic: str) -> None:
    stored = CODEC.to_stored_event(SAMPLES[topic])
    assert stored.topic == topic
    again = Codec(EVENTS).to_domain_event(stored)
    assert again == SAMPLES[topic]
    assert type(again) is EVENTS[topic]
    assert CODEC.to_stored_event(again) == stored


def test_the_form_is_fixed() -> None:
    """Bytes of a released version: a change here breaks every ledger there is."""
    assert CODEC.to_stored_event(SAMPLES["joining.OpeningRequested.v1"]) == StoredEvent(
        "demo",
        7,
        "joining.OpeningRequested.v1",
        b'{"actor":{"assurance":"claimed","credential":"","id":"maija","party":"supplier",'
        b'"role":"tester"},"event_id":"e7","timestamp":"2026-03-01T08:00:00.000000Z"}',
    )


@given(
    st.text(st.characters(codec="utf-8"), max_size=50),
    st.datetimes(timezones=st.just(UTC)),
    st.integers(-(10**12), 10**12),
)
def test_whatever_the_event_takes_survives(text: str, at: datetime, number: int) -> None:
    try:
        event = replace(SAMPLE, item=text, timestamp=at, phase=number)  # type: ignore[call-arg]
    except HarnessError:
        return
    assert CODEC.to_domain_event(CODEC.to_stored_event(event)) == event


FOREIGN_TOPICS = [
    "",
    "os:system",
    "antigravity",
    "joining",
    "joining.X",
    "a.B.v0",
    "A.B.v1",
    "a.B.v1 ",
]


@pytest.mark.parametrize("topic", FOREIGN_TOPICS)
def test_a_foreign_topic_is_never_imported(topic: str) -> None:
    """L9."""
    with pytest.raises(IntegrityBroken, match="foreign kind"):
        CODEC.to_domain_event(changed(topic=topic))


@pytest.mark.crash
def test_a_newer_topic_stops_and_says_so() -> None:
    """C20: never skipped."""
    with pytest.raises(LedgerError, match=r"ItemRecorded\.v2 was written by a newer") as caught:
        CODEC.to_domain_event(changed(topic="joining.ItemRecorded.v2"))
    assert not isinstance(caught.value, IntegrityBroken)


BROKEN: dict[str, StoredEvent] = {
    "not-json": changed(state=b"{"),
    "not-utf-8": changed(state=b"\xff" + STORED.state),
    "utf-16": changed(state=STORED.state.decode().encode("utf-16")),
    "not-an-object": changed(state=b"[]"),
    "nan": changed(state=STORED.state.replace(b'"phase":1', b'"phase":NaN')),
    "deep": changed(state=b"[" * 100_000),
    "long-number": changed(state=STORED.state.replace(b'"phase":1', b'"phase":' + b"1" * 5000)),
    "surrogate": changed(state=STORED.state.replace(b'"consent"', b'"\\ud800"')),
    "extra-field": with_state(extra=1),
    "missing-default": changed(state=STORED.state.replace(b'"source_digest":"",', b"")),
    "missing-field": changed(state=b"{}"),
    "duplicate-key": changed(state=STORED.state.replace(b'"phase":1', b'"phase":1,"phase":1')),
    "white-space": changed(state=STORED.state.replace(b":1", b": 1")),
    "key-order": changed(state=json.dumps(json.loads(STORED.state)).encode()),
    "text-for-number": with_state(phase="1"),
    "number-for-text": with_state(item=1),
    "true-for-number": with_state(phase=True),
    "float-for-number": with_state(phase=1.0),
    "unknown-word": with_state(stated_by="nobody"),
    "time-with-offset": with_state(timestamp="2026-03-01T10:00:00.000000+02:00"),
    "time-without-zone": with_state(timestamp="2026-03-01T08:00:00.000000"),
    "time-in-another-form": with_state(timestamp="2026-03-01T08:00:00Z"),
    "time-as-number": with_state(timestamp=1),
    "originator-inside": with_state(originator_id="other"),
    "control-character": with_state(item="a\0b"),
    "bad-project": changed(originator_id="../../etc"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_the_one_form_is_refused(name: str) -> None:
    assert BROKEN[name] != STORED
    with pytest.raises(IntegrityBroken):
        CODEC.to_domain_event(BROKEN[name])


@given(st.binary(max_size=200), st.sampled_from(sorted(EVENTS)))
def test_no_bytes_raise_anything_else(state: bytes, topic: str) -> None:
    with pytest.raises(IntegrityBroken):
        CODEC.to_domain_event(changed(state=state, topic=topic))


def test_messages_do_not_repeat_what_was_read() -> None:
    with pytest.raises(IntegrityBroken) as caught:
        CODEC.to_domain_event(with_state(secret="131052-9085"))
    assert "131052" not in str(caught.value)
    with pytest.raises(IntegrityBroken, match="<id, 11 chars>"):
        CODEC.to_domain_event(
            changed(originator_id=personal_code(date(1952, 10, 13), 308), state=b"{}")
        )


@dataclass(frozen=True)
class Stranger(JoiningEvent):
    TOPIC: ClassVar[str] = "joining.ItemRecorded.v1"


def test_an_event_of_another_class_is_not_written() -> None:
    stranger = Stranger("demo", 1, SAMPLE.timestamp, "e1", SAMPLE.actor)
    with pytest.raises(LedgerError, match="Stranger is not an event"):
        CODEC.to_stored_event(stranger)


@dataclass(frozen=True)
class Toy(CanMutateAggregate[str]):
    """An event whose fields nobody checks."""

    TOPIC: ClassVar[str] = "toys.Toy.v1"
    originator_id: str
    originator_version: int
    timestamp: datetime
    value: Any = None
    ratio: float = 0.0
    day: date | None = None


TOYS = Codec({Toy.TOPIC: Toy})
AT = datetime(2026, 3, 1, tzinfo=UTC)
LOOP: tuple[object, ...] = ()
for _ in range(100):
    LOOP = (LOOP,)


@pytest.mark.parametrize(
    "event",
    [
        Toy("t", 1, AT, value={"_type_": "x", "_data_": 1}),
        Toy("t", 1, AT, value=b"bytes"),
        Toy("t", 1, AT, value=[1]),
        Toy("t", 1, AT, value={1}),
        Toy("t", 1, AT, value=(1, 2)),
        Toy("t", 1, AT, value="\ud800"),
        Toy("t", 1, AT, value=Toy),
        Toy("t", 1, AT, value=LOOP),
        Toy("t", 1, AT, value=AT),
        Toy("t", 1, AT, ratio=float("nan")),
        Toy("t", 1, AT, ratio=float("inf")),
        Toy("t", 1, datetime(2026, 3, 1)),  # noqa: DTZ001 - the point
        Toy("t", 1, AT.astimezone(timezone(timedelta(hours=2)))),
    ],
    ids=repr,
)
def test_poison_is_not_written(event: Toy) -> None:
    """What would not come back equal: the library's own coder takes several of these."""
    with pytest.raises(LedgerError):
        TOYS.to_stored_event(event)


@pytest.mark.parametrize("inmost", ["text", 1, None, AT])
def test_one_level_too_many_is_told_whatever_lies_there(inmost: object) -> None:
    value = inmost
    for _ in range(MAX_DEPTH + 1):
        value = (value,)
    with pytest.raises(LedgerError, match="nested too deeply"):
        TOYS.to_stored_event(Toy("t", 1, AT, value=value))


@given(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.dates(),
)
def test_plain_values_survive(value: object, ratio: float, day: date | None) -> None:
    event = Toy("t", 1, AT, value, ratio, day)
    assert TOYS.to_domain_event(TOYS.to_stored_event(event)) == event
