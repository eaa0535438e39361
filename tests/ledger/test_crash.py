"""Crashes, full disks, locks and crowds: nothing acknowledged is lost, nothing is half there.

After every fault the ledger is opened again and verified. Kills at random instants are in
``tests/crash``.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from harness.errors import LedgerError
from harness.ledger.application import RecordedMeanwhile
from harness.ledger.database import Database
from harness.ledger.verify import verify
from harness.ledger_url import LedgerPlace
from tests.ledger.helpers import (
    PEKKA,
    begin,
    checkpoint_of,
    fill,
    on_a_full_disk,
    opened,
    reading,
    step,
)

pytestmark = pytest.mark.crash
WRITER = """
import sys
from pathlib import Path
from tests.ledger.helpers import begin, opened, step
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with opened(path, create=True) as ledger:
    if not ledger.version(name):
        ledger.save(begin(name), 0)
    project = ledger.project(name)
    print("ready", flush=True)
    for _ in range(count):
        before = project.version
        step(project)
        step(project)
        ledger.save(project, before)
        print(project.version, flush=True)
        if before % 3 == 0:
            ledger.publish()
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("step_number", range(6))
def test_c2_c3_killed_while_publishing(ledger_path: Path, step_number: int) -> None:
    """Killed before each step of publishing: the old checkpoint or the new one is there."""
    code = f"""
import os, signal
from pathlib import Path
from tests.ledger.helpers import begin, opened
count = 0
def counted(real):
    def call(*args, **kwargs):
        global count
        if args[0] == published:  # it is read first, and written under another name
            return real(*args, **kwargs)
        if count == {step_number}:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1
        return real(*args, **kwargs)
    return call
published = Path({str(ledger_path.with_suffix(".checkpoint"))!r})
ledger = opened(Path({str(ledger_path)!r}))
ledger.save(begin("other"), 0)
os.fsync = counted(os.fsync)
os.open = counted(os.open)
Path.replace = counted(Path.replace)
ledger.close()
print("done")
"""
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    finished = result.stdout.strip() == "done"
    assert finished == (step_number > 4), result.stderr
    assert verify(ledger_path).vouched == (9 if step_number >= 3 else 8)
    with opened(ledger_path) as ledger:
        assert [each.tail for each in ledger.tail] == ([] if step_number >= 3 else [1])
    assert verify(ledger_path).unpublished == 0


def test_c7_a_full_disk_leaves_nothing_half(ledger_path: Path) -> None:
    code = f"""
import resource, signal
from pathlib import Path
from harness.errors import LedgerError
from tests.ledger.helpers import opened, step
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ledger = opened(Path({str(ledger_path)!r}))
project = ledger.project("demo")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    while True:
        before = project.version
        step(project); step(project)
        ledger.save(project, before)
        print(project.version, flush=True)
except LedgerError as error:
    print(type(error).__name__, error.exit_code, error)
"""
    result = on_a_full_disk(code)
    *versions, said = result.stdout.splitlines()
    assert said.startswith("LedgerError 2"), result.stderr
    assert "disk" in said
    report = verify(ledger_path)
    assert report.size == int(versions[-1]) > 8
    fill(ledger_path, 1)
    assert verify(ledger_path).size == report.size + 1


def test_c9_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such" / "ledger.sqlite3"
    with pytest.raises(LedgerError, match=r"folder cannot be created.*create the ones above"):
        opened(path, create=True)
    with pytest.raises(LedgerError, match="no ledger here"):
        opened(path)
    with pytest.raises(LedgerError, match="no ledger here"):
        verify(path)


PRELUDE = """
import os
import cryptography.exceptions
from pathlib import Path
from harness.errors import LedgerError
from harness.joining.events import EVENTS
from harness.joining.project import JoiningProject
from harness.ledger.codec import Codec
from harness.ledger.application import Ledger
from harness.ledger.database import Database
from harness.ledger.verify import verify
from harness.ledger_url import LedgerPlace
from harness.proof.keys import PrivateKey
PrivateKey.generate()
Codec(EVENTS).schema("joining.SignedOff.v1")
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
"""


def as_nobody(code: str) -> str:
    """Run code as a user without rights, when we are one who has all."""
    result = subprocess.run(
        [sys.executable, "-c", PRELUDE + code], check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def public_ledger(ledger_path: Path) -> Iterator[Path]:
    """A ledger on read-only media: everybody may read it, nobody may write."""
    folder = Path("/tmp") / f"harness-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    for each in (ledger_path, checkpoint_of(ledger_path)):
        shutil.copy(each, folder)
        (folder / each.name).chmod(0o444)
    folder.chmod(0o555)
    yield folder / ledger_path.name
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_c9_read_only_media_can_be_read_and_verified(public_ledger: Path) -> None:
    code = f"""
path = Path({str(public_ledger)!r})
print(verify(path).size)
with Ledger.open(path, Path("none"), readonly=True) as ledger:
    print(ledger.project("demo").version)
"""
    assert as_nobody(code).split() == ["8", "8"]


def test_c9_read_only_media_are_not_written(public_ledger: Path) -> None:
    code = f"""
try:
    with Database(Path({str(public_ledger)!r}), readonly=False).transaction(commit=True):
        print("writable")
except LedgerError as error:
    print(error)
"""
    said = as_nobody(code)
    assert "read-only" in said or "cannot be opened" in said


def test_c10_a_locked_ledger_says_so(ledger_path: Path) -> None:
    with closing(sqlite3.connect(ledger_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="in use by another process"):
            opened(ledger_path, busy_seconds=0.05)
        assert verify(ledger_path).size == 8
        other.execute("ROLLBACK")
    fill(ledger_path, 1)
    assert verify(ledger_path).size == 9


def test_c10_a_lock_taken_meanwhile_records_nothing(ledger_path: Path) -> None:
    with opened(ledger_path, busy_seconds=0.05) as ledger:
        project = ledger.project("demo")
        step(project)
        with closing(sqlite3.connect(ledger_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerError, match=r"in use.*nothing was recorded"):
                ledger.save(project, 8)
            other.execute("ROLLBACK")
        again = ledger.project("demo")
        step(again)
        assert ledger.save(again, 8)[0].position == 9


def test_c11_four_writers_at_once(tmp_path: Path) -> None:
    """Also the creation of ledger and key is a race of four."""
    path = tmp_path / "ledger.sqlite3"
    names = ["one", "two", "three", "four"]
    running = [writer(path, name, 15) for name in names]
    for process in running:
        _, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
    report = verify(path)
    assert report.size == 4 * 31
    assert sorted(report.projects) == sorted(names)
    assert report.unpublished == 0
    with reading(path) as ledger:
        assert {ledger.version(name) for name in names} == {31}


OPERATOR = """
import sys
from pathlib import Path
from harness.ledger.application import RecordedMeanwhile
from tests.ledger.helpers import opened, step
with opened(Path(sys.argv[1])) as ledger:
    project = ledger.project("demo")
    step(project, mark=int(sys.argv[2]))
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        ledger.save(project, project.version - 1)
        print("won")
    except RecordedMeanwhile as error:
        print("lost:", len(error.events))
"""


def test_two_operators_at_once_in_two_processes(ledger_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", OPERATOR, str(ledger_path), str(mark)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for mark in (1, 2)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    said = sorted(process.communicate("go\n", timeout=60)[0].strip() for process in running)
    assert said == ["lost: 1", "won"]
    assert verify(ledger_path).size == 9


def test_two_operators_at_once_in_two_threads(ledger_path: Path) -> None:
    barrier = Barrier(2)
    with opened(ledger_path) as ledger:

        def operate(mark: int) -> str:
            project = ledger.project("demo")
            step(project, mark=mark, actor=PEKKA)
            barrier.wait()
            try:
                ledger.save(project, 8)
            except RecordedMeanwhile as error:
                return f"lost: {error.events[0].version}"
            return "won"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(operate, (1, 2))) == ["lost: 9", "won"]
    assert verify(ledger_path).size == 9


def test_many_threads_on_their_own_projects(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:

        def operate(number: int) -> int:
            project = begin(f"p{number}")
            for _ in range(5):
                step(project)
            return ledger.save(project, 0)[-1].version

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(operate, range(12))) == {6}
    assert verify(kept).size == 8 + 72


def test_a_writer_sees_what_was_committed_before_its_turn(ledger_path: Path) -> None:
    """A transaction that will write takes the lock before it reads anything."""
    one = Database(ledger_path, readonly=False, busy_seconds=0.05)
    two = Database(ledger_path, readonly=False, busy_seconds=0.05)
    with one.transaction(commit=True) as cursor:
        cursor.execute("SELECT 1")
        with pytest.raises(LedgerError, match="in use"), two.transaction(commit=True):
            pytest.fail("two writers at once")
    one.close()
    two.close()


@pytest.mark.parametrize("kept", [0, 1, 100, 4096, 5000, 20_000])
def test_c13_a_truncated_file_is_explained(ledger_path: Path, kept: int) -> None:
    data = ledger_path.read_bytes()
    ledger_path.write_bytes(data[:kept])
    for opening in (opened, reading, verify):
        with pytest.raises(LedgerError) as caught:
            opening(ledger_path)
        assert caught.value.todo


@pytest.mark.parametrize("data", [b"not a database", b"SQLite format 3\0", b"\0" * 100_000])
def test_c14_what_is_no_database_is_explained(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(data)
    for opening in (reading, verify):
        with pytest.raises(LedgerError, match=r"not a ledger|damaged"):
            opening(path)
    assert path.read_bytes() == data


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    for opening in (reading, verify):
        with pytest.raises(LedgerError, match="this is a folder"):
            opening(tmp_path)


def test_a_pipe_is_no_ledger_and_nobody_waits_for_its_other_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    other_end = os.open(pipe, os.O_RDWR)  # else the mistake would wait, not fail
    os.write(other_end, b"no database" * 100)
    try:
        for opening in (reading, verify):
            with pytest.raises(LedgerError, match="this is a pipe or a device"):
                opening(pipe)
    finally:
        os.close(other_end)


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE accounts (id)")
    for opening in (reading, verify):
        with pytest.raises(LedgerError, match="not a ledger of the harness"):
            opening(path)
    with pytest.raises(LedgerError, match="not a ledger of the harness"):
        opened(path, create=True)


def test_a_newer_format_is_refused(ledger_path: Path) -> None:
    with closing(sqlite3.connect(ledger_path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER ledger_info_no_update")
        connection.execute("UPDATE ledger_info SET format = 2")
        connection.execute("CREATE TABLE something_new (x)")
    for opening in (opened, reading, verify):
        with pytest.raises(LedgerError, match=r"newer version \(format 2"):
            opening(ledger_path)
