"""``harness ledger`` as a user calls it."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from harness.ledger import filesystems
from tests.cli.support import Project, one_paragraph

At = Callable[[str], Project]


@pytest.fixture
def project(at: At) -> Project:
    """A project of a few events, whose ledger publishes to a second folder as well."""
    made = at("created")
    settings = made.folder / "harness.toml"
    settings.write_text(
        f'{settings.read_text("utf-8")}\n[ledger]\ncheckpoints = ["elsewhere"]\n', "utf-8"
    )
    (made.folder / "elsewhere").mkdir()
    made.must("pin", "contract", by="developer")
    return made


def ledger_of(project: Project) -> Path:
    return project.folder / ".harness" / "ledger.sqlite3"


def test_a_backup_and_the_way_back(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "monday.sqlite3"
    told = project.must("ledger", "backup", str(file))
    size = project.size()
    assert told.out.startswith(f"{file}: {size} entries as sealed\n  log   connection-harness/")
    elsewhere = project.folder / "elsewhere" / "ledger.checkpoint"
    assert f"  vouched for up to entry {size} by {elsewhere}\n" in told.out
    assert "writes over nothing" in one_paragraph(project.run("ledger", "backup", str(file)), 2)
    assert "lies here already" in one_paragraph(project.run("ledger", "restore", str(file)), 2)
    ledger_of(project).unlink()
    restored = project.must("ledger", "restore", str(file), "--json").data
    assert (restored["file"], restored["size"]) == (str(ledger_of(project)), size)
    assert (restored["whole"], restored["aside"]) == (True, None)
    assert project.must("verify", "--json").data["unsealed"] == 0


def test_files_beside_the_ledger_go_along(at: At, tmp_path: Path) -> None:
    project, file = at("shown"), tmp_path / "monday.sqlite3"
    kept = sorted((project.folder / ".harness" / "ledger.files" / "sha256").iterdir())
    assert kept
    told = project.must("ledger", "backup", str(file)).out
    assert f"  files kept beside it: {len(kept)}, each as it was\n" in told
    before = project.must("verify").out
    shutil.rmtree(project.folder / ".harness" / "ledger.files")
    ledger_of(project).unlink()
    assert project.must("ledger", "restore", str(file), "--json").data["files"] == len(kept)
    assert project.must("verify").out == before
    (one, *_) = (tmp_path / "monday.files" / "sha256").iterdir()
    one.chmod(0o600)
    one.write_bytes(b"another")
    text = one_paragraph(project.run("ledger", "restore", str(file), "--aside"), 3)
    assert "is not what it was" in text


def test_an_old_backup_says_what_is_gone(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "monday.sqlite3"
    project.must("ledger", "backup", str(file))
    size = project.size()
    project.must("pin", "suite", "connection", by="developer")
    result = project.run("ledger", "restore", str(file), "--aside")
    assert result.code == 3
    beside = ledger_of(project).with_name("ledger.checkpoint")
    gone = f"vouches for {size + 1} entries; entry {size + 1} is not in this ledger\n"
    assert f"  MISSING: {beside} {gone}" in result.out
    assert "what was there before: " in result.out
    assert "agree with the other party what was lost" in result.out
    assert project.run("gate").code == 3
    told = project.must("ledger", "info")
    assert f"  MISSING: {beside} {gone}" in told.out
    (aside,) = ledger_of(project).parent.glob("*.aside-*Z")
    project.must("ledger", "restore", str(aside), "--aside")
    assert project.must("verify", "--json").data["size"] == size + 1


def test_who_it_is_and_where(project: Project) -> None:
    data = project.must("ledger", "info", "--json").data
    verified = project.must("verify", "--json").data
    same = ("ledger", "origin", "key", "size", "root")
    assert {name: data[name] for name in same} == {name: verified[name] for name in same}
    assert data["format"] == 1
    assert data["key_file_exists"]
    assert [each["size"] for each in data["checkpoints"]] == [project.size()] * 2
    text = project.must("ledger", "info").out
    assert str(project.folder / ".harness" / "ledger.key") in text
    (project.folder / ".harness" / "ledger.key").unlink()
    assert "no such file: nothing can be recorded" in project.must("ledger", "info").out


def conditions(project: Project, code: int = 0) -> dict[str, tuple[str, str]]:
    """Of each thing that was looked at the worst, and what was seen of it."""
    result = project.run("ledger", "check", "--json")
    assert result.code == code, result
    found: dict[str, tuple[str, str]] = {}
    for each in sorted(result.data, key=lambda row: row["condition"] != "good"):
        found[each["name"]] = (each["condition"], each["seen"])
        assert bool(each["todo"]) is (each["condition"] != "good")
    return found


def test_a_good_one(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    found = conditions(project)
    assert {state for state, _ in found.values()} == {"good"}
    assert set(found) == {
        *("structure", "list", "checkpoint", "file system", "SQLite", "key", "rights")
    }
    text = project.must("ledger", "check").out
    assert text.startswith("good  structure: tables, index and guards are a ledger's; ")


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((3, 40, 1), "note"),
        ((3, 50, 6), "note"),
        ((3, 50, 7), "good"),
        ((3, 51, 2), "note"),
        ((3, 51, 3), "good"),
        ((3, 54, 0), "good"),
    ],
)
def test_the_version_of_sqlite(
    project: Project, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], state: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert conditions(project)["SQLite"][0] == state


def test_what_lies_around_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    file, key = ledger_of(project), project.folder / ".harness" / "ledger.key"
    (project.folder / "elsewhere" / "ledger.checkpoint").unlink()
    assert "nothing is published here" in conditions(project)["checkpoint"][1]
    file.chmod(0o666)
    assert conditions(project)["rights"] == (
        "note",
        "others may write the ledger, or replace it in its folder",
    )
    file.chmod(0o644)
    os.link(file, file.with_name("second-name"))
    assert conditions(project, 1)["names"][0] == "bad"
    file.with_name("second-name").unlink()
    shutil.copy(project.key("developer"), key)
    assert "another key" in conditions(project, 1)["key"][1]
    key.chmod(0o644)
    assert conditions(project, 1)["key"][0] == "bad"
    key.unlink()
    assert conditions(project, 1)["key"][0] == "bad"
    mounts = project.folder / "mountinfo"
    mounts.write_text("27 1 0:4 / / rw - nfs4 files.example:/x rw\n")
    monkeypatch.setattr(filesystems, "MOUNTS", mounts)
    assert conditions(project, 1)["file system"] == ("bad", "/ is nfs4, a network file system")
    mounts.unlink()
    assert conditions(project, 1)["file system"][0] == "note"


def test_the_only_checkpoint_beside_the_ledger(at: At) -> None:
    assert conditions(at("created"))["checkpoint"] == (
        "note",
        "the only checkpoint lies beside the ledger",
    )


def test_what_is_broken_is_said_at_once(project: Project) -> None:
    checkpoint = ledger_of(project).with_name("ledger.checkpoint")
    good = checkpoint.read_bytes()
    checkpoint.write_bytes(good.replace(b"\n1\n", b"\n7\n").replace(b"\n2\n", b"\n7\n"))
    one_paragraph(project.run("ledger", "check"), 3)
    assert "NOT THIS ONE" in project.must("ledger", "info").out
    checkpoint.write_bytes(good)
    with closing(sqlite3.connect(ledger_of(project))) as connection:
        connection.execute("DROP TRIGGER tree_heads_no_update")
    assert "guards" in one_paragraph(project.run("ledger", "check"), 3)


def test_a_damaged_page_is_seen(project: Project) -> None:
    data = bytearray(ledger_of(project).read_bytes())
    with closing(sqlite3.connect(ledger_of(project))) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_stored_events_1'"
        ).fetchone()
    start = (page - 1) * 4096
    data[start + 8 : start + 40] = bytes(32)
    ledger_of(project).write_bytes(data)
    text = one_paragraph(project.run("ledger", "check"), 3)
    assert "damaged" in text


def test_there_is_one_format(project: Project) -> None:
    assert "the newest there is: nothing to do" in project.must("ledger", "migrate").out
    assert project.must("ledger", "migrate", "--json").data["changed"] is False
    for newer, code, said in ((2, 2, "written by a newer version"), (0, 3, "no release wrote")):
        with closing(sqlite3.connect(ledger_of(project), isolation_level=None)) as connection:
            (guard,) = connection.execute(
                "SELECT sql FROM sqlite_master WHERE name = 'ledger_info_no_update'"
            ).fetchone()
            connection.execute("DROP TRIGGER ledger_info_no_update")
            connection.execute("UPDATE ledger_info SET format = ?", (newer,))
            connection.execute(guard)
        assert said in one_paragraph(project.run("ledger", "migrate"), code)


@pytest.mark.parametrize("words", ["check", "info", "migrate", "backup copy"])
def test_there_is_none(at: At, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project = at("new")
    monkeypatch.chdir(project.folder)
    assert "there is no ledger here" in one_paragraph(project.run("ledger", *words.split()), 2)
    assert not ledger_of(project).exists()
