"""Remembers which signatures were accepted, in bounded memory, and never forgets too early."""

import heapq
import threading
from dataclasses import field
from datetime import datetime
from hashlib import sha256

from harness.classes import dataclass


@dataclass(slots=True)
class Seen:
    """Signatures that were accepted and are still fresh.

    A full memory forgets the oldest message, and from then on takes no message that was created
    at that moment or before: what may have been forgotten counts as seen.

    Attributes:
        capacity: signatures remembered at once.
    """

    capacity: int = 100_000
    _keys: set[bytes] = field(default_factory=set, repr=False)
    _oldest: list[tuple[datetime, bytes]] = field(default_factory=list, repr=False)
    _floor: datetime | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, signature: bytes, created: datetime, *, fresh_since: datetime) -> bool:
        """Remember a signature; False when it was, or may have been, there before.

        Args:
            signature: its octets.
            created: when the message says it was made.
            fresh_since: messages created before this are refused as too old by other rules, so
                they need not be remembered.
        """
        key = sha256(signature).digest()
        with self._lock:
            while self._oldest and self._oldest[0][0] < fresh_since:
                self._forget()
            if key in self._keys or (self._floor is not None and created <= self._floor):
                return False
            self._keys.add(key)
            heapq.heappush(self._oldest, (created, key))
            if len(self._keys) > self.capacity:
                self._floor = self._forget()
            return True

    def _forget(self) -> datetime:
        created, key = heapq.heappop(self._oldest)
        self._keys.discard(key)
        return created
