"""Texts of simple types: valid ones, ones that show a boundary, and ones that just break a rule.

Everything follows from the type: nothing is drawn and thrown away. What fits is decided here once
(``fits``), so that a text is only called valid or broken when this module knows why.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from operator import not_
from typing import Final, NamedTuple

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl import lexical, patterns, plausible
from harness.wsdl.components import Components, Facets, SimpleType, Variety
from harness.wsdl.patterns import Pick

LONGEST: Final = 20_000
"""Texts beyond this many characters are not made, whatever a facet allows."""

_WORDS: Final = ("Esimerkki", "teksti", "äö & <merkki>", "sana", 'lainaus "tässä"', "Åland €")
_BLANK: Final = re.compile(r"[\t\n\r ]")
_SPARE: Final = 6
"""How far beyond its smallest length a text of free length goes."""


class Test(NamedTuple):
    """Whether a text shows one aspect of its type."""

    told: str
    """What is told when it does."""
    shows: Callable[[str], bool]
    """Asked of a text whose white space is as the type wants it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What says which aspects a text of one type shows, made once for many texts."""

    kind: SimpleType
    tests: tuple[Test, ...]
    """Of all aspects that the type has."""

    def seen(self, text: str, tests: tuple[Test, ...]) -> list[str]:
        """What is told of a text by some of the tests."""
        spaced = _spaced(self.kind, text)
        return [test.told for test in tests if test.shows(spaced)]


class Values:
    """Texts for the simple types of one component model."""

    def __init__(self, model: Components) -> None:
        self._model = model

    # Judging -----------------------------------------------------------------------------------

    def fits(self, kind: SimpleType, text: str) -> bool:
        """Whether a text is a value of a type."""
        text = _spaced(kind, text)
        if kind.variety is Variety.UNION:
            inner = any(self.fits(member, text) for member in self._members(kind))
        elif kind.variety is Variety.LIST:
            inner = all(self.fits(self._item(kind), item) for item in text.split())
        else:
            inner = lexical.is_form_of(kind.builtin, text)
        return inner and _within(kind, text)

    def _members(self, kind: SimpleType) -> list[SimpleType]:
        return [self._simple(name) for name in kind.members]

    def _item(self, kind: SimpleType) -> SimpleType:
        return self._simple(kind.item)

    def _simple(self, key: str) -> SimpleType:
        found = self._model.simple(key)
        assert found is not None, "members and items are simple"
        return found

    # Valid texts -------------------------------------------------------------------------------

    def text(self, kind: SimpleType, pick: Pick, name: str = "") -> str:
        """A value of a type.

        Args:
            kind: the type.
            pick: chooses one of ``n``; 0 is the plainest.
            name: local name of the field, for texts that read like real ones.

        Raises:
            ContractError: the type has no value that can be found.
        """
        hint = plausible.text_of(name, pick)
        if hint is not None and self.fits(kind, hint) and (_is_kept(name) or pick(3) != 2):
            return hint
        for text in self._texts(kind, pick):
            if self.fits(kind, text):
                return text
        raise ContractError(
            f"No value of the type {kind.name} can be made from its facets.",
            where=str(kind.place),
            todo="Write messages for it in a scenario.",
        )

    def _texts(self, kind: SimpleType, pick: Pick) -> Iterator[str]:
        """Texts made for a type; only facets that contradict each other make one not fit."""
        if kind.facets.enumeration:
            yield from _turned(kind.facets.enumeration, pick)
        elif kind.variety is Variety.UNION:
            for member in _turned(kind.members, pick):
                yield from self._texts(self._simple(member), pick)
        elif kind.variety is Variety.LIST:
            yield self._items(kind, _count(kind.facets, pick), pick)
        elif kind.facets.patterns:
            yield from _patterned(kind, pick)
        else:
            yield from _plain(kind, pick)

    def _items(self, kind: SimpleType, count: int, pick: Pick) -> str:
        return " ".join(self.text(self._item(kind), pick) for _ in range(count))

    # Aspects: what a value can show -----------------------------------------------------------

    def aspects(self, kind: SimpleType) -> tuple[str, ...]:
        """What is worth exercising in a type, each with at least one value that shows it."""
        return tuple(name for name in _named(kind) if self.showing(kind, name) is not None)

    def showing(self, kind: SimpleType, aspect: str) -> str | None:
        """A value that shows an aspect; ``None`` when no value does."""
        for text in self._shows(kind, aspect):
            if self.fits(kind, text):
                return text
        return None

    def seen(self, kind: SimpleType, text: str) -> frozenset[str]:
        """The aspects that a text shows."""
        watch = self.watching(kind)
        return frozenset(watch.seen(text, watch.tests))

    def watching(self, kind: SimpleType, before: str = "") -> Watch:
        """What says which aspects a text of this type shows.

        Args:
            kind: the type.
            before: stands before the name of each aspect that is told.
        """
        tests = (Test(before + name, self._test(kind, name)) for name in _named(kind))
        return Watch(kind, tuple(tests))

    def _shows(self, kind: SimpleType, aspect: str) -> Iterator[str]:
        name, _, value = aspect.partition("=")
        if name in {"value", "minimum", "maximum"}:
            yield value
        elif name == "member":
            member = self._simple(kind.members[int(value) - 1])
            yield from self._texts(member, _first)
        elif name == "items":
            yield self._items(kind, {"one": 1, "none": 0}.get(value, 2), _first)
        elif name in {"length", "minLength", "maxLength"}:
            yield from self._long(kind, int(value), _first)
        elif name in {"totalDigits", "fractionDigits"}:
            yield from _digits(kind, name, int(value))
        elif name == "empty":
            yield ""
        else:
            yield from self._texts(kind, _first)

    def _test(self, kind: SimpleType, aspect: str) -> Callable[[str], bool]:
        """Whether a text of this type shows an aspect."""
        name, _, value = aspect.partition("=")
        if name in {"value", "minimum", "maximum"}:
            return _sameness(kind, value)
        if name == "items":
            return lambda text: {0: "none", 1: "one"}.get(len(text.split()), "many") == value
        number = int(value) if value else 0
        if name == "member":
            return lambda text: self._first_member(kind, text) == number
        if name in {"length", "minLength", "maxLength"}:
            return lambda text: _length(kind, text) == number
        if name in {"totalDigits", "fractionDigits"}:
            return lambda text: _counted(text)[name == "fractionDigits"] == number
        return {"pattern": lambda _: True, "empty": not_}.get(name, bool)

    def _first_member(self, kind: SimpleType, text: str) -> int:
        fitting = (n for n, each in enumerate(self._members(kind), 1) if self.fits(each, text))
        return next(fitting, 0)

    def _long(self, kind: SimpleType, length: int, pick: Pick) -> Iterator[str]:
        """Texts of exactly this length; items of a list, octets of binary data."""
        if not 0 <= length <= LONGEST:
            return
        if kind.variety is Variety.LIST:
            yield self._items(kind, length, pick)
        elif kind.facets.patterns:
            for pattern in kind.facets.patterns[-1]:
                text = patterns.text_for(pattern, pick, length, length)
                if text is not None:
                    yield text
        else:
            yield _written(kind.builtin, length, pick)

    # Broken texts ------------------------------------------------------------------------------

    def broken(self, kind: SimpleType) -> Iterator[tuple[str, str]]:
        """Names of rules and texts that break them, each by as little as possible.

        ``type`` is a text outside the built-in type; the others are facets by their name, limits
        of a built-in number among them as ``minInclusive`` and ``maxInclusive``.
        """
        found: dict[str, str] = {}
        for rule, text in self._candidates(kind):
            if text == "" and kind.builtin in lexical.LISTS:
                continue  # libxml2 takes an empty NMTOKENS, against part 2, section 3.3.5
            if rule not in found and not self.fits(kind, text):
                found[rule] = text
        yield from found.items()

    def _candidates(self, kind: SimpleType) -> Iterator[tuple[str, str]]:
        if kind.variety is not Variety.UNION:
            item = kind if kind.variety is Variety.ATOMIC else self._item(kind)
            for text in lexical.NO_VALUES.get(item.builtin, ()):
                yield "type", text
        yield from self._against_enumeration(kind)
        yield from self._against_pattern(kind)
        facets = kind.facets
        exact = facets.length if facets.length is not None else -1
        for rule, length in (
            ("length", exact + 1),
            ("minLength", (facets.min_length or 0) - 1),
            ("maxLength", -1 if facets.max_length is None else facets.max_length + 1),
        ):
            if length > 0 or (length == 0 and rule == "minLength"):
                loose = replace(kind, facets=_without_lengths(facets))
                yield from ((rule, text) for text in self._long(loose, length, _first))
        yield from _out_of_bounds(kind)

    def _against_enumeration(self, kind: SimpleType) -> Iterator[tuple[str, str]]:
        if not kind.facets.enumeration:
            return
        free = replace(kind, facets=replace(kind.facets, enumeration=()))
        first = kind.facets.enumeration[0]
        for text in (first + "X", "X" + first[1:], "Tuntematon", "987", *self._texts(free, _first)):
            if self.fits(free, text):
                yield "enumeration", text

    def _against_pattern(self, kind: SimpleType) -> Iterator[tuple[str, str]]:
        if not kind.facets.patterns or kind.facets.enumeration:
            return
        valid = self.showing(kind, "pattern") or ""
        free = replace(kind, facets=replace(kind.facets, patterns=()))
        for text in (*_dented(valid), valid + "!", "!", "987", *self._texts(free, _first)):
            if self.fits(free, text):
                yield "pattern", text


def _first(_count: int) -> int:
    return 0


def _is_kept(name: str) -> bool:
    """Fields that hold identifiers always have one of the right make."""
    return name in {plausible.CODE_FIELD, plausible.KIND_FIELD}


def _turned(things: tuple[str, ...], pick: Pick) -> tuple[str, ...]:
    start = pick(len(things))
    return things[start:] + things[:start]


def _count(facets: Facets, pick: Pick) -> int:
    low, high = _lengths(facets)
    return low + pick(max(1, (low + 3 if high is None else min(high, low + 3)) - low + 1))


def _lengths(facets: Facets) -> tuple[int, int | None]:
    if facets.length is not None:
        return facets.length, facets.length
    return facets.min_length or 0, facets.max_length


def _without_lengths(facets: Facets) -> Facets:
    return replace(facets, length=None, min_length=None, max_length=None)


def _patterned(kind: SimpleType, pick: Pick) -> Iterator[str]:
    """Texts for the patterns of the last step of a derivation."""
    low, high = _lengths(kind.facets)
    for pattern in _turned(kind.facets.patterns[-1], pick):
        text = patterns.text_for(pattern, pick, low, high)
        if text is not None:
            yield text
    for pattern in kind.facets.patterns[-1]:
        text = patterns.text_for(pattern, _first, low, high)
        if text is not None:
            yield text


def _plain(kind: SimpleType, pick: Pick) -> Iterator[str]:
    if kind.builtin in lexical.INTEGERS:
        yield _integer(kind, pick)
        return
    if kind.builtin in lexical.STRINGS or kind.builtin in lexical.BINARY:
        low, high = _lengths(kind.facets)
        shortest = 9 if kind.builtin == "base64Binary" else 1
        low = max(low, shortest if high is None else min(shortest, high))
        most = low + _SPARE if high is None else min(high, max(low, 1) + _SPARE)
        yield _written(kind.builtin, low + pick(most - low + 1), pick)
        return
    yield from _turned(lexical.TEXTS[kind.builtin], pick)
    facets = kind.facets
    bounds = (facets.min_inclusive, facets.max_inclusive, *_between(kind))
    yield from (bound for bound in bounds if bound is not None)
    low, high = _lengths(facets)
    yield "a" * (low if high is None else max(low, min(high, 1)))


def _between(kind: SimpleType) -> Iterator[str]:
    """Numbers strictly between the bounds of a decimal type."""
    low, high = _bounds(kind.facets)
    try:
        bottom = Decimal(low) if low is not None else None
        top = Decimal(high) if high is not None else None
    except InvalidOperation:
        return
    if bottom is not None and top is not None:
        yield f"{(bottom + top) / 2:f}"
    places = kind.facets.fraction_digits
    step = Decimal(1).scaleb(-(1 if places is None else places))
    if bottom is not None:
        yield f"{bottom + step:f}"
    if top is not None:
        yield f"{top - step:f}"


def _bounds(facets: Facets) -> tuple[str | None, str | None]:
    low = facets.min_inclusive if facets.min_inclusive is not None else facets.min_exclusive
    high = facets.max_inclusive if facets.max_inclusive is not None else facets.max_exclusive
    return low, high


def _limits(kind: SimpleType) -> tuple[int | None, int | None]:
    """Inclusive limits of a type of whole numbers."""
    low, high = lexical.INTEGERS[kind.builtin]
    facets = kind.facets
    lows = [low, _whole(facets.min_inclusive, 0), _whole(facets.min_exclusive, 1)]
    highs = [high, _whole(facets.max_inclusive, 0), _whole(facets.max_exclusive, -1)]
    if facets.total_digits is not None:
        lows.append(1 - 10**facets.total_digits)
        highs.append(10**facets.total_digits - 1)
    return (
        max((each for each in lows if each is not None), default=None),
        min((each for each in highs if each is not None), default=None),
    )


def _whole(bound: str | None, step: int) -> int | None:
    return None if bound is None else int(Decimal(bound)) + step


def _integer(kind: SimpleType, pick: Pick) -> str:
    low, high = _limits(kind)
    bottom = low if low is not None else (-1000 if high is None else high - 1000)
    top = high if high is not None else bottom + 2000
    nearest = min(max(1, bottom), top)
    chosen = (nearest, bottom, top)[pick(3)] if pick(2) == 0 else bottom + pick(top - bottom + 1)
    return str(chosen)


def _written(builtin: str, length: int, pick: Pick) -> str:
    """A text of so many characters, or so many octets of binary data."""
    if builtin == "hexBinary":
        return "2A" * length
    if builtin == "base64Binary":
        # The beginning of a PDF file, so that an attachment looks like one.
        return base64.b64encode((b"%PDF-1.7\n" * (length // 9 + 1))[:length]).decode()
    if builtin not in lexical.STRINGS:
        return "a" * length
    text = _WORDS[pick(len(_WORDS))]
    return (text * (length // len(text) + 1))[:length].strip().ljust(length, "x")


def _dented(valid: str) -> Iterator[str]:
    """A text with one character changed, so that its length stays."""
    for index in range(min(len(valid), 8)):
        for other in "!Xx0":
            yield valid[:index] + other + valid[index + 1 :]


def _digits(kind: SimpleType, name: str, count: int) -> Iterator[str]:
    places = kind.facets.fraction_digits
    if name == "fractionDigits":
        whole = "" if kind.facets.total_digits == count else "0"
        yield f"{whole or '0'}.{'1' * count}" if count else "1"
    elif places and kind.builtin not in lexical.INTEGERS and places < count:
        yield f"{'1' * (count - places)}.{'1' * places}"
    yield "1" * count if name == "totalDigits" else "1"


def _out_of_bounds(kind: SimpleType) -> Iterator[tuple[str, str]]:
    facets = kind.facets
    if facets.min_exclusive is not None:
        yield "minExclusive", facets.min_exclusive
    if facets.max_exclusive is not None:
        yield "maxExclusive", facets.max_exclusive
    if kind.builtin in lexical.INTEGERS and kind.variety is Variety.ATOMIC:
        low, high = _limits(kind)
        if low is not None:
            yield "minInclusive", str(low - 1)
        if high is not None:
            rule = "maxInclusive" if facets.total_digits is None else "totalDigits"
            yield rule, str(high + 1)
        return
    if facets.min_inclusive is not None:
        yield "minInclusive", _moved(facets.min_inclusive, -1)
    if facets.max_inclusive is not None:
        yield "maxInclusive", _moved(facets.max_inclusive, 1)
    if facets.total_digits is not None:
        yield "totalDigits", "1" * (facets.total_digits + 1)
    if facets.fraction_digits is not None:
        yield "fractionDigits", "0." + "1" * (facets.fraction_digits + 1)


def _moved(bound: str, step: int) -> str:
    """A number or a year moved by one."""
    try:
        return f"{Decimal(bound) + step:f}"
    except InvalidOperation:
        return re.sub(r"^\d{4}", lambda year: f"{int(year[0]) + step:04d}", bound)


def _spaced(kind: SimpleType, text: str) -> str:
    """White space as the type wants it (part 2, section 4.3.6)."""
    if _BLANK.search(text) is None:
        return text
    rule = kind.facets.white_space
    if not rule and kind.builtin in {"string", "anySimpleType"}:
        return text
    if rule == "preserve" or kind.variety is Variety.UNION:
        return text
    text = re.sub(r"[\t\n\r]", " ", text)
    if rule == "replace" or (not rule and kind.builtin == "normalizedString"):
        return text
    return re.sub(r" +", " ", text).strip(" ")


def _within(kind: SimpleType, text: str) -> bool:
    facets = kind.facets
    low, high = _lengths(facets)
    if facets.enumeration and not any(_same(kind, text, each) for each in facets.enumeration):
        return False
    if low or high is not None:
        length = _length(kind, text)
        if length < low or (high is not None and length > high):
            return False
    if not all(any(patterns.matches(p, text) for p in group) for group in facets.patterns):
        return False
    return _digits_fit(facets, text) and _in_order(kind, text)


def _digits_fit(facets: Facets, text: str) -> bool:
    if facets.total_digits is None and facets.fraction_digits is None:
        return True
    total, fraction = _counted(text)
    return (facets.total_digits is None or total <= facets.total_digits) and (
        facets.fraction_digits is None or fraction <= facets.fraction_digits
    )


def _counted(text: str) -> tuple[int, int]:
    """Significant digits and fraction digits of a decimal number."""
    whole, _, fraction = text.lstrip("+-").partition(".")
    fraction = fraction.rstrip("0")
    return len((whole + fraction).lstrip("0")) or 1, len(fraction)


def _in_order(kind: SimpleType, text: str) -> bool:
    facets = kind.facets
    if _bounds(facets) == (None, None):
        return True
    value = lexical.order_of(kind.builtin, text)
    if value is None:
        return False
    signs = (
        (facets.min_inclusive, (0, 1)),
        (facets.min_exclusive, (1,)),
        (facets.max_inclusive, (0, -1)),
        (facets.max_exclusive, (-1,)),
    )
    return all(bound is None or _sign(kind, value, bound) in allowed for bound, allowed in signs)


def _sign(kind: SimpleType, value: Decimal, bound: str) -> int | None:
    other = lexical.order_of(kind.builtin, bound)
    return None if other is None else (value > other) - (value < other)


def _length(kind: SimpleType, text: str) -> int:
    """Length as the facets count it: characters, octets, items."""
    if kind.variety is Variety.LIST:
        return len(text.split())
    if kind.builtin == "hexBinary":
        return len(text) // 2
    if kind.builtin == "base64Binary":
        plain = "".join(text.split())
        return len(plain) * 3 // 4 - plain.count("=")
    return len(text)


def _same(kind: SimpleType, text: str, other: str) -> bool:
    """Whether two texts are one value."""
    return _sameness(kind, other)(text)


def _sameness(kind: SimpleType, other: str) -> Callable[[str], bool]:
    """Whether a text is the same value as another one, which is read once for many texts."""
    if kind.builtin == "boolean":
        return lambda text: {"1": "true", "0": "false"}.get(text, text) == other
    value = _place(kind, other)
    if value is None:
        return lambda text: text == other
    return lambda text: text == other or _place(kind, text) == value


def _place(kind: SimpleType, text: str) -> Decimal | None:
    """Where a text stands in the order of its type; ``None`` where it has no such place."""
    if not lexical.is_form_of(kind.builtin, text):
        return None
    return lexical.order_of(kind.builtin, text)


def _named(kind: SimpleType) -> Iterator[str]:
    """Names of the aspects a type may have; whether a value shows one is asked afterwards."""
    facets = kind.facets
    if facets.enumeration:
        yield from (f"value={each}" for each in facets.enumeration)
        return
    if kind.variety is Variety.UNION:
        yield from (f"member={n}" for n, _ in enumerate(kind.members, 1))
        return
    if kind.variety is Variety.LIST:
        yield from ("items=none", "items=one", "items=many")
    if kind.builtin == "boolean":
        yield from ("value=true", "value=false")
    yield from _named_lengths(kind)
    yield from _named_numbers(kind)
    if facets.patterns:
        yield "pattern"
    if kind.builtin in lexical.BINARY:
        yield from ("attachment", "empty")
    elif kind.builtin in lexical.STRINGS and kind.variety is Variety.ATOMIC:
        yield "empty"


def _named_lengths(kind: SimpleType) -> Iterator[str]:
    low, high = _lengths(kind.facets)
    if high is not None and low == high:
        yield f"length={low}"
        return
    if low:
        yield f"minLength={low}"
    if high:
        yield f"maxLength={high}"


def _named_numbers(kind: SimpleType) -> Iterator[str]:
    facets = kind.facets
    low, high = facets.min_inclusive, facets.max_inclusive
    if kind.builtin in lexical.INTEGERS:
        low, high = (None if each is None else str(each) for each in _limits(kind))
    if low is not None:
        yield f"minimum={low}"
    if high is not None:
        yield f"maximum={high}"
    if facets.total_digits is not None:
        yield f"totalDigits={facets.total_digits}"
    if facets.fraction_digits and kind.builtin not in lexical.INTEGERS:
        yield f"fractionDigits={facets.fraction_digits}"
