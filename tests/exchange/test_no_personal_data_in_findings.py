"""A marker in every place of a message: what may be stored or printed never shows it."""

import logging

import pytest

from harness.exchange import render
from harness.exchange.judge import Judgement, judge_answer, judge_request
from harness.exchange.messages import Answer, Body, Exchange, Problem, ProblemCode, Request
from harness.exchange.render import FaultCode
from harness.wsdl import Contract
from tests.exchange.samples import (
    ACCOUNT,
    HEADERS,
    HEALTH_REQUEST,
    PERSON,
    customers_answer,
    judged,
    request,
)

NAME = "Meri Merkki"
MARKER = f"{NAME} {PERSON}"
ELEMENT = f"_{PERSON}"


def shown(judgement: Judgement) -> str:
    """Everything of a judgement that can reach a log, a terminal or a store."""
    message = judgement.message
    parts = [repr(judgement), str(judgement), repr(message), str(message)]
    parts += [text for f in judgement.findings for text in (f.code, f.path, f.expected, f.seen)]
    if message is not None:
        parts += [repr(message.fault), str(message.parts(""))]
    return "\n".join(parts)


def assert_clean(text: str) -> None:
    assert PERSON not in text
    assert NAME not in text
    assert "Merkki" not in text


def answers(good: str) -> dict[str, str]:
    return {
        "text of the right type": good.replace("sanoma-1", MARKER),
        "text of the wrong type": good.replace("<Tila>300", f"<Tila>{MARKER}"),
        "date": good.replace("2024-04-01", MARKER),
        "attribute": good.replace("TunnusTyyppi=", f'Lisa="{MARKER}" TunnusTyyppi='),
        "text where none may be": good.replace("<Asiakkaat>", f"<Asiakkaat>{MARKER}"),
        "element": good.replace("<Asiakkaat>", f"<Asiakkaat><{ELEMENT}/>"),
        "element of the wrong type": good.replace(
            "<Tila>300</Tila>", f"<{ELEMENT}>{MARKER}</{ELEMENT}>"
        ),
        "attribute name": good.replace("TunnusTyyppi=", f"{ELEMENT}='1' TunnusTyyppi="),
        "xsi:type": good.replace(
            "<Tila>",
            f'<Tila xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="{ELEMENT}">',
        ),
        "namespace of the body": good.replace(ACCOUNT, MARKER),
        "namespace of the envelope": good.replace("http://schemas.xmlsoap.org", MARKER),
        "body element": good.replace("HaeAsiakkaitaResponse", ELEMENT),
        "text in the envelope": good.replace("<soap:Body>", f"{MARKER}<soap:Body>"),
        "text in the body": good.replace("</soap:Body>", f"{MARKER}</soap:Body>"),
        "after the body": good.replace("</soap:Body>", f"</soap:Body><{ELEMENT}/>"),
        "header": good.replace(
            "<soap:Body>",
            f'<soap:Header><h:{ELEMENT} xmlns:h="{MARKER}" soap:mustUnderstand="{MARKER}"/>'
            "</soap:Header><soap:Body>",
        ),
        "encodingStyle": good.replace("<soap:Body>", f'<soap:Body soap:encodingStyle="{MARKER}">'),
        "not well-formed": good.replace("</Tila>", f"{MARKER}</{ELEMENT}>"),
        "entity": good.replace("300", f"&{ELEMENT};"),
        "processing instruction": good.replace("300", f"<?{ELEMENT} {MARKER}?>"),
        "DOCTYPE": good.replace("?>", f'?><!DOCTYPE {ELEMENT} SYSTEM "{MARKER}">', 1),
        "root": f"<{ELEMENT}>{MARKER}</{ELEMENT}>",
        "HTML": f"<html><body>{MARKER}</body></html>",
        "JSON": f'{{"nimi": "{MARKER}"}}',
        "plain text": MARKER,
        "declared encoding": good.replace("UTF-8", MARKER),
        "fault string": render.fault(FaultCode.CLIENT, MARKER, [("syy", MARKER)]).decode(),
        "fault code": render.fault(FaultCode.CLIENT, "-").decode().replace("soap:Client", MARKER),
        "fault code prefix": render.fault(FaultCode.CLIENT, "-")
        .decode()
        .replace("soap:Client", f"{ELEMENT}:x"),
        "fault code local": render.fault(FaultCode.CLIENT, "-")
        .decode()
        .replace("soap:Client", f"soap:{ELEMENT}"),
        "fault child": render.fault(FaultCode.CLIENT, "-")
        .decode()
        .replace("<faultstring>", f"<{ELEMENT}/><faultstring>"),
    }


PLACES = sorted(answers(""))


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("place", PLACES)
def test_in_an_answer(
    contract: Contract, caplog: pytest.LogCaptureFixture, place: str, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    good = customers_answer(contract).decode()
    spoiled = answers(good)[place]
    assert PERSON in spoiled.replace(f'AsiakasTunnus="{PERSON}"', "")
    assert_clean(shown(judged(contract, spoiled.encode(), status)) + caplog.text)


@pytest.mark.parametrize("place", PLACES)
def test_in_a_request(contract: Contract, place: str) -> None:
    good = customers_answer(contract).decode()
    spoiled = answers(good)[place].replace("HaeAsiakkaitaResponse", "HaeAsiakkaita")
    sent = request("HaeAsiakkaita", spoiled.encode())
    assert_clean(shown(judge_request(contract, sent)) + repr(sent))


@pytest.mark.parametrize("place", ["viranomainen-1", "palvelu-1"])
def test_in_a_valid_request(contract: Contract, place: str) -> None:
    body = HEALTH_REQUEST.decode().replace(place, MARKER).encode()
    found = judge_request(contract, request("HaeTilaTieto", body))
    assert found.findings == ()
    assert_clean(shown(found))


@pytest.mark.parametrize(
    "headers",
    [
        (("Content-Type", MARKER),),
        (("Content-Type", f"multipart/{ELEMENT}"),),
        (("Content-Type", f"text/xml; charset={ELEMENT}"),),
        (("Content-Type", f"text/xml; charset={MARKER}"),),
        (*HEADERS, ("Content-Encoding", MARKER)),
        (*HEADERS, ("Location", MARKER), ("Set-Cookie", MARKER), (MARKER, MARKER)),
    ],
)
@pytest.mark.parametrize("status", [200, 302, 401, 404])
def test_in_http_headers(
    contract: Contract, headers: tuple[tuple[str, str], ...], status: int
) -> None:
    assert_clean(shown(judged(contract, customers_answer(contract), status, headers)))


def test_in_soap_action_and_operation(contract: Contract) -> None:
    for operation, action in ((MARKER, ""), ("", MARKER), (MARKER, MARKER)):
        sent = Request(operation, action, Body(HEALTH_REQUEST))
        assert_clean(shown(judge_request(contract, sent)))
        exchange = Exchange(sent, Answer(200, HEADERS, Body(customers_answer(contract))))
        assert_clean(shown(judge_answer(contract, sent, exchange)))


def test_in_the_detail_of_a_problem(contract: Contract) -> None:
    exchange = Exchange(request(), Problem(ProblemCode.REDIRECT, f"host/{PERSON}"))
    assert PERSON not in shown(judge_answer(contract, request(), exchange))
