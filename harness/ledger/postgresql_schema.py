"""The tables of a ledger in PostgreSQL: the same columns and guards as in SQLite.

* No sequence: it would leave a gap for each insertion that failed. Positions are numbered under the
  lock that every writer holds, and a guard refuses all but the next.
* What SQLite's ``CHECK`` says stands in the guards' functions: their text is stored to the letter,
  so it can be compared; PostgreSQL rewrites an expression in a table.
* Guards fire ``ALWAYS``: also for replicas and for restores that switch triggers off.
* A function of a guard sees the system's catalogue first and the ledger's schema second, whoever
  calls it.
* The list of projects is no part of the record, and nothing guards it. Whoever may read or append
  may read or write the list, whatever the roles are called: it is made with the rights that the
  entries' table has at that time.
* Other than in SQLite, no number outlives the deletion of an entry together with its head: whoever
  owns the tables can do that, and only a checkpoint shows it.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import psycopg

from harness.classes import dataclass
from harness.joining.summary import Summary
from harness.ledger.dialect import Cursor, Dialect, Objects

_BYTES, _NUMBER, _TEXT = "bytea", "bigint", 'text COLLATE "C"'
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "stored_events": {
        "position": _NUMBER,
        "originator_id": _TEXT,
        "originator_version": _NUMBER,
        "topic": _TEXT,
        "state": _BYTES,
    },
    "tree_heads": {
        "size": _NUMBER,
        "root": _BYTES,
        "frontier": _BYTES,
        "note": _BYTES,
        "at": _TEXT,
    },
    "ledger_info": {
        "id": _NUMBER,
        "format": _NUMBER,
        "origin": _TEXT,
        "key": _TEXT,
        "created": _TEXT,
    },
}
"""Columns of each table in their order; the first is the key, none may be null."""

_KINDS = {str: _TEXT, int: _NUMBER}
LIST_COLUMNS: Final[dict[str, dict[str, str]]] = {
    "portfolio": {name: _KINDS[kind] for name, kind in Summary.__annotations__.items()},
    "portfolio_stand": {"format": _NUMBER, "position": _NUMBER},
}
"""The same of the list of projects."""

_FORM = r"^[a-z][a-zA-Z0-9.-]*\.[A-Z][a-zA-Z0-9.-]*\.v[1-9][a-zA-Z0-9.-]*$"

_INSERTIONS: Final[dict[str, tuple[str, str, str]]] = {
    "stored_events": (
        "stored_events_in_order",
        "entries are only added at the end",
        """NEW.position IS DISTINCT FROM (SELECT coalesce(max(position), 0) + 1 FROM stored_events)
        OR NEW.originator_version IS DISTINCT FROM (
            SELECT coalesce(max(originator_version), 0) + 1 FROM stored_events
            WHERE originator_id = NEW.originator_id
        )""",
    ),
    "tree_heads": (
        "tree_heads_in_order",
        "tree heads only grow",
        "NEW.size <= (SELECT max(size) FROM tree_heads)",
    ),
    "ledger_info": (
        "ledger_info_once",
        "a ledger is created once",
        "EXISTS (SELECT FROM ledger_info)",
    ),
}
"""For each table: name of the guard of insertions, what it says, and when."""

_FORMS: Final[dict[str, str]] = {
    "stored_events": f"""char_length(NEW.originator_id) NOT BETWEEN 1 AND 200
        OR char_length(NEW.topic) > 200 OR NEW.topic !~ '{_FORM}'""",
    "tree_heads": "NEW.size < 0 OR octet_length(NEW.root) <> 32",
    "ledger_info": "NEW.id <> 1",
}
"""For each table: what no row of a ledger looks like."""

_APPEND_ONLY = """
BEGIN
    RAISE EXCEPTION 'the record is append-only' USING ERRCODE = 'restrict_violation';
END
"""
_BEFORE, _EACH_ROW = 2, 1
_EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
"""Bits of ``pg_trigger.tgtype``."""


@dataclass(frozen=True, slots=True)
class _Guard:
    table: str
    name: str
    event: str
    each: str
    function: str

    @property
    def bits(self) -> int:
        return _BEFORE | _EVENTS[self.event] | (_EACH_ROW if self.each == "ROW" else 0)


def _guards_of(table: str) -> Iterator[_Guard]:
    guard = _INSERTIONS[table][0]
    yield _Guard(table, guard, "INSERT", "ROW", guard)
    for event in ("UPDATE", "DELETE", "TRUNCATE"):
        yield _Guard(table, f"{table}_no_{event.lower()}", event, "STATEMENT", "append_only")


_GUARDS = [guard for table in COLUMNS for guard in _guards_of(table)]


def _body(table: str) -> str:
    _, refusal, when = _INSERTIONS[table]
    return f"""
BEGIN
    IF {_FORMS[table]}
    THEN
        RAISE EXCEPTION 'no ledger writes such a row' USING ERRCODE = 'check_violation';
    END IF;
    IF {when}
    THEN
        RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
"""


def _bodies() -> dict[str, str]:
    """Text of each guard's function, by name."""
    insertions = {guard: _body(table) for table, (guard, _, _) in _INSERTIONS.items()}
    return insertions | {"append_only": _APPEND_ONLY}


def _layout(schema: str) -> tuple[str, ...]:
    """Statements that make tables and guards, and the schema unless somebody made it for us."""
    here = f'"{schema}"'
    place = (
        f"DO $$BEGIN IF to_regnamespace('{here}') IS NULL THEN CREATE SCHEMA {here}; END IF; END$$"
    )
    tables = [
        _table(here, table, columns, _UNIQUE if "topic" in columns else "")
        for table, columns in COLUMNS.items()
    ]
    functions = [
        f"CREATE FUNCTION {here}.{name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = pg_catalog, {here}, pg_temp AS $guard${body}$guard$"
        for name, body in _bodies().items()
    ]
    guards = [
        statement
        for guard in _GUARDS
        for statement in (
            (
                f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {here}.{guard.table} "
                f"FOR EACH {guard.each} EXECUTE FUNCTION {here}.{guard.function}()"
            ),
            f"ALTER TABLE {here}.{guard.table} ENABLE ALWAYS TRIGGER {guard.name}",
        )
    ]
    return (place, *tables, *functions, *guards)


_UNIQUE = ",\n    UNIQUE (originator_id, originator_version)"


def _table(here: str, table: str, columns: dict[str, str], more: str = "") -> str:
    fields = ",\n    ".join(f"{name} {kind} NOT NULL" for name, kind in columns.items())
    key = f"PRIMARY KEY ({next(iter(columns))})"
    return f"CREATE TABLE {here}.{table} (\n    {fields},\n    {key}{more}\n)"


def _listing(schema: str) -> tuple[str, ...]:
    """Statements that make the list of projects, for those who may read and append entries."""
    here = f'"{schema}"'
    tables = [_table(here, table, columns) for table, columns in LIST_COLUMNS.items()]
    named = ", ".join(f"{here}.{table}" for table in LIST_COLUMNS)
    return (*tables, _LIST_RIGHTS.format(entries=f"{here}.stored_events", tables=named))


_LIST_RIGHTS = """DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS who,
            CASE privilege_type WHEN 'SELECT' THEN 'SELECT' ELSE 'INSERT, UPDATE, DELETE' END AS may
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = '{entries}'::regclass AND privilege_type IN ('SELECT', 'INSERT')
    LOOP
        EXECUTE 'GRANT ' || one.may || ' ON {tables} TO ' || one.who;
    END LOOP;
END$$"""


def _objects_of(tables: dict[str, dict[str, str]]) -> dict[tuple[str, str], str | None]:
    """Tables and their keys, as :data:`_OBJECTS` tells them."""
    found: dict[tuple[str, str], str | None] = {}
    for table, columns in tables.items():
        found["table", table] = "permanent"
        for number, (name, kind) in enumerate(columns.items(), 1):
            plain, _, collated = kind.partition(" COLLATE ")
            found["column", f"{table}.{name}"] = f"{number} {plain} not null {collated}".rstrip()
        found["index", f"{table}_pkey"] = f"{table} btree unique primary valid 1"
    return found


def _tables() -> Objects:
    """What rows depend on, as :data:`_OBJECTS` tells it."""
    found = _objects_of(COLUMNS)
    unique = "stored_events_originator_id_originator_version_key"
    found["index", unique] = "stored_events btree unique valid 2 3"
    return found


def _guards(schema: str) -> Objects:
    """What keeps honest people from changing the record, as :data:`_OBJECTS` tells it."""
    found: dict[tuple[str, str], str | None] = {
        ("trigger", f"{each.table}.{each.name}"): f"{schema}.{each.function} {each.bits} A"
        for each in _GUARDS
    }
    path = f"search_path=pg_catalog, {schema}, pg_temp"
    for name, body in _bodies().items():
        found["function", f"{name}()"] = f"plpgsql {path} {body}"
    return found


_OBJECTS = """
WITH own AS (
    SELECT c.* FROM pg_class c
    WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?)
)
SELECT CASE relkind WHEN 'r' THEN 'table' ELSE 'relation ' || relkind::text END, relname::text,
    concat_ws(' ',
        CASE relpersistence WHEN 'p' THEN 'permanent' ELSE 'not permanent' END,
        CASE WHEN relrowsecurity OR relforcerowsecurity THEN 'rows hidden' END,
        CASE WHEN EXISTS (SELECT FROM pg_rewrite WHERE ev_class = own.oid) THEN 'rules' END,
        CASE WHEN EXISTS (SELECT FROM pg_inherits WHERE own.oid IN (inhrelid, inhparent))
            THEN 'inheritance' END)
FROM own WHERE relkind <> 'i'
UNION ALL
SELECT 'column', relname || '.' || attname,
    concat_ws(' ', attnum, format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN 'not null' END,
        CASE WHEN atthasdef OR attgenerated <> '' OR attidentity <> '' THEN 'computed' END,
        quote_ident(collname))
FROM own JOIN pg_attribute ON attrelid = own.oid LEFT JOIN pg_collation k ON k.oid = attcollation
WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'index', own.relname::text,
    concat_ws(' ', t.relname, amname, CASE WHEN indisunique THEN 'unique' END,
        CASE WHEN indisprimary THEN 'primary' END, CASE WHEN indisvalid THEN 'valid' END, indkey,
        CASE WHEN indexprs IS NOT NULL OR indpred IS NOT NULL THEN 'of expressions' END)
FROM own JOIN pg_index ON indexrelid = own.oid JOIN pg_class t ON t.oid = indrelid
    JOIN pg_am a ON a.oid = own.relam
UNION ALL
SELECT 'constraint', own.relname || '.' || conname, contype::text
FROM own JOIN pg_constraint ON conrelid = own.oid WHERE contype NOT IN ('p', 'u', 'n', 't')
UNION ALL
SELECT 'trigger', own.relname || '.' || tgname,
    concat_ws(' ', replace(pronamespace::regnamespace::text, '"', '') || '.' || proname,
        tgtype, tgenabled,
        CASE WHEN tgqual IS NOT NULL OR tgattr::text <> '' OR tgnargs > 0 THEN 'sometimes' END)
FROM own JOIN pg_trigger ON tgrelid = own.oid JOIN pg_proc p ON p.oid = tgfoid
WHERE NOT tgisinternal
UNION ALL
SELECT 'function', proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
    concat_ws(' ', lanname, CASE WHEN prosecdef THEN 'as its owner' END,
        replace(array_to_string(proconfig, ' '), '"', ''), prosrc)
FROM pg_proc p JOIN pg_language l ON l.oid = prolang
WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?)
"""


@cache
def dialect(schema: str) -> Dialect:
    """PostgreSQL, with the ledger in a schema of this name."""

    def objects(cursor: Cursor) -> Objects:
        cursor.execute(_OBJECTS, (schema, schema))
        return {(kind, name): text for kind, name, text in cursor.fetchall()}

    return Dialect(
        layout=_layout(schema),
        tables=_tables(),
        guards=_guards(schema),
        listing=_listing(schema),
        listed=_objects_of(LIST_COLUMNS),
        objects=objects,
        empty=(
            "there is no ledger here",
            "Create a project first, or name the right database and schema with --ledger.",
        ),
        ever="SELECT coalesce(max(size), 0) FROM tree_heads",
        as_bytes="convert_to({}, 'UTF8')",
        odd_row=(
            "SELECT position FROM stored_events "
            "WHERE originator_version < 1 OR position < 1 LIMIT 1"
        ),
        is_whole=_is_whole,
        is_taken=_is_taken,
        no_column=psycopg.errors.UndefinedColumn,
        failure=psycopg.Error,
    )


_COUNTS: Final = {
    "": "indexscan indexonlyscan bitmapscan",
    "WHERE position >= 1": "seqscan",
    "WHERE originator_id >= ''": "seqscan",
}
"""Conditions that every entry meets, and the ways not to take: first the table, then each index."""


def _is_whole(cursor: Cursor) -> bool:
    """An index that hides rows would show readers another history than the rows tell.

    More than that, ``pg_amcheck`` finds; it takes rights that a reader has not.
    """
    found = set()
    for condition, refused in _COUNTS.items():
        for way in ("seqscan", "indexscan", "indexonlyscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = {'off' if way in refused.split() else 'on'}")
        cursor.execute(f"SELECT count(*) FROM stored_events {condition}")  # noqa: S608 - ours
        found.add(cursor.fetchone()[0])
    cursor.execute("SET LOCAL enable_seqscan = on")
    return len(found) == 1


def _is_taken(error: Exception) -> bool:
    return isinstance(
        error, psycopg.errors.UniqueViolation | psycopg.errors.IntegrityConstraintViolation
    )
