"""Ctrl-C at any moment: one line and exit code 130, or the end the system gives; no traceback."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness import __version__
from tests.cli.support import ROOT, Result

PROBE = """
import atexit, os, signal, sys

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

class Interrupting:
    def find_spec(self, name, *_):
        if name == moment:
            interrupt()

moment, told = sys.argv.pop(1), sys.argv.pop(1)
signal.signal(signal.SIGINT, getattr(signal, told))
if moment == "the end":
    atexit.register(interrupt)
sys.meta_path.insert(0, Interrupting())
from harness.__main__ import main
main()
"""


def interrupted(
    folder: Path, moment: str, *words: str, told: str = "default_int_handler"
) -> Result:
    """A command that is interrupted when it imports a module, or when Python is about to end."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, moment, told, *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("moment", ["harness.cli", "click", "textwrap", "harness.errors"])
def test_while_it_is_being_loaded(tmp_path: Path, moment: str) -> None:
    result = interrupted(tmp_path, moment, "--help")
    assert result == Result(130, "", "harness: Interrupted; nothing was done.\n")


@pytest.mark.parametrize("moment", ["harness.cli.explain", "harness.report.explanations"])
def test_while_a_command_is_being_loaded_or_runs(tmp_path: Path, moment: str) -> None:
    result = interrupted(tmp_path, moment, "explain", "correlation")
    assert (result.code, result.out) == (130, "")
    assert result.err.strip() == "harness: Interrupted; what was recorded before stays recorded."


def test_when_all_is_done(tmp_path: Path) -> None:
    result = interrupted(tmp_path, "the end", "--version")
    assert result == Result(-signal.SIGINT, f"harness, version {__version__}\n", "")


@pytest.mark.parametrize("moment", ["click", "the end"])
def test_whoever_was_told_to_ignore_it_does(tmp_path: Path, moment: str) -> None:
    """As of a shell that begins something in the background."""
    result = interrupted(tmp_path, moment, "--version", told="SIG_IGN")
    assert result == Result(0, f"harness, version {__version__}\n", "")
