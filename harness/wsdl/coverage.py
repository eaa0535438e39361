"""What is worth exercising in a contract, and what messages have exercised.

A point is one fact a message can show: an optional element present or absent, a branch of a
choice, an enumeration value, a limit of a facet. Its id is a path and does not depend on any run::

    LahetaViesti/request:Kysely/Laskutus/Kustannuspaikka#maxLength=15

Places are those of ``harness.wsdl.sites``; elements of one name in one parent are one place. Valid
and refused messages are kept apart: a valid one covers what it shows, a refused one covers only the
place it was refused for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from harness.classes import dataclass
from harness.vocabulary import counted
from harness.wsdl import content
from harness.wsdl.aspects import ABSENT, DEFAULT, EMPTY, MANY, NIL, ONE, PRESENT, labels, point_id
from harness.wsdl.components import (
    Attribute,
    ComplexType,
    Components,
    Compositor,
    Direction,
    Element,
    Group,
    Particle,
    Wildcard,
    components,
    local,
)
from harness.wsdl.findings import SchemaFinding
from harness.wsdl.showing import Showing
from harness.wsdl.sites import Part, Site, joined, names_in, parts, positions, sites
from harness.wsdl.values import Values

if TYPE_CHECKING:
    from lxml import etree

    from harness.wsdl.contract import Contract

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing worth exercising.

    Attributes:
        id: stable over runs and machines.
        operation: its name.
        where: ``request``, ``response``, ``request/header/NAME`` or ``fault/NAME``.
        path: of the element or attribute, ``.`` for the root.
        aspect: what a message shows there: ``present``, ``value=SSN``, ``choice[1]=2:Paperi``.
    """

    operation: str
    where: str
    path: str
    aspect: str

    @property
    def id(self) -> str:
        """``operation/where:path#aspect``."""
        return f"{self.operation}/{self.where}:{self.path}#{self.aspect}"


class Enumeration:
    """The points of one contract."""

    def __init__(self, model: Components) -> None:
        self.model = model
        self.values = Values(model)
        self._aspects: dict[str, tuple[str, ...]] = {}

    @property
    def points(self) -> tuple[Point, ...]:
        """All of them, in the order of the contract, each once."""
        return tuple(self.origins)

    @cached_property
    def origins(self) -> Mapping[Point, Site]:
        """Every point with the first place that has it."""
        found: dict[Point, Site] = {}
        for part in parts(self.model):
            for site in sites(self.model, part):
                for point in self._of_site(site):
                    found.setdefault(point, site)
        return found

    @cached_property
    def obligatory(self) -> frozenset[str]:
        """Ids of the points that every valid message shows wherever their parent stands."""
        return frozenset(
            point.id for point, site in self.origins.items() if self._is_obligatory(point, site)
        )

    def _is_obligatory(self, point: Point, site: Site) -> bool:
        name = point.path.rpartition("/")[2]
        if name.startswith("@"):
            kind = self.model.complex(site.type)
            known = kind.attributes if kind else ()
            required = {local(each.name) for each in known if each.required}
            return point.aspect == PRESENT and name[1:] in required
        if not site.owner:
            return point.aspect == PRESENT
        owner = self.model.complex(site.owner)
        if owner is None or site.element.name not in _demanded(self.model, owner.content):
            return False
        return point.aspect == (MANY if site.slot.minimum > 1 else _counted_once(site.slot))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids of all points."""
        return frozenset(point.id for point in self.points)

    @cached_property
    def showing(self) -> Showing:
        """Says which of them a message shows."""
        return Showing(self.model, self.values, self.ids)

    def parts(self, element: "etree._Element", direction: Direction) -> Sequence[Part]:
        """What an element may be in messages that go this way."""
        return self._parts.get((str(element.tag), direction), ())

    @cached_property
    def _parts(self) -> Mapping[tuple[str, Direction], Sequence[Part]]:
        found: dict[tuple[str, Direction], list[Part]] = {}
        for part in parts(self.model):
            found.setdefault((part.root, part.direction), []).append(part)
        return found

    def _of_site(self, site: Site) -> Iterator[Point]:
        kind = self.model.complex(site.type)
        aspects = [*_occurrences(site.slot)] if site.owner else [PRESENT]
        aspects += [f"type={local(site.type)}"] if self._has_types(site.element) else []
        aspects += [NIL] if site.element.nillable else []
        aspects += [DEFAULT] if site.element.default is not None else []
        if kind is not None:
            aspects += self._of_content(kind)
        if site.element.fixed is None:
            aspects += self._of_text(site.type, has_default=site.element.default is not None)
        yield from (self._point(site, site.path, aspect) for aspect in aspects)
        for attribute in kind.attributes if kind else ():
            path = joined(site.path, "@" + local(attribute.name))
            yield from (self._point(site, path, each) for each in self._of_attribute(attribute))

    @staticmethod
    def _point(site: Site, path: str, aspect: str) -> Point:
        return Point(site.part.operation, site.part.where, path, aspect)

    def _has_types(self, element: Element) -> bool:
        return len(list(content.types(self.model, element))) > 1

    def _of_text(self, key: str, *, has_default: bool = False) -> tuple[str, ...]:
        """Aspects of a type; an empty element with a default is not empty."""
        known = self._aspects.get(key)
        if known is None:
            simple = self.model.simple(key)
            known = self.values.aspects(simple) if simple is not None else ()
            self._aspects[key] = known
        return tuple(each for each in known if each != EMPTY) if has_default else known

    def _of_attribute(self, attribute: Attribute) -> list[str]:
        aspects = [PRESENT]
        if not attribute.required:
            aspects.append(ABSENT if attribute.default is None else DEFAULT)
        if attribute.fixed is None:
            aspects += self._of_text(attribute.type)
        return aspects

    def _of_content(self, kind: ComplexType) -> list[str]:
        aspects = ["text"] if kind.mixed else []
        if _wild(kind):
            aspects += ["@*=present", "@*=absent"]
        for at, particle in positions(kind.content):
            aspects += _of_particle(self.model, at, particle)
        return aspects


_KNOWN: "WeakKeyDictionary[Contract, Enumeration]" = WeakKeyDictionary()


def enumeration(contract: "Contract") -> Enumeration:
    """The points of a contract, enumerated once and kept as long as the contract."""
    found = _KNOWN.get(contract)
    if found is None:
        found = _KNOWN[contract] = Enumeration(components(contract))
    return found


def points(contract: "Contract") -> tuple[Point, ...]:
    """Everything worth exercising in a contract, in its order.

    Raises:
        ContractError: the contract cannot be used.
    """
    return enumeration(contract).points


def covered(
    contract: "Contract", element: "etree._Element", direction: Direction
) -> frozenset[str]:
    """Ids of the points that a part of a message shows.

    Args:
        contract: its contract.
        element: the child of the body, a header, or the detail element of a fault.
        direction: which way the message went.
    """
    known = enumeration(contract)
    shown = (known.showing.shown(part, element) for part in known.parts(element, direction))
    return frozenset[str]().union(*shown)


def refused(
    contract: "Contract",
    element: "etree._Element",
    direction: Direction,
    findings: Iterable[SchemaFinding],
) -> frozenset[str]:
    """Ids of the points a message was refused for: the places and facets of its findings."""
    known = enumeration(contract)
    found: set[str] = set()
    for part in known.parts(element, direction):
        for finding in findings:
            for path, aspect in _places(finding):
                found.add(point_id(part, path, aspect))
            for path, aspect in _left_out(finding):
                found |= {point_id(part, path, aspect)} & known.obligatory
    return frozenset(found) & known.ids


def listing(contract: "Contract") -> str:
    """The points as a list for people: one line a place, its aspects beside it."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for point in points(contract):
        place = point.operation, point.where, point.path
        places.setdefault(place, []).append(point.aspect)
    lines = [f"{contract.ref}: {counted(len(points(contract)), 'point')}"]
    part = ""
    for (operation, where, path), aspects in places.items():
        if part != f"{operation}/{where}":
            part = f"{operation}/{where}"
            lines += ["", part]
        lines.append(f"  {path}: {', '.join(aspects)}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What judged messages of one contract have shown.

    Attributes:
        ref: the contract's.
        digest: the contract's; coverage of other files is not comparable.
        valid: ids of points that valid messages showed.
        rejected: ids of points that messages were refused for.
    """

    ref: str
    digest: str
    valid: frozenset[str] = frozenset()
    rejected: frozenset[str] = frozenset()

    @classmethod
    def of(cls, contract: "Contract") -> "Coverage":
        """Nothing covered yet."""
        return cls(contract.ref, contract.digest)

    def judged(
        self, contract: "Contract", element: "etree._Element", direction: Direction
    ) -> "Coverage":
        """With one more message, judged by the contract's schema."""
        findings = contract.validate(element)
        if findings:
            more = refused(contract, element, direction, findings)
            return replace(self, rejected=self.rejected | more)
        return replace(self, valid=self.valid | covered(contract, element, direction))

    def merged(self, other: "Coverage") -> "Coverage":
        """With what another run of the same contract covered."""
        return replace(
            self, valid=self.valid | other.valid, rejected=self.rejected | other.rejected
        )

    def missing(self, contract: "Contract") -> tuple[Point, ...]:
        """Points that no valid message has shown."""
        return tuple(point for point in points(contract) if point.id not in self.valid)


def _places(finding: SchemaFinding) -> Iterator[tuple[str, str]]:
    """Paths and aspects that a finding speaks of."""
    path = _INDEX.sub("", finding.path) or "."
    for aspect in (PRESENT, ONE, MANY):
        yield path, aspect
    facet, _, value = finding.expected.partition(" ")
    yield path, f"{facet}={value}"
    for name in finding.expected.split(", "):
        if name and " " not in name:
            for aspect in (PRESENT, ONE):
                yield joined(path, name), aspect


def _demanded(model: Components, group: Group | None) -> frozenset[str]:
    """Clark names of the elements that no content of a group can do without."""
    if group is None or group.minimum == 0 or group.compositor is Compositor.CHOICE:
        return frozenset()
    found: frozenset[str] = frozenset()
    for member in group.members:
        if isinstance(member, Group):
            found |= _demanded(model, member)
        elif isinstance(member, Element) and member.minimum > 0:
            found |= names_in(model, member)
    return found


def _counted_once(slot: Element) -> str:
    return PRESENT if slot.maximum == 1 else ONE


def _left_out(finding: SchemaFinding) -> Iterator[tuple[str, str]]:
    """What could have stood in place of an element that came too early.

    Of these, what is obligatory was left out.
    """
    parent = _INDEX.sub("", finding.path).rpartition("/")[0] or "."
    for name in finding.expected.split(", "):
        if name and " " not in name:
            for aspect in (PRESENT, ONE):
                yield joined(parent, name), aspect


def _occurrences(slot: Element) -> Iterator[str]:
    if slot.minimum == 0:
        yield ABSENT
    if slot.maximum == 1:
        yield PRESENT
        return
    if slot.minimum <= 1:
        yield ONE
    yield MANY


def _of_particle(model: Components, at: str, particle: Particle) -> Iterator[str]:
    if isinstance(particle, Wildcard):
        if particle.minimum == 0:
            yield f"any[{at}]={ABSENT}"
        yield f"any[{at}]={PRESENT}"
    elif isinstance(particle, Group) and particle.members:
        if particle.compositor is Compositor.CHOICE:
            for index, label in labels(particle):
                yield f"choice[{at}]={index}:{label}"
        if not _plainly_counted(model, particle):
            return
        if particle.minimum == 0:
            yield f"group[{at}]={ABSENT}"
            yield f"group[{at}]={PRESENT}"
        if particle.maximum != 1:
            yield f"group[{at}]={MANY}"


def _plainly_counted(model: Components, group: Group) -> bool:
    """Whether the children tell how often a group stands."""
    return bool(names_in(model, group)) and (group.minimum, group.maximum) != (1, 1)


def _wild(kind: ComplexType) -> bool:
    return kind.wildcard is not None and kind.wildcard.process != "strict"
