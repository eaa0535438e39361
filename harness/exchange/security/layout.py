"""Where things stand: the one place of each element that security speaks of.

Everything the referee trusts it finds here, by position from the root, never by id or by search:

* the envelope's children are one Header and one Body, in this order;
* one Security header, a child of the Header, and no other anywhere in the document;
* one Signature, a child of that Security header, and no other anywhere in the document;
* at most one Timestamp and one UsernameToken in the document, children of the Security header;
* the tokens are the BinarySecurityTokens that are children of the Security header.
"""

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from lxml import etree

from harness.classes import dataclass
from harness.exchange.findings import Finding, FindingCode
from harness.exchange.security import names
from harness.exchange.security.names import Part
from harness.exchange.soap import NAMES
from harness.exchange.soap import Names as SoapNames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

_Places: TypeAlias = "Mapping[str, list[_Element]]"

HEADER = "Envelope/Header"
PLACE = "Envelope/Header/Security"
_SOAP = {each.envelope: each for each in NAMES.values()}
_ONCE = {
    names.SIGNATURE: FindingCode.SIGNATURE_PLACE,
    names.TIMESTAMP: FindingCode.TIMESTAMP,
    names.USERNAME_TOKEN: FindingCode.USERNAME_TOKEN,
}
"""What stands at most once, as a child of the Security header, and what it is called else."""
_LOOKED_FOR = (names.SECURITY, *_ONCE)
_WITH_ID = etree.XPath(
    "/descendant::*/@*[local-name()='Id' or local-name()='ID' or local-name()='id']/.."
)
"""Every element with an attribute that is called as one of ``names.ID_ATTRIBUTES``."""
_PARTS = {
    names.TIMESTAMP: Part.TIMESTAMP,
    names.TOKEN: Part.TOKEN,
    names.USERNAME_TOKEN: Part.USERNAME,
    names.CONFIRMATION: Part.CONFIRMATION,
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The elements of one message at their places.

    Attributes:
        body: the envelope's own Body.
        security: the Security header, if there is one.
        signature: its Signature, if there is one.
        ids: every id to all elements that carry it in any of the id attributes.
    """

    body: "_Element"
    security: "_Element | None" = None
    signature: "_Element | None" = None
    ids: "Mapping[str, list[_Element]]" = field(default_factory=dict)

    def part_of(self, element: "_Element") -> Part | None:
        """Which part an element is by its position; ``None`` when it is none of them."""
        if element is self.body:
            return Part.BODY
        if self.security is not None and element.getparent() is self.security:
            return _PARTS.get(str(element.tag))
        return None

    def child(self, tag: str) -> "_Element | None":
        """The first child of the Security header with a Clark name."""
        return None if self.security is None else self.security.find(tag)


def layout(root: "_Element") -> Layout | Finding:
    """The places of a message, or what stands where it must not.

    Args:
        root: a tree from the XML door; either version of SOAP.
    """
    soap = _SOAP.get(str(root.tag))
    if soap is None or root.getparent() is not None:
        return Finding(FindingCode.ENVELOPE, "", "Envelope")
    children = list(root)
    tags = [str(child.tag) for child in children]
    if tags not in ([soap.header, soap.body], [soap.body]):
        return Finding(FindingCode.ENVELOPE, "Envelope", "[Header], Body", f"{len(tags)} elements")
    header = children[0] if len(children) == 2 else None
    found: dict[str, list[_Element]] = {}
    for each in root.iter(*_LOOKED_FOR):
        found.setdefault(str(each.tag), []).append(each)
    security = _security(found, header, soap)
    if isinstance(security, Finding):
        return security
    finding = _misplaced(found, security)
    if finding is not None:
        return finding
    signature = None if security is None else security.find(names.SIGNATURE)
    return Layout(children[-1], security, signature, _ids(root))


def _security(
    places: _Places, header: "_Element | None", soap: SoapNames
) -> "_Element | Finding | None":
    found = places.get(names.SECURITY, [])
    if not found:
        return None
    if len(found) > 1:
        seen = f"{len(found)} Security headers"
        return Finding(FindingCode.SIGNATURE_PLACE, HEADER, "one Security header", seen)
    if header is None or found[0].getparent() is not header:
        return Finding(FindingCode.SIGNATURE_PLACE, HEADER, "Security as child of Header")
    if found[0].get(soap.role, "").strip() not in soap.for_us:
        return Finding(FindingCode.SIGNATURE_PLACE, PLACE, "Security for the receiver")
    return found[0]


def _misplaced(places: _Places, security: "_Element | None") -> Finding | None:
    for tag, code in _ONCE.items():
        found = places.get(tag, [])
        name = tag.rpartition("}")[2]
        if len(found) > 1:
            return Finding(code, PLACE, f"one {name}", f"{len(found)} of them")
        if found and (security is None or found[0].getparent() is not security):
            return Finding(code, PLACE, f"{name} as child of Security")
    return None


def _ids(root: "_Element") -> "dict[str, list[_Element]]":
    found: dict[str, list[_Element]] = {}
    for element in _WITH_ID(root):
        for value in {element.get(name) for name in names.ID_ATTRIBUTES}:
            if value is not None:
                found.setdefault(value, []).append(element)
    return found


def duplicate_id(layout: Layout, used: frozenset[str]) -> Finding | None:
    """Whether an id stands twice that is used by a reference, or is a ``wsu:Id`` or ``xml:id``.

    Other attributes called id are data of a body and may repeat there.
    """
    for value, elements in layout.ids.items():
        if len(elements) < 2:
            continue
        real = any(value in {each.get(names.WSU_ID), each.get(names.XML_ID)} for each in elements)
        if real or value in used:
            seen = f"{len(elements)} elements"
            return Finding(FindingCode.DUPLICATE_ID, "Envelope", "ids that stand once", seen)
    return None
