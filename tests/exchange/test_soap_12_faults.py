"""Faults of SOAP 1.2: what they tell, which status they come with, and those that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.exchange import render, soap
from harness.exchange.render import FaultCode, Node
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.samples import codes
from tests.exchange.samples_12 import SOAP, envelope, judged
from tests.exchange.test_render import XML_TEXT

CODE = "<env:Code><env:Value>env:Receiver</env:Value></env:Code>"
REASON = '<env:Reason><env:Text xml:lang="fi">henkilöä ei löydy</env:Text></env:Reason>'


def fault(children: str, attributes: str = "") -> bytes:
    return envelope(f"<env:Fault {attributes}>{children}</env:Fault>")


def with_code(code: str) -> bytes:
    return fault(f"<env:Code>{code}</env:Code>{REASON}")


def with_reason(reason: str) -> bytes:
    return fault(f"{CODE}<env:Reason>{reason}</env:Reason>")


def nested(depth: int) -> str:
    inner = "<env:Value>env:Sender</env:Value>"
    for _ in range(depth):
        inner = f"<env:Value>env:Sender</env:Value><env:Subcode>{inner}</env:Subcode>"
    return inner


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("empty", fault("")),
        ("no Reason", fault(CODE)),
        ("no Code", fault(REASON)),
        ("order turned", fault(REASON + CODE)),
        ("two Reasons", fault(CODE + REASON + REASON)),
        ("foreign child", fault(CODE + REASON + "<x/>")),
        ("unqualified children", fault("<Code/><Reason/>")),
        ("children of SOAP 1.1", fault("<faultcode>a</faultcode><faultstring>b</faultstring>")),
        ("text between", fault(CODE + "text" + REASON)),
        ("Role before Node", fault(f"{CODE}{REASON}<env:Role>a</env:Role><env:Node>b</env:Node>")),
        ("Detail before Role", fault(f"{CODE}{REASON}<env:Detail/><env:Role>a</env:Role>")),
        ("element in Role", fault(f"{CODE}{REASON}<env:Role><a/></env:Role>")),
        ("element in Node", fault(f"{CODE}{REASON}<env:Node><a/></env:Node>")),
        ("Code empty", with_code("")),
        ("Code is text", with_code("env:Sender")),
        ("Code without Value", with_code("<env:Subcode/>")),
        ("Value empty", with_code("<env:Value/>")),
        ("Value unbound", with_code("<env:Value>x:Sender</env:Value>")),
        ("Value no name", with_code("<env:Value>5 0 0</env:Value>")),
        ("Value with child", with_code("<env:Value>env:Sender<a/></env:Value>")),
        ("Value unqualified", with_code("<env:Value>Sender</env:Value>")),
        ("Value of SOAP 1.1", with_code("<env:Value>env:Client</env:Value>")),
        ("Value of one's own", with_code('<env:Value xmlns:o="urn:o">o:Sender</env:Value>')),
        ("two Values", with_code("<env:Value>env:Sender</env:Value>" * 2)),
        ("Subcode empty", with_code("<env:Value>env:Sender</env:Value><env:Subcode/>")),
        (
            "Subcode twice",
            with_code(
                "<env:Value>env:Sender</env:Value>" + 2 * f"<env:Subcode>{nested(0)}</env:Subcode>"
            ),
        ),
        (
            "Subcode deep down",
            with_code(
                nested(9).replace("env:Sender</env:Value></env:S", "x:</env:Value></env:S", 1)
            ),
        ),
        ("Reason empty", with_reason("")),
        ("Reason is text", with_reason("why")),
        ("Text without language", with_reason("<env:Text>why</env:Text>")),
        ("Text without namespace", with_reason('<Text xml:lang="en">why</Text>')),
        ("Text with element", with_reason('<env:Text xml:lang="en"><b/></env:Text>')),
        (
            "one Text without language",
            with_reason('<env:Text xml:lang="en">a</env:Text><env:Text lang="fi">b</env:Text>'),
        ),
        ("encodingStyle", fault(CODE + REASON, 'env:encodingStyle="urn:e"')),
        (
            "encodingStyle within",
            fault(CODE.replace("<env:Value", '<env:Value env:encodingStyle="urn:e"') + REASON),
        ),
        (
            "encodingStyle on Detail",
            fault(f'{CODE}{REASON}<env:Detail env:encodingStyle="urn:e"/>'),
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_broken_fault(orders: Contract, name: str, body: bytes, status: int) -> None:
    found = judged(orders, body, status)
    assert (found.verdict, codes(found)) == (Verdict.FAILED, {"fault-structure"})
    assert found.message is not None
    assert found.message.fault is None
    assert found.message.fault_string_unsafe_to_store() == ""


def test_what_a_fault_tells(orders: Contract) -> None:
    subcode = (
        '<env:Subcode><env:Value xmlns:o="urn:o">o:Late</env:Value>'
        '<env:Subcode><env:Value xmlns:o="urn:o">o:Very</env:Value></env:Subcode></env:Subcode>'
    )
    body = fault(
        CODE.replace("</env:Code>", f"{subcode}</env:Code>")
        + REASON.replace("</env:Reason>", '<env:Text xml:lang="en">no such</env:Text></env:Reason>')
        + "<env:Node>urn:n</env:Node><env:Role>urn:r</env:Role>"
        + '<env:Detail><a env:encodingStyle="urn:e"/></env:Detail>'
    )
    found = judged(orders, body, 500)
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())
    message = found.message
    assert message is not None
    assert message.fault is not None
    assert (message.fault.code, message.fault.local) == (f"{{{SOAP}}}Receiver", "Receiver")
    assert (message.fault.has_actor, message.fault.has_detail) == (True, True)
    assert message.fault.subcodes == ("{urn:o}Late", "{urn:o}Very")
    assert message.fault_string_unsafe_to_store() == "henkilöä ei löydy"
    assert "henkil" not in repr(message) + repr(message.fault)


@pytest.mark.parametrize("code", list(FaultCode))
@pytest.mark.parametrize("detail", [None, (), [("syy", {"nro": "1"}, "x < y")]])
def test_written_faults_are_passed_with_the_status_of_the_table(
    orders: Contract, code: FaultCode, detail: list[Node] | None
) -> None:
    body = render.fault(code, "Ei käy.", detail, soap="1.2", language="fi")
    word = {FaultCode.CLIENT: "Sender", FaultCode.SERVER: "Receiver"}.get(code, str(code))
    status = render.fault_status(code, "1.2")
    assert status == (400 if word == "Sender" else 500)
    found = judged(orders, body, status)
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())
    assert found.message is not None
    assert found.message.fault is not None
    assert found.message.fault.code == f"{{{SOAP}}}{word}"
    assert found.message.fault.has_detail is (detail is not None)
    assert found.message.texts("Detail/syy") == (["x < y"] if detail else [])
    assert found.message.texts("Reason/Text/@lang") == ["fi"]


@pytest.mark.parametrize(("code", "status"), [(FaultCode.CLIENT, 500), (FaultCode.SERVER, 400)])
def test_the_other_status_of_a_fault_is_noted_but_is_no_verdict(
    orders: Contract, code: FaultCode, status: int
) -> None:
    found = judged(orders, render.fault(code, "No.", soap="1.2"), status)
    assert (found.verdict, codes(found)) == (Verdict.PASSED, {"fault-status"})
    assert found.message is not None
    assert found.message.fault is not None


def test_a_version_mismatch_says_which_version_is_understood(orders: Contract) -> None:
    body = render.fault(FaultCode.VERSION_MISMATCH, "Which?", soap="1.2")
    found = judged(orders, body, 500)
    assert found.message is not None
    assert found.message.header_elements == (f"{{{SOAP}}}Upgrade",)
    assert b'<soap:SupportedEnvelope qname="soap:Envelope"/>' in body
    assert b"Upgrade" not in render.fault(FaultCode.CLIENT, "No.", soap="1.2")


@given(text=XML_TEXT.filter(bool), language=st.sampled_from(["fi", "sv", "en-GB"]))
def test_any_reason_comes_back_as_it_was(orders: Contract, text: str, language: str) -> None:
    body = render.fault(FaultCode.SERVER, text, soap=orders.soap_version, language=language)
    found = judged(orders, body, 500)
    assert found.verdict is Verdict.PASSED
    assert found.message is not None
    assert found.message.fault_string_unsafe_to_store() == text


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_characters_xml_cannot_carry_are_refused(version: str) -> None:
    with pytest.raises(render.NotWritable) as caught:
        render.fault(FaultCode.SERVER, "salainen\x00", soap=version)
    assert "salainen" not in str(caught.value)


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.3"):
        render.fault(FaultCode.SERVER, "a", soap="1.3")


@pytest.mark.parametrize(
    ("version", "word", "status"),
    [
        ("1.1", "Client", 500),
        ("1.1", "Sender", 500),
        ("1.2", "Sender", 400),
        ("1.2", "Receiver", 500),
        ("1.2", "VersionMismatch", 500),
        ("1.2", "MustUnderstand", 500),
        ("1.2", "DataEncodingUnknown", 500),
    ],
)
def test_the_status_of_a_fault(version: str, word: str, status: int) -> None:
    assert soap.fault_status(version, word) == status
