"""The gate asks how much of the contract the runs that count have shown together."""

from dataclasses import replace

import pytest

from harness.joining.events import Kind
from harness.joining.evidence import CoverageOf, Share
from harness.joining.gate import objections
from harness.joining.objections import Objection, ObjectionCode
from harness.joining.policy import GatePolicy
from harness.joining.text import Malformed
from tests.joining.world import World

LOW = ObjectionCode.COVERAGE_TOO_LOW


def _low(world: World, policy: GatePolicy | None = None) -> list[Objection]:
    found = objections(world.project, policy or GatePolicy(), world.now, world.surroundings())
    return [each for each in found if each.code is LOW]


def _world(*shown: tuple[Share, ...], kind: Kind = Kind.JOINING) -> World:
    """A project whose runs of connection and testing have shown this much."""
    world = World(kind)
    world.pin_all()
    for suite, shares in zip(("connection", "testing"), shown, strict=True):
        world.run(suite, coverage=shares)
    return world


def _operations(*missing: str) -> tuple[Share, ...]:
    return (Share(CoverageOf.OPERATIONS, 4 - len(missing), 4, missing),)


def test_what_one_run_misses_another_may_show() -> None:
    assert _low(_world(_operations("A", "B"), _operations("C"))) == []


def test_what_every_run_misses_is_an_objection_that_names_it() -> None:
    (low,) = _low(_world(_operations("A", "B"), _operations("B")))
    assert low.subjects == ("B",)
    assert "3 of 4 operations" in low.sentence
    assert low.command == "harness coverage"


def test_runs_that_do_not_tell_are_not_believed() -> None:
    (low,) = _low(_world((), ()))
    assert "nobody knows" in low.sentence


def test_a_rehearsal_is_asked_for_nothing() -> None:
    assert _low(_world((), (), kind=Kind.REHEARSAL)) == []


@pytest.mark.parametrize(("percent", "closed"), [(0, False), (70, False), (71, True)])
def test_of_points_nobody_lists_the_best_run_counts(percent: int, closed: bool) -> None:
    shown = [(*_operations(), Share(CoverageOf.POINTS, seen, 10)) for seen in (7, 3)]
    world = _world(*shown)
    policy = replace(GatePolicy(), points_percent=percent)
    assert bool(_low(world, policy)) is closed


def test_the_policy_of_a_decision_names_the_shares() -> None:
    told = {each.name: each.value for each in GatePolicy().values()}
    assert told["operations_percent"] == 100
    assert told["points_percent"] == 0


@pytest.mark.parametrize(("seen", "total"), [(5, 4), (-1, 4)])
def test_a_share_that_is_none_cannot_stand(seen: int, total: int) -> None:
    with pytest.raises(Malformed):
        Share(CoverageOf.POINTS, seen, total)
