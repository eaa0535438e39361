"""Row 8: a durable append with its signed tree head, against the bare eventsourcing library."""

import itertools
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from bench.bare import Told, application, text
from bench.measuring import Check, Contender, Goal, Row, Setting
from harness.joining.actor import Actor, Party
from harness.joining.events import Kind, OrganisationKind
from harness.joining.process import PROCESSES
from harness.joining.project import JoiningProject
from harness.ledger.application import Ledger

OURS: Final = "ledger, sealed, one event a transaction"
BARE: Final = "eventsourcing, one event a transaction"
RAW: Final = "sqlite3, one row a transaction"
OURS_MANY: Final = "ledger, sealed, 100 events a transaction"
BARE_MANY: Final = "eventsourcing, 100 events a transaction"
RAW_MANY: Final = "sqlite3, 100 rows a transaction"
MANY: Final = 100
_WHO: Final = Actor("developer", Party.SUPPLIER, "technical supplier's developer")
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_FULL: Final = 2
_COSTS: Final[dict[str, list[float]]] = {}
"""Processor seconds of each go."""


class _Store(Protocol):
    def make(self, count: int) -> None:
        """Make so many events, by whatever rules there are; nothing of it is timed."""

    def append(self) -> None:
        """Record what was made in one transaction."""


Maker = Callable[[Setting, Path], _Store]


class _Ours:
    """Our ledger: rules, codec, seal, list of projects, and everything read back."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        folder.mkdir()
        opened = Ledger.open(folder / "ledger.sqlite3", folder / "ledger.key", create=True)
        self._ledger = setting.exits.enter_context(opened)
        self._project = JoiningProject.create(
            "bench",
            name="Bench",
            kind=Kind.REHEARSAL,
            organisation_kind=OrganisationKind.MUNICIPALITY,
            process=next(iter(PROCESSES)),
            at=_START,
            actor=_WHO,
            event_id="e0",
        )
        self._ledger.save(self._project, 0)
        self._before = self._project.version
        with self._ledger._recorder.database.transaction(commit=False) as cursor:  # noqa: SLF001
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == _FULL

    def make(self, count: int) -> None:
        self._before = self._project.version
        for number in range(self._before, self._before + count):
            values = {"studied": True, "version": text(number)}
            at = _START + timedelta(seconds=number)
            stated = (0, "interface-descriptions", Party.SUPPLIER, values)
            assert self._project.record_item(*stated, at=at, actor=_WHO, event_id=f"e{number}")

    def append(self) -> None:
        self._ledger.save(self._project, self._before)


class _Bare:
    """The library as it comes, with a file of its own."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        folder.mkdir()
        app = application(folder / "events.sqlite3")
        setting.exits.callback(app.close)
        self._app, self._told, self._number = app, Told(), itertools.count()
        app.save(self._told)
        recorder: Any = app.recorder
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == _FULL
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone()[0] == "wal"

    def make(self, count: int) -> None:
        for number in itertools.islice(self._number, count):
            self._told.tell(text(number), _WHO.role, number)

    def append(self) -> None:
        self._app.save(self._told)


class _Raw:
    """Rows of the same size, and nothing else."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        folder.mkdir()
        self._connection = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
        setting.exits.callback(self._connection.close)
        for each in ("journal_mode=WAL", f"synchronous={_FULL}"):
            self._connection.execute(f"PRAGMA {each}")
        self._connection.execute(
            "CREATE TABLE told (position INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT, "
            "version INTEGER, topic TEXT, state BLOB, UNIQUE (project, version)) STRICT"
        )
        self._number = itertools.count(1)
        self._rows: list[tuple[str, int, str, bytes]] = []

    def make(self, count: int) -> None:
        self._rows = [
            ("bench", number, "joining.ItemRecorded.v1", text(number).encode())
            for number in itertools.islice(self._number, count)
        ]

    def append(self) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for row in self._rows:
            execute("INSERT INTO told VALUES (NULL, ?, ?, ?, ?)", row)
        execute("COMMIT")


def _contenders(setting: Setting) -> Sequence[Contender]:
    goes, found = setting.number(300, 20), list[Contender]()
    makers: Sequence[tuple[Maker, str, str]] = (
        (_Bare, BARE, BARE_MANY),
        (_Ours, OURS, OURS_MANY),
        (_Raw, RAW, RAW_MANY),
    )
    for number, (maker, one, many) in enumerate(makers):
        for name, times, count in ((one, goes, 1), (many, goes // 20, MANY)):
            store = maker(setting, setting.folder / f"{number}-{count}")
            found.append(Contender(name, partial(_go, name, store, times, count)))
    return found


def _go(name: str, store: _Store, times: int, count: int) -> float:
    """Seconds of the appends alone: who made the events, and by what rules, is another matter."""
    seconds = cost = 0.0
    for _ in range(times):
        store.make(count)
        start, used = time.perf_counter(), time.process_time()
        store.append()
        seconds, cost = seconds + time.perf_counter() - start, cost + time.process_time() - used
    _COSTS.setdefault(name, []).append(cost)
    return seconds


def _checks(_setting: Setting) -> Sequence[Check]:
    """The same in processor time, which other work on disk and machine changes less."""
    costs = {name: statistics.median(each) for name, each in _COSTS.items()}
    return [
        Check(f"in processor time: at least {limit} x {peer}", f"{ratio:.2f} x", ratio >= limit)
        for peer, limit in ((BARE, 0.8), (RAW, 0.6))
        for ratio in (costs[peer] / costs[OURS],)
    ]


ROW: Final = Row(
    8,
    "durable append with a signed tree head",
    _contenders,
    (
        Goal("at least 0.8 x bare eventsourcing", OURS, 0.8, (BARE,), at_least=True),
        Goal("stretch: at least 0.6 x raw sqlite3", OURS, 0.6, (RAW,), at_least=True),
        Goal("100 a transaction: at least 0.8 x", OURS_MANY, 0.8, (BARE_MANY,), at_least=True),
        Goal("100 a transaction: at least 0.6 x raw", OURS_MANY, 0.6, (RAW_MANY,), at_least=True),
    ),
    _checks,
)
