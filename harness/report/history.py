"""The history of a project, an event a line, newest last."""

from collections.abc import Iterator
from functools import singledispatch

from harness.joining.events import (
    CanariesRecorded,
    ContractPinned,
    CorrectionConfirmed,
    CorrectionNoted,
    EndpointPinned,
    EvidenceReferred,
    EvidenceWithdrawn,
    ExchangesErased,
    ItemRecorded,
    JoiningEvent,
    KeyConfirmed,
    KeyPinned,
    KeyRevoked,
    LedgerKeyRotated,
    ObservationAssigned,
    ObservationFixed,
    ObservationMade,
    ObservationRetested,
    ObservationWithdrawn,
    OpeningApproved,
    OpeningRefused,
    OpeningRequested,
    ParityRecorded,
    PhaseCompleted,
    PhaseReopened,
    PinConfirmed,
    ProductionOpened,
    ProjectCreated,
    ReferenceEnded,
    SharingConfirmed,
    SharingPinned,
    SignedOff,
    SubmissionReceived,
    SuitePinned,
    TestRunRecorded,
    WaiverConfirmed,
    WaiverRequested,
    WaiverWithdrawn,
)
from harness.joining.evidence import Outcome, RunSummary
from harness.joining.referring import reason
from harness.joining.state import plain
from harness.ledger.application import Recorded
from harness.report.parity import parity_share
from harness.report.picking import Picked
from harness.report.words import minute, short
from harness.vocabulary import counted


def picked_rows(picked: Picked) -> object:
    """A list of events; where filters were given, an object that says what they left out."""
    rows = [_row(each, picked.corrected.get(each.position)) for each in picked.events]
    if not picked.left_out:
        return rows
    return {"total": picked.total, "left_out": picked.left_out, "events": rows}


def picked_text(picked: Picked) -> str:
    """Events in lines, and a line about those that filters left out."""
    lines = [
        line for each in picked.events for line in _lines(each, picked.corrected.get(each.position))
    ]
    if picked.left_out:
        out = ", ".join(f"{count} by --{name}" for name, count in picked.left_out.items())
        lines.append(f"{len(picked.events)} of {counted(picked.total, 'event')}; left out: {out}")
    return "\n".join(lines)


def _row(recorded: Recorded, correction: Recorded | None) -> dict[str, object]:
    return {
        "position": recorded.position,
        "version": recorded.version,
        "topic": recorded.topic,
        "at": plain(recorded.timestamp),
        "sealed_size": recorded.sealed_size,
        "corrected_by": correction.position if correction else None,
        "event": plain(recorded.event),
    }


def _lines(recorded: Recorded, correction: Recorded | None) -> Iterator[str]:
    at = minute(recorded.timestamp)
    yield f"{recorded.position:>5}  {at}  {_actor(recorded):<24} {_told(recorded)}"
    if correction:
        said = f"as entry {correction.position} says"
        if isinstance(correction.event, ReferenceEnded):
            yield f"       shows nothing any more, {said}: {reason(correction.event)}"
        else:
            yield f"       a mistake, {said}: {getattr(correction.event, 'reason', '')}"


def _actor(recorded: Recorded) -> str:
    event = recorded.event
    if not isinstance(event, JoiningEvent):
        return ""
    return f"{event.actor.id} ({event.actor.assurance.value})"


def _told(recorded: Recorded) -> str:
    event = recorded.event
    return tell(event) if isinstance(event, JoiningEvent) else recorded.topic


@singledispatch
def tell(event: JoiningEvent) -> str:
    """One event in a few words."""
    return type(event).__name__


@tell.register
def _(event: ProjectCreated) -> str:
    return f"project created, {event.kind.value}: {event.name}"


@tell.register
def _(event: ItemRecorded) -> str:
    return f"phase {event.phase}: {event.item} stated by {event.stated_by.value}"


@tell.register
def _(event: PhaseCompleted) -> str:
    return f"phase {event.phase} completed"


@tell.register
def _(event: PhaseReopened) -> str:
    return f"phase {event.phase} reopened: {event.reason}"


@tell.register
def _(event: ContractPinned) -> str:
    kept = sum(len(each.scenarios) for each in event.keeps)
    more = f", {counted(kept, 'scenario')} kept valid" if event.keeps else ""
    return f"contract pinned: {event.name}/{event.version} {short(event.digest)}{more}"


@tell.register
def _(event: SuitePinned) -> str:
    return f"suite pinned: {event.suite}, {len(event.required)} required, {short(event.digest)}"


@tell.register
def _(event: EndpointPinned) -> str:
    return f"endpoint pinned: {event.name} at level {event.level.value}, {event.address}"


@tell.register
def _(event: KeyPinned) -> str:
    return f"key pinned: {event.person} of {event.party.value}, {event.public_key}"


@tell.register
def _(event: KeyConfirmed) -> str:
    return f"key confirmed: {event.person}, pin {short(event.pin_digest)}"


@tell.register
def _(event: KeyRevoked) -> str:
    return f"key revoked: {event.person}, {event.public_key}: {event.reason}"


@tell.register
def _(event: LedgerKeyRotated) -> str:
    return f"ledger's key changed to {event.new_key}: {event.reason}"


@tell.register
def _(event: SubmissionReceived) -> str:
    who = f"{event.submitter.id} of {event.submitter.party.value}"
    return f"received {event.kind} {short(event.statement)}, signed by {who}"


@tell.register
def _(event: PinConfirmed) -> str:
    return f"pin confirmed: {event.kind.value} {event.name} {short(event.pin_digest)}"


@tell.register
def _(event: TestRunRecorded) -> str:
    return f"evidence {_run(event.run)}"


def _run(run: RunSummary) -> str:
    passed = sum(each.outcome is Outcome.PASSED for each in run.outcomes)
    return (
        f"{short(run.digest)}: {run.suite} at level {run.level.value}, "
        f"{passed} of {len(run.outcomes)} passed"
    )


@tell.register
def _(event: EvidenceReferred) -> str:
    source = event.source
    return f"refers to {source.project}, event {source.version}, evidence {_run(event.run)}"


@tell.register
def _(event: ReferenceEnded) -> str:
    return f"evidence {short(event.evidence)}: {reason(event)}"


@tell.register
def _(event: SharingPinned) -> str:
    what = ", ".join(event.suites) or "nothing"
    return f"sharing pinned: {what} of {event.source}, release {event.system_release}"


@tell.register
def _(event: SharingConfirmed) -> str:
    return f"sharing confirmed: {event.source}, pin {short(event.pin_digest)}"


@tell.register
def _(event: ParityRecorded) -> str:
    parity = event.parity
    drifts = sum(each.count for each in parity.drifts)
    return (
        f"parity {short(parity.digest)}: {parity.suite} with {parity.endpoint.name}, "
        f"{parity_share(parity)}, {counted(drifts, 'drift')}"
    )


@tell.register
def _(event: CanariesRecorded) -> str:
    found = event.canaries
    suites = ", ".join(each.name for each in found.suites)
    told = f"{found.killed} of {found.planted} planted defects noticed"
    return f"canaries {short(found.digest)}: {suites}, {told}"


@tell.register
def _(event: ObservationMade) -> str:
    return (
        f"{event.observation} made, {event.severity.value}, for {event.owner.value}: {event.title} "
        f"({event.code} in {event.scenario}, {short(event.evidence)})"
    )


@tell.register
def _(event: ObservationAssigned) -> str:
    return f"{event.observation} handed to {event.owner.value}: {event.reason}"


@tell.register
def _(event: ObservationFixed) -> str:
    return f"{event.observation} fixed in {event.release}"


@tell.register
def _(event: ObservationRetested) -> str:
    return f"{event.observation} retested on {short(event.evidence)}"


@tell.register
def _(event: ObservationWithdrawn) -> str:
    return f"{event.observation} withdrawn: {event.reason}"


@tell.register
def _(event: WaiverRequested) -> str:
    scope = ", ".join(short(each) if len(each) == 64 else each for each in event.scope)
    until = minute(event.expires)
    return f"{event.waiver} asked for: {event.code} ({scope}) until {until}: {event.reason}"


@tell.register
def _(event: WaiverConfirmed) -> str:
    return f"{event.waiver} confirmed, {short(event.waiver_digest)}"


@tell.register
def _(event: WaiverWithdrawn) -> str:
    return f"{event.waiver} withdrawn: {event.reason}"


@tell.register
def _(event: EvidenceWithdrawn) -> str:
    return f"evidence {short(event.evidence)} withdrawn: {event.reason}"


@tell.register
def _(event: CorrectionNoted) -> str:
    return f"event {event.version} noted as mistaken: {event.reason}"


@tell.register
def _(event: CorrectionConfirmed) -> str:
    return f"correction confirmed, made by event {event.correction}"


@tell.register
def _(event: ExchangesErased) -> str:
    files = sum(each.bodies for each in event.runs)
    runs = ", ".join(each.run for each in event.runs)
    return f"kept exchanges erased, {counted(files, 'file')} of {runs}: {event.reason}"


@tell.register
def _(event: SignedOff) -> str:
    return f"phase {event.phase} signed off on {short(event.evidence)}"


@tell.register
def _(_event: OpeningRequested) -> str:
    return "opening requested"


@tell.register
def _(event: OpeningApproved) -> str:
    return f"opening approved on {', '.join(short(each) for each in event.evidence)}"


@tell.register
def _(event: OpeningRefused) -> str:
    codes = ", ".join(dict.fromkeys(each.code for each in event.objections))
    return f"opening refused: {codes}"


@tell.register
def _(event: ProductionOpened) -> str:
    return f"production opened, judged at version {event.judged_version}"
