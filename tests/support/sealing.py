"""Keys that seal invented ledgers, always the same: whoever reads this can sign with them."""

from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness.proof.keys import PrivateKey


def _made_of(text: bytes) -> PrivateKey:
    return PrivateKey._of(Ed25519PrivateKey.from_private_bytes(sha256(text).digest()))


FIRST: Final = _made_of(b"an artificial key: whoever reads this can sign with it")
SECOND: Final = _made_of(b"another artificial key, which takes the place of the first")
