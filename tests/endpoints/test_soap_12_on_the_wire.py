"""A request over SOAP 1.2 from the contract to the verdict, with a socket in between."""

from datetime import date
from pathlib import Path

import pytest

from harness import wsdl
from harness.exchange import render, soap
from harness.exchange.judge import judge_answer, judge_request
from harness.exchange.messages import Body, Request
from harness.exchange.render import FaultCode
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.endpoints.calls import call
from tests.endpoints.raw_server import RawServer, http

ASSETS = Path(__file__).parents[1] / "assets" / "contracts"
TYPE = soap.content_type("1.2")


@pytest.fixture
def orders(tmp_path: Path) -> Contract:
    return wsdl.add(ASSETS / "spyne-soap12", tmp_path, date(2026, 1, 2)).contract


def _request(contract: Contract) -> Request:
    operation = contract.operations["place"]
    media = soap.content_type(contract.soap_version, operation.soap_action)
    body = contract.build("place", {"priority": 1})
    return Request(operation.name, operation.soap_action, Body(body), media)


def test_the_action_stands_in_the_content_type_and_nowhere_else(orders: Contract) -> None:
    request = _request(orders)
    data = http(render.answer(orders, "place", [("placeResult", "7")]), content_type=TYPE)
    with RawServer(lambda connection: connection.sendall(data)) as server:
        exchange = call(server.url, request=request)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert fields[b"content-type"] == b'application/soap+xml; charset=utf-8; action="place"'
    assert fields[b"accept"] == b"application/soap+xml"
    assert b"soapaction" not in fields
    found = judge_answer(orders, request, exchange)
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())
    arrived = Request("", "", Body(body), fields[b"content-type"].decode())
    asked = judge_request(orders, arrived)
    assert (asked.verdict, asked.findings, asked.operation) == (Verdict.PASSED, (), "place")


@pytest.mark.parametrize(
    ("code", "status"),
    [(FaultCode.CLIENT, "400 Bad Request"), (FaultCode.SERVER, "500 Internal Server Error")],
)
def test_a_fault_is_a_well_judged_answer(orders: Contract, code: FaultCode, status: str) -> None:
    data = http(render.fault(code, "No.", soap="1.2"), status=status, content_type=TYPE)
    with RawServer(lambda connection: connection.sendall(data)) as server:
        exchange = call(server.url, request=_request(orders))
    found = judge_answer(orders, exchange.request, exchange)
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())
    assert found.message is not None
    assert found.message.fault is not None
    assert found.message.fault.local == soap.fault_word("1.2", code)
