"""What breaks the contract gets a Fault that names the rule: never 200, never a value."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.wsdl import Contract
from tests.account.asking import ACTION, NAMESPACE, Desk, add, caller, envelope, item, send

pytestmark = pytest.mark.attacks

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
GOOD = envelope("HaeTilaTieto", caller() + "<Kysely/>")
SECRET = "salaisuus"


def test_good_request_is_answered(desk: Desk) -> None:
    assert desk.post(GOOD, "HaeTilaTieto").status == 200


ROWS: dict[str, tuple[str, bytes, str]] = {
    "pattern-violated": (
        "LahetaViesti",
        envelope("LahetaViesti", caller() + send(item(), contract="0000" + SECRET)),
        "Client",
    ),
    "required-missing": (
        "LisaaKohteita",
        envelope("LisaaKohteita", caller() + add(item().replace("<Nimeke>Otsikko</Nimeke>", ""))),
        "Client",
    ),
    "unknown-element": (
        "LisaaKohteita",
        envelope("LisaaKohteita", caller() + add(item(extra=f"<Muu>{SECRET}</Muu>"))),
        "Client",
    ),
    "wrong-namespace": (
        "HaeTilaTieto",
        envelope("HaeTilaTieto", caller() + "<Kysely/>", namespace="urn:muu"),
        "Client",
    ),
    "bad-date": (
        "LisaaKohteita",
        envelope(
            "LisaaKohteita", caller() + add(item().replace("2026-11-02T10:00:00+02:00", SECRET))
        ),
        "Client",
    ),
    "unknown-operation": ("PoistaKohteita", envelope("PoistaKohteita", caller()), "Client"),
    "unknown-must-understand": (
        "HaeTilaTieto",
        envelope(
            "HaeTilaTieto",
            caller() + "<Kysely/>",
            header=f'<s:Header><x:y xmlns:x="urn:x" s:mustUnderstand="1">{SECRET}</x:y></s:Header>',
        ),
        "MustUnderstand",
    ),
    "soap-1.2-envelope": (
        "HaeTilaTieto",
        GOOD.replace(SOAP_11.encode(), SOAP_12.encode()),
        "VersionMismatch",
    ),
    "not-xml": ("HaeTilaTieto", SECRET.encode(), "Client"),
    "empty-body": ("HaeTilaTieto", b"", "Client"),
    "doctype-with-external-entity": (
        "HaeTilaTieto",
        GOOD.replace(
            b"<s:Envelope", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><s:Envelope'
        ),
        "Client",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_row_of_the_bad_input_table(desk: Desk, row: str) -> None:
    operation, data, expected = ROWS[row]
    code, text = desk.fault(data, operation)
    assert code == expected
    assert len(text) > 20
    assert SECRET not in text


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("pattern-violated", "Tunniste"),
        ("required-missing", "Nimeke"),
        ("unknown-element", "Muu"),
        ("wrong-namespace", NAMESPACE),
        ("bad-date", "LahetysPvm"),
        ("unknown-operation", "PoistaKohteita"),
    ],
)
def test_fault_names_the_element(desk: Desk, row: str, named: str) -> None:
    operation, data, _ = ROWS[row]
    assert named in desk.fault(data, operation)[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"SOAPAction": '"urn:muu"'},
        {"SOAPAction": f'"{ACTION}HaeAsiakkaita"'},
        {"SOAPAction": ""},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/soap+xml; charset=utf-8"},
        {"Content_Type": ""},
        {"Content_Type": "text/xml; charset=utf-7"},
    ],
    ids=lambda headers: "-".join(next(iter(headers.items()))),
)
def test_headers_that_do_not_agree(desk: Desk, headers: dict[str, str]) -> None:
    assert desk.fault(GOOD, **headers)[0] == "Client"


def test_action_without_quotation_marks_is_understood(desk: Desk) -> None:
    assert desk.post(GOOD, "", SOAPAction=f"{ACTION}HaeTilaTieto").status == 200


def test_message_over_three_megabytes(desk: Desk) -> None:
    data = GOOD + b" " * (3 * 1024 * 1024 - len(GOOD))
    assert desk.post(data, "HaeTilaTieto").status == 200
    code, text = desk.fault(data + b" ")
    assert code == "Client"
    assert "3145728" in text


def test_nothing_refused_changes_the_account(desk: Desk) -> None:
    for operation, data, _ in ROWS.values():
        desk.fault(data, operation)
    assert len(desk.account.items()) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_get_a_fault(contract: Contract, data: bytes) -> None:
    assert Desk(contract).fault(data)[0] in {"Client", "Server", "VersionMismatch"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.integers(0, len(GOOD) - 1))
def test_any_cut_of_a_good_request_gets_a_fault(contract: Contract, cut: int) -> None:
    assert Desk(contract).fault(GOOD[:cut])[0] == "Client"
