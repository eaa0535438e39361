"""The relay: between a supplier's system and the endpoint that it is tested with.

* No byte of a body is altered in either direction, and nothing is signed, encoded or decoded.
* Of a request go on: its body, ``Content-Type`` and ``SOAPAction``, as they came. Of an answer:
  status, body and every header field that is not the connection's own (RFC 9110 section 7.6.1).
* TLS ends here, and so does a client's certificate: towards the endpoint its own entry counts.
* Whatever the endpoint sends is passed on, redirects and nonsense too. Where there is no answer
  that could be, the caller gets 502, or 504 when time ran out, with the reason in words.
* Each call waits in a thread of its own, so that a slow answer keeps nobody else waiting.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from harness.classes import dataclass
from harness.endpoints.coding import NotDecoded, decoded
from harness.endpoints.http import HttpEndpoint
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Mount, Observed, Reply, Site, mistaken, plain
from harness.exchange.messages import Answer, Body, Exchange, Problem, ProblemCode, Request

AT_ONCE = 32
"""Calls that wait for the endpoint at a time; further ones wait for these."""
_OWN = ("content-type", "soapaction")
_HOPS = frozenset({
    "connection", "content-length", "date", "keep-alive", "proxy-authenticate",
    "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}")
"""RFC 9110 section 5.6.2."""
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LATE = frozenset({ProblemCode.CONNECT_TIMEOUT, ProblemCode.READ_TIMEOUT, ProblemCode.DEADLINE})


@dataclass(frozen=True, slots=True)
class Relayed:
    """One call that was passed on.

    Attributes:
        observed: what came and what the caller got, for a journal.
        exchange: the same as the judge needs it: a content encoding of the answer undone.
    """

    observed: Observed
    exchange: Exchange


class Relay(Site):
    """Answers at the endpoint's own path, with what the endpoint answers."""

    def __init__(
        self,
        endpoint: HttpEndpoint,
        *,
        came: Callable[[Request, Received], None],
        told: Callable[[Relayed], None],
        names: tuple[str, ...],
    ) -> None:
        """Prepare; nothing is contacted.

        Args:
            endpoint: where to.
            came: is told of every call before it is passed on, in the server's thread; must not
                raise or wait.
            told: the same when it was answered.
            names: host names under which the relay may be called.
        """
        super().__init__(names=names)
        self._endpoint, self._came, self._told = endpoint, came, told
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="harness-relay")

    def close(self) -> None:
        """Let go of the threads; calls under way end by their deadline."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def replied(self, received: Received, say: Callable[[Reply], None]) -> None:
        """Pass a call on, and what comes back; anything but a call is answered here, at once."""
        mount = self._called(received)
        if mount is None:
            say(self.reply(received))
            return
        loop = asyncio.get_running_loop()

        def ended(done: "Future[Exchange]") -> None:
            if not done.cancelled() and not loop.is_closed():
                loop.call_soon_threadsafe(lambda: say(self._passed(mount, received, done)))

        request = _request(mount, received)
        _let_look(received, lambda: self._came(request, received))
        self._threads.submit(self._forward, request, received).add_done_callback(ended)

    def _called(self, received: Received) -> Mount | None:
        if received.method != "POST":
            return None
        parts = self.meant(received)
        return None if isinstance(parts, Answer) else self.mount_at(parts.path)

    def _forward(self, request: Request, received: Received) -> Exchange:
        fields = {n: v for n in _OWN if (v := received.header(n)) is not None}
        with self._endpoint.client() as client:
            return client.forward(request, fields)

    def _passed(self, mount: Mount, received: Received, done: "Future[Exchange]") -> Reply:
        try:
            exchange = done.result()
        except Exception as error:  # noqa: BLE001 - one call must not end the relay
            return mistaken(received, error)
        reply = Reply(_answer(exchange.outcome))
        path = received.target.partition("?")[0]
        at, operation = datetime.now(UTC), mount.operation_of(received)
        observed = Observed(at, received, path, operation, reply, exchange.seconds)
        self._endpoint.saw(exchange)
        most = self._endpoint.settings.limits.max_message_bytes
        _let_look(received, lambda: self._told(Relayed(observed, _decoded(exchange, most))))
        return reply


def _let_look(received: Received, look: Callable[[], None]) -> None:
    try:
        look()
    except Exception as error:  # noqa: BLE001 - what came is passed on whoever looks at it
        mistaken(received, error)


def _request(mount: Mount, received: Received) -> Request:
    """The call as the judge reads it."""
    action = (received.header("soapaction") or "").strip()
    return Request(
        mount.operation_of(received),
        action.removeprefix('"').removesuffix('"'),
        Body(received.body),
        received.header("content-type") or "",
    )


def _answer(outcome: Answer | Problem) -> Answer:
    if isinstance(outcome, Problem):
        status = 504 if outcome.code in _LATE else 502
        detail = f" ({outcome.detail})" if outcome.detail else ""
        text = f"The endpoint gave no answer that could be passed on: {outcome.code}{detail}."
        return plain(status, text)
    named = outcome.header("connection") or ""
    hops = _HOPS | {each.strip().lower() for each in named.split(",")}
    kept = tuple(
        (name, value)
        for name, value in outcome.headers
        if name.lower() not in hops and _NAME.fullmatch(name) and _VALUE.fullmatch(value)
    )
    return Answer(outcome.status, kept, outcome.body)


def _decoded(exchange: Exchange, most: int) -> Exchange:
    """The exchange as if the client had undone the content encoding of its answer."""
    outcome = exchange.outcome
    encoding = outcome.header("content-encoding") if isinstance(outcome, Answer) else None
    if not isinstance(outcome, Answer) or not encoding:
        return exchange
    made: Answer | Problem
    try:
        data = decoded([outcome.body.data], encoding, most)
        made = Answer(outcome.status, outcome.headers, Body(data))
    except NotDecoded as error:
        made = Problem(error.code, error.detail)
    return Exchange(exchange.request, made, exchange.seconds, exchange.peer, exchange.fingerprint)
