"""Defects of our own judge: it lets pass what it has to find in an answer.

Whoever accepts an answer in the wrong namespace, with a forged signature, or none at all notices
nothing of such a peer. These are defects of ours, planted by wrapping what the judge of a run says;
scenarios in which the other side misbehaves on purpose have to notice them.
"""

from collections.abc import Callable, Iterator, Mapping

from harness.canary.defect import Defect, Kind
from harness.endpoints.faults import FaultName
from harness.exchange.findings import FindingCode, meaning
from harness.exchange.judge import Judgement
from harness.exchange.messages import ProblemCode
from harness.suite.model import SuiteFile
from harness.vocabulary import Verdict

Code = FindingCode | ProblemCode
FOUND: Mapping[FaultName, tuple[Code, ...]] = {
    FaultName.CONNECTION_RESET: (ProblemCode.RESET, ProblemCode.TRUNCATED),
    FaultName.EMPTY_RESPONSE: (ProblemCode.CLOSED_EARLY,),
    FaultName.MALFORMED_CHUNK: (ProblemCode.HTTP_MALFORMED,),
    FaultName.RANDOM_THEN_CLOSE: (ProblemCode.HTTP_MALFORMED,),
    FaultName.LATENCY: (ProblemCode.READ_TIMEOUT,),
    FaultName.BANDWIDTH: (ProblemCode.DEADLINE,),
    FaultName.SLOW_CLOSE: (),
    FaultName.TIMEOUT: (ProblemCode.READ_TIMEOUT,),
    FaultName.TRUNCATION: (ProblemCode.TRUNCATED,),
    FaultName.SLICER: (),
    FaultName.WRONG_CONTENT_TYPE: (FindingCode.CONTENT_TYPE,),
    FaultName.HTML: (FindingCode.NOT_SOAP_HTML,),
    FaultName.WRONG_CHARSET: (FindingCode.CHARSET,),
    FaultName.UNAVAILABLE: (FindingCode.UNAVAILABLE,),
    FaultName.REDIRECT: (ProblemCode.REDIRECT,),
    FaultName.GZIP_BOMB: (FindingCode.TOO_LARGE,),
    FaultName.WRONG_NAMESPACE: (FindingCode.WRONG_NAMESPACE,),
    FaultName.TWO_BODIES: (FindingCode.ENVELOPE,),
    FaultName.FAULT_WITH_200: (FindingCode.FAULT_WITH_200,),
    FaultName.ANSWER_TO_ANOTHER_REQUEST: (FindingCode.CORRELATION,),
    FaultName.OTHER_FORM: (FindingCode.SCHEMA,),
    FaultName.UNSIGNED_ANSWER: (FindingCode.NOT_SIGNED,),
    FaultName.EXPIRED_ANSWER: (FindingCode.MESSAGE_EXPIRED,),
    FaultName.FUTURE_ANSWER: (FindingCode.MESSAGE_FROM_THE_FUTURE,),
    FaultName.REPLAYED_ANSWER: (FindingCode.MESSAGE_REPLAYED,),
    FaultName.TAMPERED_ANSWER: (FindingCode.DIGEST_WRONG,),
    FaultName.WRAPPED_ANSWER: (FindingCode.SIGNATURE_TARGET,),
    FaultName.DUPLICATE_ID: (FindingCode.DUPLICATE_ID,),
    FaultName.REFUSED_ALGORITHM: (FindingCode.ALGORITHM_REFUSED,),
    FaultName.HMAC_TRUNCATION: (FindingCode.SIGNATURE_HMAC,),
    FaultName.FOREIGN_KEY: (FindingCode.SIGNER_UNTRUSTED,),
    FaultName.KEY_IN_MESSAGE: (FindingCode.TOKEN_REFERENCE,),
    FaultName.COMMENT_INJECTION: (FindingCode.DIGEST_WRONG,),
    FaultName.FORBIDDEN_TRANSFORM: (FindingCode.TRANSFORM_REFUSED,),
    FaultName.ONLY_TIMESTAMP_SIGNED: (FindingCode.BODY_NOT_SIGNED,),
    FaultName.NAMESPACE_INJECTION: (FindingCode.NAMESPACE_NOT_SIGNED,),
}
"""What our client and judge have to make of each fault of the catalogue (docs/serve.md)."""
_UNSEEN: Mapping[str, str] = {
    ProblemCode.READ_TIMEOUT: "seconds of silence; a scenario's own timeout ends it as deadline",
    FindingCode.SCHEMA: "planted under answer, for every element and attribute of every answer",
}


def of_judging() -> Iterator[Defect]:
    """One for everything that a fault of the catalogue has to be found as."""
    for code in dict.fromkeys(code for codes in FOUND.values() for code in codes):
        what = f"Our own judge lets pass: {meaning(code).text}"
        name, unseen = f"{Kind.JUDGE}/{code}", _UNSEEN.get(code, "")
        if code is FindingCode.CORRELATION:
            # Not the judge's, but a rule that a suite has for all its answers.
            yield Defect(name, Kind.JUDGE, what, content=_comparing_no_ids)
        else:
            yield Defect(name, Kind.JUDGE, what, judged=_passing(code), unseen=unseen)


def _comparing_no_ids(content: SuiteFile) -> SuiteFile:
    return content.model_copy(update={"correlation": None})


def _passing(code: str) -> Callable[[Judgement], Judgement]:
    def judged(judgement: Judgement) -> Judgement:
        if not judgement.findings or judgement.findings[0].code != code:
            return judgement
        return Judgement(Verdict.PASSED, (), judgement.message, judgement.operation)

    return judged
