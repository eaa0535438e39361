"""Everything that can happen to a joining project, one frozen class a fact.

Rules of this module:

1. The set is closed (:data:`EVENTS`): a topic that is not in it is not an event, and no topic ever
   leads to an import by name.
2. Topics are explicit and versioned. A released event is never renamed or deleted, only upcast.
3. Fields are texts, numbers, booleans, UTC times, dates, tuples of these and nested frozen
   dataclasses, so that every event survives JSON without loss.
4. Every event names its actor. Bad text is refused when the event is made, also on replay.
5. Nothing is judged here: applying an event asks the project's rules, live and on replay alike.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast, get_type_hints

from eventsourcing.domain import CanMutateAggregate

from harness.classes import dataclass
from harness.errors import IntegrityBroken
from harness.joining.actor import Actor, Party
from harness.joining.canaries import CanarySummary
from harness.joining.evidence import RunSummary
from harness.joining.observations import Severity
from harness.joining.parity import ParitySummary
from harness.joining.text import (
    TEXT_MAX,
    TUPLE_MAX,
    Malformed,
    clean,
    digest,
    ed25519,
    moment,
    prose,
    slug,
)
from harness.vocabulary import Level

if TYPE_CHECKING:
    from eventsourcing.domain import BaseAggregate

DEFINITION_MAX: Final = 200_000
"""Characters of the definition of a process of a project's own."""

WAIVER_LONGEST: Final = timedelta(days=90)
"""From asking for a waiver to its expiry: longer is no exception but another rule."""

SHARING_LONGEST: Final = 366
"""Days for which evidence of another project may be referred to, at most."""

TAggregate = TypeVar("TAggregate", bound="BaseAggregate[Any]")


class Kind(StrEnum):
    """What a project is for; fixed when it is created."""

    REHEARSAL = "rehearsal"
    """Exercise: everything works, production can never be opened."""
    JOINING = "joining"
    """A service really joins the account."""


class OrganisationKind(StrEnum):
    """What joins; decides which agreement phase 1 asks for."""

    MUNICIPALITY = "municipality"
    STATE = "state"
    OTHER = "other"


class PinKind(StrEnum):
    """What can be pinned."""

    CONTRACT = "contract"
    SUITE = "suite"
    ENDPOINT = "endpoint"


Scalar = str | int | bool | tuple[str, ...]
"""A value of a form or a policy: dates and times are ISO 8601 texts, times in UTC."""


@dataclass(frozen=True, slots=True)
class Value:
    """One named value of a form or of the policy a decision was made under."""

    name: str
    value: Scalar

    def __post_init__(self) -> None:
        clean(self.name, "name of a value")
        members = self.value if isinstance(self.value, tuple) else (self.value,)
        for member in members:
            if isinstance(member, str):
                clean(member, f"value of {self.name}", maximum=TEXT_MAX, empty=True)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation that acts as one party."""

    party: Party
    name: str

    def __post_init__(self) -> None:
        clean(self.name, "organisation's name")


@dataclass(frozen=True, slots=True)
class RequiredScenario:
    """An obligatory scenario of a suite and what it needs of an endpoint."""

    id: str
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in (self.id, *self.needs):
            clean(text, "required scenario")


@dataclass(frozen=True, slots=True)
class Kept:
    """Scenarios of one state of a suite that a change of the contract leaves untouched.

    Runs of exactly that suite under exactly that earlier contract still show them.

    Attributes:
        contract: reference ``service/interface/version`` of the earlier contract.
        contract_digest: of its files.
        suite: the suite's name.
        suite_digest: of its files.
        scenarios: their ids, sorted.
    """

    contract: str
    contract_digest: str
    suite: str
    suite_digest: str
    scenarios: tuple[str, ...]

    def __post_init__(self) -> None:
        for text in (self.contract, self.suite, *self.scenarios):
            clean(text, "kept evidence", maximum=300)
        digest(self.contract_digest, "earlier contract's digest")
        digest(self.suite_digest, "suite digest")
        if not self.scenarios or list(self.scenarios) != sorted(set(self.scenarios)):
            raise Malformed("Kept scenarios are none, not sorted, or named twice.")
        _check_size(self.scenarios, "kept scenarios")

    @property
    def inputs(self) -> tuple[str, str, str, str]:
        """What a run must have been made with to be kept."""
        return self.contract, self.contract_digest, self.suite, self.suite_digest


@dataclass(frozen=True, slots=True)
class SharedFrom:
    """Where evidence that is referred to stands on record: in another project of the ledger.

    Attributes:
        project: its id.
        kind: what that project is for.
        organisation: the supplier that takes part in it.
        version: of the event, in that project's history, that recorded the evidence.
        recorded_by: who recorded it there.
        recorded_at: when.
    """

    project: str
    kind: Kind
    organisation: str
    version: int
    recorded_by: Actor
    recorded_at: datetime

    def __post_init__(self) -> None:
        slug(self.project, "project id")
        clean(self.organisation, "organisation's name")
        moment(self.recorded_at, "time of the recording")


class Ending(StrEnum):
    """Why evidence of another project is no longer what it was when it was referred to."""

    WITHDRAWN = "withdrawn"
    """That project has withdrawn it."""
    FAILED = "failed"
    """A newer run on the same inputs failed there."""
    OBSERVED = "observed"
    """A critical defect was observed there, in a run on the same inputs."""


@dataclass(frozen=True, slots=True)
class ErasedRun:
    """Kept exchanges of one run or server that were erased.

    Attributes:
        run: its id.
        level: of the endpoint.
        until: when they had to be gone.
        bodies: how many files with a message there were.
        index: digest of the index that named them.
    """

    run: str
    level: Level
    until: datetime
    bodies: int
    index: str

    def __post_init__(self) -> None:
        slug(self.run, "run's id")
        moment(self.until, "day of erasing")
        digest(self.index, "index's digest")
        if self.bodies < 0:
            raise Malformed("There are fewer than no bodies.")


@dataclass(frozen=True, slots=True)
class RecordedObjection:
    """One reason of a refusal, as it was told."""

    code: str
    sentence: str
    parties: tuple[Party, ...]
    command: str
    subjects: tuple[str, ...]

    def __post_init__(self) -> None:
        clean(self.code, "objection's code")
        for text in (self.sentence, self.command, *self.subjects):
            clean(text, "objection", maximum=TEXT_MAX, empty=True)


@dataclass(frozen=True)
class JoiningEvent(CanMutateAggregate[str]):
    """What all events of a project have in common.

    Attributes:
        originator_id: the project's id.
        originator_version: 1 for the first event, without gaps.
        timestamp: when it happened, UTC.
        event_id: unique within the project; a copied event is refused by it.
        actor: who did it.
    """

    TOPIC: ClassVar[str] = ""
    LONG: ClassVar[Mapping[str, int]] = MappingProxyType({})
    """Fields that may hold more characters than others, and how many."""

    originator_id: str
    originator_version: int
    timestamp: datetime
    event_id: str
    actor: Actor

    def __post_init__(self) -> None:
        slug(self.originator_id, "project id")
        moment(self.timestamp, "time of the event")
        clean(self.event_id, "event id", maximum=100)
        kind: Any = type(self)
        for name, words, maximum in _sizes(kind):
            _check_size(getattr(self, name), words, maximum)

    def mutate(self, aggregate: TAggregate | None) -> TAggregate | None:
        """The project after this event.

        Raises:
            IntegrityBroken: the event belongs to another project or another place in the stream.
            harness.joining.objections.Refused: the rules do not allow it.
        """
        if aggregate is None:
            raise IntegrityBroken(
                f"The history of {self.originator_id} does not begin with its creation.",
                todo="Restore the record from its last good copy.",
            )
        self.belongs_to(aggregate.id, aggregate.version)
        return super().mutate(aggregate)

    def belongs_to(self, project: object, version: int) -> None:
        """Refuse an event out of its stream or out of its place.

        Raises:
            IntegrityBroken: always then.
        """
        if self.originator_id != project or self.originator_version != version + 1:
            raise IntegrityBroken(
                f"Event {self.originator_version} of {self.originator_id} does not follow "
                f"event {version} of {project}.",
                todo="Restore the record from its last good copy.",
            )

    def apply(self, aggregate: Any) -> None:
        """Ask the rules of the project, then change its state."""
        aggregate.evolve(self)


_WITHOUT_SIZE: Final = (int, bool, datetime, Actor, StrEnum)
"""Kinds of fields that are closed, or bounded by themselves."""
_BOUNDED: Final = frozenset({"originator_id", "event_id"})
"""Fields that every event holds to a shorter form."""


@cache
def _sizes(kind: type[JoiningEvent]) -> tuple[tuple[str, str, int], ...]:
    """Fields that can be too long, what messages call them, and how long they may be."""
    hints = get_type_hints(kind)
    return tuple(
        (each.name, each.name.replace("_", " "), kind.LONG.get(each.name, TEXT_MAX))
        for each in fields(kind)
        if each.name not in _BOUNDED and not _without_size(hints[each.name])
    )


def _without_size(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, _WITHOUT_SIZE)


def _check_size(value: object, what: str, maximum: int = TEXT_MAX) -> None:
    if isinstance(value, str):
        clean(value, what, maximum=maximum, empty=True)
    if isinstance(value, tuple) and len(value) > TUPLE_MAX:
        raise Malformed(f"The {what} has more than {TUPLE_MAX} members.")


@dataclass(frozen=True)
class ProjectCreated(JoiningEvent):
    """A joining project began: its kind, who joins, and which process it follows.

    ``definition`` is the whole process in its one form when it is not a built-in one, else empty.
    """

    TOPIC: ClassVar[str] = "joining.ProjectCreated.v1"
    LONG: ClassVar[Mapping[str, int]] = MappingProxyType({"definition": DEFINITION_MAX})

    name: str
    kind: Kind
    organisation_kind: OrganisationKind
    process: str
    organisations: tuple[Organisation, ...]
    definition: str = ""

    def mutate(self, aggregate: TAggregate | None) -> TAggregate | None:
        """The new project; the class is fixed here, never looked up by name."""
        from harness.joining.project import JoiningProject  # noqa: PLC0415 - the two need each other

        if aggregate is not None:
            raise IntegrityBroken(f"{self.originator_id} is created a second time.")
        self.belongs_to(self.originator_id, 0)
        return cast("TAggregate", JoiningProject.begin(self))


@dataclass(frozen=True)
class ItemRecorded(JoiningEvent):
    """A party stated an item of a phase (a form, a meeting, an agreement ...).

    ``stated_by`` is the party whose statement it is; the actor may have recorded it for that
    party. ``source_digest`` is the SHA-256 of the form it came from, or empty.
    """

    TOPIC: ClassVar[str] = "joining.ItemRecorded.v1"

    phase: int
    item: str
    stated_by: Party
    values: tuple[Value, ...]
    source_digest: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        digest(self.source_digest, "digest of the form", empty=True)


@dataclass(frozen=True)
class PhaseCompleted(JoiningEvent):
    """All a phase needs is on record; ``evidence`` are the digests it rests on."""

    TOPIC: ClassVar[str] = "joining.PhaseCompleted.v1"

    phase: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhaseReopened(JoiningEvent):
    """A phase and all that follow are open again, for a reason."""

    TOPIC: ClassVar[str] = "joining.PhaseReopened.v1"

    phase: int
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        clean(self.reason, "reason", maximum=TEXT_MAX)


@dataclass(frozen=True)
class ContractPinned(JoiningEvent):
    """The contract version that counts, by the digest of its files.

    ``keeps`` says what runs under other versions of the same contract still show.
    """

    TOPIC: ClassVar[str] = "joining.ContractPinned.v1"

    name: str
    version: str
    digest: str
    retires: date | None = None
    keeps: tuple[Kept, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        clean(self.name, "contract's name")
        clean(self.version, "contract's version")
        digest(self.digest, "contract digest")
        own = (f"{self.name}/{self.version}", self.digest)
        of = [each.inputs for each in self.keeps]
        if of != sorted(set(of)):
            raise Malformed("Kept evidence is not sorted, or named twice.")
        for each in self.keeps:
            if each.contract.rpartition("/")[0] != self.name:
                raise Malformed(f"What is kept was not shown under a version of {self.name}.")
            if each.inputs[:2] == own:
                raise Malformed("What was shown under the pinned contract itself needs no keeping.")


@dataclass(frozen=True)
class SuitePinned(JoiningEvent):
    """The scenarios that count: digest of the suite and the names it requires.

    ``contract`` is the name (without version) of the contract the suite exercises.
    """

    TOPIC: ClassVar[str] = "joining.SuitePinned.v1"

    suite: str
    contract: str
    digest: str
    required: tuple[RequiredScenario, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        clean(self.suite, "suite's name")
        clean(self.contract, "contract's name")
        digest(self.digest, "suite digest")
        if not self.required:
            raise Malformed(f"The suite {self.suite} requires no scenario.")


@dataclass(frozen=True)
class EndpointPinned(JoiningEvent):
    """The endpoint that counts for a level, by address and certificate fingerprint.

    ``provides`` is what the endpoint can be made to do (``faults``, ``clock`` ...): scenarios that
    need something else are shown at level server.
    """

    TOPIC: ClassVar[str] = "joining.EndpointPinned.v1"

    name: str
    level: Level
    address: str
    fingerprint: str = ""
    provides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        clean(self.name, "endpoint's name")
        clean(self.address, "endpoint's address", maximum=TEXT_MAX)
        for need in self.provides:
            clean(need, "endpoint's abilities")


@dataclass(frozen=True)
class KeyPinned(JoiningEvent):
    """The public key by which a person signs what they hand in, and the party they act for."""

    TOPIC: ClassVar[str] = "joining.KeyPinned.v1"

    person: str
    party: Party
    role: str
    public_key: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.person, "person")
        clean(self.role, "person's role", maximum=100, empty=True)
        ed25519(self.public_key)


@dataclass(frozen=True)
class KeyConfirmed(JoiningEvent):
    """A second party confirmed a person's key, or another one proposed, by the pin's digest."""

    TOPIC: ClassVar[str] = "joining.KeyConfirmed.v1"

    person: str
    pin_digest: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.person, "person")
        digest(self.pin_digest, "pin digest")


@dataclass(frozen=True)
class KeyRevoked(JoiningEvent):
    """From here on a key proves nothing any more, for a reason; it is never pinned again."""

    TOPIC: ClassVar[str] = "joining.KeyRevoked.v1"

    person: str
    public_key: str
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.person, "person")
        ed25519(self.public_key)
        prose(self.reason, "reason", maximum=TEXT_MAX)


@dataclass(frozen=True)
class SharingPinned(JoiningEvent):
    """Evidence of these suites, of another project of the ledger, may be referred to.

    Only that of this supplier's system in this release, no older than so many days when the
    service opens. No suites: none any more.
    """

    TOPIC: ClassVar[str] = "joining.SharingPinned.v1"

    source: str
    organisation: str
    system_release: str
    suites: tuple[str, ...]
    max_age_days: int

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.source, "project id")
        clean(self.organisation, "organisation's name")
        clean(self.system_release, "system release")
        for each in self.suites:
            clean(each, "suite's name")
        if list(self.suites) != sorted(set(self.suites)):
            raise Malformed("The suites are not sorted, or named twice.")
        if not 0 < self.max_age_days <= SHARING_LONGEST:
            raise Malformed(f"The most days of what is shared are 1 to {SHARING_LONGEST}.")


@dataclass(frozen=True)
class SharingConfirmed(JoiningEvent):
    """A second party, of those that may approve an opening, agreed to a pin of sharing."""

    TOPIC: ClassVar[str] = "joining.SharingConfirmed.v1"

    source: str
    pin_digest: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.source, "project id")
        digest(self.pin_digest, "pin digest")


@dataclass(frozen=True)
class EvidenceReferred(JoiningEvent):
    """Evidence on record in another project of the ledger is to count here as well."""

    TOPIC: ClassVar[str] = "joining.EvidenceReferred.v1"

    source: SharedFrom
    run: RunSummary


@dataclass(frozen=True)
class ReferenceEnded(JoiningEvent):
    """Evidence that is referred to shows nothing any more, by that event of the other project.

    The actor is whose event that was. The ledger records it together with that event.
    """

    TOPIC: ClassVar[str] = "joining.ReferenceEnded.v2"

    evidence: str
    source: str
    source_version: int
    ending: Ending

    def __post_init__(self) -> None:
        super().__post_init__()
        digest(self.evidence, "evidence digest")
        slug(self.source, "project id")


@dataclass(frozen=True)
class SubmissionReceived(JoiningEvent):
    """A file that a person signed was verified and taken in; the actor is who received it.

    What it says follows at once: events of the ``submitter``, whose ids are the digest of the
    signed ``statement`` and a number. ``envelope`` is the digest of the whole file. ``kind`` is a
    text: kinds are added without another version of this event.
    """

    TOPIC: ClassVar[str] = "joining.SubmissionReceived.v2"

    kind: str
    submitter: Actor
    made_at: datetime
    statement: str
    envelope: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.kind, "kind of submission")
        moment(self.made_at, "time of the submission")
        digest(self.statement, "digest of the statement")
        digest(self.envelope, "digest of the envelope")


@dataclass(frozen=True)
class PinConfirmed(JoiningEvent):
    """A second party confirmed a pin or a proposed change, by the digest of the pin."""

    TOPIC: ClassVar[str] = "joining.PinConfirmed.v1"

    kind: PinKind
    name: str
    pin_digest: str

    def __post_init__(self) -> None:
        super().__post_init__()
        digest(self.pin_digest, "pin digest")


@dataclass(frozen=True)
class LedgerKeyRotated(JoiningEvent):
    """From here on another key seals the ledger; the old one signed the tree with this entry."""

    TOPIC: ClassVar[str] = "joining.LedgerKeyRotated.v1"

    old_key: str
    new_key: str
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        prose(self.reason, "reason", maximum=TEXT_MAX)
        if ed25519(self.old_key) == ed25519(self.new_key):
            raise Malformed("The ledger's key is changed for itself.")


@dataclass(frozen=True)
class TestRunRecorded(JoiningEvent):
    """An evidence entered the record, whatever its outcome."""

    __test__: ClassVar[bool] = False  # not a test class, whatever pytest thinks of the name
    TOPIC: ClassVar[str] = "joining.TestRunRecorded.v1"

    run: RunSummary


@dataclass(frozen=True)
class ParityRecorded(JoiningEvent):
    """A comparison of our account with an endpoint entered the record, whatever it showed."""

    TOPIC: ClassVar[str] = "joining.ParityRecorded.v2"

    parity: ParitySummary


@dataclass(frozen=True)
class CanariesRecorded(JoiningEvent):
    """It entered the record which planted defects the scenarios of some suites noticed."""

    TOPIC: ClassVar[str] = "joining.CanariesRecorded.v1"

    canaries: CanarySummary


@dataclass(frozen=True)
class ObservationMade(JoiningEvent):
    """A party found a defect in testing: how bad, whose, and the finding that shows it.

    ``evidence`` is the digest of a recorded evidence; ``code`` and ``path`` are those of a finding
    of that scenario there. No value and no free text of the other side stands here.
    """

    TOPIC: ClassVar[str] = "joining.ObservationMade.v1"

    observation: str
    title: str
    severity: Severity
    owner: Party
    scenario: str
    evidence: str
    code: str
    path: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.observation, "observation")
        prose(self.title, "title")
        clean(self.scenario, "scenario's id")
        digest(self.evidence, "evidence digest")
        prose(self.code, "finding's code")
        if self.path:
            prose(self.path, "finding's path", maximum=TEXT_MAX)


@dataclass(frozen=True)
class ObservationAssigned(JoiningEvent):
    """Another party owns an observation, for a reason."""

    TOPIC: ClassVar[str] = "joining.ObservationAssigned.v1"

    observation: str
    owner: Party
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.observation, "observation")
        prose(self.reason, "reason", maximum=TEXT_MAX)


@dataclass(frozen=True)
class ObservationFixed(JoiningEvent):
    """The owner of an observation says in which of its releases the defect is fixed."""

    TOPIC: ClassVar[str] = "joining.ObservationFixed.v1"

    observation: str
    release: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.observation, "observation")
        prose(self.release, "release")


@dataclass(frozen=True)
class ObservationRetested(JoiningEvent):
    """The party that made an observation has seen it fixed, in the evidence of that digest."""

    TOPIC: ClassVar[str] = "joining.ObservationRetested.v1"

    observation: str
    evidence: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.observation, "observation")
        digest(self.evidence, "evidence digest")


@dataclass(frozen=True)
class ObservationWithdrawn(JoiningEvent):
    """A second person of the party that made an observation says why it was none."""

    TOPIC: ClassVar[str] = "joining.ObservationWithdrawn.v1"

    observation: str
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.observation, "observation")
        prose(self.reason, "reason", maximum=TEXT_MAX)


@dataclass(frozen=True)
class WaiverRequested(JoiningEvent):
    """Somebody asks to live with objections of one code, of these subjects, until a moment.

    ``code`` is a text: codes are added without another version of this event.
    """

    TOPIC: ClassVar[str] = "joining.WaiverRequested.v1"

    waiver: str
    code: str
    scope: tuple[str, ...]
    reason: str
    expires: datetime

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.waiver, "waiver")
        clean(self.code, "objection's code", maximum=100)
        prose(self.reason, "reason", maximum=TEXT_MAX)
        moment(self.expires, "time of expiry")
        for each in self.scope:
            clean(each, "scope", maximum=TEXT_MAX)
        if not self.scope or list(self.scope) != sorted(set(self.scope)):
            raise Malformed("The scope of the waiver is empty, not sorted, or names one twice.")
        if not self.timestamp < self.expires <= self.timestamp + WAIVER_LONGEST:
            raise Malformed(
                f"The waiver expires in the past, or more than {WAIVER_LONGEST.days} days ahead.",
                todo="Name an earlier day; ask again when it has expired.",
            )


@dataclass(frozen=True)
class WaiverConfirmed(JoiningEvent):
    """A second party agrees to a waiver, by the digest of all it says; it is in effect now."""

    TOPIC: ClassVar[str] = "joining.WaiverConfirmed.v1"

    waiver: str
    waiver_digest: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.waiver, "waiver")
        digest(self.waiver_digest, "waiver's digest")


@dataclass(frozen=True)
class WaiverWithdrawn(JoiningEvent):
    """A waiver ends before it expires, or is not asked for any more, for a reason."""

    TOPIC: ClassVar[str] = "joining.WaiverWithdrawn.v1"

    waiver: str
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        slug(self.waiver, "waiver")
        prose(self.reason, "reason", maximum=TEXT_MAX)


@dataclass(frozen=True)
class EvidenceWithdrawn(JoiningEvent):
    """Evidence of that digest was a mistake: it stays on record and shows nothing any more."""

    TOPIC: ClassVar[str] = "joining.EvidenceWithdrawn.v1"

    evidence: str
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        digest(self.evidence, "evidence digest")
        prose(self.reason, "reason", maximum=TEXT_MAX)


@dataclass(frozen=True)
class CorrectionNoted(JoiningEvent):
    """The event of that version was a mistake, and in which way; the state stays as it is."""

    TOPIC: ClassVar[str] = "joining.CorrectionNoted.v1"

    version: int
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        prose(self.reason, "reason", maximum=TEXT_MAX)


@dataclass(frozen=True)
class CorrectionConfirmed(JoiningEvent):
    """A second party agrees to a correction, named by the version of the event that made it."""

    TOPIC: ClassVar[str] = "joining.CorrectionConfirmed.v1"

    correction: int


@dataclass(frozen=True)
class ExchangesErased(JoiningEvent):
    """Messages that were kept on request are gone, for a reason; they never were on record."""

    TOPIC: ClassVar[str] = "joining.ExchangesErased.v1"

    runs: tuple[ErasedRun, ...]
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        prose(self.reason, "reason", maximum=TEXT_MAX)
        if not self.runs:
            raise Malformed("The exchanges of no run were erased.")


@dataclass(frozen=True)
class SignedOff(JoiningEvent):
    """A party accepts the tests of a phase as shown by one evidence."""

    TOPIC: ClassVar[str] = "joining.SignedOff.v1"

    phase: int
    evidence: str

    def __post_init__(self) -> None:
        super().__post_init__()
        digest(self.evidence, "evidence digest")


@dataclass(frozen=True)
class OpeningRequested(JoiningEvent):
    """Somebody asks for production to be opened."""

    TOPIC: ClassVar[str] = "joining.OpeningRequested.v1"


@dataclass(frozen=True)
class OpeningApproved(JoiningEvent):
    """A second person approves the opening on the named evidence."""

    TOPIC: ClassVar[str] = "joining.OpeningApproved.v1"

    evidence: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        for each in self.evidence:
            digest(each, "evidence digest")


@dataclass(frozen=True)
class OpeningRefused(JoiningEvent):
    """An opening was tried and refused, with the reasons told and the policy they rest on."""

    TOPIC: ClassVar[str] = "joining.OpeningRefused.v1"

    judged_version: int
    objections: tuple[RecordedObjection, ...]
    policy: tuple[Value, ...]


@dataclass(frozen=True)
class ProductionOpened(JoiningEvent):
    """The service is open for production."""

    TOPIC: ClassVar[str] = "joining.ProductionOpened.v1"

    judged_version: int
    evidence: tuple[str, ...]
    window_start: datetime
    window_end: datetime
    policy: tuple[Value, ...]


_CLASSES: Final[tuple[type[JoiningEvent], ...]] = (
    ProjectCreated,
    ItemRecorded,
    PhaseCompleted,
    PhaseReopened,
    ContractPinned,
    SuitePinned,
    EndpointPinned,
    PinConfirmed,
    KeyPinned,
    KeyConfirmed,
    KeyRevoked,
    SharingPinned,
    SharingConfirmed,
    EvidenceReferred,
    ReferenceEnded,
    SubmissionReceived,
    LedgerKeyRotated,
    TestRunRecorded,
    ParityRecorded,
    CanariesRecorded,
    ObservationMade,
    ObservationAssigned,
    ObservationFixed,
    ObservationRetested,
    ObservationWithdrawn,
    WaiverRequested,
    WaiverConfirmed,
    WaiverWithdrawn,
    EvidenceWithdrawn,
    CorrectionNoted,
    CorrectionConfirmed,
    ExchangesErased,
    SignedOff,
    OpeningRequested,
    OpeningApproved,
    OpeningRefused,
    ProductionOpened,
)

EVENTS: Final[Mapping[str, type[JoiningEvent]]] = MappingProxyType(
    {each.TOPIC: each for each in _CLASSES}
)
"""The closed set: topic to class."""
