"""Certificates, keys and messages of now: other implementations look at the real clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.exchange.security.keys import Identity


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs and whom they trust.

    Attributes:
        authority: PEM file of the certificate that issued both others.
        supplier: PEM file with key and certificate of a supplier.
        account: the same of the account.
        identity: the supplier's, as we use it.
    """

    authority: Path
    supplier: Path
    account: Path
    identity: Identity


def signers(folder: Path, supplier: str) -> Signers:
    """An authority and two signers, valid for a day.

    Args:
        folder: where their files go.
        supplier: CN of the supplier's certificate.
    """
    folder.mkdir(exist_ok=True)
    authority = _issued("Testi CA", None)
    own, account = _issued(supplier, authority), _issued("tili.example", authority)
    return Signers(
        _written(folder / "authority.pem", authority.certificate),
        _written(folder / "supplier.pem", own.certificate, own.key),
        _written(folder / "account.pem", account.certificate, account.key),
        own,
    )


def _issued(name: str, issuer: Identity | None) -> Identity:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    above = issuer.key if issuer else key
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False
        )
        .add_extension(_usage(ca=issuer is None), critical=True)
    )
    return Identity(builder.sign(above, hashes.SHA256()), key)


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _written(
    path: Path, certificate: x509.Certificate, key: rsa.RSAPrivateKey | None = None
) -> Path:
    parts = [certificate.public_bytes(Encoding.PEM)]
    if key is not None:
        parts = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), *parts]
    path.write_bytes(b"".join(parts))
    return path
