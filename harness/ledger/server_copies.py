"""A server's ledger copied to a file of its own, and a file's brought to a server.

Rules kept here:

* a copy is one moment: everything is read in one transaction, while others may work;
* the ledger is proven in that transaction, and the copy is proven to be its equal;
* on a server nothing is moved aside and nothing written over: that is its administrator's business.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.ledger.codec import Codec
from harness.ledger.databases import reading
from harness.ledger.exported import Line, record
from harness.ledger.filling import check_equal, fill
from harness.ledger.sources import StoredSource
from harness.ledger.verify import VerifyReport, verify_within
from harness.ledger_url import LedgerPlace, SharedLedger


@contextmanager
def moment(
    place: LedgerPlace, codec: Codec | None = None
) -> Iterator[tuple[VerifyReport, Iterator[Line]]]:
    """A ledger as it stands at one moment: what is proven of it, and its record.

    Published checkpoints are not looked at: others may publish meanwhile.

    Raises:
        LedgerError: it cannot be read.
        IntegrityBroken: it is not what was sealed.
    """
    database = reading(place)
    try:
        with database.transaction(commit=False) as cursor:
            report = verify_within(cursor, database, codec=codec)
            yield report, record(StoredSource(cursor, database))
    finally:
        database.close()


def copy_to_file(source: SharedLedger, file: Path, codec: Codec | None = None) -> None:
    """Make a file of a server's ledger.

    Args:
        source: the server.
        file: a new file, without content.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: the ledger cannot be read, or the file cannot be written.
        IntegrityBroken: the ledger is not what was sealed.
    """
    with moment(source, codec) as (told, lines):
        fill(file, lines, told, codec=codec)


def bring_to_server(file: Path, target: SharedLedger, codec: Codec | None = None) -> VerifyReport:
    """Make a server's ledger of a file; what was proven of it after it was committed.

    Raises:
        LedgerError: the file cannot be read, or there is something on the server already.
        IntegrityBroken: the file is not what was sealed, or what was made is not its equal.
    """
    with moment(file, codec) as (told, lines):
        fill(target, lines, told, codec=codec)
    with moment(target, codec) as (made, _):
        check_equal(made, told)
    return made
