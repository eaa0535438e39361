"""Exchanges of a run are kept only on request, never of people, and go on record when they go."""

import json
import re
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.account.customers import CUSTOMERS
from harness.cli.exchanges import refuse
from harness.endpoints.mock import MockEndpoint
from harness.errors import ConfigError
from harness.exchange.kept import INDEX
from harness.vocabulary import Level
from tests.cli import support
from tests.cli.support import SMALL, Place, Project, one_paragraph
from tests.support.account_server import AccountServer
from tests.support.identities import PERSON

ACTIVE = next(each.id for each in CUSTOMERS if each.role == "active")
SCENARIO = ("run", "--suite", "connection")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = support.example(tmp_path / "p", suites={"connection": SMALL["connection"]})
    made.must("project", "new")
    return made


@pytest.fixture(scope="module")
def other_side() -> Iterator[AccountServer]:
    with support.server(support.shipped_contract()) as found:
        yield found


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def bodies(folder: Path) -> list[bytes]:
    return [each.read_bytes() for each in sorted(folder.rglob("*.body"))]


def index(folder: Path) -> list[dict[str, object]]:
    (file,) = folder.rglob(INDEX)
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def let_the_day_pass(folder: Path) -> None:
    """Every index of the folder says that its day was yesterday."""
    day = datetime.now(UTC) - timedelta(days=1)
    for file in folder.rglob(INDEX):
        first, _, rest = file.read_bytes().partition(b"\n")
        told = {**json.loads(first), "until": day.isoformat(timespec="seconds")}
        file.write_bytes(json.dumps(told).encode() + b"\n" + rest)


def add_endpoint(project: Project, place: Place) -> None:
    with (project.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{place.text('own')}\n")


# Keeping


def test_nothing_is_kept_unless_somebody_asks(project: Project) -> None:
    project.must(*SCENARIO)
    left = [each for each in (project.folder / ".harness").rglob("*") if each.is_file()]
    assert [each for each in left if b"Envelope>" in each.read_bytes()] == []
    assert not (project.folder / ".harness" / "kept").exists()


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_run_keeps_what_it_exchanged(project: Project, kept: Path, more: tuple[str, ...]) -> None:
    words = (*SCENARIO, "--keep-exchanges", str(kept), "--keep-days", "3", *more)
    result = project.apart(*words) if more else project.run(*words)
    assert result.code == 0, result
    found = bodies(kept)
    assert any(ACTIVE.encode() in body for body in found)
    assert all(b"Envelope" in body for body in found)
    first, *told = index(kept)
    assert (first["level"], str(first["run"])[0]) == ("mock", "r")
    day = datetime.fromisoformat(str(first["until"]))
    assert timedelta(days=2) < day - datetime.now(UTC) <= timedelta(days=3)
    assert {each["scenario"] for each in told} == {
        f"connection/{name}" for name in SMALL["connection"]
    }
    assert {name for each in told for name in _names(each)} == {
        each.name for each in kept.rglob("*.body")
    }
    assert f"WARNING: whole messages are kept in {kept}" in result.err
    assert ACTIVE not in "".join(map(str, told)) + result.out + result.err
    assert {stat.S_IMODE(each.stat().st_mode) for each in kept.rglob("*.body")} == {0o600}
    (evidence,) = project.evidence()
    assert b"kept" not in evidence.read_bytes()


def _names(line: dict[str, object]) -> list[str]:
    names = line["bodies"]
    assert isinstance(names, list)
    return names


def test_a_signed_call_is_kept_as_it_was_sent(tmp_path: Path, kept: Path) -> None:
    project = support.example(tmp_path / "p", suites={"testing": ("expired-answer-is-noticed",)})
    project.must("run", "--keep-exchanges", str(kept))
    requests = [_names(each)[0] for each in index(kept)[1:]]
    sent = [each.read_bytes() for each in kept.rglob("*.body") if each.name in requests]
    assert sent
    assert all(b"SignatureValue" in each for each in sent)


def test_an_exchange_without_an_answer_is_kept_without_one(tmp_path: Path, kept: Path) -> None:
    suites = {"testing": ("connection-that-ends-early-is-noticed",)}
    project = support.example(tmp_path / "p", suites=suites)
    project.must("run", "--endpoint", "server", "--keep-exchanges", str(kept))
    first, *told = index(kept)
    assert first["level"] == "server"
    assert {len(_names(each)) for each in told} == {1, 2}


def test_a_folder_that_git_takes_up_is_refused(project: Project) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project.folder, check=True)
    folder = project.folder / "some" / "where"
    result = project.run(*SCENARIO, "--keep-exchanges", str(folder))
    assert "where git takes them up" in one_paragraph(result, 2)
    assert not (project.folder / "some").exists()
    (project.folder / ".gitignore").write_text("/some/\n")
    project.must(*SCENARIO, "--keep-exchanges", str(folder))
    assert bodies(folder)


def test_production_is_never_kept() -> None:
    class Production(MockEndpoint):
        level = Level.PRODUCTION

    with pytest.raises(ConfigError, match="of production are never kept"):
        refuse(Production(support.shipped_contract()))


@pytest.mark.parametrize("level", ["server", "test"])
def test_customers_who_may_be_people_are_not_kept(
    project: Project, other_side: AccountServer, kept: Path, level: str
) -> None:
    place = Place(other_side.url, level=level)
    add_endpoint(project, replace(place, more='roles_file = "roles.toml"'))
    roles = project.folder / "roles.toml"
    roles.write_text(f'active = {{AsiakasTunnus = "{PERSON}"}}\n', "utf-8")
    result = project.run(*SCENARIO, "--endpoint", "own", "--keep-exchanges", str(kept))
    told = one_paragraph(result, 2)
    assert "plays active may be a person" in told
    assert PERSON not in told
    assert not kept.exists()
    roles.write_text(f'active = {{AsiakasTunnus = "{ACTIVE}"}}\n', "utf-8")
    project.must(*SCENARIO, "--endpoint", "own", "--keep-exchanges", str(kept))
    assert index(kept)[0]["level"] == level


def test_days_alone_and_drawn_messages_are_refused(project: Project, kept: Path) -> None:
    told = one_paragraph(project.run(*SCENARIO, "--keep-days", "3"), 2)
    assert "--keep-days belongs to --keep-exchanges" in told
    words = ("run", "--generate", "1", "--keep-exchanges", str(kept))
    assert "not --generate" in one_paragraph(project.run(*words), 2)


def test_what_can_no_longer_be_kept_is_said_and_not_passed_over(
    project: Project, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.exchange.kept.Keeper.__init__.__defaults__", (10,))
    result = project.run(*SCENARIO, "--keep-exchanges", str(kept))
    assert result.code == 1
    assert "as much is kept as may be" in result.out


# Erasing


def test_what_is_kept_goes_and_the_record_says_so_and_still_verifies(
    project: Project, kept: Path
) -> None:
    project.must(*SCENARIO, "--keep-exchanges", str(kept))
    project.must("record", *map(str, project.evidence()))
    before = project.must("verify")
    count, run = len(bodies(kept)), str(index(kept)[0]["run"])
    told = project.must("privacy", "erase", str(kept), "--reason", "The defect is found.")
    assert told.out == f"erased: {count} files of 1 run\n"
    assert list(kept.iterdir()) == []
    (event,) = project.events("ExchangesErased")
    assert event["event"]["reason"] == "The defect is found."
    (erased,) = event["event"]["runs"]
    assert (erased["run"], erased["bodies"], erased["level"]) == (run, count, "mock")
    assert "kept exchanges erased" in project.must("history").out
    assert before.code == project.must("verify").code == 0
    assert not list((project.folder / ".harness" / "kept").iterdir())


def test_only_those_whose_day_has_passed(project: Project, kept: Path) -> None:
    project.must(*SCENARIO, "--keep-exchanges", str(kept / "old"))
    let_the_day_pass(kept / "old")
    result = project.must(*SCENARIO, "--keep-exchanges", str(kept / "new"))
    assert "exchanges of 1 run should be gone" in result.err
    due = project.run("privacy", "due", "--json")
    assert due.code == 1
    assert [each["due"] for each in due.data] == [True, False]
    project.must("privacy", "erase", "--due")
    assert not bodies(kept / "old")
    assert bodies(kept / "new")
    assert len(project.events("ExchangesErased")) == 1
    (line,) = project.must("privacy", "due").out.splitlines()
    assert re.search(r", until \d{4}-\d\d-\d\d \d\d:\d\d UTC, \d+ files: ", line)
    assert project.must("privacy", "erase", "--due").out == "nothing to erase\n"
    assert len(project.events("ExchangesErased")) == 1


def test_a_crash_after_the_bodies_are_gone_is_made_up_for(
    project: Project, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.must(*SCENARIO, "--keep-exchanges", str(kept))
    erase = ("privacy", "erase", str(kept), "--reason", "Done.")
    with monkeypatch.context() as patch:
        patch.setattr("harness.cli.desk.Desk.save", _interrupted)
        assert project.run(*erase).code == 130
    assert not bodies(kept)
    assert project.events("ExchangesErased") == []
    project.must(*erase)
    (event,) = project.events("ExchangesErased")
    assert event["event"]["runs"][0]["bodies"] == 0
    assert list(kept.iterdir()) == []


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_is_not_ours_stays_and_is_told(project: Project, kept: Path) -> None:
    project.must(*SCENARIO, "--keep-exchanges", str(kept))
    (file,) = kept.rglob(INDEX)
    (file.parent / "notes.txt").write_text("mine")
    result = project.run("privacy", "erase", str(kept), "--reason", "Done.")
    assert result.code == 1
    assert f"left, not ours: {file.parent / 'notes.txt'}" in result.out
    assert not bodies(kept)


def test_a_link_is_refused(project: Project, kept: Path, tmp_path: Path) -> None:
    project.must(*SCENARIO, "--keep-exchanges", str(kept))
    (tmp_path / "link").symlink_to(kept)
    result = project.run("privacy", "erase", str(tmp_path / "link"), "--reason", "Done.")
    assert "symbolic link" in one_paragraph(result, 2)
    assert bodies(kept)


def test_nobody_erases_without_saying_what_and_why(project: Project, kept: Path) -> None:
    project.must(*SCENARIO, "--keep-exchanges", str(kept))
    for words in ((), (str(kept),), ("--reason", "Done.")):
        told = one_paragraph(project.run("privacy", "erase", *words), 2)
        assert "--due" in told
    assert bodies(kept)


def test_nothing_goes_when_nobody_knows_who_acts(project: Project, kept: Path) -> None:
    project.must(*SCENARIO, "--keep-exchanges", str(kept))
    words = ("privacy", "erase", str(kept), "--reason", "Done.", "--as", "nobody-of-us")
    one_paragraph(project.run(*words), 2)
    assert bodies(kept)


def test_a_reason_with_somebodys_code_is_refused_before_anything_goes(
    project: Project, kept: Path
) -> None:
    project.must(*SCENARIO, "--keep-exchanges", str(kept))
    words = ("privacy", "erase", str(kept), "--reason", f"Asked by {PERSON}.")
    assert PERSON not in one_paragraph(project.run(*words), 2)
    assert bodies(kept)


def test_without_a_record_they_go_and_that_is_said(tmp_path: Path, kept: Path) -> None:
    project = support.example(tmp_path / "p", suites={"connection": SMALL["connection"]})
    project.must(*SCENARIO, "--keep-exchanges", str(kept))
    told = project.must("privacy", "erase", str(kept), "--reason", "Done.").out
    assert "no record here says so" in told
    assert not bodies(kept)
    assert not (project.folder / ".harness" / "ledger.sqlite3").exists()


def test_outside_of_a_project_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_PROJECT", raising=False)
    assert "Name the folder" in one_paragraph(support.run("privacy", "erase", "--due"), 2)
    assert support.run("privacy", "due", str(tmp_path)).out == "no exchanges are kept\n"
