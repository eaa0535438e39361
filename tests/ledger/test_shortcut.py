"""A text that fits the pattern of its event is read at once; nothing else is read than before."""

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.joining.events import EVENTS
from harness.ledger import codec
from harness.ledger.codec import Codec
from harness.ledger.shortcut import shortcut
from tests.ledger.samples import SAMPLES
from tests.support.identities import PERSON

if TYPE_CHECKING:
    from collections.abc import Callable

STORED: Final = {topic: Codec(EVENTS).to_stored_event(each) for topic, each in SAMPLES.items()}


def experienced() -> Codec:
    """It has read so much that it reads every event at once when it can."""
    made = Codec(EVENTS)
    for stored in STORED.values():
        for _ in range(codec._OFTEN):
            made.to_domain_event(stored)
    return made


SLOW: Final = Codec(EVENTS)
SLOW._seen = dict.fromkeys(EVENTS, -(10**9))  # type: ignore[assignment]  # never
FAST: Final = experienced()


def told(judge: Codec, stored: StoredEvent) -> object:
    """The event, or what is said against it."""
    try:
        return judge.to_domain_event(stored)
    except HarnessError as error:
        return type(error), error.what, error.todo


@pytest.mark.parametrize("topic", EVENTS)
def test_every_event_is_read_at_once(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Codec, "_plain_of", lambda *_: pytest.fail("it was looked at"))
    found = FAST.to_domain_event(STORED[topic])
    assert (found, type(found)) == (SAMPLES[topic], EVENTS[topic])
    assert vars(found) == vars(SAMPLES[topic])


PIECES: Final = [
    *('"', "\\", ",", ":", "{", "}", "[", "]", " ", "\n", "\0", "\x7f", "\u2028", "\ufeff", "é"),
    *("0", "-0", "-1", "01", "1.0", "1e5", "9" * 18, "9" * 19, "9" * 5000, "NaN", "Infinity"),
    *("true", "false", "null", "{}", "[]", '""', '"a"', '"\\u0061"', '"\\ud800"', '"\\n"'),
    *('"phase":1,', '"actor":{},', ',"zzz":1', '"originator_id":"demo",', "131052-9085"),
    *(PERSON, "2026-02-30", "T24:00:00", ".000000Z", "+00:00", "0000", "٣"),
]  # fmt: skip


@given(
    st.sampled_from(sorted(EVENTS)),
    st.floats(0, 1),
    st.integers(0, 12),
    st.sampled_from(PIECES) | st.text(max_size=3),
)
def test_any_edit_is_judged_as_ever(topic: str, place: float, gone: int, put: str) -> None:
    stored = STORED[topic]
    text = stored.state.decode()
    at = int(place * len(text))
    state = (text[:at] + put + text[at + gone :]).encode("utf-8", "surrogatepass")
    edited = replace(stored, state=state)
    assert told(FAST, edited) == told(SLOW, edited)


JSON: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["", "supplier", "e7", "2026-03-01T08:00:00.000000Z", "2026-03-01", "0" * 64]
    ),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside),
    max_leaves=5,
)


@given(st.sampled_from(sorted(EVENTS)), st.data())
def test_any_other_value_is_judged_as_ever(topic: str, data: st.DataObject) -> None:
    """Somewhere in the event stands something else, in canonical JSON."""
    plain = json.loads(STORED[topic].state)
    slots = list(places(plain))
    put, _ = data.draw(st.sampled_from(slots))
    put(deepcopy(data.draw(JSON | st.sampled_from([value for _, value in slots]))))
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    edited = replace(STORED[topic], state=text.encode("utf-8", "surrogatepass"))
    assert told(FAST, edited) == told(SLOW, edited)


def places(value: Any) -> "list[tuple[Callable[[Any], None], Any]]":
    """Every place in a plain value, by what puts something there, and what stands there."""
    found: list[tuple[Callable[[Any], None], Any]] = []
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        found.append((lambda put, key=key: value.__setitem__(key, put), value[key]))  # type: ignore[misc]
        found += places(value[key])
    return found


@pytest.mark.parametrize("version", [True, 1.0, "1", None])
def test_a_version_is_a_whole_number(version: object) -> None:
    odd = replace(STORED["joining.OpeningRequested.v1"], originator_version=cast("int", version))
    assert told(FAST, odd) == told(SLOW, odd)
    assert isinstance(told(FAST, odd), tuple)


AT: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Odd(StrEnum):
    QUOTED = 'a"b'


class Word(StrEnum):
    DAY = "2026-03-01"
    OTHER = "x.y"


@dataclass(frozen=True)
class Inner:
    words: tuple[Word, ...]
    pair: tuple[int, bool | None]


@dataclass(frozen=True)
class Toy:
    """Kinds of fields that no event has so far."""

    day: date
    word: Word
    either: str | int | tuple[str, ...]
    mixed: Word | int | None
    inner: Inner
    many: tuple[Inner, ...]
    at: datetime
    text: str

    def __post_init__(self) -> None:
        """Nothing is checked."""


SOUND: Final = (
    '{"at":"2026-03-01T08:00:00.000000Z","day":"2026-03-01","either":"{,}[]",'
    '"inner":{"pair":[0,null],"words":[]},"many":[{"pair":[-7,true],"words":["x.y"]},'
    '{"pair":[1,false],"words":[]}],"mixed":"2026-03-01","text":"a","word":"2026-03-01"}'
)


def test_values_of_every_kind() -> None:
    read = shortcut(Toy, frozenset())
    assert read is not None
    inner = Inner((), (0, None))
    many = (Inner((Word.OTHER,), (-7, True)), Inner((), (1, False)))
    wanted = Toy(date(2026, 3, 1), Word.DAY, "{,}[]", Word.DAY, inner, many, AT, "a")
    assert repr(read(SOUND, {})) == repr(wanted)


@pytest.mark.parametrize("place", ['"text":"', '"either":"', '"words":["'])
@pytest.mark.parametrize("put", ["\\", "\\n", "\\u0061", '\\"', "\0", "\n", "\x1f", '"'])
def test_a_text_with_an_escape_is_left_to_others(place: str, put: str) -> None:
    assert not fits(SOUND.replace(place, place + put))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[0,", "[-0,"),
        ("[0,", "[00,"),
        ("[0,", "[0.0,"),
        ("[0,", "[1e1,"),
        ("[0,", f"[{'9' * 19},"),
        ("true", "1"),
        ("null", "None"),
        (":00.000000Z", ":00.000Z"),
        (":00.000000Z", ":00Z"),
        (":00.000000Z", ":60.000000Z"),
        (":00.000000Z", ":00.000000+00:00"),
        ("T08", "T24"),
        ("T08", " 08"),
        ("T08", "T\u0660\u0668"),
        ('"2026-03-01"', '"2026-02-29"'),
        ('"2026-03-01"', '"20260301"'),
        ('"x.y"', '"xzy"'),
        ('"day"', '"Day"'),
        (',"text":"a"', ""),
        (',"text":"a"', ',"text":"a","text":"a"'),
        (',"text":"a"', ',"text":1'),
        ('"inner"', ' "inner"'),
        ('"pair":[0,null],"words":[]', '"words":[],"pair":[0,null]'),
        ("},{", "}{"),
        ("},{", "},,{"),
    ],
)
def test_what_is_in_another_form_is_left_to_others(old: str, new: str) -> None:
    assert old in SOUND
    assert not fits(SOUND.replace(old, new))


def fits(text: str) -> bool:
    read = shortcut(Toy, frozenset())
    assert read is not None
    try:
        return read(text, {}) is not None
    except ValueError:
        return False


@pytest.mark.parametrize(
    "hint", [Any, float, Odd, dict[str, int], Word | str, tuple[date | str, ...]]
)
def test_a_class_with_another_kind_of_field_has_none(hint: object) -> None:
    kind = type("Other", (), {"__annotations__": {"value": hint}, "__post_init__": print})
    assert shortcut(dataclass(frozen=True)(kind), frozenset()) is None


def test_a_very_long_event_is_left_to_others() -> None:
    short, most = '"text":"a"', 64 * 1024
    assert fits(SOUND.replace(short, f'"text":"{"a" * (most - len(SOUND) + 1)}"'))
    assert not fits(SOUND.replace(short, f'"text":"{"a" * (most - len(SOUND) + 2)}"'))


def test_what_is_long_is_not_kept() -> None:
    @dataclass(frozen=True)
    class Person:
        name: str

    @dataclass(frozen=True)
    class Told:
        person: Person

        def __post_init__(self) -> None:
            """Nothing is checked."""

    read = shortcut(Told, frozenset())
    assert read is not None
    for name, kept in (("a", True), ("a" * 200, False)):
        one, other = (read(f'{{"person":{{"name":"{name}"}}}}', {}) for _ in range(2))
        assert one == other
        assert (one.person is other.person) is kept


def test_a_class_without_checks_or_without_a_dictionary_has_none() -> None:
    @dataclass(frozen=True, slots=True)
    class Slotted:
        text: str

        def __post_init__(self) -> None:
            """Nothing is checked."""

    assert shortcut(Slotted, frozenset()) is None
    assert shortcut(dataclass(frozen=True)(type("Bare", (), {})), frozenset()) is None
