"""Messages written from a contract over SOAP 1.2 pass the judge: requests, answers, faults."""

import pytest

from harness import wsdl
from harness.exchange.judge import judge_answer, judge_request
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.exchange.soap import content_type
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from harness.wsdl.components import Direction, components
from harness.wsdl.generating import Style, chosen, fault, instance, sample
from harness.wsdl.sites import parts
from tests.exchange.samples import codes
from tests.exchange.samples_12 import HEADERS, SOAP
from tests.wsdl.making import HEADER, TYPES, make, service

ANYTHING = {"wildcard-content"}
"""Noted where the contract asks for anything, and so does a sample of it."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """One operation over SOAP 1.2 with a header and a fault."""
    bad = '<xs:element name="Bad"><xs:simpleType><xs:restriction base="xs:string"/></xs:simpleType>'
    types = TYPES.format(ask='<xs:element name="a" type="xs:int"/>')
    text = service(types=types.replace("</xs:schema>", f"{bad}</xs:element></xs:schema>"))
    text = text.replace(
        '<soap:body use="literal"/></w:input>', f"<soap:body use='literal'/>{HEADER}</w:input>"
    )
    text = text.replace(
        "<w:portType",
        '<w:message name="F"><w:part name="f" element="t:Bad"/></w:message><w:portType',
    )
    text = text.replace(
        '<w:output message="t:Out"/>',
        '<w:output message="t:Out"/><w:fault name="F" message="t:F"/>',
    )
    text = text.replace(
        "</w:output></w:operation>",
        '</w:output><w:fault name="F"><soap:fault name="F" use="literal"/></w:fault></w:operation>',
    )
    text = text.replace("schemas.xmlsoap.org/wsdl/soap/", "schemas.xmlsoap.org/wsdl/soap12/")
    return wsdl.load(make(tmp_path_factory.mktemp("c"), {"service.wsdl": text}))


def _sent(contract: Contract, operation: str, body: bytes) -> Request:
    action = contract.operations[operation].soap_action
    return Request(operation, action, Body(body), content_type(contract.soap_version, action))


def test_a_written_request_with_a_header_passes(asked: Contract) -> None:
    body = asked.build("Ask", {"a": 7}, headers={"Token": "secret"})
    found = judge_request(asked, _sent(asked, "Ask", body))
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())
    assert found.message is not None
    assert found.message.header_elements == ("{urn:t}Token",)
    assert found.message.text("a") == "7"
    assert b"schemas.xmlsoap.org/soap/envelope" not in body
    assert body.count(SOAP.encode()) == 1


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("name", ["asked", "orders", "one_way"])
def test_samples_pass(
    name: str, style: Style, seed: int | None, request: pytest.FixtureRequest
) -> None:
    contract: Contract = request.getfixturevalue(name)
    for operation in contract.operations.values():
        body = sample(contract, operation.name, style=style, seed=seed)
        sent = _sent(contract, operation.name, body)
        found = judge_request(contract, sent)
        assert (found.verdict, codes(found) - ANYTHING) == (Verdict.PASSED, set()), operation.name
        if not operation.output:
            continue
        body = sample(
            contract, operation.name, direction=Direction.RESPONSE, style=style, seed=seed
        )
        exchange = Exchange(sent, Answer(200, HEADERS, Body(body)))
        found = judge_answer(contract, sent, exchange)
        assert (found.verdict, codes(found) - ANYTHING) == (Verdict.PASSED, set()), operation.name


def test_a_declared_fault_is_one(asked: Contract) -> None:
    (part,) = [each for each in parts(components(asked), "Ask") if each.where == "fault/Bad"]
    body = fault(asked, part, instance(asked, part, chosen(Style.MINIMAL)))
    sent = _sent(asked, "Ask", asked.build("Ask", {"a": 7}))
    found = judge_answer(asked, sent, Exchange(sent, Answer(500, HEADERS, Body(body))))
    assert (found.verdict, codes(found)) == (Verdict.PASSED, set())
    assert found.message is not None
    assert found.message.fault is not None
    assert (found.message.fault.local, found.message.fault.has_detail) == ("Receiver", True)
    assert found.message.count("Detail/Bad") == 1
    assert found.message.texts("Reason/Text/@lang") == ["fi"]
