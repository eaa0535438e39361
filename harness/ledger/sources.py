"""Where a record is read from when it is verified: its rows and signed heads, as bytes."""

from collections.abc import Iterator
from typing import Any, Protocol

from harness.errors import IntegrityBroken
from harness.ledger import portfolio, store
from harness.ledger.application import PAGE
from harness.ledger.dialect import Connections, Cursor
from harness.ledger.portfolio import Kept
from harness.ledger.seal import Entry, Head
from harness.ledger.store import Info
from harness.ledger_url import LedgerPlace
from harness.vocabulary import counted


class Source(Protocol):
    """A record as it lies somewhere; what is not one is ``IntegrityBroken``."""

    keeps_frontiers: bool
    """Its heads hold their tree, so that it is compared as well."""

    @property
    def path(self) -> LedgerPlace:
        """Where it lies."""

    def info(self) -> Info:
        """Whose record it says it is; whatever can be told before the rows is checked."""

    def check_rows(self) -> None:
        """Check what has to be so before rows mean anything."""

    def rows(self) -> Iterator[Entry]:
        """Entries in the order of their positions; may be asked for again."""

    def heads(self) -> Iterator[Head]:
        """Signed heads, the smallest first."""

    def check_end(self, size: int) -> None:
        """Check that ``size`` entries are all there ever were."""

    def check_guards(self) -> None:
        """Check that what keeps honest people from changing it is in place."""

    def portfolio(self) -> Kept | None:
        """The list of projects that is kept beside the record, if there is one."""


class StoredSource:
    """A ledger, inside one reading transaction: all steps see the same rows."""

    keeps_frontiers = True

    def __init__(self, cursor: Cursor, database: Connections) -> None:
        """Read through a cursor."""
        self.path = database.place
        self._cursor = cursor
        self._database = database
        self._dialect = database.dialect

    @property
    def _where(self) -> str:
        return str(self.path)

    def info(self) -> Info:
        """Who the ledger is; tables, file and index are checked."""
        found = store.read_info(self._cursor, self._database)
        store.check_schema(self._cursor, self._database, guards=False)
        if not self._dialect.is_whole(self._cursor):
            raise IntegrityBroken("the ledger's file is damaged: its parts contradict each other")
        return found

    def check_rows(self) -> None:
        """Every column is of its type, and no entry lies before the first."""
        self._cursor.execute(self._dialect.odd_row)
        row = self._cursor.fetchone()
        if row is not None:
            raise IntegrityBroken(f"entry {row[0]} has a column that no ledger writes")

    def rows(self) -> Iterator[Entry]:
        """Entries, a page at a time."""
        as_bytes = self._dialect.as_bytes.format
        statement = (
            f"SELECT position, {as_bytes('originator_id')}, originator_version, "  # noqa: S608 - ours
            f"{as_bytes('topic')}, state FROM stored_events "
            "WHERE position > ? ORDER BY position LIMIT ?"
        )
        yield from map(Entry._make, self._paged(statement, 0))

    def heads(self) -> Iterator[Head]:
        """Signed heads, a page at a time."""
        statement = "SELECT * FROM tree_heads WHERE size > ? ORDER BY size LIMIT ?"
        yield from (store.head_of(row) for row in self._paged(statement, -1))

    def _paged(self, statement: str, after: int) -> Iterator[Any]:
        """Rows in pages: memory stays flat, and two walks can share the transaction."""
        while True:
            self._cursor.execute(statement, (after, PAGE))
            page = self._cursor.fetchall()
            if not page:
                return
            yield from page
            after = page[-1][0]

    def check_end(self, size: int) -> None:
        """The ledger never numbered more entries than it holds."""
        self._cursor.execute(self._dialect.ever)
        ever = self._cursor.fetchone()[0]
        if ever != size:
            raise IntegrityBroken(
                f"the ledger holds {counted(size, 'entry')}, but numbered {ever}", where=self._where
            )

    def check_guards(self) -> None:
        """The triggers against change are a ledger's."""
        store.check_schema(self._cursor, self._database)

    def portfolio(self) -> Kept | None:
        """The list as it is stored."""
        return portfolio.stored(self._cursor, self._dialect)
