"""Reads a Signature into values, and refuses whatever it need not understand.

A closed grammar of XML Signature: SignedInfo, SignatureValue, KeyInfo; references to ids of this
document; at most one exclusive canonicalisation per reference. No Object, no Manifest, no external
URI, no XPath, no XSLT: what cannot be read cannot be executed.
"""

import re
from typing import TYPE_CHECKING, Final

from harness.classes import dataclass
from harness.exchange.findings import Finding, FindingCode
from harness.exchange.security import names
from harness.exchange.security.canonical import from_base64
from harness.exchange.security.layout import PLACE
from harness.exchange.security.names import ds, wsse
from harness.redact import shown_name

if TYPE_CHECKING:
    from lxml.etree import _Element

SIGNATURE = f"{PLACE}/Signature"
MAX_REFERENCES: Final = 16
MAX_PREFIXES: Final = 64
_LIST: Final = f"{{{names.EXCLUSIVE}}}InclusiveNamespaces"
_HMAC = re.compile(r"[#/]hmac-", re.IGNORECASE)
_KNOWN: Final = frozenset({*names.SIGNATURE_METHODS, *names.DIGEST_METHODS})


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference of a signature.

    Attributes:
        number: from 1, in document order.
        id: what it points to, without ``#``.
        transforms: algorithm URIs in order.
        prefixes: of the InclusiveNamespaces list.
        method: URI of the digest method.
        value: the digest it states.
    """

    number: int
    id: str
    transforms: tuple[str, ...]
    prefixes: tuple[str, ...]
    method: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, read.

    Attributes:
        info: the SignedInfo element.
        canonicalisation: algorithm URI for SignedInfo.
        prefixes: InclusiveNamespaces list of that.
        method: URI of the signature method.
        references: at least one.
        value: the octets of the signature.
        key_info: the KeyInfo element, if there is one.
    """

    info: "_Element"
    canonicalisation: str
    prefixes: tuple[str, ...]
    method: str
    references: tuple[Reference, ...]
    value: bytes
    key_info: "_Element | None"


class Unreadable(Exception):
    """Carries the finding that says why a signature is not read."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def read(element: "_Element") -> Signature | Finding:
    """The signature an element holds, or the first thing in it that is refused."""
    try:
        return _signature(element)
    except Unreadable as unreadable:
        return unreadable.finding


def _signature(element: "_Element") -> Signature:
    children = list(element)
    wanted = [ds("SignedInfo"), ds("SignatureValue"), ds("KeyInfo")]
    if [str(child.tag) for child in children] not in (wanted, wanted[:2]):
        raise _broken("SignedInfo, SignatureValue, KeyInfo")
    info = children[0]
    parts = list(info)
    tags = [str(part.tag) for part in parts]
    count = len(parts) - 2
    if (
        tags[:2] != [ds("CanonicalizationMethod"), ds("SignatureMethod")]
        or tags[2:] != [ds("Reference")] * count
    ):
        raise _broken("CanonicalizationMethod, SignatureMethod, Reference")
    if not 1 <= count <= MAX_REFERENCES:
        raise _broken(f"1 to {MAX_REFERENCES} references", str(count))
    value = from_base64(children[1].text) if len(children[1]) == 0 else None
    if value is None:
        raise _broken("SignatureValue in base64")
    return Signature(
        info,
        _algorithm(parts[0]),
        _prefixes(parts[0]),
        _method(parts[1]),
        tuple(_reference(number, part) for number, part in enumerate(parts[2:], 1)),
        value,
        children[2] if len(children) == 3 else None,
    )


def _method(element: "_Element") -> str:
    uri = _algorithm(element)
    # CVE-2009-0217: a truncated HMAC is guessed, and any HMAC has no secret that we know of.
    if _HMAC.search(uri) or element.find(ds("HMACOutputLength")) is not None:
        raise Unreadable(Finding(FindingCode.SIGNATURE_HMAC, SIGNATURE, "a public key algorithm"))
    if len(element):
        raise _broken("SignatureMethod without content")
    return uri


def _reference(number: int, element: "_Element") -> Reference:
    where = f"{SIGNATURE}/SignedInfo/Reference[{number}]"
    uri = element.get("URI", "")
    if not uri.startswith("#") or len(uri) < 2 or uri.startswith("#xpointer("):
        raise Unreadable(Finding(FindingCode.SIGNATURE_TARGET, where, "URI of an id, as #id"))
    children = list(element)
    tags = [str(child.tag) for child in children]
    wanted = [ds("Transforms"), ds("DigestMethod"), ds("DigestValue")]
    if tags not in (wanted, wanted[1:]):
        raise _broken("Transforms, DigestMethod, DigestValue", where=where)
    transforms = list(children[0]) if len(children) == 3 else []
    if any(each.tag != ds("Transform") for each in transforms):
        raise _broken("Transform", where=where)
    for each in transforms:
        if any(str(child.tag) != _LIST for child in each):
            expected = "exclusive canonicalisation without parameters"
            raise Unreadable(Finding(FindingCode.TRANSFORM_REFUSED, where, expected))
    method, value = children[-2], from_base64(children[-1].text)
    if value is None or len(children[-1]) or len(method):
        raise _broken("DigestValue in base64", where=where)
    prefixes = tuple(name for each in transforms for name in _prefixes(each))
    uris = tuple(map(_algorithm, transforms))
    return Reference(number, uri[1:], uris, prefixes, _algorithm(method), value)


def _prefixes(element: "_Element") -> tuple[str, ...]:
    lists = [child for child in element if child.tag == _LIST]
    if len(lists) != len(element) or len(lists) > 1 or any(len(each) for each in lists):
        raise _broken("InclusiveNamespaces or nothing")
    found = lists[0].get("PrefixList", "").split() if lists else []
    if len(found) > MAX_PREFIXES:
        raise _broken(f"at most {MAX_PREFIXES} prefixes", str(len(found)))
    return tuple(found)


def _algorithm(element: "_Element") -> str:
    return element.get("Algorithm", "")


def _broken(expected: str, seen: str = "", where: str = SIGNATURE) -> Unreadable:
    return Unreadable(Finding(FindingCode.SIGNATURE_STRUCTURE, where, expected, seen))


def token_id(key_info: "_Element | None") -> str | Finding:
    """The id of the token that KeyInfo refers to directly.

    X.509 token profile 1.1 section 3.2.1: KeyInfo/SecurityTokenReference/Reference. A key or
    certificate within KeyInfo is no proof of anything: whoever made the message put it there.
    """
    where = f"{SIGNATURE}/KeyInfo"
    expected = "SecurityTokenReference/Reference to a token of this header"
    path = [wsse("SecurityTokenReference"), wsse("Reference")]
    at = key_info
    for tag in path:
        if at is None or len(at) != 1 or at[0].tag != tag:
            only = "" if at is None or not len(at) else shown_name(str(at[0].tag))
            return Finding(FindingCode.TOKEN_REFERENCE, where, expected, only)
        at = at[0]
    uri = "" if at is None else at.get("URI", "")
    if not uri.startswith("#") or len(uri) < 2:
        return Finding(FindingCode.TOKEN_REFERENCE, where, "URI of an id, as #id")
    return uri[1:]
