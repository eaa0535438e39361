"""What may be done with an observation, and by whom.

1. Anybody known may make one, of a scenario that was run in evidence on record. While it is open,
   the same finding of the same scenario is not observed twice.
2. Its owner, or who made it, may hand it to another party while it is not fixed.
3. Its owner says in which release it is fixed; again when the first fix was none.
4. The party that made it tests again, by another person than who fixed it. What shows it is
   evidence that was made and recorded after the fix, in which the same scenario of the pinned suite
   passed: driven by the same driver, and at least as near to the real service as it was found. That
   of another project shows it only where the defect was seen in that project's evidence.
5. Another person of the party that made it may withdraw it, who has not fixed it either.
6. What is retested or withdrawn stays so. If the defect comes back, that is another observation.

Severity is never changed: an observation that was graded wrong is withdrawn and made anew.
"""

from collections.abc import Iterator

from harness.joining.actor import Actor, Party, same_person
from harness.joining.events import (
    ObservationAssigned,
    ObservationFixed,
    ObservationMade,
    ObservationRetested,
    ObservationWithdrawn,
    SharedFrom,
)
from harness.joining.evidence import Outcome, RunSummary
from harness.joining.objections import Objection, ObjectionCode
from harness.joining.observations import Fix, Observation, ObservationState
from harness.joining.rules import identified
from harness.joining.runs import effective_level, holds
from harness.joining.sharing import permitted
from harness.joining.standing import RecordedRun, Standing
from harness.vocabulary import Level

LIST = "harness observation list"
_NEARNESS = (Level.MOCK, Level.SERVER, Level.TEST, Level.PRODUCTION)
_NOT_SEEN = frozenset({Outcome.NOT_RUN, Outcome.NOT_REALISABLE})


def next_id(standing: Standing) -> str:
    """The id of the next observation."""
    return f"obs-{len(standing.observations) + 1}"


def to_make(standing: Standing, event: ObservationMade) -> Iterator[Objection]:
    """It is known who makes it, it rests on evidence on record, and it is new."""
    yield from identified(standing, event.actor, "harness observation add")
    recorded = standing.run(event.evidence)
    if recorded is None or recorded.run.outcome_of(event.scenario) in _NOT_SEEN:
        yield Objection(
            ObjectionCode.EVIDENCE_UNKNOWN,
            "An observation rests on evidence on record in which its scenario was run.",
            (event.actor.party,),
            "harness record FILE",
            (event.evidence, event.scenario),
        )
    if event.observation != next_id(standing):
        yield _unknown(f"The next observation is {next_id(standing)}.", event.observation)
    seen = (event.scenario, event.code, event.path)
    for each in standing.open_observations():
        if (each.scenario, each.code, each.path) == seen:
            yield Objection(
                ObjectionCode.OBSERVATION_ELSEWHERE,
                f"The same finding of {each.scenario} is {each.id} already, which is "
                f"{each.state.value}.",
                (each.owner,),
                f"harness observation show {each.id}",
                (each.id,),
            )


def to_assign(
    standing: Standing, found: Observation | None, event: ObservationAssigned
) -> Iterator[Objection]:
    """Its owner or who made it hands an open observation to another party."""
    command = f"harness observation assign {event.observation} --owner PARTY --reason TEXT"
    yield from identified(standing, event.actor, command)
    yield from _in_state(found, event.observation, ObservationState.OPEN)
    if found is not None:
        yield from _by(event.actor, (found.owner, found.made_by.party), "assigns", command)
        if event.owner is found.owner:
            yield _unlike(found, f"{found.id} is owned by {found.owner.value} already.")


def to_fix(
    standing: Standing, found: Observation | None, event: ObservationFixed
) -> Iterator[Objection]:
    """The owner says so, of an observation that waits for it or whose first fix was none."""
    command = f"harness observation fix {event.observation} --in RELEASE"
    yield from identified(standing, event.actor, command)
    waiting = (ObservationState.OPEN, ObservationState.FIXED)
    yield from _in_state(found, event.observation, *waiting)
    if found is not None:
        yield from _by(event.actor, (found.owner,), "fixes", command)
        if found.fix is not None and found.fix.release == event.release:
            yield _unlike(found, f"{found.id} is fixed in {event.release} already.")


def to_retest(
    standing: Standing, found: Observation | None, event: ObservationRetested
) -> Iterator[Objection]:
    """The party that made it, by somebody who has not fixed it, on evidence that shows it."""
    command = f"harness observation retest {event.observation} --evidence DIGEST"
    yield from identified(standing, event.actor, command)
    yield from _in_state(found, event.observation, ObservationState.FIXED)
    if found is None or found.fix is None:
        return
    yield from _by(event.actor, (found.made_by.party,), "tests again", command)
    yield from _other_person(event.actor, found.fix.actor, "has fixed", found, command)
    why = tuple(_against(standing, found, found.fix, standing.run(event.evidence)))
    if why:
        yield Objection(
            ObjectionCode.EVIDENCE_UNKNOWN,
            f"The evidence does not show that {found.id} is gone: {'; '.join(why)}.",
            (found.made_by.party,),
            command,
            (event.evidence, found.scenario),
        )


def to_withdraw(
    standing: Standing, found: Observation | None, event: ObservationWithdrawn
) -> Iterator[Objection]:
    """A second person of the party that made it, who has not fixed it either."""
    command = f"harness observation withdraw {event.observation} --reason TEXT"
    yield from identified(standing, event.actor, command)
    yield from _in_state(found, event.observation, ObservationState.OPEN, ObservationState.FIXED)
    if found is None:
        return
    yield from _by(event.actor, (found.made_by.party,), "withdraws", command)
    yield from _other_person(event.actor, found.made_by, "has made", found, command)
    if found.fix is not None:
        yield from _other_person(event.actor, found.fix.actor, "has fixed", found, command)


def _against(
    standing: Standing, found: Observation, fix: Fix, recorded: RecordedRun | None
) -> Iterator[str]:
    """Why the evidence does not show the defect gone, in words."""
    first = standing.run(found.evidence)
    if recorded is None or first is None:
        yield "it is not on record"
        return
    run, seen = recorded.run, first.run
    if standing.withdrawn(run.digest):
        yield "it was withdrawn"
    if recorded.source is not None:
        yield from _elsewhere(standing, first, recorded.source, run)
    pin = standing.suite_pin(found.suite)
    reached, wanted = effective_level(standing, run), effective_level(standing, seen) or seen.level
    if run.outcome_of(found.scenario) is not Outcome.PASSED:
        yield f"{found.scenario} did not pass in it"
    if recorded.version < fix.version or run.started < fix.at:
        yield "it is older than the fix"
    if pin is not None and run.suite_digest != pin.digest:
        yield f"it is not of the pinned suite {found.suite}"
    if not holds(standing, run, found.scenario):
        yield "it is not of the pinned contract"
    if run.driver is not seen.driver:
        yield f"the defect was seen with the driver {seen.driver.value}"
    if reached is None or _NEARNESS.index(reached) < _NEARNESS.index(wanted):
        yield f"the defect was seen at level {wanted.value}"


def _elsewhere(
    standing: Standing, first: RecordedRun, source: SharedFrom, run: RunSummary
) -> Iterator[str]:
    """Another project's run: the defect has to have been seen in that project."""
    if first.source is None or first.source.project != source.project:
        yield f"it is of the project {source.project}, where the defect was not seen"
    if any(permitted(standing, source, run)):
        yield f"it is of the project {source.project}, whose evidence may not count"


def _in_state(
    found: Observation | None, name: str, *states: ObservationState
) -> Iterator[Objection]:
    if found is None:
        yield _unknown(f"There is no observation {name}.", name)
    elif found.state not in states:
        yield _unlike(found, f"{found.id} is {found.state.value}.")


def _unlike(found: Observation, sentence: str) -> Objection:
    return Objection(
        ObjectionCode.OBSERVATION_ELSEWHERE,
        sentence,
        (found.owner, found.made_by.party),
        f"harness observation show {found.id}",
        (found.id,),
    )


def _unknown(sentence: str, name: str) -> Objection:
    return Objection(ObjectionCode.OBSERVATION_UNKNOWN, sentence, command=LIST, subjects=(name,))


def _by(actor: Actor, parties: tuple[Party, ...], verb: str, command: str) -> Iterator[Objection]:
    if actor.party not in parties:
        sides = " or ".join(dict.fromkeys(party.value for party in parties))
        yield Objection(
            ObjectionCode.WRONG_PARTY,
            f"The party that {verb} it is {sides}, not {actor.party.value}.",
            parties,
            command,
        )


def _other_person(
    actor: Actor, other: Actor, done: str, found: Observation, command: str
) -> Iterator[Objection]:
    if same_person(actor, other):
        yield Objection(
            ObjectionCode.SAME_PERSON,
            f"{actor.id} {done} {found.id}; another person of the party that made it is needed.",
            (found.made_by.party,),
            command,
            (actor.id,),
        )
