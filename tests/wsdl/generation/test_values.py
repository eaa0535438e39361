"""Texts of simple types: what fits, what shows an aspect, what breaks a rule; asks libxml2 too."""

from functools import partial
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from harness import wsdl
from harness.errors import ContractError
from harness.wsdl import Contract, lexical
from harness.wsdl.components import Components, SimpleType, Variety, components
from harness.wsdl.values import Values
from tests.wsdl.components.rich import URN
from tests.wsdl.making import make, service

TYPES: Final = sorted(set(lexical.FORMS) - {"NOTATION", "anySimpleType", "ENTITY", "QName"})
RESTRICTIONS: Final = {
    "exclusive": ("int", '<xs:minExclusive value="3"/><xs:maxExclusive value="9"/>'),
    "bounds": ("decimal", '<xs:minInclusive value="-1.5"/><xs:maxInclusive value="2.25"/>'),
    "digits": ("decimal", '<xs:totalDigits value="4"/><xs:fractionDigits value="2"/>'),
    "date": ("dateTime", '<xs:minInclusive value="2020-01-01T00:00:00Z"/>'),
    "length": ("string", '<xs:length value="3"/>'),
    "lengths": ("token", '<xs:minLength value="2"/><xs:maxLength value="4"/>'),
    "octets": ("base64Binary", '<xs:length value="2"/>'),
    "pairs": ("hexBinary", '<xs:minLength value="1"/><xs:maxLength value="2"/>'),
    "pattern": ("int", '<xs:pattern value="[1-9][0-9]{2}"/>'),
    "both": ("string", '<xs:pattern value="[A-Z]*"/><xs:maxLength value="3"/>'),
    "values": ("int", '<xs:enumeration value="1"/><xs:enumeration value="20"/>'),
}


def _contract(folder: Path) -> Contract:
    elements = [f'<xs:element name="e{name}" type="xs:{name}"/>' for name in TYPES]
    elements += [
        f'<xs:element name="r{name}"><xs:simpleType><xs:restriction base="xs:{base}">{facets}'
        "</xs:restriction></xs:simpleType></xs:element>"
        for name, (base, facets) in RESTRICTIONS.items()
    ]
    ask = "".join(elements)
    types = f"""<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
      <xs:element name="Ask"><xs:complexType><xs:choice>{ask}</xs:choice>
      </xs:complexType></xs:element><xs:element name="Told"/></xs:schema>"""
    return wsdl.load(make(folder, {"service.wsdl": service(types=types)}))


class Judge:
    """libxml2 on one text of one type."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.model = components(contract)
        self.values = Values(self.model)

    def kind(self, name: str) -> SimpleType:
        key = f"{URN}Ask#type/{name}#type"
        if name.startswith("e"):
            key = "{http://www.w3.org/2001/XMLSchema}" + name[1:]
        found = self.model.types[key]
        assert isinstance(found, SimpleType)
        return found

    def accepts(self, name: str, text: str) -> bool:
        root = etree.Element(f"{URN}Ask")
        etree.SubElement(root, URN + name).text = text
        return not self.contract.validate(root)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(_contract(tmp_path_factory.mktemp("types")))


NAMES: Final = [f"e{name}" for name in TYPES] + [f"r{name}" for name in RESTRICTIONS]


def _share(part: float, count: int) -> int:
    return int(count * part)


@pytest.mark.parametrize("name", NAMES)
def test_texts_of_a_type_are_its_values(judge: Judge, name: str) -> None:
    for part in (0, 0.5, 0.999):
        text = judge.values.text(judge.kind(name), partial(_share, part))
        assert judge.accepts(name, text)


@pytest.mark.parametrize("name", NAMES)
def test_aspects_are_shown_by_values(judge: Judge, name: str) -> None:
    kind = judge.kind(name)
    for aspect in judge.values.aspects(kind):
        text = judge.values.showing(kind, aspect)
        assert text is not None
        assert judge.accepts(name, text), aspect
        assert aspect in judge.values.seen(kind, text)


@pytest.mark.parametrize("name", NAMES)
def test_broken_texts_are_no_values(judge: Judge, name: str) -> None:
    for rule, text in judge.values.broken(judge.kind(name)):
        assert not judge.accepts(name, text), rule


@pytest.mark.parametrize("name", list(RESTRICTIONS))
def test_every_facet_can_be_broken(judge: Judge, name: str) -> None:
    rules = {rule for rule, _ in judge.values.broken(judge.kind(f"r{name}"))} - {"type"}
    assert rules, name


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("rexclusive", {"minExclusive": "3", "maxExclusive": "9"}),
        ("rbounds", {"minInclusive": "-2.5", "maxInclusive": "3.25"}),
        ("rdigits", {"totalDigits": "11111", "fractionDigits": "0.111"}),
        ("eunsignedByte", {"minInclusive": "-1", "maxInclusive": "256"}),
    ],
)
def test_a_number_is_out_by_one(judge: Judge, name: str, texts: dict[str, str]) -> None:
    found = dict(judge.values.broken(judge.kind(name)))
    assert {rule: found[rule] for rule in texts} == texts


@settings(max_examples=400, deadline=None, database=None)
@given(data=st.data())
def test_what_fits_is_what_libxml2_accepts(judge: Judge, data: st.DataObject) -> None:
    # Left out: types whose forms here are narrower than the standard's (spaces in base64 too).
    narrow = {"eanyURI", "eName", "eNMTOKEN", "eNCName", "eID", "eIDREF"}
    narrow |= {"ebase64Binary", "octets"}
    name = data.draw(st.sampled_from([each for each in NAMES if each not in narrow]))
    text = data.draw(st.text("0123459+-.:TZPDMxAB= \t", max_size=7))
    if judge.values.fits(judge.kind(name), text):
        assert judge.accepts(name, text)
    elif not name.startswith(("edate", "etime", "eduration", "eg", "rdate", "efloat", "edouble")):
        assert not judge.accepts(name, text)


def test_facets_that_leave_nothing_are_said() -> None:
    kind = SimpleType("{urn:t}None", "int", variety=Variety.ATOMIC)
    nothing = SimpleType(
        kind.name, "int", facets=type(kind.facets)(patterns=(("[a-z]+",),)), place=kind.place
    )
    with pytest.raises(ContractError, match="No value of the type"):
        Values(_empty_model()).text(nothing, lambda _: 0)


def _empty_model() -> Components:
    return Components("test", {}, {}, {}, {}, {})
