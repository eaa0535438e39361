"""Why a signature holds or not: reference by reference, with the bytes that were digested.

The referee says yes or no. Here one looks at everything, also after the first broken rule, and
tries what commonly happens to messages after they were signed: whatever makes the digest right
again is what happened.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree

from harness import xml
from harness.classes import dataclass
from harness.exchange.findings import Finding
from harness.exchange.security import names
from harness.exchange.security.canonical import (
    DEFAULT_PREFIX,
    NotCanonical,
    canonical,
    digest,
    from_base64,
)
from harness.exchange.security.clock import Period, period
from harness.exchange.security.keys import common_name
from harness.exchange.security.layout import Layout, layout
from harness.exchange.security.names import DIGEST_METHODS, SIGNATURE_METHODS
from harness.exchange.security.policy import Policy
from harness.exchange.security.reading import Reference, Signature, read, token_id
from harness.exchange.security.referee import verify
from harness.exchange.security.signer import certificate_of, is_signed
from harness.redact import shown_name

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from lxml.etree import _Element

_WIDTHS = ("  ", "    ", "\t", "   ", " ")
Spoilt = tuple[str, Callable[["_Element"], bytes]]


@dataclass(frozen=True, slots=True)
class ReferenceReport:
    """What became of one reference.

    Attributes:
        number: from 1, in document order.
        id: what it points to, shown as a name may be.
        covers: the part it leads to by position; empty when it leads elsewhere.
        place: path of the element it leads to; empty when there is none.
        algorithm: hash of the digest.
        stated: digest in the message, hexadecimal.
        computed: digest of the canonical bytes here, hexadecimal; empty when there are none.
        size: number of canonical bytes.
        reason: why it fails; empty when it is right.
        canonical: the canonical bytes: they hold the message, so they are shown on request only.
    """

    number: int
    id: str
    covers: str
    place: str
    algorithm: str
    stated: str
    computed: str = ""
    size: int = 0
    reason: str = ""
    canonical: bytes = field(default=b"", repr=False)

    @property
    def is_right(self) -> bool:
        """Whether it leads to a part of the message and the digest is right."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that can be said of a message's signature.

    Attributes:
        findings: the referee's: the first broken rule, or notes.
        accepted: whether the referee accepts it.
        references: of the signature, if it can be read.
        signature: one sentence about the signature value; empty when there is none to look at.
        signer: one sentence about the token's certificate; empty without one.
        clock: one sentence about the Timestamp; empty without one.
    """

    findings: tuple[Finding, ...]
    accepted: bool
    references: tuple[ReferenceReport, ...] = ()
    signature: str = ""
    signer: str = ""
    clock: str = ""


def explain(data: bytes, policy: Policy, now: datetime) -> Report:
    """What is covered, what fails and why.

    Args:
        data: the message, exactly as it was sent.
        policy: what the referee goes by.
        now: the moment at which it is judged.

    Raises:
        Refused: the bytes are no XML that may enter.
    """
    root = xml.parse(data)
    found = verify(root, policy, now)
    places = layout(root)
    if isinstance(places, Finding) or places.signature is None:
        return Report(found.findings, found.accepted, clock=_clock(places, now))
    signature = read(places.signature)
    if isinstance(signature, Finding):
        return Report(found.findings, found.accepted, clock=_clock(places, now))
    certificate = _certificate(places, signature)
    return Report(
        found.findings,
        found.accepted,
        tuple(_reference(places, each) for each in signature.references),
        _value(places, signature, certificate),
        _signer(certificate),
        _clock(places, now),
    )


def _reference(places: Layout, reference: Reference) -> ReferenceReport:
    elements = places.ids.get(reference.id, [])
    algorithm = DIGEST_METHODS.get(reference.method, "")
    begun = ReferenceReport(
        reference.number, shown_name(reference.id), "", "", algorithm, reference.value.hex()
    )
    if len(elements) != 1:
        many = f"{len(elements)} elements carry this id" if elements else "no element has this id"
        return replace(begun, reason=f"{many}: the reference leads nowhere certain")
    element = elements[0]
    part, place = places.part_of(element), _path(element)
    begun = replace(begun, covers=str(part or ""), place=place)
    if not algorithm:
        return replace(begun, reason="the digest method is not one that is allowed")
    try:
        octets = canonical(element, reference.prefixes)
    except NotCanonical as error:
        return replace(begun, reason=error.what)
    computed = digest(octets, algorithm)
    reason = "" if part else "the element is not at a place the receiver reads: signature wrapping"
    if computed != reference.value:
        changed = _what_happened(element, reference, algorithm)
        reason = f"{reason}; {changed}" if reason else changed
    return replace(
        begun, reason=reason, computed=computed.hex(), size=len(octets), canonical=octets
    )


def _path(element: "_Element") -> str:
    steps = [shown_name(etree.QName(each).localname) for each in element.iterancestors()]
    return "/".join([*reversed(steps), shown_name(etree.QName(element).localname)])


def _what_happened(element: "_Element", reference: Reference, algorithm: str) -> str:
    """The first guess that makes the digest right again."""
    for reason, spoil in _guesses(element, reference.prefixes):
        try:
            if digest(spoil(element), algorithm) == reference.value:
                return reason
        except NotCanonical:
            continue
    octets = canonical(element, reference.prefixes)
    for name in sorted(set(DIGEST_METHODS.values()) - {algorithm}):
        if digest(octets, name) == reference.value:
            return f"the digest was made with {name}, but the message says {algorithm}"
    return "the element was changed after signing, in more than its white space"


def _guesses(element: "_Element", prefixes: tuple[str, ...]) -> Iterator[Spoilt]:
    yield (
        "it was signed with inclusive canonicalisation, which the message does not say",
        lambda element: canonical(element, exclusive=False),
    )
    if prefixes:
        yield (
            "it was signed without the InclusiveNamespaces list that the message states",
            canonical,
        )
    for key in element.nsmap:
        name = shown_name(key) if key else DEFAULT_PREFIX
        yield (
            f"it was signed with an InclusiveNamespaces list of {name}, which the message lacks",
            _listing(key or DEFAULT_PREFIX),
        )
    yield (
        "white space was added between the elements after signing: the message was printed anew",
        lambda element: canonical(_without_space(element), prefixes),
    )
    yield (
        "white space was added within texts after signing",
        lambda element: canonical(_stripped(element), prefixes),
    )
    for width in _WIDTHS:
        yield (
            "white space between the elements was stripped after signing",
            _indented(width, prefixes),
        )
    yield (
        "the id of the element was written after it was digested",
        lambda element: canonical(_without_ids(element), prefixes),
    )


def _copied(element: "_Element") -> "tuple[_Element, _Element]":
    """A copy of the whole message, and the element's twin in it: namespaces stay in scope."""
    tree = element.getroottree()
    twin = copy.deepcopy(tree)
    found = twin.getroot()
    for index in _indexes(element):
        found = found[index]
    return twin.getroot(), found


def _indexes(element: "_Element") -> list[int]:
    found: list[int] = []
    at: _Element | None = element
    while at is not None:
        parent = at.getparent()
        if parent is not None:
            found.append(parent.index(at))
        at = parent
    return found[::-1]


def _without_space(element: "_Element") -> "_Element":
    _, twin = _copied(element)
    for each in twin.iter():
        if len(each) and not (each.text or "").strip():
            each.text = None
        if each is not twin and not (each.tail or "").strip():
            each.tail = None
    return twin


def _stripped(element: "_Element") -> "_Element":
    _, twin = _copied(element)
    for each in twin.iter():
        each.text = (each.text or "").strip() or None
        if each is not twin:
            each.tail = (each.tail or "").strip() or None
    return twin


def _listing(name: str) -> Callable[["_Element"], bytes]:
    return lambda element: canonical(element, (name,))


def _indented(width: str, prefixes: tuple[str, ...]) -> Callable[["_Element"], bytes]:
    def spoil(element: "_Element") -> bytes:
        root, twin = _copied(element)
        etree.indent(root, width)
        return canonical(twin, prefixes)

    return spoil


def _without_ids(element: "_Element") -> "_Element":
    _, twin = _copied(element)
    for name in names.ID_ATTRIBUTES:
        twin.attrib.pop(name, None)
    return twin


def _certificate(places: Layout, signature: Signature) -> "Certificate | None":
    """The certificate that KeyInfo refers to, else the first token's."""
    found = token_id(signature.key_info)
    elements = places.ids.get(found, []) if isinstance(found, str) else []
    element = elements[0] if elements else places.child(names.TOKEN)
    der = from_base64(element.text) if element is not None else None
    return certificate_of(der) if der else None


def _value(places: Layout, signature: Signature, certificate: "Certificate | None") -> str:
    stated = SIGNATURE_METHODS.get(signature.method)
    if stated is None:
        return "the signature method is not one that is allowed"
    if certificate is None:
        return "no certificate can be read from the token, so there is no key to check it with"
    guesses: list[Spoilt] = [
        ("it is right", lambda info: canonical(info, signature.prefixes)),
        *_guesses(signature.info, signature.prefixes),
    ]
    for reason, spoil in guesses:
        if _fits(certificate, signature, spoil(signature.info), stated):
            return reason if reason == "it is right" else f"wrong: {reason} (SignedInfo)"
    octets = canonical(signature.info, signature.prefixes)
    for token in [] if places.security is None else places.security.iter(names.TOKEN):
        other = certificate_of(from_base64(token.text) or b"")
        if other is not None and _fits(other, signature, octets, stated):
            return "wrong: the key of another token of this message made it: wrong token reference"
    for name in sorted(set(SIGNATURE_METHODS.values()) - {stated}):
        if _fits(certificate, signature, octets, name):
            return f"wrong: it was made with {name}, but the message says {stated}"
    return (
        "wrong: SignedInfo was changed after signing, or another key made it than the one of the "
        "token"
    )


def _fits(certificate: "Certificate", signature: Signature, data: bytes, hash_name: str) -> bool:
    key = certificate.public_key()
    return isinstance(key, RSAPublicKey) and is_signed(key, signature.value, data, hash_name)


def _signer(certificate: "Certificate | None") -> str:
    if certificate is None:
        return ""
    since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    named = shown_name(common_name(certificate))
    return f"CN {named}, valid {since.date().isoformat()} to {until.date().isoformat()}"


def _clock(places: "Layout | Finding", now: datetime) -> str:
    if isinstance(places, Finding):
        return ""
    element = places.child(names.TIMESTAMP)
    if element is None:
        return ""
    found = period(element)
    if isinstance(found, Finding):
        return f"it cannot be used; expected: {found.expected}"
    return f"{_since(found, now)}{_until(found, now)}"


def _since(found: Period, now: datetime) -> str:
    seconds = (now - found.created).total_seconds()
    if seconds < 0:
        return f"created {-seconds:.0f} s in the future: the sender's clock is ahead"
    return f"created {seconds:.0f} s ago"


def _until(found: Period, now: datetime) -> str:
    if found.expires is None:
        return ", never expires"
    holds = (found.expires - found.created).total_seconds()
    late = (now - found.expires).total_seconds()
    return f", holds {holds:.0f} s" + (f", expired {late:.0f} s ago" if late > 0 else "")
