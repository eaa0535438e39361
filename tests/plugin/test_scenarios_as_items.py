"""Scenario files are ordinary pytest items of a project."""

import gc
import json
from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import SMALL, Project
from tests.plugin.test_inert import pytest_in


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return support.example(tmp_path / "p", suites=SMALL)


def test_a_plain_pytest_runs_them_and_writes_no_evidence(project: Project) -> None:
    done = pytest_in(project.folder, "scenarios", "-v")
    assert done.returncode == 0
    assert "6 passed" in done.stdout
    assert "scenarios/connection/service-answers.yaml::service-answers PASSED" in done.stdout
    assert not (project.folder / ".harness" / "evidence").exists()


def test_a_plain_pytest_beside_tests_of_ones_own(project: Project) -> None:
    (project.folder / "test_own.py").write_text("def test_own(): pass\n", "utf-8")
    done = pytest_in(project.folder, "-k", "own or company")
    assert "2 passed, 5 deselected" in done.stdout


_LEFT = """
class Left:
    def __init__(self):
        self.itself = self

    def __del__(self):
        raise ValueError("left behind")
"""
_LOOKS = """
import gc

def pytest_unconfigure():
    gc.callbacks.append(look)

def look(phase, info):
    if phase == "start" and info["generation"] == 2:
        with open("looks", "a", encoding="ascii") as file:
            file.write("at little\\n" if gc.get_freeze_count() else "at all\\n")
"""


def test_pytests_last_look_does_not_go_through_what_scenarios_loaded(project: Project) -> None:
    (project.folder / "conftest.py").write_text(_LOOKS, "utf-8")
    assert pytest_in(project.folder, "scenarios/connection").returncode == 0
    looks = (project.folder / "looks").read_text("ascii").splitlines()
    assert len(looks) >= 2
    assert set(looks) == {"at little"}


def test_what_a_test_of_ones_own_leaves_behind_is_seen_at_pytests_end(project: Project) -> None:
    """Though everything there is when the first scenario runs is kept from Python's collector."""
    own = f"import gc\n{_LEFT}\ndef test_own():\n    gc.collect()\n    gc.disable()\n    Left()\n"
    (project.folder / "test_own.py").write_text(own, "utf-8")
    done = pytest_in(project.folder, "test_own.py", "scenarios/connection")
    assert "4 passed" in done.stdout
    assert "left behind" in done.stdout + done.stderr


def test_a_tag_selects(project: Project) -> None:
    done = pytest_in(project.folder, "scenarios", "-k", "customers", "--collect-only", "-q")
    assert "service-answers" not in done.stdout
    assert "customer-query-answers" in done.stdout


def test_where_the_project_lies_selects_nothing(tmp_path: Path) -> None:
    """The folders above it are neither searched nor words for ``-k``."""
    (tmp_path / "service").mkdir()
    project = support.example(tmp_path / "service" / "p", suites=SMALL)
    result = project.run("run", "--suite", "connection", "-k", "service")
    assert "2 passed, 1 deselected" in result.out


def test_plain_pytest_writes_evidence_when_asked(project: Project) -> None:
    done = pytest_in(project.folder, "scenarios/connection", "--harness-suite", "connection")
    assert done.returncode == 0
    (file,) = project.evidence()
    told = json.loads(file.read_bytes())["predicate"]["connectionHarness"]
    assert {each["outcome"] for each in told["outcomes"]} == {"passed"}


def test_two_workers_collect_their_results_in_one_evidence(project: Project) -> None:
    words = ("-p", "xdist", "-n", "2", "--harness-suite", "connection")
    done = pytest_in(project.folder, "scenarios/connection", *words)
    assert done.returncode == 0, done.stdout
    (file,) = project.evidence()
    told = json.loads(file.read_bytes())["predicate"]["connectionHarness"]
    assert [each["outcome"] for each in told["outcomes"]] == ["passed"] * 3


def test_what_failed_is_told_without_a_traceback(project: Project) -> None:
    project.edit("scenarios/connection/service-answers.yaml", ("code: 0", "code: 7"))
    project.edit("scenarios/testing/company-is-found.yaml", ("role.company", "role.nobody"))
    done = pytest_in(project.folder, "scenarios", "--tb=long", "--showlocals")
    assert done.returncode == 1
    assert "4 passed" in done.stdout
    assert "1 failed" in done.stdout
    assert "1 error" in done.stdout
    assert "failed: The service answers the status call" in done.stdout
    assert "    - expected  7\n    + seen      0\n" in done.stdout
    assert "inconclusive: A company is found by its business id" in done.stdout
    assert "unmapped" in done.stdout
    assert "session.py" not in done.stdout, "no line of our own code"


@pytest.mark.crash
def test_a_need_that_is_not_met_is_skipped_and_says_which(project: Project) -> None:
    project.edit("scenarios/connection/service-answers.yaml", ("tags: [health]", "needs: [faults]"))
    result = project.run("run", "--suite", "connection", "-rs")
    assert result.code == 0
    assert "not realisable at this endpoint: needs faults" in result.out
    told = json.loads(project.evidence()[-1].read_bytes())["predicate"]["connectionHarness"]
    outcomes = {each["id"]: (each["outcome"], each["reason"]) for each in told["outcomes"]}
    assert outcomes["connection/service-answers"] == ("not-realisable", "needs faults")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--harness-suite", "none"), "none"),
        (("--harness-suite", "connection", "--harness-operator", "nobody"), "'nobody'"),
        (("--harness-suite", "connection", "--harness-endpoint", "none"), "'none'"),
    ],
)
def test_what_cannot_be_run_ends_the_session(
    project: Project, words: tuple[str, ...], told: str
) -> None:
    done = pytest_in(project.folder, "scenarios", *words)
    assert done.returncode == 4
    assert told in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_endpoint_of_a_plain_pytest_may_be_another(project: Project) -> None:
    done = pytest_in(project.folder, "scenarios", "--harness-endpoint", "none")
    assert done.returncode == 1
    assert "there is no endpoint 'none'" in done.stdout


def test_a_run_in_this_process_leaves_the_collector_as_it_was(project: Project) -> None:
    """What it has loaded is not looked at meanwhile; afterwards it is again."""
    before = gc.isenabled(), gc.get_freeze_count()
    assert project.run("run", "--suite", "connection").code == 0
    assert (gc.isenabled(), gc.get_freeze_count()) == before
