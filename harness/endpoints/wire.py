"""The last metre below ``requests``: sockets whose every wait ends, headers under a ceiling.

``requests`` and ``urllib3`` bound single waits, never a whole call, and read header and chunk
lines of any length. Here every resolve, connect, handshake, send and receive gets what is left
of the call's deadline, so neither a header drip nor a body drip can outlast it. No thread
watches: the limit is set before each wait.

A call announces itself through a context variable, because ``urllib3`` makes its connections
itself. Without an announced call nothing is contacted.
"""

import io
import ipaddress
import queue
import re
import socket
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import field
from hashlib import sha256
from http.client import HTTPException, HTTPResponse
from ssl import SSLContext, SSLSocket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from harness.classes import dataclass
from harness.endpoints import tunnel
from harness.endpoints.hosts import Target, refused_address
from harness.exchange.messages import ProblemCode
from harness.limits import Limits

_LINE = 16 * 1024
"""Longest status, header, chunk-size or trailer line, in bytes."""
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
"""Size of a chunk and its extensions (RFC 9112 section 7.1)."""
_END = b"\r\n"
_GRACE = 0.05
"""Seconds in which a peer told to close after its answer is expected to have closed."""


class Stopped(OSError):
    """The wire ended a call for a reason it knows; never leaves this room."""

    def __init__(self, code: ProblemCode, detail: str = "") -> None:
        super().__init__(str(code))
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class Call:
    """One call in progress and what became known of the peer."""

    target: Target
    limits: Limits
    ends: float
    """Moment of the deadline, on ``time.monotonic``."""
    pinned: str = ""
    """SHA-256 of the only certificate that is accepted, lower-case hex; empty for any trusted."""
    peer: str = ""
    fingerprint: str = ""
    connected: bool = False
    reader: "Reader | None" = field(default=None)

    def patience(self, usual: float) -> float:
        """Seconds that the next wait may take: the usual, or less when the deadline is near.

        Raises:
            Stopped: the deadline has passed.
        """
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Stopped(ProblemCode.DEADLINE)
        return min(usual, left)

    def expired(self) -> bool:
        """True when the deadline has passed."""
        return time.monotonic() >= self.ends

    def silence(self) -> Stopped:
        """What a wait that ran out means: the peer was silent, or the whole call took too long."""
        if self.expired():
            return Stopped(ProblemCode.DEADLINE)
        code = ProblemCode.READ_TIMEOUT if self.connected else ProblemCode.CONNECT_TIMEOUT
        return Stopped(code)

    def met(self, sock: socket.socket) -> None:
        """Note that the connection, TLS included, has come about, and with which certificate.

        Raises:
            Stopped: the certificate is not the pinned one.
        """
        if isinstance(sock, SSLSocket):
            self.fingerprint = sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
            if self.pinned and self.fingerprint != self.pinned:
                raise Stopped(ProblemCode.TLS_UNTRUSTED, "another certificate than the pinned one")
        self.connected = True

    def left_over(self) -> bool:
        """True when the peer sent more than its answer's announced end."""
        if self.reader is None:
            return False
        return self.reader.has_more()

    def close(self) -> None:
        """Let go of the answer's socket."""
        if self.reader is not None:
            self.reader.let_go()


CURRENT: ContextVar[Call] = ContextVar("call")


class _Timed(io.RawIOBase):
    """A socket's bytes, each wait within the call's deadline."""

    def __init__(self, call: Call, sock: socket.socket, held: io.BufferedReader) -> None:
        super().__init__()
        self._call, self._sock, self._held = call, sock, held

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._call.patience(self._call.limits.read))
        try:
            return self._sock.recv_into(buffer)
        except TimeoutError:
            raise self._call.silence() from None

    def soon(self) -> None:
        """From now on wait only the moment a closing peer needs."""
        self._call.ends = min(self._call.ends, time.monotonic() + _GRACE)

    def close(self) -> None:
        if not self.closed:
            self._held.close()
        super().close()


class Reader(io.BufferedReader):
    """What ``http.client`` reads an answer from: bounded lines, and a tail that can be looked at.

    ``http.client`` closes its file when it has read what Content-Length announced; ``close`` does
    nothing here, so that a longer body is noticed. ``let_go`` closes.
    """

    def __init__(self, call: Call, sock: socket.socket, held: io.BufferedReader) -> None:
        self._timed = _Timed(call, sock, held)
        super().__init__(self._timed, buffer_size=16 * 1024)
        self._head_left = call.limits.max_header_bytes
        self._in_head = True
        self._begun = False
        self._chunk: int | None = None
        """Bytes that are left of the chunk under way; nothing while the next one's size is due.

        Of the last chunk, which has none, this stays: trailers follow, and no line end.
        """

    def readline(self, _size: int | None = -1, /) -> bytes:
        """One line of head, chunk size or trailer.

        Raises:
            HTTPException: it is too long, or all lines of the head together are.
            Stopped: the peer closed within it; ``http.client`` would take that for its end.
        """
        line = super().readline(_LINE + 1)
        self._head_left -= len(line) if self._in_head else 0
        if len(line) > _LINE or self._head_left < 0:
            raise HTTPException("head too large")
        if not line.endswith(b"\n") and (self._begun or line.startswith(b"HTTP/")):
            raise Stopped(ProblemCode.TRUNCATED, "cut within the head or between chunks")
        self._begun = True
        if not self._in_head:
            self._begin_chunk(line)
        return line

    def _begin_chunk(self, line: bytes) -> None:
        """Take a line for the size of a chunk, unless those of trailers have begun."""
        if self._chunk is not None:
            return
        found = _CHUNK.fullmatch(line)
        if found is None:
            raise HTTPException("no size of a chunk")
        self._chunk = int(found[1], 16)

    def read(self, size: int | None = -1, /) -> bytes:
        """Bytes of the body; where chunks are read, also the line end behind each.

        Raises:
            HTTPException: something else stands behind a chunk; ``urllib3`` would pass over it.
        """
        data = super().read(size)
        if self._chunk:
            self._chunk -= len(data)
        elif self._chunk == 0 and size == len(_END):
            if not _END.startswith(data):
                raise HTTPException("no line end behind a chunk")
            self._chunk = None
        return data

    def end_head(self) -> None:
        """The head is read: from now on lines are chunk sizes, bounded by the body's ceiling."""
        self._in_head = False

    def has_more(self) -> bool:
        """True when there is a byte beyond the answer; waits only a moment for the peer's end."""
        self._timed.soon()
        try:
            return bool(self.read(1))
        except OSError:
            return False

    def close(self) -> None:
        """Nothing: see the class."""

    def let_go(self) -> None:
        """Close for good."""
        super().close()


class _Response(HTTPResponse):
    """An answer read through a ``Reader``."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        call = CURRENT.get()
        self._reader = Reader(call, sock, self.fp)
        self.fp = call.reader = self._reader

    def begin(self) -> None:
        """Read the head; ``http.client`` passes over 100 only, so that the others are left to us.

        RFC 9110 section 15.2: interim answers nobody asked for may be passed over. 101 is none.
        """
        super().begin()
        while 101 < self.status < 200:
            self.__dict__["headers"] = None  # or ``begin`` would take them for read already
            super().begin()
        self._reader.end_head()


def _resolve(host: str, port: int, patience: float) -> list[str]:
    """Addresses of ``host``; the system's resolver knows no deadline, so it runs aside."""
    if _is_literal(host):
        return [host]
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answers.put(error)
        else:
            answers.put([str(info[4][0]) for info in found])

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=patience)
    except queue.Empty:
        raise Stopped(ProblemCode.DNS, "no answer in time") from None
    if isinstance(answer, list):
        return answer
    raise Stopped(ProblemCode.DNS)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def connected(call: Call) -> socket.socket:
    """A TCP connection to the call's target, to the first of its addresses that answers.

    Raises:
        Stopped: no address answered, or one of them may not be contacted.
    """
    by = time.monotonic() + call.limits.connect
    target = call.target
    host, port = target.via.host or target.host, target.via.port or target.port
    if target.via.proxy:
        proxy, _, proxy_port = target.via.proxy.rpartition(":")
        sock = _reached(call, by, proxy.strip("[]"), int(proxy_port))
        return _tunnelled(call, by, sock, host, port)
    return _reached(call, by, host, port, refused_address)


def _tunnelled(call: Call, by: float, sock: socket.socket, host: str, port: int) -> socket.socket:
    """The connection through a proxy; the proxy is the peer that is known."""
    why = "the proxy closed the connection"
    try:
        why = tunnel.refusal(sock, host, port, lambda: _until(call, by))
    except TimeoutError:
        why = "the proxy did not answer in time"
    except OSError:
        pass
    if why:
        sock.close()
        raise Stopped(ProblemCode.PROXY, why)
    return sock


def _reached(
    call: Call,
    by: float,
    host: str,
    port: int,
    refused: Callable[[str, Target], str] = lambda _address, _target: "",
) -> socket.socket:
    """A connection to the first address of a host that answers; ``refused`` says why not to."""
    addresses = _resolve(host, port, call.patience(call.limits.connect))
    for address in addresses:
        reason = refused(address, call.target)
        if reason:
            raise Stopped(ProblemCode.FORBIDDEN_HOST, reason)
    failure: OSError = Stopped(ProblemCode.DNS)
    for address in addresses:
        try:
            sock = socket.create_connection((address, port), _until(call, by))
        except TimeoutError:
            failure = call.silence()
        except OSError as error:
            failure = error
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(_until(call, by))
            shown = f"[{address}]" if ":" in address else address
            call.peer = f"{shown}:{port}"
            return sock
    raise failure


def _until(call: Call, by: float) -> float:
    """Seconds until ``by`` or the deadline; never 0, which would mean not to wait at all."""
    return max(call.patience(by - time.monotonic()), 0.001)


class _Plain(HTTPConnection):
    """A connection that lives within its call."""

    response_class = _Response
    debuglevel = 0  # own attribute: http.client would print whole messages when it is raised

    def _new_conn(self) -> socket.socket:
        return connected(CURRENT.get())

    def connect(self) -> None:
        super().connect()
        CURRENT.get().met(self.sock)

    def send(self, data: Any) -> None:
        _send_within_deadline(self, super().send, data)


class _Tls(HTTPSConnection):
    """The same over TLS; the handshake has what is left of the connect limit."""

    response_class = _Response
    debuglevel = 0

    def _new_conn(self) -> socket.socket:
        return connected(CURRENT.get())

    def connect(self) -> None:
        super().connect()
        sock = self.sock
        assert sock is not None
        CURRENT.get().met(sock)

    def send(self, data: Any) -> None:
        _send_within_deadline(self, super().send, data)


def _send_within_deadline(connection: _Plain | _Tls, send: Any, data: Any) -> None:
    """Send; ``sendall`` itself keeps to one timeout for all its bytes."""
    call = CURRENT.get()
    if connection.sock is None:
        connection.connect()
    sock = connection.sock
    assert sock is not None
    sock.settimeout(call.patience(call.limits.deadline))
    try:
        send(data)
    except TimeoutError:
        raise call.silence() from None


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class WireAdapter(HTTPAdapter):
    """The ``requests`` adapter over these connections. Verification is the context's business."""

    def __init__(self, context: SSLContext | None, server_name: str = "") -> None:
        """Prepare.

        Args:
            context: of ``tls.context``; needed for https.
            server_name: asked for and verified in TLS instead of the URL's host.
        """
        self._context, self._server_name = context, server_name
        super().__init__(max_retries=0)

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002 - the signature of requests
        **pool_kwargs: Any,
    ) -> None:
        """A pool of our connections, with our TLS context."""
        if self._server_name:
            pool_kwargs["server_hostname"] = self._server_name
        self.poolmanager = PoolManager(
            connections, maxsize=maxsize, block=block, ssl_context=self._context, **pool_kwargs
        )
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing to add: requests would trust the public authorities beside a pinned one."""
