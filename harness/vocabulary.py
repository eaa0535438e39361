"""The closed sets of words that several rooms share, and how a number of things is said.

A word stands here only when rooms that may not know each other must mean the same by it.
"""

from enum import StrEnum


class Verdict(StrEnum):
    """What a judge says of one message, or the runner of one scenario (TTCN-3 wording)."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


class Level(StrEnum):
    """How near to the real service an evidence was gained, weakest first."""

    MOCK = "mock"
    """In process: our own account, no socket."""
    SERVER = "server"
    """Our own account, or any loopback endpoint, on a socket."""
    TEST = "test"
    """The service's own test environment."""
    PRODUCTION = "production"
    """The production environment; never before the opening."""


class Driver(StrEnum):
    """Who sent the messages that an evidence speaks of."""

    HARNESS = "harness"
    SYSTEM = "system"
    """The supplier's own system; the evidence then names its release."""


def counted(number: int, what: str) -> str:
    """A number of things: ``1 entry``, ``2 entries``, ``0 days``.

    Args:
        number: how many.
        what: one of them; the plural has to be a regular one.
    """
    if number == 1:
        return f"1 {what}"
    many = f"{what[:-1]}ie" if what.endswith("y") and what[-2] not in "aeo" else what
    return f"{number} {many}s"
