"""The list of projects: one row each, kept on append so that nobody has to read every event.

Rules kept here:

* the list is a cache outside the sealed leaves: it proves nothing, no decision reads it, and the
  entries lead to it again at any time;
* it is written in the transaction of the entries it tells of, so it never runs ahead of them;
* whatever is wrong with it stops nobody from appending or verifying: what fails is undone by
  itself, and the list is left behind, or is none;
* it says up to which entry it stands, and in which format: a list that does not stand at the end,
  or is of another format, is not read. A list of a newer format is left alone.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from harness.classes import dataclass
from harness.joining.project import JoiningProject
from harness.joining.summary import Summary, summary
from harness.ledger.dialect import Cursor, Dialect

T = TypeVar("T")

FORMAT: Final = 1
"""Version of the rows; another one means: write them anew."""
ANEW: Final = "Write it anew from the record: harness project list --rebuild."

_MARKS: Final = ", ".join("?" * len(Summary._fields))
_INSERT: Final = f"INSERT INTO portfolio VALUES ({_MARKS})"  # noqa: S608 - only ? marks
_PUT: Final = (
    f"{_INSERT} ON CONFLICT (project) DO UPDATE SET "
    f"{', '.join(f'{name} = excluded.{name}' for name in Summary._fields[1:])}"
)
"""The row of a project, be it there or not."""


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
    """Make an empty list, which tells of no entry, in the place of what there is of one."""
    for name in dialect.list_tables:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in dialect.listing:
        cursor.execute(statement)
    cursor.execute("INSERT INTO portfolio_stand VALUES (?, 0)", (FORMAT,))


def follow(
    cursor: Cursor, dialect: Dialect, sizes: tuple[int, int], projects: Iterable[JoiningProject]
) -> None:
    """Take the list from one size of the record to the next; one that stands elsewhere is left.

    Args:
        cursor: in the transaction that appends the entries.
        dialect: says what fails.
        sizes: entries there were, and are now.
        projects: those that have a new entry, as it leaves them.
    """
    before, after = sizes

    def act() -> None:
        cursor.execute("SELECT format, position FROM portfolio_stand")
        if tuple(cursor.fetchone() or ()) == (FORMAT, before):
            cursor.execute("UPDATE portfolio_stand SET position = ?", (after,))
            for row in map(summary, projects):
                cursor.execute(_PUT, row)

    _by_itself(cursor, dialect, act)


def rewrite(
    cursor: Cursor, dialect: Dialect, size: int, projects: Iterable[JoiningProject]
) -> None:
    """Write the list anew as a replay of the whole record tells it; projects may come slowly."""
    if dialect.of_list(dialect.objects(cursor)) == dialect.listed:
        for name in dialect.list_tables:  # who may write it need not be allowed to make tables
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - ours
        cursor.execute("INSERT INTO portfolio_stand VALUES (?, 0)", (FORMAT,))
    else:
        lay_out(cursor, dialect)
    cursor.execute("UPDATE portfolio_stand SET position = ?", (size,))
    for each in projects:
        cursor.execute(_INSERT, summary(each))


def stand(cursor: Cursor, dialect: Dialect) -> Kept | None:
    """The list without its rows; None when the ledger has none, or none that can be read."""
    return _by_itself(cursor, dialect, lambda: _stand(cursor, dialect))


def stored(cursor: Cursor, dialect: Dialect) -> Kept | None:
    """The list as it is stored; None when the ledger has none, or none that can be read."""
    return _by_itself(cursor, dialect, lambda: _stored(cursor, dialect))


def _stand(cursor: Cursor, dialect: Dialect) -> Kept | None:
    found = dialect.of_list(dialect.objects(cursor))
    if not {("table", name) for name in dialect.list_tables} <= found.keys():
        return None
    cursor.execute("SELECT * FROM portfolio_stand")
    row = tuple(cursor.fetchone() or ())
    if [type(each) for each in row] != [int, int]:
        return Kept(0, 0)
    if row[0] == FORMAT and found != dialect.listed:
        return Kept(0, row[1])
    return Kept(*row)


def _stored(cursor: Cursor, dialect: Dialect) -> Kept | None:
    found = _stand(cursor, dialect)
    if found is None or found.format != FORMAT:
        return found
    cursor.execute("SELECT * FROM portfolio ORDER BY project")
    return Kept(found.format, found.position, tuple(map(Summary._make, cursor.fetchall())))


def _by_itself(cursor: Cursor, dialect: Dialect, act: Callable[[], T]) -> T | None:
    """What is done with the list; where that fails it is undone, and the transaction goes on.

    What has ended the transaction as a whole is raised as it came.
    """
    cursor.execute("SAVEPOINT listing")
    try:
        done = act()
    except dialect.failure as error:
        try:
            cursor.execute("ROLLBACK TO SAVEPOINT listing")
        except dialect.failure:
            raise error from None
        done = None
    cursor.execute("RELEASE SAVEPOINT listing")
    return done


def compared(kept: Kept | None, size: int, projects: Mapping[str, JoiningProject]) -> Compared:
    """How a list compares with the projects that so many entries lead to."""
    if kept is None or not kept.stands_at(size):
        return Compared(State.NONE if kept is None else State.BEHIND)
    told = {summary(each) for each in projects.values()}
    differing = min((row.project for row in told.symmetric_difference(kept.rows)), default=None)
    if differing is None:
        return Compared(State.AS_RECORDED)
    return Compared(State.DIFFERS, differing)
