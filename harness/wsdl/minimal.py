"""Small messages along one contract that keep to another one as far as they can.

The *lead* says what may stand where; the *guide* only adds what it requires and the lead allows,
and has its say when a value is chosen. So a message is as short as both versions permit, and the
one difference that is then put into it is the only one there is.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field, replace

from lxml import etree

from harness.classes import dataclass
from harness.wsdl.components import (
    XSI,
    ComplexType,
    Components,
    Compositor,
    Element,
    Group,
    SimpleType,
    Variety,
    Wildcard,
    local,
    namespace_of,
)
from harness.wsdl.differences import flat, space_of
from harness.wsdl.value_space import value_of

MAX_DEPTH = 40


class Impossible(Exception):
    """No message can be made that leads to the place. Never leaves the room."""


@dataclass(frozen=True, slots=True)
class Spot:
    """An element of a message with its declarations in the lead and in the guide."""

    node: etree._Element
    lead: Element
    guide: Element | None


@dataclass(slots=True)
class Made:
    """A message, and the elements on the way to the place that was asked for, outermost first."""

    root: etree._Element
    way: list[Spot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes messages and parts of messages.

    Attributes:
        lead: whose rules the message keeps.
        guide: whose rules it keeps as well where it can.
        wanted: local names that are put in wherever they may stand beside the end of the way.
    """

    lead: Components
    guide: Components
    wanted: Collection[str] = ()

    def message(self, lead: Element, guide: Element | None, path: str) -> Made:
        """The shortest message that has an element at ``path``.

        Raises:
            Impossible: the path leads nowhere, or a type holds itself without an end.
        """
        space = namespace_of(lead.name)
        root = etree.Element(lead.name, nsmap={"m": space} if space else None)
        made = Made(root)
        steps = tuple(step for step in path.split("/") if step)
        self.fill(Spot(root, lead, guide), steps, made.way, 0)
        if len(made.way) != len(steps) + 1:
            raise Impossible
        return made

    def element(self, lead: Element, guide: Element | None, below: etree._Element) -> None:
        """Append one element with what it must have.

        Raises:
            Impossible: it is abstract and nothing stands for it, or it holds itself.
        """
        chosen = self.standing_in(lead)
        node = etree.SubElement(below, chosen.name)
        self.fill(Spot(node, chosen, guide), None, [], 0)

    def standing_in(self, element: Element, step: str = "") -> Element:
        """The element itself, or one that may stand in its place: the one asked for, if any.

        Raises:
            Impossible: it is abstract and nothing can stand for it.
        """
        others = [self.lead.elements[name] for name in self.lead.substitutes.get(element.name, ())]
        for each in others:
            if local(each.name) == step:
                return each
        if not element.abstract:
            return element
        for each in others:
            if not each.abstract:
                return each
        raise Impossible

    def fill(self, spot: Spot, steps: tuple[str, ...] | None, way: list[Spot], depth: int) -> None:
        """Put into an element what it must have; ``steps`` is the way on, ``None`` off the way."""
        if depth > MAX_DEPTH:
            raise Impossible
        kind = self.lead.types[spot.lead.type]
        if isinstance(kind, ComplexType) and kind.abstract:
            kind = self._concrete(spot.node, kind)
            spot = self._named(spot, kind.name)
        if steps is not None:
            way.append(spot)
        text = self._text(spot, kind.name)
        if text is not None:
            spot.node.text = text
        if isinstance(kind, ComplexType):
            self._attributes(spot, kind)
            if kind.content is not None:
                content = _Content(self, spot, steps, way, depth)
                content.group(flat(kind.content))

    def text(self, lead: str, guide: str | None) -> str | None:
        """A value of the type, of the guide's too where there is one; ``None`` for no text."""
        simple = self.lead.simple(lead)
        if simple is None:
            return None
        other = self.guide.simple(guide) if guide else None
        return self._value(simple, other)

    def _text(self, spot: Spot, key: str) -> str | None:
        if spot.lead.fixed is not None and self.lead.simple(key) is not None:
            return spot.lead.fixed
        if spot.guide is not None and spot.guide.fixed is not None:
            return spot.guide.fixed
        return self.text(key, spot.guide.type if spot.guide else None)

    def _value(self, simple: SimpleType, other: SimpleType | None) -> str:
        if simple.variety is Variety.LIST or simple.variety is Variety.UNION:
            inner = simple.item or next(iter(simple.members), "")
            kind = self.lead.types.get(inner)
            return self._value(kind, None) if isinstance(kind, SimpleType) else "x"
        space = space_of(other) if other and other.variety is Variety.ATOMIC else None
        return value_of(space_of(simple), space)

    def _concrete(self, node: etree._Element, kind: ComplexType) -> ComplexType:
        for key in self.lead.derived.get(kind.name, ()):
            found = self.lead.types[key]
            if isinstance(found, ComplexType) and not found.abstract:
                node.set(f"{{{XSI}}}type", etree.QName(key))
                return found
        raise Impossible

    def _named(self, spot: Spot, key: str) -> Spot:
        """The spot with the type that ``xsi:type`` names, on both sides where both have it."""
        guide = spot.guide
        if guide is not None and key in self.guide.types:
            guide = replace(guide, type=key)
        return Spot(spot.node, replace(spot.lead, type=key), guide)

    def _attributes(self, spot: Spot, kind: ComplexType) -> None:
        guide = self.guide.types.get(spot.guide.type) if spot.guide else None
        asked: Mapping[str, object] = {
            each.name: each
            for each in (guide.attributes if isinstance(guide, ComplexType) else ())
            if each.required
        }
        types = {
            each.name: each.type
            for each in (guide.attributes if isinstance(guide, ComplexType) else ())
        }
        for each in kind.attributes:
            if each.required or each.name in asked:
                value = each.fixed or self.text(each.type, types.get(each.name)) or ""
                spot.node.set(each.name, value)


@dataclass(frozen=True, slots=True)
class _Content:
    """Fills the content of one element."""

    maker: Maker
    spot: Spot
    steps: tuple[str, ...] | None
    way: list[Spot]
    depth: int

    def group(self, group: Group) -> None:
        if group.compositor is Compositor.CHOICE:
            for number in range(max(group.minimum, 1 if self._asked(group) else 0)):
                self._choice(group, first=number == 0)
            return
        times = max(group.minimum, 1 if self._asked(group) else 0)
        for number in range(times):
            for member in group.members:
                self._member(member, first=number == 0)

    def _member(self, member: Element | Group | Wildcard, *, first: bool) -> None:
        if isinstance(member, Group):
            self.group(member)
        elif isinstance(member, Element):
            guide = self._guide(member)
            self._elements(member, guide, self._count(member, guide), first=first)
        else:
            for _ in range(member.minimum):
                self.spot.node.append(foreign(member))

    def _choice(self, group: Group, *, first: bool) -> None:
        asked = [each for each in group.members if self._asked(each)] if first else []
        known = [each for each in group.members if isinstance(each, Element) and self._guide(each)]
        chosen = next(iter([*asked, *known, *group.members]), None)
        if isinstance(chosen, Element):
            guide = self._guide(chosen)
            self._elements(chosen, guide, max(1, self._count(chosen, guide)), first=first)
        elif chosen is not None:
            self._member(chosen, first=first)

    def _elements(
        self, element: Element, guide: Element | None, count: int, *, first: bool
    ) -> None:
        for number in range(count):
            on_the_way = bool(self.steps) and first and number == 0 and self._next(element)
            step = self.steps[0] if self.steps and on_the_way else ""
            chosen = self.maker.standing_in(element, step)
            node = etree.SubElement(self.spot.node, chosen.name)
            steps = self.steps[1:] if self.steps and on_the_way else None
            self.maker.fill(Spot(node, chosen, guide), steps, self.way, self.depth + 1)

    def _count(self, element: Element, guide: Element | None) -> int:
        asked = 1 if self._asked(element) else 0
        count = max(element.minimum, asked, guide.minimum if guide else 0)
        return count if element.maximum is None else min(count, element.maximum)

    def _asked(self, member: Element | Group | Wildcard) -> bool:
        if isinstance(member, Group):
            return any(self._asked(each) for each in member.members)
        if not isinstance(member, Element):
            return False
        wanted = self.steps == () and local(member.name) in self.maker.wanted
        return wanted or self._next(member)

    def _next(self, element: Element) -> bool:
        if not self.steps:
            return False
        others = self.maker.lead.substitutes.get(element.name, ())
        return self.steps[0] in {local(name) for name in (element.name, *others)}

    def _guide(self, element: Element) -> Element | None:
        guide = self.spot.guide
        return child(self.maker.guide, guide, local(element.name)) if guide else None


def foreign(wildcard: Wildcard) -> etree._Element:
    """An element that a wildcard admits."""
    for space in ("urn:x", wildcard.target, "", *wildcard.namespace.split()):
        if wildcard.admits(space):
            return etree.Element(f"{{{space}}}x" if space else "x")
    raise Impossible


def child(model: Components, parent: Element, name: str) -> Element | None:
    """The declaration of a child by its local name; choices make it optional."""
    for each, optional in _declared(model, parent):
        if local(each.name) == name:
            return replace(each, minimum=0) if optional else each
    return None


def order(model: Components, parent: Element) -> list[str]:
    """Local names of the children in the order in which they are declared."""
    return [local(each.name) for each, _ in _declared(model, parent)]


def _declared(model: Components, parent: Element) -> Iterator[tuple[Element, bool]]:
    kind = model.types.get(parent.type)
    if isinstance(kind, ComplexType) and kind.content is not None:
        yield from _within(flat(kind.content), optional=False)


def _within(group: Group, *, optional: bool) -> Iterator[tuple[Element, bool]]:
    optional = optional or group.minimum == 0 or group.compositor is Compositor.CHOICE
    for member in group.members:
        if isinstance(member, Element):
            yield member, optional
        elif isinstance(member, Group):
            yield from _within(member, optional=optional)
