"""Samples of every operation of every contract, both ways, judged by two validators."""

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from harness import identity, wsdl, xml
from harness.errors import ContractError
from harness.wsdl import Contract, plausible
from harness.wsdl.components import Direction, local
from harness.wsdl.generating import SOAP_1_1, Style, part_of, sample
from tests.wsdl.generation.opinions import Opinions, contract_of, every_contract, opinions
from tests.wsdl.making import TYPES, make, service

SEEDS = range(12)
BODY = f"{{{SOAP_1_1}}}Body"
HEADER = f"{{{SOAP_1_1}}}Header"


def _samples(contract: Contract) -> Iterator[tuple[str, bytes]]:
    for operation in contract.operations:
        for direction in Direction:
            for style in Style:
                data = sample(contract, operation, direction=direction, style=style)
                yield f"{operation} {direction} {style}", data
            for seed in SEEDS:
                data = sample(contract, operation, direction=direction, seed=seed)
                yield f"{operation} {direction} seed {seed}", data


def _judge(two: Opinions) -> None:
    for label, data in _samples(two.contract):
        envelope = xml.parse(data)
        body = envelope.find(BODY)
        assert body is not None
        assert len(body) == 1
        for element in envelope.iterfind("*/*"):
            assert two.valid(element, label), label
    two.settle()


@every_contract
def test_every_sample_is_valid(ref: str) -> None:
    _judge(opinions(contract_of(ref)))


def test_samples_of_one_of_everything(everything: Contract) -> None:
    _judge(opinions(everything))


@every_contract
def test_a_seed_always_gives_the_same_message(ref: str) -> None:
    contract = contract_of(ref)
    for operation in contract.operations:
        assert sample(contract, operation, seed=7) == sample(contract, operation, seed=7)
        messages = {sample(contract, operation, seed=seed) for seed in range(20)}
        assert len(messages) > 5


@every_contract
def test_minimal_is_smaller_than_maximal(ref: str) -> None:
    contract = contract_of(ref)
    for operation in contract.operations:
        least = sample(contract, operation)
        most = sample(contract, operation, style=Style.MAXIMAL)
        assert len(least) < len(most)


def _texts(data: bytes, name: str) -> list[str]:
    root = xml.parse(data)
    attributes = [str(value) for node in root.iter() if (value := node.get(name)) is not None]
    return attributes + [node.text or "" for node in root.iter(f"{{*}}{name}")]


@every_contract
def test_identifiers_belong_to_nobody(ref: str) -> None:
    codes = []
    for _, data in _samples(contract_of(ref)):
        assert identity.suspicious_codes(data.decode()) == []
        codes += _texts(data, "AsiakasTunnus")
    assert codes
    assert all(identity.is_business_id(code) or identity.is_artificial(code) for code in codes)


def test_every_century_sign_in_force_is_used() -> None:
    chance = random.Random(1)
    codes = [plausible.artificial_code(chance.randrange) for _ in range(300)]
    assert all(map(identity.is_artificial, codes))
    assert {code[6] for code in codes} == set("-YXWVUABCDEF")


def _number(chosen: int, _count: int) -> int:
    return chosen


def test_business_ids_have_the_right_check_digit() -> None:
    two_without_one = (651_998, 651_999)  # neighbours that are never given
    numbers = [plausible.company(partial(_number, at)) for at in (*range(200), *two_without_one)]
    assert all(map(identity.is_business_id, numbers))


def test_an_identifier_is_of_the_kind_its_type_says() -> None:
    contract = contract_of("asiointitili/viranomaispalvelut/1.7-2024-04")
    kinds = set()
    for seed in range(60):
        for customer in xml.parse(sample(contract, "LisaaKohteita", seed=seed)).iter("{*}Asiakas"):
            code, kind = customer.get("AsiakasTunnus"), customer.get("TunnusTyyppi", "SSN")
            kinds.add(kind)
            if code is not None:
                judge = identity.is_business_id if kind == "CRN" else identity.is_artificial
                assert judge(code), kind
    assert kinds == {"SSN", "CRN"}


def test_the_count_is_that_of_the_items() -> None:
    contract = contract_of("asiointitili/viranomaispalvelut/1.7-2024-04")
    counts = set()
    for seed in range(40):
        root = xml.parse(sample(contract, "LisaaKohteita", seed=seed))
        told = root.findtext(".//{*}KohdeMaara")
        assert told == str(len(root.findall(".//{*}Kohteet/{*}Kohde")))
        counts.add(told)
    assert len(counts) > 1


def test_a_declared_header_is_written() -> None:
    contract = contract_of("asiointitili/paluukanava/2018")
    root = xml.parse(sample(contract, "VieKohteita"))
    header = root.find(HEADER)
    assert header is not None
    assert [local(str(each.tag)) for each in header] == ["paluukanavaUrl"]
    answer = xml.parse(sample(contract, "VieKohteita", direction=Direction.RESPONSE))
    assert answer.find(HEADER) is None


def test_an_unknown_operation_is_named() -> None:
    contract = contract_of("asiointitili/viranomaispalvelut/1.7-2024-04")
    with pytest.raises(ContractError, match="There is no operation 'Hae'"):
        sample(contract, "Hae")
    with pytest.raises(ContractError, match="There is no operation 'Hae'"):
        part_of(contract, "Hae", Direction.REQUEST)


def test_samples_are_indented_and_declare_their_encoding(everything: Contract) -> None:
    data = sample(everything, "Ask", style=Style.MAXIMAL)
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<soap:Envelope")
    assert b"\n    <tns:Ask" in data
    assert etree.fromstring(data).tag == f"{{{SOAP_1_1}}}Envelope"


TWO_NAMESPACES = """<xs:schema targetNamespace="urn:s" elementFormDefault="unqualified">
  <xs:complexType name="Base" abstract="true"><xs:sequence/></xs:complexType>
  <xs:complexType name="Own"><xs:complexContent><xs:extension base="s:Base" xmlns:s="urn:s">
    <xs:sequence><xs:element name="a" type="xs:string"/></xs:sequence>
  </xs:extension></xs:complexContent></xs:complexType></xs:schema>"""
WHO = '<xs:element name="Who" xmlns:s="urn:s" type="s:Base"/>'


def test_a_type_of_a_namespace_that_no_element_has(tmp_path: Path) -> None:
    """Only xsi:type names it, so its prefix stands in a value and nowhere else."""
    own = TYPES.format(ask=WHO).replace(">", '><xs:import namespace="urn:s"/>', 1)
    files = {"service.wsdl": service(types=TWO_NAMESPACES + own)}
    made = wsdl.load(make(tmp_path / "1.0", files))
    for label, data in _samples(made):
        assert made.validate(xml.parse(data)[-1][0]) == (), label
