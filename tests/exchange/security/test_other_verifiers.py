"""Cross-checked with signxml: what we sign it accepts, what it signs we accept."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import InvalidDigest
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from harness.exchange.findings import FindingCode
from harness.exchange.security.signing import ACCOUNT, MODERN, Signing
from tests.exchange.security import making
from tests.exchange.security.making import DS, NOW, PLAIN, SOAP_11, WSSE, WSU, codes, judged, octets

EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
PATH = f"./{{{SOAP_11}}}Header/{{{WSSE}}}Security/"
TOKEN_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0"
MESSAGE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0"


def their_verdict(data: bytes, references: int = 2) -> list[str]:
    """The tags that signxml says are signed."""
    configuration = SignatureConfiguration(
        location=PATH,
        expect_references=references,
        signature_methods=frozenset(SignatureMethod),
        digest_algorithms=frozenset(DigestAlgorithm),
    )
    found = XMLVerifier().verify(
        etree.fromstring(data),
        x509_cert=making.signer().certificate,
        expect_config=configuration,
        id_attribute="Id",
        validate_schema=False,
    )
    assert isinstance(found, list)
    elements = [each.signed_xml for each in found]
    return [etree.QName(each).localname for each in elements if each is not None]


@pytest.mark.parametrize(
    "settings",
    [MODERN, ACCOUNT, Signing(prefixes=("soap", "wsu")), Signing(prefixes=("#default", "soap"))],
    ids=["sha256", "sha1", "prefixes", "default-prefix"],
)
def test_what_we_sign_they_accept(settings: Signing) -> None:
    assert their_verdict(making.signed(PLAIN, settings)) == ["Timestamp", "Body"]


def test_what_was_changed_they_refuse_too() -> None:
    with pytest.raises(InvalidDigest):
        their_verdict(making.signed().replace(b">10<", b">11<"))


def theirs(algorithm: str = "rsa-sha256", hash_name: str = "sha256") -> bytes:
    """A message that signxml signed."""
    root = making.tree(PLAIN)
    root[-1].set(f"{{{WSU}}}Id", "B-1")
    header = etree.Element(f"{{{SOAP_11}}}Header")
    root.insert(0, header)
    security = etree.SubElement(header, f"{{{WSSE}}}Security")
    token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken")
    token.set("ValueType", f"{TOKEN_PROFILE}#X509v3")
    token.set("EncodingType", f"{MESSAGE}#Base64Binary")
    token.set(f"{{{WSU}}}Id", "X509-1")
    token.text = b64encode(making.signer().certificate.public_bytes(Encoding.DER)).decode()
    stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp", {f"{{{WSU}}}Id": "TS-1"})
    etree.SubElement(stamp, f"{{{WSU}}}Created").text = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    info = etree.Element(f"{{{DS}}}KeyInfo")
    reference = etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference")
    etree.SubElement(reference, f"{{{WSSE}}}Reference", {"URI": "#X509-1"})
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=algorithm,
        digest_algorithm=hash_name,
        c14n_algorithm=EXCLUSIVE,
    )
    security.append(
        signer.sign(
            root,
            key=making.signer().key,
            reference_uri=["#TS-1", "#B-1", "#X509-1"],
            key_info=info,
            id_attribute="Id",
        )
    )
    return octets(root)


def test_what_they_sign_we_accept() -> None:
    found = judged(theirs())
    assert codes(found) == []
    assert {str(part) for part in found.covered} == {"Body", "Timestamp", "BinarySecurityToken"}


def test_what_they_sign_and_somebody_changed_we_refuse() -> None:
    assert codes(judged(theirs().replace(b">10<", b">11<"))) == [FindingCode.DIGEST_WRONG]
