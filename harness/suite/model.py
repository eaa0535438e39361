"""What a scenario file may say. Strict: an unknown key is an error that names file and line.

A suite is a folder below the scenarios folder: ``suite.yaml`` describes it, every other ``*.yaml``
directly in it is one scenario, one conversation; its id is ``suite/name`` for ever. Files that a
scenario names (raw messages, attachments) lie below the suite's folder.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StringConstraints,
    Tag,
    model_validator,
)

from harness.endpoints.faults import Fault, FaultKind, fault
from harness.endpoints.protocol import Need, Order, OwnSignature
from harness.errors import ConfigError, ScenarioError
from harness.exchange.messages import ProblemCode
from harness.exchange.render import FaultCode
from harness.vocabulary import Driver

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Path_ = Annotated[str, StringConstraints(pattern=r"^[\w.\-/@\[\]{}]+$", max_length=300)]
LocalName = Annotated[str, StringConstraints(pattern=r"^[^\W\d][\w.\-]*$", max_length=100)]
Hidden = Annotated[str, StringConstraints(min_length=3, max_length=300)]
FromRow = Annotated[str, StringConstraints(pattern=r"^\$\{row\.[a-z0-9-]+\}$")]
"""A whole value that the data row gives."""
Scalar = bool | int | float | str
Row = dict[Name, Scalar]
Request = dict[str, JsonValue]
MAX_ROWS = 200
MAX_ADVANCE = 400 * 24 * 3600
"""Seconds: more than a year."""
MAX_WITHIN = 24 * 3600
"""Seconds that a call may be waited for."""
CALLS, RECEIVES = "a step that calls", "a step that receives"


class Part(BaseModel):
    """A piece of a scenario file: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(Part):
    """A title in the languages it has been written in."""

    en: Prose
    fi: Prose | None = None
    sv: Prose | None = None


class Matcher(Part):
    """How the values at one path must be; exactly one of the keys."""

    any: Literal[True] | None = None
    """Present at least once, with any text."""
    absent: Literal[True] | None = None
    """Not present at all."""
    pattern: str | None = None
    """Every occurrence matches this regular expression, from its start to its end."""
    starts: Annotated[str, StringConstraints(min_length=1)] | None = None
    """Every occurrence starts with this text."""
    count: Annotated[int, Field(ge=0)] | None = None
    """Present exactly so many times."""
    each: Scalar | None = None
    """Every occurrence, and there is at least one, is this value."""
    unordered: tuple[Scalar, ...] | None = None
    """Exactly these values, in any order."""
    near: Annotated[int, Field(ge=0, le=MAX_ADVANCE)] | None = None
    """Every occurrence is a moment at most so many seconds from the present one."""
    one_of: Annotated[tuple[Scalar, ...], Field(min_length=1)] | None = None
    """Every occurrence, and there is at least one, is one of these values."""
    includes: Scalar | None = None
    """At least one occurrence is this value."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"exactly one of {', '.join(Matcher.model_fields)}")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from None
        return self


Expected = Scalar | tuple[Scalar, ...] | Matcher


class Expectation(Part):
    """What must come of one step: values of an answer, any answer, a fault, or a problem."""

    answer: Literal[True] | None = None
    """A valid answer of the operation, whatever it says; nothing from a one-way operation."""
    code: int | FromRow | None = None
    """The message-level code (the suite says where it stands); a row may give it."""
    fields: dict[Path_, Expected] = Field(default_factory=dict)
    """Values in the answer, by path below the operation's element."""
    fault: str | None = None
    """A SOAP Fault with this code, for instance ``Client``."""
    refused: Literal[True] | None = None
    """A fault that blames the request, or a message-level code that the suite does not list under
    ``accepted``: either way the request was not taken."""
    problem: str | None = None
    """No answer, for this reason (the closed list of problem codes); at a step with ``wire`` also
    an answer that the judge refuses with this code."""
    hides: tuple[Hidden, ...] = ()
    """Texts that stand nowhere in what comes back, be it an answer or a fault."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        values = self.code is not None or bool(self.fields)
        others = (self.answer, self.fault, self.refused, self.problem)
        if sum([values, *map(bool, others)]) != 1:
            raise ValueError(
                "expect an answer (code and fields, or answer: true alone), a fault, refused: true "
                "or a problem: one of them"
            )
        if self.hides and self.problem:
            raise ValueError("hides looks at what comes back: a problem brings nothing")
        return self

    @property
    def unusual(self) -> bool:
        """True when not an answer is expected: then the endpoint's health is asked as well."""
        return bool(self.fault is not None or self.refused or self.problem is not None)


NEEDS = {FaultKind.SOCKET: Need.FAULTS, FaultKind.ANSWER: Need.WRONG_ANSWERS}
"""What a scenario needs so that a fault of this kind can be played."""


class Retry(Part):
    """When the very same bytes are sent once more: after these problems, so many times at most."""

    after: Annotated[tuple[ProblemCode, ...], Field(min_length=1)]
    times: Annotated[int, Field(ge=1, le=5)] = 1


class Until(Part):
    """How long a step's call is made anew until its answer is as expected."""

    within: Annotated[int, Field(ge=1, le=MAX_ADVANCE)]
    """Seconds from the first call to the last."""
    every: Annotated[int, Field(ge=1, le=3600)] = 1
    """Seconds between two calls."""


class Step(Part):
    """One request and what must come of it."""

    call: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """The operation of the contract."""
    request: Request | None = None
    """The request as data; the contract gives names and order."""
    raw: str | None = None
    """A file with the whole envelope instead, below the suite's folder."""
    breaks: str | None = None
    """The rule that this request breaks on purpose: a finding code of the judge, and a path."""
    soap_action: str | None = None
    content_type: str | None = None
    wire: dict[str, int | str] | None = None
    """How the other side is told to misbehave at this step: ``fault``, and its parameters."""
    signature: OwnSignature | None = None
    """What is wrong with the signature of this call; needs ``signed`` and ``wrong-signatures``."""
    advance: Annotated[int, Field(ge=1, le=MAX_ADVANCE)] | None = None
    """Seconds of the other side's time that pass before the request; needs ``clock``."""
    repeat: Annotated[int, Field(ge=1, le=100)] = 1
    """How often the same request is sent; every answer must be as expected."""
    until: Until | None = None
    """The call is made anew, with a new message id, until its answer is as expected."""
    timeout: Annotated[float, Field(gt=0, le=600)] | None = None
    """Seconds that the answer may take, where that is less than the endpoint's deadline."""
    retry: Retry | None = None
    """What a client may do when an answer is lost: send the same request, same ids, again."""
    save: dict[Name, Path_] = Field(default_factory=dict)
    """Values of the answer kept for later steps as ``${saved.NAME}``."""
    expect: Expectation

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.request is None) == (self.raw is None):
            raise ValueError("give either request or raw")
        if self.retry is not None and self.expect.problem is not None:
            raise ValueError("a problem that is expected is not retried: leave out retry")
        if self.until is not None and (self.repeat > 1 or self.expect.problem is not None):
            raise ValueError("until waits for an answer: it goes with no repeat and no problem")
        return self

    @model_validator(mode="after")
    def _known_fault(self) -> Self:
        try:
            _ = self.misbehaviour
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def misbehaviour(self) -> Fault | None:
        """The fault that ``wire`` names."""
        if self.wire is None:
            return None
        values = {key: value for key, value in self.wire.items() if key != "fault"}
        return fault(str(self.wire.get("fault", "")), values)


class WantedCall(Part):
    """What a call that came must say."""

    fields: dict[Path_, Expected] = Field(default_factory=dict)
    """Values in the call, by path below the operation's element."""
    duplicate: bool = False
    """It is a message that came before, under the same id: it was answered as before."""
    late: bool = False
    """It tells a state that is older than one that was told before of the same item."""


class StepReply(Part):
    """How the call is answered, when not as a good receiver does; at most one of the keys."""

    answer: Request | None = None
    """The answer as data; the contract gives names and order."""
    fault: FaultCode | None = None
    """A SOAP Fault with this code, in the words of SOAP 1.1."""
    lose: Literal[True] | None = None
    """Close the connection without an answer, after the call was stored."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("exactly one of answer, fault, lose")
        return self


class ReceiveStep(Part):
    """One call of the other side that must come, and our reply."""

    receive: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """The operation of the contract that the suite listens to."""
    where: dict[Path_, Scalar] = Field(default_factory=dict)
    """Which of the calls is meant: at each path this value stands, among others perhaps."""
    within: Annotated[float, Field(gt=0, le=MAX_WITHIN)] = 30.0
    """Seconds to wait at a real endpoint; the built-in ones call at once or not at all."""
    advance: Annotated[int, Field(ge=1, le=MAX_ADVANCE)] | None = None
    """Seconds of the other side's time that pass before; needs ``clock``."""
    order: Order | None = None
    """How the other side is told to deliver the next message; needs ``redelivery``."""
    reply: StepReply | None = None
    save: dict[Name, Path_] = Field(default_factory=dict)
    """Values of the call kept for later steps as ``${saved.NAME}``."""
    expect: WantedCall = WantedCall()


def _kind_of_step(data: object) -> str:
    """Which step somebody means who writes a ``receive``; whatever else it is lacks a ``call``."""
    if isinstance(data, ReceiveStep):
        return RECEIVES
    return RECEIVES if isinstance(data, dict) and "receive" in data else CALLS


AnyStep = Annotated[
    Annotated[Step, Tag(CALLS)] | Annotated[ReceiveStep, Tag(RECEIVES)],
    Discriminator(_kind_of_step),
]


class ScenarioHead(Part):
    """What every scenario file says before its steps."""

    title: Title
    why: Prose
    """Why it matters to the supplier or to the citizen."""
    source: Prose
    """The clause or fact that it shows."""
    group: Name | None = None
    """The group of the test plan that it belongs to; one that ``suite.yaml`` lists."""
    shows: tuple[Name, ...] = ()
    """Ids of the requirements that it shows (``requirements.toml`` beside the suites)."""
    obligatory: bool = True
    needs: tuple[Need, ...] = ()
    """What the endpoint must be brought to do; where it cannot, the scenario is not realisable."""
    tags: tuple[Name, ...] = ()


class ScenarioFile(ScenarioHead):
    """The whole scenario file."""

    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=MAX_ROWS)] | str | None = None
    """Data rows, or a CSV file of them below the suite's folder: the whole conversation is held
    once for each, with its values as ``${row.NAME}``."""
    steps: Annotated[tuple[AnyStep, ...], Field(min_length=1, max_length=50)]

    @property
    def calls(self) -> tuple[Step, ...]:
        """The steps in which we call."""
        return tuple(step for step in self.steps if isinstance(step, Step))

    @property
    def receives(self) -> tuple[ReceiveStep, ...]:
        """The steps in which we are called."""
        return tuple(step for step in self.steps if isinstance(step, ReceiveStep))

    @model_validator(mode="after")
    def _same_columns(self) -> Self:
        if isinstance(self.rows, tuple):
            for number, row in enumerate(self.rows, 1):
                if set(row) != set(self.rows[0]):
                    raise ValueError(f"row {number} has other names than row 1")
        return self

    @model_validator(mode="after")
    def _says_that_it_moves_the_clock(self) -> Self:
        if any(step.advance for step in self.steps) and Need.CLOCK not in self.needs:
            raise ValueError("a step with advance moves the clock: add clock to needs")
        return self

    @model_validator(mode="after")
    def _needs_its_faults(self) -> Self:
        for number, step in enumerate(self.steps, 1):
            found = step.misbehaviour if isinstance(step, Step) else None
            need = NEEDS[found.kind] if found is not None else None
            wanted = [] if need is None else [need]
            wanted += [Need.SIGNED] if found is not None and found.signed else []
            for each in wanted:
                if each not in self.needs:
                    raise ValueError(f"step {number} has wire, so needs must list {each}")
        return self

    @model_validator(mode="after")
    def _needs_wrong_signatures(self) -> Self:
        for each in (Need.SIGNED, Need.WRONG_SIGNATURES):
            if any(step.signature for step in self.calls) and each not in self.needs:
                raise ValueError(f"a step with signature signs wrongly: add {each} to needs")
        return self

    @model_validator(mode="after")
    def _needs_to_be_called(self) -> Self:
        if self.receives and Need.RETURN_CHANNEL not in self.needs:
            raise ValueError("a step with receive waits for a call: add return-channel to needs")
        if any(step.order for step in self.receives) and Need.REDELIVERY not in self.needs:
            raise ValueError("a step with order tells how to deliver: add redelivery to needs")
        return self


class ParityRule(Part):
    """What may differ between our account and the service; exactly one of the keys but path."""

    path: Path_
    """Of an element or attribute, without indexes; it fits every path that ends so."""
    any: Literal[True] | None = None
    """Any value, where both have one."""
    ignore: Literal[True] | None = None
    """Whatever it is, and whether it is there."""
    starts: Annotated[int, Field(ge=1, le=1000)] | None = None
    """A free text: so many of its first characters count."""
    within: Annotated[int, Field(ge=0)] | None = None
    """A time: seconds that the two may lie apart."""
    unordered: Path_ | None = None
    """Repeated elements in any order: the child or ``@Attribute`` that tells one from another."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set - {"path"}) != 1:
            raise ValueError("exactly one of any, ignore, starts, within, unordered")
        return self


class SuiteFile(Part):
    """``suite.yaml``: what a whole suite says of itself."""

    title: Title
    phase: Annotated[int, Field(ge=0, le=29)]
    """The phase of the joining process that this suite shows."""
    contract: str
    """Name of the interface it speaks, without version."""
    listens: str | None = None
    """Name of the interface by which the other side calls us. Without it no step may receive."""
    driver: Driver = Driver.HARNESS
    """Who sends the messages: the harness, or the supplier's own system, which is observed."""
    health: Step | None = None
    """A harmless call that must pass around every expected fault or problem; without ``wire``. A
    suite that is observed has none, every other one has."""
    code: Path_ | None = None
    """Path of the message-level code; ``{operation}`` stands for the operation's name. Without it
    no step may expect a code."""
    codes: tuple[Path_, ...] = ()
    """Paths of further codes that count as covered when seen."""
    accepted: tuple[int, ...] = ()
    """Message-level codes that say that a request was taken; without them only faults refuse."""
    generated: dict[LocalName, Scalar | None] = Field(default_factory=dict)
    """What generated requests say in elements and attributes of these names instead of anything
    random, ``${...}`` included; ``null`` leaves out what may be left out."""
    slow_after: Annotated[float, Field(gt=0)] | None = None
    """Seconds that an answer may take; one that takes longer is noted, which is no verdict."""
    parity: tuple[ParityRule, ...] = ()
    """What parity excuses, before the rules that the harness has for the account."""
    correlation: tuple[Path_, Path_] | None = None
    """Paths of the message id in the request and of its echo in the answer."""
    groups: dict[Name, Title] = Field(default_factory=dict)
    """Titles of the groups of the test plan, in its order."""
    fragments: dict[Name, Request] = Field(default_factory=dict)
    """Pieces of requests, used as ``{$use: NAME}``."""

    @model_validator(mode="after")
    def _healthy(self) -> Self:
        if (self.health is None) != (self.driver is Driver.SYSTEM):
            raise ValueError("health is needed, and only in a suite that the harness drives")
        if self.health is not None and self.health.wire is not None:
            raise ValueError("health cannot have wire: it shows that the other side is well")
        return self

    @property
    def harmless(self) -> Step:
        """The health call.

        Raises:
            ScenarioError: the suite is observed and calls nobody.
        """
        if self.health is None:
            raise ScenarioError("an observed suite calls nobody", todo="Use harness observe.")
        return self.health
