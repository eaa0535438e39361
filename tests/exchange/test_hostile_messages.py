"""Messages built to harm whoever parses them: one row a test, as an answer and as a request.

The rows are judged by a child process (``tests.attacks.judging``) that may use 512 MiB of memory
and ten seconds of CPU a row, and must open no file and no connection.
"""

import socket
from dataclasses import replace

import pytest

from harness.errors import ScenarioError
from harness.exchange.judge import judge_request
from harness.exchange.messages import Body
from harness.limits import DEFAULT
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.attacks.judging import BAIT, Outcome, outcomes
from tests.exchange.conftest import ACCOUNT_CONTRACT
from tests.exchange.samples import (
    ACCOUNT,
    HEALTH_REQUEST,
    SOAP,
    codes,
    customers_answer,
    envelope,
    judged,
    request,
)

pytestmark = pytest.mark.attacks

F, I = Verdict.FAILED, Verdict.INCONCLUSIVE  # noqa: E741 - the letters of the table
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
XOP = "http://www.w3.org/2004/08/xop/include"
RESULT = f'<HaeAsiakkaitaResponse xmlns="{ACCOUNT}"><HaeAsiakkaitaResult>'
TAIL = "</HaeAsiakkaitaResult></HaeAsiakkaitaResponse>"
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))

ATTRIBUTES = " ".join(f'a{n}=""' for n in range(100_000))
NAMESPACES = " ".join(f'xmlns:a{n}="u"' for n in range(50_000))


def inside(text: str) -> bytes:
    """A right envelope and answer element, with this as content of the result."""
    return envelope(RESULT + text + TAIL)


def after_doctype(doctype: str) -> bytes:
    return f"<!DOCTYPE {doctype}>".encode() + inside("")


ROWS: list[tuple[str, bytes, str, Verdict]] = [
    ("billion-laughs", after_doctype(f'l [<!ENTITY a0 "lol">{LAUGHS}]'), "dtd", F),
    (
        "quadratic-blowup",
        f'<!DOCTYPE l [<!ENTITY a "{"x" * 100_000}">]><l>{"&a;" * 2000}</l>'.encode(),
        "dtd",
        F,
    ),
    ("entity-cycle", after_doctype('x [<!ENTITY a "&b;"><!ENTITY b "&a;">]'), "dtd", F),
    ("xxe-file", after_doctype('x [<!ENTITY e SYSTEM "file://' + BAIT + '">]'), "dtd", F),
    ("xxe-http", after_doctype('x [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]'), "dtd", F),
    (
        "parameter-entity",
        after_doctype('x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]'),
        "dtd",
        F,
    ),
    ("external-dtd", after_doctype('x SYSTEM "http://127.0.0.1:9/x.dtd"'), "dtd", F),
    ("doctype-only", after_doctype("x"), "dtd", F),
    ("doctype-element", after_doctype("x [<!ELEMENT x ANY>]"), "dtd", F),
    ("attr-default", after_doctype('x [<!ATTLIST x approved CDATA "true">]'), "dtd", F),
    ("deep-nesting 300", inside("<y>" * 300), "too-large:depth", I),
    ("deep-nesting 30000", inside("<y>" * 30_000), "too-large:depth", I),
    ("deep-nesting closed", inside("<y>" * 300 + "</y>" * 300), "too-large:depth", I),
    (
        "attribute-flood",
        inside(f"<y {ATTRIBUTES}/>"),
        "too-large:attributes",
        I,
    ),
    (
        "namespace-flood",
        inside(f"<y {NAMESPACES}/>"),
        "too-large:attributes",
        I,
    ),
    ("element-flood", inside("<y/>" * 2_000_000), "too-large", I),
    ("element-flood below the byte limit", inside("<y/>" * 200_000), "too-large:elements", I),
    ("long-name", inside(f"<{'y' * 40_000}/>"), "too-large:name", I),
    ("long-attr", inside(f'<y a="{"x" * 5_000_000}"/>'), "too-large", I),
    ("long-text", inside("x" * 5_000_000), "too-large", I),
    (
        "utf-7",
        b'<?xml version="1.0" encoding="UTF-7"?>' + inside("+ADw-y/+AD4-"),
        "charset",
        F,
    ),
    ("unknown-encoding", b'<?xml version="1.0" encoding="x-own"?>' + inside(""), "charset", F),
    (
        "utf16-declared-utf8-bytes",
        b'<?xml version="1.0" encoding="UTF-16"?>' + inside(""),
        "charset",
        F,
    ),
    ("bad-utf8", inside("X").replace(b"X", b"\xc3\x28"), "charset", F),
    ("latin1-as-utf8", inside("X").replace(b"X", b"\xe4"), "charset", F),
    ("nul", inside("\0"), "not-well-formed", F),
    ("control-char-ref", inside("&#1;"), "not-well-formed", F),
    ("xml-1.1", b'<?xml version="1.1"?>' + inside(""), "not-well-formed", F),
    ("two-roots", inside("") + b"<y/>", "not-well-formed", F),
    ("trailing-junk", inside("") + b"junk", "not-well-formed", F),
    ("leading-newline", b'\n<?xml version="1.0"?>' + inside(""), "not-well-formed", F),
    ("duplicate attribute", inside('<y a="1" a="2"/>'), "not-well-formed", F),
    (
        "duplicate attribute by two prefixes",
        inside('<y xmlns:p="u" xmlns:q="u" p:a="1" q:a="2"/>'),
        "not-well-formed",
        F,
    ),
    ("unbound prefix", inside("<p:y/>"), "not-well-formed", F),
    ("truncated", inside("")[:-1], "not-well-formed", F),
    ("garbage as text/xml", b"Internal error", "not-well-formed", F),
    ("recover-mode", inside("<y>"), "not-well-formed", F),
    ("xinclude", inside('<x:include xmlns:x="http://www.w3.org/2001/XInclude"/>'), "schema", F),
    (
        "stylesheet PI",
        b'<?xml-stylesheet href="http://127.0.0.1:9/"?>' + inside(""),
        "processing-instruction",
        F,
    ),
    ("PI in body", inside("<?php echo 1?>"), "processing-instruction", F),
    ("xsi:type swap", inside(f'<TilaKoodi {XSI} xsi:type="Viranomainen"/>'), "schema", F),
    ("xsi:nil on required", inside(f'<TilaKoodi {XSI} xsi:nil="true"/>'), "schema", F),
    ("NaN", inside("<TilaKoodi><TilaKoodi>NaN</TilaKoodi></TilaKoodi>"), "schema", F),
    (
        "10^6-digit number",
        inside(f"<TilaKoodi><TilaKoodi>{'9' * 1_000_000}</TilaKoodi></TilaKoodi>"),
        "schema",
        F,
    ),
    (
        "SOAP array attack",
        inside(
            '<Asiakkaat xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" '
            'e:arrayType="xsd:string[2147483647]"/>'
        ),
        "schema",
        F,
    ),
    ("multiref cycle", inside('<TilaKoodi id="1" href="#1"/>'), "schema", F),
    (
        "XOP include of a foreign URL",
        inside(f'<TilaKoodi><x:Include xmlns:x="{XOP}" href="http://127.0.0.1:9/"/></TilaKoodi>'),
        "schema",
        F,
    ),
    (
        "XOP include of a foreign cid",
        inside(f'<TilaKoodi><x:Include xmlns:x="{XOP}" href="cid:not-here"/></TilaKoodi>'),
        "schema",
        F,
    ),
]


@pytest.fixture(autouse=True)
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a message names, nobody is called."""

    def refuse(*args: object) -> None:
        raise AssertionError("a message made the judge open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def judged_apart(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    rows = [(row[0], row[1]) for row in ROWS]
    return outcomes(ACCOUNT_CONTRACT, tmp_path_factory.mktemp("bait"), rows)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_as_an_answer(
    judged_apart: dict[str, Outcome], row: tuple[str, bytes, str, Verdict]
) -> None:
    name, _, code, verdict = row
    assert judged_apart[name].answer == f"{verdict} {code}"
    assert list(judged_apart[name].touched) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_as_a_request_it_is_refused(
    judged_apart: dict[str, Outcome], row: tuple[str, bytes, str, Verdict]
) -> None:
    name, _, code, _ = row
    expected = "unknown-operation" if code == "schema" else code
    assert judged_apart[name].request == f"failed {expected}"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_mark_is_welcome(contract: Contract, encoding: str) -> None:
    text = customers_answer(contract).decode().split("?>\n", 1)[1]
    found = judged(contract, text.encode(encoding), headers=(("Content-Type", "text/xml"),))
    assert found.verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("comment-split", "sanoma<!-- -->@evil", "sanoma@evil"),
        ("CDATA", "a<![CDATA[b]]>c", "abc"),
        ("CDATA tricks", "<![CDATA[a]]>]]&gt;", "a]]>"),
    ],
)
def test_text_is_read_whole(contract: Contract, name: str, written: str, read: str) -> None:
    body = customers_answer(contract).replace(b"sanoma-1", written.encode())
    found = judged(contract, body)
    assert found.verdict is Verdict.PASSED
    assert found.message is not None
    assert found.message.texts("HaeAsiakkaitaResult/TilaKoodi/SanomaTunniste") == [read]


def test_schema_location_is_never_a_schema_source(contract: Contract) -> None:
    hint = f' {XSI} xsi:schemaLocation="{ACCOUNT} http://127.0.0.1:9/x.xsd" xmlns='.encode()
    body = customers_answer(contract).replace(b" xmlns=", hint, 1)
    assert b"schemaLocation" in body
    assert judged(contract, body).verdict is Verdict.PASSED


def test_reply_to_of_ws_addressing_is_never_followed(contract: Contract) -> None:
    header = (
        '<soap:Header><a:ReplyTo xmlns:a="http://www.w3.org/2005/08/addressing">'
        "<a:Address>http://127.0.0.1:9/</a:Address></a:ReplyTo></soap:Header><soap:Body>"
    )
    body = HEALTH_REQUEST.replace(b"<soap:Header/><soap:Body>", header.encode())
    assert judge_request(contract, request("HaeTilaTieto", body)).verdict is Verdict.PASSED


def test_xpath_injection_is_no_path(contract: Contract) -> None:
    message = judged(contract, customers_answer(contract)).message
    assert message is not None
    for path in ("' or '1'='1", "*", "//x", "a[1=1]", "a/../b", "a|b", "@a/b", "a[0]", "a/"):
        with pytest.raises(ScenarioError):
            message.texts(path)


def test_envelope_of_a_wrapped_body_uses_the_body_by_position(contract: Contract) -> None:
    good = customers_answer(contract)
    body = good[good.index(b"<soap:Body>") : good.index(b"</soap:Envelope>")]
    wrapper = b'<soap:Header><w:Wrapper xmlns:w="urn:w">' + body + b"</w:Wrapper></soap:Header>"
    new_body = envelope(f'<HaeAsiakkaitaResponse xmlns="{ACCOUNT}"/>')
    found = judged(contract, new_body.replace(b"<soap:Body>", wrapper + b"<soap:Body>"))
    assert (found.verdict, codes(found)) == (F, {"schema"})


def test_attachment_bomb(contract: Contract) -> None:
    """Parts are neither read nor unpacked: the contract declares none."""
    part = b"--b\r\nContent-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08\x00" * 1000 + b"\r\n"
    media = (("Content-Type", 'multipart/related; boundary="b"; type="application/xop+xml"'),)
    found = judged(contract, part * 1000 + b"--b--", headers=media)
    assert (found.verdict, codes(found), found.message) == (F, {"multipart"}, None)


def test_limits_are_those_given(contract: Contract) -> None:
    sent = request("HaeTilaTieto", HEALTH_REQUEST)
    small = replace(DEFAULT, max_message_bytes=len(HEALTH_REQUEST) - 1)
    assert codes(judge_request(contract, sent, limits=small)) == {"too-large"}
    exact = replace(DEFAULT, max_message_bytes=len(HEALTH_REQUEST))
    assert judge_request(contract, sent, limits=exact).verdict is Verdict.PASSED


def test_soap_namespace_twice_is_not_the_version(contract: Contract) -> None:
    body = f'<Envelope xmlns="{SOAP}x"><Body/></Envelope>'.encode()
    found = judged(contract, body)
    assert (found.verdict, codes(found)) == (F, {"soap-version"})
    assert Body(body).digest not in repr(found)
