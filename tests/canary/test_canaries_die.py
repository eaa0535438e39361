"""The shipped suites notice every planted defect, and a weakened suite does not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.canary import needed, table
from harness.canary.defect import Defect
from harness.canary.deriving import defects
from harness.canary.running import NO_EFFECT, Flock, Noticed
from harness.errors import NotPassed
from harness.suite.model import Expectation
from harness.suite.suites import Suite, load_suite

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def flock() -> Flock:
    return table.shipped()


@pytest.fixture(scope="module")
def found(flock: Flock) -> list[Noticed]:
    """What became of every defect."""
    return [flock.noticed(each) for each in defects(flock.contract)]


def test_none_survives(found: list[Noticed]) -> None:
    assert [each.defect.name for each in found if each.survived] == []
    assert sum(bool(each.by) for each in found) >= 60


def test_what_was_not_planted_has_a_reason_of_its_own(found: list[Noticed]) -> None:
    unseen = [each for each in found if each.unseen]
    assert all(each.unseen == each.defect.unseen for each in unseen if each.defect.unseen)
    assert all(each.unseen in {each.defect.unseen, NO_EFFECT} for each in unseen)
    assert len(unseen) < len(found) / 10


def test_the_page_is_as_generated(flock: Flock, found: list[Noticed]) -> None:
    page = (ROOT / table.PAGE).read_text("utf-8")
    assert table.text(flock.contract, found) == page, f"run python -m {table.MODULE}"


def _named(flock: Flock, name: str) -> Defect:
    return next(each for each in defects(flock.contract) if each.name == name)


def _without(name: str) -> Iterator[Suite]:
    """The shipped suites without one scenario."""
    for suite in table.shipped().suites:
        kept = {id_: each for id_, each in suite.scenarios.items() if each.name != name}
        yield replace(suite, scenarios=kept)


def test_a_scenario_that_is_removed_lets_its_canary_live(flock: Flock) -> None:
    weaker = Flock(list(_without("same-id-twice-in-one-message")), flock.contract)
    defect = _named(flock, "rule/own-id-stands-once-in-a-message")
    assert weaker.noticed(defect).survived
    assert not flock.noticed(defect).survived


def test_what_only_one_scenario_notices_is_told(flock: Flock) -> None:
    loss = needed.alone(flock, "testing/signed-for-another-is-refused")
    assert "rule/signer-is-no-other-authoritys" in loss.canaries
    assert not loss.nothing
    assert "  canary rule/signer-is-no-other-authoritys" in loss.lines()
    coloured = needed.alone(flock, "testing/letter-in-colour")
    assert "LahetaViesti/request:Kysely/Varitulostus#value=true" in coloured.points


def test_a_suite_that_is_red_by_itself_shows_nothing() -> None:
    suite = load_suite(ROOT / "scenarios" / "connection")
    scenario = suite.scenarios["connection/service-answers"]
    (step,) = scenario.content.steps
    red = step.model_copy(update={"expect": Expectation(code=7)})
    content = scenario.content.model_copy(update={"steps": (red,)})
    scenarios = {scenario.id: replace(scenario, content=content)}
    broken = Flock([replace(suite, scenarios=scenarios)], table.shipped().contract)
    with pytest.raises(NotPassed, match="connection/service-answers"):
        broken.noticed(defects(broken.contract)[0])
