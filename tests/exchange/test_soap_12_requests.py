"""Requests over SOAP 1.2: written, sent with the action in the content type, judged."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.exchange import http, render, soap
from harness.exchange.judge import judge_request
from harness.exchange.messages import SOAP_11_CONTENT_TYPE, Body, Request
from harness.exchange.render import FaultCode
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.samples import codes
from tests.exchange.samples_12 import ORDERS, PLACE, PLACED, SOAP, SOAP_11, TYPE, judged, request

OWN_TYPE = soap.content_type("1.2", "place")
HEADER = b'<env:Header><h:H xmlns:h="urn:h" env:mustUnderstand="true"/></env:Header><env:Body>'

ROWS: list[tuple[str, bytes, str, str, FaultCode]] = [
    ("not XML", b"hello", OWN_TYPE, "not-well-formed", FaultCode.CLIENT),
    ("empty", b"", OWN_TYPE, "empty-request", FaultCode.CLIENT),
    ("schema", PLACE.replace(b">1<", b">one<"), OWN_TYPE, "schema", FaultCode.CLIENT),
    (
        "unknown operation",
        PLACE.replace(b"place", b"steal"),
        OWN_TYPE,
        "unknown-operation",
        FaultCode.CLIENT,
    ),
    (
        "wrong namespace",
        PLACE.replace(ORDERS.encode(), b"urn:o"),
        OWN_TYPE,
        "wrong-namespace",
        FaultCode.CLIENT,
    ),
    (
        "header nobody understands",
        PLACE.replace(b"<env:Body>", HEADER),
        OWN_TYPE,
        "must-understand",
        FaultCode.MUST_UNDERSTAND,
    ),
    (
        "SOAP 1.1 under the type of SOAP 1.2",
        PLACE.replace(SOAP.encode(), SOAP_11.encode()),
        OWN_TYPE,
        "soap-version",
        FaultCode.VERSION_MISMATCH,
    ),
    (
        "SOAP 1.1",
        PLACE.replace(SOAP.encode(), SOAP_11.encode()),
        SOAP_11_CONTENT_TYPE,
        "soap-version",
        FaultCode.VERSION_MISMATCH,
    ),
    ("type of SOAP 1.1", PLACE, SOAP_11_CONTENT_TYPE, "content-type", FaultCode.CLIENT),
    ("no type", PLACE, "", "content-type", FaultCode.CLIENT),
    ("another action", PLACE, soap.content_type("1.2", "lines"), "soap-action", FaultCode.CLIENT),
    ("no action", PLACE, TYPE, "soap-action", FaultCode.CLIENT),
    ("empty action", PLACE, f'{TYPE}; action=""', "soap-action", FaultCode.CLIENT),
    ("two actions", PLACE, f"{OWN_TYPE}; action=lines", "content-type", FaultCode.CLIENT),
]


@pytest.mark.attacks
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_bad_input(orders: Contract, row: tuple[str, bytes, str, str, FaultCode]) -> None:
    _, body, media, code, fault = row
    found = judge_request(orders, Request("", "", Body(body), media))
    assert (found.verdict, codes(found)) == (Verdict.FAILED, {code})
    assert render.fault_code(found) is fault


@pytest.mark.parametrize("operation", ["place", ""])
@pytest.mark.parametrize("media", [OWN_TYPE, f"{TYPE}; Action=place", f'{TYPE}; action="pla\\ce"'])
def test_the_good_request_these_rows_spoil_passes(
    orders: Contract, operation: str, media: str
) -> None:
    found = judge_request(orders, request(operation, media=media))
    assert (found.verdict, found.findings, found.operation) == (Verdict.PASSED, (), "place")


def test_missing_action_is_refused_unless_told_otherwise(orders: Contract) -> None:
    bare = request(media=TYPE)
    assert codes(judge_request(orders, bare)) == {"soap-action"}
    assert judge_request(orders, bare, strict=False).verdict is Verdict.PASSED


@pytest.mark.attacks
@pytest.mark.parametrize("strict", [True, False])
def test_two_places_that_name_different_actions(orders: Contract, strict: bool) -> None:
    """Something in between may go by a SOAPAction header that SOAP 1.2 does not have."""
    by_header = judge_request(orders, request(action="lines"), strict=strict)
    by_type = judge_request(
        orders, request(media=soap.content_type("1.2", "lines"), action="place"), strict=strict
    )
    assert codes(by_header) == codes(by_type) == {"soap-action"}
    assert judge_request(orders, request(action="place"), strict=strict).verdict is Verdict.PASSED


def test_what_a_peer_names_is_shown_by_its_length_only(orders: Contract) -> None:
    (finding,) = judge_request(orders, request(media=f"{TYPE}; action=salainen")).findings
    assert (finding.path, finding.expected) == ("Content-Type", "place")
    assert "salainen" not in repr(finding)


def test_a_written_request_passes(orders: Contract) -> None:
    values = {"order": {"number": "7", "day": "2026-01-02"}, "priority": 1}
    body = orders.build("place", values)
    found = judge_request(orders, request(body=body))
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())
    assert found.message is not None
    assert found.message.text("order/number") == "7"
    assert SOAP_11.encode() not in body


def test_a_written_answer_passes(orders: Contract) -> None:
    for style in render.PrefixStyle:
        body = render.answer(orders, "place", [("placeResult", "7")], style=style)
        found = judged(orders, body)
        assert (found.verdict, found.findings) == (Verdict.PASSED, ())


@given(action=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
@example(action='a"b\\c;d="e')
@example(action="\\")
def test_any_action_comes_back_as_it_was(action: str) -> None:
    media = soap.content_type("1.2", action)
    assert (http.action(media) or "") == action
    assert http.type_finding(media, soap.SOAP_TYPE) is None
    assert http.charset_finding(media, PLACED) is None


@given(media=st.text('\\";=, actionhrsexml/+', max_size=60))
def test_no_content_type_raises_or_passes_by_accident(media: str) -> None:
    http.action(media)
    finding = http.type_finding(media, soap.SOAP_TYPE)
    assert finding is not None or soap.media_type(media) == soap.SOAP_TYPE


def test_a_long_content_type_is_read_in_linear_time() -> None:
    media = f"{TYPE}; action=" + '"\\' * 200_000
    assert http.action(media) is not None
