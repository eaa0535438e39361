"""Whatever two projects do in whatever order: what counts here stands there, and both say so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.joining.actor import Party
from harness.joining.agreement import agrees
from harness.joining.events import (
    EvidenceReferred,
    EvidenceWithdrawn,
    JoiningEvent,
    ObservationMade,
    ReferenceEnded,
    TestRunRecorded,
)
from harness.joining.evidence import Outcome
from harness.joining.objections import require
from harness.joining.observations import Severity
from harness.joining.project import replay
from harness.joining.runs import judge
from tests.joining.two import JOINS, PIN, TESTED, Two, agree
from tests.joining.world import SECOND_SUPPLIER, SUPPLIER, World

RED = {"testing/good": Outcome.FAILED}
SUITE = "testing"


def run_there(two: Two) -> None:
    two.tested.run(SUITE)


def fail_there(two: Two) -> None:
    two.tested.run(SUITE, outcomes=RED)


def fail_a_part_there(two: Two) -> None:
    two.tested.run(SUITE, outcomes={**RED, "testing/fault": Outcome.NOT_RUN})


def withdraw_there(two: Two) -> None:
    args = two.tested.by(SUPPLIER).args
    two.tested.project.withdraw_evidence(two.digest(), "Another release.", **args)


def observe_there(two: Two) -> None:
    assert not two.tested.project.standing.withdrawn(two.digest()), "that would say nothing"
    two.tested.project.observe(
        "Messages are lost.", Severity.CRITICAL, Party.SUPPLIER, scenario="testing/good",
        evidence=two.digest(), code="lost", **two.tested.by(SUPPLIER).args,
    )  # fmt: skip


def take_back_there(two: Two) -> None:
    """The defect was none, says another person; an end that it led to stays."""
    for each in two.tested.project.standing.open_observations():
        args = two.tested.by(SECOND_SUPPLIER).args
        two.tested.project.withdraw_observation(each.id, "The tester's mistake.", **args)


def run_here(two: Two) -> None:
    two.joins.run(SUITE)


def fail_here(two: Two) -> None:
    two.joins.run(SUITE, outcomes=RED)


def withdraw_here(two: Two) -> None:
    args = two.joins.by(SUPPLIER).args
    two.joins.project.withdraw_evidence(two.digest(), "Another system.", **args)


def refer(two: Two) -> None:
    two.refer(two.digest())
    for event in two.joins.project.pending_events:
        assert isinstance(event, EvidenceReferred)
        require(agrees(event, two.tested.project))


def share_less(two: Two) -> None:
    two.agreed(replace(PIN, suites=("supplier",)))


def share_again(two: Two) -> None:
    two.agreed()


ACTS: Final[tuple[Callable[[Two], None], ...]] = (
    run_there,
    fail_there,
    fail_a_part_there,
    withdraw_there,
    observe_there,
    take_back_there,
    run_here,
    fail_here,
    withdraw_here,
    refer,
    refer,
    share_less,
    share_again,
)


def done(two: Two, act: Callable[[Two], None]) -> None:
    """Do it as a ledger would: what is refused, or changes nothing, leaves no trace."""
    for world in (two.joins, two.tested):
        world.now = max(two.joins.now, two.tested.now)
    before = (two.joins.last_digest, two.tested.last_digest)
    try:
        act(two)
    except (HarnessError, AssertionError):
        two.joins.last_digest, two.tested.last_digest = before
        for world, name in ((two.joins, JOINS), (two.tested, TESTED)):
            world.project = replay([e for e in two.told if e.originator_id == name])
        return
    for world in (two.tested, two.joins):
        two.save(world)


def began() -> Two:
    two = Two().run_all()
    two.joins.pin_all()
    two.agreed()
    two.save(two.joins)
    return two


def red_since(told: list[JoiningEvent], digest: str) -> bool:
    """By the plain history: after that run, another one of the suite failed where it was made."""
    runs = [e.run for e in told if isinstance(e, TestRunRecorded) and e.originator_id == TESTED]
    place = next(n for n, run in enumerate(runs) if run.digest == digest)
    later = [run for run in runs[place + 1 :] if run.suite == SUITE]
    return any(run.outcome_of("testing/good") is Outcome.FAILED for run in later)


def observed_since(told: list[JoiningEvent], digest: str) -> bool:
    """By the plain history: after it was referred to last, a defect was seen in a run like it."""
    referred = max(
        n for n, e in enumerate(told) if isinstance(e, EvidenceReferred) and e.run.digest == digest
    )
    return any(isinstance(each, ObservationMade) for each in told[referred:])


def counting_references(world: World) -> list[str]:
    counting = judge(world.project.standing, SUITE).counting
    return [each.run.digest for each in counting if each.source]


@given(st.lists(st.sampled_from(ACTS), max_size=12))
def test_what_counts_here_stands_there(acts: list[Callable[[Two], None]]) -> None:
    two = began()
    for act in acts:
        done(two, act)
        gone = {e.evidence for e in two.told if isinstance(e, EvidenceWithdrawn)}
        own = [
            e.run.verdict
            for e in two.told
            if isinstance(e, TestRunRecorded) and (e.originator_id, e.run.suite) == (JOINS, SUITE)
        ]
        for digest in counting_references(two.joins):
            assert digest not in gone
            assert not red_since(two.told, digest)
            assert not observed_since(two.told, digest)
            assert not own
    told = agree(two.told)
    assert told[JOINS].standing == two.joins.project.standing
    assert told[TESTED].standing == two.tested.project.standing


@given(st.lists(st.sampled_from(ACTS), max_size=12))
def test_no_end_can_be_left_out(acts: list[Callable[[Two], None]]) -> None:
    two = began()
    for act in (refer, *acts, withdraw_there):
        done(two, act)
    for place, event in enumerate(two.told):
        if isinstance(event, ReferenceEnded):
            forged = [*two.told[:place], *map(closed_up(event), two.told[place + 1 :])]
            with pytest.raises(HarnessError):
                agree(forged)
            after = [not isinstance(e, ReferenceEnded) for e in [*two.told, None]]
            agree(two.told[: after.index(True, place)])  # one event may end several


def closed_up(out: JoiningEvent) -> Callable[[JoiningEvent], JoiningEvent]:
    """A later event, its version as if that one had never been."""

    def moved(event: JoiningEvent) -> JoiningEvent:
        if event.originator_id != out.originator_id:
            return event
        return replace(event, originator_version=event.originator_version - 1)

    return moved
