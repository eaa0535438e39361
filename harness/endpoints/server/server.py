"""Listening: one socket, one event loop, one thread; in the foreground or behind a test.

The socket is bound first, so that addresses are known before anything is served at them.
"""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from hashlib import sha256
from types import TracebackType
from typing import Self, TypeVar

from harness.endpoints.hosts import is_loopback
from harness.endpoints.server.connection import Connection
from harness.endpoints.server.limits import DEFAULT_LIMITS, ServerLimits
from harness.endpoints.server.site import Site
from harness.errors import ConfigError

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
_BACKLOG = 256
_AT_ONCE = 64
"""Callers accepted before the others get their turn."""


def bind(
    address: str = LOOPBACK, port: int = 0, *, tls: bool = False, plain: bool = False
) -> socket.socket:
    """A listening socket.

    Args:
        address: an IP address of this machine, or ``localhost``.
        port: TCP port; 0 takes a free one.
        tls: TLS will be spoken on it.
        plain: plain HTTP may be spoken to other machines.

    Raises:
        ConfigError: it would be open to other machines without TLS, or cannot be had.
    """
    if not is_loopback(address) and not tls and not plain:
        raise ConfigError(
            f"{address} can be reached from other machines, and plain HTTP shows them everything",
            where="--listen",
            todo="Give --cert and --key, or --plain-http if the network is yours.",
        )
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(
            f"port {port} of {address[:60]} cannot be listened at: {reason}",
            where="--port and --listen",
            todo="Name a free port, or 0 for any; --listen takes an address of this machine.",
        ) from None


def base_url(listening: socket.socket, *, tls: bool = False, name: str = "") -> str:
    """``scheme://host:port`` under which callers reach a bound socket.

    Args:
        listening: as ``bind`` gave it.
        tls: TLS is spoken on it.
        name: host name to write instead of the address.
    """
    address, port = listening.getsockname()[:2]
    shown = name or {"0.0.0.0": LOOPBACK, "::": "::1"}.get(address, address)  # noqa: S104 - shown only
    shown = f"[{shown}]" if ":" in shown else shown
    return f"{'https' if tls else 'http'}://{shown}:{port}"


class Server:
    """Serves one site on one bound socket."""

    def __init__(
        self,
        listening: socket.socket,
        site: Site,
        *,
        limits: ServerLimits = DEFAULT_LIMITS,
        tls: ssl.SSLContext | None = None,
        callers: frozenset[str] = frozenset(),
        stranger: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; nothing is accepted before ``serve``.

        Args:
            listening: as ``bind`` gave it; closed at the end.
            site: what is answered.
            limits: what one caller may cost.
            tls: a server context; ``None`` for plain HTTP.
            callers: SHA-256 of the only certificates that may call, lower-case hex; empty for any
                that ``tls`` accepts.
            stranger: is told of every caller that is turned away before a request is whole.
        """
        self._callers, self._stranger = callers, stranger
        self.site, self.limits, self.stopping = site, limits, False
        self._listening, self._tls = listening, tls
        self._connections: set[Connection] = set()
        self._greeting: set[asyncio.Task[None]] = set()
        self._empty: asyncio.Event | None = None

    def opened(self, connection: Connection) -> bool:
        """Count a connection; says whether there is room for it."""
        self._connections.add(connection)
        most = self.limits.max_connections
        if len(self._connections) > 2 * most:
            connection.abort()
        return len(self._connections) <= most

    def admits(self, certificate: bytes | None) -> bool:
        """Whether whoever showed this certificate (DER) may call."""
        return not self._callers or sha256(certificate or b"").hexdigest() in self._callers

    def refused(self) -> None:
        """A caller is turned away."""
        self._stranger()

    def closed(self, connection: Connection) -> None:
        """Count it no more."""
        self._connections.discard(connection)
        if self._empty is not None and not self._connections:
            self._empty.set()

    async def serve(self, stop: asyncio.Event, *, ready: Callable[[], None] | None = None) -> None:
        """Serve until ``stop`` is set; then answer what has arrived, within the grace.

        Needs a loop that watches plain sockets, as ``runner`` gives it.

        Args:
            stop: set it to end.
            ready: called once calls are accepted.
        """
        loop = asyncio.get_running_loop()
        self._listening.setblocking(False)
        loop.add_reader(self._listening, self._accept)
        watch = loop.create_task(self._watch())
        try:
            if ready is not None:
                ready()
            await stop.wait()
        finally:
            loop.remove_reader(self._listening)
            self._listening.close()
            await self._drain()
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    def _accept(self) -> None:
        """Take the callers that wait.

        asyncio's own server loses a caller that it accepts in the moment it is closed, and does
        not tell how many callers are shaking hands.
        """
        loop = asyncio.get_running_loop()
        for _ in range(_AT_ONCE):
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            sock.setblocking(False)
            if len(self._greeting) >= self.limits.max_connections:
                sock.close()
                continue
            task = loop.create_task(self._greet(sock))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    async def _greet(self, sock: socket.socket) -> None:
        """Make a connection of a socket, TLS included."""
        handshake = self.limits.head if self._tls else None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Connection(self), sock, ssl=self._tls, ssl_handshake_timeout=handshake
            )
        except OSError:  # a caller that fails here has never sent a request
            self._stranger()

    async def _drain(self) -> None:
        """Let answers in flight end; abort what takes longer than the grace."""
        self.stopping = True
        self._empty = asyncio.Event()
        if self._greeting:
            _, late = await asyncio.wait(self._greeting, timeout=self.limits.grace)
            for task in late:
                task.cancel()
        for connection in tuple(self._connections):
            connection.finish()
        if self._connections:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), self.limits.grace)
        for connection in tuple(self._connections):
            connection.abort()
        await asyncio.sleep(0)

    async def _watch(self) -> None:
        limits = self.limits
        shortest = min(limits.head, limits.body, limits.idle, limits.write, limits.linger)
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, shortest / 4))
            for connection in tuple(self._connections):
                connection.check(loop.time())


def runner() -> asyncio.Runner:
    """What a server runs in, on every system the same kind of loop."""
    return asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)


class Background:
    """A server in a thread of its own, for as long as a ``with`` block."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._runner = runner()
        self._loop = self._runner.get_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="harness-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.call(self._stop.set)
        self._thread.join()

    def call(self, function: Callable[[], T]) -> T:
        """Have the server's thread call a function; its state is that thread's alone.

        Returns what the function returns, and raises what it raises.
        """
        done: Future[T] = Future()

        def called() -> None:
            try:
                done.set_result(function())
            except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
                done.set_exception(error)

        self._loop.call_soon_threadsafe(called)
        return done.result()

    def _run(self) -> None:
        try:
            with self._runner:
                self._runner.run(self._server.serve(self._stop, ready=self._ready.set))
        finally:
            self._ready.set()
