"""Which input leads to which code: the account's documentation as data.

Codes of the service that no input leads to: 406 needs signatures, which are not checked yet; 220
and 230 come when a person reads or confirms.
"""

from dataclasses import dataclass
from enum import StrEnum

from harness.account.codes import MessageCode, TargetCode


class CodeLevel(StrEnum):
    """Where a code stands."""

    MESSAGE = "TilaKoodi"
    TARGET = "KohteenTila"
    LATER = "KohteenTila, later"
    """Not in the answer; what the item's state becomes when the work queue has come to it."""


@dataclass(frozen=True, slots=True)
class Input:
    """One documented input.

    Attributes:
        operation: which operation.
        level: where the code stands.
        code: the code.
        role: the test customer to use; empty when any will do or none is named.
        what: what the request must be like, beyond being addressed to that customer.
    """

    operation: str
    level: CodeLevel
    code: int
    role: str
    what: str


_EVERY = ("HaeTilaTieto", "HaeAsiakkaita", "LisaaKohteita", "LahetaViesti")
_MESSAGE, _TARGET, _LATER = CodeLevel.MESSAGE, CodeLevel.TARGET, CodeLevel.LATER


def _common() -> tuple[Input, ...]:
    lines = (
        (
            MessageCode.WRONG_AUTHORITY,
            "a ViranomaisTunnus nobody has, none at all, or a SanomaVarmenneNimi that is not its",
        ),
        (MessageCode.WRONG_SERVICE, "the authority's own id with another one's PalveluTunnus"),
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
    Input(
        "LisaaKohteita", _MESSAGE, MessageCode.QUEUED, "active", "the endpoint meets need queued"
    ),
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
    Input("LisaaKohteita", _LATER, TargetCode.STORAGE, "storage", "any"),
    Input("LisaaKohteita", _LATER, TargetCode.VIRUS, "virus", "any"),
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
)

INPUTS: tuple[Input, ...] = (*_common(), *_ASK, *_ADD, *_SEND)
"""Every documented input, one for each operation, level and code."""
