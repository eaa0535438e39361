"""The one form of a class of events as a pattern: a text that fits it needs no second look.

Rules kept here:

* a text that fits is the canonical JSON of plain values that have the shape of the class: members
  sorted and complete, no white space, no escape, whole numbers as they are written; so it need not
  be written again to be compared;
* each value is made as ``strict`` makes it, and by ``strict`` unless the pattern says all that it
  asks: a text, a number, a word, a time;
* a text that does not fit may still be an event, for one with an escape or a long number is none
  here. So nothing is refused here: ``strict`` judges it, and takes all that is taken here;
* a class with a hint that has no pattern here has no shortcut.
"""

import json
import re
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from harness.ledger.strict import reader

Shortcut: TypeAlias = Callable[[str, dict[str, Any]], Any]
"""From a text, and the fields that stand elsewhere, to the event; None when the text does not fit.

Raises ``ValueError`` when a value inside is not one of its kind, and what the class itself raises.
"""

_UNIONS: Final = (Union, types.UnionType)
_TEXT: Final = r"[^\"\\\x00-\x1f]*"
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = rf"{_DAY}T(?:[01][0-9]|2[0-3]):[0-9]{{2}}:[0-9]{{2}}\.[0-9]{{6}}Z"
_NUMBER: Final = "0|-?[1-9][0-9]{0,17}"
_FORMS: Final = {
    str: f'"{_TEXT}"',
    int: f"(?:{_NUMBER})",
    bool: "(?:true|false)",
    types.NoneType: "null",
    datetime: f'"{_TIME}"',
    date: f'"{_DAY}"',
}
_WORD: Final = re.compile(_TEXT)
_MOST: Final = 64 * 1024
"""Characters of an event that is read at once: while it fits, a pattern keeps where it has been."""
_REMEMBERED: Final = 1000
_SHORT: Final = 200
"""Characters of an object that is kept to be handed out again: memory stays flat."""


def shortcut(kind: Any, elsewhere: frozenset[str]) -> Shortcut | None:
    """The shortcut of a class of events, if it has one.

    Args:
        kind: a frozen dataclass; its own checks are made as always.
        elsewhere: its fields that the text does not have.
    """
    if not (kind.__dictoffset__ and hasattr(kind, "__post_init__")):
        return None
    try:
        members = _members(kind, elsewhere)
    except TypeError:
        return None

    def read(text: str, told: dict[str, Any]) -> Any:
        made = members(text) if len(text) <= _MOST else None
        if made is None:
            return None
        event = kind.__new__(kind)
        made.update(told)
        event.__dict__.update(made)  # as its own __init__ does, one by one
        event.__post_init__()
        return event

    return read


def _members(kind: Any, elsewhere: frozenset[str]) -> Callable[[str], dict[str, Any] | None]:
    """From an object as it is written to the values of its members; None when it does not fit.

    Raises:
        TypeError: there is no pattern for one.
    """
    hints = get_type_hints(kind)
    names = sorted({each.name for each in fields(kind)} - elsewhere)
    members = ",".join(f'"{name}":{_caught(hints[name])}' for name in names)
    match = re.compile(rf"\{{{members}\}}").fullmatch
    others = [(name, _value(hints[name])) for name in names if hints[name] is not str]

    def read(text: str) -> dict[str, Any] | None:
        found = match(text)
        if found is None:
            return None
        made: dict[str, Any] = dict(zip(names, found.groups(), strict=True))
        for name, value in others:
            made[name] = value(made[name])
        return made

    return read


def _pattern(hint: Any) -> str:
    """What canonical JSON of a hint's plain values looks like; without groups.

    Raises:
        TypeError: there is no pattern for it.
    """
    origin, members = get_origin(hint), get_args(hint)
    if origin in _UNIONS:
        return _one_of([_pattern(each) for each in members])
    if origin is tuple and members[1:] == (Ellipsis,):
        each = _pattern(members[0])
        return rf"\[(?:{each}(?:,{each})*)?\]"
    if origin is tuple:
        return rf"\[{','.join(map(_pattern, members))}\]"
    if hint in _FORMS:
        return _FORMS[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return f'"(?:{_words(hint)})"'
    if not is_dataclass(hint):
        raise TypeError(f"there is no pattern for {hint!r}")
    hints = get_type_hints(hint)
    inside = (f'"{each}":{_pattern(hints[each])}' for each in sorted(e.name for e in fields(hint)))
    return rf"\{{{','.join(inside)}\}}"


def _one_of(patterns: list[str]) -> str:
    """Any of these, told apart by how they begin: no text fits in two ways, to be tried in turn.

    Raises:
        TypeError: they are not.
    """
    begins = [each.lstrip("\\")[0] for each in patterns if not each.startswith("(")]
    if len(set(begins)) < len(begins):
        raise TypeError("two of these are written alike")
    return f"(?:{'|'.join(patterns)})"


def _words(hint: type[StrEnum]) -> str:
    if not all(map(_WORD.fullmatch, hint)):
        raise TypeError(f"a word of {hint!r} has an escape")
    return "|".join(map(re.escape, hint))


def _caught(hint: Any) -> str:
    """The pattern of a value of the event itself, in one group: what :func:`_value` is given."""
    pattern = _pattern(hint)
    if isinstance(hint, type) and pattern.startswith('"'):
        return f'"({pattern[1:-1]})"'
    return f"({pattern})"


def _value(hint: Any) -> Callable[[str], Any]:
    """From what was caught to the value."""
    if hint is int:
        return int
    if hint is datetime or hint is date:
        return hint.fromisoformat  # UTC, and nothing left out
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {each.value: each for each in hint}.__getitem__
    return _object(hint) if is_dataclass(hint) else _of_several(hint)


def _of_several(hint: Any) -> Callable[[str], Any]:
    """For a hint that is made of others."""
    origin, members, read = get_origin(hint), get_args(hint), reader(hint)
    if origin is tuple and members[1:] == (Ellipsis,) and is_dataclass(members[0]):
        each, find = _object(members[0]), re.compile(_pattern(members[0])).findall
        return lambda text: tuple(map(each, find(text)))  # no text has a quotation mark inside
    if origin in _UNIONS and str in members:
        return lambda text: text[1:-1] if text[0] == '"' else read(json.loads(text))
    return lambda text: read(json.loads(text))


def _object(kind: Any) -> Callable[[str], Any]:
    """From an object as it is written, of which is known that it fits, to the object."""
    members = _members(kind, frozenset())

    def make(text: str) -> Any:
        return kind(**members(text) or {})

    again = lru_cache(_REMEMBERED)(make)  # a history tells of a person again and again
    return lambda text: again(text) if len(text) <= _SHORT else make(text)
