"""Without any one of the shipped scenarios a point, a code or a planted defect would be lost.

``docs/needed-table.md`` names one for each; here just that is tried. The whole matrix, every defect
with every scenario, is ``tox -e needed``.
"""

from pathlib import Path

import pytest

from harness.canary import needed_table
from harness.canary.deriving import defects
from harness.canary.needed import Loss, shown
from harness.canary.needed_table import CANARY, CODE, POINT, claims, shown_alone, text
from harness.canary.running import Flock
from harness.canary.table import shipped

ROOT = Path(__file__).parents[2]
CLAIMS = claims((ROOT / needed_table.PAGE).read_text("utf-8"))


@pytest.fixture(scope="module")
def flock() -> Flock:
    return shipped()


def test_the_page_has_every_scenario(flock: Flock) -> None:
    assert list(CLAIMS) == sorted(flock.results)


@pytest.mark.parametrize("scenario", CLAIMS)
def test_no_other_scenario_shows_it(scenario: str, flock: Flock) -> None:
    kind, name = CLAIMS[scenario]
    assert kind in {CANARY, CODE, POINT}
    assert _showing(flock, scenario, kind, name) == [scenario]


def _showing(flock: Flock, scenario: str, kind: str, name: str) -> list[str]:
    """Who shows it: the scenario, if it does, and one other, if any does."""
    if kind == CANARY:
        defect = next(each for each in defects(flock.contract) if each.name == name)
        own = [scenario] if flock.notices(scenario, defect) else []
        return [*own, *flock.noticed(defect, without=scenario).by]
    which = 1 if kind == CODE else 0
    return [id_ for id_, result in flock.results.items() if name in shown(result)[which]]


def test_what_is_quick_to_try_is_named_first() -> None:
    canaries = ("limit/Nimeke+1", "signature/duplicate-id", "told/220")
    assert shown_alone(Loss("a/b", ("p",), ("c",), canaries)) == (CANARY, "told/220")
    assert shown_alone(Loss("a/b", ("p",), ("c",), canaries[:1])) == (CODE, "c")
    assert shown_alone(Loss("a/b", ("p",), (), canaries[:1])) == (POINT, "p")
    assert shown_alone(Loss("a/b", canaries=canaries[:1])) == (CANARY, "limit/Nimeke+1")


def test_a_scenario_with_nothing_of_its_own_stands_there_as_such() -> None:
    page = text([Loss("a/b"), Loss("a/c", codes=("x",))])
    assert claims(page) == {"a/b": ("nothing", ""), "a/c": (CODE, "x")}
