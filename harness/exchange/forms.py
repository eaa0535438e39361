"""The same answer in another form that a contract may allow: a part left out, empty, or nil."""

from collections.abc import Iterator
from enum import StrEnum

from lxml import etree

from harness import xml
from harness.exchange.message import local_name
from harness.wsdl.components import XSI


class Form(StrEnum):
    """What becomes of a part of a message."""

    ABSENT = "absent"
    EMPTY = "empty"
    NIL = "nil"


def reformed(data: bytes, form: Form, name: str) -> bytes | None:
    """The envelope with every part of a name in another form; ``None`` when that alters nothing.

    Args:
        data: the envelope.
        form: what becomes of the part.
        name: local name of an element of the body, or of an attribute, ``@Name``. Of elements
            within each other that have the name, the outermost are meant.
    """
    root = xml.parse(data)
    attribute = name.startswith("@")
    found = _attributes(root, name[1:]) if attribute else _elements(root, name)
    for element in found:
        if attribute:
            _reform_attribute(element, name[1:], form)
        else:
            _reform(element, form)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) if found else None


def _content(root: etree._Element) -> Iterator[etree._Element]:
    for body in root.iterchildren("{*}Body"):
        yield from body.iterdescendants("*")


def _attributes(root: etree._Element, name: str) -> list[etree._Element]:
    return [each for each in _content(root) if name in each.attrib]


def _elements(root: etree._Element, name: str) -> list[etree._Element]:
    named = [each for each in _content(root) if local_name(str(each.tag)) == name]
    return [each for each in named if not any(above in named for above in each.iterancestors())]


def _reform_attribute(element: etree._Element, name: str, form: Form) -> None:
    if form is Form.ABSENT:
        del element.attrib[name]
    else:
        element.set(name, "")


def _reform(element: etree._Element, form: Form) -> None:
    parent = element.getparent()
    if form is Form.ABSENT and parent is not None:
        parent.remove(element)
        return
    element[:], element.text = [], None
    if form is Form.NIL:
        element.attrib.clear()
        element.set(f"{{{XSI}}}nil", "true")
