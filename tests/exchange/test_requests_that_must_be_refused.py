"""Bad requests, ours before they are sent or a caller's on arrival: none may pass."""

import pytest

from harness.exchange import render
from harness.exchange.judge import judge_request
from harness.exchange.messages import Body, Request
from harness.exchange.render import FaultCode
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.samples import ACCOUNT, HEALTH_REQUEST, PERSON, SOAP, codes, request

CUSTOMERS_REQUEST = HEALTH_REQUEST.replace(b"HaeTilaTieto", b"HaeAsiakkaita").replace(
    b"<Kysely/>",
    b"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji><KyselyAlku>2024-01-01T00:00:00</KyselyAlku>"
    b"<KyselyLoppu>2024-02-01T00:00:00</KyselyLoppu><Asiakkaat>"
    b'<Asiakas AsiakasTunnus="%s"/></Asiakkaat></Kysely>' % PERSON.encode(),
)
PRINTED_REQUEST = HEALTH_REQUEST.replace(b"HaeTilaTieto", b"LahetaViesti").replace(
    b"<Kysely/>",
    b"<Kysely><Tulostustoimittaja>Posti</Tulostustoimittaja>"
    b"<Laskutus><Tunniste>123456</Tunniste></Laskutus></Kysely>",
)
CUSTOMERS, PRINTED = "HaeAsiakkaita", "LahetaViesti"
HEADER = b'<soap:Header><h:Muu xmlns:h="urn:h" soap:mustUnderstand="1"/></soap:Header>'

ROWS: list[tuple[str, bytes, str, FaultCode]] = [
    (
        "pattern violated",
        PRINTED_REQUEST.replace(b"123456", b"0000"),
        "schema",
        FaultCode.CLIENT,
    ),
    (
        "required missing",
        CUSTOMERS_REQUEST.replace(b"<PalveluTunnus>palvelu-1</PalveluTunnus>", b""),
        "schema",
        FaultCode.CLIENT,
    ),
    (
        "unknown element",
        CUSTOMERS_REQUEST.replace(b"<Asiakkaat>", b"<Muu/><Asiakkaat>"),
        "schema",
        FaultCode.CLIENT,
    ),
    (
        "wrong namespace",
        CUSTOMERS_REQUEST.replace(ACCOUNT.encode(), b"urn:other"),
        "wrong-namespace",
        FaultCode.CLIENT,
    ),
    (
        "bad xs:date",
        CUSTOMERS_REQUEST.replace(b"2024-01-01T", b"2024-13-01T"),
        "schema",
        FaultCode.CLIENT,
    ),
    (
        "unknown operation",
        CUSTOMERS_REQUEST.replace(b"HaeAsiakkaita", b"PoistaAsiakkaita"),
        "unknown-operation",
        FaultCode.CLIENT,
    ),
    (
        "unknown mustUnderstand header",
        CUSTOMERS_REQUEST.replace(b"<soap:Header/>", HEADER),
        "must-understand",
        FaultCode.MUST_UNDERSTAND,
    ),
    (
        "SOAP 1.2 envelope as text/xml",
        CUSTOMERS_REQUEST.replace(SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope"),
        "soap-version",
        FaultCode.VERSION_MISMATCH,
    ),
    ("not XML", b"hello", "not-well-formed", FaultCode.CLIENT),
    ("empty body", b"", "empty-request", FaultCode.CLIENT),
    (
        "DOCTYPE + external entity",
        CUSTOMERS_REQUEST.replace(
            b"?>", b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
        ),
        "dtd",
        FaultCode.CLIENT,
    ),
]


@pytest.mark.attacks
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_bad_input(contract: Contract, row: tuple[str, bytes, str, FaultCode]) -> None:
    _, body, code, fault = row
    action = request(PRINTED if b"LahetaViesti" in body else CUSTOMERS).soap_action
    found = judge_request(contract, Request("", action, Body(body)))
    assert (found.verdict, codes(found)) == (Verdict.FAILED, {code})
    assert render.fault_code(found) is fault


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("HaeTilaTieto", HEALTH_REQUEST),
        (CUSTOMERS, CUSTOMERS_REQUEST),
        (PRINTED, PRINTED_REQUEST),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_the_good_requests_these_rows_spoil_pass(
    contract: Contract, operation: str, body: bytes, named: bool
) -> None:
    action = request(operation).soap_action
    found = judge_request(contract, Request(operation if named else "", action, Body(body)))
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())
    assert found.operation == operation
    assert found.message is not None
    assert found.message.operation_element == f"{{{ACCOUNT}}}{operation}"


@pytest.mark.attacks
@pytest.mark.parametrize("strict", [True, False])
def test_soap_action_spoofing(contract: Contract, strict: bool) -> None:
    lie = Request("", request(CUSTOMERS).soap_action, Body(HEALTH_REQUEST))
    found = judge_request(contract, lie, strict=strict)
    assert (found.verdict, codes(found)) == (Verdict.FAILED, {"soap-action"})


def test_missing_soap_action_is_refused_unless_told_otherwise(contract: Contract) -> None:
    bare = Request("", "", Body(HEALTH_REQUEST))
    assert codes(judge_request(contract, bare)) == {"soap-action"}
    assert judge_request(contract, bare, strict=False).verdict is Verdict.PASSED


def test_body_of_another_operation_than_the_sender_means(contract: Contract) -> None:
    found = judge_request(contract, request(CUSTOMERS, HEALTH_REQUEST))
    assert (found.verdict, codes(found)) == (Verdict.FAILED, {"wrong-element"})


@pytest.mark.attacks
@pytest.mark.parametrize(
    ("media", "code"),
    [
        ("application/soap+xml", "content-type"),
        ("text/plain", "content-type"),
        ("multipart/related", "multipart"),
        ("text/xml; charset=iso-8859-1", "charset"),
    ],
)
def test_content_type_of_a_request(contract: Contract, media: str, code: str) -> None:
    good = request("HaeTilaTieto", HEALTH_REQUEST)
    found = judge_request(contract, Request(good.operation, good.soap_action, good.body, media))
    assert (found.verdict, codes(found)) == (Verdict.FAILED, {code})


def test_a_message_that_breaks_only_the_schema_can_still_be_read(contract: Contract) -> None:
    """Working clients leave out the two times; a tolerant service needs to see what is there."""
    body = CUSTOMERS_REQUEST.replace(b"<KyselyAlku>2024-01-01T00:00:00</KyselyAlku>", b"")
    found = judge_request(contract, request(CUSTOMERS, body))
    assert (found.verdict, codes(found), found.operation) == (
        Verdict.FAILED,
        {"schema"},
        CUSTOMERS,
    )
    assert found.message is not None
    assert found.message.texts("Kysely/Asiakkaat/Asiakas/@AsiakasTunnus") == [PERSON]


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf", b" \n", "\ufeff ".encode("utf-16-le")])
def test_blank_bytes_are_an_empty_request(contract: Contract, body: bytes) -> None:
    assert codes(judge_request(contract, request(CUSTOMERS, body))) == {"empty-request"}
