"""What a scenario file of an observed suite may say: what the supplier's own system has to do.

The head is that of every scenario. A step does not call: it says in three languages what somebody
is to do with the system, by what the call is recognised, and how it has to be.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from harness.classes import dataclass
from harness.endpoints.faults import Fault, fault
from harness.endpoints.protocol import Need
from harness.errors import ConfigError
from harness.i18n import Text
from harness.suite.demanded import refuse_hidden
from harness.suite.model import NEEDS, Expectation, Expected, Name, Part, Path_, Prose, ScenarioHead
from harness.suite.reading import Document, read
from harness.suite.validating import refuse_persons, validated

DEFAULT_WITHIN = 600
MAX_WITHIN = 24 * 3600
_ALONE = ("times", "answer", "save", "save_answer")


class Instruction(Part):
    """What is to be done with the system now, in every language."""

    en: Prose
    fi: Prose
    sv: Prose

    @property
    def text(self) -> Text:
        """As a text."""
        return Text(self.fi, self.sv, self.en)


class Refusal(StrEnum):
    """How the account turns a call away without having taken it."""

    MAINTENANCE = "maintenance"
    """As in a maintenance break: HTTP 503 without SOAP."""
    FAULT = "fault"
    """With a SOAP Fault of the server's side."""


class Attachments(Part):
    """How many attachments all items of a call have, and how each has to be."""

    count: Annotated[int, Field(ge=0, le=100)] = 1
    at_least: Annotated[int, Field(ge=0)] = 0
    """Bytes of the file itself, before base64."""
    pdf: bool = False
    """It is a PDF file: by its name, and by its first bytes."""


class Asked(Part):
    """How the received request has to be, besides keeping contract and rules."""

    fields: dict[Path_, Expected] = Field(default_factory=dict)
    """Values by path below the operation's element."""
    attachments: Attachments | None = None


class Observation(Part):
    """One thing that the system has to be seen doing."""

    observe: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """The operation of the contract that it has to call."""
    instruction: Instruction
    when: dict[Path_, Expected] = Field(default_factory=dict)
    """By what the call is recognised; a call that differs here is not meant by this step."""
    signed: Literal[True] | None = None
    """Only a signed call is meant, and its signature is checked."""
    within: Annotated[int, Field(ge=1, le=MAX_WITHIN)] = DEFAULT_WITHIN
    """Seconds that are waited."""
    times: Annotated[int, Field(ge=1, le=20)] = 1
    """How many such calls have to come."""
    at_most: Annotated[int, Field(ge=0, le=100)] | None = None
    """Instead: how many such calls may come until the time is over, and none has to."""
    expect: Asked = Field(default_factory=Asked)
    answer: Expectation | None = None
    """What the other side has to answer; unless given, anything valid but a Fault."""
    wire: dict[str, int | str] | None = None
    """How the account spoils its answer, having taken the call: ``fault``, and its parameters."""
    refuse: Refusal | None = None
    """How the account turns the call away, not having taken it."""
    save: dict[Name, Path_] = Field(default_factory=dict)
    """Values of the request kept for later steps as ``${saved.NAME}``."""
    save_answer: dict[Name, Path_] = Field(default_factory=dict)
    """The same of the answer."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        beside = [name for name in _ALONE if name in self.model_fields_set]
        if self.at_most is not None and beside:
            raise ValueError(f"at_most waits for the end of the time: leave out {beside[0]}")
        if self.wire is not None and self.refuse is not None:
            raise ValueError("a call is taken and its answer spoilt, or it is refused: one of them")
        if self.spoilt and (self.answer is not None or self.save_answer):
            raise ValueError("wire and refuse leave no answer to look at")
        if self.answer is not None and self.answer.problem is not None:
            raise ValueError("an answer is expected here, or a fault, but no problem")
        try:
            _ = self.misbehaviour
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def conditions(self) -> int:
        """How much it says of the call that it means."""
        return len(self.when) + bool(self.signed)

    @property
    def spoilt(self) -> bool:
        """The system does not get the right answer of this call."""
        return self.wire is not None or self.refuse is not None

    @property
    def misbehaviour(self) -> Fault | None:
        """The fault that ``wire`` names."""
        if self.wire is None:
            return None
        values = {key: value for key, value in self.wire.items() if key != "fault"}
        return fault(str(self.wire.get("fault", "")), values)

    @property
    def needs(self) -> frozenset[Need]:
        """What the other side must be brought to do for this step."""
        found = {NEEDS[self.misbehaviour.kind]} if self.misbehaviour else set()
        if self.refuse is not None:
            found |= {_REFUSALS[self.refuse]}
        return frozenset(found | ({Need.SIGNED} if self.signed else set()))


_REFUSALS = {Refusal.MAINTENANCE: Need.MAINTENANCE, Refusal.FAULT: Need.WRONG_ANSWERS}


class ObservedFile(ScenarioHead):
    """The whole scenario file: steps, or ``conduct``."""

    steps: Annotated[tuple[Observation, ...], Field(max_length=50)] = ()
    conduct: Literal[True] | None = None
    """Instead of steps: every call of the whole run keeps the contract and the rules."""

    @model_validator(mode="after")
    def _needs_what_its_steps_need(self) -> Self:
        if bool(self.steps) == bool(self.conduct):
            raise ValueError("give steps, or conduct: true; one of them")
        for number, step in enumerate(self.steps, 1):
            missing = sorted(step.needs - set(self.needs))
            if missing:
                raise ValueError(f"needs must list {', '.join(missing)}, because of step {number}")
        return self


@dataclass(frozen=True, slots=True)
class ObservedScenario:
    """One scenario of an observed suite."""

    id: str
    file: Path
    content: ObservedFile
    document: Document = field(repr=False)

    @property
    def name(self) -> str:
        """The part of the id after the suite."""
        return self.id.rpartition("/")[2]


def load_observed(file: Path) -> ObservedScenario:
    """Read one scenario file of an observed suite.

    Raises:
        ScenarioError: it breaks the format, or holds an identity code that may be a person's.
    """
    document = read(file)
    content = validated(ObservedFile, document)
    refuse_hidden(file, content)
    refuse_persons(document)
    return ObservedScenario(f"{file.parent.name}/{file.stem}", file, content, document)


Fields = Mapping[str, Expected]
