"""Values as plain JSON and back, driven by the type hints of frozen dataclasses.

Only what evidence and submissions need: texts, numbers, booleans, UTC times, days, closed sets,
optional values, tuples, nested dataclasses, and tuples of (name, value) pairs, which become JSON
objects. The way back is strict: nothing is converted, missing or left over.
"""

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from harness.joining.text import Malformed, iso

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
_T = TypeVar("_T")


def encode(value: object) -> Json:
    """A value of the kinds named above as plain JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        return {name: _encode_as(hint, getattr(value, name)) for name, hint in hints.items()}
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [encode(each) for each in value]
    return cast("Json", value)


def _encode_as(hint: Any, value: object) -> Json:
    if _pair_value(hint) is not None:
        return {name: encode(each) for name, each in cast("tuple[tuple[str, object], ...]", value)}
    return float(cast("float", value)) if hint is float else encode(value)


def decode(kind: type[_T], value: object, where: str) -> _T:
    """A dataclass of ``kind`` from plain JSON.

    Raises:
        Malformed: names the field by ``where`` and what is expected there.
    """
    return cast("_T", _decode(kind, value, where))


def _decode(hint: Any, value: object, where: str) -> object:
    if isinstance(hint, type) and is_dataclass(hint):
        return _decode_dataclass(hint, value, where)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _decode_word(hint, value, where)
    if get_origin(hint) in {Union, types.UnionType}:
        rest = [each for each in get_args(hint) if each is not type(None)]
        return None if value is None else _decode(rest[0], value, where)
    if get_origin(hint) is tuple:
        return _decode_tuple(hint, value, where)
    return _decode_scalar(hint, value, where)


def _decode_dataclass(kind: type, value: object, where: str) -> object:
    found = _expect(value, dict, where)
    hints = _hints(kind)
    for name in sorted(found.keys() | hints.keys()):
        if name not in hints:
            raise Malformed("This field is not known.", where=f"{where}.{shown_name(name)}")
        if name not in found:
            raise Malformed("This field is missing.", where=f"{where}.{name}")
    values = {name: _decode(hint, found[name], f"{where}.{name}") for name, hint in hints.items()}
    try:
        return kind(**values)
    except Malformed as error:
        raise Malformed(error.what, where=error.where or where, todo=error.todo) from None


def _decode_word(kind: type[StrEnum], value: object, where: str) -> StrEnum:
    text = _expect(value, str, where)
    words = {word.value: word for word in kind}
    if text not in words:
        raise Malformed(f"One of {', '.join(words)} is expected.", where=where)
    return words[text]


def _decode_tuple(hint: Any, value: object, where: str) -> tuple[object, ...]:
    pair = _pair_value(hint)
    if pair is not None:
        found = _expect(value, dict, where)
        return tuple(
            (name, _decode(pair, found[name], f"{where}.{shown_name(name)}"))
            for name in sorted(found)
        )
    member = get_args(hint)[0]
    return tuple(
        _decode(member, each, f"{where}[{place}]")
        for place, each in enumerate(_expect(value, list, where))
    )


def _decode_scalar(hint: Any, value: object, where: str) -> object:
    if hint is datetime:
        return _decode_time(_expect(value, str, where), where)
    if hint is date:
        return _decode_day(_expect(value, str, where), where)
    found = _expect(value, hint, where)
    if isinstance(found, float) and not math.isfinite(found):
        raise Malformed("A finite number is expected.", where=where)
    return found


def _decode_time(text: str, where: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("A UTC time is expected.", where=where) from None
    if found.utcoffset() is None:
        raise Malformed("A time with its offset from UTC is expected.", where=where)
    return found


def _decode_day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed("A day is expected.", where=where) from None


def _expect(value: object, kind: type[_T], where: str) -> _T:
    if type(value) is kind:
        return value
    raise Malformed(f"{_NAMES[kind.__name__]} is expected here.", where=where)


_NAMES: Final = {
    "dict": "An object",
    "list": "A list",
    "str": "A text",
    "int": "A whole number",
    "float": "A number with decimals",
    "bool": "True or false",
}


def shown_name(name: str) -> str:
    """A field name found in a foreign file, as it may be shown.

    The rules do not import ``harness.redact``, which is about what a peer sent; and our own field
    names are plain identifiers, so that this is stricter: no colon, no dot, at most 50 characters.
    """
    plain = name.isascii() and name.replace("-", "_").isidentifier() and len(name) <= 50
    return name if plain else f"<name, {len(name)} chars>"


@cache
def _pair_value(hint: Any) -> Any:
    """The value type of ``tuple[tuple[str, V], ...]``, or None for every other type."""
    members = get_args(hint) if get_origin(hint) is tuple else ()
    if len(members) == 2 and members[1] is Ellipsis and get_origin(members[0]) is tuple:
        return get_args(members[0])[1]
    return None


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}
