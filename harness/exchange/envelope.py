"""The rungs of the envelope: SOAP 1.1 section 4 and the Basic Profile's restrictions of it.

Works on a tree that came through the one XML door: no DTD, no processing instructions, comments
already gone.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.exchange.findings import Finding, FindingCode
from harness.exchange.message import SOAP_11, Fault, local_name
from harness.redact import shown, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

ENVELOPE = f"{{{SOAP_11}}}Envelope"
FAULT = f"{{{SOAP_11}}}Fault"
_HEADER = f"{{{SOAP_11}}}Header"
_BODY = f"{{{SOAP_11}}}Body"
_MUST_UNDERSTAND = f"{{{SOAP_11}}}mustUnderstand"
_ACTOR = f"{{{SOAP_11}}}actor"
_ENCODING_STYLE = f"{{{SOAP_11}}}encodingStyle"
_FOR_US = frozenset({"", "http://schemas.xmlsoap.org/soap/actor/next"})
"""Actors that mean the next, and so also the last, receiver (SOAP 1.1 section 4.2.2)."""
_FAULT_CHILDREN = ("faultcode", "faultstring", "faultactor", "detail")


@dataclass(frozen=True, slots=True)
class Parts:
    """An envelope taken apart: its header entries and the one element of its body."""

    headers: "tuple[_Element, ...]"
    child: "_Element"
    notes: tuple[Finding, ...] = ()


def take_apart(root: "_Element") -> Parts | Finding:
    """The parts of a rightly built SOAP 1.1 envelope, or the first thing wrong with it."""
    if root.tag != ENVELOPE:
        return _not_an_envelope(root)
    children = list(root)
    header = children.pop(0) if children and children[0].tag == _HEADER else None
    finding = _wrong_layout(root, header, children)
    if finding is not None:
        return finding
    body = children[0]
    if len(body) != 1:
        seen = f"{len(body)} elements"
        return Finding(FindingCode.ENVELOPE, "Envelope/Body", "exactly one element", seen)
    entries = () if header is None else tuple(header)
    if not all(str(entry.tag).startswith("{") for entry in entries):
        # SOAP 1.1 section 4.2: header entries are namespace-qualified.
        return Finding(FindingCode.ENVELOPE, "Envelope/Header", "qualified header entries")
    return Parts(entries, body[0], _notes(root, header, body))


def _not_an_envelope(root: "_Element") -> Finding:
    name = local_name(str(root.tag))
    if name == "Envelope":
        seen = shown_name(str(root.tag))
        return Finding(FindingCode.SOAP_VERSION, "Envelope", ENVELOPE, seen)
    if name.lower() == "html":
        return Finding(FindingCode.NOT_SOAP_HTML, expected=ENVELOPE, seen="html")
    return Finding(FindingCode.ENVELOPE, "", ENVELOPE, shown_name(str(root.tag)))


def _wrong_layout(
    root: "_Element", header: "_Element | None", rest: "list[_Element]"
) -> Finding | None:
    # BP 1.1 R1011: nothing after the Body; SOAP 1.1 section 4: the Header comes first, once.
    if [child.tag for child in rest] != [_BODY]:
        seen = ", ".join(shown_name(str(child.tag)) for child in rest[:4]) or "nothing"
        return Finding(FindingCode.ENVELOPE, "Envelope", "[Header], Body", seen)
    if any(not str(key).startswith("{") for key in root.keys()):  # noqa: SIM118 - iterating an element gives its children
        return Finding(FindingCode.ENVELOPE, "Envelope", "qualified attributes only")
    for name, element in (("", root), ("/Header", header), ("/Body", rest[0])):
        if element is not None and _has_text(element):
            return Finding(FindingCode.ENVELOPE, f"Envelope{name}", "no text between elements")
    return None


def _has_text(element: "_Element") -> bool:
    if _is_more_than_blank(element.text):
        return True
    return any(map(_is_more_than_blank, [child.tail for child in element]))


def _is_more_than_blank(text: str | None) -> bool:
    return text is not None and text.strip(" \t\r\n") != ""


def _notes(*elements: "_Element | None") -> tuple[Finding, ...]:
    # BP 1.1 R1005: no encodingStyle on elements of the envelope's namespace.
    return tuple(
        Finding(FindingCode.ENCODING_STYLE, local_name(str(element.tag)))
        for element in elements
        if element is not None and element.get(_ENCODING_STYLE) is not None
    )


def not_understood(parts: Parts, understood: frozenset[str]) -> Finding | None:
    """The first header entry for us that demands to be understood and is not declared.

    A mustUnderstand other than 0 (BP 1.1 R1013: it is 0 or 1) counts as a demand; entries for
    another actor are not ours to judge (SOAP 1.1 sections 4.2.2 and 4.2.3).
    """
    for entry in parts.headers:
        if entry.get(_MUST_UNDERSTAND, "0").strip() == "0" or str(entry.tag) in understood:
            continue
        if entry.get(_ACTOR, "").strip() in _FOR_US:
            seen = shown_name(str(entry.tag))
            return Finding(FindingCode.MUST_UNDERSTAND, "Envelope/Header", seen=seen)
    return None


def read_fault(element: "_Element") -> Fault | Finding:
    """The fault an element holds, or what is wrong with its structure (SOAP 1.1 section 4.4)."""
    names = [str(child.tag) for child in element]
    known = [name for name in _FAULT_CHILDREN if name in names]
    # The schema of SOAP 1.1 wants this order; BP 1.1 R1000 and R1001: these four, unqualified.
    if names != known or names[:2] != ["faultcode", "faultstring"] or _has_text(element):
        seen = ", ".join(shown_name(name) for name in names[:5]) or "nothing"
        expected = "faultcode, faultstring, [faultactor], [detail]"
        return Finding(FindingCode.FAULT_STRUCTURE, "Fault", expected, seen)
    code = _qualified(element[0])
    if code is None:
        seen = shown(element[0].text or "")
        return Finding(FindingCode.FAULT_STRUCTURE, "Fault/faultcode", "a qualified name", seen)
    if any(len(child) for child in _simple(element)):
        return Finding(FindingCode.FAULT_STRUCTURE, "Fault", "text in faultcode and faultstring")
    return Fault(code, "faultactor" in names, "detail" in names)


def _simple(fault: "_Element") -> "Iterator[_Element]":
    return (child for child in fault if child.tag != "detail")


def _qualified(element: "_Element") -> str | None:
    """The Clark name a QName text stands for; ``None`` when it is none or its prefix unbound."""
    prefix, colon, local = (element.text or "").strip(" \t\r\n").rpartition(":")
    namespace = element.nsmap.get(prefix if colon else None)
    named = local.replace("-", "_").replace(".", "_").isidentifier()
    if not named or local[0] in "-." or (colon and namespace is None):
        return None
    return f"{{{namespace}}}{local}" if namespace else local
