"""Every scenario of the book passes and can fail; what it alone shows: tests/canary."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness import config, wsdl
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.suite.folder import is_observed, suite_names
from harness.suite.model import Expectation, Matcher, Step, WantedCall
from harness.suite.runner import Connection, ScenarioResult, run_scenario, unmet_needs
from harness.suite.suites import Scenario, Suite, load_suite, load_suite_file
from harness.vocabulary import Verdict

BOOK = config.book("scenarios")
SUITES = [load_suite(BOOK / n) for n in suite_names(BOOK) if not is_observed(BOOK / n)]
SCENARIOS = [(scenario, suite) for suite in SUITES for scenario in suite.scenarios.values()]
NOT_PASSED = {Verdict.FAILED, Verdict.INCONCLUSIVE}
Connections = tuple[Connection, ...]
each_scenario = pytest.mark.parametrize(
    ("scenario", "suite"), SCENARIOS, ids=[scenario.id for scenario, _ in SCENARIOS]
)


@pytest.fixture(scope="module")
def connections() -> Connections:
    contract = wsdl.find(SUITES[0].content.contract, [config.book("contracts")])
    listens = wsdl.find("asiointitili/paluukanava", [config.book("contracts")])
    endpoints = (
        MockEndpoint(contract, listens=listens),
        ServerEndpoint(contract, listens=listens),
    )
    return tuple(Connection(contract, each, "rtest", listens=listens) for each in endpoints)


@pytest.fixture(scope="module")
def results(connections: Connections) -> dict[str, ScenarioResult]:
    return {s.id: run_scenario(s, suite, _able(s, connections)) for s, suite in SCENARIOS}


def _able(scenario: Scenario, connections: Connections) -> Connection:
    """The first that provides what the scenario needs: in process, else over a socket."""
    return next(each for each in connections if not unmet_needs(scenario, each.endpoint))


@each_scenario
def test_it_passes_on_a_built_in_endpoint(
    scenario: Scenario, suite: Suite, results: dict[str, ScenarioResult]
) -> None:
    result = results[scenario.id]
    assert result.verdict is Verdict.PASSED, result.findings
    retries = any(step.retry for step in scenario.content.calls)
    assert [str(each.code) for each in result.findings] == (["retried"] if retries else [])


@each_scenario
def test_it_fails_when_the_answer_is_another(
    scenario: Scenario, suite: Suite, connections: Connections
) -> None:
    *before, last = scenario.content.steps
    steps = (*before, last.model_copy(update={"expect": _another(last.expect)}))
    content = scenario.content.model_copy(update={"steps": steps})
    result = run_scenario(replace(scenario, content=content), suite, _able(scenario, connections))
    assert result.verdict in ({Verdict.FAILED} if _answered(last.expect) else NOT_PASSED)


def _answered(expected: Expectation | WantedCall) -> bool:
    return isinstance(expected, WantedCall) or expected.problem is None


def _another(expected: Expectation | WantedCall) -> Expectation | WantedCall:
    """An expectation of the same kind that the same answer, or call, cannot meet."""
    if isinstance(expected, WantedCall):
        wanted = {path: Matcher(count=99) for path in expected.fields}
        return expected.model_copy(update={"fields": wanted})
    if expected.fault is not None:
        return Expectation(fault="Client.Another")
    if expected.problem is not None:
        return Expectation(problem="dns")
    if expected.code is not None or expected.refused:
        return Expectation(code=777)
    return Expectation(fields={path: Matcher(count=99) for path in expected.fields})


def test_both_suites_are_there_and_large_enough() -> None:
    assert [(suite.name, suite.content.phase) for suite in SUITES] == [
        ("connection", 4),
        ("testing", 5),
    ]
    assert len(SCENARIOS) >= 120


@pytest.mark.parametrize("kind", ["passing", "refused", "malformed"])
@pytest.mark.parametrize(
    "operation", ["HaeAsiakkaita", "LisaaKohteita", "LahetaViesti", "HaeTilaTieto"]
)
def test_every_operation_is_shown_passing_refused_and_malformed(operation: str, kind: str) -> None:
    steps = (step for scenario, _ in SCENARIOS for step in scenario.content.calls)
    assert any(step.call == operation and kind in _kinds(step) for step in steps)


def _kinds(step: Step) -> Iterator[str]:
    if step.breaks is not None and step.expect.fault is not None:
        yield "malformed"
    elif step.expect.code in {0, 202}:
        yield "passing"
    elif step.expect.code is not None:
        yield "refused"


@each_scenario
def test_its_title_is_written_in_three_languages(scenario: Scenario, suite: Suite) -> None:
    title = scenario.content.title
    assert title.en
    assert title.fi
    assert title.sv


@pytest.mark.parametrize("suite", SUITES, ids=[suite.name for suite in SUITES])
def test_no_file_lies_there_unused(suite: Suite) -> None:
    files = {file for file in suite.folder.rglob("*/*") if file.is_file()}
    yaml = "".join(file.read_text("utf-8") for file in suite.folder.glob("*.yaml"))
    assert {file for file in files if _name_below(suite, file) not in yaml} == set()


@pytest.mark.parametrize("suite", SUITES, ids=[suite.name for suite in SUITES])
def test_no_fragment_lies_there_unused(suite: Suite) -> None:
    texts = [file.read_text("utf-8") for file in suite.folder.glob("*.yaml")]
    fragments = load_suite_file(suite.folder).fragments
    unused = {name for name in fragments if not any(f"$use: {name}" in text for text in texts)}
    assert unused == set()


def _name_below(suite: Suite, file: Path) -> str:
    return file.relative_to(suite.folder).as_posix()
