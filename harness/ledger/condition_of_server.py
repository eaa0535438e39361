"""What a server promises to a ledger: durability, an honest connection, and who may do what."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from harness.ledger.dialect import Cursor
from harness.ledger.looked import Condition, Looked
from harness.ledger_url import SharedLedger

OLDEST_TRIED: Final = 15
"""The oldest PostgreSQL that the tests were run on."""

_SERVER = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,
    current_setting('fsync'), current_setting('full_page_writes'), pg_is_in_recovery()
"""
_CONNECTION = """
SELECT host(inet_client_addr()), (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid())
"""
_RIGHTS = """
SELECT bool_or(pg_has_role(relowner, 'USAGE')),
    bool_and(has_table_privilege(oid, 'INSERT')),
    bool_or(has_table_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE'))
FROM pg_class WHERE oid IN ('stored_events'::regclass, 'tree_heads'::regclass)
"""


def around(place: SharedLedger, cursor: Cursor) -> Iterator[Looked]:
    """Look at the server, at the way to it, and at what we may do there."""
    yield _server(cursor)
    yield _connection(place, cursor)
    yield _rights(cursor)


def _server(cursor: Cursor) -> Looked:
    cursor.execute(_SERVER)
    version, major, fsync, full_page_writes, is_copy = cursor.fetchone()
    shown = f"PostgreSQL {version}"
    if (fsync, full_page_writes) != ("on", "on"):
        return Looked(
            "server",
            Condition.BAD,
            f"{shown} with fsync = {fsync}, full_page_writes = {full_page_writes}: what it "
            "confirms may be gone after a crash; nothing is recorded there",
            "Have both set to on, and look with harness verify what is there.",
        )
    if is_copy:
        return Looked(
            "server",
            Condition.NOTE,
            f"{shown}, a copy that can only be read, and may be behind",
            "Nothing, if you only read. To record, name the server that takes changes.",
        )
    if major < OLDEST_TRIED:
        return Looked(
            "server",
            Condition.NOTE,
            f"{shown}, older than what was tried ({OLDEST_TRIED})",
            "Use a newer one.",
        )
    return Looked("server", Condition.GOOD, f"{shown}, fsync and full_page_writes are on")


def _connection(place: SharedLedger, cursor: Cursor) -> Looked:
    cursor.execute(_CONNECTION)
    address, protocol = cursor.fetchone()
    if address is None or ipaddress.ip_address(address).is_loopback:
        return Looked("connection", Condition.GOOD, "within this machine")
    if not protocol:
        return Looked(
            "connection",
            Condition.NOTE,
            "not encrypted: who is between can read along, and answer in the server's place",
            "Leave sslmode out of the URL, and name whom to trust by sslrootcert.",
        )
    if dict(place.settings).get("sslmode") != "verify-full":
        return Looked(
            "connection",
            Condition.NOTE,
            f"{protocol}, but the server need not prove who it is",
            "Leave sslmode out of the URL, and name whom to trust by sslrootcert.",
        )
    return Looked("connection", Condition.GOOD, f"{protocol}, and the server proved who it is")


def _rights(cursor: Cursor) -> Looked:
    cursor.execute(_RIGHTS)
    is_owner, may_append, may_change = cursor.fetchone()
    if is_owner or may_change:
        return Looked(
            "rights",
            Condition.NOTE,
            "you own the tables, administer the server or may change rows: only a checkpoint "
            "elsewhere would show what you change",
            "Record as a keeper: harness/ledger/postgresql_roles.sql makes the roles.",
        )
    if not may_append:
        return Looked(
            "rights",
            Condition.NOTE,
            "you may read the ledger and not append to it",
            "Nothing, if you only read. To record, ask for the keepers' role.",
        )
    return Looked("rights", Condition.GOOD, "you may append, and not change what is there")
