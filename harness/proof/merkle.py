"""Merkle trees over lists of bytes: RFC 6962 section 2.1 (SHA-256), standard library only.

Rules kept here:

* a leaf is ``SHA-256(0x00 || entry)``, an inner node ``SHA-256(0x01 || left || right)``: no leaf
  can be passed off as a node (RFC 6962 section 2.1);
* the tree of n > 1 leaves splits at the largest power of two smaller than n;
* the root of no leaves is ``SHA-256("")``;
* the frontier of a tree is the list of roots of its complete subtrees, largest first, one for each
  one-bit of its size; it is all that is needed to append and to give the root;
* proofs are those of RFC 6962 sections 2.1.1 and 2.1.2, checked as RFC 9162 sections 2.1.3.2 and
  2.1.4.2 say; sizes are compared before anything is hashed, and nothing is left over at the end.

A proof that does not prove is :class:`~harness.errors.IntegrityBroken`, whatever is wrong with it.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256 as _sha256
from typing import Self

from harness.classes import dataclass
from harness.errors import IntegrityBroken
from harness.vocabulary import counted

HASH_BYTES = 32
EMPTY_ROOT = _sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962 section 2.1)."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry as a leaf (RFC 6962 section 2.1)."""
    return _sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees as their parent (RFC 6962 section 2.1)."""
    return _sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The complete subtrees of a tree: enough to append in O(log n) and to give the root.

    Attributes:
        size: number of leaves.
        hashes: roots of the complete subtrees, largest first; one for each one-bit of ``size``.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def extend(self, leaves: Iterable[bytes]) -> Self:
        """The frontier after appending ``leaves`` (leaf hashes, not entries)."""
        nodes, larger, smaller = list(leaves), list(self.hashes), list[bytes]()
        size, level = self.size + len(nodes), self.size
        while nodes:  # those of one height, after what has their height already
            if level & 1:
                nodes.insert(0, larger.pop())
            if len(nodes) & 1:
                smaller.append(nodes.pop())
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [_sha256(b"\x01" + left + right).digest() for left, right in pairs]
            level >>= 1
        return type(self)(size, (*larger, *reversed(smaller)))

    def root(self) -> bytes:
        """Root of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        *larger, root = self.hashes
        for left in reversed(larger):
            root = node_hash(left, root)
        return root

    def encode(self) -> bytes:
        """The hashes one after another; the size is kept beside them."""
        return b"".join(self.hashes)

    @classmethod
    def decode(cls, size: int, encoded: bytes) -> Self:
        """A frontier from its size and :meth:`encode`'s bytes.

        Raises:
            IntegrityBroken: there is not one hash for each one-bit of the size.
        """
        if size < 0 or len(encoded) != HASH_BYTES * size.bit_count():
            raise IntegrityBroken(
                f"the stored tree of {counted(size, 'entry')} has a malformed frontier"
            )
        cuts = range(0, len(encoded), HASH_BYTES)
        return cls(size, tuple(encoded[cut : cut + HASH_BYTES] for cut in cuts))


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree over ``leaves`` (leaf hashes)."""
    return Frontier().extend(leaves).root()


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """The audit path of leaf ``index`` (from 0), lowest sibling first (RFC 6962 section 2.1.1).

    Raises:
        IntegrityBroken: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IntegrityBroken(f"there is no entry {index} in a tree of {len(leaves)}")
    low, high, path = 0, len(leaves), list[bytes]()
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root_of(leaves[middle:high]))
            high = middle
        else:
            path.append(root_of(leaves[low:middle]))
            low = middle
    return tuple(reversed(path))


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """The proof that the first ``old_size`` leaves are a prefix (RFC 6962 section 2.1.2).

    Raises:
        IntegrityBroken: ``old_size`` is not within 0 to the number of leaves.
    """
    if not 0 <= old_size <= len(leaves):
        raise IntegrityBroken(
            f"a tree of {counted(len(leaves), 'entry')} has no prefix of {old_size}"
        )
    if old_size in {0, len(leaves)}:
        return ()
    return _subproof(old_size, leaves, whole=True)


def _subproof(old_size: int, leaves: Sequence[bytes], *, whole: bool) -> tuple[bytes, ...]:
    """SUBPROOF of RFC 6962 section 2.1.2; ``whole``: the old root is known to the verifier."""
    if old_size == len(leaves):
        return () if whole else (root_of(leaves),)
    middle = _split(len(leaves))
    if old_size <= middle:
        inner = _subproof(old_size, leaves[:middle], whole=whole)
        return (*inner, root_of(leaves[middle:]))
    inner = _subproof(old_size - middle, leaves[middle:], whole=False)
    return (*inner, root_of(leaves[:middle]))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that ``leaf`` (a leaf hash) is entry ``index`` of the tree (RFC 9162 2.1.3.2).

    Raises:
        IntegrityBroken: the proof does not show it.
    """
    if not 0 <= index < size:
        raise IntegrityBroken(f"there is no entry {index} in a tree of {size}")
    _check_hashes([leaf, root, *proof])
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise IntegrityBroken("the inclusion proof is too long")
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            node, last = _climb_to_left_turn(node, last)
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or computed != root:
        raise IntegrityBroken(f"the proof does not show entry {index} in the tree of {size}")


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the old tree is a prefix of the new one (RFC 9162 section 2.1.4.2).

    Raises:
        IntegrityBroken: the proof does not show it.
    """
    if not 0 <= old_size <= new_size:
        raise IntegrityBroken(
            f"a tree of {counted(new_size, 'entry')} cannot continue one of {old_size}"
        )
    _check_hashes([old_root, new_root, *proof])
    if old_size in {0, new_size}:
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if proof or old_root != expected or (new_size == 0 and new_root != EMPTY_ROOT):
            raise _inconsistent(old_size, new_size)
        return
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        raise _inconsistent(old_size, new_size)
    if _walk_consistency(old_size, new_size, path) != (old_root, new_root):
        raise _inconsistent(old_size, new_size)


def _walk_consistency(old_size: int, new_size: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """The old and the new root that ``path`` leads to (RFC 9162 section 2.1.4.2, steps 4 to 6)."""
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old, new = path[0], path[0]
    for sibling in path[1:]:
        if last == 0:
            raise _inconsistent(old_size, new_size)
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            node, last = _climb_to_left_turn(node, last)
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise _inconsistent(old_size, new_size)
    return old, new


def _climb_to_left_turn(node: int, last: int) -> tuple[int, int]:
    """Skip the levels on the right edge at which there is no sibling."""
    while not node & 1 and node != 0:
        node, last = node >> 1, last >> 1
    return node, last


def _split(size: int) -> int:
    """The largest power of two smaller than ``size`` (RFC 6962 section 2.1)."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise IntegrityBroken("a hash of the proof is not 32 bytes long")


def _inconsistent(old_size: int, new_size: int) -> IntegrityBroken:
    return IntegrityBroken(
        f"the proof does not show that the tree of {new_size} continues the one of {old_size}"
    )
