"""C29: a long history costs in proportion to its length, counted and not timed.

Counted are calls within Python and instructions of SQLite. ``HARNESS_TEST_EVENTS`` says how long
the longer one of two histories is.
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.ledger.database import Database
from harness.ledger.moving import export
from harness.ledger.verify import verify
from tests.ledger.helpers import begin, opened, reading, step

pytestmark = pytest.mark.crash
EVENTS = int(os.environ.get("HARNESS_TEST_EVENTS", "2000"))
TIMES = 4
"""How many times longer the one history is than the other."""
A_DECISION = 50
"""Events of one transaction."""
A_PROJECT = 500


class Counter:
    """Counts what is done while it is on."""

    INSTRUCTIONS = 100
    """Of SQLite, told at once."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = Database._connect

        def connected(opened: Database) -> sqlite3.Connection:
            connection = real(opened)
            connection.set_progress_handler(self._tell, self.INSTRUCTIONS)
            return connection

        patch.setattr(Database, "_connect", connected)

    def _tell(self) -> int:
        self.count += self.INSTRUCTIONS
        return 0

    def _call(self, frame: object, event: str, argument: object) -> None:
        self.count += event in {"call", "c_call"}

    def of(self, act: Callable[[Path], object], path: Path) -> int:
        """What an act on a ledger costs."""
        self.count = 0
        sys.setprofile(self._call)
        try:
            act(path)
        finally:
            sys.setprofile(None)
        return self.count


def filled(path: Path, events: int) -> Path:
    """A ledger of so many events, in projects and transactions of one size."""
    path.parent.mkdir()
    with opened(path, create=True) as ledger:
        for number in range(events // A_PROJECT):
            project = begin(f"p{number}")
            for _ in range(A_PROJECT // A_DECISION):
                before = project.version if project.version > 1 else 0
                while project.version - before < A_DECISION:
                    step(project)
                ledger.save(project, before)
    return path


def one_more(path: Path) -> None:
    with opened(path) as ledger:
        ledger.save(begin("one-more"), 0)


def list_all(path: Path) -> None:
    with reading(path) as ledger:
        for _ in ledger.events():
            pass


ACTS: dict[str, tuple[Callable[[Path], Any], float]] = {
    "verify": (verify, TIMES),
    "list": (list_all, TIMES),
    "export": (lambda path: export(path, path.with_name("export.jsonl")), TIMES),
    "append": (one_more, 1),
}
"""What is done with a history, and how much more it may cost."""


def test_it_costs_as_much_as_it_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    short, long = (
        filled(tmp_path / str(n) / "ledger.sqlite3", n) for n in (EVENTS // TIMES, EVENTS)
    )
    assert verify(long).size == EVENTS
    counter = Counter(monkeypatch)
    told = []
    for name, (act, times) in ACTS.items():
        ratio = counter.of(act, long) / counter.of(act, short)
        assert ratio < times * 1.15, f"{name} costs {ratio:.2f} times as much"
        told.append(f"{name} {ratio:.2f}")
    figures = f"{EVENTS} events against {EVENTS // TIMES}: {', '.join(told)} times the work"
    request.node.user_properties.append(("crash", figures))
