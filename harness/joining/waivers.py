"""Objections that two parties agree to live with for a while: what a waiver is, what it covers.

1. Only the codes of :data:`WAIVABLE` can be waived, ever: what the way, its people and its pins
   lack is supplied, not waived, and broken integrity is not an objection at all.
2. A waiver is asked for by one person and takes effect when one of another party confirms it.
3. It names what it covers: an objection is waived when waivers of its code in effect name each of
   its subjects. One without subjects, or with more than it can list, is never waived; nor is a
   critical observation, nor that nothing is on record that counts.
4. It ends by itself. Whether it is in effect is asked of a moment: that of an event or the gate.

A waived objection is told with who, why and until when; it is never left out.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from harness.classes import dataclass
from harness.joining.actor import Actor
from harness.joining.objections import SUBJECTS_MAX, Objection, ObjectionCode
from harness.joining.text import iso

NEVER_WAIVABLE: Final = frozenset(
    {
        ObjectionCode.MOCK_ONLY,
        ObjectionCode.STALE_CONTRACT,
        ObjectionCode.SIGN_OFF_MISSING,
        ObjectionCode.APPROVAL_MISSING,
    }
)
"""What no release may ever put among the waivable ones; broken integrity is not even a code."""

_WAIVABLE: Final = frozenset(
    {
        ObjectionCode.FAILED,
        ObjectionCode.INCONCLUSIVE,
        ObjectionCode.INCOMPLETE,
        ObjectionCode.SYSTEM_NOT_SEEN,
        ObjectionCode.CONTRACT_RETIRES,
        ObjectionCode.CODE_CHANGED,
        ObjectionCode.EXPIRED,
        ObjectionCode.EVIDENCE_GAP,
        ObjectionCode.COVERAGE_TOO_LOW,
        ObjectionCode.PARITY_MISSING,
        ObjectionCode.PARITY_INCOMPLETE,
        ObjectionCode.PARITY_DRIFT,
        ObjectionCode.CANARIES_MISSING,
        ObjectionCode.CANARIES_SURVIVED,
        ObjectionCode.OBSERVATION_OPEN,
    }
)
WAIVABLE: Final = _WAIVABLE - NEVER_WAIVABLE
"""What a waiver may touch, and nothing else. A released code is not taken out again: history would
not replay. A new code is not waivable unless it is put here."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver.

    Attributes:
        id: ``waiver-1`` and so on.
        code: of the objections that it covers.
        scope: subjects that it covers, sorted: scenario ids, digests, suites ...
        reason: why these can be lived with.
        expires: from this moment on it covers nothing, UTC.
        by: who asked for it.
        at: when.
        confirmed_by: the person of another party who agreed; None while nobody has.
        confirmed_at: when.
        withdrawn_by: who ended it early; None when nobody has.
        withdrawn_at: when.
        withdrawn_because: why.
    """

    id: str
    code: str
    scope: tuple[str, ...]
    reason: str
    expires: datetime
    by: Actor
    at: datetime
    confirmed_by: Actor | None = None
    confirmed_at: datetime | None = None
    withdrawn_by: Actor | None = None
    withdrawn_at: datetime | None = None
    withdrawn_because: str = ""

    @property
    def digest(self) -> str:
        """What a confirmation names: all that is agreed to."""
        told = [self.id, self.code, list(self.scope), self.reason, iso(self.expires)]
        return hashlib.sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()

    def waits(self, at: datetime) -> bool:
        """It could be confirmed at that moment."""
        return self.confirmed_by is None and self.withdrawn_by is None and at < self.expires

    def in_effect(self, at: datetime) -> bool:
        """It covers something at that moment."""
        return self.confirmed_by is not None and self.withdrawn_by is None and at < self.expires


@dataclass(frozen=True, slots=True)
class Waived:
    """An objection that closes nothing now, and the waivers by which."""

    objection: Objection
    waivers: tuple[Waiver, ...]


def waived(
    objections: Iterable[Objection], waivers: Mapping[str, Waiver], at: datetime
) -> tuple[Waived, ...]:
    """Those of the objections that are waived at that moment."""
    now = [each for each in waivers.values() if each.in_effect(at)]
    found = ((each, _covering(each, now)) for each in objections)
    return tuple(Waived(each, by) for each, by in found if by)


def closing(
    objections: Iterable[Objection], waivers: Mapping[str, Waiver], at: datetime
) -> tuple[Objection, ...]:
    """Those of the objections that are not waived at that moment."""
    told = tuple(objections)
    gone = {each.objection for each in waived(told, waivers, at)}
    return tuple(each for each in told if each not in gone)


def subjects_to_cover(objection: Objection) -> frozenset[str]:
    """What waivers have to name for the objection to be waived; nothing when it cannot be.

    Of an observation that is its id: the scenario named with it may have others.
    """
    subjects = objection.subjects
    cut = len(subjects) >= SUBJECTS_MAX
    if objection.code not in WAIVABLE or not objection.waivable or cut:
        return frozenset()
    one = objection.code is ObjectionCode.OBSERVATION_OPEN
    return frozenset(subjects[:1] if one else subjects)


def _covering(objection: Objection, waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    wanted = subjects_to_cover(objection)
    by = [w for w in waivers if w.code == objection.code.value and wanted & frozenset(w.scope)]
    covered = {subject for each in by for subject in each.scope}
    return tuple(by) if wanted and wanted <= covered else ()
