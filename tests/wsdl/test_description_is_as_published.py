"""Each fact about the WSDL file, read with lxml alone."""

from typing import Final

import pytest
from lxml import etree

from harness.wsdl import Contract, Operation
from tests.wsdl.conftest import FOLDER
from tests.wsdl.facts import NAMESPACE

OPERATIONS: Final = ("HaeAsiakkaita", "LisaaKohteita", "LahetaViesti", "HaeTilaTieto")
NS: Final = {
    "w": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xs": "http://www.w3.org/2001/XMLSchema",
}
ACTION: Final = "{http://www.w3.org/2006/05/addressing/wsdl}Action"
PREFIX: Final = NAMESPACE + "/Viranomaispalvelut/"


@pytest.fixture(scope="module")
def root() -> etree._Element:
    return etree.parse(FOLDER / "Viranomaispalvelut.wsdl").getroot()


def _all(root: etree._Element, path: str) -> list[dict[str, str]]:
    return [{str(k): str(v) for k, v in node.attrib.items()} for node in root.findall(path, NS)]


def test_definitions(root: etree._Element) -> None:
    assert dict(root.attrib) == {"name": "Viranomaispalvelut", "targetNamespace": NAMESPACE}
    assert root.nsmap["tns"] == NAMESPACE
    assert _all(root, ".//w:fault") == []
    assert _all(root, ".//soap:header") == []
    assert not [node for node in root.iter("*") if "policy" in str(node.tag).lower()]


def test_embedded_schema_is_one_import(root: etree._Element) -> None:
    assert _all(root, "w:types/xs:schema") == [{"elementFormDefault": "qualified"}]
    assert _all(root, "w:types/xs:schema/*") == [
        {"namespace": NAMESPACE, "schemaLocation": "Viranomaispalvelut.xsd"}
    ]


def test_messages(root: etree._Element) -> None:
    expected = {
        f"Viranomaispalvelut_{name}_{kind}": [("parameters", f"tns:{name}{suffix}")]
        for name in OPERATIONS
        for kind, suffix in (("Pyynto", ""), ("Vastaus", "Response"))
    }
    assert {
        node.get("name"): [(part.get("name"), part.get("element")) for part in node]
        for node in root.findall("w:message", NS)
    } == expected


def test_port_type(root: etree._Element) -> None:
    assert _all(root, "w:portType") == [{"name": "Viranomaispalvelut"}]
    assert [item["name"] for item in _all(root, "w:portType/w:operation")] == list(OPERATIONS)
    for name in OPERATIONS:
        base = f"w:portType/w:operation[@name='{name}']"
        message = f"tns:Viranomaispalvelut_{name}_"
        assert _all(root, f"{base}/*") == [
            {ACTION: PREFIX + name, "message": message + "Pyynto"},
            {ACTION: PREFIX + name + "Response", "message": message + "Vastaus"},
        ]


def test_binding(root: etree._Element) -> None:
    assert _all(root, "w:binding") == [
        {"name": "ViranomaispalvelutSoap", "type": "tns:Viranomaispalvelut"}
    ]
    assert _all(root, "w:binding/soap:binding") == [
        {"style": "document", "transport": "http://schemas.xmlsoap.org/soap/http"}
    ]
    for name in OPERATIONS:
        base = f"w:binding/w:operation[@name='{name}']"
        assert _all(root, f"{base}/soap:operation") == [
            {"soapAction": PREFIX + name, "style": "document"}
        ]
        assert _all(root, f"{base}/w:input/*") == [{"use": "literal"}]
        assert _all(root, f"{base}/w:output/*") == [{"use": "literal"}]


def test_service(root: etree._Element) -> None:
    assert _all(root, "w:service") == [{"name": "ViranomaispalvelutService"}]
    assert _all(root, "w:service/w:port") == [
        {"name": "ViranomaispalvelutPort", "binding": "tns:ViranomaispalvelutSoap"}
    ]
    assert _all(root, "w:service/w:port/*") == [
        {"location": "http://qat.integraatiopalvelu.fi/Asiointitili/ViranomaispalvelutWSInterface"}
    ]


def test_the_reader_reads_the_same(contract: Contract, root: etree._Element) -> None:
    assert contract.namespace == NAMESPACE
    assert (contract.service, contract.port) == (
        "ViranomaispalvelutService",
        "ViranomaispalvelutPort",
    )
    assert contract.address == _all(root, "w:service/w:port/*")[0]["location"]
    assert contract.health == "HaeTilaTieto"
    assert list(contract.operations) == list(OPERATIONS)
    for name in OPERATIONS:
        body = f"{{{NAMESPACE}}}{name}"
        assert contract.operations[name] == Operation(
            name, PREFIX + name, body, body + "Response", "document", ()
        )
