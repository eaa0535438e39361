"""Scenarios of one drawn message: a valid one must be accepted, one with one mistake refused.

Wherever a suite fixes a name (``generated`` in suite.yaml; for the account there are rules of ours)
a drawn message says exactly that: customers are those of the endpoint's roles, ids carry the run,
nobody is called, written to or printed for. Everything else is whatever the contract allows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, Protocol

from harness.account.choosing import is_account
from harness.classes import dataclass
from harness.endpoints.protocol import Endpoint
from harness.exchange.judge import judge_request
from harness.redact import shown, shown_name
from harness.suite.drawing import Pick
from harness.suite.model import Scalar
from harness.suite.runner import Connection, values_for
from harness.suite.suites import Suite
from harness.suite.variables import fill_raw
from harness.suite.writing import (
    Yaml,
    in_words,
    may_be_written,
    request_for,
    request_of,
    short,
)
from harness.vocabulary import Verdict, counted
from harness.wsdl import Contract, Operation
from harness.wsdl.components import Attribute, Direction, Particle
from harness.wsdl.example import Example, example
from harness.wsdl.generating import Drawn, Plain, envelope, instance, part_of
from harness.wsdl.instances import Node
from harness.wsdl.mutating import Mutation, mutated
from harness.wsdl.sites import Part

Fixed = Mapping[str, str | None]
"""Local name of an element or attribute to its text; nothing where it is to be left out."""

_ACCOUNT: Final[Fixed] = {
    "ViranomaisTunnus": "${ids.authority}",
    "PalveluTunnus": "${ids.service}",
    "KayttajaTunnus": "${ids.user}",
    "SanomaTunniste": "${message}",
    "SanomaVarmenneNimi": "${ids.certificate-name}",
    "AsiakasTunnus": "${role.active.id}",
    "TunnusTyyppi": "${role.active.type}",
    "ViranomaisTunniste": "${item.a}",
    "Tulostustoimittaja": "${ids.print-provider}",
    "LahetaTulostukseen": "false",
    "Matkapuhelin": None,
    "Sahkoposti": None,
    "TavoitettavuusTietoEmail": None,
    "TavoitettavuusTietoSMS": None,
    "ViranomaisenEmail": None,
}
"""The account's own: a test is never printed, and nobody gets a message on a telephone."""
_MOST_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario that is not yet a file.

    Attributes:
        content: all that its file says.
        files: what it names, by path below the suite's folder.
        told: what is special about it, a line each, without any value of a message.
    """

    content: Yaml = field(repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    told: tuple[str, ...] = ()


class Maker(Protocol):
    """Makes scenarios that show one property of a service."""

    @property
    def name(self) -> str:
        """Of the property, fit for a file name."""

    @property
    def title(self) -> str:
        """What must hold."""

    def make(self, pick: Pick, stem: str) -> Draft | None:
        """A scenario from drawn numbers; nothing where these numbers make none.

        Args:
            pick: draws.
            stem: name of the scenario and of files beside it.
        """


def fixed_for(suite: Suite, contract: Contract, endpoint: Endpoint) -> Fixed:
    """What drawn messages say in certain places, as suite, contract and endpoint have it.

    An id that the endpoint's entry does not map is left out.
    """
    own = {name: _text(value) for name, value in suite.content.generated.items()}
    known = _ACCOUNT if is_account(contract) else {}
    mapped = {f"${{ids.{name}}}" for name in endpoint.ids}
    return {
        **{
            name: None if text and text.startswith("${ids.") and text not in mapped else text
            for name, text in known.items()
        },
        **own,
    }


def _text(value: Scalar | None) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


class _Told(Protocol):
    """Choices that leave some places to others."""

    fixed: Fixed


def _fixed_times(choices: _Told, path: str, particle: Particle, at: str) -> int | None:
    name = path.rpartition("/")[2]
    if at or name not in choices.fixed:
        return None
    return particle.minimum if choices.fixed[name] is None else max(1, particle.minimum)


class _Random(Drawn):
    """Draws everything but what is fixed."""

    def __init__(self, pick: Pick, fixed: Fixed) -> None:
        super().__init__(pick)
        self.fixed = fixed

    def times(self, path: str, particle: Particle, *, at: str, wanted: bool) -> int:
        """Once where its text is fixed."""
        found = _fixed_times(self, path, particle, at)
        return super().times(path, particle, at=at, wanted=wanted) if found is None else found

    def attribute(self, path: str, declared: Attribute) -> bool:
        """There where its text is fixed."""
        name = path.rpartition("@")[2]
        if name in self.fixed:
            return self.fixed[name] is not None
        return super().attribute(path, declared)

    def nil(self, path: str) -> bool:
        """Never where its text is fixed."""
        return not self.fixed.get(_last(path)) and super().nil(path)

    def text(self, path: str) -> str | None:
        """As fixed."""
        return self.fixed.get(_last(path))


class _Plainest(Plain):
    """Nothing that is optional, but for what is fixed."""

    def __init__(self, fixed: Fixed) -> None:
        super().__init__()
        self.fixed = fixed

    def times(self, path: str, particle: Particle, *, at: str, wanted: bool) -> int:
        """Once where its text is fixed."""
        found = _fixed_times(self, path, particle, at)
        return super().times(path, particle, at=at, wanted=wanted) if found is None else found

    def text(self, path: str) -> str | None:
        """As fixed."""
        return self.fixed.get(_last(path))


def _last(path: str) -> str:
    return path.rpartition("/")[2].removeprefix("@")


@dataclass(frozen=True, slots=True)
class Accepted:
    """Whatever an operation may be asked by the contract gets a valid answer, whatever it says."""

    contract: Contract
    operation: Operation
    fixed: Fixed
    slug: str

    @property
    def name(self) -> str:
        """Of the property."""
        return f"{self.slug}-accepted"

    @property
    def title(self) -> str:
        """What must hold."""
        verb = "answers" if self.operation.output else "accepts"
        return f"{short(self.operation.name)} {verb} what the contract allows"

    def make(self, pick: Pick, stem: str) -> Draft | None:
        """A valid request."""
        made = example(self.contract, self.operation.name, _Random(pick, self.fixed))
        if not _writable(made.envelope, self.fixed):
            return None
        request, files = request_of(stem, made)
        told = _difference(self.contract, self.operation, made.envelope, self.fixed)
        return Draft(
            _scenario(
                self.title,
                "Whoever calls the operation relies on what the contract promises.",
                "a valid message",
                {"call": self.operation.name, **request, "expect": {"answer": True}},
            ),
            files,
            tuple(told),
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is valid but for one mistake is refused: by a fault, or by a code."""

    contract: Contract
    operation: Operation
    fixed: Fixed
    slug: str
    connection: Connection

    @property
    def name(self) -> str:
        """Of the property."""
        return f"{self.slug}-refused"

    @property
    def title(self) -> str:
        """What must hold."""
        return f"{short(self.operation.name)} refuses what the contract forbids"

    def make(self, pick: Pick, stem: str) -> Draft | None:
        """A request with one mistake that our own judge finds."""
        mutation, written = self._spoilt(pick)
        if not _writable(written, self.fixed):
            return None
        filled = fill_raw(written, values_for(stem, self.connection), stem)
        judged = judge_request(self.contract, request_for(self.operation, filled))
        if judged.verdict is not Verdict.FAILED or not judged.findings:
            return None
        first = judged.findings[0]
        request, files = request_of(stem, Example(written, None))
        step = {
            "call": self.operation.name,
            **request,
            "breaks": f"{first.code} {first.path}".rstrip(),
            "expect": {"refused": True},
        }
        return Draft(
            _scenario(
                f"{short(self.operation.name)} refuses a request {in_words(mutation)}",
                "What breaks the contract must not be taken as if it were right.",
                f"mutation {short(mutation.id)}",
                step,
            ),
            files,
            (
                f"mistake {mutation.name} at {shown_name_path(mutation.path)}",
                *_difference(self.contract, self.operation, written, self.fixed),
            ),
        )

    def _spoilt(self, pick: Pick) -> tuple[Mutation, bytes]:
        body = part_of(self.contract, self.operation.name, Direction.REQUEST)
        choices = _Random(pick, self.fixed)
        mutation, root = mutated(self.contract, body, choices, pick)

        def make(part: Part) -> Node:
            return root if part == body else instance(self.contract, part, choices)

        return mutation, envelope(self.contract, self.operation.name, Direction.REQUEST, make)


def shown_name_path(path: str) -> str:
    """A path of names, each as it may be shown."""
    return "/".join(
        step if step in {".", "*"} else shown_name(step.lstrip("@")) for step in path.split("/")
    )


def _writable(written: bytes, fixed: Fixed) -> bool:
    """Whether it may stand in a file once all that is fixed is left out of sight."""
    text = written.decode("utf-8")
    for value in fixed.values():
        text = text.replace(value, "") if value else text
    return may_be_written(text.encode())


def _scenario(title: str, why: str, source: str, *steps: Yaml) -> Yaml:
    return {
        "title": {"en": title},
        "why": why,
        "source": source,
        "tags": ["generated"],
        "steps": list(steps),
    }


def _difference(
    contract: Contract, operation: Operation, written: bytes, fixed: Fixed
) -> Iterator[str]:
    """How a message differs from the plainest valid one: a line for each path, values redacted."""
    plain = example(contract, operation.name, _Plainest(fixed)).envelope
    before, after = _texts(contract, operation, plain), _texts(contract, operation, written)
    lines = []
    for path in sorted({*before, *after}):
        was, now = before.get(path, []), after.get(path, [])
        if was != now:
            lines += [f"- {path} {_shown(was)}"] if was else []
            lines += [f"+ {path} {_shown(now)}"] if now else []
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"... and {counted(len(lines) - _MOST_LINES, 'line')} more"


def _texts(contract: Contract, operation: Operation, written: bytes) -> dict[str, list[str]]:
    judged = judge_request(contract, request_for(operation, written))
    return judged.message.texts_by_path() if judged.message is not None else {}


def _shown(texts: Sequence[str]) -> str:
    return ", ".join(shown(text) for text in texts[:5]) + (" ..." if len(texts) > 5 else "")
