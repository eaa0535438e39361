"""Defects of refusing: a broken request answered as if it were right, a fault told wrongly."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from harness.account.choosing import is_account
from harness.canary.defect import Defect, Heard, Kind, Spoil
from harness.exchange import altering, render
from harness.exchange.altering import Spot
from harness.exchange.findings import Finding, FindingCode, meaning
from harness.exchange.messages import Answer, Body
from harness.exchange.render import FaultCode
from harness.exchange.soap import NAMES, SoapVersion
from harness.wsdl import Contract, SchemaCode
from harness.wsdl.components import Direction
from harness.wsdl.generating import sample

REFUSED: tuple[FindingCode, ...] = (
    FindingCode.CONTENT_TYPE,
    FindingCode.CHARSET,
    FindingCode.NOT_WELL_FORMED,
    FindingCode.DTD,
    FindingCode.PROCESSING_INSTRUCTION,
    FindingCode.SOAP_VERSION,
    FindingCode.ENVELOPE,
    FindingCode.MUST_UNDERSTAND,
    FindingCode.UNKNOWN_OPERATION,
    FindingCode.SOAP_ACTION,
    FindingCode.WRONG_NAMESPACE,
)
"""What a request is refused for by SOAP and the binding, whatever the schema says."""

SIGNATURES: tuple[FindingCode, ...] = (
    FindingCode.NOT_SIGNED,
    FindingCode.BODY_NOT_SIGNED,
    FindingCode.SIGNATURE_TARGET,
    FindingCode.DUPLICATE_ID,
    FindingCode.DIGEST_WRONG,
    FindingCode.ALGORITHM_REFUSED,
    FindingCode.SIGNER_UNTRUSTED,
    FindingCode.MESSAGE_EXPIRED,
    FindingCode.MESSAGE_FROM_THE_FUTURE,
    FindingCode.MESSAGE_REPLAYED,
)
"""What a signed call is refused for, each a way in which a scenario can sign its call wrongly."""

NOT_HERE: Mapping[FindingCode, str] = {
    **dict.fromkeys(
        (
            FindingCode.TOO_LARGE,
            FindingCode.TOO_DEEP,
            FindingCode.TOO_MANY_ATTRIBUTES,
            FindingCode.TOO_MANY_ELEMENTS,
            FindingCode.TEXT_TOO_LONG,
            FindingCode.NAME_TOO_LONG,
            FindingCode.VALUE_TOO_LARGE,
        ),
        "a limit of the reader, which the service promises nowhere",
    ),
    **dict.fromkeys(
        (FindingCode.EMPTY_REQUEST, FindingCode.MULTIPART),
        "what a service does with it is not known",
    ),
    **dict.fromkeys(
        (FindingCode.NOT_SOAP, FindingCode.NOT_SOAP_HTML, FindingCode.NOT_SOAP_JSON),
        "a request that is no XML is not well-formed or of another content type as well",
    ),
    FindingCode.ENCODING: "a request in a content encoding cannot be written in a scenario",
    FindingCode.WRONG_ELEMENT: "the body itself says which operation is meant",
    FindingCode.SCHEMA_ENGINE: "the validator gave up; no request is known that brings it there",
}
"""Findings that a request can have and no defect is derived from, and why."""

BREACHES: tuple[SchemaCode, ...] = (
    SchemaCode.MISSING_ELEMENT,
    SchemaCode.UNEXPECTED_ELEMENT,
    SchemaCode.ELEMENT_ORDER,
    SchemaCode.TYPE,
    SchemaCode.ATTRIBUTE,
    SchemaCode.TEXT,
    SchemaCode.NIL,
)
"""Kinds of schema breaches that a service has to refuse."""


def of_requests(contract: Contract) -> Iterator[Defect]:
    """All of them."""
    for code in REFUSED:
        yield Defect(
            f"request/{code}",
            Kind.REQUEST,
            f"A request is answered although: {meaning(code).text}",
            spoil=accepted(contract, _is(code)),
        )
    for breach in BREACHES:
        yield Defect(
            f"request/schema:{breach}",
            Kind.REQUEST,
            f"A request is answered although it breaks the schema ({breach}).",
            spoil=accepted(contract, breaks(breach)),
        )
    for code in SIGNATURES if is_account(contract) else ():
        yield Defect(
            f"request/{code}",
            Kind.REQUEST,
            f"A signed request is answered although: {meaning(code).text}",
            spoil=accepted(contract, _is(code)),
        )
    yield from _of_faults(SoapVersion(contract.soap_version))


def _is(code: str) -> Callable[[Finding], bool]:
    return lambda found: found.code == code


def breaks(breach: SchemaCode) -> Callable[[Finding], bool]:
    """Whether a finding is that the schema is broken in one way."""
    return lambda found: (
        found.code == FindingCode.SCHEMA and found.expected.partition(":")[0] == breach
    )


def accepted(contract: Contract, meant: Callable[[Finding], bool], operation: str = "") -> Spoil:
    """A good answer to requests that are refused for the first of their findings.

    Args:
        contract: that the answer keeps.
        meant: which findings.
        operation: of which requests; empty for any.
    """

    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        first = next(iter(heard.findings), None)
        if first is None or not meant(first) or answer.status == 200:
            return None
        if operation not in {"", heard.operation}:
            return None
        action = heard.request.soap_action if heard.request else ""
        data = _good(contract, heard.operation or _named(contract, action))
        signed = heard.seal(data) if heard.seal is not None and data else data
        return replace(answer, status=200, body=Body(signed))

    return spoil


def _named(contract: Contract, action: str) -> str:
    known = contract.operations.values()
    named = (each.name for each in known if each.soap_action == action)
    return next(named, next(iter(contract.operations)))


@cache
def _good(contract: Contract, operation: str) -> bytes:
    """A valid answer; nothing for a one-way operation."""
    if not contract.operations[operation].output:
        return b""
    return sample(contract, operation, direction=Direction.RESPONSE)


def _of_faults(version: SoapVersion) -> Iterator[Defect]:
    spots = _PARTS[version]
    yield Defect(
        "fault/status-200",
        Kind.FAULT,
        "A fault comes with HTTP status 200.",
        spoil=lambda answer, _: replace(answer, status=200) if _is_fault(answer) else None,
    )
    yield Defect(
        "fault/another-code",
        Kind.FAULT,
        "A fault that is the caller's says that it is the service's.",
        spoil=_replaced_fault(version),
    )
    for path in spots:
        yield Defect(
            f"fault/no-{path.partition('/')[0]}",
            Kind.FAULT,
            f"A fault lacks its {path}.",
            spoil=_without(Spot(NAMES[version].fault, path)),
        )


_PARTS: Mapping[SoapVersion, tuple[str, ...]] = {
    SoapVersion.SOAP_11: ("faultcode", "faultstring"),
    SoapVersion.SOAP_12: ("Code", "Reason"),
}


def _is_fault(answer: Answer) -> bool:
    return answer.status in {400, 500}


def _replaced_fault(version: SoapVersion) -> Spoil:
    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        if not heard.findings or not _is_fault(answer):
            return None
        data = render.fault(FaultCode.SERVER, "The service failed.", soap=version)
        return replace(answer, status=500, body=Body(data))

    return spoil


def _without(spot: Spot) -> Spoil:
    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        del heard
        if not _is_fault(answer) or not answer.body.data:
            return None
        data = altering.without(answer.body.data, spot)
        return None if data is None else replace(answer, body=Body(data))

    return spoil
