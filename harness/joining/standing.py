"""Where a project stands: the fold of its events, with the questions the rules ask of it.

Nothing here judges; see ``rules`` (what is allowed) and ``runs`` (which run counts).
"""

from collections.abc import Collection, Iterator
from dataclasses import field, replace
from datetime import datetime

from harness.classes import dataclass
from harness.joining.actor import Actor, Party
from harness.joining.canaries import CanarySummary
from harness.joining.corrections import Correction
from harness.joining.events import (
    Kind,
    Organisation,
    OrganisationKind,
    PinKind,
    RecordedObjection,
    SharedFrom,
    Value,
)
from harness.joining.evidence import RunSummary
from harness.joining.observations import Observation, Severity
from harness.joining.parity import ParitySummary
from harness.joining.pins import (
    ContractPin,
    EndpointPin,
    PinKey,
    PinState,
    SharingKind,
    SharingPin,
    SuitePin,
)
from harness.joining.process import Item, Phase, Process
from harness.joining.waivers import Waiver


@dataclass(frozen=True, slots=True)
class PhaseState:
    """One phase of the project; ``reopened_version`` is the event that last reopened it, or 0."""

    number: int
    entered_at: datetime | None = None
    completed_at: datetime | None = None
    completed_by: Actor | None = None
    evidence: tuple[str, ...] = ()
    reopened_version: int = 0
    reopened_at: datetime | None = None
    reopened_because: str = ""

    @property
    def complete(self) -> bool:
        """The phase is complete."""
        return self.completed_at is not None


@dataclass(frozen=True, slots=True)
class Stated:
    """What a party stated of an item."""

    phase: int
    item: str
    stated_by: Party
    values: tuple[Value, ...]
    actor: Actor
    at: datetime
    source_digest: str


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """An evidence on record: what it says, who recorded it, when, and at which version.

    ``source`` is where it was recorded first when this project only refers to it.
    """

    run: RunSummary
    actor: Actor
    at: datetime
    version: int
    source: SharedFrom | None = None

    @property
    def recorders(self) -> tuple[Actor, ...]:
        """Who brought it on record, here and where it was recorded first."""
        return (self.actor, self.source.recorded_by) if self.source else (self.actor,)

    @property
    def first_at(self) -> datetime:
        """When it was brought on record first, here or there: it was made before that."""
        return min(self.at, self.source.recorded_at) if self.source else self.at


@dataclass(frozen=True, slots=True)
class RecordedCanaries:
    """An evidence of canaries on record: what it says, who recorded it, when, at which version."""

    canaries: CanarySummary
    actor: Actor
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """A key that proves nothing any more: whose it was, why, and since which event."""

    person: str
    reason: str
    actor: Actor
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class ReceivedSubmission:
    """A signed file that was taken in; see :class:`~harness.joining.events.SubmissionReceived`."""

    kind: str
    submitter: Actor
    made_at: datetime
    statement: str
    envelope: str
    received_by: Actor
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Something a person decided, and the evidence it rests on."""

    actor: Actor
    at: datetime
    version: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """Production is open."""

    actor: Actor
    at: datetime
    judged_version: int
    evidence: tuple[str, ...]
    policy: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An opening that was tried and refused."""

    actor: Actor
    at: datetime
    judged_version: int
    objections: tuple[RecordedObjection, ...]
    policy: tuple[Value, ...]


@dataclass(slots=True)
class Standing:
    """The state of one project."""

    id: str
    name: str
    kind: Kind
    organisation_kind: OrganisationKind
    process: Process
    organisations: tuple[Organisation, ...]
    created_by: Actor
    phases: dict[int, PhaseState]
    statements: dict[tuple[str, Party], Stated] = field(default_factory=dict)
    pins: dict[PinKey, PinState] = field(default_factory=dict)
    runs_by_digest: dict[str, RecordedRun] = field(default_factory=dict)
    run_ids: set[str] = field(default_factory=set)
    parities: dict[str, ParitySummary] = field(default_factory=dict)
    """Comparisons on record by digest, in the order of recording."""
    canaries: dict[str, RecordedCanaries] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    """Defects found in testing by id, in the order of recording; closed ones as well."""
    revoked: dict[str, RevokedKey] = field(default_factory=dict)
    """Revoked keys by the public key."""
    submissions: dict[str, ReceivedSubmission] = field(default_factory=dict)
    """Signed files that were taken in, by the digest of the signed statement, in their order."""
    sign_offs: dict[tuple[int, Party], Decision] = field(default_factory=dict)
    request: Decision | None = None
    approval: Decision | None = None
    opening: Opening | None = None
    refusals: list[Refusal] = field(default_factory=list)
    waivers: dict[str, Waiver] = field(default_factory=dict)
    """By id, in the order of asking; expired and withdrawn ones as well."""
    corrections: dict[int, Correction] = field(default_factory=dict)
    """By the version of the event that made each."""
    event_ids: dict[str, None] = field(default_factory=dict)
    """Ids of all events so far; a set of them would take three times as much memory."""

    @property
    def rehearsal(self) -> bool:
        """The project is an exercise."""
        return self.kind is Kind.REHEARSAL

    @property
    def current(self) -> int:
        """Number of the first phase that is not complete; one past the last when all are."""
        return next(
            (number for number, state in self.phases.items() if not state.complete),
            self.process.last + 1,
        )

    @property
    def suites(self) -> tuple[str, ...]:
        """Every suite that must have passed; see ``suites_of``."""
        return tuple(suite for phase in self.process.phases for suite in self.suites_of(phase))

    def suites_of(self, phase: Phase) -> tuple[str, ...]:
        """The suites a phase asks of this project: a rehearsal need not bring its own system."""
        return phase.suites if self.rehearsal else phase.all_suites

    def phase(self, number: int) -> Phase | None:
        """The phase of that number, or None."""
        for each in self.process.phases:
            if each.number == number:
                return each
        return None

    def items(self, phase: Phase) -> Iterator[Item]:
        """The items a phase asks of this project's kind of organisation."""
        return (item for item in phase.items if item.concerns(self.organisation_kind))

    def stated(self, item: Item) -> list[Stated]:
        """What is on record of an item, in the order of its parties."""
        found = (self.statements.get((item.id, party)) for party in item.parties)
        return [each for each in found if each is not None]

    def contract_pin(self, name: str) -> ContractPin | None:
        """The contract pin in effect."""
        pin = self._effective(PinKind.CONTRACT, name)
        return pin if isinstance(pin, ContractPin) else None

    def suite_pin(self, suite: str) -> SuitePin | None:
        """The suite pin in effect."""
        pin = self._effective(PinKind.SUITE, suite)
        return pin if isinstance(pin, SuitePin) else None

    def endpoint_pin(self, name: str) -> EndpointPin | None:
        """The endpoint pin in effect."""
        pin = self._effective(PinKind.ENDPOINT, name)
        return pin if isinstance(pin, EndpointPin) else None

    def sharing_pin(self, project: str) -> SharingPin | None:
        """What a second party agreed to share with that project; None while none did."""
        state = self.pins.get((SharingKind.SHARING, project))
        pin = state.effective.pin if state and state.effective.confirmed_by else None
        return pin if isinstance(pin, SharingPin) else None

    def organisation(self, party: Party) -> str:
        """The name of the organisation that acts as a party; empty when the project names none."""
        return next((each.name for each in self.organisations if each.party is party), "")

    @property
    def references(self) -> Iterator[RecordedRun]:
        """Evidence of other projects that stands."""
        found = (each for each in self.runs if each.source is not None)
        return (each for each in found if not self.withdrawn(each.run.digest))

    def _effective(self, kind: PinKind, name: str) -> object:
        state = self.pins.get((kind, name))
        return state.effective.pin if state else None

    def run(self, evidence: str) -> RecordedRun | None:
        """The run of that evidence digest, or None."""
        return self.runs_by_digest.get(evidence)

    @property
    def runs(self) -> Collection[RecordedRun]:
        """Every run on record, in the order of recording."""
        return self.runs_by_digest.values()

    @property
    def last_run(self) -> RecordedRun | None:
        """The run that was recorded last."""
        return next(reversed(self.runs_by_digest.values()), None)

    def add(self, recorded: RecordedRun) -> None:
        """Put a run on record."""
        self.runs_by_digest[recorded.run.digest] = recorded
        self.run_ids.add(recorded.run.run_id)

    def withdrawn(self, evidence: str) -> Correction | None:
        """The correction by which evidence was withdrawn, or None while it stands."""
        found = self.corrections.values()
        return next((each for each in found if evidence and each.evidence == evidence), None)

    def opened_on_withdrawn(self) -> tuple[str, ...]:
        """Digests of withdrawn evidence that production was opened on."""
        on = self.opening.evidence if self.opening else ()
        return tuple(each for each in on if self.withdrawn(each))

    def open_observations(self, least: Severity = Severity.MINOR) -> list[Observation]:
        """Observations at least so bad that are neither retested nor withdrawn."""
        found = self.observations.values()
        return [each for each in found if not each.closed and each.severity.at_least(least)]

    def window(self) -> tuple[datetime, datetime] | None:
        """Start and end of the opening window when there is one and every party agrees on it."""
        where = self.process.window
        if where is None:
            return None
        phase = self.phase(where.phase)
        item = phase.item(where.item) if phase else None
        stated = self.stated(item) if item else []
        if item is None or len(stated) < len(item.parties):
            return None
        if any(each.values != stated[0].values for each in stated):
            return None
        told = {each.name: str(each.value) for each in stated[0].values}
        return tuple_of_times(told[where.start], told[where.end])

    def enter(self, number: int, at: datetime) -> None:
        """Note when a phase became the current one."""
        if number in self.phases and self.phases[number].entered_at is None:
            self.phases[number] = replace(self.phases[number], entered_at=at)


def tuple_of_times(start: str, end: str) -> tuple[datetime, datetime]:
    """Two recorded times as times."""
    return datetime.fromisoformat(start), datetime.fromisoformat(end)
