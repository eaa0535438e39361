"""Who may refer to evidence of another project, and when such a reference ends.

1. Anybody known may refer to a run of another project, while production is not open: the run is of
   the suite and the contract that are pinned here, the pinned policy permits it (see ``sharing``),
   and it is not older than that says.
2. A run is on record once: recorded, or referred to.
3. A run of this project's own, complete or failed, goes before every reference (see ``runs``).
4. A reference that has ended shows nothing any more, like evidence that was withdrawn; no older run
   takes its place.

That the other project says the same is asked of all projects of a ledger: see ``agreement``.
"""

from collections.abc import Iterator
from datetime import timedelta

from harness.joining.actor import Party
from harness.joining.events import Ending, EvidenceReferred, ReferenceEnded
from harness.joining.objections import Objection, ObjectionCode
from harness.joining.rules import identified, not_open, repeated
from harness.joining.sharing import permitted
from harness.joining.standing import Standing
from harness.vocabulary import counted


def to_refer(standing: Standing, event: EvidenceReferred) -> Iterator[Objection]:
    """It is known who refers, to a run of another project that the pins permit."""
    run, source = event.run, event.source
    yield from not_open(standing)
    yield from identified(standing, event.actor, f"harness refer {source.project}")
    if source.project == standing.id or run.project != source.project:
        yield Objection(
            ObjectionCode.EVIDENCE_OF_ANOTHER_PROJECT,
            f"The evidence is of the project {run.project}; what is referred to is a run that "
            "another project made for itself.",
            subjects=(run.digest,),
        )
    yield from repeated(standing, run)
    yield from permitted(standing, source, run)
    yield from _as_pinned(standing, event)
    yield from _old(standing, event)


def _as_pinned(standing: Standing, event: EvidenceReferred) -> Iterator[Objection]:
    run = event.run
    suite = standing.suite_pin(run.suite)
    contract = standing.contract_pin(suite.contract) if suite else None
    if suite is None or suite.digest != run.suite_digest:
        yield _unlike(
            ObjectionCode.SUITE_CHANGED,
            f"The run is of another state of {run.suite} than the one that is pinned here.",
            f"harness pin suite {run.suite}",
            event,
        )
    if contract is None or (contract.ref, contract.digest) != (run.contract, run.contract_digest):
        yield _unlike(
            ObjectionCode.STALE_CONTRACT,
            f"The run of {run.suite} is not of the contract that is pinned here.",
            "harness pin contract",
            event,
        )


def _old(standing: Standing, event: EvidenceReferred) -> Iterator[Objection]:
    pin = standing.sharing_pin(event.source.project)
    age = event.timestamp - (event.run.finished or event.run.started)
    if pin is not None and age > timedelta(days=pin.max_age_days):
        yield _unlike(
            ObjectionCode.EXPIRED,
            f"The run is older than the {counted(pin.max_age_days, 'day')} that are agreed on.",
            "",
            event,
        )


def _unlike(code: ObjectionCode, sentence: str, command: str, event: EvidenceReferred) -> Objection:
    return Objection(code, sentence, tuple(Party), command, (event.run.digest,))


def to_end(standing: Standing, event: ReferenceEnded) -> Iterator[Objection]:
    """There is such a reference, to that project, and it stands."""
    found = (each for each in standing.references if each.run.digest == event.evidence)
    if not any(each.source and each.source.project == event.source for each in found):
        yield Objection(
            ObjectionCode.NOTHING_TO_CORRECT,
            f"Nothing that stands refers to this evidence of {event.source}.",
            subjects=(event.evidence,),
        )


def reason(event: ReferenceEnded) -> str:
    """Why it ended, in words."""
    how = {
        Ending.WITHDRAWN: "withdrawn",
        Ending.FAILED: "contradicted by a newer run that failed",
        Ending.OBSERVED: "contradicted by a critical defect that was observed",
    }
    return f"{how[event.ending]} in the project {event.source}, by its event {event.source_version}"
