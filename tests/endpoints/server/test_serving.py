"""What a well-behaved caller gets: the account, byte for byte as in process, and the contract."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import zeep
from zeep.transports import Transport

from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.config import book
from harness.endpoints.client import HttpClient
from harness.endpoints.fault_rules import Rules, rule
from harness.endpoints.faults import fault
from harness.endpoints.hosts import allowed
from harness.endpoints.server.mounting import mount
from harness.endpoints.server.secured import server_context
from harness.endpoints.server.server import Background, Server, base_url, bind
from harness.endpoints.server.site import Observed, Site
from harness.endpoints.tls import TlsSettings, context
from harness.errors import ConfigError
from harness.exchange.judge import judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract, find
from tests.account.asking import ACTION, add, caller, envelope, item
from tests.account.test_bad_input_is_a_fault import ROWS
from tests.endpoints.calls import problem
from tests.endpoints.raw_server import Certificates
from tests.endpoints.server.callers import (
    GOOD,
    QUICK,
    Got,
    Running,
    answers,
    first,
    is_fault,
    request,
    rest,
    running,
    whole,
)

TIMES = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.Z+]+")


def verdict(contract: Contract, got: Got, operation: str = "HaeTilaTieto") -> Verdict:
    headers = tuple(got.headers.items())
    asked = Request(operation, ACTION + operation, Body(GOOD))
    answer = Answer(got.status, headers, Body(got.body))
    return judge_answer(contract, asked, Exchange(asked, answer)).verdict


def test_answer_is_that_of_the_account_in_process(contract: Contract, server: Running) -> None:
    path = server.paths.unsigned
    service = AccountService(contract, simulation(contract), address=server.url)
    data = envelope("LisaaKohteita", caller() + add(item(own_id="asia-1")))
    headers = [
        ("Content-Type", "text/xml; charset=utf-8"),
        ("SOAPAction", f'"{ACTION}LisaaKohteita"'),
    ]
    direct = service.respond("POST", path, headers, data)
    got = server.post(data, "LisaaKohteita")
    assert got.status == direct.status == 200
    assert TIMES.sub(b"T", got.body) == TIMES.sub(b"T", direct.body.data)
    assert verdict(contract, got, "LisaaKohteita") is Verdict.PASSED


def test_state_lasts_from_one_connection_to_the_next(server: Running) -> None:
    data = envelope("LisaaKohteita", caller() + add(item(own_id="asia-2")))
    assert "<KohteenTila>200<" in server.post(data, "LisaaKohteita").text
    assert "<KohteenTila>520<" in server.post(data, "LisaaKohteita").text


@pytest.mark.attacks
@pytest.mark.parametrize("row", ROWS)
def test_row_of_the_bad_input_table_is_a_fault_over_the_socket(
    contract: Contract, server: Running, row: str
) -> None:
    operation, data, _ = ROWS[row]
    got = server.post(data, operation)
    assert (got.status, is_fault(got)) == (500, True)
    assert verdict(contract, got) is Verdict.PASSED


@pytest.mark.parametrize("body", [GOOD, GOOD.replace(b"<s:Body>", b"<s:Header/><s:Body>")])
def test_signed_path_refuses_what_is_not_signed(server: Running, body: bytes) -> None:
    got = server.post(body, path=server.paths.signed)
    assert (got.status, is_fault(got)) == (500, True)
    assert "not signed" in got.text
    assert server.paths.unsigned in got.text


def test_signed_path_does_not_accept_a_signature_that_nobody_checked(server: Running) -> None:
    security = (
        b'<s:Header><w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/'
        b'oasis-200401-wss-wssecurity-secext-1.0.xsd"/></s:Header><s:Body>'
    )
    got = server.post(GOOD.replace(b"<s:Body>", security), path=server.paths.signed)
    assert (got.status, is_fault(got)) == (500, True)
    assert "nobody's signature is known" in got.text


@pytest.mark.parametrize("signed", [False, True])
def test_wsdl_loads_with_zeep_and_leads_back_here(server: Running, signed: bool) -> None:
    url = server.base + (server.paths.signed if signed else server.paths.unsigned)
    transport = Transport()  # type: ignore[no-untyped-call]
    client = zeep.Client(f"{url}?wsdl", transport=transport)  # type: ignore[no-untyped-call]
    try:
        binding = client.service._binding
        assert set(binding.all()) == {
            "HaeTilaTieto",
            "HaeAsiakkaita",
            "LisaaKohteita",
            "LahetaViesti",
        }
        assert client.service._binding_options["address"] == url
    finally:
        transport.session.close()


def test_other_contract_is_served_at_the_path_of_its_file() -> None:
    other = find("asiointitili/paluukanava", [book("contracts")])
    with running(other) as server:
        assert server.paths.signed == ""
        operation = next(iter(other.operations))
        got = server.post(b"<x/>", operation)
        assert (got.status, is_fault(got)) == (500, True)
        data = server.exchange(
            f"GET {server.paths.unsigned}?wsdl HTTP/1.1\r\nHost: localhost\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        assert whole(data).status == 200


def test_many_calls_on_one_connection(server: Running) -> None:
    with server.connect() as sock:
        for _ in range(20):
            sock.sendall(request(server.paths.unsigned))
            assert answers(sock, 1)[0].status == 200


def test_pipelined_calls_are_answered_in_order(server: Running) -> None:
    ids = [f"sanoma-{number}" for number in range(60)]
    bodies = [envelope("HaeTilaTieto", caller(message_id=each) + "<Kysely/>") for each in ids]
    with server.connect() as sock:
        sock.sendall(b"".join(request(server.paths.unsigned, body) for body in bodies))
        found = answers(sock, len(ids))
    assert [re.findall(r"SanomaTunniste>([^<]+)<", got.text)[0] for got in found] == ids


def test_pipelined_calls_keep_their_order_around_a_slow_one(contract: Contract) -> None:
    rules = Rules([rule("latency,milliseconds=150,once"), rule("slicer,size=7,every=2,next=2")])
    ids = [f"sanoma-{number}" for number in range(30)]
    bodies = [envelope("HaeTilaTieto", caller(message_id=each) + "<Kysely/>") for each in ids]
    with running(contract, rules=rules) as server, server.connect() as sock:
        sock.sendall(b"".join(request(server.paths.unsigned, body) for body in bodies))
        found = answers(sock, len(ids))
    assert [re.findall(r"SanomaTunniste>([^<]+)<", got.text)[0] for got in found] == ids


def test_call_in_single_bytes(server: Running) -> None:
    with server.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(server.paths.unsigned):
            sock.sendall(bytes([byte]))
        assert answers(sock, 1)[0].status == 200


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_call_in_chunks(server: Running, size: int) -> None:
    head, _, body = request(server.paths.unsigned, close=True).partition(b"\r\n\r\n")
    head = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    chunks = b"".join(b"%x;name=value\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    data = head + b"\r\n\r\n" + chunks + b"0\r\nX-Trailer: a\r\n\r\n"
    assert whole(server.exchange(data)).status == 200


def test_body_is_asked_for_when_the_caller_waits_for_that(server: Running) -> None:
    data = request(server.paths.unsigned, fields={"Expect": "100-continue"})
    head, gap, body = data.partition(b"\r\n\r\n")
    with server.connect() as sock:
        sock.sendall(head + gap)
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert answers(sock, 1)[0].status == 200


def test_offer_of_http_2_is_passed_over(server: Running) -> None:
    offer = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": "h2c",
        "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    }
    data = request(server.paths.unsigned, fields=offer)
    with server.connect() as sock:
        sock.sendall(data + data)
        assert [got.status for got in answers(sock, 2)] == [200, 200]


def test_old_caller_is_answered_and_let_go(server: Running) -> None:
    data = request(server.paths.unsigned).replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\n", 1)
    got = whole(server.exchange(data))
    assert (got.status, got.headers["connection"]) == (200, "close")


def test_caller_that_closes_its_half_still_gets_its_answers(server: Running) -> None:
    with server.connect() as sock:
        sock.sendall(request(server.paths.unsigned) * 3)
        sock.shutdown(socket.SHUT_WR)
        data = rest(sock)
    statuses = []
    while data:
        got, data = first(data)
        statuses.append(got.status)
    assert statuses == [200, 200, 200]


def test_head_request_has_no_body(server: Running) -> None:
    data = request(server.paths.unsigned, b"", close=True).replace(b"POST ", b"HEAD ", 1)
    head, _, body = server.exchange(data).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ")
    assert body == b""


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_told_what_is_allowed(server: Running, method: str) -> None:
    data = request(server.paths.unsigned, b"", close=True)
    got = whole(server.exchange(data.replace(b"POST ", f"{method} ".encode(), 1)))
    assert (got.status, got.headers["allow"]) == (405, "get, post")


def test_answer_says_when_it_was_made(server: Running) -> None:
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} gmt", server.post().headers["date"])


def test_fault_by_operation_leaves_the_others_alone(contract: Contract) -> None:
    rules = Rules([rule("unavailable,operation=LisaaKohteita")])
    add_one = envelope("LisaaKohteita", caller() + add(item()))
    with running(contract, rules=rules) as server:
        assert server.post().status == 200
        assert server.post(add_one, "LisaaKohteita").status == 503
        assert server.post(add_one, "LisaaKohteita", SOAPAction='""').status == 503
        assert server.post().status == 200


def test_every_third_call_and_only_twice(contract: Contract) -> None:
    with running(contract, rules=Rules([rule("unavailable,every=3,next=2")])) as server:
        statuses = [server.post().status for _ in range(10)]
    assert statuses == [200, 200, 503, 200, 200, 503, 200, 200, 200, 200]


def test_the_contract_is_never_spoilt(contract: Contract) -> None:
    with running(contract, rules=Rules([rule("connection-reset")])) as server:
        data = f"GET {server.paths.unsigned}?wsdl HTTP/1.1\r\nHost: a.localhost\r\n\r\n"
        data = data.replace("a.localhost", "localhost\r\nConnection: close")
        assert whole(server.exchange(data.encode())).status == 200


def test_observer_is_told_of_every_exchange(contract: Contract) -> None:
    seen: list[Observed] = []
    with running(contract, observer=seen.append, rules=Rules([rule("html,every=2")])) as server:
        server.post()
        server.post(b"nothing", "HaeTilaTieto")
        server.post(path="/elsewhere")
    first, second, *_ = seen
    assert (first.path, first.operation) == (server.paths.unsigned, "HaeTilaTieto")
    assert first.reply.answer.status == 200
    assert (first.received.body, first.reply.fault) == (GOOD, None)
    assert 0 < first.seconds < 5
    assert second.reply.fault == fault("html")
    assert (first.codes, second.codes) == ((), ("not-well-formed",))
    assert "nothing" not in repr(second)


def test_pages_below_a_prefix(server: Running) -> None:
    page = Answer(200, (("Content-Type", "text/plain"),), Body(b"page"))
    server.site.handle("/control", lambda _: page)
    for path, status in (("/control", 200), ("/control/a/b", 200), ("/controls", 404)):
        assert server.post(path=path).status == status


# Stopping


def test_answers_in_flight_are_finished_before_the_server_stops(contract: Contract) -> None:
    rules = Rules([rule("latency,milliseconds=300")])
    called = threading.Event()
    limits = replace(QUICK, grace=5)
    with running(contract, rules=rules, limits=limits, observer=lambda _: called.set()) as server:
        sock = server.connect()
        sock.sendall(request(server.paths.unsigned))
        assert called.wait(10)
    with sock:
        assert whole(rest(sock)).status == 200
    with pytest.raises(ConnectionError):
        server.connect()


def test_idle_and_endless_connections_do_not_keep_a_server_that_stops(contract: Contract) -> None:
    with running(contract, rules=Rules([rule("timeout")]), limits=QUICK) as server:
        idle, hung = server.connect(), server.connect()
        hung.sendall(request(server.paths.unsigned))
    with idle, hung:
        for sock in (idle, hung):
            try:
                assert rest(sock) == b""
            except ConnectionResetError:
                continue


# Addresses


def test_only_this_machine_unless_somebody_says_otherwise() -> None:
    with pytest.raises(ConfigError, match="plain HTTP shows them everything"):
        bind("0.0.0.0")
    bind("0.0.0.0", plain=True).close()
    bind("0.0.0.0", tls=True).close()


def test_port_that_is_taken() -> None:
    with bind() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port}"):
            bind(port=port)


def test_address_of_another_machine_cannot_be_listened_at() -> None:
    with pytest.raises(ConfigError, match="cannot be listened at"):
        bind("192.0.2.1", plain=True)


# TLS


@contextmanager
def secured(contract: Contract, cert: Path, client_ca: Path | None = None) -> Iterator[str]:
    listening = bind(tls=True)
    site, base = Site(), base_url(listening, tls=True)
    paths = mount(site, contract, simulation(contract), base)
    tls = server_context(cert, None, client_ca)
    with Background(Server(listening, site, limits=QUICK, tls=tls)):
        yield base + paths.unsigned


def send(url: str, ca_file: Path, client_cert: Path | None = None) -> Exchange:
    tls = context(TlsSettings(ca_file=ca_file, client_cert=client_cert))
    asked = Request("HaeTilaTieto", f"{ACTION}HaeTilaTieto", Body(GOOD))
    with HttpClient(allowed(url, Level.SERVER), tls=tls) as client:
        return client.send(asked)


def test_over_tls(contract: Contract, certificates: Certificates) -> None:
    with secured(contract, certificates.issue("serve")) as url:
        exchange = send(url, certificates.authority)
    assert isinstance(exchange.outcome, Answer)
    assert exchange.outcome.status == 200
    assert len(exchange.fingerprint) == 64


def test_callers_certificate_is_demanded(contract: Contract, certificates: Certificates) -> None:
    authority, own = certificates.authority, certificates.issue("serve")
    with secured(contract, own, authority) as url:
        assert isinstance(send(url, authority, certificates.issue("caller")).outcome, Answer)
        assert problem(send(url, authority)).startswith(("tls:", "closed", "reset"))
        stranger = certificates.self_signed("stranger")
        assert problem(send(url, authority, stranger)).startswith(("tls:", "closed", "reset"))


def test_plain_http_to_the_tls_port(contract: Contract, certificates: Certificates) -> None:
    with secured(contract, certificates.issue("serve")) as url:
        port = int(url.split(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            sock.sendall(request("/"))
            try:
                assert b"200" not in rest(sock)
            except ConnectionError:
                return


def test_certificate_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "not.pem").write_text("nothing", "utf-8")
    with pytest.raises(ConfigError, match="no usable PEM"):
        server_context(tmp_path / "not.pem", None, None)
    with pytest.raises(ConfigError, match="cannot be used"):
        server_context(tmp_path / "absent.pem", None, None)


def test_callers_authority_that_is_none(tmp_path: Path, certificates: Certificates) -> None:
    (tmp_path / "not.pem").write_text("nothing", "utf-8")
    with pytest.raises(ConfigError, match="--client-ca"):
        server_context(certificates.issue("serve"), None, tmp_path / "not.pem")


def test_old_tls_is_not_spoken(certificates: Certificates) -> None:
    made = server_context(certificates.issue("serve"), None, None)
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2
