"""Who signed: the token's certificate, its key, and whether either is to be trusted."""

from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification

from harness.exchange.findings import Finding, FindingCode
from harness.exchange.message import Signer
from harness.exchange.security.keys import common_name
from harness.exchange.security.layout import PLACE
from harness.exchange.security.policy import Policy, Trust

TOKEN = f"{PLACE}/BinarySecurityToken"
MAX_CERTIFICATE = 32 * 1024
"""Bytes of a certificate; strangers' certificates are remembered, so they are bounded."""
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - what the account signs with; noted as weak
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def certificate_of(der: bytes) -> x509.Certificate | None:
    """The X.509 certificate in a token; ``None`` when it is none, or absurdly large."""
    return _parsed(der) if len(der) <= MAX_CERTIFICATE else None


@lru_cache(maxsize=256)
def _parsed(der: bytes) -> x509.Certificate | None:
    try:
        found = x509.load_der_x509_certificate(der)
        found.public_key()
    except Exception:  # noqa: BLE001 - whatever the parser says of a stranger's octets
        return None
    return found


def is_signed(key: RSAPublicKey, value: bytes, data: bytes, hash_name: str) -> bool:
    """Whether the holder of a key signed exactly these octets (RSASSA-PKCS1-v1_5)."""
    try:
        key.verify(value, data, PKCS1v15(), _HASHES[hash_name])
    except (InvalidSignature, ValueError):  # ValueError: the key is shorter than the digest
        return False
    return True


def key_of(certificate: x509.Certificate, policy: Policy) -> RSAPublicKey | Finding:
    """The public key of a certificate, if it may be used for signatures."""
    key = _public_key(certificate)
    if not isinstance(key, RSAPublicKey):
        return Finding(FindingCode.ALGORITHM_REFUSED, TOKEN, "an RSA key")
    if key.key_size < policy.min_key_bits:
        expected = f"an RSA key of {policy.min_key_bits} bits or more"
        return Finding(FindingCode.ALGORITHM_REFUSED, TOKEN, expected, f"{key.key_size} bits")
    return key


@lru_cache(maxsize=256)
def _public_key(certificate: x509.Certificate) -> object:
    """Always the same object: what a key has worked out for its first signature, it keeps."""
    return certificate.public_key()


def judge_signer(certificate: x509.Certificate, trust: Trust, now: datetime) -> Finding | None:
    """What is wrong with a signer: validity, trust, name."""
    since, end = _validity(certificate)
    if not since <= now <= end:
        until = end.date().isoformat()
        return Finding(FindingCode.SIGNER_EXPIRED, TOKEN, "a valid certificate", f"until {until}")
    if not _may_sign(certificate):
        return Finding(FindingCode.SIGNER_UNTRUSTED, TOKEN, "key usage digitalSignature")
    if not _is_trusted(certificate, trust, now):
        expected = "a pinned certificate" if trust.pins else "a chain to a trusted authority"
        return Finding(FindingCode.SIGNER_UNTRUSTED, TOKEN, expected)
    if trust.name and common_name(certificate) != trust.name:
        return Finding(FindingCode.SIGNER_NAME, TOKEN, "the name in the endpoint's entry")
    return None


@lru_cache(maxsize=256)
def _validity(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate's DER, lower-case hex: what a pin is written as."""
    return certificate.fingerprint(hashes.SHA256()).hex()


@lru_cache(maxsize=256)
def signer_of(certificate: x509.Certificate) -> Signer:
    """Who a certificate says that somebody is, for those who need no certificate."""
    return Signer(common_name(certificate), fingerprint(certificate))


@lru_cache(maxsize=256)
def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
    return usage.digital_signature or usage.content_commitment


def _is_trusted(certificate: x509.Certificate, trust: Trust, now: datetime) -> bool:
    if trust.pins:
        return fingerprint(certificate) in trust.pins
    if certificate in trust.anchors:
        return True
    return _is_chained(certificate.public_bytes(Encoding.DER), trust, _minute(now))


def _minute(now: datetime) -> datetime:
    """Chains are built once a minute, not once a message."""
    return now.replace(second=0, microsecond=0)


@lru_cache(maxsize=256)
def _is_chained(der: bytes, trust: Trust, now: datetime) -> bool:
    """RFC 5280 path validation; a signer needs no host name, an authority its basicConstraints."""
    certificate = certificate_of(der)
    if certificate is None or not trust.anchors:
        return False
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(list(trust.anchors)))
        .time(now)
        .extension_policies(
            ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(),
            ee_policy=verification.ExtensionPolicy.permit_all(),
        )
        .build_client_verifier()
    )
    try:
        verifier.verify(certificate, list(trust.intermediates))
    except (verification.VerificationError, ValueError):
        return False
    return True
