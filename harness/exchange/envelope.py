"""The rungs of the envelope: SOAP 1.1 section 4 with the Basic Profile, SOAP 1.2 part 1 section 5.

Works on a tree that came through the one XML door: no DTD, no processing instructions, comments
already gone.
"""

from typing import TYPE_CHECKING

from harness.classes import dataclass
from harness.exchange.faults import has_text
from harness.exchange.findings import Finding, FindingCode
from harness.exchange.message import local_name
from harness.exchange.soap import OLD, Names, SoapVersion
from harness.redact import shown, shown_name

if TYPE_CHECKING:
    from lxml.etree import _Element

_BOOLEANS = frozenset({"true", "false", "1", "0"})


@dataclass(frozen=True, slots=True)
class Parts:
    """An envelope taken apart: its header entries and the one element of its body."""

    headers: "tuple[_Element, ...]"
    child: "_Element"
    notes: tuple[Finding, ...] = ()
    comments: tuple[str, ...] = ()


def take_apart(root: "_Element", names: Names = OLD) -> Parts | Finding:
    """The parts of a rightly built envelope of a version, or the first thing wrong with it."""
    if root.tag != names.envelope:
        return _not_an_envelope(root, names)
    children = list(root)
    header = children.pop(0) if children and children[0].tag == names.header else None
    finding = _wrong_layout(root, header, children, names)
    if finding is not None:
        return finding
    body = children[0]
    if len(body) != 1:
        seen = f"{len(body)} elements"
        return Finding(FindingCode.ENVELOPE, "Envelope/Body", "exactly one element", seen)
    entries = () if header is None else tuple(header)
    if not all(str(entry.tag).startswith("{") for entry in entries):
        # SOAP 1.1 section 4.2, SOAP 1.2 part 1 section 5.2: entries are namespace-qualified.
        return Finding(FindingCode.ENVELOPE, "Envelope/Header", "qualified header entries")
    if names.version is SoapVersion.SOAP_12:
        finding = _broken_attributes(root, header, body, names)
        return Parts(entries, body[0]) if finding is None else finding
    return Parts(entries, body[0], _notes(names, root, header, body))


def _not_an_envelope(root: "_Element", names: Names) -> Finding:
    name = local_name(str(root.tag))
    if name == "Envelope":
        seen = shown_name(str(root.tag))
        return Finding(FindingCode.SOAP_VERSION, "Envelope", names.envelope, seen)
    if name.lower() == "html":
        return Finding(FindingCode.NOT_SOAP_HTML, expected=names.envelope, seen="html")
    return Finding(FindingCode.ENVELOPE, "", names.envelope, shown_name(str(root.tag)))


def _wrong_layout(
    root: "_Element", header: "_Element | None", rest: "list[_Element]", names: Names
) -> Finding | None:
    # BP 1.1 R1011: nothing after the Body; SOAP 1.1 section 4: the Header comes first, once.
    # SOAP 1.2 part 1 section 5.1 says both.
    if [child.tag for child in rest] != [names.body]:
        seen = ", ".join(shown_name(str(child.tag)) for child in rest[:4]) or "nothing"
        return Finding(FindingCode.ENVELOPE, "Envelope", "[Header], Body", seen)
    if _has_unqualified(root):
        return Finding(FindingCode.ENVELOPE, "Envelope", "qualified attributes only")
    for name, element in (("", root), ("/Header", header), ("/Body", rest[0])):
        if element is not None and has_text(element):
            return Finding(FindingCode.ENVELOPE, f"Envelope{name}", "no text between elements")
    return None


def _has_unqualified(element: "_Element") -> bool:
    return any(not str(key).startswith("{") for key in element.keys())  # noqa: SIM118 - iterating an element gives its children


def _broken_attributes(
    root: "_Element", header: "_Element | None", body: "_Element", names: Names
) -> Finding | None:
    """The first attribute that SOAP 1.2 does not allow where it stands."""
    for name, element in (("", root), ("/Header", header), ("/Body", body)):
        if element is None:
            continue
        # Part 1 section 5.1.1: encodingStyle must not stand on an element of the envelope.
        if element.get(names.encoding_style) is not None:
            return Finding(FindingCode.ENVELOPE, f"Envelope{name}", "no encodingStyle")
        if _has_unqualified(element):
            return Finding(FindingCode.ENVELOPE, f"Envelope{name}", "qualified attributes only")
    for entry in () if header is None else header:
        for key in names.booleans:
            value = entry.get(key)
            if value is not None and value.strip(" \t\r\n") not in _BOOLEANS:
                expected = f"{local_name(key)} true, false, 1 or 0"
                return Finding(FindingCode.ENVELOPE, "Envelope/Header", expected, shown(value))
    return None


def _notes(names: Names, *elements: "_Element | None") -> tuple[Finding, ...]:
    # BP 1.1 R1005: no encodingStyle on elements of the envelope's namespace.
    return tuple(
        Finding(FindingCode.ENCODING_STYLE, local_name(str(element.tag)))
        for element in elements
        if element is not None and element.get(names.encoding_style) is not None
    )


def not_understood(parts: Parts, understood: frozenset[str], names: Names = OLD) -> Finding | None:
    """The first header entry for us that demands to be understood and is not declared.

    In SOAP 1.1 a mustUnderstand other than 0 (BP 1.1 R1013: it is 0 or 1) counts as a demand.
    Entries for another actor or role are not ours to judge (SOAP 1.1 sections 4.2.2 and 4.2.3,
    SOAP 1.2 part 1 sections 2.2 and 2.4).
    """
    for entry in parts.headers:
        demand = entry.get(names.must_understand, "0").strip()
        if demand in names.not_demanded or str(entry.tag) in understood:
            continue
        if entry.get(names.role, "").strip() in names.for_us:
            seen = shown_name(str(entry.tag))
            return Finding(FindingCode.MUST_UNDERSTAND, "Envelope/Header", seen=seen)
    return None
