"""Plain JSON values as frozen dataclasses, strictly, by readers made once from the type hints.

Rules kept here:

* nothing is converted, filled in or left over: an object has exactly the fields of its class, a
  whole number is no truth value, a word is one of its closed set;
* a time or date must be in the one form this record writes, so that a value that was read leads
  back to the same plain value;
* a hint this module has no rule for is refused when the reader is made, not when an event comes.

Making the readers of all events takes about as long as reading ten events, and needs no library.
"""

import marshal
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

Reader: TypeAlias = Callable[[Any], Any]
"""From a plain value to the value; raises ``Unfit`` when it is not one of its kind."""

_SCALARS: Final = (str, int, bool, float)
_REMEMBERED: Final = 1000
"""Values of one class kept to be handed out again: memory stays flat."""


class Unfit(ValueError):
    """A plain value that is not one of the hinted kind; says nothing of the value."""


@cache
def reader(hint: Any) -> Reader:
    """The reader for a type hint.

    Raises:
        TypeError: there is no rule for it.
    """
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _either(tuple(reader(each) for each in get_args(hint)))
    if origin is tuple:
        return _tuple(get_args(hint))
    if origin is Literal:
        return _word({each: each for each in get_args(hint)})
    if hint in _SCALARS or hint is types.NoneType:
        return _exactly(hint)
    return _as_it_is if hint is Any else _of_class(hint)


def utc_text(at: datetime) -> str:
    """A UTC time as this record writes it: ``2026-11-22T17:00:00.000000Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _of_class(hint: Any) -> Reader:
    if hint is datetime:
        return _time
    if hint is date:
        return _date
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _word({each.value: each for each in hint})
    if isinstance(hint, type) and is_dataclass(hint):
        return _object(hint)
    raise TypeError(f"the record has no form for {hint!r}")


def _exactly(kind: type) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise Unfit
        return value

    return read


def _word(words: Mapping[Any, Any]) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not str or value not in words:
            raise Unfit
        return words[value]

    return read


def _either(readers: tuple[Reader, ...]) -> Reader:
    def read(value: Any) -> Any:
        for each in readers:
            try:
                return each(value)
            except Unfit:
                continue
        raise Unfit

    return read


def _tuple(members: tuple[Any, ...]) -> Reader:
    if len(members) == 2 and members[1] is Ellipsis:
        return _many(reader(members[0]))
    return _row(tuple(reader(each) for each in members))


def _many(member: Reader) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise Unfit
        return tuple([member(each) for each in value])

    return read


def _row(members: tuple[Reader, ...]) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not list or len(value) != len(members):
            raise Unfit
        return tuple([each(part) for each, part in zip(members, value, strict=True)])

    return read


def _object(kind: type) -> Reader:
    hints = get_type_hints(kind)
    names = {each.name for each in fields(kind)}
    texts = [name for name in names if hints[name] is str]
    others = [(name, reader(hints[name])) for name in names if hints[name] is not str]

    def read(value: Any) -> Any:
        if type(value) is not dict or value.keys() != names:
            raise Unfit
        for name in texts:  # most fields are texts: a call for each would cost the most
            if type(value[name]) is not str:
                raise Unfit
        made = value.copy()  # what is read may be tried by another reader as well
        for name, each in others:
            made[name] = each(value[name])
        return kind(**made)

    return read if any(_holds_objects(hints[name]) for name in names) else _remembered(read)


def _holds_objects(hint: Any) -> bool:
    return is_dataclass(hint) or any(_holds_objects(each) for each in get_args(hint))


def _remembered(read: Reader) -> Reader:
    """The same frozen value for plain values that are written alike: a person, an outcome.

    A history tells them again and again. As bytes every two plain JSON values differ, ``1`` from
    ``true`` and ``1.0`` as well.
    """
    seen: dict[bytes, Any] = {}

    def again(value: Any) -> Any:
        try:
            written = marshal.dumps(value, 0)
        except ValueError:  # nested too deep, or no plain value
            raise Unfit from None
        found = seen.get(written)
        if found is None:
            if len(seen) >= _REMEMBERED:
                seen.clear()
            found = seen[written] = read(value)
        return found

    return again


def _as_it_is(value: Any) -> Any:
    return value


def _time(value: Any) -> datetime:
    if type(value) is str and value[-1:] == "Z":
        try:
            found = datetime.fromisoformat(value)  # in UTC: that is what Z says
            if f"{found.isoformat(timespec='microseconds')[:-6]}Z" == value:
                return found
        except (ValueError, OverflowError):
            pass
    raise Unfit


def _date(value: Any) -> date:
    if type(value) is str:
        try:
            found = date.fromisoformat(value)
            if found.isoformat() == value:
                return found
        except ValueError:
            pass
    raise Unfit
