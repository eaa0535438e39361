"""What a scenario has exercised: points of the contract, and short, stable marks.

Points are those of ``harness.wsdl.coverage``: which elements, attributes, choices and limits of the
contract valid messages showed, and which messages were refused for. Marks say more of values. A
mark never holds a value of a message, only its class (``non-ascii``, ``over 200 chars``), a
code, or a path. A scenario without a mark of its own could be removed and nobody would notice;
``tests/suite/test_every_scenario_counts.py`` refuses such a scenario.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
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
_MANY = 10
_LIMITS = frozenset({1, 15, 100, 150, 200, 256, 400})
"""Lengths at which the service draws a line; one more is over it."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<part>\.\d+)?(?P<zone>Z|[-+]\d\d:\d\d)?")
_FILE_NAME = re.compile(r"[^\s@:/?]{1,200}\.([A-Za-z]{1,4})")


@dataclass(slots=True)
class Seen:
    """What the messages of one scenario have shown so far.

    Attributes:
        contract: the contract that they keep or break.
        closely: mark the paths, counts and classes of values of every message as well.
        marks: their marks.
        valid: ids of the points that messages showed which keep the contract.
        rejected: ids of the points that messages were refused for.
    """

    contract: Contract
    closely: bool = False
    marks: set[str] = field(default_factory=set)
    valid: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    _asked: frozenset[str] = frozenset()
    """Marks of the request under way."""
    _came: str = ""
    """What the call before came to."""

    def request(self, operation: str, message: Message, *, raw: bool = False) -> None:
        """A request that keeps the contract; ``raw`` when it was written by hand."""
        own = {f"{operation} raw"} if raw else set[str]()
        self._asked = frozenset(
            own.union(request_marks(operation, message) if self.closely else ())
        )
        self.marks |= self._asked
        self.valid |= message.shown_points(self.contract, Direction.REQUEST)

    def broken(self, operation: str, judged: Judgement) -> None:
        """A request that breaks the contract on purpose."""
        self._asked = frozenset(broken_marks(operation, judged.findings))
        self.marks |= self._asked
        if judged.message is not None:
            self.rejected |= judged.message.refused_points(self.contract, Direction.REQUEST)

    def answer(
        self,
        operation: str,
        message: Message | None,
        codes: Sequence[str],
        names: Iterable[str] = (),
        times: int = 1,
    ) -> None:
        """An answer that keeps the contract, and what came of what, for whom, after what.

        Args:
            operation: what was called.
            message: the answer; nothing where a one-way operation was accepted.
            codes: paths of codes.
            names: the roles and ids that the request names.
            times: how often the request is sent.
        """
        answered = frozenset(answer_marks(operation, message, codes))
        if self.closely and message is not None and message.fault is None:
            self.marks.update(path_marks(operation, message))
        outcomes = outcome(answered)
        together = f"{operation} {', '.join(outcomes)}"
        self.marks.update(answered, outcome_marks(self._asked, outcomes))
        self.marks.update(f"{name} in {together}" for name in names)
        self.marks.update({f"repeated {together}"} if times > 1 else ())
        self.marks.update({f"{together} after {self._came}"} if self._came else ())
        self._came = together
        if message is not None:
            self.valid |= message.shown_points(self.contract, Direction.RESPONSE)

    def refused_answer(self, judged: Judgement) -> None:
        """An answer that was found to be wrong, as it should be."""
        if judged.message is not None and judged.message.fault is None:
            self.rejected |= judged.message.refused_points(self.contract, Direction.RESPONSE)


def request_marks(operation: str, message: Message) -> Iterator[str]:
    """Marks of a request that keeps the contract: its paths, counts and classes of values."""
    for path, texts in message.texts_by_path().items():
        yield f"{operation} request {path} {_amount(len(texts))}"
        for text in dict.fromkeys(texts):
            yield f"{operation} request {path} is {value_class(text)}"


def _amount(count: int) -> str:
    return "one" if count == 1 else "many" if count <= _MANY else f"over {_MANY}"


def broken_marks(operation: str, findings: Sequence[Finding]) -> Iterator[str]:
    """Marks of a request that breaks the contract on purpose."""
    for finding in findings:
        yield f"{operation} broken {finding.code} {_INDEX.sub('', finding.path)}".rstrip()


def answer_marks(operation: str, message: Message | None, codes: Sequence[str]) -> Iterator[str]:
    """Marks of an answer: its fault, or its codes at every level."""
    if message is None:
        yield f"{operation} accepted"
        return
    if message.fault is not None:
        yield f"{operation} fault {shown_name(message.fault.local)}"
        return
    yield f"{operation} answer"
    for path in codes:
        for text in message.texts(path):
            yield f"{operation} answer {path} {text if _CODE.fullmatch(text) else '?'}"


def path_marks(operation: str, message: Message) -> Iterator[str]:
    """Marks of an answer: which paths it has, and how often."""
    for path, texts in message.texts_by_path().items():
        yield f"{operation} answer {path}"
        yield f"{operation} answers {path} {_amount(len(texts))}"


def outcome(answered: Iterable[str]) -> tuple[str, ...]:
    """What an answer comes to: its codes and its fault, as short marks without the operation."""
    found = (mark.split(" ", 1)[1] for mark in answered)
    return tuple(sorted(o for o in found if o[:6] == "fault " or _CODE.fullmatch(o.split(" ")[-1])))


def outcome_marks(asked: Iterable[str], outcomes: Sequence[str]) -> Iterator[str]:
    """Marks of what came of what: every mark of a request with every code that it got."""
    for mark in asked:
        for each in outcomes:
            yield f"{mark} gets {each}"


def received_marks(operation: str, message: Message, codes: Sequence[str]) -> Iterator[str]:
    """Marks of a call that came: its codes, and which paths it has."""
    for path in codes:
        for text in message.texts(path):
            yield f"{operation} received {path} {text if _CODE.fullmatch(text) else '?'}"
    for path in message.paths():
        yield f"{operation} received {path}"


def value_class(text: str) -> str:
    """The class of a value, telling nothing of a person."""
    if not text.strip():
        return "blank" if text else "empty"
    if is_personal_code(text):
        return f"personal code {text[6]}"
    if is_business_id(text):
        return "business id"
    if _NUMBER.fullmatch(text) or _CHOICE.fullmatch(text):
        return text if _CHOICE.fullmatch(text) else "number"
    return _written(text) or f"{_length(text)} {_alphabet(text)}"


def _written(text: str) -> str:
    """The class of a moment or of a file name; empty for anything else."""
    moment, name = _MOMENT.fullmatch(text), _FILE_NAME.fullmatch(text)
    if moment is not None:
        zone = (moment["zone"] or "no zone")[:1]
        return f"moment {zone}{' with fraction' if moment['part'] else ''}"
    return f"name .{name[1]}" if name is not None and len(text) < _LENGTHS[0] else ""


def _length(text: str) -> str:
    if {len(text), len(text) - 1} & _LIMITS:
        return f"{len(text)} chars"
    longer = [limit for limit in _LENGTHS if len(text) > limit]
    return f"over {longer[-1]} chars" if longer else "text"


def _alphabet(text: str) -> str:
    if text.isascii():
        return "lines" if "\n" in text else "ascii"
    return "astral" if max(text) > "\uffff" else "non-ascii"
