"""The component model says what the schemas say, each fact by itself."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from harness import wsdl
from harness.errors import ContractError
from harness.wsdl import Contract
from harness.wsdl.components import (
    ANY_TYPE,
    XSD,
    Attribute,
    ComplexType,
    Components,
    Compositor,
    Derivation,
    Direction,
    Element,
    Fault,
    Group,
    SimpleType,
    Variety,
    Wildcard,
    children,
    components,
    local,
    namespace_of,
)
from tests.wsdl.components.rich import URN, rich
from tests.wsdl.conftest import CATALOGUE
from tests.wsdl.making import make, service

ACCOUNT: Final = "{http://www.suomi.fi/asiointitili}"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Components:
    return components(rich(tmp_path_factory.mktemp("rich")))


@pytest.fixture(scope="module")
def account(contract: Contract) -> Components:
    return components(contract)


def _complex(model: Components, key: str) -> ComplexType:
    found = model.complex(key)
    assert found is not None
    return found


def _simple(model: Components, key: str) -> SimpleType:
    found = model.types[key]
    assert isinstance(found, SimpleType)
    return found


def _child(model: Components, key: str, name: str) -> Element:
    return next(each for each in children(_complex(model, key).content) if local(each.name) == name)


def _names(model: Components, key: str) -> list[str]:
    return [local(each.name) for each in children(_complex(model, key).content)]


def test_messages_of_an_operation(model: Components) -> None:
    messages = model.operations["Ask"]
    assert messages.body(Direction.REQUEST) == URN + "Ask"
    assert messages.body(Direction.RESPONSE) == URN + "Told"
    assert messages.headers(Direction.REQUEST) == (URN + "Token",)
    assert messages.headers(Direction.RESPONSE) == ()
    assert messages.faults == (Fault("Trouble", URN + "Trouble"),)


def test_occurrence_nil_and_default(account: Components) -> None:
    kind = ACCOUNT + "Kysely_WS2A"
    told = _child(account, kind, "LahetaTulostukseen")
    assert (told.minimum, told.maximum, told.default, told.nillable) == (0, 1, "true", False)
    item = _child(account, ACCOUNT + "ArrayOfKohde_WS2A", "Kohde")
    assert (item.minimum, item.maximum, item.nillable) == (0, None, True)


def test_an_anonymous_type_is_named_after_its_owner(account: Components) -> None:
    billing = _child(account, ACCOUNT + "Kysely_WS2A", "Laskutus")
    assert billing.type == ACCOUNT + "Kysely_WS2A/Laskutus#type"
    assert _complex(account, billing.type).anonymous
    pool = _simple(account, _child(account, billing.type, "Kustannuspaikka").type)
    assert (pool.facets.min_length, pool.facets.max_length) == (1, 15)
    assert (pool.builtin, pool.base) == ("string", f"{{{XSD}}}string")


def test_an_extension_holds_what_it_inherits(account: Components) -> None:
    kind = _complex(account, ACCOUNT + "Kohde_WS2A")
    assert kind.base == ACCOUNT + "Kohde_WS2"
    assert kind.derivation is Derivation.EXTENSION
    assert _names(account, kind.name) == _names(account, kind.base)
    assert account.derived[kind.base] == (kind.name,)


def test_declarations_know_their_place(account: Components, contract: Contract) -> None:
    place = _complex(account, ACCOUNT + "Viranomainen").place
    lines = contract.files[place.file].decode().splitlines()
    assert 'complexType name="Viranomainen"' in lines[place.line - 1]
    assert str(place) == f"Viranomaispalvelut.xsd:{place.line}"
    assert str(_simple(account, f"{{{XSD}}}string").place) == "built in"


def test_attributes_with_use_default_and_fixed(model: Components) -> None:
    found = {each.name: each for each in _complex(model, URN + "Order").attributes}
    assert list(found) == ["id", "version", "colour", "size"]
    assert (found["id"].required, found["version"].fixed) == (True, "1.0")
    assert (found["colour"].default, found["size"].required) == ("red", True)
    assert isinstance(found["colour"], Attribute)


def test_groups_are_resolved(model: Components) -> None:
    content = _complex(model, URN + "Order").content
    assert content is not None
    choice, line, two = content.members
    assert isinstance(choice, Group)
    assert choice.compositor is Compositor.CHOICE
    assert isinstance(line, Group)
    assert (line.minimum, line.maximum, line.compositor) == (0, None, Compositor.SEQUENCE)
    assert isinstance(two, Element)
    assert (two.minimum, two.maximum) == (2, 3)


def test_recursion_is_a_name_that_comes_back(model: Components) -> None:
    assert _child(model, URN + "Tree", "Branch").type == URN + "Tree"


def test_facets_along_a_derivation(model: Components) -> None:
    post_code = _simple(model, URN + "Zip")
    assert post_code.facets.patterns == (("[0-9]*",),)
    assert post_code.facets.length == 5
    assert (post_code.builtin, post_code.base) == ("token", URN + "Digits")
    money = model.simple(URN + "Price")
    assert money is not None
    assert (money.facets.total_digits, money.facets.fraction_digits) == (6, 2)
    assert money.facets.min_exclusive == "0"


def test_patterns_of_one_step_are_alternatives(model: Components) -> None:
    plate = _simple(model, URN + "Texts/Plate#type")
    assert len(plate.facets.patterns) == 1
    assert len(plate.facets.patterns[0]) == 2


def test_lists_and_unions(model: Components) -> None:
    colours = _simple(model, URN + "Colours")
    assert (colours.variety, colours.item) == (Variety.LIST, URN + "Shade")
    assert (colours.facets.min_length, colours.facets.max_length) == (1, 3)
    size = _simple(model, URN + "Size")
    assert (size.variety, size.members) == (Variety.UNION, (f"{{{XSD}}}int", URN + "Size#1"))


def test_simple_content_has_text_and_attributes(model: Components) -> None:
    price = _complex(model, URN + "Price")
    assert price.content is None
    assert price.simple == URN + "Money"
    assert [each.name for each in price.attributes] == ["currency"]


def test_abstract_types_and_those_derived_from_them(model: Components) -> None:
    assert _complex(model, URN + "Pet").abstract
    assert model.derived[URN + "Pet"] == (URN + "Dog", URN + "Cat")
    assert _names(model, URN + "Dog") == ["Name", "Bark"]
    assert _child(model, URN + "Cat", "Name").type == URN + "Letter"
    assert _complex(model, URN + "Cat").derivation is Derivation.RESTRICTION


def test_substitutes(model: Components) -> None:
    assert model.element(URN + "Vehicle").abstract
    assert model.substitutes[URN + "Vehicle"] == (URN + "Car", URN + "Bike")
    assert model.element(URN + "Car").head == URN + "Vehicle"


def test_wildcards_and_mixed_content(model: Components) -> None:
    kind = _complex(model, URN + "Open")
    assert kind.mixed
    assert kind.content is not None
    free = kind.content.members[1]
    assert isinstance(free, Wildcard)
    assert (free.process, free.maximum) == ("lax", None)
    assert free.admits("urn:other")
    assert not free.admits("urn:t")
    assert not free.admits("")
    assert kind.wildcard is not None
    assert kind.wildcard.process == "skip"


@pytest.mark.parametrize(
    ("namespace", "admitted"),
    [
        ("##any", "urn:x,urn:t,"),
        ("##local", ""),
        ("##targetNamespace", "urn:t"),
        ("urn:x", "urn:x"),
    ],
)
def test_what_a_wildcard_admits(namespace: str, admitted: str) -> None:
    wildcard = Wildcard(namespace, target="urn:t")
    spaces = ["urn:x", "urn:t", ""]
    assert [each for each in spaces if wildcard.admits(each)] == admitted.split(",")


def test_an_element_without_a_type_may_hold_anything(tmp_path: Path) -> None:
    found = components(wsdl.load(make(tmp_path, {"service.wsdl": service()})))
    kind = _complex(found, found.element(URN + "Told").type)
    assert (kind.name, kind.mixed) == (ANY_TYPE, True)


def test_an_untyped_substitute_has_the_type_of_its_head(tmp_path: Path) -> None:
    types = """<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
      <xs:element name="Ask"><xs:complexType><xs:sequence><xs:element ref="t:Head"/>
      </xs:sequence></xs:complexType></xs:element><xs:element name="Told"/>
      <xs:element name="Head" type="xs:int"/>
      <xs:element name="Other" substitutionGroup="t:Head"/></xs:schema>"""
    found = components(wsdl.load(make(tmp_path, {"service.wsdl": service(types=types)})))
    assert found.element(URN + "Other").type == f"{{{XSD}}}int"


def test_the_default_namespace_may_be_that_of_schemas(tmp_path: Path) -> None:
    types = """<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
      <element name="Ask" type="int"/><element name="Told" type="t:Kind"/>
      <simpleType name="Kind"><restriction base="string"/></simpleType></schema>"""
    found = components(wsdl.load(make(tmp_path, {"service.wsdl": service(types=types)})))
    assert (found.element(URN + "Ask").type, found.element(URN + "Ask").head) == (
        f"{{{XSD}}}int",
        "",
    )
    assert _simple(found, URN + "Kind").builtin == "string"


def test_a_chameleon_has_the_namespace_of_its_includer(tmp_path: Path) -> None:
    types = """<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
      <xs:include schemaLocation="c.xsd"/>
      <xs:element name="Ask" type="t:Inner"/><xs:element name="Told"/></xs:schema>"""
    inner = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <xs:complexType name="Inner"><xs:sequence><xs:element name="Local" type="Deep"/>
      </xs:sequence></xs:complexType>
      <xs:simpleType name="Deep"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>"""
    folder = make(
        tmp_path, {"service.wsdl": service(types=types), "c.xsd": inner}, {"c.xsd": "c.xsd"}
    )
    found = components(wsdl.load(folder))
    (child,) = children(_complex(found, URN + "Inner").content)
    assert (child.name, child.type) == ("Local", URN + "Deep")
    assert _complex(found, URN + "Inner").place.file == "c.xsd"


def test_a_schema_that_redefines_another_is_refused(tmp_path: Path) -> None:
    types = """<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
      <xs:redefine schemaLocation="c.xsd"/>
      <xs:element name="Ask"/><xs:element name="Told"/></xs:schema>"""
    other = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"/>"""
    folder = make(
        tmp_path, {"service.wsdl": service(types=types), "c.xsd": other}, {"c.xsd": "c.xsd"}
    )
    with pytest.raises(ContractError, match=r"service\.wsdl:\d+: .*redefine"):
        components(wsdl.load(folder))


@pytest.mark.parametrize("ref", [each.ref for each in wsdl.catalogue([CATALOGUE])])
def test_every_contract_of_the_catalogue_has_a_model(ref: str) -> None:
    contract = wsdl.find(ref, [CATALOGUE])
    found = components(contract)
    assert components(contract) is found
    assert set(found.operations) == set(contract.operations)
    for messages in found.operations.values():
        for root in messages.roots():
            assert found.element(root).type in found.types
    for kind in found.types.values():
        if isinstance(kind, ComplexType):
            assert all(each.type in found.types for each in children(kind.content))
            assert all(each.type in found.types for each in kind.attributes)


def test_an_element_that_nobody_declares_is_named(account: Components) -> None:
    with pytest.raises(ContractError, match="No schema declares the element Nobody"):
        account.element("Nobody")


def test_clark_names() -> None:
    assert (local("{urn:t}a"), local("a")) == ("a", "a")
    assert (namespace_of("{urn:t}a"), namespace_of("a")) == ("urn:t", "")


def test_the_model_is_imported_without_lxml() -> None:
    code = "import sys; import harness.wsdl.components; sys.exit('lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
