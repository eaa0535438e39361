"""What the real service is known to let through although its schema forbids it.

One thing: HaeAsiakkaita without KyselyAlku and KyselyLoppu, as clients in production use have sent
it for years. Such a request is judged as if both stood there with ``xsi:nil``; whatever else is
wrong with it stays wrong.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from harness import limits as _limits
from harness import xml
from harness.exchange.findings import FindingCode, meaning
from harness.exchange.judge import Judgement, Referee, judge_request
from harness.exchange.messages import SOAP_11_CONTENT_TYPE, Body, Request
from harness.exchange.security.names import UNDERSTOOD
from harness.limits import Limits
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from harness.wsdl.components import XSI

if TYPE_CHECKING:
    from lxml.etree import _Element

OPERATION = "HaeAsiakkaita"
PERIOD = ("KyselyAlku", "KyselyLoppu")


def judge_tolerantly(
    contract: Contract,
    request: Request,
    *,
    limits: Limits = _limits.DEFAULT,
    referee: Referee | None = None,
) -> Judgement:
    """``judge_request``, but HaeAsiakkaita may leave out both ends of its period.

    Args:
        contract: the contract both sides agreed on.
        request: the request, as it arrived.
        limits: what a message may cost.
        referee: judges the security of the message as it arrived.
    """
    judgement = judge_request(contract, request, limits=limits, referee=referee)
    if judgement.operation != OPERATION or not _only_schema(judgement):
        return judgement
    completed = _completed(xml.parse(request.body.data, limits))
    if completed is None:
        return judgement
    whole = replace(request, body=Body(completed), content_type=SOAP_11_CONTENT_TYPE)
    understood = frozenset() if referee is None else UNDERSTOOD  # it has spoken about the original
    found = judge_request(contract, whole, limits=limits, understood=understood)
    signer = judgement.message.signer if judgement.message is not None else None
    if signer is None or found.message is None:
        return found
    return replace(found, message=found.message.signed_by(signer))


def _only_schema(judgement: Judgement) -> bool:
    """The envelope is fine and the schema is broken."""
    broken = [
        each.code for each in judgement.findings if meaning(each.code).verdict is not Verdict.PASSED
    ]
    return set(broken) == {FindingCode.SCHEMA}


def _completed(root: "_Element") -> bytes | None:
    """The message with both elements, where it has neither; ``None`` where it has one."""
    from lxml import etree  # noqa: PLC0415 - at first need

    # The envelope has been judged: its last child is the Body, which holds the operation's element.
    element = root[-1][0]
    namespace = str(element.tag).rpartition("}")[0] + "}"
    asked = element.find(f"{namespace}Kysely")
    if asked is None or any(asked.find(f"{namespace}{name}") is not None for name in PERIOD):
        return None
    at = 1 if len(asked) and asked[0].tag == f"{namespace}KyselyLaji" else 0
    for offset, name in enumerate(PERIOD):
        missing = etree.Element(f"{namespace}{name}", {f"{{{XSI}}}nil": "true"})
        asked.insert(at + offset, missing)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
