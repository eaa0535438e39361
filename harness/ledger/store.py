"""The recorder: appends entries, seals them in the same transaction, reads both back.

Rules kept here:

* entries are appended only to a tail that is sealed: the newest head must verify with this
  ledger's key and cover exactly the entries there are. Whatever else lies at the end is forged or
  foreign; nothing seals it silently;
* entries and the signed head over them are one transaction;
* the list of projects follows in that transaction as well;
* after the commit, entries and head are read back from the database.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
)

from harness.classes import dataclass
from harness.errors import ConfigError, IntegrityBroken, LedgerError
from harness.joining.project import JoiningProject
from harness.ledger import portfolio, schema
from harness.ledger.dialect import Connections, Cursor, Dialect, difference
from harness.ledger.keyring import TOPIC, Keys
from harness.ledger.seal import Entry, Head, seal
from harness.proof.keys import PrivateKey, PublicKey
from harness.proof.merkle import Frontier

_MOST = 2**63 - 1
_WRITTEN = (
    "SELECT position, originator_id, originator_version, topic, state, "
    "(SELECT note FROM tree_heads WHERE size = ?) FROM stored_events "
    "WHERE position BETWEEN ? AND ? ORDER BY position"
)
_RESTORE = "Run harness verify, and restore the ledger from its last good copy."


@dataclass(frozen=True, slots=True)
class Info:
    """Who a ledger is.

    Attributes:
        format: version of the tables.
        origin: name of the log in its checkpoints; random, so no two ledgers share it.
        key: fingerprint of the key that it was created with and that signs its first heads.
        created: ISO 8601 UTC; not sealed.
    """

    format: int
    origin: str
    key: str
    created: str

    @property
    def public_key(self) -> PublicKey:
        """The key that this ledger was created with.

        Raises:
            IntegrityBroken: the ledger names no key.
        """
        try:
            return PublicKey.from_fingerprint(self.key)
        except ConfigError:
            raise IntegrityBroken("the ledger names no key that could have sealed it") from None


class Moved(Exception):
    """Others appended since the ledger had so many entries."""


class Recorder(ApplicationRecorder):
    """Entries and heads of one ledger.

    Args:
        database: connections to it.
        key: signs new heads; None when only reading.
    """

    def __init__(self, database: Connections, key: PrivateKey | None = None) -> None:
        self.database = database
        self.key = key
        self._info: Info | None = None
        self._known_good: tuple[Head, Frontier] | None = None
        self._keys: Keys | None = None
        self._tail = (
            "SELECT tree_heads.*, "  # noqa: S608 - ours
            "(SELECT coalesce(min(position), 1) FROM stored_events), "
            "(SELECT coalesce(max(position), 0) FROM stored_events), "
            f"({database.dialect.ever}) FROM tree_heads ORDER BY size DESC LIMIT 1"
        )

    @property
    def info(self) -> Info:
        """Who the ledger is; read and checked when first asked for.

        Raises:
            LedgerError: the file is no ledger, or one of a newer version.
            IntegrityBroken: its tables or guards are not a ledger's.
        """
        if self._info is None:
            with self.database.transaction(commit=False) as cursor:
                self._info = read_info(cursor, self.database)
                check_schema(cursor, self.database)
        return self._info

    @property
    def keys(self) -> Keys:
        """The keys of the ledger, as of the newest head that was read."""
        return self._keys or Keys(self.info.public_key)

    def check_key(self) -> None:
        """Check that our key is the one that seals the next entry.

        Raises:
            LedgerError: it is another one.
            IntegrityBroken: the tail is not sealed.
        """
        self.newest_head()
        self._check_own(self.keys)

    def _check_own(self, keys: Keys) -> PrivateKey:
        if self.key is None:
            raise LedgerError("the ledger was opened for reading", where=self._where)
        if self.key.public != keys.newest:
            raise LedgerError(
                f"the ledger is sealed by {keys.newest.fingerprint}, the key file holds "
                f"{self.key.public.fingerprint}",
                where=self._where,
                todo="Name the ledger's own key file, or restore it from its backup. After harness "
                "key rotate it is the new one; if that was interrupted, it lies beside it, .new.",
            )
        return self.key

    @property
    def _where(self) -> str:
        return str(self.database.place)

    def create(self, before: Callable[[], None]) -> bool:
        """Make an empty place a ledger, its empty tree signed; ``before`` may still refuse.

        Does nothing to a place that holds tables already; says whether it did.
        """
        assert self.key is not None
        created = now()
        origin = f"connection-harness/ledger/{secrets.token_hex(16)}"
        head = seal(Frontier(), origin, self.key, created)
        with self.database.transaction(commit=True) as cursor:
            if self.database.dialect.objects(cursor):
                return False
            before()
            info = Info(schema.FORMAT, origin, self.key.public.fingerprint, created)
            lay_out(cursor, self.database.dialect, info)
            insert_head(cursor, head)
        return True

    def newest_head(self) -> Head:
        """The newest head, after checking that it is sealed and covers every entry.

        Raises:
            IntegrityBroken: it is not so.
        """
        with self.database.transaction(commit=False) as cursor:
            return self._checked_tail(cursor)[0]

    def head_at(self, cursor: Cursor, size: int) -> Head | None:
        """The stored head of exactly ``size`` entries."""
        cursor.execute("SELECT * FROM tree_heads WHERE size = ?", (size,))
        row = cursor.fetchone()
        return head_of(row) if row else None

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        listed: Sequence[JoiningProject] = (),
        at_size: int | None = None,
        **_: Any,
    ) -> Sequence[int]:
        """Append and seal, then read back; gives the positions.

        Args:
            stored_events: what is appended, in this order.
            listed: the projects that these events leave as they are, for the list.
            at_size: entries there have to be before; any number when not given.

        Raises:
            Moved: there are not so many; nothing was recorded.
            eventsourcing.persistence.IntegrityError: a version of a stream is taken already.
            LedgerError: it cannot be written; nothing was recorded.
            IntegrityBroken: the tail is not sealed, or what was written is not in it.
        """
        if not stored_events:
            return []
        with self.database.transaction(commit=True) as cursor:
            if at_size is not None and self.tail_head(cursor).size != at_size:
                raise Moved(at_size)
            head = self._insert_events(cursor, stored_events, listed)
            positions = range(head.size - len(stored_events) + 1, head.size + 1)
            self.database.commit(cursor)
            self._read_back(cursor, stored_events, positions, head)
        return positions

    def _insert_events(
        self, c: Cursor, stored_events: Sequence[StoredEvent], listed: Sequence[JoiningProject]
    ) -> Head:
        head, frontier = self._checked_tail(c)
        first, keys = head.size + 1, self.keys
        key = self._check_own(keys)
        entries = [_entry(first + offset, event) for offset, event in enumerate(stored_events)]
        for entry in entries:
            keys = keys.followed_by(entry)
        added = keys.changes[len(self.keys.changes) :]
        if any(place != entries[-1].position for place, _ in added):
            raise LedgerError("nothing is recorded together behind a change of the ledger's key")
        self._insert_rows(c, stored_events, first)
        tree = frontier.extend(entry.leaf() for entry in entries)
        after = seal(tree, self.info.origin, key, now())
        insert_head(c, after)
        if listed:
            portfolio.follow(c, self.database.dialect, (head.size, after.size), listed)
        self._keys = keys
        self._known_good = after, tree  # found again to the byte, its signature is not checked
        return after

    def _insert_rows(
        self, cursor: Cursor, stored_events: Sequence[StoredEvent], first: int
    ) -> None:
        rows = [
            (first + offset, each.originator_id, each.originator_version, each.topic, each.state)
            for offset, each in enumerate(stored_events)
        ]
        try:
            cursor.executemany("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", rows)
        except Exception as error:
            if self.database.dialect.is_taken(error):
                raise IntegrityError("this version of the stream is taken") from None
            raise

    def _checked_tail(self, cursor: Cursor) -> tuple[Head, Frontier]:
        """The newest head and its tree, if they are sealed and cover every entry."""
        origin = self.info.origin
        cursor.execute(self._tail)
        row = cursor.fetchone()
        if row is None:
            raise IntegrityBroken("the ledger has no signed tree head", where=self._where)
        *columns, first, last, ever = row
        head = head_of(columns)
        if self._known_good is not None and head == self._known_good[0]:
            frontier = self._known_good[1]
        else:
            self._keys = self._keys_for(cursor, head)
            frontier = head.check(origin, self._keys.at(head.size))
        self._check_covered(head.size, first, last, ever)
        self._known_good = (head, frontier)
        return head, frontier

    def _keys_for(self, cursor: Cursor, head: Head) -> Keys:
        """The keys up to a head, each signed in by the one before it.

        While the newest one known signs, nothing but the last entry can have changed it.
        """
        known = self.keys
        signs = head.is_named(self.info.origin, known.newest)
        keys, after = (known, head.size - 1) if signs else (Keys(self.info.public_key), 0)
        cursor.execute(
            "SELECT position, state FROM stored_events WHERE topic = ? AND position > ? "
            "ORDER BY position",
            (TOPIC, after),
        )
        for position, state in cursor.fetchall():
            if keys.changed_at(position):
                continue
            sealed = self.head_at(cursor, position)
            if sealed is None:
                raise IntegrityBroken(
                    f"the change of key at entry {position} is not sealed by the key before it",
                    where=self._where,
                    todo=_RESTORE,
                )
            sealed.check_note(self.info.origin, keys.newest)
            keys = keys.followed_by(Entry(position, b"", 0, TOPIC.encode(), state))
        return keys

    def _check_covered(self, size: int, first: int, last: int, ever: int) -> None:
        """The newest head covers every entry there is, and every one that ever was."""
        if last > size or first < 1:
            forged = f"entry {last} is" if last == size + 1 else f"entries {size + 1} to {last} are"
            forged = f"entry {first} is" if first < 1 else forged
            raise IntegrityBroken(
                f"{forged} not sealed: not written by this ledger",
                where=self._where,
                todo=_RESTORE,
            )
        if last < size or ever != size:
            raise IntegrityBroken(
                f"the ledger ends at entry {last}, but {max(size, ever)} were recorded",
                where=self._where,
                todo=_RESTORE,
            )

    def _read_back(
        self, cursor: Cursor, stored: Sequence[StoredEvent], positions: Sequence[int], head: Head
    ) -> None:
        written = [
            (place, each.originator_id, each.originator_version, each.topic, each.state, head.note)
            for each, place in zip(stored, positions, strict=True)
        ]
        cursor.execute(_WRITTEN, (head.size, positions[0], positions[-1]))
        if cursor.fetchall() != written:
            raise IntegrityBroken("what was recorded is not in the ledger", where=self._where)

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
        wanted = f"AND topic IN ({','.join('?' * len(topics))}) " if topics else ""
        statement = (
            "SELECT originator_id, originator_version, topic, state, position "  # noqa: S608 - ?
            "FROM stored_events WHERE position BETWEEN ? AND ? "
            f"{wanted}ORDER BY position LIMIT ?"
        )
        with self.database.transaction(commit=False) as cursor:
            cursor.execute(statement, [first, _MOST if stop is None else stop, *topics, limit])
            return [Notification(*row) for row in cursor.fetchall()]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Entries of one stream in the order of their versions."""
        statement = (
            "SELECT originator_id, originator_version, topic, state FROM stored_events "  # noqa: S608
            "WHERE originator_id = ? AND originator_version > ? AND originator_version <= ? "
            f"ORDER BY originator_version {'DESC' if desc else 'ASC'} LIMIT ?"
        )
        above, to = -_MOST if gt is None else gt, _MOST if lte is None else lte
        most = _MOST if limit is None else limit
        with self.database.transaction(commit=False) as cursor:
            cursor.execute(statement, [str(originator_id), above, to, most])
            return [StoredEvent(*row) for row in cursor.fetchall()]

    def max_notification_id(self) -> int:
        """The last position; 0 in an empty ledger."""
        return self.newest_head().size

    def subscribe(self, *_: Any, **__: Any) -> NoReturn:
        """Not offered.

        Raises:
            LedgerError: always.
        """
        raise LedgerError("a ledger has no subscribers: it is read when somebody asks")

    def streams(self) -> list[str]:
        """Ids of all streams, in the order they began."""
        with self.database.transaction(commit=False) as cursor:
            cursor.execute(
                "SELECT originator_id FROM stored_events WHERE originator_version = 1 "
                "ORDER BY position"
            )
            return [project for (project,) in cursor.fetchall()]

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
            sizes = [size for (size,) in cursor.fetchall()]
        return [_first_covering(sizes, position) for position in positions]

    @contextmanager
    def alone(self) -> Iterator[Cursor]:
        """A transaction during which nobody else appends or publishes."""
        with self.database.transaction(commit=True) as cursor:
            yield cursor

    def tail_head(self, cursor: Cursor) -> Head:
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


def lay_out(cursor: Cursor, dialect: Dialect, info: Info) -> None:
    """Make the tables and guards of a ledger, and its list, in an empty place."""
    for statement in dialect.layout:
        cursor.execute(statement)
    cursor.execute(
        "INSERT INTO ledger_info VALUES (1, ?, ?, ?, ?)",
        (info.format, info.origin, info.key, info.created),
    )
    portfolio.lay_out(cursor, dialect)


def insert_head(cursor: Cursor, head: Head) -> None:
    """Store a signed head behind the others."""
    cursor.execute(
        "INSERT INTO tree_heads VALUES (?, ?, ?, ?, ?)",
        (head.size, head.root, head.frontier, head.note, head.at),
    )


def head_of(row: Iterable[Any]) -> Head:
    """A head from its row.

    Raises:
        IntegrityBroken: a column is not of its type (the table's STRICT was circumvented).
    """
    size, root, frontier, note, at = row
    types = [type(each) for each in (size, root, frontier, note, at)]
    if types != [int, bytes, bytes, bytes, str]:
        raise IntegrityBroken("a stored tree head is not one")
    return Head(size, root, frontier, note, at)


def read_info(cursor: Cursor, database: Connections) -> Info:
    """Who the ledger is.

    Raises:
        LedgerError: the database is no ledger, or one of a newer version.
    """
    dialect, where = database.dialect, str(database.place)
    names = {name for kind, name in dialect.objects(cursor) if kind == "table"}
    if not names:
        what, todo = dialect.empty
        raise LedgerError(what, where=where, todo=todo)
    if not {name for kind, name in dialect.tables if kind == "table"} <= names:
        raise _foreign(where)
    try:
        cursor.execute("SELECT format, origin, key, created FROM ledger_info WHERE id = 1")
        row = cursor.fetchone()
    except dialect.no_column:
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


def check_schema(cursor: Cursor, database: Connections, *, guards: bool = True) -> None:
    """Check that tables, and triggers unless told otherwise, are exactly a ledger's.

    Raises:
        IntegrityBroken: they are not.
    """
    where = str(database.place)
    differs = difference(database.dialect.objects(cursor), database.dialect)
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
    return datetime.now(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
