"""Good messages of the account and the means to spoil them."""

from collections.abc import Sequence
from datetime import date

from harness.exchange import render
from harness.exchange.judge import Judgement, judge_answer
from harness.exchange.messages import SOAP_11_CONTENT_TYPE, Answer, Body, Exchange, Request
from harness.exchange.render import Node
from harness.identity import personal_code
from harness.wsdl import Contract

PERSON = personal_code(date(1980, 1, 1), 900)
ACCOUNT = "http://www.suomi.fi/asiointitili"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
HEADERS = (("Content-Type", SOAP_11_CONTENT_TYPE),)
CUSTOMER: Node = (
    "Asiakas",
    {"AsiakasTunnus": PERSON, "TunnusTyyppi": "SSN"},
    [("Tila", "300"), ("TilaPvm", "2024-04-01T12:00:00+03:00"), ("TiliPassivoitu", "0")],
)
RESULT: Sequence[Node] = [
    ("TilaKoodi", [("TilaKoodi", "0"), ("SanomaTunniste", "sanoma-1")]),
    ("Asiakkaat", [CUSTOMER]),
]
CUSTOMERS: Sequence[Node] = [("HaeAsiakkaitaResult", RESULT)]
HEALTH: Sequence[Node] = [("HaeTilaTietoResult", [("TilaKoodi", [("TilaKoodi", "0")])])]
HEALTH_REQUEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="{SOAP}"><soap:Header/><soap:Body><HaeTilaTieto xmlns="{ACCOUNT}">\
<Viranomainen><ViranomaisTunnus>viranomainen-1</ViranomaisTunnus>\
<PalveluTunnus>palvelu-1</PalveluTunnus></Viranomainen><Kysely/></HaeTilaTieto></soap:Body>\
</soap:Envelope>""".encode()


def request(operation: str = "HaeAsiakkaita", body: bytes = b"") -> Request:
    """A request whose own bytes do not matter, unless given."""
    return Request(operation, f"{ACCOUNT}/Viranomaispalvelut/{operation}", Body(body))


def customers_answer(contract: Contract) -> bytes:
    return render.answer(contract, "HaeAsiakkaita", CUSTOMERS)


def judged(
    contract: Contract,
    body: bytes,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = HEADERS,
    operation: str = "HaeAsiakkaita",
) -> Judgement:
    """The judgement on these bytes as an answer to the operation."""
    sent = request(operation)
    exchange = Exchange(sent, Answer(status, headers, Body(body)))
    return judge_answer(contract, sent, exchange)


def codes(judgement: Judgement) -> set[str]:
    return {finding.code for finding in judgement.findings}


def envelope(inside: str, header: str = "") -> bytes:
    """A SOAP 1.1 envelope around this body content."""
    return (
        f'<soap:Envelope xmlns:soap="{SOAP}">{header}<soap:Body>{inside}</soap:Body>'
        "</soap:Envelope>"
    ).encode()
