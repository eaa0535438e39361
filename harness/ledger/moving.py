"""A record written out as text, and a ledger made anew from it.

Rules kept here:

* an export is checked as a stranger would check it before it gets its name: nothing that would not
  verify is handed out;
* a ledger is made from an export only where there is none, and only if it then is its equal.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from harness.errors import LedgerError
from harness.ledger import exported
from harness.ledger.codec import Codec
from harness.ledger.databases import connections, placed
from harness.ledger.filesystems import refuse_network
from harness.ledger.filling import check_equal, fill, not_new
from harness.ledger.places import places
from harness.ledger.sources import StoredSource
from harness.ledger.verify import VerifyReport, verify, verify_export
from harness.ledger_url import LedgerName
from harness.proof.durable import give_name, sweep, sync_folder, unfinished


def export(
    ledger: LedgerName,
    file: Path,
    checkpoints: Sequence[Path] = (),
    *,
    codec: Codec | None = None,
) -> VerifyReport:
    """Write a ledger to a new file of JSON Lines, checked as it is handed out.

    Args:
        ledger: the ledger's file, or its server.
        file: the file to write; there must be none.
        checkpoints: files with checkpoints that were published before; what is written has to
            agree with them.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: it cannot be read or written.
        IntegrityBroken: the record is not what was sealed.
    """
    if file.exists():
        raise _taken(file)
    database = connections(placed(ledger), readonly=True)
    try:
        sweep(file.parent)
        with unfinished(file) as (unchecked, writing):
            with database.transaction(commit=False) as cursor:
                writing.writelines(exported.lines(StoredSource(cursor, database)))
            writing.flush()
            os.fsync(writing.fileno())
            report = verify_export(unchecked, checkpoints, codec=codec)
            give_name(unchecked, file)
    except FileExistsError:
        raise _taken(file) from None
    except OSError as error:
        raise LedgerError(f"cannot be written: {error.strerror}", where=str(file)) from None
    finally:
        database.close()
    return replace(report, path=file)


def _taken(file: Path) -> LedgerError:
    return LedgerError("there is a file here already", where=str(file), todo="Name a new one.")


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
        fill(place, exported.read(file), told, places(place, ()), codec=codec)
        made = verify(place, codec=codec)
        check_equal(made, told)
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
        raise not_new("there is a file here", path) from None
    except OSError as error:
        raise LedgerError(f"cannot be written: {error.strerror}", where=str(path)) from None
