"""The state as of any moment of the walk is the state that was told at that moment."""

import json
from datetime import datetime, timedelta

import pytest

from tests.cli.conftest import Moment, Walk
from tests.cli.support import Project, one_paragraph


@pytest.fixture(scope="module")
def opened(walk: Walk) -> Project:
    return walk.stages["opened"]


@pytest.fixture(scope="module")
def times(opened: Project) -> list[datetime]:
    """When each event happened; the first one at index 0."""
    return [datetime.fromisoformat(row["at"]) for row in opened.events()]


def as_of(project: Project, moment: object) -> str:
    return project.must("replay", "--json", "--as-of", str(moment)).out


def transitions(walk: Walk) -> list[tuple[Moment, Moment]]:
    """The moment before and after each command that took the project on."""
    moving = {"complete", "sign-off", "request-opening", "approve", "open"}
    both = zip(walk.moments, walk.moments[1:], strict=False)
    return [(one, other) for one, other in both if moving & set(other.words)]


def test_by_position_it_is_the_state_after_that_entry(walk: Walk, opened: Project) -> None:
    assert len(walk.moments) > 30
    for moment in walk.moments:
        assert as_of(opened, moment.position) == moment.state, moment.words


def test_by_time_it_is_the_state_before_and_after_each_transition(
    walk: Walk, opened: Project, times: list[datetime]
) -> None:
    pairs = transitions(walk)
    assert len(pairs) == 12
    for before, after in pairs:
        at = times[after.position - 1]
        assert as_of(opened, at.isoformat()) == after.state
        assert as_of(opened, (at - timedelta(microseconds=1)).isoformat()) == before.state


def test_phases_and_opening_as_of_each_transition(walk: Walk, opened: Project) -> None:
    completed = list(opened.events("PhaseCompleted"))
    for row in completed:
        number, position = row["event"]["phase"], row["position"]
        before, after = (json.loads(as_of(opened, p)) for p in (position - 1, position))
        assert (before["current_phase"], after["current_phase"]) == (number, number + 1)
        assert (before["opening"], after["opening"]) == (None, None)
    (row,) = opened.events("ProductionOpened")
    before, after = (json.loads(as_of(opened, p)) for p in (row["position"] - 1, row["position"]))
    assert (before["current_phase"], before["opening"]) == (7, None)
    assert (after["current_phase"], after["opening"]["at"]) == (8, row["at"])


def test_without_a_moment_it_is_the_present_state(walk: Walk, opened: Project) -> None:
    assert opened.must("replay", "--json").out == walk.moments[-1].state
    assert as_of(opened, "2999-01-01T00:00:00Z") == walk.moments[-1].state


def test_a_time_in_another_zone_is_the_same_moment(
    walk: Walk, opened: Project, times: list[datetime]
) -> None:
    at = times[walk.moments[5].position - 1]
    shifted = at.isoformat().replace("+00:00", "")
    there = datetime.fromisoformat(f"{shifted}+05:00") + timedelta(hours=5)
    assert as_of(opened, there.isoformat()) == walk.moments[5].state


def test_replaying_twice_gives_the_same_bytes(walk: Walk, opened: Project) -> None:
    for words in ((), ("--as-of", str(walk.moments[-4].position))):
        one, other = (opened.apart("replay", "--json", *words, seed=seed) for seed in "12")
        assert (one.code, one.err) == (0, "")
        assert one.out.encode() == other.out.encode()
    assert one.out == walk.moments[-4].state


def test_the_timeline_as_of_then(walk: Walk, opened: Project) -> None:
    completed = next(row for row in opened.events("PhaseCompleted") if row["event"]["phase"] == 2)
    text = opened.must("replay", "--as-of", str(completed["position"]), "--lang", "fi").out
    assert [line[1] for line in text.splitlines() if line[:1] == " " and line[1] in "✓▶·"] == [
        *"✓✓✓",
        "▶",
        *"····",
    ]
    assert "Palvelun valmistelu" in text


@pytest.mark.parametrize(
    "moment", ["0", "1999-01-01T00:00:00Z", "2026-11-22T12:00:00", "yesterday", "-1", ""]
)
def test_a_moment_that_is_none_is_refused(opened: Project, moment: str) -> None:
    result = opened.run("replay", "--as-of", moment)
    assert len(one_paragraph(result, 2)) > 40


def test_a_replay_changes_nothing(opened: Project) -> None:
    ledger = opened.folder / ".harness" / "ledger.sqlite3"
    before = ledger.read_bytes()
    opened.must("replay")
    assert ledger.read_bytes() == before
