"""A recorded event that was a mistake: the original stays, and this is told beside it."""

from datetime import datetime

from harness.classes import dataclass
from harness.joining.actor import Actor
from harness.joining.events import (
    CanariesRecorded,
    EvidenceReferred,
    JoiningEvent,
    ParityRecorded,
    TestRunRecorded,
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody says of an event.

    Attributes:
        version: of the event by which it was said, in the project's history.
        corrects: version of the event that is mistaken; 0 where that is evidence.
        evidence: digest of the evidence that is withdrawn; empty where the correction is a note,
            which changes nothing of the state.
        reason: what is wrong.
        by: who says so.
        at: when.
        confirmed_by: the person of another party who agrees; None while nobody has.
        confirmed_at: when.
        source: the project whose event ended a reference to its evidence; else empty.
    """

    version: int
    corrects: int
    evidence: str
    reason: str
    by: Actor
    at: datetime
    confirmed_by: Actor | None = None
    confirmed_at: datetime | None = None
    source: str = ""


def evidence_of(event: JoiningEvent) -> str:
    """The digest of the evidence that an event put on record; empty when it put none."""
    match event:
        case TestRunRecorded() | EvidenceReferred():
            return event.run.digest
        case ParityRecorded():
            return event.parity.digest
        case CanariesRecorded():
            return event.canaries.digest
    return ""
