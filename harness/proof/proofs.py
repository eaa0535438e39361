"""Proofs as text that anybody can check without the ledger: C2SP tlog-proof and tlog-witness.

Rules kept here:

* an inclusion proof is a ``c2sp.org/tlog-proof@v1``: the entry's bytes as ``extra``, its index from
  0, one hash a line, a blank line, the signed checkpoint;
* a consistency proof is what a C2SP witness is sent (tlog-witness, ``add-checkpoint``): ``old`` and
  the smaller size, one hash a line, a blank line, the larger signed checkpoint;
* there is exactly one way to write each, and only that way is read;
* the bytes in ``extra`` prove nothing by themselves: their leaf hash is what is looked for in the
  tree, under a root that the ledger's key signed.

Whatever is wrong with a proof is :class:`~harness.errors.IntegrityBroken`, never another exception.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

from harness.classes import dataclass
from harness.errors import IntegrityBroken
from harness.proof import checkpoint
from harness.proof.checkpoint import Checkpoint
from harness.proof.keys import PublicKey
from harness.proof.merkle import HASH_BYTES, leaf_hash, verify_consistency, verify_inclusion
from harness.vocabulary import counted

MAX_PROOF_BYTES = 32 * 1024 * 1024
MAX_HASHES = 63
"""As many as the C2SP witness protocol takes."""
_HASHES = r"(?P<hashes>(?:[A-Za-z0-9+/]{43}=\n){0,63})\n(?P<note>.+)"
_NUMBER = "(?P<number>0|[1-9][0-9]{0,18})"
_INCLUSION = re.compile(
    r"c2sp\.org/tlog-proof@v1\nextra (?P<extra>[A-Za-z0-9+/]*={0,2})\n"
    rf"index {_NUMBER}\n{_HASHES}",
    re.ASCII | re.DOTALL,
)
_CONSISTENCY = re.compile(rf"old {_NUMBER}\n{_HASHES}", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That some bytes are an entry of a tree whose head is signed.

    Attributes:
        entry: the bytes, as sealed.
        index: which entry, from 0.
        hashes: the audit path, lowest sibling first.
        note: the signed checkpoint.
    """

    entry: bytes
    index: int
    hashes: tuple[bytes, ...]
    note: bytes

    def text(self) -> bytes:
        """The proof as text."""
        head = f"c2sp.org/tlog-proof@v1\nextra {_base64(self.entry)}\nindex {self.index}\n"
        return head.encode() + _path(self.hashes) + self.note

    @classmethod
    def read(cls, text: bytes) -> Self:
        """What a text holds, its form checked to the byte; nothing is proven by that.

        Raises:
            IntegrityBroken: it is no such proof in its one form.
        """
        found = _match(_INCLUSION, text)
        proof = cls(
            _unpacked(found["extra"]),
            int(found["number"]),
            _hashes(found["hashes"]),
            found["note"].encode(),
        )
        if proof.text() != text:
            raise IntegrityBroken("the proof is not written in its one form")
        return proof

    def verify(self, *keys: PublicKey) -> Checkpoint:
        """The checkpoint in whose tree the entry is.

        Raises:
            IntegrityBroken: none of the keys signed it, or the proof does not show it.
        """
        head = _signed(self.note, keys)
        verify_inclusion(leaf_hash(self.entry), self.index, head.size, self.hashes, head.root)
        return head


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That a tree whose head is signed continues a smaller one.

    Attributes:
        old: entries of the smaller tree.
        hashes: the proof of RFC 6962 section 2.1.2.
        note: the larger one's signed checkpoint.
    """

    old: int
    hashes: tuple[bytes, ...]
    note: bytes

    def text(self) -> bytes:
        """The proof as text."""
        return f"old {self.old}\n".encode() + _path(self.hashes) + self.note

    @classmethod
    def read(cls, text: bytes) -> Self:
        """What a text holds, its form checked to the byte; nothing is proven by that.

        Raises:
            IntegrityBroken: it is no such proof in its one form.
        """
        found = _match(_CONSISTENCY, text)
        proof = cls(int(found["number"]), _hashes(found["hashes"]), found["note"].encode())
        if proof.text() != text:
            raise IntegrityBroken("the proof is not written in its one form")
        return proof

    def verify(self, older: bytes, *keys: PublicKey) -> Checkpoint:
        """The checkpoint whose tree continues that of ``older``, a signed checkpoint as well.

        Raises:
            IntegrityBroken: the keys did not sign both, or the proof does not show it.
        """
        head, before = _signed(self.note, keys), _signed(older, keys)
        if before.origin != head.origin or before.size != self.old:
            raise IntegrityBroken(
                f"the proof is about the first {counted(self.old, 'entry')} of {head.origin}, the "
                f"checkpoint about {before.size} of {before.origin}"
            )
        verify_consistency(before.size, before.root, head.size, head.root, self.hashes)
        return head


def is_consistency(text: bytes) -> bool:
    """Whether a text is meant as a consistency proof; else it is one of inclusion."""
    return text.startswith(b"old ")


def _signed(note: bytes, keys: Sequence[PublicKey]) -> Checkpoint:
    """A checkpoint of whatever ledger one of the keys signed it for."""
    origin = checkpoint.read(note).origin
    for key in keys[:-1]:
        with suppress(IntegrityBroken):
            return checkpoint.verify(note, key, origin)
    return checkpoint.verify(note, keys[-1], origin)


def _match(form: re.Pattern[str], text: bytes) -> re.Match[str]:
    try:
        found = form.fullmatch(text.decode()) if len(text) <= MAX_PROOF_BYTES else None
    except UnicodeDecodeError:
        found = None
    if found is None:
        raise IntegrityBroken("this is not a proof of inclusion or consistency in its one form")
    return found


def _hashes(lines: str) -> tuple[bytes, ...]:
    found = tuple(_unpacked(line) for line in lines.splitlines())
    if any(len(each) != HASH_BYTES for each in found):
        raise IntegrityBroken("a hash of the proof is not 32 bytes long")
    return found


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise IntegrityBroken("the proof is not Base64") from None


def _path(hashes: tuple[bytes, ...]) -> bytes:
    return "".join(f"{_base64(each)}\n" for each in hashes).encode() + b"\n"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
