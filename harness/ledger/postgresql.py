"""PostgreSQL as the ledger needs it: durable, one writer at a time, and every failure explained.

Rules kept here:

* a connection is used only if every setting holds: commits wait for the disk
  (``synchronous_commit`` is on, and so is the server's ``fsync``), the database is UTF-8, and names
  mean what PostgreSQL's own catalogue and the ledger's schema say;
* a writing transaction is READ COMMITTED and takes the write lock first, so it sees what was
  committed before its turn, and what it read stays true; a reading one is REPEATABLE READ;
* the write lock is an advisory one: it needs no right to change a table;
* another writer is waited for, then named as the reason; no statement runs for ever, and a writer
  that falls asleep loses its transaction;
* a connection lost during a commit is told as what it is: nobody knows whether it was recorded;
* no connection crosses a fork; no ``psycopg`` exception leaves this module, and no message holds a
  password.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg import pq

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger.database import BUSY_SECONDS
from harness.ledger.dialect import Dialect
from harness.ledger.forks import OfOneProcess
from harness.ledger.postgresql_schema import dialect
from harness.ledger_url import SharedLedger

CONNECT_SECONDS = 5
"""How long a server is waited for; ``connect_timeout`` in the URL comes before it."""
STATEMENT = "1min"
"""How long one statement may run, and how long a writer may hold the lock without a word."""
_NETWORK = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}

_BEGIN_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_RESTORE = "Restore the ledger from its last good copy."
_NOTHING = "nothing was recorded."
_LOOK = (
    "what was recorded before this stays recorded; look with harness history before you repeat "
    "anything."
)

_ADVICE: Final[dict[str, tuple[type[LedgerError], str, str]]] = {
    "55P03": (
        LedgerError,
        "the ledger is in use by another process",
        f"Wait until it is done, or end it, then try again; {_NOTHING}",
    ),
    "57014": (
        LedgerError,
        "the server did not answer in time",
        f"Try again when it has less to do; {_NOTHING}",
    ),
    "25P03": (LedgerError, "the server ended a transaction that waited", f"Try again; {_NOTHING}"),
    "42501": (
        LedgerError,
        "you may not do this with the ledger",
        f"Ask whoever runs the server for the right; {_NOTHING}",
    ),
    "25006": (
        LedgerError,
        "the ledger is read-only",
        f"Name the server that takes changes, not its copy; {_NOTHING}",
    ),
    "53100": (LedgerError, "the server's disk is full", f"Make room, then try again; {_NOTHING}"),
    "53200": (LedgerError, "the server is out of memory", f"Try again later; {_NOTHING}"),
    "53300": (
        LedgerError,
        "the server has no connection to spare",
        f"Try again later; {_NOTHING}",
    ),
    "3D000": (LedgerError, "there is no such database", "Name the right one with --ledger."),
    "42703": (LedgerError, "this is not a ledger of the harness", "Name the right schema."),
    "42P01": (LedgerError, "this is not a ledger of the harness", "Name the right schema."),
    "XX001": (IntegrityBroken, "the ledger's tables are damaged", _RESTORE),
    "XX002": (IntegrityBroken, "an index of the ledger is damaged", _RESTORE),
}
"""What a failure means for the reader, by SQLSTATE."""
_ADVICE_OF_CLASS: Final[dict[str, tuple[type[LedgerError], str, str]]] = {
    "08": (LedgerError, "the connection to the server was lost", f"Try again; {_NOTHING}"),
    "23": (
        LedgerError,
        "the ledger's tables do not take such an entry",
        f"Report this; {_NOTHING}",
    ),
    "57": (LedgerError, "the server is stopping or starting", f"Try again later; {_NOTHING}"),
}
"""The same for whatever else has a SQLSTATE that begins so."""


_REASONS: Final[dict[str, str]] = {
    "password authentication failed": "user or password is wrong",
    "no password supplied": "it asks for a password",
    "no pg_hba.conf entry": "it does not let this user in from here",
    "not permitted to log in": "this user is a role that may not log in (NOLOGIN)",
    'role "': "it does not know this user",
    'database "': "it has no such database, or does not let you into it",
    "starting up": "it is starting",
    "shutting down": "it is stopping",
    "too many": "it has no connection to spare",
    "remaining connection slots": "it has no connection to spare",
    "refused": "nothing listens there",
    "no such file": "nothing listens there",
    "timeout": "it did not answer in time",
    "could not translate": "the name of the host is not known",
    "ssl": "TLS is not possible as asked for (sslmode, sslrootcert in the URL)",
    "certificate": "its certificate does not prove who it is (sslrootcert in the URL)",
}
"""What libpq says when there is no connection, and what to tell; the first that fits."""


class Server(OfOneProcess["psycopg.Connection[tuple[Any, ...]]"]):
    """Connections to one ledger on a server.

    Args:
        place: the server, as its URL names it.
        readonly: nothing can be written through these connections.
        busy_seconds: how long another writer is waited for.
    """

    def __init__(
        self, place: SharedLedger, *, readonly: bool, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        super().__init__(str(place))
        self.place = place
        self.readonly = readonly
        self._busy_seconds = busy_seconds
        self._has_recorded = False

    @property
    def dialect(self) -> Dialect:
        """That of PostgreSQL, in this ledger's schema."""
        return dialect(self.place.schema)

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator["_Cursor"]:
        """A cursor inside one transaction; with ``commit`` it holds the write lock at once.

        Raises:
            LedgerError: the server cannot be used as asked.
            IntegrityBroken: it finds its tables damaged.
        """
        self._refuse_unusable()
        with self._explained(), self._borrowed() as connection:
            cursor = _Cursor(connection.cursor())
            cursor.execute(_BEGIN_WRITING if commit else _BEGIN_READING)
            if commit:
                cursor.execute("SELECT pg_advisory_xact_lock(?)", (_lock(self.place.schema),))
            yield cursor
            if commit and _is_open(connection):
                self._end(cursor)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self._told(explained(error, self.place)) from None

    def _told(self, error: LedgerError) -> LedgerError:
        """A failure, which takes back nothing of what was recorded before it."""
        if self._has_recorded:
            error.todo = error.todo.replace(_NOTHING, _LOOK)
        return error

    @contextmanager
    def _borrowed(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection for one transaction; rolled back unless that was committed."""
        connection = self._borrow()
        try:
            yield connection
        finally:
            with suppress(psycopg.Error):
                connection.rollback()
            is_sound = not _is_open(connection)
            self._give_back(connection, is_sound=is_sound)
            if not is_sound:
                self.close_idle()  # what ended one of them has ended the others as well

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        settings = {
            "connect_timeout": str(CONNECT_SECONDS),
            "application_name": "connection-harness",
            **_NETWORK,
            **dict(self.place.settings),
        }
        try:
            return psycopg.connect(**settings, client_encoding="UTF8", autocommit=True)  # type: ignore[arg-type]  # names and texts
        except psycopg.Error as error:
            raise self._told(_refused(error, self.place)) from None

    def _configure(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        wanted = {
            "synchronous_commit": "on",
            "search_path": f'pg_catalog, "{self.place.schema}", pg_temp',
            "lock_timeout": f"{max(1, round(self._busy_seconds * 1000))}ms",
            "statement_timeout": STATEMENT,
            "idle_in_transaction_session_timeout": "0" if self.readonly else STATEMENT,
            "default_transaction_read_only": "on" if self.readonly else "off",
        }
        sets = ", ".join("set_config(%s, %s, false)" for _ in wanted)
        texts = [text for pair in wanted.items() for text in pair]
        connection.execute(f"SELECT {sets}", texts)
        expected = {"synchronous_commit": "on", "server_encoding": "UTF8"}
        if not self.readonly:
            expected |= {"fsync": "on", "full_page_writes": "on"}
        asked = ", ".join("current_setting(%s)" for _ in expected)
        found = connection.execute(f"SELECT {asked}", tuple(expected)).fetchone() or ()
        for (name, value), shown in zip(expected.items(), found, strict=True):
            if shown != value:
                raise LedgerError(
                    f"a ledger needs a server with {name} = {value}",
                    where=str(self.place),
                    todo="Change the server's settings, or name another server with --ledger.",
                )

    def commit(self, cursor: "_Cursor") -> None:
        """Commit before the end of a transaction what was done in it: entries were recorded.

        Raises:
            LedgerError: it was not, or nobody knows.
        """
        self._end(cursor)
        self._has_recorded = True

    def _end(self, cursor: "_Cursor") -> None:
        try:
            done = cursor.end()
        except psycopg.OperationalError:
            raise LedgerError(
                "the connection to the server was lost while it was recording: it is not known "
                "whether it did",
                where=str(self.place),
                todo="Look with harness history before you repeat anything.",
            ) from None
        if done != "COMMIT":
            raise LedgerError(
                "the server took back what was to be recorded",
                where=str(self.place),
                todo=f"Try again; {_NOTHING}",
            )


class _Cursor:
    """A cursor that takes common SQL: ``?`` stands for a value."""

    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._cursor = cursor

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> None:
        """Run one statement."""
        if parameters:
            self._cursor.execute(statement.replace("?", "%s").encode(), parameters)
        else:
            self._cursor.execute(statement.encode())

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run one statement for each row."""
        self._cursor.executemany(statement.replace("?", "%s").encode(), rows)

    def end(self) -> str | None:
        """Commit; what the server says it did."""
        self._cursor.execute("COMMIT")
        return self._cursor.statusmessage

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row of the result; None when there is none."""
        return self._cursor.fetchone()

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows of the result that were not fetched yet."""
        return self._cursor.fetchall()


def _is_open(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    """Whether a transaction was begun and has not ended, be it that it failed."""
    return connection.info.transaction_status is not pq.TransactionStatus.IDLE


def _lock(schema: str) -> int:
    """Number of a ledger's write lock: locks are one database's, so the schema tells them apart."""
    digest = hashlib.sha256(f"connection-harness/ledger/{schema}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def explained(error: psycopg.Error, place: SharedLedger) -> LedgerError:
    """What a failure of PostgreSQL means for the reader; its own words are not repeated."""
    state = error.sqlstate or ("08" if isinstance(error, psycopg.OperationalError) else "")
    kind, what, todo = (
        _ADVICE.get(state)
        or _ADVICE_OF_CLASS.get(state[:2])
        or (
            LedgerError,
            f"the ledger cannot be used ({state or type(error).__name__})",
            f"Look into the server's log; {_NOTHING}",
        )
    )
    return kind(what, where=str(place), todo=todo)


def _refused(error: psycopg.Error, place: SharedLedger) -> LedgerError:
    """Why there is no connection; the message of libpq is looked at, not repeated."""
    told = str(error).casefold()
    known = (words for phrase, words in _REASONS.items() if phrase in told)
    return LedgerError(
        f"the server cannot be used: {next(known, 'it is not there, or does not let you in')}",
        where=str(place),
        todo="Check host, port, database, user and password (HARNESS_LEDGER_PASSWORD, ~/.pgpass), "
        f"and that the server runs; {_NOTHING}",
    )
