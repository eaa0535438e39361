"""The contract of harness.toml changes: which scenarios stay valid, told by the commands."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.config import book
from tests.cli import support
from tests.cli.support import CONTRACT, VERSION, Project, one_paragraph

CONNECTION = ("service-answers", "customer-query-answers", "wrong-service-is-refused")
TESTING = (
    "company-is-found",
    "missing-print-provider-is-refused",
    "wrong-namespace-is-refused",
)
SUITES = {"connection": CONNECTION, "testing": TESTING}


def moved(project: Project, old: str, new: str) -> None:
    """Let harness.toml name another version of the contract."""
    project.edit("harness.toml", (f'version = "{old}"', f'version = "{new}"'))


@pytest.fixture
def rehearsal(tmp_path: Path) -> Project:
    return support.example(tmp_path / "p", suites=SUITES)


def shown_under(project: Project, version: str) -> Project:
    moved(project, VERSION, version)
    result = project.run("connection")
    assert result.code == 0, result
    return project


def stale(project: Project) -> dict[str, Any]:
    found = project.run("gate", "--json").data["objections"]
    return {o["command"].split()[3]: o for o in found if o["code"] == "STALE_CONTRACT"}


def kept(state: dict[str, Any], held: str = "effective") -> dict[str, list[str]]:
    (pin,) = [each for each in state["pins"] if each["kind"] == "contract"]
    return {each["suite"]: each["scenarios"] for each in pin[held]["pin"]["keeps"]}


def test_an_addition_leaves_all_valid_but_who_breaks_that_operation(rehearsal: Project) -> None:
    project = shown_under(rehearsal, "1.7")
    moved(project, "1.7", VERSION)
    told = project.must("pin", "contract").out
    assert f"connection as shown under {CONTRACT}/1.7" in told
    assert "3 of 3 required scenarios stay valid" in told
    assert "2 of 3 required scenarios stay valid" in told
    again = told.partition("these must be run again:")[2].splitlines()
    assert again[1] == "    testing/missing-print-provider-is-refused"
    assert "harness pin contract" in again[2]
    assert kept(project.state()) == {
        "connection": sorted(f"connection/{each}" for each in CONNECTION),
        "testing": [
            f"testing/{each}" for each in TESTING if each != "missing-print-provider-is-refused"
        ],
    }
    (objection,) = stale(project).values()
    assert objection["subjects"] == ["testing/missing-print-provider-is-refused"]
    assert objection["command"] == "harness run --suite testing --endpoint mock"
    assert "1 of 3 required scenarios of testing" in objection["sentence"]
    assert "CODE_CHANGED" not in project.codes()
    assert "testing/missing-print-provider-is-refused" in project.run("gate").out
    assert "5 scenarios kept valid" in project.must("history").out


def test_pinning_again_changes_nothing_and_a_whole_run_clears_it(rehearsal: Project) -> None:
    project = shown_under(rehearsal, "1.7")
    moved(project, "1.7", VERSION)
    project.must("pin", "contract")
    before = project.size()
    assert "pinned already" in project.must("pin", "contract").out
    assert project.size() == before
    project.must("run", "--suite", "testing")
    project.record_all("")
    assert stale(project) == {}
    assert project.run("connection").code == 0
    assert project.events("ContractPinned")[-1]["version"] <= before
    assert stale(project) == {}


def test_what_broke_much_is_run_again(rehearsal: Project) -> None:
    project = shown_under(rehearsal, "1.6")
    moved(project, "1.6", "1.7")
    project.must("pin", "contract")
    assert kept(project.state())["connection"] == sorted(f"connection/{e}" for e in CONNECTION)
    assert stale(project)["testing"]["subjects"] == [
        "testing/missing-print-provider-is-refused",
        "testing/wrong-namespace-is-refused",
    ]


def test_another_setting_of_the_endpoint_is_still_noticed(tmp_path: Path) -> None:
    project = shown_under(support.example(tmp_path / "p", suites=SUITES), "1.7")
    moved(project, "1.7", VERSION)
    project.must("pin", "contract")
    project.edit("harness.toml", ('system_release = "1.0"', 'system_release = "2"'))
    assert "CODE_CHANGED" in project.codes()
    project.edit("harness.toml", ('system_release = "2"', 'system_release = "1.0"'))
    assert "CODE_CHANGED" not in project.codes()
    moved(project, VERSION, "1.6")  # not the pinned one
    assert "CODE_CHANGED" in project.codes()


@pytest.mark.parametrize("lost", ["suite", "contract"])
def test_nothing_stays_valid_that_cannot_be_compared(rehearsal: Project, lost: str) -> None:
    project = rehearsal
    own = project.folder / f"contracts/{CONTRACT}"
    shutil.copytree(book("contracts") / CONTRACT / "1.7", own / "1.7")
    shown_under(project, "1.7")
    moved(project, "1.7", VERSION)
    if lost == "suite":
        with (project.folder / "scenarios/testing/company-is-found.yaml").open("a") as file:
            file.write("# changed\n")
    else:
        file_ = own / "1.7" / "Viranomaispalvelut.xsd"
        file_.write_bytes(file_.read_bytes() + b"\n")
    told = project.must("pin", "contract").out
    assert "0 of 3 required scenarios stay valid" in told
    assert "all must be run again" in told
    assert "testing" not in kept(project.state())


def test_another_party_confirms_what_is_kept_and_their_files_have_to_show_it(
    tmp_path: Path,
) -> None:
    project = support.joining_project(tmp_path / "p", {})
    moved(project, VERSION, "1.7")
    project.must("project", "new", by="developer")
    for words in (("contract",), ("suite", "connection"), ("suite", "testing")):
        project.must("pin", *words, by="developer")
    project.run("run", "--endpoint", "mock", "--suite", "connection", by="developer")
    project.record_all()
    moved(project, "1.7", VERSION)
    told = project.must("pin", "contract", by="developer").out
    digest = told.split()[-1]
    assert kept(project.state()) == {}
    assert len(kept(project.state(), "proposed")["connection"]) == 11

    scenario = "scenarios/connection/service-answers.yaml"
    text = (project.folder / scenario).read_text("utf-8")
    (project.folder / scenario).write_text(text + "# changed\n", "utf-8")
    before = project.size()
    refused = project.run("pin", "contract", "--confirm", digest, by="manager")
    said = one_paragraph(refused, 2)
    assert "keeps 11 scenarios of connection" in said
    assert "do not say that they are untouched" in said
    assert project.size() == before

    (project.folder / scenario).write_text(text, "utf-8")
    confirmed = project.must("pin", "contract", "--confirm", digest, by="manager").out
    assert "confirmed: contract" in confirmed
    assert f"connection as shown under {CONTRACT}/1.7" in confirmed
    assert "11 of 11 required scenarios stay valid" in confirmed
    assert len(kept(project.state())["connection"]) == 11
