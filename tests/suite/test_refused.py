"""``refused: true`` takes a fault that blames the request, or a code of refusal; nothing else."""

from pathlib import Path

import pytest

from harness import wsdl
from harness.errors import ScenarioError
from harness.exchange import render
from harness.exchange.messages import Answer
from harness.exchange.render import FaultCode
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import load_suite
from harness.vocabulary import Verdict
from tests.suite.test_any_answer import Answering, xml
from tests.wsdl.making import TYPES, make, service

TYPES_WITH_CODE = TYPES.format(ask='<xs:element name="a" type="xs:int"/>').replace(
    '<xs:element name="Told"/>',
    '<xs:element name="Told"><xs:complexType><xs:sequence>'
    '<xs:element name="Code" type="xs:int"/></xs:sequence></xs:complexType></xs:element>',
)
SUITE = """\
title: {en: A suite}
phase: 4
contract: test/interface
health: {call: Ask, request: {a: 1}, expect: {code: 0}}
code: Code
"""
SCENARIO = """\
title: {en: It refuses}
why: Somebody depends on it.
source: "section 1"
steps:
  - {call: Ask, request: {a: 1}, expect: {refused: true}}
"""


def told(code: int) -> Answer:
    text = f'<Told xmlns="urn:t"><Code>{code}</Code></Told>'
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    return xml(f'<s:Envelope xmlns:s="{soap}"><s:Body>{text}</s:Body></s:Envelope>'.encode())


def fault(code: FaultCode) -> Answer:
    return xml(render.fault(code, "Ei onnistu."), 500)


def run(
    folder: Path, *outcomes: Answer, more: str = "", scenario: str = SCENARIO
) -> ScenarioResult:
    contract = wsdl.load(
        make(folder / "contract", {"service.wsdl": service(types=TYPES_WITH_CODE)})
    )
    suite = folder / "basic"
    suite.mkdir()
    (suite / "suite.yaml").write_text(SUITE + more, encoding="utf-8")
    (suite / "it-refuses.yaml").write_text(scenario, encoding="utf-8")
    loaded = load_suite(suite)
    scenario_ = loaded.scenarios["basic/it-refuses"]
    return run_scenario(scenario_, loaded, Connection(contract, Answering(outcomes), "r"))


@pytest.mark.parametrize(
    ("answer", "accepted", "passes"),
    [
        (fault(FaultCode.CLIENT), "", True),
        (fault(FaultCode.SERVER), "", False),
        (told(400), "", False),
        (told(400), "accepted: [0, 202]", True),
        (told(202), "accepted: [0, 202]", False),
        (fault(FaultCode.SERVER), "accepted: [0, 202]", False),
    ],
)
def test_what_counts_as_a_refusal(
    answer: Answer, accepted: str, passes: bool, tmp_path: Path
) -> None:
    result = run(tmp_path, told(0), answer, told(0), more=accepted)
    assert result.verdict is (Verdict.PASSED if passes else Verdict.FAILED)
    assert passes or result.reason == "not-refused"


def test_who_fails_at_everything_has_refused_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, fault(FaultCode.CLIENT))
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "health")


def test_a_refusal_is_the_whole_expectation(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("refused: true", "refused: true, code: 400")
    with pytest.raises(ScenarioError, match="one of them"):
        run(tmp_path, scenario=scenario)
