"""What a customer writes to an authority: a message or a reply, pushed with VieKohteita.

Somebody orders it, or a customer replies of its own accord. It is checked like an item that an
authority sends. No text may hold what could be a living person's identity code.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache

from harness.account import rules
from harness.account.customers import Customer
from harness.account.questions import Attachment, Item, Person
from harness.classes import dataclass
from harness.errors import ConfigError
from harness.exchange.render import Node, is_writable
from harness.identity import suspicious_codes
from harness.wsdl import Contract
from harness.wsdl.components import Direction, components
from harness.wsdl.sites import Part, sites

OPERATION = "VieKohteita"
REPLY_TITLE = "Vastaus viestiinne"
REPLY_TEXT = "Kiitos, luin viestinne. Maksu oli 15 €, ja työ valmistui Åbossa hyvin."


@dataclass(frozen=True, slots=True)
class File:
    """Tiedosto of a message: its name, media type and content as base64."""

    name: str
    content: str = field(repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a customer wants to write.

    Attributes:
        role: of the customer.
        title: Nimeke.
        text: KuvausTeksti.
        reply_to: AsiointitiliTunniste of an item of this customer's; empty for a message that
            answers none.
        service: PalveluTunnus that it goes to; empty for that of the item, or the first one.
        sender: LahettajaNimi.
        email: Sahkoposti of the customer, where the contract knows it.
        phone: Matkapuhelin of the customer, where the contract knows it.
        authority_email: ViranomaisenEmail, where the contract knows it.
        files: attachments.
    """

    role: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    reply_to: str = ""
    service: str = ""
    sender: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    authority_email: str = field(default="", repr=False)
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class CitizenMessage:
    """Kohde_WSPA5: one message of a customer's.

    Attributes:
        account_id: AsiointitiliTunniste of the message itself.
        customer: AsiakasTunnus.
        type: TunnusTyyppi.
        draft: what it says.
    """

    account_id: str
    customer: str = field(repr=False)
    type: str
    draft: Draft


def citizen_id(number: int) -> str:
    """AsiointitiliTunniste of what a customer wrote; never that of an item."""
    return f"AK{number:012d}"


def reply_of(role: str, account_id: str) -> Draft:
    """What a customer who replies answers to an item."""
    return Draft(role, REPLY_TITLE, REPLY_TEXT, account_id)


def check(draft: Draft, customer: Customer, max_attachment_bytes: int) -> None:
    """Do nothing when the account takes what a customer wants to write.

    Raises:
        ConfigError: it does not; says which rule is broken.
    """
    contacts = (draft.email, draft.phone, draft.authority_email)
    names = [file.name for file in draft.files]
    texts = (draft.title, draft.text, draft.sender, *contacts, *names)
    if any(suspicious_codes(text) for text in texts):
        raise ConfigError(
            "the message holds what could be a person's identity code",
            todo="Use artificial codes only, with an individual number of 900-999.",
        )
    if not all(map(is_writable, (*texts, *(file.media_type for file in draft.files)))):
        raise ConfigError("the message holds a character that XML cannot carry")
    item = Item(
        own_id="",
        reference=draft.reply_to or None,
        reference_type="AsiointitiliTunniste",
        title=draft.title,
        text=draft.text,
        people=(Person(customer.id, customer.type),),
        attachments=tuple(_attachment(file) for file in draft.files),
        limited=(
            ("LahettajaNimi", draft.sender),
            ("ViranomaisenEmail", draft.authority_email),
        ),
    )
    breach = rules.item_breach(item, max_attachment_bytes)
    if breach is not None:
        raise ConfigError(f"the account does not take this message: {breach.text}")


def _attachment(file: File) -> Attachment:
    try:
        base64.b64decode(file.content, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError("the content of an attachment is not base64") from None
    return Attachment(file.name, file.content, "", "", "", file.media_type, 0)


def asked(contract: Contract, message: CitizenMessage, sent: str) -> Node:
    """Kysely_WSPA5 of one message, as this version of the contract has it.

    Args:
        contract: one of the return channel.
        message: the message.
        sent: LahetysPvm, an xs:dateTime.
    """
    items = [_item(contract, message, sent)]
    content: list[Node] = [("KohdeMaara", "1"), ("Kohteet", items)]
    return ("Kysely", content)


def _item(contract: Contract, message: CitizenMessage, sent: str) -> Node:
    draft, with_mail = message.draft, _knows_mail(contract)
    person = {"AsiakasTunnus": message.customer}
    if with_mail and draft.email:
        person["Sahkoposti"] = draft.email
    if with_mail and draft.phone:
        person["Matkapuhelin"] = draft.phone
    content: list[Node] = [
        ("Asiakas", {**person, "TunnusTyyppi": message.type}, []),
        ("AsiointitiliTunniste", message.account_id),
        *_reference(draft),
        ("Nimeke", draft.title),
        ("LahetysPvm", sent),
    ]
    content += [("LahettajaNimi", draft.sender)] if draft.sender else []
    content.append(("KuvausTeksti", draft.text))
    content += [("Tiedostot", list(map(_file, draft.files)))] if draft.files else []
    if with_mail and draft.authority_email:
        content.append(("ViranomaisenEmail", draft.authority_email))
    return ("Kohde", content)


def _reference(draft: Draft) -> Iterator[Node]:
    if draft.reply_to:
        names = {
            "ViittausTunniste": draft.reply_to,
            "ViittausTunnisteTyyppi": "AsiointitiliTunniste",
        }
        yield ("Viittaus", [("Viittaus_WS", names, [])])


def _file(file: File) -> Node:
    size = len(base64.b64decode(file.content))
    content: list[Node] = [
        ("TiedostoSisalto", file.content),
        ("TiedostoKoko", str(-(-size // 1000))),
        ("TiedostoMuoto", file.media_type),
        ("TiedostoNimi", file.name),
    ]
    return ("Tiedosto", content)


@lru_cache(maxsize=8)
def _knows_mail(contract: Contract) -> bool:
    """The newer form has mail addresses and a phone number, the older one none of them."""
    part = Part(OPERATION, Direction.REQUEST, contract.operations[OPERATION].input)
    paths = {site.path for site in sites(components(contract), part)}
    return "Kysely/Kohteet/Kohde/ViranomaisenEmail" in paths
