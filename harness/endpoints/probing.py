"""Looking at an endpoint's name, port and certificate one by one, before anything is sent.

The client says in one word why a call failed. Here each reason is looked for by itself, so that
one defect is named even when it hides another.
"""

import ssl
import time
from datetime import datetime
from hashlib import sha256

from cryptography import x509

from harness.classes import dataclass
from harness.endpoints.hosts import Target
from harness.endpoints.tls import TlsSettings, context
from harness.endpoints.wire import Call, Stopped, connected
from harness.exchange.messages import ProblemCode
from harness.limits import Limits

_IGNORING_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: expiry is looked at by itself."""
_ALERTS = ("ALERT", "CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE")


@dataclass(frozen=True, slots=True)
class Way:
    """A TCP connection that came about.

    Attributes:
        own: address of this machine that it was made from.
        peer: ``host:port`` that answered.
    """

    own: str
    peer: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The certificate a server showed.

    Attributes:
        fingerprint: SHA-256 of its DER form, lower-case hex.
        since, until: its validity, UTC.
        trusted: its chain ends at something we trust, times aside.
        named: it is for the name that was asked for.
    """

    fingerprint: str
    since: datetime
    until: datetime
    trusted: bool
    named: bool


def way(target: Target, limits: Limits) -> Way | Stopped:
    """Connect and hang up: which addresses talk to each other, or why none do."""
    call = Call(target, limits, time.monotonic() + limits.deadline)
    try:
        with connected(call) as sock:
            return Way(str(sock.getsockname()[0]), call.peer)
    except Stopped as stopped:
        return stopped
    except ConnectionRefusedError:
        return Stopped(ProblemCode.REFUSED)
    except OSError:
        return Stopped(ProblemCode.UNREACHABLE)


def shown(target: Target, limits: Limits, settings: TlsSettings) -> Shown | ProblemCode:
    """The certificate of a server and what is right about it, or why there is none.

    Raises:
        ConfigError: a file of the settings cannot be used.
    """
    name = settings.server_name or target.host
    seen = _handshake(target, limits, _accepting_all(), name)
    if isinstance(seen, ProblemCode):
        return seen
    certificate = x509.load_der_x509_certificate(seen)
    trusted = _handshake(target, limits, _timeless(settings, names=False), name)
    named = _handshake(target, limits, _timeless(settings, names=True), name)
    return Shown(
        sha256(seen).hexdigest(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        trusted=trusted is not ProblemCode.TLS_UNTRUSTED,
        named=named is not ProblemCode.TLS_NAME,
    )


def _accepting_all() -> ssl.SSLContext:
    """A context that only looks: nothing is ever sent through it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def _timeless(settings: TlsSettings, *, names: bool) -> ssl.SSLContext:
    """What calls trust, without a client certificate and without regard to time."""
    made = context(TlsSettings(ca_file=settings.ca_file))
    made.check_hostname = names
    made.verify_flags |= _IGNORING_TIME
    return made


def _handshake(
    target: Target, limits: Limits, tls: ssl.SSLContext, server_name: str
) -> bytes | ProblemCode:
    """The server's certificate (DER), or why the handshake failed."""
    call = Call(target, limits, time.monotonic() + limits.connect)
    try:
        with connected(call) as sock:
            sock.settimeout(call.patience(limits.connect))
            with tls.wrap_socket(sock, server_hostname=server_name) as secured:
                return secured.getpeercert(binary_form=True) or b""
    except ssl.SSLCertVerificationError as error:
        known = {62: ProblemCode.TLS_NAME, 64: ProblemCode.TLS_NAME}
        return known.get(error.verify_code, ProblemCode.TLS_UNTRUSTED)
    except ssl.SSLError as error:
        refused = any(word in (error.reason or "") for word in _ALERTS)
        return ProblemCode.TLS_CLIENT_CERT if refused else ProblemCode.TLS_NOT_TLS
    except Stopped as stopped:
        return stopped.code
    except TimeoutError:
        return ProblemCode.TLS_NOT_TLS
    except OSError:
        return ProblemCode.RESET
