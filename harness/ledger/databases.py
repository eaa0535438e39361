"""Which database keeps a ledger: a file is SQLite, a URL is PostgreSQL."""

from pathlib import Path

from harness.errors import LedgerError
from harness.ledger.database import BUSY_SECONDS, Database, located
from harness.ledger.dialect import Connections
from harness.ledger_url import LedgerName, LedgerPlace, SharedLedger


def placed(name: LedgerName) -> LedgerPlace:
    """Where a ledger is.

    Raises:
        LedgerError: the name is empty, or one that means no file.
    """
    return name if isinstance(name, SharedLedger) else located(name)


def connections(
    place: LedgerPlace, *, readonly: bool, busy_seconds: float = BUSY_SECONDS
) -> Connections:
    """Connections to a ledger's database; none is made yet.

    Args:
        place: where it is.
        readonly: nothing can be written through them.
        busy_seconds: how long another writer is waited for.

    Raises:
        LedgerError: what is needed to reach a server is not installed.
    """
    if isinstance(place, Path):
        return Database(place, readonly=readonly, busy_seconds=busy_seconds)
    try:
        from harness.ledger.postgresql import Server  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise LedgerError(
            "ledgers on a PostgreSQL server need psycopg, which is not installed here",
            where=str(place),
            todo="Run pip install 'connection-harness[postgres]'.",
        ) from None
    return Server(place, readonly=readonly, busy_seconds=busy_seconds)


def reading(place: LedgerPlace, busy_seconds: float = BUSY_SECONDS) -> Connections:
    """Connections through which a ledger that has to be there is read.

    Raises:
        LedgerError: there is no such file, or what is needed to reach a server is not installed.
    """
    if isinstance(place, Path) and not place.exists():
        raise LedgerError(
            "there is no ledger here", where=str(place), todo="Name the right file with --ledger."
        )
    return connections(place, readonly=True, busy_seconds=busy_seconds)


def exists(place: LedgerPlace) -> bool:
    """Whether there is anything in the place of a ledger.

    Raises:
        LedgerError: the server cannot be asked.
    """
    if isinstance(place, Path):
        return place.exists()
    database = connections(place, readonly=True)
    try:
        with database.transaction(commit=False) as cursor:
            return bool(database.dialect.objects(cursor))
    finally:
        database.close()
