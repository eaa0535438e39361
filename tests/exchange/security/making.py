"""Keys, certificates and signed messages for the tests of signatures; made once a run."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from harness import xml
from harness.exchange.security.keys import Identity
from harness.exchange.security.policy import Policy, Trust
from harness.exchange.security.referee import Verification, verify
from harness.exchange.security.replay import Seen
from harness.exchange.security.signing import MODERN, Signing, sign
from harness.exchange.soap import SoapVersion

NOW = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
SOAP_11 = SoapVersion.SOAP_11.namespace
SOAP_12 = SoapVersion.SOAP_12.namespace
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
WSU_ID = f"{{{WSU}}}Id"
Tree = etree._Element

PLAIN = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{SOAP_11}">'
    '<soap:Body><Kysely xmlns="urn:test:service"><Nimi>Äiti €\U0001d11e</Nimi>'
    "<Maara>10</Maara><Osa>a &amp; b</Osa></Kysely></soap:Body></soap:Envelope>"
).encode()
PLAIN_12 = PLAIN.replace(SOAP_11.encode(), SOAP_12.encode())


@cache
def key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    del name
    return rsa.generate_private_key(65537, bits)


@cache
def authority() -> Identity:
    return certified("Testi CA", issuer=None, ca=True)


@cache
def certified(
    name: str,
    *,
    issuer: Any = authority,
    ca: bool = False,
    days: tuple[int, int] = (-30, 300),
    bits: int = 2048,
    usage: bool = True,
) -> Identity:
    """A certificate of a name, issued by the authority, by another one, or by itself."""
    own = key(name, bits)
    above = issuer() if issuer else None
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    parent = above.key if above else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.public_key()),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=usage,
                content_commitment=False,
                key_encipherment=not usage,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    return Identity(builder.sign(parent, hashes.SHA256()), own)


def signer() -> Identity:
    return certified("toimittaja.example")


@cache
def trusting(**changes: Any) -> Policy:
    """The policy most tests use: the authority is trusted."""
    return Policy(**{"trust": Trust(anchors=(authority().certificate,)), **changes})


@cache
def signed(data: bytes = PLAIN, settings: Signing = MODERN) -> bytes:
    return sign(data, signer(), settings, NOW)


def tree(data: bytes | None = None) -> Tree:
    return xml.parse(signed() if data is None else data)


def octets(root: Tree) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def judged(
    data: bytes | Tree,
    policy: Policy | None = None,
    *,
    at: datetime = NOW,
    seen: Seen | None = None,
) -> Verification:
    """The referee's word on bytes; a tree is written first, as an attacker would send it."""
    sent = data if isinstance(data, bytes) else octets(data)
    return verify(sent, policy or trusting(), at, seen)


def codes(found: Verification) -> list[str]:
    return [finding.code for finding in found.findings]


def place(root: Tree, local: str) -> Tree:
    """The first element of a local name."""
    return next(each for each in root.iter() if etree.QName(each).localname == local)
