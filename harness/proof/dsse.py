"""Signed envelopes: DSSE v1.0.2 (Dead Simple Signing Envelope), Ed25519, one signature.

Rules kept here:

* what is signed is the pre-authentication encoding of type and payload (DSSE protocol section
  "Signature Definition"): a payload cannot be passed off as one of another type;
* nothing of the payload is looked at before a signature over it was verified;
* ``keyid`` is a hint, as the specification has it: it names a key in messages and decides nothing;
* the reader is strict: a size, JSON in UTF-8 without repeated names, exactly the fields of an
  envelope, Base64 in its one form (RFC 4648 section 4), one signature.

What is not an envelope, or not signed by any of the keys, is
:class:`~harness.errors.EvidenceError`: it is refused, but no record is broken by it.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Final

from harness.classes import dataclass
from harness.errors import ConfigError, EvidenceError, IntegrityBroken
from harness.limits import DEFAULT
from harness.proof.keys import SIGNATURE_BYTES, PrivateKey, PublicKey

IN_TOTO: Final = "application/vnd.in-toto+json"
"""Payload type of an in-toto Statement: the only one that is read here."""
_HINT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload and one signature over it, not verified yet.

    Attributes:
        payload: the signed bytes; use :meth:`opened`, which verifies.
        signature: 64 bytes.
        keyid: what the envelope calls the key; only a hint.
    """

    payload: bytes
    signature: bytes
    keyid: str = ""

    def opened(self, keys: Iterable[PublicKey]) -> tuple[bytes, PublicKey]:
        """The payload, and the key of these that signed it.

        Raises:
            EvidenceError: none of them did.
        """
        known = list(keys)
        text = pae(IN_TOTO, self.payload)
        for key in known:
            try:
                key.verify(self.signature, text)
            except IntegrityBroken:
                continue
            return self.payload, key
        if self.keyid in {each.fingerprint for each in known}:
            raise EvidenceError(
                f"the signature is not one of {self.keyid} over this payload",
                todo="The file was altered on its way, or damaged; let it be sent again.",
            )
        raise EvidenceError(
            f"it is signed with {_shown(self.keyid)}, which is nobody's pinned key here",
            todo="Compare the key with its owner; harness pin key ID pins it, another party "
            "confirms it.",
        )

    def to_bytes(self) -> bytes:
        """The envelope as JSON."""
        written = {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": IN_TOTO,
            "signatures": [{"keyid": self.keyid, "sig": base64.b64encode(self.signature).decode()}],
        }
        return (json.dumps(written, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Envelope":
        """Read an envelope; nothing of it is verified.

        Raises:
            EvidenceError: it is too large, or not an envelope of our one type.
        """
        found = _object(_json(data), {"payload", "payloadType", "signatures"}, "envelope")
        if found["payloadType"] != IN_TOTO:
            raise EvidenceError(f"only the type {IN_TOTO} is taken", where="payloadType")
        signatures = found["signatures"]
        if not isinstance(signatures, list) or len(signatures) != 1:
            raise EvidenceError("exactly one signature is expected", where="signatures")
        signed = signatures[0]
        if isinstance(signed, dict):
            signed = {"keyid": "", **signed}
        signed = _object(signed, {"keyid", "sig"}, "signatures[0]")
        keyid = signed["keyid"]
        if not isinstance(keyid, str) or len(keyid) > _HINT_MAX:
            raise EvidenceError("a short text is expected", where="signatures[0].keyid")
        signature = _base64(signed["sig"], "signatures[0].sig")
        if len(signature) != SIGNATURE_BYTES:
            raise EvidenceError("this is no Ed25519 signature", where="signatures[0].sig")
        return cls(_base64(found["payload"], "payload"), signature, keyid)


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, key: PrivateKey) -> Envelope:
    """An envelope around an in-toto Statement."""
    return Envelope(payload, key.sign(pae(IN_TOTO, payload)), key.public.fingerprint)


def _shown(keyid: str) -> str:
    """A key's name as messages may show it: our own form, or nothing."""
    try:
        return PublicKey.from_fingerprint(keyid).fingerprint
    except ConfigError:
        return "a key that it does not name in our form"


class _Repeated(ValueError):
    """A name stands twice in one object."""


def _json(data: bytes) -> object:
    if len(data) > DEFAULT.max_envelope_bytes:
        raise EvidenceError(f"larger than {DEFAULT.max_envelope_bytes} bytes")
    try:
        return json.loads(data.decode(), object_pairs_hook=_pairs)
    except _Repeated:
        raise EvidenceError("a name stands twice in one object") from None
    except (ValueError, RecursionError):
        raise EvidenceError(
            "this is not JSON in UTF-8", todo="Hand in a file that harness submit wrote."
        ) from None


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repeated
    return found


def _object(value: object, names: set[str], where: str) -> dict[str, object]:
    if not isinstance(value, dict) or value.keys() != names:
        fields = ", ".join(sorted(names))
        raise EvidenceError(f"exactly these fields are expected: {fields}", where=where)
    return value


def _base64(value: object, where: str) -> bytes:
    try:
        text = value.encode("ascii") if isinstance(value, str) else b"?"
        found = base64.b64decode(text, validate=True)
    except (UnicodeEncodeError, binascii.Error):
        found, text = b"", b"?"
    if base64.b64encode(found) != text:
        raise EvidenceError("this is not Base64 in its one form", where=where)
    return found
