"""Commands that a person gives by a signed file: which one of the project's, and what it is given.

Such a command says no more than the same one at the ledger would: its fields are the arguments of
a method of the project, in order, and the rules judge it on receipt as if its signer stood there.
What the signer has seen is named where it could change on the way: a completion and an approval
name the evidence, a confirmation the digest of what is confirmed, a reference all that it is to.
Production is not opened by a file: the gate judges what lies at the ledger, at that moment.
"""

import hashlib
from dataclasses import fields
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, cast

from harness.classes import dataclass
from harness.joining.acting import Acting, Handed
from harness.joining.actor import Party
from harness.joining.events import SharedFrom
from harness.joining.evidence import RunSummary, canonical
from harness.joining.pins import KINDS, ContractPin, EndpointPin, KeyPin, SharingPin, SuitePin
from harness.joining.plain import Json, encode
from harness.joining.text import TEXT_MAX, Malformed, digest, ed25519, prose

if TYPE_CHECKING:
    from harness.joining.project import JoiningProject


_DIGESTS: Final = frozenset({"evidence", "pin_digest", "waiver_digest"})
"""Fields of commands that name something by its whole digest."""
_KEYS: Final = frozenset({"public_key"})
"""Fields of commands that hold a public key."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command; each kind of it names the method of the project that takes it."""

    HANDED: ClassVar[Handed]
    PREDICATE: ClassVar[str]
    METHOD: ClassVar[str]

    def __post_init__(self) -> None:
        for name, value in ((each.name, getattr(self, each.name)) for each in fields(self)):
            what = name.replace("_", " ")
            for each in value if isinstance(value, tuple) else (value,):
                if name in _DIGESTS:
                    digest(each, what)
                elif name in _KEYS:
                    ed25519(each)
                elif isinstance(each, str):
                    prose(each, what, maximum=TEXT_MAX)

    @property
    def subject(self) -> tuple[str, str]:
        """The command itself: all of it is in the statement."""
        said = cast("dict[str, Json]", encode(self))
        return self.HANDED.value, hashlib.sha256(canonical(said)).hexdigest()

    @property
    def file(self) -> bytes:
        """Nothing."""
        return b""

    @property
    def arguments(self) -> tuple[object, ...]:
        """What the method is given."""
        return tuple(getattr(self, each.name) for each in fields(self))

    def apply(self, project: "JoiningProject", acting: Acting) -> None:
        """Give it, by the rules of the project."""
        getattr(project, self.METHOD)(*self.arguments, **acting.args)


@dataclass(frozen=True, slots=True)
class PhaseCompletion(Command):
    """A phase is complete; ``evidence`` is all that counts for it, sorted."""

    HANDED: ClassVar[Handed] = Handed.PHASE
    PREDICATE: ClassVar[str] = "urn:connection-harness:phase-completion:v1"
    METHOD: ClassVar[str] = "complete_phase_on"

    phase: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhaseReopening(Command):
    """A phase, and all that follow, are opened again."""

    HANDED: ClassVar[Handed] = Handed.PHASE
    PREDICATE: ClassVar[str] = "urn:connection-harness:phase-reopening:v1"
    METHOD: ClassVar[str] = "reopen_phase"

    phase: int
    reason: str


@dataclass(frozen=True, slots=True)
class OpeningRequest(Command):
    """Production is to be opened."""

    HANDED: ClassVar[Handed] = Handed.REQUEST
    PREDICATE: ClassVar[str] = "urn:connection-harness:opening-request:v1"
    METHOD: ClassVar[str] = "request_opening"


@dataclass(frozen=True, slots=True)
class OpeningApproval(Command):
    """The requested opening is approved on this evidence."""

    HANDED: ClassVar[Handed] = Handed.APPROVAL
    PREDICATE: ClassVar[str] = "urn:connection-harness:opening-approval:v1"
    METHOD: ClassVar[str] = "approve"

    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pinning(Command):
    HANDED: ClassVar[Handed] = Handed.PIN
    METHOD: ClassVar[str] = "pin"


@dataclass(frozen=True, slots=True)
class ContractPinning(_Pinning):
    """A contract is pinned; what it could keep of earlier runs stands in the record, not here."""

    PREDICATE: ClassVar[str] = "urn:connection-harness:contract-pin:v1"

    pin: ContractPin

    def __post_init__(self) -> None:
        Command.__post_init__(self)
        if self.pin.keeps:
            raise Malformed("A contract that is pinned by a file keeps nothing of earlier runs.")


@dataclass(frozen=True, slots=True)
class SuitePinning(_Pinning):
    """A suite is pinned."""

    PREDICATE: ClassVar[str] = "urn:connection-harness:suite-pin:v1"

    pin: SuitePin


@dataclass(frozen=True, slots=True)
class EndpointPinning(_Pinning):
    """An endpoint is pinned."""

    PREDICATE: ClassVar[str] = "urn:connection-harness:endpoint-pin:v1"

    pin: EndpointPin


@dataclass(frozen=True, slots=True)
class KeyPinning(_Pinning):
    """A person's key is pinned."""

    PREDICATE: ClassVar[str] = "urn:connection-harness:key-pin:v1"

    pin: KeyPin


@dataclass(frozen=True, slots=True)
class SharingPinning(_Pinning):
    """It is pinned whose evidence may be referred to."""

    PREDICATE: ClassVar[str] = "urn:connection-harness:sharing-pin:v1"

    pin: SharingPin


@dataclass(frozen=True, slots=True)
class PinConfirmation(Command):
    """A pin, or a change proposed to it, is confirmed by its digest."""

    HANDED: ClassVar[Handed] = Handed.PIN
    PREDICATE: ClassVar[str] = "urn:connection-harness:pin-confirmation:v1"
    METHOD: ClassVar[str] = "confirm_pin"

    kind: str
    name: str
    pin_digest: str

    def __post_init__(self) -> None:
        Command.__post_init__(self)
        if self.kind not in KINDS:
            raise Malformed(f"One of {', '.join(KINDS)} is confirmed.")

    @property
    def arguments(self) -> tuple[object, ...]:
        """The kind of what is pinned, its name, the digest."""
        return KINDS[self.kind], self.name, self.pin_digest


@dataclass(frozen=True, slots=True)
class WaiverRequest(Command):
    """Objections are to be lived with until a moment."""

    HANDED: ClassVar[Handed] = Handed.WAIVER
    PREDICATE: ClassVar[str] = "urn:connection-harness:waiver-request:v1"
    METHOD: ClassVar[str] = "ask_waiver"

    code: str
    scope: tuple[str, ...]
    reason: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class WaiverConfirmation(Command):
    """A waiver is agreed to, by the digest of all it says."""

    HANDED: ClassVar[Handed] = Handed.WAIVER
    PREDICATE: ClassVar[str] = "urn:connection-harness:waiver-confirmation:v1"
    METHOD: ClassVar[str] = "confirm_waiver"

    waiver: str
    waiver_digest: str


@dataclass(frozen=True, slots=True)
class WaiverEnd(Command):
    """A waiver ends before it expires."""

    HANDED: ClassVar[Handed] = Handed.WAIVER
    PREDICATE: ClassVar[str] = "urn:connection-harness:waiver-end:v1"
    METHOD: ClassVar[str] = "withdraw_waiver"

    waiver: str
    reason: str


@dataclass(frozen=True, slots=True)
class EvidenceWithdrawal(Command):
    """Evidence was a mistake."""

    HANDED: ClassVar[Handed] = Handed.CORRECTION
    PREDICATE: ClassVar[str] = "urn:connection-harness:evidence-withdrawal:v1"
    METHOD: ClassVar[str] = "withdraw_evidence"

    evidence: str
    reason: str


@dataclass(frozen=True, slots=True)
class CorrectionNote(Command):
    """The event of that version of the project's history was a mistake."""

    HANDED: ClassVar[Handed] = Handed.CORRECTION
    PREDICATE: ClassVar[str] = "urn:connection-harness:correction-note:v1"
    METHOD: ClassVar[str] = "note_correction"

    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class CorrectionAgreement(Command):
    """A correction is agreed to, named by the version of the event that made it."""

    HANDED: ClassVar[Handed] = Handed.CORRECTION
    PREDICATE: ClassVar[str] = "urn:connection-harness:correction-agreement:v1"
    METHOD: ClassVar[str] = "confirm_correction"

    correction: int


@dataclass(frozen=True, slots=True)
class Reference(Command):
    """A run of another project is to count here too; all of it, as its signer has seen it there.

    The other project has to say the same to the letter when the reference is recorded.
    """

    HANDED: ClassVar[Handed] = Handed.REFERENCE
    PREDICATE: ClassVar[str] = "urn:connection-harness:reference:v1"
    METHOD: ClassVar[str] = "refer"

    source: SharedFrom
    run: RunSummary


@dataclass(frozen=True, slots=True)
class KeyRevocation(Command):
    """A person's key proves nothing any more: another's, or the very one that signs this."""

    HANDED: ClassVar[Handed] = Handed.KEY
    PREDICATE: ClassVar[str] = "urn:connection-harness:key-revocation:v1"
    METHOD: ClassVar[str] = "revoke_key"

    person: str
    public_key: str
    reason: str


@dataclass(frozen=True, slots=True)
class ObservationHandover(Command):
    """An observation is another party's."""

    HANDED: ClassVar[Handed] = Handed.OBSERVATION
    PREDICATE: ClassVar[str] = "urn:connection-harness:observation-handover:v1"
    METHOD: ClassVar[str] = "assign_observation"

    observation: str
    owner: Party
    reason: str


@dataclass(frozen=True, slots=True)
class ObservationWithdrawal(Command):
    """An observation was none."""

    HANDED: ClassVar[Handed] = Handed.OBSERVATION
    PREDICATE: ClassVar[str] = "urn:connection-harness:observation-withdrawal:v1"
    METHOD: ClassVar[str] = "withdraw_observation"

    observation: str
    reason: str


COMMANDS: Final = MappingProxyType(
    {
        each.PREDICATE: each
        for each in (
            PhaseCompletion,
            PhaseReopening,
            OpeningRequest,
            OpeningApproval,
            ContractPinning,
            SuitePinning,
            EndpointPinning,
            KeyPinning,
            SharingPinning,
            PinConfirmation,
            WaiverRequest,
            WaiverConfirmation,
            WaiverEnd,
            EvidenceWithdrawal,
            CorrectionNote,
            CorrectionAgreement,
            Reference,
            KeyRevocation,
            ObservationHandover,
            ObservationWithdrawal,
        )
    }
)
"""The closed set: predicate type to command."""
