"""What a scenario has exercised: points of the contract, and short, stable marks.

Points are those of ``harness.wsdl.coverage``: which elements, attributes, choices and limits of the
contract valid messages showed, and which messages were refused for. Marks say more of values. A
mark never holds a value of a message, only its class (``non-ascii``, ``over 200 chars``), a
code, or a path. A scenario without a mark of its own could be removed and nobody would notice;
``tests/suite/test_every_scenario_counts.py`` refuses such a scenario.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.exchange.findings import Finding
from harness.exchange.judge import Judgement
from harness.exchange.message import Message
from harness.identity import is_business_id, is_personal_code
from harness.redact import shown_name
from harness.wsdl import Contract
from harness.wsdl.components import Direction

_CODE = re.compile(r"-?\d{1,3}")
_CHOICE = re.compile(r"[01]|true|false")
_NUMBER = re.compile(r"-?\d{1,18}")
_INDEX = re.compile(r"\[\d+\]")
_LENGTHS = (200, 400, 2_000, 100_000)


@dataclass(slots=True)
class Seen:
    """What the messages of one scenario have shown so far.

    Attributes:
        contract: the contract that they keep or break.
        marks: their marks.
        valid: ids of the points that messages showed which keep the contract.
        rejected: ids of the points that messages were refused for.
    """

    contract: Contract
    marks: set[str] = field(default_factory=set)
    valid: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)

    def request(self, operation: str, message: Message) -> None:
        """A request that keeps the contract."""
        self.marks.update(request_marks(operation, message))
        self.valid |= message.shown_points(self.contract, Direction.REQUEST)

    def broken(self, operation: str, judged: Judgement) -> None:
        """A request that breaks the contract on purpose."""
        self.marks.update(broken_marks(operation, judged.findings))
        if judged.message is not None:
            self.rejected |= judged.message.refused_points(self.contract, Direction.REQUEST)

    def answer(self, operation: str, message: Message | None, codes: Sequence[str]) -> None:
        """An answer that keeps the contract."""
        self.marks.update(answer_marks(operation, message, codes))
        if message is not None:
            self.valid |= message.shown_points(self.contract, Direction.RESPONSE)

    def refused_answer(self, judged: Judgement) -> None:
        """An answer that was found to be wrong, as it should be."""
        if judged.message is not None and judged.message.fault is None:
            self.rejected |= judged.message.refused_points(self.contract, Direction.RESPONSE)


def request_marks(operation: str, message: Message) -> Iterator[str]:
    """Marks of a request that keeps the contract: its paths, counts and classes of values."""
    for path, texts in message.texts_by_path().items():
        amount = "many" if len(texts) > 1 else "one"
        yield f"{operation} request {path} {amount}"
        for text in dict.fromkeys(texts):
            yield f"{operation} request {path} is {value_class(text)}"


def broken_marks(operation: str, findings: Sequence[Finding]) -> Iterator[str]:
    """Marks of a request that breaks the contract on purpose."""
    for finding in findings:
        yield f"{operation} broken {finding.code} {_INDEX.sub('', finding.path)}".rstrip()


def answer_marks(operation: str, message: Message | None, codes: Sequence[str]) -> Iterator[str]:
    """Marks of an answer: its fault, or its codes at every level and which paths it has."""
    if message is None:
        yield f"{operation} accepted"
        return
    if message.fault is not None:
        yield f"{operation} fault {shown_name(message.fault.local)}"
        return
    for path in codes:
        for text in message.texts(path):
            yield f"{operation} answer {path} {text if _CODE.fullmatch(text) else '?'}"
    for path in message.paths():
        yield f"{operation} answer {path}"


def received_marks(operation: str, message: Message, codes: Sequence[str]) -> Iterator[str]:
    """Marks of a call that came: its codes, and which paths it has."""
    for path in codes:
        for text in message.texts(path):
            yield f"{operation} received {path} {text if _CODE.fullmatch(text) else '?'}"
    for path in message.paths():
        yield f"{operation} received {path}"


def value_class(text: str) -> str:
    """The class of a value, telling nothing of a person."""
    if text == "":
        return "empty"
    if is_personal_code(text):
        return f"personal code {text[6]}"
    if is_business_id(text):
        return "business id"
    if _CHOICE.fullmatch(text):
        return text
    if _NUMBER.fullmatch(text):
        return "number"
    return f"{_length(text)} {_alphabet(text)}"


def _length(text: str) -> str:
    longer = [limit for limit in _LENGTHS if len(text) > limit]
    return f"over {longer[-1]} chars" if longer else "text"


def _alphabet(text: str) -> str:
    if text.isascii():
        return "lines" if "\n" in text else "ascii"
    return "astral" if max(text) > "\uffff" else "non-ascii"
