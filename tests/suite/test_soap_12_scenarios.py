"""Scenarios for a contract over SOAP 1.2: what is sent, and what a fault is called."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from harness import wsdl
from harness.endpoints.protocol import EndpointIdentity, EndpointKind, RoleIdentity, Session
from harness.exchange import render
from harness.exchange.judge import judge_request
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.exchange.render import FaultCode
from harness.exchange.soap import content_type
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import load_suite
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract

ASSETS = Path(__file__).parents[1] / "assets" / "contracts"
TITLE = "title: {en: Orders, fi: Tilaukset, sv: Order}\n"
SUITE = f"""{TITLE}phase: 4
contract: example/orders
code: placeResult
health:
  call: place
  request: {{priority: 1}}
  expect: {{code: 7}}
"""
SCENARIO = f"""{TITLE}why: It shows how SOAP 1.2 is spoken.
source: "made for a test"
steps:
  - call: place
"""
GOOD = "    request: {priority: 1}\n    expect: {code: 7}\n"
BAD = """    request: {order: {number: "1", lines: {Line: [{product: small}]}}}
    breaks: schema
    expect: {fault: %s}
"""
OTHER_ACTION = """    request: {priority: 1}
    soap_action: lines
    breaks: soap-action
    expect: {fault: Sender}
"""


class Service:
    """Answers as a service over SOAP 1.2 does, and keeps the content types it saw."""

    name = "service"
    level = Level.SERVER
    provides: frozenset[str] = frozenset()
    roles: Mapping[str, RoleIdentity] = {}
    ids: Mapping[str, str] = {}

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.types: list[str] = []

    def identity(self) -> EndpointIdentity:
        return EndpointIdentity(self.name, self.level, EndpointKind.IN_PROCESS, "in-process")

    @contextmanager
    def session(self, needs: frozenset[str]) -> Iterator[Session]:
        assert not needs
        yield self

    def send(self, request: Request) -> Exchange:
        self.types.append(request.content_type)
        arrived = Request("", "", request.body, request.content_type)
        found = judge_request(self._contract, arrived)
        headers = (("Content-Type", content_type("1.2")),)
        if found.verdict is Verdict.PASSED:
            body = render.answer(self._contract, "place", [("placeResult", "7")])
            return Exchange(request, Answer(200, headers, Body(body)))
        body = render.fault(FaultCode.CLIENT, "No.", soap="1.2")
        return Exchange(request, Answer(400, headers, Body(body)))


Run = Callable[[str], tuple[ScenarioResult, list[str]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    contract = wsdl.add(ASSETS / "spyne-soap12", tmp_path / "c", date(2026, 1, 2)).contract

    def one(steps: str) -> tuple[ScenarioResult, list[str]]:
        folder = tmp_path / "orders"
        folder.mkdir()
        (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
        (folder / "one.yaml").write_text(SCENARIO + steps, encoding="utf-8")
        suite, service = load_suite(folder), Service(contract)
        result = run_scenario(
            suite.scenarios["orders/one"], suite, Connection(contract, service, "r1")
        )
        return result, service.types

    return one


def test_the_action_goes_with_the_content_type(run: Run) -> None:
    result, types = run(GOOD)
    assert (result.verdict, result.findings) == (Verdict.PASSED, ())
    assert types == ['application/soap+xml; charset=utf-8; action="place"']


@pytest.mark.parametrize(
    ("word", "verdict"), [("Sender", Verdict.PASSED), ("Client", Verdict.FAILED)]
)
def test_a_fault_has_the_words_of_its_version(run: Run, word: str, verdict: Verdict) -> None:
    result, types = run(BAD % word)
    assert result.verdict is verdict
    assert len(types) == (3 if verdict is Verdict.PASSED else 2)


def test_another_action_can_be_sent_on_purpose(run: Run) -> None:
    result, types = run(OTHER_ACTION)
    assert (result.verdict, result.findings) == (Verdict.PASSED, ())
    assert types[1] == 'application/soap+xml; charset=utf-8; action="lines"'
