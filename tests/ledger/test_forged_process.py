"""Whoever holds the ledger's key and writes another process finds that it is read as strictly."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken
from harness.joining.events import Kind, OrganisationKind, ProjectCreated
from harness.joining.process_file import process_from
from harness.joining.project import JoiningProject
from tests.ledger.helpers import MAIJA, START, opened, reading

ASSET = Path(__file__).parents[1] / "assets" / "processes" / "kirjasto.toml"


def begun() -> JoiningProject:
    return JoiningProject.create(
        "demo",
        name="Demonstration",
        kind=Kind.REHEARSAL,
        organisation_kind=OrganisationKind.OTHER,
        process=process_from(tomllib.loads(ASSET.read_text("utf-8"))),
        at=START,
        actor=MAIJA,
        event_id="e1",
    )


def test_a_process_of_ones_own_survives_the_ledger(tmp_path: Path) -> None:
    path, project = tmp_path / "ledger.sqlite3", begun()
    with opened(path, create=True) as ledger:
        ledger.save(project, 0)
    with reading(path) as ledger:
        assert ledger.project("demo").standing.process == project.standing.process


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"approve":["account"]', '"approve":[]'),
        ('"suites":["testing"]', '"suites":[]'),
        ('"id":"kirjasto-1"', '"id":"kirjasto-2"'),
        ('"id":"kirjasto-1"', '"id":"liittymisprosessi-1.0.2"'),
        ('"format":1', '"format":2'),
        ("{", "["),
    ],
)
def test_a_forged_one_is_broken_integrity(tmp_path: Path, old: str, new: str) -> None:
    path, project = tmp_path / "ledger.sqlite3", begun()
    event = project.pending_events[0]
    assert isinstance(event, ProjectCreated)
    assert old in event.definition
    forged = replace(event, definition=event.definition.replace(old, new, 1))
    project.pending_events[0] = forged
    with opened(path, create=True) as ledger:
        ledger.save(project, 0)
    with reading(path) as ledger, pytest.raises(IntegrityBroken, match="could not have happened"):
        ledger.project("demo")
