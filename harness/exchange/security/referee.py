"""The referee: which elements of this message, by position, did a trusted signer sign just now?

XML Signature says "the element with this id"; the receiver reads "the Body of this envelope".
Signature wrapping lives in the gap between the two, so here the places come first
(``harness.exchange.security.layout``) and an id only counts when it leads to one of them.

Rules, in this order; the first that is broken is the finding:

1. one Security header, one Signature, one Timestamp, each at its place and nowhere else;
2. the signature is of a closed grammar (``reading``), with algorithms and transforms of a list;
3. ids that are used stand once, over every attribute that any toolkit takes for an id;
4. KeyInfo refers directly to a token of the same Security header;
5. the token's certificate is valid, pinned or chained to an anchor, and has the right name;
6. that key made the signature over this SignedInfo;
7. every reference leads to the document's own Body, Timestamp or token, and every part that has to
   be covered is;
8. the digest of each is that of the element which stands there, and no type that it names changes
   its meaning outside of what is signed;
9. the Timestamp is fresh, and the signature was not seen before.

The message is judged as it stands: nothing is removed, moved or executed.
"""

from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from lxml import etree

from harness import limits as _limits
from harness import xml
from harness.classes import dataclass
from harness.exchange.findings import Finding, FindingCode, verdict_of
from harness.exchange.judge import Refereed
from harness.exchange.message import local_name
from harness.exchange.security import names
from harness.exchange.security.canonical import NotCanonical, canonical, digest, from_base64
from harness.exchange.security.clock import Period, judge_period, period
from harness.exchange.security.keys import common_name
from harness.exchange.security.layout import PLACE, Layout, duplicate_id, layout
from harness.exchange.security.names import Part
from harness.exchange.security.policy import Policy, ResponseSecurity
from harness.exchange.security.reading import SIGNATURE, Reference, Signature, read, token_id
from harness.exchange.security.replay import Seen
from harness.exchange.security.signer import (
    TOKEN,
    certificate_of,
    is_signed,
    judge_signer,
    key_of,
    signer_of,
)
from harness.exchange.security.username import judge_username
from harness.limits import Limits
from harness.vocabulary import Verdict
from harness.wsdl.components import XSI

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from lxml.etree import _Element

T = TypeVar("T")
_TYPE = f"{{{XSI}}}type"
_TYPED = etree.XPath("descendant-or-self::*[@xsi:type]", namespaces={"xsi": XSI})

_UNCOVERED = {
    Part.BODY: FindingCode.BODY_NOT_SIGNED,
    Part.TIMESTAMP: FindingCode.TIMESTAMP_NOT_SIGNED,
    Part.TOKEN: FindingCode.TOKEN_NOT_SIGNED,
    Part.USERNAME: FindingCode.USERNAME_TOKEN,
}


@dataclass(frozen=True, slots=True)
class Verification:
    """What the referee says of one message.

    Attributes:
        findings: the first broken rule, or notes only.
        covered: parts that a right signature of an accepted message covers; empty otherwise, and
            for an unsigned message that may be unsigned.
        signer: certificate of whoever signed; only when the message is accepted.
        period: what the Timestamp says; only when the message is accepted.
    """

    findings: tuple[Finding, ...] = ()
    covered: frozenset[Part] = frozenset()
    signer: "Certificate | None" = field(default=None, repr=False)
    period: Period | None = None

    @property
    def accepted(self) -> bool:
        """Whether nothing but notes was found."""
        return verdict_of(self.findings) is Verdict.PASSED


class _Broken(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def verify(
    data: "bytes | _Element",
    policy: Policy,
    now: datetime,
    seen: Seen | None = None,
    *,
    limits: Limits = _limits.DEFAULT,
) -> Verification:
    """What a message's signature is worth.

    Args:
        data: the message as it arrived, or its root as the XML door gave it.
        policy: what is demanded.
        now: the receiver's clock, with time zone.
        seen: signatures accepted before; ``None`` does not look for replays.
        limits: what the message may cost.
    """
    if policy.security is ResponseSecurity.NONE:
        return Verification()
    try:
        root = xml.parse(data, limits) if isinstance(data, bytes) else data
    except xml.Refused:
        return Verification((Finding(FindingCode.NOT_WELL_FORMED),))
    try:
        return _verified(root, policy, now, seen)
    except _Broken as broken:
        return Verification((broken.finding,))
    except NotCanonical:
        finding = Finding(FindingCode.SIGNATURE_STRUCTURE, PLACE, "absolute namespace names")
        return Verification((finding,))


def rung(
    policy: Policy, clock: Callable[[], datetime], seen: Seen | None = None
) -> "Callable[[_Element], Refereed]":
    """The referee as the judge takes it: a message's root in, the broken rule or the signer out.

    Args:
        policy: what is demanded.
        clock: tells the time, with time zone.
        seen: signatures accepted before; ``None`` does not look for replays.
    """

    def referee(root: "_Element") -> Refereed:
        found = verify(root, policy, clock(), seen)
        return Refereed(found.findings, None if found.signer is None else signer_of(found.signer))

    return referee


def _verified(root: "_Element", policy: Policy, now: datetime, seen: Seen | None) -> Verification:
    places = _right(layout(root))
    if places.signature is None:
        if policy.security is ResponseSecurity.REQUIRED:
            raise _Broken(Finding(FindingCode.NOT_SIGNED, PLACE, "a signature"))
        _judge_user(places, policy, now, seen)
        return Verification()
    signature = _right(read(places.signature))
    notes = _judge_algorithms(signature, policy)
    token = _token(places, signature)
    _judge_ids(places, signature)
    certificate = _judge_token(token, signature, policy, now)
    covered = _judge_coverage(places, signature, policy)
    for reference in signature.references:
        _judge_digest(places, reference)
    found = _judge_time(places, policy, now)
    _judge_name(places.body, certificate, policy)
    _judge_user(places, policy, now, seen)
    _judge_replay(signature.value, found.created, policy, now, seen)
    return Verification(notes, covered, certificate, found)


def _right(found: T | Finding) -> T:
    if isinstance(found, Finding):
        raise _Broken(found)
    return found


def _judge_algorithms(signature: Signature, policy: Policy) -> tuple[Finding, ...]:
    where = f"{SIGNATURE}/SignedInfo"
    if signature.canonicalisation != names.EXCLUSIVE:
        raise _Broken(Finding(FindingCode.ALGORITHM_REFUSED, where, "exclusive canonicalisation"))
    if signature.method not in policy.signature_methods & names.SIGNATURE_METHODS.keys():
        raise _Broken(
            Finding(FindingCode.ALGORITHM_REFUSED, f"{where}/SignatureMethod", "an allowed one")
        )
    hashes = {names.SIGNATURE_METHODS[signature.method]}
    for reference in signature.references:
        _judge_transforms(reference, policy)
        if reference.method not in policy.digest_methods & names.DIGEST_METHODS.keys():
            place = f"{where}/Reference[{reference.number}]/DigestMethod"
            raise _Broken(Finding(FindingCode.ALGORITHM_REFUSED, place, "an allowed one"))
        hashes.add(names.DIGEST_METHODS[reference.method])
    return (Finding(FindingCode.WEAK_ALGORITHM, where, "sha256", "sha1"),) * ("sha1" in hashes)


def _judge_transforms(reference: Reference, policy: Policy) -> None:
    """Exactly one exclusive canonicalisation; before it at most the one that does nothing here."""
    found = list(reference.transforms)
    if policy.enveloped and found[:1] == [names.ENVELOPED]:
        del found[0]
    if found != [names.EXCLUSIVE]:
        where = f"{SIGNATURE}/SignedInfo/Reference[{reference.number}]"
        expected = "exclusive canonicalisation only"
        raise _Broken(Finding(FindingCode.TRANSFORM_REFUSED, where, expected))


def _token(places: Layout, signature: Signature) -> "_Element":
    found = _right(token_id(signature.key_info))
    elements = places.ids.get(found, [])
    if len(elements) > 1:
        seen = f"{len(elements)} elements"
        raise _Broken(Finding(FindingCode.DUPLICATE_ID, TOKEN, "an id that stands once", seen))
    if not elements or places.part_of(elements[0]) is not Part.TOKEN:
        expected = "a BinarySecurityToken of this Security header"
        raise _Broken(Finding(FindingCode.TOKEN_REFERENCE, f"{SIGNATURE}/KeyInfo", expected))
    return elements[0]


def _judge_ids(places: Layout, signature: Signature) -> None:
    finding = duplicate_id(places, frozenset(each.id for each in signature.references))
    if finding is not None:
        raise _Broken(finding)


def _judge_token(
    token: "_Element", signature: Signature, policy: Policy, now: datetime
) -> "Certificate":
    der = None if len(token) else from_base64(token.text)
    certificate = certificate_of(der) if der is not None else None
    if (
        certificate is None
        or token.get("ValueType") != names.X509_V3
        or token.get("EncodingType", names.BASE64) != names.BASE64
    ):
        raise _Broken(Finding(FindingCode.TOKEN_REFERENCE, TOKEN, "an X.509 version 3 certificate"))
    key = _right(key_of(certificate, policy))
    if policy.trust is not None:
        finding = judge_signer(certificate, policy.trust, now)
        if finding is not None:
            raise _Broken(finding)
    signed = canonical(signature.info, signature.prefixes)
    if not is_signed(key, signature.value, signed, names.SIGNATURE_METHODS[signature.method]):
        raise _Broken(Finding(FindingCode.SIGNATURE_WRONG, f"{SIGNATURE}/SignatureValue"))
    return certificate


def _judge_coverage(places: Layout, signature: Signature, policy: Policy) -> frozenset[Part]:
    covered: set[Part] = set()
    strays: list[int] = []
    for reference in signature.references:
        elements = places.ids.get(reference.id, [])
        part = places.part_of(elements[0]) if len(elements) == 1 else None
        if part is None:
            strays.append(reference.number)
        elif part in covered:
            where = f"{SIGNATURE}/SignedInfo/Reference[{reference.number}]"
            raise _Broken(Finding(FindingCode.SIGNATURE_STRUCTURE, where, "one reference a part"))
        else:
            covered.add(part)
    if strays:
        where = f"{SIGNATURE}/SignedInfo/Reference[{strays[0]}]"
        expected = "the Body, Timestamp or token of this message"
        raise _Broken(Finding(FindingCode.SIGNATURE_TARGET, where, expected))
    for part, code in _UNCOVERED.items():
        if part in policy.covered and part not in covered:
            raise _Broken(Finding(code, f"{SIGNATURE}/SignedInfo", f"a reference to {part}"))
    return frozenset(covered)


def _judge_digest(places: Layout, reference: Reference) -> None:
    element = places.ids[reference.id][0]
    octets = canonical(element, reference.prefixes)
    where = f"{SIGNATURE}/SignedInfo/Reference[{reference.number}]"
    if digest(octets, names.DIGEST_METHODS[reference.method]) != reference.value:
        seen = str(places.part_of(element))
        expected = "the digest of what was signed"
        raise _Broken(Finding(FindingCode.DIGEST_WRONG, where, expected, seen))
    types = _types(element)
    if types and types != _signed_types(octets):
        expected = "namespaces of xsi:type within what is signed"
        raise _Broken(Finding(FindingCode.NAMESPACE_NOT_SIGNED, where, expected))


def _signed_types(octets: bytes) -> list[tuple[str, str | None]] | None:
    try:
        return _types(xml.parse(octets))
    except xml.Refused:  # canonical bytes may be longer than a message may be
        return None


def _types(element: "_Element") -> list[tuple[str, str | None]]:
    """Every ``xsi:type`` with the namespace that its prefix stands for.

    Exclusive canonicalisation leaves out prefixes that stand in values only, so somebody in
    between could let them stand for something else ("The Curse of Namespaces", Jensen et al.).
    """
    found = []
    for each in _TYPED(element):
        named = each.get(_TYPE)
        if named is not None:
            prefix = named.strip(" \t\r\n").rpartition(":")[0]
            found.append((named, each.nsmap.get(prefix or None)))
    return found


def _judge_time(places: Layout, policy: Policy, now: datetime) -> Period:
    found = _right(period(places.child(names.TIMESTAMP)))
    finding = judge_period(found, policy, now)
    if finding is not None:
        raise _Broken(finding)
    return found


def _judge_name(body: "_Element", certificate: "Certificate", policy: Policy) -> None:
    if not policy.named_in:
        return
    signer = common_name(certificate)
    for element in body.iter():
        named = (element.text or "").strip(" \t\r\n")
        if local_name(str(element.tag)) == policy.named_in and named not in {"", signer}:
            expected = "the name of the signer's certificate"
            raise _Broken(
                Finding(FindingCode.SIGNER_NAME, f"Envelope/Body//{policy.named_in}", expected)
            )


def _judge_user(places: Layout, policy: Policy, now: datetime, seen: Seen | None) -> None:
    if policy.credentials is None:
        return
    element = places.child(names.USERNAME_TOKEN)
    finding, once = judge_username(element, policy.credentials, policy, now)
    if finding is not None:
        raise _Broken(finding)
    if once is not None:
        _judge_replay(*once, policy, now, seen)


def _judge_replay(
    value: bytes, created: datetime, policy: Policy, now: datetime, seen: Seen | None
) -> None:
    fresh_since = now - timedelta(seconds=policy.max_age + policy.skew)
    if seen is not None and not seen.add(value, created, fresh_since=fresh_since):
        raise _Broken(Finding(FindingCode.MESSAGE_REPLAYED, PLACE, "a message that is new"))
