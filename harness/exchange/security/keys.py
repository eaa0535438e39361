"""Keys and certificates: read once from PEM or PKCS #12, then objects.

Parsing a key takes longer than signing with it, so an ``Identity`` is made once and kept.
"""

from dataclasses import field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from harness import files
from harness.classes import dataclass
from harness.errors import ConfigError

_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs: a certificate and its key. Shows neither.

    Attributes:
        certificate: X.509 version 3; goes into the message.
        key: its RSA key.
    """

    certificate: x509.Certificate = field(repr=False)
    key: RSAPrivateKey = field(repr=False, compare=False)

    @property
    def common_name(self) -> str:
        """CN of the certificate's subject; empty when it has none."""
        return common_name(self.certificate)


def common_name(certificate: x509.Certificate) -> str:
    """CN of a certificate's subject; empty when it has none."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def from_pem(
    certificate: Path, key: Path | None = None, *, password: str | None = None, where: str = ""
) -> Identity:
    """An identity of PEM files.

    Args:
        certificate: file of the certificate; the first one in it is used.
        key: file of its key; ``None`` when it is in the same file.
        password: of the key.
        where: place that an error names, such as an entry of harness.toml.

    Raises:
        ConfigError: a file cannot be read, is not what it should be, or they do not belong
            together.
    """
    found = certificates(certificate, where=where)[0]
    path = key or certificate
    try:
        loaded = load_pem_private_key(
            _read(path, where), password.encode() if password is not None else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(
            f"{path.name} holds no PEM key that can be used with this password",
            where=where,
            todo="Name the file of the private key, and its password if it has one.",
        ) from None
    return _belonging(found, loaded, path, where)


def from_pkcs12(path: Path, *, password: str | None = None, where: str = "") -> Identity:
    """The identity of a PKCS #12 file.

    Raises:
        ConfigError: it cannot be read, has another password, or lacks certificate or key.
    """
    data = _read(path, where)
    try:
        bundle = pkcs12.load_pkcs12(data, password.encode() if password is not None else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(
            f"{path.name} is no PKCS #12 file, or has another password", where=where
        ) from None
    if bundle.cert is None or bundle.key is None:
        raise ConfigError(f"{path.name} has no certificate with a key", where=where)
    return _belonging(bundle.cert.certificate, bundle.key, path, where)


def certificates(path: Path, *, where: str = "") -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM file, at least one.

    Raises:
        ConfigError: it cannot be read or holds none.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(_read(path, where)))
    except ValueError:
        raise ConfigError(f"{path.name} holds no PEM certificate", where=where) from None


def _belonging(certificate: x509.Certificate, key: object, path: Path, where: str) -> Identity:
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(
            f"the key of {path.name} is not an RSA key",
            where=where,
            todo="The services that demand signed messages take RSA keys of 2048 bits or more.",
        )
    if key.public_key() != certificate.public_key():
        raise ConfigError(f"the key of {path.name} belongs to another certificate", where=where)
    return Identity(certificate, key)


def _read(path: Path, where: str) -> bytes:
    try:
        return files.read(path, _MAX_BYTES)[:_MAX_BYTES]
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read: {error.strerror}", where=where) from None
