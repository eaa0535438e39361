"""SQLite as the ledger needs it: an explicit file, durable, and every failure explained.

Rules kept here:

* the file is named by an absolute path; ``:memory:`` and ``file:`` names are refused, so nothing
  is ever recorded in memory;
* WAL with ``synchronous = FULL`` is asserted on every connection: a commit survives power loss;
* a writing transaction takes the write lock at once, so what it read stays true until it commits;
* another writer is waited for, then named as the reason;
* no connection crosses a fork: idle ones are closed before it, the rest are refused after it;
* no ``sqlite3`` exception leaves this module.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger.dialect import Dialect
from harness.ledger.forks import OfOneProcess
from harness.ledger.schema import SQLITE

BUSY_SECONDS = 5
"""How long another writer is waited for."""
_RESTORE = "Restore the ledger from its last good copy."
_ADVICE: Final[dict[int, tuple[type[LedgerError], str, str]]] = {
    sqlite3.SQLITE_BUSY: (
        LedgerError,
        "the ledger is in use by another process",
        "Wait until it is done, or end it, then try again; nothing was recorded.",
    ),
    sqlite3.SQLITE_LOCKED: (
        LedgerError,
        "the ledger is in use by this process",
        "Try again; nothing was recorded.",
    ),
    sqlite3.SQLITE_READONLY: (
        LedgerError,
        "the ledger is read-only",
        "Make file and folder writable for you; nothing was recorded.",
    ),
    sqlite3.SQLITE_FULL: (
        LedgerError,
        "the disk is full",
        "Make room, then try again; nothing was recorded.",
    ),
    sqlite3.SQLITE_IOERR: (
        LedgerError,
        "the disk refused to read or write (full, over quota or failing)",
        "Make room or check the disk, then try again; nothing was recorded.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        LedgerError,
        "the ledger cannot be opened",
        "Check that its folder exists and that you may read and write there.",
    ),
    sqlite3.SQLITE_NOMEM: (
        LedgerError,
        "there is not enough memory",
        "Free some, look whether it was recorded (harness history), then try again.",
    ),
    sqlite3.SQLITE_PERM: (
        LedgerError,
        "you may not use this ledger",
        "Make file and folder accessible for you.",
    ),
    sqlite3.SQLITE_CONSTRAINT: (
        LedgerError,
        "the ledger's tables do not take such an entry",
        "Report this; nothing was recorded.",
    ),
    sqlite3.SQLITE_NOTADB: (
        LedgerError,
        "this file is not a ledger: it is not a SQLite database",
        "Name the right file, or restore the ledger from its last good copy.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        IntegrityBroken,
        "the ledger's file is damaged or cut off",
        _RESTORE,
    ),
}

_FOREIGN = (sqlite3.Error, UnicodeDecodeError, MemoryError)


class Database(OfOneProcess[sqlite3.Connection]):
    """Connections to one ledger file.

    Args:
        path: the file, as :func:`located` gives it.
        readonly: nothing can be written through these connections.
        busy_seconds: how long another writer is waited for.
    """

    def __init__(self, path: Path, *, readonly: bool, busy_seconds: float = BUSY_SECONDS) -> None:
        super().__init__(str(path))
        self.path = path
        self.readonly = readonly
        self._busy_seconds = busy_seconds
        self._writing = Lock()

    @property
    def place(self) -> Path:
        """The file."""
        return self.path

    @property
    def dialect(self) -> Dialect:
        """That of SQLite."""
        return SQLITE

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[sqlite3.Cursor]:
        """A cursor inside one transaction; with ``commit`` it holds the write lock at once.

        Raises:
            LedgerError: the file cannot be used as asked.
            IntegrityBroken: the file is damaged.
        """
        self._refuse_unusable()
        if commit and not self._writing.acquire(timeout=max(self._busy_seconds, 0.1)):
            raise _meaning(sqlite3.SQLITE_BUSY, "", self.path)
        try:
            connection = self._borrow()
            cursor = connection.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
                yield cursor
                if connection.in_transaction:
                    cursor.execute("COMMIT" if commit else "ROLLBACK")
            finally:
                self._end(connection, cursor)
        except _FOREIGN as error:
            raise explained(error, self.path) from None
        finally:
            if commit:
                self._writing.release()

    def commit(self, cursor: sqlite3.Cursor) -> None:
        """Commit before the end of a transaction what was done in it."""
        cursor.execute("COMMIT")

    def _end(self, connection: sqlite3.Connection, cursor: sqlite3.Cursor) -> None:
        """Give a connection back; rolled back unless its transaction was ended."""
        cursor.close()
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.rollback()
        self._give_back(connection, is_sound=not connection.in_transaction)

    def _connect(self) -> sqlite3.Connection:
        uri = f"{self.path.as_uri()}?mode={'ro' if self.readonly else 'rw'}"
        if self.readonly and self._cannot_share():
            uri += "&immutable=1"
        return sqlite3.connect(
            uri,
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            timeout=self._busy_seconds,
        )

    def _cannot_share(self) -> bool:
        """A closed ledger on read-only media: no log beside it to miss, none can be made."""
        log = self.path.with_name(self.path.name + "-wal")
        return not log.exists() and not os.access(self.path.parent, os.W_OK)

    def _configure(self, connection: sqlite3.Connection) -> None:
        settings = {"foreign_keys": 1, "trusted_schema": 0, "synchronous": 2}
        if self.readonly:
            settings["query_only"] = 1
        elif _pragma(connection, "journal_mode=WAL") != "wal":
            raise sqlite3.OperationalError("no write-ahead log on this file system")
        for name, value in settings.items():
            connection.execute(f"PRAGMA {name}={value}")
            if _pragma(connection, name) != value:
                raise sqlite3.OperationalError(f"{name} is not honoured")


def _pragma(connection: sqlite3.Connection, text: str) -> object:
    row = connection.execute(f"PRAGMA {text}").fetchone()
    value: object = row[0] if row else None
    return value


def located(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a ledger, links resolved.

    Raises:
        LedgerError: the name is empty, no file, or one that SQLite would take for something else.
    """
    name = os.fspath(path)
    if name in {"", "."} or "\0" in name:
        raise LedgerError("no ledger is named", todo="Name a file with --ledger.")
    if name.startswith(("file:", ":")):
        raise LedgerError(
            "a ledger is a file, never memory and never a URI",
            where=name,
            todo="Name an ordinary path, if need be with ./ before it.",
        )
    path = Path(os.path.realpath(name))
    if path.is_dir():
        raise LedgerError(
            "this is a folder, a ledger is a file", where=str(path), todo="Name the file in it."
        )
    if path.exists() and not path.is_file():  # whoever opens a pipe waits for its other end
        raise LedgerError(
            "this is a pipe or a device, a ledger is a file",
            where=str(path),
            todo="Name another one.",
        )
    return path


def explained(error: Exception, path: Path) -> LedgerError:
    """What a failure of SQLite means for the reader."""
    if isinstance(error, MemoryError):
        code = sqlite3.SQLITE_NOMEM
    elif isinstance(error, UnicodeDecodeError):
        code = sqlite3.SQLITE_CORRUPT  # its own message quotes the damaged text
    else:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return _meaning(code, name, path)


def _meaning(code: int, name: str, path: Path) -> LedgerError:
    if code in _ADVICE:
        kind, what, todo = _ADVICE[code]
        return kind(what, where=str(path), todo=todo)
    return LedgerError(f"the ledger cannot be used ({name})", where=str(path), todo=_RESTORE)
