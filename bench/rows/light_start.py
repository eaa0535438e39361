"""Row 2: commands that send nothing start fast and load no message library."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from bench.ledgers import project_folder
from bench.measuring import Check, Contender, Goal, Row, Setting
from bench.processes import environment, python

BARE: Final = "python -c pass"
HELP: Final = "harness --help"
GATE: Final = "harness gate, 1,000 events"
HEAVY: Final = {"zeep", "responses", "requests", "pytest"}
_PROBE: Final = """
import json, sys
from harness.cli import execute
execute(sys.argv[1:])
sys.stdout.write("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def _contenders(setting: Setting) -> Sequence[Contender]:
    folder = setting.folder
    project = project_folder(folder / "project", setting.number(1000, 20))
    return (
        Contender(BARE, python(folder, "-c", "pass")),
        Contender(HELP, python(folder, "-m", "harness", "--help")),
        Contender(GATE, python(folder, "-m", "harness", "gate", here=project, codes=(1,))),
    )


def _checks(setting: Setting) -> Sequence[Check]:
    return [_loads_nothing_heavy(setting, word) for word in ("--help", "gate")]


def _loads_nothing_heavy(setting: Setting, word: str) -> Check:
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        [sys.executable, "-c", _PROBE, word],
        cwd=setting.folder / "project",
        env=environment(setting.folder),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    loaded = HEAVY & set(json.loads(done.stdout.splitlines()[-1]))
    text = f"{word} loads neither {', '.join(sorted(HEAVY))}"
    return Check(text, ", ".join(sorted(loaded)) or "none of them", not loaded)


ROW: Final = Row(
    2,
    "start of commands that send nothing",
    _contenders,
    (
        Goal("--help: at most 6 x bare python", HELP, 6, (BARE,)),
        Goal("gate on 1,000 events: at most 12 x bare python", GATE, 12, (BARE,)),
    ),
    _checks,
    rounds=11,
)
