"""The signed path takes what a trusted caller signed just now, once, and signs its answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from harness.account.choosing import simulation
from harness.endpoints.server.mounting import SIGNED, Secured, mount
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Site
from harness.exchange.findings import FindingCode
from harness.exchange.judge import judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.exchange.security.keys import Identity
from harness.exchange.security.policy import Policy, ResponseSecurity, Trust
from harness.exchange.security.referee import rung
from harness.exchange.security.signing import ACCOUNT, MODERN, Signing, sign
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.samples import ACCOUNT as NAMESPACE
from tests.exchange.samples import HEALTH_REQUEST
from tests.exchange.security import making

ACTION = f"{NAMESPACE}/Viranomaispalvelut/HaeTilaTieto"
Call = Callable[[bytes], Answer]


def now() -> datetime:
    return datetime.now(UTC)


def fresh(name: str) -> Identity:
    """Valid today, whatever day the fixed tests live in."""
    days = (now() - making.NOW).days
    return making.certified(name, issuer=None, days=(days - 3, days + 30))


def trusting(name: str, **more: ResponseSecurity) -> Policy:
    return Policy(trust=Trust(anchors=(fresh(name).certificate,)), **more)  # type: ignore[arg-type]


@pytest.fixture
def call(contract: Contract) -> Call:
    site = Site()
    secured = Secured(trusting("toimittaja.example"), fresh("tili.example"))
    mount(site, contract, simulation(contract), "http://127.0.0.1", secured)

    def send(body: bytes) -> Answer:
        headers = (
            ("host", "127.0.0.1"),
            ("content-type", "text/xml; charset=utf-8"),
            ("soapaction", f'"{ACTION}"'),
        )
        return site.reply(Received("POST", SIGNED, headers, body, keep_alive=True)).answer

    return send


def signed(settings: Signing = ACCOUNT, name: str = "toimittaja.example", ago: float = 0) -> bytes:
    return sign(HEALTH_REQUEST, fresh(name), settings, now() - timedelta(seconds=ago))


def text(answer: Answer) -> str:
    return answer.body.data.decode()


@pytest.mark.parametrize("settings", [ACCOUNT, MODERN], ids=["sha1", "sha256"])
def test_a_signed_call_is_answered_and_the_answer_is_signed(
    call: Call, contract: Contract, settings: Signing
) -> None:
    data = signed(settings)
    answer = call(data)
    assert answer.status == 200
    request = Request("HaeTilaTieto", ACTION, Body(data))
    referee = rung(trusting("tili.example"), now)
    judgement = judge_answer(contract, request, Exchange(request, answer), referee=referee)
    assert judgement.verdict is Verdict.PASSED
    assert [each.code for each in judgement.findings] == [FindingCode.WEAK_ALGORITHM]


def refused(answer: Answer, code: FindingCode) -> None:
    assert answer.status == 500
    assert code in text(answer)


def test_unsigned(call: Call) -> None:
    refused(call(HEALTH_REQUEST), FindingCode.NOT_SIGNED)


def test_replayed(call: Call) -> None:
    data = signed()
    assert call(data).status == 200
    refused(call(data), FindingCode.MESSAGE_REPLAYED)


def test_old(call: Call) -> None:
    refused(call(signed(ago=900)), FindingCode.MESSAGE_EXPIRED)


def test_by_somebody_else(call: Call) -> None:
    refused(call(signed(name="joku.muu.example")), FindingCode.SIGNER_UNTRUSTED)


def test_changed(call: Call) -> None:
    spoilt = signed().replace(b"viranomainen-1", b"viranomainen-2")
    refused(call(spoilt), FindingCode.DIGEST_WRONG)


def test_an_answer_that_lost_its_signature_turns_red(call: Call, contract: Contract) -> None:
    request = Request("HaeTilaTieto", ACTION, Body(HEALTH_REQUEST))
    root = making.tree(call(signed()).body.data)
    root[0].remove(root[0][0])
    headers = (("Content-Type", "text/xml; charset=utf-8"),)
    exchange = Exchange(request, Answer(200, headers, Body(making.octets(root))))
    for security, verdict in (
        (ResponseSecurity.REQUIRED, Verdict.FAILED),
        (ResponseSecurity.IF_PRESENT, Verdict.PASSED),
    ):
        referee = rung(trusting("tili.example", security=security), now)
        assert judge_answer(contract, request, exchange, referee=referee).verdict is verdict


def test_a_security_header_that_nobody_looks_at_is_not_understood(
    call: Call, contract: Contract
) -> None:
    request = Request("HaeTilaTieto", ACTION, Body(HEALTH_REQUEST))
    judgement = judge_answer(contract, request, Exchange(request, call(signed())))
    assert [each.code for each in judgement.findings] == [FindingCode.MUST_UNDERSTAND]
