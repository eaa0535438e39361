"""Signs an envelope: bytes in, the bytes that are sent out.

WS-Security 1.0 with the X.509 token profile, as the account's policy of 2014 demands it: Body and
Timestamp signed, the certificate in a BinarySecurityToken, referred to directly, exclusive
canonicalisation. The message is serialised once, after signing; whoever changes one of these bytes,
white space included, breaks the signature.
"""

import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from harness import xml
from harness.classes import dataclass
from harness.errors import HarnessError
from harness.exchange.findings import Finding, FindingCode
from harness.exchange.security import names, username
from harness.exchange.security.canonical import canonical, digest
from harness.exchange.security.clock import written
from harness.exchange.security.keys import Identity
from harness.exchange.security.names import Algorithm, Part, ds, wsse, wsu
from harness.exchange.security.username import UsernameToken
from harness.exchange.soap import NAMES
from harness.exchange.soap import Names as SoapNames
from harness.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from lxml.etree import _Element

ORDER: Final = ("token", "signature", "timestamp", "username")
"""What stands in the Security header, in the order of a message of production use."""
COVERED: Final = (Part.TIMESTAMP, Part.BODY)
_SOAP = {each.envelope: each for each in NAMES.values()}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - what the account accepts; noted as weak
    "sha256": hashes.SHA256(),
}


class NotSignable(HarnessError):
    """An envelope that cannot be signed."""


def _random() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Signing:
    """How messages are signed.

    Attributes:
        algorithm: of signature and digests.
        covered: parts that are signed, in the order of the references.
        ttl: seconds from Created to Expires; 0 writes no Expires.
        must_understand: ``mustUnderstand`` of the Security header; ``None`` leaves it out.
        order: ``token``, ``signature``, ``timestamp`` and ``username`` as they stand.
        first: whether the Security header goes before other headers.
        prefixes: InclusiveNamespaces list of every canonicalisation.
        ids: makes the random part of an id.
    """

    algorithm: Algorithm = Algorithm.RSA_SHA1
    covered: tuple[Part, ...] = COVERED
    ttl: float = 60.0
    must_understand: bool | None = True
    order: tuple[str, ...] = ORDER
    first: bool = True
    prefixes: tuple[str, ...] = ()
    ids: Callable[[], str] = field(default=_random, repr=False, compare=False)

    def __post_init__(self) -> None:
        if sorted(self.order) != sorted(ORDER):
            raise NotSignable(f"The order of the Security header names {', '.join(ORDER)}, once.")
        known = {Part.BODY, Part.TIMESTAMP, Part.TOKEN, Part.USERNAME}
        if not set(self.covered) <= known or len(set(self.covered)) != len(self.covered):
            raise NotSignable("A signature covers Body, Timestamp, token or UsernameToken, once.")
        if not self.covered:
            raise NotSignable("A signature covers something.", todo="Name Body and Timestamp.")

    def warnings(self) -> tuple[Finding, ...]:
        """Notes on what is signed this way."""
        if self.algorithm is Algorithm.RSA_SHA256:
            return ()
        return (Finding(FindingCode.WEAK_ALGORITHM, "", Algorithm.RSA_SHA256, self.algorithm),)


ACCOUNT: Final = Signing()
"""As the account takes it."""
MODERN: Final = Signing(algorithm=Algorithm.RSA_SHA256)
"""As any other service should."""


def sign(
    data: bytes,
    identity: Identity | None,
    settings: Signing,
    now: datetime,
    *,
    user: UsernameToken | None = None,
    limits: Limits = DEFAULT,
) -> bytes:
    """The signed message: exactly these bytes are sent.

    Args:
        data: an envelope of either version of SOAP, without a Security header.
        identity: who signs; ``None`` writes Timestamp and UsernameToken only.
        settings: how.
        now: written as Created.
        user: UsernameToken to write besides.
        limits: what the message may cost.

    Raises:
        NotSignable: no envelope, or one that has a Security header already.
    """
    root, header, body = _opened(data, limits)
    security = _security(root, header, settings)
    made: dict[str, _Element] = {}
    made["timestamp"] = _timestamp(security, settings, now)
    if user is not None:
        made["username"] = username.write(security, user, now, f"UT-{settings.ids()}")
    if identity is not None:
        made["token"] = _token(security, identity, settings)
        made["signature"] = etree.SubElement(security, names.SIGNATURE, nsmap={"ds": names.DS})
    for name in settings.order:
        if name in made:
            security.append(made[name])
    if identity is not None:
        _fill(made, body, identity, settings)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _opened(data: bytes, limits: Limits) -> "tuple[_Element, _Element, _Element]":
    """Envelope, Header and Body of a message, the Header made where there was none."""
    try:
        parsed = xml.parse(data, limits)
    except xml.Refused as refused:
        raise NotSignable(f"What is to be signed is no message: {refused.what}") from None
    soap = _SOAP.get(str(parsed.tag))
    if soap is None or not len(parsed) or parsed[-1].tag != soap.body:
        raise NotSignable("What is to be signed is no SOAP envelope with a Body.")
    if parsed.find(f".//{names.SECURITY}") is not None:
        raise NotSignable("The message has a Security header already.", todo="Sign it once, last.")
    if len(parsed) > 2 or (len(parsed) == 2 and parsed[0].tag != soap.header):
        raise NotSignable("An envelope is a Header, which may be missing, and a Body.")
    root = _with_prefix(parsed)
    if len(root) == 1:
        root.insert(0, etree.Element(soap.header))
    return root, root[0], root[-1]


def _with_prefix(parsed: "_Element") -> "_Element":
    """The envelope with a prefix for ids, so that Body gets no invented one."""
    known = dict(parsed.nsmap)
    if "wsu" in known or names.WSU in known.values():
        return parsed
    root = etree.Element(parsed.tag, dict(parsed.attrib), nsmap={**known, "wsu": names.WSU})
    root.text = parsed.text
    root.extend(list(parsed))
    return root


def _security(root: "_Element", header: "_Element", settings: Signing) -> "_Element":
    soap: SoapNames = _SOAP[str(root.tag)]
    security = etree.Element(names.SECURITY, nsmap={"wsse": names.WSSE})
    header.insert(0 if settings.first else len(header), security)
    if settings.must_understand is not None:
        security.set(soap.must_understand, "1" if settings.must_understand else "0")
    return security


def _timestamp(security: "_Element", settings: Signing, now: datetime) -> "_Element":
    found = etree.SubElement(security, names.TIMESTAMP, {names.WSU_ID: f"TS-{settings.ids()}"})
    etree.SubElement(found, wsu("Created")).text = written(now)
    if settings.ttl:
        etree.SubElement(found, wsu("Expires")).text = written(
            now + timedelta(seconds=settings.ttl)
        )
    return found


def _token(security: "_Element", identity: Identity, settings: Signing) -> "_Element":
    attributes = {
        "EncodingType": names.BASE64,
        "ValueType": names.X509_V3,
        names.WSU_ID: f"X509-{settings.ids()}",
    }
    token = etree.SubElement(security, names.TOKEN, attributes)
    token.text = _written(identity.certificate)
    return token


@lru_cache(maxsize=16)
def _written(certificate: "Certificate") -> str:
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()


def _fill(
    made: "dict[str, _Element]", body: "_Element", identity: Identity, settings: Signing
) -> None:
    """SignedInfo, SignatureValue and KeyInfo of the signature that stands at its place."""
    if body.get(names.WSU_ID) is None:
        body.set(names.WSU_ID, f"id-{settings.ids()}")
    parts = {
        Part.BODY: body,
        Part.TIMESTAMP: made["timestamp"],
        Part.TOKEN: made["token"],
        Part.USERNAME: made.get("username"),
    }
    signature = made["signature"]
    signature.set("Id", f"SIG-{settings.ids()}")
    method, digest_method, hash_name = names.WRITTEN[settings.algorithm]
    info = etree.SubElement(signature, ds("SignedInfo"))
    _canonicalised(info, "CanonicalizationMethod", settings.prefixes)
    etree.SubElement(info, ds("SignatureMethod"), {"Algorithm": method})
    for part in settings.covered:
        covered = parts[part]
        if covered is None:
            raise NotSignable("The signature is to cover a UsernameToken, and there is none.")
        reference = etree.SubElement(
            info, ds("Reference"), {"URI": f"#{covered.get(names.WSU_ID)}"}
        )
        _canonicalised(
            etree.SubElement(reference, ds("Transforms")), "Transform", settings.prefixes
        )
        etree.SubElement(reference, ds("DigestMethod"), {"Algorithm": digest_method})
        octets = digest(canonical(covered, settings.prefixes), hash_name)
        etree.SubElement(reference, ds("DigestValue")).text = b64encode(octets).decode()
    signed = identity.key.sign(canonical(info, settings.prefixes), PKCS1v15(), _HASHES[hash_name])
    etree.SubElement(signature, ds("SignatureValue")).text = b64encode(signed).decode()
    _key_info(signature, str(made["token"].get(names.WSU_ID)))


def _canonicalised(parent: "_Element", local: str, prefixes: tuple[str, ...]) -> None:
    element = etree.SubElement(parent, ds(local), {"Algorithm": names.EXCLUSIVE})
    if prefixes:
        listed = {"PrefixList": " ".join(prefixes)}
        tag = f"{{{names.EXCLUSIVE}}}InclusiveNamespaces"
        etree.SubElement(element, tag, listed, nsmap={"ec": names.EXCLUSIVE})


def _key_info(signature: "_Element", token_id: str) -> None:
    """X.509 token profile 1.1 section 3.2.1: a direct reference to the token."""
    info = etree.SubElement(signature, ds("KeyInfo"))
    reference = etree.SubElement(info, wsse("SecurityTokenReference"))
    attributes = {"URI": f"#{token_id}", "ValueType": names.X509_V3}
    etree.SubElement(reference, wsse("Reference"), attributes)
