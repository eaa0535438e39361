"""Our client and our judge against a foreign receiver of the return channel."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lxml import etree

from harness.account.citizens import CitizenMessage, Draft, File
from harness.account.codes import TargetCode
from harness.account.outbox import Push, PushedState, request
from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.exchange.judge import Judgement, judge_answer
from harness.exchange.messages import Answer, Body
from harness.exchange.security.signing import ACCOUNT, sign
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract, find
from tests.interop.cases import ATTACHMENT, TEXT
from tests.interop.receiving import AUTHORITY, CONTRACT, Receiver, receiving
from tests.interop.serving import ROOT
from tests.interop.signers import Signers

CUSTOMER = "140581-9011"
_AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
_SERVICE = "ESIMERKKIKUNTA_VIESTIT"
_STATE = PushedState(f"kohde-1 {TEXT}", "AT000000000001", CUSTOMER, "SSN", TargetCode.READ, _AT)
_CONFIRMED = replace(_STATE, account_id="AT000000000002", code=TargetCode.CONFIRMED)
_FILE = File("päätös_åäö.pdf", b64encode(ATTACHMENT).decode(), "application/pdf")
_DRAFT = Draft("active", TEXT, f"Ensimmäinen rivi\n{TEXT}", files=(_FILE,))
_WRITTEN = CitizenMessage("AK000000000002", CUSTOMER, "SSN", _DRAFT)
STATES = Push(1, _AT, AUTHORITY, _SERVICE, (_STATE, _CONFIRMED))
MESSAGE = Push(2, _AT, AUTHORITY, _SERVICE, message=_WRITTEN)
STRANGER = replace(STATES, number=3, authority="TUNTEMATON")
SIGNED = replace(STATES, number=4)
_LAST = replace(STATES, number=5)


@cache
def contract() -> Contract:
    """That of the return channel."""
    return find(CONTRACT, [ROOT / "contracts"])


def asked(command: Sequence[str], people: Signers, *, verifies: bool) -> dict[str, object]:
    """What was seen in each case of a server.

    Args:
        command: starts the receiver.
        people: who signs, and whom the receiver trusts.
        verifies: whether it is told whom to trust; then it takes signed calls only.
    """
    seen: dict[str, object] = {}
    with receiving(command) as receiver:
        judged, answer = _call(receiver, STATES)
        seen["states"] = _told(judged)
        seen["statesArrived"] = _arrived(receiver)
        seen["ownPrefixes"] = _prefixes(answer)
        judged, _ = _call(receiver, MESSAGE)
        seen["message"] = _told(judged)
        seen["messageArrived"] = _arrived(receiver)
        _call(receiver, STATES)
        seen["twice"] = receiver.call().get("new")
        judged, answer = _call(receiver, STRANGER)
        seen["refused"] = _told(judged) | {"status": answer.status}
        receiver.call()
        if not verifies:
            seen["signed"] = _signed(receiver, people, verifies=False)
    if verifies:
        trusting = {"own": str(people.account), "trusted": str(people.authority)}
        with receiving(command, trusting=trusting) as receiver:
            seen["signed"] = _signed(receiver, people, verifies=True)
    return seen


def _signed(receiver: Receiver, people: Signers, *, verifies: bool) -> dict[str, Any]:
    """What came of a signed call: whatever is said before the next one is said of it."""
    judged, _ = _call(receiver, SIGNED, people)
    _call(receiver, _LAST, people if verifies else None)
    said = []
    while (call := receiver.call())["SanomaTunniste"] != _LAST.message_id:
        said.append({"signed": call.get("signed")})
    return {**_told(judged), "taken": said}


def _call(
    receiver: Receiver, push: Push, people: Signers | None = None
) -> tuple[Judgement, Answer]:
    """Our judge's word on the answer to a message, and the answer."""
    sent = request(contract(), push, receiver.url)
    if people is not None:
        data = sign(sent.body.data, people.identity, ACCOUNT, datetime.now(UTC))
        sent = replace(sent, body=Body(data))
    with HttpClient(allowed(receiver.url, Level.TEST)) as client:
        exchange = client.send(sent)
    assert isinstance(exchange.outcome, Answer), exchange.outcome
    return judge_answer(contract(), sent, exchange), exchange.outcome


def _told(judged: Judgement) -> dict[str, Any]:
    """Verdict and findings, and what the answer says: leaves by their names, or the Fault."""
    seen: dict[str, Any] = {"verdict": str(judged.verdict)}
    if judged.findings:
        seen["findings"] = [str(finding.code) for finding in judged.findings]
    message = judged.message
    if message is None or judged.verdict is not Verdict.PASSED:
        return seen
    if message.fault is not None:
        return {**seen, "fault": message.fault.local, "text": message.text("faultstring")}
    texts = message.texts_by_path().items()
    return seen | {path.rpartition("/")[2]: text for path, (text, *_) in texts if text.strip()}


def _arrived(receiver: Receiver) -> dict[str, Any]:
    call = receiver.call()
    assert call.pop("paluukanavaUrl") == receiver.url
    assert call.pop("outcome") == "answered"
    assert call.pop("new")
    return call


def _prefixes(answer: Answer) -> list[str]:
    root = etree.fromstring(answer.body.data)
    content = root.find("{*}Body/{*}VieKohdeTilojaResponse")
    assert content is not None
    return [root.prefix or "", content.prefix or ""]
