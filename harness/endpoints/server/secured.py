"""TLS of the server: 1.2 or newer, its certificate, and callers' certificates where demanded."""

import ssl
from pathlib import Path

from harness import files
from harness.errors import ConfigError


def server_context(cert: Path, key: Path | None, client_ca: Path | None) -> ssl.SSLContext:
    """A server-side context.

    Args:
        cert: PEM file of the certificate chain shown to callers.
        key: PEM file of its unencrypted key; ``None`` when it is in the same file.
        client_ca: PEM file of what callers' certificates must be issued by, or the certificates
            themselves; ``None`` asks callers for none.

    Raises:
        ConfigError: a file cannot be used.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2

    def no_password() -> str:
        raise ConfigError(
            f"the key of {cert.name} is encrypted",
            where="--key",
            todo="Give a key file without a password that only you may read.",
        )

    try:
        for file in (cert, key):
            if file is not None:
                files.check(file)  # OpenSSL would wait for a pipe
        made.load_cert_chain(cert, key, password=no_password)
    except OSError as error:
        raise _unusable("--cert and --key", cert, error) from None
    if client_ca is not None:
        made.verify_mode = ssl.CERT_REQUIRED
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            files.check(client_ca)
            made.load_verify_locations(cafile=client_ca)
        except OSError as error:
            raise _unusable("--client-ca", client_ca, error) from None
    return made


def _unusable(option: str, path: Path, error: OSError) -> ConfigError:
    reason = error.strerror or "cannot be read"
    if isinstance(error, ssl.SSLError):
        reason = "no usable PEM certificate or key, or the two do not belong together"
    return ConfigError(f"{str(path)!r} cannot be used: {reason}", where=option)
