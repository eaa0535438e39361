"""What a scenario has shown: points of the contract, operations that answered, and codes.

Points are those of ``harness.wsdl.coverage``: which elements, attributes, choices and limits of the
contract valid messages showed, and which messages were refused for. Marks are of operations and
codes: ``LisaaKohteita answer``, ``LisaaKohteita answer PATH 200``, ``VieKohdeTiloja received PATH
220``; and of calls that were sent again: ``LahetaViesti retried after truncated``. A mark never
holds a value of a message but a code.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import field

from harness.classes import dataclass
from harness.exchange.judge import Judgement
from harness.exchange.message import Message
from harness.wsdl import Contract
from harness.wsdl.components import Direction

_CODE = re.compile(r"-?\d{1,3}")


@dataclass(slots=True)
class Seen:
    """What the messages of one scenario have shown so far.

    Attributes:
        contract: the contract that they keep or break.
        marks: of operations and codes.
        valid: ids of the points that messages showed which keep the contract.
        rejected: ids of the points that messages were refused for.
    """

    contract: Contract
    marks: set[str] = field(default_factory=set)
    valid: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)

    def request(self, message: Message) -> None:
        """A request that keeps the contract."""
        self.valid |= message.shown_points(self.contract, Direction.REQUEST)

    def broken(self, judged: Judgement) -> None:
        """A request that breaks the contract on purpose."""
        if judged.message is not None:
            self.rejected |= judged.message.refused_points(self.contract, Direction.REQUEST)

    def answer(self, operation: str, message: Message | None, codes: Sequence[str]) -> None:
        """An answer that keeps the contract.

        Args:
            operation: what was called.
            message: the answer; nothing where a one-way operation was accepted.
            codes: paths of codes.
        """
        self.marks.update(answer_marks(operation, message, codes))
        if message is not None:
            self.valid |= message.shown_points(self.contract, Direction.RESPONSE)

    def refused_answer(self, judged: Judgement) -> None:
        """An answer that was found to be wrong, as it should be."""
        if judged.message is not None and judged.message.fault is None:
            self.rejected |= judged.message.refused_points(self.contract, Direction.RESPONSE)


def answer_marks(operation: str, message: Message | None, codes: Sequence[str]) -> Iterator[str]:
    """Marks of an answer: that there is one, and its codes at every level; none of a fault."""
    if message is None:
        yield f"{operation} accepted"
    elif message.fault is None:
        yield f"{operation} answer"
        yield from _codes(f"{operation} answer", message, codes)


def received_marks(operation: str, message: Message, codes: Sequence[str]) -> Iterator[str]:
    """Marks of a call that came: its codes."""
    yield from _codes(f"{operation} received", message, codes)


def _codes(what: str, message: Message, paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        for text in message.texts(path):
            yield f"{what} {path} {text if _CODE.fullmatch(text) else '?'}"
