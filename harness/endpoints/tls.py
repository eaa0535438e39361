"""TLS as every call uses it: 1.2 or newer, verified, nothing taken from the environment."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from harness.errors import ConfigError


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Files of one endpoint's TLS.

    Attributes:
        ca_file: PEM file of what is trusted instead of the public authorities: a certificate
            authority, or the server's own certificate.
        client_cert: PEM file of the certificate chain we present.
        client_key: PEM file of its unencrypted key; empty when it is in the same file.
    """

    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None


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
    if settings.client_cert is not None:
        _load_client(made, settings.client_cert, settings.client_key, where)
    elif settings.client_key is not None:
        raise ConfigError("client_key is given without client_cert", where=where)
    return made


def _load_authorities(made: ssl.SSLContext, path: Path, where: str) -> None:
    try:
        made.load_verify_locations(cafile=path)
    except OSError as error:
        raise _unusable("ca_file", path, error, where) from None


def _load_client(made: ssl.SSLContext, cert: Path, key: Path | None, where: str) -> None:
    def no_password() -> str:
        raise ConfigError(
            f"the key of {cert.name} is encrypted",
            where=where,
            todo="Give a key file without a password that only you may read.",
        )

    try:
        made.load_cert_chain(cert, key, password=no_password)
    except OSError as error:
        raise _unusable("client_cert or client_key", cert, error, where) from None


def _unusable(option: str, path: Path, error: OSError, where: str) -> ConfigError:
    reason = error.strerror if error.filename or error.errno in {2, 13, 21} else "not a PEM file"
    if isinstance(error, ssl.SSLError):
        reason = "no usable PEM certificate or key, or the two do not belong together"
    return ConfigError(f"{option} {str(path)!r} cannot be used: {reason}", where=where)
