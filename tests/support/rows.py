"""Tables of rows that tests show, as ``tox -e attacks`` and ``tox -e crash`` end with them.

A test is named by the beginning of its id, so one line may stand for several parameters; all of
them have to pass. A row without a test says what it waits for, or why nothing can show it.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its name, the beginnings of the ids of its tests, and what is told instead of them.

    Attributes:
        name: of the row.
        tests: beginnings of ids, below ``tests/``.
        waits: what it waits for; such a row has no tests.
        undetectable: why no check of ours can see it, tests or not.
    """

    name: str
    tests: tuple[str, ...] = ()
    waits: str = ""
    undetectable: str = ""


def ids_of(row: Row, ids: Iterable[str]) -> dict[str, list[str]]:
    """The ids that each test of a row stands for."""
    return {test: [each for each in ids if each.startswith(f"tests/{test}")] for test in row.tests}


def outcomes(terminal: pytest.TerminalReporter) -> dict[str, str]:
    """What became of each test of a run."""
    return {
        report.nodeid: outcome
        for outcome in ("passed", "failed", "error", "skipped")
        for report in terminal.getreports(outcome)
        if isinstance(report, pytest.TestReport)
    }


def came_to(row: Row, ended: dict[str, str]) -> str:
    """One word for a row; ``told``: it cannot be detected, and what can be shown of it passed."""
    if row.waits:
        return "waits"
    shown = ids_of(row, ended)
    if not all(shown.values()):
        return "not run"
    found = {ended[each] for ids in shown.values() for each in ids}
    if found - {"passed"}:
        return "FAILED"
    return "told" if row.undetectable else "passed"


def collected(marker: str, rows: Iterable[Row]) -> list[str]:
    """The ids of all tests of a marker, of the files that the rows name."""
    files = sorted({f"tests/{test.partition('::')[0]}" for row in rows for test in row.tests})
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-m", marker, "--collect-only", "-q"),
            *("-p", "no:cacheprovider", *files),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return [line for line in done.stdout.splitlines() if "::" in line]
