"""TOML tables as frozen dataclasses, strictly, every mistake named by its table and key.

Rules kept here:

* a key that the class does not have is refused, and so is a value of another kind: nothing is
  converted, but a whole number may stand where a number is asked for;
* a field with a default may be left out; a field whose name begins with ``_`` is no key;
* all mistakes of a file are told at once; a value itself is never repeated, only what is expected.

Written by hand because this is read at the start of every command, and a library that knows more
took longer to load than everything else a command loads.
"""

import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum, EnumType
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, cast
from typing import get_args as parts
from typing import get_origin as origin

from harness.classes import dataclass
from harness.errors import HarnessError

Place: TypeAlias = tuple[int | str, ...]
"""Names of tables, then the key; a number counts the members of an array from 0."""
_PLAIN: Final = {str: "a text", bool: "true or false", int: "a whole number"}


class NotAsDescribed(HarnessError):
    """A file's tables are not as described; the text names each table and key."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a text or number must be, beyond its type; stands in ``Annotated``.

    Attributes:
        holds: whether a value is one.
        words: what is expected, after "expected is".
    """

    holds: Callable[[Any], object]
    words: str


def pattern(text: str, words: str) -> Check:
    """A check that a whole text matches a regular expression, compiled when first needed."""
    return Check(lambda value: re.fullmatch(text, value), words)


def read(kind: Any, data: object) -> Any:
    """A file's data as a ``kind``: a class of tables, or a mapping of names to tables.

    Raises:
        NotAsDescribed: it is not as described; every mistake is told.
    """
    mistakes: list[str] = []
    found = _Reader(mistakes).value(kind, data, ())
    if mistakes:
        raise NotAsDescribed("; ".join(mistakes))
    return found


def plain(value: object) -> object:
    """A table as plain JSON values: every key, also those left out."""
    if is_dataclass(value):
        kept = (each.name for each in fields(value) if each.name[0] != "_")
        return {name: plain(getattr(value, name)) for name in kept}
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file and collects what is wrong with it; what it gives then is of no use."""

    mistakes: list[str]

    def value(self, hint: Any, data: Any, place: Place) -> Any:
        if is_dataclass(hint):
            return self.table(hint, data, place)
        return _READERS.get(origin(hint), _Reader.scalar)(self, hint, data, place)

    def table(self, kind: Any, data: Any, place: Place) -> Any:
        if not self._is(data, dict, place, "a table"):
            return None
        known = {each.name: each for each in fields(kind) if each.name[0] != "_"}
        before = len(self.mistakes)
        values = dict(self.keys(known, data, place))
        for name in [each for each in data if each not in known]:
            self._wrong((*place, name), "this key is not known")
        if len(self.mistakes) > before:
            return None
        return kind(**values)

    def keys(
        self, known: Mapping[str, Field[Any]], data: dict[str, Any], place: Place
    ) -> Iterator[tuple[str, Any]]:
        for name, each in known.items():
            if name in data:
                yield name, self.value(each.type, data[name], (*place, name))
            elif each.default is MISSING and each.default_factory is MISSING:
                self._wrong((*place, name), "is missing")

    def named(self, hint: Any, data: Any, place: Place) -> dict[str, Any]:
        if not self._is(data, dict, place, "a table"):
            return {}
        key, member = parts(hint)
        return {
            self.value(key, name, (*place, name)): self.value(member, each, (*place, name))
            for name, each in data.items()
        }

    def array(self, hint: Any, data: Any, place: Place) -> tuple[Any, ...]:
        if not self._is(data, list, place, "an array"):
            return ()
        member = parts(hint)[0]
        return tuple(self.value(member, each, (*place, at)) for at, each in enumerate(data))

    def optional(self, hint: Any, data: Any, place: Place) -> Any:
        return self.value(parts(hint)[0], data, place)  # or None, which no TOML value is

    def checked(self, hint: Any, data: Any, place: Place) -> Any:
        before = len(self.mistakes)
        inner, *checks = parts(hint)
        found = self.value(inner, data, place)
        for check in checks:
            if len(self.mistakes) == before and not check.holds(found):
                self._expected(place, check.words)
        return found

    def word(self, hint: Any, data: Any, place: Place) -> Any:
        return self.one_of({each: each for each in parts(hint)}, data, place)

    def one_of(self, words: Mapping[Any, Any], data: Any, place: Place) -> Any:
        if type(data) is str and data in words:
            return words[data]
        self._expected(place, " or ".join(f"'{each}'" for each in words))
        return None

    def scalar(self, hint: Any, data: Any, place: Place) -> Any:
        if isinstance(hint, EnumType):
            return self.one_of({each.value: each for each in cast("Any", hint)}, data, place)
        if hint is float:
            number = type(data) in {int, float}
            return float(data) if number else self._expected(place, "a number")
        self._is(data, hint, place, _PLAIN[hint])
        return data

    def _is(self, data: Any, kind: type, place: Place, words: str) -> bool:
        if type(data) is kind:
            return True
        self._expected(place, words)
        return False

    def _expected(self, place: Place, words: str) -> None:
        self._wrong(place, f"expected is {words}")

    def _wrong(self, place: Place, what: str) -> None:
        *tables, key = (str(part) for part in place or ("the file",))
        named = f"[{'.'.join(tables)}] {key}" if tables else f"[{key}]"
        self.mistakes.append(f"{named}: {what}")


_READERS: Final[Mapping[Any, Callable[[_Reader, Any, Any, Place], Any]]] = {
    Annotated: _Reader.checked,
    Union: _Reader.optional,
    types.UnionType: _Reader.optional,
    Literal: _Reader.word,
    tuple: _Reader.array,
    dict: _Reader.named,
}
