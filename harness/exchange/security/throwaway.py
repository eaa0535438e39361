"""Keys for one process: both sides of a signed run in which nobody else has to trust them."""

from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.exchange.security.keys import Identity

_BITS: Final = 2048
_HOLDS: Final = timedelta(days=7)


class Side(IntEnum):
    """Whose key it is."""

    CALLER = 0
    SERVICE = 1
    STRANGER = 2
    """Nobody trusts it, whatever its certificate says."""


def identity(name: str, side: Side, now: datetime) -> Identity:
    """The key of a side, under a new certificate of this CN that it has signed itself.

    Args:
        name: CN, at most 64 characters.
        side: each has one key, made when it is first needed.
        now: the certificate holds a week before and after.
    """
    key = _key(side)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _HOLDS)
        .not_valid_after(now + _HOLDS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Identity(certificate, key)


@cache
def _key(side: Side) -> rsa.RSAPrivateKey:
    """Making one takes a tenth of a second."""
    del side
    return rsa.generate_private_key(65537, _BITS)
