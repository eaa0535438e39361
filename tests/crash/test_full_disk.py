"""C7, C8: a disk that takes no more; the old file stays, nothing half is left, and it is said."""

from pathlib import Path

import pytest

from harness.ledger.verify import verify
from tests.crash.killing import evidence
from tests.ledger.helpers import checkpoint_of, fill, on_a_full_disk, opened

pytestmark = pytest.mark.crash

FULL = """
import resource
from pathlib import Path
from harness.errors import HarnessError
from harness.ledger.verify import verify
from harness.proof import durable
from harness.suite.evidence import write_evidence
from tests.crash.killing import evidence
from tests.ledger.helpers import begin, opened
def full(room):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
"""


def saying(code: str) -> str:
    """What a process says whose files may not grow."""
    done = on_a_full_disk(FULL + code)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_evidence(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_bytes(evidence(1).to_bytes())
    said = saying(f"""
full(100)
for place in ({str(old)!r}, {str(new)!r}):
    try:
        write_evidence(Path(place), evidence(2).to_bytes())
    except HarnessError as error:
        print(error.exit_code, error)
""")
    first, second = said.splitlines()
    assert first == (
        f"2 {old}: the evidence cannot be written: File too large. "
        "Make room or give the folder write permission, then run again."
    )
    assert second.startswith(f"2 {new}: the evidence cannot be written")
    assert old.read_bytes() == evidence(1).to_bytes()
    assert list(tmp_path.iterdir()) == [old]


def test_evidence_that_has_no_folder(tmp_path: Path) -> None:
    """C9: said in the same words."""
    (tmp_path / "file").touch()
    said = saying(f"""
try:
    write_evidence(Path({str(tmp_path / "file" / "new.json")!r}), b"")
except HarnessError as error:
    print(error.exit_code, error)
""")
    assert said.startswith("2 ")
    assert "the evidence cannot be written" in said


def test_checkpoint(ledger_path: Path) -> None:
    """The record is safe before; the old checkpoint stays; the next opening catches up."""
    old = checkpoint_of(ledger_path).read_bytes()
    said = saying(f"""
ledger = opened(Path({str(ledger_path)!r}))
ledger.save(begin("other"), 0)
full(64)
ledger.close()
print(*(each.problem for each in ledger.publications))
""")
    assert said == "it cannot be written: File too large\n"
    assert checkpoint_of(ledger_path).read_bytes() == old
    assert verify(ledger_path).unpublished == 1
    with opened(ledger_path) as ledger:
        assert [each.tail for each in ledger.tail] == [1]
    assert sorted(each.name for each in ledger_path.parent.iterdir()) == [
        "ledger.checkpoint",
        "ledger.key",
        "ledger.sqlite3",
    ]


def test_any_other_file_that_is_replaced(tmp_path: Path) -> None:
    """State of the simulated account, messages of a signature: all go through one function."""
    place = tmp_path / "state.json"
    place.write_bytes(b"old")
    said = saying(f"""
full(100)
try:
    durable.replace(Path({str(place)!r}), bytes(200))
except OSError as error:
    print(error.strerror)
""")
    assert said == "File too large\n"
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]
    assert place.read_bytes() == b"old"


EVERY_PLACE = """
import os, sys
from harness.errors import LedgerError
from tests.crash.killing import apart
from tests.ledger.helpers import opened, reading, step
path = Path(sys.argv[1])
def act():
    with opened(path) as ledger:
        project = ledger.project("demo")
        full(room)
        try:
            while True:
                before = project.version
                step(project); step(project)
                ledger.save(project, before)
                print("confirmed", project.version, flush=True)
        except LedgerError as error:
            assert error.exit_code == 2 and "disk" in str(error), error
for room in range(0, 100_000, 5_000):
    assert os.waitstatus_to_exitcode(os.waitpid(apart(act), 0)[1]) == 0
    report = verify(path)
    with reading(path) as ledger:
        assert ledger.version("demo") == report.size
    print("found", report.size, flush=True)
"""


def test_a_ledger_at_every_place_where_room_may_end(ledger_path: Path) -> None:
    """C7: as SQLite tests its own: let the first write fail, then the next, and so on."""
    done = on_a_full_disk(FULL + EVERY_PLACE, str(ledger_path))
    assert done.returncode == 0, done.stderr
    confirmed, refused = 8, 0
    for word, number in (line.split() for line in done.stdout.splitlines()):
        if word == "confirmed":
            confirmed = int(number)
        else:
            refused += 1
            assert int(number) == confirmed, "lost, or half of a transaction, or not told"
    assert refused == 20
    assert confirmed > 30


def test_export(ledger_path: Path, tmp_path: Path) -> None:
    fill(ledger_path, 100)
    said = saying(f"""
from harness.ledger.moving import export
full(40_000)  # SQLite needs 32 KiB to read
try:
    export({str(ledger_path)!r}, Path({str(tmp_path / "ledger.jsonl")!r}))
except HarnessError as error:
    print(error.exit_code, error)
""")
    assert said == f"2 {tmp_path / 'ledger.jsonl'}: cannot be written: File too large\n"
    assert not list(tmp_path.glob("*.jsonl*"))
