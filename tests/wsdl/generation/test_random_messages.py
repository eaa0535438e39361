"""Messages at random, valid and spoilt, judged by two validators.

By default 500 of each a contract; ``HARNESS_FUZZ`` says another number, 10000 in ``tox -e fuzz``.
How often the two disagreed ends each run of the tests (``tests/conftest.py``).
"""

import importlib
import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from harness.errors import ContractError
from harness.wsdl import Contract, strategies
from harness.wsdl.components import Direction, components
from harness.wsdl.generating import Drawn, Style, instance, sample, tree
from harness.wsdl.mutating import Mutation, MutationName, mutated
from harness.wsdl.sites import Part, parts
from tests.wsdl.generation.opinions import Opinions, contract_of, every_contract, opinions

COUNT: Final = int(os.environ.get("HARNESS_FUZZ", "500"))
NEWEST: Final = "asiointitili/viranomaispalvelut/1.7-2024-04"
OLDER: Final = "asiointitili/viranomaispalvelut/1.7"
SHRUNK: Final = settings(max_examples=40, deadline=None, database=None)


Record = Callable[[str, object], None]


def _parts(contract: Contract) -> list[Part]:
    """Every part a message has: bodies, headers, details of faults."""
    model = components(contract)
    return [part for name in contract.operations for part in parts(model, name)]


def _try(contract: Contract, record: Record) -> Counter[MutationName]:
    """As many valid and as many spoilt messages as asked for."""
    two, chance = opinions(contract), random.Random(f"fuzz {contract.ref}")
    every, wrong, names = _parts(contract), [], Counter[MutationName]()
    for number in range(COUNT):
        part = every[number % len(every)]
        element = tree(instance(contract, part, Drawn(chance.randrange)))
        if not two.valid(element, f"valid {number}"):
            wrong.append(f"valid {number}: {_text(element)}")
        mutation, root = mutated(contract, part, Drawn(chance.randrange), chance.randrange)
        names[mutation.name] += 1
        element = tree(root)
        if not two.refused(element, f"{number} {mutation.id}"):
            wrong.append(f"{number} {mutation.id}: {_text(element)}")
    record("opinions", two.settle())
    assert wrong == []
    return names


def _text(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode")


@every_contract
def test_messages_of_the_catalogue(ref: str, record_property: Record) -> None:
    assert len(_try(contract_of(ref), record_property)) > 8


def test_messages_of_one_of_everything(everything: Contract, record_property: Record) -> None:
    assert len(_try(everything, record_property)) > 12


def test_a_disagreement_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """The second one is asked about another version, which has no cost centre."""
    two = Opinions(contract_of(NEWEST), opinions(contract_of(OLDER)).second)
    message = sample(contract_of(NEWEST), "LahetaViesti", style=Style.MAXIMAL)
    body = etree.fromstring(message)[0][0]
    assert two.contract.validate(body) == ()
    assert not two.valid(body, "a label")
    with pytest.raises(AssertionError):
        two.settle()
    said = capsys.readouterr().out
    assert said.startswith(f"{NEWEST}: 1 of 1 disagreed\na label\n  libxml2: valid\n  xmlschema: /")
    assert "Kustannuspaikka" in said.splitlines()[3]
    assert said.splitlines()[4].startswith("  <")


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
