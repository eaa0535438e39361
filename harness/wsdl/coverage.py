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
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakKeyDictionary

from harness.classes import dataclass
from harness.vocabulary import counted
from harness.wsdl import content
from harness.wsdl.components import (
    XSI,
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
from harness.wsdl.sites import Part, Site, joined, names_in, parts, positions, sites, slots
from harness.wsdl.values import Values, Watch

if TYPE_CHECKING:
    from lxml import etree

    from harness.wsdl.contract import Contract

ABSENT: Final = "absent"
DEFAULT: Final = "default"
EMPTY: Final = "empty"
MANY: Final = "many"
NIL: Final = "nil"
ONE: Final = "one"
PRESENT: Final = "present"
_INDEX = re.compile(r"\[\d+\]")
_FORMS: Final = 4096
"""Elements, and forms of them, that are kept at hand."""


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


@dataclass(frozen=True, slots=True, eq=False)
class _Spot:
    """An element of messages: by which declaration and of which type it stands where."""

    declared: Element
    type: str
    part: Part
    path: str
    kind: ComplexType | None
    sees: Watch | None
    """Ids of the points that a text of its simple type shows."""
    watched: tuple[tuple[str, Watch], ...]
    """The same of each attribute, by its Clark name."""

    def id(self, aspect: str, path: str = "") -> str:
        """Of what is seen here, or at an attribute or child whose path is given."""
        return _id(self.part, path or self.path, aspect)


def _id(part: Part, path: str, aspect: str) -> str:
    return f"{part.operation}/{part.where}:{path}#{aspect}"


class _Form(NamedTuple):
    """What stands in an element, without any text."""

    children: tuple[str, ...]
    attributes: tuple[str, ...]
    nil: bool = False
    text: bool = False
    """Whether anything but space stands in it outside its children, where that may be."""


class Enumeration:
    """The points of one contract."""

    def __init__(self, model: Components) -> None:
        self.model = model
        self.values = Values(model)
        self._aspects: dict[str, tuple[str, ...]] = {}
        # Messages of a run are much alike, whatever they say: their forms come again and again.
        self._root = lru_cache(_FORMS)(self._root_spot)
        self._below = lru_cache(_FORMS)(self._spot_below)
        self._of_form = lru_cache(_FORMS)(self._form_shown)
        self._elements = lru_cache(None)(self._elements_of)

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

    # What a message shows ------------------------------------------------------------------------

    def shown(self, part: Part, root: "etree._Element") -> frozenset[str]:
        """Ids of the points that a part of a message shows."""
        found: set[str] = set()
        self._gather(self._root(part, _named_type(root)), root, found)
        return frozenset(found & self.ids)

    def _gather(self, spot: _Spot, node: "etree._Element", found: set[str]) -> None:
        children = [(tag, child) for child in node if isinstance(tag := child.tag, str)]
        form = self._form(spot, node, [tag for tag, _ in children])
        found |= self._of_form(spot, form)
        for name, sees in spot.watched if form.attributes else ():
            value = node.get(name)
            if value is not None:
                found.update(sees(value, found))
        if form.nil:
            return
        if spot.sees is not None:
            found.update(self._text_shown(spot, spot.sees, node.text or "", found))
        for tag, child in children:
            below = self._below(spot, tag, _named_type(child))
            if below is not None:
                self._gather(below, child, found)

    @staticmethod
    def _form(spot: _Spot, node: "etree._Element", children: Sequence[str]) -> _Form:
        names = node.keys()
        return _Form(
            children=tuple(children),
            attributes=tuple(map(str, names)),
            nil=bool(names) and node.get(f"{{{XSI}}}nil", "").strip() in {"true", "1"},
            text=spot.kind is not None and spot.kind.mixed and _has_text(node),
        )

    def _root_spot(self, part: Part, named: str) -> _Spot:
        return self._spot(part, ".", self.model.element(part.root), named)

    def _spot_below(self, spot: _Spot, tag: str, named: str) -> _Spot | None:
        element = self._elements(spot.type).get(tag)
        if element is None:
            return None
        return self._spot(spot.part, joined(spot.path, local(element.name)), element, named)

    def _spot(self, part: Part, path: str, declared: Element, named: str) -> _Spot:
        """The element, of its declared type or of the one that it names, when it may."""
        derived = self.model.derived.get(declared.type, ())
        key = named if named in derived else declared.type
        simple = self.model.simple(key)
        kind = self.model.complex(key)
        sees = None if simple is None else self.values.watching(simple, _id(part, path, ""))
        return _Spot(declared, key, part, path, kind, sees, self._watched(part, path, kind))

    def _watched(
        self, part: Part, path: str, kind: ComplexType | None
    ) -> tuple[tuple[str, Watch], ...]:
        found = []
        for each in kind.attributes if kind else ():
            simple, at = self.model.simple(each.type), joined(path, "@" + local(each.name))
            if simple is not None:
                found.append((each.name, self.values.watching(simple, _id(part, at, ""))))
        return tuple(found)

    @staticmethod
    def _text_shown(spot: _Spot, sees: Watch, text: str, known: set[str]) -> Iterable[str]:
        """What a text shows that is not known yet."""
        if text == "" and spot.declared.default is not None:
            return (spot.id(DEFAULT),)
        return sees(text, known)

    def _form_shown(self, spot: _Spot, form: _Form) -> frozenset[str]:
        """Ids of the points that an element shows, whatever its texts are."""
        kind, path = spot.kind, spot.path
        aspects = [(path, PRESENT), (path, f"type={local(spot.type)}")]
        aspects += self._attributes_shown(spot, form)
        if form.nil:
            aspects.append((path, NIL))
        elif kind is not None:
            aspects += self._content_shown(spot, kind, form)
        return frozenset(spot.id(aspect, at) for at, aspect in aspects) & self.ids

    @staticmethod
    def _attributes_shown(spot: _Spot, form: _Form) -> Iterator[tuple[str, str]]:
        given = set(form.attributes)
        for declared in spot.kind.attributes if spot.kind else ():
            here = joined(spot.path, "@" + local(declared.name))
            if declared.name in given:
                yield here, PRESENT
            else:
                yield here, ABSENT if declared.default is None else DEFAULT
            given.discard(declared.name)
        others = [name for name in given if not name.startswith(f"{{{XSI}}}")]
        yield spot.path, f"@*={PRESENT if others else ABSENT}"

    def _content_shown(
        self, spot: _Spot, kind: ComplexType, form: _Form
    ) -> Iterator[tuple[str, str]]:
        path, names = spot.path, [*form.children]
        if form.text:
            yield path, "text"
        known = self._elements(spot.type)
        for element in known.values():
            count = names.count(element.name)
            yield joined(path, local(element.name)), {0: ABSENT, 1: ONE}.get(count, MANY)
        foreign = any(name not in known for name in names)
        for at, particle in positions(kind.content):
            yield from ((path, each) for each in _seen(self.model, at, particle, names))
            if isinstance(particle, Wildcard):
                yield path, f"any[{at}]={PRESENT if foreign else ABSENT}"

    def _elements_of(self, key: str) -> Mapping[str, Element]:
        """The elements that may stand in a type, by their Clark names."""
        kind = self.model.complex(key)
        return {
            element.name: element
            for slot in slots(kind.content if kind is not None else None)
            for element in content.candidates(self.model, slot)
        }


def _named_type(node: "etree._Element") -> str:
    """The Clark name that ``xsi:type`` gives; empty without it."""
    written = node.get(f"{{{XSI}}}type")
    if written is None:
        return ""
    prefix, colon, name = written.strip().rpartition(":")
    space = node.nsmap.get(prefix if colon else None)
    return f"{{{space}}}{name}" if space else name


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
    shown = (known.shown(part, element) for part in known.parts(element, direction))
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
                found.add(_id(part, path, aspect))
            for path, aspect in _left_out(finding):
                found |= {_id(part, path, aspect)} & known.obligatory
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


def labels(group: Group) -> Iterator[tuple[int, str]]:
    """The branches of a choice by number, each with the name of its first element."""
    for index, member in enumerate(group.members, 1):
        first = next(slots(member), None)
        yield index, local(first.name) if first is not None else "any"


def _seen(model: Components, at: str, particle: Particle, names: list[str]) -> Iterator[str]:
    """What the names of the children say of a group."""
    if not isinstance(particle, Group):
        return
    present = names_in(model, particle) & set(names)
    yield f"group[{at}]={PRESENT if present else ABSENT}"
    if _rounds(model, particle, names) > 1:
        yield f"group[{at}]={MANY}"
    if particle.compositor is Compositor.CHOICE:
        for index, label in labels(particle):
            if _is_taken(model, particle, index, present):
                yield f"choice[{at}]={index}:{label}"


def _is_taken(model: Components, choice: Group, index: int, present: frozenset[str]) -> bool:
    """Whether a branch was taken: a child is there that no other branch explains."""
    own = names_in(model, choice.members[index - 1])
    others = [names_in(model, member) for n, member in enumerate(choice.members, 1) if n != index]
    if not present:
        return not own or content.accepts_nothing(model, choice.members[index - 1])
    return bool(present & own) and not any(present <= other for other in others if other != own)


def _rounds(model: Components, group: Group, names: list[str]) -> int:
    """How often a group stands at least, by the children that stand at most once in it."""
    single = [m for m in group.members if isinstance(m, Element) and m.maximum == 1]
    counts = [
        sum(names.count(each.name) for each in content.candidates(model, member))
        for member in single
    ]
    if group.compositor is Compositor.CHOICE:
        return sum(counts)
    return max(counts, default=0)


def _wild(kind: ComplexType) -> bool:
    return kind.wildcard is not None and kind.wildcard.process != "strict"


def _has_text(node: "etree._Element") -> bool:
    texts = (node.text, *(child.tail for child in node))
    return any(text and not text.isspace() for text in texts)
