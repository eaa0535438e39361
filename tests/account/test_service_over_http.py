"""The HTTP side of the service: methods, contract files, styles, the maintenance break."""

from dataclasses import replace

import pytest

from harness.account.account import Account
from harness.account.service import AccountService
from harness.account.settings import Settings
from harness.exchange.messages import Answer
from harness.exchange.render import PrefixStyle
from harness.wsdl import Contract
from tests.account.asking import ACTION, Desk, add, caller, envelope, find, fixed_clock, item, send

ADDRESS = "http://127.0.0.1:8080/account"


def get(service: AccountService, path: str) -> Answer:
    return service.respond("GET", path, [], b"")


@pytest.mark.parametrize("path", ["/account?wsdl", "/account?WSDL", "/account?wsdl="])
def test_contract_is_served_as_it_is_pinned(desk: Desk, path: str) -> None:
    answer = get(desk.service, path)
    assert answer.status == 200
    assert answer.header("content-type") == "text/xml; charset=utf-8"
    assert answer.body.data == desk.contract.files["Viranomaispalvelut.wsdl"]


def test_schema_is_served(desk: Desk) -> None:
    answer = get(desk.service, "/account?xsd=Viranomaispalvelut.xsd")
    assert answer.body.data == desk.contract.files["Viranomaispalvelut.xsd"]


def test_served_contract_leads_back_to_the_service(contract: Contract) -> None:
    service = AccountService(contract, Account(clock=fixed_clock), address=ADDRESS)
    text = get(service, "/account?wsdl").body.data.decode()
    assert f'location="{ADDRESS}"' in text
    assert f'schemaLocation="{ADDRESS}?xsd=Viranomaispalvelut.xsd"' in text
    assert "integraatiopalvelu.fi" not in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/account", 405),
        ("/account?", 405),
        ("/account?muu=1", 405),
        ("/account?xsd=muu.xsd", 404),
        ("/account?xsd=../../etc/hostname", 404),
        ("/account?xsd=", 404),
    ],
)
def test_other_gets(desk: Desk, path: str, status: int) -> None:
    answer = get(desk.service, path)
    assert answer.status == status
    assert answer.body.data


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "post", ""])
def test_other_methods(desk: Desk, method: str) -> None:
    answer = desk.service.respond(method, "/account", [], b"")
    assert answer.status == 405
    assert answer.header("allow") == "GET, POST"


def test_maintenance_break_fails_every_call_without_soap(contract: Contract) -> None:
    desk = Desk(contract, replace(Settings(), maintenance=True))
    answer = desk.post(envelope("HaeTilaTieto", caller() + "<Kysely/>"), "HaeTilaTieto")
    assert answer.status == 503
    assert answer.header("retry-after") == "3600"
    assert b"Envelope" not in answer.body.data
    assert answer.body.data


def test_each_operation_has_its_prefix_style(desk: Desk) -> None:
    sent = desk.ask("LahetaViesti", send(item())).answer.body.data
    assert b"<soap:Envelope" in sent
    assert b"<LahetaViestiResponse xmlns=" in sent
    found = desk.ask("HaeAsiakkaita", find("active")).answer.body.data
    assert b"<soapenv:Envelope" in found
    assert b"<asi:HaeAsiakkaitaResponse" in found


def test_prefix_styles_can_be_overridden(contract: Contract) -> None:
    styles = {"HaeTilaTieto": PrefixStyle.PREFIXED}
    service = AccountService(contract, Account(clock=fixed_clock, styles=styles))
    data = envelope("HaeTilaTieto", caller() + "<Kysely/>")
    headers = [("content-type", "text/xml"), ("soapaction", f'"{ACTION}HaeTilaTieto"')]
    assert b"<soapenv:Envelope" in service.respond("POST", "/", headers, data).body.data


def test_same_requests_get_the_same_bytes(contract: Contract) -> None:
    requests = [
        ("HaeTilaTieto", envelope("HaeTilaTieto", caller(message_id=None) + "<Kysely/>")),
        ("HaeAsiakkaita", envelope("HaeAsiakkaita", caller() + find("active", "none"))),
        ("LisaaKohteita", envelope("LisaaKohteita", caller() + add(item(), item("virus")))),
        ("LahetaViesti", envelope("LahetaViesti", caller() + send(item()))),
        ("LahetaViesti", envelope("PoistaKohteita", "")),
    ]
    runs = []
    for _ in range(2):
        desk = Desk(contract)
        runs.append([desk.post(data, operation).body.data for operation, data in requests])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == len(requests)
