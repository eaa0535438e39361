"""Faults of the signature: what each makes of a right message that is signed."""

from collections.abc import Callable, Mapping
from typing import Final

from harness.endpoints.faults import Fault, FaultName, fault
from harness.endpoints.protocol import OwnSignature
from harness.exchange.security import forging, names
from harness.exchange.security.names import Wrapping
from harness.exchange.security.seal import Seal


def forged(fault: Fault, data: bytes, seal: Seal) -> bytes | None:
    """The body of the wrong answer; ``None`` when the right one lacks what the fault changes.

    Args:
        fault: one whose type says ``signed``.
        data: body of the right answer.
        seal: signed it last.
    """
    if names.WSSE.encode() not in data:
        return None
    return _FORGED[fault.name](fault, data, seal)


_FORGED: Final[Mapping[FaultName, Callable[[Fault, bytes, Seal], bytes | None]]] = {
    FaultName.UNSIGNED_ANSWER: lambda _fault, data, _seal: forging.unsigned(data),
    FaultName.EXPIRED_ANSWER: lambda fault, data, seal: forging.dated(
        data, seal, -fault.number("seconds")
    ),
    FaultName.FUTURE_ANSWER: lambda fault, data, seal: forging.dated(
        data, seal, fault.number("seconds")
    ),
    FaultName.REPLAYED_ANSWER: lambda _fault, _data, seal: seal.earlier,
    FaultName.TAMPERED_ANSWER: lambda _fault, data, _seal: forging.tampered(data),
    FaultName.WRAPPED_ANSWER: lambda fault, data, _seal: forging.wrapped(
        data, Wrapping(fault.text("shape"))
    ),
    FaultName.DUPLICATE_ID: lambda _fault, data, _seal: forging.duplicated(data),
    FaultName.REFUSED_ALGORITHM: lambda _fault, data, seal: forging.weakly_digested(data, seal),
    FaultName.HMAC_TRUNCATION: lambda _fault, data, _seal: forging.truncated(data),
    FaultName.FOREIGN_KEY: lambda _fault, data, seal: forging.foreign(data, seal),
    FaultName.KEY_IN_MESSAGE: lambda _fault, data, seal: forging.own_key(data, seal),
    FaultName.COMMENT_INJECTION: lambda _fault, data, _seal: forging.commented(data),
    FaultName.FORBIDDEN_TRANSFORM: lambda _fault, data, seal: forging.transformed(data, seal),
    FaultName.ONLY_TIMESTAMP_SIGNED: lambda _fault, data, seal: forging.timestamp_only(data, seal),
    FaultName.NAMESPACE_INJECTION: lambda _fault, data, seal: forging.rebound(data, seal),
}


def signed_wrongly(how: OwnSignature, data: bytes, seal: Seal) -> bytes:
    """An envelope of our own, signed as no good client does.

    Args:
        how: what is wrong.
        data: the envelope, not signed.
        seal: signs for us; where the call before is sent again, it has signed that.
    """
    right = seal(data)
    return forged(fault(_OWN[how]), right, seal) or right


_OWN: Final[Mapping[OwnSignature, FaultName]] = {
    OwnSignature.UNSIGNED: FaultName.UNSIGNED_ANSWER,
    OwnSignature.EXPIRED: FaultName.EXPIRED_ANSWER,
    OwnSignature.FUTURE: FaultName.FUTURE_ANSWER,
    OwnSignature.REPLAYED: FaultName.REPLAYED_ANSWER,
    OwnSignature.TAMPERED: FaultName.TAMPERED_ANSWER,
    OwnSignature.WRAPPED: FaultName.WRAPPED_ANSWER,
    OwnSignature.DUPLICATE_ID: FaultName.DUPLICATE_ID,
    OwnSignature.WEAK: FaultName.REFUSED_ALGORITHM,
    OwnSignature.FOREIGN: FaultName.FOREIGN_KEY,
    OwnSignature.TIMESTAMP_ONLY: FaultName.ONLY_TIMESTAMP_SIGNED,
}
