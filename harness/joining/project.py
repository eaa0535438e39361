"""The aggregate: a joining project, its commands, and what every event does to it.

A command makes one event. The event asks the rules and then changes the state, live and on replay
alike; when the rules object, nothing is recorded and nothing is pending. Time, actor and event id
come in as arguments.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from eventsourcing.domain import BaseAggregate

from harness.errors import HarnessError, IntegrityBroken
from harness.joining import forms, handing, observing, referring, rules, waivers, waiving
from harness.joining.acting import Acting
from harness.joining.actor import Actor, Party
from harness.joining.canaries import CanaryEvidence
from harness.joining.corrections import Correction
from harness.joining.events import (
    CanariesRecorded,
    ContractPinned,
    CorrectionConfirmed,
    CorrectionNoted,
    Ending,
    EndpointPinned,
    ErasedRun,
    EvidenceReferred,
    EvidenceWithdrawn,
    ExchangesErased,
    ItemRecorded,
    JoiningEvent,
    KeyConfirmed,
    KeyPinned,
    KeyRevoked,
    Kind,
    LedgerKeyRotated,
    ObservationAssigned,
    ObservationFixed,
    ObservationMade,
    ObservationRetested,
    ObservationWithdrawn,
    OpeningApproved,
    OpeningRefused,
    OpeningRequested,
    Organisation,
    OrganisationKind,
    ParityRecorded,
    PhaseCompleted,
    PhaseReopened,
    PinConfirmed,
    PinKind,
    ProductionOpened,
    ProjectCreated,
    ReferenceEnded,
    SharedFrom,
    SharingConfirmed,
    SharingPinned,
    SignedOff,
    SubmissionReceived,
    SuitePinned,
    TestRunRecorded,
    Value,
    WaiverConfirmed,
    WaiverRequested,
    WaiverWithdrawn,
)
from harness.joining.evidence import RunSummary, TestEvidence
from harness.joining.objections import Objection, ObjectionCode, Refused, require
from harness.joining.observations import Closing, Fix, Observation, Severity
from harness.joining.parity import Parity
from harness.joining.pins import (
    AnyKind,
    ContractPin,
    EndpointPin,
    Held,
    KeyKind,
    KeyPin,
    Pin,
    PinEvent,
    PinKey,
    PinState,
    SharingKind,
    SharingPin,
    SuitePin,
    pin_of,
)
from harness.joining.process import Process, find
from harness.joining.process_file import definition_of, parse
from harness.joining.runs import judge, kept_wrongly
from harness.joining.standing import (
    Decision,
    Opening,
    PhaseState,
    ReceivedSubmission,
    RecordedCanaries,
    RecordedRun,
    Refusal,
    RevokedKey,
    Standing,
    Stated,
)
from harness.joining.text import Malformed
from harness.joining.waivers import Waiver

if TYPE_CHECKING:
    from harness.joining.submissions import Submission


class JoiningProject(BaseAggregate[str]):
    """A service's way into production, as a fold of events.

    ``standing`` is the state. Every command takes ``at`` (UTC), ``actor`` and ``event_id`` (unique
    within the project) and raises :class:`~harness.joining.objections.Refused` when the rules
    object and :class:`~harness.joining.text.Malformed` when a value cannot stand in the record.
    Commands that return a bool return False, and record nothing, when the record says so already.
    """

    standing: Standing

    @classmethod
    def create(  # noqa: PLR0913 - a project is created from all of these at once
        cls,
        project: str,
        *,
        name: str,
        kind: Kind,
        organisation_kind: OrganisationKind,
        process: Process | str,
        organisations: Sequence[Organisation] = (),
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> "JoiningProject":
        """Begin a project; ``project`` is its id (a slug), ``process`` what it follows for good.

        Raises:
            ConfigError: there is no built-in process of that id.
            Malformed: a process of the project's own is not one the record can hold.
        """
        follows = find(process) if isinstance(process, str) else process
        event = ProjectCreated(
            project, 1, at, event_id, actor, name, kind, organisation_kind, follows.id,
            tuple(organisations), definition_of(follows),
        )  # fmt: skip
        made = cls.begin(event)
        made.pending_events.append(event)
        return made

    @classmethod
    def begin(cls, event: ProjectCreated) -> "JoiningProject":
        """The project as its first event leaves it."""
        project = cls.__new__(cls)
        project.__base_init__(event.originator_id, event.originator_version, event.timestamp)
        process = _process(event)
        project.standing = Standing(
            id=event.originator_id,
            name=event.name,
            kind=event.kind,
            organisation_kind=event.organisation_kind,
            process=process,
            organisations=event.organisations,
            created_by=event.actor,
            phases={each.number: PhaseState(each.number) for each in process.phases},
            event_ids={event.event_id: None},
        )
        project.standing.enter(0, event.timestamp)
        return project

    def evolve(self, event: JoiningEvent) -> None:
        """Judge an event and fold it into the state."""
        if event.event_id in self.standing.event_ids:
            sentence = "An event of this id is in the history already."
            raise Refused([Objection(ObjectionCode.EVENT_REPEATED, sentence)])
        require(handing.may_act(self.standing, event))
        happen(event, self.standing)
        self.standing.event_ids[event.event_id] = None

    def _record(
        self, kind: type[JoiningEvent], at: datetime, actor: Actor, event_id: str, *values: Any
    ) -> None:
        event = kind(self.id, self.version + 1, at, event_id, actor, *values)
        event.mutate(self)
        self.pending_events.append(event)

    def record_item(  # noqa: PLR0913 - who said what, for whom, from which form
        self,
        phase: int,
        item: str,
        stated_by: Party,
        values: Mapping[str, object] | Sequence[Value],
        *,
        source_digest: str = "",
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> bool:
        """Record what a party states of an item; see ``forms`` for the values."""
        found = self.standing.phase(phase)
        asked = found.item(item) if found else None
        given = values if isinstance(values, Mapping) else {v.name: v.value for v in values}
        told = forms.canonical(asked, given) if asked else ()
        before = self.standing.statements.get((item, stated_by))
        if before is not None and before.values == told:
            return False
        self._record(ItemRecorded, at, actor, event_id, phase, item, stated_by, told, source_digest)
        return True

    def complete_phase(self, phase: int, *, at: datetime, actor: Actor, event_id: str) -> None:
        """Complete the current phase; all it asks for must be on record."""
        evidence = _counting(self.standing, phase)
        self._record(PhaseCompleted, at, actor, event_id, phase, evidence)

    def complete_phase_on(
        self, phase: int, evidence: Iterable[str], *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Complete the current phase on exactly the evidence that its completer has seen count."""
        require(rules.same_evidence(tuple(sorted(set(evidence))), _counting(self.standing, phase)))
        self.complete_phase(phase, at=at, actor=actor, event_id=event_id)

    def reopen_phase(
        self, phase: int, reason: str, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Open a complete phase and all that follow again.

        What was stated in the phase of the opening window is dropped with it: the window, which
        must be agreed on anew, and its announcement.
        """
        self._record(PhaseReopened, at, actor, event_id, phase, reason)

    def pin(self, pin: Pin, *, at: datetime, actor: Actor, event_id: str) -> bool:
        """Pin a contract, suite, endpoint, key or policy of sharing, or propose a change.

        The same pin is recorded again when it still waits for a confirmation and who set it only
        claimed a name or is a shared account, and the actor is known.
        """
        if isinstance(pin, KeyPin):
            require(handing.to_pin(self.standing, pin))
        state = self.standing.pins.get(pin.key)
        newest = state.proposed or state.effective if state else None
        if newest and newest.pin == pin and not rules.takes_over(self.standing, newest, actor):
            return False
        match pin:
            case ContractPin():
                kind: type[JoiningEvent] = ContractPinned
            case SuitePin():
                kind = SuitePinned
            case EndpointPin():
                kind = EndpointPinned
            case KeyPin():
                kind = KeyPinned
            case SharingPin():
                kind = SharingPinned
        values = {name: getattr(pin, name) for name in pin.__dataclass_fields__}
        event = kind(self.id, self.version + 1, at, event_id, actor, **values)
        event.mutate(self)
        self.pending_events.append(event)
        return True

    def confirm_pin(
        self,
        kind: AnyKind,
        name: str,
        pin_digest: str,
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> None:
        """Confirm, as another party, the pin of that digest or the change proposed to it."""
        match kind:
            case KeyKind():
                self._record(KeyConfirmed, at, actor, event_id, name, pin_digest)
            case SharingKind():
                self._record(SharingConfirmed, at, actor, event_id, name, pin_digest)
            case PinKind():
                self._record(PinConfirmed, at, actor, event_id, kind, name, pin_digest)

    def revoke_key(
        self,
        person: str,
        public_key: str,
        reason: str,
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> None:
        """Say that a person's pinned key proves nothing from here on."""
        self._record(KeyRevoked, at, actor, event_id, person, public_key, reason)

    def rotate_ledger_key(
        self,
        old_key: str,
        new_key: str,
        reason: str,
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> None:
        """Say that another key seals the ledger from here on; the ledger itself checks the old."""
        self._record(LedgerKeyRotated, at, actor, event_id, old_key, new_key, reason)

    def receive(
        self,
        submission: "Submission",
        submitter: Actor,
        *,
        envelope: str,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> bool:
        """Take in a signed file whose signature was verified, and all that it says.

        ``submitter`` is the person of the pinned key that signed it, ``envelope`` the digest of
        the file. The caller verifies the signature; the rules judge everything else. When they
        object to a part, nothing is pending, and the project is good for nothing but to be read
        anew.
        """
        if submission.digest in self.standing.submissions:
            return False
        told = (submission.kind, submitter, submission.at, submission.digest, envelope)
        self._record(SubmissionReceived, at, actor, event_id, *told)
        before, pending = self.version, len(self.pending_events)

        def next_id() -> str:
            return handing.event_id(submission.digest, self.version - before + 1)

        try:
            submission.act.apply(self, Acting(at, submitter, next_id))
        except HarnessError:
            del self.pending_events[pending - 1 :]
            raise
        return True

    def record_run(
        self, evidence: TestEvidence, *, at: datetime, actor: Actor, event_id: str
    ) -> bool:
        """Record an evidence, whatever its outcome."""
        summary = evidence.summary()
        if self.standing.run(summary.digest):
            return False
        self._record(TestRunRecorded, at, actor, event_id, summary)
        return True

    def refer(
        self, source: SharedFrom, run: RunSummary, *, at: datetime, actor: Actor, event_id: str
    ) -> bool:
        """Let evidence on record in another project of the ledger count here too.

        That the other project says the same is asked when it is appended; see ``agreement``.
        """
        known = self.standing.run(run.digest)
        same = known and (known.source, known.run) == (source, run)
        if same and not self.standing.withdrawn(run.digest):
            return False
        self._record(EvidenceReferred, at, actor, event_id, source, run)
        return True

    def end_reference(
        self,
        evidence: str,
        source: str,
        source_version: int,
        ending: Ending,
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> None:
        """Say that an event of the other project ended a reference; the ledger does, by itself."""
        told = (evidence, source, source_version, ending)
        self._record(ReferenceEnded, at, actor, event_id, *told)

    def record_parity(self, parity: Parity, *, at: datetime, actor: Actor, event_id: str) -> bool:
        """Record a comparison with our account, whatever it showed."""
        summary = parity.summary()
        if summary.digest in self.standing.parities:
            return False
        self._record(ParityRecorded, at, actor, event_id, summary)
        return True

    def record_canaries(
        self, evidence: CanaryEvidence, *, at: datetime, actor: Actor, event_id: str
    ) -> bool:
        """Record which planted defects were noticed, whatever survived."""
        summary = evidence.summary()
        if summary.digest in self.standing.canaries:
            return False
        self._record(CanariesRecorded, at, actor, event_id, summary)
        return True

    def observe(  # noqa: PLR0913 - what was found, where, how bad, whose
        self,
        title: str,
        severity: Severity,
        owner: Party,
        *,
        scenario: str,
        evidence: str,
        code: str,
        path: str = "",
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> str:
        """Record a defect found in testing and return its id; see ``observing`` for who may what.

        ``evidence`` is the digest of evidence on record; ``code`` and ``path`` name the finding.
        """
        name = observing.next_id(self.standing)
        told = (name, title, severity, owner, scenario, evidence, code, path)
        self._record(ObservationMade, at, actor, event_id, *told)
        return name

    def assign_observation(
        self,
        observation: str,
        owner: Party,
        reason: str,
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> None:
        """Hand an open observation to another party."""
        self._record(ObservationAssigned, at, actor, event_id, observation, owner, reason)

    def fix_observation(
        self, observation: str, release: str, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Say, as its owner, in which release an observation is fixed."""
        self._record(ObservationFixed, at, actor, event_id, observation, release)

    def retest_observation(
        self, observation: str, evidence: str, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Accept a fix on evidence in which the scenario passed."""
        self._record(ObservationRetested, at, actor, event_id, observation, evidence)

    def withdraw_observation(
        self, observation: str, reason: str, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Say, as a second person, why an observation was none."""
        self._record(ObservationWithdrawn, at, actor, event_id, observation, reason)

    def ask_waiver(
        self,
        code: str,
        scope: Iterable[str],
        reason: str,
        expires: datetime,
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> str:
        """Ask to live with objections until a moment; gives the waiver's id. See ``waivers``."""
        name = waiving.next_id(self.standing)
        told = (name, code, tuple(sorted(set(scope))), reason, expires)
        self._record(WaiverRequested, at, actor, event_id, *told)
        return name

    def confirm_waiver(
        self, waiver: str, waiver_digest: str, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Agree, as another party, to the waiver of that digest: it is in effect from now on."""
        self._record(WaiverConfirmed, at, actor, event_id, waiver, waiver_digest)

    def withdraw_waiver(
        self, waiver: str, reason: str, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """End a waiver before it expires."""
        self._record(WaiverWithdrawn, at, actor, event_id, waiver, reason)

    def withdraw_evidence(
        self, evidence: str, reason: str, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Say that evidence on record was a mistake: it shows nothing any more."""
        self._record(EvidenceWithdrawn, at, actor, event_id, evidence, reason)

    def note_correction(
        self, version: int, reason: str, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Note that the event of that version was a mistake; the state stays as it is."""
        self._record(CorrectionNoted, at, actor, event_id, version, reason)

    def confirm_correction(
        self, correction: int, *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Agree, as another party, to the correction made by the event of that version."""
        self._record(CorrectionConfirmed, at, actor, event_id, correction)

    def erase_exchanges(
        self,
        runs: Sequence[ErasedRun],
        reason: str,
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> None:
        """Record that kept exchanges of runs were erased; anybody may, at any time."""
        self._record(ExchangesErased, at, actor, event_id, tuple(runs), reason)

    def sign_off(
        self, phase: int, evidence: str, *, at: datetime, actor: Actor, event_id: str
    ) -> bool:
        """Accept the tests of a phase for the actor's party, on the evidence of that digest."""
        before = self.standing.sign_offs.get((phase, actor.party))
        same = before and before.actor == actor and before.evidence == (evidence,)
        if same and rules.signed_off(self.standing, phase, actor.party):
            return False
        self._record(SignedOff, at, actor, event_id, phase, evidence)
        return True

    def request_opening(self, *, at: datetime, actor: Actor, event_id: str) -> None:
        """Ask for production to be opened; an earlier approval no longer stands."""
        self._record(OpeningRequested, at, actor, event_id)

    def approve(
        self, evidence: Iterable[str], *, at: datetime, actor: Actor, event_id: str
    ) -> None:
        """Approve the requested opening on all evidence that counts, named by digest."""
        named = tuple(sorted(set(evidence)))
        self._record(OpeningApproved, at, actor, event_id, named)

    def refuse_opening(
        self,
        objections: Sequence[Objection],
        policy: tuple[Value, ...],
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> None:
        """Record that an opening was tried and why it was refused."""
        told = tuple(each.recorded() for each in objections)
        self._record(OpeningRefused, at, actor, event_id, self.version, told, policy)

    def open_production(
        self,
        judged_version: int,
        policy: tuple[Value, ...],
        *,
        at: datetime,
        actor: Actor,
        event_id: str,
    ) -> None:
        """Open production, at exactly the version the gate was judged at."""
        window = self.standing.window() or (at, at)
        evidence = counting_evidence(self.standing)
        self._record(
            ProductionOpened, at, actor, event_id, judged_version, evidence, *window, policy
        )


def _process(event: ProjectCreated) -> Process:
    """The process a project follows: a built-in one, or the one its first event describes."""
    if not event.definition:
        return find(event.process)
    process = parse(event.definition)
    if process.id != event.process:
        raise Malformed("The process and its definition have different ids.")
    return process


def replay(events: Iterable[JoiningEvent]) -> JoiningProject:
    """The project a history leads to; every event is judged again.

    Raises:
        IntegrityBroken: there is no event, one is out of place, or the rules refuse one: then the
            history is not what happened.
    """
    project: JoiningProject | None = None
    for event in events:
        try:
            project = event.mutate(project)
        except IntegrityBroken:
            raise
        except HarnessError as error:
            raise IntegrityBroken(
                f"Event {event.originator_version} ({type(event).__name__}) could not have "
                f"happened: {error.what}",
                where=event.originator_id,
                todo="Restore the record from its last good copy.",
            ) from error
    if project is None:
        raise IntegrityBroken("The history has no event.")
    return project


def counting_evidence(standing: Standing) -> tuple[str, ...]:
    """Digests of all evidence that counts now, sorted."""
    suites = standing.suites
    return tuple(sorted({d for suite in suites for d in judge(standing, suite).digests}))


def _counting(standing: Standing, number: int) -> tuple[str, ...]:
    phase = standing.phase(number)
    suites = standing.suites_of(phase) if phase else ()
    return tuple(sorted({d for suite in suites for d in judge(standing, suite).digests}))


@singledispatch
def happen(event: JoiningEvent, standing: Standing) -> None:
    """Judge one event and fold it in; what follows are the bodies, one an event."""
    raise IntegrityBroken(
        f"{type(event).__name__} is not an event of a project under way.", where=standing.id
    )


def _unless_waived(
    event: JoiningEvent, standing: Standing, objections: Iterable[Objection]
) -> None:
    """Go on when every objection is waived at the moment of the event."""
    require(waivers.closing(objections, standing.waivers, event.timestamp))


@happen.register
def _item_recorded(event: ItemRecorded, standing: Standing) -> None:
    who = (event.stated_by, event.actor)
    require(rules.item_to_record(standing, event.phase, event.item, *who))
    require(rules.values_canonical(standing, event.phase, event.item, event.values))
    standing.statements[event.item, event.stated_by] = Stated(
        event.phase, event.item, event.stated_by, event.values, event.actor, event.timestamp,
        event.source_digest,
    )  # fmt: skip


@happen.register
def _phase_completed(event: PhaseCompleted, standing: Standing) -> None:
    _unless_waived(event, standing, rules.phase_to_complete(standing, event.phase))
    require(rules.same_evidence(event.evidence, _counting(standing, event.phase)))
    standing.phases[event.phase] = replace(
        standing.phases[event.phase],
        completed_at=event.timestamp,
        completed_by=event.actor,
        evidence=event.evidence,
    )
    standing.enter(event.phase + 1, event.timestamp)


@happen.register
def _phase_reopened(event: PhaseReopened, standing: Standing) -> None:
    require(rules.phase_to_reopen(standing, event.phase))
    for number in range(event.phase, standing.process.last + 1):
        first = number == event.phase
        standing.phases[number] = PhaseState(
            number,
            entered_at=event.timestamp if first else None,
            reopened_version=event.originator_version,
            reopened_at=event.timestamp,
            reopened_because=event.reason,
        )
    for key in [key for key in standing.sign_offs if key[0] >= event.phase]:
        del standing.sign_offs[key]
    window = standing.process.window
    if window and window.phase >= event.phase:  # another date is agreed on and announced anew
        standing.statements = {
            key: stated
            for key, stated in standing.statements.items()
            if stated.phase != window.phase
        }
    standing.request = standing.approval = None


@happen.register(ContractPinned)
@happen.register(SuitePinned)
@happen.register(EndpointPinned)
@happen.register(KeyPinned)
@happen.register(SharingPinned)
def _pinned(event: PinEvent, standing: Standing) -> None:
    pin = pin_of(event)
    if isinstance(pin, ContractPin):
        require(kept_wrongly(standing, pin))
    if isinstance(pin, KeyPin):
        require(handing.to_pin(standing, pin))
    held = Held(pin, event.actor, event.timestamp)
    state = standing.pins.get(pin.key)
    at_once = standing.rehearsal and not isinstance(pin, KeyPin | SharingPin)
    if state is None or at_once:
        standing.pins[pin.key] = PinState(held)
    elif state.effective.pin == pin:
        anew = rules.takes_over(standing, state.effective, event.actor)
        standing.pins[pin.key] = PinState(held if anew else state.effective)
    else:
        standing.pins[pin.key] = PinState(state.effective, held)


@happen.register
def _pin_confirmed(event: PinConfirmed, standing: Standing) -> None:
    _confirmed(event, (event.kind, event.name), event.pin_digest, standing)


@happen.register
def _key_confirmed(event: KeyConfirmed, standing: Standing) -> None:
    _confirmed(event, (KeyKind.KEY, event.person), event.pin_digest, standing)


@happen.register
def _sharing_confirmed(event: SharingConfirmed, standing: Standing) -> None:
    command = f"harness pin sharing {event.source} --confirm {event.pin_digest}"
    parties = standing.process.roles.approve
    require(rules.of_parties(standing, event.actor, parties, "agree to share", command))
    _confirmed(event, (SharingKind.SHARING, event.source), event.pin_digest, standing)


def _confirmed(event: JoiningEvent, key: PinKey, pin_digest: str, standing: Standing) -> None:
    state = standing.pins.get(key)
    target = rules.pin_to_confirm(state, pin_digest)
    require(rules.confirmation(standing, target, event.actor))
    assert target is not None
    require(handing.confirmation_of_this_pin(standing, event, target))
    confirmed = replace(target, confirmed_by=event.actor, confirmed_at=event.timestamp)
    rest = state.proposed if state and target is state.effective else None
    standing.pins[key] = PinState(confirmed, rest)


@happen.register
def _key_revoked(event: KeyRevoked, standing: Standing) -> None:
    require(handing.to_revoke(standing, event))
    standing.revoked[event.public_key] = RevokedKey(
        event.person, event.reason, event.actor, event.timestamp, event.originator_version
    )


@happen.register
def _ledger_key_rotated(event: LedgerKeyRotated, standing: Standing) -> None:
    require(rules.identified(standing, event.actor, "harness key rotate --reason TEXT"))


@happen.register
def _submission_received(event: SubmissionReceived, standing: Standing) -> None:
    require(handing.to_receive(standing, event))
    standing.submissions[event.statement] = ReceivedSubmission(
        event.kind, event.submitter, event.made_at, event.statement, event.envelope, event.actor,
        event.timestamp, event.originator_version,
    )  # fmt: skip


@happen.register
def _run_recorded(event: TestRunRecorded, standing: Standing) -> None:
    require(rules.run_to_record(standing, event.run))
    standing.add(RecordedRun(event.run, event.actor, event.timestamp, event.originator_version))


@happen.register
def _evidence_referred(event: EvidenceReferred, standing: Standing) -> None:
    require(referring.to_refer(standing, event))
    told = (event.run, event.actor, event.timestamp, event.originator_version)
    standing.add(RecordedRun(*told, event.source))


@happen.register
def _reference_ended(event: ReferenceEnded, standing: Standing) -> None:
    require(referring.to_end(standing, event))
    version, why = event.originator_version, referring.reason(event)
    standing.corrections[version] = Correction(
        version, 0, event.evidence, why, event.actor, event.timestamp, source=event.source
    )
    _reopen_observations(standing, event.evidence)


@happen.register
def _parity_recorded(event: ParityRecorded, standing: Standing) -> None:
    require(rules.parity_to_record(standing, event.parity))
    standing.parities[event.parity.digest] = event.parity


@happen.register
def _canaries_recorded(event: CanariesRecorded, standing: Standing) -> None:
    require(rules.canaries_to_record(standing, event.canaries))
    standing.canaries[event.canaries.digest] = RecordedCanaries(
        event.canaries, event.actor, event.timestamp, event.originator_version
    )


@happen.register
def _observation_made(event: ObservationMade, standing: Standing) -> None:
    require(observing.to_make(standing, event))
    standing.observations[event.observation] = Observation(
        event.observation, event.title, event.severity, event.owner,
        standing.runs_by_digest[event.evidence].run.suite, event.scenario, event.evidence,
        event.code, event.path, event.actor, event.timestamp,
    )  # fmt: skip


@happen.register
def _observation_assigned(event: ObservationAssigned, standing: Standing) -> None:
    found = standing.observations.get(event.observation)
    require(observing.to_assign(standing, found, event))
    assert found is not None
    standing.observations[found.id] = replace(found, owner=event.owner)


@happen.register
def _observation_fixed(event: ObservationFixed, standing: Standing) -> None:
    found = standing.observations.get(event.observation)
    require(observing.to_fix(standing, found, event))
    assert found is not None
    fix = Fix(event.release, event.actor, event.timestamp, event.originator_version)
    standing.observations[found.id] = replace(found, fix=fix)


@happen.register
def _observation_retested(event: ObservationRetested, standing: Standing) -> None:
    found = standing.observations.get(event.observation)
    require(observing.to_retest(standing, found, event))
    assert found is not None
    closing = Closing(event.actor, event.timestamp, evidence=event.evidence)
    standing.observations[found.id] = replace(found, closing=closing)


@happen.register
def _observation_withdrawn(event: ObservationWithdrawn, standing: Standing) -> None:
    found = standing.observations.get(event.observation)
    require(observing.to_withdraw(standing, found, event))
    assert found is not None
    closing = Closing(event.actor, event.timestamp, reason=event.reason)
    standing.observations[found.id] = replace(found, closing=closing)


@happen.register
def _waiver_requested(event: WaiverRequested, standing: Standing) -> None:
    require(waiving.to_ask(standing, event))
    standing.waivers[event.waiver] = Waiver(
        event.waiver, event.code, event.scope, event.reason, event.expires,
        event.actor, event.timestamp,
    )  # fmt: skip


@happen.register
def _waiver_confirmed(event: WaiverConfirmed, standing: Standing) -> None:
    found = standing.waivers.get(event.waiver)
    require(waiving.to_confirm(standing, found, event))
    assert found is not None
    standing.waivers[found.id] = replace(
        found, confirmed_by=event.actor, confirmed_at=event.timestamp
    )


@happen.register
def _waiver_withdrawn(event: WaiverWithdrawn, standing: Standing) -> None:
    found = standing.waivers.get(event.waiver)
    require(waiving.to_end(standing, found, event))
    assert found is not None
    standing.waivers[found.id] = replace(
        found,
        withdrawn_by=event.actor,
        withdrawn_at=event.timestamp,
        withdrawn_because=event.reason,
    )


@happen.register
def _evidence_withdrawn(event: EvidenceWithdrawn, standing: Standing) -> None:
    """Whatever it has shown is not shown: an observation that it closed waits for a retest."""
    require(waiving.to_withdraw(standing, event))
    _correct(event, standing, evidence=event.evidence)
    _reopen_observations(standing, event.evidence)


def _reopen_observations(standing: Standing, evidence: str) -> None:
    for found in standing.observations.values():
        if found.closing and found.closing.evidence == evidence:
            standing.observations[found.id] = replace(found, closing=None)


@happen.register
def _correction_noted(event: CorrectionNoted, standing: Standing) -> None:
    require(waiving.to_note(standing, event))
    _correct(event, standing, corrects=event.version)


def _correct(
    event: EvidenceWithdrawn | CorrectionNoted,
    standing: Standing,
    *,
    corrects: int = 0,
    evidence: str = "",
) -> None:
    version = event.originator_version
    standing.corrections[version] = Correction(
        version, corrects, evidence, event.reason, event.actor, event.timestamp
    )


@happen.register
def _correction_confirmed(event: CorrectionConfirmed, standing: Standing) -> None:
    found = standing.corrections.get(event.correction)
    require(waiving.to_agree(standing, found, event))
    assert found is not None
    standing.corrections[found.version] = replace(
        found, confirmed_by=event.actor, confirmed_at=event.timestamp
    )


@happen.register
def _exchanges_erased(event: ExchangesErased, standing: Standing) -> None:
    """Nothing on record rests on them: where the project stands does not change."""
    del event, standing


@happen.register
def _signed_off(event: SignedOff, standing: Standing) -> None:
    told = rules.sign_off_to_give(standing, event.phase, event.evidence, event.actor)
    _unless_waived(event, standing, told)
    standing.sign_offs[event.phase, event.actor.party] = _decision(event, (event.evidence,))


@happen.register
def _requested(event: OpeningRequested, standing: Standing) -> None:
    require(rules.request_to_make(standing, event.actor))
    standing.request, standing.approval = _decision(event), None


@happen.register
def _approved(event: OpeningApproved, standing: Standing) -> None:
    _unless_waived(event, standing, rules.approval_to_give(standing, event.evidence, event.actor))
    require(handing.approval_of_this_request(standing, event))
    standing.approval = _decision(event, event.evidence)


def _decision(event: JoiningEvent, evidence: tuple[str, ...] = ()) -> Decision:
    return Decision(event.actor, event.timestamp, event.originator_version, evidence)


@happen.register
def _refused(event: OpeningRefused, standing: Standing) -> None:
    require(rules.judged_just_before(event.judged_version, event.originator_version))
    if not event.objections:
        raise Malformed("A refusal of the opening gives no reason.")
    standing.refusals.append(
        Refusal(event.actor, event.timestamp, event.judged_version, event.objections, event.policy)
    )


@happen.register
def _opened(event: ProductionOpened, standing: Standing) -> None:
    _unless_waived(event, standing, rules.opening(standing))
    require(rules.opener(standing, event.actor))
    require(rules.in_window(standing, event.timestamp))
    require(rules.judged_just_before(event.judged_version, event.originator_version))
    require(rules.same_evidence(event.evidence, counting_evidence(standing)))
    require(rules.same_window(standing, event.window_start, event.window_end, event.timestamp))
    last = standing.process.last
    standing.phases[last] = replace(
        standing.phases[last], completed_at=event.timestamp, completed_by=event.actor
    )
    standing.opening = Opening(
        event.actor, event.timestamp, event.judged_version, event.evidence, event.policy
    )
