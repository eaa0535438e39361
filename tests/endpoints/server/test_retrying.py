"""A lost answer may be asked for again, where a step says so, and always with the same ids."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config import book
from harness.endpoints.protocol import Session
from harness.endpoints.server.endpoint import LIMITS, ServerEndpoint
from harness.errors import ScenarioError
from harness.exchange.messages import Exchange, Request
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import Suite, load_suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract

SCENARIO = """\
title: {{en: A lost answer is asked for again}}
why: Nothing may be delivered twice, and nothing lost.
source: "docs/serve.md"
needs: [faults]
steps:
  - call: LisaaKohteita
    request:
      Viranomainen: {{$use: sender}}
      Kysely:
        KohdeMaara: 1
        Kohteet:
          Kohde:
            - Asiakas: [{{AsiakasTunnus: "${{role.active.id}}", TunnusTyyppi: SSN}}]
              ViranomaisTunniste: ${{item.a}}
              Nimeke: Otsikko
              LahetysPvm: ${{now}}
              KuvausTeksti: Teksti
    wire: {{fault: {fault}}}
    retry: {retry}
    expect: {{{expect}}}
"""
STATE = "fields: {LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila: %d}"


@pytest.fixture
def endpoint(contract: Contract) -> ServerEndpoint:
    return ServerEndpoint(contract, limits=replace(LIMITS, read=0.5, deadline=1.0))


@contextmanager
def sent(endpoint: ServerEndpoint) -> Iterator[list[str]]:
    """The operations of the calls that a scenario makes, besides those that ask for health."""
    made: list[str] = []
    opened = endpoint.session

    @contextmanager
    def watched(needs: frozenset[str] = frozenset()) -> Iterator[Session]:
        with opened(needs) as session:
            send = session.send

            def counted(request: Request) -> Exchange:
                made.append(request.operation)
                return send(request)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(session, "send", counted)
                yield session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endpoint, "session", watched)
        yield made


def suite(folder: Path, fault: str, retry: str, expect: str) -> Suite:
    made = folder / "retrying"
    made.mkdir()
    shutil.copy(book("scenarios") / "connection" / "suite.yaml", made)
    text = SCENARIO.format(fault=fault, retry=retry, expect=expect)
    (made / "lost.yaml").write_text(text, "utf-8")
    return load_suite(made)


def run(contract: Contract, endpoint: ServerEndpoint, made: Suite) -> ScenarioResult:
    return run_scenario(made.scenarios["retrying/lost"], made, Connection(contract, endpoint, "r1"))


def test_the_item_was_stored_the_first_time_and_only_once(
    tmp_path: Path, contract: Contract, endpoint: ServerEndpoint
) -> None:
    made = suite(tmp_path, "truncation", "{after: [truncated]}", STATE % 520)
    result = run(contract, endpoint, made)
    assert result.verdict is Verdict.PASSED, result
    assert [(each.code, each.seen) for each in result.findings] == [("retried", "truncated")]


@pytest.mark.parametrize("retry", ["{after: [read-timeout]}", "null"])
def test_nothing_else_is_sent_again(
    tmp_path: Path, contract: Contract, endpoint: ServerEndpoint, retry: str
) -> None:
    result = run(contract, endpoint, suite(tmp_path, "truncation", retry, STATE % 520))
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "truncated")


def test_a_wrong_answer_is_never_asked_for_again(
    tmp_path: Path, contract: Contract, endpoint: ServerEndpoint
) -> None:
    made = suite(tmp_path, "truncation", "{after: [truncated], times: 5}", STATE % 200)
    with sent(endpoint) as requests:
        result = run(contract, endpoint, made)
    assert result.verdict is Verdict.FAILED
    assert requests == ["LisaaKohteita"] * 2


@pytest.mark.parametrize(
    ("retry", "expect", "told"),
    [
        ("{after: [schema]}", STATE % 200, "retry"),
        ("{after: []}", STATE % 200, "retry"),
        ("{after: [reset], times: 6}", STATE % 200, "times"),
        ("{after: [truncated]}", "problem: truncated", "leave out retry"),
    ],
)
def test_a_retry_that_cannot_be_is_refused(
    tmp_path: Path, retry: str, expect: str, told: str
) -> None:
    with pytest.raises(ScenarioError, match=told):
        suite(tmp_path, "truncation", retry, expect)
