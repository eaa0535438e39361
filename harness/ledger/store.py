"""The recorder: appends entries, seals them in the same transaction, reads both back.

Rules kept here:

* entries are appended only to a tail that is sealed: the newest head must verify with this
  ledger's key and cover exactly the entries there are. Whatever else lies at the end is forged or
  foreign; nothing seals it silently;
* entries and the signed head over them are one transaction;
* after the commit, entries and head are read back from the file.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from harness.errors import ConfigError, IntegrityBroken, LedgerError
from harness.ledger import schema
from harness.ledger.database import Database
from harness.ledger.seal import Entry, Head, seal
from harness.proof.keys import PrivateKey, PublicKey
from harness.proof.merkle import Frontier

_RESTORE = "Run harness verify, and restore the ledger from its last good copy."


@dataclass(frozen=True, slots=True)
class Info:
    """Who a ledger is.

    Attributes:
        format: version of the tables.
        origin: name of the log in its checkpoints; random, so no two ledgers share it.
        key: fingerprint of the key that signs its heads.
        created: ISO 8601 UTC; not sealed.
    """

    format: int
    origin: str
    key: str
    created: str

    @property
    def public_key(self) -> PublicKey:
        """The key that signs this ledger's heads.

        Raises:
            IntegrityBroken: the ledger names no key.
        """
        try:
            return PublicKey.from_fingerprint(self.key)
        except ConfigError:
            raise IntegrityBroken("the ledger names no key that could have sealed it") from None


class Recorder(SQLiteApplicationRecorder):
    """Entries and heads of one ledger file.

    Args:
        database: connections to the file.
        key: signs new heads; None when only reading.
    """

    def __init__(self, database: Database, key: PrivateKey | None = None) -> None:
        super().__init__(database)
        self.database = database
        self.key = key
        self._info: Info | None = None
        self._known_good: Head | None = None

    @property
    def info(self) -> Info:
        """Who the ledger is; read and checked when first asked for.

        Raises:
            LedgerError: the file is no ledger, or one of a newer version.
            IntegrityBroken: its tables or guards are not a ledger's.
        """
        if self._info is None:
            with self.database.transaction(commit=False) as cursor:
                self._info = read_info(cursor, self._where)
                check_schema(cursor, self._where)
        return self._info

    @property
    def _where(self) -> str:
        return str(self.database.path)

    def create(self, before: Callable[[], None]) -> None:
        """Make an empty file a ledger, its empty tree signed; ``before`` may still refuse.

        Does nothing to a file that holds tables already.
        """
        assert self.key is not None
        created = now()
        origin = f"connection-harness/ledger/{secrets.token_hex(16)}"
        head = seal(Frontier(), (), origin, self.key, created)
        with self.database.transaction(commit=True) as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master")
            if cursor.fetchone()[0]:
                return
            before()
            lay_out(cursor, Info(schema.FORMAT, origin, self.key.public.fingerprint, created))
            insert_head(cursor, head)

    def newest_head(self) -> Head:
        """The newest head, after checking that it is sealed and covers every entry.

        Raises:
            IntegrityBroken: it is not so.
        """
        with self.database.transaction(commit=False) as cursor:
            return self._checked_tail(cursor)[0]

    def head_at(self, cursor: SQLiteCursor, size: int) -> Head | None:
        """The stored head of exactly ``size`` entries."""
        cursor.execute("SELECT * FROM tree_heads WHERE size = ?", (size,))
        row = cursor.fetchone()
        return head_of(row) if row else None

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append and seal, then read back; gives the positions.

        Raises:
            eventsourcing.persistence.IntegrityError: a version of a stream is taken already.
            LedgerError: the file cannot be written; nothing was recorded.
            IntegrityBroken: the tail is not sealed, or what was written is not in the file.
        """
        if not stored_events:
            return []
        positions = super().insert_events(stored_events, **kwargs)
        assert positions is not None
        self._read_back(stored_events, positions)
        return positions

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int]:
        if self.key is None:
            raise LedgerError("the ledger was opened for reading", where=self._where)
        head, frontier = self._checked_tail(c)
        first = head.size + 1
        entries = [_entry(first + offset, event) for offset, event in enumerate(stored_events)]
        self._insert_rows(c, stored_events, first)
        after = seal(frontier, entries, self.info.origin, self.key, now())
        insert_head(c, after)
        self._known_good = after  # if found again to the byte, our own signature is not checked
        return range(first, first + len(entries))

    def _insert_rows(
        self, cursor: SQLiteCursor, stored_events: Sequence[StoredEvent], first: int
    ) -> None:
        rows = [
            (first + offset, each.originator_id, each.originator_version, each.topic, each.state)
            for offset, each in enumerate(stored_events)
        ]
        try:
            cursor.executemany("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", rows)
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorname in {
                "SQLITE_CONSTRAINT_TRIGGER",
                "SQLITE_CONSTRAINT_UNIQUE",
            }:
                raise IntegrityError("this version of the stream is taken") from None
            raise

    def _checked_tail(self, cursor: SQLiteCursor) -> tuple[Head, Frontier]:
        """The newest head and its tree, if they are sealed and cover every entry."""
        info = self.info
        cursor.execute("SELECT * FROM tree_heads ORDER BY size DESC LIMIT 1")
        row = cursor.fetchone()
        if row is None:
            raise IntegrityBroken("the ledger has no signed tree head", where=self._where)
        head = head_of(row)
        if head == self._known_good:
            frontier = Frontier.decode(head.size, head.frontier)
        else:
            frontier = head.check(info.origin, info.public_key)
        _check_covered(cursor, head.size, self._where)
        self._known_good = head
        return head, frontier

    def _read_back(self, stored: Sequence[StoredEvent], positions: Sequence[int]) -> None:
        found = self.select_notifications(positions[0], len(positions), positions[-1])
        written = [
            Notification(
                originator_id=each.originator_id,
                originator_version=each.originator_version,
                topic=each.topic,
                state=each.state,
                id=position,
            )
            for each, position in zip(stored, positions, strict=True)
        ]
        with self.database.transaction(commit=False) as cursor:
            sealed = self.head_at(cursor, positions[-1]) is not None
        if list(found) != written or not sealed:
            raise IntegrityBroken("what was recorded is not in the file", where=self._where)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Entries in the order of their positions (the library's notification ids)."""
        first = (start or 0) + (0 if inclusive_of_start else 1)
        last = stop if stop is not None else 2**63 - 1
        wanted = f"AND topic IN ({','.join('?' * len(topics))}) " if topics else ""
        statement = (
            "SELECT * FROM stored_events WHERE position BETWEEN ? AND ? "  # noqa: S608 - only ? marks
            f"{wanted}ORDER BY position LIMIT ?"
        )
        with self.database.transaction(commit=False) as cursor:
            cursor.execute(statement, [first, last, *topics, limit])
            return [
                Notification(
                    originator_id=row["originator_id"],
                    originator_version=row["originator_version"],
                    topic=row["topic"],
                    state=row["state"],
                    id=row["position"],
                )
                for row in cursor.fetchall()
            ]

    def streams(self) -> list[str]:
        """Ids of all streams, in the order they began."""
        with self.database.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT originator_id FROM stored_events WHERE originator_version = 1 "
                "ORDER BY position"
            )
            return [row["originator_id"] for row in cursor.fetchall()]

    def sealed_sizes(self, positions: Sequence[int]) -> list[int]:
        """For each position, the size of the first signed tree that covers it."""
        if not positions:
            return []
        with self.database.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT size FROM tree_heads WHERE size >= ? AND size <= "
                "(SELECT min(size) FROM tree_heads WHERE size >= ?) ORDER BY size",
                (positions[0], positions[-1]),
            )
            sizes = [row["size"] for row in cursor.fetchall()]
        return [_first_covering(sizes, position) for position in positions]

    @contextmanager
    def alone(self) -> Iterator[SQLiteCursor]:
        """A transaction during which nobody else appends or publishes."""
        with self.database.transaction(commit=True) as cursor:
            yield cursor

    def tail_head(self, cursor: SQLiteCursor) -> Head:
        """:meth:`newest_head` inside a transaction of the caller's."""
        return self._checked_tail(cursor)[0]


def _first_covering(sizes: Sequence[int], position: int) -> int:
    covering = (size for size in sizes if size >= position)
    found = next(covering, None)
    if found is None:
        raise IntegrityBroken(f"entry {position} is not covered by a signed tree head")
    return found


def _entry(position: int, event: StoredEvent) -> Entry:
    assert not isinstance(event.originator_id, UUID)
    return Entry(
        position,
        event.originator_id.encode(),
        event.originator_version,
        event.topic.encode(),
        event.state,
    )


def lay_out(cursor: SQLiteCursor, info: Info) -> None:
    """Make the tables and guards of a ledger in an empty database."""
    for statement in (*schema.TABLES.values(), *schema.TRIGGERS.values()):
        cursor.execute(statement)
    cursor.execute(
        "INSERT INTO ledger_info VALUES (1, ?, ?, ?, ?)",
        (info.format, info.origin, info.key, info.created),
    )


def insert_head(cursor: SQLiteCursor, head: Head) -> None:
    """Store a signed head behind the others."""
    cursor.execute(
        "INSERT INTO tree_heads VALUES (?, ?, ?, ?, ?)",
        (head.size, head.root, head.frontier, head.note, head.at),
    )


def head_of(row: sqlite3.Row) -> Head:
    """A head from its row.

    Raises:
        IntegrityBroken: a column is not of its type (the table's STRICT was circumvented).
    """
    size, root, frontier, note, at = row
    types = [type(each) for each in (size, root, frontier, note, at)]
    if types != [int, bytes, bytes, bytes, str]:
        raise IntegrityBroken("a stored tree head is not one")
    return Head(size, root, frontier, note, at)


def _check_covered(cursor: SQLiteCursor, size: int, where: str) -> None:
    """The newest head covers every entry there is, and every one that ever was."""
    cursor.execute(
        "SELECT (SELECT coalesce(max(position), 0) FROM stored_events),"
        " (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'stored_events')"
    )
    last, ever = cursor.fetchone()
    if last > size:
        forged = f"entry {last} is" if last == size + 1 else f"entries {size + 1} to {last} are"
        raise IntegrityBroken(
            f"{forged} not sealed: not written by this ledger",
            where=where,
            todo=_RESTORE,
        )
    if last < size or ever != size:
        raise IntegrityBroken(
            f"the ledger ends at entry {last}, but {max(size, ever)} were recorded",
            where=where,
            todo=_RESTORE,
        )


def read_info(cursor: SQLiteCursor, where: str) -> Info:
    """Who the ledger is.

    Raises:
        LedgerError: the database is no ledger, or one of a newer version.
    """
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = {row[0] for row in cursor.fetchall()}
    if not names:
        raise LedgerError(
            "this file is empty, not a ledger",
            where=where,
            todo="Restore the ledger from its last good copy, or remove the file to begin anew.",
        )
    if not schema.TABLES.keys() <= names:
        raise _foreign(where)
    try:
        cursor.execute("SELECT format, origin, key, created FROM ledger_info WHERE id = 1")
        row = cursor.fetchone()
    except sqlite3.OperationalError:
        raise _foreign(where) from None
    if row is None or [type(each) for each in row] != [int, str, str, str]:
        raise IntegrityBroken("the ledger does not say who it is", where=where, todo=_RESTORE)
    if row[0] > schema.FORMAT:
        raise LedgerError(
            f"the ledger was written by a newer version (format {row[0]}, this one knows "
            f"{schema.FORMAT})",
            where=where,
            todo="Install that version of connection-harness.",
        )
    return Info(*row)


def _foreign(where: str) -> LedgerError:
    return LedgerError(
        "this database is not a ledger of the harness", where=where, todo="Name the right file."
    )


def check_schema(cursor: SQLiteCursor, where: str, *, guards: bool = True) -> None:
    """Check that tables, and triggers unless told otherwise, are exactly a ledger's.

    Raises:
        IntegrityBroken: they are not.
    """
    cursor.execute("SELECT type, name, sql FROM sqlite_master")
    differs = schema.difference([tuple(row) for row in cursor.fetchall()])
    if differs.tables:
        raise IntegrityBroken("the ledger's tables were altered", where=where, todo=_RESTORE)
    if guards and differs.guards:
        raise IntegrityBroken(
            "the guards against changing the record were removed or altered",
            where=where,
            todo=_RESTORE,
        )


def now() -> str:
    """This machine's time, ISO 8601 UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
