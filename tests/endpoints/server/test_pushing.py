"""The return channel over sockets: receivers that lose answers, err, are slow, or are not there."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.account.account import Account
from harness.account.channel import ReturnChannel
from harness.account.citizens import Draft, File
from harness.account.delivering import Deliveries, Delivery, Resending, Standing, push_rule
from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.endpoints.server.journal import Entry, Journal
from harness.endpoints.server.keeping import StateFile
from harness.endpoints.server.pushing import Channel, Pusher
from harness.exchange.findings import FindingCode
from harness.exchange.judge import Referee, judge_request
from harness.exchange.messages import Body, Exchange, Problem, ProblemCode, Request
from harness.exchange.security.policy import ResponseSecurity
from harness.exchange.security.referee import rung
from harness.exchange.security.replay import Seen
from harness.exchange.security.seal import Seal
from harness.exchange.security.signing import ACCOUNT
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract
from tests.account.asking import add, caller, envelope, item
from tests.endpoints.receiver import CHANNEL, Receiver, Talk, coded, fault, nothing
from tests.endpoints.server.callers import PATIENCE, until
from tests.endpoints.server.governed import Governable, governable
from tests.endpoints.server.test_signed_calls import fresh, now, trusting

DRAFT = Draft("active", "Otsikko", "Salainen asia", files=(File("a.txt", "TGlpdGU="),))
NEVER = Resending(first_seconds=300)
"""Only moved account time makes another attempt due within a test."""


@dataclass
class Pushed:
    """An account whose messages are being sent."""

    account: Account
    journal: Journal
    pusher: Pusher

    def write(self) -> None:
        self.account.write(DRAFT)
        self.pusher.poke()

    def wait(self, seconds: float = 300) -> None:
        self.account.advance(seconds)
        self.pusher.poke()

    @property
    def deliveries(self) -> list[Delivery]:
        return [delivery for _, delivery in self.account.standing()]

    @property
    def standings(self) -> list[Standing]:
        return [delivery.standing for delivery in self.deliveries]

    @property
    def entries(self) -> list[Entry]:
        return list(self.journal.after(0))

    def until(self, count: int) -> None:
        """Wait until so many messages were sent, and written down."""
        until(lambda: self.journal.last == count)


@contextmanager
def pushing(
    url: str,
    *,
    account: Account | None = None,
    sealed: Callable[[bytes], bytes] | None = None,
    referee: Referee | None = None,
    state: StateFile | None = None,
) -> Iterator[Pushed]:
    found = account or Account(deliveries=Deliveries(NEVER))
    client, journal = HttpClient(allowed(url, Level.SERVER)), Journal()
    channel = ReturnChannel(found, CHANNEL, url, sealed=sealed, referee=referee)
    to = Channel(url, channel, client.send, client.close)
    with Pusher(to, journal.note, state) as pusher:
        yield Pushed(found, journal, pusher)


def sealing(name: str) -> Seal:
    return Seal(fresh(name), ACCOUNT, now)


@contextmanager
def ruled(
    contract: Contract, receiver: Receiver, *rules: str
) -> Iterator[tuple[Pushed, Governable]]:
    """A server with a control point whose account pushes to a receiver."""
    account = Account(deliveries=Deliveries(NEVER, map(push_rule, rules)))
    with (
        receiver,
        pushing(receiver.url, account=account) as at,
        governable(contract, other_side=account, pusher=at.pusher) as server,
    ):
        yield at, server


@pytest.mark.parametrize(
    ("talk", "status", "code"),
    [
        (nothing, 0, "closed-early"),
        (fault, 500, "fault"),
        (coded(550), 200, "TilaKoodi 550"),
    ],
    ids=["lost reply", "fault", "550"],
)
def test_after_a_bad_outcome_the_same_message_comes_again_once(
    talk: Talk, status: int, code: str
) -> None:
    with Receiver(talk) as receiver, pushing(receiver.url) as at:
        at.write()
        at.until(1)
        assert at.deliveries[0].last == code
        assert at.standings == [Standing.PENDING]
        at.wait()
        at.until(2)
        assert at.standings == [Standing.DELIVERED]
        at.write()
        at.until(3)
        assert receiver.ids[0] == receiver.ids[1] != receiver.ids[2]
        assert receiver.bodies[0] == receiver.bodies[1]
    first, second, _ = at.entries
    assert [each.direction for each in (first, second)] == ["out", "out"]
    assert (first.status, first.codes, first.operation) == (status, (code,), "VieKohteita")
    assert (second.status, second.codes, second.path) == (200, (), "/account")


def test_head_is_that_of_any_soap_call_and_the_header_names_the_address() -> None:
    with Receiver() as receiver, pushing(receiver.url) as at:
        at.write()
        at.until(1)
    (sent,) = receiver.requests
    assert sent.startswith(b"POST /account HTTP/1.1\r\n")
    action = "http://www.suomi.fi/asiointitili/ViranomaisPaluukanava/VieKohteita"
    assert f'SOAPAction: "{action}"'.encode() in sent
    assert f">{receiver.url}</paluukanavaUrl>".encode() in sent


def test_receiver_that_is_down_and_comes_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pushing(f"http://127.0.0.1:{port}/account") as at:
        at.write()
        at.until(1)
        assert at.deliveries[0].last == "refused"
        with Receiver(port=port) as receiver:
            at.wait()
            at.until(2)
        assert at.standings == [Standing.DELIVERED]
        assert len(receiver.ids) == 1


def test_states_are_pushed_at_once_when_account_time_is_moved(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.endpoints.server.pushing._TICK", 100 * PATIENCE)
    receiver = Receiver()
    with ruled(contract, receiver) as (at, server):
        asked = envelope("LisaaKohteita", caller() + add(item("slow", own_id="mine")))
        assert server.post(asked, "LisaaKohteita").status == 200
        server.call("POST", "clock", {"advance": 60})
        at.until(1)
    assert b"<KohteenTila>200</KohteenTila>" in receiver.bodies[0]
    assert b"<ViranomaisTunniste>mine</ViranomaisTunniste>" in receiver.bodies[0]


def test_server_answers_while_a_receiver_is_silent(contract: Contract) -> None:
    arrived, released = threading.Event(), threading.Event()

    def hangs(receiver: Receiver, connection: socket.socket, request: bytes) -> None:
        arrived.set()
        assert released.wait(PATIENCE)
        coded()(receiver, connection, request)

    with ruled(contract, Receiver(hangs)) as (at, server):
        at.write()
        assert arrived.wait(PATIENCE)
        assert server.post().status == 200
        assert server.call("GET", "pushes")["pushes"][0]["standing"] == "pending"
        released.set()
        at.until(1)
        assert at.standings == [Standing.DELIVERED]


def test_state_is_on_disk_before_a_message_goes_out_and_once_it_is_acknowledged(
    contract: Contract, tmp_path: Path
) -> None:
    account, seen = Account(deliveries=Deliveries(NEVER)), list[str]()
    state = StateFile(tmp_path / "state.json", contract, account)

    def looks(receiver: Receiver, connection: socket.socket, request: bytes) -> None:
        seen.append(state.path.read_text() if state.path.exists() else "")
        coded()(receiver, connection, request)

    account.write(DRAFT)
    state.touched = True
    with Receiver(looks) as receiver, pushing(receiver.url, account=account, state=state) as at:
        at.until(1)
        until(lambda: '"delivered"' in state.path.read_text())
    assert '"Salainen asia"' in seen[0]
    assert '"delivered"' not in seen[0]


def test_stop_finishes_the_message_under_way() -> None:
    account, journal = Account(), Journal()
    arrived, leaving = threading.Event(), threading.Event()
    closed: list[bool] = []

    def deliver(request: Request) -> Exchange:
        arrived.set()
        assert leaving.wait(PATIENCE)
        return Exchange(request, Problem(ProblemCode.READ_TIMEOUT))

    channel = ReturnChannel(account, CHANNEL)
    to = Channel("http://127.0.0.1/", channel, deliver, lambda: closed.append(True))
    account.write(DRAFT)
    with Pusher(to, journal.note, None):
        assert arrived.wait(PATIENCE)
        leaving.set()
    ((_, delivery),) = account.standing()
    assert (delivery.attempts, delivery.last, journal.last) == (1, "read-timeout", 1)
    assert closed == [True]


def test_mistake_of_ours_does_not_end_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    def deliver(_: Request) -> Exchange:
        raise RuntimeError("Salainen asia")

    account = Account()
    to = Channel("http://127.0.0.1/", ReturnChannel(account, CHANNEL), deliver, lambda: None)
    account.write(DRAFT)
    with Pusher(to, Journal().note, None) as pusher:
        until(lambda: bool(pusher.problem))
    assert "RuntimeError" in pusher.problem
    assert "Salainen" not in pusher.problem + capsys.readouterr().err


# Signatures


def test_every_attempt_is_signed_anew_and_our_referee_takes_both() -> None:
    with Receiver(nothing) as receiver:
        sealed = sealing("tili.example")
        with pushing(receiver.url, sealed=sealed) as at:
            at.write()
            at.until(1)
            at.wait()
            at.until(2)
        referee = rung(trusting("tili.example"), now, Seen())
        for body in receiver.bodies:
            judgement = judge_request(CHANNEL, _request(body), referee=referee)
            assert judgement.verdict is Verdict.PASSED, judgement.findings
        assert receiver.bodies[0] != receiver.bodies[1]
        assert len(set(receiver.ids)) == 1
        again = judge_request(CHANNEL, _request(receiver.bodies[0]), referee=referee)
        assert [each.code for each in again.findings] == [FindingCode.MESSAGE_REPLAYED]


def _request(body: bytes) -> Request:
    operation = CHANNEL.operations["VieKohteita"]
    return Request("VieKohteita", operation.soap_action, Body(body))


@pytest.mark.parametrize(
    ("signer", "standing", "last"),
    [
        ("toimittaja.example", Standing.DELIVERED, ""),
        ("vieras.example", Standing.PENDING, "signer-untrusted"),
    ],
)
def test_signature_of_an_answer_has_to_be_a_callers(
    signer: str, standing: Standing, last: str
) -> None:
    policy = trusting("toimittaja.example", security=ResponseSecurity.IF_PRESENT)
    referee = rung(policy, lambda: datetime.now(UTC), Seen())
    signed = Receiver(sealed=sealing(signer))
    with signed as receiver, pushing(receiver.url, referee=referee) as at:
        at.write()
        at.until(1)
    assert (at.deliveries[0].standing, at.deliveries[0].last) == (standing, last)


def test_signed_answer_that_nobody_can_check_is_no_acknowledgement() -> None:
    signed = Receiver(sealed=sealing("toimittaja.example"))
    with signed as receiver, pushing(receiver.url) as at:
        at.write()
        at.until(1)
    assert at.deliveries[0].last == FindingCode.MUST_UNDERSTAND


# Control point and state page


def test_control_point_shows_deliveries_and_nobodys_text(contract: Contract) -> None:
    receiver = Receiver(coded(550))
    body = {
        "role": "active",
        "title": "Otsikko",
        "text": "Salainen asia",
        "files": [{"name": "a.txt", "content": "TGlpdGU="}],
    }
    with ruled(contract, receiver) as (at, server):
        written = server.call("POST", "citizen", body)["message"]
        assert (written["operation"], written["items"]) == ("VieKohteita", [])
        assert written["written"]["customer"] == "active"
        at.until(1)
        (told,) = server.call("GET", "pushes")["pushes"]
        assert (told["standing"], told["attempts"]) == ("pending", 1)
        assert told["last_problem"] == "TilaKoodi 550"
        assert told["not_before"].endswith("Z")
        state = server.call("GET", "state")["return_channel"]
        assert (state["url"], state["attempts"]) == (receiver.url, 1)
        page = server.page()
        for shown in ("pending: 1 (1 attempt)", "TilaKoodi 550", receiver.url):
            assert shown in page
        server.call("POST", "resend")
        at.until(2)
        assert server.call("GET", "pushes")["pushes"][0]["standing"] == "delivered"
        everything = json.dumps([server.call("GET", "outbox"), told, page])
        everything += json.dumps([entry.data() for entry in at.entries])
    for secret in ("Otsikko", "Salainen", "TGlpdGU", "a.txt"):
        assert secret not in everything


def test_rules_about_deliveries_by_the_control_point(contract: Contract) -> None:
    receiver = Receiver()
    with ruled(contract, receiver, "pause") as (at, server):
        at.write()
        there = server.call("POST", "pushes", {"rules": ["duplicate,once"]})
        assert there == {"rules": ["pause", "duplicate,next=1"]}
        assert "<code>pause</code>" in server.page()
        for rules in (["twice"], [], ["drop", 7], ["drop,operation=HaeTilaTieto"]):
            body = json.dumps({"rules": rules}).encode()
            assert server.refused("POST", "pushes", body)[0] == 400
        assert server.call("DELETE", "pushes") == {"rules": []}
        at.until(1)
        server.call("POST", "pushes", {"rules": ["duplicate,once"]})
        at.write()
        at.until(3)
        server.call("POST", "reset")
        assert server.call("GET", "pushes") == {"rules": ["pause"], "pushes": []}
    assert receiver.ids[0] != receiver.ids[1] == receiver.ids[2]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"role": "active", "title": "a"}, "text is missing"),
        ({"role": "active", "title": "a", "text": 7}, "text is of another type"),
        ({"role": "active", "title": "a", "text": "b", "files": ["c"]}, "no attachment"),
        ({"role": "active", "title": "a", "text": "b", "files": [{"name": "c"}]}, "no attachment"),
        (
            {"role": "active", "title": "a", "text": "b", "files": [{"name": 1, "content": "c"}]},
            "no attachment",
        ),
        ({"role": "nobody", "title": "a", "text": "b"}, "no customer"),
        ({"role": "active", "title": "a", "text": "b", "more": "c"}, "takes no 'more'"),
    ],
)
def test_what_a_citizen_cannot_write(
    contract: Contract, body: dict[str, object], said: str
) -> None:
    with governable(contract) as server:
        status, error = server.refused("POST", "citizen", json.dumps(body).encode())
        assert (status, said in error) == (400, True), error
        assert server.call("GET", "outbox") == {"messages": []}
