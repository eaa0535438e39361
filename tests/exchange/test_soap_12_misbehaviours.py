"""Every rung of the ladder for a contract over SOAP 1.2: one misbehaviour a row."""

import pytest

from harness.exchange import render
from harness.exchange.judge import judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Problem, ProblemCode
from harness.exchange.render import FaultCode
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.exchange.misbehaviours import (
    HTML,
    JSON,
    BodyRow,
    F,
    I,
    StatusRow,
    body_rows,
    replaced,
    status_rows,
    typed,
)
from tests.exchange.samples import codes
from tests.exchange.samples import judged as judged_11
from tests.exchange.samples_12 import (
    HEADERS,
    ORDERS,
    PLACED,
    SOAP,
    SOAP_11,
    TYPE,
    envelope,
    judged,
    request,
)

pytestmark = pytest.mark.attacks

SENDER = render.fault(FaultCode.CLIENT, "Not so.", soap="1.2")
OLD_ANSWER = PLACED.replace(SOAP.encode(), SOAP_11.encode())
OLD_FAULT = render.fault(FaultCode.CLIENT, "Not so.")
ROLE = f"{SOAP}/role"


def test_the_good_answer_these_rows_spoil_is_passed(orders: Contract) -> None:
    found = judged(orders, PLACED)
    assert (found.verdict, found.findings, found.operation) == (Verdict.PASSED, (), "place")
    assert found.message is not None
    assert found.message.text("placeResult") == "7"


STATUS_ROWS: list[StatusRow] = [
    *status_rows(SENDER),
    ("400 empty", 400, b"", "http-status:400", I),
    ("400 + HTML", 400, HTML, "not-soap:html", I),
    ("400 + JSON", 400, JSON, "not-soap:json", I),
    ("405", 405, SENDER, "http-status:405", I),
    ("415", 415, b"", "http-status:415", I),
    ("202 + Fault", 202, SENDER, "fault-with-200", F),
    ("400 with a normal body", 400, PLACED, "status-body-mismatch", F),
    ("500 with a normal body", 500, PLACED, "status-body-mismatch", F),
]


@pytest.mark.parametrize("row", STATUS_ROWS, ids=lambda row: str(row[0]))
def test_status_and_body(orders: Contract, row: StatusRow) -> None:
    _, status, body, code, verdict = row
    found = judged(orders, body, status)
    assert (found.verdict, codes(found)) == (verdict, {code})


@pytest.mark.parametrize(
    ("name", "headers", "code"),
    [
        ("content type of SOAP 1.1", typed("text/xml; charset=utf-8"), "content-type"),
        ("application/xml", typed("application/xml"), "content-type"),
        ("longer name", typed("application/soap+xmlx"), "content-type"),
        ("missing", (), "content-type"),
        ("contradictory", (*HEADERS, *typed("text/xml")), "content-type"),
        ("two actions", typed(f"{TYPE}; action=a; action=b"), "content-type"),
        ("charset of nobody", typed("application/soap+xml; charset=x-own"), "charset"),
        ("charset is not the body's", typed("application/soap+xml; charset=utf-16"), "charset"),
        ("two charsets", typed(f"{TYPE}; charset=utf-8"), "charset"),
        (
            "charset behind an action with a semicolon",
            typed('application/soap+xml; action="urn:a;b"; charset=utf-16'),
            "charset",
        ),
        ("multipart", typed('multipart/related; type="application/soap+xml"'), "multipart"),
    ],
)
def test_content_type_and_charset(
    orders: Contract, name: str, headers: tuple[tuple[str, str], ...], code: str
) -> None:
    found = judged(orders, PLACED, headers=headers)
    assert (found.verdict, codes(found)) == (F, {code})


@pytest.mark.parametrize(
    "media",
    [
        "application/soap+xml",
        "Application/SOAP+XML;Charset=UTF-8",
        'application/soap+xml; charset="utf-8"; action="urn:x"',
        'application/soap+xml; action="urn:x;charset=utf-16"',
        'application/soap+xml; action="a\\";charset=utf-16\\""',
    ],
)
def test_content_types_that_are_right(orders: Contract, media: str) -> None:
    assert judged(orders, PLACED, headers=typed(media)).verdict is Verdict.PASSED


def test_an_unknown_content_coding(orders: Contract) -> None:
    found = judged(orders, PLACED, headers=(*HEADERS, ("Content-Encoding", "br")))
    assert (found.verdict, codes(found)) == (I, {"encoding"})


BODY_ROWS: list[BodyRow] = [
    *body_rows(SOAP, "env", f'<placeResponse xmlns="{ORDERS}"/>'),
    ("cut", lambda good: good[:-5], "not-well-formed"),
    ("processing instruction", replaced(b"?>\n", b"?><?x y?>"), "processing-instruction"),
    ("SOAP 1.1 envelope", replaced(SOAP.encode(), SOAP_11.encode()), "soap-version"),
    (
        "envelope of a draft",
        replaced(SOAP.encode(), b"http://www.w3.org/2002/06/soap-envelope"),
        "soap-version",
    ),
    ("unqualified in Body", replaced(b"<env:Body", b'<env:Body id="1"'), "envelope"),
    (
        "encodingStyle on Envelope",
        replaced(b"<env:Envelope ", b'<env:Envelope env:encodingStyle="urn:e" '),
        "envelope",
    ),
    (
        "encodingStyle on Header",
        replaced(b"<env:Body>", b'<env:Header env:encodingStyle="urn:e"/><env:Body>'),
        "envelope",
    ),
    (
        "encodingStyle on Body",
        replaced(b"<env:Body>", b'<env:Body env:encodingStyle="urn:e">'),
        "envelope",
    ),
    (
        "mustUnderstand that is no boolean",
        replaced(
            b"<env:Body>",
            b'<env:Header><h:H xmlns:h="urn:h" env:mustUnderstand="yes"/></env:Header><env:Body>',
        ),
        "envelope",
    ),
    (
        "relay that is no boolean",
        replaced(
            b"<env:Body>",
            b'<env:Header><h:H xmlns:h="urn:h" env:relay=""/></env:Header><env:Body>',
        ),
        "envelope",
    ),
    ("wrong namespace", replaced(ORDERS.encode(), b"urn:other"), "wrong-namespace"),
    ("another operation", replaced(b"placeResponse", b"linesResponse"), "wrong-element"),
    ("request echoed", replaced(b"placeResponse", b"place"), "wrong-element"),
    (
        "a fault of SOAP 1.1",
        lambda good: envelope(
            f'<Fault xmlns="{SOAP_11}"><faultcode xmlns="">a</faultcode></Fault>'
        ),
        "wrong-element",
    ),
    ("schema", replaced(b">7<", b">seven<"), "schema"),
    ("unknown element", replaced(b"</placeResult>", b"</placeResult><x/>"), "schema"),
]


@pytest.mark.parametrize("row", BODY_ROWS, ids=lambda row: str(row[0]))
def test_body(orders: Contract, row: BodyRow) -> None:
    _, spoil, code = row
    found = judged(orders, spoil(PLACED))
    assert (found.verdict, codes(found)) == (F, {code})


@pytest.mark.parametrize("status", [200, 500])
def test_a_whole_message_of_soap_1_1_is_of_the_wrong_version(orders: Contract, status: int) -> None:
    body = OLD_ANSWER if status == 200 else OLD_FAULT
    found = judged(orders, body, status, typed("text/xml; charset=utf-8"))
    assert (found.verdict, codes(found)) == (F, {"soap-version"})


def test_a_whole_message_of_soap_1_2_is_of_the_wrong_version_for_soap_1_1(
    contract: Contract,
) -> None:
    found = judged_11(contract, PLACED, headers=HEADERS)
    assert (found.verdict, codes(found)) == (F, {"soap-version"})


def test_of_two_wrongs_the_lower_rung_is_told(contract: Contract, orders: Contract) -> None:
    """A content type of no version is not excused by the envelope, nor two of its parameters."""
    twice = typed("text/xml; charset=utf-8; charset=utf-8")
    assert codes(judged_11(contract, b"<a/>", headers=twice)) == {"charset"}
    two_bodies = OLD_ANSWER.replace(b"</env:Body>", b"</env:Body><env:Body/>")
    assert codes(judged_11(contract, two_bodies, headers=twice)) == {"charset"}
    assert codes(judged(orders, OLD_ANSWER, headers=typed("application/xml"))) == {"content-type"}
    assert codes(judged(orders, PLACED, headers=typed("text/xml"))) == {"content-type"}


@pytest.mark.parametrize(
    ("name", "attributes", "passed"),
    [
        ("1", 'env:mustUnderstand="1"', False),
        ("true", 'env:mustUnderstand="true"', False),
        ("blanks around", 'env:mustUnderstand=" true "', False),
        ("0", 'env:mustUnderstand="0"', True),
        ("false", 'env:mustUnderstand="false"', True),
        ("absent", "", True),
        ("next", f'env:mustUnderstand="1" env:role="{ROLE}/next"', False),
        ("last", f'env:mustUnderstand="1" env:role="{ROLE}/ultimateReceiver"', False),
        ("empty role", 'env:mustUnderstand="1" env:role=""', False),
        ("none", f'env:mustUnderstand="1" env:role="{ROLE}/none"', True),
        ("another role", 'env:mustUnderstand="1" env:role="urn:other"', True),
        ("actor of SOAP 1.1", 'env:mustUnderstand="1" env:actor="urn:other"', False),
        ("of no namespace", 'mustUnderstand="1"', True),
        ("of SOAP 1.1", f'o:mustUnderstand="1" xmlns:o="{SOAP_11}"', True),
        ("relay", 'env:relay="true"', True),
    ],
)
def test_must_understand(orders: Contract, name: str, attributes: str, passed: bool) -> None:
    header = f'<env:Header><h:Own xmlns:h="urn:h" {attributes}/></env:Header><env:Body>'
    found = judged(orders, PLACED.replace(b"<env:Body>", header.encode()))
    assert found.verdict is (Verdict.PASSED if passed else F)
    assert codes(found) == (set() if passed else {"must-understand"})


def test_a_header_that_another_rung_understands(orders: Contract) -> None:
    header = b'<env:Header><h:H xmlns:h="urn:h" env:mustUnderstand="1"/></env:Header><env:Body>'
    answer = Answer(200, HEADERS, Body(PLACED.replace(b"<env:Body>", header)))
    found = judge_answer(
        orders, request(), Exchange(request(), answer), understood=frozenset({"{urn:h}H"})
    )
    assert found.verdict is Verdict.PASSED


@pytest.mark.parametrize("code", [ProblemCode.DNS, ProblemCode.TRUNCATED])
def test_a_problem_of_transport_is_inconclusive(orders: Contract, code: ProblemCode) -> None:
    found = judge_answer(orders, request(), Exchange(request(), Problem(code)))
    assert (found.verdict, codes(found)) == (I, {str(code)})


def test_no_answer_is_right_where_none_is_declared(one_way: Contract) -> None:
    found = judged(one_way, b"", 202, (), operation="forget")
    assert (found.verdict, found.operation) == (Verdict.PASSED, "forget")


def test_a_fault_is_the_only_right_answer_to_an_operation_the_contract_lacks(
    orders: Contract,
) -> None:
    assert judged(orders, SENDER, 400, operation="nothing").verdict is Verdict.PASSED
    found = judged(orders, PLACED, operation="nothing")
    assert (found.verdict, codes(found)) == (F, {"wrong-element"})
