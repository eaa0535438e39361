"""Whoever signs one message after another: an identity, how it signs, and a clock."""

from collections import deque
from collections.abc import Callable
from dataclasses import field
from datetime import datetime

from harness.classes import dataclass
from harness.exchange.security.keys import Identity
from harness.exchange.security.signing import Signing, sign


@dataclass(slots=True)
class Seal:
    """Signs envelopes, each anew.

    Attributes:
        identity: who signs.
        settings: how.
        clock: tells the time, with time zone.
    """

    identity: Identity
    settings: Signing
    clock: Callable[[], datetime]
    _sent: deque[bytes] = field(default_factory=lambda: deque(maxlen=2), repr=False)

    def __call__(self, envelope: bytes) -> bytes:
        """The envelope, signed now.

        Raises:
            NotSignable: it is no envelope, or signed already.
        """
        data = sign(envelope, self.identity, self.settings, self.clock())
        self._sent.append(data)
        return data

    @property
    def earlier(self) -> bytes | None:
        """What was signed before the last message; ``None`` when that was the first."""
        return self._sent[0] if len(self._sent) == 2 else None
