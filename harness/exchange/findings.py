"""What the judge can find: a closed list of codes, each with its verdict and its meaning.

Codes and verdicts are those of the tables of misbehaviour the judge is tested against. A code may
carry a detail after a colon: ``http-status:404``, ``too-large:depth``. Every string of a
``Finding`` may be stored and printed: names, numbers and lengths, never a value of a message.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from harness.classes import dataclass
from harness.exchange.messages import ProblemCode
from harness.vocabulary import Verdict


class FindingCode(StrEnum):
    """What can be wrong with a message that arrived. Problems of transport are ``ProblemCode``."""

    HTTP_STATUS = "http-status"
    """Stored with its number: ``http-status:404``."""
    NOT_AUTHORISED = "not-authorised"
    UNAVAILABLE = "unavailable"
    CONTENT_TYPE = "content-type"
    MULTIPART = "multipart"
    CHARSET = "charset"
    ENCODING = "encoding"
    EMPTY_ANSWER = "empty-answer"
    EMPTY_REQUEST = "empty-request"
    NOT_SOAP = "not-soap"
    NOT_SOAP_HTML = "not-soap:html"
    NOT_SOAP_JSON = "not-soap:json"
    NOT_WELL_FORMED = "not-well-formed"
    DTD = "dtd"
    PROCESSING_INSTRUCTION = "processing-instruction"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-large:depth"
    TOO_MANY_ATTRIBUTES = "too-large:attributes"
    TOO_MANY_ELEMENTS = "too-large:elements"
    TEXT_TOO_LONG = "too-large:text"
    NAME_TOO_LONG = "too-large:name"
    VALUE_TOO_LARGE = "too-large:value"
    SOAP_VERSION = "soap-version"
    ENVELOPE = "envelope"
    ENCODING_STYLE = "encoding-style"
    MUST_UNDERSTAND = "must-understand"
    UNKNOWN_OPERATION = "unknown-operation"
    SOAP_ACTION = "soap-action"
    WRONG_NAMESPACE = "wrong-namespace"
    WRONG_ELEMENT = "wrong-element"
    STATUS_BODY_MISMATCH = "status-body-mismatch"
    SCHEMA = "schema"
    SCHEMA_ENGINE = "schema-engine"
    WILDCARD_CONTENT = "wildcard-content"
    FAULT = "fault"
    FAULT_STRUCTURE = "fault-structure"
    FAULT_WITH_200 = "fault-with-200"
    FAULT_STATUS = "fault-status"
    CORRELATION = "correlation"
    SLOW = "slow"
    FLAKY = "flaky"
    RETRIED = "retried"
    NOT_SIGNED = "not-signed"
    SIGNATURE_PLACE = "signature-place"
    SIGNATURE_STRUCTURE = "signature-structure"
    SIGNATURE_HMAC = "signature-hmac"
    ALGORITHM_REFUSED = "algorithm-refused"
    TRANSFORM_REFUSED = "transform-refused"
    TOKEN_REFERENCE = "token-reference"  # noqa: S105 - a name of a finding
    DUPLICATE_ID = "duplicate-id"
    SIGNATURE_TARGET = "signature-target"
    BODY_NOT_SIGNED = "body-not-signed"
    TIMESTAMP_NOT_SIGNED = "timestamp-not-signed"
    TOKEN_NOT_SIGNED = "token-not-signed"  # noqa: S105 - a name of a finding
    DIGEST_WRONG = "digest-wrong"
    SIGNATURE_WRONG = "signature-wrong"
    NAMESPACE_NOT_SIGNED = "namespace-not-signed"
    SIGNER_UNTRUSTED = "signer-untrusted"
    SIGNER_EXPIRED = "signer-expired"
    SIGNER_NAME = "signer-name"
    TIMESTAMP = "timestamp"
    MESSAGE_EXPIRED = "message-expired"
    MESSAGE_FROM_THE_FUTURE = "message-from-the-future"
    MESSAGE_REPLAYED = "message-replayed"
    USERNAME_TOKEN = "username-token"  # noqa: S105 - a name of a finding
    WEAK_ALGORITHM = "weak-algorithm"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the judge found.

    Attributes:
        code: a ``FindingCode`` or ``ProblemCode``, or ``http-status:NNN``.
        path: where in the message, local names joined by ``/``; empty when there is no place.
        expected: what the rule or the contract demands.
        seen: what was there, shown as ``harness.redact`` allows.
    """

    code: str
    path: str = ""
    expected: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says: its verdict and one sentence.

    ``Verdict.PASSED`` marks a note: worth knowing, no verdict by itself.
    """

    verdict: Verdict
    text: str


def _failed(text: str) -> Meaning:
    return Meaning(Verdict.FAILED, text)


def _inconclusive(text: str) -> Meaning:
    return Meaning(Verdict.INCONCLUSIVE, text)


def _note(text: str) -> Meaning:
    return Meaning(Verdict.PASSED, text)


_PROBLEMS: Mapping[str, Meaning] = {
    ProblemCode.DNS: _inconclusive("The host name could not be resolved."),
    ProblemCode.REFUSED: _inconclusive("The host refused the connection."),
    ProblemCode.CONNECT_TIMEOUT: _inconclusive("No connection came about in time."),
    ProblemCode.READ_TIMEOUT: _inconclusive("The peer fell silent while an answer was awaited."),
    ProblemCode.DEADLINE: _inconclusive("The whole call took longer than its deadline."),
    ProblemCode.CLOSED_EARLY: _inconclusive("The peer closed before it answered."),
    ProblemCode.RESET: _inconclusive("The peer reset the connection before it answered."),
    ProblemCode.TRUNCATED: _inconclusive("The answer broke off before its announced end."),
    ProblemCode.HTTP_MALFORMED: _inconclusive("What arrived is not an HTTP answer."),
    ProblemCode.TOO_LARGE: _inconclusive("The message is larger than the byte limit in force."),
    ProblemCode.ENCODING: _inconclusive(
        "The body is not in the content encoding its header names, or in one nobody asked for."
    ),
    ProblemCode.REDIRECT: _inconclusive(
        "The peer redirected the call; redirects are not followed."
    ),
    ProblemCode.TLS_UNTRUSTED: _inconclusive("The TLS certificate is not one that is trusted."),
    ProblemCode.TLS_NAME: _inconclusive("The TLS certificate is for another host name."),
    ProblemCode.TLS_EXPIRED: _inconclusive("The TLS certificate is expired or not yet valid."),
    ProblemCode.TLS_VERSION: _inconclusive("The peer offers no TLS version that is allowed."),
    ProblemCode.TLS_CLIENT_CERT: _inconclusive("The peer did not accept our client certificate."),
    ProblemCode.TLS_NOT_TLS: _inconclusive("One side speaks TLS and the other does not."),
    ProblemCode.TLS_OTHER: _inconclusive("The TLS handshake failed for another reason."),
    ProblemCode.PROXY: _inconclusive("The proxy did not open a way to the endpoint."),
    ProblemCode.FORBIDDEN_HOST: _inconclusive("The harness may not contact this host now."),
    ProblemCode.UNREACHABLE: _inconclusive("The host could not be reached."),
}

_FINDINGS: Mapping[str, Meaning] = {
    FindingCode.HTTP_STATUS: _inconclusive(
        "The HTTP status is not one a SOAP service answers with: something in between answered."
    ),
    FindingCode.NOT_AUTHORISED: _inconclusive("The peer asks for authorisation or refuses it."),
    FindingCode.UNAVAILABLE: _inconclusive("The peer says that it cannot answer now."),
    FindingCode.CONTENT_TYPE: _failed(
        "A SOAP 1.1 message has the content type text/xml, one of SOAP 1.2 application/soap+xml."
    ),
    FindingCode.MULTIPART: _failed(
        "The message is multipart, which the contract does not declare."
    ),
    FindingCode.CHARSET: _failed(
        "The message is not in UTF-8 or UTF-16, or not in the charset its header names."
    ),
    FindingCode.EMPTY_ANSWER: _failed("The answer is empty, but the operation has an answer."),
    FindingCode.EMPTY_REQUEST: _failed("The request is empty."),
    FindingCode.NOT_SOAP: _inconclusive("The answer is no XML at all: something else answered."),
    FindingCode.NOT_SOAP_HTML: _inconclusive(
        "The answer is an HTML page, such as a login or error page of something in between."
    ),
    FindingCode.NOT_SOAP_JSON: _inconclusive("The answer is JSON: another service answered."),
    FindingCode.NOT_WELL_FORMED: _failed("The message is not well-formed XML 1.0."),
    FindingCode.DTD: _failed("A SOAP message has no document type declaration."),
    FindingCode.PROCESSING_INSTRUCTION: _failed("A SOAP message has no processing instructions."),
    FindingCode.TOO_DEEP: _inconclusive("Elements are nested deeper than the limit in force."),
    FindingCode.TOO_MANY_ATTRIBUTES: _inconclusive(
        "An element has more attributes than the limit in force."
    ),
    FindingCode.TOO_MANY_ELEMENTS: _inconclusive(
        "The message has more elements than the limit in force."
    ),
    FindingCode.TEXT_TOO_LONG: _inconclusive("A text is longer than the limit in force."),
    FindingCode.NAME_TOO_LONG: _inconclusive("A name is longer than the limit in force."),
    FindingCode.VALUE_TOO_LARGE: _inconclusive(
        "A number or a time is valid by the schema, but beyond the limit in force."
    ),
    FindingCode.SOAP_VERSION: _failed("The envelope is not one of the contract's SOAP version."),
    FindingCode.ENVELOPE: _failed(
        "The envelope is not built as SOAP and the Basic Profile demand: at most one Header, "
        "then exactly one Body with exactly one element, nothing after it."
    ),
    FindingCode.ENCODING_STYLE: _note(
        "The envelope carries encodingStyle, which the Basic Profile forbids."
    ),
    FindingCode.MUST_UNDERSTAND: _failed(
        "A header demands to be understood, and the contract does not declare it."
    ),
    FindingCode.UNKNOWN_OPERATION: _failed("The contract has no operation with this element."),
    FindingCode.SOAP_ACTION: _failed(
        "The SOAPAction header, or the action of the content type, is not the one of the body."
    ),
    FindingCode.WRONG_NAMESPACE: _failed("The element has the right name in a wrong namespace."),
    FindingCode.WRONG_ELEMENT: _failed("The body holds another element than the operation's own."),
    FindingCode.STATUS_BODY_MISMATCH: _failed(
        "The HTTP status announces a fault, but the body is none."
    ),
    FindingCode.SCHEMA: _failed("The message is not valid by the schema of the contract."),
    FindingCode.SCHEMA_ENGINE: _inconclusive("The schema processor could not come to a verdict."),
    FindingCode.WILDCARD_CONTENT: _note(
        "Something stands where the contract allows anything, so nobody has checked it."
    ),
    FindingCode.FAULT: _failed("The service answered with a fault where an answer was expected."),
    FindingCode.FAULT_STRUCTURE: _failed(
        "The fault is not built as SOAP 1.1 section 4.4, or SOAP 1.2 part 1 section 5.4, demands."
    ),
    FindingCode.FAULT_WITH_200: _failed("A fault came with an HTTP status that announces none."),
    FindingCode.FAULT_STATUS: _note(
        "The HTTP status is not the one that SOAP 1.2 has for this fault code."
    ),
    FindingCode.CORRELATION: _failed("The answer belongs to another request."),
    FindingCode.SLOW: _note("The answer came later than the contract promises."),
    FindingCode.RETRIED: _note("The answer was lost and the same request was sent again."),
    FindingCode.FLAKY: _failed("The same request was answered differently when repeated."),
}

_SECURITY: Mapping[str, Meaning] = {
    FindingCode.NOT_SIGNED: _failed("The message carries no signature, and one is required."),
    FindingCode.SIGNATURE_PLACE: _failed(
        "Security or Signature stands more than once, or not where WS-Security puts it."
    ),
    FindingCode.SIGNATURE_STRUCTURE: _failed(
        "The signature is not built as XML Signature and this harness allow."
    ),
    FindingCode.SIGNATURE_HMAC: _failed(
        "The signature is an HMAC or truncated, which proves nothing about the sender."
    ),
    FindingCode.ALGORITHM_REFUSED: _failed(
        "An algorithm or the length of the key is not one that is allowed."
    ),
    FindingCode.TRANSFORM_REFUSED: _failed(
        "A reference asks for a transform other than those that are allowed."
    ),
    FindingCode.TOKEN_REFERENCE: _failed(
        "The key is not referred to as a token of this message's Security header."
    ),
    FindingCode.DUPLICATE_ID: _failed(
        "The same id stands on more than one element, so a reference is ambiguous."
    ),
    FindingCode.SIGNATURE_TARGET: _failed(
        "A reference points to an element that is not at the place the receiver reads."
    ),
    FindingCode.BODY_NOT_SIGNED: _failed(
        "The signature is there but does not cover the Body of this envelope."
    ),
    FindingCode.TIMESTAMP_NOT_SIGNED: _failed(
        "The signature does not cover the Timestamp of this message."
    ),
    FindingCode.TOKEN_NOT_SIGNED: _failed(
        "The signature does not cover the security token, and it has to."
    ),
    FindingCode.DIGEST_WRONG: _failed("What the signature covers is not what was signed."),
    FindingCode.SIGNATURE_WRONG: _failed(
        "The signature value was not made by the key of the token over this SignedInfo."
    ),
    FindingCode.NAMESPACE_NOT_SIGNED: _failed(
        "The Body names a type by a prefix whose namespace the signature does not cover."
    ),
    FindingCode.SIGNER_UNTRUSTED: _failed(
        "The signer's certificate is neither pinned nor issued by a trusted authority."
    ),
    FindingCode.SIGNER_EXPIRED: _failed("The signer's certificate is expired or not yet valid."),
    FindingCode.SIGNER_NAME: _failed(
        "The signer's certificate has another name than the message or the endpoint's entry says."
    ),
    FindingCode.TIMESTAMP: _failed(
        "The Timestamp is missing, stands more than once or cannot be read."
    ),
    FindingCode.MESSAGE_EXPIRED: _failed("The Timestamp says that the message is no longer valid."),
    FindingCode.MESSAGE_FROM_THE_FUTURE: _failed("The Timestamp was created later than now."),
    FindingCode.MESSAGE_REPLAYED: _failed(
        "A message with this very signature was accepted before."
    ),
    FindingCode.USERNAME_TOKEN: _failed(
        "The UsernameToken is missing, misplaced, or its password is not the right one."
    ),
    FindingCode.WEAK_ALGORITHM: _note(
        "The signature is made with SHA-1, which is too weak for anything new."
    ),
}

MEANINGS: Mapping[str, Meaning] = {**_PROBLEMS, **_FINDINGS, **_SECURITY}
"""The meaning of every code; ``encoding`` and ``too-large`` are both problem and finding."""


def meaning(code: str) -> Meaning:
    """The meaning of a code, also of one with a detail such as ``http-status:404``.

    Raises:
        KeyError: the code is not one of the closed list.
    """
    found = MEANINGS.get(code)
    return MEANINGS[code.partition(":")[0]] if found is None else found


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """The verdict these findings amount to: failed before inconclusive before passed."""
    if not findings:
        return Verdict.PASSED
    verdicts = {meaning(finding.code).verdict for finding in findings}
    if Verdict.FAILED in verdicts:
        return Verdict.FAILED
    return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in verdicts else Verdict.PASSED
