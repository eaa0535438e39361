"""The rules and the gate go by the process a project began with, whatever it asks for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from harness.errors import IntegrityBroken
from harness.joining.actor import Actor, Party
from harness.joining.events import JoiningEvent, Kind, ProductionOpened
from harness.joining.evidence import Outcome
from harness.joining.gate import judge_gate
from harness.joining.objections import Objection, ObjectionCode, Refused
from harness.joining.policy import GatePolicy
from harness.joining.process import Process
from harness.joining.project import replay
from harness.joining.state import state_json
from tests.joining.test_process_of_ones_own_in_the_record import KIRJASTO, processes
from tests.joining.test_process_of_ones_own_is_read_strictly import EXPECTED
from tests.joining.world import (
    ACCOUNT,
    ACCOUNT_SUPPLIER,
    APPROVER,
    AUTHORITY,
    SECOND_SUPPLIER,
    SUPPLIER,
    World,
)

POLICY = GatePolicy()


def all_but_opened(kind: Kind = Kind.JOINING) -> World:
    """A project of four phases; all but the opening is complete."""
    world = World(kind, process=KIRJASTO)
    world.pin_all()
    world.fill(0)
    world.complete(0)
    world.run("connection")
    world.complete(1)
    digest = world.run("testing")
    for actor in (SECOND_SUPPLIER, ACCOUNT_SUPPLIER):
        world.project.sign_off(2, digest, **world.by(actor).args)
    world.complete(2)
    return world


def approved() -> World:
    world = all_but_opened()
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    return world


def open_(world: World, actor: Actor = ACCOUNT) -> None:
    world.project.open_production(world.project.version, POLICY.values(), **world.by(actor).args)


def gate(world: World) -> tuple[Objection, ...]:
    return judge_gate(world.project, POLICY, world.now, world.surroundings()).objections


def history(world: World) -> list[JoiningEvent]:
    return [each for each in world.project.pending_events if isinstance(each, JoiningEvent)]


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=59)])
def test_without_a_window_production_opens_at_any_time_after_the_approval(
    later: timedelta,
) -> None:
    world = approved()
    world.now += later
    assert gate(world) == ()
    open_(world)
    standing = world.project.standing
    assert standing.opening is not None
    assert standing.window() is None
    assert standing.current == 4


def test_without_a_window_evidence_may_not_be_too_old_at_the_opening_itself() -> None:
    world = approved()
    world.now += timedelta(days=61)
    assert {each.code for each in gate(world)} == {ObjectionCode.EXPIRED}


def test_before_the_approval_the_gate_is_closed_for_it_alone() -> None:
    world = all_but_opened()
    world.project.request_opening(**world.by(AUTHORITY).args)
    assert [each.code for each in gate(world)] == [ObjectionCode.APPROVAL_MISSING]
    with pytest.raises(Refused):
        open_(world)


def test_the_history_alone_leads_to_the_same_state() -> None:
    world = approved()
    open_(world)
    assert state_json(replay(history(world))) == state_json(world.project)


def test_an_opening_in_a_window_nobody_spoke_of_could_not_have_happened() -> None:
    world = approved()
    open_(world)
    *before, last = history(world)
    assert isinstance(last, ProductionOpened)
    assert last.window_start == last.window_end == last.timestamp
    day = timedelta(days=1)
    forgeries = (
        replace(last, window_start=last.window_start - day),
        replace(last, window_end=last.window_end + day),
    )
    for forged in forgeries:
        with pytest.raises(IntegrityBroken, match="another window"):
            replay([*before, forged])


def test_a_rehearsal_of_it_never_opens() -> None:
    world = all_but_opened(Kind.REHEARSAL)
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    assert [each.code for each in gate(world)] == [ObjectionCode.REHEARSAL]
    with pytest.raises(Refused):
        open_(world)


STEPS: dict[str, tuple[Callable[[], World], Callable[[World, Actor], None], tuple[Party, ...]]] = {
    "request": (
        all_but_opened,
        lambda world, actor: world.project.request_opening(**world.by(actor).args),
        KIRJASTO.roles.request,
    ),
    "approve": (
        lambda: _requested(all_but_opened()),
        lambda world, actor: world.project.approve(world.counting(), **world.by(actor).args),
        KIRJASTO.roles.approve,
    ),
    "open": (approved, open_, KIRJASTO.roles.open),
}


def _requested(world: World) -> World:
    world.project.request_opening(**world.by(AUTHORITY).args)
    return world


@pytest.mark.parametrize("step", STEPS)
def test_only_the_parties_named_take_a_step(step: str) -> None:
    """A person of their own for every party, who has done nothing yet."""
    start, act, parties = STEPS[step]
    for party in Party:
        world, actor = start(), replace(APPROVER, id=f"new-{party}", credential=f"key:{party}")
        actor = replace(actor, party=party)
        if party in parties:
            act(world, actor)
            continue
        with pytest.raises(Refused) as told:
            act(world, actor)
        (objection,) = told.value.objections
        assert (objection.code, objection.parties) == (ObjectionCode.WRONG_PARTY, parties)
        assert KIRJASTO.words(party).en in objection.sentence


def test_a_forged_opening_by_another_party_could_not_have_happened() -> None:
    world = approved()
    open_(world)
    *before, last = history(world)
    with pytest.raises(IntegrityBroken, match="may open production"):
        replay([*before, replace(last, actor=AUTHORITY)])


def test_objections_go_to_those_who_test_by_this_process() -> None:
    world = World(process=KIRJASTO)
    world.pin_all()
    never = [each for each in gate(world) if each.code is ObjectionCode.NEVER_RUN]
    assert [each.parties for each in never] == [(Party.SUPPLIER,)] * 2


def test_a_failure_after_the_approval_closes_the_gate() -> None:
    world = approved()
    world.run("testing", outcomes={"testing/good": Outcome.FAILED})
    assert ObjectionCode.FAILED in {each.code for each in gate(world)}
    with pytest.raises(Refused):
        open_(world)


def test_reopening_a_phase_keeps_what_was_stated_where_there_is_no_window() -> None:
    world = approved()
    stated = dict(world.project.standing.statements)
    assert len(stated) == 2
    world.project.reopen_phase(0, "the agreement changes", **world.by(ACCOUNT).args)
    standing = world.project.standing
    assert standing.statements == stated
    assert (standing.current, standing.approval, standing.sign_offs) == (0, None, {})
    with pytest.raises(Refused):
        world.project.reopen_phase(3, "the opening", **world.by(ACCOUNT).args)


# A process with a window of its own, in its second phase


def dated() -> World:
    world = World(process=EXPECTED)
    world.pin_all()
    world.fill(0)
    world.project.sign_off(0, world.run("testing"), **world.by(SECOND_SUPPLIER).args)
    world.complete(0)
    return world


def agree(world: World, start: timedelta, end: timedelta) -> None:
    values = {"from": world.now + start, "to": world.now + end}
    for actor in (AUTHORITY, ACCOUNT):
        world.project.record_item(1, "when", actor.party, values, **world.by(actor).args)


def ready(start: timedelta, end: timedelta) -> World:
    world = dated()
    agree(world, start, end)
    world.complete(1)
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    return world


def test_a_window_of_ones_own_is_kept_to() -> None:
    world = ready(timedelta(days=1), timedelta(days=2))
    assert [each.code for each in gate(world)] == [ObjectionCode.WINDOW_NOT_OPEN]
    with pytest.raises(Refused):
        open_(world)
    world.now += timedelta(days=1)
    assert gate(world) == ()
    open_(world, AUTHORITY)
    opened = history(world)[-1]
    assert isinstance(opened, ProductionOpened)
    assert (opened.window_start, opened.window_end) == world.project.standing.window()


def test_a_window_of_ones_own_that_is_over_is_agreed_on_anew() -> None:
    world = ready(timedelta(), timedelta(days=1))
    world.now += timedelta(days=2)
    (objection,) = gate(world)
    assert objection.code is ObjectionCode.DATE_NOT_AGREED
    assert objection.command == "harness phase reopen 1 --reason TEXT"
    assert objection.parties == (Party.AUTHORITY, Party.ACCOUNT)
    world.project.reopen_phase(1, "another date", **world.by(ACCOUNT).args)
    assert world.project.standing.window() is None
    kept = {item for item, _ in world.project.standing.statements}
    assert kept == {"paper"}


def test_without_an_agreed_window_its_phase_waits() -> None:
    world = dated()
    one = {"from": world.now, "to": world.now + timedelta(days=1)}
    world.project.record_item(1, "when", Party.AUTHORITY, one, **world.by(AUTHORITY).args)
    with pytest.raises(Refused) as told:
        world.complete(1)
    assert [each.code for each in told.value.objections] == [ObjectionCode.DATE_NOT_AGREED]


# The built-in process, unchanged


@pytest.mark.parametrize("actor", [SUPPLIER, AUTHORITY, ACCOUNT, ACCOUNT_SUPPLIER])
def test_by_the_built_in_process_anybodys_person_opens(actor: Actor) -> None:
    world = World().ready()
    open_(world, actor)
    assert world.project.standing.opening is not None


# Any process there can be


@settings(max_examples=40)
@given(processes())
def test_whatever_the_process_asks_for_is_recorded_and_judged(process: Process) -> None:
    """Every refusal can be recorded, and what a form says clears what the item was missing for."""
    world = World(process=process)
    before = gate(world)
    assert {ObjectionCode.NEVER_RUN, ObjectionCode.APPROVAL_MISSING} <= {e.code for e in before}
    world.project.refuse_opening(before, POLICY.values(), **world.by(ACCOUNT).args)
    for phase in process.phases:
        world.fill(phase.number)
    missing = {ObjectionCode.ITEM_MISSING, ObjectionCode.DATE_NOT_AGREED}
    assert not missing & {each.code for each in gate(world)}
    assert (world.project.standing.window() is None) == (process.window is None)
    assert state_json(replay(history(world))) == state_json(world.project)
