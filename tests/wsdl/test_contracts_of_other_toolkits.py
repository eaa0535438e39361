"""What spyne, gSOAP and JAX-WS wrote is taken in as it is: see tests/assets/contracts/README.md."""

from datetime import date
from pathlib import Path

import pytest

from harness import xml
from harness.wsdl import Added, Severity, add
from harness.wsdl.operation import ENVELOPES

ASSETS = Path(__file__).parents[1] / "assets" / "contracts"
FOLDERS = sorted(path for path in ASSETS.iterdir() if path.is_dir() and path.name != "making")
STYLES = {
    "gsoap-document-literal": ("1.1", "document"),
    "gsoap-document-soap12": ("1.2", "document"),
    "gsoap-headers-faults": ("1.1", "document"),
    "gsoap-rpc-literal": ("1.1", "rpc"),
    "jaxws-bare": ("1.1", "document"),
    "jaxws-rpc": ("1.1", "rpc"),
    "spyne-bare": ("1.1", "document"),
    "spyne-headers-faults": ("1.1", "document"),
    "spyne-soap12": ("1.2", "document"),
    "spyne-wrapped": ("1.1", "document"),
}


def _added(folder: Path, tmp_path: Path) -> Added:
    return add(folder, tmp_path, date(2026, 1, 2))


def test_there_are_at_least_ten() -> None:
    assert {folder.name for folder in FOLDERS} == set(STYLES)
    assert len(FOLDERS) >= 10


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_loads_checks_and_has_no_errors(folder: Path, tmp_path: Path) -> None:
    contract = _added(folder, tmp_path).contract
    contract.check()
    version, style = STYLES[folder.name]
    assert contract.soap_version == version
    assert {each.style for each in contract.operations.values()} == {style}
    assert not [each for each in contract.findings() if each.severity is Severity.ERROR]


REQUESTS: dict[str, tuple[str, dict[str, object]]] = {
    "gsoap-document-literal": (
        "place",
        {"order": {"@number": "1", "line": [{"product": "A", "kind": "SMALL"}]}, "priority": 1},
    ),
    "gsoap-document-soap12": (
        "place",
        {"order": {"@number": "1", "line": [{"product": "A", "kind": "SMALL"}]}, "priority": 1},
    ),
    "gsoap-headers-faults": ("place", {"number": "1"}),
    "gsoap-rpc-literal": ("place", {"order": {"@number": "1"}, "priority": 1}),
    "jaxws-bare": (
        "place",
        {"number": None, "line": [{"product": "A", "count": 1, "@kind": "SMALL"}]},
    ),
    "jaxws-rpc": ("place", {"order": {"number": "1"}, "priority": 2}),
    "spyne-bare": ("count", {"_value_1": "1"}),
    "spyne-headers-faults": ("place", {"order": {"number": "1", "day": None}}),
    "spyne-soap12": ("place", {"order": {"number": "1", "day": "2026-01-02"}, "priority": 1}),
    "spyne-wrapped": ("place", {"order": {"number": "1", "day": "2026-01-02"}, "priority": 1}),
}


def test_a_request_is_written_for_each() -> None:
    assert set(REQUESTS) == set(STYLES)


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_a_written_request_is_valid(name: str, tmp_path: Path) -> None:
    contract = _added(ASSETS / name, tmp_path).contract
    operation, values = REQUESTS[name]
    root = xml.parse(contract.build(operation, values))
    assert root.tag == f"{{{ENVELOPES[STYLES[name][0]]}}}Envelope"
    body = root[-1][0]
    assert body.tag == contract.operations[operation].input
    assert contract.validate(body) == ()


def test_headers_and_faults_are_found(tmp_path: Path) -> None:
    spyne = _added(ASSETS / "spyne-headers-faults", tmp_path).contract.operations["place"]
    assert spyne.headers == ("{urn:example:spyne}Token",)
    assert spyne.output_headers == ("{urn:example:spyne}Token",)
    assert spyne.faults == ("{urn:example:spyne}Refused",)


def test_locations_of_a_running_service_are_matched(tmp_path: Path) -> None:
    added = _added(ASSETS / "jaxws-bare", tmp_path)
    assert added.locations == {
        "http://127.0.0.1:18765/bare?xsd=1": "1.xsd",
        "http://127.0.0.1:18765/bare?xsd=2": "2.xsd",
    }


def test_parts_that_no_message_has_are_told(tmp_path: Path) -> None:
    """What soapcpp2 writes for rpc; read as if no parts were named."""
    found = _added(ASSETS / "gsoap-rpc-literal", tmp_path).contract.findings()
    assert [each.what for each in found if "names parts" in each.what] == [
        "soap:body names parts that the message has not: Body."
    ] * 3
