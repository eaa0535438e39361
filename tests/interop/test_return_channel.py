"""Foreign receivers and callers of the return channel: with each other, and with our listener.

A receiver that loses a reply has stored the message; what comes again under its SanomaTunniste is
not stored again.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from harness.endpoints.incoming import Incoming, Sequel
from harness.endpoints.listener import Listener
from harness.endpoints.listening import Listening
from harness.exchange.findings import FindingCode
from harness.exchange.judge import Referee
from harness.exchange.security.keys import certificates
from harness.exchange.security.policy import Policy, Trust
from harness.exchange.security.referee import rung
from tests.interop.asking import CUSTOMER, contract
from tests.interop.cases import TEXT, Says
from tests.interop.receiving import ACCEPTED, REFUSED, Channel, Receiver, pushed, receiving
from tests.interop.signers import Signers, signers
from tests.interop.toolkits import TOOLKITS, Toolkit

pytestmark = pytest.mark.interop

Channels = Callable[[Toolkit], Channel]
BY_NAME = {each.name: each for each in TOOLKITS}
OF = {"node-soap": "node", "jaxws": "jaxws"}
"""What the SanomaTunniste of each calling program begins with."""


@pytest.fixture(params=list(OF))
def caller(request: pytest.FixtureRequest) -> str:
    """A toolkit that calls."""
    found: str = request.param
    return found


@pytest.fixture
def people(tmp_path_factory: pytest.TempPathFactory) -> Signers:
    return signers(tmp_path_factory.mktemp("people"), "tili.example")


def _other(caller: str) -> Toolkit:
    return BY_NAME["jaxws" if caller == "node-soap" else "node-soap"]


def _answered(message_id: str, **more: int) -> dict[str, object]:
    told = {"TilaKoodi": 0, "TilaKoodiKuvaus": ACCEPTED, "SanomaTunniste": message_id}
    return {**told, **more}


def test_a_foreign_caller_and_a_foreign_receiver_understand_each_other(
    caller: str, channels: Channels
) -> None:
    own, program = OF[caller], channels(BY_NAME[caller]).pusher
    with receiving(channels(_other(caller)).receiver, fault=1) as receiver:
        refused = pushed(program, receiver.url, "messages")
        seen = pushed(program, receiver.url, "states", "attachment", "repeated")
        calls = _outcomes(receiver)
    assert refused == {"messages": {"fault": REFUSED}}
    assert seen == {
        "states": _answered(f"{own}-1"),
        "attachment": _answered(f"{own}-3", KohdeMaara=1),
        "repeated": _answered(f"{own}-1"),
    }
    assert calls == [
        (f"{own}-2", "fault", None),
        (f"{own}-1", "answered", True),
        (f"{own}-3", "answered", True),
        (f"{own}-1", "answered", False),
    ]


def _outcomes(receiver: Receiver) -> list[tuple[str, str, bool | None]]:
    return [(call["SanomaTunniste"], call["outcome"], call.get("new")) for call in receiver.calls()]


def test_a_lost_reply_and_the_same_message_again(channels: Channels) -> None:
    program = channels(BY_NAME["node-soap"]).pusher
    with receiving(channels(BY_NAME["jaxws"]).receiver, lose=1) as receiver:
        seen = pushed(program, receiver.url, "states", "repeated")
        calls = _outcomes(receiver)
    assert seen == {
        "states": {"exception": Says("socket hang up")},
        "repeated": _answered("node-1"),
    }
    assert calls == [("node-1", "lost", True), ("node-1", "answered", False)]


def test_java_sends_again_by_itself_after_a_lost_reply(channels: Channels) -> None:
    """``sun.net.http.retryPost`` of the JDK: one call of the program is two on the wire."""
    program = channels(BY_NAME["jaxws"]).pusher
    with receiving(channels(BY_NAME["node-soap"]).receiver, lose=1) as receiver:
        seen = pushed(program, receiver.url, "states")
        calls = _outcomes(receiver)
    assert seen == {"states": _answered("jaxws-1")}
    assert calls == [("jaxws-1", "lost", True), ("jaxws-1", "answered", False)]


def test_wss4j_verifies_what_wss4j_signed(channels: Channels, people: Signers) -> None:
    channel = channels(BY_NAME["jaxws"])
    trusting = {"own": str(people.account), "trusted": str(people.authority)}
    signing = {"own": str(people.supplier), "trusted": str(people.authority)}
    with receiving(channel.receiver, trusting=trusting) as receiver:
        assert pushed(channel.pusher, receiver.url, "states", signing=signing) == {
            "states": _answered("jaxws-1")
        }
        assert receiver.call()["signed"] == ["Envelope/Header/Security/Timestamp", "Envelope/Body"]


# Our listener


@contextmanager
def _listening(referee: Referee | None = None) -> Iterator[tuple[Listener, str]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Listening(contract(), port=port, referee=lambda: referee)() as listener:
        yield listener, f"http://127.0.0.1:{port}{listener.path}"


def test_our_listener_judges_what_a_foreign_caller_sends(caller: str, channels: Channels) -> None:
    with _listening() as (listener, url):
        cases = ("states", "messages", "attachment", "repeated", "reused", "older", "fault")
        seen = pushed(channels(BY_NAME[caller]).pusher, url, *cases)
        heard = dict(zip(cases, listener.left(), strict=True))
    accepted = {name for name, call in heard.items() if call.accepted}
    assert accepted == set(cases) - {"fault"}
    assert all(not call.own for call in heard.values())
    _states(heard["states"])
    _written(heard["attachment"])
    assert heard["repeated"].sequel is Sequel.DUPLICATE
    assert heard["reused"].sequel is Sequel.REUSED
    assert heard["older"].late
    assert [finding.code for finding in heard["fault"].findings] == [FindingCode.SCHEMA]
    assert {name for name, told in seen.items() if "fault" in told} == {"reused", "fault"}
    assert all(told["TilaKoodi"] == 0 for told in seen.values() if "fault" not in told)


def _states(call: Incoming) -> None:
    assert call.operation == "VieKohdeTiloja"
    assert call.message is not None
    item = "Kysely/Kohteet/Kohde"
    assert call.message.text(f"{item}/ViranomaisTunniste") == f"kohde-1 {TEXT}"
    assert call.message.text(f"{item}/Asiakas/@AsiakasTunnus") == CUSTOMER
    assert call.message.text(f"{item}/Asiakas/KohteenTila") == "220"


def _written(call: Incoming) -> None:
    assert call.operation == "VieKohteita"
    assert call.message is not None
    item = "Kysely/Kohteet/Kohde"
    assert call.message.text(f"{item}/Nimeke") == TEXT
    assert call.message.text(f"{item}/KuvausTeksti") == f"Ensimmäinen rivi\n{TEXT}"
    file = f"{item}/Tiedostot/Tiedosto"
    assert call.message.text(f"{file}/TiedostoNimi") == "päätös_åäö.pdf"
    assert len(call.message.text(f"{file}/TiedostoSisalto") or "") > 2_600_000


def test_our_listener_verifies_what_wss4j_signed(channels: Channels, people: Signers) -> None:
    program = channels(BY_NAME["jaxws"]).pusher
    policy = Policy(trust=Trust(anchors=certificates(people.authority)))
    signing = {"own": str(people.supplier), "trusted": str(people.authority)}
    with _listening(rung(policy, lambda: datetime.now(UTC))) as (listener, url):
        assert pushed(program, url, "states", signing=signing)["states"]["TilaKoodi"] == 0
        assert "fault" in pushed(program, url, "states")["states"]
        signed, unsigned = listener.left()
    assert signed.accepted
    assert [finding.code for finding in signed.findings] == [FindingCode.WEAK_ALGORITHM]
    assert [finding.code for finding in unsigned.findings] == [FindingCode.NOT_SIGNED]
