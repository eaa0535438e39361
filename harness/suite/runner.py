"""Running one scenario against one endpoint. No pytest, no ledger, no sockets of its own.

A message's way: the request is built from the contract and judged before it is sent (what the
contract forbids is sent only when the scenario says so); the answer is judged on its raw bytes;
only then is it compared with what the scenario expects. Where a fault or no answer is expected,
a harmless health call must pass before and after: a wrong address must not pass as a fault.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime

from harness.classes import dataclass
from harness.endpoints.faults import Fault
from harness.endpoints.protocol import (
    Endpoint,
    Misbehaving,
    MovesClock,
    Need,
    OwnSignature,
    Session,
    Signing,
    SignsWrongly,
)
from harness.errors import ScenarioError
from harness.exchange.findings import Finding, FindingCode
from harness.exchange.judge import Judgement, Referee, judge_answer, judge_request
from harness.exchange.message import Message
from harness.exchange.messages import Body, Exchange, Problem, Request
from harness.exchange.soap import content_type
from harness.redact import without_codes
from harness.suite.ending import NotAsExpected, at
from harness.suite.expectations import compare, save
from harness.suite.marks import Seen
from harness.suite.model import ReceiveStep, Step
from harness.suite.pointing import unmet_at
from harness.suite.receiving import Receiving
from harness.suite.rows import DataRow, rows_of
from harness.suite.suites import Scenario, Suite
from harness.suite.variables import (
    Variables,
    fill,
    fill_raw,
    id_prefix,
    names_in,
    substitute,
)
from harness.vocabulary import Verdict
from harness.wsdl import Contract

_PASSED = Verdict.PASSED


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What became of one scenario.

    Attributes:
        id: ``suite/name``.
        verdict: ``None`` when the scenario was not run because the endpoint cannot meet a need.
        reason: why it was not run, or the code of the first finding.
        findings: everything that was not as expected, safe to store; of a scenario that passed,
            notes, which are no verdict.
        where: ``file:line`` of the expectation that was not met, or of the step that ended it;
            empty when it passed.
        seconds: wall time.
        marks: which operations answered, and with which codes (``harness.suite.marks``).
        valid: ids of the contract's points that its valid messages showed.
        rejected: ids of the points that its messages were refused for.
        met: who answered: ``host:port``, and SHA-256 of the certificate or empty.
        seen: false when what was waited for did not come; then the verdict is inconclusive.
    """

    id: str
    verdict: Verdict | None
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    where: str = ""
    seconds: float = 0.0
    marks: frozenset[str] = frozenset()
    valid: frozenset[str] = frozenset()
    rejected: frozenset[str] = frozenset()
    met: frozenset[tuple[str, str]] = frozenset()
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """One exchange of a scenario and what the judge said of it, whatever was expected.

    Attributes:
        scenario: its id.
        step: number of the step, from 0; -1 for the health call.
        operation: that was called.
        judgement: of the answer, or of the problem in its place.
    """

    scenario: str
    step: int
    operation: str
    judgement: Judgement = field(repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything that scenarios of one run share."""

    contract: Contract
    endpoint: Endpoint
    run: str
    """Short id of the run; message and item ids carry it."""
    referee: Referee | None = None
    """Judges the security of every answer; ``None`` does not look at it."""
    listens: Contract | None = None
    """The contract by which the other side calls us, if it does."""
    notes: tuple[Finding, ...] = ()
    """What is to be said once in a run, whatever its scenarios find."""
    secrets: Mapping[str, Callable[[], str]] = field(default_factory=dict, repr=False)
    """Reads the secrets that scenarios may name, when one does."""
    judge: Callable[..., Judgement] = judge_answer
    """Judges every answer; another one only where a defect of ours is planted."""
    on_exchange: Callable[[Judged], None] | None = None
    """Is told every exchange as soon as it is judged."""
    keep: Callable[[str, int, Exchange], None] | None = field(default=None, repr=False)
    """Keeps every exchange, with scenario and step, as soon as it is there; may raise."""


class _AnotherAnswer(NotAsExpected):
    """The answer is a good one, but not the one that is expected."""


def run_scenario(scenario: Scenario, suite: Suite, connection: Connection) -> ScenarioResult:
    """Run one scenario and say what became of it.

    Raises:
        ScenarioError: the scenario itself cannot be run (unknown operation, field or variable).
    """
    started = time.perf_counter()
    missing = unmet_needs(scenario, connection.endpoint)
    if missing:
        return ScenarioResult(scenario.id, None, f"needs {', '.join(missing)}")
    gaps = unmapped(scenario, suite, connection.endpoint)
    if gaps:
        return ScenarioResult(scenario.id, Verdict.INCONCLUSIVE, gaps[0].code, gaps)
    rows = rows_of(scenario, suite)
    parts = [_converse(_Conversation(scenario, suite, connection, row)) for row in rows or (None,)]
    return replace(_together(parts, rows), seconds=time.perf_counter() - started)


def _converse(conversation: "_Conversation") -> ScenarioResult:
    """Hold one conversation in a session of its own."""
    scenario, connection = conversation.scenario, conversation.connection
    verdict, wrong = Verdict.PASSED, tuple[Finding, ...]()
    try:
        with connection.endpoint.session(frozenset(scenario.content.needs)) as session:
            conversation.hold(session)
    except NotAsExpected as end:
        verdict, wrong = end.verdict, end.findings
    findings = conversation.variables.covered((*wrong, *conversation.notes))
    return ScenarioResult(
        id=scenario.id,
        verdict=verdict,
        reason=wrong[0].code if wrong else "",
        findings=tuple(dict.fromkeys(findings)),
        where=conversation.ended_at(wrong) if wrong else "",
        marks=frozenset(conversation.seen.marks),
        valid=frozenset(conversation.seen.valid),
        rejected=frozenset(conversation.seen.rejected),
        met=frozenset(conversation.met),
    )


def _together(parts: Sequence[ScenarioResult], rows: Sequence[DataRow]) -> ScenarioResult:
    """One result of all rows: the worst verdict, and with it which rows did not pass."""
    if not rows:
        return parts[0]
    ended = [(p, row) for p, row in zip(parts, rows, strict=True) if p.verdict is not _PASSED]
    ended.sort(key=lambda each: each[0].verdict is not Verdict.FAILED)
    findings = [note for part in parts if part.verdict is _PASSED for note in part.findings]
    for part, row in reversed(ended):
        named = Finding("row", row.name, "as every row", f"{part.verdict}, {row.place}")
        findings = [*part.findings, named, *findings]
    worst = ended[0][0] if ended else parts[0]
    return replace(
        worst,
        findings=tuple(dict.fromkeys(findings)),
        marks=frozenset[str]().union(*(part.marks for part in parts)),
        valid=frozenset[str]().union(*(part.valid for part in parts)),
        rejected=frozenset[str]().union(*(part.rejected for part in parts)),
        met=frozenset[tuple[str, str]]().union(*(part.met for part in parts)),
    )


def unmet_needs(scenario: Scenario, endpoint: Endpoint) -> list[str]:
    """Declared needs that the endpoint cannot be brought to meet."""
    return [need for need in scenario.content.needs if need not in endpoint.provides]


def unmapped(scenario: Scenario, suite: Suite, endpoint: Endpoint) -> tuple[Finding, ...]:
    """Roles and identifiers that the scenario uses and the endpoint's entry does not map.

    That is a gap in harness.toml, not a property of the endpoint: such a scenario is inconclusive.
    """
    findings = []
    for name in sorted(names_in(scenario, suite)):
        kind, _, rest = name.partition(".")
        word = rest.split(".")[0]
        table = {"role": endpoint.roles, "ids": endpoint.ids}.get(kind)
        if table is not None and word not in table:
            place = f"[endpoints.{endpoint.name}.{'roles' if kind == 'role' else 'ids'}] {word}"
            findings.append(Finding("unmapped", "", place, "not in harness.toml"))
    return tuple(dict.fromkeys(findings))


def values_for(scenario: str, connection: Connection, row: DataRow | None = None) -> Variables:
    """The values of ``${...}`` for the scenario of this id in one run, or for one of its rows."""
    endpoint = connection.endpoint
    now = datetime.now(UTC)
    fixed = {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "run": connection.run}
    for name, role in endpoint.roles.items():
        fixed[f"role.{name}.id"], fixed[f"role.{name}.type"] = role.id, role.type
    fixed |= {f"ids.{name}": value for name, value in endpoint.ids.items()}
    prefix = id_prefix(connection.run, scenario)
    if row is not None:
        prefix = f"{prefix}-{row.number}"
    made = Variables(fixed, items=prefix, messages=prefix, secrets=connection.secrets)
    if row is not None:
        values = {n: substitute(text, made, row.where) for n, text in row.values.items()}
        fixed |= {f"row.{name}": text for name, text in values.items()}
    return made


@dataclass(slots=True)
class _Conversation:
    """One scenario being run."""

    scenario: Scenario
    suite: Suite
    connection: Connection
    row: DataRow | None = None
    notes: list[Finding] = field(default_factory=list)
    met: set[tuple[str, str]] = field(default_factory=set)
    where: str = ""
    """``file:line`` of the step under way."""
    number: int = -1
    """Of that step, from 0; -1 for the health call."""
    seen: Seen = field(init=False)
    variables: Variables = field(init=False)
    receiving: Receiving = field(init=False)

    def __post_init__(self) -> None:
        self.seen = Seen(self.connection.contract)
        self.variables = values_for(self.scenario.id, self.connection, self.row)
        listens = self.connection.listens
        self.receiving = Receiving(self.suite, listens, self.variables, self.seen.marks, self.notes)

    def ended_at(self, findings: Sequence[Finding]) -> str:
        """Where that stands which ended it, or of a health call the step before it."""
        return unmet_at(self.scenario, self.number, findings) if self.number >= 0 else self.where

    def hold(self, session: Session) -> None:
        """Take every step; ends by NotAsExpected at the first that is not as expected."""
        bracketed = any(step.expect.unusual for step in self.scenario.content.calls)
        if bracketed:
            self._ask_health(session, "before")
        for number, step in enumerate(self.scenario.content.steps):
            self.variables.next_step()
            self.number, self.where = number, self.scenario.document.where(("steps", number))
            if step.advance is not None:
                _let_pass(session, step.advance, self.where)
            if isinstance(step, ReceiveStep):
                self.receiving.take(session, step, self.where)
            else:
                self._take(session, step, self.where)
        if self.scenario.content.receives:
            self.receiving.settle(session, self.where)
        if bracketed:
            self._ask_health(session, "after")

    def _ask_health(self, session: Session, when: str) -> None:
        where = f"{self.suite.folder}/suite.yaml: health"
        self.number = -1
        self.variables.next_step()
        seen, self.seen = self.seen, Seen(self.connection.contract)
        try:
            self._take(session, self.suite.content.harmless, where)
        except NotAsExpected as end:
            health = Finding("health", "", f"the health call {when} passes", end.findings[0].code)
            raise NotAsExpected(Verdict.INCONCLUSIVE, (health, *end.findings)) from None
        finally:
            self.seen = seen

    def _take(self, session: Session, step: Step, where: str) -> None:
        if step.until is None:
            self._take_once(session, step, where)
            return
        for left in range(step.until.within, -1, -step.until.every):
            try:
                self._take_once(session, step, where)
            except _AnotherAnswer as end:
                if left < step.until.every:
                    wanted, seen = f"within {step.until.within} s", end.findings[0].code
                    late = Finding("deadline", "", wanted, seen)
                    raise NotAsExpected(Verdict.FAILED, (late, *end.findings)) from None
                self._wait(session, step.until.every)
                self.variables.next_step()
            else:
                return

    def _wait(self, session: Session, seconds: int) -> None:
        """Let time pass: the other side's where it can be moved, else everybody's."""
        if Need.CLOCK in self.scenario.content.needs and isinstance(session, MovesClock):
            session.advance(seconds)
        else:
            time.sleep(seconds)

    def _take_once(self, session: Session, step: Step, where: str) -> None:
        """Send the step's request as often as the step says; a failure is never sent again."""
        request = self._request(step, where)
        asked = self._judge_own(step, request)
        ends: list[NotAsExpected] = []
        for _ in range(step.repeat):
            try:
                self._exchange(session, step, request, asked, where)
            except NotAsExpected as end:
                ends.append(end)
        good, times = step.repeat - len(ends), step.repeat
        if ends and good:
            flaky = Finding("flaky", "", f"{times} of {times} as expected", f"{good} of {times}")
            raise NotAsExpected(Verdict.FAILED, (flaky, *ends[0].findings))
        if ends:
            raise ends[0]

    def _exchange(
        self, session: Session, step: Step, request: Request, asked: Message | None, where: str
    ) -> None:
        if step.misbehaviour is not None:
            _misbehave(session, step.misbehaviour, where)
        if step.signature is not None:
            _sign_wrongly(session, step.signature, where)
        exchange = self._sent(session, step, request)
        judgement = self._judged(session, step, request, exchange)
        found = judgement.findings[0].code if judgement.findings else ""
        if isinstance(exchange.outcome, Problem) and step.expect.problem == found:
            return
        if self._was_noticed(step, asked, judgement):
            self.seen.refused_answer(judgement)
            return
        if judgement.verdict is not Verdict.PASSED:
            raise NotAsExpected(judgement.verdict, judgement.findings)
        self.notes += [*judgement.findings, *self._slow(exchange.seconds)]
        if step.expect.problem is not None:
            missed = Finding("no-problem", "", step.expect.problem, "an answer")
            raise NotAsExpected(Verdict.FAILED, (missed,))
        self._compare(step, asked, judgement.message, where)

    def _judged(
        self, session: Session, step: Step, request: Request, exchange: Exchange
    ) -> Judgement:
        """The judge's word, told to whoever listens."""
        connection = self.connection
        referee = _referee(connection, session)
        judgement = connection.judge(connection.contract, request, exchange, referee=referee)
        if connection.on_exchange is not None:
            connection.on_exchange(Judged(self.scenario.id, self.number, step.call, judgement))
        return judgement

    def _sent(self, session: Session, step: Step, request: Request) -> Exchange:
        """Send the request; the same bytes again only where the step says so."""
        exchange = self._sent_once(session, request)
        again = step.retry.times if step.retry is not None else 0
        while again and step.retry is not None and isinstance(exchange.outcome, Problem):
            if exchange.outcome.code not in step.retry.after:
                break
            again -= 1
            self.notes.append(Finding(FindingCode.RETRIED, "", "an answer", exchange.outcome.code))
            self.seen.marks.add(f"{step.call} retried after {exchange.outcome.code}")
            exchange = self._sent_once(session, request)
        return exchange

    def _sent_once(self, session: Session, request: Request) -> Exchange:
        exchange = session.send(request)
        if self.connection.keep is not None:
            self.connection.keep(self.scenario.id, self.number, exchange)
        if exchange.peer:
            self.met.add((exchange.peer, exchange.fingerprint))
        return exchange

    def _was_noticed(self, step: Step, asked: Message | None, judgement: Judgement) -> bool:
        """Whether a wrong answer that the step asked for was found to be what the step expects."""
        if step.misbehaviour is None or step.expect.problem is None:
            return False
        findings = judgement.findings
        if judgement.verdict is Verdict.PASSED:
            findings = self._correlation(step, asked, judgement.message)
        return bool(findings) and findings[0].code == step.expect.problem

    def _slow(self, seconds: float) -> tuple[Finding, ...]:
        limit = self.suite.content.slow_after
        if limit is None or seconds <= limit:
            return ()
        return (Finding("slow", "", f"an answer in {limit:g} s", f"{seconds:.1f} s"),)

    def _request(self, step: Step, where: str) -> Request:
        contract = self.connection.contract
        operation = contract.operations.get(step.call)
        if operation is None:
            known = ", ".join(contract.operations)
            raise ScenarioError(
                f"the contract has no operation {step.call!r} (it has {known})", where=where
            )
        if step.raw is not None:
            body = fill_raw(self.suite.data_file(step.raw), self.variables, where)
        else:
            with at(where):
                values = fill(step.request, self.suite, self.variables, where)
                body = contract.build(step.call, values)
        action = operation.soap_action if step.soap_action is None else step.soap_action
        media = step.content_type or content_type(operation.soap_version, action)
        return Request(step.call, action, Body(body), media, step.timeout or 0.0)

    def _judge_own(self, step: Step, request: Request) -> Message | None:
        """Send only what the contract allows, or exactly the breach that the scenario names.

        Returns the request as judged; nothing when it breaks the contract on purpose.
        """
        own = judge_request(self.connection.contract, request)
        if step.breaks is None:
            if own.verdict is not Verdict.PASSED or own.message is None:
                raise NotAsExpected(Verdict.INCONCLUSIVE, _own(own))
            self.seen.request(own.message)
            return own.message
        codes = [f"{finding.code} {finding.path}".rstrip() for finding in own.findings]
        if not any(step.breaks in {code, code.split(" ")[0]} for code in codes):
            seen = codes[0] if codes else "nothing broken"
            missed = Finding("own-request", "", f"breaks {step.breaks}", without_codes(seen))
            raise NotAsExpected(Verdict.INCONCLUSIVE, (missed,))
        self.seen.broken(own)
        return None

    def _compare(
        self, step: Step, asked: Message | None, message: Message | None, where: str
    ) -> None:
        """Hold the answer, or that a one-way operation gave none, against what is expected."""
        content = self.suite.content
        code_path = (content.code or "").replace("{operation}", step.call)
        paths = [path.replace("{operation}", step.call) for path in content.codes]
        paths += [code_path] if code_path else []
        self.seen.answer(step.call, message, paths)
        findings = compare(message, step.expect, code_path, self.variables, where, content.accepted)
        astray = self._correlation(step, asked, message)
        if astray:
            raise NotAsExpected(Verdict.FAILED, findings + astray)
        if findings:
            raise _AnotherAnswer(Verdict.FAILED, findings)
        save(step.save, message, self.variables)

    def _correlation(
        self, step: Step, asked: Message | None, message: Message | None
    ) -> tuple[Finding, ...]:
        """The answer echoes the request's message id, where it echoes one at all."""
        paths = self.suite.content.correlation
        if paths is None or asked is None or message is None or message.fault is not None:
            return ()
        given = asked.texts(paths[0].replace("{operation}", step.call))
        sent = [text for text in given if text]  # an empty id is none
        echoed = message.texts(paths[1].replace("{operation}", step.call))
        if sent and echoed and sent != echoed:
            return (Finding("correlation", paths[1], "the request's id", "another id"),)
        return ()


def _referee(connection: Connection, session: Session) -> Referee | None:
    """The session's own, if it has one."""
    own = session.referee if isinstance(session, Signing) else None
    return own or connection.referee


def _let_pass(session: Session, seconds: int, where: str) -> None:
    if not isinstance(session, MovesClock):
        raise ScenarioError(
            "nobody can move the clock of this endpoint",
            where=where,
            todo="Run the scenario against the endpoint mock or server.",
        )
    session.advance(seconds)


def _misbehave(session: Session, fault: Fault, where: str) -> None:
    if not isinstance(session, Misbehaving):
        raise ScenarioError(
            f"nobody can tell this endpoint to play the fault {fault.name}",
            where=where,
            todo="Run the scenario against the endpoint server.",
        )
    session.misbehave(fault)


def _sign_wrongly(session: Session, how: OwnSignature, where: str) -> None:
    if not isinstance(session, SignsWrongly):
        raise ScenarioError(
            f"nobody can make a call that is signed wrongly ({how}) to this endpoint",
            where=where,
            todo="Run the scenario against the endpoint mock or server.",
        )
    session.sign_wrongly(how)


def _own(judgement: Judgement) -> tuple[Finding, ...]:
    first = judgement.findings[0] if judgement.findings else Finding("own-request")
    kept = Finding("own-request", first.path, "a request that keeps the contract", first.code)
    return (kept, *judgement.findings)
