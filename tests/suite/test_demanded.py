"""What a suite demands is told from its lines, and is what its YAML says or is not run."""

from pathlib import Path

import pytest

from harness.cli.pin import suite_pin
from harness.config import book
from harness.errors import ScenarioError
from harness.joining.events import RequiredScenario
from harness.suite import demanded as lines
from harness.suite.demanded import demanded
from harness.suite.folder import suite_names
from harness.suite.suites import load_scenario, load_suite

SCENARIO = """title: {{en: A, fi: B, sv: C}}
why: Because.
source: RFC
{more}steps:
  - call: Do
    request: {{}}
    expect: {{code: "200"}}
"""


def written(folder: Path, more: str) -> Path:
    folder = folder / "own"
    folder.mkdir()
    (folder / "one.yaml").write_text(SCENARIO.format(more=more), "utf-8")
    return folder


def told(folder: Path) -> set[RequiredScenario]:
    """What the YAML of the one scenario says, read whole."""
    head = load_scenario(folder / "one.yaml").content
    return {RequiredScenario("own/one", tuple(sorted(head.needs)))} if head.obligatory else set()


@pytest.mark.parametrize("suite", suite_names(book("scenarios")))
def test_the_shipped_suites_demand_what_their_yaml_says(
    suite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = book("scenarios") / suite
    whole = frozenset(suite_pin(load_suite(folder)).required)
    monkeypatch.setattr(lines, "_read", lambda file: pytest.fail(f"{file} was read whole"))
    assert demanded(folder) == whole
    assert whole


ONE = RequiredScenario("own/one")


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("", {ONE}),
        ("obligatory: true\n", {ONE}),
        ("obligatory: false\n", set()),
        ("obligatory: false # for now\n", set()),
        ('"obligatory": false\n', set()),
        ("'obligatory': false\n", set()),
        ('"obligat\\x6Fry": false\n', set()),
        ("? obligatory\n: false\n", set()),
        ("obligatory:\n  false\n", set()),
        ("obligatory:   false  \r\n", set()),
        ("needs: [queued, clock]\n", {RequiredScenario("own/one", ("clock", "queued"))}),
        ("needs: []\n", {ONE}),
        ("needs:\n- clock\n", {RequiredScenario("own/one", ("clock",))}),
        ("needs:\n  - clock\n", {RequiredScenario("own/one", ("clock",))}),
        ("needs: ['clock']\n", {RequiredScenario("own/one", ("clock",))}),
        ("needs: [clock] # and no more\n", {RequiredScenario("own/one", ("clock",))}),
        ("tags: [a]\n# obligatory: false\n", {ONE}),
        ("tags:\n  - obligatory\n", {ONE}),
    ],
)
def test_however_it_is_written(tmp_path: Path, more: str, wanted: set[RequiredScenario]) -> None:
    folder = written(tmp_path, more)
    assert demanded(folder) == told(folder) == wanted


def test_a_file_in_one_line_is_read_whole(tmp_path: Path) -> None:
    folder = written(tmp_path, "")
    title, steps = (
        "title: {en: A, fi: B, sv: C}",
        "steps: [{call: Do, request: {}, expect: {code: '200'}}]",
    )
    text = f"{{{title}, why: W, source: S, obligatory: false, {steps}}}"
    (folder / "one.yaml").write_text(text, "utf-8")
    assert demanded(folder) == told(folder) == set()


@pytest.mark.parametrize("line", ["obligatory: false", "needs: [clock]"])
@pytest.mark.parametrize("quoted", ['"Because {} "', "'Because {} '"])
def test_a_line_that_only_looks_like_a_key_is_refused_before_anything_is_run(
    tmp_path: Path, line: str, quoted: str
) -> None:
    """Else the gate could be told less than the runs are made by."""
    folder = written(tmp_path, "")
    file = folder / "one.yaml"
    hidden = quoted.format(f"\n{line}\n")
    file.write_text(file.read_text("utf-8").replace("Because.", hidden), "utf-8")
    assert demanded(folder) != {ONE}
    with pytest.raises(ScenarioError, match="as if it were the key obligatory or needs"):
        load_scenario(file)
