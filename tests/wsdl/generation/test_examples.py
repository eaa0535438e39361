"""Requests as plain data: what is built from the data says the same as the envelope."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from harness import wsdl, xml
from harness.config import book
from harness.wsdl import Contract, add, catalogue, find
from harness.wsdl.example import example
from harness.wsdl.generating import Style, chosen, seeded
from tests.wsdl.making import HEADER, make, service

ASSETS = Path(__file__).parents[2] / "assets" / "contracts"
TOOLKITS = sorted(each.name for each in ASSETS.iterdir() if each.is_dir() and each.name != "making")


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> list[Contract]:
    folder = tmp_path_factory.mktemp("toolkits")
    found = [add(ASSETS / each, folder / each, date(2026, 1, 2)).contract for each in TOOLKITS]
    shipped = [book("contracts")]
    return [*found, *(find(each.ref, shipped) for each in catalogue(shipped))]


def body(envelope: bytes) -> list[tuple[object, ...]]:
    """What a body says, one element after the other, without prefixes and indentation."""
    (root,) = xml.parse(envelope)[-1]
    return [
        (each.tag, len(each), dict(each.attrib), "" if len(each) else each.text or "")
        for each in root.iter(etree.Element)
    ]


@given(data=st.data())
def test_data_says_what_the_envelope_says(contracts: list[Contract], data: st.DataObject) -> None:
    contract = data.draw(st.sampled_from(contracts))
    operation = data.draw(st.sampled_from(list(contract.operations.values())))
    made = example(contract, operation.name, seeded(data.draw(st.integers(0, 2**32))))
    assert contract.validate(xml.parse(made.envelope)[-1][0]) == ()
    if operation.headers:
        assert made.data is None
    if made.data is not None:
        assert body(contract.build(operation.name, made.data)) == body(made.envelope)


def test_plain_and_full_requests_of_all_without_headers_are_data(contracts: list[Contract]) -> None:
    for contract in contracts:
        for operation in contract.operations.values():
            for style in Style:
                made = example(contract, operation.name, chosen(style))
                assert (made.data is None) == bool(operation.headers), (contract, operation.name)


MIXED = (
    '<xs:element name="a"><xs:complexType mixed="true"><xs:sequence/></xs:complexType></xs:element>'
)
PRICE = (
    '<xs:element name="a"><xs:complexType><xs:simpleContent><xs:extension base="xs:int">'
    '<xs:attribute name="b" type="xs:int" use="required"/></xs:extension></xs:simpleContent>'
    "</xs:complexType></xs:element>"
)


@pytest.mark.parametrize(
    ("ask", "data"),
    [
        ("", {}),
        ('<xs:element name="a" type="xs:int"/>', {"a": "1"}),
        ('<xs:element name="a" type="xs:int" minOccurs="2" maxOccurs="2"/>', {"a": ["1", "1"]}),
        (MIXED, {"a": {}}),
        (PRICE, {"a": {"_value_1": "1", "b": "1"}}),
        ('<xs:element name="a" fixed="text of any type"/>', None),
    ],
)
def test_what_data_can_say(ask: str, data: object, tmp_path: Path) -> None:
    contract = _contract(tmp_path, service(ask))
    assert example(contract, "Ask", chosen(Style.MINIMAL)).data == data


def test_a_header_is_more_than_data_can_say(tmp_path: Path) -> None:
    made = example(_contract(tmp_path, service(header=HEADER)), "Ask", chosen(Style.MINIMAL))
    assert made.data is None
    assert b"Header>" in made.envelope


def _contract(tmp_path: Path, text: str) -> Contract:
    return wsdl.load(make(tmp_path / "c", {"service.wsdl": text}))
