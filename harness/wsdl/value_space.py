"""Which texts a simple type accepts, compared with another simple type.

Only what a comparison needs: the order of the built-in types by the texts they accept, the order
of facets, and a few texts for a witness. Nothing here judges a message: a witness counts only when
both schema validators have said so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl import patterns
from harness.wsdl.lexical import INTEGERS

_TEXT: Final = frozenset({"anyType", "anySimpleType", "string", "normalizedString", "token"})
_WIDER: Final[Mapping[str, str]] = {
    "language": "token",
    "NMTOKEN": "token",
    "Name": "NMTOKEN",
    "NCName": "Name",
    "ID": "NCName",
    "IDREF": "NCName",
    "ENTITY": "NCName",
    "decimal": "double",
    "double": "float",
}
_SAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "boolean": ("true", "1"),
    "decimal": ("1.5", "0"),
    "float": ("1.5", "1E4"),
    "double": ("1.5", "1E4"),
    "dateTime": ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00"),
    "date": ("2026-01-01",),
    "time": ("12:00:00",),
    "gYear": ("2026",),
    "gYearMonth": ("2026-01",),
    "gMonthDay": ("--01-01",),
    "gMonth": ("--01",),
    "gDay": ("---01",),
    "duration": ("P1D",),
    "base64Binary": ("eA==", ""),
    "hexBinary": ("78", ""),
    "anyURI": ("urn:x", "x"),
    "QName": ("x",),
    "language": ("fi", "x"),
}
_FORMS: Final[Mapping[str, str]] = {
    "boolean": r"true|false|1|0",
    "decimal": r"[-+]?(\d+(\.\d*)?|\.\d+)",
    "float": r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|-?INF|NaN",
    "double": r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|-?INF|NaN",
    "dateTime": r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)?",
    "date": r"-?\d{4,}-\d\d-\d\d(Z|[-+]\d\d:\d\d)?",
    "time": r"\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)?",
    "gYear": r"-?\d{4,}(Z|[-+]\d\d:\d\d)?",
    "gYearMonth": r"-?\d{4,}-\d\d(Z|[-+]\d\d:\d\d)?",
    "gMonthDay": r"--\d\d-\d\d(Z|[-+]\d\d:\d\d)?",
    "gMonth": r"--\d\d(Z|[-+]\d\d:\d\d)?",
    "gDay": r"---\d\d(Z|[-+]\d\d:\d\d)?",
    "duration": r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    "base64Binary": (
        r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?"
    ),
    "hexBinary": r"([0-9a-fA-F]{2})*",
    "anyURI": r"[^\s%]*",
    "QName": r"[A-Za-z_][\w.-]*",
    "language": r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
    "NMTOKEN": r"[\w.:-]+",
    "Name": r"[A-Za-z_:][\w.:-]*",
    "NCName": r"[A-Za-z_][\w.-]*",
}
_LOWER: Final = frozenset({"minLength", "minInclusive", "minExclusive"})
_UPPER: Final = frozenset(
    {"maxLength", "maxInclusive", "maxExclusive", "totalDigits", "fractionDigits"}
)


@dataclass(frozen=True, slots=True)
class ValueSpace:
    """What a simple type accepts.

    Attributes:
        base: local name of the built-in type it restricts, or of no built-in one where it is a
            list or a union.
        facets: facet name to value; a pattern may have several values, joined by line feeds.
        enumeration: the values it is limited to, in the schema's order; empty for no limit.
    """

    base: str
    facets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    enumeration: tuple[str, ...] = ()

    def in_words(self) -> str:
        """The type for people: ``string, minLength 6``."""
        words = [f"{name} {value}" for name, value in self.facets.items()]
        if self.enumeration:
            words.append(f"one of {', '.join(self.enumeration)}")
        return ", ".join([self.base, *words])


def includes(wider: str, narrower: str) -> bool:
    """Whether every text of one built-in type is a text of the other; by local names."""
    if wider == narrower or wider in _TEXT:
        return True
    if narrower in INTEGERS:
        if wider in INTEGERS:
            return _limits_include(INTEGERS[wider], INTEGERS[narrower])
        return includes(wider, "decimal")
    step = _WIDER.get(narrower)
    if narrower in {"double", "float"} and wider in {"double", "float"}:
        return True
    return step is not None and includes(wider, step)


def tighter(facet: str, was: str, now: str) -> bool | None:
    """Whether the newer value of a facet allows less; ``None`` when neither includes the other."""
    try:
        older, newer = Decimal(was), Decimal(now)
    except InvalidOperation:
        return None
    if facet in _LOWER:
        return newer > older
    return newer < older if facet in _UPPER else None


def accepts(space: ValueSpace, text: str) -> bool:
    """Whether a text is likely a value; the schema validator has the last word."""
    if space.enumeration and text not in space.enumeration:
        return False
    return _has_form(space.base, text) and all(
        _keeps(space.base, name, value, text) for name, value in space.facets.items()
    )


def candidates(space: ValueSpace) -> Iterator[str]:
    """Texts worth trying as values, the plainest first; some may not be values."""
    yield from space.enumeration
    yield from _patterned(space)
    lengths = {int(value) for name, value in space.facets.items() if "ength" in name}
    if not lengths and space.base in _TEXT:
        yield "x"
    for length in sorted(lengths | {each + 1 for each in lengths} | {each - 1 for each in lengths}):
        if 0 <= length <= 100_000:
            yield "x" * length
            yield "1" * length
    yield from _SAMPLES.get(space.base, ())
    yield from _numbers(space)
    yield from ("x", "1", "", "not a value", "A", "2", "0", "-1", "2147483648", "x" * 1001)
    for others in _SAMPLES.values():
        yield from others


def value_of(space: ValueSpace, also: ValueSpace | None = None) -> str:
    """A value of the type, and of the other one too where there is such a value."""
    fitting = [text for text in _tried(space, also) if accepts(space, text)]
    both = [text for text in fitting if also is None or accepts(also, text)]
    return next(iter([*both, *fitting]), "x")


def values_beside(space: ValueSpace, other: ValueSpace) -> list[str]:
    """Values of one type that are likely none of the other."""
    tried = dict.fromkeys(_tried(space, other))
    return [text for text in tried if accepts(space, text) and not accepts(other, text)]


def _tried(space: ValueSpace, other: ValueSpace | None) -> Iterator[str]:
    yield from candidates(space)
    if other is not None:
        yield from candidates(other)


def _limits_include(
    wider: tuple[int | None, int | None], narrower: tuple[int | None, int | None]
) -> bool:
    low = wider[0] is None or (narrower[0] is not None and narrower[0] >= wider[0])
    high = wider[1] is None or (narrower[1] is not None and narrower[1] <= wider[1])
    return low and high


def _has_form(base: str, text: str) -> bool:
    if base in INTEGERS:
        if not re.fullmatch(r"[-+]?\d+", text, re.ASCII):
            return False
        low, high = INTEGERS[base]
        return (low is None or int(text) >= low) and (high is None or int(text) <= high)
    form = _FORMS.get(base)
    return form is None or re.fullmatch(form, text, re.ASCII) is not None


def _keeps(base: str, facet: str, value: str, text: str) -> bool:
    if facet == "pattern":
        return all(_matches(pattern, text) for pattern in value.split("\n"))
    if "ength" in facet:
        length, limit = _length(base, text), int(value)
        return {"length": length == limit, "minLength": length >= limit}.get(facet, length <= limit)
    if facet in {"totalDigits", "fractionDigits"}:
        digits = text.partition(".")[2] if facet == "fractionDigits" else re.sub(r"\D", "", text)
        return len(digits) <= int(value)
    return _within(facet, value, text)


def _within(facet: str, value: str, text: str) -> bool:
    try:
        number, limit = Decimal(text), Decimal(value)
    except InvalidOperation:
        return True
    match facet:
        case "minInclusive":
            return number >= limit
        case "maxInclusive":
            return number <= limit
        case "minExclusive":
            return number > limit
        case "maxExclusive":
            return number < limit
    return True


def _length(base: str, text: str) -> int:
    """Of binary types in octets (XML Schema part 2, section 4.3.1)."""
    if base == "hexBinary":
        return len(text) // 2
    if base == "base64Binary":
        return len(text) // 4 * 3 - text.count("=")
    return len(text)


def _matches(pattern: str, text: str) -> bool:
    try:
        return patterns.matches(pattern, text)
    except ContractError:
        return True


def _patterned(space: ValueSpace) -> Iterator[str]:
    """Texts that match a pattern, the shortest and others."""
    for pattern in filter(None, space.facets.get("pattern", "").split("\n")):
        for pick in (lambda _: 0, lambda count: count - 1, lambda count: count // 2):
            try:
                found = patterns.text_for(pattern, pick)
            except ContractError:
                break
            if found is not None:
                yield found


def _numbers(space: ValueSpace) -> Iterator[str]:
    for name, value in space.facets.items():
        if "clusive" not in name:
            continue
        yield value
        try:
            number = Decimal(value)
        except InvalidOperation:
            continue
        yield from (str(number + 1), str(number - 1))
    for limits in (INTEGERS.get(space.base, (None, None)),):
        yield from ("1", "0", "-1")
        yield from (str(limit) for limit in limits if limit is not None)
