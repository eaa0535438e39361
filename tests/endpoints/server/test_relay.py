"""What goes through the relay comes out as it went in, whatever it is and whoever misbehaves."""

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.endpoints.http import HttpEndpoint, HttpSettings
from harness.endpoints.relay import Relay, Relayed
from harness.endpoints.server.server import Background, Server, base_url, bind
from harness.endpoints.server.site import Mount
from harness.endpoints.tls import TlsSettings
from harness.exchange.messages import Answer, Problem, ProblemCode, Request
from harness.limits import KIB, Limits
from harness.vocabulary import Level
from harness.wsdl import Contract
from tests.endpoints.raw_server import Certificates, RawServer, http, reset
from tests.endpoints.server.callers import GOOD, PATIENCE, Got, request, rest, whole

QUICK = Limits(connect=2.0, read=0.4, deadline=1.0, max_message_bytes=64 * KIB)
PATH = "/account"


@dataclass
class Passing:
    """A relay that is running, and what it has told."""

    base: str
    port: int
    told: list[Relayed] = field(default_factory=list)
    came: list[Request] = field(default_factory=list)

    def exchange(self, data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
            sock.settimeout(PATIENCE)
            sock.sendall(data)
            return rest(sock)

    def post(self, body: bytes = GOOD, path: str = PATH, **fields: str) -> Got:
        return whole(self.exchange(request(path, body, close=True, fields=fields)))


@contextmanager
def relaying(
    contract: Contract, url: str, *, limits: Limits = QUICK, tls: TlsSettings | None = None
) -> Iterator[Passing]:
    endpoint = HttpEndpoint(
        HttpSettings("qat", url, Level.TEST, limits=limits, tls=tls or TlsSettings())
    )
    listening = bind()
    passing = Passing(base_url(listening), listening.getsockname()[1])
    relay = Relay(
        endpoint, came=lambda call, _: passing.came.append(call), told=passing.told.append, names=()
    )
    service = AccountService(contract, simulation(contract), address=passing.base + PATH)
    relay.mount(PATH, Mount(service, contract))
    with Background(Server(listening, relay)):
        yield passing
    relay.close()


class Endpoint:
    """Answers with the bytes it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answer = http()
        self.server = RawServer(lambda connection: connection.sendall(self.answer))

    def seen(self) -> bytes:
        return self.server.requests[-1]


@pytest.fixture(scope="module")
def through(contract: Contract) -> Iterator[tuple[Endpoint, Passing]]:
    endpoint = Endpoint()
    with endpoint.server, relaying(contract, endpoint.server.url) as passing:
        yield endpoint, passing


@settings(deadline=None, max_examples=60)
@given(asked=st.binary(max_size=3000), told=st.binary(max_size=3000), status=st.integers(200, 599))
def test_no_byte_of_a_body_is_altered_in_either_direction(
    through: tuple[Endpoint, Passing], asked: bytes, told: bytes, status: int
) -> None:
    endpoint, passing = through
    if status in {204, 304}:
        told = b""
    endpoint.answer = http(told, status=f"{status} -")
    got = passing.post(asked)
    assert (got.status, got.body) == (status, told)
    assert endpoint.seen().partition(b"\r\n\r\n")[2] == asked
    exchange = passing.told[-1].exchange
    assert exchange.request.body.data == asked
    assert isinstance(exchange.outcome, Answer)
    assert exchange.outcome.body.data == told


_FIELD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60)


@settings(deadline=None, max_examples=40)
@given(action=_FIELD, content_type=_FIELD)
def test_the_two_header_fields_of_the_message_go_on_as_they_came(
    through: tuple[Endpoint, Passing], action: str, content_type: str
) -> None:
    endpoint, passing = through
    endpoint.answer = http()
    assert passing.post(SOAPAction=action, Content_Type=content_type).status == 200
    lines = endpoint.seen().partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    fields = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
    assert fields["soapaction"] == action
    assert fields["content-type"] == content_type


def test_what_the_message_does_not_have_is_not_made_up(through: tuple[Endpoint, Passing]) -> None:
    endpoint, passing = through
    data = (
        b"POST /account HTTP/1.0\r\nHost: localhost\r\nContent-Length: 3\r\nCookie: a=b\r\n\r\nabc"
    )
    assert whole(passing.exchange(data)).status == 200
    head = endpoint.seen().partition(b"\r\n\r\n")[0].lower()
    assert b"soapaction" not in head
    assert b"content-type" not in head
    assert b"cookie" not in head


def test_header_fields_of_an_answer_come_through_but_those_of_the_connection(
    through: tuple[Endpoint, Passing],
) -> None:
    endpoint, passing = through
    endpoint.answer = http(
        b"<ok/>", "operation: LahetaViesti", "Retry-After: 9", "Keep-Alive: x", status="503 -"
    )
    got = passing.post()
    assert (got.headers["operation"], got.headers["retry-after"]) == ("lahetaviesti", "9")
    assert got.headers["content-type"] == "text/xml; charset=utf-8"
    assert "keep-alive" not in got.headers


def test_a_redirect_is_passed_on_and_not_followed(through: tuple[Endpoint, Passing]) -> None:
    endpoint, passing = through
    count = len(endpoint.server.requests)
    endpoint.answer = http(b"", "Location: http://192.0.2.1/", status="307 -")
    got = passing.post()
    assert (got.status, got.headers["location"]) == (307, "http://192.0.2.1/")
    assert len(endpoint.server.requests) == count + 1


def test_an_encoded_body_comes_through_encoded_and_is_decoded_for_the_judge(
    through: tuple[Endpoint, Passing],
) -> None:
    endpoint, passing = through
    packed = gzip.compress(b"<ok/>")
    endpoint.answer = http(packed, "Content-Encoding: gzip")
    got = passing.post()
    assert (got.body, got.headers["content-encoding"]) == (packed, "gzip")
    outcome = passing.told[-1].exchange.outcome
    assert isinstance(outcome, Answer)
    assert outcome.body.data == b"<ok/>"
    endpoint.answer = http(packed[:-4], "Content-Encoding: gzip")
    assert passing.post().body == packed[:-4]
    assert _problem(passing) == ProblemCode.ENCODING


def _problem(passing: Passing) -> str:
    outcome = passing.told[-1].exchange.outcome
    assert isinstance(outcome, Problem)
    return outcome.code


_SILENT = threading.Event()

MISBEHAVIOURS: dict[str, tuple[Callable[[socket.socket], object], int, str]] = {
    "closes without a word": (lambda _: None, 502, "closed-early"),
    "resets": (reset, 502, "reset"),
    "says nothing": (lambda _: _SILENT.wait(1.5), 504, "read-timeout"),
    "breaks off": (lambda c: c.sendall(http(b"<ok", length=50)), 502, "truncated"),
    "is no HTTP": (lambda c: c.sendall(b"SSH-2.0-x\r\n\r\n"), 502, "http-malformed"),
    "is too large": (lambda c: c.sendall(http(b"x" * 70 * KIB)), 502, "too-large"),
    "two lengths": (lambda c: c.sendall(http(b"a", "Content-Length: 9")), 502, "http-malformed"),
}


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_where_no_answer_can_be_passed_on_the_reason_is_told(contract: Contract, name: str) -> None:
    talk, status, code = MISBEHAVIOURS[name]
    with RawServer(talk) as endpoint, relaying(contract, endpoint.url) as passing:
        got = passing.post()
        assert (got.status, got.headers["content-type"]) == (status, "text/plain; charset=utf-8")
        assert code in got.text
        assert _problem(passing) == code
        assert passing.post().status == status, "it goes on"


def test_nobody_there_is_a_502(contract: Contract) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with relaying(contract, f"http://127.0.0.1:{port}{PATH}") as passing:
        assert passing.post().status == 502
        assert _problem(passing) == ProblemCode.REFUSED


def test_a_slow_answer_keeps_no_other_caller_waiting(contract: Contract) -> None:
    first, go = threading.Event(), threading.Event()

    def talk(connection: socket.socket) -> None:
        if first.is_set():
            connection.sendall(http(b"<second/>"))
            return
        first.set()
        threading.Thread(target=late, args=(connection.dup(),)).start()

    def late(connection: socket.socket) -> None:
        with connection:
            go.wait(PATIENCE)
            connection.sendall(http(b"<first/>"))

    patient = Limits(connect=2.0, read=PATIENCE, deadline=PATIENCE)
    with (
        RawServer(talk) as endpoint,
        relaying(contract, endpoint.url, limits=patient) as passing,
        socket.create_connection(("127.0.0.1", passing.port), PATIENCE) as slow,
    ):
        slow.settimeout(PATIENCE)
        slow.sendall(request(PATH, close=True))
        assert first.wait(PATIENCE)
        assert passing.post().body == b"<second/>"
        assert (len(passing.came), len(passing.told)) == (2, 1)
        go.set()
        assert whole(rest(slow)).body == b"<first/>"


def test_a_caller_that_leaves_meanwhile_harms_nobody(contract: Contract) -> None:
    asked, go = threading.Event(), threading.Event()

    def talk(connection: socket.socket) -> None:
        asked.set()
        go.wait(PATIENCE)
        connection.sendall(http())

    patient = Limits(connect=2.0, read=PATIENCE, deadline=PATIENCE)
    with RawServer(talk) as endpoint, relaying(contract, endpoint.url, limits=patient) as passing:
        with socket.create_connection(("127.0.0.1", passing.port), PATIENCE) as gone:
            gone.sendall(request(PATH))
            assert asked.wait(PATIENCE)
            reset(gone)
        go.set()
        assert passing.post().status == 200
        assert len(passing.told) == 2


def test_several_calls_of_one_connection_are_answered_in_order(
    through: tuple[Endpoint, Passing],
) -> None:
    endpoint, passing = through
    endpoint.answer = http(b"<ok/>")
    data = request(PATH, b"one") + request(PATH, b"two", close=True)
    assert passing.exchange(data).count(b"<ok/>") == 2
    bodies = [each.partition(b"\r\n\r\n")[2] for each in endpoint.server.requests[-2:]]
    assert bodies == [b"one", b"two"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request("/elsewhere", close=True), 404),
        (request(PATH, close=True, fields={"Host": "evil.example"}), 421),
        (request(PATH, close=True, length=5 * KIB * KIB), 413),
        (b"DELETE /account HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405),
    ],
)
def test_what_is_no_call_does_not_go_on(
    through: tuple[Endpoint, Passing], data: bytes, status: int
) -> None:
    endpoint, passing = through
    count = len(endpoint.server.requests)
    assert whole(passing.exchange(data)).status == status
    assert len(endpoint.server.requests) == count


def test_the_interface_description_leads_to_the_relay(through: tuple[Endpoint, Passing]) -> None:
    _, passing = through
    data = f"GET {PATH}?wsdl HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    got = whole(passing.exchange(data))
    assert got.status == 200
    assert f'location="{passing.base}{PATH}"' in got.text


def test_the_entrys_own_certificate_counts_towards_the_endpoint(
    contract: Contract, tmp_path: Path
) -> None:
    authority = Certificates(tmp_path)
    context = authority.server_context(authority.issue("server"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.authority)
    own = TlsSettings(ca_file=authority.authority, client_cert=authority.issue("own"))
    with RawServer(lambda c: c.sendall(http()), tls=context) as endpoint:
        with relaying(contract, endpoint.url, tls=own) as passing:
            assert passing.post().status == 200
            assert len(passing.told[-1].exchange.fingerprint) == 64
        without = TlsSettings(ca_file=authority.authority)
        with relaying(contract, endpoint.url, tls=without) as passing:
            assert passing.post().status == 502
