"""A run that is not whole and green is never green: it is visible in its evidence and exit code."""

import errno
import json
import os
import signal
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, BinaryIO

import pytest

from harness import files
from tests.cli import support
from tests.cli.support import SMALL, Place, Project

pytestmark = pytest.mark.crash
BROKEN = "connection/service-answers"
ALL = {f"{suite}/{name}" for suite, names in SMALL.items() for name in names}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The example project with a few scenarios, on record with contract, pins and forms."""
    return support.example(tmp_path / "p", suites=SMALL)


def break_one(project: Project) -> None:
    project.edit("scenarios/connection/service-answers.yaml", ("code: 0", "code: 7"))


def outcomes(project: Project, newest: int = 2) -> dict[str, str]:
    """What the newest evidence files say of every scenario."""
    found: dict[str, str] = {}
    for file in project.evidence()[-newest:]:
        data = json.loads(file.read_bytes())
        told = data["predicate"]["connectionHarness"]["outcomes"]
        found |= {each["id"]: each["outcome"] for each in told}
    return found


def run(project: Project, *words: str) -> support.Result:
    """``harness run``; workers of ``-n`` are copies of a process of its own, not of this one."""
    return project.apart("run", *words) if "-n" in words else project.run("run", *words)


def test_a_whole_green_run_is_green(project: Project) -> None:
    result = run(project)
    assert result.code == 0
    assert outcomes(project) == dict.fromkeys(ALL, "passed")


def test_one_broken_expectation_turns_everything_red(project: Project) -> None:
    project.must("project", "new")
    break_one(project)
    result = run(project, "--json")
    assert result.code == 1
    assert {row["suite"]: row["verdict"] for row in result.data} == {
        "connection": "failed",
        "testing": "passed",
    }
    assert outcomes(project) == {**dict.fromkeys(ALL, "passed"), BROKEN: "failed"}
    assert "    - expected  7\n    + seen      0\n" in result.err
    recorded = project.must("record", *map(str, project.evidence()), "--json")
    assert [row["verdict"] for row in recorded.data] == ["failed", "passed"]
    objection = project.objection("FAILED")
    assert objection["subjects"] == [BROKEN]
    assert BROKEN in project.run("gate").out


def test_connection_with_a_broken_expectation_is_red_and_recorded(project: Project) -> None:
    break_one(project)
    result = project.run("connection")
    assert result.code == 1
    assert f"failed: {BROKEN}" in result.out
    assert project.objection("FAILED")["subjects"] == [BROKEN]
    assert project.state()["current_phase"] == 4
    assert len(project.events("TestRunRecorded")) == 2


def test_what_is_hidden_in_a_suite_is_no_scenario_of_it(project: Project) -> None:
    """Such as macOS leaves beside every file; the digest and the evidence leave it out as well."""
    (project.folder / "scenarios/connection/._service-answers.yaml").write_bytes(b"\0\5\x16\7")
    result = run(project, "--suite", "connection")
    assert result.code == 0, result
    assert set(outcomes(project, 1)) == {each for each in ALL if each.startswith("connection/")}


LEFT_OUT = {
    "-k": (["-k", "service-answers"], 1),
    "-k that leaves one out": (["-k", "not service-answers"], 5),
    "-k nothing": (["-k", "nothing"], 0),
    "--deselect": (["--deselect", "scenarios/connection/service-answers.yaml"], 5),
    "--ignore": (["--ignore-glob", "/*/service-answers.yaml"], 5),
    "--collect-only": (["--collect-only"], 0),
    "-n 2 with deselection": (["-n", "2", "-k", "not service-answers"], 5),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_was_left_out_is_visible_and_not_green(project: Project, name: str) -> None:
    words, passed = LEFT_OUT[name]
    result = run(project, "--json", *words)
    assert result.code == 1, result
    assert [row["complete"] for row in result.data] != [True, True]
    found = outcomes(project)
    assert set(found) == ALL
    assert sorted(found.values()) == ["not-run"] * (6 - passed) + ["passed"] * passed
    selection = json.loads(project.evidence()[-1].read_bytes())
    selected = [word for word in words if word not in {"-n", "2"}]
    assert selection["predicate"]["connectionHarness"]["selection"] == selected


OURS = ("selection=", "endpoint=server", "keep=kept", "operator=x", "workers=2", "run=r1")


@pytest.mark.parametrize("option", OURS)
def test_what_the_command_sets_for_pytest_cannot_be_set_past_it(
    project: Project, option: str
) -> None:
    """Else evidence would not tell what was left out, or bodies be kept that must not be."""
    result = run(project, "-k", "service-answers", f"--harness-{option}")
    assert result.code == 2
    assert "for a pytest of your own" in result.err
    assert project.evidence() == []


def test_nor_from_a_file_of_options(project: Project) -> None:
    options = project.folder / "options"
    options.write_text("--harness-selection=\n--harness-endpoint=server\n-k\nservice-answers\n")
    assert run(project, f"@{options}").code == 1
    told = json.loads(project.evidence()[-1].read_bytes())["predicate"]["connectionHarness"]
    assert (told["selection"], told["level"]) == ([f"@{options}"], "mock")


def test_what_was_left_out_closes_the_gate(project: Project) -> None:
    project.must("project", "new")
    assert run(project, "-k", "not service-answers").code == 1
    project.must("record", *map(str, project.evidence()))
    assert project.objection("INCOMPLETE")["subjects"] == [BROKEN]


def test_one_suite_alone_is_green_for_itself(project: Project) -> None:
    project.must("project", "new")
    assert run(project, "--suite", "connection").code == 0
    project.must("record", *map(str, project.evidence()))
    assert project.objection("NEVER_RUN")["command"].startswith("harness run --suite testing")


def test_stopping_after_the_first_failure_leaves_the_rest_not_run(project: Project) -> None:
    project.edit("scenarios/connection/customer-query-answers.yaml", ("Tila: 300", "Tila: 310"))
    result = run(project, "-x")
    assert result.code == 1
    found = outcomes(project)
    first = "connection/customer-query-answers"
    assert found == {**dict.fromkeys(ALL, "not-run"), first: "failed"}
    assert "INCOMPLETE" in result.out


def test_only_the_last_failed_is_not_a_green_run(project: Project) -> None:
    break_one(project)
    assert run(project).code == 1
    project.edit("scenarios/connection/service-answers.yaml", ("code: 7", "code: 0"))
    assert run(project, "--lf").code == 1
    assert outcomes(project) == {**dict.fromkeys(ALL, "not-run"), BROKEN: "passed"}


def test_a_scenario_that_cannot_be_read_stops_the_run(project: Project) -> None:
    project.edit("scenarios/connection/service-answers.yaml", ("code: 0", "cod: 0"))
    result = run(project)
    assert result.code not in {0, 1}
    assert "service-answers.yaml:" in result.out + result.err
    assert "Traceback" not in result.out + result.err


def test_a_scenario_that_may_not_be_read_stops_the_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.opened

    def refused(file: Path) -> BinaryIO:
        if file.name == "service-answers.yaml":
            raise PermissionError(errno.EACCES, "Permission denied", str(file))
        return real(file)

    monkeypatch.setattr(files, "opened", refused)
    result = run(project)
    assert result.code == 2
    assert "cannot be read: Permission denied" in result.err
    assert "service-answers.yaml" in result.err
    assert "Traceback" not in result.out + result.err


def _a_folder(head: Path) -> None:
    head.unlink()
    head.mkdir()


HEADS: dict[str, tuple[Callable[[Path], object], str]] = {
    "another text": (lambda head: head.write_text("x"), "does not name the newest evidence"),
    "no text": (lambda head: head.write_bytes(b"\xff" * 64), "does not name the newest evidence"),
    "a folder": (_a_folder, "cannot be read: Is a directory"),
}


@pytest.mark.parametrize("name", HEADS)
def test_what_names_the_newest_evidence_is_told_where_it_cannot_be_read(
    project: Project, name: str
) -> None:
    """As where somebody else ran it before; what the run is chained to is not guessed."""
    spoil, why = HEADS[name]
    run(project, "--suite", "connection")
    (head,) = (project.folder / ".harness/evidence").glob("*/newest")
    spoil(head)
    result = run(project, "--suite", "connection")
    assert result.code == 2
    assert f"{head}: {why}" in result.err
    assert "Traceback" not in result.out + result.err
    assert len(project.evidence()) == 1


def test_a_scenario_that_cannot_be_built_is_inconclusive(project: Project) -> None:
    project.edit(
        "scenarios/connection/service-answers.yaml", ("call: HaeTilaTieto", "call: HaeKaikki")
    )
    result = run(project)
    assert result.code == 1
    assert outcomes(project)[BROKEN] == "inconclusive"


def test_an_inconclusive_scenario_is_an_error_in_junit_and_never_skipped(project: Project) -> None:
    break_one(project)
    project.edit(
        "scenarios/testing/company-is-found.yaml", ("${role.company.id}", "${role.nobody.id}")
    )
    file = project.folder / "junit.xml"
    assert run(project, f"--junitxml={file}").code == 1
    suite = ET.parse(file).getroot()[0]
    assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("6", "1", "1")
    assert suite.get("skipped") == "0"
    assert [error.get("type") for error in suite.iter("error")] == ["inconclusive:unmapped"]
    assert list(suite.iter("skipped")) == []
    properties = {p.get("value") for p in suite.iter("property") if p.get("name") == "verdict"}
    assert properties == {"passed", "failed", "inconclusive"}
    assert outcomes(project)["testing/company-is-found"] == "inconclusive"


def test_the_junit_of_two_workers_tells_the_same(project: Project) -> None:
    break_one(project)
    project.edit(
        "scenarios/testing/company-is-found.yaml", ("${role.company.id}", "${role.nobody.id}")
    )
    file = project.folder / "junit.xml"
    assert run(project, f"--junitxml={file}", "-n", "2").code == 1
    suite = ET.parse(file).getroot()[0]
    assert [error.get("type") for error in suite.iter("error")] == ["inconclusive:unmapped"]
    assert suite.get("skipped") == "0"
    expected = {BROKEN: "failed", "testing/company-is-found": "inconclusive"}
    assert outcomes(project) == {**dict.fromkeys(ALL, "passed"), **expected}
    assert len(project.evidence()) == 2, "the workers' results are one evidence a suite"


def test_nobody_answers(project: Project) -> None:
    """A dead address is inconclusive, also for scenarios that expect to be refused."""
    place = Place("http://127.0.0.1:9/nobody", "server")
    settings = project.folder / "harness.toml"
    settings.write_text(f"{settings.read_text('utf-8')}\n{place.text('dead')}\n", "utf-8")
    assert run(project, "--endpoint", "dead").code == 1
    assert outcomes(project) == dict.fromkeys(ALL, "inconclusive")


class _Silent(BaseHTTPRequestHandler):
    """Takes a request and says nothing until the test ends."""

    asked = Event()
    end = Event()

    def do_POST(self) -> None:
        self.asked.set()
        self.end.wait(30)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that never answers."""
    _Silent.asked.clear()
    _Silent.end.clear()
    server = HTTPServer(("127.0.0.1", 0), _Silent)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/silent"
    _Silent.end.set()
    server.shutdown()
    thread.join()
    server.server_close()


SLOW = ("run", "--endpoint", "slow", "--suite", "connection")


def add_slow(project: Project, silent: str) -> None:
    """The endpoint ``slow``, which never answers."""
    settings = project.folder / "harness.toml"
    place = Place(silent, "server").text("slow")
    settings.write_text(f"{settings.read_text('utf-8')}\n{place}\n", "utf-8")


def interrupt(project: Project, silent: str, number: int, *more: str) -> int:
    """End a run while its first scenario waits for an answer; gives its exit code."""
    project.must("project", "new")
    add_slow(project, silent)
    with project.start(*SLOW, *more) as process:
        asked = _Silent.asked.wait(30)
        os.kill(process.pid, number if asked else signal.SIGKILL)
        _, err = process.communicate(timeout=30)
    assert asked, err
    assert "Traceback" not in err
    return process.returncode


ENDED = [(signal.SIGKILL, -9), (signal.SIGTERM, -15), (signal.SIGINT, 130)]


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "workers"])
@pytest.mark.parametrize(("number", "code"), ENDED)
def test_a_run_that_is_ended_in_the_middle_is_visible(
    project: Project, silent: str, number: int, code: int, more: tuple[str, ...]
) -> None:
    """Its workers end with it: none goes on to hold its evidence as under way."""
    assert interrupt(project, silent, number, *more) == code
    (left,) = project.evidence()
    assert (".running." in left.name) is (number != signal.SIGINT)
    result = project.run("connection")
    assert result.code == 0
    assert "recorded: connection at level server, incomplete" in result.out
    first, *others = (row["event"]["run"] for row in project.events("TestRunRecorded"))
    assert (first["level"], len(others)) == ("server", 2)
    assert {each["outcome"] for each in first["outcomes"]} == {"not-run"}
    assert others[0]["predecessor"] == first["digest"], "the red run cannot be left out unseen"
    assert not [file for file in project.evidence() if ".running" in file.name]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_in_the_middle_closes_the_gate(
    project: Project, silent: str, number: int
) -> None:
    """C5: what was not run is an objection, by the name of each scenario."""
    interrupt(project, silent, number)
    project.must("record", *map(str, project.evidence()))
    left_out = {each for each in ALL if each.startswith("connection/")}
    assert set(project.objection("INCOMPLETE")["subjects"]) == left_out


def test_a_run_under_way_is_not_taken_for_one_that_crashed(project: Project, silent: str) -> None:
    project.must("project", "new")
    add_slow(project, silent)
    process = project.start(*SLOW)
    try:
        assert _Silent.asked.wait(30)
        assert project.run("connection").code == 0
        assert len(project.events("TestRunRecorded")) == 2
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_a_scenario_whose_worker_was_killed_was_not_run(project: Project, silent: str) -> None:
    add_slow(project, silent)
    with project.start(*SLOW, "-n", "2") as process:
        asked = _Silent.asked.wait(30)
        workers = (
            Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
        )
        os.kill(int(workers[0]), signal.SIGKILL)
        _Silent.end.set()
        out, err = process.communicate(timeout=60)
    assert asked, err
    assert len(workers) == 2
    assert process.returncode == 1
    assert "not run to its end: a worker ended before that (signal 9)" in out
    found = list(outcomes(project, 1).values())
    assert set(found) == {"not-run", "inconclusive"}, "the other worker went on"


def test_evidence_begun_by_a_run_that_could_not_begin_is_told_as_crashed_at_once(
    project: Project,
) -> None:
    """It is held no more, though whoever called the harness in its own process lives on."""
    project.edit("scenarios/testing/company-is-found.yaml", ("steps:", "stepss:"))
    result = project.run("run", "--suite", "connection", "--suite", "testing")
    assert result.code == 2
    assert not list(project.folder.glob(".harness/evidence/*/*.running.json"))
    assert set(outcomes(project).values()) == {"not-run"}
