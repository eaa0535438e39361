"""A small ledger to attack, and the attacker's hands."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.joining.actor import Actor, Party
from harness.joining.events import Kind, OrganisationKind
from harness.joining.pins import ContractPin
from harness.joining.process import PROCESSES
from harness.joining.project import JoiningProject
from harness.ledger import schema
from harness.ledger.application import Ledger

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
PROCESS = next(iter(PROCESSES))
MAIJA = Actor("maija", Party.SUPPLIER, "tester")
PEKKA = Actor("pekka", Party.ACCOUNT, "service responsible")


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


def opened(path: Path, *, create: bool = False, busy_seconds: float = 5) -> Ledger:
    return Ledger.open(path, path.with_name("ledger.key"), create=create, busy_seconds=busy_seconds)


def reading(path: Path) -> Ledger:
    return Ledger.open(path, path.with_name("ledger.key"), readonly=True)


def fill(path: Path, events: int = 8, project_id: str = "demo", *, mark: int = 0) -> None:
    """So many more events of a project, one transaction each."""
    with opened(path, create=True) as ledger:
        if not ledger.version(project_id):
            ledger.save(begin(project_id), 0)
            events -= 1
        project = ledger.project(project_id)
        for _ in range(events):
            step(project, mark=mark)
            ledger.save(project, project.version - 1)


@contextmanager
def attacker(path: Path, *, stealthy: bool = True) -> Iterator[sqlite3.Connection]:
    """The database with its guards dropped; a stealthy attacker puts them back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name in schema.TRIGGERS:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        if stealthy:
            for statement in schema.TRIGGERS.values():
                connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def checkpoint_of(path: Path) -> Path:
    return path.with_name(path.stem + ".checkpoint")
