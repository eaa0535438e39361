"""The tables of a ledger in SQLite: final from the first release on, as history is.

* ``STRICT`` and ``AUTOINCREMENT``: no value changes its type, no position is ever used again.
* Triggers refuse every change and removal, every gap, and every replacement (``REPLACE`` would
  otherwise remove a row without telling a trigger). They stop mistakes; who means harm drops them
  first, and is found by the signed tree heads.
* The set of topics is closed by the codec, when writing and when reading. The table closes their
  *form* (``room.Name.vN``): a list of this release's topics in a CHECK would have to be altered by
  the next release, and a form already keeps out ``module:Class`` names.
* The list of projects is no part of the record: its tables are not sealed, may be missing, and are
  written anew from the entries at any time (:mod:`harness.ledger.portfolio`). Nothing guards them.
* ``tree_heads.at`` and ``ledger_info.created`` are this machine's clock and not sealed; nothing is
  judged by them.
"""

import re
import sqlite3

from harness.joining.summary import Summary
from harness.ledger.dialect import Cursor, Dialect, Objects

FORMAT = 1
"""Version of these tables; a ledger with a larger one was written by a newer release."""

EVENTS_TABLE = """CREATE TABLE stored_events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    originator_id TEXT NOT NULL CHECK (length(originator_id) BETWEEN 1 AND 200),
    originator_version INTEGER NOT NULL CHECK (originator_version > 0),
    topic TEXT NOT NULL CHECK (
        topic GLOB '[a-z]*.[A-Z]*.v[1-9]*'
        AND topic NOT GLOB '*[^a-zA-Z0-9.-]*'
        AND length(topic) <= 200
    ),
    state BLOB NOT NULL,
    UNIQUE (originator_id, originator_version)
) STRICT"""

HEADS_TABLE = """CREATE TABLE tree_heads (
    size INTEGER PRIMARY KEY CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    frontier BLOB NOT NULL,
    note BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT"""

INFO_TABLE = """CREATE TABLE ledger_info (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    format INTEGER NOT NULL,
    origin TEXT NOT NULL,
    key TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT"""

TABLES = {"stored_events": EVENTS_TABLE, "tree_heads": HEADS_TABLE, "ledger_info": INFO_TABLE}

_KINDS = {str: "TEXT", int: "INTEGER"}
_COLUMNS = ",\n    ".join(
    f"{name} {_KINDS[kind]} NOT NULL{' PRIMARY KEY' if name == 'project' else ''}"
    for name, kind in Summary.__annotations__.items()
)
LIST_TABLES = {
    "portfolio": f"CREATE TABLE portfolio (\n    {_COLUMNS}\n) STRICT, WITHOUT ROWID",
    "portfolio_stand": """CREATE TABLE portfolio_stand (
    format INTEGER NOT NULL,
    position INTEGER NOT NULL
) STRICT""",
}
"""The list of projects: a table in another form than today's is written anew, never read."""

_INSERT_GUARDS = {
    "stored_events_in_order": """CREATE TRIGGER stored_events_in_order
BEFORE INSERT ON stored_events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM stored_events)
    OR NEW.originator_version IS NOT (
        SELECT coalesce(max(originator_version), 0) + 1 FROM stored_events
        WHERE originator_id = NEW.originator_id
    )
BEGIN SELECT RAISE(ABORT, 'entries are only added at the end'); END""",
    "tree_heads_in_order": """CREATE TRIGGER tree_heads_in_order
BEFORE INSERT ON tree_heads
WHEN NEW.size <= (SELECT max(size) FROM tree_heads)
BEGIN SELECT RAISE(ABORT, 'tree heads only grow'); END""",
    "ledger_info_once": """CREATE TRIGGER ledger_info_once
BEFORE INSERT ON ledger_info
WHEN EXISTS (SELECT 1 FROM ledger_info)
BEGIN SELECT RAISE(ABORT, 'a ledger is created once'); END""",
}


def _guard(table: str, verb: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{verb.lower()}\n"
        f"BEFORE {verb} ON {table}\n"
        "BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END"
    )


TRIGGERS = _INSERT_GUARDS | {
    f"{table}_no_{verb.lower()}": _guard(table, verb)
    for table in TABLES
    for verb in ("UPDATE", "DELETE")
}

_OWN_TO_SQLITE = re.compile(r"sqlite_(sequence|autoindex_stored_events_1|stat[14])", re.ASCII)


def _objects(cursor: Cursor) -> Objects:
    cursor.execute("SELECT type, name, sql FROM sqlite_master")
    found = {(kind, name): sql for kind, name, sql in cursor.fetchall()}
    return {key: sql for key, sql in found.items() if not _OWN_TO_SQLITE.fullmatch(key[1])}


def _is_whole(cursor: Cursor) -> bool:
    """An index that hides rows would show readers another history than the rows tell."""
    cursor.execute("PRAGMA integrity_check(1)")
    return bool(cursor.fetchone()[0] == "ok")


def _is_taken(error: Exception) -> bool:
    return isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorname in {
        "SQLITE_CONSTRAINT_TRIGGER",
        "SQLITE_CONSTRAINT_UNIQUE",
    }


SQLITE = Dialect(
    layout=(*TABLES.values(), *TRIGGERS.values()),
    tables={("table", name): sql for name, sql in TABLES.items()},
    guards={("trigger", name): sql for name, sql in TRIGGERS.items()},
    listing=tuple(LIST_TABLES.values()),
    listed={("table", name): sql for name, sql in LIST_TABLES.items()},
    objects=_objects,
    empty=(
        "this file is empty, not a ledger",
        "Restore the ledger from its last good copy, or remove the file to begin anew.",
    ),
    ever="SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'stored_events'",
    as_bytes="CAST({} AS BLOB)",
    odd_row=(
        "SELECT position FROM stored_events WHERE typeof(originator_id) <> 'text' "
        "OR typeof(originator_version) <> 'integer' OR originator_version < 1 OR position < 1 "
        "OR typeof(topic) <> 'text' OR typeof(state) <> 'blob' LIMIT 1"
    ),
    is_whole=_is_whole,
    is_taken=_is_taken,
    no_column=sqlite3.OperationalError,
    failure=sqlite3.Error,
)
