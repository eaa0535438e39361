"""Faults of the signature: what each makes of a right answer that is signed."""

from collections.abc import Callable, Mapping
from typing import Final

from harness.endpoints.faults import Fault, FaultName
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
