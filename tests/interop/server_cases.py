"""What our client asks foreign servers of the return channel, and what must be seen.

The client and the judge are those of real endpoints; the names are keys of what ``asking`` saw.
"""

import hashlib
from collections.abc import Callable

from tests.interop.asking import CUSTOMER, MESSAGE, SIGNED, STATES
from tests.interop.cases import ATTACHMENT, TEXT, Case, Customers, Way, prefixes, reproduced
from tests.interop.receiving import ACCEPTED, REFUSED
from tests.interop.toolkits import SERVERS, Toolkit

Expected = Callable[[Toolkit, Customers], object]


def _seen(what: object) -> Expected:
    return lambda _toolkit, _customers: what


def _accepted(message_id: str) -> dict[str, str]:
    told = {"TilaKoodi": "0", "TilaKoodiKuvaus": ACCEPTED, "SanomaTunniste": message_id}
    return {"verdict": "passed", **told}


def _state(account_id: str, code: int) -> dict[str, object]:
    customer = {"AsiakasTunnus": CUSTOMER, "TunnusTyyppi": "SSN"}
    return {
        "ViranomaisTunniste": f"kohde-1 {TEXT}",
        "AsiointitiliTunniste": account_id,
        "KohteenTila": code,
        **customer,
    }


_STATES = [_state("AT000000000001", 220), _state("AT000000000002", 230)]
_FILE = {"TiedostoNimi": "päätös_åäö.pdf", "sha256": hashlib.sha256(ATTACHMENT).hexdigest()}
_MESSAGE = {
    "AsiakasTunnus": CUSTOMER,
    "AsiointitiliTunniste": "AK000000000002",
    "Nimeke": TEXT,
    "KuvausTeksti": f"Ensimmäinen rivi\n{TEXT}",
    "files": [_FILE],
}
_PREFIXES = {
    "php": ["SOAP-ENV", "ns1"],
    "node-soap": ["soap", ""],
    "soap-lite": ["soap", ""],
    "gsoap": ["SOAP-ENV", "ns1"],
    "jaxws": ["S", ""],
}
"""Those that each server gives to SOAP and to the account's namespace."""


_MUST_UNDERSTAND = {
    "php": "Header not understood",
    "soap-lite": "Unrecognized header has mustUnderstand attribute set to 'true'",
    "gsoap": "The data in element 'wsse:Security' must be understood but cannot be processed",
}
"""What servers without WS-Security say of a header that they have to understand."""


def _signed(toolkit: Toolkit, _customers: Customers) -> object:
    """Verified, refused because the header is not understood, or neither."""
    if toolkit.name == "jaxws":
        parts = ["Envelope/Header/Security/Timestamp", "Envelope/Body"]
        return _accepted(SIGNED.message_id) | {"taken": [{"signed": parts}]}
    if toolkit.name == "node-soap":
        return {"verdict": "failed", "findings": ["must-understand"], "taken": [{"signed": None}]}
    told = {"verdict": "passed", "fault": "MustUnderstand"}
    return {**told, "text": _MUST_UNDERSTAND[toolkit.name], "taken": []}


SERVER_CASES = (
    Case("states", "VieKohdeTiloja: 0", _seen(_accepted(STATES.message_id)), Way.SERVED),
    Case(
        "statesArrived",
        "the same as it arrived: two states, å ä ö €, an astral character, markup, paluukanavaUrl",
        _seen(
            {"operation": "VieKohdeTiloja", "SanomaTunniste": STATES.message_id, "items": _STATES}
        ),
        Way.SERVED,
    ),
    Case(
        "message",
        "VieKohteita with 2 000 000 bytes: 0, the item 200",
        _seen(
            {
                **_accepted(MESSAGE.message_id),
                "KohdeMaara": "1",
                "AsiointitiliTunniste": "AK000000000002",
                "KohteenTila": "200",
            }
        ),
        Way.SERVED,
    ),
    Case(
        "messageArrived",
        "the same as it arrived: every byte, å ä ö in its name, two lines of text",
        _seen(
            {"operation": "VieKohteita", "SanomaTunniste": MESSAGE.message_id, "items": [_MESSAGE]}
        ),
        Way.SERVED,
    ),
    Case("twice", "the same message again: not stored again", _seen(what=False), Way.SERVED),
    Case(
        "refused",
        "a wrong ViranomaisTunnus: a Fault with status 500",
        _seen({"verdict": "passed", "fault": "Client", "text": REFUSED, "status": 500}),
        Way.SERVED,
    ),
    Case(
        "ownPrefixes",
        "prefixes of its own choice, for SOAP and for the account",
        lambda toolkit, _customers: _PREFIXES[toolkit.name],
        Way.SERVED,
        otherwise={each.name: prefixes(*_PREFIXES[each.name]) for each in SERVERS},
    ),
    Case(
        "signed",
        "signed, to be understood: verified, or refused with MustUnderstand",
        _signed,
        Way.SERVED,
        otherwise={
            "php": "passed: refused",
            "soap-lite": "passed: refused",
            "gsoap": "passed: refused",
            "jaxws": "passed: verified",
            "node-soap": reproduced(
                "taken unverified, answered with a Security header to be understood",
                "must-understand.mjs",
            ),
        },
    ),
)
