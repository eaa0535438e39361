"""Corrections: the original stays; what was withdrawn shows nothing, and that opens nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import IntegrityBroken
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.events import JoiningEvent
from harness.joining.evidence import Outcome
from harness.joining.gate import GateResult, WarningCode, judge_gate
from harness.joining.objections import ObjectionCode, Refused
from harness.joining.observations import ObservationState
from harness.joining.policy import GatePolicy
from harness.joining.project import replay
from harness.joining.state import state
from harness.joining.text import Malformed
from harness.vocabulary import Level
from tests.joining.test_observations import fix, retest
from tests.joining.test_observations import found as observed
from tests.joining.test_parity import DRIFTED, LEFT, parity
from tests.joining.world import (
    ACCOUNT,
    AUTHORITY,
    SECOND_SUPPLIER,
    SERVER,
    SUPPLIER,
    World,
    person,
)
from tests.support.identities import MISTYPED

Code = ObjectionCode
GOOD, FAULT = "testing/good", "testing/fault"
SHOWN_AT_SERVER = {FAULT: Outcome.NOT_REALISABLE}


def gate(world: World, **policy: int) -> GateResult:
    values = GatePolicy(**policy)  # type: ignore[arg-type]
    return judge_gate(world.project, values, world.now, world.surroundings(), AUTHORITY)


def codes(world: World, **policy: int) -> set[ObjectionCode]:
    return {each.code for each in gate(world, **policy).objections}


def refused(command: Callable[[], object]) -> set[ObjectionCode]:
    with pytest.raises(Refused) as told:
        command()
    return {each.code for each in told.value.objections}


def withdraw(world: World, digest: str, actor: Actor = SUPPLIER) -> None:
    world.project.withdraw_evidence(digest, "Another release.", **world.by(actor).args)


def agree(world: World, correction: int, actor: Actor = ACCOUNT) -> None:
    world.project.confirm_correction(correction, **world.by(actor).args)


# Evidence


def test_no_older_run_takes_the_place_of_one_that_was_withdrawn() -> None:
    world = World().ready()
    world.sign(newer := world.run("testing"))
    withdraw(world, newer)
    assert {Code.EVIDENCE_WITHDRAWN, Code.SIGN_OFF_MISSING, Code.APPROVAL_MISSING} <= codes(world)
    assert newer not in world.counting()
    assert refused(lambda: world.sign(newer)) == {Code.EVIDENCE_UNKNOWN, Code.EVIDENCE_WITHDRAWN}


def test_what_rests_on_withdrawn_evidence_does_not_stand_on_an_equal_run() -> None:
    world = World().ready()
    first = next(each.run.digest for each in world.project.standing.runs if
                 each.run.suite == "testing")  # fmt: skip
    world.run("testing")
    assert codes(world) == set()
    withdraw(world, first)
    assert codes(world) == {Code.SIGN_OFF_MISSING, Code.APPROVAL_MISSING}


def test_a_new_run_takes_its_place() -> None:
    world = World().to_phase(5)
    withdraw(world, world.run("testing"))
    world.sign(world.run("testing"))
    world.run("supplier")
    world.complete(5)


def test_what_failed_in_a_withdrawn_run_closes_as_before() -> None:
    world = World().ready()
    partial = world.run("testing", outcomes={GOOD: Outcome.FAILED, FAULT: Outcome.NOT_RUN})
    before = codes(world)
    assert Code.FAILED in before
    withdraw(world, partial)
    assert codes(world) == before


def test_evidence_that_is_leant_on_is_missed() -> None:
    world = World().to_phase(5)
    server = world.run("testing", level=Level.SERVER, endpoint=SERVER)
    digest = world.run("testing", outcomes=SHOWN_AT_SERVER)
    withdraw(world, server)
    assert refused(lambda: world.sign(digest)) == {Code.EVIDENCE_WITHDRAWN}
    world.run("testing", level=Level.SERVER, endpoint=SERVER)
    world.sign(digest)


def test_withdrawn_canaries_and_comparisons_show_nothing() -> None:
    world = World().ready()
    world.plant("rule/lives")
    withdraw(world, world.plant())
    for compared in (parity(world, "connection"), parity(world)):
        world.project.record_parity(compared, **world.by(SUPPLIER).args)
    assert codes(world, parity_days=30) == {Code.EVIDENCE_WITHDRAWN}
    withdraw(world, compared.summary().digest)
    told = [each for each in gate(world, parity_days=30).objections if "parity" in each.command]
    assert [each.subjects for each in told] == [(compared.summary().digest,)]


def test_a_waiver_of_what_was_missing_covers_nothing_that_was_withdrawn() -> None:
    """Else one person alone could take away what shows that something is wrong."""
    world = World().ready()
    for code in (Code.CANARIES_MISSING, Code.PARITY_MISSING):
        until = world.now + timedelta(days=7)
        args = world.by(SUPPLIER).args
        name = world.project.ask_waiver(code, ("testing",), "Agreed.", until, **args)
        waiver = world.project.standing.waivers[name]
        world.project.confirm_waiver(name, waiver.digest, **world.by(ACCOUNT).args)
    planted = world.plant("rule/lives")
    drifted = parity(world, scenarios=(LEFT, DRIFTED))
    for compared in (parity(world, "connection"), drifted):
        world.project.record_parity(compared, **world.by(SUPPLIER).args)
    assert codes(world, parity_days=30) == {Code.CANARIES_SURVIVED, Code.PARITY_DRIFT}
    withdraw(world, planted)
    withdraw(world, drifted.summary().digest)
    assert codes(world, parity_days=30) == {Code.EVIDENCE_WITHDRAWN}


def test_what_it_closed_waits_for_a_retest_again() -> None:
    world = World().to_phase(5)
    name = observed(world)
    fix(world, name)
    digest = world.run()
    retest(world, name, digest)
    withdraw(world, digest)
    assert world.project.standing.observations[name].state is ObservationState.FIXED
    assert refused(lambda: retest(world, name, digest)) == {Code.EVIDENCE_UNKNOWN}
    retest(world, name, world.run())


def test_after_the_opening_it_is_told_that_it_rests_on_nothing() -> None:
    world = World().ready()
    world.project.open_production(world.project.version, (), **world.by(AUTHORITY).args)
    opening = world.project.standing.opening
    assert opening is not None
    assert state(world.project)["opened_on_withdrawn"] == []
    withdraw(world, opening.evidence[0])
    assert state(world.project)["opened_on_withdrawn"] == [opening.evidence[0]]
    result = judge_gate(world.project, GatePolicy(), world.now, world.surroundings())
    told = [each for each in result.warnings if each.code is WarningCode.OPENED_ON_WITHDRAWN]
    assert [each.subjects for each in told] == [(opening.evidence[0],)]


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, dict[str, Any], tuple[str, ...] | None, bool]]:
    """Runs of a suite, canaries after some of them, and which of these are withdrawn."""
    told: list[tuple[str, dict[str, Any], tuple[str, ...] | None, bool]] = []
    for _ in range(draw(st.integers(1, 3))):
        suite = draw(st.sampled_from(["testing", "supplier", "connection"]))
        bad = {"testing": GOOD, "supplier": "supplier/item"}.get(suite, "connection/reachable")
        outcome = draw(st.sampled_from([Outcome.FAILED, Outcome.PASSED, Outcome.NOT_RUN]))
        changes: dict[str, Any] = {"outcomes": {bad: outcome}}
        changes |= {"configuration_digest": draw(st.sampled_from("0f")) * 64}
        if draw(st.integers(0, 3)) == 0:
            changes |= {"level": Level.SERVER, "endpoint": SERVER}
        planted = draw(st.sampled_from([None, None, ("rule/x",), ()]))
        told.append((suite, changes, planted, draw(st.booleans())))
    return told


@settings(max_examples=150)
@given(steps())
def test_withdrawing_opens_nothing(
    told: list[tuple[str, dict[str, Any], tuple[str, ...] | None, bool]],
) -> None:
    """Whatever was run, and whichever evidence is withdrawn: a closed gate stays closed."""
    world, gone = World().ready(), list[str]()
    for suite, changes, planted, withdrawn in told:
        made = [world.run(suite, **changes)]
        made += [] if planted is None else [world.plant(*planted)]
        gone += made if withdrawn else []
    before = codes(world)
    for digest in gone:
        withdraw(world, digest)
    assert codes(world) or not before
    assert replay(_events(world)) == world.project


def _events(world: World) -> list[JoiningEvent]:
    events = world.project.collect_events()
    return [each for each in events if isinstance(each, JoiningEvent)]


@pytest.mark.parametrize("digest", ["0" * 64, "twice"])
def test_only_evidence_that_stands_is_withdrawn(digest: str) -> None:
    world = World().to_phase(5)
    if digest == "twice":
        digest = world.run()
        withdraw(world, digest)
    assert refused(lambda: withdraw(world, digest)) == {Code.NOTHING_TO_CORRECT}


# Notes


def test_a_note_changes_nothing_but_that_it_is_told() -> None:
    world = World().to_phase(3)
    before = state(world.project)
    world.project.note_correction(4, "Another day.", **world.by(AUTHORITY).args)
    after = state(world.project)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"corrections", "version", "modified_at"}
    (note,) = world.project.standing.corrections.values()
    assert (note.corrects, note.evidence, note.reason) == (4, "", "Another day.")


def test_only_an_event_there_was_is_noted_and_once() -> None:
    world = World()
    note = world.project.note_correction
    for version in (0, -1, 2, 99):
        told = refused(lambda v=version: note(v, "Wrong.", **world.by(SUPPLIER).args))  # type: ignore[misc]
        assert told == {Code.NOTHING_TO_CORRECT}, version
    note(1, "Wrong.", **world.by(SUPPLIER).args)
    told = refused(lambda: note(1, "Still wrong.", **world.by(SUPPLIER).args))
    assert told == {Code.NOTHING_TO_CORRECT}


# Who


def test_a_second_party_agrees_once() -> None:
    world = World().to_phase(5)
    withdraw(world, world.run())
    correction = world.project.version
    assert refused(lambda: agree(world, correction, SUPPLIER)) == {
        Code.SAME_PERSON,
        Code.WRONG_PARTY,
    }
    assert refused(lambda: agree(world, correction, SECOND_SUPPLIER)) == {Code.WRONG_PARTY}
    assert refused(lambda: agree(world, correction, person("Sari", Party.ACCOUNT))) == {
        Code.SAME_PERSON
    }
    assert refused(lambda: agree(world, correction - 1)) == {Code.NOTHING_TO_CONFIRM}
    waiting = WarningCode.CORRECTION_NOT_CONFIRMED
    assert waiting in _warnings(world)
    agree(world, correction)
    assert waiting not in _warnings(world)
    assert world.project.standing.corrections[correction].confirmed_by == ACCOUNT
    assert refused(lambda: agree(world, correction)) == {Code.NOTHING_TO_CONFIRM}


def _warnings(world: World) -> set[WarningCode]:
    result = judge_gate(world.project, GatePolicy(), world.now, world.surroundings())
    return {each.code for each in result.warnings}


def test_nobody_corrects_under_a_claimed_name() -> None:
    world = World().to_phase(5)
    digest, project = world.run(), world.project
    args = world.by(person("whoever", Party.ACCOUNT, Assurance.CLAIMED)).args
    commands: list[Callable[[], object]] = [
        lambda: project.withdraw_evidence(digest, "Wrong.", **args),
        lambda: project.note_correction(1, "Wrong.", **args),
    ]
    for command in commands:
        assert refused(command) == {Code.IDENTITY_CLAIMED}
    withdraw(world, digest)
    assert refused(lambda: project.confirm_correction(project.version, **args)) == {
        Code.IDENTITY_CLAIMED
    }


def test_a_reason_holds_no_personal_data() -> None:
    world = World().to_phase(5)
    for reason in ("", f"The customer {MISTYPED} was real."):
        with pytest.raises(Malformed):
            world.project.note_correction(1, reason, **world.by(SUPPLIER).args)


@pytest.mark.attacks
def test_a_withdrawal_that_is_doubled_could_not_have_happened() -> None:
    world = World().to_phase(5)
    withdraw(world, world.run("testing"))
    world.sign(world.run("testing"))
    events = _events(world)
    (place,) = [n for n, e in enumerate(events) if type(e).__name__ == "EvidenceWithdrawn"]
    doubled = [*events[: place + 1], replace(events[place], event_id="x"), *events[place + 1 :]]
    renumbered = [replace(event, originator_version=n) for n, event in enumerate(doubled, 1)]
    with pytest.raises(IntegrityBroken, match="could not have happened"):
        replay(renumbered)
