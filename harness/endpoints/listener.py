"""The listener: calls of the return channel, or of any contract that the supplier serves.

A service at a path of a site. Each call climbs the judge's ladder, is stored and gets a reply that
the contract allows, which is judged as well. As a good receiver it takes a message twice and counts
it once: under a SanomaTunniste that it knows it gives the same reply, unless the message is
another one. A reply may be told to be another, a Fault, or lost, for the one call that is waited
for. Calls come in the server's thread, whoever waits has another one.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.account.choosing import RETURN_CHANNEL, receiver
from harness.account.receiving import Told
from harness.account.service import AccountService, Headers
from harness.classes import dataclass
from harness.endpoints.fault_rules import Rule, Rules
from harness.endpoints.faults import FaultName, fault
from harness.endpoints.incoming import USUAL, Incoming, OwnReply, Sequel, Wanted
from harness.endpoints.server.mounting import paths_of
from harness.endpoints.server.site import Mount, Observed, Site
from harness.exchange.judge import Judgement, Referee, judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.exchange.render import FaultCode
from harness.exchange.soap import content_type
from harness.limits import MIB
from harness.vocabulary import Verdict
from harness.wsdl import Contract

if TYPE_CHECKING:
    from datetime import datetime

_LOST = Rule(fault(FaultName.EMPTY_RESPONSE), next=1)
_TOLD = "A Fault, as the scenario wants it."
_REUSED = "SanomaTunniste: another message came under this id before."
_FULL = "Nothing more can be stored. Send the message again later."


@dataclass(frozen=True, slots=True)
class Store:
    """What is kept of one conversation. What comes beyond is refused, not taken and forgotten."""

    max_calls: int = 500
    """Calls, the refused ones included."""
    max_bytes: int = 64 * MIB
    """Bytes of the messages that are kept as trees."""


@dataclass(frozen=True, slots=True)
class _Answered:
    digest: bytes
    answer: Answer
    owed: bool


class Listener:
    """Receives the calls of one contract."""

    def __init__(
        self,
        contract: Contract,
        *,
        path: str = "",
        address: str = "",
        referee: Referee | None = None,
        store: Store | None = None,
    ) -> None:
        """Prepare.

        Args:
            contract: what the supplier serves.
            path: where calls come; that of the contract's own address unless given.
            address: URL that the served WSDL names.
            referee: judges the signature of every call; ``None`` takes them as they are.
            store: how much is kept.
        """
        self.contract = contract
        self.path, self.address = path or paths_of(contract).unsigned, address
        self.rules = Rules()
        """Of the site that it is mounted in: a reply that is to be lost is a fault played there."""
        self.strangers = 0
        """Callers that were turned away before they said anything, or whose call was not read."""
        self.codes: tuple[str, ...] = ()
        self._service = AccountService(
            contract,
            receiver(contract),
            address=address,
            referee=referee,
            observer=lambda request, judgement: self._judged.append((request, judgement)),
        )
        self._judged: list[tuple[Request, Judgement]] = []
        self._heard = False
        """The call under way was judged, so it stands among the calls."""
        self._store = store or Store()
        self._changed = threading.Condition()
        self._calls: list[Incoming] = []
        self._count = self._bytes = 0
        self._answered: dict[tuple[str, ...], _Answered] = {}
        self._latest: dict[bytes, datetime] = {}
        self._script: tuple[Wanted, OwnReply] | None = None

    def site(self, names: Iterable[str] = ()) -> Site:
        """A site with nothing but this listener at its path.

        Args:
            names: host names under which it may be called, besides ``localhost`` and addresses.
        """
        made = Site(names=names, rules=self.rules, observer=self._observe)
        made.mount(self.path, Mount(self, self.contract))
        return made

    def stranger(self) -> None:
        """Count a caller that was turned away."""
        self.strangers += 1

    def _observe(self, observed: Observed) -> None:
        """Count who mistook host or path, encoded its call, or came when all was full."""
        heard, self._heard = self._heard, False
        if not observed.path or (observed.received.method == "POST" and not heard):
            self.stranger()

    # What the site calls

    def respond(self, method: str, path: str, headers: Headers, body: bytes) -> Answer:
        """Answer one HTTP request, and store the call it holds."""
        if method == "POST" and self._is_full(len(body)):
            self.codes = ()
            return self._service.fault(FaultCode.SERVER, _FULL)
        self._judged.clear()
        answer = self._service.respond(method, path, headers, body)
        self.codes = self._service.codes
        if not self._judged:
            return answer
        with self._changed:
            call, answer = self._received(*self._judged.pop(), answer)
            self._calls.append(call)
            self._heard = True
            self._count += 1
            self._bytes += len(body) if call.accepted else 0
            self._changed.notify_all()
        if call.lost:
            self.rules.add(_LOST)
        return answer

    def _is_full(self, size: int) -> bool:
        store = self._store
        return self._count >= store.max_calls or self._bytes + size > store.max_bytes

    def _received(
        self, request: Request, judgement: Judgement, answer: Answer
    ) -> tuple[Incoming, Answer]:
        """What a call is, and its reply."""
        call = Incoming(judgement.verdict, judgement.operation, judgement.findings)
        if judgement.message is None or not call.accepted:
            return call, answer
        told = Told.by(call.operation, judgement.message)
        if self.contract.name != RETURN_CHANNEL:
            told = Told((), b"", ())
        before = self._answered.get(told.id)
        sequel, answer = self._sequel(before, told, answer)
        late = sequel is Sequel.NEW and self._is_late(told)
        owed = before is not None and before.owed
        call = replace(call, message=judgement.message, sequel=sequel, late=late, owed=owed)
        call, answer = self._scripted(call, answer)
        if sequel is Sequel.NEW and told.id and answer.status == 200:
            self._answered[told.id] = _Answered(told.digest, answer, call.scripted)
        asked = replace(request, operation=call.operation)
        own = judge_answer(self.contract, asked, Exchange(asked, answer))
        return (call if own.verdict is Verdict.PASSED else replace(call, own=own.findings)), answer

    def _sequel(
        self, before: _Answered | None, told: Told, answer: Answer
    ) -> tuple[Sequel, Answer]:
        if before is None:
            return Sequel.NEW, answer
        if before.digest == told.digest:
            return Sequel.DUPLICATE, before.answer
        return Sequel.REUSED, self._service.fault(FaultCode.CLIENT, _REUSED)

    def _is_late(self, told: Told) -> bool:
        """Whether a change is older than one of the same item that was told before."""
        late = any(since < self._latest.get(item, since) for item, since in told.changes)
        for item, since in told.changes:
            self._latest[item] = max(since, self._latest.get(item, since))
        return late

    def _scripted(self, call: Incoming, answer: Answer) -> tuple[Incoming, Answer]:
        if self._script is None or not self._script[0](call):
            return call, answer
        reply, self._script = self._script[1], None
        if reply.fault is not None:
            answer = self._service.fault(reply.fault, _TOLD)
        elif reply.envelope is not None:
            typed = (("Content-Type", content_type(self.contract.soap_version)),)
            answer = Answer(200, typed, Body(reply.envelope))
        return replace(call, scripted=True, lost=reply.lose), answer

    # What whoever waits calls

    def receive(
        self,
        wanted: Wanted,
        reply: OwnReply = USUAL,
        within: float = 0.0,
        fetch: Callable[[], bool] = lambda: False,
    ) -> Incoming | None:
        """The first call that is wanted, or that breaks the contract; each is given once.

        Args:
            wanted: which call; must not raise.
            reply: how it is answered, if it has not come yet.
            within: seconds to wait for it.
            fetch: has the next call made, and says whether there was one to make.
        """
        with self._changed:
            self._script = (wanted, reply) if reply != USUAL else None
        while not self._has(wanted) and fetch():
            pass
        with self._changed:
            self._changed.wait_for(lambda: self._has(wanted), within)
            self._script = None
            found = next(filter(_or_broken(wanted), self._calls), None)
            if found is not None:
                self._calls.remove(found)
            return found

    def _has(self, wanted: Wanted) -> bool:
        with self._changed:  # it may be held already: a condition's lock is re-entrant
            return any(map(_or_broken(wanted), self._calls))

    def left(self) -> tuple[Incoming, ...]:
        """The calls that nobody has asked for by now."""
        with self._changed:
            return tuple(self._calls)


def _or_broken(wanted: Wanted) -> Wanted:
    return lambda call: not call.accepted or wanted(call)
