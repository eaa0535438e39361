"""What a schema lets through and nobody should rely on: unchecked content, values out of bounds.

Rules, all about messages that are valid:

* what stands in an ``xs:any`` or ``anyAttribute`` that is not ``strict``, or in an element of
  ``anyType``, was checked by nobody (XML Schema 1.0 part 1, section 3.10);
* numbers and times without an upper bound take 10^6 digits and the year 99999999999, and programs
  behind fail on them or take hours. XML Schema 1.0 part 2, section 5.4, promises 18 digits and
  years of four; ``Limits.max_value`` and ``Limits.max_year`` are where we stop.

A name that stands for several types in one contract is looked at only when all of them are such.
"""

import re
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from math import inf, prod
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from harness.classes import dataclass
from harness.redact import shown_name
from harness.wsdl import content
from harness.wsdl.components import (
    XSD,
    XSI,
    ComplexType,
    Components,
    Element,
    Group,
    Particle,
    Wildcard,
    components,
)
from harness.wsdl.sites import positions

if TYPE_CHECKING:
    from lxml import etree

    from harness.limits import Limits
    from harness.wsdl.contract import Contract

MAX_NOTES: Final = 50
_UNBOUNDED: Final = frozenset({
    "decimal", "integer", "nonPositiveInteger", "negativeInteger", "nonNegativeInteger",
    "positiveInteger", "float", "double", "duration", "dateTime", "time", "date", "gYearMonth",
    "gYear", "gMonthDay", "gDay", "gMonth",
})  # fmt: skip
_WITH_YEAR: Final = frozenset({"dateTime", "date", "gYearMonth", "gYear"})
_YEAR: Final = re.compile(r"\s*-?(\d+)")
_OPEN: Final = frozenset({"skip", "lax"})


class UnusualKind(StrEnum):
    """What was let through."""

    HOLE = "hole"
    """Content that nobody checked."""
    VALUE = "value"
    """A number or time beyond the limits in force."""


@dataclass(frozen=True, slots=True)
class Unusual:
    """One thing that was let through.

    Attributes:
        kind: what it is.
        path: local names below the element that was judged, ``@`` before an attribute.
        expected: the limit in words.
        seen: a name or a length; never a value.
    """

    kind: UnusualKind
    path: str
    expected: str
    seen: str


def unusual(
    contract: "Contract", element: "etree._Element", limits: "Limits"
) -> tuple[Unusual, ...]:
    """What a valid element of a body holds that nobody should rely on; values first.

    Raises:
        ContractError: the contract cannot be read.
    """
    watch = _WATCHES.get(contract)
    if watch is None:
        watch = _WATCHES[contract] = _Watch(contract)
    values = watch.values(element, limits)
    holes = _holes(components(contract), element) if watch.open else ()
    return (*values, *holes)[:MAX_NOTES]


class _Watch:
    """What to look for in messages of one contract, found without its component model."""

    def __init__(self, contract: "Contract") -> None:
        roots = [document.root for document in contract.sources.schemas]
        bases = dict(pair for root in roots for pair in _bases(root))
        self.open = any(_is_open(node) for root in roots for node in root.iter())
        self.elements = _unbounded(roots, "element", bases)
        self.attributes = _unbounded(roots, "attribute", bases)
        self._tags = [f"{{*}}{name}" for name in self.elements]

    def values(self, root: "etree._Element", limits: "Limits") -> Iterator[Unusual]:
        if self._tags:
            for node in root.iter(*self._tags):
                text = node.text or ""
                if _is_beyond(text, limits):
                    base = self.elements[_local(str(node.tag))]
                    yield from _beyond(text, base, _path(root, node), limits)
        if self.attributes:
            for node in root.iter():
                for name, text in node.items():
                    base = self.attributes.get(_local(str(name)), "")
                    path = _below(_path(root, node), f"@{name}")
                    yield from _beyond(str(text), base, path, limits)


_WATCHES: "WeakKeyDictionary[Contract, _Watch]" = WeakKeyDictionary()


def _is_beyond(text: str, limits: "Limits") -> bool:
    """A quick look: false when the text is surely within the limits."""
    return len(text) > limits.max_value or text[4:5] != "-" or limits.max_year < 9999


def _beyond(text: str, base: str, path: str, limits: "Limits") -> Iterator[Unusual]:
    if base and len(text) > limits.max_value:
        expected = f"at most {limits.max_value} chars"
        yield Unusual(UnusualKind.VALUE, path, expected, f"<text, {len(text)} chars>")
    elif base in _WITH_YEAR:
        year = _YEAR.match(text)
        if year is not None and int(year[1].lstrip("0")[:20] or 0) > limits.max_year:
            expected = f"a year up to {limits.max_year}"
            yield Unusual(UnusualKind.VALUE, path, expected, f"a year of {len(year[1])} digits")


# The schemas, as far as they matter here ---------------------------------------------------------


def _bases(root: "etree._Element") -> Iterator[tuple[str, str]]:
    """Named types of text with the local name of what they derive from."""
    for node in root.iter(f"{{{XSD}}}simpleType", f"{{{XSD}}}complexType"):
        if node.get("name"):
            yield node.get("name", ""), _base(node)


def _base(node: "etree._Element") -> str:
    """What the text of a type, or of a declaration with a type inside, derives from."""
    inner = f"{{{XSD}}}complexType/{{{XSD}}}simpleContent/"
    for way in ("", f"{{{XSD}}}simpleType/", f"{{{XSD}}}simpleContent/", inner):
        for step in ("restriction", "extension"):
            found = node.find(f"{way}{{{XSD}}}{step}")
            if found is not None:
                return _local(found.get("base", ""))
    return ""


def _unbounded(roots: "list[etree._Element]", kind: str, bases: dict[str, str]) -> dict[str, str]:
    """Names of declarations whose types are all unbounded, with the built-in type."""
    found: dict[str, set[str]] = {}
    for root in roots:
        for node in root.iter(f"{{{XSD}}}{kind}"):
            base = _local(node.get("type", "")) or _base(node)
            seen = {""}
            while base in bases and base not in seen:
                seen.add(base)
                base = bases[base]
            found.setdefault(node.get("name", ""), set()).add(base)
    return {
        name: max(kinds, key=_WITH_YEAR.__contains__)
        for name, kinds in found.items()
        if name and kinds <= _UNBOUNDED
    }


def _is_open(node: "etree._Element") -> bool:
    if node.tag in {f"{{{XSD}}}any", f"{{{XSD}}}anyAttribute"}:
        return node.get("processContents") in _OPEN
    if node.tag != f"{{{XSD}}}element" or not node.get("name"):
        return False
    written = node.get("type")
    if written is not None:
        return _local(written) == "anyType"
    inside = (f"{{{XSD}}}complexType", f"{{{XSD}}}simpleType")
    return not node.get("substitutionGroup") and not any(child.tag in inside for child in node)


# The message -------------------------------------------------------------------------------------


def _holes(model: Components, root: "etree._Element") -> Iterator[Unusual]:
    """What stands in a wildcard; nothing below it is looked at any more."""
    declared = model.elements.get(str(root.tag))
    waiting = [(root, declared)] if declared is not None else []
    while waiting:
        node, known = waiting.pop()
        kind = model.complex(_type(model, node, known))
        if kind is not None:
            path = _path(root, node)
            yield from (_hole(path, f"@{name}") for name in _foreign(node, kind))
            fitting, strange = _sorted(model, kind, node)
            waiting += fitting
            yield from (_hole(path, name) for name in strange)


def _foreign(node: "etree._Element", kind: ComplexType) -> Iterator[str]:
    """Attributes that only ``anyAttribute`` lets through."""
    if kind.wildcard is not None and kind.wildcard.process in _OPEN:
        names = {attribute.name for attribute in kind.attributes}
        for name in map(str, node.keys()):
            if name not in names and not name.startswith(f"{{{XSI}}}"):
                yield name


def _sorted(
    model: Components, kind: ComplexType, node: "etree._Element"
) -> "tuple[list[tuple[etree._Element, Element]], list[str]]":
    """The children that the type names, with their declarations, and the names of the others."""
    fitting = _fitting(model, kind)
    particles = (particle for _, particle in positions(kind.content))
    is_open = any(isinstance(each, Wildcard) and each.process in _OPEN for each in particles)
    seen: Counter[str] = Counter()
    known, strange = [], []
    for child in node:
        name = str(child.tag)
        seen[name] += 1
        slot = fitting.get(name)
        if slot is not None and seen[name] <= slot[1]:
            known.append((child, slot[0]))
        elif is_open:
            strange.append(name)
    return known, strange


def _hole(path: str, name: str) -> Unusual:
    return Unusual(UnusualKind.HOLE, _below(path, name), "what the contract names", _shown(name))


def _type(model: Components, node: "etree._Element", declared: Element) -> str:
    prefix, colon, local = node.get(f"{{{XSI}}}type", "").strip().rpartition(":")
    key = f"{{{node.nsmap.get(prefix if colon else None) or ''}}}{local}"
    return key if key in model.types else declared.type


def _fitting(model: Components, kind: ComplexType) -> dict[str, tuple[Element, float]]:
    """The elements a type names, each with how often it may stand."""
    found: dict[str, tuple[Element, float]] = {}
    for slot, most in _counted(kind.content, ()):
        for element in content.candidates(model, slot):
            before = found.get(element.name, (element, 0.0))[1]
            found[element.name] = element, before + most
    return found


def _counted(
    particle: Particle | None, above: tuple[float, ...]
) -> Iterator[tuple[Element, float]]:
    if particle is None or isinstance(particle, Wildcard):
        return
    counts = (*above, inf if particle.maximum is None else particle.maximum)
    if isinstance(particle, Group):
        for member in particle.members:
            yield from _counted(member, counts)
    else:
        yield particle, prod(counts) if 0 not in counts else 0.0


def _local(name: str) -> str:
    return re.split("[}:]", name)[-1]


def _shown(name: str) -> str:
    mark = "@" if name.startswith("@") else ""
    return mark + shown_name(_local(name.removeprefix("@")))


def _below(path: str, name: str) -> str:
    return f"{path}/{_shown(name)}" if path else _shown(name)


def _path(root: "etree._Element", node: "etree._Element") -> str:
    steps = []
    while node is not root:
        steps.append(_shown(str(node.tag)))
        parent = node.getparent()
        assert parent is not None, "the node is below the root"
        node = parent
    return "/".join(reversed(steps))
