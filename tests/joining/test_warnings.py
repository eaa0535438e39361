"""What the gate tells without closing."""

from dataclasses import replace

import pytest

from harness.joining.events import RequiredScenario
from harness.joining.evidence import (
    CodeSeen,
    EndpointSeen,
    Finding,
    Outcome,
    ScenarioOutcome,
)
from harness.joining.gate import WarningCode, judge_gate
from harness.joining.objections import Objection, ObjectionCode, Refused
from harness.joining.policy import GatePolicy
from harness.joining.text import Malformed
from tests.joining.world import ENDPOINT, World


def told(world: World) -> dict[WarningCode, tuple[str, ...]]:
    result = judge_gate(world.project, GatePolicy(), world.now, world.surroundings())
    assert result.open
    return {each.code: each.subjects for each in result.warnings}


def test_a_clean_project_is_warned_only_of_what_it_left_out() -> None:
    assert set(told(World().ready())) == {WarningCode.PARITY}


@pytest.mark.parametrize("code", [CodeSeen(), CodeSeen("abc", dirty=True), CodeSeen("abc")])
def test_code_that_nobody_can_name(code: CodeSeen) -> None:
    world = World().ready()
    world.run("testing", code=code)
    assert WarningCode.CODE_UNKNOWN in told(world)


def test_scenarios_that_are_not_obligatory_and_failed() -> None:
    world = World().ready()
    evidence = world.evidence("testing")
    extra = ScenarioOutcome(
        "testing/zeal", obligatory=False, needs=(), outcome=Outcome.FAILED, reason="x"
    )
    world.record(replace(evidence, outcomes=(*evidence.outcomes, extra)))
    assert told(world)[WarningCode.OPTIONAL_NOT_PASSED] == ("testing/zeal",)


def test_a_pin_change_that_waits() -> None:
    world = World().ready()
    moved = replace(ENDPOINT, address="http://127.0.0.1:9001/ws")
    world.pin(moved, confirmed=False)
    assert told(world)[WarningCode.PIN_CHANGE_PROPOSED] == ("qa", moved.pin_digest)


def test_a_refusal_needs_a_reason_and_shows_the_next_commands() -> None:
    with pytest.raises(ValueError, match="reason"):
        Refused(())
    reasons = [Objection(ObjectionCode.FAILED, "It failed.", (), "harness run", ("a",))] * 2
    assert str(Refused(reasons)).endswith("Next: harness run.")
    assert len(reasons[0].recorded().subjects) == 1
    many = replace(reasons[0], subjects=tuple(str(n) for n in range(300)))
    assert many.recorded().subjects[-1] == "and 100 more"


def test_values_that_cannot_stand_in_an_evidence() -> None:
    with pytest.raises(Malformed, match="code"):
        Finding("")
    with pytest.raises(Malformed, match="kind"):
        EndpointSeen("a", "ftp", "ftp://a")
    for seconds in (-1.0, float("nan"), float("inf")):
        with pytest.raises(Malformed, match="duration"):
            ScenarioOutcome("a", True, (), Outcome.PASSED, seconds=seconds)
    with pytest.raises(Malformed):
        RequiredScenario("")
