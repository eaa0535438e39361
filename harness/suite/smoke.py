"""Smoke suites for a service nobody prepared, made from its contract alone.

For each operation: the plainest valid request and, where something is optional, the fullest one,
each of which must get a valid answer, whatever it says; and one request that breaks the contract,
which must get a fault (of a one-way operation it only may). What an answer means nobody can know
from a contract: that is for the supplier to write.

A request is written as data where the same content can be built from it again, else as a file with
the whole envelope. Nothing that is random differs between two runs of this.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import yaml

from harness.errors import ContractError
from harness.exchange.findings import Finding
from harness.exchange.judge import judge_request
from harness.exchange.messages import Body, Request
from harness.exchange.render import FaultCode
from harness.exchange.soap import content_type, fault_word
from harness.identity import suspicious_codes
from harness.limits import KIB
from harness.suite.folder import SUITE_FILE
from harness.vocabulary import Verdict
from harness.wsdl import Contract, Operation
from harness.wsdl.adding import ascii_letters, slug
from harness.wsdl.components import Direction
from harness.wsdl.example import Data, Example, example
from harness.wsdl.generating import Style, chosen, seeded
from harness.wsdl.mutating import Mutation, MutationName, apply, mutants

if TYPE_CHECKING:
    from harness.wsdl.instances import Choices

CONNECTION: Final = "connection"
TESTING: Final = "testing"
_PHASES: Final = {CONNECTION: 4, TESTING: 5}
_SEEDS: Final = range(1, 9)
"""Tried in this order where the plain or the full request cannot be used."""
_MOST_BYTES: Final = 256 * KIB
"""A larger request is nothing to read; another one is made."""
_MOST_DEPTH: Final = 30
"""Data nested deeper stands in a file: scenario files are limited, too."""
_MUTATIONS_SEEN: Final = 80
_DUMPER: Final[type[yaml.SafeDumper]] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

Yaml = dict[str, object]


def smoke(contract: Contract) -> dict[str, bytes]:
    """The files of both suites: path below the scenarios folder to content.

    Raises:
        ContractError: no usable request can be made for an operation.
    """
    slugs = _slugs(contract.operations)
    files: dict[str, bytes] = {}
    for name in (CONNECTION, TESTING):
        suite = _Suite(contract, name)
        suite.describe(_health(contract))
        for operation in contract.operations.values():
            suite.add(operation, slugs[operation.name])
        files |= {f"{name}/{path}": data for path, data in suite.files.items()}
    return files


@dataclass(slots=True)
class _Broken:
    """A request that breaks the contract by one mutation."""

    mutation: Mutation
    envelope: bytes
    finding: Finding


class _Suite:
    """The files of one suite, as they come to be."""

    def __init__(self, contract: Contract, name: str) -> None:
        self.contract, self.name = contract, name
        self.files: dict[str, bytes] = {}

    def describe(self, health: Operation) -> None:
        """Write suite.yaml."""
        what = "answers" if self.name == CONNECTION else "keeps to its contract"
        plain = _usable(self.contract, health, Style.MINIMAL)
        content: Yaml = {
            "title": {"en": f"The service {what}, operation by operation"},
            "phase": _PHASES[self.name],
            "contract": self.contract.name,
            "health": {
                "call": health.name,
                **self._written("health", _needed(self.contract, health, plain)),
                "expect": {"answer": True},
            },
        }
        self.files[SUITE_FILE] = self._yaml(content)

    def add(self, operation: Operation, slug: str) -> None:
        """Write the scenarios of one operation."""
        plain = _needed(self.contract, operation, _usable(self.contract, operation, Style.MINIMAL))
        if self.name == CONNECTION:
            self._answered(operation, f"{slug}-answers", "its plainest valid request", plain)
            return
        full = _usable(self.contract, operation, Style.MAXIMAL)
        if full is not None and (full.envelope != plain.envelope or not operation.output):
            words = "a request with everything that is optional"
            self._answered(operation, f"{slug}-full", words, full)
        self._refused(operation, f"{slug}-refused", _broken(self.contract, operation))

    def _answered(self, operation: Operation, stem: str, words: str, made: Example) -> None:
        verb = "answers" if operation.output else "accepts"
        self._scenario(
            stem,
            title=f"{_short(operation.name)} {verb} {words}",
            why="Whoever calls the operation relies on what the contract promises.",
            source=f"operation {_short(operation.name)}",
            step={
                "call": operation.name,
                **self._written(stem, made),
                "expect": {"answer": True},
            },
        )

    def _refused(self, operation: Operation, stem: str, broken: _Broken) -> None:
        finding = broken.finding
        self._scenario(
            stem,
            title=f"{_short(operation.name)} refuses a request {_in_words(broken.mutation)}",
            why="What breaks the contract must not be taken as if it were right.",
            source=f"mutation {_short(broken.mutation.id)}",
            # BP 1.1 R2714: what comes back of a one-way operation holds no envelope, so no fault;
            # its full request is then what the suite requires.
            more={} if operation.output else {"obligatory": False},
            step={
                "call": operation.name,
                **self._written(stem, Example(broken.envelope, None)),
                "breaks": f"{finding.code} {finding.path}".rstrip(),
                "expect": {"fault": str(fault_word(operation.soap_version, FaultCode.CLIENT))},
            },
        )

    def _scenario(
        self,
        stem: str,
        *,
        title: str,
        why: str,
        source: str,
        step: Yaml,
        more: Mapping[str, object] | None = None,
    ) -> None:
        content: Yaml = {
            "title": {"en": title},
            "why": why,
            "source": f"generated from the contract {self.contract.ref}: {source}",
            **(more or {}),
            "tags": ["smoke"],
            "steps": [step],
        }
        self.files[f"{stem}.yaml"] = self._yaml(content)

    def _written(self, stem: str, made: Example) -> Yaml:
        """The request of a step: as data, or as a file beside."""
        if made.data is not None and _depth(made.data) <= _MOST_DEPTH:
            return {"request": made.data}
        name = f"raw/{stem}.xml"
        self.files[name] = made.envelope
        return {"raw": name}

    def _yaml(self, content: Yaml) -> bytes:
        text = yaml.dump(content, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=100)
        head = f"# Generated from the contract {self.contract.ref}; yours from now on."
        return f"{head}\n{text}".encode()


# Which requests ----------------------------------------------------------------------------------


def _health(contract: Contract) -> Operation:
    """The operation that tells whether the service answers.

    That which the contract names, else the first one that is answered, else the first.
    """
    known = list(contract.operations.values())
    if contract.health:
        return contract.operations[contract.health]
    return next((each for each in known if each.output), known[0])


def _usable(contract: Contract, operation: Operation, style: Style) -> Example | None:
    """A request that our own judge lets pass and that a scenario file may hold."""
    ways: list[Choices] = [chosen(style), *map(seeded, _SEEDS)]
    for choices in ways:
        made = example(contract, operation.name, choices)
        if _may_be_written(made.envelope):
            judged = judge_request(contract, _request(operation, made.envelope))
            if judged.verdict is Verdict.PASSED and judged.operation == operation.name:
                return made
    return None


def _needed(contract: Contract, operation: Operation, made: Example | None) -> Example:
    if made is None:
        raise ContractError(
            f"No request of the operation {_short(operation.name)} could be made that can be "
            "told from those of others and that a scenario may hold.",
            where=contract.ref,
            todo="Pin it with harness contract add, and write scenarios by hand.",
        )
    return made


def _broken(contract: Contract, operation: Operation) -> _Broken:
    """A request that our own judge refuses, by the likeliest mistake there is."""
    for mutation in sorted(_some_mutations(contract, operation), key=_likeliness):
        envelope = apply(contract, mutation)
        judged = judge_request(contract, _request(operation, envelope))
        if judged.verdict is Verdict.FAILED and judged.findings and _may_be_written(envelope):
            return _Broken(mutation, envelope, judged.findings[0])
    raise ContractError(
        f"No request of the operation {_short(operation.name)} could be made that breaks the "
        "contract.",
        where=contract.ref,
        todo="Pin it with harness contract add, and write scenarios by hand.",
    )


def _some_mutations(contract: Contract, operation: Operation) -> Iterator[Mutation]:
    """Those of the body near the root, up to the first of the likeliest kind."""
    every = (each for each, _ in mutants(contract, operation.name))
    body = (each for each in every if each.where == Direction.REQUEST)
    for mutation in islice(body, _MUTATIONS_SEEN):
        yield mutation
        if _likeliness(mutation) == 0:
            return


def _likeliness(mutation: Mutation) -> int:
    telling = list(_WORDS)
    return telling.index(mutation.name) if mutation.name in telling else len(telling)


def _request(operation: Operation, envelope: bytes) -> Request:
    kind = content_type(operation.soap_version, operation.soap_action)
    return Request(operation.name, operation.soap_action, Body(envelope), kind)


def _may_be_written(envelope: bytes) -> bool:
    """No variable by accident, no code that could be a person's, and not too large to read."""
    text = envelope.decode("utf-8")
    return len(envelope) <= _MOST_BYTES and "${" not in text and not suspicious_codes(text)


def _depth(data: Data) -> int:
    if isinstance(data, dict):
        return 1 + max(map(_depth, data.values()), default=0)
    if isinstance(data, list):
        return 1 + max(map(_depth, data), default=0)
    return 0


# Names -------------------------------------------------------------------------------------------


def _slugs(operations: Iterable[str]) -> dict[str, str]:
    """A name for files for each operation; operations that would share one are numbered."""
    found: dict[str, str] = {}
    for operation in operations:
        plain = _slug(operation)
        options = _numbered(plain)
        found[operation] = next(each for each in options if each not in found.values())
    return found


def _slug(operation: str) -> str:
    """``HaeTilaTieto`` as ``hae-tila-tieto``, in ASCII and at most 40 characters."""
    text = ascii_letters(operation)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", text)
    return slug(words)[:40].strip("-") or "operation"


def _numbered(plain: str) -> Iterator[str]:
    yield plain
    number = 2
    while True:
        yield f"{plain}-{number}"
        number += 1


_WORDS: Final[Mapping[MutationName, str]] = {
    MutationName.MISSING_REQUIRED: "without {}",
    MutationName.BAD_TYPE: "with a value of the wrong type in {}",
    MutationName.ENUMERATION: "with an unknown value in {}",
    MutationName.PATTERN: "with a value of the wrong form in {}",
    MutationName.MAX_LENGTH: "with too long a text in {}",
    MutationName.TOO_MANY: "with too many of {}",
    MutationName.EXTRA_ELEMENT: "with an unknown element in or beside {}",
    MutationName.MISSING_ATTRIBUTE: "without {}",
    MutationName.ELEMENT_IN_TEXT: "with an element in the text of {}",
    MutationName.UNKNOWN_ATTRIBUTE: "with an unknown attribute of {}",
}
"""Mistakes that are made, the likeliest first; any other comes after them."""


def _in_words(mutation: Mutation) -> str:
    """What is wrong with it, and where."""
    place = "its element" if mutation.path == "." else _short(mutation.path)
    words = _WORDS.get(mutation.name)
    return words.format(place) if words else f"with the mistake {mutation.name} at {place}"


def _short(text: str) -> str:
    """At most 120 characters: titles are for people."""
    return text if len(text) <= 120 else f"{text[:117]}..."
