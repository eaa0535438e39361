"""What a message shows, by asking every element for everything: the long way, in full.

``harness.wsdl.showing`` looks at much less; it has to come to the same points.
"""

from collections.abc import Iterator

from lxml import etree

from harness.wsdl import Contract, content
from harness.wsdl.components import (
    XSI,
    ComplexType,
    Compositor,
    Direction,
    Element,
    Group,
    Wildcard,
    local,
)
from harness.wsdl.coverage import Enumeration, enumeration
from harness.wsdl.sites import Part, joined, names_in, positions, slots

_COUNTED = {0: "absent", 1: "one"}


def shown_by_every_element(
    contract: Contract, root: etree._Element, direction: Direction
) -> frozenset[str]:
    """Ids of the points that the elements of a message show."""
    known = enumeration(contract)
    found: set[str] = set()
    for part in known.parts(root, direction):
        asked = _Asked(known, part)
        declared = known.model.element(part.root)
        shown = asked.everything(root, declared, ".")
        found |= {f"{part.operation}/{part.where}:{path}#{aspect}" for path, aspect in shown}
    return frozenset(found) & known.ids


class _Asked:
    """One part of a message."""

    def __init__(self, known: Enumeration, part: Part) -> None:
        self.model, self.values, self.part = known.model, known.values, part

    def everything(
        self, node: etree._Element, declared: Element, path: str
    ) -> Iterator[tuple[str, str]]:
        """Paths and aspects that an element and all below it show."""
        key = _type_of(node, declared.type, self.model.derived.get(declared.type, ()))
        kind, simple = self.model.complex(key), self.model.simple(key)
        yield path, "present"
        yield path, f"type={local(key)}"
        yield from self._attributes(node, kind, path)
        if node.get(f"{{{XSI}}}nil", "").strip() in {"true", "1"}:
            yield path, "nil"
            return
        text = node.text or ""
        if simple is not None and text == "" and declared.default is not None:
            yield path, "default"
        elif simple is not None:
            yield from ((path, aspect) for aspect in self.values.seen(simple, text))
        if kind is None:
            return
        yield from self._content(node, kind, path)
        elements = self._elements(kind)
        for child in node.iterchildren("*"):
            element = elements.get(str(child.tag))
            if element is not None:
                below = joined(path, local(element.name))
                yield from self.everything(child, element, below)

    def _attributes(
        self, node: etree._Element, kind: ComplexType | None, path: str
    ) -> Iterator[tuple[str, str]]:
        attributes = kind.attributes if kind else ()
        for each in attributes:
            here, value = joined(path, "@" + local(each.name)), node.get(each.name)
            absent = "absent" if each.default is None else "default"
            yield here, absent if value is None else "present"
            simple = self.model.simple(each.type)
            if value is not None and simple is not None:
                yield from ((here, aspect) for aspect in self.values.seen(simple, value))
        others = {str(name) for name, _ in node.items()} - {each.name for each in attributes}
        foreign = any(not name.startswith(f"{{{XSI}}}") for name in others)
        yield path, "@*=present" if foreign else "@*=absent"

    def _content(
        self, node: etree._Element, kind: ComplexType, path: str
    ) -> Iterator[tuple[str, str]]:
        names, elements = [str(each.tag) for each in node.iterchildren("*")], self._elements(kind)
        texts = (node.text, *(child.tail for child in node))
        if kind.mixed and any((text or "").strip() for text in texts):
            yield path, "text"
        for name in elements:
            yield joined(path, local(name)), _COUNTED.get(names.count(name), "many")
        for at, particle in positions(kind.content):
            if isinstance(particle, Wildcard):
                foreign = any(name not in elements for name in names)
                yield path, f"any[{at}]={'present' if foreign else 'absent'}"
            elif isinstance(particle, Group):
                yield from ((path, aspect) for aspect in self._group(at, particle, names))

    def _group(self, at: str, group: Group, names: list[str]) -> Iterator[str]:
        present = names_in(self.model, group) & set(names)
        yield f"group[{at}]={'present' if present else 'absent'}"
        once = (each for each in group.members if isinstance(each, Element) and each.maximum == 1)
        counts = [sum(map(names.count, names_in(self.model, each))) for each in once]
        choice = group.compositor is Compositor.CHOICE
        if (sum(counts) if choice else max(counts, default=0)) > 1:
            yield f"group[{at}]=many"
        for index, member in enumerate(group.members if choice else (), 1):
            own = names_in(self.model, member)
            others = [names_in(self.model, each) for each in group.members if each is not member]
            told = any(present <= other for other in others if other != own)
            empty = not own or content.accepts_nothing(self.model, member)
            if (bool(present & own) and not told) if present else empty:
                first = next(slots(member), None)
                yield f"choice[{at}]={index}:{'any' if first is None else local(first.name)}"

    def _elements(self, kind: ComplexType) -> dict[str, Element]:
        found = (content.candidates(self.model, slot) for slot in slots(kind.content))
        return {element.name: element for elements in found for element in elements}


def _type_of(node: etree._Element, own: str, derived: tuple[str, ...]) -> str:
    prefix, _, name = node.get(f"{{{XSI}}}type", "").strip().rpartition(":")
    space = node.nsmap.get(prefix or None)
    named = f"{{{space}}}{name}" if space else name
    return named if named in derived else own
