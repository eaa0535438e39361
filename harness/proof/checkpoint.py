"""Checkpoints: a signed statement of a tree's size and root (C2SP tlog-checkpoint, signed-note).

Rules kept here:

* the text is three lines, each ended by a line feed: origin, size in decimal without leading
  zeros, root in standard Base64 (C2SP tlog-checkpoint);
* a blank line and one signature line follow: an em dash, a blank, the key's name, a blank, and the
  Base64 of key id and Ed25519 signature over the text (C2SP signed-note);
* the key's name is the origin; its id is the first four bytes of
  ``SHA-256(name || 0x0A || 0x01 || public key)`` (C2SP signed-note, algorithm 0x01);
* there is exactly one way to write a checkpoint, and only that way is read: extension lines,
  further signatures, CRLF, another Base64 alphabet or a missing final line feed are refused.

Whatever is wrong with bytes that should be a checkpoint is
:class:`~harness.errors.IntegrityBroken`, never another exception.
"""

import base64
import binascii
import hashlib
import re
from functools import lru_cache

from harness.classes import dataclass
from harness.errors import IntegrityBroken
from harness.proof.keys import PrivateKey, PublicKey
from harness.proof.merkle import EMPTY_ROOT, HASH_BYTES

MAX_NOTE_BYTES = 4096
MAX_SIZE = 2**63 - 1
KEY_ID_BYTES = 4
_ED25519 = b"\x01"
_ORIGIN = re.compile(r"[!-*,-~]{1,200}", re.ASCII)
_NOTE = re.compile(
    r"(?P<origin>[!-*,-~]{1,200})\n"
    r"(?P<size>0|[1-9][0-9]{0,18})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"\n"
    r"— (?P<name>[!-*,-~]{1,200}) (?P<signature>[A-Za-z0-9+/]{91}=)\n",
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a tree head says.

    Attributes:
        origin: which log; visible ASCII without blank and plus sign (C2SP tlog-checkpoint).
        size: number of entries.
        root: root hash of the tree over them, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """The signed text: three lines.

        Raises:
            IntegrityBroken: a value cannot stand in a checkpoint.
        """
        sound = (
            _ORIGIN.fullmatch(self.origin)
            and 0 <= self.size <= MAX_SIZE
            and len(self.root) == HASH_BYTES
            and (self.size > 0 or self.root == EMPTY_ROOT)
        )
        if not sound:
            raise IntegrityBroken("these values cannot be a checkpoint's origin, size and root")
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n".encode("ascii")


@lru_cache(maxsize=16)
def key_id(origin: str, key: PublicKey) -> bytes:
    """The four bytes by which a signature line names its key (C2SP signed-note)."""
    named = origin.encode("ascii") + b"\n" + _ED25519 + key.raw
    return hashlib.sha256(named).digest()[:KEY_ID_BYTES]


def sign(checkpoint: Checkpoint, key: PrivateKey) -> bytes:
    """The signed note: text, blank line, signature line.

    Raises:
        IntegrityBroken: a value cannot stand in a checkpoint.
    """
    text = checkpoint.text()
    return _note(text, checkpoint.origin, key_id(checkpoint.origin, key.public) + key.sign(text))


def read(note: bytes) -> Checkpoint:
    """What a signed note says, its form checked to the byte, its signature **not**.

    Raises:
        IntegrityBroken: the bytes are not a checkpoint in its one form.
    """
    return _split(note)[0]


def named_key(note: bytes) -> bytes:
    """The id of the key that a signed note names; whether that key signed it is **not** checked.

    Raises:
        IntegrityBroken: the bytes are not a checkpoint in its one form.
    """
    return _split(note)[1][:KEY_ID_BYTES]


def verify(note: bytes, key: PublicKey, origin: str) -> Checkpoint:
    """What a signed note says, after checking that ``key`` signed it for ``origin``.

    Raises:
        IntegrityBroken: form, origin, key or signature are not right.
    """
    checkpoint, signature = _split(note)
    if checkpoint.origin != origin:
        raise IntegrityBroken(
            f"the checkpoint is of another ledger: {checkpoint.origin}, expected {origin}"
        )
    if signature[:KEY_ID_BYTES] != key_id(origin, key):
        raise IntegrityBroken(f"the checkpoint is signed by another key than {key.fingerprint}")
    key.verify(signature[KEY_ID_BYTES:], checkpoint.text())
    return checkpoint


def _split(note: bytes) -> tuple[Checkpoint, bytes]:
    """Checkpoint and raw signature, from bytes of exactly the one form."""
    if len(note) > MAX_NOTE_BYTES:
        raise IntegrityBroken("a checkpoint is a few lines, this is more")
    try:
        match = _NOTE.fullmatch(note.decode("utf-8"))
        if match is None:
            raise IntegrityBroken("this is not a signed checkpoint, or not only one")
        root = base64.b64decode(match["root"], validate=True)
        signature = base64.b64decode(match["signature"], validate=True)
    except (UnicodeDecodeError, binascii.Error):
        raise IntegrityBroken("this is not a signed checkpoint: broken text") from None
    checkpoint = Checkpoint(match["origin"], int(match["size"]), root)
    if (
        match["name"] != checkpoint.origin
        or _note(checkpoint.text(), checkpoint.origin, signature) != note
    ):
        raise IntegrityBroken("the checkpoint is not written in its one form")
    return checkpoint, signature


def _note(text: bytes, origin: str, signature: bytes) -> bytes:
    return text + f"\n— {origin} {_base64(signature)}\n".encode()


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")
