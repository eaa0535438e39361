"""The test plan is made from the scenarios, and nothing that is asked for lacks one."""

from collections import Counter
from pathlib import Path

import pytest

from harness import config
from harness.account.codes import MessageCode, TargetCode
from harness.errors import ScenarioError
from harness.report import test_plan as plan
from harness.suite.requirements import requirements
from harness.suite.suites import Scenario, Suite, driven_suites

BOOK = config.book("scenarios")
SUITES = driven_suites(BOOK)
SCENARIOS = [scenario for suite in SUITES for scenario in suite.scenarios.values()]
REQUIREMENTS = requirements(BOOK)


def test_the_page_is_made_from_the_scenarios() -> None:
    made = (Path(__file__).parents[2] / plan.PAGE).read_text("utf-8")
    assert made == plan.page(BOOK), "make it anew: python -m harness.report.test_plan"


def test_every_requirement_has_a_scenario_and_every_scenario_a_requirement() -> None:
    shown = plan.shown_by(SCENARIOS)
    assert set(shown) == set(REQUIREMENTS)
    assert [each.id for each in SCENARIOS if not each.content.shows] == []
    assert [each.id for each in SCENARIOS if each.content.group is None] == []


def test_every_code_is_a_requirement() -> None:
    asked = {f"code-{code.value}" for code in MessageCode}
    asked |= {f"target-{code.value}" for code in TargetCode}
    assert asked <= set(REQUIREMENTS)


@pytest.mark.parametrize("suite", SUITES, ids=[suite.name for suite in SUITES])
def test_every_group_has_a_title_in_three_languages_and_a_scenario(suite: Suite) -> None:
    members = Counter(each.content.group for each in suite.scenarios.values())
    for name, title in suite.content.groups.items():
        assert members[name], name
        assert title.fi, name
        assert title.sv, name


def test_what_is_not_shown_is_told_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "requirements.toml").write_text(
        '[lonely]\nkind = "rule"\nclause = "a|b"\ntext = "Nobody <shows> it."\n', "utf-8"
    )
    text = plan.page(tmp_path)
    assert "**Without a scenario:** `lonely`." in text
    assert "| `lonely` | a\\|b | Nobody &lt;shows> it. | **none** |" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[a]\nkind = "whim"\nclause = ""\ntext = ""\n', "kind"),
        ('[a]\nkind = "rule"\n', "clause"),
        ("[a\n", "TOMLDecodeError"),
    ],
)
def test_requirements_that_are_not_as_described(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "requirements.toml").write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match=told):
        requirements(tmp_path)


def test_a_folder_without_requirements_has_none(tmp_path: Path) -> None:
    assert requirements(tmp_path) == {}


def test_a_scenario_stands_under_its_group() -> None:
    scenario: Scenario = next(each for each in SCENARIOS if each.name == "passive-account-is-told")
    text = plan.page(BOOK)
    head = text.index("### States of customers")
    assert head < text.index(f"| `{scenario.id}` |") < text.index("### ", head + 1)
