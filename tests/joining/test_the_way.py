"""The whole way to production, and that following the objections leads there."""

from datetime import timedelta

import pytest

from harness.joining.actor import Party
from harness.joining.events import JoiningEvent, Kind, OrganisationKind
from harness.joining.gate import judge_gate, objections
from harness.joining.objections import Objection, ObjectionCode, Refused
from harness.joining.policy import GatePolicy
from harness.joining.project import replay
from tests.joining.world import (
    ACCOUNT,
    ALL_PINS,
    APPROVER,
    AUTHORITY,
    BY_PARTY,
    SUPPLIER,
    World,
    sample,
)

POLICY = GatePolicy()


@pytest.mark.parametrize("organisation", OrganisationKind)
def test_the_whole_way_opens_production(organisation: OrganisationKind) -> None:
    world = World(organisation=organisation).ready()
    result = judge_gate(world.project, POLICY, world.now, world.surroundings(), AUTHORITY)
    assert result.open, result.objections
    assert result.not_compared == ()
    assert result.judged_version == world.project.version
    world.project.open_production(
        result.judged_version, POLICY.values(), **world.by(AUTHORITY).args
    )
    assert world.project.standing.opening is not None
    assert world.project.standing.current == 8
    assert replay(_history(world)) == world.project


def test_following_the_objections_of_the_gate_opens_it() -> None:
    """Every objection's command, carried out by a party it names, leads to the opening."""
    world = World()
    seen: set[ObjectionCode] = set()
    for _ in range(200):
        found = objections(world.project, POLICY, world.now, world.surroundings(), AUTHORITY)
        if not found:
            break
        seen.update(each.code for each in found)
        assert any(_follow(world, each) for each in found), found
    args = world.by(AUTHORITY).args
    world.project.open_production(world.project.version, POLICY.values(), **args)
    assert world.project.standing.opening is not None
    assert seen >= {
        ObjectionCode.ITEM_MISSING,
        ObjectionCode.PIN_MISSING,
        ObjectionCode.PIN_NOT_CONFIRMED,
        ObjectionCode.NEVER_RUN,
        ObjectionCode.SYSTEM_NOT_SEEN,
        ObjectionCode.CANARIES_MISSING,
        ObjectionCode.SIGN_OFF_MISSING,
        ObjectionCode.DATE_NOT_AGREED,
        ObjectionCode.PHASE_NOT_REACHED,
        ObjectionCode.REQUEST_MISSING,
        ObjectionCode.APPROVAL_MISSING,
    }


def _follow(world: World, objection: Objection) -> bool:
    """Carry out one objection's command as it is written; True when it was possible now."""
    words = objection.command.split()
    assert words[0] == "harness", objection
    verbs = {
        "phase": _phase,
        "pin": _pin,
        "run": _run,
        "relay": _relay,
        "canary": _canary,
        "sign-off": _sign_off,
        "request-opening": _request,
        "approve": _approve,
    }
    try:
        verbs[words[1]](world, objection, words[2:])
    except Refused:
        return False
    return True


def _phase(world: World, objection: Objection, words: list[str]) -> None:
    if words[0] == "complete":
        world.complete(int(words[1]))
        return
    assert words[0] == "record", words
    phase = world.project.standing.phase(int(words[1]))
    item = phase.item(words[2]) if phase else None
    assert item is not None, words
    asked = {word.split("=")[0] for word in words[3:] if word != "--set"}
    values = {name: value for name, value in sample(item, world.now).items() if name in asked}
    parties = objection.parties if item.every_party else objection.parties[:1]
    for party in parties:
        args = world.by(BY_PARTY[party]).args
        world.project.record_item(int(words[1]), words[2], party, values, **args)


def _pin(world: World, objection: Objection, words: list[str]) -> None:
    pins = {pin.name: pin for pin in ALL_PINS}
    pin = pins[words[1]]
    if "--confirm" in words:
        assert Party.ACCOUNT in objection.parties
        world.project.confirm_pin(*pin.key, words[-1], **world.by(ACCOUNT).args)
    else:
        world.pin(pin, confirmed=False)


def _canary(world: World, objection: Objection, words: list[str]) -> None:
    assert not words
    assert SUPPLIER.party in objection.parties
    world.plant()


def _run(world: World, objection: Objection, words: list[str]) -> None:
    assert words[0] == "--suite"
    world.run(words[1])


def _relay(world: World, objection: Objection, words: list[str]) -> None:
    assert words[::2] == ["--to", "--suite"]
    world.run(words[3])


def _sign_off(world: World, objection: Objection, words: list[str]) -> None:
    actor = BY_PARTY[objection.parties[0]]
    world.project.sign_off(int(words[0]), words[2], **world.by(actor).args)


def _request(world: World, objection: Objection, words: list[str]) -> None:
    world.project.request_opening(**world.by(AUTHORITY).args)


def _approve(world: World, objection: Objection, words: list[str]) -> None:
    world.project.approve(words[1::2], **world.by(APPROVER).args)


def test_a_rehearsal_goes_all_the_way_and_never_opens() -> None:
    world = World(kind=Kind.REHEARSAL).ready()
    found = objections(world.project, POLICY, world.now, world.surroundings())
    assert [each.code for each in found] == [ObjectionCode.REHEARSAL]
    before = world.project.version
    with pytest.raises(Refused) as refused:
        world.project.open_production(before, POLICY.values(), **world.by(AUTHORITY).args)
    assert [each.code for each in refused.value.objections] == [ObjectionCode.REHEARSAL]
    assert world.project.version == before


def test_a_refused_opening_is_recorded_with_its_reasons() -> None:
    world = World().to_phase(3)
    found = objections(world.project, POLICY, world.now, world.surroundings())
    world.project.refuse_opening(found, POLICY.values(), **world.by(AUTHORITY).args)
    refusal = world.project.standing.refusals[-1]
    assert [each.code for each in refusal.objections] == [each.code.value for each in found]
    assert refusal.policy == POLICY.values()


def test_a_command_that_is_refused_leaves_nothing_pending() -> None:
    world = World().to_phase(2)
    world.project.collect_events()
    before = replay(_history(World().to_phase(2)))
    with pytest.raises(Refused):
        world.project.complete_phase(2, **world.by(SUPPLIER).args)
    assert world.project.pending_events == []
    assert world.project.standing == before.standing


def _history(world: World) -> list[JoiningEvent]:
    return [e for e in world.project.collect_events() if isinstance(e, JoiningEvent)]


def test_reopening_reopens_what_follows_and_clears_decisions() -> None:
    world = World().ready()
    args = world.by(ACCOUNT).args
    world.project.reopen_phase(4, "the service's address changes", **args)
    standing = world.project.standing
    assert standing.current == 4
    assert [number for number, state in standing.phases.items() if state.complete] == [0, 1, 2, 3]
    assert (standing.request, standing.approval, standing.sign_offs) == (None, None, {})
    assert standing.window() is None
    assert ("announcement", Party.AUTHORITY) not in standing.statements
    assert len(standing.runs) == 3
    codes = {
        each.code for each in objections(world.project, POLICY, world.now, world.surroundings())
    }
    assert ObjectionCode.NEVER_RUN in codes  # evidence from before the reopening does not count


def test_a_second_window_later_can_be_agreed_after_the_first_has_passed() -> None:
    world = World().ready()
    world.now += timedelta(days=20)
    found = objections(world.project, POLICY, world.now, world.surroundings())
    assert [each.code for each in found] == [ObjectionCode.DATE_NOT_AGREED]
    assert found[0].command == "harness phase reopen 6 --reason TEXT"
    world.project.reopen_phase(6, "the day passed", **world.by(ACCOUNT).args)
    world.fill(6)
    world.complete(6)
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    assert objections(world.project, POLICY, world.now, world.surroundings()) == ()
