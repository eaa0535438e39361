"""An opening that nobody put to the gate is told as what it is, by whoever reads the record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harness.joining.events import ProductionOpened, Value
from harness.joining.objections import ObjectionCode as Code
from harness.joining.observations import Severity
from harness.joining.policy import GatePolicy
from harness.joining.project import counting_evidence
from harness.joining.reviewing import review
from tests.joining.world import ACCOUNT, APPROVER, AUTHORITY, World


def opened(world: World, policy: tuple[Value, ...] = GatePolicy().values()) -> set[Code]:
    """What the gate says of an opening that the rules allow."""
    before = world.project
    args = world.by(AUTHORITY).args
    window = before.standing.window()
    assert window is not None
    event = ProductionOpened(
        before.id, before.version + 1, args["at"], args["event_id"], args["actor"],
        before.version, counting_evidence(before.standing), *window, policy,
    )  # fmt: skip
    found = review(before, event)
    assert (found.project, found.version) == (before.id, before.version + 1)
    event.mutate(before)  # the rules have nothing against it
    assert before.standing.opening is not None
    return {each.code for each in found.objections}


@pytest.fixture
def ready() -> World:
    return World().ready()


def test_an_opening_that_the_gate_has_granted_is_granted_again(ready: World) -> None:
    assert opened(ready) == set()


def test_a_run_that_was_left_out(ready: World) -> None:
    ready.last_digest = "9" * 64
    ready.run("connection")
    assert opened(ready) == {Code.EVIDENCE_GAP}


def test_planted_defects_that_were_a_mistake(ready: World) -> None:
    (digest,) = ready.project.standing.canaries
    ready.project.withdraw_evidence(digest, "Planted elsewhere.", **ready.by(ACCOUNT).args)
    assert opened(ready) == {Code.EVIDENCE_WITHDRAWN}


def old() -> World:
    """Evidence of two months before the opening."""
    world = World().to_phase(6)
    world.now += timedelta(days=61)
    world.fill(6)
    world.complete(6)
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    return world


def test_evidence_that_was_too_old_whatever_policy_the_opening_names() -> None:
    lax: dict[str, int | str | tuple[str, ...]] = {
        "max_age_days": 9999,
        "clock_skew_seconds": 10**6,
        "operations_percent": -1,
        "canaries": (),
        "observations": "none",
    }
    for policy in (GatePolicy().values(), (), tuple(Value(*each) for each in lax.items())):
        assert opened(old(), policy) == {Code.EXPIRED}


def test_what_the_project_asks_beyond_is_asked_again(ready: World) -> None:
    asked = replace(GatePolicy(), codes_percent=1, parity_days=1, canaries=("connection",))
    found = opened(ready, asked.values())
    assert found == {Code.COVERAGE_TOO_LOW, Code.PARITY_MISSING}


def test_a_policy_is_read_back_as_it_was_recorded() -> None:
    strict = GatePolicy(30, 60, 100, 10, 20, 30, 7, ("testing", "connection"), Severity.MINOR)
    for policy in (GatePolicy(), strict):
        assert GatePolicy.at_least(policy.values()) == policy
