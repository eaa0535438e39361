"""No row of the attack tables is forgotten: each has tests that run, or is told as a gap."""

import re
from collections import Counter
from itertools import chain

import pytest

from tests.attacks.rows import TABLES
from tests.support.rows import ROOT, Row, collected, ids_of

pytestmark = pytest.mark.attacks

PAGE = ROOT / "docs" / "attacks.md"
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
GAPS = SECURITY.partition("## Known gaps")[2]
FORGEABLE = SECURITY.partition("## What stays forgeable")[2].partition("\n## ")[0]


def page() -> dict[str, dict[str, str]]:
    """Of each table of the page, its rows and what becomes of them."""
    found: dict[str, dict[str, str]] = {}
    for section in PAGE.read_text("utf-8").split("\n## ")[1:]:
        rows = re.findall(r"(?m)^\| (?!row \|)([^|]+) \| ([^|]+) \|$", section)
        assert len(dict(rows)) == len(rows), "a row stands twice"
        found[section.partition("\n")[0]] = dict(rows)
    return found


@pytest.fixture(scope="module")
def ids() -> list[str]:
    """The ids of all tests that ``tox -e attacks`` runs, of the files that the rows name."""
    return collected("attacks", chain.from_iterable(TABLES.values()))


@pytest.mark.parametrize("table", TABLES)
def test_the_rows_are_those_of_the_page(table: str) -> None:
    assert [row.name for row in TABLES[table]] == list(page()[table])


def test_the_page_has_no_other_tables() -> None:
    assert list(page()) == list(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_shown_by_tests_or_waits(table: str, ids: list[str]) -> None:
    for row in TABLES[table]:
        assert bool(row.tests or row.undetectable) != bool(row.waits), row.name
        assert [test for test, found in ids_of(row, ids).items() if not found] == [], row.name


@pytest.mark.parametrize("table", TABLES)
def test_rows_that_wait_are_told_as_gaps(table: str) -> None:
    waiting: list[Row] = [row for row in TABLES[table] if row.waits]
    for row in waiting:
        assert page()[table][row.name] == f"*not yet*: {row.waits}"
        assert row.name in " ".join(GAPS.split()), f"SECURITY.md does not tell of: {row.name}"
    assert "*not yet*" not in "".join(
        text for name, text in page()[table].items() if name not in {row.name for row in waiting}
    )


@pytest.mark.parametrize("table", TABLES)
def test_rows_that_nothing_can_detect_are_told_as_forgeable(table: str) -> None:
    for row in TABLES[table]:
        told = page()[table][row.name].startswith(f"*not detectable*: {row.undetectable}; ")
        assert told == bool(row.undetectable), row.name
        if row.undetectable:
            assert f"({row.name.partition(' ')[0]}) |" in FORGEABLE, row.name


def test_the_record_has_every_row_of_the_matrix() -> None:
    found = [row.name.partition(" ")[0] for row in TABLES["The record"]]
    assert found == [f"L{number}" for number in range(1, 25)]


def test_no_name_stands_twice_in_a_table() -> None:
    for rows in TABLES.values():
        assert max(Counter(row.name for row in rows).values()) == 1
