"""What a request asks, read out of a message that the judge has passed."""

import re
from dataclasses import field
from datetime import UTC, datetime
from decimal import Decimal

from harness.account.customers import SSN
from harness.classes import dataclass
from harness.exchange.message import Message, Part, Signer

LIMITED = (
    "AsiaNumero",
    "LahettajaNimi",
    "ViranomaisenEmail",
    "EmailLisatietoOtsikko",
    "TavoitettavuusTietoEmail",
    "TavoitettavuusTietoSMS",
    "SmsLisatieto",
)
"""Elements of Kohde that have a greatest length and no other rule."""

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Caller:
    """Viranomainen: who calls, and who signed. Absent fields are ``None``."""

    authority: str | None
    service: str | None
    certificate_name: str | None
    message_id: str | None
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Asiakas: one customer a request names; ``id`` is empty when it names none."""

    id: str = field(repr=False)
    type: str
    has_address: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """Tiedosto.

    Attributes:
        name: TiedostoNimi.
        content: TiedostoSisalto as base64 without white space; ``None`` when absent.
        url: TiedostoURL.
        stored: TiedostoID, a file said to lie in the service's storage.
        kilobytes: TiedostoKoko as the sender states it; 0 when absent or no number.
    """

    name: str
    content: str | None = field(repr=False)
    url: str = field(repr=False)
    stored: str
    description: str = field(repr=False)
    media_type: str
    kilobytes: int

    @property
    def size(self) -> int:
        """Bytes of the decoded content, or what the sender states of a linked file."""
        if self.content is None:
            return self.kilobytes * 1000
        return len(self.content) * 3 // 4 - self.content.count("=", -2)


@dataclass(frozen=True, slots=True)
class Item:
    """Kohde: one item and whom it is for. What is absent is empty, a title or text ``None``.

    Attributes:
        confirm: VahvistusVaatimus.
        receipt: VaadiLukukuittaus.
        limited: further texts that only have a greatest length, by the name of their element.
        notice: EmailLisatietoOtsikko and EmailLisatietoSisalto: both are given, or neither.
        address_page: LisaaOsoitesivu.
        may_rotate: SalliLiitteenKiertoPystyyn.
        pages: Sivut: first page and number of pages, until contract version 1.6.
    """

    own_id: str
    reference: str | None
    reference_type: str
    title: str | None = field(repr=False)
    text: str | None = field(repr=False)
    people: tuple[Person, ...]
    attachments: tuple[Attachment, ...] = ()
    confirm: str = "0"
    receipt: str = "0"
    limited: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    notice: tuple[bool, bool] = (False, False)
    address_page: bool = False
    may_rotate: bool = False
    pages: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Printing:
    """What LahetaViesti says of paper.

    Attributes:
        paper: Paperi: paper also for those with an account.
        really: LahetaTulostukseen; false for tests: accepted but not printed.
        provider: Tulostustoimittaja.
        contract: Laskutus/Tunniste; ``None`` without Laskutus.
        password: Laskutus/Salasana; ``None`` when absent.
        cost_pool: Laskutus/Kustannuspaikka.
        colour: Varitulostus.
        files: Tiedostot of the whole message, until contract version 1.6.
    """

    paper: bool
    really: bool
    provider: str
    contract: str | None
    password: str | None = field(default=None, repr=False)
    cost_pool: str = ""
    colour: bool = False
    files: tuple[Attachment, ...] = ()


def caller(message: Message) -> Caller:
    """Who calls."""
    part = next(iter(message.parts("Viranomainen")), None)
    given = part.values() if part is not None else {}
    return Caller(
        given.get("ViranomaisTunnus"),
        given.get("PalveluTunnus"),
        given.get("SanomaVarmenneNimi"),
        given.get("SanomaTunniste"),
        message.signer,
    )


def people(message: Message, path: str) -> tuple[Person, ...]:
    """Every Asiakas below a path."""
    return tuple(_person(part) for part in message.parts(path))


def items(message: Message) -> tuple[Item, ...]:
    """Every Kohde of LisaaKohteita or LahetaViesti."""
    return tuple(_item(part) for part in message.parts("Kysely/Kohteet/Kohde"))


def printing(message: Message) -> Printing:
    """What LahetaViesti says of paper; defaults as the schema gives them."""
    return Printing(
        paper=_boolean(message.text("Kysely/Paperi"), default=False),
        really=_boolean(message.text("Kysely/LahetaTulostukseen"), default=True),
        provider=message.text("Kysely/Tulostustoimittaja") or "",
        contract=message.text("Kysely/Laskutus/Tunniste"),
        password=message.text("Kysely/Laskutus/Salasana"),
        cost_pool=message.text("Kysely/Laskutus/Kustannuspaikka") or "",
        colour=_boolean(message.text("Kysely/Varitulostus"), default=False),
        files=tuple(_attachment(each) for each in message.parts("Kysely/Tiedostot")),
    )


def whole_number(text: str | None) -> int | None:
    """An xs:int that the schema has passed, with however many zeros in front.

    Python's own ``int`` refuses texts of more than 4300 digits.
    """
    return None if text is None else int(Decimal(text))


def moment(text: str | None) -> datetime | None:
    """An xs:dateTime in UTC; ``None`` when absent, nil or beyond what a calendar holds.

    A time without zone is taken as UTC.
    """
    try:
        read = datetime.fromisoformat((text or "").strip())
        zoned = read.replace(tzinfo=UTC) if read.tzinfo is None else read
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _person(part: Part) -> Person:
    return Person(
        part.text("@AsiakasTunnus") or "",
        part.text("@TunnusTyyppi") or SSN,
        part.count("Osoite") > 0,
    )


def _item(part: Part) -> Item:
    given = part.values()
    refers = "Viittaus" in given
    return Item(
        own_id=given.get("ViranomaisTunniste", ""),
        reference=part.text("Viittaus/@ViittausTunniste") if refers else None,
        reference_type=(part.text("Viittaus/@ViittausTunnisteTyyppi") if refers else "") or "",
        title=given.get("Nimeke"),
        text=given.get("KuvausTeksti"),
        people=tuple(_person(each) for each in part.parts("Asiakas")),
        attachments=_attachments(part) if "Tiedostot" in given else (),
        confirm=given.get("VahvistusVaatimus") or "0",
        receipt=given.get("VaadiLukukuittaus") or "0",
        limited=tuple((name, given[name]) for name in LIMITED if name in given),
        notice=("EmailLisatietoOtsikko" in given, "EmailLisatietoSisalto" in given),
        address_page=_boolean(given.get("LisaaOsoitesivu"), default=False),
        may_rotate=_boolean(given.get("SalliLiitteenKiertoPystyyn"), default=False),
        pages=_pages(part) if "Sivut" in given else None,
    )


def _pages(part: Part) -> tuple[int, int] | None:
    first, count = map(whole_number, (part.text("Sivut/Alkusivu"), part.text("Sivut/Sivumaara")))
    return None if first is None or count is None else (first, count)


def _attachments(part: Part) -> tuple[Attachment, ...]:
    return tuple(_attachment(each) for each in part.parts("Tiedostot/Tiedosto"))


def _attachment(part: Part) -> Attachment:
    given = part.values()
    content, size = given.get("TiedostoSisalto"), given.get("TiedostoKoko", "").strip()
    return Attachment(
        name=given.get("TiedostoNimi", ""),
        content=None if content is None else _SPACE.sub("", content),
        url=given.get("TiedostoURL", ""),
        stored=given.get("TiedostoID", ""),
        description=given.get("TiedostonKuvaus", ""),
        media_type=given.get("TiedostoMuoto", ""),
        kilobytes=int(size) if re.fullmatch(r"[0-9]{1,9}", size, re.ASCII) else 0,
    )


def _boolean(text: str | None, *, default: bool) -> bool:
    """A switch; an empty one has its default too (XML Schema 1.0 part 1, section 3.3.1)."""
    written = (text or "").strip()
    return written in {"true", "1"} if written else default
