"""What an endpoint may do wrong, as far as bytes and status show it: one row a test."""

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
from tests.exchange.samples import (
    ACCOUNT,
    HEADERS,
    SOAP,
    codes,
    customers_answer,
    judged,
    request,
)

pytestmark = pytest.mark.attacks

XHTML = b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'
NEXT = "http://schemas.xmlsoap.org/soap/actor/next"
FAULT = render.fault(FaultCode.CLIENT, "Not so.")


STATUS_ROWS: list[StatusRow] = [
    *status_rows(FAULT),
    ("whitespace 200", 200, b" \r\n\t", "empty-answer", F),
    ("400", 400, FAULT, "http-status:400", I),
    ("403", 403, HTML, "not-authorised", I),
    ("407", 407, HTML, "not-authorised", I),
    ("429", 429, b"", "unavailable", I),
    ("502", 502, HTML, "http-status:502", I),
    ("200 + HTML", 200, HTML, "not-soap:html", I),
    ("200 + XHTML", 200, XHTML, "not-soap:html", I),
    ("200 + JSON", 200, JSON, "not-soap:json", I),
    ("500 + JSON", 500, JSON, "not-soap:json", I),
    ("301", 301, HTML, "redirect", I),
    ("302", 302, b"", "redirect", I),
    ("303", 303, b"", "redirect", I),
    ("308", 308, b"", "redirect", I),
]


@pytest.mark.parametrize("row", STATUS_ROWS, ids=lambda row: str(row[0]))
def test_status_and_body(contract: Contract, row: StatusRow) -> None:
    _, status, body, code, verdict = row
    found = judged(contract, body, status)
    assert (found.verdict, codes(found)) == (verdict, {code})


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("body", "media", "code"),
    [
        (HTML, "text/html; charset=ISO-8859-1", "not-soap:html"),
        (XHTML, "application/xhtml+xml", "not-soap:html"),
        (JSON, "application/json", "not-soap:json"),
        (b"Internal error", "text/plain", "not-soap"),
    ],
)
def test_something_else_answers_under_its_own_content_type(
    contract: Contract, status: int, body: bytes, media: str, code: str
) -> None:
    found = judged(contract, body, status, typed(media))
    assert (found.verdict, codes(found)) == (I, {code})


def test_500_with_a_normal_body(contract: Contract) -> None:
    found = judged(contract, customers_answer(contract), 500)
    assert (found.verdict, codes(found)) == (F, {"status-body-mismatch"})


def test_500_with_fault_is_a_well_judged_answer(contract: Contract) -> None:
    found = judged(contract, FAULT, 500)
    assert found.verdict is Verdict.PASSED
    assert found.findings == ()
    assert found.message is not None
    assert found.message.fault is not None
    assert found.message.fault.local == "Client"


def test_fault_is_the_only_right_answer_to_an_operation_the_contract_lacks(
    contract: Contract,
) -> None:
    assert judged(contract, FAULT, 500, operation="Olematon").verdict is Verdict.PASSED
    found = judged(contract, customers_answer(contract), operation="Olematon")
    assert (found.verdict, codes(found)) == (F, {"wrong-element"})


@pytest.mark.parametrize(
    ("name", "headers", "code"),
    [
        ("text/plain", typed("text/plain"), "content-type"),
        ("missing", (), "content-type"),
        ("empty", typed(""), "content-type"),
        ("soap+xml with 1.1", typed("application/soap+xml; charset=utf-8"), "content-type"),
        ("application/xml", typed("application/xml"), "content-type"),
        ("text/html", typed("text/html"), "content-type"),
        ("contradictory", (*typed("text/xml"), *typed("text/plain")), "content-type"),
        ("unknown charset", typed("text/xml; charset=x-own"), "charset"),
        ("latin-1 charset", typed("text/xml; charset=iso-8859-1"), "charset"),
        ("header charset is not the body's", typed("text/xml; charset=utf-16"), "charset"),
        ("two charsets", typed("text/xml; charset=utf-8; charset=utf-16"), "charset"),
        ("multipart", typed('multipart/related; boundary="b"'), "multipart"),
        ("multipart without boundary", typed("multipart/related"), "multipart"),
    ],
)
def test_content_type_and_charset(
    contract: Contract, name: str, headers: tuple[tuple[str, str], ...], code: str
) -> None:
    found = judged(contract, customers_answer(contract), headers=headers)
    assert (found.verdict, codes(found)) == (F, {code})


@pytest.mark.parametrize(
    "media",
    ["text/xml", "TEXT/XML;Charset=UTF-8", 'text/xml; charset="utf-8"', "text/xml;action=x"],
)
def test_content_types_that_are_right(contract: Contract, media: str) -> None:
    found = judged(contract, customers_answer(contract), headers=typed(media))
    assert found.verdict is Verdict.PASSED


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le"])
def test_utf16_is_right_when_the_header_says_so(contract: Contract, charset: str) -> None:
    text = customers_answer(contract).decode().replace("UTF-8", "UTF-16")
    body = b"\xff\xfe" + text.encode("utf-16-le")
    right = judged(contract, body, headers=typed(f"text/xml; charset={charset}"))
    wrong = judged(contract, body)
    assert right.verdict is Verdict.PASSED
    assert (wrong.verdict, codes(wrong)) == (F, {"charset"})


@pytest.mark.parametrize(
    ("name", "headers", "body"),
    [
        ("unknown coding", (("Content-Encoding", "br"),), b"<a/>"),
        ("gzip bytes without header", (), b"\x1f\x8b\x08\x00rest"),
    ],
)
def test_content_encoding(
    contract: Contract, name: str, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    found = judged(contract, body, headers=(*HEADERS, *headers))
    assert (found.verdict, codes(found)) == (I, {"encoding"})


BODY_ROWS: list[BodyRow] = [
    *body_rows(SOAP, "soap", f'<HaeAsiakkaitaResponse xmlns="{ACCOUNT}"/>'),
    (
        "Latin-1 bytes without declaration",
        lambda good: good.split(b"?>\n", 1)[1].replace(b"sanoma-1", b"\xe4"),
        "charset",
    ),
    (
        "SOAP 1.2 envelope",
        replaced(SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope"),
        "soap-version",
    ),
    (
        "wrong namespace",
        replaced(ACCOUNT.encode(), b"http://example.org/other"),
        "wrong-namespace",
    ),
    (
        "wrong root element",
        replaced(b"HaeAsiakkaitaResponse", b"HaeTilaTietoResponse"),
        "wrong-element",
    ),
    ("request echoed", replaced(b"HaeAsiakkaitaResponse", b"HaeAsiakkaita"), "wrong-element"),
    (
        "missing required element",
        replaced(b"<TilaKoodi>0</TilaKoodi>", b""),
        "schema",
    ),
    ("extra element", replaced(b"<Tila>300</Tila>", b"<Tila>300</Tila><Lisa/>"), "schema"),
    ("unqualified child", replaced(b"<Tila>", b'<Tila xmlns="">'), "schema"),
    (
        "two Headers",
        replaced(b"<soap:Body>", b"<soap:Header/><soap:Header/><soap:Body>"),
        "envelope",
    ),
    (
        "xsi:type unknown",
        replaced(
            b"<Tila>",
            b'<Tila xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Nope">',
        ),
        "schema",
    ),
]


@pytest.mark.parametrize("row", BODY_ROWS, ids=lambda row: str(row[0]))
def test_body(contract: Contract, row: BodyRow) -> None:
    _, spoil, code = row
    found = judged(contract, spoil(customers_answer(contract)))
    assert (found.verdict, codes(found)) == (F, {code})


def test_the_good_answer_these_rows_spoil_is_passed(contract: Contract) -> None:
    found = judged(contract, customers_answer(contract))
    assert (found.verdict, found.findings) == (Verdict.PASSED, ())


@pytest.mark.parametrize(
    ("name", "attributes", "passed"),
    [
        ("unknown mustUnderstand header", 'soap:mustUnderstand="1"', False),
        ("mustUnderstand that is no number", 'soap:mustUnderstand="true"', False),
        ("for the next actor", f'soap:mustUnderstand="1" soap:actor="{NEXT}"', False),
        ("for another actor", 'soap:mustUnderstand="1" soap:actor="urn:other"', True),
        ("mustUnderstand 0", 'soap:mustUnderstand="0"', True),
        ("no mustUnderstand", "", True),
        ("mustUnderstand of nobody's namespace", 'mustUnderstand="1"', True),
    ],
)
def test_must_understand(contract: Contract, name: str, attributes: str, passed: bool) -> None:
    header = f'<soap:Header><h:Tuntematon xmlns:h="urn:h" {attributes}/></soap:Header><soap:Body>'
    body = customers_answer(contract).replace(b"<soap:Body>", header.encode())
    found = judged(contract, body)
    assert found.verdict is (Verdict.PASSED if passed else F)
    assert codes(found) == (set() if passed else {"must-understand"})


def test_a_header_that_another_rung_understands(contract: Contract) -> None:
    header = (
        b'<soap:Header><h:Oma xmlns:h="urn:h" soap:mustUnderstand="1"/></soap:Header><soap:Body>'
    )
    answer = Answer(200, HEADERS, Body(customers_answer(contract).replace(b"<soap:Body>", header)))
    found = judge_answer(
        contract,
        request(),
        Exchange(request(), answer),
        understood=frozenset({"{urn:h}Oma"}),
    )
    assert found.verdict is Verdict.PASSED
    assert found.message is not None
    assert found.message.header_elements == ("{urn:h}Oma",)


def test_encoding_style_is_noted_but_is_no_verdict(contract: Contract) -> None:
    body = customers_answer(contract).replace(
        b"<soap:Body>", b'<soap:Body soap:encodingStyle="http://example.org/">'
    )
    found = judged(contract, body)
    assert (found.verdict, codes(found)) == (Verdict.PASSED, {"encoding-style"})


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_problem_of_transport_is_inconclusive(contract: Contract, code: ProblemCode) -> None:
    exchange = Exchange(request(), Problem(code, "example.org"))
    found = judge_answer(contract, request(), exchange)
    assert (found.verdict, codes(found), found.message) == (I, {str(code)}, None)
