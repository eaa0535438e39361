"""Files that events name by digest: written once, for their owner only, never written over."""

import hashlib
from pathlib import Path
from typing import Self

import pytest

from harness import files
from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import attachments
from harness.ledger_url import LedgerPlace, SharedLedger
from harness.limits import DEFAULT, MIB
from harness.proof import durable

DATA = b"what an event names"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["a file", "a server"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerPlace:
    """A ledger's place; nothing has to be there to keep files beside it."""
    if request.param == "a file":
        return tmp_path / "ledger.sqlite3"
    return SharedLedger.read("postgresql://keeper@db.example/joining", tmp_path)


def test_a_file_is_kept_under_its_digest(ledger: LedgerPlace, tmp_path: Path) -> None:
    assert attachments.keep(ledger, DATA) == DIGEST
    place = attachments.folder_of(ledger) / DIGEST
    assert place.read_bytes() == DATA
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.parent.parent == tmp_path
    before = place.stat()
    assert attachments.keep(ledger, DATA) == DIGEST
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [each.name for each in place.parent.iterdir()] == [DIGEST]


def test_power_loss_takes_no_folder_away(
    ledger: LedgerPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A synced file is found by a name in a folder, and that by a name in the next one."""
    synced: list[Path] = []
    monkeypatch.setattr(durable, "sync_folder", synced.append)
    attachments.keep(ledger, DATA)
    folder = attachments.folder_of(ledger)
    assert sorted(synced) == [tmp_path, folder.parent, folder]


def test_ledgers_of_one_folder_keep_theirs_apart(tmp_path: Path) -> None:
    folders = {attachments.folder_of(tmp_path / f"{name}.sqlite3") for name in ("one", "two")}
    assert len(folders) == 2


def test_what_is_here_and_what_is_missing(ledger: LedgerPlace) -> None:
    attachments.keep(ledger, DATA)
    found = attachments.check(ledger, ["f" * 64, DIGEST, DIGEST])
    assert (found.kept, found.missing) == ((DIGEST,), ("f" * 64,))


def test_another_file_under_the_digest_is_told_and_left_as_it_is(ledger: LedgerPlace) -> None:
    attachments.keep(ledger, DATA)
    place = attachments.folder_of(ledger) / DIGEST
    place.write_bytes(b"another")
    with pytest.raises(IntegrityBroken, match="is not what it was") as told:
        attachments.keep(ledger, DATA)
    assert told.value.where == str(place)
    with pytest.raises(IntegrityBroken):
        attachments.check(ledger, [DIGEST])
    assert place.read_bytes() == b"another"


class _Endless:
    """A file without an end, of which nobody may read more than was ever taken in."""

    def __init__(self) -> None:
        self.left = DEFAULT.max_envelope_bytes + MIB

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def read(self, size: int) -> bytes:
        self.left -= size
        assert self.left >= 0
        return bytes(size)


def test_of_a_file_without_an_end_no_more_is_read_than_any_has(
    ledger: LedgerPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "opened", lambda _: _Endless())
    with pytest.raises(IntegrityBroken, match="not what it was"):
        attachments.check(ledger, [DIGEST])


def test_a_place_that_cannot_be_written_is_told_in_words(ledger: LedgerPlace) -> None:
    folder = attachments.folder_of(ledger)
    folder.parent.write_bytes(b"a file in its way")
    with pytest.raises(LedgerError, match="cannot be kept beside the ledger"):
        attachments.keep(ledger, DATA)
    with pytest.raises(LedgerError, match="cannot be read"):
        attachments.check(ledger, [DIGEST])


def test_files_are_found_by_the_beginning_of_their_digest(ledger: LedgerPlace) -> None:
    attachments.keep(ledger, DATA)
    assert [each.name for each in attachments.kept_files(ledger, DIGEST[:12])] == [DIGEST]
    for other in ("", "*", "../" + DIGEST, DIGEST[:11] + "?"):
        found = attachments.kept_files(ledger, other)
        assert found == ([] if other else [attachments.folder_of(ledger) / DIGEST])
