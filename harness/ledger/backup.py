"""Copies of a ledger that are known to be good, and the way back.

Rules kept here:

* a backup is one moment of the ledger, taken by SQLite's backup interface while others may work;
  it is one file, with no log beside it;
* a copy gets its name only when it has been synced, verifies, and agrees with every checkpoint that
  was published before it was taken;
* nothing is written over: a backup needs a new name, and what lies where a ledger is restored to is
  moved aside, never removed, and only when that was said;
* files that the record names and that are kept beside it go along, each checked by its name;
* a restored ledger that is shorter than a published checkpoint is told as such.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import attachments
from harness.ledger.codec import Codec
from harness.ledger.database import Database, explained, located
from harness.ledger.filesystems import refuse_network
from harness.ledger.places import Place
from harness.ledger.published import Seen, compared, notes, state_of
from harness.ledger.verify import VerifyReport, verify
from harness.proof.durable import sync_folder
from harness.vocabulary import counted

BESIDE = ("", "-wal", "-shm", "-journal")
"""What belongs to a database: the file, and what SQLite may have put beside it."""
_RESOLVE = "Run harness verify; there is no backup of a record that is not what was published."


@dataclass(frozen=True, slots=True)
class Made:
    """A copy of a ledger that has its name.

    Attributes:
        report: what was proven of it; published checkpoints are not part of that.
        checkpoints: what each place of a checkpoint says of it.
        files: how many files that the record names lie beside the copy now.
        aside: where the file lies now that was there before; None when there was none.
    """

    report: VerifyReport
    checkpoints: tuple[Seen, ...]
    files: int
    aside: Path | None = None

    @property
    def whole(self) -> bool:
        """No published checkpoint says that the ledger was longer, or another."""
        return not any(each.broken for each in self.checkpoints)


def backup(
    ledger: str | os.PathLike[str],
    file: Path,
    published_in: Sequence[Place] = (),
    *,
    codec: Codec | None = None,
) -> Made:
    """Copy a ledger to a new file; what is reported was proven of the copy.

    Args:
        ledger: the ledger's file.
        file: the file to write; there must be none.
        published_in: where the ledger's checkpoint is published, besides its own folder.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: it cannot be read or written.
        IntegrityBroken: the ledger is not what was sealed or published; there is no backup of it.
    """
    source, target = located(ledger), Path(os.path.realpath(file))
    if target.exists():
        raise LedgerError(
            "there is a file here already: a backup writes over nothing",
            where=str(file),
            todo="Name a new one.",
        )
    published = notes(source, published_in, state_of(source))
    with _unchecked(source, target) as copy:
        report = _verified(copy, source, codec)
        seen = compared(copy, published)
        for each in seen:
            if each.broken:
                raise IntegrityBroken(each.problem, where=str(each.place), todo=_RESOLVE)
        files = _files(report, source, target)
        _named(copy, target)
    return Made(replace(report, path=target), seen, files)


def restore(
    file: Path,
    ledger: str | os.PathLike[str],
    published_in: Sequence[Place] = (),
    *,
    aside: bool = False,
    codec: Codec | None = None,
) -> Made:
    """Put a backup in the place of a ledger, once it is proven to be good.

    Args:
        file: the backup.
        ledger: the ledger's file.
        published_in: where the ledger's checkpoint is published, besides its own folder.
        aside: whether what lies there may be moved to another name beside it.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: it cannot be read or written, or something lies there.
        IntegrityBroken: the backup is not what was sealed.
    """
    source, target = located(file), located(ledger)
    refuse_network(target)
    if not source.exists() or source == target:
        raise LedgerError("this is no backup", where=str(source), todo="Name the right file.")
    with suppress(OSError):
        target.parent.mkdir()  # a folder that went with the ledger
    with _unchecked(source, target) as copy:
        report = replace(_verified(copy, source, codec), path=target)
        there = _there(target, report)
        if there and not aside:
            raise LedgerError(
                there,
                where=str(target),
                todo="Make sure that it is not the better one. --aside moves it to a name beside "
                "it; --ledger names another place.",
            )
        files = _files(report, source, target)
        moved = _move_aside(target) if there else None
        _remove(target, BESIDE[1:])  # of readers, and without content
        _named(copy, target)
    published = notes(target, published_in, state_of(target))
    return Made(report, compared(target, published), files, moved)


@contextmanager
def _unchecked(source: Path, target: Path) -> Iterator[Path]:
    """A copy of ``source`` beside ``target`` under a passing name, whole and on disk."""
    copy = target.with_name(f".{target.name}.unchecked")
    _remove(copy)  # of a crash
    try:
        _copy(source, copy, target)
        yield copy
    finally:
        _remove(copy)


def _copy(source: Path, copy: Path, target: Path) -> None:
    database = Database(source, readonly=True)
    try:
        with database.transaction(commit=False) as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master")  # what fails later is the copy's
            _pour(cursor.sqlite_cursor.connection, copy, target)
    finally:
        database.close()


def _pour(connection: sqlite3.Connection, copy: Path, target: Path) -> None:
    """Write the database behind a connection to a file of its own, and no log beside it."""
    try:
        with closing(
            sqlite3.connect(f"{copy.as_uri()}?mode=rwc", uri=True, isolation_level=None)
        ) as written:
            connection.backup(written)
            written.execute("PRAGMA journal_mode = DELETE")
        with copy.open("rb+") as file:
            os.fsync(file.fileno())
    except sqlite3.Error as error:
        raise explained(error, target) from None
    except OSError as error:
        raise LedgerError(f"cannot be written: {error.strerror}", where=str(target)) from None


def _verified(copy: Path, source: Path, codec: Codec | None) -> VerifyReport:
    """What is proven of a copy; where it is not sound, neither is what it was made of."""
    try:
        return replace(verify(copy, codec=codec), held=(), missing=())
    except LedgerError as error:
        error.where = str(source)
        raise


def _files(report: VerifyReport, source: Path, target: Path) -> int:
    """Copy the files that a record names from beside one ledger to beside another."""
    standings = (project.standing for project in report.replayed.values())
    named = [digest for each in standings for digest in attachments.named_by(each)]
    kept = attachments.check(source, named).kept
    for digest in kept:
        attachments.keep(target, (attachments.folder_of(source) / digest).read_bytes())
    return len(kept)


def _named(copy: Path, target: Path) -> None:
    """Give a copy its name, durably."""
    try:
        copy.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise LedgerError(f"cannot be written: {error.strerror}", where=str(target)) from None


def _there(target: Path, restored: VerifyReport) -> str:
    """What lies where a ledger is to be restored, against what is restored; empty for nothing."""
    if not target.exists():
        left = any(_matters(_beside(target, suffix)) for suffix in BESIDE[1:])
        return "the log of a ledger lies here that would become the restored one's" if left else ""
    try:
        there = state_of(target)
    except LedgerError as error:
        return f"something lies here that is no sound ledger ({error.what})"
    size = there.newest.size
    if there.info.origin != restored.origin:
        return f"another ledger lies here ({there.info.origin}, {counted(size, 'entry')})"
    if size > restored.size:
        more = size - restored.size
        return (
            "the ledger here is larger than the backup: "
            f"{counted(more, 'entry')} more than {restored.size}"
        )
    return f"a ledger of {counted(size, 'entry')} lies here already"


def _move_aside(target: Path) -> Path:
    """Give the ledger that lies there, and its log, a name that says when it was moved."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    moved = target.with_name(f"{target.name}.aside-{stamp}")
    try:
        for suffix in reversed(BESIDE):  # the file last: while it is there, nothing is made anew
            each = _beside(target, suffix)
            if each.exists() and (not suffix or _matters(each)):
                each.rename(_beside(moved, suffix))
    except OSError as error:
        raise LedgerError(
            f"the ledger cannot be moved aside: {error.strerror}", where=str(target)
        ) from None
    return moved


def _matters(beside: Path) -> bool:
    """What lies beside a database has content of its own; an index of the log is made anew."""
    return beside.exists() and beside.stat().st_size > 0 and not beside.name.endswith("-shm")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove(path: Path, suffixes: Sequence[str] = BESIDE) -> None:
    for suffix in suffixes:
        with suppress(OSError):
            _beside(path, suffix).unlink()
