"""The enumeration of what is worth exercising, and how messages cover it."""

import re
from pathlib import Path
from typing import Final

import pytest

from harness import wsdl
from harness.errors import ContractError
from harness.wsdl import Contract
from harness.wsdl.components import Direction
from harness.wsdl.coverage import Coverage, Point, covered, listing, points
from harness.wsdl.generating import (
    Drawn,
    Style,
    chosen,
    instance,
    part_of,
    seeded,
    showing,
    tree,
)
from harness.wsdl.mutating import MutationName, mutants
from tests.wsdl.conftest import CATALOGUE, FOLDER
from tests.wsdl.generation.opinions import contract_of, every_contract, opinions

LISTED: Final = Path(__file__).parents[3] / "docs" / "coverage"
NEWEST: Final = "asiointitili/viranomaispalvelut/1.7-2024-04"
MESSAGE: Final = "LahetaViesti/request:"


def _direction(point: Point) -> Direction:
    return Direction.REQUEST if point.where.startswith("request") else Direction.RESPONSE


def _not_shown(contract: Contract) -> list[str]:
    """Points whose own message is refused or does not show them."""
    wrong = []
    for point in points(contract):
        element = showing(contract, point)
        if contract.validate(element):
            wrong.append(f"refused: {point.id}")
        elif point.id not in covered(contract, element, _direction(point)):
            wrong.append(f"not shown: {point.id}")
    return wrong


def test_messages_of_points_by_a_second_opinion(everything: Contract) -> None:
    two = opinions(everything)
    refused = [p.id for p in points(everything) if not two.valid(showing(everything, p), p.id)]
    two.settle()
    assert refused == []


@every_contract
def test_every_point_is_shown_by_a_valid_message(ref: str) -> None:
    assert _not_shown(contract_of(ref)) == []


def test_every_point_of_one_of_everything_is_shown(everything: Contract) -> None:
    assert _not_shown(everything) == []


@every_contract
def test_ids_are_unique_and_the_same_again(ref: str) -> None:
    contract = contract_of(ref)
    first = [point.id for point in points(contract)]
    assert len(set(first)) == len(first) > 100
    assert [point.id for point in points(wsdl.find(ref, [CATALOGUE]))] == first


def test_the_list_of_the_default_contract_is_up_to_date() -> None:
    file = LISTED / "viranomaispalvelut-1.7-2024-04.txt"
    assert file.read_text(encoding="utf-8") == listing(wsdl.load(FOLDER))


@pytest.mark.parametrize(
    "expected",
    [
        "Kysely/Laskutus#absent",
        "Kysely/Laskutus#present",
        "Kysely/Laskutus/Tunniste#length=6",
        "Kysely/Laskutus/Kustannuspaikka#minLength=1",
        "Kysely/Laskutus/Kustannuspaikka#maxLength=15",
        "Kysely/LahetaTulostukseen#default",
        "Kysely/LahetaTulostukseen#value=false",
        "Kysely/Kohteet/Kohde#nil",
        "Kysely/Kohteet/Kohde#many",
        "Kysely/Kohteet/Kohde/Asiakas#one",
        "Kysely/Kohteet/Kohde/Asiakas/@TunnusTyyppi#default",
        "Kysely/Kohteet/Kohde/Asiakas/@AsiakasTunnus#absent",
        "Kysely/Kohteet/Kohde/VahvistusVaatimus#maximum=2147483647",
        "Kysely/Kohteet/Kohde/Tiedostot/Tiedosto/TiedostoSisalto#attachment",
    ],
)
def test_points_of_every_kind(expected: str) -> None:
    assert MESSAGE + expected in {point.id for point in points(contract_of(NEWEST))}


@pytest.mark.parametrize(
    "expected",
    [
        "Ask/request:Order#choice[1.1]=2:Iban",
        "Ask/request:Order#choice[1.1.3]=2:Cheque",
        "Ask/request:Order#group[1.2]=many",
        "Ask/request:Order/@colour#value=sea green",
        "Ask/request:Texts/Colours#items=many",
        "Ask/request:Texts/Size#member=2",
        "Ask/request:Texts/Plate#pattern",
        "Ask/request:Texts/Price#fractionDigits=2",
        "Ask/request:Numbers/Percent#maximum=100",
        "Ask/request:Pets/Pet#type=Cat",
        "Ask/request:Pets/Car#many",
        "Ask/request:Open#any[1.2]=present",
        "Ask/request:Open#@*=absent",
        "Ask/request:Open#text",
        "Ask/request/header/Token:.#present",
        "Ask/response:Note#nil",
        "Ask/fault/Trouble:Reason#value=red",
    ],
)
def test_points_of_rarer_kinds(everything: Contract, expected: str) -> None:
    assert expected in {point.id for point in points(everything)}


def test_recursion_is_followed_once(everything: Contract) -> None:
    paths = {point.path for point in points(everything) if point.path.startswith("Tree")}
    assert paths == {"Tree", "Tree/Left", "Tree/Right", "Tree/Leaf", "Tree/Branch"}


def test_a_maximal_message_does_not_cover_what_is_left_out() -> None:
    contract = contract_of(NEWEST)
    part = part_of(contract, "LahetaViesti", Direction.REQUEST)
    full = covered(contract, tree(instance(contract, part, chosen(Style.MAXIMAL))), part.direction)
    least = covered(contract, tree(instance(contract, part, chosen(Style.MINIMAL))), part.direction)
    assert MESSAGE + "Kysely/Laskutus#present" in full
    assert MESSAGE + "Kysely/Laskutus#absent" not in full
    assert MESSAGE + "Kysely/Laskutus#absent" in least
    assert MESSAGE + "Kysely/Laskutus/Tunniste#length=6" not in least


def test_coverage_grows_and_never_holds_strange_ids() -> None:
    contract = contract_of(NEWEST)
    known = {point.id for point in points(contract)}
    coverage = Coverage.of(contract)
    part = part_of(contract, "LisaaKohteita", Direction.REQUEST)
    for seed in range(30):
        element = tree(instance(contract, part, seeded(seed)))
        grown = coverage.judged(contract, element, part.direction)
        assert coverage.valid <= grown.valid <= known
        assert grown.rejected == frozenset()
        coverage = grown
    missing = {point.id for point in coverage.missing(contract)}
    assert missing == known - coverage.valid
    assert missing


def test_a_message_of_another_direction_covers_nothing() -> None:
    contract = contract_of(NEWEST)
    part = part_of(contract, "HaeTilaTieto", Direction.REQUEST)
    element = tree(instance(contract, part, chosen(Style.MINIMAL)))
    assert covered(contract, element, Direction.RESPONSE) == frozenset()


def test_a_refused_message_covers_only_what_it_was_refused_for() -> None:
    contract = contract_of(NEWEST)
    wanted = MutationName.MAX_LENGTH, "Kysely/Laskutus/Kustannuspaikka"
    for mutation, element in mutants(contract, "LahetaViesti"):
        if (mutation.name, mutation.path) == wanted:
            coverage = Coverage.of(contract).judged(contract, element, Direction.REQUEST)
            assert coverage.valid == frozenset()
            assert coverage.rejected == {
                MESSAGE + wanted[1] + "#maxLength=15",
                MESSAGE + wanted[1] + "#present",
            }
            return
    pytest.fail("no such mutation")


def test_refusals_reach_every_element() -> None:
    contract = contract_of("asiointitili/viranomaispalvelut/2014")
    coverage = Coverage.of(contract)
    for operation in contract.operations:
        for direction in Direction:
            for _, element in mutants(contract, operation, direction):
                coverage = coverage.judged(contract, element, direction)
    present = {p.id for p in points(contract) if p.aspect == "present" and "@" not in p.path}
    assert present - coverage.rejected == set()


def test_two_runs_are_merged() -> None:
    contract = contract_of(NEWEST)
    empty = Coverage.of(contract)
    part = part_of(contract, "HaeTilaTieto", Direction.REQUEST)
    one = empty.judged(contract, tree(instance(contract, part, seeded(1))), part.direction)
    two = empty.judged(contract, tree(instance(contract, part, seeded(2))), part.direction)
    assert one.merged(two).valid == one.valid | two.valid
    assert one.merged(two) == two.merged(one)


def test_a_point_of_another_contract_is_refused() -> None:
    point = Point("HaeTilaTieto", "request", "Kysely/Muu", "present")
    with pytest.raises(ContractError, match="no coverage point"):
        showing(contract_of(NEWEST), point)


def test_the_list_is_for_reading() -> None:
    text = listing(contract_of(NEWEST))
    assert re.search(r"^LahetaViesti/request$", text, re.MULTILINE)
    assert "  Kysely/Paperi: absent, present, value=true, value=false\n" in text
    assert max(map(len, text.splitlines())) <= 120


def test_drawn_choices_of_zero_are_the_smallest_message() -> None:
    contract = contract_of(NEWEST)
    part = part_of(contract, "LisaaKohteita", Direction.REQUEST)
    drawn = tree(instance(contract, part, Drawn(lambda _: 0)))
    least = tree(instance(contract, part, chosen(Style.MINIMAL)))
    assert [each.tag for each in drawn.iter()] == [each.tag for each in least.iter()]
