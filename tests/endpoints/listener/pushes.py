"""Messages of the return channel as the account, or whoever says to be it, writes them."""

from datetime import UTC, datetime, timedelta

from harness.account.codes import TargetCode
from harness.account.outbox import Push, PushedState, request
from harness.config import book
from harness.endpoints.listener import Listener
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Reply
from harness.exchange.messages import Body, Request
from harness.wsdl import Contract, find

RETURN_CHANNEL = "asiointitili/paluukanava"
BEGIN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
CUSTOMER = "010100-9009"
CONTRACT = find(RETURN_CHANNEL, [book("contracts")])
ITEMS = (
    "<Viranomainen><ViranomaisTunnus>A</ViranomaisTunnus><SanomaTunniste>m-7</SanomaTunniste>"
    "</Viranomainen><Kysely><KohdeMaara>1</KohdeMaara><Kohteet><Kohde>"
    f'<Asiakas AsiakasTunnus="{CUSTOMER}" TunnusTyyppi="SSN"/>'
    "<AsiointitiliTunniste>AT7</AsiointitiliTunniste><Nimeke>Kysymys</Nimeke>"
    "<LahetysPvm>2026-11-02T08:00:00Z</LahetysPvm><KuvausTeksti>Milloin?</KuvausTeksti>"
    "</Kohde></Kohteet></Kysely>"
)
"""The content of VieKohteita: what a citizen wrote."""


def told(
    number: int = 1,
    code: TargetCode = TargetCode.STORED,
    *,
    minutes: int = 0,
    own_id: str = "r1-a",
    contract: Contract = CONTRACT,
) -> Request:
    """VieKohdeTiloja of one item; messages of one number have one id."""
    at = BEGIN + timedelta(minutes=minutes)
    state = PushedState(own_id, "AT000000000001", CUSTOMER, "SSN", code, at)
    return request(contract, Push(number, BEGIN, "ESIMERKKIKUNTA", "VIESTIT", (state,)))


def changed(asked: Request, old: bytes, new: bytes) -> Request:
    """The same with other bytes."""
    assert old in asked.body.data
    data = asked.body.data.replace(old, new)
    return Request(asked.operation, asked.soap_action, Body(data), asked.content_type)


def call(listener: Listener, asked: Request) -> Reply:
    """Bring a message to a listener without a socket."""
    headers = (
        ("Host", "localhost"),
        ("Content-Type", asked.content_type),
        ("SOAPAction", f'"{asked.soap_action}"'),
    )
    received = Received("POST", listener.path, headers, asked.body.data, keep_alive=True)
    return listener.site().reply(received)
