"""A key and a certificate request, for the client certificate that calls are made and signed with.

RSA, because the account's integration platform has been used with RSA signatures only. The request
is PKCS #10 (RFC 2986); the common name becomes SanomaVarmenneNimi.
"""

from pathlib import Path
from typing import Final

from harness.errors import ConfigError
from harness.proof import keys

BITS: Final = (2048, 3072, 4096)
_MAX_NAME: Final = 64
"""Longest common name and organisation (X.520, ub-common-name and ub-organization-name)."""


def create(key: Path, common_name: str, organisation: str = "", bits: int = 3072) -> Path:
    """Make a private key in ``key`` (mode 0600) and a request beside it; returns its path.

    Args:
        key: file to make, PEM; never written over. The request has its name and ``.csr``.
        common_name: CN: the name that is registered for the service.
        organisation: O of the subject; left out when empty. The country is FI.
        bits: one of ``BITS``.

    Raises:
        ConfigError: a file exists already or cannot be written, or a name is too long.
    """
    from cryptography import x509  # noqa: PLC0415 - slow, seldom needed
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - as above
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    request = key.parent / f"{key.name}.csr"
    if request.exists():
        raise ConfigError("there is a certificate request already", where=str(request))
    attributes = [(x509.NameOID.COUNTRY_NAME, "FI"), (x509.NameOID.COMMON_NAME, common_name)]
    if organisation:
        attributes.insert(1, (x509.NameOID.ORGANIZATION_NAME, organisation))
    for _, value in attributes:
        if not 0 < len(value) <= _MAX_NAME or not value.isprintable():
            raise ConfigError(f"a name has 1 to {_MAX_NAME} printable characters")
    private = rsa.generate_private_key(65537, bits)
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = made.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM)
    keys.write_new(key, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    request.write_bytes(signed)
    return request
