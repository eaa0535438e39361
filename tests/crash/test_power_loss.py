"""C6: what the disk had not confirmed is gone, in any amount."""

import shutil
from pathlib import Path
from random import Random

import pytest

from harness.errors import IntegrityBroken
from harness.ledger.verify import verify
from tests.ledger.helpers import checkpoint_of, opened, step

pytestmark = pytest.mark.crash
FRAME = 24 + 4096
"""Bytes of a frame of the write-ahead log (SQLite file format, section 4.1)."""
HEADER = 32


@pytest.fixture
def crashed(ledger_path: Path, tmp_path: Path) -> Path:
    """A copy of ledger and log, as they lie on disk after five commits of two events each."""
    copy = tmp_path / "copy" / "ledger.sqlite3"
    copy.parent.mkdir()
    with opened(ledger_path) as ledger:
        project = ledger.project("demo")
        for _ in range(5):
            step(project)
            step(project)
            ledger.save(project, project.version - 2)
        shutil.copy(ledger_path, copy)
        shutil.copy(f"{ledger_path}-wal", f"{copy}-wal")
    return copy


@pytest.mark.parametrize("rest", ["gone", "zeros", "noise"])
def test_any_beginning_of_the_log_is_whole_transactions(
    crashed: Path, ledger_path: Path, rest: str
) -> None:
    log, random = Path(f"{crashed}-wal").read_bytes(), Random(rest)
    frames = range(HEADER, len(log) + 1, FRAME)
    cuts = sorted({0, 1, HEADER - 1, *frames, *(random.randrange(len(log)) for _ in range(20))})
    sizes = []
    for cut in cuts:
        size = len(log) - cut
        tail = {"gone": b"", "zeros": bytes(size), "noise": random.randbytes(size)}[rest]
        folder = crashed.parent / str(cut)
        folder.mkdir()
        place = folder / crashed.name
        shutil.copy(crashed, place)
        Path(f"{place}-wal").write_bytes(log[:cut] + tail)
        sizes.append(verify(place).size)
        if sizes[-1] < 18:
            with pytest.raises(IntegrityBroken, match="cut or rolled back"):
                verify(place, [checkpoint_of(ledger_path)])
    assert sorted(set(sizes)) == [8, 10, 12, 14, 16, 18]
    assert sizes == sorted(sizes)
