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
from typing import TypeAlias

from harness.errors import ContractError, HarnessError
from harness.exchange.findings import FindingCode
from harness.exchange.judge import Judgement
from harness.exchange.message import SOAP_11
from harness.redact import shown_name
from harness.wsdl import Contract

Attributes: TypeAlias = Mapping[str, str]
Content: TypeAlias = "str | Sequence[Node] | None"
Node: TypeAlias = "tuple[str, Content] | tuple[str, Attributes, Content]"

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NIL = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
# XML 1.0 (5th ed.) production 2: everything else cannot be written, not even as a reference.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[^ !#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
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
    """The fault codes of SOAP 1.1 section 4.4.1."""

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
        contract: says which element the operation answers with.
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
    namespace, _, local = found.output.removeprefix("{").rpartition("}")
    attribute = _escaped(namespace, _VALUE)
    if style is PrefixStyle.PREFIXED:
        head = (
            f'<soapenv:Envelope xmlns:soapenv="{SOAP_11}" xmlns:asi="{attribute}">'
            f"<soapenv:Header/><soapenv:Body><asi:{local}>"
        )
        tail = f"</asi:{local}></soapenv:Body></soapenv:Envelope>"
        return _document(head, tree, "asi:", tail)
    head = f'<soap:Envelope xmlns:soap="{SOAP_11}"><soap:Body><{local} xmlns="{attribute}">'
    return _document(head, tree, "", f"</{local}></soap:Body></soap:Envelope>")


def fault(code: FaultCode, string: str, detail: Sequence[Node] | None = None) -> bytes:
    """A fault envelope (SOAP 1.1 section 4.4), UTF-8 with an XML declaration.

    Args:
        code: one of the four codes of SOAP 1.1.
        string: the sentence for people; must not be empty.
        detail: content of ``detail``, unqualified; ``None`` leaves the element out.

    Raises:
        NotWritable: a name or text that XML cannot carry.
    """
    head = (
        f'<soap:Envelope xmlns:soap="{SOAP_11}"><soap:Body><soap:Fault>'
        f"<faultcode>soap:{code}</faultcode>"
    )
    tree: list[Node] = [("faultstring", string)]
    if detail is not None:
        tree.append(("detail", detail))
    return _document(head, tree, "", "</soap:Fault></soap:Body></soap:Envelope>")


def fault_code(judgement: Judgement) -> FaultCode:
    """The SOAP 1.1 fault code a server answers a refused request with (section 4.4.1)."""
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
    if _SPECIAL.search(text) is None:
        return text
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise NotWritable(
            f"The character U+{ord(found[0]):04X} cannot be written in XML 1.0.",
            todo="Take it out of the text.",
        )
    return text.translate(table)
