"""The Timestamp: when a message was made and until when it holds."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from harness.classes import dataclass
from harness.exchange.findings import Finding, FindingCode
from harness.exchange.security.layout import PLACE
from harness.exchange.security.names import wsu
from harness.exchange.security.policy import Policy

if TYPE_CHECKING:
    from lxml.etree import _Element

TIMESTAMP = f"{PLACE}/Timestamp"
# WS-Security 1.1 section 10: xs:dateTime in UTC, written with Z (BSP 1.1 R3217, R3223).
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when a message holds; both UTC, the end may be open."""

    created: datetime
    expires: datetime | None = None


def written(moment: datetime) -> str:
    """A moment as a Timestamp has it, to the millisecond."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def moment(text: str | None) -> datetime | None:
    """The moment a text of a message states; ``None`` when it is none."""
    found = _MOMENT.fullmatch((text or "").strip(" \t\r\n"))
    if found is None:
        return None
    try:
        whole = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return whole + timedelta(microseconds=int((found[2] or "0").ljust(9, "0")[:6]))


def period(element: "_Element | None") -> Period | Finding:
    """What a Timestamp says: one Created, then at most one Expires, both in UTC."""
    if element is None:
        return Finding(FindingCode.TIMESTAMP, PLACE, "a Timestamp")
    tags = [str(child.tag) for child in element]
    if tags not in ([wsu("Created"), wsu("Expires")], [wsu("Created")]):
        return Finding(FindingCode.TIMESTAMP, TIMESTAMP, "Created, [Expires]")
    moments = [None if len(child) else moment(child.text) for child in element]
    created, expires = moments[0], moments[-1] if len(moments) == 2 else None
    if created is None or (len(moments) == 2 and expires is None):
        return Finding(
            FindingCode.TIMESTAMP, TIMESTAMP, "times in UTC, such as 2026-01-31T08:00:00Z"
        )
    if expires is not None and expires <= created:
        return Finding(FindingCode.TIMESTAMP, TIMESTAMP, "Expires after Created")
    return Period(created, expires)


def judge_period(found: Period, policy: Policy, now: datetime) -> Finding | None:
    """Whether a message is fresh now."""
    early = (found.created - now).total_seconds()
    if early > policy.skew:
        expected = f"Created at most {policy.skew:g} s ahead"
        return Finding(FindingCode.MESSAGE_FROM_THE_FUTURE, TIMESTAMP, expected, f"{early:.0f} s")
    if found.expires is not None:
        late = (now - found.expires).total_seconds()
        if late > policy.skew:
            expected = f"Expires at most {policy.skew:g} s ago"
            return Finding(FindingCode.MESSAGE_EXPIRED, TIMESTAMP, expected, f"{late:.0f} s")
    if -early > policy.max_age + policy.skew:
        expected = f"Created at most {policy.max_age + policy.skew:g} s ago"
        return Finding(FindingCode.MESSAGE_EXPIRED, TIMESTAMP, expected, f"{-early:.0f} s")
    return None
