"""Watching a supplier's system do what a suite asks of it. No sockets, no clock of its own.

Whoever receives the calls, our account or a relay, tells of each when it arrives and when it is
answered. A call goes to the open step that describes it most closely, is judged there, and ends
the step or the scenario. What does not come in time is not seen: neither passed nor failed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace

from harness.account import questions, rules
from harness.classes import dataclass
from harness.endpoints.faults import Fault
from harness.endpoints.protocol import Endpoint
from harness.exchange.findings import Finding, meaning
from harness.exchange.judge import Judgement
from harness.exchange.message import Message
from harness.i18n import Text
from harness.identity import suspicious_codes
from harness.suite import marks
from harness.suite.conduct import Conduct
from harness.suite.expectations import compare, differing
from harness.suite.model import Expectation
from harness.suite.observing import Attachments, Observation, ObservedScenario, Refusal
from harness.suite.runner import ScenarioResult
from harness.suite.suites import Suite
from harness.suite.variables import Variables, names_used, substitute
from harness.vocabulary import Verdict, counted

_ANY = Expectation(answer=True)
_FILES = "Kysely/Kohteet/Kohde/Tiedostot/Tiedosto"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived.

    Attributes:
        judgement: of the request.
        digest: SHA-256 of its body.
        signed: it was signed, by somebody whose signature counts.
        http: ``texts_of_http`` of it.
    """

    judgement: Judgement
    digest: str
    signed: bool = False
    http: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """What came of a call.

    Attributes:
        answer: what was answered, judged; ``None`` when the answer was spoilt on purpose.
        codes: of what the other side found wrong with the request, its signature included.
        met: who answered: ``host:port``, and SHA-256 of the certificate or empty.
    """

    answer: Judgement | None
    codes: tuple[str, ...] = ()
    met: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Instructed:
    """Somebody has to do something with the system now."""

    id: str
    """``suite/scenario#step``."""
    scenario: str
    step: int
    steps: int
    operation: str
    text: Text
    within: int
    quiet: bool
    """Nothing has to come: it is watched that not too much does."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A call came; ``id`` is that of the instruction it belongs to, or empty."""

    id: str
    operation: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """A scenario has ended."""

    result: ScenarioResult
    title: Text


Told = Instructed | Seen | Over


@dataclass(slots=True)
class _Track:
    """One scenario under watch."""

    scenario: ObservedScenario
    variables: Variables
    shown: Variables
    place: int = 0
    count: int = 0
    since: float | None = None
    """When the step under way was opened; nothing while it is not."""
    began: float = 0.0
    notes: list[Finding] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    met: set[tuple[str, str]] = field(default_factory=set)

    @property
    def step(self) -> Observation:
        return self.scenario.content.steps[self.place]

    @property
    def id(self) -> str:
        return f"{self.scenario.id}#{self.place + 1}"

    @property
    def where(self) -> str:
        return self.scenario.document.where(("steps", self.place))

    def describes(self, call: Call) -> bool:
        return _describes(self.step, call, self.variables, self.where)

    def instructed(self) -> Instructed:
        step, steps = self.step, len(self.scenario.content.steps)
        text = step.instruction.text
        filled = Text(*(substitute(part, self.shown, self.where) for part in _parts(text)))
        quiet, place = step.at_most is not None, self.place + 1
        return Instructed(
            self.id, self.scenario.id, place, steps, step.observe, filled, step.within, quiet
        )


@dataclass(slots=True)
class _Quiet:
    """A step in which not too much may come, after somebody has gone on before its time."""

    track: _Track
    step: Observation
    where: str
    since: float
    count: int

    @property
    def ends(self) -> float:
        return self.since + self.step.within

    def broken_by(self, call: Call) -> Finding | None:
        """What is wrong when this call has come as well."""
        most = self.step.at_most or 0
        if not _describes(self.step, call, self.track.variables, self.where):
            return None
        self.count += 1
        return _too_many(most, self.count) if self.count > most else None


@dataclass(frozen=True, slots=True)
class Taken:
    """A call that has arrived, and what is to become of it.

    Attributes:
        fault: how the account spoils its answer.
        refusal: how the account turns it away instead of answering.
    """

    call: Call
    wrong: tuple[Finding, ...]
    track: _Track | None = None
    step: Observation | None = None
    fault: Fault | None = None
    refusal: Refusal | None = None


class Onlooker:
    """Watches without a suite: every call is judged, and nothing is waited for."""

    over = False

    def __init__(self, endpoint: Endpoint, tell: Callable[[Told], None]) -> None:
        """Prepare; see ``Watch``."""
        self._conduct = Conduct(frozenset(each.id for each in endpoint.roles.values()))
        self._tell = tell

    def arrived(self, call: Call) -> "Taken":
        """A call has come."""
        return Taken(call, _broken(call, self._conduct))

    def ended(self, taken: "Taken", end: End) -> None:
        """A call that arrived has been answered."""
        message = taken.call.judgement.message
        if message is not None and _is_answer(end.answer):
            self._conduct.answered(message)
        wrong = taken.wrong
        if end.answer is not None and end.answer.verdict is not Verdict.PASSED:
            wrong += end.answer.findings
        self._tell(Seen("", taken.call.judgement.operation, wrong))

    def tick(self) -> None:
        """Nothing is waited for."""

    def hurry(self, _: str = "") -> None:
        """The same."""

    def left(self) -> float:
        """Always 0."""
        return 0.0


class Watch:
    """One run of an observed suite."""

    def __init__(
        self,
        suite: Suite,
        endpoint: Endpoint,
        *,
        provides: frozenset[str],
        now: Callable[[], float],
        tell: Callable[[Told], None],
        only: Sequence[str] = (),
        any_order: bool = False,
    ) -> None:
        """Prepare; ``begin`` gives the first instruction.

        Args:
            suite: an observed suite.
            endpoint: who answers: its customers and identifiers are those of the suite.
            provides: what the other side can be brought to do here.
            now: seconds that only ever grow.
            tell: is told of everything that happens.
            only: names of scenarios; empty for all.
            any_order: every scenario waits at once, instead of one after the other.
        """
        self._suite, self._now, self._tell, self._any_order = suite, now, tell, any_order
        self._conduct = Conduct(frozenset(each.id for each in endpoint.roles.values()))
        self._tracks: list[_Track] = []
        self._general: list[ObservedScenario] = []
        self._quiet: list[_Quiet] = []
        self._under_way: Counter[str] = Counter()
        self._calls = 0
        self._wrong: list[Finding] = []
        self.results: dict[str, ScenarioResult] = {}
        wanted = set(only) or {each.name for each in suite.observed.values()}
        for scenario in suite.observed.values():
            if scenario.name in wanted:
                self._prepare(scenario, endpoint, provides)

    def _prepare(
        self, scenario: ObservedScenario, endpoint: Endpoint, provides: frozenset[str]
    ) -> None:
        missing = [need for need in scenario.content.needs if need not in provides]
        gaps = _unmapped(scenario, endpoint)
        if missing:
            reason = f"needs {', '.join(missing)}"
            self.results[scenario.id] = ScenarioResult(scenario.id, None, reason)
        elif gaps:
            found = ScenarioResult(scenario.id, Verdict.INCONCLUSIVE, gaps[0].code, gaps)
            self.results[scenario.id] = found
        elif scenario.content.conduct:
            self._general.append(scenario)
        else:
            real, shown = _variables(endpoint)
            self._tracks.append(_Track(scenario, real, shown))

    @property
    def over(self) -> bool:
        """Nothing is waited for any more."""
        return not self._waiting()

    def _waiting(self) -> list[_Track]:
        """Scenarios that have not ended and whose turn it is."""
        left = [each for each in self._tracks if each.scenario.id not in self.results]
        return left if self._any_order else left[:1]

    def begin(self) -> None:
        """Tell what cannot be shown here, and give the first instructions."""
        for id_, result in self.results.items():
            self._tell(Over(result, _title(self._suite.observed[id_])))
        self._open()

    def _open(self) -> None:
        """Give the instruction of every step whose turn has come."""
        for track in self._waiting():
            if track.since is None:
                track.since = self._now()
                track.began = track.began or track.since
                self._tell(track.instructed())

    def left(self) -> float:
        """Seconds until the next step's time is over; 0 when nothing is waited for."""
        ends = [e.since + e.step.within for e in self._waiting() if e.since is not None]
        return max(0.0, min(ends) - self._now()) if ends else 0.0

    # What happens

    def arrived(self, call: Call) -> Taken:
        """A call has come; says what is to become of it.

        One that comes again while its answer is under way is nobody's: that answer is waited for.
        """
        wrong = _broken(call, self._conduct)
        again = call.digest in self._under_way
        self._under_way[call.digest] += 1
        if again:
            return Taken(call, wrong)
        fitting = [each for each in self._waiting() if each.describes(call)]
        if not fitting:
            return Taken(call, wrong)
        # Of several that describe it, the one that says most of it; then the first of the suite.
        track = max(fitting, key=lambda each: each.step.conditions)
        step = track.step
        return Taken(call, wrong, track, step, step.misbehaviour, step.refuse)

    def ended(self, taken: Taken, end: End) -> None:
        """A call that arrived has been answered."""
        wrong = taken.wrong + _more(taken.call, end.codes)
        self._under_way -= Counter([taken.call.digest])
        self._calls += 1
        self._wrong += wrong
        message = taken.call.judgement.message
        if message is not None and _is_answer(end.answer):
            self._conduct.answered(message)
        track, step = taken.track, taken.step
        ended = track is not None and track.scenario.id in self.results
        if track is None or step is None or ended or track.step is not step:
            self._tell(Seen("", taken.call.judgement.operation, wrong))
            self._disturb(taken.call)
            self._open()
            return
        wrong += tuple(self._against(track, step, taken.call, end))
        self._tell(Seen(track.id, taken.call.judgement.operation, wrong))
        self._take(track, step, taken.call, end, wrong)
        self._open()

    def _take(
        self,
        track: _Track,
        step: Observation,
        call: Call,
        end: End,
        wrong: tuple[Finding, ...],
    ) -> None:
        message, answer = call.judgement.message, end.answer
        if end.met[0]:
            track.met.add(end.met)
        if answer is not None:
            track.marks |= set(marks.answer_marks(step.observe, answer.message, self._codes(step)))
            track.notes += answer.findings if answer.verdict is Verdict.PASSED else ()
        wrong = wrong or _saved(track, step, message, answer)
        track.count += 1
        if wrong:
            self._end(track, _verdict(wrong, answer), wrong)
        elif step.at_most is not None and track.count > step.at_most:
            self._end(track, Verdict.FAILED, (_too_many(step.at_most, track.count),))
        elif step.at_most is None and track.count == step.times:
            self._next(track)

    def _disturb(self, call: Call) -> None:
        """Hold a call that no open step has asked for against those that were gone on from."""
        for quiet in self._quiet:
            wrong = quiet.broken_by(call) if self._now() < quiet.ends else None
            before = self.results.get(quiet.track.scenario.id)
            if wrong is not None and (before is None or before.verdict is Verdict.PASSED):
                self._end(quiet.track, Verdict.FAILED, (wrong,), where=quiet.where)

    def _next(self, track: _Track) -> None:
        track.place, track.count, track.since = track.place + 1, 0, None
        if track.place == len(track.scenario.content.steps):
            track.place -= 1
            self._end(track, Verdict.PASSED, ())

    def _end(
        self,
        track: _Track,
        verdict: Verdict,
        wrong: tuple[Finding, ...],
        *,
        seen: bool = True,
        where: str = "",
    ) -> None:
        result = ScenarioResult(
            id=track.scenario.id,
            verdict=verdict,
            reason=wrong[0].code if wrong else "",
            findings=tuple(dict.fromkeys((*wrong, *track.notes))),
            where=(where or track.where) if wrong else "",
            seconds=self._now() - track.began,
            marks=frozenset(track.marks),
            met=frozenset(track.met),
            seen=seen,
        )
        self._finish(result)

    def _finish(self, result: ScenarioResult) -> None:
        self.results[result.id] = result
        self._tell(Over(result, _title(self._suite.observed[result.id])))

    def tick(self) -> None:
        """Look at the clock."""
        for track in self._waiting():
            if track.since is not None and self._now() >= track.since + track.step.within:
                self._late(track)
        self._open()

    def hurry(self, id_: str = "") -> None:
        """Go on as if the time of an open step, or of all of them, were over.

        What may not come is watched until its time is really over, or the run.

        Args:
            id_: of its instruction; empty for all.
        """
        for track in self._waiting():
            if id_ in {"", track.id}:
                self._watch_on(track)
                self._late(track)
        self._open()

    def _watch_on(self, track: _Track) -> None:
        """Somebody says that nothing more will come: it is watched all the same."""
        if track.step.at_most is not None and track.since is not None:
            quiet = _Quiet(track, track.step, track.where, track.since, track.count)
            self._quiet.append(quiet)

    def _late(self, track: _Track) -> None:
        step = track.step
        if step.at_most is not None:
            self._next(track)
            return
        wanted = f"{step.times} of {step.observe} within {step.within} s"
        missed = Finding("not-seen", "", wanted, str(track.count))
        self._end(track, Verdict.INCONCLUSIVE, (missed,), seen=False)

    def finish(self) -> dict[str, ScenarioResult]:
        """End the run; scenarios without a result were not run."""
        whole = self.over
        for quiet in self._quiet:
            self._note_cut(quiet)
        for scenario in self._general:
            wrong = tuple(dict.fromkeys(self._wrong))
            id_ = scenario.id
            if wrong:
                where = str(scenario.file)
                self._finish(ScenarioResult(id_, Verdict.FAILED, wrong[0].code, wrong, where))
            elif whole and self._calls:
                self._finish(ScenarioResult(id_, Verdict.PASSED))
            elif whole:
                none = (Finding("not-seen", "", "calls of the system", "0"),)
                never = ScenarioResult(id_, Verdict.INCONCLUSIVE, "not-seen", none, seen=False)
                self._finish(never)
        self._general = []
        return self.results

    def _note_cut(self, quiet: _Quiet) -> None:
        """Say of a scenario that passed for how long it was watched, if not for its whole time."""
        result = self.results.get(quiet.track.scenario.id)
        watched = self._now() - quiet.since
        if result is not None and result.verdict is Verdict.PASSED and self._now() < quiet.ends:
            note = Finding("cut-short", "", f"{quiet.step.within} s", f"{watched:.0f} s")
            self.results[result.id] = replace(result, findings=(*result.findings, note))

    # Judging

    def _against(self, track: _Track, step: Observation, call: Call, end: End) -> Iterator[Finding]:
        message, asked = call.judgement.message, step.expect
        if message is not None:
            found = differing(message, asked.fields, track.variables, track.where)
            yield from (Finding("asked", e.path, e.expected, e.seen) for e in found)
            yield from _attached(message, asked.attachments)
        if end.answer is not None:
            yield from self._answered(track, step, end.answer)

    def _answered(self, track: _Track, step: Observation, answer: Judgement) -> Iterator[Finding]:
        if answer.verdict is not Verdict.PASSED:
            yield from answer.findings
            return
        code = (self._suite.content.code or "").replace("{operation}", step.observe)
        wanted = step.answer or _ANY
        yield from compare(answer.message, wanted, code, track.variables, track.where)

    def _codes(self, step: Observation) -> list[str]:
        content = self._suite.content
        found = [*content.codes, *([content.code] if content.code else [])]
        return [path.replace("{operation}", step.observe) for path in found]


def _describes(step: Observation, call: Call, variables: Variables, where: str) -> bool:
    message = call.judgement.message
    if message is None or call.judgement.operation != step.observe:
        return False
    if step.signed and not call.signed:
        return False
    return not differing(message, step.when, variables, where)


def _too_many(most: int, count: int) -> Finding:
    return Finding("too-many-calls", "", f"{most} at most", str(count))


def _broken(call: Call, conduct: Conduct) -> tuple[Finding, ...]:
    """What a request breaks by itself: the contract, and the rules of conduct."""
    judgement = call.judgement
    wrong = judgement.findings if judgement.verdict is not Verdict.PASSED else ()
    if judgement.message is not None:
        wrong += conduct.check(judgement.message, call.digest, call.http)
    return wrong


def _more(call: Call, codes: Sequence[str]) -> tuple[Finding, ...]:
    """What the other side alone found wrong with a request: its signature."""
    known = {each.code for each in call.judgement.findings}
    new = dict.fromkeys(each for each in codes if each not in known)
    return tuple(Finding(e) for e in new if meaning(e).verdict is not Verdict.PASSED)


def _verdict(wrong: tuple[Finding, ...], answer: Judgement | None) -> Verdict:
    """Failed, unless the only thing wrong is an answer that says nothing."""
    if answer is not None and wrong == answer.findings:
        return answer.verdict
    return Verdict.FAILED


def _is_answer(answer: Judgement | None) -> bool:
    passed = answer is not None and answer.verdict is Verdict.PASSED
    return passed and (answer is None or answer.message is None or answer.message.fault is None)


def _saved(
    track: _Track, step: Observation, message: Message | None, answer: Judgement | None
) -> tuple[Finding, ...]:
    """Keep what later steps need; what is not there exactly once is a finding."""
    wanted = [(name, path, message) for name, path in step.save.items()]
    told = answer.message if answer is not None else None
    wanted += [(name, path, told) for name, path in step.save_answer.items()]
    for name, path, source in wanted:
        texts = source.texts(path) if source is not None else []
        if len(texts) != 1:
            return (Finding("save", path, "exactly one value", f"{len(texts)} values"),)
        track.variables.saved[name] = texts[0]
    return ()


def _attached(message: Message, wanted: Attachments | None) -> Iterator[Finding]:
    if wanted is None:
        return
    files = [file for item in questions.items(message) for file in item.attachments]
    if len(files) != wanted.count:
        expected, seen = counted(wanted.count, "file"), counted(len(files), "file")
        yield Finding("attachment", _FILES, expected, seen)
    for file in files:
        if file.size < wanted.at_least:
            least = f"{wanted.at_least} bytes or more"
            yield Finding("attachment", _FILES, least, f"{file.size} bytes")
        if wanted.pdf and not rules.is_pdf(file):
            yield Finding("attachment", _FILES, "a PDF file", "something else")


def _unmapped(scenario: ObservedScenario, endpoint: Endpoint) -> tuple[Finding, ...]:
    """Roles and identifiers that a scenario uses and the endpoint's entry does not map."""
    used = {name for step in scenario.content.steps for name in names_used(step)}
    found = []
    for kind, table in (("role", endpoint.roles), ("ids", endpoint.ids)):
        words = {n.split(".")[1] for n in used if n.startswith(f"{kind}.")}
        for word in sorted(words - set(table)):
            place = f"[endpoints.{endpoint.name}.{'roles' if kind == 'role' else 'ids'}] {word}"
            found.append(Finding("unmapped", "", place, "not in harness.toml"))
    return tuple(found)


def _variables(endpoint: Endpoint) -> tuple[Variables, Variables]:
    """The values of ``${...}``, and the same as they may be shown: no code that may be a person's.

    What was issued with a contract stays in its private file; its role says who is meant.
    """
    fixed = {f"ids.{name}": value for name, value in endpoint.ids.items()}
    shown = dict(fixed)
    for name, role in endpoint.roles.items():
        fixed |= {f"role.{name}.id": role.id, f"role.{name}.type": role.type}
        seen = f"<{name}>" if suspicious_codes(role.id) else role.id
        shown |= {f"role.{name}.id": seen, f"role.{name}.type": role.type}
    return Variables(fixed, "", ""), Variables(shown, "", "")


def _title(scenario: ObservedScenario) -> Text:
    title = scenario.content.title
    return Text(title.fi or title.en, title.sv or title.en, title.en)


def _parts(text: Text) -> Iterable[str]:
    return text.fi, text.sv, text.en
