"""A supplier's system on a foreign toolkit, observed: a driver tells it what each step asks for."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.cli.support import Project, driven
from tests.interop.programs import environment, flat
from tests.interop.signers import Signers
from tests.interop.supplying import account
from tests.interop.toolkits import Toolkit

SIGNED = "signed-call-is-taken"
"""The scenario that only a toolkit with WS-Security can show."""


class System:
    """A program that does what the driver of docs/examples/supplier.py tells it.

    Attributes:
        cannot: steps that its toolkit has no way to do.
        failed: by step, the error with which the program ended what it should do.
    """

    def __init__(self, command: Sequence[str], given: Mapping[str, object], *, signs: bool) -> None:
        self._command, self._given = command, given
        self._process: subprocess.Popen[str] | None = None
        self.cannot = frozenset() if signs else frozenset({f"{SIGNED}#1"})
        self.failed: dict[str, str] = {}

    def listening(self, told: Mapping[str, str]) -> None:
        """Start the program: now it is known where to call."""
        where = {"wsdl": told["wsdl"], "signed": told.get("signed", "")}
        given = {**self._given, **where}
        added = {"SUPPLIER": json.dumps(given), **dict(flat("supplier", given))}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            self._command,
            env={**environment(), **added},
            stdin=pipe,
            stdout=pipe,
            text=True,
            encoding="utf-8",
        )

    def act(self, step: str) -> None:
        """Have the program do one step."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{step}\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert told["step"] == step
        if told["failed"]:
            self.failed[step] = told["failed"]
            self.cannot |= {step}

    def end(self) -> int:
        """Nothing more will be asked for; the program's exit code."""
        if self._process is None:
            return -1
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            return process.wait()


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of one observed run.

    Attributes:
        code: exit code of the command.
        told: what the driver wrote.
        failed: by step, what the program ended with an error.
        evidence: what the harness says of the run.
    """

    code: int
    told: str
    failed: dict[str, str]
    evidence: dict[str, Any]

    @property
    def outcomes(self) -> dict[str, str]:
        """By name of the scenario."""
        found = self.evidence["outcomes"]
        return {each["id"].partition("/")[2]: each["outcome"] for each in found}

    def findings(self, scenario: str) -> list[dict[str, str]]:
        """Those of one scenario."""
        (found,) = (e for e in self.evidence["outcomes"] if e["id"].endswith(f"/{scenario}"))
        findings: list[dict[str, str]] = found["findings"]
        return findings


@contextmanager
def _system(
    toolkit: Toolkit, command: Sequence[str], people: Signers, *, careless: bool
) -> Iterator[System]:
    files = {"own": str(people.supplier), "trusted": str(people.authority)}
    system = System(
        command, {**account(), **files, "careless": careless}, signs=not toolkit.unsigned
    )
    try:
        yield system
    finally:
        code = system.end()
    assert code == 0


def watched(
    toolkit: Toolkit,
    command: Sequence[str],
    project: Project,
    people: Signers,
    *words: str,
    careless: bool = False,
) -> Watched:
    """A whole run of ``harness observe`` or ``harness relay`` with a program as the system.

    Args:
        toolkit: what the program is written on.
        command: starts the program.
        project: where evidence is written; has none yet.
        people: who signs, and whose signatures count.
        words: the command.
        careless: the program makes its planted mistakes.
    """
    with _system(toolkit, command, people, careless=careless) as system:
        code, told = driven(project, *words, system=system)
    (file,) = project.evidence()
    said: dict[str, Any] = json.loads(file.read_bytes())["predicate"]["connectionHarness"]
    return Watched(code, told, system.failed, said)
