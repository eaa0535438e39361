"""WS-I Basic Profile findings: the number, the severity, the place."""

from pathlib import Path

import pytest

from harness import wsdl
from harness.wsdl import ContractFinding, Severity
from tests.wsdl.making import HEADER, TYPES, make, service

OTHER = '<w:operation name="Other"><soap:operation soapAction="urn:other" style="rpc"/>'
BODY = '<soap:body use="literal"/>'


def _found(tmp_path: Path, text: str, *endpoints: str) -> list[ContractFinding]:
    folder = make(tmp_path / "c", {"service.wsdl": text})
    return list(wsdl.load(folder).findings(endpoints))


def test_nothing_is_said_of_a_clean_contract(tmp_path: Path) -> None:
    text = service(header=HEADER)
    assert _found(tmp_path, text, "http://localhost/") == []


@pytest.mark.parametrize(
    ("rule", "severity", "old", "new"),
    [
        ("R2701", "error", ' transport="http://schemas.xmlsoap.org/soap/http"', ""),
        ("R2702", "error", "soap/http", "soap/smtp"),
        ("R2706", "error", BODY, '<soap:body use="encoded"/>'),
        ("R2716", "warning", BODY, '<soap:body use="literal" namespace="urn:x"/>'),
        ("R2717", "error", "soap/http", 'soap/http" style="rpc'),
        (
            "R2705",
            "warning",
            'soapAction="urn:ask"/>',
            f'soapAction="urn:ask"/></w:operation>{OTHER}',
        ),
        (
            "R2718",
            "warning",
            '<w:portType name="P">',
            '<w:portType name="P"><w:operation name="More"><w:input message="t:In"/></w:operation>',
        ),
        (
            "R2303",
            "error",
            '<w:portType name="P">',
            '<w:portType name="P"><w:operation name="M"><w:output message="t:In"/></w:operation>',
        ),
        ("R2101", "error", 'type="t:P"', 'type="t:X"'),
        ("R2101", "error", 'binding="t:B"', 'binding="t:X"'),
        (
            "R2105",
            "warning",
            "</w:types>",
            "<xs:schema><xs:element name='a'/></xs:schema></w:types>",
        ),
        ("R2023", "warning", "<w:types>", '<w:message name="First"/><w:types>'),
        ("", "warning", "http://localhost/", "http://service.example/"),
        ("", "note", "<w:service", '<w:binding name="H" type="t:P"/><w:service'),
    ],
)
def test_rule(tmp_path: Path, rule: str, severity: str, old: str, new: str) -> None:
    text = service()
    assert old in text
    found = _found(tmp_path, text.replace(old, new, 1))
    fitting = [each for each in found if each.rule == rule and each.severity == severity]
    assert fitting, found
    for each in fitting:
        assert each.where.startswith("service.wsdl:")
        assert each.what


def test_an_import_behind_other_elements(tmp_path: Path) -> None:
    text = service().replace(
        "</w:types>", '</w:types><w:import namespace="urn:t" location="service.wsdl"/>'
    )
    assert [each.rule for each in _found(tmp_path, text)] == ["R2022", ""]


def test_import_of_another_namespace(tmp_path: Path) -> None:
    text = service().replace(
        "<w:types>", '<w:import namespace="urn:other" location="service.wsdl"/><w:types>'
    )
    assert "R2005" in [each.rule for each in _found(tmp_path, text)]


def test_idle_import(tmp_path: Path) -> None:
    types = TYPES.format(ask="").replace(
        '<xs:element name="Ask">', '<xs:import namespace="urn:u"/><xs:element name="Ask">'
    )
    (found,) = _found(tmp_path, service(types=types))
    assert (found.severity, found.where) == (Severity.WARNING, "service.wsdl:5")
    assert "leads nowhere" in found.what


def test_latin_letters_are_no_look_alikes(tmp_path: Path) -> None:
    types = TYPES.format(ask='<xs:element name="äiti"/>')
    assert _found(tmp_path, service(types=types)) == []


def test_errors_come_first_and_a_load_error_is_said_once(tmp_path: Path) -> None:
    text = service().replace(BODY, '<soap:body use="encoded"/>', 1)
    text = text.replace("http://localhost/", "http://service.example/")
    found = _found(tmp_path, text)
    assert [each.severity for each in found] == [Severity.ERROR, Severity.WARNING]
    assert str(found[0]).startswith("service.wsdl:15: error R2706: ")


def test_files_that_cannot_be_read_are_one_finding(tmp_path: Path) -> None:
    (found,) = _found(tmp_path, "<x/>")
    assert found.severity is Severity.ERROR
    assert found.where == "service.wsdl:1"
