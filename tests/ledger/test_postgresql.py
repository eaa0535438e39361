"""What only a server can do to a ledger: its settings, its objects, its connections, its users."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest

from harness.errors import IntegrityBroken, LedgerError
from harness.joining.project import JoiningProject
from harness.ledger.application import Ledger, RecordedMeanwhile
from harness.ledger.databases import exists
from harness.ledger.dialect import Cursor
from harness.ledger.moving import export, import_
from harness.ledger.portfolio import Compared, State
from harness.ledger.postgresql import Server
from harness.ledger.verify import verify
from harness.ledger_url import SharedLedger
from harness.proof.keys import PrivateKey
from tests.ledger.helpers import (
    PEKKA,
    as_argument,
    attacker,
    checkpoint_of,
    fill,
    hands_on,
    key_of,
    opened,
    reading,
    step,
)
from tests.support.postgresql import drop, fresh, raw

SETTINGS = {
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "lock_timeout": "5s",
    "statement_timeout": "1min",
    "idle_in_transaction_session_timeout": "1min",
}


@pytest.fixture
def filled(shared: SharedLedger) -> SharedLedger:
    """A closed, published ledger on a server: project ``demo`` with eight events."""
    fill(shared)
    return shared


def shown(cursor: Cursor, name: str) -> str:
    cursor.execute("SELECT current_setting(?)", (name,))
    return str(cursor.fetchone()[0])


def test_every_setting_of_a_connection_holds(
    filled: SharedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C6: durable by assertion; neither libpq's environment nor a role's defaults undo it."""
    monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=off -c lock_timeout=0")
    database = Server(filled, readonly=False)
    with database.transaction(commit=True) as cursor:
        assert {name: shown(cursor, name) for name in SETTINGS} == SETTINGS
        assert shown(cursor, "transaction_isolation") == "read committed"
        assert shown(cursor, "search_path") == f'pg_catalog, "{filled.schema}", pg_temp'
    with database.transaction(commit=False) as cursor:
        assert shown(cursor, "transaction_isolation") == "repeatable read"
        assert shown(cursor, "transaction_read_only") == "on"
    database.close()


def test_a_reader_sees_one_moment(filled: SharedLedger) -> None:
    database = Server(filled, readonly=True)
    with database.transaction(commit=False) as cursor:
        cursor.execute("SELECT count(*) FROM stored_events")
        before = cursor.fetchone()
        fill(filled, 2)
        cursor.execute("SELECT count(*) FROM stored_events")
        assert cursor.fetchone() == before
    database.close()
    assert verify(filled).size == 10


def test_a_writer_sees_what_was_committed_before_its_turn(filled: SharedLedger) -> None:
    one = Server(filled, readonly=False)
    two = Server(filled, readonly=False, busy_seconds=0.05)
    with one.transaction(commit=True):
        with pytest.raises(LedgerError, match="in use by another process"):
            fill_with(two)
        assert verify(filled).size == 8
    one.close()
    fill_with(two)
    two.close()


def fill_with(database: Server) -> None:
    with database.transaction(commit=True) as cursor:
        cursor.execute("SELECT 1")


def test_ledgers_of_one_database_do_not_wait_for_each_other(
    filled: SharedLedger, postgresql: str, tmp_path: Path
) -> None:
    other = fresh(postgresql, tmp_path)
    one, two = Server(filled, readonly=False), Server(other, readonly=False, busy_seconds=0.05)
    with one.transaction(commit=True), two.transaction(commit=True) as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    one.close()
    two.close()


# Crowds

WRITER = """
import sys
from tests.ledger.helpers import begin, from_argument, opened, step
place, name = from_argument(sys.argv[1]), sys.argv[2]
with opened(place) as ledger:
    ledger.save(begin(name), 0)
    project = ledger.project(name)
    for _ in range(15):
        before = project.version
        step(project)
        step(project)
        ledger.save(project, before)
print(project.version)
"""


def test_c11_four_writers_at_once(filled: SharedLedger) -> None:
    """Every event of four processes lands; positions have no gap."""
    command = [sys.executable, "-c", WRITER, as_argument(filled)]
    writers = [
        subprocess.Popen([*command, f"p{number}"], stdout=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    assert [each.communicate()[0].strip() for each in writers] == ["31"] * 4
    report = verify(filled)
    assert (report.size, report.unpublished) == (8 + 4 * 31, 0)
    with reading(filled) as ledger:
        assert [each.position for each in ledger.events()] == list(range(1, report.size + 1))


OPERATOR = """
import sys
from harness.ledger.application import RecordedMeanwhile
from tests.ledger.helpers import from_argument, opened, step
place, mark = from_argument(sys.argv[1]), int(sys.argv[2])
with opened(place) as ledger:
    project = ledger.project("demo")
    step(project, mark=mark)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        ledger.save(project, 8)
        print("won")
    except RecordedMeanwhile:
        print("lost")
"""


def test_two_operators_at_once_in_two_processes(filled: SharedLedger) -> None:
    operators = [
        subprocess.Popen(
            [sys.executable, "-c", OPERATOR, as_argument(filled), str(mark)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for mark in (1, 2)
    ]
    for each in operators:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in operators:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    assert sorted(each.communicate()[0].strip() for each in operators) == ["lost", "won"]
    assert verify(filled).size == 9


STEPS = ("one looks", "two looks", "one saves", "two saves")
ORDERS = [
    order
    for order in permutations(STEPS)
    if all(order.index(f"{who} looks") < order.index(f"{who} saves") for who in ("one", "two"))
]


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_whoever_looked_before_the_other_saved_loses(
    filled: SharedLedger, order: tuple[str, ...]
) -> None:
    """All orders in which two operators can look and save: nobody decides on what he never saw."""
    with opened(filled) as one, opened(filled) as two:
        ledgers, seen, outcome = {"one": one, "two": two}, {}, {}
        for who, what in (each.split() for each in order):
            if what == "looks":
                seen[who] = ledgers[who].project("demo")
            else:
                outcome[who] = saved(ledgers[who], seen[who])
    first, second = (each.split()[0] for each in order if each.endswith("saves"))
    late = order.index(f"{second} looks") < order.index(f"{first} saves")
    assert outcome == {first: "recorded 9", second: "met 9" if late else "recorded 10"}
    assert verify(filled).size == (9 if late else 10)


def saved(ledger: Ledger, project: JoiningProject) -> str:
    """What became of one more event, and at which version."""
    version = project.version
    step(project, mark=id(ledger))
    try:
        (written,) = ledger.save(project, version)
    except RecordedMeanwhile as error:
        return f"met {error.events[0].version}"
    return f"recorded {written.version}"


def test_a_ledger_is_begun_once(shared: SharedLedger) -> None:
    barrier = Barrier(3)

    def begin_it(_: int) -> bool:
        barrier.wait()
        with opened(shared, create=True) as ledger:
            return ledger.created

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(begin_it, range(3))) == [False, False, True]
    assert verify(shared).heads == 1


# Objects

TABLES = [
    "CREATE TABLE more (x int)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE SEQUENCE s",
    "DROP TABLE tree_heads",
    "ALTER TABLE stored_events ADD COLUMN note text",
    "ALTER TABLE stored_events ALTER COLUMN state SET DEFAULT ''",
    "ALTER TABLE stored_events ALTER COLUMN state DROP NOT NULL",
    "ALTER TABLE stored_events ALTER COLUMN topic TYPE varchar",
    'ALTER TABLE stored_events ALTER COLUMN topic TYPE text COLLATE "default"',
    "ALTER TABLE stored_events DROP CONSTRAINT stored_events_originator_id_originator_version_key",
    "ALTER TABLE stored_events ADD CHECK (position < 100)",
    "ALTER TABLE stored_events SET UNLOGGED",
    "ALTER TABLE stored_events ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE stored_events FORCE ROW LEVEL SECURITY",
    "CREATE INDEX i ON stored_events (length(topic))",
    "CREATE RULE r AS ON INSERT TO tree_heads DO ALSO NOTHING",
    "CREATE TABLE pg_temp.child () INHERITS (stored_events)",
    "ALTER TABLE stored_events RENAME TO kept; CREATE VIEW stored_events AS SELECT * FROM kept",
]
LISTS = [
    "DROP TABLE portfolio",
    "ALTER TABLE portfolio ADD COLUMN note text",
    "ALTER TABLE portfolio ALTER COLUMN phase SET DEFAULT 1",
    "ALTER TABLE portfolio ALTER COLUMN name DROP NOT NULL",
    "ALTER TABLE portfolio ALTER COLUMN phase TYPE int",
    "ALTER TABLE portfolio DROP CONSTRAINT portfolio_pkey",
    "ALTER TABLE portfolio ADD CHECK (phase < 100)",
    "ALTER TABLE portfolio SET UNLOGGED",
    "ALTER TABLE portfolio ENABLE ROW LEVEL SECURITY",
    "CREATE RULE r AS ON INSERT TO portfolio DO ALSO NOTHING",
    "DROP TABLE portfolio_stand; CREATE TABLE portfolio_stand (format bigint, position bigint)",
]
"""Changes of the list of projects, which is no part of the record."""
GUARDS = [
    "ALTER TABLE stored_events DISABLE TRIGGER stored_events_no_update",
    "ALTER TABLE tree_heads ENABLE REPLICA TRIGGER tree_heads_no_delete",
    "ALTER TABLE tree_heads ENABLE TRIGGER tree_heads_no_delete",
    "DROP TRIGGER ledger_info_once ON ledger_info",
    "CREATE TRIGGER quiet AFTER INSERT ON tree_heads EXECUTE FUNCTION append_only()",
    """CREATE OR REPLACE TRIGGER stored_events_no_delete BEFORE DELETE ON stored_events
    FOR EACH ROW WHEN (OLD.position > 9) EXECUTE FUNCTION append_only()""",
    """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RETURN OLD; END'""",
    "ALTER FUNCTION append_only() SECURITY DEFINER",
    "ALTER FUNCTION stored_events_in_order() SET search_path = pg_temp",
    "ALTER FUNCTION stored_events_in_order() RESET ALL",
    "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TRIGGER quiet AFTER INSERT ON portfolio EXECUTE FUNCTION append_only()",
]


@pytest.mark.parametrize("statement", TABLES)
def test_altered_tables_are_found(filled: SharedLedger, statement: str) -> None:
    with hands_on(filled) as connection:
        connection.execute(statement)
        for opening in (opened, reading, verify):
            with pytest.raises(LedgerError, match=r"tables were altered|not a ledger"):
                opening(filled)


@pytest.mark.parametrize("statement", LISTS)
def test_an_altered_list_is_not_read_and_written_anew(filled: SharedLedger, statement: str) -> None:
    with hands_on(filled) as connection:
        connection.execute(statement)
    assert verify(filled).portfolio.state in {State.BEHIND, State.NONE}
    with reading(filled) as ledger:
        assert not ledger.portfolio().kept
    fill(filled, 1)
    with reading(filled) as ledger:
        assert ledger.portfolio().kept
    assert verify(filled).portfolio == Compared(State.AS_RECORDED)


def test_who_holds_the_list_stops_no_append(filled: SharedLedger) -> None:
    with opened(filled, busy_seconds=0.05) as ledger, raw(filled) as connection:
        project = ledger.project("demo")
        step(project)
        with connection.transaction():
            connection.execute("LOCK TABLE portfolio_stand")
            assert ledger.save(project, 8)[0].position == 9
    assert verify(filled).portfolio == Compared(State.BEHIND)


def test_the_server_hears_of_a_list_while_it_is_made(
    filled: SharedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that says nothing for too long loses its transaction, and projects come slowly."""
    for number in range(5):
        fill(filled, 1, f"p{number}")
    real = Ledger.project
    heard: list[object] = []

    def listening(*arguments: Any) -> JoiningProject:
        with raw(filled) as connection:
            heard.extend(
                connection.execute(
                    "SELECT state_change FROM pg_stat_activity "
                    "WHERE state = 'idle in transaction' AND query LIKE '%portfolio%'"
                )
            )
        return real(*arguments)

    monkeypatch.setattr(Ledger, "project", listening)
    with opened(filled) as ledger:
        ledger.rewrite_portfolio()
    assert len(heard) == len(set(heard)) == 6
    assert verify(filled).portfolio == Compared(State.AS_RECORDED)


@pytest.mark.parametrize("statement", GUARDS)
def test_altered_guards_are_found(filled: SharedLedger, statement: str) -> None:
    with hands_on(filled) as connection:
        connection.execute(statement)
    for opening in (opened, reading, verify):
        with pytest.raises(IntegrityBroken, match="guards against changing the record"):
            opening(filled)


@pytest.mark.parametrize("table", ["stored_events", "tree_heads", "ledger_info"])
def test_nothing_is_emptied_at_once(filled: SharedLedger, table: str) -> None:
    """Not even by who switches triggers off for this session, as a restore does."""
    for setting in ("origin", "replica"):
        with raw(filled) as connection:
            connection.execute(f"SET session_replication_role = {setting}")
            for statement in (f"TRUNCATE {table}", f"DELETE FROM {table}"):
                with pytest.raises(psycopg.errors.RestrictViolation):
                    connection.execute(statement)
    assert verify(filled).size == 8


def test_a_shadowing_function_is_not_called(filled: SharedLedger) -> None:
    """Names mean what PostgreSQL's catalogue says, for the harness and for the guards."""
    with raw(filled) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS shadow")
        connection.execute(
            "CREATE OR REPLACE FUNCTION shadow.char_length(text) RETURNS int LANGUAGE sql "
            "AS 'SELECT 1/0'"
        )
        connection.execute(f'SET search_path = shadow, "{filled.schema}", pg_catalog')
        row = (9, "demo", 9, "a.B.v1", b"{}")
        connection.execute("INSERT INTO stored_events VALUES (%s, %s, %s, %s, %s)", row)
    with pytest.raises(IntegrityBroken, match="entry 9 is not sealed"):
        opened(filled)


def test_negative_versions_are_found(filled: SharedLedger) -> None:
    with attacker(filled) as connection:
        connection.execute(
            "UPDATE stored_events SET originator_version = -5 WHERE position = 5",
        )
    with pytest.raises(IntegrityBroken, match="entry 5 has a column"):
        verify(filled)


@contextmanager
def blind(place: SharedLedger, index: str) -> Iterator[None]:
    """An index that is not told of what is inserted meanwhile."""
    ready = "UPDATE pg_index SET indisready = %s WHERE indexrelid = %s::regclass"
    with raw(place) as connection:
        connection.execute(ready, (False, index))
        yield
        connection.execute(ready, (True, index))


def test_an_index_that_hides_an_entry_is_found(filled: SharedLedger) -> None:
    """Readers follow the index to a project's events: it must tell what the rows tell."""
    with blind(filled, "stored_events_originator_id_originator_version_key"):
        fill(filled, 1)
    with raw(filled) as connection:
        connection.execute("SET enable_seqscan = off")
        found = connection.execute("SELECT count(*) FROM stored_events WHERE originator_id > 'd'")
        assert found.fetchone() == (8,)
    with pytest.raises(IntegrityBroken, match="contradict each other"):
        verify(filled)


def test_an_index_of_positions_that_hides_an_entry_is_found_at_once(filled: SharedLedger) -> None:
    with (
        blind(filled, "stored_events_pkey"),
        pytest.raises(IntegrityBroken, match="ends at entry 8, but 9 were recorded"),
    ):
        fill(filled, 1)
    with pytest.raises(IntegrityBroken, match="contradict each other"):
        verify(filled)


def test_another_schema_is_left_alone(shared: SharedLedger) -> None:
    with raw(shared) as connection:
        connection.execute(f'CREATE SCHEMA "{shared.schema}"')
        connection.execute("CREATE TABLE accounts (id int)")
    for opening in (reading, verify):
        with pytest.raises(LedgerError, match="not a ledger of the harness"):
            opening(shared)
    PrivateKey.create(key_of(shared))
    with pytest.raises(LedgerError, match="not a ledger of the harness"):
        opened(shared, create=True)
    with raw(shared) as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (0,)


def test_a_newer_format_is_refused(filled: SharedLedger) -> None:
    with hands_on(filled) as connection:
        connection.execute("DROP TRIGGER ledger_info_no_update ON ledger_info")
        connection.execute("UPDATE ledger_info SET format = 2")
        connection.execute("CREATE TABLE something_new (x int)")
    for opening in (opened, reading, verify):
        with pytest.raises(LedgerError, match=r"newer version \(format 2"):
            opening(filled)


def test_where_nothing_is_there_is_no_ledger(shared: SharedLedger) -> None:
    assert not exists(shared)
    for opening in (reading, verify):
        with pytest.raises(LedgerError, match="there is no ledger here"):
            opening(shared)


@pytest.fixture
def older(filled: SharedLedger, postgresql: str, tmp_path: Path) -> Iterator[SharedLedger]:
    """What the ledger was, restored beside it."""
    (tmp_path / "older").mkdir()
    place = fresh(postgresql, tmp_path / "older")
    export(filled, tmp_path / "older.jsonl")
    import_(tmp_path / "older.jsonl", place)
    yield place
    drop(place)


def swap(filled: SharedLedger, older: SharedLedger) -> None:
    """Put the older state in the place of the newer."""
    with raw(filled) as connection:
        connection.execute(f'DROP SCHEMA "{filled.schema}" CASCADE')
        connection.execute(f'ALTER SCHEMA "{older.schema}" RENAME TO "{filled.schema}"')
        for name in ("stored_events_in_order", "tree_heads_in_order", "ledger_info_once"):
            path = f'pg_catalog, "{filled.schema}", pg_temp'
            connection.execute(f"ALTER FUNCTION {name}() SET search_path = {path}")
        path = f'pg_catalog, "{filled.schema}", pg_temp'
        connection.execute(f"ALTER FUNCTION append_only() SET search_path = {path}")


def test_l12_an_older_backup_is_found(filled: SharedLedger, older: SharedLedger) -> None:
    """C16: and nothing is appended to it."""
    fill(filled, 3)
    swap(filled, older)
    for opening in (opened, reading, verify):
        with pytest.raises(IntegrityBroken, match="cut or rolled back"):
            opening(filled)


def test_l13_a_fork_is_found(filled: SharedLedger, older: SharedLedger) -> None:
    """C17: two continuations of one backup, equally long, both signed by our key."""
    fill(filled, 2)
    held = filled.folder / "held"
    checkpoint_of(filled).rename(held)
    swap(filled, older)
    fill(filled, 2, mark=1)
    assert verify(filled).size == 10
    with pytest.raises(IntegrityBroken, match="two histories of 10 entries"):
        verify(filled, [held])


# Connections


def test_a_lost_connection_is_told_and_the_next_one_works(filled: SharedLedger) -> None:
    with opened(filled) as ledger:
        project = ledger.project("demo")
        step(project, actor=PEKKA)
        end_connections(filled)
        with pytest.raises(LedgerError, match=r"stopping or starting|was lost"):
            ledger.save(project, 8)
        again = ledger.project("demo")
        assert again.version == 8
        step(again)
        assert ledger.save(again, 8)[0].position == 9


def test_a_connection_lost_behind_an_append_does_not_say_that_nothing_was_recorded(
    filled: SharedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: object) -> None:
        raise psycopg.OperationalError

    with opened(filled) as ledger:
        project = ledger.project("demo")
        step(project, actor=PEKKA)
        ledger.save(project, 8)
        end_connections(filled)
        with pytest.raises(LedgerError, match=r"stopping or starting|was lost") as lost:
            ledger.publish()
        with monkeypatch.context() as patch:
            patch.setattr(psycopg, "connect", gone)
            with pytest.raises(LedgerError, match="is not there") as away:
                ledger.publish()
    for told in (lost, away):
        assert "stays recorded; look with harness history" in told.value.todo
        assert "nothing was recorded" not in told.value.todo
    with reading(filled) as after:
        assert after.size == 9


def test_one_lost_connection_is_a_sign_for_the_others(filled: SharedLedger) -> None:
    database = Server(filled, readonly=True)
    with database.transaction(commit=False), database.transaction(commit=False):
        pass
    end_connections(filled)
    with pytest.raises(LedgerError), database.transaction(commit=False):
        pass
    with database.transaction(commit=False) as cursor:
        cursor.execute("SELECT count(*) FROM stored_events")
        assert cursor.fetchone() == (8,)
    database.close()


def end_connections(place: SharedLedger) -> None:
    with raw(place) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE application_name = 'connection-harness' AND pid <> pg_backend_pid()"
        )


def test_a_connection_lost_at_the_commit_says_that_nobody_knows(filled: SharedLedger) -> None:
    database = Server(filled, readonly=False)
    with (
        pytest.raises(LedgerError, match="not known whether") as caught,
        database.transaction(commit=True),
    ):
        end_connections(filled)
    assert "before you repeat" in caught.value.todo
    database.close()


def test_a_failed_transaction_is_never_taken_for_a_committed_one(filled: SharedLedger) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK, and no error, when a statement failed before."""
    database = Server(filled, readonly=False)
    with (
        pytest.raises(LedgerError, match="took back"),
        database.transaction(commit=True) as cursor,
        pytest.raises(psycopg.Error),
    ):
        cursor.execute("SELECT 1/0")
    database.close()


def test_a_statement_does_not_run_for_ever(
    filled: SharedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.ledger.postgresql.STATEMENT", "50ms")
    database = Server(filled, readonly=True)
    with (
        pytest.raises(LedgerError, match="did not answer in time"),
        database.transaction(commit=False) as cursor,
    ):
        cursor.execute("SELECT pg_sleep(60)")
    database.close()


def test_a_writer_that_falls_asleep_loses_its_turn(
    filled: SharedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.ledger.postgresql.STATEMENT", "50ms")
    sleeper = Server(filled, readonly=False)
    other = Server(filled, readonly=False, busy_seconds=30)
    with pytest.raises(LedgerError), sleeper.transaction(commit=True):
        fill_with(other)  # waits until the server has ended the sleeper's transaction
    other.close()
    sleeper.close()


def test_nothing_a_caller_can_name_lets_a_foreign_exception_out(filled: SharedLedger) -> None:
    with reading(filled) as ledger:
        for name in ("a\0b", "x" * 100_000, "'; DROP TABLE stored_events; --", "%s", "?"):
            with pytest.raises(LedgerError):
                ledger.project(name)


# Modules

ALONE = """
import sys
sys.modules["psycopg"] = None
from pathlib import Path
from harness.errors import LedgerError
from harness.ledger.verify import verify
from harness.ledger_url import SharedLedger
from harness.proof.keys import PrivateKey
try:
    verify(SharedLedger.read("postgresql://nobody:secret@127.0.0.1/db", Path("x")))
except LedgerError as error:
    print(error)
"""


def output(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return result.stdout.strip()


def test_what_is_missing_is_said() -> None:
    said = output(ALONE)
    assert "pip install 'connection-harness[postgres]'" in said
    assert "secret" not in said


def test_a_ledger_in_a_file_does_without_psycopg() -> None:
    code = (
        "import sys, harness.cli.common, harness.cli.verify, harness.cli.moving, "
        "harness.ledger.opened; print([m for m in sys.modules if m.startswith('psycopg')])"
    )
    assert output(code) == "[]"
