"""SOAP 1.2 as another implementation speaks it: zeep's requests pass, zeep reads our answers."""

from collections.abc import Mapping
from typing import Any

import pytest
import zeep
import zeep.exceptions
import zeep.transports

from harness.exchange import render, soap
from harness.exchange.judge import judge_request
from harness.exchange.messages import Body, Request
from harness.exchange.render import FaultCode
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.conftest import MADE_BY_TOOLKITS

WSDL = next((MADE_BY_TOOLKITS / "spyne-soap12").glob("*.wsdl"))


class _Answer:
    """What zeep wants of an answer of requests."""

    encoding = "utf-8"

    def __init__(self, content: bytes, status: int) -> None:
        self.content, self.status_code = content, status
        self.headers = {"Content-Type": soap.content_type("1.2")}


class _Wire(zeep.transports.Transport):
    """Reads one file, keeps what is sent and answers with what it was given."""

    def __init__(self) -> None:
        self.cache = None
        self._close_session = False
        self.sent: list[Request] = []
        self.answer = _Answer(b"", 202)

    def load(self, url: object) -> bytes:
        assert str(url) == str(WSDL)
        return WSDL.read_bytes()

    def post(self, address: object, message: bytes, headers: Mapping[str, str]) -> _Answer:
        del address
        action = headers.get("SOAPAction", "").strip('"')
        self.sent.append(Request("", action, Body(message), headers["Content-Type"]))
        return self.answer


@pytest.fixture
def wire() -> _Wire:
    return _Wire()


@pytest.fixture
def service(wire: _Wire) -> Any:
    return zeep.Client(str(WSDL), transport=wire).service  # type: ignore[no-untyped-call]


def test_its_request_passes_and_it_reads_the_answer(
    orders: Contract, wire: _Wire, service: Any
) -> None:
    wire.answer = _Answer(render.answer(orders, "place", [("placeResult", "7")]), 200)
    assert service.place(order={"number": "1"}, priority=1) == 7
    found = judge_request(orders, wire.sent[0])
    assert (found.verdict, found.findings, found.operation) == (Verdict.PASSED, (), "place")


@pytest.mark.parametrize("code", list(FaultCode))
def test_it_reads_the_fault(wire: _Wire, service: Any, code: FaultCode) -> None:
    wire.answer = _Answer(
        render.fault(code, "Ei käy.", [("syy", "x")], soap="1.2"), render.fault_status(code, "1.2")
    )
    with pytest.raises(zeep.exceptions.Fault) as caught:
        service.place(priority=1)
    assert caught.value.message == "Ei käy."
    assert str(caught.value.code).rpartition(":")[2] == soap.fault_word("1.2", code)
    assert caught.value.detail[0].tag == "syy"
