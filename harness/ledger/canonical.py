"""Frozen dataclasses as canonical JSON, by writers made once from the type hints.

Rules kept here:

* written is only what the reader of the same hint (:mod:`harness.ledger.strict`) leads back to an
  equal value: every value is of exactly the hinted type, every time in UTC, every number finite;
* a class asks its own rules again, as when it is read;
* the text is the one form of the value: members sorted, no white space;
* a hint that leaves open what a text or number would be read as has no writer, nor has ``Any``.

A writer refuses more than the record does. Whatever it refuses is written the long way, and read
again to be compared: see :class:`harness.ledger.codec.Codec`.
"""

import math
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from json.encoder import encode_basestring
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from harness.joining.text import iso
from harness.ledger.strict import Unfit

Writer: TypeAlias = Callable[[Any], str]
"""From a value to its text; raises ``Unfit`` when it is not exactly of the hinted kind."""

_TEXTS: Final = (str, datetime, date)
"""Types whose values are written as a text, as those of a StrEnum are."""


@cache
def writer(hint: Any, without: Collection[str] = ()) -> Writer:
    """The writer for a type hint; for a dataclass it may leave fields out.

    A hint for which there is no rule gives a writer that refuses everything.
    """
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _one_of(get_args(hint))
    if origin is tuple:
        return _tuple(get_args(hint))
    if origin is Literal:
        return _word({each: each for each in get_args(hint) if type(each) is str}, str)
    return _object(hint, without) if is_dataclass(hint) else _of_class(hint)


def _of_class(hint: Any) -> Writer:
    if _is_words(hint):
        return _word({each: each.value for each in hint}, hint)
    return _SCALARS.get(hint, _refuse)


def _refuse(_: Any) -> str:
    raise Unfit


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Unfit
    return encode_basestring(value)


def _bool(value: Any) -> str:
    if type(value) is not bool:
        raise Unfit
    return "true" if value else "false"


def _int(value: Any) -> str:
    if type(value) is not int:
        raise Unfit
    return repr(value)


def _float(value: Any) -> str:
    if type(value) is not float or not math.isfinite(value):
        raise Unfit
    return repr(value)


def _none(value: Any) -> str:
    if value is not None:
        raise Unfit
    return "null"


def _time(value: Any) -> str:
    if type(value) is not datetime or value.tzinfo is not UTC:
        raise Unfit
    return f'"{iso(value)}"'


def _date(value: Any) -> str:
    if type(value) is not date:
        raise Unfit
    return f'"{value.isoformat()}"'


_SCALARS: Final[Mapping[Any, Writer]] = {
    str: _text,
    bool: _bool,
    int: _int,
    float: _float,
    types.NoneType: _none,
    datetime: _time,
    date: _date,
}


def _word(words: Mapping[Any, str], kind: type) -> Writer:
    texts = {each: encode_basestring(word) for each, word in words.items()}

    def write(value: Any) -> str:
        if type(value) is not kind or value not in texts:
            raise Unfit
        return texts[value]

    return write


def _one_of(hints: tuple[Any, ...]) -> Writer:
    """By the value's type; two that would be written alike leave open which one was meant."""
    kinds = [get_origin(each) or each for each in hints]
    texts = [each for each in kinds if each in _TEXTS or _is_words(each)]
    objects = [each for each in kinds if is_dataclass(each)]
    if len(set(kinds)) < len(kinds) or len(texts) > 1 or len(objects) > 1 or Literal in kinds:
        return _refuse
    known = {kind: writer(each) for kind, each in zip(kinds, hints, strict=True)}

    def write(value: Any) -> str:
        return known.get(type(value), _refuse)(value)

    return write


def _is_words(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _tuple(members: tuple[Any, ...]) -> Writer:
    if len(members) == 2 and members[1] is Ellipsis:
        return _many(writer(members[0]))
    writers = [writer(each) for each in members]

    def write(value: Any) -> str:
        if type(value) is not tuple or len(value) != len(writers):
            raise Unfit
        return f"[{','.join([each(part) for each, part in zip(writers, value, strict=True)])}]"

    return write


def _many(member: Writer) -> Writer:
    def write(value: Any) -> str:
        if type(value) is not tuple:
            raise Unfit
        return f"[{','.join([member(each) for each in value])}]"

    return write


def _object(kind: Any, without: Collection[str]) -> Writer:
    hints, rules = get_type_hints(kind), getattr(kind, "__post_init__", None)
    names = sorted({each.name for each in fields(kind)} - set(without))
    members = [(name, writer(hints[name])) for name in names]
    shape = "{" + ",".join(f'"{name}":%s' for name in names) + "}"

    def write(value: Any) -> str:
        if type(value) is not kind:
            raise Unfit
        written = shape % tuple([each(getattr(value, name)) for name, each in members])
        if rules is not None:
            rules(value)
        return written

    return write
