"""Messages at random, valid and spoilt, judged by two validators.

By default 100 of each a contract; ``HARNESS_FUZZ`` says another number, 10000 for a long run.
"""

import importlib
import os
import random
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ContractError
from harness.wsdl import Contract, strategies
from harness.wsdl.components import Direction
from harness.wsdl.generating import Drawn, instance, part_of, tree
from harness.wsdl.mutating import Mutation, MutationName, mutated
from harness.wsdl.sites import Part
from tests.wsdl.generation.opinions import contract_of, every_contract, opinions

if TYPE_CHECKING:
    from lxml import etree

COUNT: Final = int(os.environ.get("HARNESS_FUZZ", "100"))
NEWEST: Final = "asiointitili/viranomaispalvelut/1.7-2024-04"
SHRUNK: Final = settings(max_examples=40, deadline=None, database=None)


def _parts(contract: Contract) -> list[Part]:
    return [part_of(contract, name, way) for name in contract.operations for way in Direction]


def _try(contract: Contract) -> Counter[MutationName]:
    """As many valid and as many spoilt messages as asked for."""
    two, chance = opinions(contract), random.Random(f"fuzz {contract.ref}")
    bodies, wrong, names = _parts(contract), [], Counter[MutationName]()
    for number in range(COUNT):
        part = bodies[number % len(bodies)]
        element = tree(instance(contract, part, Drawn(chance.randrange)))
        if not two.valid(element, f"valid {number}"):
            wrong.append(f"valid {number}")
        mutation, root = mutated(contract, part, Drawn(chance.randrange), chance.randrange)
        names[mutation.name] += 1
        if not two.refused(tree(root), f"{number} {mutation.id}"):
            wrong.append(f"{number} {mutation.id}")
    two.settle()
    assert wrong == []
    return names


@every_contract
def test_messages_of_the_catalogue(ref: str) -> None:
    assert len(_try(contract_of(ref))) > 8


def test_messages_of_one_of_everything(everything: Contract) -> None:
    assert len(_try(everything)) > 12


@SHRUNK
@given(data=st.data())
def test_strategies_give_valid_and_invalid_messages(data: st.DataObject) -> None:
    contract = contract_of(NEWEST)
    operation = data.draw(st.sampled_from(sorted(contract.operations)))
    direction = data.draw(st.sampled_from(Direction))
    two = opinions(contract)
    assert two.valid(data.draw(strategies.valid(contract, operation, direction)), operation)
    drawn: tuple[Mutation, etree._Element] = data.draw(
        strategies.invalid(contract, operation, direction)
    )
    assert two.refused(drawn[1], drawn[0].id)
    two.settle()


def test_strategies_refuse_what_is_no_operation() -> None:
    with pytest.raises(ContractError, match="There is no operation"):
        strategies.valid(contract_of(NEWEST), "Hae")


def test_strategies_say_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "harness.wsdl.strategies")
    with pytest.raises(ContractError, match="need the package hypothesis"):
        importlib.import_module("harness.wsdl.strategies")
