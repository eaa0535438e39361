"""Where a record is read from when it is verified: its rows and signed heads, as bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from eventsourcing.sqlite import SQLiteCursor

from harness.errors import IntegrityBroken
from harness.ledger import store
from harness.ledger.application import PAGE
from harness.ledger.seal import Entry, Head
from harness.ledger.store import Info


class Source(Protocol):
    """A record as it lies somewhere; what is not one is ``IntegrityBroken``."""

    keeps_frontiers: bool
    """Its heads hold their tree, so that it is compared as well."""

    @property
    def path(self) -> Path:
        """The file."""

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


class SqliteSource:
    """A ledger's file, inside one reading transaction: all steps see the same rows."""

    keeps_frontiers = True

    def __init__(self, cursor: SQLiteCursor, path: Path) -> None:
        """Read through a cursor."""
        self.path = path
        self._cursor = cursor

    @property
    def _where(self) -> str:
        return str(self.path)

    def info(self) -> Info:
        """Who the ledger is; tables, file and index are checked."""
        found = store.read_info(self._cursor, self._where)
        store.check_schema(self._cursor, self._where, guards=False)
        # An index that hides rows would show readers another history than the rows tell.
        self._cursor.execute("PRAGMA integrity_check(1)")
        if self._cursor.fetchone()[0] != "ok":
            raise IntegrityBroken("the ledger's file is damaged: its parts contradict each other")
        return found

    def check_rows(self) -> None:
        """Every column is of its type."""
        self._cursor.execute(
            "SELECT position FROM stored_events WHERE typeof(originator_id) <> 'text' "
            "OR typeof(originator_version) <> 'integer' OR originator_version < 1 "
            "OR typeof(topic) <> 'text' OR typeof(state) <> 'blob' LIMIT 1"
        )
        row = self._cursor.fetchone()
        if row is not None:
            raise IntegrityBroken(f"entry {row[0]} has a column of another type")

    def rows(self) -> Iterator[Entry]:
        """Entries, a page at a time."""
        statement = (
            "SELECT position, CAST(originator_id AS BLOB), originator_version, "
            "CAST(topic AS BLOB), state FROM stored_events "
            "WHERE position > ? ORDER BY position LIMIT ?"
        )
        yield from (Entry(*row) for row in self._paged(statement, 0))

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
        """The file never numbered more entries than it holds."""
        self._cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'stored_events'")
        row = self._cursor.fetchone()
        ever = row[0] if row else 0
        if ever != size:
            raise IntegrityBroken(
                f"the ledger holds {size} entries, but numbered {ever}", where=self._where
            )

    def check_guards(self) -> None:
        """The triggers against change are a ledger's."""
        store.check_schema(self._cursor, self._where)
