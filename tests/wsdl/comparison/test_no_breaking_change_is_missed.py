"""Where nothing breaking is reported, no message may be refused.

Messages made by chance from the side that writes are judged by the side that reads: requests of
the older version by the newer, answers of the newer by the older.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from harness import xml
from harness.wsdl import Contract
from harness.wsdl.changes import Comparison, Effect
from harness.wsdl.comparing import compare
from harness.wsdl.components import Direction
from harness.wsdl.generating import sample
from tests.wsdl.comparison.edits import applied
from tests.wsdl.comparison.test_one_edit_is_one_change import CONTRACTS, edits_of, schema_of
from tests.wsdl.comparison.versions import NEIGHBOURS, altered, compared, version

BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"


def bodies(contract: Contract, operation: str, direction: Direction, seed: int) -> etree._Element:
    envelope = xml.parse(sample(contract, operation, direction=direction, seed=seed))
    body = envelope.find(BODY)
    assert body is not None
    return body[0]


def quiet(comparison: Comparison, older: Contract) -> Iterator[tuple[str, Direction]]:
    """Operations and directions that nothing breaking was reported for."""
    for operation in older.operations:
        for direction in Direction:
            if not any(
                each.direction is direction and operation in each.operations
                for each in comparison.of(Effect.BREAKING)
            ):
                yield operation, direction


def check(comparison: Comparison, older: Contract, newer: Contract, seed: int) -> int:
    count = 0
    for operation, direction in quiet(comparison, older):
        pair = (older, newer) if direction is Direction.REQUEST else (newer, older)
        message = bodies(pair[0], operation, direction, seed)
        assert pair[0].validate(message) == ()
        assert pair[1].validate(message) == ()
        count += 1
    return count


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_edit(data: st.DataObject) -> None:
    ref = data.draw(st.sampled_from(CONTRACTS))
    edit = data.draw(st.sampled_from(edits_of(ref)))
    seed = data.draw(st.integers(0, 10_000))
    name, root = schema_of(ref)
    older = version(ref)
    with tempfile.TemporaryDirectory() as folder:
        newer = altered(older, {name: applied(root, edit)}, Path(folder))
        assert check(compare(older, newer), older, newer, seed) > 0


@pytest.mark.parametrize("pair", NEIGHBOURS)
def test_neighbouring_versions(pair: tuple[str, str]) -> None:
    for seed in range(10):
        assert check(compared(*pair), version(pair[0]), version(pair[1]), seed) > 0
