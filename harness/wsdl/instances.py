"""Messages as trees that know their declarations, built by whoever makes the choices."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from math import inf
from typing import Final, Protocol

from lxml import etree

from harness.classes import dataclass
from harness.errors import ContractError
from harness.wsdl import content, plausible
from harness.wsdl.components import (
    ANY_TYPE,
    XSI,
    Attribute,
    ComplexType,
    Components,
    Compositor,
    Element,
    Group,
    Particle,
    Wildcard,
    local,
    namespace_of,
)
from harness.wsdl.sites import ROOT, Part, joined
from harness.wsdl.values import Values

FOREIGN: Final = "urn:esimerkki:lisatieto"
"""Namespace of what is written where a contract allows anything."""


class Choices(Protocol):
    """Decides what a message looks like where its contract leaves it open."""

    def pick(self, count: int) -> int:
        """One of ``count`` things for a value; 0 is the plainest."""

    def times(self, path: str, particle: Particle, *, at: str, wanted: bool) -> int:
        """How often a particle stands, where it may stand more or less often.

        Args:
            path: of the element itself, or of the parent for a group or wildcard.
            particle: with its occurrence.
            at: number of a group in its content model; empty for an element.
            wanted: whether there is no reason to keep the message small.
        """

    def branch(self, path: str, at: str, group: Group, ranked: list[int]) -> int:
        """One of the members of a choice, given by the least deep first."""

    def kind(self, path: str, ranked: list[str]) -> str:
        """One of the types an element may have, its own or the least deep first."""

    def element(self, path: str, options: list[Element]) -> Element:
        """One of the elements that may stand here; ``path`` is the parent's."""

    def attribute(self, path: str, declared: Attribute) -> bool:
        """Whether an optional attribute is written."""

    def nil(self, path: str) -> bool:
        """Whether an element that may be nil is."""

    def text(self, path: str) -> str | None:
        """The text of an element or attribute, when it is to be a certain one."""


@dataclass(slots=True)
class Node:
    """An element of a message, to be written or changed.

    Attributes:
        declared: what stands here by the contract; ``name`` may be changed without it.
        type: key of its type; written as ``xsi:type`` when it is not the declared one.
        path: as in ``harness.wsdl.sites``.
    """

    name: str
    declared: Element
    type: str
    path: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Node]" = field(default_factory=list)
    nil: bool = False
    said_type: str = ""

    def walk(self) -> "Iterator[tuple[Node, Node | None]]":
        """This node and all below it in document order, each with its parent."""
        waiting: list[tuple[Node, Node | None]] = [(self, None)]
        while waiting:
            node, parent = waiting.pop()
            yield node, parent
            waiting.extend((child, node) for child in reversed(node.children))


class Builder:
    """Makes valid messages of one component model."""

    def __init__(self, model: Components) -> None:
        self.model = model
        self.values = Values(model)
        self.depths = content.Depths(model)
        self._options: dict[int, list[Element]] = {}

    def options(self, slot: Element) -> list[Element]:
        """Elements that can stand in a place of the model and come to an end."""
        found = self._options.get(id(slot))  # places live as long as the model
        if found is None:
            found = [
                each
                for each in content.candidates(self.model, slot)
                if self.depths.of_element(each) < inf
            ]
            self._options[id(slot)] = found
        return found

    def build(self, part: Part, choices: Choices) -> Node:
        """A valid instance of a part.

        Raises:
            ContractError: the part has none, or none that can be made.
        """
        return self.element(self.model.element(part.root), ROOT, choices)

    def element(self, element: Element, path: str, choices: Choices) -> Node:
        """A valid instance of an element at a path.

        Raises:
            ContractError: there is none, or none that can be made.
        """
        return _Building(self, choices).element(element, path, ())


class _Building:
    """One message being made."""

    def __init__(self, builder: Builder, choices: Choices) -> None:
        self.options = builder.options
        self.model = builder.model
        self.values = builder.values
        self.depths = builder.depths
        self.choices = choices
        self.ids = 0
        self.keyed = 0

    def element(self, element: Element, path: str, above: tuple[str, ...]) -> Node:
        key = self._kind(element, path)
        kind = self.model.complex(key)
        node = Node(element.name, element, key, path)
        if key != element.type:
            node.said_type = key
        if kind is not None:
            node.attributes = self._attributes(kind, path)
        if element.nillable and element.fixed is None and self.choices.nil(path):
            node.nil = True
            return node
        self.keyed += bool(element.keys)
        if kind is not None and kind.content is not None:
            node.children = self._content(kind.content, path, "1", (*above, key))
        self.keyed -= bool(element.keys)
        node.text = self._text(element, key, path)
        self._agree(node)
        return node

    def _kind(self, element: Element, path: str) -> str:
        options = list(content.types(self.model, element))
        if not options:
            raise ContractError(
                f"The element {element.name} is of an abstract type that no type extends.",
                where=str(element.place),
            )
        own = element.type
        options.sort(key=lambda key: (key != own, self.depths.of_type(key)))
        return self.choices.kind(path, options)

    def _text(self, element: Element, key: str, path: str) -> str:
        wanted = self.choices.text(path)
        if wanted is not None:
            return wanted
        if element.fixed is not None:
            return element.fixed
        simple = self.model.simple(key)
        if simple is None:
            return ""
        if simple.builtin == "ID":
            return self._id()
        return self.values.text(simple, self.choices.pick, local(element.name))

    def _id(self) -> str:
        self.ids += 1
        return f"id{self.ids}"

    def _attributes(self, kind: ComplexType, path: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for declared in kind.attributes:
            here = joined(path, "@" + local(declared.name))
            if declared.required or self.choices.attribute(here, declared):
                found[declared.name] = self._attribute(declared, here)
        if kind.wildcard is not None and kind.wildcard.admits(FOREIGN):
            free = Attribute(f"{{{FOREIGN}}}merkki", "")
            if kind.wildcard.process != "strict" and self.choices.attribute(
                joined(path, "@*"), free
            ):
                found[free.name] = "x"
        return found

    def _attribute(self, declared: Attribute, path: str) -> str:
        wanted = self.choices.text(path)
        if wanted is not None:
            return wanted
        if declared.fixed is not None:
            return declared.fixed
        simple = self.model.simple(declared.type)
        assert simple is not None, "attributes have simple types"
        if simple.builtin == "ID":
            return self._id()
        return self.values.text(simple, self.choices.pick, local(declared.name))

    # Content -----------------------------------------------------------------------------------

    def _content(
        self, particle: Particle, path: str, at: str, above: tuple[str, ...]
    ) -> list[Node]:
        if isinstance(particle, Element):
            return self._elements(particle, path, above)
        times = self._times(path, particle, at, above)
        if isinstance(particle, Wildcard):
            return self._foreign(particle, path, times, above)
        return [node for _ in range(times) for node in self._members(particle, path, at, above)]

    def _times(self, path: str, particle: Particle, at: str, above: tuple[str, ...]) -> int:
        """As often as chosen; as seldom as allowed where types repeat within themselves."""
        again = len(set(above)) < len(above) or len(above) > 24 or self.depths.once(particle) == inf
        times = self.choices.times(path, particle, at=at, wanted=not again)
        return min(times, max(1, particle.minimum)) if self.keyed else times

    def _members(self, group: Group, path: str, at: str, above: tuple[str, ...]) -> list[Node]:
        members = list(enumerate(group.members, 1))
        if group.compositor is Compositor.CHOICE and members:
            ranked = sorted(members, key=lambda member: self.depths.of(member[1]))
            chosen = self.choices.branch(path, at, group, [index for index, _ in ranked])
            members = [(chosen, group.members[chosen - 1])]
        return [
            node
            for index, member in members
            for node in self._content(member, path, f"{at}.{index}", above)
        ]

    def _elements(self, slot: Element, path: str, above: tuple[str, ...]) -> list[Node]:
        options = self.options(slot)
        if not options and slot.minimum == 0:
            return []
        if not options:
            raise ContractError(
                f"Nothing can stand for the element {slot.name}.", where=str(slot.place)
            )
        element = self.choices.element(path, options)
        here = joined(path, local(element.name))
        times = self._times(here, slot, "", above)
        return [self.element(element, here, above) for _ in range(times)]

    def _foreign(
        self, wildcard: Wildcard, path: str, times: int, above: tuple[str, ...]
    ) -> list[Node]:
        """Elements where any may stand; declared ones when they must be."""
        here = joined(path, "*")
        if wildcard.process != "strict":
            for namespace in (FOREIGN, "", wildcard.target):
                if wildcard.admits(namespace):
                    name = f"{{{namespace}}}lisatieto" if namespace else "lisatieto"
                    made = Element(name, ANY_TYPE)
                    return [Node(name, made, ANY_TYPE, here) for _ in range(times)]
        element = self._declared(wildcard, above) if times else None
        if element is not None:
            return [self.element(element, here, above) for _ in range(times)]
        if times and wildcard.minimum:
            raise ContractError(
                "Only declared elements may stand here, and no declared one is known.",
                where=str(wildcard.place),
            )
        return []

    def _declared(self, wildcard: Wildcard, above: tuple[str, ...]) -> Element | None:
        """The plainest declared element that may stand there and is not around it already."""
        fitting = [
            each
            for name, each in self.model.elements.items()
            if wildcard.admits(namespace_of(name)) and not each.abstract and each.type not in above
        ]
        least = min(fitting, key=self.depths.of_element, default=None)
        return least if least is not None and self.depths.of_element(least) <= 2 else None

    # Fields that belong together ---------------------------------------------------------------

    def _agree(self, node: Node) -> None:
        """An identifier is of the kind its type says; a count is that of what it counts."""
        code = plausible.CODE_FIELD
        here = joined(node.path, "@" + code)
        if code in node.attributes and self.choices.text(here) is None:
            kind = node.attributes.get(plausible.KIND_FIELD)
            if kind == plausible.BUSINESS:
                self._replace(node, code, plausible.code_for(kind, self.choices.pick))
        self._count(node)

    def _replace(self, node: Node, name: str, text: str) -> None:
        kind = self.model.complex(node.type)
        declared = {each.name: each.type for each in kind.attributes} if kind else {}
        simple = self.model.simple(declared[name])
        if simple is not None and self.values.fits(simple, text):
            node.attributes[name] = text

    def _count(self, node: Node) -> None:
        named = {local(child.name): child for child in node.children}
        count = named.get(plausible.COUNT_FIELD)
        if count is None or self.choices.text(count.path) is not None or count.nil:
            return
        holder = named.get(plausible.COUNTED[0])
        items = holder.children if holder else []
        text = str(sum(local(item.name) == plausible.COUNTED[1] for item in items))
        simple = self.model.simple(count.type)
        if simple is not None and count.declared.fixed is None and self.values.fits(simple, text):
            count.text = text


def written(root: Node, prefixes: Mapping[str, str]) -> etree._Element:
    """The tree of a node.

    Args:
        root: the node.
        prefixes: namespace to prefix, for names of the envelope; others are numbered.
    """
    known = {**prefixes}
    for node, _ in root.walk():
        for name in (node.name, node.said_type, *node.attributes):
            space = namespace_of(name)
            if space and space not in known:
                known[space] = "tns" if "tns" not in known.values() else f"n{len(known)}"
        if node.nil or node.said_type:
            known[XSI] = "xsi"
    nsmap = {prefix: space for space, prefix in known.items()}
    element = etree.Element(root.name, nsmap=nsmap)
    waiting = [(root, element)]
    while waiting:
        node, element_of = waiting.pop()
        _fill(node, element_of, known)
        waiting.extend((each, etree.SubElement(element_of, each.name)) for each in node.children)
    return element


def _fill(node: Node, element: etree._Element, prefixes: Mapping[str, str]) -> None:
    if node.said_type:
        prefix = prefixes.get(namespace_of(node.said_type))
        name = local(node.said_type)
        element.set(f"{{{XSI}}}type", f"{prefix}:{name}" if prefix else name)
    if node.nil:
        element.set(f"{{{XSI}}}nil", "true")
    for name, value in node.attributes.items():
        element.set(name, value)
    if node.text:
        element.text = node.text
