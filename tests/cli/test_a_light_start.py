"""What needs no message loads no message library: help and gate start fast."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.cli.support import Project

HEAVY = {"zeep", "responses", "requests", "urllib3", "pytest", "_pytest", "lxml"}
PROBE = """
import json, sys
from harness.cli import execute
code = execute(sys.argv[1:])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def loaded(project: Project, *words: str) -> tuple[int, set[str]]:
    """Exit code of a command in a fresh interpreter, and the packages it loaded."""
    with project.environment():
        # Measuring coverage loads packages of its own.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
        done = subprocess.run(
            [sys.executable, "-c", PROBE, *words],
            capture_output=True,
            text=True,
            cwd=project.folder,
            env=environment,
            check=True,
            timeout=60,
        )
    code, names = json.loads(done.stdout.splitlines()[-1])
    assert "harness" in names
    return code, set(names)


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--help"], 0), (["gate"], 1), (["replay"], 0), (["history"], 0), (["project", "show"], 0)],
)
def test_it_loads_nothing_heavy(at: Callable[[str], Project], words: list[str], code: int) -> None:
    seen, names = loaded(at("shown"), *words)
    assert seen == code
    assert names & HEAVY == set()


def test_help_loads_no_command(at: Callable[[str], Project]) -> None:
    _, names = loaded(at("shown"), "--help")
    assert names.isdisjoint({"pydantic", "eventsourcing", "cryptography", "sqlite3", "yaml"})


def test_the_probe_sees_what_a_run_loads(at: Callable[[str], Project]) -> None:
    words = ("run", "--suite", "connection", "-k", "service-answers", "--as", "claimant")
    code, names = loaded(at("shown"), *words)
    assert code == 1, "scenarios were left out"
    assert names >= HEAVY


def test_running_suites_loads_nothing_that_opens_a_ledger(at: Callable[[str], Project]) -> None:
    code, names = loaded(at("shown"), "run", "--suite", "connection", "--as", "claimant")
    assert code == 0
    assert names.isdisjoint({"eventsourcing", "sqlite3"})
