"""Rules of content: what an item and its attachments must be. Pure; sentences name no values.

File rules are those of the service's field descriptions (2014) and of its pages today; which file
types are allowed is said there too.
"""

import re
from collections.abc import Iterable, Iterator

from harness.account.codes import TargetCode
from harness.account.customers import CRN, SSN
from harness.account.demands import ALL, LONGEST, Demands, Rule
from harness.account.questions import Attachment, Item, Person
from harness.classes import dataclass
from harness.identity import is_artificial, is_business_id, is_personal_code, suspicious_codes

FILE_TYPES = frozenset(
    "pdf jpg jpeg png doc docx xls xlsx ppt pptx odt ods txt".split()  # noqa: SIM905 - a table
)
"""Extensions of electronic attachments."""
MAX_ID = LONGEST["ViranomaisTunniste"]
"""Longer ids of the sender's are not kept."""
REFERENCE_TYPES = frozenset({"AsiointitiliTunniste", "ViranomaisTunniste"})
_FILE_NAME = re.compile(r"[A-Za-z0-9åäöÅÄÖ_.]+")
_PDF_START = "JVBERi"
"""``%PDF`` and the first bits of ``-`` in base64."""
_FLAGS = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule: the target-level code it has and a sentence in Finnish."""

    code: TargetCode
    text: str


_Broken = tuple[Rule, str]


def identity_breach(person: Person, demands: Demands = ALL) -> str:
    """Why an AsiakasTunnus cannot be one; empty when it can.

    Codes that may belong to a living person are refused: this account is a test system.
    """
    broken = _identity_breach(person)
    return broken[1] if broken is not None and demands.apply(broken[0]) else ""


def _identity_breach(person: Person) -> _Broken | None:
    if not person.id:
        return Rule.ID_PRESENT, "AsiakasTunnus puuttuu."
    if person.type == SSN:
        return _personal_breach(person.id)
    if person.type != CRN:
        return Rule.ID_TYPE, "TunnusTyyppi ei ole SSN eikä CRN."
    text = "AsiakasTunnus ei ole oikean muotoinen Y-tunnus."
    return None if is_business_id(person.id) else (Rule.ID_COMPANY, text)


def _personal_breach(code: str) -> _Broken | None:
    if is_artificial(code):
        return None
    if is_personal_code(code):
        text = "Testijärjestelmässä saa käyttää vain keinotekoisia henkilötunnuksia (900-999)."
        return Rule.ID_ARTIFICIAL, text
    return Rule.ID_PERSON, "AsiakasTunnus ei ole oikean muotoinen henkilötunnus."


def is_usable(own_id: str) -> bool:
    """Whether a ViranomaisTunniste may be kept: no person's code in it, and not too long."""
    return len(own_id) <= MAX_ID and not suspicious_codes(own_id)


def item_breach(item: Item, max_attachment_bytes: int, demands: Demands = ALL) -> Breach | None:
    """The first rule an item breaks, content before files."""
    if suspicious_codes(item.own_id):
        text = "ViranomaisTunniste näyttää sisältävän henkilötunnuksen."
        return Breach(TargetCode.CONTENT, text)
    for rule, text in _content_breaches(item, demands):
        if demands.apply(rule):
            return Breach(TargetCode.CONTENT, text)
    return files_breach(item.attachments, max_attachment_bytes, demands)


def files_breach(
    files: tuple[Attachment, ...], max_bytes: int, demands: Demands = ALL
) -> Breach | None:
    """The first rule that some attachments of one item break."""
    found = _file_breaches(files, max_bytes, demands)
    return next((breach for rule, breach in found if demands.apply(rule)), None)


def is_pdf(attachment: Attachment) -> bool:
    """True when name and first bytes say that it is a PDF file."""
    if attachment.content is None or not attachment.name.lower().endswith(".pdf"):
        return False
    return attachment.content.startswith(_PDF_START)


def _content_breaches(item: Item, demands: Demands) -> Iterator[_Broken]:
    limits = (
        ("ViranomaisTunniste", item.own_id),
        ("Nimeke", item.title or ""),
        ("ViittausTunniste", item.reference or ""),
        *item.limited,
    )
    # Absent is the schema's business: until version 1.6 both may be left out.
    for rule, name, shown in (
        (Rule.TITLE, "Nimeke", item.title),
        (Rule.TEXT, "KuvausTeksti", item.text),
    ):
        if shown is not None and not shown.strip():
            yield rule, f"{name} on tyhjä."
    yield from _too_long(limits, demands)
    for rule, name, flag in (
        (Rule.CONFIRM, "VahvistusVaatimus", item.confirm),
        (Rule.RECEIPT, "VaadiLukukuittaus", item.receipt),
    ):
        if flag.strip() not in _FLAGS:
            yield rule, f"{name} ei ole 0 eikä 1."
    if item.reference is not None and item.reference_type not in REFERENCE_TYPES:
        text = "ViittausTunnisteTyyppi ei ole AsiointitiliTunniste eikä ViranomaisTunniste."
        yield Rule.REFERENCE_TYPE, text
    if len(set(item.notice)) > 1:
        yield Rule.NOTICE, "EmailLisatietoOtsikko ja EmailLisatietoSisalto on annettava yhdessä."
    if item.pages is not None and min(item.pages) < 1:
        yield Rule.PAGES, "Sivut: Alkusivun ja Sivumaaran on oltava vähintään 1."
    yield from filter(None, map(_identity_breach, item.people))


def _too_long(texts: Iterable[tuple[str, str]], demands: Demands) -> Iterator[_Broken]:
    for name, text in texts:
        most = demands.longest[name]
        if len(text) > most:
            yield Rule.LENGTHS, f"{name} on pidempi kuin {most} merkkiä."


def _file_breaches(
    files: tuple[Attachment, ...], max_bytes: int, demands: Demands
) -> Iterator[tuple[Rule, Breach]]:
    names = [file.name.lower() for file in files]
    if len(set(names)) < len(names):
        text = "Kahdella liitteellä on sama TiedostoNimi."
        yield Rule.FILE_ONCE, Breach(TargetCode.CONTENT, text)
    for file in files:
        for rule, text in _form_breaches(file, demands):
            yield rule, Breach(TargetCode.CONTENT, text)
        if not file.url and file.name.lower().rpartition(".")[2] not in FILE_TYPES:
            text = "Liitteen tiedostotyyppi ei ole sallittu."
            yield Rule.FILE_TYPE, Breach(TargetCode.FILE_TYPE, text)
        if file.size > max_bytes:
            text = f"Liite on suurempi kuin {max_bytes} tavua."
            yield Rule.FILE_SIZE, Breach(TargetCode.TOO_LARGE, text)
        if file.stored:
            # The simulated storage is empty, so nothing can be fetched from it.
            text = "Liitettä ei voitu noutaa tallennuksesta."
            yield Rule.FILE_FETCHED, Breach(TargetCode.NOT_FETCHED, text)


def _form_breaches(file: Attachment, demands: Demands) -> Iterator[_Broken]:
    if _FILE_NAME.fullmatch(file.name) is None:
        text = (
            "TiedostoNimi: sallittuja ovat 1-200 merkkiä: kirjaimet (myös å, ä ja ö), numerot, "
            "alaviiva ja piste."
        )
        yield Rule.FILE_NAME, text
    sources = (file.content is not None) + bool(file.url) + bool(file.stored)
    if sources != 1:
        yield Rule.FILE_SOURCE, "Liitteellä on oltava joko TiedostoSisalto tai TiedostoURL."
    if file.content == "":
        yield Rule.FILE_CONTENT, "TiedostoSisalto on tyhjä."
    texts = (
        ("TiedostoNimi", file.name),
        ("TiedostonKuvaus", file.description),
        ("TiedostoMuoto", file.media_type),
        ("TiedostoURL", file.url),
    )
    yield from _too_long(texts, demands)
