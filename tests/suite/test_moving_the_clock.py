"""A step lets time pass at the other side, where somebody can make it pass."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Need, Session
from harness.errors import ScenarioError
from harness.exchange.messages import Exchange, Problem, ProblemCode, Request
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import Suite, load_suite
from harness.vocabulary import Verdict
from harness.wsdl import find

SUITE = """\
title: {en: A suite}
phase: 4
contract: asiointitili/viranomaispalvelut
code: "{operation}Result/TilaKoodi/TilaKoodi"
health:
  call: HaeTilaTieto
  request: {Viranomainen: {$use: authority}, Kysely: {}}
  expect: {code: 0}
fragments:
  authority:
    ViranomaisTunnus: ${ids.authority}
    PalveluTunnus: ${ids.service}
  items:
    Viranomainen: {$use: authority}
    Kysely:
      KohdeMaara: 1
      Kohteet:
        Kohde:
          - Asiakas: [{AsiakasTunnus: "${role.virus.id}", TunnusTyyppi: SSN}]
            ViranomaisTunniste: ${item.a}
            Nimeke: Otsikko
            LahetysPvm: ${now}
            KuvausTeksti: Teksti
            Tiedostot:
              Tiedosto: [{TiedostoSisalto: JVBERi0=, TiedostoNimi: a.pdf}]
"""
STEP = """\
  - call: LisaaKohteita
    request: {$use: items}
    expect: {fields: {LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila: %d}}
"""
SCENARIO = f"""\
title: {{en: An item that failed frees its id}}
why: Somebody sends it again.
source: "section 1"
needs: [clock]
steps:
{STEP % 202}{STEP % 520}    advance: 60
"""


def suite(folder: Path, scenario: str) -> Suite:
    (folder / "basic").mkdir()
    (folder / "basic" / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (folder / "basic" / "time.yaml").write_text(scenario, encoding="utf-8")
    return load_suite(folder / "basic")


def run(loaded: Suite, endpoint: MockEndpoint | None = None) -> ScenarioResult:
    contract = find("asiointitili/viranomaispalvelut", [book("contracts")])
    there = endpoint or MockEndpoint(contract)
    return run_scenario(loaded.scenarios["basic/time"], loaded, Connection(contract, there, "r"))


def test_time_passes_before_the_request_of_that_step(tmp_path: Path) -> None:
    passes = SCENARIO.replace("    advance: 60\n", "") + STEP % 202 + "    advance: 60\n"
    assert run(suite(tmp_path, passes)).verdict is Verdict.PASSED


def test_otherwise_it_does_not_pass(tmp_path: Path) -> None:
    at_once = SCENARIO.replace("    advance: 60\n", "") + STEP % 202
    assert run(suite(tmp_path, at_once)).verdict is Verdict.FAILED


def test_too_little_time(tmp_path: Path) -> None:
    assert run(suite(tmp_path, SCENARIO.replace("60", "59"))).verdict is Verdict.PASSED
    assert SCENARIO.count("520") == 1


@pytest.mark.parametrize("seconds", ["0", "-1", "1e9", "soon", "1.5"])
def test_what_is_no_number_of_seconds(tmp_path: Path, seconds: str) -> None:
    with pytest.raises(ScenarioError, match="advance"):
        suite(tmp_path, SCENARIO.replace("60", seconds))


def test_scenario_says_that_it_moves_the_clock(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="add clock to needs"):
        suite(tmp_path, SCENARIO.replace("needs: [clock]\n", ""))


class Unmoved(MockEndpoint):
    """Says that it provides a clock, and has none."""

    def session(  # type: ignore[override]
        self, needs: frozenset[str] = frozenset()
    ) -> "nullcontext[Session]":
        assert Need.CLOCK in needs
        return nullcontext(Silent())


class Silent:
    def send(self, request: Request) -> Exchange:
        return Exchange(request, Problem(ProblemCode.REFUSED))


def test_endpoint_whose_clock_nobody_can_move(tmp_path: Path) -> None:
    first = SCENARIO.replace(STEP % 202, "")
    contract = find("asiointitili/viranomaispalvelut", [book("contracts")])
    with pytest.raises(ScenarioError, match="nobody can move the clock"):
        run(suite(tmp_path, first), Unmoved(contract))
