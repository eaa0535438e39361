"""The shipped suites show all operations, codes and obligatory points, and nearly all points."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.canary import table
from harness.canary.running import Flock
from harness.joining.evidence import CoverageOf
from harness.report import coverage_table as page
from harness.suite.covering import Covered, coverage_of

LIMITS_OF_NUMBERS = ("#minimum=-2147483648", "#maximum=2147483647")
ALL = (CoverageOf.CODES, CoverageOf.OBLIGATORY, CoverageOf.OPERATIONS)


@pytest.fixture(scope="module")
def flock() -> Flock:
    return table.shipped()


@pytest.fixture(scope="module")
def covered(flock: Flock) -> Mapping[str, Covered]:
    return page.covered(flock)


def _percent(covered: Covered, what: CoverageOf) -> float:
    share = next(each for each in covered.shares if each.what is what)
    return 100 * share.seen / share.total


@pytest.mark.parametrize("what", ALL)
def test_all_of_it_is_shown(covered: Mapping[str, Covered], what: CoverageOf) -> None:
    assert _percent(covered[page.TOGETHER], what) == 100


def test_of_all_points_at_least_95_percent_are_shown(covered: Mapping[str, Covered]) -> None:
    assert _percent(covered[page.TOGETHER], CoverageOf.POINTS) >= 95
    # The gate takes the run that shows most of all points: one suite has to do it alone.
    assert _percent(covered["testing"], CoverageOf.POINTS) >= 95


def test_what_is_left_are_limits_of_numbers_in_answers(covered: Mapping[str, Covered]) -> None:
    left = page.untouched(covered[page.TOGETHER])
    assert [point for point in left if not point.endswith(LIMITS_OF_NUMBERS)] == []
    assert [point for point in left if "/response:" not in point] == []


def test_less_is_shown_without_a_scenario(flock: Flock) -> None:
    gone = "testing/contact-data-may-be-empty"
    left = [each for id_, each in flock.results.items() if id_ != gone]
    less = coverage_of(flock.contract, left)
    default = "HaeAsiakkaita/request:Kysely/Asiakkaat/Asiakas/Osoite/Maa#default"
    assert default in page.untouched(less)
    assert default not in page.untouched(coverage_of(flock.contract, flock.results.values()))


def test_the_page_is_as_generated(flock: Flock) -> None:
    made = (Path(__file__).parents[2] / page.PAGE).read_text("utf-8")
    assert page.text(flock) == made, f"run python -m {page.MODULE}"
