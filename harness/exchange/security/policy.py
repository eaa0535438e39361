"""What the receiver of a message demands of its security: values, no behaviour."""

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from harness.classes import dataclass
from harness.exchange.security.names import DIGEST_METHODS, SIGNATURE_METHODS, Part

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

NEEDED: Final = frozenset({Part.BODY, Part.TIMESTAMP})
"""What a signature has to cover unless more is asked for (the account's policy of 2014)."""


class ResponseSecurity(StrEnum):
    """Whether a message has to be signed; the words of ``security`` in harness.toml."""

    REQUIRED = "required"
    IF_PRESENT = "if-present"
    """An unsigned message passes; a signature that is there has to be right."""
    NONE = "none"
    """Signatures are not looked at."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signature counts.

    Attributes:
        anchors: certificates of authorities, or of signers themselves.
        intermediates: certificates between them; none are taken from messages.
        pins: SHA-256 of the DER of the only signers' certificates that count, lower-case hex;
            with pins the anchors do not matter.
        name: CN that the signer must have; empty for any.
    """

    anchors: "tuple[Certificate, ...]" = ()
    intermediates: "tuple[Certificate, ...]" = ()
    pins: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and password that a UsernameToken has to show."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a receiver demands.

    Attributes:
        security: whether a signature has to be there.
        trust: whose signature counts. ``None`` leaves the question aside, for explaining a
            message only: then a signature proves nothing about who made it.
        covered: parts that the signature has to cover.
        signature_methods: URIs of allowed signature methods.
        digest_methods: URIs of allowed digest methods.
        enveloped: whether the transform enveloped-signature may stand besides exclusive
            canonicalisation, as node-soap writes it. No part that can be covered holds the
            signature, so it has nothing to remove.
        max_age: seconds after its creation that a message is taken, whatever its Expires says.
        skew: seconds that the clocks of both sides may differ.
        min_key_bits: length of the signer's RSA key.
        named_in: local name of elements of the Body that name the signer's certificate, such as
            SanomaVarmenneNimi; empty when there is none.
        credentials: user and password that a UsernameToken has to show.
    """

    security: ResponseSecurity = ResponseSecurity.REQUIRED
    trust: Trust | None = Trust()
    covered: frozenset[Part] = NEEDED
    signature_methods: frozenset[str] = frozenset(SIGNATURE_METHODS)
    digest_methods: frozenset[str] = frozenset(DIGEST_METHODS)
    enveloped: bool = False
    max_age: float = 300.0
    skew: float = 60.0
    min_key_bits: int = 2048
    named_in: str = ""
    credentials: Credentials | None = None
