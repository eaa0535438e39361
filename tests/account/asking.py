"""Requests as text, and what the account's service makes of them, judged like any answer."""

import base64
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from harness.account.account import Account
from harness.account.customers import CUSTOMERS, Customer
from harness.account.service import AccountService
from harness.account.settings import AUTHORITY, Authority, Settings
from harness.exchange.judge import judge_answer
from harness.exchange.message import Message
from harness.exchange.messages import Answer, Body, Exchange, Request
from harness.vocabulary import Verdict
from harness.wsdl import Contract

NAMESPACE = "http://www.suomi.fi/asiointitili"
ACTION = f"{NAMESPACE}/Viranomaispalvelut/"
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ROLES = {customer.role: customer for customer in CUSTOMERS}
PDF = base64.b64encode(b"%PDF-1.7 test").decode()
ADDRESS = (
    "<Osoite><Nimi>Testi</Nimi><Lahiosoite>Testikatu 1</Lahiosoite>"
    "<Postinumero>00100</Postinumero><Postitoimipaikka>HELSINKI</Postitoimipaikka>"
    "<Maa>FI</Maa></Osoite>"
)
Respond = Callable[[str, str, Sequence[tuple[str, str]], bytes], Answer]
"""Method, path, headers and body of a request to what came of it."""
_numbers = itertools.count(1)


def fixed_clock() -> datetime:
    return NOW


def envelope(operation: str, inner: str, *, namespace: str = NAMESPACE, header: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{header}<s:Body>'
        f'<{operation} xmlns="{namespace}">{inner}</{operation}></s:Body></s:Envelope>'
    ).encode()


def caller(
    authority: Authority = AUTHORITY,
    *,
    name: str | None = "",
    service: str | None = None,
    certificate_name: str | None = "",
    message_id: str | None = "viesti-1",
) -> str:
    fields = (
        ("ViranomaisTunnus", authority.id if name == "" else name),
        ("PalveluTunnus", authority.services[0] if service is None else service),
        ("SanomaTunniste", message_id),
        (
            "SanomaVarmenneNimi",
            authority.certificate_name if certificate_name == "" else certificate_name,
        ),
    )
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields if text is not None)
    return f"<Viranomainen>{inner}</Viranomainen>"


def customer(one: Customer | str, inner: str = "") -> str:
    found = ROLES[one] if isinstance(one, str) else one
    return (
        f"<Asiakas AsiakasTunnus={quoteattr(found.id)} "
        f"TunnusTyyppi={quoteattr(found.type)}>{inner}</Asiakas>"
    )


def find(*roles: str, kind: str | None = "Asiakkaat", begin: str = "", end: str = "") -> str:
    """Kysely of HaeAsiakkaita."""
    laji = "" if kind is None else f"<KyselyLaji>{kind}</KyselyLaji>"
    nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    period = "".join(
        f"<{name}>{text}</{name}>" if text else f"<{name} {nil}/>"
        for name, text in (("KyselyAlku", begin), ("KyselyLoppu", end))
    )
    people = "".join(customer(role) for role in roles)
    return f"<Kysely>{laji}{period}<Asiakkaat>{people}</Asiakkaat></Kysely>"


def item(
    *roles: str,
    own_id: str | None = "",
    reference: tuple[str, str] | None = None,
    title: str = "Otsikko",
    text: str = "Teksti",
    files: str = "",
    address: bool = False,
    extra: str = "",
    after: str = "",
) -> str:
    """One Kohde; ``own_id`` is new unless given."""
    people = "".join(customer(role, ADDRESS if address else "") for role in roles or ("active",))
    own = f"asia-{next(_numbers)}" if own_id == "" else own_id
    parts = [people]
    if own is not None:
        parts.append(f"<ViranomaisTunniste>{own}</ViranomaisTunniste>")
    if reference is not None:
        parts.append(
            f"<Viittaus ViittausTunniste={quoteattr(reference[0])} "
            f"ViittausTunnisteTyyppi={quoteattr(reference[1])}/>"
        )
    parts += [
        extra,
        f"<Nimeke>{title}</Nimeke><LahetysPvm>2026-11-02T10:00:00+02:00</LahetysPvm>",
        f"<KuvausTeksti>{text}</KuvausTeksti>",
        f"<Tiedostot>{files}</Tiedostot>" if files else "",
        after,
    ]
    return f"<Kohde>{''.join(parts)}</Kohde>"


def attachment(
    name: str | None = "liite.pdf",
    *,
    content: str | None = PDF,
    url: str | None = None,
    stored: str | None = None,
    kilobytes: str | None = None,
) -> str:
    fields = (
        ("TiedostoURL", url),
        ("TiedostoSisalto", content),
        ("TiedostoID", stored),
        ("TiedostoKoko", kilobytes),
        ("TiedostoNimi", name),
    )
    inner = "".join(f"<{key}>{escape(text)}</{key}>" for key, text in fields if text is not None)
    return f"<Tiedosto>{inner}</Tiedosto>"


def add(*items: str, count: int | None = None) -> str:
    """Kysely of LisaaKohteita."""
    number = len(items) if count is None else count
    return f"<Kysely><KohdeMaara>{number}</KohdeMaara><Kohteet>{''.join(items)}</Kohteet></Kysely>"


def send(
    *items: str,
    paper: bool | None = None,
    really: bool | None = None,
    contract: str | None = None,
    password: str | None = None,
    cost_pool: str | None = None,
    colour: bool | None = None,
    provider: str = "Posti",
) -> str:
    """Kysely of LahetaViesti."""
    billing = [
        f"<{name}>{text}</{name}>"
        for name, text in (
            ("Tunniste", contract),
            ("Salasana", password),
            ("Kustannuspaikka", cost_pool),
        )
        if text is not None
    ]
    parts = [
        "" if paper is None else f"<Paperi>{str(paper).lower()}</Paperi>",
        f"<Kohteet>{''.join(items)}</Kohteet>",
        f"<Tulostustoimittaja>{provider}</Tulostustoimittaja>",
        "" if really is None else f"<LahetaTulostukseen>{str(really).lower()}</LahetaTulostukseen>",
        "" if contract is None else f"<Laskutus>{''.join(billing)}</Laskutus>",
        "" if colour is None else f"<Varitulostus>{str(colour).lower()}</Varitulostus>",
    ]
    return f"<Kysely>{''.join(parts)}</Kysely>"


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer that the judge has passed."""

    operation: str
    message: Message
    answer: Answer = field(repr=False)

    @property
    def code(self) -> int:
        return int(self.texts("TilaKoodi/TilaKoodi")[0])

    @property
    def text(self) -> str:
        return self.texts("TilaKoodi/TilaKoodiKuvaus")[0]

    @property
    def targets(self) -> list[int]:
        return [int(text) for text in self.texts("Kohteet/Kohde/Asiakas/KohteenTila")]

    def texts(self, path: str) -> list[str]:
        return self.message.texts(f"{self.operation}Result/{path}")


class Desk:
    """One account and its service, asked in words.

    With ``respond`` the words go another way, such as over a socket to a server that has the
    account; its answers are judged in the same manner.
    """

    def __init__(
        self,
        contract: Contract,
        settings: Settings | None = None,
        *,
        account: Account | None = None,
        respond: Respond | None = None,
    ) -> None:
        self.contract = contract
        self.account = account or Account(settings, fixed_clock)
        self.service = AccountService(contract, self.account)
        self._respond = respond or self.service.respond

    def ask(self, operation: str, kysely: str = "<Kysely/>", who: str | None = None) -> Asked:
        data = envelope(operation, (caller() if who is None else who) + kysely)
        answer = self.post(data, operation)
        message = self.judged(answer, operation)
        assert message.fault is None, message.texts("faultstring")
        return Asked(operation, message, answer)

    def fault(
        self, data: bytes, operation: str = "HaeTilaTieto", **headers: str
    ) -> tuple[str, str]:
        """Code and sentence of the fault that some bytes lead to."""
        answer = self.post(data, operation, **headers)
        assert answer.status == 500
        message = self.judged(answer, operation)
        assert message.fault is not None
        return message.fault.local, message.texts("faultstring")[0]

    def post(self, data: bytes, operation: str, **headers: str) -> Answer:
        sent = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{ACTION}{operation}"',
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self._respond("POST", "/account", list(sent.items()), data)

    def states(self, own_id: str, authority: Authority = AUTHORITY) -> list[int]:
        """What has become of an item until now, for each of its customers."""
        return [int(each.state) for each in self.account.sent(authority.id, own_id)]

    def told(self, after: int = 0) -> list[int]:
        """The states that the account would push, in order."""
        return [int(state.code) for push in self.account.outbox(after) for state in push.states]

    def judged(self, answer: Answer, operation: str) -> Message:
        request = Request(operation, ACTION + operation, Body(b""))
        judgement = judge_answer(self.contract, request, Exchange(request, answer))
        assert judgement.verdict is Verdict.PASSED, judgement.findings
        assert judgement.message is not None
        return judgement.message
