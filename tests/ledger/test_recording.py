"""Recorded means recorded: append, read, reopen, publish, as of a time."""

import os
import sqlite3
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.errors import ConfigError, IntegrityBroken, LedgerError
from harness.ledger.application import Ledger, RecordedMeanwhile
from harness.ledger.database import Database
from harness.ledger.store import Recorder
from harness.ledger.verify import verify
from harness.ledger_url import LedgerPlace
from harness.proof.keys import PrivateKey
from tests.ledger.helpers import (
    PEKKA,
    START,
    as_argument,
    attacker,
    begin,
    checkpoint_of,
    fill,
    hands_on,
    key_of,
    opened,
    reading,
    step,
)


def test_what_was_saved_is_there_after_reopening(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:
        project = ledger.project("demo")
        step(project, actor=PEKKA)
        (written,) = ledger.save(project, 8)
    assert (written.position, written.version, written.sealed_size) == (9, 9, 9)
    with reading(kept) as ledger:
        again = ledger.project("demo")
        *_, last = ledger.events()
    assert last == written
    assert again.version == 9
    assert again.standing == project.standing


def test_a_new_ledger_is_empty_and_signed(place: LedgerPlace) -> None:
    with opened(place, create=True) as ledger:
        assert ledger.created
        assert ledger.size == 0
        assert ledger.projects() == []
    report = verify(place)
    assert (report.size, report.heads, report.vouched) == (0, 1, 0)
    assert checkpoint_of(place).exists()
    with opened(place, create=True) as ledger:
        assert not ledger.created


def test_the_folder_of_a_new_ledger_is_made(tmp_path: Path) -> None:
    with opened(tmp_path / ".harness" / "ledger.sqlite3", create=True) as ledger:
        assert ledger.size == 0


def test_several_events_of_one_decision_are_one_transaction(place: LedgerPlace) -> None:
    project = begin()
    step(project)
    step(project)
    with opened(place, create=True) as ledger:
        written = ledger.save(project, 0)
    assert [each.position for each in written] == [1, 2, 3]
    assert {each.sealed_size for each in written} == {3}
    assert verify(place).heads == 2


def test_a_closed_ledger_is_not_used_again(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:
        pass
    with pytest.raises(LedgerError, match=r"closed|Closed"):
        assert ledger.size


def test_nothing_pending_changes_nothing(kept: LedgerPlace) -> None:
    before = checkpoint_of(kept).read_bytes()
    with opened(kept) as ledger:
        assert ledger.save(ledger.project("demo"), 8) == ()
        assert ledger.tail == ()
    assert checkpoint_of(kept).read_bytes() == before


def test_events_of_one_project_and_of_a_range(kept: LedgerPlace) -> None:
    fill(kept, 2, "other")
    fill(kept, 1)
    with reading(kept) as ledger:
        assert [each.position for each in ledger.events("other")] == [9, 10]
        assert [each.version for each in ledger.events("demo", after=7)] == [8, 9]
        assert [each.position for each in ledger.events(after=8, until=10)] == [9, 10]
        assert ledger.projects() == ["demo", "other"]
        assert ledger.version("nobody") == 0


def test_pages_do_not_lose_or_repeat(kept: LedgerPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.ledger.application.PAGE", 3)
    monkeypatch.setattr("harness.ledger.sources.PAGE", 3)
    with reading(kept) as ledger:
        assert [each.position for each in ledger.events()] == list(range(1, 9))
    assert verify(kept).size == 8


@pytest.mark.parametrize("as_of", [None, 3, START])
def test_a_project_that_is_not_there(kept: LedgerPlace, as_of: datetime | int | None) -> None:
    with reading(kept) as ledger, pytest.raises(LedgerError, match="no project nobody"):
        ledger.project("nobody", as_of=as_of)


def test_as_of_a_position_and_a_time(kept: LedgerPlace) -> None:
    helsinki = timezone(timedelta(hours=2))
    with reading(kept) as ledger:
        assert ledger.project("demo", as_of=5).version == 5
        assert ledger.project("demo", as_of=5).pending_events == []
        fourth = START + timedelta(minutes=4)
        assert ledger.project("demo", as_of=fourth).version == 4
        assert ledger.project("demo", as_of=fourth.astimezone(helsinki)).version == 4
        assert ledger.project("demo", as_of=fourth - timedelta(microseconds=1)).version == 3
        assert ledger.project("demo", as_of=START + timedelta(days=1)).version == 8
        with pytest.raises(LedgerError, match="at that time"):
            ledger.project("demo", as_of=START - timedelta(seconds=1))
        with pytest.raises(LedgerError, match="no entry 9 yet: the last one is 8"):
            ledger.project("demo", as_of=9)
        with pytest.raises(LedgerError, match="zone"):
            ledger.project("demo", as_of=datetime(2026, 3, 1))  # noqa: DTZ001 - the point


@pytest.mark.crash
def test_a_clock_set_back_reorders_nothing(kept: LedgerPlace) -> None:
    """C18: the order is that of the positions."""
    long_ago = START - timedelta(days=9000)
    with opened(kept) as ledger:
        project = ledger.project("demo")
        step(project, at=long_ago)
        ledger.save(project, 8)
        assert [each.version for each in ledger.events()] == list(range(1, 10))
        assert ledger.project("demo", as_of=long_ago).version == 9
    assert verify(kept).clock_set_back == (9,)


def test_the_loser_is_told_who_recorded_what(kept: LedgerPlace) -> None:
    with opened(kept) as one, opened(kept) as other:
        mine, theirs = one.project("demo"), other.project("demo")
        step(theirs, actor=PEKKA, mark=1)
        other.save(theirs, 8)
        step(mine)
        with pytest.raises(RecordedMeanwhile, match=r"1 event in demo .*pekka: joining.Contract"):
            one.save(mine, 8)
        assert one.size == 9
    assert verify(kept).size == 9


def test_a_decision_on_an_older_state_is_refused(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:
        project = ledger.project("demo")
        step(project)
        with pytest.raises(LedgerError, match="decision was made at version 7"):
            ledger.save(project, 7)
        assert ledger.size == 8


def test_a_project_is_created_once(kept: LedgerPlace) -> None:
    with opened(kept) as ledger:
        with pytest.raises(RecordedMeanwhile, match="8 events"):
            ledger.save(begin(), 0)
        assert ledger.version("demo") == 8


def content(place: LedgerPlace) -> list[tuple[object, ...]] | bytes:
    """All there is, to be compared."""
    if isinstance(place, Path):
        return place.read_bytes()
    with hands_on(place) as connection:
        tables = ("stored_events", "tree_heads", "ledger_info")
        found = (connection.execute(f"SELECT *, xmin FROM {table}").fetchall() for table in tables)
        return [row for rows in found for row in rows]


def test_reading_writes_nothing(kept: LedgerPlace) -> None:
    checkpoint_of(kept).unlink()
    before = content(kept)
    with reading(kept) as ledger:
        project = ledger.project("demo")
        step(project)
        with pytest.raises(LedgerError, match="read"):
            ledger.save(project, 8)
        with pytest.raises(LedgerError, match="reading"):
            ledger.publish()
        (only,) = ledger.publications
    assert (only.published, only.before) == (False, None)
    assert content(kept) == before
    assert not checkpoint_of(kept).exists()


def test_reading_needs_no_key(kept: LedgerPlace) -> None:
    key_of(kept).unlink()
    with reading(kept) as ledger:
        assert ledger.size == 8
    with pytest.raises(ConfigError, match="no key file"):
        opened(kept)


def test_a_ledger_that_was_begun_gets_no_new_key(kept: LedgerPlace) -> None:
    key = key_of(kept)
    key.unlink()
    with pytest.raises(ConfigError, match="no key file"):
        opened(kept, create=True)
    assert not key.exists()


def test_another_key_does_not_continue_a_ledger(kept: LedgerPlace) -> None:
    key = key_of(kept)
    key.unlink()
    PrivateKey.create(key)
    with pytest.raises(LedgerError, match="is sealed by ed25519:"):
        opened(kept)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET topic = 'a.B.v1' WHERE position = 9",
        "DELETE FROM stored_events WHERE position = 10",
        "DELETE FROM tree_heads WHERE size = 10",
        "UPDATE tree_heads SET note = root WHERE size = 10",
    ],
)
def test_what_is_not_there_when_it_is_read_back_is_told(
    kept: LedgerPlace, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    real = Recorder._read_back

    def meanwhile(*given: Any) -> None:
        with attacker(kept) as hands:
            hands.execute(statement)
        real(*given)

    ledger = opened(kept)
    project = ledger.project("demo")
    step(project)
    step(project)
    monkeypatch.setattr(Recorder, "_read_back", meanwhile)
    with pytest.raises(IntegrityBroken, match="what was recorded is not in the ledger"):
        ledger.save(project, 8)
    with suppress(IntegrityBroken):  # it publishes nothing but what is sealed
        ledger.close()


@pytest.mark.crash
def test_every_setting_of_a_connection_holds(ledger_path: Path) -> None:
    """C6: durable by assertion, not by the build's default."""
    database = Database(ledger_path, readonly=False)
    with database.transaction(commit=False) as cursor:
        for name, value in {"synchronous": 2, "foreign_keys": 1, "journal_mode": "wal"}.items():
            cursor.execute(f"PRAGMA {name}")
            assert cursor.fetchone()[0] == value
    database.close()


MISTAKES = [
    "UPDATE stored_events SET topic = 'a.B.v1' WHERE position = 3",
    "DELETE FROM stored_events WHERE position = 8",
    "INSERT INTO stored_events VALUES (20, 'demo', 9, 'a.B.v1', {bytes})",
    "INSERT INTO stored_events VALUES (9, 'demo', 11, 'a.B.v1', {bytes})",
    "INSERT INTO stored_events VALUES (9, 'demo', 8, 'a.B.v1', {bytes})",
    "INSERT INTO stored_events VALUES (9, 'new', 1, 'os:system', {bytes})",
    "INSERT INTO stored_events VALUES (9, 'new', 1, 'a.B.v0', {bytes})",
    "INSERT INTO stored_events VALUES (9, 'new', 1, 'a.B.v1 ', {bytes})",
    "INSERT INTO stored_events VALUES (9, 'new', 1, 'a.B.v1', NULL)",
    "INSERT INTO stored_events VALUES (9, '', 1, 'a.B.v1', {bytes})",
    "UPDATE tree_heads SET at = '' WHERE size = 3",
    "DELETE FROM tree_heads",
    "INSERT INTO tree_heads SELECT 3, root, frontier, note, at FROM tree_heads LIMIT 1",
    "INSERT INTO tree_heads SELECT 9, {bytes}, frontier, note, at FROM tree_heads LIMIT 1",
    "UPDATE ledger_info SET origin = 'x'",
    "DELETE FROM ledger_info",
    "INSERT INTO ledger_info SELECT 2, format, origin, key, created FROM ledger_info",
]
REPLACEMENTS = [
    "REPLACE INTO stored_events SELECT * FROM stored_events WHERE position = 3",
    "REPLACE INTO tree_heads SELECT * FROM tree_heads WHERE size = 8",
    "REPLACE INTO ledger_info SELECT * FROM ledger_info",
    "INSERT INTO stored_events VALUES (9, 'new', 1, 'a.B.v1', 'text')",
]


@pytest.mark.parametrize("statement", MISTAKES)
def test_the_tables_refuse_mistakes(kept: LedgerPlace, statement: str) -> None:
    one_byte = "x'00'" if isinstance(kept, Path) else r"'\x00'::bytea"
    with (
        hands_on(kept) as connection,
        pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)),
    ):
        connection.execute(statement.format(bytes=one_byte))
    assert verify(kept).size == 8


@pytest.mark.parametrize("statement", REPLACEMENTS)
def test_nothing_is_replaced_in_a_file(ledger_path: Path, statement: str) -> None:
    with hands_on(ledger_path) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    assert verify(ledger_path).size == 8


def test_a_later_release_may_add_topics(kept: LedgerPlace) -> None:
    """The table takes the form of a topic, not this release's list."""
    row = (9, "demo", 9, "ledger.KeyRotated.v12", b"{}")
    with hands_on(kept) as connection:
        connection.execute("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", row)


HIJACKS = {
    "PERSISTENCE_MODULE": "eventsourcing.popo",
    "LEDGER_PERSISTENCE_MODULE": "eventsourcing.popo",
    "SQLITE_DBNAME": ":memory:",
    "IS_SNAPSHOTTING_ENABLED": "yes",
    "MAPPER_TOPIC": "no.such:Mapper",
    "TRANSCODER_TOPIC": "no.such:Transcoder",
    "COMPRESSOR_TOPIC": "zlib",
    "CIPHER_TOPIC": "no.such:Cipher",
    "CIPHER_KEY": "secret",
    "APPLICATION_RECORDER_TOPIC": "no.such:Recorder",
    "ORIGINATOR_ID_TYPE": "uuid",
    "CREATE_TABLE": "no",
    "AGGREGATE_CACHE_MAXSIZE": "10",
}


@pytest.mark.crash
def test_the_librarys_environment_is_ignored(
    kept: LedgerPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C22: no variable turns the record into something else."""
    for name, value in HIJACKS.items():
        monkeypatch.setenv(name, value)
    fill(kept, 1)
    with hands_on(kept) as connection:
        (count,) = connection.execute("SELECT count(*) FROM stored_events").fetchone()
        (state,) = connection.execute("SELECT state FROM stored_events LIMIT 1").fetchone()
    assert count == 9
    assert state.startswith(b'{"actor":')


@pytest.mark.crash
@pytest.mark.parametrize(
    "name", ["", ".", ":memory:", "file:x?mode=memory", "file::memory:", "a\0b"]
)
def test_never_memory(name: str) -> None:
    """C23, C27: an unnamed ledger or one that SQLite would interpret is refused."""
    with pytest.raises(LedgerError):
        Ledger.open(name, Path("key"), create=True)
    with pytest.raises(LedgerError):
        verify(name)


@pytest.mark.crash
@pytest.mark.parametrize(
    "name",
    [
        "with blank.db",
        "question?mode=memory",
        "hash#1",
        "per%20cent",
        "äö-✓",
        "a:memory:b",
        "'quote\".db",
        "semi;colon&and=mode=ro",
    ],
)
def test_odd_names_are_ordinary_files(tmp_path: Path, name: str) -> None:
    """C27."""
    path = tmp_path / name / name
    path.parent.mkdir()
    fill(path, 3)
    assert path.read_bytes()[:6] == b"SQLite"
    assert verify(path).size == 3
    with reading(path) as ledger:
        assert ledger.size == 3


def test_a_relative_path_and_a_link(ledger_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = ledger_path.with_name("link.sqlite3")
    link.symlink_to(ledger_path)
    monkeypatch.chdir(ledger_path.parent)
    with Ledger.open("link.sqlite3", Path("ledger.key")) as ledger:
        assert ledger.path == ledger_path
        assert ledger.size == 8


def importing(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return result.stdout.strip()


def test_the_gate_imports_little() -> None:
    code = (
        "import sys, harness.ledger.application, harness.ledger.verify;"
        "print([m for m in ('zeep','lxml','requests','responses','pytest','yaml')"
        " if m in sys.modules])"
    )
    assert importing(code) == "[]"


@pytest.mark.crash
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_no_connection_crosses_a_fork(kept: LedgerPlace) -> None:
    """C25: the child is refused, the parent goes on."""
    code = f"""
import os, warnings
from harness.errors import LedgerError
from tests.ledger.helpers import from_argument, opened, step
warnings.simplefilter("ignore")
with opened(from_argument({as_argument(kept)!r})) as ledger:
    project = ledger.project("demo")
    child = os.fork()
    if child == 0:
        try:
            ledger.size
        except LedgerError as error:
            os._exit(7 if "forked" in str(error) else 8)
        os._exit(9)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    step(project)
    print(ledger.save(project, 8)[0].position)
"""
    assert importing(code).split() == ["7", "9"]
    assert verify(kept).size == 9


@pytest.mark.attacks
def test_a_removed_ledger_is_not_begun_anew(ledger_path: Path) -> None:
    """L10: ``git clean`` took the ledger, the checkpoint remembers."""
    ledger_path.unlink()
    with pytest.raises(IntegrityBroken, match="its ledger is gone"):
        opened(ledger_path, create=True)
    checkpoint_of(ledger_path).unlink()
    with opened(ledger_path, create=True) as ledger:
        assert ledger.size == 0


@pytest.mark.crash
def test_times_are_utc_everywhere(kept: LedgerPlace) -> None:
    with reading(kept) as ledger:
        assert all(each.timestamp.utcoffset() == timedelta(0) for each in ledger.events())
        first = next(iter(ledger.events()))
    assert first.timestamp == START.astimezone(UTC)
