"""The structure of a fault: SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4.

Works on an element whose envelope is already known to be rightly built.
"""

from typing import TYPE_CHECKING

from harness.exchange.findings import Finding, FindingCode
from harness.exchange.message import SOAP_12, Fault
from harness.exchange.soap import NEW, Names, SoapVersion
from harness.redact import shown, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_CHILDREN_11 = ("faultcode", "faultstring", "faultactor", "detail")
_CHILDREN_12 = tuple(
    f"{{{SOAP_12}}}{local}" for local in ("Code", "Reason", "Node", "Role", "Detail")
)
_CODE, _REASON, _, _ROLE, _DETAIL = _CHILDREN_12
_VALUE, _SUBCODE, _TEXT = (f"{{{SOAP_12}}}{local}" for local in ("Value", "Subcode", "Text"))
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_CODES_12 = frozenset(
    f"{{{SOAP_12}}}{word}"
    for word in ("VersionMismatch", "MustUnderstand", "DataEncodingUnknown", "Sender", "Receiver")
)
"""The only codes there are; anything finer is a subcode (SOAP 1.2 part 1 section 5.4.6)."""


def read_fault(element: "_Element", names: Names) -> Fault | Finding:
    """The fault an element holds, or what is wrong with its structure."""
    return _read_12(element) if names.version is SoapVersion.SOAP_12 else _read_11(element)


def has_text(element: "_Element") -> bool:
    """Whether there is more than white space between the children of an element."""
    if _is_more_than_blank(element.text):
        return True
    return any(map(_is_more_than_blank, [child.tail for child in element]))


def _is_more_than_blank(text: str | None) -> bool:
    return text is not None and text.strip(" \t\r\n") != ""


def _broken(path: str, expected: str, seen: str = "") -> Finding:
    return Finding(FindingCode.FAULT_STRUCTURE, path, expected, seen)


def _read_11(element: "_Element") -> Fault | Finding:
    names = [str(child.tag) for child in element]
    known = [name for name in _CHILDREN_11 if name in names]
    # The schema of SOAP 1.1 wants this order; BP 1.1 R1000 and R1001: these four, unqualified.
    if names != known or names[:2] != ["faultcode", "faultstring"] or has_text(element):
        return _broken("Fault", "faultcode, faultstring, [faultactor], [detail]", _listed(names))
    code = _qualified(element[0])
    if code is None:
        return _broken("Fault/faultcode", "a qualified name", shown(element[0].text or ""))
    if any(len(child) for child in element if child.tag != "detail"):
        return _broken("Fault", "text in faultcode and faultstring")
    return Fault(code, "faultactor" in names, "detail" in names)


def _read_12(element: "_Element") -> Fault | Finding:
    names = [str(child.tag) for child in element]
    known = [name for name in _CHILDREN_12 if name in names]
    if names != known or names[:2] != [_CODE, _REASON] or has_text(element):
        return _broken("Fault", "Code, Reason, [Node], [Role], [Detail]", _listed(names))
    codes = _codes(element[0])
    if isinstance(codes, Finding):
        return codes
    finding = _wrong_reason(element[1]) or _wrong_rest(element)
    if finding is not None:
        return finding
    return Fault(codes[0], _ROLE in names, _DETAIL in names, tuple(codes[1:]))


def _codes(code: "_Element") -> list[str] | Finding:
    """Code and subcodes, from the outermost inwards (SOAP 1.2 part 1 section 5.4.1)."""
    found: list[str] = []
    step: _Element | None = code
    path = "Fault/Code"
    while step is not None:
        names = [str(child.tag) for child in step]
        if names not in ([_VALUE], [_VALUE, _SUBCODE]) or has_text(step):
            return _broken(path, "Value, [Subcode]", _listed(names))
        name = _qualified(step[0])
        if name is None or len(step[0]):
            return _broken(f"{path}/Value", "a qualified name", shown(step[0].text or ""))
        found.append(name)
        step = step[1] if len(step) == 2 else None
        path = f"{path}/Subcode" if len(found) < 4 else path
    if found[0] not in _CODES_12:
        return _broken("Fault/Code/Value", "a code of SOAP 1.2", shown_name(found[0]))
    return found


def _wrong_reason(reason: "_Element") -> Finding | None:
    """Reason holds the same sentence in one or more languages (section 5.4.2)."""
    names = [str(child.tag) for child in reason]
    if not names or set(names) != {_TEXT} or has_text(reason):
        return _broken("Fault/Reason", "Text, once or more", _listed(names))
    if any(child.get(_LANGUAGE) is None for child in reason):
        return _broken("Fault/Reason/Text", "xml:lang")
    if any(len(child) for child in reason):
        return _broken("Fault/Reason/Text", "text")
    return None


def _wrong_rest(fault: "_Element") -> Finding | None:
    # Section 5.1.1: encodingStyle is for the entries of Detail, and for nothing else of a fault.
    if any(each.get(NEW.encoding_style) is not None for each in _own(fault)):
        return _broken("Fault", "no encodingStyle")
    rest = (child for child in fault if child.tag not in {_CODE, _REASON, _DETAIL})
    if any(len(child) for child in rest):
        return _broken("Fault", "text in Node and Role")
    return None


def _own(fault: "_Element") -> "Iterator[_Element]":
    """The elements of a fault that SOAP defines: all but what lies in Detail."""
    yield fault
    for child in fault:
        if child.tag == _DETAIL:
            yield child
        else:
            yield from child.iter()


def _listed(names: list[str]) -> str:
    return ", ".join(shown_name(name) for name in names[:5]) or "nothing"


def _qualified(element: "_Element") -> str | None:
    """The Clark name a QName text stands for; ``None`` when it is none or its prefix unbound."""
    prefix, colon, local = (element.text or "").strip(" \t\r\n").rpartition(":")
    namespace = element.nsmap.get(prefix if colon else None)
    named = local.replace("-", "_").replace(".", "_").isidentifier()
    if not named or local[0] in "-." or (colon and namespace is None):
        return None
    return f"{{{namespace}}}{local}" if namespace else local
