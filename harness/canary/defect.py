"""A defect: what is wrong while it is planted, with the other side or with our own judge."""

from collections.abc import Callable
from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.account.settings import Settings
from harness.account.twist import AS_IT_SHOULD, Twist
from harness.classes import dataclass
from harness.exchange.findings import Finding
from harness.exchange.judge import Judgement
from harness.exchange.messages import Answer, Request
from harness.suite.model import SuiteFile

if TYPE_CHECKING:
    from harness.exchange.security.seal import Seal


class Kind(StrEnum):
    """What a defect is derived from. The order is that of the table."""

    RULE = "rule"
    """A rule of the account that it forgets."""
    CLASS = "class"
    """A class of input about which the account decides the other way."""
    LIMIT = "limit"
    """A limit of the account that is one off."""
    CODE = "code"
    """A code of the account in whose place it tells another one."""
    TOLD = "told"
    """A later state of an item that nobody is told, or told otherwise."""
    REPEATED = "repeated"
    """A text of the request that the answer repeats."""
    REQUEST = "request"
    """A broken request that is answered as if it were right."""
    FAULT = "fault"
    """A fault that is not told as SOAP demands."""
    ANSWER = "answer"
    """An element or attribute of an answer that is missing, empty, or another's."""
    SIGNATURE = "signature"
    """A signed answer that is forged, old, or not signed at all: the client has to notice."""
    WIRE = "wire"
    """An answer that is none, or not the one to this request."""
    JUDGE = "judge"
    """A finding that our own judge lets pass: a defect of ours, not of the other side."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The request that an answer is for, as the other side judged it; empty when it did not."""

    request: Request | None = None
    operation: str = ""
    findings: tuple[Finding, ...] = ()
    seal: "Seal | None" = None
    """Signed the answer; ``None`` when nobody did."""


Spoil = Callable[[Answer, Heard], Answer | None]
"""The spoilt answer; ``None`` when the defect does not concern this one."""


def _unaltered(answer: Answer, heard: Heard) -> Answer | None:
    del answer, heard
    return None


def _as_they_are(settings: Settings) -> Settings:
    return settings


def _as_judged(judgement: Judgement) -> Judgement:
    return judgement


def _as_written(content: SuiteFile) -> SuiteFile:
    return content


@dataclass(frozen=True, slots=True)
class Defect:
    """One planted defect.

    Attributes:
        name: ``kind/...``; stands in recorded evidence, so it is never given another meaning.
        kind: what it is derived from.
        what: one sentence.
        spoil: what becomes of an answer.
        settings: what becomes of the account's settings.
        twist: what the account does otherwise; ``settings`` leave it alone.
        judged: what our judge makes of its own judgement of an answer.
        content: what becomes of the rules that hold for every answer to a suite.
        unseen: why nobody can notice it, so that it is not planted; empty when somebody can.
    """

    name: str
    kind: Kind
    what: str
    spoil: Spoil = field(default=_unaltered)
    settings: Callable[[Settings], Settings] = field(default=_as_they_are)
    twist: Twist = field(default=AS_IT_SHOULD)
    judged: Callable[[Judgement], Judgement] = field(default=_as_judged)
    content: Callable[[SuiteFile], SuiteFile] = field(default=_as_written)
    unseen: str = ""

    @property
    def is_of_answers(self) -> bool:
        """It leaves alone what a suite says of every answer."""
        return self.content is _as_written


class Planted:
    """A defect in an endpoint (``harness.endpoints.mock.Spoiler``).

    Attributes:
        effects: how many answers it has altered.
    """

    def __init__(self, defect: Defect) -> None:
        self.effects = 0
        self._spoil = defect.spoil
        self._heard = Heard()

    def heard(self, request: Request, judgement: Judgement) -> None:
        """Take note of a request."""
        self._heard = Heard(request, judgement.operation, judgement.findings)

    def spoiled(self, answer: Answer, seal: "Seal | None") -> Answer:
        """The answer as the defect makes it."""
        heard, self._heard = replace(self._heard, seal=seal), Heard()
        altered = self._spoil(answer, heard)
        if altered is None:
            return answer
        self.effects += 1
        return altered
