"""Defects about how a request is written: each way to break the contract, each way to keep it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.canary.defect import Defect, Heard, Kind, Spoil
from harness.canary.of_answers import texts
from harness.canary.of_requests import accepted, breaks
from harness.exchange import render
from harness.exchange.findings import Finding, FindingCode
from harness.exchange.messages import Answer, Body
from harness.exchange.render import FaultCode
from harness.wsdl import Contract, SchemaCode
from harness.wsdl.components import Direction, components
from harness.wsdl.sites import parts, sites

_TYPES = ("xs:int", "xs:boolean", "xs:dateTime", "xs:base64Binary")
"""Types of the account's requests that not every text is of."""
_ENVELOPES = {
    "none": ("is none", lambda found: not found.path),
    "empty-body": ("has nothing in its Body", lambda found: found.seen == "0 elements"),
    "two-requests": ("has two requests in its Body", lambda found: found.seen == "2 elements"),
}
_WRITTEN = {
    "prefixes": ("prefixes of the caller's own", b"<SOAP-ENV:Envelope"),
    "comment": ("a comment", b"<!--"),
    "cdata": ("a CDATA section", b"<![CDATA["),
}
"""How no request is written that the harness makes itself."""


def of_writing(contract: Contract) -> Iterator[Defect]:
    """All of them."""
    for name, (what, holds) in _ENVELOPES.items():
        meant = _both(_is_envelope, holds)
        yield _answered(contract, f"envelope:{name}", f"its envelope {what}", meant)
    for operation in contract.operations:
        missing = breaks(SchemaCode.MISSING_ELEMENT)
        name = f"schema:{SchemaCode.MISSING_ELEMENT}/{operation}"
        yield _answered(contract, name, f"{operation} lacks an element", missing, operation)
    for type_ in _TYPES:
        meant = _both(breaks(SchemaCode.TYPE), _expects(f"{SchemaCode.TYPE}: {type_}"))
        yield _answered(contract, f"schema:type/{type_[3:]}", f"a text is no {type_}", meant)
    for name, what, holds in _unexpected(contract):
        meant = _both(breaks(SchemaCode.UNEXPECTED_ELEMENT), holds)
        yield _answered(contract, f"schema:unexpected/{name}", what, meant)
    for name, (what, written) in _WRITTEN.items():
        yield Defect(
            f"request/refused:{name}",
            Kind.REQUEST,
            f"A good request is refused because it has {what}.",
            spoil=_refused(written),
        )


def _answered(
    contract: Contract,
    name: str,
    what: str,
    meant: Callable[[Finding], bool],
    operation: str = "",
) -> Defect:
    return Defect(
        f"request/{name}",
        Kind.REQUEST,
        f"A request is answered although {what}.",
        spoil=accepted(contract, meant, operation),
    )


def _both(
    one: Callable[[Finding], bool], other: Callable[[Finding], bool]
) -> Callable[[Finding], bool]:
    return lambda found: one(found) and other(found)


def _is_envelope(found: Finding) -> bool:
    return found.code == FindingCode.ENVELOPE


def _expects(text: str) -> Callable[[Finding], bool]:
    return lambda found: found.expected == text


def _unexpected(contract: Contract) -> Iterator[tuple[str, str, Callable[[Finding], bool]]]:
    """Elements that are not expected where they stand, by what they are elsewhere."""
    model = components(contract)
    paths = [path for each in contract.operations for path in _paths(contract, each)]
    attributes = {path.rpartition("@")[2] for path in paths if "@" in path}
    asked = (part for part in parts(model) if part.where == Direction.REQUEST)
    elements = {site.path.rpartition("/")[2] for part in asked for site in sites(model, part)}
    known = elements | attributes
    yield "attribute", "an attribute is written as an element", _named_in(attributes - elements)
    yield "unknown", "it has an element of another version", lambda found: found.seen not in known
    yield "misplaced", "an element stands elsewhere", _named_in(elements)


def _paths(contract: Contract, operation: str) -> Iterator[str]:
    return texts(contract, operation, Direction.REQUEST)


def _named_in(names: set[str]) -> Callable[[Finding], bool]:
    return lambda found: found.seen in names


def _refused(written: bytes) -> Spoil:
    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        if heard.request is None or heard.findings or answer.status != 200:
            return None
        if written not in heard.request.body.data:
            return None
        data = render.fault(FaultCode.CLIENT, "The request cannot be read.")
        return replace(answer, status=500, body=Body(data))

    return spoil
