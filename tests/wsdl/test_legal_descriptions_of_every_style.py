"""What WSDL 1.1 and WS-I BP allow is read: styles, versions, ports, files, headers, faults."""

from pathlib import Path

import pytest

from harness import wsdl, xml
from harness.errors import ContractError, ScenarioError
from harness.wsdl import Contract
from tests.wsdl.making import HEADER, TYPES, make, service

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
SOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"


def _checked(tmp_path: Path, files: dict[str, str | bytes], extra: str = "") -> Contract:
    contract = wsdl.load(make(tmp_path / "c", files, extra=extra))
    contract.check()
    return contract


def _valid(contract: Contract, text: str) -> bool:
    return not contract.validate(xml.parse(text.encode()))


def _schema(namespace: str, content: str, head: str = "") -> str:
    own = f' targetNamespace="{namespace}" xmlns:o="{namespace}"' if namespace else ""
    return f'<xs:schema {XS}{own} elementFormDefault="qualified">{head}{content}</xs:schema>'


MESSAGES = (
    '<xs:element name="Ask"><xs:complexType><xs:sequence><xs:element name="a" type="{a}"/>'
    '</xs:sequence></xs:complexType></xs:element><xs:element name="Told" type="{told}"/>'
)


def test_schemas_side_by_side_import_each_other_without_location(tmp_path: Path) -> None:
    first = _schema(
        "urn:t",
        MESSAGES.format(a="u:A", told="xs:int"),
        '<xs:import namespace="urn:u"/>',
    ).replace("<xs:schema", '<xs:schema xmlns:u="urn:u"', 1)
    second = _schema(
        "urn:u",
        '<xs:simpleType name="A"><xs:restriction base="xs:int"/></xs:simpleType>',
        '<xs:import namespace="urn:t"/>',
    )
    contract = _checked(tmp_path, {"service.wsdl": service(types=first + second)})
    assert _valid(contract, '<Ask xmlns="urn:t"><a>7</a></Ask>')
    assert not _valid(contract, '<Ask xmlns="urn:t"><a>x</a></Ask>')
    assert b"7</" in contract.build("Ask", {"a": 7})


def test_two_schemas_of_one_namespace_and_different_form(tmp_path: Path) -> None:
    first = _schema("urn:t", '<xs:element name="Told" type="xs:int"/>')
    second = (
        f'<xs:schema {XS} targetNamespace="urn:t"><xs:element name="Ask"><xs:complexType>'
        '<xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence></xs:complexType>'
        "</xs:element></xs:schema>"
    )
    contract = _checked(tmp_path, {"service.wsdl": service(types=first + second)})
    assert _valid(contract, '<t:Ask xmlns:t="urn:t"><a>7</a></t:Ask>')
    written = contract.build("Ask", {"a": 7})
    assert _valid(
        contract, written[written.index(b"Body>") + 5 : written.index(b"</soap-env:B")].decode()
    )


def test_chameleon_takes_the_namespace_of_each_who_includes_it(tmp_path: Path) -> None:
    chameleon = (
        f'<xs:schema {XS} elementFormDefault="qualified"><xs:complexType name="C"><xs:sequence>'
        '<xs:element name="c" type="D"/></xs:sequence></xs:complexType>'
        '<xs:simpleType name="D"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>'
    )
    include = '<xs:include schemaLocation="c.xsd"/>'
    first = _schema(
        "urn:t",
        MESSAGES.format(a="o:C", told="u:C"),
        f'{include}<xs:import namespace="urn:u" schemaLocation="u.xsd"/>',
    ).replace("<xs:schema", '<xs:schema xmlns:u="urn:u"', 1)
    files: dict[str, str | bytes] = {
        "service.wsdl": service(types=first),
        "u.xsd": _schema("urn:u", include),
        "c.xsd": chameleon,
    }
    contract = _checked(tmp_path, files)
    assert _valid(contract, '<Ask xmlns="urn:t"><a><c>7</c></a></Ask>')
    assert _valid(contract, '<Told xmlns="urn:t"><c xmlns="urn:u">7</c></Told>')
    assert not _valid(contract, '<Told xmlns="urn:t"><c>7</c></Told>')
    assert b">7</" in contract.build("Ask", {"a": {"c": 7}})


def test_schemas_that_import_each_other_in_a_circle(tmp_path: Path) -> None:
    def half(own: str, other: str, file: str) -> str:
        text = _schema(
            own,
            '<xs:simpleType name="T"><xs:restriction base="xs:int"/></xs:simpleType>'
            '<xs:element name="E" type="p:T"/>',
            f'<xs:import namespace="{other}" schemaLocation="{file}"/>',
        )
        return text.replace("<xs:schema", f'<xs:schema xmlns:p="{other}"', 1)

    types = TYPES.format(ask='<xs:element xmlns:a="urn:a" ref="a:E"/>').replace(
        '<xs:element name="Ask">',
        '<xs:import namespace="urn:a" schemaLocation="deep/a.xsd"/><xs:element name="Ask">',
    )
    files: dict[str, str | bytes] = {
        "service.wsdl": service(types=types),
        "deep/a.xsd": half("urn:a", "urn:b", "../b.xsd"),
        "b.xsd": half("urn:b", "urn:a", "deep/a.xsd"),
    }
    contract = _checked(tmp_path, files)
    assert b">7</" in contract.build("Ask", {"E": 7})


def test_prefixes_declared_around_the_schemas_are_in_scope(tmp_path: Path) -> None:
    types = TYPES.format(ask='<xs:element name="a" type="t:A"/>').replace(
        "</xs:schema>", '<xs:complexType name="A"/></xs:schema>'
    )
    contract = _checked(tmp_path, {"service.wsdl": service(types=types)})
    assert b"a/>" in contract.build("Ask", {"a": {}})


def test_idle_import_is_dropped(tmp_path: Path) -> None:
    types = TYPES.format(ask="").replace(
        '<xs:element name="Ask">',
        '<xs:import namespace="urn:nobody"/><xs:element name="Ask">',
    )
    assert _checked(tmp_path, {"service.wsdl": service(types=types)}).operations


def test_xml_lang_without_a_file(tmp_path: Path) -> None:
    types = _schema(
        "urn:t",
        '<xs:element name="Ask"><xs:complexType><xs:attribute ref="xml:lang"/></xs:complexType>'
        '</xs:element><xs:element name="Told"/>',
        '<xs:import namespace="http://www.w3.org/XML/1998/namespace"/>',
    )
    contract = _checked(tmp_path, {"service.wsdl": service(types=types)})
    assert _valid(contract, '<Ask xmlns="urn:t" xml:lang="fi"/>')


def test_description_spread_over_files_that_import_each_other(tmp_path: Path) -> None:
    text = service()
    head, _, rest = text.partition("<w:types>")
    cut = rest.index('<w:binding name="B"')
    back = '<w:import namespace="urn:t" location="service.wsdl"/>'
    forth = '<w:import namespace="urn:t" location="parts/abstract.wsdl"/>'
    files: dict[str, str | bytes] = {
        "service.wsdl": head + forth + rest[cut:],
        "parts/abstract.wsdl": head
        + back.replace("service", "../service")
        + "<w:types>"
        + rest[:cut]
        + "</w:definitions>",
    }
    contract = _checked(tmp_path, files)
    assert contract.operations["Ask"].output == "{urn:t}Told"
    assert b"Ask" in contract.build("Ask", {})


def test_schema_imported_as_if_it_were_a_description(tmp_path: Path) -> None:
    """Against BP R2002, but common."""
    schema = _schema("urn:t", '<xs:element name="Ask"/><xs:element name="Told"/>')
    text = service(types=" ").replace(
        "<w:types>", '<w:import namespace="urn:t" location="a.xsd"/><w:types>'
    )
    assert _checked(tmp_path, {"service.wsdl": text, "a.xsd": schema}).operations


def test_question_mark_locations_are_mapped(tmp_path: Path) -> None:
    place = "https://service.example/Service.svc?xsd=xsd0"
    types = f'<xs:schema><xs:import namespace="urn:t" schemaLocation="{place}"/></xs:schema>'
    schema = _schema("urn:t", '<xs:element name="Ask"/><xs:element name="Told"/>')
    folder = make(
        tmp_path / "c",
        {"service.wsdl": service(types=types), "xsd0.xsd": schema},
        {place: "xsd0.xsd"},
    )
    wsdl.load(folder).check()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_files_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    files: dict[str, str | bytes] = {"service.wsdl": service().encode(encoding)}
    assert _checked(tmp_path, files).operations


def test_policies_and_other_extensions_are_ignored(tmp_path: Path) -> None:
    policy = (
        '<p:Policy xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy" p:Id="x">'
        "<p:ExactlyOne/></p:Policy>"
    )
    text = service().replace("<w:types>", policy + "<w:types>")
    text = text.replace("<soap:binding", policy + "<soap:binding")
    assert _checked(tmp_path, {"service.wsdl": text}).operations


def test_declared_headers_and_faults(tmp_path: Path) -> None:
    types = TYPES.format(ask="").replace("</xs:schema>", '<xs:element name="Bad"/></xs:schema>')
    text = service(types=types, header=HEADER)
    text = text.replace(
        "<w:portType",
        '<w:message name="F"><w:part name="f" element="t:Bad"/></w:message><w:portType',
    )
    text = text.replace(
        '<w:output message="t:Out"/>',
        '<w:output message="t:Out"/><w:fault name="F" message="t:F"/>',
    )
    text = text.replace(
        "</w:output></w:operation>",
        f'{HEADER}</w:output><w:fault name="F"><soap:fault name="F" use="literal"/></w:fault>'
        "</w:operation>",
    )
    found = _checked(tmp_path, {"service.wsdl": text}).operations["Ask"]
    assert found.headers == ("{urn:t}Token",)
    assert found.output_headers == ("{urn:t}Token",)
    assert found.faults == ("{urn:t}Bad",)


def test_parts_that_a_message_lends_to_its_headers_are_not_in_the_body(tmp_path: Path) -> None:
    text = service(header=HEADER.replace("t:Head", "t:In")).replace(
        'element="t:Ask"/>', 'element="t:Ask"/><w:part name="token" element="t:Token"/>'
    )
    contract = _checked(tmp_path, {"service.wsdl": text})
    written = contract.build("Ask", {}, headers={"Token": "x"})
    assert written.index(b"Token") < written.index(b"Ask")
    assert contract.operations["Ask"].input == "{urn:t}Ask"


def test_absent_use_means_literal(tmp_path: Path) -> None:
    """BP R2707."""
    text = service().replace('<soap:body use="literal"/>', "<soap:body/>")
    assert _checked(tmp_path, {"service.wsdl": text}).operations


def test_bare_message_of_one_text(tmp_path: Path) -> None:
    types = _schema(
        "urn:t", '<xs:element name="Ask" type="xs:int"/><xs:element name="Told" type="xs:int"/>'
    )
    contract = _checked(tmp_path, {"service.wsdl": service(types=types)})
    assert b">7</" in contract.build("Ask", {"_value_1": 7})
    with pytest.raises(ScenarioError, match=r"one text.*_value_1"):
        contract.build("Ask", {"a": 7})


def _rpc() -> str:
    types = _schema(
        "urn:t",
        '<xs:complexType name="A"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence>'
        "</xs:complexType>",
    )
    text = service(types=types).replace("soap/http", 'soap/http" style="rpc')
    text = text.replace(
        '<soap:body use="literal"/>', '<soap:body use="literal" namespace="urn:r"/>'
    )
    text = text.replace('element="t:Ask"', 'type="t:A"/><w:part name="n" type="xs:int"')
    return text.replace('element="t:Told"', 'type="xs:int"')


def test_rpc_literal_has_a_wrapper_in_the_namespace_of_the_body(tmp_path: Path) -> None:
    contract = _checked(tmp_path, {"service.wsdl": _rpc()})
    operation = contract.operations["Ask"]
    assert (operation.style, operation.input, operation.output) == (
        "rpc",
        "{urn:r}Ask",
        "{urn:r}AskResponse",
    )
    good = '<r:Ask xmlns:r="urn:r"><parameters><x xmlns="urn:t">7</x></parameters><n>1</n></r:Ask>'
    assert _valid(contract, good)
    assert not _valid(contract, good.replace("<n>1</n>", ""))
    assert not _valid(contract, good.replace("<n>", '<n xmlns="urn:r">'))
    assert _valid(
        contract, '<AskResponse xmlns="urn:r"><parameters xmlns="">1</parameters></AskResponse>'
    )
    written = contract.build("Ask", {"parameters": {"x": 7}, "n": 1})
    body = written[written.index(b"Body>") + 5 : written.index(b"</soap-env:B")]
    assert _valid(contract, body.decode())


def test_rpc_part_that_is_an_element(tmp_path: Path) -> None:
    text = _rpc().replace('type="t:A"', 'element="t:A"')
    with pytest.raises(ContractError, match=r"must have a type .BP R2203") as caught:
        _checked(tmp_path, {"service.wsdl": text})
    assert caught.value.where.startswith("service.wsdl:")


def _two_ports() -> str:
    text = service()
    binding = text[text.index("<w:binding") : text.index("<w:service")]
    other = binding.replace('name="B"', 'name="B12"')
    other = other.replace("<soap:", "<s12:").replace("</soap:", "</s12:")
    port = (
        '<w:port name="Q12" binding="t:B12"><s12:address location="http://localhost/12"/></w:port>'
    )
    text = text.replace("<w:service", other + "<w:service")
    text = text.replace('<w:port name="Q"', port + '<w:port name="Q"')
    return text.replace("<w:definitions", f'<w:definitions xmlns:s12="{SOAP12}"', 1)


def test_the_first_soap_1_1_port_is_read_and_the_others_are_listed(tmp_path: Path) -> None:
    contract = _checked(tmp_path, {"service.wsdl": _two_ports()})
    assert (contract.port, contract.soap_version) == ("Q", "1.1")
    assert [(port.name, port.soap_version) for port in contract.ports] == [
        ("Q12", "1.2"),
        ("Q", "1.1"),
    ]


def test_a_soap_1_2_port_is_read_when_it_is_named(tmp_path: Path) -> None:
    contract = _checked(tmp_path, {"service.wsdl": _two_ports()}, 'port = "Q12"')
    assert contract.soap_version == "1.2"
    assert contract.operations["Ask"].soap_version == "1.2"
    assert _valid(contract, '<Ask xmlns="urn:t"/>')
    assert b'="http://www.w3.org/2003/05/soap-envelope"' in contract.build("Ask", {})
    assert not [each for each in contract.findings() if "SOAP 1.2" in each.what]


def test_port_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"no SOAP port \*/nope.*there are: S/Q12, S/Q"):
        _checked(tmp_path, {"service.wsdl": _two_ports()}, 'port = "nope"')


def test_which_port_is_meant_is_part_of_the_digest(tmp_path: Path) -> None:
    digests = {
        wsdl.load(make(tmp_path / port, {"service.wsdl": _two_ports()}, extra=extra)).digest
        for port, extra in (("a", ""), ("b", 'port = "Q"'), ("c", 'port = "Q12"'))
    }
    assert len(digests) == 3
