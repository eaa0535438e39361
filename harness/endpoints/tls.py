"""TLS as every call uses it: 1.2 or newer, verified, nothing taken from the environment."""

import os
import secrets
import ssl
import tempfile
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from harness import files
from harness.classes import dataclass
from harness.errors import ConfigError
from harness.limits import DEFAULT

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Files of one endpoint's TLS.

    Attributes:
        ca_file: PEM file of what is trusted instead of the public authorities: a certificate
            authority, or the server's own certificate.
        client_cert: PEM file of the certificate chain we present.
        client_key: PEM file of its key; empty when it is in the same file.
        client_p12: PKCS #12 file with certificate, chain and key, instead of the two.
        password: of the key or of the PKCS #12 file.
        server_name: asked for and verified instead of the URL's host.
        fingerprint: SHA-256 of the only certificate that is accepted, lower-case hex.
    """

    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    client_p12: Path | None = None
    password: str | None = field(default=None, repr=False)
    server_name: str = ""
    fingerprint: str = ""


def context(settings: TlsSettings, *, where: str = "") -> ssl.SSLContext:
    """A client context that verifies chain and host name.

    ``ssl.create_default_context`` is not used: it obeys SSLKEYLOGFILE, and OpenSSL's default
    store obeys SSL_CERT_FILE.

    Raises:
        ConfigError: a file cannot be read or is not what it should be.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.ca_file is None:
        made.load_verify_locations(cafile=DEFAULT_CA_BUNDLE_PATH)
    else:
        # The account's clients pin the server's own certificate, which signs nothing.
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        _load_authorities(made, settings.ca_file, where)
    if settings.client_p12 is not None:
        if settings.client_cert or settings.client_key:
            raise ConfigError(
                "client_p12 takes the place of client_cert and client_key", where=where
            )
        _load_client_p12(made, settings.client_p12, settings.password, where)
    elif settings.client_cert is not None:
        _load_client(made, settings, where)
    elif settings.client_key is not None:
        raise ConfigError("client_key is given without client_cert", where=where)
    return made


def _load_authorities(made: ssl.SSLContext, path: Path, where: str) -> None:
    try:
        files.check(path)  # OpenSSL would wait for a pipe
        made.load_verify_locations(cafile=path)
    except OSError as error:
        raise _unusable("ca_file", path, error, where) from None


def _load_client(made: ssl.SSLContext, settings: TlsSettings, where: str) -> None:
    cert = settings.client_cert
    assert cert is not None

    def password() -> str:
        if settings.password is None:
            raise ConfigError(
                f"the key of {cert.name} is encrypted",
                where=where,
                todo="Name its password with client_password, or give a key without one.",
            )
        return settings.password

    try:
        for file in (cert, settings.client_key):
            if file is not None:
                files.check(file)
        made.load_cert_chain(cert, settings.client_key, password=password)
    except OSError as error:
        raise _unusable("client_cert or client_key", cert, error, where) from None


def _load_client_p12(made: ssl.SSLContext, path: Path, password: str | None, where: str) -> None:
    """OpenSSL reads files only: the key passes through one that nobody else can open or use."""
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - rarely needed
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
    )

    bundle = _opened(path, password, where)
    assert bundle.key is not None
    assert bundle.cert is not None
    once = secrets.token_bytes(32)
    pkcs8 = bundle.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(once)
    )
    chain = [bundle.cert, *bundle.additional_certs]
    certificates = [each.certificate.public_bytes(Encoding.PEM) for each in chain]
    handle, name = tempfile.mkstemp(suffix=".pem")  # readable by its owner only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"".join([pkcs8, *certificates]))
        made.load_cert_chain(name, password=once)
    except OSError as error:
        raise _unusable("client_p12", path, error, where) from None
    finally:
        Path(name).unlink()


def _opened(path: Path, password: str | None, where: str) -> "PKCS12KeyAndCertificates":
    """A PKCS #12 file with a certificate and its key.

    Raises:
        ConfigError: it is none, or has another password.
    """
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415 - rarely needed

    try:
        data = files.read(path, DEFAULT.max_config_bytes)
        bundle = pkcs12.load_pkcs12(data, password.encode() if password else None)
    except OSError as error:
        raise _unusable("client_p12", path, error, where) from None
    except (ValueError, TypeError):
        raise ConfigError(
            f"client_p12 {str(path)!r} cannot be used: it is no PKCS #12 file, or has another "
            "password",
            where=where,
            todo="Name the right password with client_password.",
        ) from None
    if bundle.key is None or bundle.cert is None:
        raise ConfigError(f"client_p12 {str(path)!r} has no certificate with a key", where=where)
    return bundle


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate that we present.

    Attributes:
        common_name: CN of its subject; empty when it has none.
        since, until: its validity, UTC.
    """

    common_name: str
    since: "datetime"
    until: "datetime"


def client_certificate(settings: TlsSettings, *, where: str = "") -> ClientCertificate | None:
    """What our own certificate says, or None when none is configured.

    Raises:
        ConfigError: it cannot be read.
    """
    from cryptography import x509  # noqa: PLC0415 - rarely needed

    if settings.client_p12 is not None:
        held = _opened(settings.client_p12, settings.password, where).cert
        assert held is not None
        found = held.certificate
    elif settings.client_cert is not None:
        try:
            data = files.read(settings.client_cert, DEFAULT.max_config_bytes)
            found = x509.load_pem_x509_certificates(data)[0]
        except OSError as error:
            raise _unusable("client_cert", settings.client_cert, error, where) from None
        except ValueError:
            wrong = ssl.SSLError("no certificate")
            raise _unusable("client_cert", settings.client_cert, wrong, where) from None
    else:
        return None
    names = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    common_name = str(names[0].value) if names else ""
    return ClientCertificate(common_name, found.not_valid_before_utc, found.not_valid_after_utc)


def _unusable(option: str, path: Path, error: OSError, where: str) -> ConfigError:
    reason = error.strerror if error.filename or error.errno in {2, 13, 21} else "not a PEM file"
    if isinstance(error, ssl.SSLError):
        reason = "no usable PEM certificate or key, or the two do not belong together"
    return ConfigError(f"{option} {str(path)!r} cannot be used: {reason}", where=where)
