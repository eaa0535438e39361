"""What a message means: everything left out that two toolkits may write differently.

Two messages that mean the same have equal ``Meant`` trees:

* names are Clark names, so prefixes and where namespaces are declared do not matter;
* attributes have no order; children of ``xs:all`` have none either;
* texts are in the one form of their type: white space as its facet says, ``1`` is ``true``,
  ``01.0`` is ``1``, times are in UTC (XML Schema part 2, canonical representations);
* an empty element has its default (part 1, section 3.3.4), an absent attribute too; an element
  that may be absent and has a default is there with it. Schema processors do not go that far, but
  whoever writes a default leaves the element out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from harness.classes import dataclass
from harness.exchange.message import Message
from harness.wsdl import content
from harness.wsdl.components import (
    XSI,
    ComplexType,
    Components,
    Compositor,
    Element,
    Group,
    Particle,
    SimpleType,
    Variety,
    children,
    components,
)
from harness.wsdl.lexical import INTEGERS

if TYPE_CHECKING:
    from lxml.etree import _Element

    from harness.wsdl import Contract

_SPACE = re.compile(r"[ \t\r\n]+")
_PRESERVED, _REPLACED = "string", "normalizedString"
_NUMBERS = frozenset({"decimal", *INTEGERS})


@dataclass(frozen=True, slots=True)
class Meant:
    """An element and what it means.

    Attributes:
        name: Clark name.
        text: in the form of its type; empty for one with children.
        nil: it is nil.
        attributes: name and text, sorted; none of the instance namespace.
        children: in the order of the message.
        any_order: the order of its children means nothing.
        implied: it is not in the message, and has its default.
    """

    name: str
    text: str = field(default="", repr=False)
    nil: bool = False
    attributes: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    children: "tuple[Meant, ...]" = ()
    any_order: bool = False
    implied: bool = False


def meant(contract: "Contract", message: Message) -> Meant:
    """What a judged message means by its contract; a fault's texts stay as they are."""
    model = components(contract)
    declared = model.elements.get(message.operation_element)
    return _Reading(model).element(message.tree, declared)


def renamed(one: Meant, names: Mapping[str, str]) -> Meant:
    """The same with every text that is one of ``names`` replaced by what it stands for."""
    return replace(
        one,
        text=names.get(one.text, one.text),
        attributes=tuple((name, names.get(text, text)) for name, text in one.attributes),
        children=tuple(renamed(child, names) for child in one.children),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads elements by the declarations of one contract."""

    model: Components

    def element(self, element: "_Element", declared: Element | None) -> Meant:
        """One element; without declaration its texts stay as they are."""
        name, key = str(element.tag), self._type(element, declared)
        if element.get(f"{{{XSI}}}nil", "").strip() in {"true", "1"}:
            return Meant(name, nil=True, attributes=self._attributes(element, None))
        kind = self.model.complex(key) if key else None
        simple = self.model.simple(key) if key else None
        below = tuple(self._children(element, kind))
        text = "" if below else element.text or ""
        if not below and not text and declared is not None:
            text = declared.default or declared.fixed or ""
        return Meant(
            name,
            text="" if below else _form(text, simple),
            attributes=self._attributes(element, kind),
            children=below,
            any_order=kind is not None and _is_all(kind.content),
        )

    def _type(self, element: "_Element", declared: Element | None) -> str:
        """The key of its type: that which it says itself, else the declared one."""
        said = element.get(f"{{{XSI}}}type", "").strip()
        if said:
            prefix, _, name = said.rpartition(":")
            space = element.nsmap.get(prefix or None)
            key = f"{{{space}}}{name}" if space else name
            if key in self.model.types:
                return key
        return declared.type if declared is not None and declared.type in self.model.types else ""

    def _attributes(
        self, element: "_Element", kind: ComplexType | None
    ) -> tuple[tuple[str, str], ...]:
        declared = {each.name: each for each in kind.attributes} if kind is not None else {}
        found = {
            name: each.default or each.fixed or ""
            for name, each in declared.items()
            if each.default is not None or each.fixed is not None
        }
        for name, text in element.items():
            if not str(name).startswith(f"{{{XSI}}}"):
                found[str(name)] = str(text)
        types = {name: self.model.simple(each.type) for name, each in declared.items()}
        return tuple(sorted((name, _form(text, types.get(name))) for name, text in found.items()))

    def _children(self, element: "_Element", kind: ComplexType | None) -> Iterator[Meant]:
        slots = {
            each.name: each
            for slot in children(kind.content if kind else None)
            for each in content.candidates(self.model, slot)
        }
        seen = set()
        for child in element:
            if isinstance(child.tag, str):
                seen.add(child.tag)
                yield self.element(child, slots.get(child.tag))
        for slot in _by_default(kind.content) if kind and kind.content else ():
            if slot.name not in seen:
                text = _form(slot.default or "", self.model.simple(slot.type))
                yield Meant(slot.name, text=text, implied=True)


def _by_default(particle: Particle) -> Iterator[Element]:
    """Elements that mean their default where they are left out: not the branches of a choice."""
    if isinstance(particle, Element):
        if particle.minimum == 0 and particle.default is not None:
            yield particle
        return
    always = isinstance(particle, Group) and particle.minimum > 0
    if isinstance(particle, Group) and always and particle.compositor is not Compositor.CHOICE:
        for member in particle.members:
            yield from _by_default(member)


def _is_all(group: Group | None) -> bool:
    return group is not None and group.compositor is Compositor.ALL


def _form(text: str, kind: SimpleType | None) -> str:
    """A text in the one form that its type has for the value."""
    if kind is None:
        return text
    if kind.variety is not Variety.ATOMIC:
        return _collapsed(text)
    space = kind.facets.white_space
    if space == "preserve" or (not space and kind.builtin == _PRESERVED):
        return text
    if space == "replace" or (not space and kind.builtin == _REPLACED):
        return re.sub(r"[\t\r\n]", " ", text)
    return _value(_collapsed(text), kind.builtin)


def _collapsed(text: str) -> str:
    return _SPACE.sub(" ", text).strip(" ")


def _value(text: str, builtin: str) -> str:
    match builtin:
        case "boolean":
            return {"1": "true", "0": "false"}.get(text, text)
        case "dateTime":
            return _in_utc(text)
        case "base64Binary":
            return text.replace(" ", "")
        case "hexBinary":
            return text.upper()
        case _ if builtin in _NUMBERS:
            return _number(text)
    return text


def _number(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"-0", ""} else plain


def _in_utc(text: str) -> str:
    try:
        read = datetime.fromisoformat(text)
        return text if read.tzinfo is None else read.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return text
