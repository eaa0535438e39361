"""The values a gate judges by that are a matter of choice; recorded with every decision."""

from dataclasses import dataclass, fields
from typing import Final

from harness.joining.events import Value
from harness.joining.objections import ObjectionCode


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """Ages and thresholds.

    Attributes:
        max_age_days: how old evidence may be at the start of the opening window (now, while no
            window is agreed), counted from the end of the run.
        clock_skew_seconds: how far two honest clocks may differ.
    """

    max_age_days: int = 60
    clock_skew_seconds: int = 300

    def values(self) -> tuple[Value, ...]:
        """The policy as a decision records it."""
        return tuple(Value(each.name, getattr(self, each.name)) for each in fields(self))


NEVER_WAIVABLE: Final = frozenset(
    {
        ObjectionCode.MOCK_ONLY,
        ObjectionCode.STALE_CONTRACT,
        ObjectionCode.SIGN_OFF_MISSING,
        ObjectionCode.APPROVAL_MISSING,
    }
)
"""Objections no waiver may ever touch (besides broken integrity). This release has no waivers."""
