"""A server that is not fit for a ledger, or lets nobody in; and the password, which is not seen."""

import logging
import re
import socket
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from harness.errors import LedgerError
from harness.ledger.condition import check
from harness.ledger.condition_of_server import around
from harness.ledger.looked import Condition
from harness.ledger.verify import verify
from harness.ledger_url import SharedLedger
from tests.ledger.helpers import fill, key_of, opened, reading
from tests.support.postgresql import Embedded, as_role, embedded, fresh

PASSWORD = "Sala-1234:/?#@ %41"
"""Artificial, and with everything that a URL could stumble over."""
ENCODED = "Sala-1234%3A%2F%3F%23%40%20%2541"


@pytest.fixture(scope="module")
def own() -> Iterator[Embedded]:
    """A server whose settings may be spoilt."""
    with embedded() as server:
        yield server


@pytest.fixture
def filled(own: Embedded, tmp_path: Path) -> SharedLedger:
    place = fresh(own.url, tmp_path)
    fill(place)
    return place


def ask(own: Embedded, *statements: str) -> None:
    with psycopg.connect(own.url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_c6_a_server_that_forgets_is_not_written_to(
    own: Embedded, filled: SharedLedger, name: str
) -> None:
    own.set(name, "off")
    try:
        with pytest.raises(LedgerError, match=f"a server with {name} = on"):
            opened(filled)
        looked = {each.name: each for each in check(filled, key_of(filled))}
        assert looked["server"].condition is Condition.BAD
        assert f"{name} = off" in looked["server"].seen
        assert verify(filled).size == 8
    finally:
        own.set(name, "on")
    fill(filled, 1)


class Answers:
    """A cursor that gives rows it was told."""

    def __init__(self, *rows: tuple[object, ...]) -> None:
        self._rows = list(rows)

    def execute(self, statement: str, parameters: object = (), /) -> None:
        assert statement
        assert not parameters

    def executemany(self, statement: str, rows: object, /) -> None:
        raise AssertionError(statement)

    def fetchone(self) -> tuple[object, ...]:
        return self._rows.pop(0)

    def fetchall(self) -> list[tuple[object, ...]]:
        return self._rows


SERVER = ("18.6", 18, "on", "on", False)
CONNECTION = ("192.0.2.7", "TLSv1.3")
RIGHTS = (False, True, False)
SAID = [
    (SERVER, CONNECTION, RIGHTS, "", ""),
    (("18.6", 18, "on", "on", True), CONNECTION, RIGHTS, "", "server: .*a copy that can only be"),
    (
        ("14.2", 14, "on", "on", False),
        CONNECTION,
        RIGHTS,
        "",
        "server: .*older than what was",
    ),
    (SERVER, ("192.0.2.7", None), RIGHTS, "", "connection: not encrypted"),
    (
        SERVER,
        CONNECTION,
        RIGHTS,
        "?sslmode=require",
        "connection: TLSv1.3, but the server",
    ),
    (SERVER, ("::1", None), RIGHTS, "?sslmode=disable", ""),
    (SERVER, (None, None), (True, True, True), "", "rights: you own the tables"),
    (SERVER, (None, None), (False, True, True), "", "rights: .* may change rows"),
    (SERVER, (None, None), (False, False, False), "", "rights: you may read .* not append"),
]


@pytest.mark.parametrize(("server", "connection", "rights", "query", "said"), SAID)
def test_what_a_server_promises(
    server: tuple[object, ...],
    connection: tuple[object, ...],
    rights: tuple[object, ...],
    query: str,
    said: str,
    tmp_path: Path,
) -> None:
    place = SharedLedger.read(f"postgresql://maija@db.example/records{query}", tmp_path)
    found = list(around(place, Answers(server, connection, rights)))
    noted = [f"{each.name}: {each.seen}" for each in found if each.condition is Condition.NOTE]
    assert len(found) == 3
    assert all(each.todo for each in found if each.condition is not Condition.GOOD)
    assert len(noted) == bool(said)
    assert not said or re.match(said, noted[0])


def test_a_database_in_another_encoding_is_refused(own: Embedded, tmp_path: Path) -> None:
    ask(own, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    place = SharedLedger.read(own.url.replace("/postgres?", "/latin?"), tmp_path)
    with pytest.raises(LedgerError, match="server_encoding = UTF8"):
        opened(place, create=True)


def told(place: SharedLedger) -> str:
    """Everything that a refused user gets to see."""
    with pytest.raises(LedgerError) as caught:
        verify(place)
    return "".join(traceback.format_exception(caught.value)) + repr(place) + str(place)


def test_the_password_opens_and_is_never_seen(
    own: Embedded,
    filled: SharedLedger,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quoted = PASSWORD.replace("'", "''")
    ask(own, f"CREATE ROLE secretive SUPERUSER LOGIN PASSWORD '{quoted}'")
    own.ask_for_password("secretive")
    for name in (None, "psycopg"):
        caplog.set_level(logging.DEBUG, logger=name)
    url = own.url.replace("postgres:@", f"secretive:{ENCODED}@")
    place = SharedLedger.read(f"{url}&schema={filled.schema}", filled.folder)
    with reading(place) as ledger:
        assert ledger.size == 8
    wrong = replace(place, settings=(*place.settings, ("password", PASSWORD + "!")))
    seen = told(wrong) + str(verify(place)) + caplog.text
    assert "user or password is wrong" in seen
    assert caplog.records, "the driver's own logging was listened to"
    for secret in (PASSWORD, ENCODED, "Sala", "1234"):
        assert secret not in seen
    without = as_role(place, "secretive")
    assert "it asks for a password" in told(without)
    assert verify(without.with_password(PASSWORD)).size == 8
    assert "user or password is wrong" in told(without.with_password(PASSWORD + "!"))
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert verify(without).size == 8
    monkeypatch.delenv("PGPASSWORD")
    file = filled.folder / "pgpass"
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"*:*:*:secretive:{escaped}\n", "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert verify(without).size == 8


def test_why_there_is_no_connection(own: Embedded, filled: SharedLedger, tmp_path: Path) -> None:
    elsewhere = SharedLedger.read(own.url.replace("/postgres?", "/nowhere?"), tmp_path)
    assert "it has no such database" in told(elsewhere)
    assert "it does not know this user" in told(as_role(filled, "nobody-here"))
    ask(own, "CREATE ROLE harness_keeper NOLOGIN")
    assert "a role that may not log in (NOLOGIN)" in told(as_role(filled, "harness_keeper"))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        nobody = SharedLedger.read(f"postgresql://u:Sala@127.0.0.1:{port}/db", tmp_path)
        assert "nothing listens there" in told(nobody)
        assert "Sala" not in told(nobody)
    gone = SharedLedger.read("postgresql://u@/db?host=/no/such/folder", tmp_path)
    assert "nothing listens there" in told(gone)


def test_a_server_that_cannot_prove_who_it_is_is_told_nothing(tmp_path: Path) -> None:
    """It answers that it has no TLS, as somebody in between would."""
    heard: list[bytes] = []

    def refuse(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            heard.append(connection.recv(8))
            connection.sendall(b"N")
            heard.append(connection.recv(1000))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        other_side = Thread(target=refuse, args=(listening,))
        other_side.start()
        url = f"postgresql://maija:Sala@db.example:{port}/records?hostaddr=127.0.0.1"
        place = SharedLedger.read(url, tmp_path)
        assert "TLS is not possible as asked for" in told(place)
        other_side.join()
    assert heard == [bytes.fromhex("0000000804d2162f"), b""], "more than the request for TLS"
