"""Starting processes as an installed harness starts: compiled modules, no variables of ours."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_OURS: Final = ("HARNESS_", "COVERAGE", "COV_", "PYTEST_", "PYTHON")


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables of a measured process; compiled modules lie below ``folder``, as if installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    paths = {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    return {**kept, **paths, **(more or {})}


def peak() -> int:
    """Most bytes this process had in memory.

    Not of ``getrusage``: a new process begins there with the peak of who started it.
    """
    status = Path("/proc/self/status").read_text("ascii")
    (line,) = (each for each in status.splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def python(
    folder: Path,
    *words: str,
    here: Path | None = None,
    codes: Sequence[int] = (0,),
    autoload: bool = True,
) -> Callable[[], float]:
    """A go that runs this interpreter with ``words`` in the folder ``here`` until it ends.

    Without ``autoload`` pytest loads only the plugins named: what else is installed costs more.
    """
    return process(folder, sys.executable, *words, here=here, codes=codes, autoload=autoload)


def process(
    folder: Path,
    *words: str,
    here: Path | None = None,
    codes: Sequence[int] = (0,),
    autoload: bool = True,
) -> Callable[[], float]:
    """A go that runs a command; a code that is not among ``codes`` ends the measurement."""
    variables = environment(folder, {} if autoload else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})

    def go() -> float:
        start = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            words, cwd=here or folder, env=variables, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
        if done.returncode not in codes:
            told = (done.stdout + done.stderr)[-2000:]
            raise RuntimeError(f"{' '.join(words)} left with {done.returncode}:\n{told}")
        return seconds

    return go
