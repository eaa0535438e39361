"""L20: an export without an end, in any direction, is refused or costs no memory."""

import os
import tracemalloc
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken, LedgerError
from harness.joining.events import EVENTS
from harness.ledger import codec, exported, verify_ledger
from harness.ledger.codec import Codec
from harness.ledger.keyring import Keys
from harness.ledger.moving import export
from harness.ledger.seal import Entry
from harness.ledger.verify import _Tree, verify_export
from harness.limits import MIB
from harness.proof.keys import PrivateKey
from tests.ledger.helpers import opened, step

pytestmark = pytest.mark.attacks


def test_a_device_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (Path("/dev/zero"), tmp_path / "pipe"):
        with pytest.raises(LedgerError, match="this is a pipe or a device"):
            verify_export(place)


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "nothing"])
@pytest.mark.parametrize("role", ["export", "checkpoint"])
def test_the_one_file_verifier_waits_for_none_either(
    ledger_path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    role: str,
) -> None:
    """Nor for one that takes the place of a file that somebody has looked at."""
    file, pipe = tmp_path / "ledger.jsonl", tmp_path / "pipe"
    export(ledger_path, file)
    os.mkfifo(pipe)
    places = {
        "pipe": pipe,
        "device": Path("/dev/zero"),
        "folder": tmp_path,
        "nothing": tmp_path / "x",
    }
    place = str(places[kind])
    words = [place] if role == "export" else [str(file), "--checkpoint", place]
    monkeypatch.setattr(Path, "is_file", lambda _: True)  # as it was until now
    filled = os.open(pipe, os.O_RDWR)  # whoever reads it all the same is told to fail, not to wait
    try:
        os.write(filled, b"x\n" * 4096)
        assert verify_ledger.main(words) == 2
    finally:
        os.close(filled)
    why = f"{place}: this is a folder, a pipe or a device"
    if kind == "nothing":
        why = f"[Errno 2] No such file or directory: {place!r}"
    assert capsys.readouterr().err == f"not read: {why}\n"


def test_it_does_not_wait_for_the_other_end_of_a_pipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert verify_ledger.main([str(tmp_path / "pipe")]) == 2
    assert "a pipe or a device" in capsys.readouterr().err


def test_a_line_without_an_end(ledger_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ledger_path.with_name("ledger.jsonl")
    export(ledger_path, file)
    longest = max(map(len, file.read_bytes().splitlines())) + 1
    monkeypatch.setattr(exported, "MAX_LINE", longest)
    monkeypatch.setattr(verify_ledger, "_MAX_LINE", longest)
    assert verify_export(file).size == 8
    assert verify_ledger.main([str(file)]) == 0
    monkeypatch.setattr(exported, "MAX_LINE", longest - 1)
    monkeypatch.setattr(verify_ledger, "_MAX_LINE", longest - 1)
    with pytest.raises(IntegrityBroken, match="is not one of an export"):
        verify_export(file)
    assert verify_ledger.main([str(file)]) == 3


def test_what_no_line_could_show_is_not_recorded(
    ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One such entry, and the record could never be exported again."""
    with opened(ledger_path) as ledger:
        project = ledger.project("demo")
        step(project)
        state = Codec(EVENTS).to_stored_event(project.pending_events[0]).state
        monkeypatch.setattr(codec, "MAX_STATE", len(state) - 1)
        with pytest.raises(LedgerError, match=r"at most \d+ can be recorded"):
            ledger.save(project, project.version - 1)
        assert ledger.size == 8
        monkeypatch.setattr(codec, "MAX_STATE", len(state))
        project = ledger.project("demo")
        step(project)
        ledger.save(project, project.version - 1)


def test_the_largest_state_fits_into_a_line_whatever_stands_before_it() -> None:
    assert exported.MAX_LINE == verify_ledger._MAX_LINE
    largest, state = 10**18 - 1, b'{"x":"%b"}' % (b"x" * (codec.MAX_STATE - 8))
    assert len(state) == codec.MAX_STATE
    line = exported._written(Entry(largest, b"p" * 100, largest, b"t" * 200, state))
    assert len(line) <= exported.MAX_LINE


def test_of_a_large_checkpoint_the_beginning_is_read(ledger_path: Path, tmp_path: Path) -> None:
    file, note = tmp_path / "ledger.jsonl", tmp_path / "note"
    export(ledger_path, file)
    note.touch()
    os.truncate(note, 64 * MIB)
    tracemalloc.start()
    try:
        assert verify_ledger.main([str(file), "--checkpoint", str(note)]) == 3
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * MIB


def test_what_has_no_head_behind_it_is_not_kept() -> None:
    tree = _Tree(frozenset(), Keys(PrivateKey.generate().public))
    tree.add(Entry(number, b"p", number, b"a.B.v1", b"{}") for number in range(1, 1001))
    assert [each.position for each in tree.recent] == [1, 1000]


def test_lines_after_the_last(ledger_path: Path) -> None:
    file = ledger_path.with_name("ledger.jsonl")
    export(ledger_path, file)
    *_, last = file.read_bytes().splitlines(keepends=True)
    with file.open("ab") as more:
        more.write(last)
    with pytest.raises(IntegrityBroken, match="not in its place"):
        verify_export(file)
    assert verify_ledger.main([str(file)]) == 3
