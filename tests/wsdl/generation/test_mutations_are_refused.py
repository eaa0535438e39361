"""Every mutation at every place of every contract is refused by two validators."""

from collections import Counter
from typing import Final

import pytest
from lxml import etree

from harness import xml
from harness.errors import ContractError
from harness.wsdl import Contract
from harness.wsdl.components import Direction
from harness.wsdl.coverage import points
from harness.wsdl.generating import SOAP_1_1, tree
from harness.wsdl.mutating import Mutation, MutationName, apply, mutant, mutants, mutations
from tests.wsdl.generation.opinions import contract_of, every_contract, opinions

NEWEST: Final = "asiointitili/viranomaispalvelut/1.7-2024-04"
BODY: Final = f"{{{SOAP_1_1}}}Body"


def _accepted(contract: Contract) -> tuple[list[str], set[tuple[str, str, str]]]:
    """Mutations that somebody accepts, and the places that were spoilt."""
    two, accepted, spoilt = opinions(contract), [], set()
    for operation in contract.operations:
        for direction in Direction:
            for mutation, element in mutants(contract, operation, direction):
                spoilt.add((mutation.operation, mutation.where, mutation.path))
                if not two.refused(element, mutation.id):
                    accepted.append(mutation.id)
    two.settle()
    return accepted, spoilt


@every_contract
def test_every_mutation_at_every_place(ref: str) -> None:
    contract = contract_of(ref)
    accepted, spoilt = _accepted(contract)
    assert accepted == []
    elements = {(p.operation, p.where, p.path) for p in points(contract) if "@" not in p.path}
    assert elements <= spoilt, "every element is spoilt somehow"


def test_every_mutation_of_one_of_everything(everything: Contract) -> None:
    accepted, _ = _accepted(everything)
    assert accepted == []


def test_one_of_everything_has_every_mutation(everything: Contract) -> None:
    names = Counter(
        mutation.name
        for direction in Direction
        for mutation in mutations(everything, "Ask", direction)
    )
    assert set(names) == set(MutationName)


def _one(contract: Contract, name: MutationName, path: str) -> etree._Element:
    for mutation, element in mutants(contract, "LahetaViesti"):
        if (mutation.name, mutation.path) == (name, path):
            return element
    pytest.fail(f"there is no {name} at {path}")


LASKUTUS: Final = "Kysely/Laskutus/"


@pytest.mark.parametrize(
    ("name", "path", "length"),
    [
        (MutationName.MAX_LENGTH, "Kustannuspaikka", 16),
        (MutationName.MIN_LENGTH, "Kustannuspaikka", 0),
        (MutationName.MAX_LENGTH, "Tunniste", 7),
        (MutationName.MIN_LENGTH, "Tunniste", 5),
    ],
)
def test_a_facet_is_broken_by_one(name: MutationName, path: str, length: int) -> None:
    element = _one(contract_of(NEWEST), name, LASKUTUS + path)
    text = element.findtext(f".//{{*}}{path}")
    assert text is not None
    assert len(text) == length


def test_a_missing_element_is_the_only_difference() -> None:
    element = _one(contract_of(NEWEST), MutationName.MISSING_REQUIRED, "Kysely/Tulostustoimittaja")
    names = [etree.QName(each).localname for each in element.iter()]
    assert "Tulostustoimittaja" not in names
    assert "PalveluTunnus" in names


def test_wrong_order_keeps_every_element() -> None:
    contract = contract_of(NEWEST)
    element = _one(contract, MutationName.WRONG_ORDER, "Kysely/Tulostustoimittaja")
    kysely = element.find("{*}Kysely")
    assert kysely is not None
    names = [etree.QName(each).localname for each in kysely]
    assert names.index("LahetaTulostukseen") < names.index("Tulostustoimittaja")
    assert len(names) == len(set(names))


def test_what_a_wildcard_or_a_default_allows_is_no_mutation(everything: Contract) -> None:
    known = {(each.name, each.path) for each in mutations(everything, "Ask")}
    assert (MutationName.UNKNOWN_ATTRIBUTE, "Order") in known
    assert (MutationName.UNKNOWN_ATTRIBUTE, "Open") not in known
    assert (MutationName.TEXT_AMONG_ELEMENTS, "Open") not in known
    assert (MutationName.EMPTY, "Order/Count") not in known


@every_contract
def test_a_mutation_is_found_again_by_its_id(ref: str) -> None:
    contract = contract_of(ref)
    operation = next(iter(contract.operations))
    for mutation, element in list(mutants(contract, operation))[::17]:
        _, node = mutant(contract, mutation)
        assert etree.tostring(tree(node)) == etree.tostring(element), mutation.id


def test_an_envelope_with_a_mutation_is_otherwise_whole() -> None:
    contract = contract_of("asiointitili/paluukanava/2018")
    for mutation in mutations(contract, "VieKohteita")[::13]:
        root = xml.parse(apply(contract, mutation))
        refused = [bool(contract.validate(each)) for each in root.iterfind("*/*")]
        assert sum(refused) == 1, mutation.id


def test_a_spoilt_detail_stands_in_a_fault(everything: Contract) -> None:
    (mutation,) = [
        each
        for each in mutations(everything, "Ask", Direction.RESPONSE)
        if each.where == "fault/Trouble" and each.name is MutationName.ENUMERATION
    ]
    root = xml.parse(apply(everything, mutation))
    detail = root.find(f"{BODY}/{{{SOAP_1_1}}}Fault/detail")
    assert detail is not None
    assert everything.validate(detail[0])


def test_ids_are_unique() -> None:
    contract = contract_of(NEWEST)
    for operation in contract.operations:
        ids = [each.id for each in mutations(contract, operation)]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "mutation",
    [
        Mutation(MutationName.MISSING_REQUIRED, "LahetaViesti", "request", "Kysely/Paperi"),
        Mutation(MutationName.BAD_TYPE, "LahetaViesti", "request", "Kysely/Muu"),
        Mutation(MutationName.BAD_TYPE, "LahetaViesti", "reply", "Kysely/Paperi"),
    ],
    ids=lambda each: each.id,
)
def test_a_mutation_that_is_none_is_refused(mutation: Mutation) -> None:
    with pytest.raises(ContractError, match="There is no mutation"):
        apply(contract_of(NEWEST), mutation)
