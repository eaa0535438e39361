"""The endpoint ``server``: a fresh account on a socket a session, and steps that spoil the wire."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config import book
from harness.endpoints.faults import FAULTS, FaultName, fault
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import (
    Endpoint,
    EndpointKind,
    Misbehaving,
    MovesClock,
    Need,
    Session,
)
from harness.endpoints.server.endpoint import LIMITS, ServerEndpoint
from harness.errors import ConfigError, ScenarioError
from harness.exchange.judge import judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Problem, Request
from harness.suite.folder import suite_names
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import Scenario, Suite, load_suite
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract, find
from tests.account.asking import ACTION, add, caller, envelope, item
from tests.endpoints.server.callers import GOOD

BOOK = book("scenarios")
SHIPPED = [
    (scenario, suite)
    for suite in (load_suite(BOOK / name) for name in suite_names(BOOK))
    if suite.content.contract == "asiointitili/viranomaispalvelut"
    for scenario in suite.scenarios.values()
]
REQUEST = Request("HaeTilaTieto", f"{ACTION}HaeTilaTieto", Body(GOOD))
QUICK = replace(LIMITS, read=0.3, deadline=0.8, max_message_bytes=1_000_000)


@pytest.fixture
def endpoint(contract: Contract) -> ServerEndpoint:
    return ServerEndpoint(contract, limits=QUICK)


@pytest.fixture
def session(endpoint: ServerEndpoint) -> Iterator[Session]:
    with endpoint.session() as opened:
        yield opened


def test_it_is_an_endpoint_of_level_server(endpoint: ServerEndpoint) -> None:
    as_seen: Endpoint = endpoint
    identity = as_seen.identity()
    assert (identity.name, identity.level) == ("server", Level.SERVER)
    assert identity.kind is EndpointKind.HTTP
    assert identity.address.startswith("http://127.0.0.1:0/Asiointitili/")
    of_a_listener = {Need.RETURN_CHANNEL, Need.REDELIVERY}
    assert as_seen.provides == frozenset(Need) - of_a_listener  # there is none here


def test_it_names_the_same_customers_as_the_mock(contract: Contract) -> None:
    own, mock = ServerEndpoint(contract), MockEndpoint(contract)
    assert (own.roles, own.ids) == (mock.roles, mock.ids)


def test_exchange_over_a_socket(contract: Contract, session: Session) -> None:
    exchange = session.send(REQUEST)
    assert judge_answer(contract, REQUEST, exchange).verdict is Verdict.PASSED
    assert exchange.peer.startswith("127.0.0.1:")


def test_every_session_has_an_account_of_its_own(endpoint: ServerEndpoint) -> None:
    body = Body(envelope("LisaaKohteita", caller() + add(item(own_id="asia-1"))))
    asked = Request("LisaaKohteita", f"{ACTION}LisaaKohteita", body)
    answers = []
    with endpoint.session() as first, endpoint.session() as second:
        for session in (first, second, first):
            outcome = session.send(asked).outcome
            assert isinstance(outcome, Answer)
            answers.append(b"<KohteenTila>200<" in outcome.body.data)
    assert answers == [True, True, False]


@pytest.mark.parametrize("need", [Need.MAINTENANCE, Need.QUEUED, Need.TOLERANT])
def test_it_is_brought_to_what_is_needed(contract: Contract, need: Need) -> None:
    own, mock = ServerEndpoint(contract), MockEndpoint(contract)
    with own.session(frozenset({need})) as one, mock.session(frozenset({need})) as two:
        seen, known = one.send(REQUEST).outcome, two.send(REQUEST).outcome
    assert isinstance(seen, Answer)
    assert isinstance(known, Answer)
    assert seen.status == known.status == (503 if need is Need.MAINTENANCE else 200)


def test_need_that_nobody_meets(endpoint: ServerEndpoint) -> None:
    unmet = frozenset({"lentava-matto"})
    with pytest.raises(ConfigError, match="cannot be brought to meet"), endpoint.session(unmet):
        pass


def test_its_clock_can_be_moved(session: Session) -> None:
    assert isinstance(session, MovesClock)
    session.advance(3600)
    with pytest.raises(ConfigError, match="clock"):
        session.advance(-1)
    assert isinstance(session.send(REQUEST).outcome, Answer)


def test_other_contract_has_no_clock() -> None:
    other = ServerEndpoint(find("asiointitili/paluukanava", [book("contracts")]))
    assert other.provides == {Need.MAINTENANCE, Need.FAULTS, Need.WRONG_ANSWERS, Need.UNSIGNED}
    with other.session() as session:
        assert isinstance(session, MovesClock)
        with pytest.raises(ConfigError, match="cannot be moved"):
            session.advance(1)


def test_fault_spoils_one_call_only(session: Session) -> None:
    assert isinstance(session, Misbehaving)
    session.misbehave(fault("connection-reset"))
    outcomes = [session.send(REQUEST).outcome for _ in range(2)]
    assert isinstance(outcomes[0], Problem)
    assert isinstance(outcomes[1], Answer)


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda pair: pair[0].id)
def test_shipped_scenario_passes(contract: Contract, shipped: tuple[Scenario, Suite]) -> None:
    scenario, suite = shipped
    listens = find("asiointitili/paluukanava", [book("contracts")])
    endpoint = ServerEndpoint(contract, listens=listens)
    result = run_scenario(scenario, suite, Connection(contract, endpoint, "rs", listens=listens))
    assert (result.verdict, result.reason) == (Verdict.PASSED, "")


# Scenarios that spoil the wire

STEP = """\
title: {{en: The wire is spoilt}}
why: A client has to notice what is no answer.
source: "docs/serve.md"
needs: [{needs}]
steps:
  - call: HaeTilaTieto
    request:
      Viranomainen: {{$use: sender}}
      Kysely: {{}}
    wire: {{{wire}}}
    expect: {{{expect}}}
"""


def scenario(
    tmp_path: Path, wire: str, expect: str, needs: str = "faults, wrong-answers"
) -> tuple[Scenario, Suite]:
    folder = tmp_path / "spoilt"
    folder.mkdir()
    shutil.copy(BOOK / "connection" / "suite.yaml", folder)
    text = STEP.format(wire=wire, expect=expect, needs=needs)
    (folder / "wire.yaml").write_text(text, "utf-8")
    suite = load_suite(folder)
    return suite.scenarios["spoilt/wire"], suite


def run(endpoint: Endpoint, contract: Contract, made: tuple[Scenario, Suite]) -> ScenarioResult:
    return run_scenario(made[0], made[1], Connection(contract, endpoint, "rs"))


SOCKET = {
    "connection-reset": "reset",
    "connection-reset, after: 200": "truncated",
    "empty-response": "closed-early",
    "malformed-chunk": "http-malformed",
    "random-then-close": "http-malformed",
    "latency, milliseconds: 500": "read-timeout",
    "bandwidth, rate: 200": "deadline",
    "timeout": "read-timeout",
    "truncation": "truncated",
}
ANSWER = {
    "wrong-content-type": "content-type",
    "html": "not-soap:html",
    "wrong-charset": "charset",
    "unavailable": "unavailable",
    "redirect": "redirect",
    "gzip-bomb, mebibytes: 2": "too-large",
    "wrong-namespace": "wrong-namespace",
    "two-bodies": "envelope",
    "fault-with-200": "fault-with-200",
    "answer-to-another-request": "correlation",
}
HARMLESS = ["latency, milliseconds: 20", "slicer", "slow-close, milliseconds: 10", "other-form"]


@pytest.mark.parametrize(("wire", "code"), (SOCKET | ANSWER).items())
def test_step_that_expects_what_its_fault_leads_to(
    tmp_path: Path, contract: Contract, endpoint: ServerEndpoint, wire: str, code: str
) -> None:
    made = scenario(tmp_path, f"fault: {wire}", f"problem: '{code}'")
    result = run(endpoint, contract, made)
    assert (result.verdict, result.reason) == (Verdict.PASSED, "")


@pytest.mark.parametrize(("wire", "code"), (SOCKET | ANSWER).items())
def test_step_that_expects_a_good_answer_does_not_pass(
    tmp_path: Path, contract: Contract, endpoint: ServerEndpoint, wire: str, code: str
) -> None:
    result = run(endpoint, contract, scenario(tmp_path, f"fault: {wire}", "code: 0"))
    assert result.verdict in {Verdict.FAILED, Verdict.INCONCLUSIVE}
    assert result.reason == code


@pytest.mark.parametrize("wire", HARMLESS)
def test_fault_that_an_answer_survives(
    tmp_path: Path, contract: Contract, endpoint: ServerEndpoint, wire: str
) -> None:
    assert (
        run(endpoint, contract, scenario(tmp_path, f"fault: {wire}", "code: 0")).verdict
        is Verdict.PASSED
    )


@pytest.mark.parametrize(("wire", "code"), ANSWER.items())
def test_wrong_answers_are_played_in_process_as_well(
    tmp_path: Path, contract: Contract, wire: str, code: str
) -> None:
    made = scenario(tmp_path, f"fault: {wire}", f"problem: '{code}'", "wrong-answers")
    mock = MockEndpoint(contract, limits=QUICK)
    assert run(mock, contract, made).verdict is Verdict.PASSED


def test_fault_of_the_connection_is_not_run_in_process(tmp_path: Path, contract: Contract) -> None:
    made = scenario(tmp_path, "fault: timeout", "problem: read-timeout", "faults")
    result = run(MockEndpoint(contract), contract, made)
    assert (result.verdict, result.reason) == (None, "needs faults")


def test_mock_refuses_a_fault_of_the_connection(contract: Contract) -> None:
    with MockEndpoint(contract).session() as session:
        assert isinstance(session, Misbehaving)
        with pytest.raises(ConfigError, match="needs a socket"):
            session.misbehave(fault("timeout"))


class _Deaf(MockEndpoint):
    """An endpoint that claims to play faults, and has nobody to tell them to."""

    @contextmanager
    def session(self, needs: frozenset[str] = frozenset()) -> Iterator[Session]:
        yield _Silent()


class _Silent:
    def send(self, request: Request) -> Exchange:
        raise AssertionError


def test_endpoint_that_nobody_can_tell(tmp_path: Path, contract: Contract) -> None:
    made = scenario(tmp_path, "fault: timeout", "code: 0", "faults")
    deaf = _Deaf(contract)
    deaf.provides = frozenset({"faults"})
    with pytest.raises(ScenarioError, match="nobody can tell this endpoint"):
        run(deaf, contract, made)


@pytest.mark.parametrize(
    ("wire", "needs", "said"),
    [
        ("fault: timeout", "", "needs must list faults"),
        ("fault: timeout", "wrong-answers", "needs must list faults"),
        ("fault: html", "faults", "needs must list wrong-answers"),
        ("fault: timeuot", "faults", "Did you mean timeout"),
        ("fault: timeout, seconds: 1", "faults", "takes no 'seconds'"),
        ("fault: latency, milliseconds: 1000000", "faults", "from 0 to 600000"),
        ("milliseconds: 1", "faults", "there is no fault"),
    ],
)
def test_wire_is_checked_at_load(tmp_path: Path, wire: str, needs: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        scenario(tmp_path, wire, "code: 0", needs)


def test_health_cannot_be_spoilt(tmp_path: Path) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(BOOK / "connection", folder)
    file = folder / "suite.yaml"
    file.write_text(
        file.read_text("utf-8").replace("health:\n", "health:\n  wire: {fault: html}\n")
    )
    with pytest.raises(ScenarioError, match="health cannot have wire"):
        load_suite(folder)


def test_every_fault_is_shown_by_a_step() -> None:
    told = {wire.partition(",")[0] for wire in (*SOCKET, *ANSWER, *HARMLESS)}
    assert told == {name for name in FaultName if not FAULTS[name].signed}
