"""The judge: climbs a ladder over raw bytes and stops at the first rung that is broken.

Answers: transport, HTTP status, content type and charset, well-formed within limits, envelope,
security where it is demanded, headers that must be understood, the operation's own element (or a
fault), schema. Requests climb the same ladder without the first two rungs and with the SOAPAction
header. One parse a message; nothing here ever raises for what a peer sent. Which version of SOAP a
message has to be in says the contract (``harness.exchange.soap``).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from harness import limits as _limits
from harness import xml
from harness.classes import dataclass
from harness.exchange import envelope, faults, http
from harness.exchange.findings import Finding, FindingCode, verdict_of
from harness.exchange.message import Message, Signer, local_name
from harness.exchange.messages import Answer, Exchange, Problem, Request
from harness.exchange.security.names import UNDERSTOOD
from harness.exchange.soap import NAMES, Names, SoapVersion, fault_status, media_type
from harness.limits import Limits
from harness.redact import shown_name, without_codes
from harness.vocabulary import Verdict
from harness.wsdl import Contract, Operation, SchemaCode, SchemaFinding
from harness.wsdl.unusual import Unusual, UnusualKind, unusual

if TYPE_CHECKING:
    from lxml.etree import _Element

_REFUSALS = {
    xml.RefusalCode.DTD: FindingCode.DTD,
    xml.RefusalCode.PROCESSING_INSTRUCTION: FindingCode.PROCESSING_INSTRUCTION,
    xml.RefusalCode.DEPTH: FindingCode.TOO_DEEP,
    xml.RefusalCode.ATTRIBUTES: FindingCode.TOO_MANY_ATTRIBUTES,
    xml.RefusalCode.ELEMENTS: FindingCode.TOO_MANY_ELEMENTS,
    xml.RefusalCode.TEXT: FindingCode.TEXT_TOO_LONG,
    xml.RefusalCode.NAME: FindingCode.NAME_TOO_LONG,
    xml.RefusalCode.TOO_LARGE: FindingCode.TOO_LARGE,
    xml.RefusalCode.CHARSET: FindingCode.CHARSET,
    xml.RefusalCode.NOT_WELL_FORMED: FindingCode.NOT_WELL_FORMED,
    xml.RefusalCode.HTML: FindingCode.NOT_SOAP_HTML,
    xml.RefusalCode.JSON: FindingCode.NOT_SOAP_JSON,
    xml.RefusalCode.EMPTY: FindingCode.EMPTY_ANSWER,
    xml.RefusalCode.COMPRESSED: FindingCode.ENCODING,
}
_SOMETHING_ELSE = frozenset(
    {FindingCode.NOT_SOAP_HTML, FindingCode.NOT_SOAP_JSON, FindingCode.ENCODING}
)
_VERSIONS = frozenset((names.media_type, names.envelope) for names in NAMES.values())
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refereed:
    """What a referee says of one message.

    Attributes:
        findings: notes, or what is broken.
        signer: who signed it; only when nothing is broken, and ``None`` for an unsigned one.
    """

    findings: tuple[Finding, ...] = ()
    signer: Signer | None = None


Referee: TypeAlias = Callable[["_Element"], Refereed]
"""Judges the security of a message by its root (``security.referee``)."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says of one message.

    Attributes:
        verdict: passed, failed or inconclusive; notes among the findings do not change it.
        findings: what one rung found, then notes, which are no verdict by themselves.
        message: the message, as soon as its envelope has one body element; also when that
            element is not the right one or not valid, so look at the verdict first.
        operation: name of the contract's operation the message belongs to; empty when unknown.
    """

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    message: Message | None = None
    operation: str = ""


def judge_answer(
    contract: Contract,
    request: Request,
    exchange: Exchange,
    *,
    limits: Limits = _limits.DEFAULT,
    understood: frozenset[str] = _NONE,
    referee: Referee | None = None,
) -> Judgement:
    """The verdict on what came back for a request.

    A fault with HTTP 500 is a well-judged answer: verdict passed, ``message.fault`` set; whether
    it was wanted is the scenario's business. In SOAP 1.2 a fault comes with 400 or 500; which of
    the two is the wrong one for its code is noted only, as toolkits disagree.

    Args:
        contract: the contract both sides agreed on.
        request: what was sent; its operation says which answer is due. An operation that the
            contract does not have can only be answered by a fault.
        exchange: the answer, or the problem that took its place.
        limits: what a message may cost.
        understood: Clark names of headers that somebody else understands.
        referee: judges the security of the message, and so understands its Security header.
    """
    operation = contract.operations.get(request.operation)
    name = operation.name if operation else ""
    outcome = exchange.outcome
    if isinstance(outcome, Problem):
        return _stopped(Finding(outcome.code, seen=without_codes(outcome.detail)), name)
    names = NAMES[contract.soap_version]
    finding = http.status_finding(outcome, names) or http.encoding_finding(outcome)
    if finding is not None:
        return _stopped(finding, name)
    if http.is_empty(outcome.body.data):
        return _empty_answer(operation)
    parts = _envelope(outcome.body.data, http.content_type(outcome), limits, names)
    if isinstance(parts, Finding):
        return _stopped(parts, name)
    refereed = _headers(parts, understood, names, referee)
    if isinstance(refereed, Finding):
        return _stopped(refereed, name)
    return _noted(_answer_body(contract, operation, parts, outcome, limits), refereed)


def judge_request(
    contract: Contract,
    request: Request,
    *,
    strict: bool = True,
    limits: Limits = _limits.DEFAULT,
    understood: frozenset[str] = _NONE,
    referee: Referee | None = None,
) -> Judgement:
    """The verdict on a request: our own before it is sent, or a caller's when it arrives.

    Passed or failed: a request that cannot be judged is refused. The body says which operation is
    meant, and the SOAPAction header has to agree (BP 1.1 R2744); in SOAP 1.2 the action of the
    content type, and a SOAPAction header when there is one all the same.

    Args:
        contract: the contract both sides agreed on.
        request: the request; ``operation`` may be empty when only the message itself tells it.
        strict: False lets a request without SOAPAction pass (SOAP 1.1 section 6.1.1), or without
            action (SOAP 1.2 part 2 section 6.5.3); a wrong one never does.
        limits: what a message may cost.
        understood: Clark names of headers that somebody else understands.
        referee: judges the security of the message, and so understands its Security header.
    """
    parts = _request_parts(contract, request, limits)
    if isinstance(parts, Finding):
        return _refused(_stopped(parts))
    names = NAMES[contract.soap_version]
    refereed = _headers(parts, understood | _declared(contract), names, referee)
    if isinstance(refereed, Finding):
        return _refused(_stopped(refereed))
    judged = _request(contract, request, parts, strict=strict, limits=limits)
    return _refused(_noted(judged, refereed))


def _refused(judgement: Judgement) -> Judgement:
    """A request that cannot be judged is refused."""
    if judgement.verdict is not Verdict.INCONCLUSIVE:
        return judgement
    return Judgement(Verdict.FAILED, judgement.findings, judgement.message, judgement.operation)


def _request_parts(
    contract: Contract, request: Request, limits: Limits
) -> envelope.Parts | Finding:
    if http.is_empty(request.body.data):
        return Finding(FindingCode.EMPTY_REQUEST)
    names = NAMES[contract.soap_version]
    return _envelope(request.body.data, request.content_type, limits, names)


def _headers(
    parts: envelope.Parts,
    understood: frozenset[str],
    names: Names,
    referee: Referee | None,
) -> Refereed | Finding:
    """The rungs of security and of headers that must be understood: notes, or what is broken."""
    refereed = Refereed()
    if referee is not None:
        refereed = referee(parts.child.getroottree().getroot())
        if verdict_of(refereed.findings) is not Verdict.PASSED:
            return refereed.findings[0]
        understood |= UNDERSTOOD
    if not parts.headers:
        return refereed
    return envelope.not_understood(parts, understood, names) or refereed


def _noted(judgement: Judgement, refereed: Refereed) -> Judgement:
    """A judgement with the referee's notes, its message with the signer."""
    message, signer = judgement.message, refereed.signer
    if message is not None and signer is not None:
        message = message.signed_by(signer)
    elif not refereed.findings:
        return judgement
    findings = (*judgement.findings, *refereed.findings)
    return replace(judgement, findings=findings, message=message)


def _request(
    contract: Contract,
    request: Request,
    parts: envelope.Parts,
    *,
    strict: bool,
    limits: Limits,
) -> Judgement:
    operation = _operation_of(contract, parts.child, request)
    if isinstance(operation, Finding):
        return _with_message(parts, "", (operation,))
    finding = _disagreement(operation, request, strict=strict)
    if finding is not None:
        return _with_message(parts, operation.name, (finding,))
    return _with_message(parts, operation.name, _schema(contract, parts.child, limits))


def _stopped(finding: Finding, operation: str = "") -> Judgement:
    return Judgement(verdict_of((finding,)), (finding,), None, operation)


def _with_message(
    parts: envelope.Parts, operation: str, findings: tuple[Finding, ...]
) -> Judgement:
    headers = tuple(str(entry.tag) for entry in parts.headers)
    message = Message(parts.child, headers, comments=parts.comments)
    return Judgement(verdict_of(findings), (*findings, *parts.notes), message, operation)


def _empty_answer(operation: Operation | None) -> Judgement:
    if operation is not None and not operation.output:
        return Judgement(Verdict.PASSED, operation=operation.name)
    name = operation.name if operation else ""
    return _stopped(Finding(FindingCode.EMPTY_ANSWER, seen="<empty>"), name)


def _envelope(
    data: bytes, content_type: str | None, limits: Limits, names: Names
) -> envelope.Parts | Finding:
    """The rungs from the content type to the envelope."""
    finding = http.type_finding(content_type, names.media_type)
    if finding is not None and finding.code == FindingCode.MULTIPART:
        return finding  # its parts are not read, whatever they are
    if finding is not None:
        return _what_instead(data, content_type, limits, names) or finding
    finding = http.charset_finding(content_type or "", data)
    if finding is not None:
        return finding
    root = _parsed(data, limits)
    parts = root if isinstance(root, Finding) else envelope.take_apart(root, names)
    if isinstance(parts, Finding):
        return parts
    found = xml.comments(data, limits)
    return replace(parts, comments=found) if found else parts


def _parsed(data: bytes, limits: Limits) -> "_Element | Finding":
    try:
        return xml.parse(data, limits)
    except xml.Refused as refused:
        code = _REFUSALS[refused.code]
        return Finding(code, seen=f"line {refused.line}" if refused.line else "")


def _what_instead(
    data: bytes, content_type: str | None, limits: Limits, names: Names
) -> Finding | None:
    """Under a content type that is not SOAP's: whether the body is something else altogether.

    A message whose content type and envelope both are of another version is in that version.
    """
    root = _parsed(data, limits)
    found = root if isinstance(root, Finding) else envelope.take_apart(root, names)
    if isinstance(found, Finding) and found.code in _SOMETHING_ELSE:
        return found
    if (
        isinstance(found, Finding)
        and found.code == FindingCode.SOAP_VERSION
        and (media_type(content_type or ""), found.seen) in _VERSIONS
    ):
        return found
    return None if http.looks_like_xml(data) else Finding(FindingCode.NOT_SOAP)


def _answer_body(
    contract: Contract,
    operation: Operation | None,
    parts: envelope.Parts,
    answer: Answer,
    limits: Limits,
) -> Judgement:
    name = operation.name if operation else ""
    names = NAMES[contract.soap_version]
    if parts.child.tag == names.fault:
        return _fault(parts, answer.status, name, names)
    if answer.status in names.announcing:
        seen = shown_name(str(parts.child.tag))
        finding = Finding(FindingCode.STATUS_BODY_MISMATCH, "Envelope/Body", names.fault, seen)
        return _with_message(parts, name, (finding,))
    expected = operation.output if operation else names.fault
    wrong = _wrong_element(parts.child, expected)
    return _with_message(parts, name, (wrong,) if wrong else _schema(contract, parts.child, limits))


def _fault(parts: envelope.Parts, status: int, operation: str, names: Names) -> Judgement:
    fault = faults.read_fault(parts.child, names)
    if isinstance(fault, Finding):
        return _with_message(parts, operation, (fault,))
    headers = tuple(str(entry.tag) for entry in parts.headers)
    findings = parts.notes
    expected = fault_status(names.version, fault.local)
    if status != expected:
        # SOAP 1.1 section 6.2, BP 1.1 R1126; SOAP 1.2 part 2 section 7.5.2.2, table 20.
        announced = status in names.announcing
        code = FindingCode.FAULT_STATUS if announced else FindingCode.FAULT_WITH_200
        findings = (Finding(code, "", str(expected), str(status)), *findings)
    message = Message(parts.child, headers, fault, comments=parts.comments)
    return Judgement(verdict_of(findings), findings, message, operation)


def _wrong_element(child: "_Element", expected: str) -> Finding | None:
    tag = str(child.tag)
    if tag == expected:
        return None
    same_name = local_name(tag) == local_name(expected)
    code = FindingCode.WRONG_NAMESPACE if same_name else FindingCode.WRONG_ELEMENT
    return Finding(code, "Envelope/Body", expected, shown_name(tag))


def _declared(contract: Contract) -> frozenset[str]:
    headers = (operation.headers for operation in contract.operations.values())
    return frozenset().union(*headers)


def _operation_of(contract: Contract, child: "_Element", request: Request) -> Operation | Finding:
    """The operation whose input element the body holds; SOAPAction decides between equals."""
    tag = str(child.tag)
    found = [each for each in contract.operations.values() if each.input == tag]
    if found:
        named = _action(request, found[0].soap_version) or ""
        agreed = [each for each in found if each.soap_action == named]
        return (agreed or found)[0]
    local = local_name(tag)
    alike = [each for each in contract.operations.values() if local_name(each.input) == local]
    code = FindingCode.WRONG_NAMESPACE if alike else FindingCode.UNKNOWN_OPERATION
    return Finding(code, "Envelope/Body", alike[0].input if alike else "", shown_name(tag))


def _action(request: Request, version: str) -> str | None:
    """What a request says it wants: by SOAPAction, in SOAP 1.2 by its content type."""
    if version == SoapVersion.SOAP_12:
        return http.action(request.content_type)
    return request.soap_action


def _disagreement(operation: Operation, request: Request, *, strict: bool) -> Finding | None:
    if request.operation not in {"", operation.name}:
        expected = shown_name(request.operation)
        return Finding(FindingCode.WRONG_ELEMENT, "Envelope/Body", expected, operation.name)
    wanted, action = operation.soap_action, _action(request, operation.soap_version)
    place = "SOAPAction"
    if operation.soap_version == SoapVersion.SOAP_12:
        if request.soap_action not in {"", wanted}:
            # Nothing in SOAP 1.2 asks for this header, but something in between may go by it.
            return _wrong_action(place, wanted, request.soap_action)
        place = "Content-Type"
    if (action or "") == wanted or (not action and not strict):
        return None
    return _wrong_action(place, wanted, action)


def _wrong_action(place: str, wanted: str, action: str | None) -> Finding:
    # The value may be anything a peer wrote, so only its length is shown.
    seen = f"<text, {len(action)} chars>" if action else "<empty>"
    return Finding(FindingCode.SOAP_ACTION, place, wanted, seen)


def _schema(contract: Contract, child: "_Element", limits: Limits) -> tuple[Finding, ...]:
    broken = tuple(_broken_schema(found) for found in contract.validate(child))
    return broken or tuple(map(_unusual, unusual(contract, child, limits)))


def _unusual(found: Unusual) -> Finding:
    large = found.kind is UnusualKind.VALUE
    code = FindingCode.VALUE_TOO_LARGE if large else FindingCode.WILDCARD_CONTENT
    return Finding(code, found.path, found.expected, found.seen)


def _broken_schema(found: SchemaFinding) -> Finding:
    if found.code is SchemaCode.INTERNAL:
        return Finding(FindingCode.SCHEMA_ENGINE, found.path)
    expected = f"{found.code}: {found.expected}" if found.expected else str(found.code)
    return Finding(FindingCode.SCHEMA, found.path, expected, found.seen)
