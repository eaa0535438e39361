"""A run against the signed path: our calls are signed, each anew, and the answers refereed."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.endpoints.http import HttpEndpoint, HttpSettings
from harness.endpoints.server.mounting import Secured
from harness.exchange.findings import FindingCode
from harness.exchange.judge import judge_answer
from harness.exchange.messages import Body, Exchange, Request
from harness.exchange.security.referee import rung
from harness.exchange.security.signing import ACCOUNT, sign
from harness.limits import Limits
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract
from tests.endpoints.server.test_signed_calls import ACTION, fresh, now, trusting
from tests.exchange.samples import HEALTH_REQUEST

Sealed = Callable[[bytes], bytes] | None


class _Handler(BaseHTTPRequestHandler):
    service: AccountService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.service.respond("POST", self.path, tuple(self.headers.items()), body)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body.data)))
        self.end_headers()
        self.wfile.write(answer.body.data)

    def log_message(self, *_: object) -> None:
        """Nobody listens."""


@pytest.fixture
def url(contract: Contract) -> Iterator[str]:
    secured = Secured(trusting("toimittaja.example"), fresh("tili.example"))
    service = AccountService(
        contract, simulation(contract), referee=secured.referee(), sealed=secured.sealed()
    )
    handler = type("Handler", (_Handler,), {"service": service})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def asked(url: str, sealed: Sealed, times: int = 1) -> tuple[Request, list[Exchange]]:
    settings = HttpSettings("qa", url, Level.SERVER, limits=Limits(read=5), sealed=sealed)
    request = Request("HaeTilaTieto", ACTION, Body(HEALTH_REQUEST))
    with HttpEndpoint(settings).session() as session:
        return request, [session.send(request) for _ in range(times)]


def by(name: str) -> Callable[[bytes], bytes]:
    return lambda envelope: sign(envelope, fresh(name), ACCOUNT, now())


def test_every_attempt_is_signed_anew(contract: Contract, url: str) -> None:
    request, exchanges = asked(url, by("toimittaja.example"), times=2)
    referee = rung(trusting("tili.example"), now)
    for exchange in exchanges:
        judgement = judge_answer(contract, request, exchange, referee=referee)
        assert judgement.verdict is Verdict.PASSED, judgement.findings
        assert judgement.message is not None
        assert judgement.message.fault is None
    assert exchanges[0].request.body != exchanges[1].request.body


@pytest.mark.parametrize(
    ("sealed", "code"),
    [
        (None, FindingCode.NOT_SIGNED),
        (by("joku.muu.example"), FindingCode.SIGNER_UNTRUSTED),
        (lambda data: by("toimittaja.example")(data) + b"\n", None),
        (
            lambda data: by("toimittaja.example")(data).replace(b"><Kysely", b">\n<Kysely"),
            FindingCode.DIGEST_WRONG,
        ),
    ],
    ids=["unsigned", "foreign", "line-end-after-it", "changed-after-it"],
)
def test_what_is_not_rightly_signed_gets_a_fault(
    contract: Contract, url: str, sealed: Sealed, code: FindingCode | None
) -> None:
    request, (exchange,) = asked(url, sealed)
    referee = rung(trusting("tili.example"), now)
    judgement = judge_answer(contract, request, exchange, referee=referee)
    assert judgement.message is not None
    text = judgement.message.fault_string_unsafe_to_store()
    assert (code in text) if code else text == ""


def test_answers_signed_by_somebody_else_turn_red(contract: Contract, url: str) -> None:
    request, (exchange,) = asked(url, by("toimittaja.example"))
    referee = rung(trusting("joku.muu.example"), now)
    judgement = judge_answer(contract, request, exchange, referee=referee)
    assert judgement.verdict is Verdict.FAILED
    assert [each.code for each in judgement.findings] == [FindingCode.SIGNER_UNTRUSTED]
