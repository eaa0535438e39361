"""What is sealed, and with what: the bytes of an entry, and the signed head of the tree over them.

Rules kept here:

* an entry's bytes are its position, project, version, topic and state, each preceded by its length
  in eight bytes, numbers as eight bytes, big-endian: no two entries have the same bytes;
* entry *n* is leaf *n - 1* of an RFC 6962 tree;
* a head holds size, root, frontier and a C2SP checkpoint signed by the ledger's key; a head whose
  parts contradict each other is not continued.
"""

import struct
from typing import Final, NamedTuple, Self

from harness.classes import dataclass
from harness.errors import IntegrityBroken
from harness.proof import checkpoint
from harness.proof.checkpoint import Checkpoint
from harness.proof.keys import PrivateKey, PublicKey
from harness.proof.merkle import Frontier, leaf_hash
from harness.vocabulary import counted

_NUMBER_AND_LENGTH: Final = struct.Struct(">QQQ").pack
"""Length and value of a number, and the length of what follows it."""
PARTS = 5
"""Fields of an entry that are sealed."""


class Entry(NamedTuple):
    """One row of the record, as bytes are sealed; a tuple, for a verification makes one of each.

    Attributes:
        position: place in the ledger, from 1 without gaps.
        project: id of the stream.
        version: place in the stream, from 1 without gaps.
        topic: kind of event.
        state: the event, canonical JSON.
    """

    position: int
    project: bytes
    version: int
    topic: bytes
    state: bytes

    def sealed_bytes(self) -> bytes:
        """The bytes whose leaf hash enters the tree."""
        position, project, version, topic, state = self
        return (
            _NUMBER_AND_LENGTH(8, position, len(project))
            + project
            + _NUMBER_AND_LENGTH(8, version, len(topic))
            + topic
            + len(state).to_bytes(8)
            + state
        )

    @classmethod
    def of(cls, sealed: bytes) -> Self:
        """The entry whose :meth:`sealed_bytes` these are.

        Raises:
            IntegrityBroken: they are no entry's.
        """
        parts, rest = list[bytes](), sealed
        for _ in range(PARTS):
            length, rest = int.from_bytes(rest[:8]), rest[8:]
            parts.append(rest[:length])
            rest = rest[length:]
        if rest or not len(parts[0]) == len(parts[2]) == 8:
            raise IntegrityBroken("these bytes are not those of an entry")
        position, project, version, topic, state = parts
        found = cls(int.from_bytes(position), project, int.from_bytes(version), topic, state)
        try:
            for text in (project, topic, state):
                text.decode()
            same = found.sealed_bytes() == sealed
        except UnicodeDecodeError:
            same = False
        if not same:
            raise IntegrityBroken("these bytes are not those of an entry")
        return found

    def leaf(self) -> bytes:
        """RFC 6962 leaf hash of the entry."""
        return leaf_hash(self.sealed_bytes())


@dataclass(frozen=True, slots=True)
class Head:
    """A signed tree head, as it is stored.

    Attributes:
        size: entries covered.
        root: root over them.
        frontier: :meth:`harness.proof.merkle.Frontier.encode` of the tree.
        note: the signed checkpoint that says the same.
        at: when it was signed, ISO 8601 UTC; by this machine's clock, not itself sealed.
    """

    size: int
    root: bytes
    frontier: bytes
    note: bytes
    at: str

    def check(self, origin: str, key: PublicKey) -> Frontier:
        """The tree this head speaks of.

        Raises:
            IntegrityBroken: signature, checkpoint, root and frontier do not agree.
        """
        frontier = Frontier.decode(self.size, self.frontier)
        if frontier.root() != self.root:
            raise IntegrityBroken(
                f"the stored tree of {counted(self.size, 'entry')} has another root"
            )
        self.check_note(origin, key)
        return frontier

    def check_note(self, origin: str, key: PublicKey) -> None:
        """Check the signature, and that the checkpoint says this head's size and root.

        Raises:
            IntegrityBroken: it is not so.
        """
        if checkpoint.verify(self.note, key, origin) != Checkpoint(origin, self.size, self.root):
            raise IntegrityBroken(
                f"the checkpoint of {counted(self.size, 'entry')} contradicts its head"
            )

    def is_named(self, origin: str, key: PublicKey) -> bool:
        """Whether the checkpoint names this key; its signature is **not** checked.

        Raises:
            IntegrityBroken: it is no checkpoint.
        """
        return checkpoint.named_key(self.note) == checkpoint.key_id(origin, key)

    def check_text(self, origin: str) -> None:
        """Check that the checkpoint says this head's size and root; its signature is **not**.

        Raises:
            IntegrityBroken: it is not so.
        """
        if not self.note.startswith(Checkpoint(origin, self.size, self.root).text()):
            raise IntegrityBroken(
                f"the checkpoint of {counted(self.size, 'entry')} contradicts its head"
            )


def seal(tree: Frontier, origin: str, key: PrivateKey, at: str) -> Head:
    """The signed head of a tree."""
    root = tree.root()
    note = checkpoint.sign(Checkpoint(origin, tree.size, root), key)
    return Head(tree.size, root, tree.encode(), note, at)
