"""Commands that make no sense: each is refused with its reason, and nothing is recorded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from harness.errors import IntegrityBroken
from harness.joining.acting import Args
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.events import (
    ItemRecorded,
    JoiningEvent,
    Kind,
    PhaseCompleted,
    PinKind,
    ProductionOpened,
    Value,
)
from harness.joining.evidence import Outcome
from harness.joining.objections import ObjectionCode, Refused
from harness.joining.project import replay
from harness.joining.text import Malformed
from tests.joining.world import (
    ACCOUNT,
    ACCOUNT_SUPPLIER,
    AUTHORITY,
    BY_PARTY,
    CONTRACT,
    SECOND_SUPPLIER,
    SUPPLIER,
    World,
    person,
    sample,
)

Code = ObjectionCode
CLAIMED = person("olli", Party.AUTHORITY, Assurance.CLAIMED)


def refused(world: World, command: Callable[[], object]) -> set[ObjectionCode]:
    version = world.project.version
    with pytest.raises(Refused) as told:
        command()
    assert world.project.version == version
    return {each.code for each in told.value.objections}


def state_item(world: World, number: int, name: str, actor: Actor, party: Party) -> None:
    phase = world.project.standing.phase(number)
    item = phase.item(name) if phase else None
    values = sample(item, world.now) if item else {}
    world.project.record_item(number, name, party, values, **world.by(actor).args)


def opened() -> World:
    world = World().ready()
    world.project.open_production(world.project.version, (), **world.by(AUTHORITY).args)
    return world


@pytest.mark.parametrize(
    ("number", "name"), [(0, "lunch"), (9, "lunch"), (1, "service-agreement-addition")]
)
def test_an_item_the_process_does_not_ask_for(number: int, name: str) -> None:
    world = World()
    assert refused(world, lambda: state_item(world, number, name, AUTHORITY, Party.AUTHORITY)) == {
        Code.NOT_IN_PROCESS
    }


def test_an_item_of_a_complete_phase_needs_the_phase_reopened() -> None:
    world = World().to_phase(2)
    world.now += timedelta(days=2)
    assert refused(
        world, lambda: state_item(world, 1, "joining-meeting", AUTHORITY, Party.AUTHORITY)
    ) == {Code.PHASE_COMPLETE}


def test_an_item_only_some_parties_may_state() -> None:
    world = World()
    assert refused(
        world, lambda: state_item(world, 1, "self-assessment", SUPPLIER, Party.SUPPLIER)
    ) == {Code.WRONG_PARTY}
    state_item(world, 1, "self-assessment", SUPPLIER, Party.ACCOUNT)  # recorded for the account


def test_a_date_is_not_agreed_by_a_claimed_identity() -> None:
    world = World().to_phase(6)
    assert refused(
        world, lambda: state_item(world, 6, "opening-window", CLAIMED, Party.AUTHORITY)
    ) == {Code.IDENTITY_CLAIMED}


def test_a_new_date_is_announced_again() -> None:
    """Reopening takes back the window and its announcement, wherever it begins."""
    for number in (3, 6):
        world = World().to_phase(7)
        world.project.reopen_phase(number, "the date moves", **world.by(ACCOUNT).args)
        told = {name for name, _ in world.project.standing.statements}
        assert not {"opening-window", "announcement"} & told
        assert "project-plan" in told
        for each in range(number, 7):
            if each == 4:
                world.run("connection")
            if each == 5:
                world.sign(world.run("testing"))
                world.run("supplier")
            if each < 6:
                world.complete(each)
        values = {"start": world.now, "end": world.now + timedelta(days=1)}
        for actor in (AUTHORITY, ACCOUNT):
            world.project.record_item(
                6, "opening-window", actor.party, values, **world.by(actor).args
            )
        assert refused(world, lambda world=world: world.complete(6)) == {Code.ITEM_MISSING}  # type: ignore[misc]
        state_item(world, 6, "announcement", ACCOUNT, Party.ACCOUNT)
        world.complete(6)


def test_a_phase_out_of_order() -> None:
    world = World().to_phase(2)
    assert refused(world, lambda: world.complete(1)) == {Code.PHASE_COMPLETE}
    assert refused(world, lambda: world.complete(3)) == {Code.PHASE_NOT_REACHED}
    assert refused(world, lambda: world.complete(8)) == {Code.NOT_IN_PROCESS}
    assert refused(world, lambda: world.complete(-1)) == {Code.NOT_IN_PROCESS}


def test_the_last_phase_is_completed_by_the_opening_only() -> None:
    world = World().ready()
    assert refused(world, lambda: world.complete(7)) == {Code.PHASE_NOT_REACHED}


def test_reopening_what_is_not_reached_unknown_or_the_opening_itself() -> None:
    world = World().to_phase(3)

    def reopen(number: int) -> Callable[[], None]:
        return lambda: world.project.reopen_phase(number, "why not", **world.by(ACCOUNT).args)

    assert refused(world, reopen(5)) == {Code.PHASE_NOT_REACHED}
    assert refused(world, reopen(9)) == {Code.NOT_IN_PROCESS}
    world = World().ready()
    assert refused(world, reopen(7)) == {Code.NOT_IN_PROCESS}


def test_reopening_without_a_reason() -> None:
    world = World().to_phase(3)
    for reason in ("", "  ", "a\nb"):
        with pytest.raises(Malformed):
            world.project.reopen_phase(1, reason, **world.by(ACCOUNT).args)


def test_a_sign_off_before_its_phase_or_on_evidence_that_does_not_count() -> None:
    world = World().to_phase(4)
    digest = world.run("testing")

    def sign(evidence: str) -> Callable[[], object]:
        return lambda: world.project.sign_off(5, evidence, **world.by(ACCOUNT_SUPPLIER).args)

    assert refused(world, sign(digest)) == {Code.PHASE_NOT_REACHED}
    connection = world.run("connection")
    world.fill(4)
    world.complete(4)
    assert refused(world, sign(connection)) == {Code.EVIDENCE_UNKNOWN}
    assert refused(world, sign("0" * 64)) == {Code.EVIDENCE_UNKNOWN}
    red = world.run("testing", outcomes={"testing/good": Outcome.FAILED})
    assert refused(world, sign(red)) == {Code.FAILED}
    assert refused(world, sign(digest)) == {Code.FAILED, Code.EVIDENCE_UNKNOWN}


def test_the_same_sign_off_twice_changes_nothing() -> None:
    world = World().to_phase(5)
    digest = world.run("testing")
    assert world.project.sign_off(5, digest, **world.by(SECOND_SUPPLIER).args)
    assert not world.project.sign_off(5, digest, **world.by(SECOND_SUPPLIER).args)


def test_a_phase_without_sign_offs_takes_none() -> None:
    world = World().to_phase(3)
    assert Code.WRONG_PARTY in refused(
        world, lambda: world.project.sign_off(2, "0" * 64, **world.by(SUPPLIER).args)
    )


def test_a_request_or_an_approval_before_its_time() -> None:
    world = World().to_phase(6)
    assert refused(world, lambda: world.project.request_opening(**world.by(AUTHORITY).args)) == {
        Code.PHASE_NOT_REACHED
    }
    found = refused(world, lambda: world.project.approve((), **world.by(ACCOUNT).args))
    assert {Code.PHASE_NOT_REACHED, Code.REQUEST_MISSING, Code.EVIDENCE_UNKNOWN} <= found


@pytest.mark.parametrize("kind", PinKind)
def test_nothing_is_confirmed_that_nobody_pinned(kind: PinKind) -> None:
    world = World()
    assert refused(
        world,
        lambda: world.project.confirm_pin(kind, "x", "0" * 64, **world.by(ACCOUNT).args),
    ) == {Code.NOTHING_TO_CONFIRM}


def test_a_pin_is_not_confirmed_by_a_claimed_identity() -> None:
    world = World()
    world.pin(CONTRACT, confirmed=False)
    assert refused(
        world,
        lambda: world.project.confirm_pin(
            *CONTRACT.key, CONTRACT.pin_digest, **world.by(CLAIMED).args
        ),
    ) == {Code.IDENTITY_CLAIMED}


SHARED = [
    person("admin", Party.AUTHORITY),
    Actor("olli", Party.AUTHORITY, "", Assurance.OS, "os:root"),
    person("Tiimi", Party.AUTHORITY),
]


@pytest.mark.parametrize("shared", SHARED, ids=lambda actor: actor.id)
def test_a_shared_account_decides_nothing(shared: Actor) -> None:
    def by(party: Party, world: World) -> Args:
        return world.by(replace(shared, party=party)).args

    world = World().ready()
    project = world.project
    moved = replace(CONTRACT, version="1.8")
    world.pin(moved, confirmed=False)
    commands: list[Callable[[], object]] = [
        lambda: project.sign_off(5, world.counting()[0], **by(Party.SUPPLIER, world)),
        lambda: project.request_opening(**by(Party.AUTHORITY, world)),
        lambda: project.approve(world.counting(), **by(Party.ACCOUNT, world)),
        lambda: project.confirm_pin(*moved.key, moved.pin_digest, **by(Party.ACCOUNT, world)),
        lambda: project.open_production(project.version, (), **by(Party.AUTHORITY, world)),
    ]
    for command in commands:
        assert Code.IDENTITY_CLAIMED in refused(world, command)
    world = World().to_phase(6)
    assert refused(
        world, lambda: state_item(world, 6, "opening-window", shared, Party.AUTHORITY)
    ) == {Code.IDENTITY_CLAIMED}


def test_in_a_rehearsal_a_shared_account_may_play_a_part() -> None:
    world = World(kind=Kind.REHEARSAL).to_phase(6)
    state_item(world, 6, "opening-window", SHARED[0], Party.AUTHORITY)


def test_a_request_by_the_other_side_is_refused() -> None:
    world = World().to_phase(7)
    for actor in (ACCOUNT, ACCOUNT_SUPPLIER):
        assert refused(
            world,
            lambda actor=actor: world.project.request_opening(**world.by(actor).args),  # type: ignore[misc]
        ) == {Code.WRONG_PARTY}
    world.project.request_opening(**world.by(SUPPLIER).args)


def test_a_supplier_does_not_approve() -> None:
    world = World().to_phase(7)
    world.project.request_opening(**world.by(AUTHORITY).args)
    for party in (Party.SUPPLIER, Party.ACCOUNT_SUPPLIER):
        outsider = person("ulla", party)
        with pytest.raises(Refused) as told:
            world.project.approve(world.counting(), **world.by(outsider).args)
        (reason,) = told.value.objections
        assert reason.code is Code.WRONG_PARTY
        assert reason.parties == (Party.AUTHORITY, Party.ACCOUNT)
        assert "(the state IT service centre) may approve" in reason.sentence
    world.project.approve(world.counting(), **world.by(person("ulla", Party.AUTHORITY)).args)


def test_after_the_opening_only_evidence_and_pins() -> None:
    world = opened()
    digest = world.counting()[0]
    commands: list[Callable[[], object]] = [
        lambda: state_item(world, 6, "announcement", ACCOUNT, Party.ACCOUNT),
        lambda: world.complete(7),
        lambda: world.project.reopen_phase(2, "too late", **world.by(ACCOUNT).args),
        lambda: world.project.sign_off(5, digest, **world.by(SUPPLIER).args),
        lambda: world.project.request_opening(**world.by(AUTHORITY).args),
        lambda: world.project.approve((digest,), **world.by(ACCOUNT).args),
    ]
    for command in commands:
        assert Code.ALREADY_OPEN in refused(world, command)
    world.run("testing")


def test_an_opening_outside_the_window_is_refused() -> None:
    world = World().ready()
    world.now += timedelta(days=30)
    assert refused(
        world,
        lambda: world.project.open_production(
            world.project.version, (), **world.by(AUTHORITY).args
        ),
    ) == {Code.DATE_NOT_AGREED}


def test_a_refusal_of_the_opening_without_reasons_is_refused() -> None:
    world = World()
    with pytest.raises(Malformed, match="no reason"):
        world.project.refuse_opening((), (), **world.by(ACCOUNT).args)


def _history() -> list[JoiningEvent]:
    return [e for e in opened().project.collect_events() if isinstance(e, JoiningEvent)]


def _changed(kind: type[JoiningEvent], **changes: object) -> list[JoiningEvent]:
    """The history with the last event of a kind changed."""
    events = _history()
    place = max(n for n, event in enumerate(events) if isinstance(event, kind))
    events[place] = replace(events[place], **changes)  # type: ignore[arg-type]
    return events


@pytest.mark.attacks
@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (PhaseCompleted, {"evidence": ("0" * 64,)}),
        (ItemRecorded, {"values": (Value("on", "2026-11-22"), Value("to_whom", ("all",)))}),
        (ItemRecorded, {"values": ()}),
        (ProductionOpened, {"evidence": ()}),
        (ProductionOpened, {"judged_version": 3}),
        (ProductionOpened, {"window_start": World().now - timedelta(days=9)}),
        (ProductionOpened, {"timestamp": World().now + timedelta(days=90)}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "+".join(value),
)
def test_a_changed_decision_is_refused_on_replay(
    kind: type[JoiningEvent], changes: dict[str, object]
) -> None:
    with pytest.raises(IntegrityBroken):
        replay(_changed(kind, **changes))
    assert replay(_history()).standing.opening is not None


def test_the_people_of_the_tests_are_not_one_person() -> None:
    assert len({actor.id for actor in BY_PARTY.values()}) == 4
