"""The values a gate judges by that are a matter of choice; recorded with every decision."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from harness.classes import dataclass
from harness.joining.events import Value
from harness.joining.evidence import CoverageOf
from harness.joining.observations import Severity


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """Ages and thresholds.

    Attributes:
        max_age_days: how old evidence may be at the start of the opening window (now, while no
            window is agreed), counted from the end of the run.
        clock_skew_seconds: how far two honest clocks may differ.
        operations_percent: how much of the contract's operations the runs that count must have
            shown together, in a joining project.
        codes_percent: the same of the service's codes that an answer can hold.
        obligatory_points_percent: the same of the points that every message shows.
        points_percent: the same of all points of the contract.
        parity_days: how old a comparison of our account with the pinned endpoint may be, without
            any drift; 0 demands none, and what is known is only told.
        canaries: suites of the process that have to notice every planted defect, alone or together
            with others, in a joining project.
        observations: open observations at least so bad close the gate; others are told. Critical
            ones close it whatever is agreed.
    """

    max_age_days: int = 60
    clock_skew_seconds: int = 300
    operations_percent: int = 100
    codes_percent: int = 0
    obligatory_points_percent: int = 0
    points_percent: int = 0
    parity_days: int = 0
    canaries: tuple[str, ...] = ("testing",)
    observations: Severity = Severity.MAJOR

    def coverage(self) -> Mapping[CoverageOf, int]:
        """The least share of each kind, in per cent."""
        return {
            CoverageOf.OPERATIONS: self.operations_percent,
            CoverageOf.CODES: self.codes_percent,
            CoverageOf.OBLIGATORY: self.obligatory_points_percent,
            CoverageOf.POINTS: self.points_percent,
        }

    @classmethod
    def at_least(cls, recorded: Iterable[Value]) -> "GatePolicy":
        """The policy that a decision says it was judged by, where that is no weaker than this one.

        Which observations close beyond the critical ones, each project agrees on for itself.
        """
        own, told = cls(), {each.name: each.value for each in recorded}
        found: dict[str, Any] = {}
        for name, stricter in _STRICTER.items():
            number = told.get(name)
            if type(number) is int:
                found[name] = stricter(number, getattr(own, name))
        named = told.get("canaries")
        if isinstance(named, tuple):
            found["canaries"] = tuple(dict.fromkeys((*own.canaries, *named)))
        worst = told.get("observations")
        if isinstance(worst, str) and worst in set(Severity):
            found["observations"] = Severity(worst)
        return replace(own, **found)

    def values(self) -> tuple[Value, ...]:
        """The policy as a decision records it."""
        found = ((each.name, getattr(self, each.name)) for each in fields(self))
        return tuple(
            Value(name, value.value if isinstance(value, Severity) else value)
            for name, value in found
        )


_STRICTER: Final[Mapping[str, Callable[[int, int], int]]] = {
    "max_age_days": min,
    "clock_skew_seconds": min,
    "operations_percent": max,
    "codes_percent": max,
    "obligatory_points_percent": max,
    "points_percent": max,
    "parity_days": max,  # of which the gate's own demands none
}
