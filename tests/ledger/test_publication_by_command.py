"""Checkpoints handed to a command: after the commit, by writers only, never smaller over larger."""

import os
import select
import sys
import threading
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken
from harness.ledger import programs
from harness.ledger.application import Ledger
from harness.ledger.command import CommandPlace
from harness.ledger.places import Publication, places
from harness.ledger.verify import verify
from harness.proof import checkpoint
from tests.ledger.helpers import begin, checkpoint_of, fill, key_of, step

KEEP = """
import os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
note = sys.stdin.buffer.read()
calls = len(list(folder.glob("call-*")))
(folder / f"call-{calls:03}").write_bytes(note)
(folder / "variables").write_text("\\n".join(os.environ))
(folder / "kept").write_bytes(note)
"""
TELL = "import pathlib, sys; sys.stdout.buffer.write(pathlib.Path(sys.argv[1]).read_bytes())"


class Far:
    """A place that only a command reaches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @property
    def kept(self) -> Path:
        return self.folder / "kept"

    def sizes(self) -> list[int]:
        """Of the checkpoints that were handed over, in order."""
        calls = sorted(self.folder.glob("call-*"))
        return [checkpoint.read(each.read_bytes()).size for each in calls]

    def command(self, *, reading: bool = False, program: str = KEEP) -> CommandPlace:
        python = (sys.executable, "-I", "-c")
        read = (*python, TELL, str(self.kept)) if reading else ()
        publish = (*python, program, str(self.folder))
        return CommandPlace("mail", publish, read, 30, self.folder)


@pytest.fixture
def far(tmp_path: Path) -> Far:
    return Far(tmp_path / "far")


def opened(ledger: Path, command: CommandPlace) -> Ledger:
    return Ledger.open(ledger, key_of(ledger), checkpoints=[command])


def record(ledger: Path, command: CommandPlace) -> Publication:
    """One more event; what became of the command."""
    with opened(ledger, command) as at:
        project = at.project("demo")
        step(project)
        at.save(project, project.version - 1)
    return at.publications[-1]


def remembered(ledger: Path) -> Path:
    return ledger.with_name("ledger.mail.published")


def test_it_gets_the_checkpoint_and_nothing_twice(ledger_path: Path, far: Far) -> None:
    assert record(ledger_path, far.command()).published
    assert far.sizes() == [8, 9]
    assert far.kept.read_bytes() == checkpoint_of(ledger_path).read_bytes()
    assert remembered(ledger_path).read_bytes() == far.kept.read_bytes()
    with opened(ledger_path, far.command()):
        assert far.sizes() == [8, 9]


def test_it_runs_after_the_commit_and_keeps_nobody_waiting(ledger_path: Path, far: Far) -> None:
    """While the command runs, another process may record: here the command itself does."""
    program = f"""
import pathlib, sqlite3, sys
sys.stdin.buffer.read()
with sqlite3.connect({str(ledger_path)!r}, timeout=0) as ledger:
    (count,) = ledger.execute("SELECT count(*) FROM stored_events").fetchone()
    ledger.execute("BEGIN IMMEDIATE")
    ledger.rollback()
(pathlib.Path(sys.argv[1]) / "seen").write_text(str(count))
"""
    assert record(ledger_path, far.command(program=program)).problem == ""
    assert (far.folder / "seen").read_text() == "9"


@pytest.mark.parametrize("reading", [False, True])
def test_who_only_looks_runs_nothing(ledger_path: Path, far: Far, reading: bool) -> None:
    command = far.command(program="raise SystemExit(7)")
    if reading:
        command = CommandPlace("mail", command.publish, command.publish, 30, far.folder)
    with Ledger.open(ledger_path, Path("none"), readonly=True, checkpoints=[command]) as ledger:
        assert ledger.publications[-1].problem == "nothing is published here"
    report = verify(ledger_path, folders=[command])
    assert [str(each) for each in report.unasked] == ["command mail"]
    assert [each.place for each in report.held] == [checkpoint_of(ledger_path)]
    assert report.missing == ()


def test_what_was_handed_over_is_told_without_asking(ledger_path: Path, far: Far) -> None:
    command = far.command()
    record(ledger_path, command)
    fill(ledger_path, 2, "other")
    with Ledger.open(ledger_path, Path("none"), readonly=True, checkpoints=[command]) as ledger:
        assert ledger.publications[-1].problem == "2 signed entries are not published here yet"
    held = {each.place: each.size for each in verify(ledger_path, folders=[command]).held}
    assert held[remembered(ledger_path)] == 9


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("raise SystemExit(7)", "it ended with exit code 7"),
        ("import os; os.kill(os.getpid(), 9)", "it ended with exit code -9"),
    ],
)
def test_a_failure_is_told_and_made_up_for(
    ledger_path: Path, far: Far, program: str, problem: str
) -> None:
    told = record(ledger_path, far.command(program=program))
    assert (told.size, told.before, told.problem) == (9, None, problem)
    assert verify(ledger_path).size == 9
    with opened(ledger_path, far.command()) as ledger:
        (caught_up,) = ledger.tail
    assert (str(caught_up.place), caught_up.tail) == ("command mail", 9)
    assert far.sizes() == [9]


def test_a_program_that_is_not_there(ledger_path: Path, far: Far) -> None:
    command = CommandPlace("mail", ("no-such-program",), (), 30, far.folder)
    problem = "'no-such-program' cannot be run: No such file or directory"
    assert record(ledger_path, command).problem == problem


def test_one_that_hangs_is_ended_with_what_it_started(ledger_path: Path, far: Far) -> None:
    pipe = far.folder / "pipe"
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    words = ("sh", "-c", f"exec 3>{pipe}; echo started >&3; sleep 600 & wait")
    command = CommandPlace("mail", words, (), 3, far.folder)
    assert record(ledger_path, command).problem == "it did not end within 3 s"
    assert os.read(held, 100) == b"started\n" * 2  # on opening and on closing
    ready, _, _ = select.select([held], [], [], 30)
    assert ready
    assert os.read(held, 100) == b"", "somebody still holds the pipe"
    os.close(held)


def test_an_endless_answer_is_not_taken(ledger_path: Path, far: Far) -> None:
    endless = "import sys\nwhile True: sys.stdout.write('x' * 4096)"
    python = (sys.executable, "-I", "-c")
    command = CommandPlace(
        "mail", (*python, KEEP, str(far.folder)), (*python, endless), 30, far.folder
    )
    told = record(ledger_path, command)
    assert told.problem == f"it printed more than {programs.LIMIT} bytes"
    assert far.sizes() == []


@pytest.mark.parametrize("reading", [False, True])
def test_never_smaller_over_larger(ledger_path: Path, far: Far, reading: bool) -> None:
    old = ledger_path.read_bytes()
    command = far.command(reading=reading)
    far.kept.write_bytes(b"")
    record(ledger_path, command)
    ledger_path.write_bytes(old)
    checkpoint_of(ledger_path).unlink()
    if reading:
        remembered(ledger_path).unlink()  # what lies beside the ledger went with it
    with pytest.raises(IntegrityBroken, match="9 were published") as caught:
        record(ledger_path, command)
    assert caught.value.where == "command mail"
    assert far.sizes() == [8, 9]


def test_a_fork_is_not_handed_over(ledger_path: Path, far: Far, tmp_path: Path) -> None:
    old = ledger_path.read_bytes()
    command = far.command(reading=True)
    far.kept.write_bytes(b"")
    record(ledger_path, command)
    ledger_path.write_bytes(old)
    checkpoint_of(ledger_path).unlink()
    fill(ledger_path, 3, mark=1)
    with pytest.raises(IntegrityBroken, match="altered or forked"):
        opened(ledger_path, command)
    assert far.sizes() == [8, 9]


def test_a_new_ledger_asks_whether_it_follows_another(
    ledger_path: Path, far: Far, tmp_path: Path
) -> None:
    command = far.command(reading=True)
    far.kept.write_bytes(checkpoint_of(ledger_path).read_bytes())
    other = tmp_path / "other" / "ledger.sqlite3"
    with pytest.raises(IntegrityBroken, match="its ledger is gone"):
        Ledger.open(other, key_of(other), create=True, checkpoints=[command])


def test_one_that_cannot_be_asked_does_not_keep_a_ledger_from_beginning(
    tmp_path: Path, far: Far
) -> None:
    path = tmp_path / "new" / "ledger.sqlite3"
    command = CommandPlace("mail", ("false",), ("false",), 30, far.folder)
    with Ledger.open(path, key_of(path), create=True, checkpoints=[command]) as ledger:
        assert ledger.created
    assert ledger.publications[-1].problem == "it ended with exit code 1"


def test_two_processes_hand_over_one_after_the_other(ledger_path: Path, far: Far) -> None:
    """The lock is held elsewhere: this one waits, then sees what the other one handed over."""
    command = far.command()
    bound = places(ledger_path, [command])[1]
    assert isinstance(bound, CommandPlace)
    with opened(ledger_path, command) as ledger:
        ledger.save(begin("other"), 0)
        newest = ledger._recorder.newest_head()
        with bound.alone():
            waiting = threading.Thread(target=ledger._hand_over, args=(bound,))
            waiting.start()
            bound.write(newest.note, None)
        waiting.join(30)
        assert not waiting.is_alive()
        assert far.sizes() == [8, 9]


def test_the_ledgers_own_variables_are_not_passed_on(
    ledger_path: Path, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_ACTOR_KEY", "somewhere")
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("TOKEN_OF_THE_COMMAND", "its own")
    record(ledger_path, far.command())
    seen = (far.folder / "variables").read_text().splitlines()
    assert "TOKEN_OF_THE_COMMAND" in seen
    assert not [name for name in seen if name.startswith(("HARNESS_", "PG"))]


def test_what_cannot_be_remembered_is_handed_over_again(ledger_path: Path, far: Far) -> None:
    remembered(ledger_path).with_suffix(".lock").mkdir()
    told = record(ledger_path, far.command())
    assert told.problem == "what it was given cannot be remembered: Is a directory"
    assert far.sizes() == []
