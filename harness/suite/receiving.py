"""Steps in which the other side calls us: the call that is meant, and what else came.

A call has been judged, stored and answered by the listener when it is looked at here; our own reply
was judged there, too. What breaks the contract, repeats what was answered, or uses an id twice
fails the scenario whether a step asked for it or not; other calls that no step asked for are noted.
"""

from collections.abc import Callable

from harness.classes import dataclass
from harness.endpoints.incoming import USUAL, Incoming, OwnReply, Sequel
from harness.endpoints.protocol import Inbox, Order, Ordered, Session
from harness.endpoints.protocol import Receiving as ReceivingSession
from harness.errors import ScenarioError
from harness.exchange.findings import Finding
from harness.exchange.message import check_path
from harness.suite import marks
from harness.suite.ending import NotAsExpected, at
from harness.suite.expectations import as_text, differing, save
from harness.suite.model import ReceiveStep
from harness.suite.suites import Suite
from harness.suite.variables import Variables, fill, substitute
from harness.vocabulary import Verdict, counted
from harness.wsdl import Contract

_REFUSED = {
    Sequel.DUPLICATE: Finding("duplicate-call", "", "each message once", "one twice"),
    Sequel.REUSED: Finding("reused-id", "", "an id of its own for each message", "one id twice"),
}


@dataclass(frozen=True, slots=True)
class Receiving:
    """What one scenario receives."""

    suite: Suite
    contract: Contract | None
    variables: Variables
    marks: set[str]
    notes: list[Finding]

    def take(self, session: Session, step: ReceiveStep, where: str) -> None:
        """Wait for the call that a step means, and hold it against what it must say.

        Raises:
            NotAsExpected: it did not come, or it is not so.
            ScenarioError: the step cannot be taken as it is written.
        """
        inbox = _inbox(session, where)
        contract = self._contract(where)
        wanted = self._wanted(step, contract, where)
        if step.order is not None:
            _give(inbox, step.order, where)
        call = inbox.receive(wanted, self._reply(step, contract, where), step.within)
        if call is None:
            raise _not_received(inbox, step)
        message = call.message
        if not call.accepted or message is None:
            raise NotAsExpected(Verdict.FAILED, _broken(call))
        self._look_at_reply(call, step)
        self.notes.extend(_notes(call, expected=step.expect.late))
        codes = self.suite.content.codes
        self.marks.update(marks.received_marks(step.receive, message, codes))
        findings = differing(message, step.expect.fields, self.variables, where)
        if findings:
            raise NotAsExpected(Verdict.FAILED, findings)
        save(step.save, message, self.variables)

    def settle(self, session: Session, where: str) -> None:
        """Look at the calls that no step asked for, when all have been taken.

        Raises:
            NotAsExpected: there is one that should not have come.
        """
        left = _inbox(session, where).left()
        wrong = _wrong(left)
        if wrong:
            raise NotAsExpected(Verdict.FAILED, wrong)
        for call in left:
            unasked = Finding("unasked-call", "", "no other call", call.operation)
            self.notes.extend((unasked, *_notes(call)))

    def _wanted(
        self, step: ReceiveStep, contract: Contract, where: str
    ) -> Callable[[Incoming], bool]:
        if step.receive not in contract.operations:
            known = ", ".join(contract.operations)
            raise ScenarioError(
                f"the contract {contract.ref} has no operation {step.receive!r} (it has {known})",
                where=where,
            )
        meant: dict[str, str] = {}
        for path, value in step.where.items():
            with at(where):
                check_path(path)
            text = substitute(value, self.variables, where) if isinstance(value, str) else value
            meant[path] = as_text(text)
        sequel = Sequel.DUPLICATE if step.expect.duplicate else Sequel.NEW

        def wanted(call: Incoming) -> bool:
            message = call.message
            if message is None or (call.operation, call.sequel) != (step.receive, sequel):
                return False
            if step.expect.late and not call.late:
                return False
            return all(text in message.texts(path) for path, text in meant.items())

        return wanted

    def _contract(self, where: str) -> Contract:
        named, contract = self.suite.content.listens, self.contract
        if contract is None or contract.name != named:
            served = contract.name if contract else "nothing"
            raise ScenarioError(
                f"the suite listens to {named}, but the project serves {served}",
                where=where,
                todo="Name that contract in [listener] of harness.toml.",
            )
        return contract

    def _reply(self, step: ReceiveStep, contract: Contract, where: str) -> OwnReply:
        given = step.reply
        if given is None:
            return USUAL
        if given.answer is None:
            return OwnReply(fault=given.fault, lose=bool(given.lose))
        with at(where):
            values = fill(given.answer, self.suite, self.variables, where)
            return OwnReply(contract.build_answer(step.receive, values))

    def _look_at_reply(self, call: Incoming, step: ReceiveStep) -> None:
        own = call.own
        if own:
            kept = Finding("own-reply", own[0].path, "a reply that keeps the contract", own[0].code)
            raise NotAsExpected(Verdict.INCONCLUSIVE, (kept, *own))
        if step.reply is not None and not call.scripted:
            early = Finding("own-reply", "", "the reply of this step", "the call came before it")
            raise NotAsExpected(Verdict.INCONCLUSIVE, (early,))


def _inbox(session: Session, where: str) -> Inbox:
    if not isinstance(session, ReceivingSession):
        raise ScenarioError(
            "nobody listens to the calls of this endpoint",
            where=where,
            todo="Run the scenario against mock, server, or an endpoint that provides "
            "return-channel.",
        )
    return session.inbox()


def _give(inbox: Inbox, order: Order, where: str) -> None:
    if not isinstance(inbox, Ordered):
        raise ScenarioError(
            "nobody can tell this endpoint how to deliver",
            where=where,
            todo="Run the scenario against the endpoint mock or server.",
        )
    inbox.order(order)


def _notes(call: Incoming, *, expected: bool = False) -> tuple[Finding, ...]:
    """What is no verdict on a call that keeps the contract."""
    if not call.late or expected:
        return call.findings
    return (*call.findings, Finding("out-of-order", "", "the newest state last", "an older one"))


def _broken(call: Incoming) -> tuple[Finding, ...]:
    """Why the judge refused a call, under a code that says whose mistake it is."""
    path, code = (call.findings[0].path, call.findings[0].code) if call.findings else ("", "")
    kept = Finding("received-call", path, "a call that keeps the contract", code)
    return (kept, *call.findings)


def _wrong(calls: tuple[Incoming, ...]) -> tuple[Finding, ...]:
    """Findings of calls that should not have come, whoever waits."""
    broken = [finding for call in calls if not call.accepted for finding in _broken(call)]
    own = [finding for call in calls for finding in call.own]
    repeated = [_REFUSED[call.sequel] for call in calls if _is_refused(call)]
    return (*broken, *repeated, *own)


def _is_refused(call: Incoming) -> bool:
    """Another message under a known id, or the same one although its first reply was a good one."""
    return call.sequel in _REFUSED and not (call.owed and call.sequel is Sequel.DUPLICATE)


def _not_received(inbox: Inbox, step: ReceiveStep) -> NotAsExpected:
    left, strangers = inbox.left(), inbox.strangers
    seen = [counted(len(left), "other call")] if left else []
    seen += [f"{counted(strangers, 'caller')} turned away"] if strangers else []
    finding = Finding("not-received", "", f"a call of {step.receive}", ", ".join(seen) or "nothing")
    wrong = _wrong(left)
    verdict = Verdict.FAILED if wrong else Verdict.INCONCLUSIVE
    return NotAsExpected(verdict, (*wrong, finding))
