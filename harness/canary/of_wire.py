"""Defects of the wire: answers that are none, or not the one to this request."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.canary.defect import Defect, Heard, Kind, Spoil
from harness.endpoints.faults import FAULTS, Fault, FaultKind, FaultName, fault
from harness.endpoints.spoiling import altered
from harness.exchange.messages import Answer, Body
from harness.wsdl import Contract
from harness.wsdl.components import Direction
from harness.wsdl.generating import sample

_ELSEWHERE = {
    FaultName.OTHER_FORM: "planted under answer, for every element and attribute of every answer"
}


def of_wire(contract: Contract) -> Iterator[Defect]:
    """Every fault of the catalogue that spoils an answer, and three more."""
    for name, kind in FAULTS.items():
        if kind.kind is FaultKind.ANSWER:
            planted = fault(name)
            of = Kind.SIGNATURE if planted.signed else Kind.WIRE
            unseen = _ELSEWHERE.get(name, "")
            yield Defect(f"{of}/{name}", of, kind.what, spoil=_played(planted), unseen=unseen)
    one_way = not any(each.output for each in contract.operations.values())
    yield _of("empty-body", "Answers with HTTP status 200 and nothing.", _empty)
    yield _of("cut-body", "Half of the answer is missing, its length is right.", _cut)
    yield _of("status-500", "A good answer comes with HTTP status 500.", _failing)
    if len(contract.operations) > 1 and not one_way:
        what = "Answers with the answer of another operation."
        yield Defect(
            "wire/answer-of-another-operation",
            Kind.WIRE,
            what,
            spoil=_of_another_operation(contract),
        )


def _played(planted: Fault) -> Spoil:
    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        if answer.status != 200 or (planted.signed and heard.seal is None):
            return None
        found = altered(planted, answer, heard.seal)
        unplayable = planted.name is FaultName.ANSWER_TO_ANOTHER_REQUEST and found.status != 200
        return None if unplayable else found

    return spoil


def _of(name: str, what: str, change: Callable[[Answer], Answer]) -> Defect:
    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        del heard
        return change(answer) if answer.status == 200 and answer.body.data else None

    return Defect(f"wire/{name}", Kind.WIRE, what, spoil=spoil)


def _empty(answer: Answer) -> Answer:
    return replace(answer, body=Body(b""))


def _cut(answer: Answer) -> Answer:
    data = answer.body.data
    return replace(answer, body=Body(data[: len(data) // 2]))


def _failing(answer: Answer) -> Answer:
    return replace(answer, status=500)


def _of_another_operation(contract: Contract) -> Spoil:
    answered = [each for each in contract.operations.values() if each.output]

    def spoil(answer: Answer, heard: Heard) -> Answer | None:
        own = contract.operations.get(heard.operation)
        if own is None or not own.output or answer.status != 200:
            return None
        other = next((each for each in answered if each.output != own.output), None)
        if other is None:
            return None
        data = sample(contract, other.name, direction=Direction.RESPONSE)
        return replace(answer, body=Body(data))

    return spoil
