"""A witness is what it says: valid under one version, refused under the other, and artificial."""

import pytest
import xmlschema
from lxml import etree

from harness import xml
from harness.identity import codes_in
from harness.wsdl.changes import ChangeKind, Effect, NoWitness, Witness
from harness.wsdl.components import Direction
from tests.wsdl.comparison.versions import CATALOGUE, NEIGHBOURS, compared, version

SHOWN = [
    (pair, change.path, change.witness)
    for pair in NEIGHBOURS
    for change in compared(*pair).of(Effect.BREAKING)
    if isinstance(change.witness, Witness)
]


def second_opinion(ref: str) -> xmlschema.XMLSchema10:
    """The schema of a version, read by another validator."""
    contract = version(ref)
    folder = CATALOGUE / ref
    separate = [name for name in contract.files if name.endswith(".xsd")]
    if separate:
        return xmlschema.XMLSchema10(str(folder / separate[0]))
    root = xml.parse(next(iter(contract.files.values())))
    space = "{http://www.w3.org/2001/XMLSchema}"
    schema = root.find(f".//{space}schema")
    assert schema is not None
    return xmlschema.XMLSchema10(etree.tostring(schema).decode())


@pytest.mark.parametrize(
    ("pair", "path", "witness"), SHOWN, ids=[f"{pair[1]}-{path}" for pair, path, _ in SHOWN]
)
def test_both_validators_agree(pair: tuple[str, str], path: str, witness: Witness) -> None:
    message = xml.parse(witness.xml.encode())
    assert {witness.valid_under, witness.refused_under} == set(pair)
    assert version(witness.valid_under).validate(message) == ()
    assert version(witness.refused_under).validate(message) != ()
    assert second_opinion(witness.valid_under).is_valid(witness.xml)
    assert not second_opinion(witness.refused_under).is_valid(witness.xml)


@pytest.mark.parametrize("pair", NEIGHBOURS)
def test_what_breaks_is_shown_or_said_not_to_be(pair: tuple[str, str]) -> None:
    for change in compared(*pair).changes:
        if change.effect is not Effect.BREAKING:
            assert change.witness is None
        elif change.kind is ChangeKind.HEADER_ADDED:
            assert isinstance(change.witness, NoWitness)
        else:
            assert isinstance(change.witness, Witness)


@pytest.mark.parametrize("pair", NEIGHBOURS)
def test_requests_keep_to_the_older_version_and_answers_to_the_newer(
    pair: tuple[str, str],
) -> None:
    for change in compared(*pair).of(Effect.BREAKING):
        if isinstance(change.witness, Witness):
            keeps_to = pair[0] if change.direction is Direction.REQUEST else pair[1]
            assert change.witness.valid_under == keeps_to


def test_only_one_witness_needs_a_second_difference() -> None:
    """VaadiLukukuittaus was moved and given another type at once."""
    together = [path for _, path, witness in SHOWN if not witness.alone]
    assert together == ["Kohde_WS2/VaadiLukukuittaus"]


def test_no_witness_holds_an_identity_code() -> None:
    for _, _, witness in SHOWN:
        assert not list(codes_in(witness.xml, anywhere=True))
