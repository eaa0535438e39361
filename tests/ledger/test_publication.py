"""Checkpoints elsewhere: whole or not at all, never smaller over larger, caught up later."""

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import places
from harness.ledger.application import Ledger
from harness.ledger.databases import connections
from harness.ledger.sources import StoredSource
from harness.ledger.store import Recorder
from harness.ledger.verify import verify
from harness.ledger_url import LedgerPlace
from harness.proof import checkpoint, durable
from tests.ledger.helpers import begin, checkpoint_of, fill, key_of, opened, reading, step

pytestmark = pytest.mark.crash


def with_folder(place: LedgerPlace, folder: Path) -> Ledger:
    return Ledger.open(place, key_of(place), checkpoints=[folder])


def size_at(place: Path) -> int:
    return checkpoint.read(place.read_bytes()).size


def test_the_checkpoint_is_published_on_closing(kept: LedgerPlace) -> None:
    assert size_at(checkpoint_of(kept)) == 8
    with opened(kept) as ledger:
        ledger.save(begin("other"), 0)
        assert size_at(checkpoint_of(kept)) == 8
        ledger.publish()
        assert size_at(checkpoint_of(kept)) == 9


def test_also_when_the_command_fails_after_recording(kept: LedgerPlace) -> None:
    def command() -> None:
        with opened(kept) as ledger:
            ledger.save(begin("other"), 0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command()
    assert size_at(checkpoint_of(kept)) == 9


@pytest.mark.parametrize(
    ("who", "asked", "look"),
    [(StoredSource, "info", verify), (Recorder, "tail_head", lambda place: reading(place).close())],
    ids=["verify", "open"],
)
def test_who_looks_while_others_publish_is_not_told_of_a_rollback(
    kept: LedgerPlace,
    monkeypatch: pytest.MonkeyPatch,
    who: type,
    asked: str,
    look: Callable[[LedgerPlace], object],
) -> None:
    """The checkpoint is read before the ledger is seen, so it can only be behind."""
    real = getattr(who, asked)

    def and_others_go_on(*arguments: object) -> object:
        seen = real(*arguments)
        monkeypatch.undo()
        fill(kept, 1)
        return seen

    monkeypatch.setattr(who, asked, and_others_go_on)
    look(kept)
    assert verify(kept).vouched == 9


def test_every_place_gets_it(kept: LedgerPlace, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with with_folder(kept, folder) as ledger:
        (caught_up,) = ledger.tail
        ledger.save(begin("other"), 0)
    assert (caught_up.place, caught_up.before, caught_up.tail) == (
        folder / checkpoint_of(kept).name,
        None,
        8,
    )
    assert size_at(folder / checkpoint_of(kept).name) == 9
    assert verify(kept, folders=[folder]).vouched == 9


def test_c2_a_tail_left_by_a_crash_is_published_and_told(kept: LedgerPlace) -> None:
    place = checkpoint_of(kept)
    old = place.read_bytes()
    fill(kept, 3)
    place.write_bytes(old)  # as if the process had been killed before publishing
    with reading(kept) as ledger:
        (seen,) = ledger.publications
    assert seen.problem == "3 signed entries are not published here yet"
    assert verify(kept).unpublished == 3
    with opened(kept) as ledger:
        (tail,) = ledger.tail
    assert (tail.before, tail.size, tail.tail) == (8, 11, 3)
    assert size_at(place) == 11
    with opened(kept) as ledger:
        assert ledger.tail == ()


def test_a_missing_place_does_not_lose_the_record(kept: LedgerPlace, tmp_path: Path) -> None:
    with with_folder(kept, tmp_path / "not-mounted") as ledger:
        ledger.save(begin("other"), 0)
        assert ledger.tail == ()
    own, other = ledger.publications
    assert str(other.place) == str(tmp_path / "not-mounted" / checkpoint_of(kept).name)
    assert other.problem == "it cannot be written: No such file or directory"
    assert own.problem == ""
    assert verify(kept).size == 9


def test_a_place_that_is_a_folder_is_reported(kept: LedgerPlace, tmp_path: Path) -> None:
    (tmp_path / "odd" / checkpoint_of(kept).name).mkdir(parents=True)
    with with_folder(kept, tmp_path / "odd") as ledger:
        assert [each.published for each in ledger.publications] == [True, False]
    readonly = Ledger.open(kept, Path("none"), readonly=True, checkpoints=[tmp_path / "odd"])
    with readonly:
        assert "cannot be read" in readonly.publications[1].problem


@pytest.mark.parametrize("data", [b"", b"garbage\n", b"x" * 100_000])
def test_a_damaged_checkpoint_is_not_written_over(kept: LedgerPlace, data: bytes) -> None:
    place = checkpoint_of(kept)
    place.write_bytes(data)
    for opening in (opened, reading, verify):
        with pytest.raises(IntegrityBroken, match="checkpoint") as caught:
            opening(kept)
        assert caught.value.where == str(place)
    assert place.read_bytes() == data


def test_never_smaller_over_larger(ledger_path: Path, tmp_path: Path) -> None:
    """The witness race: somebody publishes more while this command runs on a restored file."""
    copy = tmp_path / "copy" / "ledger.sqlite3"
    shutil.copytree(ledger_path.parent, copy.parent, ignore=shutil.ignore_patterns("copy"))
    fill(copy, 3)
    with opened(ledger_path) as ledger:
        shutil.copy(checkpoint_of(copy), checkpoint_of(ledger_path))
        project = ledger.project("demo")
        step(project)
        ledger.save(project, 8)
        with pytest.raises(IntegrityBroken, match="11 were published"):
            ledger.publish()
        shutil.copy(checkpoint_of(copy), tmp_path / "larger")
        checkpoint_of(ledger_path).unlink()
    assert size_at(tmp_path / "larger") == 11


def test_a_lock_while_closing_does_not_deny_what_was_recorded(kept: LedgerPlace) -> None:
    ledger = opened(kept, busy_seconds=0.05)
    other = connections(kept, readonly=False)
    with closing(other), ExitStack() as held, ledger:
        ledger.save(begin("other"), 0)
        held.enter_context(other.transaction(commit=True))
    (only,) = ledger.publications
    assert (only.published, only.problem) == (False, "the ledger is in use by another process")
    with opened(kept) as again:
        assert [each.tail for each in again.tail] == [1]


def test_a_server_lost_before_closing_does_not_deny_what_was_recorded(
    kept: LedgerPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: Ledger) -> int:
        raise LedgerError("the server cannot be reached")

    with monkeypatch.context() as patched, opened(kept) as ledger:
        ledger.save(begin("other"), 0)
        patched.setattr(Ledger, "size", property(lost))
    (only,) = ledger.publications
    assert (only.published, only.problem) == (False, "the server cannot be reached")
    with opened(kept) as again:
        assert again.version("other") == 1


def test_publishing_twice_writes_once(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:
        before = checkpoint_of(kept).stat().st_mtime_ns
        ledger.publish()
    assert checkpoint_of(kept).stat().st_mtime_ns == before


def test_c3_the_old_checkpoint_survives_a_failing_write(
    kept: LedgerPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C8: a full disk while publishing loses neither the checkpoint nor the record."""
    place = checkpoint_of(kept)
    old = place.read_bytes()
    with monkeypatch.context() as patched:
        with opened(kept) as ledger:
            ledger.save(begin("other"), 0)

            def full(_: int) -> None:
                raise OSError(28, "No space left on device")

            patched.setattr(os, "fsync", full)
        (only,) = ledger.publications
    assert only.problem == "it cannot be written: No space left on device"
    assert place.read_bytes() == old
    left = {each.name for each in place.parent.iterdir()}
    assert left - {"ledger.sqlite3"} == {place.name, "ledger.key"}
    assert verify(kept).unpublished == 1


def test_the_folder_is_synced_after_the_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        order.append("sync")
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        order.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    durable.replace(tmp_path / "place", b"text")
    assert order == ["sync", "rename", "sync"]


def test_places_are_named_after_the_ledger(tmp_path: Path) -> None:
    found = places.places(tmp_path / "a.sqlite3", (tmp_path, tmp_path / "b"))
    assert found == (tmp_path / "a.checkpoint", tmp_path / "b" / "a.checkpoint")
