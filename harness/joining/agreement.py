"""Whether the projects of one ledger agree about the evidence that they refer to.

1. The run is the other project's own, on record there to the letter, and counts there at that
   moment with nothing against it: no run missing there, no critical observation of its suite. A
   reference to a reference is none.
2. When the other project withdraws the run, a newer run on the same inputs fails there, or a
   critical defect is observed there in a run on the same inputs, the reference ends, and the ledger
   records that together with the event it follows from. It is the next event of the project that
   refers: nothing is decided there on evidence that is none.
3. Nothing else of the other project ends a reference; why not, each, stands in ADR 0061.

The ledger asks before it appends, and whoever verifies it asks again, of every event in the order
of the positions. What one project may refer to by itself is judged in ``referring``.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field

from harness.classes import dataclass
from harness.errors import IntegrityBroken
from harness.joining.actor import Party
from harness.joining.events import (
    Ending,
    EvidenceReferred,
    EvidenceWithdrawn,
    JoiningEvent,
    ObservationMade,
    ReferenceEnded,
    SharedFrom,
    TestRunRecorded,
)
from harness.joining.evidence import Outcome
from harness.joining.gate import gaps
from harness.joining.objections import Objection, ObjectionCode, require
from harness.joining.observations import Severity
from harness.joining.project import JoiningProject
from harness.joining.runs import failures_against, inputs, judge, newer
from harness.joining.standing import RecordedRun, Standing


def shared_from(standing: Standing, recorded: RecordedRun) -> SharedFrom:
    """Where a run stands on record, for another project that refers to it."""
    supplier = standing.organisation(Party.SUPPLIER)
    told = (supplier, recorded.version, recorded.actor, recorded.at)
    return SharedFrom(standing.id, standing.kind, *told)


def agrees(event: EvidenceReferred, source: JoiningProject | None) -> Iterator[Objection]:
    """The other project has the run on record as its own, and it counts there now."""
    run = event.run
    recorded = source.standing.run(run.digest) if source else None
    if source is None or recorded is None or not _same(event, source.standing, recorded):
        yield _objection(
            event,
            ObjectionCode.EVIDENCE_UNKNOWN,
            f"The project {event.source.project} has no such run of its own on record.",
        )
        return
    standing = source.standing
    if standing.withdrawn(run.digest):
        yield _objection(
            event,
            ObjectionCode.EVIDENCE_WITHDRAWN,
            f"The project {standing.id} has withdrawn this evidence.",
        )
        return
    yield from _counts(event, standing, recorded)


def _same(event: EvidenceReferred, standing: Standing, recorded: RecordedRun) -> bool:
    own = recorded.source is None and recorded.run == event.run
    return own and shared_from(standing, recorded) == event.source


def _counts(
    event: EvidenceReferred, standing: Standing, recorded: RecordedRun
) -> Iterator[Objection]:
    run = recorded.run
    judged = judge(standing, run.suite)
    if recorded not in {*judged.counting, *judged.leaning_on}:
        sentence = (
            f"The run does not count in the project {standing.id}; refer to the one that does."
        )
        yield _objection(event, ObjectionCode.EVIDENCE_UNKNOWN, sentence)
    for each in judged.objections:
        yield _objection(event, each.code, f"In the project {standing.id}: {each.sentence}")
    for each in gaps(standing):
        yield _objection(event, each.code, f"In the project {standing.id}: {each.sentence}")
    for seen in standing.open_observations(Severity.CRITICAL):
        if seen.suite == run.suite:
            sentence = f"In the project {standing.id} the critical {seen.id} is open."
            yield _objection(event, ObjectionCode.OBSERVATION_OPEN, sentence)


def _objection(event: EvidenceReferred, code: ObjectionCode, sentence: str) -> Objection:
    return Objection(code, sentence, tuple(Party), "", (event.source.project, event.run.digest))


def may_end(event: JoiningEvent) -> bool:
    """It is of a kind that can end references, or makes one: other projects have to be asked."""
    match event:
        case EvidenceReferred() | EvidenceWithdrawn():
            return True
        case TestRunRecorded():
            return any(each.outcome is Outcome.FAILED for each in event.run.outcomes)
        case ObservationMade():
            return event.severity is Severity.CRITICAL
    return False


def ended_by(
    standing: Standing, event: JoiningEvent, referred: Collection[str]
) -> Mapping[str, Ending]:
    """Of this project's runs that others refer to, those that an event of its own speaks against.

    ``standing`` is the state after the event.
    """
    named = [each for each in map(standing.run, sorted(referred)) if each]
    match event:
        case EvidenceWithdrawn() if event.evidence in referred:
            return {event.evidence: Ending.WITHDRAWN}
        case TestRunRecorded() if new := standing.run(event.run.digest):
            failed = (e for e in named if failures_against(standing, new.run, e.run))
            return {e.run.digest: Ending.FAILED for e in failed if newer(standing, new, e)}
        case ObservationMade(severity=Severity.CRITICAL) if seen := standing.run(event.evidence):
            stands = not standing.withdrawn(event.evidence)
            same = (e for e in named if stands and inputs(e.run) == inputs(seen.run))
            return {e.run.digest: Ending.OBSERVED for e in same}
    return {}


def end_references(source: JoiningProject, event: JoiningEvent, project: JoiningProject) -> None:
    """End what a project refers to of another one and that one's event speaks against."""
    referred = _of(project.standing, source.id)
    for digest, ending in ended_by(source.standing, event, referred).items():
        project.end_reference(
            digest,
            source.id,
            event.originator_version,
            ending,
            at=event.timestamp,
            actor=event.actor,
            event_id=_event_id(source.id, event.originator_version, digest),
        )


def _of(standing: Standing, source: str) -> set[str]:
    found = (each for each in standing.references if each.source and each.source.project == source)
    return {each.run.digest for each in found}


def _event_id(source: str, version: int, evidence: str) -> str:
    return hashlib.sha256(f"{source} {version} {evidence}".encode()).hexdigest()


@dataclass(slots=True)
class Agreement:
    """Whether all projects of a ledger agree, told every event in the order of the positions.

    ``projects`` are those told so far, by id; the caller folds the events into them.
    """

    projects: Mapping[str, JoiningProject]
    _referring: dict[str, set[str]] = field(default_factory=dict)
    _awaited: dict[str, dict[str, tuple[str, int, Ending]]] = field(default_factory=dict)

    def before(self, event: JoiningEvent) -> None:
        """Ask the other projects, before the event is folded into its own.

        Raises:
            Refused: it refers to evidence that is none.
            IntegrityBroken: a reference has ended and this event comes first, or none has.
        """
        awaited = self._awaited.get(event.originator_id, {})
        if isinstance(event, ReferenceEnded):
            told = (event.source, event.source_version, event.ending)
            if awaited.pop(event.evidence, None) != told:
                raise _broken(event.originator_id, "a reference ends there that has not ended")
        elif awaited:
            raise _broken(event.originator_id, _left_out(awaited))
        if isinstance(event, EvidenceReferred):
            require(agrees(event, self.projects.get(event.source.project)))

    def after(self, event: JoiningEvent) -> None:
        """Note who refers to whom, and which references the event ends."""
        if isinstance(event, EvidenceReferred):
            self._referring.setdefault(event.source.project, set()).add(event.originator_id)
        names = self._referring.get(event.originator_id)
        own = self.projects[event.originator_id].standing
        for name in names if names and may_end(event) else ():
            awaited = self._awaited.setdefault(name, {})
            referred = _of(self.projects[name].standing, own.id) - awaited.keys()
            for digest, ending in ended_by(own, event, referred).items():
                awaited[digest] = (own.id, event.originator_version, ending)

    def end(self) -> None:
        """Nothing follows any more.

        Raises:
            IntegrityBroken: a reference has ended and the project that refers does not say so.
        """
        for name, awaited in self._awaited.items():
            if awaited:
                raise _broken(name, _left_out(awaited))


def _left_out(awaited: Mapping[str, tuple[str, int, Ending]]) -> str:
    (digest, (source, version, ending)), *_ = awaited.items()
    why = {
        Ending.WITHDRAWN: "withdrew",
        Ending.FAILED: "saw fail again",
        Ending.OBSERVED: "observed a critical defect of",
    }[ending]
    return f"event {version} of {source} {why} evidence {digest[:12]}, and that is not told there"


def _broken(project: str, why: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"the projects of this ledger disagree about what {project} refers to: {why}",
        todo="Something else than harness appended to it; restore it from its last good copy.",
    )
