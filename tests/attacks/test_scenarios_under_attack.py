"""What a peer does to a whole scenario: other answers than the ones asked for, late or by turns."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import ValidationError

from harness import config, wsdl, xml
from harness.account.settings import IDS
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Session
from harness.exchange.message import Part
from harness.exchange.messages import Answer, Body, Exchange, Problem, ProblemCode, Request
from harness.suite.evidence import _outcome
from harness.suite.model import Expectation, Step
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import Scenario, Suite, load_suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract

pytestmark = pytest.mark.attacks

SUITE = load_suite(config.book("scenarios") / "connection")
ASKS = SUITE.scenarios["connection/service-answers"]
Change = Callable[[Exchange], Exchange]
REPEATED = 5


class Between(MockEndpoint):
    """The account, and somebody between it and us who changes what comes back."""

    def __init__(
        self, contract: Contract, change: Change, ids: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(contract)
        self.change = change
        self.sent: list[Request] = []
        self._named = {**IDS, **(ids or {})}

    @property
    def ids(self) -> Mapping[str, str]:
        return self._named

    @contextmanager
    def session(self, needs: frozenset[str] = frozenset()) -> Iterator[Session]:
        with super().session(needs) as session:

            def send(request: Request) -> Exchange:
                self.sent.append(request)
                return self.change(session.send(request))

            yield cast("Session", SimpleNamespace(send=send))


@pytest.fixture(scope="module")
def contract() -> Contract:
    return wsdl.find(SUITE.content.contract, [config.book("contracts")])


def run(
    endpoint: Between, contract: Contract, scenario: Scenario = ASKS, suite: Suite = SUITE
) -> ScenarioResult:
    return run_scenario(scenario, suite, Connection(contract, endpoint, "rattack"))


def answer(exchange: Exchange) -> Answer:
    assert isinstance(exchange.outcome, Answer)
    return exchange.outcome


def with_step(**changes: object) -> Scenario:
    step = ASKS.content.calls[0].model_copy(update=changes)
    return replace(ASKS, content=ASKS.content.model_copy(update={"steps": (step,)}))


def as_is(exchange: Exchange) -> Exchange:
    return exchange


def failing(*turns: int) -> Change:
    """The answers with these numbers, counted from 1, are errors of the service."""
    seen = iter(range(1, 1000))

    def change(exchange: Exchange) -> Exchange:
        if next(seen) not in turns:
            return exchange
        body = answer(exchange).body.data.replace(b">0</TilaKoodi", b">500</TilaKoodi")
        return replace(exchange, outcome=replace(answer(exchange), body=Body(body)))

    return change


def test_answer_for_another_request(contract: Contract) -> None:
    """Of two calls under way each gets the other's answer."""
    waiting: list[Exchange] = []

    def change(exchange: Exchange) -> Exchange:
        waiting.append(exchange)
        return replace(exchange, outcome=waiting[0].outcome)

    step = ASKS.content.calls[0].model_copy(update={"expect": Expectation(code=0)})
    twice = replace(ASKS, content=ASKS.content.model_copy(update={"steps": (step, step)}))
    result = run(Between(contract, change), contract, twice)
    assert (result.verdict, result.reason) == (Verdict.FAILED, "correlation")
    assert run(Between(contract, as_is), contract, twice).verdict is Verdict.PASSED


@pytest.mark.parametrize(("seconds", "noted"), [(0.4, False), (0.5, False), (0.6, True)])
def test_slower_than_promised(contract: Contract, seconds: float, noted: bool) -> None:
    suite = replace(SUITE, content=SUITE.content.model_copy(update={"slow_after": 0.5}))
    late = Between(contract, lambda exchange: replace(exchange, seconds=seconds))
    result = run(late, contract, suite=suite)
    assert (result.verdict, result.reason, result.where) == (Verdict.PASSED, "", "")
    assert [each.code for each in result.findings] == ["slow"] * noted
    kept = _outcome(ASKS.id, ASKS.content, result)
    assert (kept.reason, [each.code for each in kept.findings]) == ("", ["slow"] * noted)


@pytest.mark.parametrize(
    ("turns", "reasons"),
    [
        ((), []),
        ((3,), ["flaky", "code"]),
        ((1, 2, 3, 4), ["flaky", "code"]),
        ((1, 2, 3, 4, 5), ["code"]),
    ],
)
def test_different_answers_on_repeat(
    contract: Contract, turns: tuple[int, ...], reasons: list[str]
) -> None:
    endpoint = Between(contract, failing(*turns))
    result = run(endpoint, contract, with_step(repeat=REPEATED))
    assert result.verdict is (Verdict.FAILED if turns else Verdict.PASSED)
    assert [each.code for each in result.findings] == reasons
    if "flaky" in reasons:
        assert result.findings[0].seen == f"{REPEATED - len(turns)} of {REPEATED}"
    assert len({each.body.digest for each in endpoint.sent}) == 1
    assert len(endpoint.sent) == REPEATED


def test_no_answer_now_and_then_is_flaky_too(contract: Contract) -> None:
    seen = iter(range(9))

    def change(exchange: Exchange) -> Exchange:
        silent = replace(exchange, outcome=Problem(ProblemCode.READ_TIMEOUT))
        return silent if next(seen) == 1 else exchange

    result = run(Between(contract, change), contract, with_step(repeat=3))
    assert (result.verdict, result.reason) == (Verdict.FAILED, "flaky")
    assert [each.code for each in result.findings] == ["flaky", "read-timeout"]


@pytest.mark.parametrize("times", [0, -1, 101, 1.5])
def test_a_number_of_repetitions_that_is_none_is_refused(times: float) -> None:
    step = {"call": "HaeTilaTieto", "raw": "a.xml", "expect": {"code": 0}}
    assert Step.model_validate({**step, "repeat": 2}).repeat == 2
    with pytest.raises(ValidationError, match="repeat"):
        Step.model_validate({**step, "repeat": times})


def test_nothing_that_failed_is_tried_again(contract: Contract) -> None:
    endpoint = Between(contract, failing(1))
    assert run(endpoint, contract, with_step(repeat=1)).verdict is Verdict.FAILED
    assert len(endpoint.sent) == 1


@pytest.mark.parametrize(
    "value",
    ["' or '1'='1", "x']|//*|a['", "${saved.a}", "</KayttajaTunnus><x/>", "&amp;", "{0.__class__}"],
)
def test_a_value_is_a_value(contract: Contract, value: str) -> None:
    """It is sent as text and compared as text; nothing in it is evaluated."""
    endpoint = Between(contract, as_is, {"user": value})
    assert run(endpoint, contract).verdict is Verdict.PASSED
    body = Part(xml.parse(endpoint.sent[0].body.data))
    (user,) = body.texts("Body/HaeTilaTieto/Viranomainen/KayttajaTunnus")
    assert user == value
    if value.startswith("${"):
        return  # in a scenario that is a name: an unknown one is an error
    fields = {"HaeTilaTietoResult/TilaKoodi/TilaKoodi": value}
    wished = run(
        endpoint, contract, with_step(expect=Expectation.model_validate({"fields": fields}))
    )
    assert (wished.verdict, wished.reason) == (Verdict.FAILED, "field")
