"""The closed sets of words that several rooms share.

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
