"""The messages that rows compare on: a batch of items, and what answers it."""

from datetime import UTC, datetime
from typing import Final

from harness.account.account import Account
from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.account.settings import IDS, Settings
from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.exchange.messages import SOAP_11_CONTENT_TYPE, Body, Request
from harness.wsdl import Contract, find

REF: Final = "asiointitili/viranomaispalvelut/1.7-2024-04"
OPERATION: Final = "LisaaKohteita"
NAMESPACE: Final = "http://www.suomi.fi/asiointitili"


def contract() -> Contract:
    """The default contract."""
    return find(REF, [book("contracts")])


def batch(
    count: int, *, start: int = 0, text: str = "", attachment: bytes = b""
) -> dict[str, object]:
    """So many items for one customer, their ids counted from ``start``, as plain data."""
    customer = MockEndpoint(contract()).roles["active"]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    files = [_file(attachment)] if attachment else []
    items = [
        {
            "Asiakas": [{"AsiakasTunnus": customer.id, "TunnusTyyppi": customer.type}],
            "ViranomaisTunniste": f"bench-{start + number:07}",
            "Nimeke": "Päätös hakemukseen",
            "LahetysPvm": now,
            "KuvausTeksti": text or "Hakemukseenne on tehty päätös.",
            **({"Tiedostot": {"Tiedosto": files}} if files else {}),
        }
        for number in range(count)
    ]
    return {
        "Viranomainen": {
            "ViranomaisTunnus": IDS["authority"],
            "PalveluTunnus": IDS["service"],
            "KayttajaTunnus": IDS["user"],
            "SanomaTunniste": f"bench-{start}",
            "SanomaVersio": "1.0",
            "SanomaVarmenneNimi": IDS["certificate-name"],
        },
        "Kysely": {"KohdeMaara": count, "Kohteet": {"Kohde": items}},
    }


def _file(content: bytes) -> dict[str, object]:
    return {
        "TiedostonKuvaus": "Päätös",
        "TiedostoSisalto": content,
        "TiedostoKoko": str(len(content)),
        "TiedostoMuoto": "application/pdf",
        "TiedostoNimi": "paatos.pdf",
    }


def request(values: dict[str, object]) -> Request:
    """The request that holds them."""
    found = contract()
    data = found.build(OPERATION, values)
    action = found.operations[OPERATION].soap_action
    return Request(OPERATION, action, Body(data), SOAP_11_CONTENT_TYPE)


def answer(asked: Request, *, most: int = 1 << 30) -> bytes:
    """What a fresh simulated account answers."""
    settings = Settings(max_message_bytes=most, max_attachment_bytes=most)
    found = contract()
    account = simulation(found, settings)
    assert isinstance(account, Account)
    headers = (
        ("Content-Type", asked.content_type),
        ("SOAPAction", f'"{asked.soap_action}"'),
    )
    return AccountService(found, account).respond("POST", "/", headers, asked.body.data).body.data
