"""What is written by type hints is what the reader of the same hints leads back to, or nothing."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Literal, NamedTuple

import pytest
from eventsourcing.domain import CanMutateAggregate
from hypothesis import given
from hypothesis import strategies as st

from harness.classes import dataclass
from harness.errors import LedgerError
from harness.joining.events import EVENTS
from harness.joining.text import clean
from harness.ledger.canonical import writer
from harness.ledger.codec import CanonicalJson, Codec
from harness.ledger.strict import Unfit, reader
from tests.ledger.samples import SAMPLES

AT = datetime(2026, 11, 22, 17, 0, 0, 1, UTC)


class Word(StrEnum):
    ONE = 'the "one"'


class Number(IntEnum):
    ONE = 1


class Pair(NamedTuple):
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Small:
    number: int


@dataclass(frozen=True, slots=True)
class Other:
    words: tuple[Word, ...]
    text: str = ""
    inner: Small | None = None


class Text(str):
    __slots__ = ()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    Word: st.sampled_from(Word),
    Literal["x", "y"]: st.sampled_from(["x", "y"]),
    tuple[str, int]: st.tuples(TEXTS, st.integers()),
    tuple[()]: st.just(()),
    str | int | bool | tuple[str, ...] | None: st.none()
    | TEXTS
    | st.integers()
    | st.booleans()
    | st.lists(TEXTS).map(tuple),
    Other: st.builds(
        Other, st.just((Word.ONE,)), TEXTS, st.none() | st.builds(Small, st.integers())
    ),
}


@given(st.sampled_from(list(VALUES)).flatmap(lambda hint: st.tuples(st.just(hint), VALUES[hint])))
def test_what_is_written_leads_back_to_it_in_its_one_form(told: tuple[Any, Any]) -> None:
    hint, value = told
    text = writer(hint)(value)
    plain = json.loads(text)
    again = reader(hint)(plain)
    assert (again, type(again)) == (value, type(value))
    assert CanonicalJson().encode(plain) == text.encode()


REFUSED: list[tuple[Any, Any]] = [
    (str, Word.ONE),
    (str, Text("x")),
    (str, None),
    (int, True),
    (int, Number.ONE),
    (int, 1.0),
    (float, 1),
    (float, float("nan")),
    (float, float("-inf")),
    (bool, 1),
    (type(None), False),
    (datetime, AT.replace(tzinfo=None)),
    (datetime, AT.astimezone(timezone(timedelta(hours=2)))),
    (datetime, AT.date()),
    (date, AT),
    (Word, Word.ONE.value),
    (Literal["x"], "z"),
    (Literal["x"], Word.ONE),
    (tuple[int, ...], [1]),
    (tuple[int, ...], (True,)),
    (tuple[str, int], ("x",)),
    (tuple[str, int], Pair("x", 1)),
    (str | int, 1.0),
    (str | date, "2026-11-22"),
    (date | str, "2026-11-22"),
    (str | Word, "x"),
    (Literal["x"] | Word, Word.ONE),
    (Small | Other, Small(1)),
    (tuple[str, ...] | tuple[int, ...], ()),
    (Small, Other(())),
    (Small, Small(True)),
    (Other, Other((), inner=Small("1"))),  # type: ignore[arg-type]
    (bytes, b"x"),
    (dict, {}),
    (Any, 1),
]


@pytest.mark.parametrize(("hint", "value"), REFUSED, ids=repr)
def test_whatever_might_be_read_otherwise_is_not_written(hint: Any, value: object) -> None:
    with pytest.raises(Unfit):
        writer(hint)(value)


@pytest.mark.parametrize("topic", EVENTS)
def test_every_event_of_a_project_is_written_so(topic: str) -> None:
    kind: Any = EVENTS[topic]
    written = writer(kind, ("originator_id", "originator_version"))(SAMPLES[topic])
    assert CanonicalJson().encode(json.loads(written)) == written.encode()
    assert Codec(EVENTS).to_stored_event(SAMPLES[topic]).state == written.encode()


@dataclass(frozen=True)
class Told(CanMutateAggregate[str]):
    """An event whose text has a rule, and whose word may be given as a text."""

    TOPIC: ClassVar[str] = "toys.Told.v1"
    originator_id: str
    originator_version: int
    timestamp: datetime
    text: str
    word: Word = Word.ONE
    ratio: float = 0.0

    def __post_init__(self) -> None:
        clean(self.text, "text")


TOLD = Codec({Told.TOPIC: Told})


def broken(**values: object) -> Told:
    """An event into which something was put after it was made."""
    event = Told("t", 1, AT, "x")
    for name, value in values.items():
        object.__setattr__(event, name, value)
    return event


@pytest.mark.parametrize(
    "values",
    [
        {"text": "on two\nlines"},
        {"text": "\ud800"},
        {"text": None},
        {"word": "another"},
        {"ratio": 10**5000},
        {"originator_version": True},
    ],
    ids=list,
)
def test_what_was_put_into_an_event_against_its_rules_is_not_recorded(
    values: dict[str, object],
) -> None:
    with pytest.raises(LedgerError):
        TOLD.to_stored_event(broken(**values))


def test_what_only_comes_back_equal_is_recorded_as_before() -> None:
    event = broken(text=Text("x"), word=Word.ONE.value)
    assert TOLD.to_stored_event(event) == TOLD.to_stored_event(Told("t", 1, AT, "x"))
