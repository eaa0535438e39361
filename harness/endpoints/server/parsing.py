"""From bytes to requests: limits first, and nothing that two parties could read differently.

Rules: RFC 9112 sections 3, 5, 6, 7 and 11.2 (smuggling). What httptools (llhttp, strict) refuses is
refused; besides, a body has exactly one framing, ``chunked`` is the only transfer coding, HTTP/1.1
needs exactly one Host, and every size has its limit. After a refusal the connection must end.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import cast

import httptools

from harness.classes import dataclass
from harness.endpoints.server.limits import ServerLimits


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """One whole request.

    Attributes:
        method: as received.
        target: request target, as received; usually a path with its query.
        headers: header fields in order, decoded as ISO 8859-1.
        body: without transfer coding.
        keep_alive: the caller wants to use the connection further.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    keep_alive: bool

    def header(self, name: str) -> str | None:
        """The first field of this name, given in lower case; ``None`` when absent."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def __repr__(self) -> str:
        return f"<Received {self.method}, {len(self.body)} bytes>"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Bytes that are answered with a status and a sentence, and the end of the connection."""

    status: int
    text: str


class Phase(Enum):
    """What a caller is sending."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()


class _Refused(Exception):
    """Carries a refusal out of a callback of the parser; never leaves this module."""


MALFORMED = Refusal(400, "This is not a well-formed HTTP/1.1 request.")
_STEP = 16 * 1024
"""Bytes given to the parser at a time; limits are looked at in between."""
_HEAD_TOO_LARGE = "The header fields are larger than {} bytes, or more than {}."
_BODY_TOO_LARGE = "The body is larger than {} bytes."


class RequestReader:
    """Reads the requests of one connection.

    ``feed`` calls ``arrived`` for every whole request, in order, and once at most for a refusal,
    after which nothing more is read.
    """

    def __init__(self, limits: ServerLimits, arrived: Callable[[Received | Refusal], None]) -> None:
        self._limits, self._arrived = limits, arrived
        self._parser = httptools.HttpRequestParser(self)
        self._refusal: Refusal | None = None
        self.phase = Phase.IDLE
        self.over = False
        """Nothing more is read: refused, or the caller announced its last request."""
        self.expects_continue = False
        """The caller waits for ``100 Continue`` before it sends the body."""
        self._since_progress = 0
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._head_bytes = 0
        self._pieces: list[bytes] = []
        self._body_bytes = 0

    def feed(self, data: bytes) -> None:
        """Read on."""
        step = min(_STEP, self._limits.max_header_bytes)
        for start in range(0, len(data), step):
            if self.over:
                return
            self._feed(data[start : start + step])

    def _feed(self, data: bytes) -> None:
        self._since_progress += len(data)
        while data and not self.over:
            try:
                self._parser.feed_data(data)
                data = b""
            except httptools.HttpParserUpgrade as upgrade:
                data = self._without_offer() + data[cast("int", upgrade.args[0]) :]
            except (httptools.HttpParserError, _Refused):
                self._refuse(self._refusal or MALFORMED)
        if self.phase is not Phase.IDLE and self._since_progress > self._limits.max_header_bytes:
            self._refuse(self._head_too_large())

    def _without_offer(self) -> bytes:
        """The head of a request that offers to change protocols, without the offer.

        Java's client offers HTTP/2 with every first request. The offer may be passed over (RFC 9110
        section 7.8); the parser, however, stops at the head and leaves the body unread.
        """
        kept = [each for each in self._headers if each[0].lower() != "upgrade"]
        lines = [f"{self._method()} {self._target.decode('latin-1')} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in kept]
        self._parser = httptools.HttpRequestParser(self)
        self._begin()
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _method(self) -> str:
        return self._parser.get_method().decode("latin-1")

    def _refuse(self, refusal: Refusal) -> None:
        if not self.over:
            self.over = True
            self._arrived(refusal)

    def _raise(self, refusal: Refusal) -> None:
        self._refusal = refusal
        raise _Refused

    def _head_too_large(self) -> Refusal:
        limits = self._limits
        text = _HEAD_TOO_LARGE.format(limits.max_header_bytes, limits.max_headers)
        return Refusal(431, text)

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        """A request begins."""
        self.phase = Phase.HEAD

    def on_url(self, piece: bytes) -> None:
        """A piece of the request target."""
        self._target += piece
        self._count(len(piece))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field; behind the body a trailer, which is counted and thrown away."""
        self._count(len(name) + len(value))
        if self.phase is Phase.HEAD:
            self._headers.append((name.decode("latin-1"), value.decode("latin-1")))
            if len(self._headers) > self._limits.max_headers:
                self._raise(self._head_too_large())

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._limits.max_header_bytes:
            self._raise(self._head_too_large())

    def on_headers_complete(self) -> None:
        """The head is whole: is the request one that can be read on?"""
        self._since_progress = 0
        self.phase = Phase.BODY
        version = self._parser.get_http_version()
        names = [name.lower() for name, _ in self._headers]
        if version not in {"1.0", "1.1"} or self._parser.get_method() == b"CONNECT":
            self._raise(Refusal(400, "Only plain HTTP/1.1 requests are answered here."))
        if names.count("host") > 1 or (version == "1.1" and "host" not in names):
            self._raise(Refusal(400, "An HTTP/1.1 request has exactly one Host (RFC 9112, 3.2)."))
        self._check_framing(version)
        self._check_expectation(names, version)

    def _check_framing(self, version: str) -> None:
        codings = [value for name, value in self._headers if name.lower() == "transfer-encoding"]
        lengths = [value for name, value in self._headers if name.lower() == "content-length"]
        if codings and (lengths or version == "1.0" or len(codings) > 1):
            self._raise(Refusal(400, "A body has exactly one framing (RFC 9112, 6.3)."))
        if codings and codings[0].strip().lower() != "chunked":
            self._raise(Refusal(400, "The only transfer coding understood is chunked."))
        if lengths and int(lengths[0]) > self._limits.max_body_bytes:
            self._raise(self._body_too_large())

    def _check_expectation(self, names: list[str], version: str) -> None:
        if "expect" not in names or version == "1.0":
            return
        expected = {
            value.strip().lower() for name, value in self._headers if name.lower() == "expect"
        }
        if expected != {"100-continue"}:
            self._raise(Refusal(417, "The only expectation that can be met is 100-continue."))
        self.expects_continue = True

    def _body_too_large(self) -> Refusal:
        return Refusal(413, _BODY_TOO_LARGE.format(self._limits.max_body_bytes))

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        self._since_progress = 0
        self.expects_continue = False
        self._body_bytes += len(piece)
        if self._body_bytes > self._limits.max_body_bytes:
            self._raise(self._body_too_large())
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """A request is whole, unless the parser stopped at an offer to change protocols."""
        if self._parser.should_upgrade():
            return
        keep_alive = self._parser.should_keep_alive()
        received = Received(
            self._method(),
            self._target.decode("latin-1"),
            tuple(self._headers),
            b"".join(self._pieces),
            keep_alive,
        )
        self.phase = Phase.IDLE
        self.expects_continue = False
        self._since_progress = 0
        self._begin()
        self._arrived(received)
        self.over = not keep_alive
