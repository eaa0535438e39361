"""Each fact about the WSDL file of each version, read with lxml alone."""

from typing import Final

import pytest
from lxml import etree

from harness import wsdl
from harness.wsdl import Operation
from tests.wsdl.catalogue.versions import VERSIONS, Version
from tests.wsdl.facts import NAMESPACE

NS: Final = {
    "w": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "wsp": "http://schemas.xmlsoap.org/ws/2004/09/policy",
    "wssp": "http://www.bea.com/wls90/security/policy",
}
ACTION: Final = "{http://www.w3.org/2006/05/addressing/wsdl}Action"
REQUIRED: Final = "{http://schemas.xmlsoap.org/wsdl/}Required"
_UTILITY: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)
_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_WEBLOGIC: Final = "http://www.bea.com/wls90/security/policy/wsee#part"
_X509: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
)

every_version = pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.ref)


def _root(version: Version) -> etree._Element:
    return etree.parse(version.wsdl).getroot()


def _all(root: etree._Element, path: str) -> list[dict[str, str]]:
    return [{str(k): str(v) for k, v in node.attrib.items()} for node in root.findall(path, NS)]


def _prefix(version: Version) -> str:
    return f"{NAMESPACE}/{version.interface}/"


@every_version
def test_definitions(version: Version) -> None:
    root = _root(version)
    assert dict(root.attrib) == {"name": version.interface, "targetNamespace": NAMESPACE}
    assert root.nsmap["tns"] == NAMESPACE
    assert _all(root, ".//w:fault") == []
    assert _all(root, ".//w:import") == []


@every_version
def test_schema_is_inline_or_one_import(version: Version) -> None:
    head = _all(_root(version), "w:types/xs:schema")
    inside = _all(_root(version), "w:types/xs:schema/xs:import")
    if version.inline:
        assert head == [{"targetNamespace": NAMESPACE, "elementFormDefault": "qualified"}]
        assert inside == []
        return
    assert head == [{"elementFormDefault": "qualified"}]
    assert inside == _all(_root(version), "w:types/xs:schema/*")
    assert inside == [{"namespace": NAMESPACE, "schemaLocation": "Viranomaispalvelut.xsd"}]


@every_version
def test_messages(version: Version) -> None:
    expected = {
        f"{version.interface}_{name}_{kind}": [("parameters", f"tns:{name}{suffix}")]
        for name in version.operations
        for kind, suffix in zip(version.suffixes, ("", "Response"), strict=True)
    }
    if version.header:
        expected["requestheader"] = [("paluukanavaUrl", "tns:paluukanavaUrl")]
    assert {
        node.get("name"): [(part.get("name"), part.get("element")) for part in node]
        for node in _root(version).findall("w:message", NS)
    } == expected


@every_version
def test_port_type(version: Version) -> None:
    root, prefix = _root(version), _prefix(version)
    assert _all(root, "w:portType") == [{"name": version.interface}]
    names = [item["name"] for item in _all(root, "w:portType/w:operation")]
    assert names == list(version.operations)
    for name in names:
        base = f"w:portType/w:operation[@name='{name}']"
        asked, told = (f"tns:{version.interface}_{name}_{each}" for each in version.suffixes)
        assert _all(root, f"{base}/w:input") == [{ACTION: prefix + name, "message": asked}]
        answer = {ACTION: f"{prefix}{name}Response", "message": told}
        assert _all(root, f"{base}/w:output") == [answer]
        assert [etree.QName(node).localname for node in root.findall(f"{base}/*", NS)] == [
            "input",
            "output",
        ]


@every_version
def test_binding(version: Version) -> None:
    root, name = _root(version), version.interface
    assert _all(root, "w:binding") == [{"name": f"{name}Soap", "type": f"tns:{name}"}]
    over = {"transport": "http://schemas.xmlsoap.org/soap/http"}
    official = name == "Viranomaispalvelut"
    assert _all(root, "w:binding/soap:binding") == [
        {"style": "document", **over} if official else over
    ]
    operations = [item["name"] for item in _all(root, "w:binding/w:operation")]
    assert operations == list(version.operations)
    for operation in operations:
        base = f"w:binding/w:operation[@name='{operation}']"
        assert _all(root, f"{base}/soap:operation") == [
            {"soapAction": _prefix(version) + operation, "style": "document"}
        ]
        assert _all(root, f"{base}/w:output/*") == [{"use": "literal"}]


@every_version
def test_request_headers(version: Version) -> None:
    root = _root(version)
    header = {"message": "tns:requestheader", "part": "paluukanavaUrl", "use": "literal"}
    expected = [{"use": "literal"}, header] if version.header else [{"use": "literal"}]
    for operation in version.operations:
        base = f"w:binding/w:operation[@name='{operation}']/w:input"
        assert _all(root, f"{base}/*") == expected
        assert len(_all(root, f"{base}/soap:body")) == 1
    assert len(_all(root, ".//soap:header")) == version.header * len(version.operations)


@every_version
def test_service(version: Version) -> None:
    root = _root(version)
    assert _all(root, "w:service") == [{"name": version.service}]
    assert _all(root, "w:service/w:port") == [
        {"name": version.port, "binding": f"tns:{version.interface}Soap"}
    ]
    assert _all(root, "w:service/w:port/*") == [{"location": version.address}]


@every_version
def test_policy_only_where_it_was_published(version: Version) -> None:
    root = _root(version)
    found = {str(node.tag) for node in root.iter("*")}
    foreign = {tag for tag in found if tag.startswith((f"{{{NS['wsp']}}}", f"{{{NS['wssp']}}}"))}
    assert bool(foreign) is version.policy
    if not version.policy:
        return
    assert _all(root, "wsp:UsingPolicy") == [{REQUIRED: "true"}]
    assert _all(root, ".//wsp:Policy") == [{f"{{{_UTILITY}}}Id": "wspAsiointitiliSignature"}]
    assert _all(root, ".//wsp:PolicyReference") == [{"URI": "#wspAsiointitiliSignature"}]
    assert len(_all(root, "w:binding//wsp:PolicyReference")) == 1


def test_policy_says_what_is_signed_and_how() -> None:
    (root,) = (_root(each) for each in VERSIONS if each.policy)
    base = "wsp:Policy/wssp:Integrity"
    assert _all(root, base) == [{"SignToken": "false"}]
    assert _all(root, f"{base}/wssp:SignatureAlgorithm") == [{"URI": _DSIG + "rsa-sha1"}]
    assert _all(root, f"{base}/wssp:CanonicalizationAlgorithm") == [
        {"URI": "http://www.w3.org/2001/10/xml-exc-c14n#"}
    ]
    assert _all(root, f"{base}/wssp:Target/wssp:DigestAlgorithm") == [{"URI": _DSIG + "sha1"}] * 3
    parts = root.findall(f"{base}/wssp:Target/wssp:MessageParts", NS)
    assert {(part.get("Dialect"), part.text) for part in parts} == {
        (_WEBLOGIC, "wls:SystemHeaders()"),
        (_WEBLOGIC, "wls:SecurityHeader(wsu:Timestamp)"),
        ("http://schemas.xmlsoap.org/2002/12/wsse#part", "wsp:Body()"),
    }
    assert (root.nsmap["wls"], root.nsmap["wsu"]) == (_WEBLOGIC, _UTILITY)
    assert _all(root, f"{base}/wssp:SupportedTokens/wssp:SecurityToken") == [
        {"IncludeInMessage": "true", "TokenType": _X509}
    ]
    assert _all(root, "wsp:Policy/wssp:MessageAge") == [{"Age": "60"}]


@every_version
def test_the_reader_reads_the_same(version: Version) -> None:
    contract = wsdl.load(version.folder)
    assert contract.namespace == NAMESPACE
    assert contract.interface == version.interface
    assert (contract.service, contract.port) == (version.service, version.port)
    assert contract.address == version.address
    assert contract.health == version.health
    headers = (f"{{{NAMESPACE}}}paluukanavaUrl",) if version.header else ()
    assert list(contract.operations) == list(version.operations)
    for name in version.operations:
        body = f"{{{NAMESPACE}}}{name}"
        assert contract.operations[name] == Operation(
            name, _prefix(version) + name, body, body + "Response", "document", headers
        )
