"""A project with a process of its own: four phases, no window, all by commands alone."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import ROOT, Place, Project, one_paragraph
from tests.support.account_server import AccountServer

ASSET = ROOT / "tests" / "assets" / "processes" / "kirjasto.toml"
FORM = """\
phase = 0

[[agreement]]
by = "authority"
signed = 2026-11-02
notices_per_year = 4000
read_rules = true

[[agreement]]
by = "account"
signed = 2026-11-02
notices_per_year = 4000
read_rules = true
"""
CHANGE = ('approve = ["account"]', 'approve = ["authority"]')


@pytest.fixture(scope="module")
def qat() -> Iterator[AccountServer]:
    """The simulated account, pinned as the test endpoint."""
    with support.server(support.shipped_contract()) as server:
        yield server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, qat: AccountServer) -> Project:
    """The project before its first command."""
    folder = tmp_path_factory.mktemp("own-process") / "project"
    project = support.joining_project(folder, {"qat": Place(qat.url)})
    shutil.rmtree(folder / "scenarios")
    support.copy_suites(folder, {"connection": None, "testing": None})
    shutil.rmtree(folder / "forms")
    (folder / "forms").mkdir()
    (folder / "forms" / "agreement.toml").write_text(FORM, "utf-8")
    shutil.copy(ASSET, folder)
    project.edit("harness.toml", ("[project]\n", '[project]\nprocess = "kirjasto.toml"\n'))
    return project


@pytest.fixture(scope="module")
def opened(made: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same project, walked to production."""
    project = made.copy_to(tmp_path_factory.mktemp("opened") / "project")
    for step in (_agree, _connect, _test, _open):
        step(project)
    return project


def _agree(project: Project) -> None:
    project.must("project", "new", by="developer")
    wanted = [("contract",), ("suite", "connection"), ("suite", "testing"), ("endpoint", "qat")]
    for words in wanted:
        project.must("pin", *words, by="developer")
    for pin in project.state()["pins"]:
        named = [pin["kind"], *([] if pin["kind"] == "contract" else [pin["name"]])]
        project.must("pin", *named, "--confirm", pin["effective_digest"], by="manager")
    project.must("phase", "record", "--form", str(project.folder / "forms/agreement.toml"),
                 by="developer")  # fmt: skip
    project.must("phase", "complete", "0", by="owner")


def _connect(project: Project) -> None:
    project.must("run", "--endpoint", "qat", by="developer")
    project.record_all()
    project.must("record", str(support.plant(project)), by="developer")
    project.must("phase", "complete", "1", by="owner")


def _test(project: Project) -> None:
    testing = support.counting(project, "testing")
    for by in ("developer", "expert"):
        project.must("sign-off", "2", "--evidence", testing, by=by)
    project.must("phase", "complete", "2", by="owner")


def _open(project: Project) -> None:
    project.must("request-opening", by="owner")
    named = [word for each in project.state()["counting_evidence"] for word in ("--evidence", each)]
    refused = project.run("approve", *named, by="director")
    assert "The notice service may approve the opening, not the library" in one_paragraph(
        refused, 1
    )
    project.must("approve", *named, by="manager")
    assert project.must("gate", "--json").data["open"]
    told = project.run("open", "--json", by="owner")  # recorded, with its reason
    assert [each["code"] for each in told.data["objections"]] == ["WRONG_PARTY"]
    assert told.code == 1
    project.must("open", by="manager")


@pytest.fixture
def new(made: Project, tmp_path: Path) -> Project:
    """A copy of the project before its first command."""
    return made.copy_to(tmp_path / "project")


@pytest.fixture
def begun(new: Project) -> Project:
    """The project with its first event on record."""
    new.must("project", "new", by="developer")
    return new


def test_it_ends_in_production(opened: Project) -> None:
    state = opened.state()
    assert (state["kind"], state["process"]) == ("joining", "kirjasto-1")
    assert [each["complete"] for each in state["phases"]] == [True] * 4
    assert state["opening"]["actor"]["id"] == "manager"
    assert state["window"] is None
    assert opened.codes() == ["ALREADY_OPEN"]


def test_the_first_event_holds_the_whole_process(opened: Project) -> None:
    (created,) = opened.events("ProjectCreated")
    definition = json.loads(created["event"]["definition"])
    assert definition == opened.must("process", "show", "--json").data
    assert [each["name"]["fi"] for each in definition["phases"]] == [
        "Sopimus", "Yhteys", "Testaus", "Avaus",
    ]  # fmt: skip
    (event,) = opened.events("ProductionOpened")
    assert event["event"]["window_start"] == event["event"]["window_end"] == event["at"]


def test_replay_and_audit_need_no_file(opened: Project, tmp_path: Path) -> None:
    copy = opened.copy_to(tmp_path / "copy")
    before = copy.must("replay", "--json").out
    (copy.folder / "kirjasto.toml").unlink()
    assert copy.must("replay", "--json") == support.Result(0, before, "")
    assert copy.must("project", "show", "--json").out == before
    copy.must("verify")
    assert len(copy.must("history").out.splitlines()) == len(opened.events())
    assert copy.must("process", "show").out == opened.must("process", "show").out


def test_phase_names_are_told_in_the_language_asked_for(opened: Project) -> None:
    assert "1 Yhteys" in opened.must("project", "show", "--lang", "fi").out
    assert "1 Connecting" in opened.must("project", "show", "--lang", "sv").out
    assert "Liittyminen ilmoituspalveluun" in opened.must("process", "show", "--lang", "fi").out


def test_what_a_phase_asks_for_is_listed(begun: Project) -> None:
    assert "agreement: Agreement on joining" in begun.must("phase", "record").out
    assert "suite testing passed" in begun.must("phase", "record", "2").out
    assert "harness open" in begun.must("phase", "record", "3").out
    assert "numbered 0 to 3" in one_paragraph(begun.run("phase", "record", "4"), 2)


def test_the_main_job_goes_by_it(new: Project) -> None:
    new.edit("harness.toml", ('kind = "joining"', 'kind = "rehearsal"'))
    result = new.must("connection", by="developer")
    assert "phase 0 is complete" in result.err + result.out
    assert new.state()["current_phase"] == 2


def test_a_form_for_the_built_in_process_is_refused_by_place(begun: Project) -> None:
    form = str(ROOT / "forms" / "1-agreement.toml")
    told = one_paragraph(begun.run("phase", "record", "--form", form, by="developer"), 2)
    assert "joining-meeting" in told


def test_before_the_first_event_the_file_is_shown(new: Project) -> None:
    before = new.must("process", "show").out
    assert "approved by      account" in before
    new.edit("kirjasto.toml", CHANGE)
    assert "approved by      authority" in new.must("process", "show").out
    assert not (new.folder / ".harness").exists()


def test_a_file_is_checked_without_a_project(new: Project, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    shutil.copy(ASSET, file)
    with new.environment():
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            good = support.run("process", "check", "own.toml", "--json")
            text = support.run("process", "check", "own.toml")
            file.write_text(file.read_text("utf-8").replace('"date"', '"day"'), "utf-8")
            bad = support.run("process", "check", "own.toml")
        finally:
            os.chdir(here)
    assert (good.code, text.code) == (0, 0)
    assert good.data["id"] == "kirjasto-1"
    assert "signed (date): Signed on" in text.out
    assert "own.toml: phases[0].items[0].fields[0].kind: One of" in one_paragraph(bad, 2)


# The file or its name changes after the first event

WRITING = {
    "phase record": ("phase", "record", "--form", "forms/agreement.toml"),
    "phase complete": ("phase", "complete", "0"),
    "pin": ("pin", "contract"),
    "request-opening": ("request-opening",),
    "open": ("open",),
    "gate": ("gate",),
}


@pytest.mark.parametrize("command", WRITING)
def test_a_changed_process_stops_whatever_records_and_the_gate(
    begun: Project, command: str
) -> None:
    begun.edit("kirjasto.toml", CHANGE)
    words = [
        str(begun.folder / word) if word.endswith(".toml") else word for word in WRITING[command]
    ]
    size = begun.size()
    result = begun.run(*words, by="" if command == "gate" else "developer")
    assert "fixed when it is created" in one_paragraph(result, 2)
    assert "kirjasto.toml" in result.err
    assert begun.size() == size


def test_a_changed_process_stops_the_main_job_before_anything_is_run(begun: Project) -> None:
    begun.edit("kirjasto.toml", CHANGE)
    size = begun.size()
    result = begun.run("connection", by="developer")
    assert result.code == 2
    assert "fixed when it is created" in " ".join(result.err.split())
    assert (begun.size(), begun.evidence()) == (size, [])


READING = {
    "project show": ("project", "show"),
    "history": ("history",),
    "process show": ("process", "show"),
    "phase record": ("phase", "record"),
}


@pytest.mark.parametrize("command", READING)
def test_reading_goes_by_the_record_and_notes_the_change(begun: Project, command: str) -> None:
    before = begun.must(*READING[command])
    begun.edit("kirjasto.toml", CHANGE)
    after = begun.must(*READING[command])
    assert after.out == before.out
    assert before.err == ""
    assert after.err.startswith("note: ")
    assert "fixed when it is created" in after.err


CHANGES: dict[str, tuple[Callable[[Project], object], str]] = {
    "the file is gone": (
        lambda project: (project.folder / "kirjasto.toml").unlink(), "cannot be read",
    ),
    "the file is broken": (
        lambda project: project.edit("kirjasto.toml", ("[roles]", "[rules]")), "not known",
    ),
    "another process is named": (
        lambda project: project.edit("harness.toml", ('process = "kirjasto.toml"\n', "")),
        "fixed when it is created",
    ),
    "an unknown process is named": (
        lambda project: project.edit("harness.toml", ("kirjasto.toml", "kirjasto-1")), "not known",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_process_that_cannot_be_compared_is_told(begun: Project, change: str) -> None:
    make, words = CHANGES[change]
    make(begun)
    assert words in one_paragraph(begun.run("gate"), 2)
    assert words in begun.must("project", "show").err


def test_comments_and_layout_are_no_change(begun: Project) -> None:
    file = begun.folder / "kirjasto.toml"
    file.write_text("# read again\n" + file.read_text("utf-8").replace(" = ", "="), "utf-8")
    begun.must("pin", "contract", by="developer")
    assert begun.run("gate").err == ""


def test_a_project_of_the_built_in_process_cannot_take_another_later(begun: Project) -> None:
    begun.edit("harness.toml", ('process = "kirjasto.toml"\n', ""), (support.ID, "another"))
    begun.must("project", "new", by="developer")
    begun.must("pin", "contract", by="developer")
    begun.edit("harness.toml", ("[project]\n", '[project]\nprocess = "kirjasto.toml"\n'))
    told = one_paragraph(begun.run("pin", "suite", "testing", by="developer"), 2)
    assert "another follows another one" in told


def test_a_process_that_is_wrong_begins_no_project(new: Project) -> None:
    new.edit("kirjasto.toml", ('id = "kirjasto-1"', 'id = "liittymisprosessi-1.0.2"'))
    told = one_paragraph(new.run("project", "new", by="developer"), 2)
    assert "kirjasto.toml: id: Ids that begin with" in told
    assert not (new.folder / ".harness").exists()
