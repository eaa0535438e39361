"""A defect found in testing: what it is, whose it is, and how far it has come.

The source has the technical suppliers of both sides test that the interface works
(liittymisprosessi 1.0.2, vaihe 5). It says nothing of what is found then: states and severities are
ours.
"""

from datetime import datetime
from enum import StrEnum

from harness.classes import dataclass
from harness.joining.actor import Actor, Party


class Severity(StrEnum):
    """How bad a defect is, worst first."""

    CRITICAL = "critical"
    """The connection does not work, or tells or loses what it must not."""
    MAJOR = "major"
    """Something that the interface promises does not work."""
    MINOR = "minor"
    """It works, but not as it should."""

    def at_least(self, other: "Severity") -> bool:
        """As bad as the other, or worse."""
        worst_first = list(Severity)
        return worst_first.index(self) <= worst_first.index(other)


class ObservationState(StrEnum):
    """How far an observation has come."""

    OPEN = "open"
    """Its owner has to act."""
    FIXED = "fixed"
    """Its owner says that it is fixed; who made it has to test again."""
    RETESTED = "retested"
    """Evidence shows that it is gone."""
    WITHDRAWN = "withdrawn"
    """It was none."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What its owner says of a fix."""

    release: str
    actor: Actor
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Closing:
    """How an observation ended: by the evidence of a retest, or withdrawn for a reason."""

    actor: Actor
    at: datetime
    evidence: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """A defect found in testing.

    Attributes:
        id: ``obs-1``, ``obs-2`` ... within the project.
        title: what is wrong, in the words of who made it.
        severity: how bad it is.
        owner: the party that has to act.
        suite: of the scenario.
        scenario: that showed it.
        evidence: digest of the evidence that showed it.
        code: of the finding.
        path: where in the message.
        made_by: who made it.
        made_at: when, UTC.
        fix: the newest one that its owner told of.
        closing: how it ended.
    """

    id: str
    title: str
    severity: Severity
    owner: Party
    suite: str
    scenario: str
    evidence: str
    code: str
    path: str
    made_by: Actor
    made_at: datetime
    fix: Fix | None = None
    closing: Closing | None = None

    @property
    def state(self) -> ObservationState:
        """How far it has come."""
        if self.closing is not None:
            done = bool(self.closing.evidence)
            return ObservationState.RETESTED if done else ObservationState.WITHDRAWN
        return ObservationState.OPEN if self.fix is None else ObservationState.FIXED

    @property
    def closed(self) -> bool:
        """Nobody has to do anything more."""
        return self.closing is not None
