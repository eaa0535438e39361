"""Who receives the calls that are watched: our account on a socket, or a relay.

Both tell a watch of every call: when it arrives, and what came of it.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from harness.endpoints.fault_rules import Rules
from harness.endpoints.faults import Fault
from harness.endpoints.relay import Relayed
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Mount, Observed, Site, fault_answer, plain
from harness.exchange.judge import Judgement, Referee, Refereed, judge_answer, judge_request
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.exchange.render import FaultCode
from harness.exchange.security.names import SECURITY
from harness.exchange.tolerance import judge_tolerantly
from harness.suite.conduct import texts_of_http
from harness.suite.observing import Refusal
from harness.suite.watching import Call, End, Taken
from harness.vocabulary import Verdict
from harness.wsdl import Contract

_BREAK = "Huoltokatko. Lähetä pyyntö myöhemmin uudelleen."
_REFUSED = "The account refuses this call, because the scenario under way says so."


class Watcher(Protocol):
    """Who is told: a ``Watch``, or an ``Onlooker``."""

    def arrived(self, call: Call) -> Taken:
        """A call has come; says what is to become of it."""

    def ended(self, taken: Taken, end: End) -> None:
        """A call that arrived has been answered."""


class AccountSide(Rules):
    """Our account, watched: the rules of faults that its site asks, and more.

    A site asks ``refuse`` first, then the account, then ``pick``, and tells ``seen`` last, all of
    it for one call before the next.
    """

    def __init__(self, watcher: Watcher, contract: Contract, address: str) -> None:
        """Prepare.

        Args:
            watcher: is told.
            contract: what is promised.
            address: ``host:port`` that evidence names as who answered.
        """
        super().__init__()
        self._watcher, self._contract, self._address = watcher, contract, address
        self._signed: frozenset[str] = frozenset()
        self._taken: Taken | None = None

    def watch(self, site: Site, *, signed: str) -> None:
        """Look at every call of a site's services before they do.

        Args:
            site: whose observer is ``seen``, and whose rules are these.
            signed: the path whose signatures are checked; empty for none.
        """
        self._signed = frozenset({signed} - {""})
        for path, mount in tuple(site.mounts.items()):
            site.mount(path, replace(mount, refuse=self._refusing(path, mount)))

    def _refusing(self, path: str, mount: Mount) -> "_Refuse":
        return _Refuse(self, path, mount)

    def refuse(self, path: str, received: Received) -> Answer | None:
        """Take a call in, and turn it away if the step under way says so."""
        self._taken = None
        if received.method != "POST":
            return None
        self._taken = self._watcher.arrived(self._call(path, received))
        match self._taken.refusal:
            case Refusal.MAINTENANCE:
                return plain(503, _BREAK)
            case Refusal.FAULT:
                return fault_answer(received, FaultCode.SERVER, _REFUSED)
            case None:
                return None

    def __len__(self) -> int:
        """Never none: a site asks every time."""
        return 1

    def pick(self, operation: str) -> tuple[Fault, int] | None:
        """The fault of the call that was taken in last."""
        del operation
        fault = self._taken.fault if self._taken else None
        return (fault, 0) if fault else None

    def seen(self, observed: Observed) -> None:
        """A call has been answered."""
        taken, self._taken = self._taken, None
        if observed.received.method != "POST" or not observed.path:
            return
        if taken is None:  # refused before anybody looked: for its content encoding
            taken = self._watcher.arrived(self._call(observed.path, observed.received))
        answer = None
        if taken.fault is None and taken.refusal is None:
            request = _request(observed.received, taken.call.judgement.operation)
            exchange = Exchange(request, observed.reply.answer)
            answer = judge_answer(self._contract, request, exchange, referee=_whoever)
        self._watcher.ended(taken, End(answer, observed.codes, (self._address, "")))

    def _call(self, path: str, received: Received) -> Call:
        request = _request(received)
        judgement = judge_request(self._contract, request, referee=_whoever)
        digest, signed = sha256(received.body).hexdigest(), path in self._signed
        return Call(judgement, digest, signed, _http(received))


class _Refuse:
    """Asks the watched side first, then whoever refused there before."""

    def __init__(self, side: AccountSide, path: str, mount: Mount) -> None:
        self._side, self._path, self._mount = side, path, mount

    def __call__(self, received: Received) -> Answer | None:
        refused = self._side.refuse(self._path, received)
        if refused is None and self._mount.refuse is not None:
            return self._mount.refuse(received)
        return refused


class RelaySide:
    """A relay, watched."""

    def __init__(
        self,
        watcher: Watcher,
        contract: Contract,
        *,
        callers: Referee | None,
        answers: Referee | None,
        tolerant: bool,
    ) -> None:
        """Prepare.

        Args:
            watcher: is told.
            contract: what is promised.
            callers: judges signatures of calls; ``None`` looks at none.
            answers: the same of answers.
            tolerant: the endpoint takes HaeAsiakkaita without a period.
        """
        self._watcher, self._contract, self._tolerant = watcher, contract, tolerant
        self._callers, self._answers = callers, answers
        self._taken: dict[int, Taken] = {}
        """By identity of the call, which lives until it was answered."""

    def came(self, request: Request, received: Received) -> None:
        """A call is about to be passed on."""
        judge = judge_tolerantly if self._tolerant else judge_request
        asked = replace(request, operation="")
        judgement = judge(self._contract, asked, referee=self._callers or _whoever)
        headers = judgement.message.header_elements if judgement.message is not None else ()
        signed = SECURITY in headers and judgement.verdict is Verdict.PASSED
        call = Call(judgement, request.body.digest, signed, _http(received))
        self._taken[id(received)] = self._watcher.arrived(call)

    def seen(self, relayed: Relayed) -> Judgement:
        """A call that was passed on has been answered; says what is to be said of the request."""
        exchange = relayed.exchange
        taken = self._taken.pop(id(relayed.observed.received))
        judgement = taken.call.judgement
        asked = replace(exchange.request, operation=judgement.operation)
        answer = judge_answer(self._contract, asked, exchange, referee=self._answers or _whoever)
        self._watcher.ended(taken, End(answer, (), (exchange.peer, exchange.fingerprint)))
        return judgement


def _request(received: Received, operation: str = "") -> Request:
    action = (received.header("soapaction") or "").strip()
    plain_action = action.removeprefix('"').removesuffix('"')
    typed = received.header("content-type") or ""
    return Request(operation, plain_action, Body(received.body), typed)


def _http(received: Received) -> tuple[tuple[str, str], ...]:
    return texts_of_http(received.target, received.headers)


def _whoever(_: object) -> Refereed:
    """Looks at no signature; somebody else does, or nobody has to."""
    return Refereed()
