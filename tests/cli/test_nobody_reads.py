"""Who reads what a command tells may stop, not begin, or have no room: it ends, no traceback."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from harness.cli import moving
from tests.cli import support
from tests.cli.support import Project

FEW = {"connection": ("service-answers",)}
COMMANDS = ["--help", "run --help", "explain", "contract points", "history", "verify", "run"]
REFUSED = {"nosuch": 2, "key": 2, "run --markers": 2, "gate --nosuch": 2, "open": 1}
"""Commands that tell on stderr why nothing is done, and their exit codes."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project with a record."""
    project = support.example(tmp_path_factory.mktemp("nobody") / "p", suites=FEW)
    project.must("project", "new")
    return project


def told(project: Project, words: str, out: IO[bytes] | int, err: int) -> tuple[int, bytes]:
    """Exit code and stderr, or stdout where the other goes to a place of ours."""
    command = [sys.executable, "-m", "harness", "--project", str(project.folder), *words.split()]
    with project.environment():
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
        done = subprocess.run(
            command, stdout=out, stderr=err, env=environment, check=False, timeout=60
        )
    said = done.stderr or done.stdout or b""
    assert b"Traceback" not in said
    assert b"Exception ignored" not in said
    return done.returncode, said


def unread() -> int:
    """A pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("words", COMMANDS)
def test_nobody_reads_the_result(project: Project, words: str) -> None:
    writing = unread()
    code, err = told(project, words, writing, subprocess.PIPE)
    os.close(writing)
    assert (code, err) == (1, b"")


@pytest.mark.parametrize("words", COMMANDS)
def test_nobody_reads_the_story(project: Project, words: str) -> None:
    """The result is whole where there is nothing to tell beside it."""
    writing = unread()
    code, out = told(project, words, subprocess.PIPE, writing)
    os.close(writing)
    assert code == 0
    assert out


@pytest.mark.parametrize("words", REFUSED)
def test_nobody_reads_why_it_is_refused(project: Project, words: str) -> None:
    """The exit code says so nevertheless: Python would leave with 120."""
    writing = unread()
    code, _ = told(project, words, writing, writing)
    os.close(writing)
    assert code == REFUSED[words]


@pytest.mark.parametrize("words", COMMANDS)
def test_there_is_no_room_for_the_result(project: Project, words: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, err = told(project, words, full, subprocess.PIPE)
    assert code == 2
    assert err.decode() == "harness: No space left on device: the system\n"


def test_there_is_no_room_for_a_new_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path, **_: object) -> None:
        raise shutil.Error([(str(source), str(target), f"[Errno 28] No space left: '{target}'")])

    monkeypatch.setattr(shutil, "copytree", full)
    result = support.run("init", str(tmp_path / "new"))
    assert result.code == 2
    assert " ".join(result.err.split()).startswith("harness: No space left: ")
    assert "scenarios" in result.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("step", ["export", "_add_the_rest"])
def test_a_bundle_that_could_not_be_made_leaves_no_folder(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "file")

    with monkeypatch.context() as patch:
        patch.setattr(moving, step, full)
        result = project.run("export", "--bundle", str(tmp_path / "bundle"))
    assert result.code == 2
    assert "folder cannot be made: No space left on device. Make room," in result.err
    assert not (tmp_path / "bundle").exists()
    project.must("export", "--bundle", str(tmp_path / "bundle"))
