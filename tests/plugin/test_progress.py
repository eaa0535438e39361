"""What one sees of a run while it goes: in a terminal, and where there is none."""

import os
import pty
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from _pytest._io import TerminalWriter

from harness.plugin.progress import Progress
from harness.plugin.told import Told
from tests.cli import support
from tests.cli.support import ROOT, SMALL, Project

BROKEN = ("scenarios/connection/service-answers.yaml", ("code: 0", "code: 7"))
INCONCLUSIVE = ("scenarios/testing/company-is-found.yaml", ("role.company", "role.nobody"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return support.example(tmp_path / "p", suites=SMALL)


def in_terminal(project: Project, *words: str, **variables: str) -> str:
    """What ``harness run`` writes on a terminal."""
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    started = subprocess.Popen(
        [sys.executable, "-m", "harness", "run", *words],
        cwd=project.folder,
        env={**environment, **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the last writer has gone
            break
        seen += piece
    os.close(ours)
    started.wait(timeout=60)
    return seen.decode()


def test_a_terminal_shows_one_line_with_counts_bar_and_time_left(project: Project) -> None:
    seen = in_terminal(project)
    assert re.search(r"\r\x1b\[K\[###\.{17}\] 1/6: 1 passed, about \d+:\d\d left", seen)
    assert re.search(r"\r\x1b\[K\[#{20}\] 6/6: 6 passed, \d+:\d\d in all\r\x1b\[K", seen)


def test_the_first_failure_is_shown_at_once_and_whole_with_colours(project: Project) -> None:
    project.edit(*BROKEN)
    project.edit(*INCONCLUSIVE)
    live, _, after = in_terminal(project).partition("= FAILURES =")[0].partition("expected  7")
    assert "failed: The service answers the status call" in live
    assert "service-answers.yaml:" in live
    assert live.endswith("\x1b[32m    - ")
    assert after.startswith("\x1b[0m\r\n\x1b[31m    + seen      0\x1b[0m")
    assert "inconclusive: scenarios/testing/company-is-found.yaml" in after
    assert "1 failed, 1 inconclusive" in after


def test_no_color_is_respected(project: Project) -> None:
    project.edit(*BROKEN)
    seen = in_terminal(project, NO_COLOR="1")
    assert "    - expected  7\r\n    + seen      0\r\n" in seen
    assert "\x1b[3" not in seen


@pytest.mark.parametrize("more", [(), ("-n", "2")])
def test_without_a_terminal_lines_are_plain(project: Project, more: tuple[str, ...]) -> None:
    project.edit(*BROKEN)
    result = project.run("run", *more)
    assert result.code == 1
    live = result.out.partition("= FAILURES =")[0]
    assert "    - expected  7\n    + seen      0\n" in live
    assert re.search(r"^6/6: 5 passed, 1 failed, \d+:\d\d in all$", live, re.MULTILINE)
    assert "\x1b" not in result.out
    assert "\r" not in result.out


def progress(total: int, seconds: float) -> tuple[Progress, StringIO]:
    """Without a terminal; every look at the clock is ``seconds`` later."""
    file, ticks = StringIO(), iter(range(10**6))
    session = cast("pytest.Session", SimpleNamespace(testscollected=total))
    made = Progress(session, TerminalWriter(file), live=False, now=lambda: next(ticks) * seconds)
    return made, file


def report(**given: object) -> Any:
    kept = {"when": "call", "passed": False, "failed": False, "skipped": False, **given}
    told = Told("failed: why")
    return SimpleNamespace(**kept, nodeid="a.yaml::a", toterminal=told.toterminal)


def test_a_thousand_scenarios_are_ten_lines() -> None:
    made, file = progress(1000, 1)
    for _ in range(1000):
        made.pytest_runtest_logreport(report(passed=True))
    lines = file.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0] == "100/1000: 100 passed, about 0:09 left"


def test_every_way_to_end_is_counted() -> None:
    made, file = progress(5, 60)
    made.pytest_runtest_logreport(report(when="setup", passed=True))
    made.pytest_runtest_logreport(report(passed=True))
    made.pytest_runtest_logreport(report(failed=True))
    made.pytest_runtest_logreport(report(when="setup", failed=True))
    made.pytest_runtest_logreport(report(when="setup", skipped=True))
    made.pytest_runtest_logreport(report(when="setup", skipped=True, harness_result="{}"))
    assert file.getvalue().splitlines() == [
        "failed: why",
        "inconclusive: a.yaml",
        "5/5: 1 passed, 1 failed, 1 inconclusive, 1 skipped, 1 not realisable, 1:00 in all",
    ]
