"""What is answered to whom: Host check, paths, faults by rule, and the seam for an observer.

A request that matches nothing gets a Fault that says what there is; never 200 with emptiness.
"""

import difflib
import ipaddress
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, urlsplit

from harness.classes import dataclass
from harness.endpoints.fault_rules import Rules
from harness.endpoints.faults import Fault
from harness.endpoints.server.parsing import Received
from harness.exchange import render
from harness.exchange.messages import Answer, Body
from harness.exchange.render import FaultCode
from harness.exchange.soap import SOAP_TYPE, SoapVersion, content_type, media_type
from harness.wsdl import Contract

if TYPE_CHECKING:
    from harness.exchange.security.seal import Seal

_FIRST = re.compile(rb"<(?:[\w.-]+:)?Body\b[^<>]*>\s*<(?:[\w.-]+:)?([\w.-]+)")
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+))(?::[0-9]{0,5})?", re.ASCII)
"""RFC 9112 section 3.2: no user, no path, nothing else that a name could hide in."""
_ACTION = re.compile(r'\baction\s*=\s*"?([^";]+)')


class Service(Protocol):
    """Who answers at a path: ``harness.account.service.AccountService``."""

    codes: tuple[str, ...]
    """Codes of what was found in the request answered last."""

    def respond(
        self, method: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes, /
    ) -> Answer:
        """Answer one HTTP request."""


Handler = Callable[[Received], Answer]
"""Answers everything below one prefix of paths: a page, a control point."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be sent.

    Attributes:
        answer: the right answer.
        fault: what to make of it on the wire; ``None`` sends it as it is.
        number: how many times this fault was played before.
        seal: signed the answer; ``None`` when nobody did.
    """

    answer: Answer
    fault: Fault | None = None
    number: int = 0
    seal: "Seal | None" = field(default=None, repr=False)


class Direction(StrEnum):
    """Who called."""

    IN = "in"
    """Somebody called a service here."""
    OUT = "out"
    """The account called the return channel."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One exchange, for whoever keeps a journal. Bodies show their size and digest only.

    Attributes:
        at: when it was answered.
        path: path of the request, without its query, if the server knows it; else empty.
        operation: operation that was called; empty when it cannot be told.
        codes: codes of what was found wrong with the request, or, when we called, with the answer.
        seconds: time it took to find the answer, without sending it; when we called, to get it.
        direction: who called.
    """

    at: datetime
    received: Received
    path: str
    operation: str
    reply: Reply
    seconds: float
    codes: tuple[str, ...] = ()
    direction: Direction = Direction.IN


Observer = Callable[[Observed], None]
Refuse = Callable[[Received], Answer | None]


@dataclass(frozen=True, slots=True)
class Mount:
    """One path and who answers there.

    Attributes:
        service: who answers.
        contract: what is promised there.
        refuse: looks at a call first and answers in the service's place when it must not have it.
        seal: signs the answers; ``None`` when nobody does.
    """

    service: Service
    contract: Contract
    refuse: Refuse | None = None
    seal: "Seal | None" = field(default=None, repr=False)
    _names: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for operation in self.contract.operations.values():
            local = operation.input.rpartition("}")[2]
            self._names.setdefault(local, operation.name)
            self._names.setdefault(f"action {operation.soap_action}", operation.name)

    def operation_of(self, received: Received) -> str:
        """The operation that is called: by the first element of the Body, else by the action."""
        found = _FIRST.search(received.body, 0, 64 * 1024)
        if found is not None and (name := self._names.get(found[1].decode("utf-8", "replace"))):
            return name
        action = (received.header("soapaction") or "").strip().strip('"')
        if not action:
            named = _ACTION.search(received.header("content-type") or "")
            action = named[1] if named else ""
        return self._names.get(f"action {action}", "") if action else ""


class Site:
    """Everything that one server answers."""

    def __init__(
        self,
        *,
        names: Iterable[str] = (),
        rules: Rules | None = None,
        observer: Observer | None = None,
    ) -> None:
        """Prepare an empty site.

        Args:
            names: host names under which it may be called, besides ``localhost`` and addresses.
            rules: faults to play.
            observer: is told of every exchange but those with a handler; must not raise or wait.
        """
        self._names = frozenset(name.lower().rstrip(".") for name in names) | {"localhost"}
        self._mounts: dict[str, Mount] = {}
        self._handlers: dict[str, Handler] = {}
        self._observer = observer
        self.rules = Rules() if rules is None else rules

    @property
    def mounts(self) -> Mapping[str, Mount]:
        """The services by path."""
        return self._mounts

    def mount(self, path: str, mount: Mount) -> None:
        """Answer at exactly this path."""
        self._mounts[path] = mount

    def handle(self, prefix: str, handler: Handler) -> None:
        """Answer at this path and everything below it."""
        self._handlers[prefix.rstrip("/")] = handler

    def replied(self, received: Received, say: Callable[[Reply], None]) -> None:
        """Have one request answered: ``say`` is called once, at once here, in this thread.

        A site that has to wait for somebody else calls it later.
        """
        say(self.reply(received))

    def reply(self, received: Received) -> Reply:
        """Answer one request. Whatever goes wrong here is an answer, too."""
        try:
            return self._reply(received)
        except Exception as error:  # noqa: BLE001 - one caller's request must not end the server
            return mistaken(received, error)

    def _reply(self, received: Received) -> Reply:
        parts = self.meant(received)
        if isinstance(parts, Answer):
            return self._nowhere(received, parts)
        mount = self.mount_at(parts.path)
        if mount is not None:
            return self._from(mount, parts, received)
        handler = self._handler(parts.path)
        if handler is not None:
            return Reply(handler(received))
        return self._nowhere(received, self._nothing(parts.path, received))

    def _nowhere(self, received: Received, answer: Answer) -> Reply:
        reply = Reply(answer)
        if self._observer is not None:  # who mistook host or path looks for its call, too
            self._observer(Observed(datetime.now(UTC), received, "", "", reply, 0.0))
        return reply

    def _from(self, mount: Mount, parts: SplitResult, received: Received) -> Reply:
        started = time.perf_counter()
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        refused = _refuse_coded(received)
        if refused is None and mount.refuse is not None:
            refused = mount.refuse(received)
        answer = refused or mount.service.respond(
            received.method, target, received.headers, received.body
        )
        operation, reply = self._spoilt(mount, received, answer)
        if self._observer is not None:
            seconds = time.perf_counter() - started
            codes = mount.service.codes if refused is None else ()
            now = datetime.now(UTC)
            self._observer(Observed(now, received, parts.path, operation, reply, seconds, codes))
        return reply

    def _spoilt(self, mount: Mount, received: Received, answer: Answer) -> tuple[str, Reply]:
        """The operation called, if anybody wants to know, and the answer with its fault."""
        if received.method != "POST" or not (len(self.rules) or self._observer):
            return "", Reply(answer)
        operation = mount.operation_of(received)
        played = self.rules.pick(operation)
        return operation, Reply(answer, *played, mount.seal) if played else Reply(answer)

    def meant(self, received: Received) -> SplitResult | Answer:
        """The target of a request that is meant for this server; else what is answered."""
        parts = _target(received)
        if parts is None:
            return plain(400, "The request target is not a path.")
        if not self._is_known(parts.netloc or received.header("host") or ""):
            return plain(421, _OTHER_HOST)
        return parts

    def mount_at(self, path: str) -> Mount | None:
        """Who answers at a path, with or without a slash at its end."""
        return self._mounts.get(path) or self._mounts.get(path.rstrip("/"))

    def _is_known(self, host: str) -> bool:
        """Whether the caller meant this server (a foreign page may lead a browser here).

        An address is what it is; a name could be anybody's that resolves to this machine.
        """
        name = _host_name(host)
        return name in self._names or _is_address(name)

    def _handler(self, path: str) -> Handler | None:
        prefix = path.rstrip("/")
        while prefix not in self._handlers and prefix:
            prefix = prefix.rpartition("/")[0]
        return self._handlers.get(prefix)

    def _nothing(self, path: str, received: Received) -> Answer:
        known = [*self._mounts, *(prefix or "/" for prefix in self._handlers)]
        lowered = {each.lower(): each for each in known}
        near = difflib.get_close_matches(path[:200].lower(), lowered, 1, cutoff=0.4)
        hint = f" Did you mean {lowered[near[0]]}?" if near else ""
        text = f"There is nothing at this path.{hint} There is: {', '.join(known)}."
        return fault_answer(received, FaultCode.CLIENT, text, status=404)


_OTHER_HOST = (
    "This server does not answer under the host name that the request names. Use an address or "
    "localhost, or start it with --host-name."
)


def mistaken(received: Received, error: BaseException) -> Reply:
    """A Fault for a mistake of ours.

    Neither the text of the error nor a traceback is shown: they may quote the message.
    """
    sys.stderr.write(f"harness: a mistake in the server ({type(error).__name__})\n")
    text = "The server failed on this request; this is a mistake in the harness."
    return Reply(fault_answer(received, FaultCode.SERVER, text))


def fault_answer(
    received: Received, code: FaultCode, text: str, *, status: int | None = None
) -> Answer:
    """A Fault in the version of SOAP that the caller speaks, as far as its Content-Type tells."""
    typed = media_type(received.header("content-type") or "")
    soap = SoapVersion.SOAP_12 if typed == SOAP_TYPE else SoapVersion.SOAP_11
    headers = (("Content-Type", content_type(soap)),)
    body = Body(render.fault(code, text, soap=soap))
    return Answer(render.fault_status(code, soap) if status is None else status, headers, body)


def _refuse_coded(received: Received) -> Answer | None:
    """A Fault, so that toolkits show the sentence and not the status alone."""
    coding = (received.header("content-encoding") or "").strip().lower()
    if coding in {"", "identity"}:
        return None
    text = "Send the message without content encoding."
    return fault_answer(received, FaultCode.CLIENT, text, status=415)


def _target(received: Received) -> SplitResult | None:
    """The request target: a path, or a whole URL (RFC 9112 section 3.2.2)."""
    target = received.target
    try:
        parts = urlsplit(f"http:{target}" if target.startswith("//") else target)
    except ValueError:
        return None
    if target.startswith("//"):  # a path all the same: no host may hide in it
        return SplitResult("", "", f"/{target.lstrip('/')}".partition("?")[0], parts.query, "")
    if parts.scheme not in {"", "http", "https"} or not parts.path.startswith("/"):
        return None
    return parts


@lru_cache(maxsize=64)
def _host_name(host: str) -> str:
    """The name in a Host, lower case, without its port; empty when it is none."""
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]).lower().rstrip(".") if found else ""


@lru_cache(maxsize=64)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def plain(status: int, text: str) -> Answer:
    """A sentence without SOAP."""
    typed = (("Content-Type", "text/plain; charset=utf-8"),)
    return Answer(status, typed, Body(f"{text}\n".encode()))
