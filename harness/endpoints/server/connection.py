"""One caller's connection: requests in, answers out in the same order, nothing for ever.

Every wait for the caller has a deadline; the server looks at all of them a few times a second. An
answer is one write. A fault is a script that is played step by step, and nothing else happens on
the connection meanwhile.
"""

import asyncio
import socket
import struct
from collections import deque
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol, assert_never

from harness.endpoints.server.limits import ServerLimits
from harness.endpoints.server.parsing import Phase, Received, Refusal, RequestReader
from harness.endpoints.server.site import Reply, Site
from harness.endpoints.spoiling import Close, Reset, Send, Step, Wait, script
from harness.endpoints.written import written
from harness.exchange.messages import Answer, Body

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_DISCARD = 64 * 1024 * 1024
"""Bytes of a refused request that are thrown away at most."""


class Host(Protocol):
    """What a connection needs of its server."""

    site: Site
    limits: ServerLimits
    stopping: bool

    def opened(self, connection: "Connection") -> bool:
        """A connection has come about; says whether there is room for it."""

    def admits(self, certificate: bytes | None) -> bool:
        """Whether whoever showed this certificate may call."""

    def refused(self) -> None:
        """A caller is turned away before its request was whole."""

    def closed(self, connection: "Connection") -> None:
        """It has ended."""


class _Waiting(Enum):
    """What the caller is waited for."""

    REQUEST = auto()
    HEAD = auto()
    BODY = auto()
    READING = auto()
    LEAVING = auto()
    NOTHING = auto()


def _certificate(transport: asyncio.BaseTransport) -> bytes | None:
    """What the caller showed in the handshake, DER; ``None`` without TLS or without one."""
    tls = transport.get_extra_info("ssl_object")
    return tls.getpeercert(binary_form=True) if tls is not None else None


_PHASES = {Phase.IDLE: _Waiting.REQUEST, Phase.HEAD: _Waiting.HEAD, Phase.BODY: _Waiting.BODY}


class Connection(asyncio.Protocol):
    """The protocol of one connection."""

    def __init__(self, host: Host) -> None:
        self._host, self._site, self._limits = host, host.site, host.limits
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader(host.limits, self._arrived)
        self._queue: deque[Received | Refusal] = deque()
        self._script: Iterator[Step] | None = None
        self._asked: Received | None = None
        """The request that the site is finding a reply to."""
        self._kept_waiting = False
        """The site takes its time for that; other connections go on."""
        self._last = False
        """The connection ends after the script under way."""
        self._timer: asyncio.Handle | None = None
        """Wakes the script."""
        self._turn: asyncio.Handle | None = None
        """Brings the next request's turn."""
        self._stalled = False
        """The caller does not read; nothing is written until it does."""
        self._paused = False
        self._leaving = False
        """Our last byte is written; what still comes is thrown away."""
        self._discarded = 0
        self._waiting = _Waiting.NOTHING
        self._deadline = 0.0
        self._transport: asyncio.Transport | None = None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        sock = transport.get_extra_info("socket")
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._host.opened(self):
            self._refuse(Refusal(503, "Too many connections."))
            return
        if not self._host.admits(_certificate(transport)):
            self._refuse(Refusal(403, "Only the holder of another certificate may call here."))
            return
        self._wait_for(_Waiting.REQUEST, self._limits.head)
        if self._host.stopping:
            self._leave()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._leaving:
            self._discarded += len(data)
            if self._discarded > _DISCARD:
                self.abort()
            return
        self._reader.feed(data)
        self._advance()

    def eof_received(self) -> bool:
        """The caller sends nothing more; it may still read."""
        if self._leaving or not self._busy or self._script is not None:
            return False
        self._reader.over = True
        self._last = True
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over, for whatever reason."""
        del exc
        self._transport = None
        self._queue.clear()
        self._script = self._asked = None
        self._cancel()
        if self._turn is not None:
            self._turn.cancel()
        self._host.closed(self)

    def pause_writing(self) -> None:
        """The caller reads too slowly."""
        self._stalled = True
        self._wait_for(_Waiting.READING, self._limits.write)

    def resume_writing(self) -> None:
        """It has caught up."""
        self._stalled = False
        self._look_again()
        self._go_on()

    # What the server calls

    def check(self, now: float) -> None:
        """End the connection if the caller has been waited for too long."""
        if self._waiting is _Waiting.NOTHING or now < self._deadline:
            return
        match self._waiting:
            case _Waiting.REQUEST:
                self._leave()
            case _Waiting.HEAD | _Waiting.BODY:
                self._reader.over = True
                self._refuse(Refusal(408, "The request did not arrive in time."))
            case _Waiting.READING | _Waiting.LEAVING:
                self.abort()

    def finish(self) -> None:
        """Answer what has arrived whole, then end."""
        self._reader.over = True
        if not self._busy:
            self._leave()

    def abort(self) -> None:
        """End now."""
        if self._transport is not None:
            self._transport.abort()

    # Answers

    @property
    def _busy(self) -> bool:
        return bool(self._queue) or self._stalled or self._answering

    @property
    def _answering(self) -> bool:
        return self._script is not None or self._asked is not None

    def _arrived(self, what: Received | Refusal) -> None:
        self._queue.append(what)

    def _advance(self) -> None:
        """Answer the next request; further ones have to wait until others had their turn."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        if self._queue and self._may_speak:
            self._answer(self._queue.popleft())
        if self._leaving or self._transport is None:
            return
        if self._queue and self._may_speak:
            self._turn = self._loop.call_soon(self._advance)
        elif not self._busy:
            self._rest()
        self._throttle()
        self._look_again()

    @property
    def _may_speak(self) -> bool:
        return not (self._answering or self._stalled or self._leaving)

    def _rest(self) -> None:
        """Everything that has arrived whole is answered."""
        if self._host.stopping or self._last:
            self._leave()
        elif self._reader.expects_continue and self._transport is not None:
            self._reader.expects_continue = False
            self._transport.write(_CONTINUE)

    def _answer(self, what: Received | Refusal) -> None:
        if isinstance(what, Refusal):
            self._refuse(what)
            return
        self._wait_for(_Waiting.NOTHING, 0)
        self._asked = what
        self._site.replied(what, self._say)
        self._kept_waiting = self._asked is not None

    def _say(self, reply: Reply) -> None:
        """Send what the site replies, now or later, unless the caller has gone."""
        what, self._asked = self._asked, None
        if what is None:
            return
        close = not what.keep_alive or (self._host.stopping and not self._queue)
        if reply.fault is None:
            self._send(what, reply, close=close)
        else:
            self._script = script(
                reply.fault, reply.answer, close=close, number=reply.number, seal=reply.seal
            )
            self._last = close
            self._play()
        if self._kept_waiting:
            self._kept_waiting = False
            self._advance()

    def _send(self, received: Received, reply: Reply, *, close: bool) -> None:
        assert self._transport is not None
        head_only = received.method == "HEAD"
        self._transport.write(written(reply.answer, close=close, head_only=head_only))
        if close:
            self._leave(linger=not self._host.stopping)

    def _refuse(self, refusal: Refusal) -> None:
        if self._transport is None:
            return
        self._host.refused()
        self._queue.clear()
        headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/plain; charset=utf-8"),)
        headers += (("Retry-After", "1"),) if refusal.status == 503 else ()
        answer = Answer(refusal.status, headers, Body(f"{refusal.text}\n".encode()))
        self._transport.write(written(answer, close=True))
        self._leave(linger=True)

    def _leave(self, *, linger: bool = False) -> None:
        """Nothing more will be said.

        A close with unread bytes would be a reset, which may overtake what was written; so with
        ``linger`` what still comes is read and thrown away for a moment.
        """
        if self._transport is None or self._leaving:
            return
        self._leaving = True
        if linger and self._transport.can_write_eof():
            self._transport.write_eof()
            self._transport.resume_reading()
            self._wait_for(_Waiting.LEAVING, self._limits.linger)
        else:
            self._transport.close()
            self._wait_for(_Waiting.LEAVING, self._limits.write)

    # Scripts

    def _go_on(self) -> None:
        if self._script is None:
            self._advance()
        elif self._timer is None:
            self._play()

    def _play(self) -> None:
        """Take steps until one has to wait, the caller does not read, or the script ends."""
        self._cancel()
        while self._script is not None and not self._stalled and self._transport is not None:
            step = next(self._script, None)
            if step is None:
                self._script = None
                self._turn = self._loop.call_soon(self._advance)
            elif not self._took(step):
                return

    def _took(self, step: Step) -> bool:
        """Take one step; says whether the next one may follow at once."""
        assert self._transport is not None
        match step:
            case Send(data):
                self._transport.write(data)
                return True
            case Wait(seconds):
                self._wait_for(_Waiting.NOTHING, 0)
                self._timer = self._loop.call_later(seconds, self._play)
            case Close():
                self._script = None
                self._leave(linger=True)
            case Reset():
                self._script = None
                self._reset()
            case _:
                assert_never(step)
        return False

    def _reset(self) -> None:
        assert self._transport is not None
        sock = self._transport.get_extra_info("socket")
        # Close with RST instead of FIN.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    # Waiting

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _throttle(self) -> None:
        """Read no more than a few requests ahead, and no more than one large one."""
        ahead = sum(len(each.body) for each in self._queue if isinstance(each, Received))
        limits = self._limits
        full = len(self._queue) > limits.max_waiting or ahead > limits.max_body_bytes
        if self._transport is not None and full != self._paused:
            self._paused = full
            (self._transport.pause_reading if full else self._transport.resume_reading)()

    def _look_again(self) -> None:
        """What the caller is waited for now."""
        if self._leaving or self._transport is None or self._stalled:
            return
        if self._queue or self._answering:
            self._wait_for(_Waiting.NOTHING, 0)
            return
        waiting = _PHASES[self._reader.phase]
        if waiting is not self._waiting:
            limits = self._limits
            seconds = {_Waiting.HEAD: limits.head, _Waiting.BODY: limits.body}
            self._wait_for(waiting, seconds.get(waiting, limits.idle))

    def _wait_for(self, waiting: _Waiting, seconds: float) -> None:
        self._waiting = waiting
        self._deadline = self._loop.time() + seconds
