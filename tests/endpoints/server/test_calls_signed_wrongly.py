"""Our own call, signed wrongly on purpose: each way is refused with its own rule."""

from pathlib import Path

import pytest

from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Endpoint, Need, OwnSignature, SignsWrongly
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.errors import ScenarioError
from harness.exchange.findings import FindingCode
from harness.exchange.messages import Answer, Exchange
from harness.suite.runner import Connection, run_scenario
from harness.suite.suites import Scenario, Suite, load_suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.endpoints.server.test_server_endpoint import REQUEST

F, HOW = FindingCode, OwnSignature
CODES = {
    HOW.UNSIGNED: F.NOT_SIGNED,
    HOW.EXPIRED: F.MESSAGE_EXPIRED,
    HOW.FUTURE: F.MESSAGE_FROM_THE_FUTURE,
    HOW.REPLAYED: F.MESSAGE_REPLAYED,
    HOW.TAMPERED: F.DIGEST_WRONG,
    HOW.WRAPPED: F.SIGNATURE_TARGET,
    HOW.DUPLICATE_ID: F.DUPLICATE_ID,
    HOW.WEAK: F.ALGORITHM_REFUSED,
    HOW.FOREIGN: F.SIGNER_UNTRUSTED,
    HOW.TIMESTAMP_ONLY: F.BODY_NOT_SIGNED,
}
SUITE = """\
title: {en: Signing}
phase: 5
contract: asiointitili/viranomaispalvelut
health:
  call: HaeTilaTieto
  request: {Viranomainen: {ViranomaisTunnus: "${ids.authority}",
                           PalveluTunnus: "${ids.service}"}, Kysely: {}}
  expect: {code: 0}
code: "{operation}Result/TilaKoodi/TilaKoodi"
"""
SCENARIO = """\
title: {{en: A call}}
why: A test.
source: a test
needs: [{needs}]
steps:
  - call: HaeTilaTieto
    request: {{Viranomainen: {{ViranomaisTunnus: "${{ids.authority}}",
                             PalveluTunnus: "${{ids.service}}"}}, Kysely: {{}}}}
    signature: {how}
    expect: {expect}
"""
BOTH = "signed, wrong-signatures"


@pytest.fixture(params=[ServerEndpoint, MockEndpoint], ids=["server", "mock"])
def endpoint(request: pytest.FixtureRequest, contract: Contract) -> Endpoint:
    made: Endpoint = request.param(contract)
    return made


def written(folder: Path, how: str, expect: str, needs: str = BOTH) -> tuple[Scenario, Suite]:
    (folder / "s").mkdir()
    (folder / "s" / "suite.yaml").write_text(SUITE, "utf-8")
    text = SCENARIO.format(how=how, expect=expect, needs=needs)
    (folder / "s" / "call.yaml").write_text(text, "utf-8")
    suite = load_suite(folder / "s")
    return suite.scenarios["s/call"], suite


def test_every_way_has_its_row() -> None:
    assert set(CODES) == set(OwnSignature)


@pytest.mark.parametrize("how", OwnSignature)
def test_it_is_refused_and_the_next_call_is_taken(endpoint: Endpoint, how: OwnSignature) -> None:
    with endpoint.session(frozenset({Need.SIGNED, Need.WRONG_SIGNATURES})) as session:
        assert isinstance(session, SignsWrongly)
        assert _status(session.send(REQUEST)) == 200
        session.sign_wrongly(how)
        exchange = session.send(REQUEST)
        assert _status(exchange) == 500
        assert isinstance(exchange.outcome, Answer)
        assert str(CODES[how]).encode() in exchange.outcome.body.data
        assert _status(session.send(REQUEST)) == 200


def _status(exchange: Exchange) -> int:
    assert isinstance(exchange.outcome, Answer)
    return exchange.outcome.status


@pytest.mark.parametrize(
    ("expect", "verdict"), [("{refused: true}", Verdict.PASSED), ("{code: 0}", Verdict.FAILED)]
)
def test_a_scenario_tells_that_it_was_refused(
    tmp_path: Path, contract: Contract, endpoint: Endpoint, expect: str, verdict: Verdict
) -> None:
    scenario, suite = written(tmp_path, "tampered", expect)
    result = run_scenario(scenario, suite, Connection(contract, endpoint, "rtest"))
    assert result.verdict is verdict, result.findings


@pytest.mark.parametrize("needs", ["signed", "wrong-signatures"])
def test_both_needs_are_demanded_at_load(tmp_path: Path, needs: str) -> None:
    missing = "wrong-signatures" if needs == "signed" else "signed"
    with pytest.raises(ScenarioError, match=f"add {missing} to needs"):
        written(tmp_path, "expired", "{refused: true}", needs)
