"""One call of the client against one server, with limits short enough for tests."""

from pathlib import Path

from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.endpoints.tls import TlsSettings, context
from harness.exchange.messages import Answer, Body, Exchange, Problem, Request
from harness.limits import Limits
from harness.vocabulary import Level

QUICK = Limits(connect=0.4, read=0.3, deadline=0.7)
SECRET = "hyvin salainen teksti"
REQUEST = Request("HaeTilaTieto", "urn:HaeTilaTieto", Body(f"<s>{SECRET}</s>".encode()))


def call(
    url: str,
    *,
    limits: Limits = QUICK,
    ca_file: Path | None = None,
    client_cert: Path | None = None,
    request: Request = REQUEST,
) -> Exchange:
    tls = None
    if url.startswith("https:"):
        tls = context(TlsSettings(ca_file=ca_file, client_cert=client_cert))
    with HttpClient(allowed(url, Level.SERVER), limits=limits, tls=tls) as client:
        return client.send(request)


def problem(exchange: Exchange) -> str:
    assert isinstance(exchange.outcome, Problem), exchange.outcome
    return str(exchange.outcome.code)


def answer(exchange: Exchange) -> Answer:
    assert isinstance(exchange.outcome, Answer), exchange.outcome
    return exchange.outcome
