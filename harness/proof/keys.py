"""Ed25519 keys: of the ledger that signs its tree heads, and of people who sign what they hand in.

Rules kept here:

* a private key is a PEM file in PKCS #8, unencrypted, readable by its owner only (0600); it is
  created exclusively, an existing file is never written over;
* a public key is written ``ed25519:`` and 64 hexadecimal digits: short enough to be its own
  fingerprint, so that whoever holds the text can check a signature (RFC 8032 section 5.1.5);
* a signature that does not verify is :class:`~harness.errors.IntegrityBroken`; a key file that
  cannot be used is :class:`~harness.errors.ConfigError`.

``cryptography`` is imported when the first key is used: listing commands need none.
"""

import os
import re
import stat
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from harness import files
from harness.classes import dataclass
from harness.errors import ConfigError, IntegrityBroken
from harness.proof import durable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = "ed25519:"
KEY_BYTES = 32
SIGNATURE_BYTES = 64
MAX_KEY_FILE = 16 * 1024
_FINGERPRINT = re.compile(r"ed25519:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key: 32 bytes."""

    raw: bytes

    @property
    def fingerprint(self) -> str:
        """The key as text: ``ed25519:`` and 64 lower-case hexadecimal digits."""
        return PREFIX + self.raw.hex()

    @classmethod
    def from_fingerprint(cls, text: str) -> Self:
        """The key that :attr:`fingerprint` writes.

        Raises:
            ConfigError: the text is not such a key.
        """
        if not _FINGERPRINT.fullmatch(text):
            raise ConfigError(
                "this is not a public key",
                todo="A public key is written ed25519: and 64 hexadecimal digits.",
            )
        return cls(bytes.fromhex(text.removeprefix(PREFIX)))

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check that the holder of this key signed exactly ``data``.

        Raises:
            IntegrityBroken: it is not so.
        """
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - slow, seldom needed
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - as above
            Ed25519PublicKey,
        )

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except (InvalidSignature, ValueError):
            raise IntegrityBroken(
                f"the signature does not belong to this text and the key {self.fingerprint}"
            ) from None


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An Ed25519 private key; shows only its public half."""

    public: PublicKey
    _key: "Ed25519PrivateKey" = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """The signature over ``data``: 64 bytes, the same for the same data (RFC 8032)."""
        return self._key.sign(data)

    @classmethod
    def generate(cls) -> Self:
        """A new key, kept in memory only."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - slow
            Ed25519PrivateKey,
        )

        return cls._of(Ed25519PrivateKey.generate())

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new key, written to ``path`` with mode 0600.

        Raises:
            ConfigError: the file exists already or cannot be written.
        """
        key = cls.generate()
        write_new(path, key.pem())
        return key

    @classmethod
    def load(cls, path: Path) -> Self:
        """The key of a file that :meth:`create` or ``openssl genpkey`` wrote.

        Raises:
            ConfigError: there is no such file, others may read it, or it holds no such key.
        """
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - slow
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - slow
            load_pem_private_key,
        )

        data = _read_private(path)
        try:
            key = load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigError(
                "this file holds no unencrypted Ed25519 private key in PEM form",
                where=str(path),
                todo="Restore the key file from its backup, or name the right file.",
            )
        return cls._of(key)

    def pem(self) -> bytes:
        """The key as PEM, PKCS #8: what a key file holds."""
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - slow
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @classmethod
    def _of(cls, key: "Ed25519PrivateKey") -> Self:
        return cls(PublicKey(key.public_key().public_bytes_raw()), key)


def write_new(path: Path, data: bytes) -> None:
    """Write a private key to a file that did not exist, with mode 0600.

    Raises:
        ConfigError: the file exists already or cannot be written.
    """
    durable.write_new(path, data, called="key file", todo="Use that key, or name another file.")


def _read_private(path: Path) -> bytes:
    where = str(path)
    try:
        with files.opened(path) as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_KEY_FILE + 1)
    except FileNotFoundError:
        raise ConfigError(
            "there is no key file here",
            where=where,
            todo="Name the right file, or restore it from its backup; a new ledger key cannot "
            "continue what the old one signed.",
        ) from None
    except OSError as error:
        raise ConfigError(f"the key file cannot be read: {error.strerror}", where=where) from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            "others can read this private key",
            where=where,
            todo="Run chmod 600 on it, and replace the key if it may have been copied.",
        )
    return data
