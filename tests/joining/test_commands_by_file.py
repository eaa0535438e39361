"""Decisions by signed files: the project's own commands, judged as if the signer stood there."""

import inspect
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from harness.errors import EvidenceError, HarnessError
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.agreement import shared_from
from harness.joining.commands import (
    COMMANDS,
    Command,
    ContractPinning,
    CorrectionAgreement,
    CorrectionNote,
    EndpointPinning,
    EvidenceWithdrawal,
    KeyPinning,
    KeyRevocation,
    ObservationHandover,
    ObservationWithdrawal,
    OpeningApproval,
    OpeningRequest,
    PhaseCompletion,
    PhaseReopening,
    PinConfirmation,
    Reference,
    SharingPinning,
    SuitePinning,
    WaiverConfirmation,
    WaiverEnd,
    WaiverRequest,
)
from harness.joining.events import JoiningEvent, Kept, Kind
from harness.joining.evidence import Outcome
from harness.joining.handing import CLOCKS_DIFFER
from harness.joining.objections import ObjectionCode as Code
from harness.joining.objections import Refused
from harness.joining.observations import Severity
from harness.joining.pins import KeyKind, KeyPin
from harness.joining.policy import GatePolicy
from harness.joining.project import JoiningProject, replay
from harness.joining.submissions import Submission
from harness.joining.text import Malformed
from harness.limits import DEFAULT
from tests.joining.test_handing_in import ENVELOPE, events
from tests.joining.two import PIN as SHARED
from tests.joining.two import TESTED, Two
from tests.joining.world import (
    ALL_PINS,
    AUTHORITY,
    CONTRACT,
    ENDPOINT,
    START,
    SUITES,
    SUPPLIER,
    World,
)
from tests.support.identities import PERSON

D = "d" * 64
SANNA = KeyPin("sanna", Party.SUPPLIER, "developer", "ed25519:" + "1" * 64)
ARTO = KeyPin("arto", Party.AUTHORITY, "owner", "ed25519:" + "2" * 64)
VERA = KeyPin("vera", Party.ACCOUNT, "manager", "ed25519:" + "3" * 64)
KEEPER = Actor("keeper", Party.ACCOUNT_SUPPLIER, "", Assurance.KEY, "ed25519:" + "4" * 64)


def referring(two: Two) -> Reference:
    """A reference to the newest run of the first project, as an export tells it."""
    standing = two.tested.project.standing
    recorded = standing.runs_by_digest[two.digest()]
    return Reference(shared_from(standing, recorded), recorded.run)


SAMPLES: tuple[Command, ...] = (
    PhaseCompletion(4, (D,)),
    PhaseReopening(4, "Another release."),
    OpeningRequest(),
    OpeningApproval((D,)),
    ContractPinning(replace(CONTRACT, retires=date(2027, 1, 1))),
    SuitePinning(SUITES["testing"]),
    EndpointPinning(ENDPOINT),
    KeyPinning(SANNA),
    SharingPinning(SHARED),
    PinConfirmation("suite", "testing", D),
    WaiverRequest("EXPIRED", (D,), "Agreed.", START),
    WaiverConfirmation("waiver-1", D),
    WaiverEnd("waiver-1", "Found."),
    EvidenceWithdrawal(D, "Another release."),
    CorrectionNote(3, "Too early."),
    CorrectionAgreement(9),
    referring(Two().run_all()),
    KeyRevocation("arto", ARTO.public_key, "The laptop was lost."),
    ObservationHandover("obs-1", Party.ACCOUNT, "It is theirs."),
    ObservationWithdrawal("obs-1", "The tester's mistake."),
)


def signed(given: Command, pin: KeyPin = SANNA, kind: Kind = Kind.JOINING) -> Submission:
    return Submission("kirjasto", kind, pin.person, pin.party, START, given)


def take(world: World, given: Command, pin: KeyPin = SANNA) -> bool:
    """The keeper, who is of neither party, takes in what the person of the pin has signed."""
    at = START + timedelta(seconds=world.count)  # two alike are two statements
    submission = replace(signed(given, pin), project=world.project.id, at=at)
    args = world.by(KEEPER).args
    return world.project.receive(submission, pin.actor, envelope=ENVELOPE, **args)


def codes(world: World, given: Command, pin: KeyPin = SANNA) -> set[Code]:
    with pytest.raises(Refused) as refused:
        take(world, given, pin)
    told = events(world)
    world.project = replay(told)  # as who is refused reads it anew
    world.project.pending_events.extend(told)
    return {each.code for each in refused.value.objections}


@pytest.fixture
def world() -> World:
    made = World()
    for each in (SANNA, ARTO, VERA):
        made.pin(each)
    return made


# The statement


def test_every_command_is_tried_here() -> None:
    assert {type(each) for each in SAMPLES} == set(COMMANDS.values())


def test_a_contract_by_file_keeps_nothing_whoever_wrote_the_file() -> None:
    kept = Kept(CONTRACT.ref, "e" * 64, "testing", SUITES["testing"].digest, ("testing/good",))
    with pytest.raises(Malformed, match="keeps nothing"):
        ContractPinning(replace(CONTRACT, keeps=(kept,)))
    own = ContractPinning(CONTRACT)
    object.__setattr__(own, "pin", replace(CONTRACT, keeps=(kept,)))
    with pytest.raises(EvidenceError, match="keeps nothing"):
        Submission.from_bytes(signed(own).to_bytes())


@pytest.mark.parametrize("given", SAMPLES, ids=lambda each: type(each).__name__)
def test_a_command_comes_back_equal_and_names_a_method_with_its_arguments(given: Command) -> None:
    made = signed(given)
    back = Submission.from_bytes(made.to_bytes())
    assert back == made
    assert back.act.file == b""
    method = getattr(JoiningProject, given.METHOD)
    wanted = list(inspect.signature(method).parameters)
    names = [each.name for each in fields(given)]
    assert wanted == ["self", *names, "at", "actor", "event_id"]
    assert len(given.arguments) == len(names)


@pytest.mark.parametrize("given", SAMPLES, ids=lambda each: type(each).__name__)
def test_two_commands_that_differ_are_two_subjects(given: Command) -> None:
    others = [each.subject for each in SAMPLES if each is not given]
    assert given.subject not in others


def test_a_day_that_is_none() -> None:
    made = signed(SAMPLES[4]).to_bytes()
    assert b"2027-01-01" in made
    with pytest.raises(EvidenceError, match="A day is expected"):
        Submission.from_bytes(made.replace(b"2027-01-01", b"2027-13-01"))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (PhaseReopening, (4, f"Pyyntö: {PERSON}")),
        (PhaseReopening, (4, "")),
        (WaiverRequest, ("EXPIRED", (PERSON,), "Agreed.", START)),
        (PinConfirmation, ("suite", "testing", "dddd")),
        (PinConfirmation, ("suite", f"testing {PERSON}", D)),
        (PinConfirmation, ("page", "testing", D)),
        (EvidenceWithdrawal, (D, "two\nlines")),
        (EvidenceWithdrawal, (D[:12], "Another release.")),
        (PhaseCompletion, (5, (D, D[:12]))),
        (OpeningApproval, (("DIGEST",),)),
        (KeyRevocation, ("arto", "1" * 64, "Lost.")),
        (KeyRevocation, ("arto", ARTO.public_key, f"Lost by {PERSON}")),
        (KeyRevocation, (PERSON, ARTO.public_key, "Lost.")),
        (WaiverConfirmation, ("waiver-1", D[:12])),
    ],
)
def test_what_no_record_can_hold_is_not_signed(kind: Any, values: tuple[object, ...]) -> None:
    with pytest.raises(Malformed):
        kind(*values)


# By the rules


def test_all_the_way_by_files_alone() -> None:
    """Pins, phases, request and approval of people who never stand at the ledger."""
    world = World()
    for each in (SANNA, ARTO, VERA):
        world.pin(each)
    pinnings = (
        ContractPinning(CONTRACT),
        *(SuitePinning(each) for each in SUITES.values()),
        EndpointPinning(ENDPOINT),
    )
    for given, pin in zip(pinnings, ALL_PINS, strict=True):
        take(world, given)
        kind, name, digest = pin.key[0].value, pin.name, pin.pin_digest
        assert codes(world, PinConfirmation(kind, name, digest)) >= {Code.WRONG_PARTY}
        take(world, PinConfirmation(kind, name, digest), ARTO)
    world.plant()
    for number in range(7):
        if number == 4:
            world.run("connection")
        if number == 5:
            world.sign(world.run("testing"))
            world.run("supplier")
        world.fill(number)
        found = _counting(world, number)
        if found:
            assert codes(world, PhaseCompletion(number, ())) == {Code.EVIDENCE_UNKNOWN}
        assert take(world, PhaseCompletion(number, found))
    assert take(world, OpeningRequest(), ARTO)
    assert codes(world, OpeningApproval(world.counting()), ARTO) == {Code.APPROVER_NOT_INDEPENDENT}
    assert codes(world, OpeningApproval(world.counting()), SANNA) == {Code.WRONG_PARTY}
    assert codes(world, OpeningApproval(world.counting()[1:]), VERA) == {Code.EVIDENCE_UNKNOWN}
    assert take(world, OpeningApproval(world.counting()), VERA)
    approval = world.project.standing.approval
    assert approval is not None
    assert approval.actor == VERA.actor
    assert approval.actor.assurance is Assurance.KEY
    replay(events(world))


def _counting(world: World, number: int) -> tuple[str, ...]:
    suites = {4: ("connection",), 5: ("testing", "supplier")}.get(number, ())
    runs = (each.run for each in world.project.standing.runs)
    return tuple(sorted(run.digest for run in runs if run.suite in suites))


def test_a_command_is_taken_once() -> None:
    submission = signed(OpeningRequest(), ARTO)
    done = World().ready()
    for each in (SANNA, ARTO, VERA):
        done.pin(each)
    for expected in (True, False):
        args = done.by(KEEPER).args
        assert done.project.receive(submission, ARTO.actor, envelope=D, **args) is expected
    assert done.project.standing.request is not None
    assert done.project.standing.request.actor == ARTO.actor


def test_an_approval_is_not_kept_for_another_request() -> None:
    """A new request takes an approval back, one that was signed and not received as well."""
    world = World().to_phase(7)
    for each in (ARTO, VERA):
        world.pin(each)
    take(world, OpeningRequest(), ARTO)
    approval = OpeningApproval(world.counting())
    early = replace(signed(approval, VERA), at=START + timedelta(seconds=world.count))
    world.project.request_opening(**world.by(AUTHORITY).args)
    args = world.by(KEEPER).args
    with pytest.raises(Refused, match="signed before this opening was requested") as refused:
        world.project.receive(early, VERA.actor, envelope=ENVELOPE, **args)
    assert {each.code for each in refused.value.objections} == {Code.REQUEST_MISSING}
    told = events(world)
    world.project = replay(told)
    late = replace(early, at=world.now)
    assert world.project.receive(late, VERA.actor, envelope=ENVELOPE, **world.by(KEEPER).args)


def test_a_confirmation_is_not_kept_until_the_same_is_pinned_again(world: World) -> None:
    """What was agreed to, changed, and is proposed once more, is agreed to once more."""
    other = replace(ENDPOINT, address="https://other.example/ws")
    confirmation = PinConfirmation("endpoint", ENDPOINT.name, ENDPOINT.pin_digest)
    spare = replace(signed(confirmation, VERA), at=START + timedelta(seconds=world.count))
    for pin in (ENDPOINT, other):
        take(world, EndpointPinning(pin))
        take(world, PinConfirmation("endpoint", pin.name, pin.pin_digest), ARTO)
    again = replace(signed(EndpointPinning(ENDPOINT)), at=world.now)
    world.project.receive(again, SANNA.actor, envelope=ENVELOPE, **world.by(KEEPER).args)
    args = world.by(KEEPER).args
    with pytest.raises(Refused, match="signed before this was pinned") as refused:
        world.project.receive(spare, VERA.actor, envelope=ENVELOPE, **args)
    assert {each.code for each in refused.value.objections} == {Code.NOTHING_TO_CONFIRM}
    world.project = replay(events(world))
    late = replace(spare, at=world.now)
    world.project.receive(late, VERA.actor, envelope=ENVELOPE, **world.by(KEEPER).args)


# Two clocks: the signer's and the keeper's, or those of two signers

INSTANT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def received(world: World, given: Command, pin: KeyPin, at: datetime) -> None:
    """The keeper takes in what the person of the pin has signed at a moment by their own clock."""
    submission = replace(signed(given, pin), project=world.project.id, at=at)
    world.project.receive(submission, pin.actor, envelope=ENVELOPE, **world.by(KEEPER).args)


def asked(world: World, clock: timedelta | None) -> datetime:
    """The opening is requested; says from when on it was, by whatever clock told it earlier.

    ``clock`` is how far that of the person is ahead who asks by a file; None at the ledger.
    """
    if clock is None:
        world.project.request_opening(**world.by(AUTHORITY).args)
        return world.now
    by_own_clock = world.now + clock
    received(world, OpeningRequest(), ARTO, by_own_clock)
    return min(by_own_clock, world.now)


def pinned(world: World, clock: timedelta | None) -> datetime:
    """The same of a pin."""
    if clock is None:
        world.project.pin(ENDPOINT, **world.by(SUPPLIER).args)
        return world.now
    by_own_clock = world.now + clock
    received(world, EndpointPinning(ENDPOINT), SANNA, by_own_clock)
    return min(by_own_clock, world.now)


def received_at_the_limit(
    world: World, command: Command, since: datetime, code: Code
) -> list[JoiningEvent]:
    """What had happened before a command was received that was signed as early as may be.

    Signed an instant before, it is refused.
    """
    told = events(world)
    with pytest.raises(Refused, match="clocks that may differ by 5 minutes") as refused:
        received(world, command, VERA, since - CLOCKS_DIFFER - INSTANT)
    assert {each.code for each in refused.value.objections} == {code}
    world.project = replay(told)
    received(world, command, VERA, since - CLOCKS_DIFFER)
    return told


@pytest.mark.parametrize("clock", [None, CLOCKS_DIFFER, timedelta(), -HOUR])
def test_an_approval_counts_though_its_signers_clock_is_behind_by_what_clocks_differ(
    clock: timedelta | None,
) -> None:
    world = World().to_phase(7)
    for each in (ARTO, VERA):
        world.pin(each)
    since = asked(world, clock)
    told = received_at_the_limit(
        world, OpeningApproval(world.counting()), since, Code.REQUEST_MISSING
    )
    assert world.project.standing.approval is not None
    replay([*told, *events(world)])


@pytest.mark.parametrize("clock", [None, CLOCKS_DIFFER, timedelta(), -HOUR])
def test_a_confirmation_counts_though_its_signers_clock_is_behind_by_what_clocks_differ(
    world: World, clock: timedelta | None
) -> None:
    since = pinned(world, clock)
    confirmation = PinConfirmation("endpoint", ENDPOINT.name, ENDPOINT.pin_digest)
    received_at_the_limit(world, confirmation, since, Code.NOTHING_TO_CONFIRM)
    assert world.project.standing.pins[ENDPOINT.key].effective.confirmed_by == VERA.actor


def test_the_door_and_the_rules_let_clocks_differ_alike() -> None:
    assert timedelta(seconds=DEFAULT.clock_skew) == CLOCKS_DIFFER
    assert timedelta(seconds=GatePolicy().clock_skew_seconds) == CLOCKS_DIFFER


def test_a_waiver_is_asked_for_and_agreed_to_by_two_parties(world: World) -> None:
    until = world.now + timedelta(days=7)
    take(world, WaiverRequest("EXPIRED", (D,), "Agreed.", until))
    (waiver,) = world.project.standing.waivers.values()
    assert waiver.by == SANNA.actor
    confirmation = WaiverConfirmation(waiver.id, waiver.digest)
    assert Code.WRONG_PARTY in codes(world, confirmation)
    other = replace(confirmation, waiver_digest="0" * 64)
    assert codes(world, other, VERA) == {Code.NOTHING_TO_CONFIRM}
    take(world, confirmation, VERA)
    assert world.project.standing.waivers[waiver.id].in_effect(world.now)
    take(world, WaiverEnd(waiver.id, "It is cleared."), ARTO)
    assert not world.project.standing.waivers[waiver.id].in_effect(world.now)


def test_corrections_and_who_agrees_to_them(world: World) -> None:
    world.to_phase(0)
    digest = world.run()
    take(world, EvidenceWithdrawal(digest, "Another release."))
    made_by = world.project.version
    assert world.project.standing.withdrawn(digest)
    assert Code.WRONG_PARTY in codes(world, CorrectionAgreement(made_by))
    take(world, CorrectionAgreement(made_by), ARTO)
    assert world.project.standing.corrections[made_by].confirmed_by == ARTO.actor
    take(world, CorrectionNote(2, "Before the meeting."), VERA)
    assert world.project.standing.corrections[world.project.version].corrects == 2


def test_observations_change_hands_and_are_withdrawn_by_a_second_person(world: World) -> None:
    world.pin_all()
    digest = world.run(outcomes={"testing/good": Outcome.FAILED})
    name = world.project.observe(
        "Wrong.", Severity.MAJOR, Party.SUPPLIER, scenario="testing/good", evidence=digest,
        code="code", **world.by(SUPPLIER).args,
    )  # fmt: skip
    take(world, ObservationHandover(name, Party.ACCOUNT, "It is theirs."))
    assert world.project.standing.observations[name].owner is Party.ACCOUNT
    assert codes(world, ObservationWithdrawal(name, "None."), VERA) == {Code.WRONG_PARTY}
    take(world, ObservationWithdrawal(name, "None."))
    assert world.project.standing.observations[name].closed


def test_a_key_is_pinned_by_a_file_and_counts_when_another_party_confirms_it(
    world: World,
) -> None:
    new = KeyPin("sofia", Party.SUPPLIER, "developer", "ed25519:" + "5" * 64)
    take(world, KeyPinning(new))
    assert codes(world, OpeningRequest(), new) == {Code.KEY_UNKNOWN}
    take(world, PinConfirmation(KeyKind.KEY.value, "sofia", new.pin_digest), VERA)
    assert codes(world, OpeningRequest(), new) >= {Code.PHASE_NOT_REACHED}


def test_a_key_is_revoked_by_another_person_and_no_file_of_it_is_taken_in(world: World) -> None:
    take(world, KeyRevocation("sanna", SANNA.public_key, "The laptop was lost."), VERA)
    revoked = world.project.standing.revoked[SANNA.public_key]
    assert (revoked.actor, revoked.reason) == (VERA.actor, "The laptop was lost.")
    back = KeyRevocation("vera", VERA.public_key, "In return.")
    for given in (back, OpeningRequest()):
        assert codes(world, given) == {Code.KEY_REVOKED}
    assert set(world.project.standing.revoked) == {SANNA.public_key}


def test_a_key_revokes_itself_and_that_is_the_last_it_says(world: World) -> None:
    own = KeyRevocation("sanna", SANNA.public_key, "I leave.")
    assert take(world, own)
    assert world.project.standing.revoked[SANNA.public_key].actor == SANNA.actor
    assert codes(world, own) == {Code.KEY_REVOKED}
    replay(events(world))


def test_a_key_is_revoked_under_its_own_name_only_and_once(world: World) -> None:
    assert codes(world, KeyRevocation("arto", SANNA.public_key, "Lost."), VERA) == {
        Code.KEY_UNKNOWN
    }
    given = KeyRevocation("sanna", SANNA.public_key, "Lost.")
    take(world, given, ARTO)
    assert codes(world, given, VERA) == {Code.KEY_REVOKED}


def test_evidence_of_another_project_is_referred_to() -> None:
    """By whom, and to what, is asked as at the ledger: agreed by two, the supplier's, of a run."""
    two = Two().run_all()
    world, given = two.joins, referring(two)
    world.pin_all()
    world.pin(SANNA)
    assert codes(world, given) == {Code.REFERENCE_NOT_ALLOWED}
    two.agreed()
    assert take(world, given)
    (reference,) = world.project.standing.references
    assert (reference.source, reference.run) == (given.source, given.run)
    assert reference.actor == SANNA.actor
    assert reference.source is not None
    assert reference.source.project == TESTED
    version = world.project.version
    assert take(world, given)  # another file that says the same: received, and nothing new
    assert world.project.version == version + 1


def test_a_phase_is_opened_again() -> None:
    world = World().to_phase(5)
    world.pin(SANNA)
    take(world, PhaseReopening(4, "Another release."))
    assert world.project.standing.current == 4
    assert world.project.standing.phases[4].reopened_because == "Another release."


def test_who_is_unknown_gives_no_command() -> None:
    world = World().to_phase(5)
    stranger = KeyPin("sulo", Party.SUPPLIER, "", "ed25519:" + "6" * 64)
    before = world.project.version
    for given in SAMPLES:
        with pytest.raises(HarnessError):
            take(world, given, stranger)
        assert world.project.version == before
