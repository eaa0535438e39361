"""The list of projects says what the record says, and is not read when it might not."""

import shutil
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken
from harness.joining.summary import Summary, summary
from harness.ledger import portfolio, schema
from harness.ledger.application import Ledger, RecordedMeanwhile
from harness.ledger.moving import export, import_
from harness.ledger.portfolio import Compared, State
from harness.ledger.verify import verify
from harness.ledger_url import LedgerPlace
from tests.ledger.helpers import attacker, fill, hands_on, key_of, opened, reading, step

SEALED = ("stored_events", "tree_heads", "ledger_info")


def change(place: LedgerPlace, *statements: str) -> None:
    with hands_on(place) as connection:
        for statement in statements:
            connection.execute(statement)


def forget(place: LedgerPlace) -> None:
    """The ledger as it was made before there was a list."""
    change(place, "DROP TABLE portfolio", "DROP TABLE portfolio_stand")


def rows(place: LedgerPlace, *tables: str) -> list[list[tuple[object, ...]]]:
    with hands_on(place) as connection:
        found = [connection.execute(f"SELECT * FROM {each} ORDER BY 1") for each in tables]
        return [each.fetchall() for each in found]


def told(place: LedgerPlace) -> tuple[bool, tuple[Summary, ...]]:
    """Whether the list is kept, and what it says; that is always what a replay says."""
    with reading(place) as ledger:
        found = ledger.portfolio()
        replayed = [summary(ledger.project(each)) for each in sorted(ledger.projects())]
    assert list(found.projects) == replayed
    return found.kept, found.projects


@pytest.fixture
def two(kept: LedgerPlace) -> LedgerPlace:
    """A ledger of two projects, of either kind."""
    fill(kept, 3, "another")
    return kept


def test_it_follows_every_append(two: LedgerPlace) -> None:
    kept, projects = told(two)
    assert kept
    assert [(each.project, each.version) for each in projects] == [("another", 3), ("demo", 8)]
    fill(two, 1)
    kept, projects = told(two)
    assert kept
    assert projects[1].version == 9


def test_a_list_that_is_kept_is_read_without_any_event(
    two: LedgerPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Ledger, "project", never)
    monkeypatch.setattr(Ledger, "projects", never)
    with reading(two) as ledger:
        found = ledger.portfolio()
    assert (found.kept, found.size, len(found.projects)) == (True, 11, 2)


def test_an_append_that_is_refused_leaves_it(two: LedgerPlace) -> None:
    with opened(two) as ledger:
        late = ledger.project("demo")
        fill(two, 1)
        step(late)
        with pytest.raises(RecordedMeanwhile):
            ledger.save(late, 8)
    assert told(two)[0]
    assert verify(two).portfolio == Compared(State.AS_RECORDED)


def test_a_ledger_made_before_gets_it_without_a_sealed_byte_changed(two: LedgerPlace) -> None:
    forget(two)
    before = rows(two, *SEALED)
    assert not told(two)[0]
    assert verify(two).portfolio == Compared(State.NONE)
    with opened(two):
        pass
    assert told(two)[0]
    assert rows(two, *SEALED) == before
    assert verify(two).portfolio == Compared(State.AS_RECORDED)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE portfolio_stand SET position = 10",
        "UPDATE portfolio_stand SET position = 12",
        "UPDATE portfolio_stand SET format = 0",
        "DELETE FROM portfolio_stand",
        "ALTER TABLE portfolio ADD COLUMN colour TEXT",
        "ALTER TABLE portfolio DROP COLUMN verdict",
        "DROP TABLE portfolio",
    ],
)
def test_what_might_not_be_up_to_date_is_not_read_and_written_anew(
    two: LedgerPlace, statement: str
) -> None:
    change(two, "UPDATE portfolio SET name = 'not its name'", statement)
    assert not told(two)[0]
    assert verify(two).portfolio.state in {State.BEHIND, State.NONE}
    fill(two, 1)
    assert told(two)[0]
    assert verify(two).portfolio == Compared(State.AS_RECORDED)


def test_a_newer_versions_list_is_left_alone(two: LedgerPlace) -> None:
    newer = portfolio.FORMAT + 1
    change(two, f"UPDATE portfolio_stand SET format = {newer}")
    before = rows(two, *schema.LIST_TABLES)
    fill(two, 1)
    assert not told(two)[0]
    assert rows(two, *schema.LIST_TABLES) == before


@pytest.mark.parametrize(
    ("statement", "project"),
    [
        ("UPDATE portfolio SET gate = 'open' WHERE project = 'demo'", "demo"),
        ("UPDATE portfolio SET phase = phase + 1 WHERE project = 'another'", "another"),
        ("DELETE FROM portfolio WHERE project = 'demo'", "demo"),
        ("UPDATE portfolio SET project = 'a-third' WHERE project = 'demo'", "a-third"),
    ],
)
def test_a_list_that_says_something_else_is_found_and_breaks_no_seal(
    two: LedgerPlace, statement: str, project: str
) -> None:
    change(two, statement)
    assert verify(two).portfolio == Compared(State.DIFFERS, project)
    with opened(two) as ledger:
        ledger.rewrite_portfolio()
    assert verify(two).portfolio == Compared(State.AS_RECORDED)


def test_a_history_that_cannot_be_replayed_stops_no_append(two: LedgerPlace) -> None:
    with attacker(two) as connection:
        connection.execute("UPDATE stored_events SET state = ? WHERE position = 11", (b"\0",))
    change(two, "UPDATE portfolio_stand SET position = 0")
    fill(two, 1)
    with reading(two) as ledger, pytest.raises(IntegrityBroken, match="not JSON"):
        ledger.portfolio()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE portfolio",
        "DROP TABLE portfolio_stand",
        "ALTER TABLE portfolio DROP COLUMN verdict",
        "ALTER TABLE portfolio_stand RENAME COLUMN format TO form",
    ],
)
def test_a_list_that_goes_while_somebody_works_stops_no_append(
    two: LedgerPlace, statement: str
) -> None:
    with opened(two) as ledger:
        project = ledger.project("demo")
        change(two, statement)
        step(project)
        assert ledger.save(project, 8)[0].position == 12
    assert verify(two).portfolio.state in {State.BEHIND, State.NONE}
    assert not told(two)[0]
    with opened(two):
        pass
    assert told(two)[0]


def test_a_trigger_on_it_is_found(ledger_path: Path) -> None:
    trigger = "CREATE TRIGGER more AFTER INSERT ON portfolio BEGIN DELETE FROM portfolio; END"
    change(ledger_path, trigger)
    with pytest.raises(IntegrityBroken, match="guards"):
        opened(ledger_path)


def test_an_import_has_it(two: LedgerPlace, tmp_path: Path) -> None:
    file, copy = tmp_path / "ledger.jsonl", tmp_path / "copy" / "ledger.sqlite3"
    export(two, file)
    report = import_(file, copy)
    assert report.portfolio == Compared(State.AS_RECORDED)
    shutil.copy(key_of(two), key_of(copy))
    assert told(copy) == told(two)
