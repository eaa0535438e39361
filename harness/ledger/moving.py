"""A record written out as text, and a ledger made anew from it.

Rules kept here:

* an export is checked as a stranger would check it before it gets its name: nothing that would not
  verify is handed out;
* a ledger is made from an export only where there is none, and only if it then verifies to the
  same origin, key, size, root and heads;
* entries, heads and signatures are taken over to the byte: a ledger made from an export continues
  the old one, with its key, and its checkpoints stay good.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import exported, portfolio, schema, store
from harness.ledger.codec import Codec
from harness.ledger.databases import connections, placed
from harness.ledger.dialect import Cursor, Dialect
from harness.ledger.filesystems import refuse_network
from harness.ledger.seal import Entry, Head
from harness.ledger.sources import StoredSource
from harness.ledger.store import Info
from harness.ledger.verify import VerifyReport, verify, verify_export, verify_uncommitted
from harness.ledger_url import LedgerName, LedgerPlace
from harness.proof.durable import sync_folder
from harness.proof.merkle import Frontier


def export(ledger: LedgerName, file: Path, *, codec: Codec | None = None) -> VerifyReport:
    """Write a ledger to a new file of JSON Lines, checked as it is handed out.

    Args:
        ledger: the ledger's file, or its server.
        file: the file to write; there must be none.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: it cannot be read or written.
        IntegrityBroken: the record is not what was sealed.
    """
    if file.exists():
        raise LedgerError("there is a file here already", where=str(file), todo="Name a new one.")
    unchecked = file.with_name(f".{file.name}.unchecked")
    database = connections(placed(ledger), readonly=True)
    try:
        with database.transaction(commit=False) as cursor, unchecked.open("wb") as writing:
            writing.writelines(exported.lines(StoredSource(cursor, database)))
            writing.flush()
            os.fsync(writing.fileno())
        report = verify_export(unchecked, codec=codec)
        unchecked.rename(file)
        sync_folder(file.parent)
    except OSError as error:
        raise LedgerError(f"cannot be written: {error.strerror}", where=str(file)) from None
    finally:
        database.close()
        unchecked.unlink(missing_ok=True)
    return replace(report, path=file)


def import_(
    file: Path,
    ledger: LedgerName,
    checkpoints: Sequence[Path] = (),
    *,
    codec: Codec | None = None,
) -> VerifyReport:
    """Make a ledger from an export; returns what was proven of it.

    Args:
        file: an export.
        ledger: the ledger's file, or its server; there must be none.
        checkpoints: files with checkpoints the caller holds; the export has to agree with them.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: it cannot be read or written.
        IntegrityBroken: the export is not what was sealed, or the ledger would not be its equal.
    """
    told = verify_export(file, checkpoints, codec=codec)
    place = placed(ledger)
    with _claimed(place) if isinstance(place, Path) else nullcontext():
        _fill(place, file, told, codec)
        made = verify(place, codec=codec)
        _check_equal(made, told)
    return replace(made, held=told.held)


@contextmanager
def _claimed(path: Path) -> Iterator[None]:
    """A file of our own, which is there at the end only if all went well."""
    refuse_network(path)
    _claim(path)
    try:
        yield
    except BaseException:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _claim(path: Path) -> None:
    """Make the empty file, if there is none."""
    try:
        path.parent.mkdir(exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644))
    except FileExistsError:
        raise _not_new("there is a file here", path) from None
    except OSError as error:
        raise LedgerError(f"cannot be written: {error.strerror}", where=str(path)) from None


def _not_new(what: str, place: LedgerPlace) -> LedgerError:
    return LedgerError(
        f"{what} already: an export is imported into a new ledger only",
        where=str(place),
        todo="Name another one with --ledger.",
    )


def _fill(place: LedgerPlace, file: Path, told: VerifyReport, codec: Codec | None) -> None:
    """Take over every line, in one transaction that is committed only if all is equal."""
    database = connections(place, readonly=False)
    try:
        with database.transaction(commit=True) as cursor:
            if database.dialect.objects(cursor):
                raise _not_new("there is something here", place)
            _take_over(cursor, database.dialect, file)
            portfolio.rewrite(cursor, database.dialect, told.size, told.replayed.values())
            _check_equal(verify_uncommitted(cursor, database, codec=codec), told)
    finally:
        database.close()


def _take_over(cursor: Cursor, dialect: Dialect, file: Path) -> None:
    frontier = Frontier()
    for line in exported.read(file):
        match line:
            case Info():
                store.lay_out(cursor, dialect, replace(line, format=schema.FORMAT))
            case Entry():
                frontier = frontier.extend([line.leaf()])
                row = (line.position, line.project.decode(), line.version)
                values = (*row, line.topic.decode(), line.state)
                cursor.execute("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", values)
            case Head():
                store.insert_head(cursor, replace(line, frontier=frontier.encode()))


def _check_equal(made: VerifyReport, told: VerifyReport) -> None:
    def identity(report: VerifyReport) -> tuple[str, str, int, str, int]:
        return report.origin, report.key, report.size, report.root, report.heads

    if identity(made) != identity(told):
        raise IntegrityBroken("what was imported is not what was exported", where=str(made.path))
