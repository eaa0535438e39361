"""Plain values become events only when they are exactly what the type hints say."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.ledger.strict import Unfit, reader, utc_text


class Word(StrEnum):
    ONE = "one"


@dataclass(frozen=True, slots=True)
class Small:
    number: int
    words: tuple[Word, ...] = ()


@pytest.mark.parametrize(
    ("hint", "plain", "value"),
    [
        (str, "a", "a"),
        (int, 1, 1),
        (bool, False, False),
        (float, 1.5, 1.5),
        (int | None, None, None),
        (str | int | bool | tuple[str, ...], ["a"], ("a",)),
        (str | int | bool | tuple[str, ...], True, True),
        (Word, "one", Word.ONE),
        (Literal["x", "y"], "y", "y"),
        (date, "2026-11-22", date(2026, 11, 22)),
        (datetime, "2026-11-22T17:00:00.000001Z", datetime(2026, 11, 22, 17, 0, 0, 1, UTC)),
        (tuple[str, int], ["a", 1], ("a", 1)),
        (Small, {"number": 1, "words": ["one"]}, Small(1, (Word.ONE,))),
        (tuple[Small, ...], [{"number": 1, "words": []}], (Small(1),)),
    ],
)
def test_what_is_as_hinted_is_read(hint: Any, plain: Any, value: Any) -> None:
    found = reader(hint)(plain)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("hint", "plain"),
    [
        (str, 1),
        (int, True),
        (int, 1.0),
        (int, "1"),
        (bool, 1),
        (float, 1),
        (str, None),
        (int | None, "1"),
        (Word, "two"),
        (Word, ["one"]),
        (Literal["x"], "X"),
        (tuple[str, ...], "abc"),
        (tuple[str, ...], {"a": 1}),
        (tuple[str, int], ["a"]),
        (date, "20261122"),
        (date, "2026-11-22T00:00:00"),
        (date, 20261122),
        (datetime, "2026-11-22T17:00:00Z"),
        (datetime, "2026-11-22T17:00:00.000000+00:00"),
        (datetime, "2026-11-22T19:00:00.000000+02:00"),
        (datetime, "2026-11-22 17:00:00.000000Z"),
        (datetime, "2026-11-22T24:00:00.000000Z"),
        (datetime, "2026-11-22T23:59:60.000000Z"),
        (Small, {"number": 1}),
        (Small, {"number": 1, "words": [], "more": 1}),
        (Small, {"number": True, "words": []}),
        (Small, [1, []]),
    ],
)
def test_everything_else_is_refused(hint: Any, plain: Any) -> None:
    with pytest.raises(Unfit):
        reader(hint)(plain)


def test_a_hint_without_a_rule_is_refused_when_the_reader_is_made() -> None:
    with pytest.raises(TypeError, match="no form"):
        reader(dict[str, int])


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_survive(at: datetime) -> None:
    assert reader(datetime)(utc_text(at)) == at
