"""A server that is not fit for a ledger, or lets nobody in; and the password, which is not seen."""

import logging
import socket
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from harness.errors import LedgerError
from harness.ledger.verify import verify
from harness.ledger_url import SharedLedger
from tests.ledger.helpers import fill, opened, reading
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
        assert verify(filled).size == 8
    finally:
        own.set(name, "on")
    fill(filled, 1)


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
