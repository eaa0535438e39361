"""What a request asks, read out of a message that the judge has passed."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from harness.account.customers import SSN
from harness.exchange.message import Message, Part

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Caller:
    """Viranomainen: who calls. Absent fields are ``None``."""

    authority: str | None
    service: str | None
    certificate_name: str | None
    message_id: str | None


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
    """Kohde: one item and whom it is for."""

    own_id: str
    reference: str | None
    reference_type: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    case_number: str = field(repr=False)
    sender: str = field(repr=False)
    confirm: str
    receipt: str
    people: tuple[Person, ...]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Printing:
    """What LahetaViesti says of paper.

    Attributes:
        paper: Paperi: paper also for those with an account.
        really: LahetaTulostukseen; false for tests: accepted but not printed.
        provider: Tulostustoimittaja.
        contract: Laskutus/Tunniste; ``None`` without Laskutus.
    """

    paper: bool
    really: bool
    provider: str
    contract: str | None


def caller(message: Message) -> Caller:
    """Who calls."""
    part = next(iter(message.parts("Viranomainen")), None)
    if part is None:
        return Caller(None, None, None, None)
    return Caller(
        part.text("ViranomaisTunnus"),
        part.text("PalveluTunnus"),
        part.text("SanomaVarmenneNimi"),
        part.text("SanomaTunniste"),
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
    )


def whole_number(text: str | None) -> int | None:
    """An xs:int that the schema has passed."""
    return None if text is None else int(text)


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
    return Item(
        own_id=part.text("ViranomaisTunniste") or "",
        reference=part.text("Viittaus/@ViittausTunniste"),
        reference_type=part.text("Viittaus/@ViittausTunnisteTyyppi") or "",
        title=part.text("Nimeke") or "",
        text=part.text("KuvausTeksti") or "",
        case_number=part.text("AsiaNumero") or "",
        sender=part.text("LahettajaNimi") or "",
        confirm=part.text("VahvistusVaatimus") or "0",
        receipt=part.text("VaadiLukukuittaus") or "0",
        people=tuple(_person(each) for each in part.parts("Asiakas")),
        attachments=tuple(_attachment(each) for each in part.parts("Tiedostot/Tiedosto")),
    )


def _attachment(part: Part) -> Attachment:
    content, size = part.text("TiedostoSisalto"), (part.text("TiedostoKoko") or "").strip()
    return Attachment(
        name=part.text("TiedostoNimi") or "",
        content=None if content is None else _SPACE.sub("", content),
        url=part.text("TiedostoURL") or "",
        stored=part.text("TiedostoID") or "",
        description=part.text("TiedostonKuvaus") or "",
        media_type=part.text("TiedostoMuoto") or "",
        kilobytes=int(size) if re.fullmatch(r"[0-9]{1,9}", size, re.ASCII) else 0,
    )


def _boolean(text: str | None, *, default: bool) -> bool:
    return default if text is None else text.strip() in {"true", "1"}
