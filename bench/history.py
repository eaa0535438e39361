"""``python -m bench.history WHO LEDGER``: a long history read once, in a process of its own.

Prints seconds, processor seconds and the process's peak of memory. WHO is ``scan`` (its rows
fetched), ``hash`` and ``decode`` (its rows hashed into the tree, or read as JSON, and nothing
else), ``seal`` (every byte against every signed head), ``replay`` (every event decoded and judged
by the rules), ``verify`` (what ``harness verify`` does) or ``library`` (the eventsourcing library
reading aggregates of its own; LEDGER is then a file that :func:`make_bare` wrote).
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from bench.bare import Told, application, text
from bench.processes import peak
from harness.joining.actor import Actor, Party
from harness.joining.events import EVENTS, Kind, OrganisationKind
from harness.joining.process import PROCESSES
from harness.joining.project import JoiningProject
from harness.ledger import store
from harness.ledger.codec import Codec
from harness.ledger.databases import connections
from harness.ledger.seal import Entry, seal
from harness.ledger.sources import StoredSource
from harness.ledger.verify import _Check, _Story, verify
from harness.proof.keys import PrivateKey
from harness.proof.merkle import Frontier, leaf_hash

BATCH: Final = 100
"""Events of a transaction."""
_MARK: Final = b"@" * 12
_WHO: Final = Actor("developer", Party.SUPPLIER, "technical supplier's developer")
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


def make(path: Path, projects: int, each: int) -> None:
    """A ledger of so many projects with so many events each, the projects in turns."""
    key = PrivateKey.create(path.with_name("ledger.key"))
    path.touch()
    database = connections(path, readonly=False)
    recorder = store.Recorder(database, key)
    recorder.create(lambda: None)
    origin, frontier = recorder.info.origin, Frontier()
    with database.transaction(commit=True) as cursor:
        for batch in _batches(projects, each):
            cursor.executemany("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", map(_row, batch))
            frontier = frontier.extend(each.leaf() for each in batch)
            store.insert_head(cursor, seal(frontier, origin, key, store.now()))
    database.close()


def make_bare(path: Path, aggregates: int, each: int) -> None:
    """A file of the bare library with so many aggregates of so many events of that size."""
    app = application(path)
    for _ in range(aggregates):
        told = Told()
        for number in range(1, each):
            told.tell(text(number), _WHO.role, number)
        app.save(told)
    app.close()


def _batches(projects: int, each: int) -> Iterator[list[Entry]]:
    template, events = _template(each), projects * each
    for first in range(0, events, BATCH):
        yield [
            Entry(
                number + 1,
                b"project-%06d" % (number % projects),
                number // projects + 1,
                template[number // projects].topic.encode(),
                template[number // projects].state.replace(_MARK, b"%012d" % number),
            )
            for number in range(first, min(first + BATCH, events))
        ]


def _row(entry: Entry) -> tuple[int, str, int, str, bytes]:
    topic, state = entry.topic.decode(), entry.state
    return entry.position, entry.project.decode(), entry.version, topic, state


def _template(events: int) -> list[StoredEvent]:
    """The events of one project, some 440 bytes each; every one is marked to be made unlike."""
    mark = _MARK.decode()
    project = JoiningProject.create(
        "project",
        name=f"Bench {mark}",
        kind=Kind.REHEARSAL,
        organisation_kind=OrganisationKind.MUNICIPALITY,
        process=next(iter(PROCESSES)),
        at=_START,
        actor=_WHO,
        event_id=f"0-{mark}",
    )
    for number in range(1, events):
        text = f"reading {number} of the descriptions of the interface, {mark}"
        values = {"studied": True, "version": text}
        stated = (0, "interface-descriptions", Party.SUPPLIER, values)
        at, event_id = _START + timedelta(seconds=number), f"{number}-{mark}"
        assert project.record_item(*stated, at=at, actor=_WHO, event_id=event_id)
    codec = Codec(EVENTS)
    return [codec.to_stored_event(each) for each in project.collect_events()]


def scan(path: Path) -> None:
    """Every column of every row, one row at a time."""
    with closing(sqlite3.connect(path)) as connection:
        for _ in connection.execute("SELECT * FROM stored_events"):
            pass


def hashed(path: Path) -> None:
    """The least that a verification must do: every row fetched, and hashed into the tree."""
    frontier = Frontier()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT * FROM stored_events")
        while page := rows.fetchmany(BATCH):
            leaves = [leaf_hash(state) for *_, state in page]
            frontier = frontier.extend(leaves)


def decoded(path: Path) -> None:
    """The least that a replay must do: every row fetched, its JSON read and nothing judged."""
    with closing(sqlite3.connect(path)) as connection:
        for *_, state in connection.execute("SELECT * FROM stored_events"):
            json.loads(state)


def sealed(path: Path) -> None:
    """The tree computed anew; every head, every signature."""
    with _source(path) as source:
        info = source.info()
        _Check(source, None, every_signature=True)._bytes(info, frozenset())  # noqa: SLF001 - a part


def replayed(path: Path) -> None:
    """Every event decoded strictly and judged by the rules."""
    story = _Story(Codec(EVENTS))
    with _source(path) as source:
        for entry in source.rows():
            story.tell(entry)


@contextmanager
def _source(path: Path) -> Iterator[StoredSource]:
    database = connections(path, readonly=True)
    try:
        with database.transaction(commit=False) as cursor:
            yield StoredSource(cursor, database)
    finally:
        database.close()


def whole(path: Path) -> None:
    """What the command does, all of it."""
    verify(path)


def by_library(path: Path) -> None:
    """Every aggregate from its events, as the library does it: no form, rule or seal is checked."""
    app = application(path)
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT DISTINCT originator_id FROM stored_events").fetchall()
    for (each,) in found:
        app.repository.get(UUID(each))
    app.close()


JOBS: Final[Mapping[str, Callable[[Path], None]]] = {
    "scan": scan,
    "hash": hashed,
    "decode": decoded,
    "seal": sealed,
    "replay": replayed,
    "verify": whole,
    "library": by_library,
}


def main(who: str, path: Path) -> None:
    """Do one job and print what it took."""
    start, used = time.perf_counter(), time.process_time()
    JOBS[who](path)
    seconds, cost = time.perf_counter() - start, time.process_time() - used
    sys.stdout.write(json.dumps({"seconds": seconds, "cost": cost, "peak": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
