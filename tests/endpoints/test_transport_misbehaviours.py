"""Rows of the misbehaviour table that concern the wire: each ends in time, with its code."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable

import pytest

from harness.endpoints.wire import Stopped
from harness.exchange.messages import Body, Request
from harness.limits import Limits
from tests.endpoints.calls import QUICK, answer, call, problem
from tests.endpoints.raw_server import RawServer, http, reset

pytestmark = pytest.mark.attacks

SMALL = Limits(connect=0.4, read=0.5, deadline=2.0, max_message_bytes=200_000)


def ended(
    talk: Callable[[RawServer, socket.socket], object],
    *,
    limits: Limits = QUICK,
    slack: float = 0.4,
) -> str:
    """The problem code a server's behaviour leads to, within the deadline."""

    def to(connection: socket.socket) -> None:
        talk(server, connection)

    server = RawServer(to)
    with server:
        started = time.monotonic()
        code = problem(call(server.url, limits=limits))
        assert time.monotonic() - started < limits.deadline + slack
    return code


def sends(data: bytes, *, limits: Limits = QUICK) -> str:
    return ended(lambda _, connection: connection.sendall(data), limits=limits)


def test_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert problem(call(f"http://127.0.0.1:{port}/")) == "refused"


def test_dns_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert problem(call("http://localhost:9/")) == "dns"


def test_dns_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(5) and [])
    started = time.monotonic()
    assert problem(call("http://localhost:9/")) == "dns"
    assert time.monotonic() - started < 1
    over.set()


def test_connection_that_never_comes_about() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            assert problem(call(f"http://127.0.0.1:{port}/")) == "connect-timeout"
        finally:
            for one in waiting:
                one.close()


def test_accepts_and_stays_silent() -> None:
    assert ended(lambda server, _: server.over.wait(3) and None) == "read-timeout"


def test_header_drip() -> None:
    assert ended(lambda server, c: server.drip(c, http(b"<ok/>" * 200))) == "deadline"


def test_body_drip() -> None:
    def talk(server: RawServer, connection: socket.socket) -> None:
        connection.sendall(http(b"", length=1_000_000))
        server.drip(connection, b"x" * 1000)

    assert ended(talk) == "deadline"


def test_body_drip_without_length() -> None:
    def talk(server: RawServer, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
        server.drip(connection, b"x" * 1000)

    assert ended(talk) == "deadline"


def test_endless_interim_answers() -> None:
    def talk(server: RawServer, connection: socket.socket) -> None:
        while not server.over.wait(0.02):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    assert ended(talk) == "deadline"


def test_flood_of_interim_answers() -> None:
    assert sends(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000) == "http-malformed"


def test_peer_that_never_reads() -> None:
    big = Request("LisaaKohteita", "urn:x", Body(b"x" * 20_000_000))
    with RawServer(lambda _: server.over.wait(3) and None, read_request=False) as server:
        assert problem(call(server.url, request=big)) == "deadline"


def test_close_before_the_answer() -> None:
    assert sends(b"") == "closed-early"


def test_reset_before_the_answer() -> None:
    assert ended(lambda _, connection: reset(connection)) == "reset"


def test_reset_in_the_body() -> None:
    def talk(_: RawServer, connection: socket.socket) -> None:
        connection.sendall(http(b"<half>", length=5000))
        reset(connection)

    assert ended(talk) in {"truncated", "reset"}


def test_close_in_the_head() -> None:
    """http.client takes the end of the stream for the end of the head."""
    assert sends(http()[:60]) == "truncated"
    assert sends(http()[:10]) == "truncated"


def test_content_length_too_big() -> None:
    assert sends(http(b"<ok/>", length=500)) == "truncated"


def test_content_length_too_small() -> None:
    assert sends(http(b"<ok>and more</ok>", length=8)) == "truncated"


def test_content_length_too_small_of_a_large_body() -> None:
    assert sends(http(b"x" * 60_000, length=50_000)) == "truncated"


def test_bytes_after_the_last_chunk() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sends(head + b"5\r\n<ok/>\r\n0\r\n\r\nmore") == "truncated"


@pytest.mark.parametrize("second", ["7", "5"])
def test_two_content_lengths(second: str) -> None:
    assert sends(http(b"<ok/>", f"Content-Length: {second}")) == "http-malformed"


@pytest.mark.parametrize("length", ["-1", "abc", "0x5", "5, 5", "\u0665"])
def test_content_length_that_is_no_number(length: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()
    assert sends(head + b"<ok/>") == "http-malformed"


def test_both_length_and_chunks() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sends(head + b"5\r\n<ok/>\r\n0\r\n\r\n") == "http-malformed"


@pytest.mark.parametrize("coding", ["gzip, chunked", "xchunked", "identity", "chunked, chunked"])
def test_a_transfer_coding_that_nobody_asked_for(coding: str) -> None:
    """Whoever undoes another one than we do reads another body."""
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n".encode()
    assert sends(head + b"5\r\n<ok/>\r\n0\r\n\r\n") == "http-malformed"


def test_a_control_character_in_a_field() -> None:
    assert sends(http(b"<ok/>", "X-Y: a\0b")) == "http-malformed"


def test_chunk_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sends(head + b"50\r\n<ok/>") == "truncated"


def test_last_chunk_missing() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sends(head + b"5\r\n<ok/>\r\n") == "truncated"


def test_end_of_the_chunks_cut() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sends(head + b"5\r\n<ok/>\r\n0\r\n") == "truncated"


@pytest.mark.parametrize(
    "chunks",
    [
        b"5\r\n<ok/>XX0\r\n\r\n",
        b"0x5\r\n<ok/>\r\n0\r\n\r\n",
        b"+5\r\n<ok/>\r\n0\r\n\r\n",
        b"2\r\n<o\r\n3\r\nk/>\n\n0\r\n\r\n",
    ],
)
def test_chunks_that_may_be_read_in_two_ways(chunks: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sends(head + chunks) == "http-malformed"


@pytest.mark.parametrize("size", [b"5", b"005", b"5;name=value", b"5 ;name"])
def test_chunks_as_they_may_be_written(size: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    rest = b"\r\n<ok/>\r\n11\r\n<!-- 17 bytes -->\r\n0\r\nX-Trailer: a\r\n\r\n"
    server = RawServer(lambda connection: connection.sendall(head + size + rest))
    with server:
        assert answer(call(server.url)).body.data == b"<ok/><!-- 17 bytes -->"


def test_chunk_size_garbage() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sends(head + b"zz\r\n<ok/>\r\n0\r\n\r\n") == "http-malformed"


def test_endless_chunk_size_line() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert sends(head + b"5;" + b"x" * 100_000) == "http-malformed"


@pytest.mark.parametrize(
    "data",
    [
        b"<ok/>",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00" * 200,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: %s\r\n" % (n, b"y" * 900) for n in range(90)),
        b"HTTP/1.1 200 OK\r\nno header at all\r\nContent-Length: 5\r\n\r\n<ok/>",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
    ids=[
        "http-0.9",
        "bad-status",
        "http-2",
        "another-protocol",
        "nul-bytes",
        "100-kB-header",
        "200-headers",
        "80-kB-of-headers",
        "broken-header-line",
        "switching-protocols",
    ],
)
def test_not_http(data: bytes) -> None:
    assert sends(data) == "http-malformed"


def test_answer_over_the_ceiling_announced() -> None:
    assert sends(http(b"", length=SMALL.max_message_bytes + 1), limits=SMALL) == "too-large"


def test_answer_over_the_ceiling_unannounced() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"
    assert sends(head + b"x" * 400_000, limits=SMALL) == "too-large"


@pytest.mark.parametrize(
    ("name", "bomb"),
    [
        ("gzip", gzip.compress(bytes(30_000_000))),
        ("deflate", zlib.compress(bytes(30_000_000))),
    ],
)
def test_compression_bomb(name: str, bomb: bytes) -> None:
    assert len(bomb) < SMALL.max_message_bytes
    assert sends(http(bomb, f"Content-Encoding: {name}"), limits=SMALL) == "too-large"


def test_gzip_header_on_a_plain_body() -> None:
    assert sends(http(b"<ok/>", "Content-Encoding: gzip")) == "encoding"


def test_gzip_cut() -> None:
    assert sends(http(gzip.compress(b"<ok/>")[:-4], "Content-Encoding: gzip")) == "encoding"


def test_gzip_with_bytes_behind() -> None:
    body = gzip.compress(b"<ok/>") + b"more"
    assert sends(http(body, "Content-Encoding: gzip")) == "encoding"


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, gzip", "aes128gcm"])
def test_encoding_nobody_asked_for(name: str) -> None:
    assert sends(http(b"<ok/>", f"Content-Encoding: {name}")) == "encoding"


def test_gzip_of_a_good_answer_is_undone() -> None:
    whole = b"<ok>" + b"x" * 150_000 + b"</ok>"
    data = http(gzip.compress(whole), "Content-Encoding: gzip")
    with RawServer(lambda connection: connection.sendall(data)) as server:
        assert answer(call(server.url)).body.data == whole


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_another_host_is_not_followed(status: int) -> None:
    with RawServer(lambda connection: connection.sendall(http())) as other:
        data = http(b"", f"Location: {other.url}", status=f"{status} Moved")
        with RawServer(lambda connection: connection.sendall(data)) as server:
            exchange = call(server.url)
        assert problem(exchange) == "redirect"
        assert f"127.0.0.1:{other.port}" in str(exchange.outcome)
        assert other.requests == []


def test_redirect_loop() -> None:
    data = http(b"", "Location: /account", status="302 Found")
    with RawServer(lambda connection: connection.sendall(data)) as server:
        assert problem(call(server.url)) == "redirect"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("file:///etc/hostname", "to a file"),
        ("/elsewhere", "to a path of the same host"),
        ("https://example.test/a?code=010100-900X", "to example.test"),
        ("https://010100-900x.example.test/", "to <text, 33 chars>"),
        ("https://[broken", "to <text, 15 chars>"),
        ("//\x01", "to <text, 3 chars>"),
    ],
)
def test_where_a_redirect_leads_is_recorded_as_far_as_it_may_be(location: str, shown: str) -> None:
    data = http(b"", f"Location: {location}", status="302 Found")
    with RawServer(lambda connection: connection.sendall(data)) as server:
        exchange = call(server.url)
    assert problem(exchange) == "redirect"
    assert shown in str(exchange.outcome)


def test_redirect_with_an_endless_body_is_not_read() -> None:
    def talk(server: RawServer, connection: socket.socket) -> None:
        connection.sendall(http(b"", "Location: /x", status="302 Found", length=10**9))
        while not server.over.is_set():
            connection.sendall(b"x" * 65536)

    assert ended(talk) == "redirect"


@pytest.mark.parametrize("status", [204, 401, 403, 404, 407, 429, 500, 503])
def test_other_statuses_are_answers_for_the_judge(status: int) -> None:
    body = b"" if status == 204 else b"<html/>"
    data = http(body, status=f"{status} X", content_type="text/html")
    with RawServer(lambda connection: connection.sendall(data)) as server:
        got = answer(call(server.url))
    assert (got.status, got.body.data) == (status, body)


def test_stopped_never_leaves_the_client() -> None:
    code = sends(b"HTTP/1.1 200 OK\r\n" + b"x" * 100_000)
    assert code == "http-malformed"
    assert issubclass(Stopped, OSError)
