"""What scenarios show of a contract is counted point by point, and so are the codes."""

import pytest

from harness import config, wsdl
from harness.endpoints.mock import MockEndpoint
from harness.joining.evidence import CoverageOf
from harness.suite.covering import Covered, coverage_of, known_codes
from harness.suite.folder import suite_names
from harness.suite.runner import Connection, ScenarioResult, run_scenario
from harness.suite.suites import load_suite
from harness.wsdl import Contract
from harness.wsdl.coverage import enumeration

BOOK = config.book("scenarios")
SUITES = {name: load_suite(BOOK / name) for name in suite_names(BOOK)}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return wsdl.find(SUITES["testing"].content.contract, [config.book("contracts")])


def _run(contract: Contract, id_: str) -> ScenarioResult:
    suite = SUITES[id_.partition("/")[0]]
    return run_scenario(
        suite.scenarios[id_], suite, Connection(contract, MockEndpoint(contract), "rtest")
    )


def _shares(covered: Covered) -> dict[CoverageOf, tuple[int, int]]:
    return {share.what: (share.seen, share.total) for share in covered.shares}


def test_valid_messages_show_points_of_request_and_answer(contract: Contract) -> None:
    shown = _run(contract, "testing/company-is-found").valid
    assert "HaeAsiakkaita/request:Kysely/KyselyAlku#nil" in shown
    assert "HaeAsiakkaita/response:HaeAsiakkaitaResult/Asiakkaat/Asiakas#one" in shown
    assert "HaeAsiakkaita/response:HaeAsiakkaitaResult/Asiakkaat/Asiakas#many" not in shown
    assert shown <= enumeration(contract).ids


def test_a_request_that_is_refused_on_purpose_covers_what_it_breaks(contract: Contract) -> None:
    result = _run(contract, "testing/missing-title-is-refused")
    assert "LisaaKohteita/request:Kysely/Kohteet/Kohde/Nimeke#present" in result.rejected
    assert "LisaaKohteita/request:Kysely/Kohteet/Kohde/Nimeke#present" not in result.valid


def test_the_health_calls_around_a_fault_show_nothing(contract: Contract) -> None:
    result = _run(contract, "testing/missing-title-is-refused")
    assert {point.partition("/")[0] for point in result.valid | result.rejected} == {
        "LisaaKohteita"
    }


def test_nothing_run_is_nothing_shown(contract: Contract) -> None:
    covered = coverage_of(contract, [])
    points = enumeration(contract)
    assert _shares(covered) == {
        CoverageOf.CODES: (0, len(known_codes(contract))),
        CoverageOf.OBLIGATORY: (0, len(points.obligatory)),
        CoverageOf.OPERATIONS: (0, 4),
        CoverageOf.POINTS: (0, len(points.ids)),
    }
    assert sum(each.points for each in covered.operations) == len(points.ids)
    assert sum(len(each.untouched) for each in covered.operations) == len(points.ids)


def test_the_counts_are_those_of_all_scenarios_together(contract: Contract) -> None:
    ids = ("testing/new-century-sign-is-accepted", "testing/missing-title-is-refused")
    results = [_run(contract, id_) for id_ in ids]
    covered = coverage_of(contract, results)
    by_name = {each.name: each for each in covered.operations}
    valid = frozenset().union(*(each.valid for each in results))
    assert sum(each.valid for each in covered.operations) == len(valid)
    assert by_name["LisaaKohteita"].rejected > 0
    assert "request:Kysely/Kohteet/Kohde/Nimeke#present" not in by_name["LisaaKohteita"].untouched
    assert covered.codes == ("HaeAsiakkaita Tila 300", "HaeAsiakkaita TilaKoodi 0",
                             "HaeAsiakkaita TiliPassivoitu 0")  # fmt: skip


def test_what_is_obligatory_stands_first_among_the_untouched(contract: Contract) -> None:
    covered = coverage_of(contract, [])
    obligatory = enumeration(contract).obligatory
    for each in covered.operations:
        told = [f"{each.name}/{point}" in obligatory for point in each.untouched]
        assert told == sorted(told, reverse=True)
        assert any(told)


@pytest.mark.parametrize(
    ("point", "obligatory"),
    [
        (".#present", True),
        ("Viranomainen/PalveluTunnus#present", True),
        ("Viranomainen/ViranomaisTunnus#present", False),
        ("Viranomainen/ViranomaisTunnus#absent", False),
        ("Viranomainen/Osoite#present", False),
        ("Viranomainen/Osoite/Nimi#present", True),
        ("Kysely/Asiakkaat/Asiakas#one", False),
        ("Kysely/Asiakkaat/Asiakas/@AsiakasTunnus#present", False),
    ],
)
def test_obligatory_is_what_its_parent_cannot_do_without(
    contract: Contract, point: str, obligatory: bool
) -> None:
    id_ = f"HaeAsiakkaita/request:{point}"
    assert id_ in enumeration(contract).ids
    assert (id_ in enumeration(contract).obligatory) is obligatory


def test_of_a_service_nobody_knows_no_codes_are_known() -> None:
    other = wsdl.find("asiointitili/paluukanava", [config.book("contracts")])
    assert known_codes(other) == frozenset()
