"""What differs between the databases that can keep a ledger: data, and a few small functions.

The rules of the record are written once, in ``store``; they see a database through what stands
here. Statements of the rules are common SQL with ``?`` for values and columns in the tables' order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

from harness.classes import dataclass
from harness.ledger_url import LedgerPlace

Objects: TypeAlias = Mapping[tuple[str, str], str | None]
"""What a database consists of: kind and name, and what tells whether it was altered."""
_PARTS = {"table", "column", "constraint"}
"""Kinds of things whose name begins with that of their table."""


class Cursor(Protocol):
    """A cursor inside a transaction."""

    def execute(self, statement: str, parameters: Sequence[Any] = ..., /) -> object:
        """Run one statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each row."""

    def fetchone(self) -> Any:
        """The next row of the result, to be unpacked; None when there is none."""

    def fetchall(self) -> list[Any]:
        """The rows of the result that were not fetched yet."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of database.

    Attributes:
        layout: statements that make the tables and guards of a ledger in an empty place.
        tables: what a ledger's rows depend on, as ``objects`` gives it.
        guards: what keeps honest people from changing the record, likewise.
        listing: statements that make the tables of the list of projects.
        listed: what that list consists of, likewise. It is no part of the record: whatever it is,
            the record is whole.
        objects: whatever there is in the place of a ledger.
        empty: what to say of a place without anything, and what to do.
        ever: statement: the largest position that was ever given.
        as_bytes: a text column as the bytes that are sealed; ``{}`` is its name.
        odd_row: statement: position of an entry with a column that no ledger writes, if any; one
            before the first is such, for no walk through the entries meets it.
        is_whole: whether the database finds no contradiction between its own parts.
        is_taken: whether a failed insertion means that a version of a stream is taken.
        no_column: the exception for a column that is not there.
        failure: what all exceptions of this kind of database are.
    """

    layout: tuple[str, ...]
    tables: Objects
    guards: Objects
    listing: tuple[str, ...]
    listed: Objects
    objects: Callable[[Cursor], Objects]
    empty: tuple[str, str]
    ever: str
    as_bytes: str
    odd_row: str
    is_whole: Callable[[Cursor], bool]
    is_taken: Callable[[Exception], bool]
    no_column: type[Exception]
    failure: type[Exception]

    def is_guard(self, kind: str) -> bool:
        """Whether things of a kind are guards; all else are tables."""
        return kind in {each for each, _ in self.guards}

    @property
    def list_tables(self) -> tuple[str, ...]:
        """Names of the tables of the list of projects."""
        return tuple(name for kind, name in self.listed if kind == "table")

    def of_list(self, found: Objects) -> Objects:
        """What belongs to the list of projects: its tables, and what bears their names."""
        tables = self.list_tables
        return {
            (kind, name): text
            for (kind, name), text in found.items()
            if (kind in _PARTS and name.partition(".")[0] in tables) or (kind, name) in self.listed
        }


class Connections(Protocol):
    """Connections to one database that keeps a ledger."""

    readonly: bool

    @property
    def place(self) -> LedgerPlace:
        """Where it is."""

    @property
    def dialect(self) -> Dialect:
        """Its kind."""

    def transaction(self, *, commit: bool) -> AbstractContextManager[Cursor]:
        """A cursor inside one transaction; with ``commit`` it holds the write lock at once.

        Without ``commit`` all its statements see the same rows. Nothing but ``LedgerError`` and
        the caller's own exceptions leave it.
        """

    def commit(self, cursor: Any) -> None:
        """Commit before the end of a transaction what was done in it.

        Each statement behind it is a transaction of its own.

        Args:
            cursor: that of a transaction with ``commit``.
        """

    def close(self) -> None:
        """Close every connection."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a database differs from a ledger's.

    Attributes:
        tables: a table is missing, different, or one too many: the rows mean something else.
        guards: a trigger is missing, different, or one too many.
    """

    tables: bool
    guards: bool


def difference(found: Objects, dialect: Dialect) -> Difference:
    """Compare what there is with what a ledger is made of."""
    guards = {key: text for key, text in found.items() if dialect.is_guard(key[0])}
    left_out = guards.keys() | dialect.of_list(found).keys()
    tables = {key: text for key, text in found.items() if key not in left_out}
    return Difference(tables=tables != dialect.tables, guards=guards != dialect.guards)
