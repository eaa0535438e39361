"""Copies of a ledger that are known to be good, and the way back.

Rules kept here:

* a backup is one moment of the ledger, taken while others may work: of a file by SQLite's backup
  interface, of a server in one transaction; it is one file, with no log beside it, and may be
  restored to a file or to a server, wherever it was taken;
* a copy gets its name only when it has been synced, verifies, and agrees with every checkpoint that
  was published before it was taken;
* nothing is written over: a backup needs a new name, and what lies where a ledger is restored to is
  moved aside, never removed, and only when that was said; on a server nothing is moved;
* files that the record names and that are kept beside it go along, each checked by its name;
* a restored ledger that is shorter than a published checkpoint is told as such.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from harness.classes import dataclass
from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import attachments
from harness.ledger.codec import Codec
from harness.ledger.database import Database, explained, located
from harness.ledger.databases import exists, placed
from harness.ledger.filesystems import refuse_network
from harness.ledger.places import Place
from harness.ledger.published import Seen, compared, notes, state_of
from harness.ledger.server_copies import bring_to_server, copy_to_file, moment
from harness.ledger.verify import VerifyReport, verify
from harness.ledger_url import LedgerName, LedgerPlace, SharedLedger
from harness.proof.durable import begin, give_name, sweep
from harness.vocabulary import counted

BESIDE = ("", "-wal", "-shm", "-journal")
"""What belongs to a database: the file, and what SQLite may have put beside it."""
_ELSEWHERE = (
    "Name another schema, or database, in the URL; or let whoever runs the server give what is "
    "there another name (ALTER SCHEMA)."
)
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
    ledger: LedgerName,
    file: Path,
    published_in: Sequence[Place] = (),
    *,
    codec: Codec | None = None,
) -> Made:
    """Copy a ledger to a new file; what is reported was proven of the copy.

    Args:
        ledger: the ledger's file, or its server.
        file: the file to write; there must be none.
        published_in: where the ledger's checkpoint is published, besides its own folder.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: it cannot be read or written.
        IntegrityBroken: the ledger is not what was sealed or published; there is no backup of it.
    """
    source, target = placed(ledger), Path(os.path.realpath(file))
    if target.exists():
        raise _taken(file)
    published = notes(source, published_in, state_of(source))
    with _unchecked(source, target, codec) as copy:
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
    ledger: LedgerName,
    published_in: Sequence[Place] = (),
    *,
    aside: bool = False,
    codec: Codec | None = None,
) -> Made:
    """Put a backup in the place of a ledger, once it is proven to be good.

    Args:
        file: the backup.
        ledger: the ledger's file, or its server.
        published_in: where the ledger's checkpoint is published, besides its own folder.
        aside: whether what lies there may be moved to another name beside it.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: it cannot be read or written, or something lies there.
        IntegrityBroken: the backup is not what was sealed.
    """
    source, target = located(file), placed(ledger)
    if not source.exists() or source == target:
        raise LedgerError("this is no backup", where=str(source), todo="Name the right file.")
    if isinstance(target, SharedLedger):
        made = _restored_on_server(source, target, codec, aside=aside)
    else:
        made = _restored_in_file(source, target, codec, aside=aside)
    published = notes(target, published_in, state_of(target))
    return replace(made, checkpoints=compared(target, published))


def _restored_on_server(
    source: Path, target: SharedLedger, codec: Codec | None, *, aside: bool
) -> Made:
    if aside:
        raise LedgerError("on a server nothing is moved aside", where=str(target), todo=_ELSEWHERE)
    with moment(source, codec) as (report, _):
        there = _there(target, report)
    if there:
        raise LedgerError(there, where=str(target), todo=_ELSEWHERE)
    files = _files(report, source, target)
    return Made(bring_to_server(source, target, codec), (), files)


def _restored_in_file(source: Path, target: Path, codec: Codec | None, *, aside: bool) -> Made:
    refuse_network(target)
    with suppress(OSError):
        target.parent.mkdir()  # a folder that went with the ledger
    with _unchecked(source, target, codec) as copy:
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
    return Made(report, (), files, moved)


@contextmanager
def _unchecked(source: LedgerPlace, target: Path, codec: Codec | None) -> Iterator[Path]:
    """A copy of ``source`` beside ``target`` under a name that says so, whole and on disk."""
    sweep(target.parent)
    try:
        copy, held = begin(target, 0o644)
    except OSError as error:
        raise _unwritten(error, target) from None
    try:
        if isinstance(source, SharedLedger):
            _copy_of_server(source, copy, target, codec)
        else:
            _copy_of_file(source, copy, target)
        yield copy
    finally:
        held.close()
        _remove(copy)


def _copy_of_server(source: SharedLedger, copy: Path, target: Path, codec: Codec | None) -> None:
    try:
        copy_to_file(source, copy, codec)
    except LedgerError as error:
        error.where = str(target) if error.where == str(copy) else error.where
        raise
    with _written(copy, target):
        pass


def _copy_of_file(source: Path, copy: Path, target: Path) -> None:
    database = Database(source, readonly=True)
    try:
        with database.transaction(commit=False) as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master")  # what fails later is the copy's
            with _written(copy, target) as written:
                cursor.connection.backup(written)
    finally:
        database.close()


@contextmanager
def _written(copy: Path, target: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy; in the end it is one file on disk, and no log beside it."""
    try:
        with closing(
            sqlite3.connect(f"{copy.as_uri()}?mode=rwc", uri=True, isolation_level=None)
        ) as written:
            yield written
            written.execute("PRAGMA journal_mode = DELETE")
        with copy.open("rb+") as file:
            os.fsync(file.fileno())
    except sqlite3.Error as error:
        raise explained(error, target) from None
    except OSError as error:
        raise _unwritten(error, target) from None


def _verified(copy: Path, source: LedgerPlace, codec: Codec | None) -> VerifyReport:
    """What is proven of a copy; where it is not sound, neither is what it was made of."""
    try:
        return replace(verify(copy, codec=codec), held=(), missing=())
    except LedgerError as error:
        error.where = str(source)
        raise


def _files(report: VerifyReport, source: LedgerPlace, target: LedgerPlace) -> int:
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
        give_name(copy, target)
    except FileExistsError:
        raise _taken(target) from None
    except OSError as error:
        raise _unwritten(error, target) from None


def _unwritten(error: OSError, target: Path) -> LedgerError:
    return LedgerError(f"cannot be written: {error.strerror}", where=str(target))


def _taken(file: Path) -> LedgerError:
    return LedgerError(
        "there is a file here already: a copy writes over nothing",
        where=str(file),
        todo="Name a new one.",
    )


def _there(target: LedgerPlace, restored: VerifyReport) -> str:
    """What lies where a ledger is to be restored, against what is restored; empty for nothing."""
    if not exists(target):
        left = isinstance(target, Path) and any(_matters(_beside(target, e)) for e in BESIDE[1:])
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
