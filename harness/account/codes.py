"""The account's codes and what it says with them (Finnish, as the service speaks).

Message level is TilaKoodi/TilaKoodi, target level KohteenTila. Meanings are those known from
clients of the service; where its own words are not known, the sentences are ours.
"""

from enum import IntEnum


class MessageCode(IntEnum):
    """TilaKoodi of a whole answer."""

    OK = 0
    QUEUED = 202
    INVALID = 400
    WRONG_AUTHORITY = 403
    WRONG_SERVICE = 404
    NOT_ALLOWED = 405
    SIGNATURE = 406
    OTHER = 450
    TARGET_SILENT = 453
    NO_ACCOUNT = 461
    CONTENT = 525
    OTHER_550 = 550


class TargetCode(IntEnum):
    """KohteenTila of one item for one customer."""

    STORED = 200
    IN_PROCESSING = 202
    READ = 220
    CONFIRMED = 230
    DUPLICATE = 520
    REFERENCE = 521
    STORAGE = 522
    VIRUS = 523
    REFUSED = 524
    CONTENT = 525
    FILE_TYPE = 528
    TOO_LARGE = 529
    OTHER = 550
    NOT_FETCHED = 580

    @property
    def is_error(self) -> bool:
        """The item is not in the account: such an item does not hold its ViranomaisTunniste."""
        return self >= TargetCode.DUPLICATE


class AccountState(IntEnum):
    """Tila of a customer."""

    ACTIVE = 300
    NONE = 310


DUPLICATE_SENTENCE = (
    "Asian tietosisällössä virheitä. Viranomaistunnisteella löytyy jo asia, "
    "joka on tallennettu asiakkaan tilille Viestit-palveluun"
)
"""How the refusal of a repeated ViranomaisTunniste begins; clients compare this prefix."""

CREATED = "New messages created"
CONTENT_PREFIX = "Asian tietosisällössä virheitä."

TARGET_TEXTS = {
    TargetCode.STORED: "Asia on tallennettu ja näkyy asiakkaalle.",
    TargetCode.IN_PROCESSING: "Asia on käsittelyssä.",
    TargetCode.READ: "Asiakas on lukenut asian.",
    TargetCode.CONFIRMED: "Asiakas on vahvistanut asian vastaanotetuksi.",
    TargetCode.DUPLICATE: "Viranomaistunnisteella on jo asia.",
    TargetCode.REFERENCE: "Viitattua asiaa ei ole tai se on toisen asiakkaan.",
    TargetCode.STORAGE: "Liitteen tallennus ei onnistunut.",
    TargetCode.VIRUS: "Liitteen virustarkastus ei mennyt läpi.",
    TargetCode.REFUSED: "Asiakas ei vastaanota asioita.",
    TargetCode.CONTENT: CONTENT_PREFIX,
    TargetCode.FILE_TYPE: "Liitteen tiedostotyyppi ei ole sallittu.",
    TargetCode.TOO_LARGE: "Liite on liian suuri.",
    TargetCode.OTHER: "Muu virhe.",
    TargetCode.NOT_FETCHED: "Liitettä ei voitu noutaa tallennuksesta.",
}


class Refusal(Exception):
    """Ends the handling of a request with a message-level code; never leaves the account."""

    def __init__(self, code: MessageCode, text: str) -> None:
        super().__init__(int(code))
        self.code = code
        self.text = text
