"""The one seam where exceptions of requests, urllib3, http.client and ssl become problem codes."""

import errno
import socket
import ssl
from collections.abc import Iterator
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected

import requests
import urllib3.exceptions

from harness.endpoints.coding import NotDecoded
from harness.endpoints.wire import Call, Stopped
from harness.exchange.messages import Problem, ProblemCode

FOREIGN = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
    NotDecoded,
)
"""Everything that the peer's behaviour can make the client libraries raise."""

# X509_V_ERR_* of OpenSSL: not yet valid, expired; host name mismatch, address mismatch.
_EXPIRED = {9, 10}
_OTHER_NAME = {62, 64}
_TLS_REASONS = {
    "WRONG_VERSION_NUMBER": ProblemCode.TLS_NOT_TLS,
    "HTTP_REQUEST": ProblemCode.TLS_NOT_TLS,
    "UNKNOWN_PROTOCOL": ProblemCode.TLS_NOT_TLS,
    "PACKET_LENGTH_TOO_LONG": ProblemCode.TLS_NOT_TLS,
    "RECORD_LAYER_FAILURE": ProblemCode.TLS_NOT_TLS,
    "UNSUPPORTED_PROTOCOL": ProblemCode.TLS_VERSION,
    "NO_PROTOCOLS_AVAILABLE": ProblemCode.TLS_VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": ProblemCode.TLS_VERSION,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": ProblemCode.TLS_CLIENT_CERT,
    "SSLV3_ALERT_BAD_CERTIFICATE": ProblemCode.TLS_CLIENT_CERT,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": ProblemCode.TLS_CLIENT_CERT,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": ProblemCode.TLS_CLIENT_CERT,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": ProblemCode.TLS_CLIENT_CERT,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": ProblemCode.TLS_CLIENT_CERT,
    "TLSV1_ALERT_ACCESS_DENIED": ProblemCode.TLS_CLIENT_CERT,
    "TLSV1_ALERT_UNKNOWN_CA": ProblemCode.TLS_CLIENT_CERT,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ProblemCode.TLS_CLIENT_CERT,
}
_TLS_ALERT = ("\x15\x03", "\x16\x03")
_CUT_CHUNK = ("Response ended prematurely",)
_KINDS: tuple[tuple[type[BaseException], ProblemCode], ...] = (
    (RemoteDisconnected, ProblemCode.CLOSED_EARLY),
    (urllib3.exceptions.InvalidChunkLength, ProblemCode.HTTP_MALFORMED),
    (IncompleteRead, ProblemCode.TRUNCATED),
    (ConnectionRefusedError, ProblemCode.REFUSED),
    (socket.gaierror, ProblemCode.DNS),
    (urllib3.exceptions.NameResolutionError, ProblemCode.DNS),
)
_RESET = {errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EACCES}


def problem_of(error: BaseException, call: Call, *, head_read: bool) -> Problem:
    """What an exception of the client libraries says of the peer.

    Args:
        error: one of ``FOREIGN``; its texts are never used, they may quote the peer.
        call: the call that it ended.
        head_read: status and headers had been read.
    """
    causes = list(_causes(error))
    for known in causes:
        if isinstance(known, Stopped | NotDecoded):
            return Problem(known.code, known.detail)
    if call.expired():
        return Problem(ProblemCode.DEADLINE)
    for cause in causes:
        code = _code(cause, head_read=head_read)
        if code is not None:
            return Problem(code)
    if any(isinstance(cause, _TIMEOUTS) for cause in causes):
        return Problem(call.silence().code)
    # What is left is an answer that some library refused to read.
    return Problem(ProblemCode.HTTP_MALFORMED if call.connected else ProblemCode.UNREACHABLE)


_TIMEOUTS = (TimeoutError, urllib3.exceptions.TimeoutError, requests.Timeout)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything it wraps, the innermost first."""
    seen: dict[int, BaseException] = {}
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen[id(one)] = one
        waiting += [one.__context__, one.__cause__, getattr(one, "reason", None), *one.args]
    yield from reversed(seen.values())


def _code(cause: BaseException, *, head_read: bool) -> ProblemCode | None:
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ProblemCode.TRUNCATED if head_read else ProblemCode.CLOSED_EARLY
    if isinstance(cause, ssl.SSLError):
        return _tls(cause)
    for kind, code in _KINDS:
        if isinstance(cause, kind):
            return code
    if isinstance(cause, OSError):
        return _system(cause, head_read=head_read)
    if isinstance(cause, BadStatusLine) and str(cause.args[0]).startswith(_TLS_ALERT):
        return ProblemCode.TLS_NOT_TLS
    cut = isinstance(cause, urllib3.exceptions.ProtocolError) and cause.args == _CUT_CHUNK
    return ProblemCode.TRUNCATED if cut else None


def _system(error: OSError, *, head_read: bool) -> ProblemCode | None:
    if error.errno in _RESET:
        return ProblemCode.TRUNCATED if head_read else ProblemCode.RESET
    return ProblemCode.UNREACHABLE if error.errno in _UNREACHABLE else None


def _tls(error: ssl.SSLError) -> ProblemCode:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    return _TLS_REASONS.get(error.reason or "", ProblemCode.TLS_OTHER)


def _certificate(error: ssl.SSLCertVerificationError) -> ProblemCode:
    if error.verify_code in _EXPIRED:
        return ProblemCode.TLS_EXPIRED
    if error.verify_code in _OTHER_NAME:
        return ProblemCode.TLS_NAME
    return ProblemCode.TLS_UNTRUSTED
