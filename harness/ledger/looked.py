"""What is told of one thing that was looked at: how it is, what was seen, what to do."""

from enum import StrEnum

from harness.classes import dataclass


class Condition(StrEnum):
    """How it is with one thing that was looked at."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that was looked at.

    Attributes:
        name: what.
        condition: how it is with it.
        seen: what was seen.
        todo: what to do about it; empty when it is good.
    """

    name: str
    condition: Condition
    seen: str
    todo: str = ""
