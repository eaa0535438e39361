"""A file of an observed suite that breaks the format is refused with its place."""

from datetime import date
from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.identity import personal_code
from harness.suite.suites import load_suite
from tests.suite.watched import HEAD, HEALTH, SAY, SHIPPED, SUITE, suite_of

REAL_RANGE = personal_code(date(1990, 1, 1), 899)
"""The greatest individual number that a person may have; made here, so that no file holds one."""


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "give steps, or conduct: true"),
        ("conduct: true\nsteps:\n" + HEALTH, 1, "give steps, or conduct: true"),
        ("steps:\n  - call: HaeTilaTieto\n", 5, "steps.0.call: this key is not known"),
        ("steps:\n  - observe: HaeTilaTieto\n    instruction: {en: Do it.}\n", 6, "fi: is missing"),
        (f"steps:\n{HEALTH}    within: 0\n", 7, "must be at least 1"),
        (f"steps:\n{HEALTH}    at_most: 1\n    times: 2\n", 5, "leave out times"),
        (f"steps:\n{HEALTH}    wire: {{fault: html}}\n", 1, "needs must list wrong-answers"),
        (f"steps:\n{HEALTH}    refuse: maintenance\n", 1, "needs must list maintenance"),
        (f"steps:\n{HEALTH}    signed: true\n", 1, "needs must list signed"),
        (f"steps:\n{HEALTH}    wire: {{fault: none}}\n", 5, "no fault"),
        (
            f"steps:\n{HEALTH}    wire: {{fault: html}}\n    answer: {{code: 0}}\n",
            5,
            "leave no answer to look at",
        ),
        (f"steps:\n{HEALTH}    answer: {{problem: reset}}\n", 5, "but no problem"),
        (f"steps:\n{HEALTH}    when: {{a: {{any: true, count: 1}}}}\n", 7, "exactly one of"),
        (f"steps:\n{HEALTH}    when: {{a: {REAL_RANGE}}}\n", 7, "identity code of a person"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        suite_of(tmp_path, wrong=text)
    assert said in str(refused.value)
    assert refused.value.where == f"{tmp_path / 'own' / 'wrong.yaml'}:{line}"


@pytest.mark.parametrize("more", ["health:\n  call: A\n  request: {}\n  expect: {answer: true}\n"])
def test_an_observed_suite_has_no_health_call(tmp_path: Path, more: str) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE + more, "utf-8")
    with pytest.raises(ScenarioError, match="health is needed, and only in a suite"):
        load_suite(tmp_path)


def test_any_other_suite_has_one(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE.replace("driver: system\n", ""), "utf-8")
    with pytest.raises(ScenarioError, match="health is needed, and only in a suite"):
        load_suite(tmp_path)


def test_the_shipped_suite_speaks_three_languages_and_names_its_sources() -> None:
    assert len(SHIPPED.observed) >= 15
    for scenario in SHIPPED.observed.values():
        title = scenario.content.title
        assert title.fi, scenario.id
        assert title.sv, scenario.id
        assert scenario.content.source
        texts = [each.instruction for each in scenario.content.steps]
        assert all(len({each.en, each.fi, each.sv}) == 3 for each in texts)
        names = [set(_names(each.en)) for each in texts]
        assert (
            names == [set(_names(each.fi)) for each in texts] == [set(_names(e.sv)) for e in texts]
        )


def _names(text: str) -> list[str]:
    return [each.partition("}")[0] for each in text.split("${")[1:]]


def test_a_scenario_is_a_scenario_file_and_its_head_is_that_of_all(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, good=f"tags: [a]\nobligatory: false\nsteps:\n{HEALTH}")
    (head,) = suite.heads.values()
    assert (head.tags, head.obligatory, head.title.en) == (("a",), False, "A test")
    assert suite.scenarios == {}
    assert HEAD.startswith("title")
    assert "fi" in SAY
