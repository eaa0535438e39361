"""The list of projects: one row each, kept on append so that nobody has to read every event.

Rules kept here:

* the list is a cache outside the sealed leaves: it proves nothing, no decision reads it, and the
  entries lead to it again at any time;
* it is written in the transaction of the entries it tells of, so it never runs ahead of them;
* it says up to which entry it stands, and in which format: a list that does not stand at the end,
  or is of another format, is not read. A list of a newer format is left alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.joining.project import JoiningProject
from harness.joining.summary import Summary, summary
from harness.ledger.dialect import Cursor, Dialect

FORMAT: Final = 1
"""Version of the rows; another one means: write them anew."""
ANEW: Final = "Write it anew from the record: harness project list --rebuild."

_MARKS: Final = ", ".join("?" * len(Summary._fields))
_INSERT: Final = f"INSERT INTO portfolio VALUES ({_MARKS})"  # noqa: S608 - only ? marks


@dataclass(frozen=True, slots=True)
class Kept:
    """The list as it is stored.

    Attributes:
        format: of its rows; 0 of one that cannot be read.
        position: the last entry it tells of.
        rows: a row for each project, by id; none when it is of another format.
    """

    format: int
    position: int
    rows: tuple[Summary, ...] = ()

    def stands_at(self, size: int) -> bool:
        """It tells of exactly so many entries, in today's format."""
        return (self.format, self.position) == (FORMAT, size)


class State(StrEnum):
    """How the list compares with a replay of the record."""

    AS_RECORDED = "as recorded"
    BEHIND = "behind"
    DIFFERS = "differs"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Compared:
    """A list compared with a replay of the record.

    Attributes:
        state: how it compares; one that is behind is not shown by anything.
        project: the first one of which it says something else.
    """

    state: State
    project: str = ""


def lay_out(cursor: Cursor, dialect: Dialect) -> None:
    """Make an empty list, which tells of no entry, where one is kept."""
    for name, statement in dialect.listing.items():
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(statement)
    if dialect.listing:
        cursor.execute("INSERT INTO portfolio_stand VALUES (?, 0)", (FORMAT,))


def follow(
    cursor: Cursor, dialect: Dialect, sizes: tuple[int, int], projects: Iterable[JoiningProject]
) -> None:
    """Take the list from one size of the record to the next; one that stands elsewhere is left.

    Args:
        cursor: in the transaction that appends the entries.
        dialect: says whether a list is kept.
        sizes: entries there were, and are now.
        projects: those that have a new entry, as it leaves them.
    """
    if not dialect.listing:
        return
    before, after = sizes
    cursor.execute("SELECT format, position FROM portfolio_stand")
    if tuple(cursor.fetchone() or ()) == (FORMAT, before):
        cursor.execute("UPDATE portfolio_stand SET position = ?", (after,))
        _replace(cursor, [summary(each) for each in projects])


def rewrite(
    cursor: Cursor, dialect: Dialect, size: int, projects: Iterable[JoiningProject]
) -> None:
    """Write the list anew, where one is kept, as a replay of the whole record tells it."""
    if not dialect.listing:
        return
    lay_out(cursor, dialect)
    cursor.execute("UPDATE portfolio_stand SET position = ?", (size,))
    cursor.executemany(_INSERT, (summary(each) for each in projects))


def _replace(cursor: Cursor, rows: Sequence[Summary]) -> None:
    cursor.executemany("DELETE FROM portfolio WHERE project = ?", [row[:1] for row in rows])
    cursor.executemany(_INSERT, rows)


def stand(cursor: Cursor, dialect: Dialect) -> Kept | None:
    """The list without its rows; None when the ledger has none."""
    objects = dialect.objects(cursor) if dialect.listing else {}
    found = {name: sql for (_, name), sql in objects.items() if name in dialect.listing}
    if not found or found.keys() != dialect.listing.keys():
        return None
    cursor.execute("SELECT * FROM portfolio_stand")
    row = tuple(cursor.fetchone() or ())
    if [type(each) for each in row] != [int, int]:
        return Kept(0, 0)
    if row[0] == FORMAT and found != dialect.listing:
        return Kept(0, row[1])
    return Kept(*row)


def stored(cursor: Cursor, dialect: Dialect) -> Kept | None:
    """The list as it is stored; None when the ledger has none."""
    found = stand(cursor, dialect)
    if found is None or found.format != FORMAT:
        return found
    cursor.execute("SELECT * FROM portfolio ORDER BY project")
    return Kept(found.format, found.position, tuple(map(Summary._make, cursor.fetchall())))


def compared(kept: Kept | None, size: int, projects: Mapping[str, JoiningProject]) -> Compared:
    """How a list compares with the projects that so many entries lead to."""
    if kept is None or not kept.stands_at(size):
        return Compared(State.NONE if kept is None else State.BEHIND)
    told = {summary(each) for each in projects.values()}
    differing = min((row.project for row in told.symmetric_difference(kept.rows)), default=None)
    if differing is None:
        return Compared(State.AS_RECORDED)
    return Compared(State.DIFFERS, differing)
