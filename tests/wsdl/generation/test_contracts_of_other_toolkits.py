"""Contracts that spyne, gSOAP and JAX-WS wrote: samples, points and mutations by our own judge."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from harness.wsdl import Contract, add
from harness.wsdl.components import Direction
from harness.wsdl.coverage import covered, points
from harness.wsdl.generating import instance, part_of, seeded, showing, tree
from harness.wsdl.mutating import mutants

ASSETS = Path(__file__).parents[2] / "assets" / "contracts"
FOLDERS = sorted(path for path in ASSETS.iterdir() if path.is_dir() and path.name != "making")
every_toolkit = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def _added(folder: Path, tmp_path: Path) -> Contract:
    return add(folder, tmp_path, date(2026, 1, 2)).contract


def _ways(contract: Contract) -> Iterator[tuple[str, Direction]]:
    for operation in contract.operations.values():
        yield operation.name, Direction.REQUEST
        if operation.output:
            yield operation.name, Direction.RESPONSE


@every_toolkit
def test_random_messages_are_valid(folder: Path, tmp_path: Path) -> None:
    contract = _added(folder, tmp_path)
    for operation, direction in _ways(contract):
        part = part_of(contract, operation, direction)
        for seed in range(15):
            assert contract.validate(tree(instance(contract, part, seeded(seed)))) == ()


@every_toolkit
def test_every_point_is_shown(folder: Path, tmp_path: Path) -> None:
    contract = _added(folder, tmp_path)
    for point in points(contract):
        element = showing(contract, point)
        asked = point.where.startswith(Direction.REQUEST)
        direction = Direction.REQUEST if asked else Direction.RESPONSE
        assert contract.validate(element) == (), point.id
        assert point.id in covered(contract, element, direction)


@every_toolkit
def test_every_mutation_is_refused(folder: Path, tmp_path: Path) -> None:
    contract = _added(folder, tmp_path)
    for operation, direction in _ways(contract):
        for mutation, element in mutants(contract, operation, direction):
            assert contract.validate(element), mutation.id
