"""What goes out: exactly the bytes given, and nothing the environment or the peer suggests."""

import gc
import logging
import pickle
import socket
import threading
from pathlib import Path

import pytest

from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.exchange.messages import Problem
from harness.vocabulary import Level
from tests.endpoints.calls import QUICK, REQUEST, SECRET, answer, call, problem
from tests.endpoints.raw_server import RawServer, http


def good(connection: socket.socket) -> None:
    connection.sendall(http(b"<ok/>", "Set-Cookie: a=b", "X-Folded: one\r\n two"))


def test_headers_and_body_are_what_was_asked() -> None:
    with RawServer(good) as server:
        exchange = call(server.url)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = {
        line.partition(b": ")[0].lower(): line.partition(b": ")[2] for line in head.split(b"\r\n")
    }
    assert head.startswith(b"POST /account HTTP/1.1\r\n")
    assert body == REQUEST.body.data
    assert lines[b"soapaction"] == b'"urn:HaeTilaTieto"'
    assert lines[b"content-type"] == b"text/xml; charset=utf-8"
    assert lines[b"accept-encoding"] == b"identity"
    assert lines[b"connection"] == b"close"
    assert lines[b"accept"] == b"text/xml"
    assert set(lines) == {
        *(b"post /account http/1.1", b"host", b"user-agent", b"accept", b"accept-encoding"),
        *(b"connection", b"content-type", b"soapaction", b"content-length"),
    }
    assert exchange.request is REQUEST
    assert 0 < exchange.seconds < 1
    assert answer(exchange).header("x-folded") == "one two"
    assert [name for name, _ in answer(exchange).headers][:2] == ["Content-Type", "Content-Length"]


@pytest.mark.attacks
def test_cookies_are_not_kept() -> None:
    with (
        RawServer(good) as server,
        HttpClient(allowed(server.url, Level.SERVER), limits=QUICK) as client,
    ):
        first, second = client.send(REQUEST), client.send(REQUEST)
    assert answer(first).status == answer(second).status == 200
    assert b"cookie" not in server.requests[1].lower()


def test_a_connection_is_not_used_twice() -> None:
    kept_alive = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n<ok/>"
    with (
        RawServer(lambda connection: connection.sendall(kept_alive)) as server,
        HttpClient(allowed(server.url, Level.SERVER), limits=QUICK) as client,
    ):
        assert answer(client.send(REQUEST)).body.data == b"<ok/>"
        assert answer(client.send(REQUEST)).body.data == b"<ok/>"


@pytest.mark.attacks
@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_interim_answers_are_passed_over(status: str) -> None:
    interim = f"HTTP/1.1 {status}\r\nLink: </x>; rel=preload\r\n\r\n".encode()
    with RawServer(lambda connection: connection.sendall(interim * 3 + http())) as server:
        got = answer(call(server.url))
    assert (got.status, got.body.data, got.header("Link")) == (200, b"<ok/>", None)


@pytest.mark.attacks
def test_trailers_are_ignored() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Type\r\n\r\n"
    tail = b"5\r\n<ok/>\r\n0\r\nContent-Type: text/html\r\nSet-Cookie: a=b\r\n\r\n"
    with RawServer(lambda connection: connection.sendall(head + tail)) as server:
        got = answer(call(server.url))
    assert (got.body.data, got.header("Content-Type"), got.header("Set-Cookie")) == (
        b"<ok/>",
        None,
        None,
    )


def test_nothing_is_sent_twice() -> None:
    with RawServer(lambda connection: connection.close()) as server:
        assert problem(call(server.url)) == "closed-early"
    assert len(server.requests) == 1


@pytest.mark.attacks
def test_proxy_and_netrc_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with RawServer(good) as proxy, RawServer(good) as server:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert answer(call(server.url)).status == 200
        assert proxy.requests == []
    assert b"authorization" not in server.requests[0].lower()


def test_localhost_that_leads_off_the_machine_is_not_contacted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 9))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: elsewhere)
    assert problem(call("http://localhost:9/")) == "forbidden-host"


def test_harmless_name_that_leads_to_production_is_not_contacted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    production = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.49.232.195", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: production)
    assert problem(call("https://test.example/")) == "forbidden-host"


def test_bodies_appear_in_no_log_and_no_repr(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    broken = b"HTTP/1.1 200 OK\r\nbroken " + SECRET.encode() + b"\r\n\r\n" + SECRET.encode()
    echo = http(f"<s>{SECRET}</s>".encode())
    shown = ""
    for data in (broken, echo, SECRET.encode()):
        with RawServer(lambda connection, data=data: connection.sendall(data)) as server:  # type: ignore[misc]
            shown += repr(call(server.url))
    shown += caplog.text + "".join(capsys.readouterr())
    assert SECRET not in shown
    assert "salainen" not in shown


def test_debug_printing_of_http_client_is_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    with RawServer(good) as server:
        assert answer(call(server.url)).status == 200
    assert capsys.readouterr().out == ""


def test_clients_of_several_threads_do_not_mix() -> None:
    outcomes: dict[int, bytes] = {}

    def one(number: int) -> None:
        data = http(b"<n>%d</n>" % number)
        with RawServer(lambda connection: connection.sendall(data)) as server:
            outcomes[number] = answer(call(server.url)).body.data

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {number: b"<n>%d</n>" % number for number in range(8)}


def test_no_socket_is_left_open() -> None:
    with RawServer(good) as server:
        call(server.url)
        del server
    gc.collect()  # an open socket would warn, and warnings are errors


def test_exchange_with_a_problem_can_be_handed_between_processes() -> None:
    exchange = call("http://127.0.0.1:1/")
    assert isinstance(exchange.outcome, Problem)
    assert pickle.loads(pickle.dumps(exchange)) == exchange
