"""What a killed process leaves says that it is not finished, and is gone at the next occasion."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from harness.cli.exchanges import noted
from harness.ledger.backup import backup, restore
from harness.ledger.moving import export
from harness.ledger.verify import verify
from harness.proof.durable import begin, create, sweep, unfinished
from harness.proof.keys import PrivateKey
from harness.suite.evidence import evidence_files
from tests.crash.killing import evidence
from tests.ledger.helpers import fill

KILLED = """
import os, signal, sys
from pathlib import Path

def end(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

os.link = Path.replace = end
place, out = Path(sys.argv[1]), Path(sys.argv[2])
"""
"""A file is whole, and about to be given its name."""


def killed(code: str, place: Path, out: Path) -> list[str]:
    """The names that a process leaves, killed when it gives a file its name."""
    command = [sys.executable, "-c", KILLED + code, str(place), str(out)]
    assert (
        subprocess.run(command, check=False, cwd=Path(__file__).parents[2], timeout=60).returncode
        == -9
    )
    return sorted(each.name for each in out.parent.iterdir())


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger of eight events, in a folder of its own."""
    (tmp_path / "project").mkdir()
    fill(tmp_path / "project/ledger.sqlite3")
    return tmp_path / "project/ledger.sqlite3"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A file that is not there, in a folder of its own."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out/file"


BACKUP = "from harness.ledger.backup import backup; backup(place, out)"
WRITERS: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "backup": (BACKUP, backup),
    "export": ("from harness.ledger.moving import export; export(place, out)", export),
    "key": (
        "from harness.proof.keys import PrivateKey; PrivateKey.create(out)",
        lambda _, out: PrivateKey.create(out),
    ),
}


@pytest.mark.parametrize("what", WRITERS)
def test_the_next_of_the_same_kind_removes_it(ledger: Path, out: Path, what: str) -> None:
    code, again = WRITERS[what]
    (left,) = killed(code, ledger, out)
    assert left.startswith(".file.")
    assert left.endswith(".unfinished")
    again(ledger, out)
    assert list(out.parent.iterdir()) == [out]


def test_that_of_a_restore_is_removed_by_the_next(ledger: Path, out: Path) -> None:
    saved = ledger.with_name("saved.sqlite3")
    backup(ledger, saved)
    code = "from harness.ledger.backup import restore; restore(place, out)"
    (left,) = killed(code, saved, out)
    out.with_name(f"{left}-journal").touch()  # as SQLite leaves where it is killed itself
    assert restore(saved, out).whole
    assert list(out.parent.iterdir()) == [out]
    assert verify(out).size == 8


def test_that_of_evidence_is_removed_when_evidence_is_looked_for(out: Path) -> None:
    code = "from harness.suite.evidence import write_evidence; write_evidence(out, b'{}')"
    (left,) = killed(code, out, out)
    assert left.endswith(".unfinished")
    whole = out.with_name("whole.json")
    whole.write_bytes(evidence(1).to_bytes())
    assert evidence_files(out.parent) == [whole]
    assert [*out.parent.iterdir()] == [whole]


def test_that_of_a_note_of_kept_exchanges_is_no_note(tmp_path: Path) -> None:
    code = "from harness.cli.exchanges import _note; _note(out.parent.parent, 'r1', place)"
    place = tmp_path / "state"
    (left,) = killed(code, tmp_path, place / "kept/r1")
    assert left.endswith(".unfinished")
    assert noted(place) == {}


def test_what_is_being_written_is_left_alone(out: Path) -> None:
    with unfinished(out) as (place, file):
        file.write(b"text")
        sweep(out.parent)
        assert place.exists()
        create(out, b"whole")
    assert list(out.parent.iterdir()) == [out]
    begun, file = begin(out)
    file.close()
    assert begun.exists()
    sweep(out.parent)
    assert not begun.exists()


@pytest.mark.parametrize("name", [".file.unfinished", ".file.0123456.unfinished", "x.unfinished"])
def test_what_is_not_ours_is_left_alone(out: Path, name: str) -> None:
    out.with_name(name).touch()
    sweep(out.parent)
    assert [each.name for each in out.parent.iterdir()] == [name]


def test_what_is_swept_before_it_is_held_is_begun_again(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[Path] = []

    def lock(_: IO[bytes], __: int) -> None:
        if not swept:
            swept.extend(out.parent.iterdir())
            swept[0].unlink()

    monkeypatch.setattr(fcntl, "flock", lock)
    place, file = begin(out)
    file.close()
    assert place not in swept
    assert place.exists()


def test_where_nothing_can_be_held_all_is_written_and_nothing_swept(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system without locks."""

    def lock(*_: object) -> None:
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr(fcntl, "flock", lock)
    begun, file = begin(out)
    file.close()
    create(out, b"whole")
    sweep(out.parent)
    assert sorted(out.parent.iterdir()) == sorted([begun, out])


@pytest.mark.parametrize("name", ["n" * 250, "ä" * 120, "[*].x"])
def test_any_name_that_a_file_may_have(out: Path, name: str) -> None:
    place, file = begin(out.with_name(name))
    file.close()
    assert place.exists()
    sweep(out.parent)
    create(out.with_name(name), b"whole")
    assert [each.name for each in out.parent.iterdir()] == [name]
