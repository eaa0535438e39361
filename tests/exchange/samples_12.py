"""Good SOAP 1.2 messages of a service that is not the account, and the means to spoil them."""

from harness.exchange.judge import Judgement, judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.exchange.soap import content_type
from harness.wsdl import Contract

SOAP = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
ORDERS = "urn:example:spyne"
TYPE = "application/soap+xml; charset=utf-8"
HEADERS = (("Content-Type", TYPE),)
PLACED = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope xmlns:env="{SOAP}"><env:Body>'
    f'<placeResponse xmlns="{ORDERS}"><placeResult>7</placeResult></placeResponse>'
    "</env:Body></env:Envelope>"
).encode()
PLACE = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope xmlns:env="{SOAP}"><env:Body>'
    f'<place xmlns="{ORDERS}"><priority>1</priority></place></env:Body></env:Envelope>'
).encode()


def envelope(inside: str, header: str = "") -> bytes:
    """A SOAP 1.2 envelope around this body content."""
    return (
        f'<env:Envelope xmlns:env="{SOAP}">{header}<env:Body>{inside}</env:Body></env:Envelope>'
    ).encode()


def request(
    operation: str = "place", body: bytes = PLACE, *, media: str | None = None, action: str = ""
) -> Request:
    """A request of that operation; ``action`` is a SOAPAction header beside the content type."""
    return Request(operation, action, Body(body), media or content_type("1.2", operation))


def judged(
    contract: Contract,
    body: bytes,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = HEADERS,
    operation: str = "place",
) -> Judgement:
    """The judgement on these bytes as an answer to the operation."""
    sent = request(operation)
    return judge_answer(contract, sent, Exchange(sent, Answer(status, headers, Body(body))))
