"""Writes answers and faults as the account sends them, without a tree library.

The content of an element is plain data in schema order::

    [("HaeAsiakkaitaResult", [
        ("TilaKoodi", [("TilaKoodi", "0")]),
        ("Asiakkaat", [
            ("Asiakas", {"AsiakasTunnus": "010100-9009"}, [("Tila", "300")]),
        ]),
    ])]

that is ``(name, content)`` or ``(name, attributes, content)``, where content is a text, a list of
such nodes, or ``None`` for ``xsi:nil``. Elements take the namespace of the operation's output
element (elementFormDefault="qualified"), attributes none.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from harness.errors import ContractError, HarnessError
from harness.exchange.findings import FindingCode
from harness.exchange.judge import Judgement
from harness.exchange.message import SOAP_11, SOAP_12
from harness.exchange.soap import SoapVersion, fault_word
from harness.exchange.soap import fault_status as soap_fault_status
from harness.redact import shown_name
from harness.wsdl import Contract

Attributes: TypeAlias = Mapping[str, str]
Content: TypeAlias = "str | Sequence[Node] | None"
Node: TypeAlias = "tuple[str, Content] | tuple[str, Attributes, Content]"

_UPGRADE = (
    '<soap:Header><soap:Upgrade><soap:SupportedEnvelope qname="soap:Envelope"/></soap:Upgrade>'
    "</soap:Header>"
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NIL = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
# XML 1.0 (5th ed.) production 2: everything else cannot be written, not even as a reference.
# Three sets, as one that reaches beyond a byte on both sides takes milliseconds to compile.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|[\ufffe\uffff]")
_SPECIAL = re.compile('[\x00-\x1f"&<>]')
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_VALUE = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)


class NotWritable(HarnessError):
    """A name or a text that XML 1.0 cannot carry."""


class PrefixStyle(StrEnum):
    """How namespaces are written: the two forms clients have met from the real service."""

    DEFAULT_NAMESPACE = "soap"
    """``soap:`` for the envelope, the body element declares a default namespace."""
    PREFIXED = "soapenv:asi"
    """``soapenv:`` for the envelope with an empty Header, ``asi:`` for everything in the body."""


class FaultCode(StrEnum):
    """The fault codes of SOAP 1.1 section 4.4.1; SOAP 1.2 has other words for the last two."""

    VERSION_MISMATCH = "VersionMismatch"
    MUST_UNDERSTAND = "MustUnderstand"
    CLIENT = "Client"
    SERVER = "Server"


def answer(
    contract: Contract,
    operation: str,
    tree: Sequence[Node],
    *,
    style: PrefixStyle = PrefixStyle.DEFAULT_NAMESPACE,
) -> bytes:
    """The answer envelope of an operation, UTF-8 with an XML declaration.

    Args:
        contract: says which element the operation answers with, and in which version of SOAP.
        operation: name of an operation of the contract.
        tree: content of that element, in schema order; nothing here checks the order.
        style: how namespaces are written.

    Raises:
        ContractError: the contract has no such operation, or it has no answer.
        NotWritable: a name or text that XML cannot carry.
    """
    found = contract.operations.get(operation)
    if found is None or not found.output:
        raise ContractError(
            f"The contract has no answer for the operation {shown_name(operation)}.",
            where=contract.ref,
            todo=f"Its operations are {', '.join(sorted(contract.operations))}.",
        )
    return _enveloped(found.output, SoapVersion(found.soap_version), tree, style)


def request(
    contract: Contract,
    operation: str,
    tree: Sequence[Node],
    *,
    style: PrefixStyle = PrefixStyle.DEFAULT_NAMESPACE,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """The request envelope of an operation, UTF-8 with an XML declaration; see ``answer``.

    Args:
        contract: says which element asks for the operation, and in which version of SOAP.
        operation: name of an operation of the contract.
        tree: content of that element, in schema order.
        style: how namespaces are written.
        headers: text of each header element by its Clark name.

    Raises:
        ContractError: the contract has no such operation.
        NotWritable: a name or text that XML cannot carry.
    """
    found = contract.operations.get(operation)
    if found is None:
        raise ContractError(
            f"The contract has no operation {shown_name(operation)}.",
            where=contract.ref,
            todo=f"Its operations are {', '.join(sorted(contract.operations))}.",
        )
    return _enveloped(found.input, SoapVersion(found.soap_version), tree, style, headers)


def is_writable(text: str) -> bool:
    """Whether XML 1.0 can carry a text."""
    return _FORBIDDEN.search(text) is None


def _enveloped(
    element: str,
    version: SoapVersion,
    tree: Sequence[Node],
    style: PrefixStyle,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    namespace, _, local = element.removeprefix("{").rpartition("}")
    attribute = _escaped(namespace, _VALUE)
    soap = version.namespace
    entries = "".join(map(_header, headers, headers.values()))
    if style is PrefixStyle.PREFIXED:
        head = (
            f'<soapenv:Envelope xmlns:soapenv="{soap}" xmlns:asi="{attribute}">'
            f"{_wrapped('soapenv', entries) or '<soapenv:Header/>'}<soapenv:Body><asi:{local}>"
        )
        tail = f"</asi:{local}></soapenv:Body></soapenv:Envelope>"
        return _document(head, tree, "asi:", tail)
    head = f'<soap:Envelope xmlns:soap="{soap}">{_wrapped("soap", entries)}'
    head += f'<soap:Body><{local} xmlns="{attribute}">'
    return _document(head, tree, "", f"</{local}></soap:Body></soap:Envelope>")


def _header(name: str, text: str) -> str:
    namespace, _, local = name.removeprefix("{").rpartition("}")
    start = f'<{_checked(local)} xmlns="{_escaped(namespace, _VALUE)}">'
    return f"{start}{_escaped(text, _TEXT)}</{local}>"


def _wrapped(prefix: str, entries: str) -> str:
    """The Header of an envelope; nothing without entries."""
    return f"<{prefix}:Header>{entries}</{prefix}:Header>" if entries else ""


def fault(
    code: FaultCode,
    string: str,
    detail: Sequence[Node] | None = None,
    *,
    soap: str = SoapVersion.SOAP_11,
    language: str = "en",
) -> bytes:
    """A fault envelope, UTF-8 with an XML declaration.

    SOAP 1.1 section 4.4 or SOAP 1.2 part 1 section 5.4; the HTTP status that goes with it tells
    ``fault_status``.

    Args:
        code: one of the four codes of SOAP 1.1; in SOAP 1.2 ``Client`` is written ``Sender`` and
            ``Server`` is written ``Receiver``.
        string: the sentence for people; must not be empty.
        detail: content of ``detail``, unqualified; ``None`` leaves the element out.
        soap: version of SOAP, as ``contract.soap_version`` has it.
        language: language of the sentence (BCP 47), which SOAP 1.2 wants to know.

    Raises:
        NotWritable: a name or text that XML cannot carry.
        ValueError: no such version.
    """
    if SoapVersion(soap) is SoapVersion.SOAP_12:
        return _fault_12(code, string, detail, language)
    head = (
        f'<soap:Envelope xmlns:soap="{SOAP_11}"><soap:Body><soap:Fault>'
        f"<faultcode>soap:{code}</faultcode>"
    )
    tree: list[Node] = [("faultstring", string)]
    if detail is not None:
        tree.append(("detail", detail))
    return _document(head, tree, "", "</soap:Fault></soap:Body></soap:Envelope>")


def _fault_12(code: FaultCode, string: str, detail: Sequence[Node] | None, language: str) -> bytes:
    # SOAP 1.2 part 1 section 5.4.7: a VersionMismatch says which envelope is understood.
    header = _UPGRADE if code is FaultCode.VERSION_MISMATCH else ""
    head = (
        f'<soap:Envelope xmlns:soap="{SOAP_12}">{header}<soap:Body><soap:Fault>'
        f"<soap:Code><soap:Value>soap:{fault_word(SoapVersion.SOAP_12, code)}</soap:Value>"
        f'</soap:Code><soap:Reason><soap:Text xml:lang="{_escaped(language, _VALUE)}">'
        f"{_escaped(string, _TEXT)}</soap:Text></soap:Reason>"
    )
    tail = "</soap:Fault></soap:Body></soap:Envelope>"
    if detail is None:
        return _document(head, (), "", tail)
    return _document(f"{head}<soap:Detail>", detail, "", f"</soap:Detail>{tail}")


def fault_status(code: FaultCode, soap: str = SoapVersion.SOAP_11) -> int:
    """The HTTP status that a fault comes with: 500, in SOAP 1.2 400 when the sender is at fault.

    Raises:
        ValueError: no such version.
    """
    return soap_fault_status(soap, fault_word(soap, code))


def fault_code(judgement: Judgement) -> FaultCode:
    """The SOAP 1.1 fault code a server answers a refused request with (section 4.4.1).

    ``fault`` and ``fault_status`` turn it into the words of SOAP 1.2.
    """
    codes = {finding.code for finding in judgement.findings}
    if FindingCode.SOAP_VERSION in codes:
        return FaultCode.VERSION_MISMATCH
    if FindingCode.MUST_UNDERSTAND in codes:
        return FaultCode.MUST_UNDERSTAND
    return FaultCode.SERVER if FindingCode.SCHEMA_ENGINE in codes else FaultCode.CLIENT


def _document(head: str, tree: Sequence[Node], prefix: str, tail: str) -> bytes:
    parts = [_DECLARATION, head]
    for node in tree:
        _write(node, prefix, parts)
    parts.append(tail)
    return "".join(parts).encode()


def _write(node: Node, prefix: str, parts: list[str]) -> None:
    start, end = _tags(prefix, node[0])
    content: Content
    if len(node) == 3:
        content = node[2]
        for key, value in node[1].items():
            start += f' {_checked(key)}="{_escaped(value, _VALUE)}"'
    else:
        content = node[1]
    if isinstance(content, str):
        parts += (start, ">", _escaped(content, _TEXT), end)
    elif content is None:
        parts += (start, _NIL)
    else:
        parts += (start, ">")
        for child in content:
            _write(child, prefix, parts)
        parts.append(end)


@lru_cache(maxsize=4096)
def _tags(prefix: str, name: str) -> tuple[str, str]:
    """The open start tag and the end tag of an element."""
    qualified = prefix + _checked(name)
    return f"<{qualified}", f"</{qualified}>"


@lru_cache(maxsize=1024)
def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise NotWritable(f"{shown_name(name)} is not a name of an element or attribute.")
    return name


def _escaped(text: str, table: dict[int, str]) -> str:
    special = _SPECIAL.search(text) is not None
    if not special and text.isascii():
        return text
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise NotWritable(
            f"The character U+{ord(found[0]):04X} cannot be written in XML 1.0.",
            todo="Take it out of the text.",
        )
    return text.translate(table) if special else text
