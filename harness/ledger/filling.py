"""A ledger made of a record that lies elsewhere, and proven to be its equal.

Rules kept here:

* it is made where there is nothing, in one transaction that is committed only if what it made
  verifies to the same origin, key, size, root and heads;
* entries, heads and signatures are taken over to the byte: it continues the old one, with its key,
  and its checkpoints stay good.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import portfolio, schema, store
from harness.ledger.codec import Codec
from harness.ledger.databases import connections
from harness.ledger.dialect import Cursor, Dialect
from harness.ledger.exported import Line
from harness.ledger.places import Place
from harness.ledger.seal import Entry, Head
from harness.ledger.store import Info
from harness.ledger.verify import VerifyReport, verify_within
from harness.ledger_url import LedgerPlace
from harness.proof.merkle import Frontier


def fill(
    place: LedgerPlace,
    record: Iterable[Line],
    told: VerifyReport,
    published: Sequence[Place] = (),
    *,
    codec: Codec | None = None,
) -> None:
    """Take over every line of a record.

    Args:
        place: an empty file, or an empty place on a server.
        record: in its order, as ``exported`` gives it.
        told: what was proven of it.
        published: checkpoints that what is made has to agree with.
        codec: the events it may hold; those of a joining project when not given.

    Raises:
        LedgerError: there is something already, or it cannot be written.
        IntegrityBroken: what was made is not its equal; nothing was left.
    """
    database = connections(place, readonly=False)
    try:
        with database.transaction(commit=True) as cursor:
            if database.dialect.objects(cursor):
                raise not_new("there is something here", place)
            _take_over(cursor, database.dialect, record)
            portfolio.rewrite(cursor, database.dialect, told.size, told.replayed.values())
            check_equal(verify_within(cursor, database, published, codec=codec), told)
    finally:
        database.close()


def not_new(what: str, place: LedgerPlace) -> LedgerError:
    """That there is something in the way."""
    return LedgerError(
        f"{what} already: a record is taken over into a new ledger only",
        where=str(place),
        todo="Name another one with --ledger.",
    )


def check_equal(made: VerifyReport, told: VerifyReport) -> None:
    """Compare what was proven of two ledgers.

    Raises:
        IntegrityBroken: they are not the same record.
    """

    def identity(report: VerifyReport) -> tuple[str, str, int, str, int]:
        return report.origin, report.key, report.size, report.root, report.heads

    if identity(made) != identity(told):
        what = "what was taken over is not what was proven before"
        raise IntegrityBroken(what, where=str(made.path))


def _take_over(cursor: Cursor, dialect: Dialect, record: Iterable[Line]) -> None:
    frontier = Frontier()
    for line in record:
        match line:
            case Info():
                store.lay_out(cursor, dialect, replace(line, format=schema.FORMAT))
            case Entry():
                frontier = frontier.extend([line.leaf()])
                row = (line.position, line.project.decode(), line.version)
                values = (*row, line.topic.decode(), line.state)
                cursor.execute("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", values)
            case Head():
                store.insert_head(cursor, replace(line, frontier=frontier.encode()))
