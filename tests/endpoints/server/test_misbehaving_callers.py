"""What a hostile or broken caller does to the server, byte by byte: a status, an end, in time."""

import itertools
import socket
import time
from dataclasses import replace

import pytest

from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.endpoints.server.limits import ServerLimits
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Mount
from harness.wsdl import Contract
from tests.endpoints.server.callers import (
    GOOD,
    PATIENCE,
    QUICK,
    Running,
    answers,
    first,
    is_fault,
    request,
    rest,
    running,
    whole,
)

pytestmark = pytest.mark.attacks

SMALL = replace(QUICK, head=5, body=5, idle=5, max_header_bytes=2000, max_body_bytes=4000)
HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"

MALFORMED = {
    "length-then-chunked": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked-then-length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two-lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two-equal-lengths": "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "list-of-lengths": "Content-Length: 5, 5\r\n\r\nhello",
    "signed-length": "Content-Length: +5\r\n\r\nhello",
    "hexadecimal-length": "Content-Length: 0x5\r\n\r\nhello",
    "negative-length": "Content-Length: -5\r\n\r\nhello",
    "length-of-30-digits": f"Content-Length: {'9' * 30}\r\n\r\nhello",
    "unknown-coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding-behind-chunked": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "coding-before-chunked": "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked-twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space-before-colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "folded-line": "X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "bare-carriage-return": "X: a\rb\r\nContent-Length: 0\r\n\r\n",
    "bare-line-feed": "X: a\nContent-Length: 0\n\n",
    "zero-byte": "X: a\0b\r\nContent-Length: 0\r\n\r\n",
    "second-host": "Host: other.example\r\nContent-Length: 0\r\n\r\n",
    "chunk-longer-than-its-size": "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "chunk-size-no-number": "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "chunk-size-too-large": f"Transfer-Encoding: chunked\r\n\r\n{'f' * 20}\r\nabc",
    "chunk-ended-by-line-feed": "Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
}
NO_REQUESTS = {
    "tls-client-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    "http-2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "unknown-method": b"FETCH / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "no-host": b"GET / HTTP/1.1\r\n\r\n",
    "http-1.2": b"GET / HTTP/1.2\r\nHost: 127.0.0.1\r\n\r\n",
    "space-in-target": b"GET /a b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "letters-beyond-ascii": "GET /ä HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
    "tunnel": b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
    "chunks-in-http-1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "garbage": bytes(range(128, 256)) * 4,
}


@pytest.mark.parametrize("row", MALFORMED)
def test_malformed_request_is_refused_and_the_connection_ends(server: Running, row: str) -> None:
    data = (HEAD.format(path=server.paths.unsigned) + MALFORMED[row]).encode("latin-1")
    smuggled = b"GET /?wsdl HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    got = whole(server.exchange(data + smuggled))
    assert (got.status, got.headers["connection"]) == (400, "close")


@pytest.mark.parametrize("row", NO_REQUESTS)
def test_what_is_no_request_is_refused(server: Running, row: str) -> None:
    assert whole(server.exchange(NO_REQUESTS[row])).status == 400


def test_half_a_request_line_of_http_0_9_ends_in_time(contract: Contract) -> None:
    with running(contract, limits=QUICK) as server:
        assert whole(server.exchange(b"GET /\r\n")).status in {400, 408}


def test_the_requests_before_a_malformed_one_are_answered(server: Running) -> None:
    data = server.exchange(request(server.paths.unsigned) + b"nonsense\r\n\r\n")
    good, behind = first(data)
    assert (good.status, whole(behind).status) == (200, 400)


@pytest.mark.parametrize(
    "head",
    [
        "X: " + "a" * 4000,
        "\r\n".join(f"X{number}: a" for number in range(300)),
        "X" * 4000 + ": a",
    ],
    ids=["long-value", "many-fields", "long-name"],
)
def test_head_over_its_limit(contract: Contract, head: str) -> None:
    with running(contract, limits=replace(SMALL, max_headers=50)) as server:
        data = HEAD.format(path="/") + head + "\r\nContent-Length: 0\r\n\r\n"
        assert whole(server.exchange(data.encode())).status == 431


def test_head_that_never_ends(contract: Contract) -> None:
    with running(contract, limits=SMALL) as server, server.connect() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n")
        for number in range(40):
            sock.sendall(b"X%d: " % number + b"a" * 100 + b"\r\n")
        assert whole(rest(sock)).status == 431


@pytest.mark.parametrize("start", ["1;", "0\r\nX: "], ids=["chunk-extension", "trailer"])
def test_endless_line_between_chunks(contract: Contract, start: str) -> None:
    with running(contract, limits=SMALL) as server, server.connect() as sock:
        head = HEAD.format(path="/") + f"Transfer-Encoding: chunked\r\n\r\n{start}"
        sock.sendall(head.encode() + b"a" * 4000)
        assert whole(rest(sock)).status == 431


def test_announced_body_over_its_limit_is_refused_before_it_is_sent(contract: Contract) -> None:
    with running(contract, limits=SMALL) as server:
        got = whole(server.exchange(request("/", b"", length=4001)))
        assert (got.status, got.headers["connection"]) == (413, "close")


def test_body_over_its_limit_that_is_sent_all_the_same_does_not_lose_the_refusal(
    contract: Contract,
) -> None:
    with running(contract, limits=SMALL) as server:
        assert whole(server.exchange(request("/", b"x" * 2_000_000))).status == 413


def test_chunks_that_add_up_over_the_limit(contract: Contract) -> None:
    with running(contract, limits=SMALL) as server:
        head = HEAD.format(path="/") + "Transfer-Encoding: chunked\r\n\r\n"
        data = head.encode() + b"3e8\r\n" + b"x" * 1000 + b"\r\n"
        assert whole(server.exchange(data + (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 5)).status == 413


def test_body_at_its_limit_is_read(contract: Contract) -> None:
    with running(contract, limits=SMALL) as server:
        padded = GOOD + b" " * (4000 - len(GOOD))
        assert server.post(padded).status == 200


@pytest.mark.parametrize("start", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: a\r\n", b"\r\n"])
def test_slow_head_ends_in_time(contract: Contract, start: bytes) -> None:
    with running(contract, limits=QUICK) as server, server.connect() as sock:
        began = time.monotonic()
        sock.sendall(start)
        sock.settimeout(0.02)
        data = _dripped(sock, b"X: aaaaaaaaaaaaaaaaaa\r\n" if start else b"")
        assert time.monotonic() - began < 2
        assert data == b"" or whole(data).status in {400, 408}


def test_slow_body_ends_in_time(contract: Contract) -> None:
    with running(contract, limits=QUICK) as server, server.connect() as sock:
        began = time.monotonic()
        sock.sendall(request("/", b"", length=1000))
        sock.settimeout(0.02)
        assert whole(_dripped(sock, b"x")).status == 408
        assert time.monotonic() - began < 2


def _dripped(sock: socket.socket, drop: bytes) -> bytes:
    """What comes back while one drop after the other is sent."""
    data = b""
    end = time.monotonic() + PATIENCE
    for number in itertools.count():
        assert time.monotonic() < end, "the server waits for ever"
        try:
            if drop and not data:
                sock.sendall(drop[number % len(drop) :][:1])
            piece = sock.recv(65536)
        except TimeoutError:
            continue
        except ConnectionError:
            return data
        if not piece:
            return data
        data += piece
    raise AssertionError


def test_line_ends_without_a_request_do_not_keep_a_connection(contract: Contract) -> None:
    with running(contract, limits=QUICK) as server, server.connect() as sock:
        sock.settimeout(0.02)
        assert b"HTTP/1.1 200" not in _dripped(sock, b"\r\n")


def test_caller_that_falls_silent_between_calls_is_let_go(contract: Contract) -> None:
    with running(contract, limits=QUICK) as server, server.connect() as sock:
        sock.sendall(request(server.paths.unsigned))
        assert answers(sock, 1)[0].status == 200
        assert rest(sock) == b""


def test_caller_that_never_reads_is_let_go(contract: Contract) -> None:
    with running(contract, limits=QUICK) as server, server.connect() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one = f"GET {server.paths.unsigned}?wsdl HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        ended = False
        for _ in range(3000):
            try:
                sock.sendall(one * 50)
            except OSError:
                ended = True
                break
        assert ended
        assert server.post().status == 200


def test_more_connections_than_there_is_room_for(contract: Contract) -> None:
    limits = replace(QUICK, head=5, idle=5, max_connections=3)
    with running(contract, limits=limits) as server:
        held = [server.connect() for _ in range(3)]
        for sock in held:
            sock.sendall(request(server.paths.unsigned))
            assert answers(sock, 1)[0].status == 200
        refused = whole(server.exchange(b""))
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        for sock in held:
            sock.close()
        assert server.post().status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8088", 200),
        ("localhost", 200),
        ("LOCALHOST.", 200),
        ("[::1]:80", 200),
        ("192.0.2.7", 200),
        ("account.example", 200),
        ("Account.Example:8088", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("", 421),
        ("[", 421),
        ("evil.example@127.0.0.1", 421),
        ("127.0.0.1/evil.example", 421),
        ("localhost?.evil.example", 421),
        ("localhost#.evil.example", 421),
        ("localhost:port", 421),
        ("[::1%25evil.example]", 421),
        ("127.0.0.1:evil.example", 421),
    ],
)
def test_host_decides_who_is_meant(contract: Contract, host: str, status: int) -> None:
    with running(contract, names=("account.example",)) as server:
        got = server.post(Host=host)
        assert got.status == status
        assert status == 200 or "--host-name" in got.text


def test_host_of_a_whole_url_comes_before_the_header(server: Running) -> None:
    for host, status in (("evil.example", 421), ("127.0.0.1", 200)):
        got = server.post(path=f"http://{host}{server.paths.unsigned}")
        assert got.status == status


def test_two_slashes_do_not_hide_a_host(server: Running) -> None:
    got = server.post(path=f"//evil.example{server.paths.unsigned}")
    assert got.status == 404


@pytest.mark.parametrize("target", ["*", "mailto:x", "http://[/x"])
def test_target_that_is_no_path(server: Running, target: str) -> None:
    got = whole(
        server.exchange(
            f"OPTIONS {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
    )
    assert got.status == 400


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/Asiointitili/ViranomaispalvelutWSInterfaceNonsigned", "WSInterfaceNonSigned?"),
        ("/asiointitili/viranomaispalvelutwsinterface", "WSInterface?"),
        ("/Asiointitili/ViranomaispalvelutWSInterfaceNonSigned/x", "WSInterfaceNonSigned?"),
        ("/", ""),
        ("/" + "x" * 5000, ""),
    ],
)
def test_unknown_path_is_a_fault_that_says_what_there_is(
    server: Running, path: str, near: str
) -> None:
    got = server.post(path=path)
    assert (got.status, is_fault(got)) == (404, True)
    assert server.paths.unsigned in got.text
    assert (f"Did you mean /Asiointitili/Viranomaispalvelut{near}" in got.text) == bool(near)
    assert "x" * 10 not in got.text


def test_content_encoding_is_not_undone(server: Running) -> None:
    got = server.post(Content_Encoding="gzip")
    assert (got.status, is_fault(got)) == (415, True)
    assert "without content encoding" in got.text


def test_a_slash_too_many_is_passed_over(server: Running) -> None:
    assert server.post(path=f"{server.paths.unsigned}/").status == 200


def test_expectation_that_cannot_be_met(server: Running) -> None:
    assert server.post(Expect="something-else").status == 417


def test_a_mistake_of_ours_is_a_fault_and_the_server_goes_on(
    server: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("salaisuus")

    mount = server.site.mounts[server.paths.unsigned]
    monkeypatch.setattr(mount.service, "respond", fail)
    got = server.post()
    assert (got.status, is_fault(got)) == (500, True)
    assert "salaisuus" not in got.text + capsys.readouterr().err
    monkeypatch.undo()
    assert server.post().status == 200


@pytest.mark.parametrize("piece", [b"<Body", b"<Body ", b"<a:Body x", b"<Body>"])
def test_search_for_the_operation_does_not_hold_up_other_callers(
    contract: Contract, piece: bytes
) -> None:
    received = Received("POST", "/", (), piece * (64 * 1024 // len(piece)), keep_alive=False)
    mounted = Mount(AccountService(contract, simulation(contract)), contract)
    started = time.process_time()
    assert mounted.operation_of(received) == ""
    assert time.process_time() - started < 0.1


def test_limits_have_sensible_defaults() -> None:
    limits = ServerLimits()
    assert limits.max_body_bytes >= 4 * 1024 * 1024
    assert limits.head <= limits.idle
