"""``harness project list``: phase, the gate as it was last recorded, and the last evidence."""

import contextlib
import sqlite3
from collections.abc import Callable
from typing import Any

from tests.cli.support import ID, Project

At = Callable[[str], Project]


def listed(project: Project, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = project.must("project", "list", "--json", *words).data
    return found


def alter(project: Project, statement: str) -> None:
    ledger = project.folder / ".harness" / "ledger.sqlite3"
    with contextlib.closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
        connection.execute(statement)


def test_asking_the_gate_is_not_recorded_and_not_told(at: At) -> None:
    project = at("pinned")
    assert project.run("gate").code == 1
    (row,) = listed(project)
    assert (row["id"], row["phase"], row["gate"], row["evidence"]) == (ID, 0, None, None)
    assert "not judged" in project.must("project", "list").out


def test_a_refused_opening_is_told_with_what_came_since(at: At) -> None:
    project = at("requested")
    refused = project.run("open", "--json", by="owner").data
    (row,) = listed(project)
    event = project.events("OpeningRefused")[-1]
    assert row["gate"] == {
        "open": False,
        "objections": len(refused["objections"]),
        "recorded": event["at"],
        "judged_version": event["version"] - 1,
        "on_withdrawn_evidence": False,
        "events_since": 0,
    }
    project.must("request-opening", by="owner")
    assert listed(project)[0]["gate"]["events_since"] == 1
    text = project.must("project", "list").out
    assert f"closed {event['at'][:10]}" in text
    assert "1 objection, 1 event since" in text


def test_an_opened_project_and_its_last_evidence(at: At) -> None:
    project = at("opened")
    (row,) = listed(project)
    assert (row["gate"]["open"], row["gate"]["objections"]) == (True, 0)
    last = project.events("TestRunRecorded")[-1]
    run = last["event"]["run"]
    assert row["evidence"] == {
        "digest": run["digest"],
        "suite": run["suite"],
        "level": run["level"],
        "driver": run["driver"],
        "verdict": "passed",
        "withdrawn": False,
        "started": run["started"],
        "recorded": last["at"],
    }
    assert "  open   opened " in project.must("project", "list").out


def test_filters_by_phase_and_party(at: At) -> None:
    project = at("signed")
    (row,) = listed(project)
    name = row["organisations"][0]["name"]
    for words in (("--phase", "6"), ("--party", name.upper()), ("--party", name[2:6])):
        assert listed(project, *words) == [row]
    for words in (("--phase", "5"), ("--party", "nobody of that name")):
        assert listed(project, *words) == []
    assert project.must("project", "list", "--phase", "5").out == "no projects\n"


def test_a_list_behind_the_record_is_told_and_written_anew(at: At) -> None:
    project = at("signed")
    expected = listed(project)
    alter(project, "UPDATE portfolio_stand SET position = 1")
    result = project.must("project", "list", "--json")
    assert result.data == expected
    assert "harness project list --rebuild" in result.err
    assert "list of projects: behind" in project.must("verify").out
    again = project.must("project", "list", "--json", "--rebuild", by="developer")
    assert again.data == expected
    assert "--rebuild" not in project.must("project", "list").err


def test_a_list_that_was_altered_does_nothing_to_a_terminal(at: At) -> None:
    """Whoever can write the file can write the list, without the key: it is shown as text."""
    project = at("pinned")
    evil = "'\x1b]0;x\x07\u202e' || char(10) || 'other  joining  open'"
    alter(project, f"UPDATE portfolio SET name = {evil}")
    told = project.must("project", "list").out
    assert "\\x1b]0;x\\x07\\u202e\\nother  joining  open" in told
    assert (len(told.splitlines()), set(told) & set("\x1b\x07\u202e")) == (2, set())


def test_verify_finds_a_list_that_lies(at: At) -> None:
    project = at("signed")
    assert "list of projects: as recorded" in project.must("verify").out
    alter(project, "UPDATE portfolio SET gate = 'open'")
    result = project.run("verify", "--json")
    assert result.code == 3
    assert result.data["portfolio"] == "differs"
    assert "the record is as sealed, but the list of projects" in " ".join(result.err.split())
    assert project.run("gate").code == 1, "the gate does not read the list"
    project.must("project", "list", "--rebuild")
    assert project.must("verify", "--json").data["portfolio"] == "as recorded"
