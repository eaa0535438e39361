"""``harness connection``: one command, the whole way, in a copy of the example project."""

import os
import re
from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import SMALL, Project, one_paragraph


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return support.example(tmp_path / "p", suites=SMALL)


def test_the_whole_example_in_a_process_of_its_own(tmp_path: Path) -> None:
    project = support.example(tmp_path / "p")
    result = project.apart("connection")
    assert result.code == 0, result
    assert "Traceback" not in result.err
    assert str(project.folder / ".harness" / "ledger.sqlite3") in result.err
    out = result.out
    assert out.index("contract asiointitili/") < out.index(" passed, ") < out.index("recorded:")
    assert out.index("recorded:") < out.index("0 Before joining") < out.index("The gate is CLOSED")
    marks = [line[1] for line in out.splitlines() if re.match(r" [✓▶·] .{16}  \d ", line)]
    assert "".join(marks) == "✓✓✓✓✓▶··"
    assert re.search(r" ✓ \d{4}-\d\d-\d\d \d\d:\d\d  4 Connecting the service", out)
    alone = {line.strip() for line in out.splitlines()}
    assert "account-supplier" not in alone, "who can clear an objection is told once"
    for path in ("ledger.sqlite3", "ledger.key", "evidence"):
        assert str(project.folder / ".harness" / path) in out
    seconds = re.search(r"harness +(\d+\.\d\d) s \(contract and record \d", out)
    assert seconds
    assert 0 < float(seconds[1]) < 60
    state = project.state()
    assert state["current_phase"] == 5
    outcomes = [o for each in state["runs"] for o in each["run"]["outcomes"]]
    assert len(outcomes) >= 34
    assert {o["outcome"] for o in outcomes if o["obligatory"]} == {"passed"}
    assert {o["outcome"] for o in outcomes} == {"passed", "not-realisable"}
    assert set(project.codes()) == {
        "REHEARSAL",
        "SIGN_OFF_MISSING",
        "PHASE_NOT_REACHED",
        "DATE_NOT_AGREED",
        "ITEM_MISSING",
        "REQUEST_MISSING",
        "APPROVAL_MISSING",
    }


def test_a_second_run_adds_to_the_same_history(project: Project) -> None:
    first = project.run("connection")
    before = project.events()
    second = project.run("connection")
    after = project.events()
    assert (first.code, second.code) == (0, 0)
    assert after[: len(before)] == before
    assert [row["topic"] for row in after[len(before) :]] == ["joining.TestRunRecorded.v1"] * 2
    runs = [row["event"]["run"] for row in project.events("TestRunRecorded")]
    assert [run["predecessor"] for run in runs] == ["", *(run["digest"] for run in runs[:-1])]
    (listed,) = project.must("project", "list", "--json").data
    assert (listed["id"], listed["kind"]) == ("esimerkkikunta-viestit", "rehearsal")
    assert (listed["phase"], listed["gate"]) == (5, None)
    assert listed["evidence"]["digest"] == runs[-1]["digest"]
    assert "new ledger" in first.err
    assert "new ledger" not in second.err


def test_a_changed_suite_is_pinned_again_in_a_rehearsal(project: Project) -> None:
    assert project.run("connection").code == 0
    project.edit("scenarios/testing/company-is-found.yaml", ("Companies", "Also companies"))
    assert project.run("connection").code == 0
    assert len(project.events("SuitePinned")) == 3
    assert "SUITE_CHANGED" not in project.codes()


def test_a_scenario_that_breaks_the_format_is_named_with_its_line(project: Project) -> None:
    project.edit("scenarios/testing/company-is-found.yaml", ("expect:", "expects:"))
    result = project.run("connection")
    assert result.code == 2
    assert re.search(r"company-is-found\.yaml:\d+", " ".join(result.err.split()))
    assert "Traceback" not in result.err


def test_arguments_reach_pytest(project: Project) -> None:
    words = ("--suite", "testing", "-k", "company", "--endpoint", "mock")
    result = project.run("connection", *words)
    assert result.code == 1, "scenarios were left out"
    assert "1 passed, 2 deselected" in result.out
    (run,) = (row["event"]["run"] for row in project.events("TestRunRecorded"))
    outcomes = {each["id"]: each["outcome"] for each in run["outcomes"]}
    assert outcomes == {
        "testing/company-is-found": "passed",
        "testing/missing-account-is-told": "not-run",
        "testing/passive-account-is-told": "not-run",
    }


def test_one_suite_that_passed_is_success(project: Project) -> None:
    assert project.run("connection", "--suite", "connection").code == 0
    assert "NEVER_RUN" in project.codes()


@pytest.mark.parametrize("words", [("--endpoint", "nowhere"), ("--suite", "nothing")])
def test_what_is_not_there_is_told(project: Project, words: tuple[str, str]) -> None:
    result = project.run("connection", *words)
    assert result.code == 2
    assert repr(words[1]) in result.err
    assert "Traceback" not in result.err
    assert project.evidence() == []
    text = one_paragraph(project.run("run", *words), 2)
    assert repr(words[1]) in text


@pytest.mark.parametrize(
    "words",
    [
        ("--endpoint", "nowhere"),
        ("--suite", "nothing"),
        ("--as", "nobody"),
        ("testing",),
    ],
)
def test_misuse_leaves_nothing_behind(project: Project, words: tuple[str, ...]) -> None:
    result = project.run("connection", *words)
    assert result.code == 2
    assert not (project.folder / ".harness").exists()


def test_a_suite_that_is_named_as_if_it_were_a_file(project: Project) -> None:
    text = one_paragraph(project.run("run", "testing"), 2)
    assert "--suite testing" in text
    assert project.evidence() == []
    assert project.run("run", "--suite", "connection", "-k", "connection").code == 0


def test_names_of_phases_in_finnish_and_swedish(project: Project) -> None:
    assert project.run("connection").code == 0
    assert "Palvelun testaus" in project.must("project", "show", "--lang", "fi").out
    assert "Testning av tjänsten" in project.must("project", "show", "--lang", "sv").out


def test_pytest_settings_around_the_project_change_nothing(
    project: Project,
) -> None:
    (project.folder / "pytest.ini").write_text("[pytest]\naddopts = -k nothing\n", "utf-8")
    for folder in (project.folder, project.folder / "scenarios"):
        (folder / "conftest.py").write_text("raise SystemExit(7)\n", "utf-8")
    variables = {"PYTEST_ADDOPTS": "-k nothing", "PYTEST_PLUGINS": "no.such.plugin"}
    with project.environment(more=variables):
        result = support.run("--project", str(project.folder), "run")
        assert {name: os.environ[name] for name in variables} == variables
    assert result.code == 0
    assert "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in os.environ
