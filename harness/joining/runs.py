"""Which run counts, and what speaks against it.

Rules:

1. A run counts for a suite only when it was recorded after the phase of the suite was last
   reopened. Runs are never merged.
2. In a joining project only level ``test`` counts. A run has that level when it says so and its
   endpoint (name, address, fingerprint) is the pinned one of level test. In a rehearsal every level
   counts.
3. Of each driver the newest complete run counts, by the time it started.
4. A newer run on the same inputs in which a required scenario failed closes it again, complete or
   not. Where the pinned contract keeps what an earlier one showed, a failure under either counts.
5. The counting run is of the pinned suite, and every scenario the pin requires passed in it, under
   the pinned contract or under an earlier one of which the pinned contract keeps that scenario. A
   scenario whose needs the pinned endpoint does not provide must have passed at level ``server``
   instead, with the same suite and such a contract. What the supplier's own system drives goes
   through a relay at level ``test``, which provides nothing.
6. Of a suite that is observed only runs count that the supplier's own system drove.
7. Where the newest complete run was withdrawn, nothing counts until another is recorded: an older
   one does not take its place, and what failed in a withdrawn run closes as before.
8. Evidence of another project counts as the pinned policy lets it, and only while no run of this
   project's own, of that suite, level and driver, is complete or has failed, before the phase was
   reopened or after.
9. A contract keeps nothing but required scenarios of a pinned suite, shown by a run on record.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.classes import dataclass
from harness.joining.evidence import Outcome, RunSummary, is_complete
from harness.joining.objections import Objection, ObjectionCode
from harness.joining.pins import ContractPin, EndpointPin
from harness.joining.sharing import permitted
from harness.joining.standing import RecordedRun, Standing
from harness.vocabulary import Driver, Level


@dataclass(frozen=True, slots=True)
class Judged:
    """The runs that count for a suite, the runs they lean on, and the objections to them."""

    suite: str
    counting: tuple[RecordedRun, ...]
    leaning_on: tuple[RecordedRun, ...]
    objections: tuple[Objection, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """Digests of the counting evidence."""
        return tuple(each.run.digest for each in self.counting)


def effective_level(standing: Standing, run: RunSummary) -> Level | None:
    """The level a run has shown, or None when its endpoint is not the one it should be."""
    if run.level is not Level.TEST:
        return run.level
    pin = standing.endpoint_pin(run.endpoint.name)
    if pin is not None and pin.level is Level.TEST and is_pinned(pin, run):
        return Level.TEST
    return Level.SERVER if _loopback(run.endpoint.address) else None


def is_pinned(pin: EndpointPin, run: RunSummary) -> bool:
    """The run's endpoint is the pinned one."""
    seen = run.endpoint
    return (pin.name, pin.address, pin.fingerprint) == (seen.name, seen.address, seen.fingerprint)


def _loopback(address: str) -> bool:
    host = address.partition("://")[2].partition("/")[0]
    name = host.rpartition(":")[0] if not host.endswith("]") else host
    return (name or host) in {"localhost", "[::1]"} or (name or host).startswith("127.")


def inputs(run: RunSummary) -> tuple[object, ...]:
    """What must be equal for two runs to be about the same thing."""
    return (
        run.suite,
        run.suite_digest,
        run.contract,
        run.contract_digest,
        run.level,
        run.driver,
        run.system_release,
        run.endpoint,
        run.configuration_digest,
        run.harness_version,
    )


def candidates(standing: Standing, suite: str) -> list[RecordedRun]:
    """Runs of a suite recorded since its phase was last reopened, oldest first."""
    phase = standing.process.phase_of_suite(suite)
    since = standing.phases[phase.number].reopened_version if phase else 0
    found = [
        each
        for each in standing.runs
        if each.run.suite == suite and each.version > since and _is_driven(standing, each.run)
    ]
    return sorted(_own_first(standing, found), key=_age)


def _own_first(standing: Standing, found: list[RecordedRun]) -> list[RecordedRun]:
    """Without references where this project has tested itself: its own red run is not hidden.

    Neither by opening the phase again: then its own new run shows what the old one did not.
    """
    suites = {each.run.suite for each in found if each.source}
    own = [each.run for each in standing.runs if not each.source and each.run.suite in suites]
    tested = {(r.level, r.driver) for r in own if complete(r) or failures(standing, r)}
    return [e for e in found if not e.source or (e.run.level, e.run.driver) not in tested]


def _is_driven(standing: Standing, run: RunSummary) -> bool:
    """Whoever had to has driven the run: of an observed suite, the supplier's own system."""
    return run.suite not in standing.process.observed or run.driver is Driver.SYSTEM


def _age(recorded: RecordedRun) -> tuple[float, int]:
    return recorded.run.started.timestamp(), recorded.version


def judge(standing: Standing, suite: str) -> Judged:
    """Find the runs that count for a suite and everything that speaks against them."""
    found = candidates(standing, suite)
    near = [each for each in found if _near_enough(standing, each.run)]
    newest = {each.run.driver: each for each in near if complete(each.run)}
    ordered = [newest[driver] for driver in sorted(newest)]
    counting = tuple(each for each in ordered if not standing.withdrawn(each.run.digest))
    objections = [_withdrawn(standing, each.run) for each in ordered if each not in counting]
    if not ordered:
        # Nothing is there that a decision could rest on, so there is nothing to waive.
        nothing = replace(_nothing_counts(standing, suite, found, near), waivable=False)
        return Judged(suite, (), (), (nothing,))
    leaning: list[RecordedRun] = []
    for each in counting:
        objections += _against(standing, each.run)
        objections += _newer_failures(standing, each, near)
        more, used = _elsewhere(standing, each.run, found)
        objections += more
        leaning += used
    for each in (*counting, *leaning):
        objections += permitted(standing, each.source, each.run) if each.source else ()
    return Judged(suite, counting, tuple(leaning), tuple(objections))


def _withdrawn(standing: Standing, run: RunSummary, level: Level = Level.TEST) -> Objection:
    """The evidence that would count, or be leant on, was a mistake, or a reference that ended."""
    found = standing.withdrawn(run.digest)
    how, next_ = "withdrawn", ""
    if found and found.source:
        how, next_ = found.reason, " Run the suite here, or refer to a newer run there."
    return Objection(
        ObjectionCode.EVIDENCE_WITHDRAWN,
        f"The newest evidence of {run.suite}, driver {run.driver.value}, was {how}.{next_}",
        standing.process.roles.test,
        run_command(standing, run.suite, level),
        (run.digest,),
    )


def complete(run: RunSummary) -> bool:
    """The run ended and left no obligatory scenario out."""
    return is_complete(run.finished, run.outcomes)


def _near_enough(standing: Standing, run: RunSummary) -> bool:
    level = effective_level(standing, run)
    return level is Level.TEST or (standing.rehearsal and level in {Level.MOCK, Level.SERVER})


def _nothing_counts(
    standing: Standing, suite: str, found: Sequence[RecordedRun], near: Sequence[RecordedRun]
) -> Objection:
    if near:
        newest = near[-1].run
        left_out = tuple(o.id for o in newest.outcomes if o.outcome is Outcome.NOT_RUN)
        how = "did not end" if newest.finished is None else "left scenarios out"
        return objection(
            standing,
            ObjectionCode.INCOMPLETE,
            suite,
            f"No run of {suite} is complete; the last {how}.",
            left_out,
        )
    wrong = next((each.run for each in reversed(found) if each.run.level is Level.TEST), None)
    if suite in standing.process.observed and wrong is None:
        return _system_not_seen(standing, suite, found)
    if not found:
        return objection(
            standing, ObjectionCode.NEVER_RUN, suite, f"No run of {suite} is on record.", ()
        )
    if wrong is None:
        return objection(
            standing,
            ObjectionCode.MOCK_ONLY,
            suite,
            f"No run of {suite} was made against the service's test environment.",
            tuple(sorted({each.run.level.value for each in found})),
        )
    return _not_the_pinned_one(standing, wrong)


def _system_not_seen(standing: Standing, suite: str, found: Sequence[RecordedRun]) -> Objection:
    sentence = f"The supplier's own system was not seen going through {suite} at the test endpoint."
    if found:
        sentence += " It was observed against our account only."
    return objection(
        standing,
        ObjectionCode.SYSTEM_NOT_SEEN,
        suite,
        sentence,
        tuple(sorted({each.run.level.value for each in found})),
    )


def _not_the_pinned_one(standing: Standing, run: RunSummary) -> Objection:
    name, seen = run.endpoint.name, (run.endpoint.address, run.endpoint.fingerprint)
    if standing.endpoint_pin(name) is None:
        return Objection(
            ObjectionCode.PIN_MISSING,
            f"The endpoint {name}, which a run of {run.suite} used, is not pinned.",
            standing.process.roles.test,
            f"harness pin endpoint {name}",
            (name,),
        )
    return objection(
        standing,
        ObjectionCode.WRONG_ENDPOINT,
        run.suite,
        f"The newest run of {run.suite} reached another address or certificate than the test "
        f"endpoint pinned as {name}.",
        tuple(each for each in seen if each),
    )


def objection(
    standing: Standing, code: ObjectionCode, suite: str, sentence: str, subjects: tuple[str, ...]
) -> Objection:
    """An objection that running the suite again can clear."""
    return Objection(
        code, sentence, standing.process.roles.test, run_command(standing, suite), subjects
    )


def run_command(standing: Standing, suite: str, level: Level = Level.TEST) -> str:
    """The command that runs a suite where it counts."""
    pinned = (state.effective.pin for state in standing.pins.values())
    wanted = Level.MOCK if standing.rehearsal and level is Level.TEST else level
    names = [p.name for p in pinned if isinstance(p, EndpointPin) and p.level is wanted]
    fallback = "mock" if wanted is Level.MOCK else "NAME"
    if suite in standing.process.observed:
        relay = f"harness relay --to {names[0] if names else 'NAME'} --suite {suite}"
        return relay if level is Level.TEST else f"harness observe --suite {suite}"
    return f"harness run --suite {suite} --endpoint {names[0] if names else fallback}"


def _against(standing: Standing, run: RunSummary) -> Iterator[Objection]:
    """What speaks against a counting run by itself."""
    yield from _against_inputs(standing, run)
    for outcome, code, words in _BAD:
        bad = tuple(
            name for name in required(standing, run) if _counted(standing, run, name) is outcome
        )
        if bad:
            yield objection(
                standing, code, run.suite, f"In the run of {run.suite} that counts, {words}.", bad
            )
    if all(each.outcome is not Outcome.PASSED for each in run.outcomes):
        yield objection(
            standing,
            ObjectionCode.INCOMPLETE,
            run.suite,
            f"In the run of {run.suite} that counts, nothing passed.",
            (),
        )


_BAD = (
    (Outcome.FAILED, ObjectionCode.FAILED, "required scenarios failed"),
    (
        Outcome.INCONCLUSIVE,
        ObjectionCode.INCONCLUSIVE,
        "required scenarios could not be judged",
    ),
    (Outcome.NOT_RUN, ObjectionCode.INCOMPLETE, "required scenarios were not run"),
    (
        Outcome.NOT_SEEN,
        ObjectionCode.SYSTEM_NOT_SEEN,
        "the supplier's own system was not seen doing what required scenarios ask",
    ),
)


def required(standing: Standing, run: RunSummary) -> list[str]:
    """Ids of the scenarios that must have passed: those of the pin and those the run names."""
    pin = standing.suite_pin(run.suite)
    ids = {each.id for each in run.outcomes if each.obligatory}
    if pin is not None and pin.digest == run.suite_digest:
        ids |= {each.id for each in pin.required}
    return sorted(ids)


def _counted(standing: Standing, run: RunSummary, scenario: str) -> Outcome:
    """The outcome, where claiming to be unable counts as not run unless the pin says so too."""
    outcome = run.outcome_of(scenario)
    if outcome is Outcome.NOT_REALISABLE and not _excused(standing, run, scenario):
        return Outcome.NOT_RUN
    return outcome


def _excused(standing: Standing, run: RunSummary, scenario: str) -> bool:
    """The pins, not the run, decide what an endpoint cannot be made to do."""
    suite = standing.suite_pin(run.suite)
    needs = {each.id: each.needs for each in suite.required} if suite else {}
    own = next((each.needs for each in run.outcomes if each.id == scenario), ())
    wanted = set(needs.get(scenario, own))
    endpoint = standing.endpoint_pin(run.endpoint.name)
    # Through a relay nobody brings an endpoint to do anything.
    driven = run.driver is Driver.HARNESS
    provided = set(endpoint.provides) if endpoint and driven else set()
    return bool(wanted) and not wanted <= provided


def _against_inputs(standing: Standing, run: RunSummary) -> Iterator[Objection]:
    suite = standing.suite_pin(run.suite)
    if suite is None:
        return  # PIN_MISSING is told once, by the pins
    if run.suite_digest != suite.digest:
        yield objection(
            standing,
            ObjectionCode.SUITE_CHANGED,
            run.suite,
            f"The run of {run.suite} that counts is of another suite digest than the pinned one.",
            (run.suite_digest, suite.digest),
        )
    stale = tuple(
        name
        for name in required(standing, run)
        if _counted(standing, run, name) is not Outcome.NOT_REALISABLE
        and not holds(standing, run, name)
    )
    if stale:
        yield objection(
            standing, ObjectionCode.STALE_CONTRACT, run.suite, _stale(standing, run, stale), stale
        )


def _stale(standing: Standing, run: RunSummary, stale: Sequence[str]) -> str:
    suite = standing.suite_pin(run.suite)
    pinned = standing.contract_pin(suite.contract) if suite else None
    ref = pinned.ref if pinned else ""
    before = "an earlier state of it" if run.contract == ref else run.contract
    total = len(required(standing, run))
    if len(stale) == total:
        return (
            f"The run of {run.suite} that counts is not of the pinned contract {ref} but of "
            f"{before}: all {total} required scenarios must be run again."
        )
    return (
        f"{len(stale)} of {total} required scenarios of {run.suite} must be run again under the "
        f"pinned contract {ref}; what was shown of the others under {before} stays valid."
    )


def holds(standing: Standing, run: RunSummary, scenario: str) -> bool:
    """What a run showed of a scenario holds under the pinned contract, if one is pinned."""
    suite = standing.suite_pin(run.suite)
    contract = standing.contract_pin(suite.contract) if suite else None
    return contract is None or contract.covers(run, scenario)


def kept_wrongly(standing: Standing, pin: ContractPin) -> Iterator[Objection]:
    """A contract is to keep what it cannot: evidence not on record, scenarios not required."""
    for each in pin.keeps:
        suite = standing.suite_pin(each.suite)
        wanted = {one.id for one in suite.required} if suite else set()
        known = suite and (suite.contract, suite.digest) == (pin.name, each.suite_digest)
        wrong = tuple(name for name in each.scenarios if not known or name not in wanted)
        if wrong:
            yield Objection(
                ObjectionCode.EVIDENCE_UNKNOWN,
                f"Scenarios of {each.suite} are to be kept that its pin does not require.",
                command=f"harness pin contract {pin.name}",
                subjects=wrong,
            )
        if all(_made_with(recorded.run) != each.inputs for recorded in standing.runs):
            yield Objection(
                ObjectionCode.EVIDENCE_UNKNOWN,
                f"No run of {each.suite} under {each.contract} is on record that could be kept.",
                command=f"harness pin contract {pin.name}",
                subjects=(each.contract_digest,),
            )


def _made_with(run: RunSummary) -> tuple[str, str, str, str]:
    return run.contract, run.contract_digest, run.suite, run.suite_digest


def _newer_failures(
    standing: Standing, counting: RecordedRun, near: Iterable[RecordedRun]
) -> Iterator[Objection]:
    for each in near:
        bad = failures_against(standing, each.run, counting.run)
        if bad and newer(standing, each, counting):
            same = _made_with(each.run) == _made_with(counting.run)
            how = "on the same inputs" if same else f"under {each.run.contract}"
            yield objection(
                standing,
                ObjectionCode.FAILED,
                each.run.suite,
                f"A newer, partial run of {each.run.suite} failed {how}.",
                bad,
            )


def newer(standing: Standing, run: RecordedRun, than: RecordedRun) -> bool:
    """Started later; or recorded later, and not known to the other run as one before it.

    The second half does without clocks: a machine whose clock is behind hides no failure.
    """
    if _age(run) > _age(than):
        return True
    return run.version > than.version and run.run.digest not in _before(standing, than.run)


def _before(standing: Standing, run: RunSummary) -> set[str]:
    """Digests of the runs on record that a run names as before it, one after another."""
    found: set[str] = set()
    digest = run.predecessor
    while digest and digest not in found:
        found.add(digest)
        recorded = standing.run(digest)
        digest = recorded.run.predecessor if recorded else ""
    return found


def failures(standing: Standing, run: RunSummary) -> tuple[str, ...]:
    """Ids of the required scenarios that failed in a run."""
    failed = {each.id for each in run.outcomes if each.outcome is Outcome.FAILED}
    return tuple(name for name in required(standing, run) if name in failed) if failed else ()


def failures_against(standing: Standing, run: RunSummary, counting: RunSummary) -> tuple[str, ...]:
    """Ids of the required scenarios that failed in a run about the same thing as another run.

    That the two were made under different contracts excuses no failure of a scenario for which
    the pinned contract says that it makes no difference; with the contract goes what harness.toml
    says of it.
    """
    if inputs(run) == inputs(counting):
        return failures(standing, run)
    same_contract = _made_with(run) == _made_with(counting)
    if same_contract or _besides_contract(run) != _besides_contract(counting):
        return ()
    return tuple(name for name in failures(standing, run) if holds(standing, run, name))


def _besides_contract(run: RunSummary) -> tuple[object, ...]:
    return (
        run.suite,
        run.suite_digest,
        run.level,
        run.driver,
        run.system_release,
        run.endpoint,
        run.harness_version,
    )


def _elsewhere(
    standing: Standing, run: RunSummary, found: Sequence[RecordedRun]
) -> tuple[list[Objection], list[RecordedRun]]:
    """Scenarios the endpoint cannot realise must have passed at level server."""
    left = [
        n for n in required(standing, run) if _counted(standing, run, n) is Outcome.NOT_REALISABLE
    ]
    if not left or standing.rehearsal:
        return [], []
    at_server = [
        each
        for each in found
        if effective_level(standing, each.run) is Level.SERVER
        and each.run.suite_digest == run.suite_digest
    ]
    whole = [each for each in at_server if complete(each.run)]
    good = [each for each in whole if all(holds(standing, each.run, name) for name in left)]
    if not good:
        return [_not_at_server(standing, run.suite, left, whole)], []
    newest = good[-1]
    if standing.withdrawn(newest.run.digest):
        return [_withdrawn(standing, newest.run, Level.SERVER)], [newest]
    bad = [n for n in left if newest.run.outcome_of(n) is not Outcome.PASSED]
    newer = [each.run for each in at_server if _age(each) >= _age(newest)]
    failed = [
        n for each in newer for n in left
        if each.outcome_of(n) is Outcome.FAILED and holds(standing, each, n)
    ]  # fmt: skip
    if bad or failed:
        code = ObjectionCode.FAILED if failed else ObjectionCode.INCOMPLETE
        return [_at_server(standing, code, run.suite, sorted({*bad, *failed}))], [newest]
    return [], [newest]


def _not_at_server(
    standing: Standing, suite: str, left: Sequence[str], whole: Sequence[RecordedRun]
) -> Objection:
    """Nothing that holds under the pinned contract was shown at level server."""
    if not whole:
        return _at_server(standing, ObjectionCode.NEVER_RUN, suite, left)
    stale = [name for name in left if not holds(standing, whole[-1].run, name)]
    return _at_server(standing, ObjectionCode.STALE_CONTRACT, suite, stale)


def _at_server(
    standing: Standing, code: ObjectionCode, suite: str, scenarios: Sequence[str]
) -> Objection:
    return Objection(
        code,
        f"What the test endpoint cannot realise of {suite} has not passed at level server.",
        standing.process.roles.test,
        run_command(standing, suite, Level.SERVER),
        tuple(scenarios),
    )
