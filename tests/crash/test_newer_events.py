"""C20: an entry that a newer version wrote, and sealed as it should be, stops every reader."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from harness.classes import dataclass
from harness.errors import IntegrityBroken, LedgerError
from harness.joining.events import EVENTS, ContractPinned
from harness.ledger.application import Ledger
from harness.ledger.codec import Codec
from harness.ledger.moving import export
from harness.ledger.verify import verify
from tests.ledger.helpers import fill, opened, reading, step

pytestmark = pytest.mark.crash
TOPIC = "joining.ContractPinned.v99"


@dataclass(frozen=True)
class Newer(ContractPinned):
    """What a later release records."""

    TOPIC = TOPIC


@pytest.fixture
def newer(ledger_path: Path) -> Path:
    """A ledger that a later release has appended to, and this one has not."""
    key = ledger_path.with_name("ledger.key")
    with Ledger.open(ledger_path, key, codec=Codec({**EVENTS, TOPIC: Newer})) as ledger:
        project = ledger.project("demo")
        step(project)
        (event,) = project.pending_events
        assert isinstance(event, ContractPinned)
        values = {each.name: getattr(event, each.name) for each in fields(event)}
        project.pending_events[:] = [Newer(**values)]
        ledger.save(project, 8)
    return ledger_path


def fold(path: Path) -> None:
    with reading(path) as ledger:
        ledger.project("demo")


def list_all(path: Path) -> None:
    with reading(path) as ledger:
        list(ledger.events())


def append(path: Path) -> None:
    with opened(path) as ledger:
        step(ledger.project("demo"))


def hand_out(path: Path) -> None:
    export(path, path.with_name("export.jsonl"))


@pytest.mark.parametrize("act", [fold, list_all, append, hand_out, verify])
def test_nothing_is_skipped(newer: Path, act: Callable[[Path], object]) -> None:
    with pytest.raises(LedgerError, match=rf"{TOPIC} was written by a newer version") as caught:
        act(newer)
    assert not isinstance(caught.value, IntegrityBroken)
    assert "Install that version" in caught.value.todo
    assert not newer.with_name("export.jsonl").exists()


def test_other_projects_go_on(newer: Path) -> None:
    """Its bytes are sound: what this version knows can still be recorded beside it."""
    fill(newer, 2, "other")
    with reading(newer) as ledger:
        assert ledger.project("other").version == 2
        assert ledger.project("demo", as_of=8).version == 8
