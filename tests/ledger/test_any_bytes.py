"""Whatever lies where a ledger should: an explained error, or a sound ledger; never a traceback."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import LedgerError
from harness.ledger.verify import verify
from tests.ledger.helpers import fill, reading

FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger to damage copies of, and its checkpoint."""
    path = tmp_path_factory.mktemp("sound") / "ledger.sqlite3"
    fill(path, 6)
    return path


def judge(folder: Path, data: bytes, *, checkpoint: bytes | None = None) -> str:
    """How the readers take a file: ``sound``, or ``refused``; anything else raises."""
    path = folder / "ledger.sqlite3"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path.write_bytes(data)
    if checkpoint is not None:
        (folder / "ledger.checkpoint").write_bytes(checkpoint)
    try:
        with reading(path) as ledger:
            for project in ledger.projects():
                ledger.project(project)
            list(ledger.events())
    except LedgerError:
        pass
    try:
        report = verify(path)
    except LedgerError:
        return "refused"
    return f"sound {report.size}"


@FIXTURES
@given(data=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    assert judge(tmp_path / "any", data) == "refused"


@settings(FIXTURES, max_examples=150)
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_changed_byte(tmp_path: Path, sound: Path, place: float, mask: int) -> None:
    """A byte that SQLite or the tree looks at is noticed; in free space it changes nothing."""
    data = bytearray(sound.read_bytes())
    data[int(place * len(data))] ^= mask
    assert judge(tmp_path / "changed", bytes(data)) in {"refused", "sound 6"}


@settings(FIXTURES, max_examples=60)
@given(kept=st.floats(0, 1, exclude_max=True), junk=st.binary(max_size=50))
def test_any_cut(tmp_path: Path, sound: Path, kept: float, junk: bytes) -> None:
    data = sound.read_bytes()
    verdict = judge(tmp_path / "cut", data[: int(kept * len(data))] + junk)
    assert verdict in {"refused", "sound 6"}


@settings(FIXTURES, max_examples=60)
@given(
    data=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=40)
)
def test_any_damage(tmp_path: Path, sound: Path, data: list[tuple[float, int]]) -> None:
    damaged = bytearray(sound.read_bytes())
    for place, mask in data:
        damaged[int(place * len(damaged))] ^= mask
    assert judge(tmp_path / "damaged", bytes(damaged)) in {"refused", "sound 6"}


@settings(FIXTURES, max_examples=60)
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_changed_byte_of_the_checkpoint(
    tmp_path: Path, sound: Path, place: float, mask: int
) -> None:
    note = bytearray(sound.with_name("ledger.checkpoint").read_bytes())
    note[int(place * len(note))] ^= mask
    verdict = judge(tmp_path / "note", sound.read_bytes(), checkpoint=bytes(note))
    assert verdict == "refused"
