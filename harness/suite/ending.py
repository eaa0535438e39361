"""How a scenario ends before its last step."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import ScenarioError
from harness.exchange.findings import Finding
from harness.vocabulary import Verdict


class NotAsExpected(Exception):
    """Ends a scenario with a verdict; the runner turns it into a result."""

    def __init__(self, verdict: Verdict, findings: tuple[Finding, ...]) -> None:
        super().__init__(verdict)
        self.verdict = verdict
        self.findings = findings


@contextmanager
def at(where: str) -> Iterator[None]:
    """Give an error of the contract the place of the scenario that caused it."""
    try:
        yield
    except ScenarioError as error:
        if error.where:
            raise
        raise ScenarioError(error.what, where=where, todo=error.todo) from None
