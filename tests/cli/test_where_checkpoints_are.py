"""What the commands say of key and checkpoints: where they lie, and what that proves."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.support import Project, one_paragraph

At = Callable[[str], Project]


def configure(project: Project, text: str) -> None:
    with (project.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def record(project: Project, number: int = 0) -> str:
    """Record a form; what was told meanwhile."""
    (form,) = project.folder.glob(f"forms/{number}-*.toml")
    return project.must("phase", "record", "--form", str(form), by="developer").err


def test_beside_the_key_it_proves_nothing(at: At) -> None:
    project = at("pinned")
    told = record(project)
    own = project.folder / ".harness/ledger.checkpoint"
    assert f"checkpoint of {project.size()} entries: {own}" in told
    assert f"sealed with {project.folder / '.harness/ledger.key'}" in told
    nothing = f"what that proves: nothing against whoever can write to {own.parent}"
    assert nothing in told
    checked = project.must("verify").out
    assert f"private key: {own.with_suffix('.key')}" in checked
    assert nothing in checked


def test_a_key_that_is_not_there_is_not_said_to_lie_there(at: At) -> None:
    project = at("pinned")
    own = project.folder / ".harness/ledger.checkpoint"
    own.with_suffix(".key").unlink()
    checked = project.must("verify").out
    assert f"private key: not here ({own.with_suffix('.key')} is no file)" in checked
    proves = f"nothing against whoever has the key and can write to {own.parent}, where every"
    assert f"what that proves: {proves} checkpoint lies" in checked


def test_a_key_in_another_folder_is_not_said_to_lie_with_the_checkpoint(
    at: At, tmp_path: Path
) -> None:
    project, there = at("pinned"), tmp_path / "there"
    there.mkdir()
    for name in ("ledger.sqlite3", "ledger.checkpoint"):
        shutil.copy(project.folder / ".harness" / name, there)
    checked = project.must("--ledger", str(there / "ledger.sqlite3"), "verify").out
    proves = f"nothing against whoever has the key and can write to {there}, where every"
    assert f"what that proves: {proves} checkpoint lies" in checked


def test_elsewhere_it_is_said_where_and_up_to_which_entry(at: At, tmp_path: Path) -> None:
    project = at("pinned")
    audit = tmp_path / "audit.git"
    subprocess.run(["git", "init", "-q", "--bare", str(audit)], check=True)
    ref = "refs/heads/checkpoints"
    configure(project, f'[[ledger.git]]\nrepository = "{audit}"\nref = "{ref}"')
    told = record(project)
    proves = f"up to entry {project.size()}, any change shows against {audit}#{ref}, unless"
    assert f"what that proves: {proves}" in told
    assert proves in project.must("verify", "--json").data["what_that_proves"]
    assert (
        f"vouched for up to entry {project.size()} by {audit}#{ref}" in project.must("verify").out
    )


COMMANDS = """
[[ledger.command]]
name = "post"
publish = [{python}, "-c", "import sys; open('posted', 'wb').write(sys.stdin.buffer.read())"]
read = [{python}, "-c", "import sys; open('asked', 'a'); sys.exit(not open('posted').read())"]
"""


def test_who_only_looks_runs_no_command(at: At, tmp_path: Path) -> None:
    project = at("pinned")
    configure(project, COMMANDS.format(python=json.dumps(sys.executable)))
    (project.folder / "posted").write_text("")
    export = str(tmp_path / "record.jsonl")
    for words in (
        ["verify"], ["gate"], ["history"], ["replay", "--verify"], ["project", "show"],
        ["project", "list"], ["diff-state", "1", "2"], ["export", export],
    ):  # fmt: skip
        result = project.run(*words)
        assert result.code == (1 if words == ["gate"] else 0), result
    assert not (project.folder / "asked").exists()
    assert "not asked: command post, because who only looks runs nothing" in (
        project.must("verify").out
    )
    record(project)
    assert (project.folder / "asked").exists()


def test_an_old_backup_is_compared_with_every_place(at: At, tmp_path: Path) -> None:
    project, audit, saved = at("pinned"), tmp_path / "audit.git", tmp_path / "monday.sqlite3"
    subprocess.run(["git", "init", "-q", "--bare", str(audit)], check=True)
    ref = "refs/heads/checkpoints"
    configure(project, f'[[ledger.git]]\nrepository = "{audit}"\nref = "{ref}"')
    configure(project, '[[ledger.command]]\nname = "post"\npublish = ["sh", "-c", "cat >> posted"]')
    project.must("ledger", "backup", str(saved))
    record(project)
    own, posted = project.folder / ".harness/ledger.checkpoint", project.folder / "posted"
    own.unlink()
    handed_over = posted.read_text("utf-8")
    result = project.run("ledger", "restore", str(saved), "--aside")
    for place in (f"{audit}#{ref}", str(own.with_name("ledger.post.published"))):
        assert f"  MISSING: {place} vouches for" in result.out
    assert result.code == 3
    assert "were published: it was cut" in one_paragraph(project.run("ledger", "check"), 3)
    text = one_paragraph(project.run("ledger", "backup", str(tmp_path / "again")), 3)
    assert "were published: it was cut" in text
    assert posted.read_text("utf-8") == handed_over


def test_a_command_that_fails_is_told_without_its_words(at: At) -> None:
    project = at("pinned")
    program = json.dumps(["sh", "-c", "exit 4", "--token=hunter2"])
    configure(project, f'[[ledger.command]]\nname = "post"\npublish = {program}')
    before = project.size()
    told = record(project)
    assert project.size() > before
    assert "checkpoint command post: it ended with exit code 4" in told
    assert "hunter2" not in told
    cannot = "not asked: command post, which cannot be: it has no command that reads"
    assert cannot in project.must("verify").out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[ledger.git]]\nrepository = "x"\nref = "main"', "[ledger.git.0] ref"),
        ('[[ledger.git]]\nrepository = "x"\nref = "refs/heads/-x"', "[ledger.git.0] ref"),
        ('[[ledger.command]]\nname = "a"\npublish = []', "[ledger.command.0] publish"),
        ('[[ledger.command]]\nname = "a"\npublish = "ls"', "[ledger.command.0] publish"),
        ('[[ledger.command]]\nname = "a"\npublish = ["a"]\nseconds = 61', "seconds"),
        ('[[ledger.command]]\nname = "a"\npublish = ["a"]\n' * 2, "have one name"),
    ],
)
def test_a_mistaken_place_is_named(at: At, text: str, words: str) -> None:
    project = at("shown")
    configure(project, text)
    assert words in " ".join(one_paragraph(project.run("verify"), 2).split())
