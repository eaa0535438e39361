"""No row of the crash matrix is forgotten: each has tests that run, or is told as a gap."""

import re

import pytest

from tests.attacks.rows import TABLES
from tests.crash.rows import ROWS, page
from tests.support.rows import ROOT, collected, ids_of

pytestmark = pytest.mark.crash

GAPS = (ROOT / "SECURITY.md").read_text("utf-8").partition("## Known gaps")[2]


def test_the_rows_are_those_of_the_matrix_and_of_the_page() -> None:
    assert [row.name for row in ROWS] == [f"C{number}" for number in range(1, 30)] == list(page())


def test_every_row_is_shown_by_tests_or_waits() -> None:
    ids = collected("crash", ROWS)
    for row in ROWS:
        assert bool(row.tests) != bool(row.waits), row.name
        assert [test for test, found in ids_of(row, ids).items() if not found] == [], row.name


def test_every_way_to_damage_a_ledger_is_a_row() -> None:
    ways = (ROOT / "docs" / "ledger-operations.md").read_text("utf-8")
    told = re.findall(
        r"(?m)^\| [^|]+ \| [^|]+ \| ([CL]\d+) \|$", ways.partition("How to damage")[2]
    )
    assert len(told) == 10
    known = {row.name for row in ROWS} | {row.name.split()[0] for row in TABLES["The record"]}
    assert set(told) <= known


def test_rows_that_wait_are_told_as_gaps() -> None:
    waiting = {row.name: row.waits for row in ROWS if row.waits}
    told = {name: text for name, (_, text) in page().items() if text.startswith("*not yet*")}
    assert told == {name: f"*not yet*: {waits}" for name, waits in waiting.items()}
    for name in waiting:
        assert f"{name}: " in GAPS, f"SECURITY.md does not tell of {name}"
