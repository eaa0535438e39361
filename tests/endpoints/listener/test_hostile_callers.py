"""Strangers call the listener: what they get, what is stored, and that the next call is heard."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from harness.account.codes import TargetCode
from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.endpoints.incoming import Incoming, OwnReply, Sequel
from harness.endpoints.listener import Listener
from harness.endpoints.listening import Listening
from harness.endpoints.server.limits import ServerLimits
from harness.endpoints.server.secured import server_context
from harness.endpoints.tls import TlsSettings, context
from harness.exchange.findings import FindingCode
from harness.exchange.messages import Answer, Body, Exchange, Problem, ProblemCode, Request
from harness.exchange.security.policy import Policy, ResponseSecurity
from harness.exchange.security.referee import rung
from harness.exchange.security.signing import MODERN, sign
from harness.vocabulary import Level, Verdict
from tests.endpoints.listener.pushes import CONTRACT, call, changed, told
from tests.endpoints.raw_server import Certificates
from tests.endpoints.server.callers import QUICK, first, request, rest, whole
from tests.exchange.security import making
from tests.exchange.security.attacks import ATTACKS, Attack

pytestmark = pytest.mark.attacks

PATIENT = replace(QUICK, head=5, body=5, idle=5)


def new(each: Incoming) -> bool:
    return each.accepted and each.sequel is Sequel.NEW


@dataclass(frozen=True)
class Heard:
    """A listener behind a socket, and callers of it."""

    listener: Listener
    port: int
    scheme: str

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{self.listener.path}"

    def send(self, asked: Request, tls: ssl.SSLContext | None = None) -> Exchange:
        with HttpClient(allowed(self.url, Level.SERVER), tls=tls) as client:
            return client.send(asked)

    def raw(self, data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 10) as sock:
            sock.sendall(data)
            return rest(sock)

    def still_hears(self) -> bool:
        """A good call gets its reply, whatever was before."""
        outcome = self.send(told(99, own_id="r1-z")).outcome
        return isinstance(outcome, Answer) and outcome.status == 200


@contextmanager
def heard(
    limits: ServerLimits = PATIENT,
    tls: ssl.SSLContext | None = None,
    callers: frozenset[str] = frozenset(),
) -> Iterator[Heard]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Listening(CONTRACT, port=port, limits=limits, tls=tls, callers=callers)() as listener:
        yield Heard(listener, port, "https" if tls else "http")


# The rows of the table


def fingerprint(pem: Path) -> str:
    found = x509.load_pem_x509_certificate(pem.read_bytes())
    return found.fingerprint(hashes.SHA256()).hex()


def test_pinned_caller(certificates: Certificates) -> None:
    """Of two callers that the authority vouches for, the one whose certificate is pinned."""
    authority, own = certificates.authority, certificates.issue("listener")
    known, other = certificates.issue("account"), certificates.issue("other-account")
    tls = server_context(own, None, authority)
    with heard(tls=tls, callers=frozenset({fingerprint(known)})) as there:
        good = context(TlsSettings(ca_file=authority, client_cert=known))
        bad = context(TlsSettings(ca_file=authority, client_cert=other))
        refused = there.send(told(1), bad).outcome
        assert isinstance(refused, Answer)
        assert refused.status == 403
        assert (there.listener.left(), there.listener.strangers) == ((), 1)
        taken = there.send(told(1), good).outcome
        assert isinstance(taken, Answer)
        assert taken.status == 200
        assert there.listener.receive(new, within=5) is not None


def test_duplicate_message_id() -> None:
    """The same reply, one effect; another message under that id is refused."""
    with heard() as there:
        answers = [there.send(told(1)).outcome for _ in range(2)]
        other = there.send(told(1, TargetCode.READ)).outcome
        bodies = [each.body for each in answers if isinstance(each, Answer)]
        assert len(bodies) == 2
        assert bodies[0] == bodies[1]
        assert isinstance(other, Answer)
        assert other.status == 500
        sequels = [each.sequel for each in there.listener.left()]
        assert sequels == [Sequel.NEW, Sequel.DUPLICATE, Sequel.REUSED]


def test_status_pushes_out_of_order() -> None:
    """Each is accepted, and the older one is noted: the newer state stays the newest."""
    with heard() as there:
        for number, code, minutes in ((2, TargetCode.READ, 5), (1, TargetCode.STORED, 1)):
            outcome = there.send(told(number, code, minutes=minutes)).outcome
            assert isinstance(outcome, Answer)
            assert outcome.status == 200
        assert [each.late for each in there.listener.left()] == [False, True]


def test_reply_lost_after_we_stored_it() -> None:
    """The caller sees a closed connection, sends again, gets the reply; it counts once."""
    with heard() as there:
        seen: list[Exchange] = []

        def fetch() -> bool:
            seen.append(there.send(told(1)))
            return True

        lost = there.listener.receive(new, OwnReply(lose=True), fetch=fetch)
        fetch()
        assert lost is not None
        assert lost.lost
        first_, second = (each.outcome for each in seen)
        assert isinstance(first_, Problem)
        assert first_.code == ProblemCode.CLOSED_EARLY
        assert isinstance(second, Answer)
        assert second.status == 200
        assert [each.sequel for each in there.listener.left()] == [Sequel.DUPLICATE]


# Certificates


def test_caller_without_a_certificate_and_one_of_a_stranger(certificates: Certificates) -> None:
    authority = certificates.authority
    tls = server_context(certificates.issue("listener"), None, authority)
    with heard(tls=tls) as there:
        for client_cert in (None, certificates.self_signed("stranger")):
            settings = TlsSettings(ca_file=authority, client_cert=client_cert)
            outcome = there.send(told(1), context(settings)).outcome
            assert isinstance(outcome, Problem)
        good = TlsSettings(ca_file=authority, client_cert=certificates.issue("account"))
        assert isinstance(there.send(told(1), context(good)).outcome, Answer)
        assert len(there.listener.left()) == 1
        assert there.listener.strangers == 2


def test_plain_http_to_a_listener_with_tls(certificates: Certificates) -> None:
    tls = server_context(certificates.issue("listener"), None, None)
    with heard(tls=tls) as there:
        try:
            got = there.raw(posted(there, told(1)))
        except ConnectionError:
            got = b""
        assert b"HTTP/1.1 200" not in got
        assert there.listener.left() == ()


# Limits before parsing


def posted(there: Heard, asked: Request, length: int | None = None) -> bytes:
    body = asked.body.data if length is None else b""
    fields = {"SOAPAction": f'"{asked.soap_action}"'}
    return request(there.listener.path, body, length=length, close=True, fields=fields)


def test_announced_huge_body_is_refused_before_it_is_sent() -> None:
    with heard(replace(PATIENT, max_body_bytes=4000)) as there:
        assert whole(there.raw(posted(there, told(1), length=4001))).status == 413
        assert (there.listener.left(), there.listener.strangers) == ((), 1)
        assert there.still_hears()


def test_huge_body_that_is_sent_all_the_same() -> None:
    with heard(replace(PATIENT, max_body_bytes=4000)) as there:
        big = changed(told(1), b"<Viranomainen>", b"<Viranomainen>" + b" " * 400_000)
        assert whole(there.raw(posted(there, big))).status == 413
        assert there.listener.left() == ()
        assert there.still_hears()


@pytest.mark.parametrize(
    "begun", [b"POST / HT", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n<"]
)
def test_slow_caller_is_let_go_and_others_are_heard(begun: bytes) -> None:
    with heard(QUICK) as there, socket.create_connection(("127.0.0.1", there.port), 10) as slow:
        slow.sendall(begun)
        assert there.still_hears()
        status = first(rest(slow))[0].status
        assert status == 408


def test_smuggled_request_never_comes_to_the_listener() -> None:
    with heard() as there:
        hidden = posted(there, told(1))
        head = f"POST {there.listener.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        both = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        assert whole(there.raw((head + both).encode() + hidden)).status == 400
        assert there.listener.left() == ()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Content_Encoding": "gzip"}, 415),
        ({"Expect": "something-else"}, 417),
    ],
)
def test_what_is_no_call_is_not_stored(fields: dict[str, str], status: int) -> None:
    with heard() as there:
        data = request(there.listener.path, told(1).body.data, close=True, fields=fields)
        assert whole(there.raw(data)).status == status
        assert there.listener.left() == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda asked: replace(asked, soap_action="urn:other"), FindingCode.SOAP_ACTION),
        (lambda asked: replace(asked, content_type="text/plain"), FindingCode.CONTENT_TYPE),
        (lambda asked: replace(asked, body=Body(b"")), FindingCode.EMPTY_REQUEST),
        (lambda asked: changed(asked, b"?>\n", b"?><!DOCTYPE x []>"), FindingCode.DTD),
        (
            lambda asked: changed(asked, b"VieKohdeTiloja", b"PoistaKaikki"),
            FindingCode.UNKNOWN_OPERATION,
        ),
    ],
    ids=["soap-action", "content-type", "empty", "doctype", "unknown-operation"],
)
def test_call_that_breaks_the_contract_is_a_finding_against_the_caller(
    change: object, code: FindingCode
) -> None:
    assert callable(change)
    with heard() as there:
        outcome = there.send(change(told(1))).outcome
        assert isinstance(outcome, Answer)
        assert (outcome.status, code.encode() in outcome.body.data) == (500, True)
        (stored,) = there.listener.left()
        assert (stored.verdict, stored.message) == (Verdict.FAILED, None)
        assert stored.findings[0].code == code
        assert there.still_hears()


# Signatures


def refereed(policy: Policy | None = None, at: datetime = making.NOW) -> Listener:
    return Listener(CONTRACT, referee=rung(policy or making.trusting(), lambda: at))


def signed(asked: Request, at: datetime = making.NOW) -> Request:
    return replace(asked, body=Body(sign(asked.body.data, making.signer(), MODERN, at)))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda each: each.name)
def test_forged_signature(attack: Attack) -> None:
    listener = refereed(attack.policy, attack.at)
    reply = call(listener, replace(told(), body=Body(attack.make())))
    (stored,) = listener.left()
    assert (reply.answer.status, stored.accepted, stored.message) == (500, False, None)
    # Some are no envelope as SOAP wants it, which the judge says first.
    assert stored.findings[0].code in {attack.code, FindingCode.ENVELOPE}


def test_good_signature() -> None:
    listener = refereed()
    assert call(listener, signed(told())).answer.status == 200
    assert listener.receive(new) is not None


def test_unsigned_call() -> None:
    listener = refereed()
    assert call(listener, told()).answer.status == 500
    (stored,) = listener.left()
    assert stored.findings[0].code == FindingCode.NOT_SIGNED


def test_unsigned_call_where_signatures_are_looked_at_if_present() -> None:
    listener = refereed(making.trusting(security=ResponseSecurity.IF_PRESENT))
    assert call(listener, told()).answer.status == 200


def test_what_was_signed_and_then_changed() -> None:
    listener = refereed()
    call(listener, changed(signed(told()), b"Tila>200", b"Tila>230"))
    (stored,) = listener.left()
    assert stored.findings[0].code == FindingCode.DIGEST_WRONG


def test_the_very_same_signed_bytes_again_count_once() -> None:
    """A replay within its time has no second effect, and a later one is expired."""
    listener = refereed()
    asked = signed(told())
    replies = [call(listener, asked).answer for _ in range(2)]
    assert replies[0] == replies[1]
    assert [each.sequel for each in listener.left()] == [Sequel.NEW, Sequel.DUPLICATE]
    late = refereed(at=datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=1))
    call(late, asked)
    assert late.left()[0].findings[0].code == FindingCode.MESSAGE_EXPIRED
