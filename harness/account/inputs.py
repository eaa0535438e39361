"""Which input leads to which code: the account's documentation as data.

Two inputs stand in for things that cannot be had at an unsigned address or without people: 406,
which the service answers to a signature that is not the registered one, is answered to the name of
a certificate that has been replaced; 220 and 230 come from a test customer who reads and confirms
after a while of account time.
"""

from enum import StrEnum

from harness.account.codes import MessageCode, TargetCode
from harness.classes import dataclass


class CodeLevel(StrEnum):
    """Where a code stands."""

    MESSAGE = "TilaKoodi"
    TARGET = "KohteenTila"
    LATER = "KohteenTila, later"
    """Not in the answer; a state of the item in the course of account time, pushed when told."""


@dataclass(frozen=True, slots=True)
class Input:
    """One documented input.

    Attributes:
        operation: which operation.
        level: where the code stands.
        code: the code.
        role: the test customer to use; empty when any will do or none is named.
        what: what the request must be like, beyond being addressed to that customer.
        need: what the endpoint must have been brought to do; empty when nothing.
    """

    operation: str
    level: CodeLevel
    code: int
    role: str
    what: str
    need: str = ""


_EVERY = ("HaeTilaTieto", "HaeAsiakkaita", "LisaaKohteita", "LahetaViesti")
_MESSAGE, _TARGET, _LATER = CodeLevel.MESSAGE, CodeLevel.TARGET, CodeLevel.LATER


def _common() -> tuple[Input, ...]:
    lines = (
        (
            MessageCode.WRONG_AUTHORITY,
            "a ViranomaisTunnus nobody has, none at all, or a SanomaVarmenneNimi that is not its",
        ),
        (MessageCode.WRONG_SERVICE, "the authority's own id with another one's PalveluTunnus"),
        (
            MessageCode.SIGNATURE,
            (
                "an authority's former certificate in SanomaVarmenneNimi (ids: renewed-authority, "
                "renewed-service, renewed-former-certificate-name)"
            ),
        ),
    )
    common = [
        Input(operation, _MESSAGE, code, "", what) for code, what in lines for operation in _EVERY
    ]
    limited = "sent by an authority that may only ask (ids: limited-authority, limited-service)"
    return (
        *common,
        Input("LisaaKohteita", _MESSAGE, MessageCode.NOT_ALLOWED, "", limited),
        Input("LahetaViesti", _MESSAGE, MessageCode.NOT_ALLOWED, "", limited),
    )


def _later(operation: str) -> tuple[Input, ...]:
    lines = (
        (TargetCode.READ, "reading", "VaadiLukukuittaus 1; without it nobody is told"),
        (TargetCode.CONFIRMED, "reading", "VahvistusVaatimus 1"),
        (TargetCode.STORAGE, "storage", "an attachment"),
        (TargetCode.VIRUS, "virus", "an attachment"),
    )
    return tuple(Input(operation, _LATER, code, role, what) for code, role, what in lines)


_ASK = (
    Input("HaeTilaTieto", _MESSAGE, MessageCode.OK, "", "any"),
    Input("HaeAsiakkaita", _MESSAGE, MessageCode.OK, "active", "KyselyLaji Asiakkaat"),
    Input(
        "HaeAsiakkaita",
        _MESSAGE,
        MessageCode.INVALID,
        "active",
        "another KyselyLaji than Asiakkaat and Kaikki; or no customer; or a period that is none",
    ),
    Input("HaeAsiakkaita", _MESSAGE, MessageCode.OTHER, "trouble", "any"),
    Input("HaeAsiakkaita", _MESSAGE, MessageCode.TARGET_SILENT, "silent", "any"),
)

_ADD = (
    Input("LisaaKohteita", _MESSAGE, MessageCode.OK, "active", "any"),
    Input("LisaaKohteita", _MESSAGE, MessageCode.QUEUED, "active", "any", "queued"),
    Input(
        "LisaaKohteita",
        _MESSAGE,
        MessageCode.INVALID,
        "active",
        "KohdeMaara is not the number of Kohde; or there is none",
    ),
    Input("LisaaKohteita", _MESSAGE, MessageCode.TARGET_SILENT, "silent", "any"),
    Input("LisaaKohteita", _TARGET, TargetCode.STORED, "active", "any"),
    Input("LisaaKohteita", _TARGET, TargetCode.IN_PROCESSING, "slow", "any"),
    Input("LisaaKohteita", _TARGET, TargetCode.DUPLICATE, "active", "a ViranomaisTunniste again"),
    Input(
        "LisaaKohteita",
        _TARGET,
        TargetCode.REFERENCE,
        "active",
        "Viittaus to an item that does not exist or is another customer's",
    ),
    Input("LisaaKohteita", _TARGET, TargetCode.REFUSED, "refusing", "any; also passive and none"),
    Input("LisaaKohteita", _TARGET, TargetCode.CONTENT, "active", "KuvausTeksti empty"),
    Input("LisaaKohteita", _TARGET, TargetCode.FILE_TYPE, "active", "an attachment named a.exe"),
    Input(
        "LisaaKohteita",
        _TARGET,
        TargetCode.TOO_LARGE,
        "active",
        "an attachment over 2 000 000 bytes, or one by TiedostoURL with TiedostoKoko over 2000",
    ),
    Input("LisaaKohteita", _TARGET, TargetCode.OTHER, "trouble", "any"),
    Input(
        "LisaaKohteita", _TARGET, TargetCode.NOT_FETCHED, "active", "an attachment by TiedostoID"
    ),
    Input("LisaaKohteita", _LATER, TargetCode.STORED, "slow", "any"),
    *_later("LisaaKohteita"),
)

_SEND = (
    Input("LahetaViesti", _MESSAGE, MessageCode.QUEUED, "active", "any"),
    Input("LahetaViesti", _MESSAGE, MessageCode.INVALID, "active", "no Kohde"),
    Input("LahetaViesti", _MESSAGE, MessageCode.TARGET_SILENT, "silent", "any"),
    Input(
        "LahetaViesti",
        _MESSAGE,
        MessageCode.NO_ACCOUNT,
        "none",
        "no Osoite of the customer; also passive and refusing",
    ),
    Input(
        "LahetaViesti",
        _MESSAGE,
        MessageCode.CONTENT,
        "active",
        "a ViranomaisTunniste again; or KuvausTeksti empty; or paper without exactly one PDF",
    ),
    Input("LahetaViesti", _MESSAGE, MessageCode.OTHER_550, "trouble", "any"),
    Input("LahetaViesti", _LATER, TargetCode.STORED, "active", "any"),
    *_later("LahetaViesti"),
)

INPUTS: tuple[Input, ...] = (*_common(), *_ASK, *_ADD, *_SEND)
"""Every documented input, one for each operation, level and code.

Where LisaaKohteita is queued, the inputs of its target level lead to the same codes later.
"""
