"""What a supplier's program does with each toolkit, and what it must see.

The names are those of the functions in the programs; the rows of docs/interop.md are the titles.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.interop.toolkits import TOOLKITS, Toolkit

SIZE = 2_000_000
"""Greatest attachment, in bytes."""
ATTACHMENT = (b"%PDF-1.4\n" + b"\x00\xff\r\n" * SIZE)[:SIZE]
TEXT = "å ä ö € \N{GRINNING FACE} <&>\"'"
Customers = Mapping[str, Mapping[str, str]]
"""AsiakasTunnus and TunnusTyyppi by role."""


class Way(StrEnum):
    """How the program reaches ``harness serve``."""

    PLAIN = "http"
    TLS = "https, CA file given"
    UNTRUSTED = "https, no CA file given"
    SIGNED = "http, calls and answers signed"
    SERVED = "the other way: our client calls it"
    KEPT = "not at all: what the server kept of the http run"
    OBSERVED = "step by step, as harness observe and harness relay ask"


class Says:
    """Equal to every text that has all these parts."""

    def __init__(self, *parts: str) -> None:
        self.parts = parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and all(part in other for part in self.parts)

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Says{self.parts}"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to do.

    Attributes:
        name: function of the programs, with ``https:`` or ``untrusted:`` before it where it runs
            another way; one function can be in several cases.
        title: row of the matrix.
        expected: what the program must print, for a toolkit and the test customers.
        way: how the program reaches the server.
        otherwise: what is seen with a toolkit, by its name, instead of the ordinary.
        lacking: why a toolkit, by its name, cannot do it at all.
    """

    name: str
    title: str
    expected: Callable[[Toolkit, Customers], object]
    way: Way = Way.PLAIN
    otherwise: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)

    def concerns(self, toolkit: Toolkit) -> bool:
        """Whether a toolkit can do it."""
        return toolkit.name not in self.lacking

    @property
    def function(self) -> str:
        return self.name.rpartition(":")[2]


def _told(code: int, *text: str) -> Callable[[Toolkit, Customers], object]:
    return lambda _toolkit, _customers: {"TilaKoodi": code, "TilaKoodiKuvaus": Says(*text)}


def _states(**roles: tuple[int, int]) -> Callable[[Toolkit, Customers], object]:
    """By role: Tila and TiliPassivoitu."""

    def expected(_toolkit: Toolkit, customers: Customers) -> object:
        rows = [
            [customers[role]["AsiakasTunnus"], customers[role]["TunnusTyyppi"], *state]
            for role, state in roles.items()
        ]
        return {"TilaKoodi": 0, "TilaKoodiKuvaus": Says("OK"), "Asiakkaat": rows}

    return expected


def _item(own_id: str, code: int) -> Callable[[Toolkit, Customers], object]:
    def expected(_toolkit: Toolkit, customers: Customers) -> object:
        target = {
            "ViranomaisTunniste": f"{own_id} {TEXT}",
            "AsiakasTunnus": customers["active"]["AsiakasTunnus"],
            "KohteenTila": code,
            "stored": code == 200,
        }
        told = {"TilaKoodi": 0, "TilaKoodiKuvaus": Says("New messages created")}
        return {**told, "KohdeMaara": 1, "Kohteet": [target]}

    return expected


def _arrived(_toolkit: Toolkit, _customers: Customers) -> object:
    return {
        "Nimeke": (TEXT * 30)[:256],
        "KuvausTeksti": f"Ensimmäinen rivi\n{TEXT}",
        "TiedostoNimi": "päätös_åäö.pdf",
        "TiedostoSisalto": hashlib.sha256(ATTACHMENT).hexdigest(),
    }


def _fault(*parts: str) -> Callable[[Toolkit, Customers], object]:
    return lambda toolkit, _customers: {
        "exception": toolkit.fault,
        "code": toolkit.fault_code,
        "text": Says(*parts),
    }


def _missing(toolkit: Toolkit, customers: Customers) -> object:
    if toolkit.name == "php":
        return {"exception": toolkit.fault, "code": "Client", "text": Says("Encoding", "Nimeke")}
    if toolkit.name == "gsoap":
        return _item("kohde-5", 525)(toolkit, customers)
    return _fault("Kysely/Kohteet/Kohde", "Nimeke")(toolkit, customers)


_STATUS_ONLY = {
    "suds": ("Exception", "404", "fault_with_404.py"),
    "gsoap": ("error", "HTTP Error", "fault_with_404.cpp"),
    "jaxws": ("ClientTransportException", "404", "FaultWith404.java"),
}
"""Toolkits that read a Fault with some statuses only: exception, words, what reproduces it."""


def _wrong_address(toolkit: Toolkit, customers: Customers) -> object:
    if toolkit.name in _STATUS_ONLY:
        exception, words, _ = _STATUS_ONLY[toolkit.name]
        return {"exception": exception, "text": Says(words)}
    wanted = "Did you mean /Asiointitili/ViranomaispalvelutWSInterfaceNonSigned?"
    return _fault(wanted)(toolkit, customers)


_UNTRUSTED = {
    "php": ("SoapFault", "SOAP-ERROR: Parsing WSDL"),
    "node-soap": ("Error", "certificate"),
    "suds": ("URLError", "certificate verify failed"),
    "soap-lite": ("die", "certificate verify failed"),
    "gsoap": ("error", "SSL"),
    "jaxws": ("WebServiceException", "unable to find valid certification path"),
}
"""Exception and words of each toolkit when nobody vouches for a server."""


def _untrusted(toolkit: Toolkit, _customers: Customers) -> object:
    exception, words = _UNTRUSTED[toolkit.name]
    code = {"code": "WSDL"} if toolkit.name == "php" else {}
    return {"exception": exception, **code, "text": Says(words)}


def _signed_answer(_toolkit: Toolkit, _customers: Customers) -> object:
    return {"signed": ["Envelope/Header/Security/Timestamp", "Envelope/Body"]}


def _signed_lines(toolkit: Toolkit, customers: Customers) -> object:
    if toolkit.name == "jaxws":
        return {"exception": "WebServiceException", "text": Says("Entity References")}
    return _item("kohde-7", 200)(toolkit, customers)


def reproduced(told: str, program: str) -> str:
    """How a cell shows what a toolkit cannot do, with the program that shows it."""
    return f"**no**: {told}, as [{program}](../tests/interop/reproductions/{program}) shows"


def prefixes(soap: str, own: str) -> str:
    """How a cell shows them."""
    return f"passed: `{soap}`, {f'`{own}`' if own else 'none'}"


_UNSIGNED = {each.name: each.unsigned for each in TOOLKITS if each.unsigned}
_UNVERIFIED = {**_UNSIGNED, "node-soap": "it verifies none", "gsoap": "not tried"}

CASES = (
    Case("HaeTilaTieto", "HaeTilaTieto: 0", _told(0, "OK")),
    Case(
        "HaeAsiakkaita",
        "HaeAsiakkaita: four customers in attributes, their states",
        _states(active=(300, 0), passive=(300, 1), none=(310, 0), company=(300, 0)),
    ),
    Case("LisaaKohteita", "LisaaKohteita: 0, target 200", _item("kohde-1", 200)),
    Case(
        "LahetaViesti",
        "LahetaViesti: 202, with the anonymous type Laskutus",
        _told(202, "vastaanotettu käsittelyjonoon"),
    ),
    Case(
        "text",
        "å ä ö €, an astral character and markup come back intact",
        lambda _toolkit, _customers: {"SanomaTunniste": TEXT},
    ),
    Case("nil", "a nillable dateTime as null", _states(active=(300, 0))),
    Case("defaultType", "TunnusTyyppi left out: SSN", _states(active=(300, 0))),
    Case("attachment", "an attachment of 2 000 000 bytes: 200", _item("kohde-3", 200)),
    Case(
        "arrived",
        "the same as it arrived: every byte, å ä ö in its name, two lines of text",
        _arrived,
        Way.KEPT,
    ),
    Case("attachmentTooLarge", "one byte more: 529", _item("kohde-4", 529)),
    Case("repeatedItem", "ViranomaisTunniste again, LisaaKohteita: 520", _item("kohde-2", 520)),
    Case(
        "repeatedMessage",
        "ViranomaisTunniste again, LahetaViesti: 525",
        _told(525, "Asian tietosisällössä virheitä. Viranomaistunnisteella löytyy jo asia"),
    ),
    Case("refusal", "a wrong ViranomaisTunnus: 403, no exception", _told(403, "ViranomaisTunnus")),
    Case(
        "fault",
        "Laskutus/Tunniste of four digits: a Fault as exception",
        _fault("Kysely/Laskutus/Tunniste", "minLength 6"),
    ),
    Case(
        "missing",
        "Nimeke left out: an exception that names it",
        _missing,
        otherwise={
            "php": "passed, by PHP itself",
            "gsoap": "it sends an empty one: 525",
        },
    ),
    Case(
        "wrongAddress",
        "a wrong path: a Fault that names the right one",
        _wrong_address,
        otherwise={
            name: reproduced("it shows the status only", program)
            for name, (_, _, program) in _STATUS_ONLY.items()
        },
    ),
    Case(
        "prefixes",
        "prefixes of its own choice, for SOAP and for the account",
        lambda toolkit, _customers: list(toolkit.prefixes),
        Way.KEPT,
        otherwise={each.name: prefixes(*each.prefixes) for each in TOOLKITS},
    ),
    Case(
        "unsigned",
        "an unsigned call to the signed address: a Fault that names the twin",
        _fault("ViranomaispalvelutWSInterfaceNonSigned"),
    ),
    Case("https:HaeTilaTieto", "https: HaeTilaTieto", _told(0, "OK"), Way.TLS),
    Case(
        "https:attachment",
        "https: an attachment of 2 000 000 bytes: 200",
        _item("kohde-3", 200),
        Way.TLS,
    ),
    Case(
        "untrusted:HaeTilaTieto",
        "https without the CA file: refused by the toolkit",
        _untrusted,
        Way.UNTRUSTED,
    ),
    Case(
        "signedCall",
        "a signed call to the signed address: 0",
        _told(0, "OK"),
        Way.SIGNED,
        lacking=_UNSIGNED,
    ),
    Case(
        "signedAnswer",
        "the signed answer: Timestamp and Body verified by the toolkit",
        _signed_answer,
        Way.SIGNED,
        lacking=_UNVERIFIED,
    ),
    Case(
        "signedAttachment",
        "signed: 2 000 000 bytes, å ä ö €, an astral character and markup: 200",
        _item("kohde-6", 200),
        Way.SIGNED,
        lacking=_UNSIGNED,
    ),
    Case(
        "signedLines",
        "signed: two lines of text: 200",
        _signed_lines,
        Way.SIGNED,
        otherwise={"jaxws": reproduced("not behind a handler", "LineBreakBehindHandler.java")},
        lacking=_UNSIGNED,
    ),
)
