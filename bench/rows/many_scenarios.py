"""Row 5: a thousand scenarios, collected, run, and run by two workers."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.calls import answer
from bench.measuring import Contender, Goal, Row, Setting
from bench.processes import ROOT, python

ONE: Final = "pytest, one empty test"
EMPTY: Final = "pytest, 1,000 empty tests"
CALLS: Final = "1,000 bare zeep + responses calls"
COLLECT: Final = "harness, 1,000 files collected"
RUN: Final = "harness, 1,000 scenarios"
TWO: Final = "harness, 1,000 scenarios, two workers"
COMMAND: Final = "harness run, with evidence"
COMMAND_TWO: Final = "harness run -n 2, with evidence"
_PYTEST: Final = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")


def _contenders(setting: Setting) -> Sequence[Contender]:
    folder, count = setting.folder, setting.number(1000, 5)
    project = _project(folder / "project", count)
    (folder / "answer.xml").write_bytes(answer())
    empty = folder / "empty"
    empty.mkdir()
    (empty / "test_one.py").write_text("def test_nothing():\n    assert True\n", "utf-8")
    functions = "".join(f"def test_{n}():\n    assert True\n\n" for n in range(count))
    (empty / "test_many.py").write_text(functions, "utf-8")
    ours = (*_PYTEST, "-p", "harness.plugin", "scenarios/many")
    command = ("-m", "harness", "run", "--suite", "many")
    return (
        Contender(ONE, python(folder, *_PYTEST, "test_one.py", here=empty, autoload=False)),
        Contender(EMPTY, python(folder, *_PYTEST, "test_many.py", here=empty, autoload=False)),
        Contender(CALLS, python(folder, "-m", "bench.calls", "answer.xml", str(count))),
        Contender(COLLECT, python(folder, *ours, "--collect-only", here=project, autoload=False)),
        Contender(RUN, python(folder, *ours, here=project, autoload=False)),
        Contender(TWO, python(folder, *ours, "--harness-workers=2", here=project, autoload=False)),
        Contender(COMMAND, python(folder, *command, here=project)),
        Contender(COMMAND_TWO, python(folder, *command, "-n", "2", here=project)),
    )


def _project(folder: Path, count: int) -> Path:
    suite = folder / "scenarios" / "many"
    suite.mkdir(parents=True)
    shutil.copy(ROOT / "harness.toml", folder)
    shipped = ROOT / "scenarios" / "connection"
    shutil.copy(shipped / "suite.yaml", suite)
    twice = (shipped / "service-answers.yaml").read_text("utf-8")
    text = twice.replace("    repeat: 2\n", "")  # one call each, as the bare ones
    assert text != twice, "the scenario is another one than it was"
    for number in range(count):
        (suite / f"service-answers-{number:04}.yaml").write_text(text, "utf-8")
    return folder


ROW: Final = Row(
    5,
    "1,000 scenarios",
    _contenders,
    (
        Goal("at most 1.5 x the calls and the empty tests together", RUN, 1.5, (CALLS, EMPTY)),
        Goal("collection: at most 4 x pytest with one test", COLLECT, 4, (ONE,)),
        Goal("two workers: at least 1.6 x faster", TWO, 1.6, (RUN,), at_least=True),
        Goal("harness run -n 2: the same", COMMAND_TWO, 1.6, (COMMAND,), at_least=True),
    ),
    rounds=7,
)
