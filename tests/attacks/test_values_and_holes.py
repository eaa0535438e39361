"""Valid messages that are not to be trusted all the same: unchecked content, endless numbers."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import wsdl
from harness.exchange.judge import Judgement, judge_answer, judge_request
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.limits import DEFAULT
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.samples import HEADERS, codes, customers_answer, envelope
from tests.exchange.samples import judged as judged_by_account
from tests.wsdl.making import make, service

pytestmark = pytest.mark.attacks

XSI = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:t"'
TYPES = """<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
  <xs:simpleType name="Money"><xs:restriction base="xs:decimal"/></xs:simpleType>
  <xs:complexType name="Priced"><xs:simpleContent><xs:extension base="t:Money">
    <xs:attribute name="since" type="xs:date"/></xs:extension></xs:simpleContent></xs:complexType>
  <xs:complexType name="More"><xs:sequence>
    <xs:any processContents="skip" minOccurs="0" maxOccurs="2"/></xs:sequence></xs:complexType>
  <xs:complexType name="Wide"><xs:complexContent><xs:extension base="t:More"><xs:sequence/>
    <xs:anyAttribute processContents="lax"/></xs:extension></xs:complexContent></xs:complexType>
  <xs:element name="Ask"/>
  <xs:element name="Token" type="xs:string"/>
  <xs:element name="Told"><xs:complexType><xs:sequence>
    <xs:element name="ratio" type="xs:double" minOccurs="0"/>
    <xs:element name="sum" type="t:Money" minOccurs="0"/>
    <xs:element name="price" type="t:Priced" minOccurs="0"/>
    <xs:element name="count" type="xs:integer" minOccurs="0"/>
    <xs:element name="when" type="xs:dateTime" minOccurs="0"/>
    <xs:element name="name" type="xs:string" minOccurs="0"/>
    <xs:element name="code" minOccurs="0"><xs:simpleType><xs:restriction base="xs:gYear"/>
      </xs:simpleType></xs:element>
    <xs:element name="more" type="t:More" minOccurs="0"/>
    <xs:element name="twice" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:element name="a" type="xs:string"/><xs:any processContents="skip" minOccurs="0"/>
      </xs:sequence></xs:complexType></xs:element>
    <xs:element name="strict" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:any processContents="strict"/></xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    folder = make(tmp_path_factory.mktemp("loose"), {"service.wsdl": service(types=TYPES)})
    return wsdl.load(folder)


def told(contract: Contract, inside: str) -> Judgement:
    body = Body(envelope(f'<Told xmlns="urn:t" {XSI}>{inside}</Told>'))
    asked = Request("Ask", "urn:ask", Body(b""))
    return judge_answer(contract, asked, Exchange(asked, Answer(200, HEADERS, body)))


HOLES = {
    "an element nobody knows": ("<more><x/></more>", ["more/x"]),
    "an element of no namespace": ('<more><x xmlns=""/></more>', ["more/x"]),
    "an element the contract has elsewhere": ("<more><sum>1</sum></more>", ["more/sum"]),
    "two of them": ("<more><x/><y><z/></y></more>", ["more/x", "more/y"]),
    "a second one of what may stand once": ("<twice><a>1</a><a>2</a></twice>", ["twice/a"]),
    "by a derived type": ('<more i:type="t:Wide"><x/></more>', ["more/x"]),
    "an attribute": ('<more i:type="t:Wide" a="1"/>', ["more/@a"]),
    "another schema's attribute": (
        '<more i:type="t:Wide" xmlns:o="urn:o" o:a="1"/>',
        ["more/@a"],
    ),
}


@pytest.mark.parametrize("name", HOLES)
def test_wildcard_smuggling(loose: Contract, name: str) -> None:
    inside, paths = HOLES[name]
    found = told(loose, inside)
    assert (found.verdict, codes(found)) == (Verdict.PASSED, {"wildcard-content"})
    assert [each.path for each in found.findings] == paths


@pytest.mark.parametrize(
    "inside", ["", "<more/>", "<twice><a>1</a></twice>", "<strict><Token>x</Token></strict>"]
)
def test_a_hole_with_nothing_in_it_is_not_noted(loose: Contract, inside: str) -> None:
    assert told(loose, inside).findings == ()


def test_anything_is_noted_where_the_type_is_anything(loose: Contract) -> None:
    body = Body(envelope('<Ask xmlns="urn:t" a="1"><x/></Ask>'))
    found = judge_request(loose, Request("Ask", "urn:ask", body))
    assert (found.verdict, codes(found)) == (Verdict.PASSED, {"wildcard-content"})
    assert [each.path for each in found.findings] == ["@a", "x"]


@pytest.mark.parametrize("value", ["NaN", "INF", "-INF"])
def test_nan(loose: Contract, value: str) -> None:
    """A value of xs:double, which the schema decides; no number of other types."""
    assert told(loose, f"<ratio>{value}</ratio>").verdict is Verdict.PASSED
    found = told(loose, f"<sum>{value}</sum>")
    assert (found.verdict, codes(found)) == (Verdict.FAILED, {"schema"})


LARGE = {
    "10^6-digit decimal": (f"<sum>{'9' * 1_000_000}</sum>", "sum"),
    "10^6-digit decimal with attribute": (f"<price>1.{'0' * 1_000_000}</price>", "price"),
    "10^6-digit integer": (f"<count>-{'9' * 1_000_000}</count>", "count"),
    "10^6-digit double": (f"<ratio>{'9' * 1_000_000}</ratio>", "ratio"),
    "year 99999999999": ("<when>99999999999-01-01T00:00:00Z</when>", "when"),
    "year -99999999999": ("<when>-99999999999-01-01T00:00:00Z</when>", "when"),
    "year 10000": ("<code>10000</code>", "code"),
    "year of an attribute": ('<price since="10000-01-01">1</price>', "price/@since"),
    "10^6 digits of a second": (f"<when>2026-01-01T00:00:00.{'1' * 1_000_000}Z</when>", "when"),
}


@pytest.mark.parametrize("name", LARGE)
def test_value_over_its_limit(loose: Contract, name: str) -> None:
    inside, path = LARGE[name]
    found = told(loose, inside)
    assert (found.verdict, codes(found)) == (Verdict.INCONCLUSIVE, {"too-large:value"})
    assert [each.path for each in found.findings] == [path]
    assert "999999" not in repr(found)


@pytest.mark.parametrize(
    "inside",
    [
        f"<sum>{'9' * DEFAULT.max_value}</sum>",
        "<when>9999-12-31T23:59:59.999999+14:00</when>",
        "<when>-0044-03-15T00:00:00</when>",
        "<code>9999</code>",
        '<price since="2026-11-22">1</price>',
        f"<name>{'9' * 1_000_000}</name>",
    ],
)
def test_values_within_the_limits_and_texts_pass(loose: Contract, inside: str) -> None:
    assert told(loose, inside).findings == ()


@given(digits=st.integers(1, 200))
def test_the_limit_is_exact(loose: Contract, digits: int) -> None:
    found = told(loose, f"<count>{'7' * digits}</count>")
    assert (found.verdict is Verdict.PASSED) == (digits <= DEFAULT.max_value)


def test_limits_are_those_given(loose: Contract) -> None:
    body = Body(envelope('<Told xmlns="urn:t"><count>1000</count></Told>'))
    asked = Request("Ask", "urn:ask", Body(b""))
    exchange = Exchange(asked, Answer(200, HEADERS, body))
    tight = replace(DEFAULT, max_value=3)
    assert codes(judge_answer(loose, asked, exchange, limits=tight)) == {"too-large:value"}
    assert judge_answer(loose, asked, exchange).findings == ()


def test_the_account_has_no_holes_and_its_dates_are_bounded() -> None:
    folder = Path(__file__).parents[2] / "contracts/asiointitili/viranomaispalvelut/1.7-2024-04"
    contract = wsdl.load(folder)
    good = customers_answer(contract)
    assert judged_by_account(contract, good).findings == ()
    far = good.replace(b"2024-04-01T", b"20240-04-01T")
    assert far != good
    found = judged_by_account(contract, far)
    assert (found.verdict, codes(found)) == (Verdict.INCONCLUSIVE, {"too-large:value"})
