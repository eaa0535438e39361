"""Each fact of the element lists of each version, tried on both sides by two validators.

The cases of a test are judged together, so that a failure lists every document judged wrongly.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest
import xmlschema
from lxml import etree

from harness import wsdl, xml
from tests.wsdl.catalogue.versions import AT_MOST, SAMPLES, VERSIONS, Version
from tests.wsdl.facts import NAMESPACE, Field

Case = tuple[str, str, str, bool]
"""Type or message, its content, its attributes, and whether it is valid."""

XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
NIL: Final = f'xmlns:xsi="{_XSI}" xsi:nil="true"'

every_version = pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.ref)


def _schema(version: Version) -> etree._Element:
    """The schema of the version as a document of its own."""
    if not version.inline:
        return etree.parse(version.folder / "Viranomaispalvelut.xsd").getroot()
    found = etree.parse(version.wsdl).getroot().find(f".//{XSD}schema")
    assert found is not None
    return etree.fromstring(etree.tostring(found, with_tail=False))


class Probes:
    """The schema with one more global element for each named type."""

    def __init__(self, version: Version) -> None:
        self.version = version
        schema = _schema(version)
        for kind in version.named:
            etree.SubElement(schema, f"{XSD}element", name=f"p_{kind}", type=f"tns:{kind}")
        self.first = etree.XMLSchema(schema)
        self.second = xmlschema.XMLSchema(etree.tostring(schema, encoding="unicode"))

    def document(self, kind: str, content: str, attributes: str) -> str:
        if kind.startswith("#"):
            owner, field = next(
                (owner, field) for owner, field in self.version.every_field() if field.kind == kind
            )
            inner = f"<{field.name} {attributes}>{content}</{field.name}>"
            return self.document(owner, self.version.one(owner, field, inner), "")
        name = kind if kind in self.version.messages else f"p_{kind}"
        return f'<{name} xmlns="{NAMESPACE}" {attributes}>{content}</{name}>'

    def misjudged(self, cases: Iterator[Case]) -> list[tuple[str, bool, bool]]:
        """Each document on which a validator says other than the facts, with both answers."""
        wrong = []
        for kind, content, attributes, valid in cases:
            document = self.document(kind, content, attributes)
            first = self.first.validate(etree.fromstring(document))
            second = self.second.is_valid(document)
            if not first is second is valid:
                wrong.append((document[:400], first, second))
        return wrong


@cache
def _probes(version_ref: str) -> Probes:
    return Probes(next(each for each in VERSIONS if each.ref == version_ref))


def judge(version: Version, cases: Iterator[Case]) -> None:
    judged = 0

    def counted() -> Iterator[Case]:
        nonlocal judged
        for case in cases:
            judged += 1
            yield case

    assert _probes(version.ref).misjudged(counted()) == []
    assert judged


def _replaced(version: Version, field: Field, kind: str, by: str, *, valid: bool) -> Case:
    return kind, version.one(kind, field, by), "", valid


@every_version
def test_what_is_required_and_everything_once_is_accepted(version: Version) -> None:
    judge(
        version,
        (
            (kind, "".join(version.children(kind, full=full)), "", True)
            for kind in version.kinds
            for full in (False, True)
        ),
    )


@every_version
def test_a_field_may_be_absent_only_when_it_is_optional(version: Version) -> None:
    def cases() -> Iterator[Case]:
        for kind, field in version.every_field():
            others = [each for each in version.elements_of(kind) if each != field]
            content = "".join(version.element(each, full=True) for each in others)
            yield kind, content, "", not field.required

    judge(version, cases())


@every_version
def test_a_field_may_repeat_only_when_it_is_many(version: Version) -> None:
    def cases() -> Iterator[Case]:
        for kind, field in version.every_field():
            most = AT_MOST.get((kind, field.name), 30 if field.many else 1)
            for times in (1, 2, 3, 30) if field.many else (1, 2):
                content = version.element(field) * times
                yield _replaced(version, field, kind, content, valid=times <= most)

    judge(version, cases())


@every_version
def test_nil_only_where_declared(version: Version) -> None:
    judge(
        version,
        (
            _replaced(version, field, kind, f"<{field.name} {NIL}/>", valid=field.nillable)
            for kind, field in version.every_field()
        ),
    )


@every_version
def test_a_field_of_another_name_or_namespace_is_refused(version: Version) -> None:
    def cases() -> Iterator[Case]:
        for kind, field in version.every_field():
            right, start = version.element(field), f"<{field.name}>"
            for foreign in ('xmlns=""', 'xmlns="urn:other"'):
                wrong = right.replace(start, f"<{field.name} {foreign}>", 1)
                yield _replaced(version, field, kind, wrong, valid=False)
            spelled = right.replace(field.name, field.name.lower())
            yield _replaced(version, field, kind, spelled, valid=False)

    judge(version, cases())


@every_version
def test_any_two_neighbours_swapped_are_refused(version: Version) -> None:
    def cases() -> Iterator[Case]:
        for kind in version.kinds:
            right = version.children(kind, full=True)
            for index in range(len(right) - 1):
                wrong = right.copy()
                wrong[index : index + 2] = reversed(wrong[index : index + 2])
                yield kind, "".join(wrong), "", False

    judge(version, cases())


@every_version
def test_nothing_else_is_inside(version: Version) -> None:
    def cases() -> Iterator[Case]:
        for kind in version.kinds:
            content = "".join(version.children(kind))
            for stranger in ("<Muu/>", '<Muu xmlns="urn:other"/>', "text"):
                yield kind, content + stranger, "", False
                yield kind, stranger + content, "", False

    judge(version, cases())


@pytest.mark.parametrize(
    "version",
    [each for each in VERSIONS if not each.header],  # the newest return channel has every field
    ids=lambda each: each.ref,
)
def test_fields_of_other_versions_are_refused(version: Version) -> None:
    """What a version dropped or did not have yet, at every place of the type."""

    def cases() -> Iterator[Case]:
        for kind in version.kinds:
            own = {each.name for each in version.elements_of(kind)}
            others = [each for each in VERSIONS if kind in each.kinds and each.name == version.name]
            strangers = {field.name for each in others for field in each.elements_of(kind)} - own
            content = version.children(kind)
            for name, place in ((n, p) for n in strangers for p in range(len(content) + 1)):
                inside = [*content[:place], f"<{name}/>", *content[place:]]
                yield kind, "".join(inside), "", False

    judge(version, cases())


@every_version
def test_attributes_are_optional_texts_and_no_others_exist(version: Version) -> None:
    everywhere = {
        field.name for each in VERSIONS for kind in each.kinds for field in each.attributes_of(kind)
    }

    def cases() -> Iterator[Case]:
        for kind in version.kinds:
            content = "".join(version.children(kind))
            own = [field.name for field in version.attributes_of(kind)]
            for name in own:
                for value in ("", "a  b", "x" * 5000, "å&lt;"):
                    yield kind, content, f'{name}="{value}"', True
            everything = " ".join(f'{name}="x"' for name in own)
            yield kind, content, everything, True
            yield kind, content, f'{everything} Muu="x"', False
            for foreign in everywhere - set(own):
                yield kind, content, f'{foreign}="x"', False

    judge(version, cases())


_GOOD: Final = {
    "string": ["", "a\n b", "x" * 5000, "å€&lt;&amp;"],
    "int": ["0", "-1", "+7", "007", " 7 ", "2147483647", "-2147483648"],
    "boolean": ["true", "false", "1", "0", " true\n"],
    "dateTime": ["2026-05-04T12:00:00", "2026-05-04T12:00:00.123+03:00", "2026-05-04T24:00:00Z"],
    "base64Binary": ["", "YQ==", "YW Jj", "Y\nWJj"],
    "len4": ["abcd", "åäö€", "    "],
    "len6": ["abcdef", "123456"],
    "max200": ["", "å" * 200],
    "max400": ["", "kyllä", "å" * 400],
    "max1000": ["", "å" * 1000],
}
_BAD: Final = {
    "string": [],
    "int": ["", "x", "1.0", "2147483648", "-2147483649"],
    "boolean": ["TRUE", "2", "kyllä"],
    "dateTime": ["", "2026-05-04", "2026-02-30T00:00:00", "4.5.2026"],
    "base64Binary": ["Y", "YWJ"],  # foreign characters: tests/wsdl/test_findings.py
    "len4": ["", "abc", "abcde"],
    "len6": ["", "abcde", "abcdefg", "0000"],
    "max200": ["x" * 201],
    "max400": ["x" * 401],
    "max1000": ["x" * 1001],
}


@every_version
def test_values_of_the_type_and_no_others(version: Version) -> None:
    def cases() -> Iterator[Case]:
        for kind, field in version.every_field():
            for table, valid in ((_GOOD, True), (_BAD, False)):
                for value in table.get(field.kind, []):
                    element = f"<{field.name}>{value}</{field.name}>"
                    yield _replaced(version, field, kind, element, valid=valid)

    judge(version, cases())
    simple = {field.kind for _, field in version.every_field() if field.kind in SAMPLES}
    assert simple <= set(_GOOD)


@every_version
def test_a_simple_field_has_neither_children_nor_attributes(version: Version) -> None:
    def cases() -> Iterator[Case]:
        for kind, field in version.every_field():
            if field.kind not in SAMPLES:
                continue
            value = SAMPLES[field.kind]
            for wrong in (
                f"<{field.name}><a/></{field.name}>",
                f'<{field.name} a="">{value}</{field.name}>',
            ):
                yield _replaced(version, field, kind, wrong, valid=False)

    judge(version, cases())


@every_version
def test_defaults_are_these_and_no_others(version: Version) -> None:
    def defaults(nodes: Iterator[etree._Element]) -> list[tuple[str | None, str | None]]:
        return sorted(
            (node.get("name"), node.get("default")) for node in nodes if node.get("default")
        )

    root = _schema(version)
    expected = [
        (kind, field)
        for kind in version.named
        for field in (*version.elements_of(kind), *version.attributes_of(kind))
        if field.default is not None and kind != "Kohde_WS2A"  # inherited, so declared once
    ]
    for tag, attribute in (("element", False), ("attribute", True)):
        assert defaults(root.iter(f"{XSD}{tag}")) == sorted(
            (field.name, field.default) for _, field in expected if field.attribute is attribute
        )


@every_version
def test_head_of_the_schema_and_its_components(version: Version) -> None:
    root = _schema(version)
    head = {"targetNamespace": NAMESPACE, "elementFormDefault": "qualified"}
    assert dict(root.attrib) == (
        head if version.schema is None else {**head, "version": version.schema}
    )
    elements = [node.get("name") for node in root.iterchildren(f"{XSD}element")]
    header = ["paluukanavaUrl"] if version.header else []
    assert sorted(elements, key=str) == sorted([*header, *version.messages])
    types = [node.get("name") for node in root.iterchildren(f"{XSD}complexType")]
    assert sorted(types, key=str) == sorted(version.named)
    assert {node.tag for node in root.iterchildren("*")} == {f"{XSD}element", f"{XSD}complexType"}


@pytest.mark.parametrize("version", [each for each in VERSIONS if "Kohde_WS2A" in each.types])
def test_a_derived_item_may_stand_for_its_base(version: Version) -> None:
    """Kohde_WS2A is an extension of Kohde_WS2, which xsi:type makes visible."""

    def cases() -> Iterator[Case]:
        content = "".join(version.children("Kohde_WS2A", full=True))
        for name, valid in (("Kohde_WS2A", True), ("Asiakas", False)):
            swap = f'xmlns:xsi="{_XSI}" xsi:type="{name}"'
            yield "ArrayOfKohde_WS2", f"<Kohde {swap}>{content}</Kohde>", "", valid

    judge(version, cases())


def _thinned(version: Version, kind: str) -> Iterator[tuple[str, bool]]:
    """Full content with one element taken out, at any depth, and whether it may be absent."""
    fields = version.elements_of(kind)
    whole = [version.element(field, full=True) for field in fields]
    for index, field in enumerate(fields):
        before, after = "".join(whole[:index]), "".join(whole[index + 1 :])
        yield before + after, not field.required
        if field.kind not in SAMPLES:
            for inner, valid in _thinned(version, field.kind):
                yield f"{before}<{field.name}>{inner}</{field.name}>{after}", valid


@every_version
def test_whole_messages_with_one_element_missing(version: Version) -> None:
    def cases() -> Iterator[Case]:
        for message in version.messages:
            for content, valid in _thinned(version, message):
                yield message, content, "", valid

    judge(version, cases())


@every_version
def test_the_contract_judges_as_the_facts_say(version: Version) -> None:
    contract = wsdl.load(version.folder)
    for message in version.messages:
        for content, valid in _thinned(version, message):
            document = f'<{message} xmlns="{NAMESPACE}">{content}</{message}>'
            findings = contract.validate(xml.parse(document.encode()))
            assert (findings == ()) is valid, document


@every_version
def test_requests_are_written_as_the_schema_wants_them(version: Version) -> None:
    contract = wsdl.load(version.folder)
    for operation in version.operations:
        for full in (False, True):
            values = version.values(operation, full=full)
            headers = {"paluukanavaUrl": "https://authority.invalid/"} if version.header else None
            root = xml.parse(contract.build(operation, values, headers=headers))
            (body,) = root.findall(".//{http://schemas.xmlsoap.org/soap/envelope/}Body/*")
            assert contract.validate(body) == ()
            written = [each.tag for each in body.iter("*")]
            expected = f'<{operation} xmlns="{NAMESPACE}">'
            expected += "".join(version.children(operation, full=full)) + f"</{operation}>"
            assert written == [each.tag for each in etree.fromstring(expected).iter("*")]
            header = root.findall(f".//{{{NAMESPACE}}}paluukanavaUrl")
            assert [each.text for each in header] == list((headers or {}).values())
