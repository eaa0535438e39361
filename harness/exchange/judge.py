"""The judge: climbs a ladder over raw bytes and stops at the first rung that is broken.

Answers: transport, HTTP status, content type and charset, well-formed within limits, envelope,
headers that must be understood, the operation's own element (or a fault), schema. Requests climb
the same ladder without the first two rungs and with the SOAPAction header. One parse a message;
nothing here ever raises for what a peer sent.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import limits as _limits
from harness import xml
from harness.exchange import envelope, http
from harness.exchange.findings import Finding, FindingCode, verdict_of
from harness.exchange.message import Message, local_name
from harness.exchange.messages import Answer, Exchange, Problem, Request
from harness.limits import Limits
from harness.redact import shown_name, without_codes
from harness.vocabulary import Verdict
from harness.wsdl import Contract, Operation, SchemaCode, SchemaFinding

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
_NONE: frozenset[str] = frozenset()


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
) -> Judgement:
    """The verdict on what came back for a request.

    A fault with HTTP 500 is a well-judged answer: verdict passed, ``message.fault`` set; whether
    it was wanted is the scenario's business.

    Args:
        contract: the contract both sides agreed on.
        request: what was sent; its operation says which answer is due. An operation that the
            contract does not have can only be answered by a fault.
        exchange: the answer, or the problem that took its place.
        limits: what a message may cost.
        understood: Clark names of headers that another rung understands (such as security).
    """
    operation = contract.operations.get(request.operation)
    name = operation.name if operation else ""
    outcome = exchange.outcome
    if isinstance(outcome, Problem):
        return _stopped(Finding(outcome.code, seen=without_codes(outcome.detail)), name)
    finding = http.status_finding(outcome) or http.encoding_finding(outcome)
    if finding is not None:
        return _stopped(finding, name)
    if http.is_empty(outcome.body.data):
        return _empty_answer(operation)
    parts = _envelope(outcome.body.data, http.content_type(outcome), limits)
    if isinstance(parts, Finding):
        return _stopped(parts, name)
    finding = envelope.not_understood(parts, understood)
    if finding is not None:
        return _stopped(finding, name)
    return _answer_body(contract, operation, parts, outcome)


def judge_request(
    contract: Contract,
    request: Request,
    *,
    strict: bool = True,
    limits: Limits = _limits.DEFAULT,
    understood: frozenset[str] = _NONE,
) -> Judgement:
    """The verdict on a request: our own before it is sent, or a caller's when it arrives.

    Passed or failed: a request that cannot be judged is refused. The body says which operation is
    meant, and the SOAPAction header has to agree (BP 1.1 R2744).

    Args:
        contract: the contract both sides agreed on.
        request: the request; ``operation`` may be empty when only the message itself tells it.
        strict: False lets a request without SOAPAction pass (SOAP 1.1 section 6.1.1); a wrong one
            never does.
        limits: what a message may cost.
        understood: Clark names of headers that another rung understands (such as security).
    """
    judgement = _request(contract, request, strict=strict, limits=limits, understood=understood)
    if judgement.verdict is not Verdict.INCONCLUSIVE:
        return judgement
    return Judgement(Verdict.FAILED, judgement.findings, judgement.message, judgement.operation)


def _request(
    contract: Contract,
    request: Request,
    *,
    strict: bool,
    limits: Limits,
    understood: frozenset[str],
) -> Judgement:
    data = request.body.data
    if http.is_empty(data):
        return _stopped(Finding(FindingCode.EMPTY_REQUEST))
    parts = _envelope(data, request.content_type, limits)
    if isinstance(parts, Finding):
        return _stopped(parts)
    finding = envelope.not_understood(parts, understood | _declared(contract))
    if finding is not None:
        return _stopped(finding)
    operation = _operation_of(contract, parts.child, request)
    if isinstance(operation, Finding):
        return _with_message(parts, "", (operation,))
    finding = _disagreement(operation, request, strict=strict)
    if finding is not None:
        return _with_message(parts, operation.name, (finding,))
    return _with_message(parts, operation.name, _schema(contract, parts.child))


def _stopped(finding: Finding, operation: str = "") -> Judgement:
    return Judgement(verdict_of((finding,)), (finding,), None, operation)


def _with_message(
    parts: envelope.Parts, operation: str, findings: tuple[Finding, ...]
) -> Judgement:
    headers = tuple(str(entry.tag) for entry in parts.headers)
    message = Message(parts.child, headers)
    return Judgement(verdict_of(findings), (*findings, *parts.notes), message, operation)


def _empty_answer(operation: Operation | None) -> Judgement:
    if operation is not None and not operation.output:
        return Judgement(Verdict.PASSED, operation=operation.name)
    name = operation.name if operation else ""
    return _stopped(Finding(FindingCode.EMPTY_ANSWER, seen="<empty>"), name)


def _envelope(data: bytes, content_type: str | None, limits: Limits) -> envelope.Parts | Finding:
    """The rungs from the content type to the envelope."""
    finding = http.type_finding(content_type)
    if finding is not None:
        return _what_instead(data, limits) or finding
    finding = http.charset_finding(content_type or "", data)
    if finding is not None:
        return finding
    root = _parsed(data, limits)
    return root if isinstance(root, Finding) else envelope.take_apart(root)


def _parsed(data: bytes, limits: Limits) -> "_Element | Finding":
    try:
        return xml.parse(data, limits)
    except xml.Refused as refused:
        code = _REFUSALS[refused.code]
        return Finding(code, seen=f"line {refused.line}" if refused.line else "")


def _what_instead(data: bytes, limits: Limits) -> Finding | None:
    """Under a content type that is not SOAP's: whether the body is something else altogether."""
    root = _parsed(data, limits)
    found = root if isinstance(root, Finding) else envelope.take_apart(root)
    if isinstance(found, Finding) and found.code in _SOMETHING_ELSE:
        return found
    return None if http.looks_like_xml(data) else Finding(FindingCode.NOT_SOAP)


def _answer_body(
    contract: Contract, operation: Operation | None, parts: envelope.Parts, answer: Answer
) -> Judgement:
    name = operation.name if operation else ""
    if parts.child.tag == envelope.FAULT:
        return _fault(parts, answer.status, name)
    if answer.status == 500:
        seen = shown_name(str(parts.child.tag))
        finding = Finding(FindingCode.STATUS_BODY_MISMATCH, "Envelope/Body", envelope.FAULT, seen)
        return _with_message(parts, name, (finding,))
    expected = operation.output if operation else envelope.FAULT
    wrong = _wrong_element(parts.child, expected)
    return _with_message(parts, name, (wrong,) if wrong else _schema(contract, parts.child))


def _fault(parts: envelope.Parts, status: int, operation: str) -> Judgement:
    fault = envelope.read_fault(parts.child)
    if isinstance(fault, Finding):
        return _with_message(parts, operation, (fault,))
    headers = tuple(str(entry.tag) for entry in parts.headers)
    findings = parts.notes
    if status != 500:
        # SOAP 1.1 section 6.2, BP 1.1 R1126.
        findings = (Finding(FindingCode.FAULT_WITH_200, "", "500", str(status)), *findings)
    message = Message(parts.child, headers, fault)
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
        agreed = [each for each in found if each.soap_action == request.soap_action]
        return (agreed or found)[0]
    local = local_name(tag)
    named = [each for each in contract.operations.values() if local_name(each.input) == local]
    code = FindingCode.WRONG_NAMESPACE if named else FindingCode.UNKNOWN_OPERATION
    return Finding(code, "Envelope/Body", named[0].input if named else "", shown_name(tag))


def _disagreement(operation: Operation, request: Request, *, strict: bool) -> Finding | None:
    if request.operation not in {"", operation.name}:
        expected = shown_name(request.operation)
        return Finding(FindingCode.WRONG_ELEMENT, "Envelope/Body", expected, operation.name)
    action = request.soap_action
    if action == operation.soap_action or (not action and not strict):
        return None
    # The value may be anything a peer wrote, so only its length is shown.
    seen = f"<text, {len(action)} chars>" if action else "<empty>"
    return Finding(FindingCode.SOAP_ACTION, "SOAPAction", operation.soap_action, seen)


def _schema(contract: Contract, child: "_Element") -> tuple[Finding, ...]:
    return tuple(_broken_schema(found) for found in contract.validate(child))


def _broken_schema(found: SchemaFinding) -> Finding:
    if found.code is SchemaCode.INTERNAL:
        return Finding(FindingCode.SCHEMA_ENGINE, found.path)
    expected = f"{found.code}: {found.expected}" if found.expected else str(found.code)
    return Finding(FindingCode.SCHEMA, found.path, expected, found.seen)
