"""The command: survivors leave with 1, are named as JSON, and enter the record as evidence."""

from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import Project, one_paragraph

ONE = {"connection": ("service-answers",), "testing": ("company-is-found",)}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example project with two scenarios, on record."""
    made = support.example(tmp_path_factory.mktemp("canary") / "p", suites=ONE)
    made.must("project", "new")
    return made


def test_survivors_are_named_and_recorded(project: Project) -> None:
    result = project.run("canary", "--json")
    assert result.code == 1
    told = result.data
    assert told["suites"] == ["connection", "testing"]
    assert told["planted"] == told["killed"] + len(told["survivors"])
    assert "rule/own-id-is-new" in told["survivors"]
    assert told["killed_by"]["wire/html"].startswith(("connection/", "testing/"))
    assert "rule/customer-id-is-artificial" in told["not_planted"]
    recorded = project.must("record", told["file"]).out
    assert "recorded: canaries of connection, testing" in recorded
    assert "on record already" in project.must("record", told["file"]).out
    (row,) = project.state()["canaries"]
    assert row["canaries"]["digest"] == told["digest"]
    assert "planted defects noticed" in project.must("history").out


def test_what_only_optional_scenarios_notice_is_named(project: Project, tmp_path: Path) -> None:
    assert project.run("canary", "--json").data["by_optional_only"] == []
    made = support.example(tmp_path / "p", suites=ONE)
    file = made.folder / "scenarios/testing/company-is-found.yaml"
    file.write_text("obligatory: false\n" + file.read_text("utf-8"), "utf-8")
    for words in ((), ("-n", "2")):
        told = made.apart("canary", "--json", *words).data
        by = {name: told["killed_by"][name] for name in told["by_optional_only"]}
        assert set(by.values()) == {"testing/company-is-found"}
        rest = {id_ for name, id_ in told["killed_by"].items() if name not in by}
        assert rest == {"connection/service-answers"}
    text = made.run("canary", "--suite", "testing").out
    assert "scenarios that are not obligatory, of which the gate has a note: " in text


def test_processes_share_the_work_and_find_the_same(project: Project) -> None:
    alone = project.run("canary", "--suite", "connection", "--json").data
    shared = project.apart("canary", "--suite", "connection", "-n", "2", "--json").data
    assert shared["survivors"] == alone["survivors"]
    assert shared["killed"] == alone["killed"]


def test_files_of_canaries_are_no_evidence_of_runs(project: Project) -> None:
    support.plant(project)
    project.must("run")
    rows = project.must("coverage", "--json").data
    assert [row["suite"] for row in rows] == ["connection", "testing"]


def test_a_suite_that_is_not_there_is_misuse(project: Project) -> None:
    assert "there is no suite" in one_paragraph(project.run("canary", "--suite", "libary"), 2)


def test_what_only_one_scenario_shows(project: Project) -> None:
    name = "testing/company-is-found"
    told = project.must("coverage", "--without", name, "--json").data
    assert any(point.startswith("HaeAsiakkaita/") for point in told[name]["points"])
    assert "HaeAsiakkaita Tila 300" in told[name]["codes"]
    assert any(each.startswith("answer/HaeAsiakkaita/") for each in told[name]["canaries"])
    refused = project.run("coverage", "--without", "testing/nobody")
    assert "there is no scenario" in one_paragraph(refused, 2)


def test_an_evidence_of_canaries_that_was_altered_is_refused(
    project: Project, tmp_path: Path
) -> None:
    file = support.plant(project)
    spoilt = tmp_path / "spoilt.json"
    spoilt.write_bytes(file.read_bytes().replace(b'"survivors":[]', b'"survivors":["x"]')[:-1])
    assert "as the harness wrote it" in one_paragraph(project.run("record", str(spoilt)), 2)


@pytest.mark.parametrize("suite", ["conection", "supplier"])
def test_a_demand_that_nothing_can_satisfy_is_a_mistake_and_not_silence(
    tmp_path: Path, suite: str
) -> None:
    """A misspelt name would demand nothing, and nobody would notice."""
    made = support.example(tmp_path / "p", suites=ONE)
    made.must("project", "new")
    made.edit("harness.toml", ("[scenarios]", f'[gate]\ncanaries = ["{suite}"]\n[scenarios]'))
    for command in ("gate", "open"):
        told = one_paragraph(made.run(command), 2)
        assert f"[gate] canaries: no defects can be planted for the suite '{suite}'" in told
        assert "connection, testing" in told
