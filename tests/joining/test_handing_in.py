"""Keys that count, and what is handed in under them: judged as if the person had been there."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from harness.errors import IntegrityBroken
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.events import (
    JoiningEvent,
    Kind,
    SignedOff,
    SubmissionReceived,
    TestRunRecorded,
)
from harness.joining.handing import event_id
from harness.joining.objections import ObjectionCode as Code
from harness.joining.objections import Refused
from harness.joining.pins import KeyKind, KeyPin
from harness.joining.project import replay
from harness.joining.state import state
from harness.joining.submissions import Act, FixHanded, RunHanded, SignOffGiven, Submission
from harness.joining.text import Malformed
from tests.joining.world import ACCOUNT, APPROVER, AUTHORITY, SUPPLIER, World, person
from tests.support.sealing import FIRST, SECOND

ONE, OTHER = "ed25519:" + "1" * 64, "ed25519:" + "2" * 64
SANNA = KeyPin("sanna", Party.SUPPLIER, "developer", ONE)
ENVELOPE = "9" * 64


def handed(world: World, act: Act, pin: KeyPin = SANNA) -> Submission:
    kind = world.project.standing.kind
    return Submission("kirjasto", kind, pin.person, pin.party, world.now, act)


def receive(world: World, act: Act, pin: KeyPin = SANNA) -> bool:
    """The keeper, of the authority, takes in what the person of the pin has signed."""
    submission = handed(world, act, pin)
    args = world.by(AUTHORITY).args
    return world.project.receive(submission, pin.actor, envelope=ENVELOPE, **args)


def confirm(world: World, pin: KeyPin, actor: Actor = ACCOUNT) -> None:
    args = world.by(actor).args
    world.project.confirm_pin(KeyKind.KEY, pin.person, pin.pin_digest, **args)


def revoke(world: World, key: str = ONE, actor: Actor = ACCOUNT) -> None:
    world.project.revoke_key("sanna", key, "The laptop was lost.", **world.by(actor).args)


def all_that_is_handed_in(world: World) -> None:
    """A key pinned and confirmed, evidence handed in under it, the key revoked."""
    world.pin(SANNA)
    evidence = world.evidence("testing")
    assert receive(world, RunHanded(evidence))
    world.last_digest = evidence.digest
    revoke(world)
    args = world.by(AUTHORITY).args
    keys = (FIRST.public.fingerprint, SECOND.public.fingerprint)
    world.project.rotate_ledger_key(*keys, "Who kept it has left.", **args)


def codes(command: Callable[[], object]) -> set[Code]:
    with pytest.raises(Refused) as told:
        command()
    return {each.code for each in told.value.objections}


def events(world: World) -> list[JoiningEvent]:
    found = world.project.pending_events
    return [each for each in found if isinstance(each, JoiningEvent)]


# Keys


@pytest.mark.parametrize("kind", Kind)
def test_a_key_counts_once_another_party_has_confirmed_it(kind: Kind) -> None:
    world = World(kind=kind)
    run = RunHanded(world.evidence())
    assert codes(lambda: receive(world, run)) == {Code.KEY_UNKNOWN}
    world.pin(SANNA, confirmed=False)
    assert codes(lambda: receive(world, run)) == {Code.KEY_UNKNOWN}
    assert codes(lambda: confirm(world, SANNA, world.pinner)) >= {Code.WRONG_PARTY}
    again = World(kind=kind)
    again.pin(SANNA)
    assert receive(again, run)


@pytest.mark.parametrize("kind", Kind)
def test_a_key_counts_until_the_one_that_takes_its_place_is_confirmed(kind: Kind) -> None:
    world, new = World(kind=kind), replace(SANNA, public_key=OTHER)
    world.pin(SANNA)
    world.pin(new, confirmed=False)
    assert receive(world, RunHanded(world.evidence()))
    confirm(world, new)
    assert receive(world, RunHanded(world.evidence()), new)
    assert codes(lambda: receive(world, RunHanded(world.evidence()))) == {Code.KEY_UNKNOWN}


def test_a_revoked_key_counts_no_more_and_never_again() -> None:
    world = World()
    world.pin(SANNA)
    known = world.evidence()
    world.record(known)
    revoke(world)
    for evidence in (known, world.evidence()):  # the first leads to no event of the submitter's
        act = RunHanded(evidence)
        assert codes(lambda act=act: receive(world, act)) == {Code.KEY_REVOKED}  # type: ignore[misc]
    assert codes(lambda: revoke(world)) == {Code.KEY_REVOKED}
    new = replace(SANNA, public_key=OTHER)
    world.pin(new)
    assert codes(lambda: world.pin(SANNA)) == {Code.KEY_REVOKED}
    assert receive(world, RunHanded(world.evidence()), new)
    assert [each["public_key"] for each in _list(state(world.project)["revoked_keys"])] == [ONE]


def _list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def test_nobody_acts_with_a_revoked_key_at_the_ledger_either() -> None:
    world = World()
    world.pin(SANNA)
    world.record(world.evidence(), SANNA.actor)
    revoke(world)
    evidence = world.evidence()
    assert codes(lambda: world.record(evidence, SANNA.actor)) == {Code.KEY_REVOKED}


def test_a_proposed_key_can_be_revoked_before_it_counts() -> None:
    world = World()
    world.pin(SANNA)
    world.pin(replace(SANNA, public_key=OTHER), confirmed=False)
    revoke(world, OTHER)
    confirm(world, replace(SANNA, public_key=OTHER))
    new = replace(SANNA, public_key=OTHER)
    assert codes(lambda: receive(world, RunHanded(world.evidence()), new)) == {Code.KEY_REVOKED}


def test_one_key_is_one_persons() -> None:
    world = World()
    world.pin(SANNA, confirmed=False)
    world.pin(replace(SANNA, public_key=OTHER), confirmed=False)
    for key in (ONE, OTHER):
        other = KeyPin("santeri", Party.SUPPLIER, "", key)
        assert codes(lambda pin=other: world.pin(pin)) == {Code.SAME_PERSON}  # type: ignore[misc]


def test_only_a_pinned_key_is_revoked_by_somebody_who_is_known() -> None:
    world = World()
    assert codes(lambda: revoke(world)) == {Code.KEY_UNKNOWN}
    world.pin(SANNA)
    assert codes(lambda: revoke(world, OTHER)) == {Code.KEY_UNKNOWN}
    nobody = person("somebody", Party.ACCOUNT, Assurance.CLAIMED)
    assert codes(lambda: revoke(world, actor=nobody)) == {Code.IDENTITY_CLAIMED}


@pytest.mark.parametrize("key", ["", "ed25519:", "ed25519:" + "A" * 64, "x" * 72, ONE + "\n"])
def test_a_key_is_written_in_one_form(key: str) -> None:
    with pytest.raises(Malformed, match="public key"):
        World().pin(replace(SANNA, public_key=key))


# What is handed in


def test_what_is_handed_in_is_the_submitters_and_names_the_file() -> None:
    world = World()
    world.pin(SANNA)
    act = RunHanded(world.evidence())
    assert receive(world, act)
    received, recorded = events(world)[-2:]
    assert isinstance(received, SubmissionReceived)
    assert isinstance(recorded, TestRunRecorded)
    assert (received.actor, received.submitter) == (AUTHORITY, SANNA.actor)
    assert recorded.actor == SANNA.actor
    assert recorded.actor.assurance is Assurance.KEY
    assert recorded.event_id == f"{received.statement}.1"
    assert received.envelope == ENVELOPE
    assert recorded.run.digest == act.evidence.digest


def test_the_same_submission_twice_changes_nothing() -> None:
    world = World()
    world.pin(SANNA)
    submission = handed(world, RunHanded(world.evidence()))
    for new in (True, False):
        version = world.project.version
        args = world.by(AUTHORITY).args
        told = world.project.receive(submission, SANNA.actor, envelope=ENVELOPE, **args)
        assert (told, world.project.version - version) == (new, 2 if new else 0)


def test_the_rules_are_those_for_a_person_who_is_there() -> None:
    world = World().to_phase(5)
    digest = world.run("testing")
    owner = KeyPin("olli", Party.AUTHORITY, "", OTHER)
    world.pin(owner)
    world.pin(SANNA)
    act = SignOffGiven(digest, 5)
    before = len(events(world))
    assert codes(lambda: receive(world, act, owner)) == {Code.WRONG_PARTY}
    assert len(events(world)) == before


def test_a_refused_submission_leaves_nothing_to_be_saved() -> None:
    world = World()
    world.pin(SANNA)
    before = list(world.project.pending_events)
    assert codes(lambda: receive(world, FixHanded("obs-1", "2.0"))) == {Code.OBSERVATION_UNKNOWN}
    assert world.project.pending_events == before


def test_a_sign_off_that_was_handed_in_stands() -> None:
    world = World().to_phase(5)
    world.pin(SANNA)
    digest = world.run("testing")
    assert receive(world, SignOffGiven(digest, 5))
    assert isinstance(events(world)[-1], SignedOff)
    assert world.project.standing.sign_offs[5, Party.SUPPLIER].actor == SANNA.actor


# A history that was made up


def _history() -> list[JoiningEvent]:
    world = World()
    world.pin(SANNA)
    assert receive(world, RunHanded(world.evidence()))
    return events(world)


def _of_another_person(history: list[JoiningEvent]) -> list[JoiningEvent]:
    return [*history[:-1], replace(history[-1], actor=SUPPLIER)]


def _of_no_submission(history: list[JoiningEvent]) -> list[JoiningEvent]:
    return [*history[:-2], replace(history[-1], originator_version=len(history) - 1)]


def _with_a_gap(history: list[JoiningEvent]) -> list[JoiningEvent]:
    received = history[-2]
    assert isinstance(received, SubmissionReceived)
    other = replace(history[-1], event_id="other")
    late = World().evidence()
    run = TestRunRecorded(
        "kirjasto", other.originator_version + 1, other.timestamp,
        event_id(received.statement, 2), SANNA.actor, late.summary(),
    )  # fmt: skip
    return [*history[:-1], other, run]


def _another_number(history: list[JoiningEvent]) -> list[JoiningEvent]:
    received = history[-2]
    assert isinstance(received, SubmissionReceived)
    return [*history[:-1], replace(history[-1], event_id=event_id(received.statement, 2))]


def test_the_history_itself_is_good() -> None:
    assert replay(_history()).standing.submissions


@pytest.mark.parametrize(
    "alter", [_of_another_person, _of_no_submission, _with_a_gap, _another_number]
)
def test_an_event_cannot_call_itself_a_submissions(
    alter: Callable[[list[JoiningEvent]], list[JoiningEvent]],
) -> None:
    with pytest.raises(IntegrityBroken, match="a submission which it does not follow"):
        replay(alter(_history()))


def test_a_submission_is_not_copied_to_a_later_place() -> None:
    history = _history()
    copied = replace(history[-2], originator_version=len(history) + 1, event_id="copy")
    with pytest.raises(IntegrityBroken, match="was received before"):
        replay([*history, copied])


# Who approves


def test_who_only_received_the_evidence_may_approve_and_who_recorded_it_may_not() -> None:
    """A signature makes the evidence its tester's: the keeper who takes it in adds no word."""
    for recorded, refused in ((False, set[Code]()), (True, {Code.APPROVER_NOT_INDEPENDENT})):
        world = World().to_phase(5)
        world.pin(SANNA)
        evidence = world.evidence("testing")
        if recorded:
            world.record(evidence, APPROVER)
        else:
            args = world.by(APPROVER).args
            handed_in = handed(world, RunHanded(evidence))
            world.project.receive(handed_in, SANNA.actor, envelope=ENVELOPE, **args)
        world.last_digest = evidence.digest
        world.sign(evidence.digest)
        world.run("supplier")
        for number in (5, 6):
            world.fill(number)
            world.complete(number)
        world.project.request_opening(**world.by(AUTHORITY).args)
        approve = partial(world.project.approve, world.counting(), **world.by(APPROVER).args)
        if refused:
            assert codes(approve) == refused
        else:
            approve()
            assert world.project.standing.approval is not None
