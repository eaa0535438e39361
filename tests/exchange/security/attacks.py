"""The attack pack: messages that a careless verifier accepts, and the finding each must get.

Every attack starts from a message that a trusted signer made a moment ago, and changes what the
receiver would act on, or uses the signature for what it was not made for.
"""

import copy
import hmac
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from harness.exchange.findings import FindingCode
from harness.exchange.security import forging
from harness.exchange.security.canonical import canonical, digest
from harness.exchange.security.names import Algorithm, Part, Wrapping
from harness.exchange.security.policy import Policy, Trust
from harness.exchange.security.seal import Seal
from harness.exchange.security.signing import MODERN, Signing, sign
from tests.exchange.security import making
from tests.exchange.security.making import DS, NOW, PLAIN, WSSE, WSU_ID, Tree, octets, place

F = FindingCode
ENVELOPED: Final = f"{DS}enveloped-signature"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"


@dataclass(frozen=True)
class Attack:
    """A hostile message and the code it has to be refused with."""

    name: str
    make: Callable[[], bytes]
    code: str
    policy: Policy | None = None
    at: datetime = field(default=NOW)


ATTACKS: list[Attack] = []


def attack(name: str, code: str, **more: Any) -> Callable[[Callable[[], bytes]], None]:
    def kept(make: Callable[[], bytes]) -> None:
        ATTACKS.append(Attack(name, make, code, **more))

    return kept


def signed_by_hand(
    change: Callable[[Tree], None], *, resign: bool = True, data: bytes | None = None
) -> bytes:
    """A message whose SignedInfo was changed and signed by the right key all the same."""
    root = making.tree(data)
    change(root)
    if resign:
        info = place(root, "SignedInfo")
        made = making.signer().key.sign(canonical(info), PKCS1v15(), hashes.SHA256())
        place(root, "SignatureValue").text = b64encode(made).decode()
    return octets(root)


# -- wrapping: the signed part is still there, but not where it is read -------------------------


WRAPPED = {
    Wrapping.HEADER: F.SIGNATURE_TARGET,
    Wrapping.HEADER_ENTRY: F.SIGNATURE_TARGET,
    Wrapping.SECURITY: F.SIGNATURE_TARGET,
    Wrapping.OBJECT: F.SIGNATURE_STRUCTURE,
    Wrapping.KEY_INFO: F.TOKEN_REFERENCE,
    Wrapping.BODY: F.SIGNATURE_TARGET,
    Wrapping.TIMESTAMP: F.SIGNATURE_TARGET,
    Wrapping.SAME_ID: F.DUPLICATE_ID,
    Wrapping.ENVELOPE: F.SIGNATURE_PLACE,
    Wrapping.AFTER_BODY: F.ENVELOPE,
    Wrapping.BEFORE_HEADER: F.ENVELOPE,
}
ATTACKS += [
    Attack(f"wrapping: {shape}", partial(forging.wrapped, making.signed(), shape), code)
    for shape, code in WRAPPED.items()
]


def seal() -> Seal:
    """The signer of the messages that the pack starts from."""
    return Seal(making.signer(), MODERN, lambda: NOW)


@attack("wrapping: Security into a wrapper", F.SIGNATURE_PLACE)
def _() -> bytes:
    root = making.tree()
    forging.wrapper(root[0], place(root, "Security"))
    return octets(root)


@attack("wrapping: Signature out of Security", F.SIGNATURE_PLACE)
def _() -> bytes:
    root = making.tree()
    root[0].append(place(root, "Signature"))
    return octets(root)


@attack("wrapping: Security for another role", F.SIGNATURE_PLACE)
def _() -> bytes:
    root = making.tree()
    place(root, "Security").set(f"{{{making.SOAP_11}}}actor", "urn:joku:muu")
    return octets(root)


@attack("wrapping: second Security header", F.SIGNATURE_PLACE)
def _() -> bytes:
    root = making.tree()
    etree.SubElement(root[0], f"{{{WSSE}}}Security")
    return octets(root)


@attack("wrapping: second Signature", F.SIGNATURE_PLACE)
def _() -> bytes:
    root = making.tree()
    place(root, "Security").append(copy.deepcopy(place(root, "Signature")))
    return octets(root)


@attack("wrapping: Timestamp into a wrapper", F.TIMESTAMP)
def _() -> bytes:
    root = making.tree()
    forging.wrapper(place(root, "Security"), place(root, "Timestamp"))
    return octets(root)


@attack("wrapping: second Timestamp", F.TIMESTAMP, at=NOW + timedelta(hours=9))
def _() -> bytes:
    root = making.tree()
    stamp = copy.deepcopy(place(root, "Timestamp"))
    stamp.set(WSU_ID, "TS-evil")
    stamp[0].text, stamp[1].text = "2026-03-02T17:00:00Z", "2026-03-02T17:01:00Z"
    place(root, "Security").insert(0, stamp)
    return octets(root)


def void(_: object) -> None:
    """For functions whose result does not matter."""


# -- ids ----------------------------------------------------------------------------------------


@attack("duplicate id: same wsu:Id twice", F.DUPLICATE_ID)
def _() -> bytes:
    return forging.duplicated(making.signed())


@attack("duplicate id: same value as Id, ID, id or xml:id", F.DUPLICATE_ID)
def _() -> bytes:
    root = making.tree()
    etree.SubElement(root[0], "{urn:evil}Muu", {"ID": str(root[-1].get(WSU_ID))})
    return octets(root)


@attack("duplicate id: of the token", F.DUPLICATE_ID)
def _() -> bytes:
    root = making.tree()
    token = place(root, "BinarySecurityToken")
    place(root, "Security").insert(0, copy.deepcopy(token))
    return octets(root)


@attack("id moved to another element", F.SIGNATURE_TARGET)
def _() -> bytes:
    root = making.tree()
    place(root, "Nimi").set(WSU_ID, root[-1].attrib.pop(WSU_ID))
    return octets(root)


# -- what is signed -----------------------------------------------------------------------------


@attack("stripped: no Security header", F.NOT_SIGNED)
def _() -> bytes:
    return forging.unsigned(making.signed())


@attack("stripped: Signature removed", F.NOT_SIGNED)
def _() -> bytes:
    root = making.tree()
    place(root, "Security").remove(place(root, "Signature"))
    return octets(root)


@attack("stripped: commented out", F.NOT_SIGNED)
def _() -> bytes:
    data = making.signed()
    start, end = data.index(b"<ds:Signature "), data.index(b"</ds:Signature>") + 15
    return data[:start] + b"<!--" + data[start:end] + b"-->" + data[end:]


@attack("only Timestamp signed", F.BODY_NOT_SIGNED)
def _() -> bytes:
    return forging.timestamp_only(making.signed(), seal())


@attack("only Body signed", F.TIMESTAMP_NOT_SIGNED)
def _() -> bytes:
    return making.signed(PLAIN, Signing(Algorithm.RSA_SHA256, (Part.BODY,)))


@attack(
    "token not signed where it has to be",
    F.TOKEN_NOT_SIGNED,
    policy=making.trusting(covered=frozenset(Part) - {Part.USERNAME, Part.CONFIRMATION}),
)
def _() -> bytes:
    return making.signed()


@attack("Body exchanged", F.BODY_NOT_SIGNED)
def _() -> bytes:
    root = making.tree()
    info = place(root, "SignedInfo")
    body = root[-1]
    reference = next(e for e in info if e.get("URI") == f"#{body.get(WSU_ID)}")

    def change(other: Tree) -> None:
        found = place(other, "SignedInfo")
        found.remove(found[info.index(reference)])
        other.replace(other[-1], forging.another_body(other[-1], None))

    return signed_by_hand(change)


@attack("Body changed", F.DIGEST_WRONG)
def _() -> bytes:
    return forging.tampered(making.signed())


@attack("Timestamp changed", F.DIGEST_WRONG, at=NOW + timedelta(seconds=20))
def _() -> bytes:
    return making.signed().replace(b"T08:01:00.000Z", b"T08:01:59.000Z")


@attack("SignedInfo changed", F.SIGNATURE_WRONG)
def _() -> bytes:
    def change(root: Tree) -> None:
        root[-1][0][1].text = "1000000"
        reference = next(
            e for e in place(root, "SignedInfo") if e.get("URI") == f"#{root[-1].get(WSU_ID)}"
        )
        place(reference, "DigestValue").text = b64encode(
            digest(canonical(root[-1]), "sha256")
        ).decode()

    return signed_by_hand(change, resign=False)


@attack("comment injection: text of the digest", F.SIGNATURE_WRONG)
def _() -> bytes:
    data = making.signed()
    start = data.index(b"<ds:DigestValue>") + 16
    return data[:start] + b"AAAA<!-- -->" + data[start:]


@attack("comment injection: text of the Body", F.DIGEST_WRONG)
def _() -> bytes:
    return forging.commented(making.signed())


@attack("namespace injection: prefix bound anew", F.DIGEST_WRONG)
def _() -> bytes:
    return making.signed().replace(b'xmlns="urn:test:service"', b'xmlns="urn:test:evil"')


@attack("namespace injection: prefix of xsi:type", F.NAMESPACE_NOT_SIGNED)
def _() -> bytes:
    return forging.rebound(making.signed(), seal())


# -- keys ---------------------------------------------------------------------------------------


@attack("foreign key", F.SIGNER_UNTRUSTED)
def _() -> bytes:
    return forging.foreign(making.signed(), seal())


@attack("foreign key: issued by a signer", F.SIGNER_UNTRUSTED)
def _() -> bytes:
    return sign(PLAIN, making.certified("paha.example", issuer=making.signer), MODERN, NOW)


@attack(
    "foreign key: another pin",
    F.SIGNER_UNTRUSTED,
    policy=Policy(trust=Trust(pins=frozenset({"00" * 32}))),
)
def _() -> bytes:
    return making.signed()


@attack("foreign key: nobody is trusted", F.SIGNER_UNTRUSTED, policy=Policy())
def _() -> bytes:
    return making.signed()


@attack("foreign key: right certificate, other key", F.SIGNATURE_WRONG)
def _() -> bytes:
    root = making.tree()
    made = making.key("paha").sign(
        canonical(place(root, "SignedInfo")), PKCS1v15(), hashes.SHA256()
    )
    place(root, "SignatureValue").text = b64encode(made).decode()
    return octets(root)


@attack("certificate not for signatures", F.SIGNER_UNTRUSTED)
def _() -> bytes:
    return sign(PLAIN, making.certified("salaus.example", usage=False), MODERN, NOW)


@attack("expired certificate", F.SIGNER_EXPIRED)
def _() -> bytes:
    return sign(PLAIN, making.certified("vanha.example", days=(-300, -1)), MODERN, NOW)


@attack("certificate of the future", F.SIGNER_EXPIRED)
def _() -> bytes:
    return sign(PLAIN, making.certified("uusi.example", days=(1, 300)), MODERN, NOW)


@attack(
    "other name of certificate",
    F.SIGNER_NAME,
    policy=making.trusting(
        trust=Trust(anchors=(making.authority().certificate,), name="joku.muu.example")
    ),
)
def _() -> bytes:
    return making.signed()


@attack(
    "other name in the message",
    F.SIGNER_NAME,
    policy=making.trusting(named_in="SanomaVarmenneNimi"),
)
def _() -> bytes:
    return making.signed(
        PLAIN.replace(b"<Osa>", b"<SanomaVarmenneNimi>joku.muu</SanomaVarmenneNimi><Osa>")
    )


def _key_info(content: str) -> bytes:
    def change(root: Tree) -> None:
        info = place(root, "KeyInfo")
        for child in list(info):
            info.remove(child)
        if content:
            info.append(etree.fromstring(content))

    return signed_by_hand(change, resign=False)


@attack("key in message only: KeyValue", F.TOKEN_REFERENCE)
def _() -> bytes:
    return _key_info(
        f'<KeyValue xmlns="{DS}"><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent>'
        "</RSAKeyValue></KeyValue>"
    )


@attack("key in message only: X509Data", F.TOKEN_REFERENCE)
def _() -> bytes:
    return forging.own_key(making.signed(), seal())


@attack("key in message only: RetrievalMethod", F.TOKEN_REFERENCE)
def _() -> bytes:
    return _key_info(f'<RetrievalMethod xmlns="{DS}" URI="http://paha.example/avain"/>')


@attack("key in message only: nothing", F.TOKEN_REFERENCE)
def _() -> bytes:
    return _key_info("")


@attack("token outside of Security", F.TOKEN_REFERENCE)
def _() -> bytes:
    root = making.tree()
    root[0].append(place(root, "BinarySecurityToken"))
    return octets(root)


@attack("token that is no certificate", F.TOKEN_REFERENCE)
def _() -> bytes:
    root = making.tree()
    place(root, "BinarySecurityToken").text = "AQAB"
    return octets(root)


# -- algorithms ---------------------------------------------------------------------------------


def _algorithm(local: str, uri: str) -> bytes:
    return signed_by_hand(lambda root: place(root, local).set("Algorithm", uri))


@attack("refused algorithm: MD5 digest", F.ALGORITHM_REFUSED)
def _() -> bytes:
    return forging.weakly_digested(making.signed(), seal())


@attack("refused algorithm: RSA-MD5", F.ALGORITHM_REFUSED)
def _() -> bytes:
    return _algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5")


@attack("refused algorithm: none", F.ALGORITHM_REFUSED)
def _() -> bytes:
    return _algorithm("SignatureMethod", "none")


@attack(
    "refused algorithm: SHA-1 where it is not allowed",
    F.ALGORITHM_REFUSED,
    policy=making.trusting(
        signature_methods=frozenset({"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"})
    ),
)
def _() -> bytes:
    return making.signed(PLAIN, Signing())


@attack("refused algorithm: canonicalisation with comments", F.ALGORITHM_REFUSED)
def _() -> bytes:
    return _algorithm("CanonicalizationMethod", f"{EXCLUSIVE}WithComments")


@attack("refused algorithm: short key", F.ALGORITHM_REFUSED)
def _() -> bytes:
    return sign(PLAIN, making.certified("lyhyt.example", bits=1024), MODERN, NOW)


@attack("HMAC with the public key", F.SIGNATURE_HMAC)
def _() -> bytes:
    root = making.tree()
    place(root, "SignatureMethod").set("Algorithm", f"{DS}hmac-sha1")
    known = making.signer().certificate.public_bytes(Encoding.DER)
    made = hmac.digest(known, canonical(place(root, "SignedInfo")), "sha1")
    place(root, "SignatureValue").text = b64encode(made).decode()
    return octets(root)


@attack("HMAC truncation", F.SIGNATURE_HMAC)
def _() -> bytes:
    return forging.truncated(making.signed())


@attack("HMACOutputLength beside an RSA method", F.SIGNATURE_HMAC)
def _() -> bytes:
    root = making.tree()
    etree.SubElement(place(root, "SignatureMethod"), f"{{{DS}}}HMACOutputLength").text = "8"
    return octets(root)


# -- transforms ---------------------------------------------------------------------------------


def _transform(uri: str, content: str = "") -> bytes:
    def change(root: Tree) -> None:
        transforms = place(root, "Transforms")
        made = etree.Element(f"{{{DS}}}Transform", {"Algorithm": uri})
        if content:
            made.append(etree.fromstring(content))
        transforms.insert(0, made)

    return signed_by_hand(change)


@attack("forbidden transform: XPath", F.TRANSFORM_REFUSED)
def _() -> bytes:
    return forging.transformed(making.signed(), seal())


@attack("forbidden transform: XPath filter 2", F.TRANSFORM_REFUSED)
def _() -> bytes:
    uri = "http://www.w3.org/2002/06/xmldsig-filter2"
    return _transform(uri, f'<XPath xmlns="{uri}" Filter="subtract">//*</XPath>')


@attack("forbidden transform: XSLT", F.TRANSFORM_REFUSED)
def _() -> bytes:
    return _transform(
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        '<stylesheet xmlns="http://www.w3.org/1999/XSL/Transform" version="1.0"/>',
    )


@attack("forbidden transform: enveloped", F.TRANSFORM_REFUSED)
def _() -> bytes:
    return _transform(ENVELOPED)


@attack("forbidden transform: base64", F.TRANSFORM_REFUSED)
def _() -> bytes:
    return _transform(f"{DS}base64")


@attack("forbidden transform: exclusive twice", F.TRANSFORM_REFUSED)
def _() -> bytes:
    return _transform(EXCLUSIVE)


@attack("forbidden transform: none at all", F.TRANSFORM_REFUSED)
def _() -> bytes:
    return signed_by_hand(lambda root: place(root, "Reference").remove(place(root, "Transforms")))


def _uri(uri: str | None) -> bytes:
    def change(root: Tree) -> None:
        place(root, "Reference").attrib.pop("URI")
        if uri is not None:
            place(root, "Reference").set("URI", uri)

    return signed_by_hand(change)


@attack("reference to the whole document", F.SIGNATURE_TARGET)
def _() -> bytes:
    return _uri("")


@attack("reference without URI", F.SIGNATURE_TARGET)
def _() -> bytes:
    return _uri(None)


@attack("reference to another host", F.SIGNATURE_TARGET)
def _() -> bytes:
    return _uri("http://paha.example/sisalto")


@attack("reference by XPointer", F.SIGNATURE_TARGET)
def _() -> bytes:
    return _uri("#xpointer(/)")


@attack("reference to nothing", F.SIGNATURE_TARGET)
def _() -> bytes:
    return _uri("#ei-ole")


@attack("too many references", F.SIGNATURE_STRUCTURE)
def _() -> bytes:
    def change(root: Tree) -> None:
        info = place(root, "SignedInfo")
        info.extend(copy.deepcopy(info[-1]) for _ in range(1000))

    return signed_by_hand(change)


@attack("relative namespace name", F.SIGNATURE_STRUCTURE)
def _() -> bytes:
    return signed_by_hand(lambda root: void(etree.SubElement(root[-1], "{suhteellinen}a")))


# -- time ---------------------------------------------------------------------------------------


@attack("expired", F.MESSAGE_EXPIRED, at=NOW + timedelta(seconds=121))
def _() -> bytes:
    return making.signed()


@attack("expired: signed long ago", F.MESSAGE_EXPIRED)
def _() -> bytes:
    return forging.dated(making.signed(), seal(), -3600)


@attack("expired: holds for years", F.MESSAGE_EXPIRED, at=NOW + timedelta(hours=1))
def _() -> bytes:
    return making.signed(PLAIN, Signing(Algorithm.RSA_SHA256, ttl=1e9))


@attack("expired: without Expires", F.MESSAGE_EXPIRED, at=NOW + timedelta(hours=1))
def _() -> bytes:
    return making.signed(PLAIN, Signing(Algorithm.RSA_SHA256, ttl=0))


@attack("future", F.MESSAGE_FROM_THE_FUTURE, at=NOW - timedelta(seconds=61))
def _() -> bytes:
    return making.signed()


@attack("future: signed by a clock that is ahead", F.MESSAGE_FROM_THE_FUTURE)
def _() -> bytes:
    return forging.dated(making.signed(), seal(), 3600)


def _stamped(created: str, expires: str | None) -> bytes:
    def change(root: Tree) -> None:
        stamp = place(root, "Timestamp")
        stamp[0].text = created
        stamp[1].text = expires
        if expires is None:
            stamp.remove(stamp[1])
        reference = next(
            e for e in place(root, "SignedInfo") if e.get("URI") == f"#{stamp.get(WSU_ID)}"
        )
        value = b64encode(digest(canonical(stamp), "sha256")).decode()
        place(reference, "DigestValue").text = value

    return signed_by_hand(change)


@attack("Timestamp in local time", F.TIMESTAMP)
def _() -> bytes:
    return _stamped("2026-03-02T08:00:00", "2026-03-02T08:01:00")


@attack("Timestamp that ends before it begins", F.TIMESTAMP)
def _() -> bytes:
    return _stamped("2026-03-02T08:00:00Z", "2026-03-02T07:59:59Z")


@attack("Timestamp of no day", F.TIMESTAMP)
def _() -> bytes:
    return _stamped("2026-02-30T08:00:00Z", None)


@attack("SignedInfo with a tree below InclusiveNamespaces", F.SIGNATURE_STRUCTURE)
def _() -> bytes:
    def change(root: Tree) -> None:
        tag = f"{{{EXCLUSIVE}}}InclusiveNamespaces"
        listed = etree.SubElement(place(root, "CanonicalizationMethod"), tag, {"PrefixList": "a"})
        etree.SubElement(listed, "{urn:evil}Muu")

    return signed_by_hand(change)


@attack("SignedInfo with content in DigestMethod", F.SIGNATURE_STRUCTURE)
def _() -> bytes:
    return signed_by_hand(
        lambda root: void(etree.SubElement(place(root, "DigestMethod"), "{urn:evil}Muu"))
    )


@attack("token that is endless", F.TOKEN_REFERENCE)
def _() -> bytes:
    root = making.tree()
    place(root, "BinarySecurityToken").text = "AAAA" * 100_000
    return octets(root)


@attack("key that has another algorithm", F.ALGORITHM_REFUSED)
def _() -> bytes:
    own = ec.generate_private_key(ec.SECP256R1())
    subject = making.signer().certificate.subject
    made = (
        x509.CertificateBuilder(subject, subject, own.public_key(), 1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(own, hashes.SHA256())
    )
    root = making.tree()
    der = made.public_bytes(Encoding.DER)
    place(root, "BinarySecurityToken").text = b64encode(der).decode()
    return octets(root)
