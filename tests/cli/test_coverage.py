"""What a run has shown is told at its end, in JUnit, in the evidence, and as a whole on demand."""

import json
import xml.etree.ElementTree as ET
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import SMALL, Project, one_paragraph


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example project with a few scenarios, run once with JUnit."""
    folder = tmp_path_factory.mktemp("coverage") / "p"
    made = support.example(folder, suites=SMALL)
    made.must("run", f"--junitxml={folder / 'junit.xml'}")
    return made


def test_a_run_ends_with_a_line_for_each_operation(project: Project) -> None:
    told = project.must("run", "--suite", "testing").out
    assert "operations 2/4" in told
    assert "HaeAsiakkaita: " in told
    assert "LahetaViesti: 0 of " in told
    assert " more (harness coverage)" in told


def test_junit_has_the_counts_as_properties(project: Project) -> None:
    root = ET.parse(project.folder / "junit.xml").getroot()
    found = {each.get("name"): each.get("value") for each in root.iter("property")}
    assert found["coverage.testing.operations"] == "2/4"
    assert str(found["coverage.testing.LahetaViesti.points"]).startswith("0/")
    assert found["coverage.connection.operations"] == "2/4"


def test_junit_names_the_run_and_what_it_rests_on(project: Project) -> None:
    root = ET.parse(project.folder / "junit.xml").getroot()
    found = {each.get("name"): each.get("value") for each in root.iter("property")}
    run = str(found["run.testing.id"]).removesuffix("-testing")
    (file,) = (each for each in project.evidence() if each.stem.endswith(f"-testing-{run}"))
    data = file.read_bytes()
    told = json.loads(data)["predicate"]["connectionHarness"]
    assert found["run.testing.evidence-digest"] == sha256(data).hexdigest()
    assert found["run.testing.suite-digest"] == told["suite_digest"]
    assert found["run.testing.contract-digest"] == told["contract_digest"]
    assert found["run.testing.contract"] == told["contract"]
    assert (found["run.testing.level"], found["run.testing.driver"]) == ("mock", "harness")


def test_without_files_the_newest_evidence_of_each_suite_is_shown(project: Project) -> None:
    rows = project.must("coverage", "--json").data
    assert [row["suite"] for row in rows] == ["connection", "testing"]
    testing = rows[1]
    assert testing["shares"]["operations"]["missing"] == ["HaeTilaTieto", "LahetaViesti"]
    for one in testing["operations"]:
        assert one["valid"] + len(one["untouched"]) <= one["points"]
        assert one["valid"] + one["rejected"] + len(one["untouched"]) >= one["points"]
    assert "HaeAsiakkaita Tila 310" in testing["codes"]


def test_the_text_names_everything(project: Project) -> None:
    rows = project.must("coverage", "--json").data
    told = project.must("coverage", rows[0]["file"]).out
    untouched = sum(len(one["untouched"]) for one in rows[0]["operations"])
    assert told.count("untouched: ") == untouched
    assert told.startswith("connection (")


def test_workers_bring_their_points_with_them(project: Project) -> None:
    before = project.must("coverage", "--json").data
    assert project.apart("run", "-n", "2").code == 0
    after = project.must("coverage", "--json").data
    assert [row["shares"] for row in after] == [row["shares"] for row in before]


def test_without_any_evidence_it_says_what_to_do(tmp_path: Path) -> None:
    empty = support.example(tmp_path / "p", suites=SMALL)
    result = empty.run("coverage")
    assert result.code != 0
    assert "harness run" in result.err


@pytest.mark.parametrize("share", [0, 80, 99])
def test_asking_for_less_than_the_gate_demands_is_a_mistake_and_not_silence(
    project: Project, tmp_path: Path, share: int
) -> None:
    """Who wrote it would believe that the gate judges by it."""
    asked = project.copy_to(tmp_path / "p")
    asked.must("project", "new")
    asked.edit("harness.toml", ("[scenarios]", f"[gate]\noperations = {share}\n[scenarios]"))
    for command in ("gate", "open"):
        told = one_paragraph(asked.run(command), 2)
        assert "[gate] operations: the gate demands 100 % of the operations" in told
        assert f"nobody can ask for less ({share} %)" in told
    asked.edit("harness.toml", (f"operations = {share}", "operations = 100"))
    assert asked.codes()
