"""Row 10: what tox and the command around it cost over bare pytest on the same scenarios."""

import importlib.util
import shutil
import sys
from collections.abc import Sequence
from typing import Final

from bench.measuring import Contender, Goal, Row, Setting, absent
from bench.processes import ROOT, process

BARE: Final = "pytest on the shipped suites"
MAIN: Final = "tox -e connection, warm"
_LEFT_OUT: Final = (
    ".git",
    ".tox",
    ".venv",
    ".bench",
    ".harness",
    "__pycache__",
    ".*_cache",
    "dist",
)


def _contenders(setting: Setting) -> Sequence[Contender]:
    why = "a quick run makes no environment" if setting.quick else ""
    if importlib.util.find_spec("tox") is None:
        why = "tox is not installed"
    if why:
        return (absent(BARE, why), absent(MAIN, why))
    copy = setting.folder / "repository"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    job = process(setting.folder, sys.executable, "-m", "tox", "-e", "connection", here=copy)
    job()  # makes the environment, whose interpreter the other contender uses
    interpreter = str(copy / ".tox" / "connection" / "bin" / "python")
    bare = process(setting.folder, interpreter, "-m", "pytest", "-q", "scenarios", here=copy)
    return (Contender(BARE, bare), Contender(MAIN, job))


ROW: Final = Row(
    10,
    "the main job, warm",
    _contenders,
    (Goal("at most 2.5 x bare pytest on the same suites", MAIN, 2.5, (BARE,)),),
    rounds=3,
)
