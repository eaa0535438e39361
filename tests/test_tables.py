"""TOML tables become what they are described as, or every mistake in them is told."""

import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tables import Check, NotAsDescribed, pattern, plain, read


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    name: Annotated[str, pattern("[a-z]+", "small letters")]
    many: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Outer:
    text: str
    colour: Colour
    inner: Inner
    number: Annotated[float, Check(lambda value: 0 < value <= 5, "at most 5")] = 1.0
    word: Literal["one", "two"] = "one"
    flag: bool = False
    maybe: Annotated[str, Check(len, "not empty")] | None = None
    named: dict[Annotated[str, pattern("[a-z]", "a letter")], Inner] = field(default_factory=dict)
    _kept: int = 0


GOOD: dict[str, Any] = {
    "text": "x",
    "colour": "blue",
    "inner": {"name": "abc", "many": [1, 2]},
    "number": 2,
    "word": "two",
    "flag": True,
    "maybe": "m",
    "named": {"k": {"name": "d"}},
}


def test_what_is_described_is_read_and_shown_again() -> None:
    found = read(Outer, GOOD)
    inner = Inner("abc", (1, 2))
    named = {"k": Inner("d")}
    assert found == Outer("x", Colour.BLUE, inner, 2.0, "two", flag=True, maybe="m", named=named)
    assert type(found.number) is float, "a digest of 2 would be another one than of 2.0"
    assert plain(found) == {**GOOD, "named": {"k": {"name": "d", "many": []}}}
    assert read(Outer, plain(found)) == found
    assert json.loads(json.dumps(plain(found))) == plain(found)


def test_defaults_need_not_stand_there() -> None:
    found = read(Outer, {"text": "x", "colour": "red", "inner": {"name": "a"}})
    assert found == Outer("x", Colour.RED, Inner("a"))
    assert plain(replace(found, _kept=1)) == plain(found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": 1}, "[text]: expected is a text"),
        ({"_kept": 1}, "[_kept]: this key is not known"),
        ({"colour": "green"}, "[colour]: expected is 'red' or 'blue'"),
        ({"colour": ["red"]}, "[colour]: expected is 'red' or 'blue'"),
        ({"inner": "x"}, "[inner]: expected is a table"),
        ({"inner": {}}, "[inner] name: is missing"),
        ({"inner": {"name": "A\n"}}, "[inner] name: expected is small letters"),
        ({"inner": {"name": "a\n"}}, "[inner] name: expected is small letters"),
        ({"inner": {"name": "a", "nmae": 1}}, "[inner] nmae: this key is not known"),
        ({"inner": {"name": "a", "many": 1}}, "[inner] many: expected is an array"),
        ({"inner": {"name": "a", "many": [1, True]}}, "[inner.many] 1: expected is a whole number"),
        ({"number": "1"}, "[number]: expected is a number"),
        ({"number": True}, "[number]: expected is a number"),
        ({"number": 5.5}, "[number]: expected is at most 5"),
        ({"number": float("nan")}, "[number]: expected is at most 5"),
        ({"word": "three"}, "[word]: expected is 'one' or 'two'"),
        ({"flag": 1}, "[flag]: expected is true or false"),
        ({"maybe": ""}, "[maybe]: expected is not empty"),
        ({"named": {"kk": {"name": "a"}}}, "[named] kk: expected is a letter"),
        ({"named": {"k": {"name": 1}}}, "[named.k] name: expected is a text"),
        ({"named": []}, "[named]: expected is a table"),
    ],
)
def test_a_mistake_is_named_by_its_table_and_key(change: dict[str, Any], words: str) -> None:
    with pytest.raises(NotAsDescribed) as caught:
        read(Outer, {**GOOD, **change})
    assert caught.value.what == words


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(NotAsDescribed) as caught:
        read(Outer, {"text": 1, "inner": {"name": "a"}, "texxt": "x"})
    assert caught.value.what == (
        "[text]: expected is a text; [colour]: is missing; [texxt]: this key is not known"
    )


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(name=st.sampled_from([*GOOD, "other"]), value=ANY)
def test_nothing_else_is_raised_and_nothing_is_converted(name: str, value: object) -> None:
    try:
        found = read(Outer, {**GOOD, name: value})
    except NotAsDescribed:
        return
    before = plain(read(Outer, GOOD))
    assert isinstance(before, dict)
    told = plain(found)
    assert isinstance(told, dict)
    assert {k: v for k, v in told.items() if k != name} == {
        k: v for k, v in before.items() if k != name
    }
    assert told[name] == value or isinstance(value, dict), "tables gain their defaults only"
