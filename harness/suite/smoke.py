"""Smoke suites for a service nobody prepared, made from its contract alone.

For each operation: the plainest valid request and, where something is optional, the fullest one,
each of which must get a valid answer, whatever it says; and one request that breaks the contract,
which must get a fault (of a one-way operation it only may). What an answer means nobody can know
from a contract: that is for the supplier to write.

Nothing that is random differs between two runs of this.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from harness.classes import dataclass
from harness.errors import ContractError
from harness.exchange.findings import Finding
from harness.exchange.judge import judge_request
from harness.exchange.render import FaultCode
from harness.exchange.soap import fault_word
from harness.suite.folder import SUITE_FILE
from harness.suite.writing import (
    LIKELIEST,
    Yaml,
    in_words,
    may_be_written,
    request_for,
    request_of,
    short,
    slugs,
    yaml_of,
)
from harness.vocabulary import Verdict
from harness.wsdl import Contract, Operation
from harness.wsdl.components import Direction
from harness.wsdl.example import Example, example
from harness.wsdl.generating import Style, chosen, seeded
from harness.wsdl.mutating import Mutation, apply, mutants

if TYPE_CHECKING:
    from harness.wsdl.instances import Choices

CONNECTION: Final = "connection"
TESTING: Final = "testing"
_PHASES: Final = {CONNECTION: 4, TESTING: 5}
_SEEDS: Final = range(1, 9)
"""Tried in this order where the plain or the full request cannot be used."""
_MUTATIONS_SEEN: Final = 80


def smoke(contract: Contract) -> dict[str, bytes]:
    """The files of both suites: path below the scenarios folder to content.

    Raises:
        ContractError: no usable request can be made for an operation.
    """
    known = slugs(contract.operations)
    files: dict[str, bytes] = {}
    for name in (CONNECTION, TESTING):
        suite = _Suite(contract, name)
        suite.describe(_health(contract))
        for operation in contract.operations.values():
            suite.add(operation, known[operation.name])
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
            title=f"{short(operation.name)} {verb} {words}",
            why="Whoever calls the operation relies on what the contract promises.",
            source=f"operation {short(operation.name)}",
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
            title=f"{short(operation.name)} refuses a request {in_words(broken.mutation)}",
            why="What breaks the contract must not be taken as if it were right.",
            source=f"mutation {short(broken.mutation.id)}",
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
        request, beside = request_of(stem, made)
        self.files |= beside
        return request

    def _yaml(self, content: Yaml) -> bytes:
        head = f"Generated from the contract {self.contract.ref}; yours from now on."
        return yaml_of(content, head)


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
        if may_be_written(made.envelope):
            judged = judge_request(contract, request_for(operation, made.envelope))
            if judged.verdict is Verdict.PASSED and judged.operation == operation.name:
                return made
    return None


def _needed(contract: Contract, operation: Operation, made: Example | None) -> Example:
    if made is None:
        raise ContractError(
            f"No request of the operation {short(operation.name)} could be made that can be "
            "told from those of others and that a scenario may hold.",
            where=contract.ref,
            todo="Pin it with harness contract add, and write scenarios by hand.",
        )
    return made


def _broken(contract: Contract, operation: Operation) -> _Broken:
    """A request that our own judge refuses, by the likeliest mistake there is."""
    for mutation in sorted(_some_mutations(contract, operation), key=_likeliness):
        envelope = apply(contract, mutation)
        judged = judge_request(contract, request_for(operation, envelope))
        if judged.verdict is Verdict.FAILED and judged.findings and may_be_written(envelope):
            return _Broken(mutation, envelope, judged.findings[0])
    raise ContractError(
        f"No request of the operation {short(operation.name)} could be made that breaks the "
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
    telling = list(LIKELIEST)
    return telling.index(mutation.name) if mutation.name in telling else len(telling)
