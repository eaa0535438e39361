"""Small words and marks that every text shares."""

from datetime import datetime

from harness.joining.actor import Party
from harness.joining.objections import Objection

WIDTH = 100


def day(at: datetime | None) -> str:
    """A date for people, UTC; empty for None."""
    return at.strftime("%Y-%m-%d") if at else ""


def minute(at: datetime | None) -> str:
    """A time for people, UTC; empty for None."""
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def short(digest: str) -> str:
    """The beginning of a digest, enough to tell it from others."""
    return digest[:12]


def who_can_clear(objection: Objection) -> str:
    """The parties that can clear an objection, in words."""
    if len(objection.parties) == len(Party):
        return "any party"
    return " or ".join(party.value for party in objection.parties) or "nobody"
