"""No row of the attack tables is forgotten: each has tests that run, or is told as a gap."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.attacks.rows import TABLES, Row, ids_of

pytestmark = pytest.mark.attacks

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "attacks.md"
GAPS = (ROOT / "SECURITY.md").read_text("utf-8").partition("## Known gaps")[2]


def page() -> dict[str, dict[str, str]]:
    """Of each table of the page, its rows and what becomes of them."""
    found: dict[str, dict[str, str]] = {}
    for section in PAGE.read_text("utf-8").split("\n## ")[1:]:
        rows = re.findall(r"(?m)^\| (?!row \|)([^|]+) \| ([^|]+) \|$", section)
        assert len(dict(rows)) == len(rows), "a row stands twice"
        found[section.partition("\n")[0]] = dict(rows)
    return found


@pytest.fixture(scope="module")
def collected() -> list[str]:
    """The ids of all tests that ``tox -e attacks`` runs, of the files that the rows name."""
    tests = {test for rows in TABLES.values() for row in rows for test in row.tests}
    files = sorted({f"tests/{test.partition('::')[0]}" for test in tests})
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-m", "attacks", "--collect-only", "-q"),
            *("-p", "no:cacheprovider", *files),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return [line for line in done.stdout.splitlines() if "::" in line]


@pytest.mark.parametrize("table", TABLES)
def test_the_rows_are_those_of_the_page(table: str) -> None:
    assert [row.name for row in TABLES[table]] == list(page()[table])


def test_the_page_has_no_other_tables() -> None:
    assert list(page()) == list(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_shown_by_tests_or_waits(table: str, collected: list[str]) -> None:
    for row in TABLES[table]:
        assert bool(row.tests) != bool(row.waits), row.name
        assert [test for test, ids in ids_of(row, collected).items() if not ids] == [], row.name


@pytest.mark.parametrize("table", TABLES)
def test_rows_that_wait_are_told_as_gaps(table: str) -> None:
    waiting: list[Row] = [row for row in TABLES[table] if row.waits]
    for row in waiting:
        assert page()[table][row.name] == f"*not yet*: {row.waits}"
        assert row.name in " ".join(GAPS.split()), f"SECURITY.md does not tell of: {row.name}"
    assert "*not yet*" not in "".join(
        text for name, text in page()[table].items() if name not in {row.name for row in waiting}
    )


def test_no_name_stands_twice_in_a_table() -> None:
    for rows in TABLES.values():
        assert max(Counter(row.name for row in rows).values()) == 1
