"""Why not: every refusal is a list of typed reasons that explain themselves.

A code is a promise to the reader and to other programs: never renamed, never given another
meaning.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from harness.classes import dataclass
from harness.errors import NotPassed
from harness.joining.actor import Party
from harness.joining.events import RecordedObjection
from harness.joining.text import TEXT_MAX

SUBJECTS_MAX = 200
"""Names that an objection lists at most."""


class ObjectionCode(StrEnum):
    """Every reason a command or the gate can give."""

    # evidence
    NEVER_RUN = "NEVER_RUN"
    FAILED = "FAILED"
    INCONCLUSIVE = "INCONCLUSIVE"
    INCOMPLETE = "INCOMPLETE"
    MOCK_ONLY = "MOCK_ONLY"
    """Runs exist, but none against the service's test environment. Never waivable."""
    WRONG_ENDPOINT = "WRONG_ENDPOINT"
    SYSTEM_NOT_SEEN = "SYSTEM_NOT_SEEN"
    """The supplier's own system was not seen going through an observed suite, or a part of it."""
    STALE_CONTRACT = "STALE_CONTRACT"
    """The evidence or the files are not of the pinned contract. Never waivable."""
    CONTRACT_RETIRES = "CONTRACT_RETIRES"
    SUITE_CHANGED = "SUITE_CHANGED"
    CODE_CHANGED = "CODE_CHANGED"
    EXPIRED = "EXPIRED"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    EVIDENCE_GAP = "EVIDENCE_GAP"
    EVIDENCE_WITHDRAWN = "EVIDENCE_WITHDRAWN"
    """The newest evidence was withdrawn, and an older one does not take its place."""
    REFERENCE_NOT_ALLOWED = "REFERENCE_NOT_ALLOWED"
    """Evidence of another project that the pinned policy of this one does not let count."""
    COVERAGE_TOO_LOW = "COVERAGE_TOO_LOW"
    """The runs that count have shown less of the contract than the policy demands."""
    PARITY_MISSING = "PARITY_MISSING"
    """No recent comparison of our account with the pinned endpoint. Only where policy demands."""
    PARITY_INCOMPLETE = "PARITY_INCOMPLETE"
    """Obligatory scenarios were not compared. Only where policy demands a comparison."""
    PARITY_DRIFT = "PARITY_DRIFT"
    """Our account answers otherwise than the pinned endpoint. Only where policy demands."""
    CANARIES_MISSING = "CANARIES_MISSING"
    """Nobody has planted defects to see whether the pinned suite notices them."""
    CANARIES_SURVIVED = "CANARIES_SURVIVED"
    """Planted defects that no scenario noticed."""
    OBSERVATION_OPEN = "OBSERVATION_OPEN"
    """A defect found in testing, bad enough to matter, is not fixed and tested again."""
    # pins
    PIN_MISSING = "PIN_MISSING"
    PIN_NOT_CONFIRMED = "PIN_NOT_CONFIRMED"
    # the way
    REHEARSAL = "REHEARSAL"
    PHASE_NOT_REACHED = "PHASE_NOT_REACHED"
    ITEM_MISSING = "ITEM_MISSING"
    DATE_NOT_AGREED = "DATE_NOT_AGREED"
    WINDOW_NOT_OPEN = "WINDOW_NOT_OPEN"
    ALREADY_OPEN = "ALREADY_OPEN"
    # people
    SIGN_OFF_MISSING = "SIGN_OFF_MISSING"
    """Never waivable."""
    REQUEST_MISSING = "REQUEST_MISSING"
    APPROVAL_MISSING = "APPROVAL_MISSING"
    """Never waivable."""
    APPROVER_NOT_INDEPENDENT = "APPROVER_NOT_INDEPENDENT"
    IDENTITY_CLAIMED = "IDENTITY_CLAIMED"
    """It is not known which person acted: the name is only claimed, or several people share it."""
    # commands that make no sense
    PHASE_COMPLETE = "PHASE_COMPLETE"
    WRONG_PARTY = "WRONG_PARTY"
    SAME_PERSON = "SAME_PERSON"
    EVIDENCE_REPEATED = "EVIDENCE_REPEATED"
    EVIDENCE_OF_ANOTHER_PROJECT = "EVIDENCE_OF_ANOTHER_PROJECT"
    EVIDENCE_UNKNOWN = "EVIDENCE_UNKNOWN"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    """A signed file is not from anybody whose key is pinned and confirmed."""
    KEY_REVOKED = "KEY_REVOKED"
    SUBMISSION_REPEATED = "SUBMISSION_REPEATED"
    SUBMISSION_UNKNOWN = "SUBMISSION_UNKNOWN"
    """An event says that it comes from a signed file which does not stand before it."""
    OBSERVATION_UNKNOWN = "OBSERVATION_UNKNOWN"
    """There is no such observation, or its finding or retest is not what the record shows."""
    OBSERVATION_ELSEWHERE = "OBSERVATION_ELSEWHERE"
    """The observation is not in the state that the step begins from."""
    NOTHING_TO_CONFIRM = "NOTHING_TO_CONFIRM"
    NOTHING_TO_CORRECT = "NOTHING_TO_CORRECT"
    """There is no such event, evidence or waiver, or it is corrected already."""
    NOT_WAIVABLE = "NOT_WAIVABLE"
    JUDGED_ANOTHER_STATE = "JUDGED_ANOTHER_STATE"
    EVENT_REPEATED = "EVENT_REPEATED"
    NOT_IN_PROCESS = "NOT_IN_PROCESS"


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason.

    Attributes:
        code: the stable name of the reason.
        sentence: one English sentence for people.
        parties: who can clear it; empty when nobody can.
        command: the harness command that would; empty when none does.
        subjects: what it is about: scenario ids, item names, digests.
        waivable: False where no waiver can cover it, although one could cover others of its code.
    """

    code: ObjectionCode
    sentence: str
    parties: tuple[Party, ...] = ()
    command: str = ""
    subjects: tuple[str, ...] = ()
    waivable: bool = True

    def recorded(self) -> RecordedObjection:
        """The objection as an event keeps it; over-long lists of subjects are cut visibly."""
        shown = self.subjects[:SUBJECTS_MAX]
        rest = len(self.subjects) - len(shown)
        return RecordedObjection(
            self.code.value,
            self.sentence[:TEXT_MAX],
            self.parties,
            self.command[:TEXT_MAX],
            (*shown, f"and {rest} more") if rest else shown,
        )


class Refused(NotPassed):
    """The rules do not allow it; ``objections`` has at least one reason. Nothing was recorded."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        if not objections:
            raise ValueError("a refusal needs a reason")
        commands = dict.fromkeys(each.command for each in objections if each.command)
        super().__init__(
            " ".join(f"{each.code.value}: {each.sentence}" for each in objections),
            todo=f"Next: {'; '.join(commands)}." if commands else "",
        )
        self.objections = tuple(objections)


def require(objections: Iterable[Objection]) -> None:
    """Go on only when there is no objection.

    Raises:
        Refused: there is one or more.
    """
    found = tuple(objections)
    if found:
        raise Refused(found)
