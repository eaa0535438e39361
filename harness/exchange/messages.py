"""What goes over the wire, as values: request, answer, problem, exchange.

The ``repr`` of everything that holds a body shows its size and digest only, so that no traceback
or log can leak a message.
"""

from dataclasses import field
from enum import StrEnum
from hashlib import sha256

from harness.classes import dataclass

SOAP_11_CONTENT_TYPE = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True, repr=False)
class Body:
    """Raw bytes of one HTTP message body."""

    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, lower-case hex."""
        return sha256(self.data).hexdigest()

    def __repr__(self) -> str:
        return f"<{len(self.data)} bytes sha256:{self.digest[:8]}>"


@dataclass(frozen=True, slots=True)
class Request:
    """One SOAP request as it will be, or was, put on the wire.

    Attributes:
        operation: the operation of the contract that the sender means.
        soap_action: value of the SOAPAction header, without its quotation marks. SOAP 1.2 has no
            such header: there the action stands in the content type.
        body: the envelope, serialised once; exactly these bytes are sent.
        content_type: value of the Content-Type header; it decides whether SOAPAction is sent.
        patience: seconds that its answer may take, if less than the endpoint's deadline; 0 for
            that deadline.
    """

    operation: str
    soap_action: str
    body: Body
    content_type: str = SOAP_11_CONTENT_TYPE
    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, whatever it holds.

    Attributes:
        status: HTTP status code.
        headers: header fields in order, names as received.
        body: decoded body (content encodings undone under the byte ceiling).
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: Body

    def header(self, name: str) -> str | None:
        """The first field of this name, ignoring case; ``None`` when absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class ProblemCode(StrEnum):
    """Why there is no answer that could be judged. A closed list."""

    DNS = "dns"
    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect-timeout"
    READ_TIMEOUT = "read-timeout"
    DEADLINE = "deadline"
    CLOSED_EARLY = "closed-early"
    RESET = "reset"
    TRUNCATED = "truncated"
    HTTP_MALFORMED = "http-malformed"
    TOO_LARGE = "too-large"
    ENCODING = "encoding"
    REDIRECT = "redirect"
    TLS_UNTRUSTED = "tls:untrusted"
    TLS_NAME = "tls:name"
    TLS_EXPIRED = "tls:expired"
    TLS_VERSION = "tls:version"
    TLS_CLIENT_CERT = "tls:client-cert"
    TLS_NOT_TLS = "tls:not-tls"
    TLS_OTHER = "tls:other"
    PROXY = "proxy"
    FORBIDDEN_HOST = "forbidden-host"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Problem:
    """There is no answer to judge, and why. ``detail`` never holds text of the peer."""

    code: ProblemCode
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it: an answer or a problem, never both.

    Attributes:
        seconds: from the first byte sent to the last byte read.
        peer: ``host:port`` that answered; empty in process.
        fingerprint: SHA-256 of the peer's TLS certificate (DER), lower-case hex; empty without TLS.
    """

    request: Request
    outcome: Answer | Problem
    seconds: float = 0.0
    peer: str = ""
    fingerprint: str = field(default="")
