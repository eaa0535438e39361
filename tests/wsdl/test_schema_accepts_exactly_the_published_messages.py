"""Each fact of the published element lists, tried on both sides by two validators."""

from typing import Final

import pytest
import xmlschema
from lxml import etree

from tests.wsdl.conftest import FOLDER
from tests.wsdl.facts import (
    MESSAGES,
    NAMESPACE,
    NOTATION,
    SAMPLES,
    Field,
    attributes_of,
    children,
    element,
    elements_of,
)

XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f'xmlns:xsi="{_XSI}" xsi:nil="true"'
NAMED = [kind for kind in NOTATION if not kind.startswith("#")]
ALL = [*NOTATION, *MESSAGES]


class Probes:
    """The schema with one more global element for each named type."""

    def __init__(self) -> None:
        probes = "".join(f'<xs:element name="p_{kind}" type="t:{kind}"/>' for kind in NAMED)
        text = (
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"'
            f' xmlns:t="{NAMESPACE}" targetNamespace="{NAMESPACE}">'
            f'<xs:include schemaLocation="Viranomaispalvelut.xsd"/>{probes}</xs:schema>'
        )
        base = (FOLDER / "probes.xsd").as_uri()
        self.first = etree.XMLSchema(etree.fromstring(text, base_url=base))
        self.second = xmlschema.XMLSchema(text, base_url=FOLDER.as_uri(), allow="local")

    def accept(self, kind: str, content: str, attributes: str = "") -> bool:
        if kind == "#Laskutus":
            kind = "Kysely_WS2A"
            content = f"<Tulostustoimittaja/><Laskutus {attributes}>{content}</Laskutus>"
            attributes = ""
        name = kind if kind in MESSAGES else f"p_{kind}"
        document = f'<{name} xmlns="{NAMESPACE}" {attributes}>{content}</{name}>'
        verdict = self.first.validate(etree.fromstring(document))
        assert verdict is self.second.is_valid(document), document
        return verdict


@pytest.fixture(scope="module")
def probes() -> Probes:
    return Probes()


def _cases() -> list[tuple[str, Field]]:
    return [(kind, field) for kind in ALL for field in elements_of(kind)]


def _one(kind: str, field: Field, replacement: str) -> str:
    """Required content of the type, with ``replacement`` where ``field`` stands."""
    return "".join(
        replacement if each == field else element(each)
        for each in elements_of(kind)
        if each.required or each == field
    )


every_field = pytest.mark.parametrize(
    ("kind", "field"), _cases(), ids=lambda value: getattr(value, "name", value)
)
every_type = pytest.mark.parametrize("kind", ALL)
simple_fields = pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind, field in _cases() if field.kind in SAMPLES],
    ids=lambda value: getattr(value, "name", value),
)


@every_type
def test_what_is_required_and_everything_once_is_accepted(probes: Probes, kind: str) -> None:
    assert probes.accept(kind, "".join(children(kind)))
    assert probes.accept(kind, "".join(children(kind, full=True)))


@every_field
def test_a_field_may_be_absent_only_when_it_is_optional(
    probes: Probes, kind: str, field: Field
) -> None:
    without = [element(each, full=True) for each in elements_of(kind) if each != field]
    assert probes.accept(kind, "".join(without)) is not field.required


@every_field
def test_a_field_may_repeat_only_when_it_is_many(probes: Probes, kind: str, field: Field) -> None:
    assert probes.accept(kind, _one(kind, field, element(field)))
    assert probes.accept(kind, _one(kind, field, element(field) * 2)) is field.many
    assert probes.accept(kind, _one(kind, field, element(field) * 300)) is field.many


@every_field
def test_nil_only_where_declared(probes: Probes, kind: str, field: Field) -> None:
    assert probes.accept(kind, _one(kind, field, f"<{field.name} {NIL}/>")) is field.nillable


@every_field
def test_a_field_in_no_or_another_namespace_is_refused(
    probes: Probes, kind: str, field: Field
) -> None:
    right = element(field)
    for namespace in ("", "urn:other"):
        wrong = right.replace(f"<{field.name}>", f'<{field.name} xmlns="{namespace}">', 1)
        assert not probes.accept(kind, _one(kind, field, wrong))


@every_field
def test_a_field_in_other_spelling_is_refused(probes: Probes, kind: str, field: Field) -> None:
    wrong = element(field).replace(field.name, field.name.lower())
    assert not probes.accept(kind, _one(kind, field, wrong))


@every_type
def test_any_two_neighbours_swapped_are_refused(probes: Probes, kind: str) -> None:
    right = children(kind, full=True)
    for index in range(len(right) - 1):
        wrong = right.copy()
        wrong[index : index + 2] = reversed(wrong[index : index + 2])
        assert not probes.accept(kind, "".join(wrong)), wrong[index]


@every_type
def test_nothing_else_is_inside(probes: Probes, kind: str) -> None:
    content = "".join(children(kind))
    for stranger in ("<Muu/>", '<Muu xmlns="urn:other"/>', "text"):
        assert not probes.accept(kind, content + stranger)
        assert not probes.accept(kind, stranger + content)


@every_type
def test_attributes_are_optional_texts_and_no_others_exist(probes: Probes, kind: str) -> None:
    content = "".join(children(kind))
    for field in attributes_of(kind):
        for value in ("", "a  b", "x" * 5000, "å&lt;"):
            assert probes.accept(kind, content, f'{field.name}="{value}"')
    everything = " ".join(f'{field.name}="x"' for field in attributes_of(kind))
    assert probes.accept(kind, content, everything)
    assert not probes.accept(kind, content, f'{everything} Muu="x"')
    names = {field.name for field in attributes_of(kind)}
    for foreign in {"Nimi", "Sahkoposti", "AsiakasTunnus", "TunnusTyyppi"} - names:
        assert not probes.accept(kind, content, f'{foreign}="x"')


_GOOD = {
    "string": ["", " ", "a\n b", "x" * 10_000, "å€&lt;&amp;"],
    "int": ["0", "-1", "+7", "007", " 7 ", "2147483647", "-2147483648"],
    "boolean": ["true", "false", "1", "0", " true\n"],
    "dateTime": [
        "2026-05-04T12:00:00",
        "2026-05-04T12:00:00.123+03:00",
        "2026-05-04T24:00:00Z",
        "-0001-01-01T00:00:00",
    ],
    "base64Binary": ["", "YQ==", "YW Jj", "Y\nWJj"],
    "len4": ["abcd", "åäö€", "    "],
    "len6": ["abcdef", "123456"],
    "len1-15": ["a", "x" * 15],
}
_BAD = {
    "string": [],
    "int": ["", "x", "1.0", "1e3", "2147483648", "-2147483649", "0x1"],
    "boolean": ["TRUE", "2", "kyllä"],
    "dateTime": ["", "2026-05-04", "2026-02-30T00:00:00", "4.5.2026", "2026-05-04 12:00:00"],
    "base64Binary": ["Y", "YWJ"],  # foreign characters: test_findings.py
    "len4": ["", "abc", "abcde"],
    "len6": ["", "abcde", "abcdefg", "0000"],
    "len1-15": ["", "x" * 16],
}


@simple_fields
def test_values_of_the_type_and_no_others(probes: Probes, kind: str, field: Field) -> None:
    for value in _GOOD[field.kind]:
        assert probes.accept(kind, _one(kind, field, f"<{field.name}>{value}</{field.name}>"))
    for value in _BAD[field.kind]:
        assert not probes.accept(kind, _one(kind, field, f"<{field.name}>{value}</{field.name}>"))


@simple_fields
def test_a_simple_field_has_neither_children_nor_attributes(
    probes: Probes, kind: str, field: Field
) -> None:
    value = SAMPLES[field.kind]
    assert not probes.accept(kind, _one(kind, field, f"<{field.name}><a/></{field.name}>"))
    assert not probes.accept(kind, _one(kind, field, f'<{field.name} a="">{value}</{field.name}>'))


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind, field in _cases() if field.kind == "boolean"],
    ids=lambda value: getattr(value, "name", value),
)
def test_an_empty_truth_value_means_its_default_where_there_is_one(
    probes: Probes, kind: str, field: Field
) -> None:
    empty = _one(kind, field, f"<{field.name}/>")
    assert probes.accept(kind, empty) is (field.default is not None)


def test_defaults_are_these_and_no_others() -> None:
    root = etree.parse(FOLDER / "Viranomaispalvelut.xsd").getroot()
    declared = {
        (node.get("name"), node.get("default"))
        for node in root.iter(f"{XSD}element", f"{XSD}attribute")
        if node.get("default") is not None
    }
    expected = {
        (field.name, field.default)
        for kind in NOTATION
        for field in (*elements_of(kind), *attributes_of(kind))
        if field.default is not None
    }
    assert declared == expected
    assert [node.get("name") for node in root.iter(f"{XSD}attribute") if node.get("default")] == [
        "TunnusTyyppi"
    ]


def test_head_of_the_schema_and_its_components() -> None:
    root = etree.parse(FOLDER / "Viranomaispalvelut.xsd").getroot()
    assert dict(root.attrib) == {
        "targetNamespace": NAMESPACE,
        "elementFormDefault": "qualified",
        "version": "1.7",
    }
    assert {node.get("name") for node in root.iterchildren(f"{XSD}element")} == set(MESSAGES)
    assert {node.get("name") for node in root.iterchildren(f"{XSD}complexType")} == set(NAMED)
    tags = {f"{XSD}element", f"{XSD}complexType"}
    assert {node.tag for node in root.iterchildren("*")} == tags
    extension = root.find(f"{XSD}complexType[@name='Kohde_WS2A']//{XSD}extension")
    assert extension is not None
    assert extension.get("base") == "tns:Kohde_WS2"
    assert [len(child) for child in extension] == [0]


def test_a_derived_item_may_stand_for_its_base(probes: Probes) -> None:
    """Kohde_WS2A is an extension of Kohde_WS2, which xsi:type makes visible."""
    content = "".join(children("Kohde_WS2"))
    swap = f'xmlns:xsi="{_XSI}" xsi:type="Kohde_WS2A"'
    assert probes.accept("ArrayOfKohde_WS2", f"<Kohde {swap}>{content}</Kohde>")
    other = swap.replace("Kohde_WS2A", "Asiakas")
    assert not probes.accept("ArrayOfKohde_WS2", f"<Kohde {other}>{content}</Kohde>")
