"""What this version does not read is refused with its place, never skipped."""

from pathlib import Path

import pytest

from harness import wsdl
from harness.errors import ContractError
from tests.wsdl.making import HEADER, make, service


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<w:types>", '<w:import namespace="urn:x"/><w:types>', "import .* says no location"),
        ("<w:types>", '<w:import location="x.wsdl"/><w:types>', "'x.wsdl' stands for no pinned"),
        ('soapAction="urn:ask"', 'soapAction="urn:ask" style="odd"', "unknown style odd"),
        ('soapAction="urn:ask"', 'soapAction="urn:ask" style="rpc"', "says no namespace.*R2717"),
        ('<soap:body use="literal"/>', '<soap:body use="encoded"/>', "not use=literal .BP R2706"),
        ('<soap:body use="literal"/>', '<soap:body parts="x"/>', "no part 'x'"),
        ("soap/http", "soap/smtp", "transport"),
        ("soap:address", "soap:adress", "no service has a port|No service has a port"),
        ('binding="t:B"', 'binding="t:C"', "no binding {urn:t}C"),
        ('binding="t:B"', 'binding="u:B"', "prefix of 'u:B' is not declared"),
        ('type="t:P"', 'type="t:X"', "no portType {urn:t}X"),
        ('type="t:P"', "", "attribute type is missing"),
        ('message="t:In"', 'message="t:Inn"', "no message {urn:t}Inn"),
        ('<w:part name="parameters" element="t:Ask"/>', "", "exactly one part"),
        ('element="t:Ask"', 'type="t:Ask"', "attribute element is missing"),
        ('<soap:operation soapAction="urn:ask"/>', "", "element operation is missing"),
        (
            '<w:portType name="P"><w:operation name="Ask">',
            "<w:portType name='P'><w:operation name='Other'>",
            "port type has no operation Ask",
        ),
    ],
)
def test_refused_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = service()
    assert old in text
    folder = make(tmp_path / "c", {"service.wsdl": text.replace(old, new, 1)})
    with pytest.raises(ContractError, match=message) as caught:
        _ = wsdl.load(folder).operations
    assert caught.value.where.startswith("service.wsdl:")


def test_operation_that_stands_twice(tmp_path: Path) -> None:
    text = service()
    start = text.index('<w:operation name="Ask"><soap')
    end = text.index("</w:operation>", start) + len("</w:operation>")
    folder = make(tmp_path / "c", {"service.wsdl": text[:end] + text[start:end] + text[end:]})
    with pytest.raises(ContractError, match="stands twice"):
        _ = wsdl.load(folder).operations


def test_header_without_its_part(tmp_path: Path) -> None:
    broken = HEADER.replace('part="token"', 'part="tok"')
    folder = make(tmp_path / "c", {"service.wsdl": service(header=broken)})
    with pytest.raises(ContractError, match="no part 'tok'"):
        _ = wsdl.load(folder).operations


def test_one_way_operation_and_chosen_parts(tmp_path: Path) -> None:
    text = service().replace('<w:output message="t:Out"/>', "")
    text = text.replace(
        '<soap:body use="literal"/>', '<soap:body parts="parameters" use="literal"/>'
    )
    text = text.replace(
        'element="t:Ask"/>', 'element="t:Ask"/><w:part name="other" element="t:Token"/>'
    )
    contract = wsdl.load(make(tmp_path / "c", {"service.wsdl": text}))
    assert contract.operations["Ask"].output == ""
    assert contract.operations["Ask"].input == "{urn:t}Ask"
