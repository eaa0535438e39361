"""From a comparison and what a scenario exercised: does its evidence still count?"""

import pytest

from harness.wsdl.changes import Comparison, touching
from harness.wsdl.components import Direction
from tests.wsdl.comparison.versions import SERVICES, compared

REQUEST, RESPONSE = Direction.REQUEST, Direction.RESPONSE
KOHDE = "Kysely/Kohteet/Kohde"


def since(older: str, newer: str) -> Comparison:
    return compared(f"{SERVICES}/{older}", f"{SERVICES}/{newer}")


def found(comparison: Comparison, operation: str, direction: Direction, *paths: str) -> set[str]:
    return {each.path for each in touching(comparison, operation, direction, paths)}


def test_a_removed_element_touches_who_sent_it() -> None:
    comparison = since("1.6", "1.7")
    sent = found(comparison, "LisaaKohteita", REQUEST, f"{KOHDE}/SmsLisatieto")
    assert "Kohde_WS2/SmsLisatieto" in sent
    assert "Kohde_WS2/Maksullisuus" not in sent


def test_a_required_element_touches_who_sent_its_parent() -> None:
    comparison = since("1.6", "1.7")
    sent = found(comparison, "LisaaKohteita", REQUEST, f"{KOHDE}[2]/AsiaNumero")
    assert {"Kohde_WS2/Nimeke", "Kohde_WS2/KuvausTeksti"} <= sent
    empty = found(comparison, "LisaaKohteita", REQUEST, "Kysely/KohdeMaara", "Viranomainen")
    assert empty == {"Viranomainen/PalveluTunnus"}


def test_another_operation_is_untouched() -> None:
    comparison = since("1.6", "1.7")
    assert found(comparison, "HaeTilaTieto", REQUEST, "Kysely") == set()
    assert "Kohde_WS2A/Sivut" not in found(comparison, "LisaaKohteita", REQUEST, f"{KOHDE}/Sivut")


@pytest.mark.parametrize("direction", [REQUEST, RESPONSE])
def test_compatible_changes_leave_all_evidence_valid(direction: Direction) -> None:
    comparison = since("1.7", "1.7-2024-04")
    paths = ("Kysely/Laskutus", "Kysely/Laskutus/Kustannuspaikka", "Kysely/Laskutus/Tunniste")
    assert found(comparison, "LahetaViesti", direction, *paths) == set()


def test_answers_and_requests_are_told_apart() -> None:
    comparison = since("2014", "1.4")
    answer = "HaeAsiakkaitaResult/Asiakkaat/Asiakas/Tila"
    asked = found(comparison, "HaeAsiakkaita", REQUEST, answer)
    told = found(comparison, "HaeAsiakkaita", RESPONSE, answer)
    assert "AsiakasJaTila_WS1/TiliPassivoitu" in told - asked


def test_a_policy_touches_everything() -> None:
    comparison = since("2014", "1.4")
    assert "" in found(comparison, "HaeTilaTieto", RESPONSE)
