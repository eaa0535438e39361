"""The HTTP side of the service: methods, contract files, styles, the maintenance break."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from harness.account.account import Account
from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.account.settings import Settings
from harness.exchange.messages import Answer
from harness.exchange.render import PrefixStyle
from harness.wsdl import Contract, Wanted, load
from harness.wsdl import add as take_in
from tests.account.asking import ACTION, Desk, add, caller, envelope, find, fixed_clock, item, send
from tests.wsdl.making import TYPES, make
from tests.wsdl.making import service as described

ADDRESS = "http://127.0.0.1:8080/account"
CONTRACTS = Path(__file__).parents[1] / "assets" / "contracts"


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


@pytest.mark.parametrize("toolkit", ["jaxws-bare", "jaxws-rpc"])
def test_imports_by_the_address_of_the_publisher_lead_back_as_well(
    toolkit: str, tmp_path: Path
) -> None:
    contract = take_in(CONTRACTS / toolkit, tmp_path, date(2026, 11, 22), Wanted()).contract
    service = AccountService(contract, simulation(contract), address=ADDRESS)
    assert contract.locations, "the publisher's files name each other by address"
    for name in contract.files:
        query = "?wsdl" if name.endswith(".wsdl") else f"?xsd={name}"
        text = get(service, f"/account{query}").body.data.decode()
        for written, file in contract.locations.items():
            assert escape(written) not in text
            if escape(written) in contract.files[name].decode():
                assert f'"{ADDRESS}?xsd={file}"' in text


def test_files_in_folders_and_imported_descriptions_lead_back_as_well(tmp_path: Path) -> None:
    xs = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    own = f'{xs} targetNamespace="urn:t"'
    types = f"<xs:schema {own}><xs:include schemaLocation='x/more.xsd'/></xs:schema>"
    text = described(types=types).replace('location="http://localhost/"', "location='http://lo/'")
    kinds = TYPES.format(ask="")
    head, bound = text[: text.index("<w:types>")], text.index("<w:binding")
    files = {
        "service.wsdl": f"{head}<w:import namespace='urn:t' location='parts/abstract.wsdl' />"
        f"{text[bound:]}",
        "parts/abstract.wsdl": f"{text[:bound]}</w:definitions>",
        "parts/x/more.xsd": types.replace("'x/more.xsd'", '"y/most.xsd"'),
        "parts/x/y/most.xsd": kinds.replace("<xs:schema", f"<xs:schema {xs}", 1),
    }
    contract = load(make(tmp_path / "own", files))
    contract.check()
    led = AccountService(contract, simulation(contract), address=ADDRESS)
    for query, leads in (
        ("?wsdl", f"location='{ADDRESS}?xsd=parts/abstract.wsdl'"),
        ("?xsd=parts/abstract.wsdl", f"schemaLocation='{ADDRESS}?xsd=parts/x/more.xsd'"),
        ("?xsd=parts/x/more.xsd", f'schemaLocation="{ADDRESS}?xsd=parts/x/y/most.xsd"'),
        ("?wsdl", f"address location='{ADDRESS}'"),
    ):
        assert leads in get(led, f"/account{query}").body.data.decode()


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
