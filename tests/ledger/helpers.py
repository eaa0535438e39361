"""A small ledger to attack, and the attacker's hands."""

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from harness.joining.actor import Actor, Party
from harness.joining.events import Kind, OrganisationKind
from harness.joining.pins import ContractPin
from harness.joining.process import PROCESSES
from harness.joining.project import JoiningProject
from harness.ledger import schema
from harness.ledger.application import Ledger
from harness.ledger.places import places
from harness.ledger.postgresql_schema import dialect
from harness.ledger_url import LedgerPlace, SharedLedger
from tests.support import postgresql
from tests.support.measuring import unmeasured

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
PROCESS = next(iter(PROCESSES))
MAIJA = Actor("maija", Party.SUPPLIER, "tester")
PEKKA = Actor("pekka", Party.ACCOUNT, "service responsible")


def on_a_full_disk(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A process whose files may not grow: neither could its measurements of coverage."""
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, env=unmeasured(), check=False, capture_output=True, text=True)


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def begin(project_id: str = "demo", at: datetime = START) -> JoiningProject:
    """A new rehearsal, in which pins may change any number of times."""
    return JoiningProject.create(
        project_id,
        name="Demonstration",
        kind=Kind.REHEARSAL,
        organisation_kind=OrganisationKind.MUNICIPALITY,
        process=PROCESS,
        at=at,
        actor=MAIJA,
        event_id="e1",
    )


def step(
    project: JoiningProject, *, at: datetime | None = None, actor: Actor = MAIJA, mark: int = 0
) -> None:
    """One more event that the rules of a rehearsal always allow."""
    number = project.version + 1
    pin = ContractPin("asiointitili/test", f"1.{number}", digest(number + 1000 * mark))
    moment = at or START + timedelta(minutes=number)
    assert project.pin(pin, at=moment, actor=actor, event_id=f"e{number}-{mark}")


def folder_of(place: LedgerPlace) -> Path:
    """Where key and checkpoint of a ledger under test lie."""
    return place.folder if isinstance(place, SharedLedger) else place.parent


def key_of(place: LedgerPlace) -> Path:
    return folder_of(place) / "ledger.key"


def checkpoint_of(place: LedgerPlace) -> Path:
    return places(place, ())[0]


def opened(place: LedgerPlace, *, create: bool = False, busy_seconds: float = 5) -> Ledger:
    return Ledger.open(place, key_of(place), create=create, busy_seconds=busy_seconds)


def reading(place: LedgerPlace) -> Ledger:
    return Ledger.open(place, key_of(place), readonly=True)


def as_argument(place: LedgerPlace) -> str:
    """A place as text for another process."""
    if isinstance(place, Path):
        return json.dumps(str(place))
    parts = (place.shown, place.database, place.schema, str(place.folder), place.settings)
    return json.dumps(parts)


def from_argument(text: str) -> LedgerPlace:
    """What :func:`as_argument` wrote."""
    found = json.loads(text)
    if isinstance(found, str):
        return Path(found)
    shown, database, schema, folder, settings = found
    pairs = tuple((name, value) for name, value in settings)
    return SharedLedger(shown, database, schema, Path(folder), pairs)


def fill(place: LedgerPlace, events: int = 8, project_id: str = "demo", *, mark: int = 0) -> None:
    """So many more events of a project, one transaction each."""
    with opened(place, create=True) as ledger:
        if not ledger.version(project_id):
            ledger.save(begin(project_id), 0)
            events -= 1
        project = ledger.project(project_id)
        for _ in range(events):
            step(project, mark=mark)
            ledger.save(project, project.version - 1)


class Rows(Protocol):
    """What a statement of the attacker's gives."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Hands(Protocol):
    """The attacker's hands on a database."""

    def execute(self, statement: str, parameters: Any = (), /) -> Rows: ...


class _OnServer:
    """``?`` stands for a value, as it does in SQLite."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, statement: str, parameters: Any = (), /) -> Rows:
        found: Rows = self._connection.execute(statement.replace("?", "%s"), parameters)
        return found


@contextmanager
def hands_on(place: LedgerPlace) -> Iterator[Hands]:
    """The database, its guards in place."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place, isolation_level=None)) as connection:
            yield connection
    else:
        with postgresql.raw(place) as server:
            yield _OnServer(server)


@contextmanager
def attacker(place: LedgerPlace, *, stealthy: bool = True) -> Iterator[Hands]:
    """The database with its guards dropped; a stealthy attacker puts them back."""
    with hands_on(place) as connection:
        if isinstance(place, Path):
            for name in schema.TRIGGERS:
                connection.execute(f"DROP TRIGGER {name}")
            guards = list(schema.TRIGGERS.values())
        else:
            kind = dialect(place.schema)
            triggers = (name.split(".") for what, name in kind.guards if what == "trigger")
            for table, name in triggers:
                connection.execute(f"DROP TRIGGER {name} ON {table}")
            guards = [each for each in kind.layout if " TRIGGER " in each]
        yield connection
        if stealthy:
            for statement in guards:
                connection.execute(statement)
        if isinstance(place, Path):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
