"""``answer: true`` takes any valid answer and nothing else; one-way operations have none."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import wsdl
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import EndpointIdentity, RoleIdentity, Session
from harness.errors import ScenarioError
from harness.exchange import render
from harness.exchange.messages import Answer, Body, Exchange, Problem, ProblemCode, Request
from harness.exchange.render import FaultCode
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import load_suite, load_suite_file
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract
from harness.wsdl.components import Direction
from harness.wsdl.generating import sample
from tests.wsdl.making import make, service

ASK = '<xs:element name="a" type="xs:int" minOccurs="0"/>'
SUITE = """\
title: {en: A suite}
phase: 4
contract: test/interface
health:
  call: Ask
  request: {}
  expect: {answer: true}
"""
SCENARIO = """\
title: {en: It answers}
why: Somebody depends on it.
source: "section 1"
steps:
  - call: Ask
    request: {a: 1}
    expect: {answer: true}
"""


def two_way(tmp_path: Path) -> Contract:
    return wsdl.load(make(tmp_path / "contract", {"service.wsdl": service(ASK)}))


def one_way(tmp_path: Path) -> Contract:
    text = service(ASK).replace('<w:output message="t:Out"/>', "")
    text = text.replace('<w:output><soap:body use="literal"/></w:output>', "")
    return wsdl.load(make(tmp_path / "contract", {"service.wsdl": text}))


class Answering:
    """An endpoint that answers what the test says, one after the other."""

    name, level, provides = "said", Level.SERVER, frozenset[str]()
    roles: dict[str, RoleIdentity] = {}  # noqa: RUF012 - always empty
    ids: dict[str, str] = {}  # noqa: RUF012 - always empty

    def __init__(self, outcomes: Sequence[Answer | Problem]) -> None:
        self.outcomes = list(outcomes)

    def identity(self) -> EndpointIdentity:
        raise AssertionError

    def session(self, needs: frozenset[str] = frozenset()) -> "Answering":
        return self

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, request: Request) -> Exchange:
        return Exchange(request, self.outcomes.pop(0))


def run(
    contract: Contract, folder: Path, *outcomes: Answer | Problem, scenario: str = SCENARIO
) -> ScenarioResult:
    suite = folder / "basic"
    suite.mkdir()
    (suite / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (suite / "it-answers.yaml").write_text(scenario, encoding="utf-8")
    loaded = load_suite(suite)
    endpoint = Answering(outcomes) if outcomes else MockEndpoint(contract)
    return run_scenario(
        loaded.scenarios["basic/it-answers"],
        loaded,
        Connection(contract, endpoint, "r"),
    )


def xml(body: bytes, status: int = 200) -> Answer:
    return Answer(status, (("Content-Type", "text/xml; charset=utf-8"),), Body(body))


def told(contract: Contract) -> Answer:
    return xml(sample(contract, "Ask", direction=Direction.RESPONSE))


FAULT = xml(render.fault(FaultCode.SERVER, "Ei onnistu."), 500)
ACCEPTED = Answer(202, (), Body(b""))


def test_a_valid_answer_passes(tmp_path: Path) -> None:
    contract = two_way(tmp_path)
    result = run(contract, tmp_path, told(contract))
    assert (result.verdict, result.findings) == (Verdict.PASSED, ())
    assert "Ask answer" in result.marks


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (FAULT, Verdict.FAILED, "unexpected-fault"),
        (xml(b"<html/>"), Verdict.INCONCLUSIVE, "not-soap:html"),
        (ACCEPTED, Verdict.FAILED, "empty-answer"),
        (Answer(404, (), Body(b"")), Verdict.INCONCLUSIVE, "http-status:404"),
        (Problem(ProblemCode.READ_TIMEOUT), Verdict.INCONCLUSIVE, "read-timeout"),
    ],
)
def test_anything_else_does_not(
    answer: Answer | Problem, verdict: Verdict, reason: str, tmp_path: Path
) -> None:
    result = run(two_way(tmp_path), tmp_path, answer)
    assert (result.verdict, result.reason) == (verdict, reason)


def test_another_element_than_the_answers_fails(tmp_path: Path) -> None:
    contract = two_way(tmp_path)
    result = run(contract, tmp_path, xml(sample(contract, "Ask")))
    assert (result.verdict, result.reason) == (Verdict.FAILED, "wrong-element")


@pytest.mark.parametrize("answer", [ACCEPTED, Answer(200, (), Body(b""))])
def test_nothing_is_the_answer_of_a_one_way_operation(answer: Answer, tmp_path: Path) -> None:
    result = run(one_way(tmp_path), tmp_path, answer)
    assert (result.verdict, result.findings) == (Verdict.PASSED, ())
    assert "Ask accepted" in result.marks


def test_the_mock_accepts_a_one_way_operation(tmp_path: Path) -> None:
    assert run(one_way(tmp_path), tmp_path).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        ("{fields: {x: 1}}", "field"),
        ("{fields: {x: {absent: true}}}", "field"),
        ("{answer: true}\n    save: {x: y}", "save"),
    ],
)
def test_who_expects_more_of_a_one_way_operation_is_disappointed(
    expect: str, reason: str, tmp_path: Path
) -> None:
    scenario = SCENARIO.replace("{answer: true}", expect)
    result = run(one_way(tmp_path), tmp_path, ACCEPTED, scenario=scenario)
    assert (result.verdict, result.reason) == (Verdict.FAILED, reason)


def test_acceptance_is_not_the_fault_that_was_expected(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("{answer: true}", "{fault: Client}")
    accepted = (ACCEPTED, ACCEPTED, ACCEPTED)
    result = run(one_way(tmp_path), tmp_path, *accepted, scenario=scenario)
    assert (result.verdict, result.reason) == (Verdict.FAILED, "no-fault")


def test_the_health_call_may_take_any_answer(tmp_path: Path) -> None:
    contract = two_way(tmp_path)
    scenario = SCENARIO.replace("{answer: true}", "{fault: Server}")
    result = run(contract, tmp_path, told(contract), FAULT, told(contract), scenario=scenario)
    assert result.verdict is Verdict.PASSED


def test_a_fault_of_the_health_call_makes_it_inconclusive(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("{answer: true}", "{fault: Server}")
    result = run(two_way(tmp_path), tmp_path, FAULT, scenario=scenario)
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "health")


@pytest.mark.parametrize(
    "expect",
    [
        "{answer: false}",
        "{answer: true, code: 0}",
        "{answer: true, fault: Client}",
        "{answer: true, fields: {x: 1}}",
        "{answer: true, problem: reset}",
    ],
)
def test_any_answer_stands_alone(expect: str, tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "x.yaml").write_text(SCENARIO.replace("{answer: true}", expect), encoding="utf-8")
    with pytest.raises(ScenarioError, match="line 7"):
        load_suite(tmp_path)


def test_a_code_needs_a_path_in_suite_yaml(tmp_path: Path) -> None:
    expecting = "{code: 0}"
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "x.yaml").write_text(
        SCENARIO.replace("{answer: true}", expecting), encoding="utf-8"
    )
    with pytest.raises(ScenarioError, match="does not say where it stands") as caught:
        load_suite(tmp_path)
    assert caught.value.where.endswith("x.yaml:7")
    (tmp_path / "suite.yaml").write_text(SUITE + "code: Told/Code\n", encoding="utf-8")
    assert load_suite(tmp_path).scenarios


def test_so_does_a_code_of_the_health_call(tmp_path: Path) -> None:
    text = SUITE.replace("{answer: true}", "{code: 0}")
    (tmp_path / "suite.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="does not say where it stands") as caught:
        load_suite_file(tmp_path)
    assert caught.value.where.endswith("suite.yaml:7")
