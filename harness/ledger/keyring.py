"""Whose signature counts at which size: the ledger's first key, and those that took its place.

Rules kept here:

* a change of key is an entry like any other: it names the key in force and the one that follows;
* the head that seals it is signed by the key in force, and covers nothing behind it: so the old key
  signs the new one in, and whoever does not hold it cannot;
* every head of a larger tree, and every checkpoint, is signed by the new key only: a key that was
  put aside, or stolen, seals nothing any more;
* the entry that names a key says nothing of who holds it, for whoever forges a record can name any:
  a key vouches for a record once it has signed a head.
"""

import re

from harness.classes import dataclass
from harness.errors import IntegrityBroken
from harness.joining.events import LedgerKeyRotated
from harness.ledger.seal import Entry
from harness.proof.keys import PublicKey

TOPIC = LedgerKeyRotated.TOPIC
_BOTH = re.compile(
    rb',"new_key":"(ed25519:[0-9a-f]{64})","old_key":"(ed25519:[0-9a-f]{64})",'
)  # inside a text of the state no quotation mark stands without a backslash


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a ledger, in their order.

    Attributes:
        first: the key it was created with.
        changes: position of each change, and the key that seals everything behind it.
    """

    first: PublicKey
    changes: tuple[tuple[int, PublicKey], ...] = ()

    @property
    def newest(self) -> PublicKey:
        """The key that seals the next entry."""
        return self.changes[-1][1] if self.changes else self.first

    def used(self, size: int) -> tuple[PublicKey, ...]:
        """Those that sealed something of so many entries, in order: not one that is only named."""
        return (self.first, *(key for place, key in self.changes if place < size))

    def at(self, size: int) -> PublicKey:
        """The key that has to have signed a head of so many entries."""
        return next((key for place, key in reversed(self.changes) if place < size), self.first)

    def changed_at(self, size: int) -> bool:
        """Whether the last of so many entries is a change of key."""
        return any(place == size for place, _ in self.changes)

    def followed_by(self, entry: Entry) -> "Keys":
        """The keys after an entry.

        Raises:
            IntegrityBroken: it changes another key than the one in force.
        """
        if entry.topic != TOPIC.encode():
            return self
        found = _BOTH.findall(entry.state)
        if len(found) != 1 or found[0][1].decode() != self.newest.fingerprint:
            raise IntegrityBroken(
                f"entry {entry.position} changes another key than the one that seals the ledger"
            )
        new = PublicKey.from_fingerprint(found[0][0].decode())
        return Keys(self.first, (*self.changes, (entry.position, new)))
