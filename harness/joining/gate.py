"""The gate: may the service be opened for production, and if not, why.

A pure function of the project, a policy, the time and the surroundings. An empty list of objections
is the permission. The gate adds to the structural rules what is a matter of policy (age, clocks)
and of the surroundings (files on disk, versions); what was not compared is said, never assumed.

SYSTEM_NOT_SEEN (no evidence driven by the supplier's own system) is an objection of the phase that
asks for an observed suite; a rehearsal, and a process without such a suite, only warn of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, fields
from datetime import datetime, timedelta
from enum import StrEnum

from harness.classes import dataclass
from harness.joining import forms, rules
from harness.joining.actor import Actor, Party
from harness.joining.canaries import CanarySummary
from harness.joining.events import PinKind, RequiredScenario, Value
from harness.joining.evidence import CoverageOf, Outcome, RunSummary, Share
from harness.joining.objections import SUBJECTS_MAX, Objection, ObjectionCode
from harness.joining.parity import Compared, ParitySummary
from harness.joining.pins import SuitePin
from harness.joining.policy import GatePolicy
from harness.joining.project import JoiningProject
from harness.joining.runs import judge, objection
from harness.joining.sharing import permitted_days
from harness.joining.standing import RecordedRun, Standing
from harness.joining.waivers import Waived, closing, waived
from harness.vocabulary import Driver, Level, counted


@dataclass(frozen=True, slots=True)
class SuiteOnDisk:
    """A suite as it lies on disk now: its digest and what its files require."""

    digest: str
    required: frozenset[RequiredScenario]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around the record now. None means not known, so not compared.

    Attributes:
        contracts: digest by reference ``service/interface/version``.
        suites: the pinned suites that lie on disk, by name.
        harness_version: version of the harness in use.
        configuration_digests: digest of what harness.toml says of a run, by endpoint.
        earlier_configuration: the same by endpoint and contract reference, as if harness.toml still
            named that earlier contract; only while it names the pinned one.
        system_release: release of the supplier's own system, which every run that counts must have
            been made for, whoever drove it.
    """

    contracts: Mapping[str, str] | None = None
    suites: Mapping[str, SuiteOnDisk] | None = None
    harness_version: str | None = None
    configuration_digests: Mapping[str, str] | None = None
    earlier_configuration: Mapping[tuple[str, str], str] = field(default_factory=dict)
    system_release: str | None = None


class WarningCode(StrEnum):
    """What the gate tells without closing."""

    ABSENT = "ABSENT"
    """Somebody who typically takes part did not, or something advised was not done."""
    SAME_RESPONSIBLE = "SAME_RESPONSIBLE"
    ITEM_NOT_RECORDED = "ITEM_NOT_RECORDED"
    CHAIN_RESTARTED = "CHAIN_RESTARTED"
    PIN_NOT_CONFIRMED = "PIN_NOT_CONFIRMED"
    PIN_CHANGE_PROPOSED = "PIN_CHANGE_PROPOSED"
    CODE_UNKNOWN = "CODE_UNKNOWN"
    OPTIONAL_NOT_PASSED = "OPTIONAL_NOT_PASSED"
    SHOWN_ELSEWHERE = "SHOWN_ELSEWHERE"
    """Scenarios the endpoint cannot realise; of these the obligatory ones are shown elsewhere."""
    SYSTEM_NOT_SEEN = "SYSTEM_NOT_SEEN"
    OBSERVATION_OPEN = "OBSERVATION_OPEN"
    """A defect found in testing that is not bad enough to close."""
    WAIVER_NOT_CONFIRMED = "WAIVER_NOT_CONFIRMED"
    CORRECTION_NOT_CONFIRMED = "CORRECTION_NOT_CONFIRMED"
    REFERRED = "REFERRED"
    """Evidence that counts was made for another project; which one, and where it stands there."""
    OPENED_ON_WITHDRAWN = "OPENED_ON_WITHDRAWN"
    """Evidence that production was opened on was withdrawn since; the harness closes nothing."""
    PARITY = "PARITY"
    """When our account was last compared with the endpoint, and what that showed."""


@dataclass(frozen=True, slots=True)
class GateWarning:
    """Something to know before opening."""

    code: WarningCode
    sentence: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateResult:
    """The gate's answer.

    Attributes:
        objections: reasons against; none means open.
        warnings: what else to know.
        not_compared: names of the surroundings that were not known.
        judged_version: the project's version the answer is for.
        policy: the values it was judged by.
        waived: reasons against that waivers cover now.
    """

    objections: tuple[Objection, ...]
    warnings: tuple[GateWarning, ...]
    not_compared: tuple[str, ...]
    judged_version: int
    policy: GatePolicy
    waived: tuple[Waived, ...] = ()

    @property
    def open(self) -> bool:
        """Nothing speaks against opening."""
        return not self.objections

    def judged_by(self) -> tuple[Value, ...]:
        """What a decision records: the policy, and the waivers that it leant on."""
        used = sorted({each.id for waived in self.waived for each in waived.waivers})
        return (*self.policy.values(), *([Value("waivers", tuple(used))] if used else []))


def judge_gate(
    project: JoiningProject,
    policy: GatePolicy,
    now: datetime,
    surroundings: Surroundings,
    opener: Actor | None = None,
) -> GateResult:
    """Judge the gate.

    Args:
        project: the project as it stands.
        policy: ages and thresholds.
        now: the present, UTC.
        surroundings: what lies on disk; None fields are reported as not compared.
        opener: who wants to open, when it is known.
    """
    standing = project.standing
    found = _against(standing, policy, now, surroundings, opener)
    return GateResult(
        closing(found, standing.waivers, now),
        tuple(_warnings(project.standing, policy, now)),
        tuple(f.name for f in fields(surroundings) if getattr(surroundings, f.name) is None),
        project.version,
        policy,
        waived(found, standing.waivers, now),
    )


def objections(
    project: JoiningProject,
    policy: GatePolicy,
    now: datetime,
    surroundings: Surroundings,
    opener: Actor | None = None,
) -> tuple[Objection, ...]:
    """Every reason against opening that is not waived, each once; see :func:`judge_gate`."""
    return judge_gate(project, policy, now, surroundings, opener).objections


def _against(
    standing: Standing,
    policy: GatePolicy,
    now: datetime,
    surroundings: Surroundings,
    opener: Actor | None,
) -> tuple[Objection, ...]:
    """Every reason against opening, each once, waived or not."""
    if standing.opening:
        return tuple(rules.not_open(standing))
    found = [*rules.opening(standing), *rules.in_window(standing, now)]
    if opener is not None:
        found += rules.opener(standing, opener)
    counting = _counting(standing)
    for recorded in counting:
        found += _age(standing, recorded, policy, now)
        found += _code(standing, recorded, surroundings)
    found += _coverage(standing, counting, policy)
    found += _parity(standing, policy, now)
    found += _canaries(standing, policy, surroundings)
    found += rules.observed(standing.open_observations(policy.observations))
    found += gaps(standing)
    found += _retiring(standing, now)
    found += _on_disk(standing, surroundings)
    return tuple(dict.fromkeys(found))


def _counting(standing: Standing) -> list[RecordedRun]:
    judged = [judge(standing, suite) for suite in standing.suites]
    return [each for j in judged for each in (*j.counting, *j.leaning_on)]


def _age(
    standing: Standing, recorded: RecordedRun, policy: GatePolicy, now: datetime
) -> Iterator[Objection]:
    run = recorded.run
    ended = run.finished or run.started
    if ended > _latest(policy, min(now, recorded.first_at)):
        yield _from_the_future(standing, run, ended)
    days = min(policy.max_age_days, permitted_days(standing, recorded) or policy.max_age_days)
    if _opening(standing, now) - ended > timedelta(days=days):
        of = f", of the project {recorded.source.project}," if recorded.source else ""
        yield objection(
            standing,
            ObjectionCode.EXPIRED,
            run.suite,
            f"The run of {run.suite} that counts{of} will be older than {counted(days, 'day')} at "
            "the opening.",
            (run.digest,),
        )


def _from_the_future(standing: Standing, run: RunSummary, ended: datetime) -> Objection:
    """The newest run by its clock: no other one is newer until then, nor does withdrawing it help.

    Runs from before a reopening do not count, whatever their clock said.
    """
    phase = standing.process.phase_of_suite(run.suite)
    number = phase.number if phase else standing.process.last
    return Objection(
        ObjectionCode.FROM_THE_FUTURE,
        f"The run of {run.suite} that counts ended at {ended.isoformat()}, in the future. Set the "
        f"clocks right; another run takes its place only after that time, or at once when phase "
        f"{number} was opened again.",
        standing.process.roles.test,
        f"harness phase reopen {number} --reason TEXT",
        (run.digest,),
    )


def _opening(standing: Standing, now: datetime) -> datetime:
    """When the service opens at the earliest: the start of the window, but never in the past."""
    window = standing.window()
    return max(window[0], now) if window else now


def _code(standing: Standing, recorded: RecordedRun, around: Surroundings) -> Iterator[Objection]:
    run = recorded.run
    # What the other project's harness.toml says of its endpoint, nobody knows here.
    digests = None if recorded.source else around.configuration_digests
    configuration = None if digests is None else digests.get(run.endpoint.name, "")
    if run.configuration_digest == around.earlier_configuration.get(
        (run.endpoint.name, run.contract)
    ):
        configuration = run.configuration_digest  # only the contract's version has changed
    changed = tuple(
        name
        for name, then, now in (
            ("configuration", run.configuration_digest, configuration),
            ("harness version", run.harness_version, around.harness_version),
            ("system release", run.system_release, around.system_release),
        )
        if now is not None and then != now
    )
    if changed:
        yield objection(
            standing,
            ObjectionCode.CODE_CHANGED,
            run.suite,
            f"Since the run of {run.suite} that counts, these changed: {', '.join(changed)}.",
            changed,
        )


def _coverage(
    standing: Standing, counting: Sequence[RecordedRun], policy: GatePolicy
) -> Iterator[Objection]:
    """What the runs that count have shown together; in a rehearsal nothing is demanded."""
    if standing.rehearsal or not counting:
        return
    for what, percent in policy.coverage().items():
        shown = _together(what, [each.run for each in counting])
        if percent and (shown is None or not shown.reaches(percent)):
            words = what.value.replace("-", " ")
            told = f"{shown.seen} of {shown.total}" if shown else "nobody knows how many"
            yield Objection(
                ObjectionCode.COVERAGE_TOO_LOW,
                f"The runs that count show {told} {words}; at least {percent} % are demanded.",
                standing.process.roles.test,
                "harness coverage",
                shown.missing[:SUBJECTS_MAX] if shown else (),
            )


def _together(what: CoverageOf, runs: Sequence[RunSummary]) -> Share | None:
    """What is missing from every run; where a run does not name it, what the best one lacks."""
    shares = [share for share in (run.share(what) for run in runs) if share is not None]
    if not shares:
        return None
    total = max(share.total for share in shares)
    best = max(shares, key=lambda share: share.seen - share.total)
    if any(len(share.missing) != share.total - share.seen for share in shares):
        return Share(what, best.seen, best.total)
    missing = frozenset.intersection(*(frozenset(share.missing) for share in shares))
    return Share(what, total - len(missing), total, tuple(sorted(missing)))


def _canaries(standing: Standing, policy: GatePolicy, around: Surroundings) -> Iterator[Objection]:
    """Suites that have to notice planted defects: the newest evidence of what is pinned says so."""
    wanted = [suite for suite in standing.process.suites if suite in policy.canaries]
    for suite in wanted if not standing.rehearsal else ():
        found = _newest_canaries(standing, suite, around)
        if found is None:
            yield Objection(
                ObjectionCode.CANARIES_MISSING,
                f"No planted defects are on record for {suite} as it is pinned, with the pinned "
                "contract and this version of the harness.",
                standing.process.roles.test,
                "harness canary",
                (suite,),
            )
        elif standing.withdrawn(found.digest):
            yield _withdrawn(standing, f"canaries of {suite}", "harness canary", found.digest)
        elif found.survivors:
            yield Objection(
                ObjectionCode.CANARIES_SURVIVED,
                f"{len(found.survivors)} of {found.planted} planted defects were noticed by no "
                f"scenario of {', '.join(each.name for each in found.suites)}.",
                standing.process.roles.test,
                "harness canary",
                found.survivors[:SUBJECTS_MAX],
            )


def _newest_canaries(standing: Standing, suite: str, around: Surroundings) -> CanarySummary | None:
    """The last one recorded of a suite that rests on nothing but what is pinned; or withdrawn."""
    found = None
    for each in (recorded.canaries for recorded in standing.canaries.values()):
        version = around.harness_version or each.harness_version
        named = suite in {checked.name for checked in each.suites}
        if named and each.harness_version == version and _as_pinned(standing, each):
            found = each
    return found


def _withdrawn(standing: Standing, what: str, command: str, digest: str) -> Objection:
    """The newest evidence was a mistake: not missing, for that could be waived beforehand."""
    return Objection(
        ObjectionCode.EVIDENCE_WITHDRAWN,
        f"The newest evidence of the {what} was withdrawn.",
        standing.process.roles.test,
        command,
        (digest,),
    )


def _as_pinned(standing: Standing, canaries: CanarySummary) -> bool:
    for checked in canaries.suites:
        pin = standing.suite_pin(checked.name)
        contract = standing.contract_pin(pin.contract) if pin else None
        if pin is None or contract is None or pin.digest != checked.digest:
            return False
        if (contract.ref, contract.digest) != (canaries.contract, canaries.contract_digest):
            return False
    return True


def gaps(standing: Standing) -> Iterator[Objection]:
    """Each evidence names the one before it; one that is not on record was left out.

    Judged among the evidence recorded since the phase of its suite was last reopened. The first
    evidence after a reopening may follow one that is lost: the reason is on record.
    """
    reopened = {state.reopened_version for state in standing.phases.values()} - {0}
    last = max(reopened, default=0)
    excused = {_first_after(standing, version) for version in reopened}
    for recorded in standing.runs:
        run = recorded.run
        phase = standing.process.phase_of_suite(run.suite)
        since = standing.phases[phase.number].reopened_version if phase else last
        own = recorded.source is None  # of a reference that was asked in the other project
        lost = own and run.predecessor and standing.run(run.predecessor) is None
        if lost and recorded.version > since and run.digest not in excused:
            number = phase.number if phase else standing.process.last
            yield Objection(
                ObjectionCode.EVIDENCE_GAP,
                f"A run made before {run.run_id} is not on record. Record its evidence; if that is "
                f"lost, reopen phase {number} and say why.",
                standing.process.roles.test,
                "harness record FILE",
                (run.predecessor,),
            )


def _parity(standing: Standing, policy: GatePolicy, now: datetime) -> Iterator[Objection]:
    """Where policy demands it: our account was compared of late, and answers as the endpoint."""
    for suite in standing.process.driven if policy.parity_days else ():
        last = _newest_parity(standing, suite, _latest(policy, now))
        oldest = _opening(standing, now) - timedelta(days=policy.parity_days)
        command = _compare(standing, suite)
        if last and standing.withdrawn(last.digest):
            yield _withdrawn(standing, f"comparison of {suite}", command, last.digest)
        elif last is None or last.finished < oldest:
            yield Objection(
                ObjectionCode.PARITY_MISSING,
                f"{suite}: our account was not compared with the pinned endpoint within "
                f"{counted(policy.parity_days, 'day')} before the opening.",
                standing.process.roles.test,
                command,
                (suite,),
            )
        elif last.finished > _latest(policy, now):
            yield Objection(
                ObjectionCode.FROM_THE_FUTURE,
                f"The newest comparison of {suite} ended at {last.finished.isoformat()}, in the "
                "future. Withdraw it, and compare again.",
                standing.process.roles.test,
                "harness correct EVENT --reason TEXT",
                (last.digest,),
            )
        else:
            yield from _incomplete(standing, last, command)
            yield from _drifted(standing, last, command)


def _compare(standing: Standing, suite: str) -> str:
    """The command that compares where it counts."""
    fallback = "server" if standing.rehearsal else "NAME"
    named = (name for kind, name in standing.pins if kind is PinKind.ENDPOINT)
    pins = (standing.endpoint_pin(name) for name in sorted(named))
    names = [pin.name for pin in pins if pin is not None and pin.level is Level.TEST]
    return f"harness parity --endpoint {names[0] if names else fallback} --suite {suite}"


def _drifted(standing: Standing, last: ParitySummary, command: str) -> Iterator[Objection]:
    if last.drifts:
        yield Objection(
            ObjectionCode.PARITY_DRIFT,
            f"{last.suite}: our account and the endpoint differ: {_kinds(last)}.",
            standing.process.roles.test,
            command,
            (last.digest,),
        )


def _incomplete(standing: Standing, last: ParitySummary, command: str) -> Iterator[Objection]:
    """Obligatory scenarios that were left out; an old comparison that left any out is not enough.

    What needs nothing special is realisable everywhere (see ``evidence``), whatever the file says.
    """
    if last.realisable is None:
        left: tuple[str, ...] = (last.digest,)
        number = counted(last.not_compared, "scenario")
        said = f"nobody can tell which {number} the newest comparison left out"
    else:
        why = _left_out(standing, last)
        left = tuple(sorted(why))[:SUBJECTS_MAX]
        words = sorted(set(why.values()))
        causes = ", ".join(f"{sum(each == word for each in why.values())} {word}" for word in words)
        number = counted(len(why), "obligatory scenario")
        said = f"{number} not compared with the endpoint ({causes})" if why else ""
    if said:
        yield Objection(
            ObjectionCode.PARITY_INCOMPLETE,
            f"{last.suite}: {said}. Compare again, and look at the reasons that are told there.",
            standing.process.roles.test,
            command,
            left,
        )


def _left_out(standing: Standing, parity: ParitySummary) -> Mapping[str, str]:
    """Obligatory scenarios of the pinned suite that were not compared but could be, and why."""
    pin = standing.suite_pin(parity.suite)
    outcomes = {each.id: each.outcome for each in parity.outcomes}
    left = {}
    for each in pin.required if pin and outcomes else ():
        outcome = outcomes.get(each.id)
        if outcome is None:
            left[each.id] = "not run"
        elif outcome is Compared.NOT_COMPARED or (
            outcome is Compared.NOT_REALISABLE and not each.needs
        ):
            left[each.id] = "not judged"
    return left


def _latest(policy: GatePolicy, now: datetime) -> datetime:
    """What says that it ended later than this was made with a wrong clock."""
    return now + timedelta(seconds=policy.clock_skew_seconds)


def _newest_parity(standing: Standing, suite: str, latest: datetime) -> ParitySummary | None:
    """The newest comparison of the pinned suite under the pinned contract; or withdrawn.

    In a joining project with the endpoint that is pinned for level test; in a rehearsal with any
    but our account itself, which shows nothing.
    One that was withdrawn because of its wrong clock does not stay the newest until that time.
    """
    pin = standing.suite_pin(suite)
    contract = standing.contract_pin(pin.contract) if pin else None
    if pin is None or contract is None:
        return None
    inputs = (pin.digest, contract.ref, contract.digest)
    found = [
        each
        for each in standing.parities.values()
        if each.suite == suite
        and (each.suite_digest, each.contract, each.contract_digest) == inputs
        and each.compared
        and each.level is not Level.MOCK
        and (standing.rehearsal or _with_pinned(standing, each))
        and not (each.finished > latest and standing.withdrawn(each.digest))
    ]
    return max(found, key=lambda each: each.finished, default=None)


def _with_pinned(standing: Standing, parity: ParitySummary) -> bool:
    pin = standing.endpoint_pin(parity.endpoint.name)
    if pin is None or pin.level is not Level.TEST or parity.level is not Level.TEST:
        return False
    seen = parity.endpoint
    return (pin.address, pin.fingerprint) == (seen.address, seen.fingerprint)


def _kinds(parity: ParitySummary) -> str:
    return ", ".join(f"{each.count} {each.kind}" for each in parity.drifts)


def _about_parity(standing: Standing, policy: GatePolicy, now: datetime) -> Iterator[GateWarning]:
    latest = _latest(policy, now)
    newest = {suite: _newest_parity(standing, suite, latest) for suite in standing.process.driven}
    known = {
        suite: None if last and standing.withdrawn(last.digest) else last
        for suite, last in newest.items()
    }
    never = tuple(suite for suite, last in known.items() if last is None)
    if never and not standing.rehearsal and not policy.parity_days:
        sentence = "Our account was never compared with the endpoint (harness parity)."
        yield GateWarning(WarningCode.PARITY, sentence, never)
    for suite, last in known.items():
        # Where a comparison is demanded, what closes is an objection; whom it was with is told.
        if last is not None and not (policy.parity_days and last.level is Level.TEST):
            days = max(0, (now - last.finished).days)
            showed = f"differed: {_kinds(last)}" if last.drifts else "answered alike"
            ago = f"{counted(days, 'day')} ago"
            whom = "the endpoint" if last.level is Level.TEST else _no_service(last)
            sentence = f"{suite}: our account and {whom} {showed}, {ago}; {_share(last)}."
            yield GateWarning(WarningCode.PARITY, sentence, (suite, last.digest))


def _share(parity: ParitySummary) -> str:
    """How many scenarios were compared, of those that could be."""
    could = parity.realisable
    if could is None:
        return f"{parity.compared} compared, {counted(parity.not_compared, 'scenario')} not"
    return f"{parity.compared} of {counted(could, 'scenario')} that both sides can play compared"


def _no_service(parity: ParitySummary) -> str:
    """Whom a rehearsal was compared with; what it says of the service is for readers to judge."""
    return f"{parity.endpoint.name}, of level {parity.level.value} only,"


def _first_after(standing: Standing, version: int) -> str:
    own = (each for each in standing.runs if each.source is None)
    return next((each.run.digest for each in own if each.version > version), "")


def _retiring(standing: Standing, now: datetime) -> Iterator[Objection]:
    opening = _opening(standing, now).date()
    for suite in standing.suites:
        pin = standing.suite_pin(suite)
        contract = standing.contract_pin(pin.contract) if pin else None
        if contract and contract.retires and opening >= contract.retires:
            yield Objection(
                ObjectionCode.CONTRACT_RETIRES,
                f"The contract {contract.ref} retires on {contract.retires.isoformat()}, before "
                "the service would open.",
                (Party.ACCOUNT, Party.SUPPLIER),
                f"harness pin contract {contract.name}",
                (contract.ref,),
            )


def _on_disk(standing: Standing, around: Surroundings) -> Iterator[Objection]:
    for suite in standing.suites:
        pin = standing.suite_pin(suite)
        if pin is None:
            continue
        contract = standing.contract_pin(pin.contract)
        if around.contracts is not None and contract:
            digest = around.contracts.get(contract.ref)
            if digest != contract.digest:
                yield Objection(
                    ObjectionCode.STALE_CONTRACT,
                    f"The files of {contract.ref} are not those that were pinned.",
                    standing.process.roles.test,
                    f"harness pin contract {contract.name}",
                    (contract.ref,),
                )
        if around.suites is not None:
            yield from _suite_on_disk(standing, pin, around.suites.get(suite))


def _suite_on_disk(
    standing: Standing, pin: SuitePin, found: SuiteOnDisk | None
) -> Iterator[Objection]:
    """The files are the pinned ones, and the pin requires what they do: nobody may pin less."""
    required = frozenset(pin.required)
    if found is not None and (found.digest, found.required) == (pin.digest, required):
        return
    differing = {each.id for each in (found.required if found else frozenset()) ^ required}
    sentence = f"The scenarios of {pin.suite} are not those that were pinned."
    if found is not None and found.digest == pin.digest:
        what = counted(len(differing), "scenario")
        sentence = f"The pin of {pin.suite} requires otherwise than its files in {what}."
    yield Objection(
        ObjectionCode.SUITE_CHANGED,
        sentence,
        standing.process.roles.test,
        f"harness pin suite {pin.suite}",
        tuple(sorted(differing)) or (pin.suite,),
    )


def _warnings(standing: Standing, policy: GatePolicy, now: datetime) -> Iterator[GateWarning]:
    yield from _about_items(standing)
    yield from _about_pins(standing)
    yield from _about_runs(standing)
    yield from _about_observations(standing, policy)
    yield from _about_second_parties(standing, now)
    yield from _about_parity(standing, policy, now)


def _about_observations(standing: Standing, policy: GatePolicy) -> Iterator[GateWarning]:
    closing = {each.id for each in standing.open_observations(policy.observations)}
    for each in rules.observed(standing.open_observations()):
        if each.subjects[0] not in closing:
            yield GateWarning(WarningCode.OBSERVATION_OPEN, each.sentence, each.subjects)


def _about_items(standing: Standing) -> Iterator[GateWarning]:
    for phase in standing.process.phases:
        for item in standing.items(phase):
            stated = standing.stated(item)
            if item.optional and not stated and not standing.rehearsal:
                yield GateWarning(
                    WarningCode.ITEM_NOT_RECORDED,
                    f"{item.title.en}: nothing is on record.",
                    (item.id,),
                )
            for each in stated:
                for title in forms.unadvised(item, each.values):
                    sentence = f"{item.title.en}: told no, or named nobody: {title}."
                    yield GateWarning(WarningCode.ABSENT, sentence, (item.id,))
                for pair in forms.not_distinct(item, each.values):
                    sentence = f"{item.title.en}: the same person twice: {pair}."
                    yield GateWarning(WarningCode.SAME_RESPONSIBLE, sentence, (item.id,))


def _about_second_parties(standing: Standing, now: datetime) -> Iterator[GateWarning]:
    """What waits for somebody's agreement, and what was opened on evidence that was none."""
    for waiver in standing.waivers.values():
        if waiver.waits(now):
            sentence = (
                f"{waiver.id}, of {waiver.code}, waits for a second party and covers nothing."
            )
            yield GateWarning(WarningCode.WAIVER_NOT_CONFIRMED, sentence, (waiver.digest,))
    for each in standing.corrections.values():
        if each.confirmed_by is None and not each.source:
            what = "evidence" if each.evidence else f"event {each.corrects}"
            sentence = f"No second party has confirmed that {what} was a mistake: {each.reason}"
            subjects = (each.evidence,) if each.evidence else ()
            yield GateWarning(WarningCode.CORRECTION_NOT_CONFIRMED, sentence, subjects)
    if found := standing.opened_on_withdrawn():
        sentence = "Production was opened on evidence that was withdrawn since."
        yield GateWarning(WarningCode.OPENED_ON_WITHDRAWN, sentence, found)


def _about_pins(standing: Standing) -> Iterator[GateWarning]:
    for (kind, name), state in sorted(standing.pins.items()):
        if state.effective.confirmed_by is None and standing.rehearsal:
            sentence = f"The pinned {kind.value} {name} is not confirmed by a second party."
            yield GateWarning(WarningCode.PIN_NOT_CONFIRMED, sentence, (name,))
        if state.proposed:
            sentence = f"A change of the pinned {kind.value} {name} waits for a second party."
            digest = state.proposed.pin.pin_digest
            yield GateWarning(WarningCode.PIN_CHANGE_PROPOSED, sentence, (name, digest))


def _about_runs(standing: Standing) -> Iterator[GateWarning]:
    own = [each.run for each in standing.runs if each.source is None]
    restarted = [run.run_id for run in own[1:] if not run.predecessor]
    if restarted:
        sentence = "Evidence that names no evidence before it, although some is on record."
        yield GateWarning(WarningCode.CHAIN_RESTARTED, sentence, tuple(restarted))
    counting = _counting(standing)
    for recorded in counting:
        yield from _about_source(recorded)
        yield from _about_run(recorded.run)
    enforced = bool(standing.process.observed) and not standing.rehearsal
    seen = any(each.run.driver is Driver.SYSTEM for each in standing.runs)
    if counting and not enforced and not seen:
        sentence = "No evidence on record was driven by the supplier's own system."
        yield GateWarning(WarningCode.SYSTEM_NOT_SEEN, sentence)


def _about_source(recorded: RecordedRun) -> Iterator[GateWarning]:
    run, source = recorded.run, recorded.source
    if source is not None:
        sentence = (
            f"The run of {run.suite} that counts is of the project {source.project}, event "
            f"{source.version} there: {source.organisation}, release {run.system_release}. What "
            "is configured for this service was not in it."
        )
        yield GateWarning(WarningCode.REFERRED, sentence, (source.project, run.digest))


def _about_run(run: RunSummary) -> Iterator[GateWarning]:
    if run.code.dirty is not False or not run.code.revision:
        known = "has uncommitted changes" if run.code.dirty else "is not known"
        sentence = f"The revision of the code the run of {run.suite} was made with {known}."
        yield GateWarning(WarningCode.CODE_UNKNOWN, sentence, (run.digest,))
    bad = {Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_RUN, Outcome.NOT_SEEN}
    optional = tuple(o.id for o in run.outcomes if not o.obligatory and o.outcome in bad)
    if optional:
        sentence = f"Scenarios of {run.suite} that are not obligatory did not pass."
        yield GateWarning(WarningCode.OPTIONAL_NOT_PASSED, sentence, optional)
    elsewhere = tuple(o.id for o in run.outcomes if o.outcome is Outcome.NOT_REALISABLE)
    if elsewhere:
        sentence = f"Scenarios of {run.suite} that the endpoint {run.endpoint.name} cannot realise."
        yield GateWarning(WarningCode.SHOWN_ELSEWHERE, sentence, elsewhere)
