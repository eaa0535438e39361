"""Time stamps over bytes: RFC 3161, asked for and checked.

Rules kept here:

* a time stamp counts when it is granted, is over exactly these bytes (SHA-256), and is signed by a
  certificate for time stamping that one of the authorities trusted here has issued, valid at the
  stamped time (RFC 3161 sections 2.3 and 2.4.2);
* in answer to a request it has to hold the request's nonce as well;
* whatever is wrong with one is :class:`~harness.errors.IntegrityBroken`, never another exception.

``rfc3161-client`` is an extra, and imported when the first stamp is asked for or checked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness import files
from harness.classes import dataclass
from harness.errors import ConfigError, IntegrityBroken
from harness.limits import DEFAULT

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
MAX_REPLY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a time stamp.

    Attributes:
        query: as it is sent.
        nonce: a number that the answer has to repeat.
    """

    query: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that was checked.

    Attributes:
        at: when the bytes existed at the latest, UTC, as the authority says.
        by: subject of the certificate that signed it.
        serial: number that the authority gave it.
    """

    at: datetime
    by: str
    serial: int


def asked_for(data: bytes) -> Asked:
    """The request for a time stamp over some bytes; they are not part of it.

    Raises:
        ConfigError: the extra is not installed.
    """
    with _installed():
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - extra
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    assert request.nonce is not None
    return Asked(request.as_bytes(), request.nonce)


def checked(reply: bytes, data: bytes, authority: Path, nonce: int | None = None) -> Stamp:
    """What a time stamp says of some bytes.

    Args:
        reply: the authority's answer, as it was sent.
        data: the bytes.
        authority: PEM file of whose time stamps count.
        nonce: of the request, when this is the answer to it.

    Raises:
        ConfigError: the extra is not installed, or the file holds no certificates.
        IntegrityBroken: it is no time stamp over these bytes by such an authority.
    """
    with _installed():
        from rfc3161_client import VerifierBuilder, decode_timestamp_response  # noqa: PLC0415 - extra
    roots = _certificates(authority)
    try:
        if len(reply) > MAX_REPLY_BYTES:
            raise ValueError("endless")  # noqa: TRY301 - told as everything that is none
        response = decode_timestamp_response(reply)
        verifier = VerifierBuilder(roots=roots, nonce=nonce).build()
        verifier.verify_message(response, data)
        info, signer = response.tst_info, _signer(response)
        return Stamp(info.gen_time.astimezone(UTC), signer, info.serial_number)
    except Exception as error:  # noqa: BLE001 - the library raises what its parsers raise
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise IntegrityBroken(
            f"this is no time stamp over the checkpoint by an authority that counts: {reason}",
            todo="Compare [ledger.timestamp] authority with whom the stamp is from.",
        ) from None


def _signer(response: "TimeStampResponse") -> str:
    """Subject of the one certificate that the signature names."""
    from cryptography import x509  # noqa: PLC0415 - slow, seldom needed

    (named,) = response.signed_data.signer_infos
    held = [x509.load_der_x509_certificate(each) for each in response.signed_data.certificates]
    (found,) = [
        each
        for each in held
        if (each.issuer, each.serial_number) == (named.issuer, named.serial_number)
    ]
    return found.subject.rfc4514_string()


def _certificates(authority: Path) -> "list[Certificate]":
    from cryptography import x509  # noqa: PLC0415 - slow, seldom needed

    try:
        return x509.load_pem_x509_certificates(files.read(authority, DEFAULT.max_config_bytes))
    except (OSError, ValueError):
        raise ConfigError(
            "this file of time stamp authorities cannot be used",
            where=str(authority),
            todo="Name a PEM file of their certificates as [ledger.timestamp] authority.",
        ) from None


@contextmanager
def _installed() -> Iterator[None]:
    """Say what is missing.

    Raises:
        ConfigError: the extra is not installed.
    """
    try:
        yield
    except ImportError:
        raise ConfigError(
            "time stamps need rfc3161-client, which is not installed",
            todo="Run pip install 'connection-harness[timestamp]'.",
        ) from None
