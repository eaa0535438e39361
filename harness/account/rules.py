"""Rules of content: what an item and its attachments must be. Pure; sentences name no values.

Lengths and file rules are those of the service's field descriptions (2014) and of its pages today;
which file types are allowed is said there too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.account.codes import TargetCode
from harness.account.customers import CRN
from harness.account.questions import Attachment, Item, Person
from harness.identity import is_artificial, is_business_id, is_personal_code, suspicious_codes

FILE_TYPES = frozenset(
    "pdf jpg jpeg png doc docx xls xlsx ppt pptx odt ods txt".split()  # noqa: SIM905 - a table
)
"""Extensions of electronic attachments."""
MOST = {
    "AsiaNumero": 100,
    "LahettajaNimi": 200,
    "ViranomaisenEmail": 400,
    "EmailLisatietoOtsikko": 200,
    "TavoitettavuusTietoEmail": 200,
    "TavoitettavuusTietoSMS": 200,
    "SmsLisatieto": 1000,
}
"""Greatest lengths: field descriptions and facets of the 2014 schema, kept in later versions."""
MAX_ID = 100
"""Greatest length of ViranomaisTunniste and of what a reference names."""
REFERENCE_TYPES = frozenset({"AsiointitiliTunniste", "ViranomaisTunniste"})
_FILE_NAME = re.compile(r"[A-Za-z0-9åäöÅÄÖ_.]{1,200}")
_PDF_START = "JVBERi"
"""``%PDF`` and the first bits of ``-`` in base64."""
_FLAGS = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule: the target-level code it has and a sentence in Finnish."""

    code: TargetCode
    text: str


def identity_breach(person: Person) -> str:
    """Why an AsiakasTunnus cannot be one; empty when it can.

    Codes that may belong to a living person are refused: this account is a test system.
    """
    match person.type:
        case _ if not person.id:
            return "AsiakasTunnus puuttuu."
        case "SSN" if is_artificial(person.id):
            return ""
        case "SSN" if is_personal_code(person.id):
            return "Testijärjestelmässä saa käyttää vain keinotekoisia henkilötunnuksia (900-999)."
        case "SSN":
            return "AsiakasTunnus ei ole oikean muotoinen henkilötunnus."
        case "CRN" if not is_business_id(person.id):
            return "AsiakasTunnus ei ole oikean muotoinen Y-tunnus."
        case _:
            return "" if person.type == CRN else "TunnusTyyppi ei ole SSN eikä CRN."


def is_usable(own_id: str) -> bool:
    """Whether a ViranomaisTunniste may be kept: no person's code in it, and not too long."""
    return len(own_id) <= MAX_ID and not suspicious_codes(own_id)


def item_breach(item: Item, max_attachment_bytes: int) -> Breach | None:
    """The first rule an item breaks, content before files."""
    if suspicious_codes(item.own_id):
        text = "ViranomaisTunniste näyttää sisältävän henkilötunnuksen."
        return Breach(TargetCode.CONTENT, text)
    broken = next(_content_breaches(item), None)
    if broken is not None:
        return Breach(TargetCode.CONTENT, broken)
    return files_breach(item.attachments, max_attachment_bytes)


def files_breach(files: tuple[Attachment, ...], max_bytes: int) -> Breach | None:
    """The first rule that some attachments of one item break."""
    return next(_file_breaches(files, max_bytes), None)


def is_pdf(attachment: Attachment) -> bool:
    """True when name and first bytes say that it is a PDF file."""
    if attachment.content is None or not attachment.name.lower().endswith(".pdf"):
        return False
    return attachment.content.startswith(_PDF_START)


def _content_breaches(item: Item) -> Iterator[str]:
    limits = (
        ("ViranomaisTunniste", item.own_id, MAX_ID),
        ("Nimeke", item.title or "", 256),
        ("ViittausTunniste", item.reference or "", MAX_ID),
        *((name, text, MOST[name]) for name, text in item.limited),
    )
    # Absent is the schema's business: until version 1.6 both may be left out.
    for name, shown in (("Nimeke", item.title), ("KuvausTeksti", item.text)):
        if shown is not None and not shown.strip():
            yield f"{name} on tyhjä."
    for name, text, most in limits:
        if len(text) > most:
            yield f"{name} on pidempi kuin {most} merkkiä."
    for name, flag in (("VahvistusVaatimus", item.confirm), ("VaadiLukukuittaus", item.receipt)):
        if flag.strip() not in _FLAGS:
            yield f"{name} ei ole 0 eikä 1."
    if item.reference is not None and item.reference_type not in REFERENCE_TYPES:
        yield "ViittausTunnisteTyyppi ei ole AsiointitiliTunniste eikä ViranomaisTunniste."
    if len(set(item.notice)) > 1:
        yield "EmailLisatietoOtsikko ja EmailLisatietoSisalto on annettava yhdessä."
    if item.pages is not None and min(item.pages) < 1:
        yield "Sivut: Alkusivun ja Sivumaaran on oltava vähintään 1."
    yield from (breach for breach in map(identity_breach, item.people) if breach)


def _file_breaches(files: tuple[Attachment, ...], max_bytes: int) -> Iterator[Breach]:
    names = [file.name.lower() for file in files]
    if len(set(names)) < len(names):
        yield Breach(TargetCode.CONTENT, "Kahdella liitteellä on sama TiedostoNimi.")
    for file in files:
        text = next(_form_breaches(file), None)
        if text is not None:
            yield Breach(TargetCode.CONTENT, text)
        if not file.url and file.name.lower().rpartition(".")[2] not in FILE_TYPES:
            yield Breach(TargetCode.FILE_TYPE, "Liitteen tiedostotyyppi ei ole sallittu.")
        if file.size > max_bytes:
            yield Breach(TargetCode.TOO_LARGE, f"Liite on suurempi kuin {max_bytes} tavua.")
        if file.stored:
            # The simulated storage is empty, so nothing can be fetched from it.
            yield Breach(TargetCode.NOT_FETCHED, "Liitettä ei voitu noutaa tallennuksesta.")


def _form_breaches(file: Attachment) -> Iterator[str]:
    if _FILE_NAME.fullmatch(file.name) is None:
        yield (
            "TiedostoNimi: sallittuja ovat 1-200 merkkiä: kirjaimet (myös å, ä ja ö), numerot, "
            "alaviiva ja piste."
        )
    sources = (file.content is not None) + bool(file.url) + bool(file.stored)
    if sources != 1:
        yield "Liitteellä on oltava joko TiedostoSisalto tai TiedostoURL."
    if file.content == "":
        yield "TiedostoSisalto on tyhjä."
    lengths = (
        ("TiedostonKuvaus", file.description, 200),
        ("TiedostoMuoto", file.media_type, 150),
        ("TiedostoURL", file.url, 200),
    )
    for name, text, most in lengths:
        if len(text) > most:
            yield f"{name} on pidempi kuin {most} merkkiä."
