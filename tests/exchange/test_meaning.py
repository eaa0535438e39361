"""What two toolkits may write differently means the same; everything else does not."""

import pytest

from harness import wsdl
from harness.exchange.judge import judge_answer
from harness.exchange.meaning import Meant, meant
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.wsdl.making import make, service

TYPES = """<xs:schema targetNamespace="urn:t" elementFormDefault="qualified" xmlns="urn:t">
  <xs:element name="Ask"/><xs:element name="Token" type="xs:string"/>
  <xs:simpleType name="Word"><xs:restriction base="xs:string"><xs:whiteSpace value="collapse"/>
  </xs:restriction></xs:simpleType>
  <xs:complexType name="Row"><xs:all>
    <xs:element name="left" type="xs:int"/><xs:element name="right" type="xs:int"/></xs:all>
  </xs:complexType>
  <xs:complexType name="Wide"><xs:complexContent><xs:extension base="Base">
    <xs:sequence><xs:element name="more" type="xs:int" default="7"/></xs:sequence>
  </xs:extension></xs:complexContent></xs:complexType>
  <xs:complexType name="Base"><xs:sequence/></xs:complexType>
  <xs:element name="Told"><xs:complexType><xs:sequence>
    <xs:element name="flag" type="xs:boolean" minOccurs="0" default="false"/>
    <xs:element name="size" type="xs:decimal" minOccurs="0"/>
    <xs:element name="at" type="xs:dateTime" minOccurs="0"/>
    <xs:element name="word" type="Word" minOccurs="0"/>
    <xs:element name="text" type="xs:string" minOccurs="0" nillable="true"/>
    <xs:element name="data" type="xs:base64Binary" minOccurs="0"/>
    <xs:element name="row" type="Row" minOccurs="0"/>
    <xs:element name="base" type="Base" minOccurs="0"/>
    <xs:choice minOccurs="0"><xs:element name="one" type="xs:int" minOccurs="0" default="1"/>
      <xs:element name="two" type="xs:int"/></xs:choice>
  </xs:sequence><xs:attribute name="kind" type="xs:token" default="usual"/>
  <xs:attribute name="rank" type="xs:int"/></xs:complexType></xs:element></xs:schema>"""
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = tmp_path_factory.mktemp("meaning")
    return wsdl.load(make(folder, {"service.wsdl": service(types=TYPES)}))


def of(contract: Contract, told: str) -> Meant:
    """What a whole answer means; it must be one that the judge passes."""
    data = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{told}</s:Body></s:Envelope>'.encode()
    answer = Answer(200, (("Content-Type", "text/xml; charset=utf-8"),), Body(data))
    request = Request("Ask", "urn:ask", Body(b""), "")
    judged = judge_answer(contract, request, Exchange(request, answer))
    assert judged.verdict is Verdict.PASSED, judged.findings
    assert judged.message is not None
    return meant(contract, judged.message)


def inside(inner: str, attributes: str = "") -> str:
    return f'<Told xmlns="urn:t" {XSI} {attributes}>{inner}</Told>'


SAME = {
    "prefixes": (
        inside("<size>1</size>"),
        '<p:Told xmlns:p="urn:t"><q:size xmlns:q="urn:t">1</q:size></p:Told>',
    ),
    "order of attributes": (inside("", 'kind="x" rank="1"'), inside("", 'rank="1" kind="x"')),
    "attribute by default": (inside(""), inside("", 'kind="usual"')),
    "white space of an attribute": (inside("", 'kind="a b"'), inside("", 'kind="  a  b "')),
    "element left out": (inside(""), inside("<flag>false</flag>")),
    "element empty": (inside("<flag/>"), inside("<flag>0</flag>")),
    "boolean": (inside("<flag>1</flag>"), inside("<flag> true </flag>")),
    "decimal": (inside("<size>+01.500</size>"), inside("<size>1.5</size>")),
    "zero": (inside("<size>-0.0</size>"), inside("<size>0</size>")),
    "ten": (inside("<size>10</size>"), inside("<size>10.0</size>")),
    "zone": (
        inside("<at>2026-11-22T12:00:00+02:00</at>"),
        inside("<at>2026-11-22T10:00:00Z</at>"),
    ),
    "white space by facet": (inside("<word> a\n b </word>"), inside("<word>a b</word>")),
    "base64 in lines": (inside("<data>YWJj\nZGVm</data>"), inside("<data>YWJjZGVm</data>")),
    "indentation": (inside("<size>1</size>"), inside("\n  <size>1</size>\n")),
    "comments": (inside("<size>1</size>"), inside("<!-- x --><size>1</size>")),
    "default of a derived type": (
        inside('<base i:type="Wide"><more/></base>'),
        inside('<base i:type="Wide"><more>7</more></base>'),
    ),
    "nil as 1": (inside('<text i:nil="1"/>'), inside('<text i:nil="true"></text>')),
}

DIFFERENT = {
    "value": (inside("<size>1</size>"), inside("<size>1.1</size>")),
    "white space that counts": (inside("<text>a b</text>"), inside("<text>a  b</text>")),
    "nil": (inside('<text i:nil="true"/>'), inside("<text/>")),
    "absent": (inside("<text/>"), inside("")),
    "a time without zone": (
        inside("<at>2026-11-22T10:00:00</at>"),
        inside("<at>2026-11-22T10:00:00Z</at>"),
    ),
    "a branch that was not taken has no default": (inside("<two>2</two>"), inside("<one/>")),
    "attribute": (inside("", 'rank="1"'), inside("", 'rank="2"')),
}


def _plain(one: Meant) -> tuple[object, ...]:
    """What counts, whatever was implied and in which order ``xs:all`` stands."""
    below = [_plain(child) for child in one.children]
    return one.name, one.text, one.nil, one.attributes, tuple(sorted(below, key=repr))


@pytest.mark.parametrize("name", SAME)
def test_it_means_the_same(name: str, contract: Contract) -> None:
    one, other = SAME[name]
    assert _plain(of(contract, one)) == _plain(of(contract, other))


@pytest.mark.parametrize("name", DIFFERENT)
def test_it_means_something_else(name: str, contract: Contract) -> None:
    one, other = DIFFERENT[name]
    assert _plain(of(contract, one)) != _plain(of(contract, other))


def test_all_has_no_order_and_a_sequence_has(contract: Contract) -> None:
    rows = of(contract, inside("<row><right>2</right><left>1</left></row>"))
    assert [child.any_order for child in rows.children if child.name == "{urn:t}row"] == [True]
    assert not rows.any_order


def test_a_branch_that_was_not_taken_is_not_implied(contract: Contract) -> None:
    names = {child.name for child in of(contract, inside("<two>2</two>")).children}
    assert "{urn:t}one" not in names
    assert "{urn:t}flag" in names
