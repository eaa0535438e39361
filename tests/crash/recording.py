"""``harness record`` killed at random instants, and called again.

Runs as one process without threads, which forks: each command is a process of its own. Tells one
line of JSON; whatever is not as it should be ends it with a traceback.
"""

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random

from harness.ledger.application import Ledger
from harness.ledger.verify import verify
from tests.cli import support
from tests.cli.support import SMALL, Project
from tests.crash.killing import apart, must


def code_of(child: int) -> int:
    """How a process ended."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


NOTHING_NEW = 7
"""How a process ends whose evidence was on record already."""


def recording(project: Project) -> Callable[[], None]:
    """``harness record`` with every evidence there is."""

    def act() -> None:
        result = project.run("record", *map(str, project.evidence()), "--json")
        assert result.code == 0, result
        if not any(row["new"] for row in result.data):
            os._exit(NOTHING_NEW)

    return act


def looking(project: Project) -> Callable[[], None]:
    """Every evidence is on record, each once, sealed and published."""

    def act() -> None:
        path = project.folder / ".harness" / "ledger.sqlite3"
        assert verify(path).unpublished == 0
        with Ledger.open(path, path.with_name("ledger.key"), readonly=True) as ledger:
            (name,) = ledger.projects()
            runs = [each.run.digest for each in ledger.project(name).standing.runs]
        assert runs == [sha256(each.read_bytes()).hexdigest() for each in project.evidence()]

    return act


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill the command in so many copies of a project, and call it again in each."""
    random, counted = Random(seed), Counter[str]()
    project = support.example(folder / "project", suites=SMALL)
    project.must("project", "new")
    project.must("run")
    recording(project.copy_to(folder / "warm"))()
    began = time.monotonic()
    must(apart(recording(project.copy_to(folder / "timed"))))
    whole = time.monotonic() - began
    while counted["kills"] < kills:
        place = project.copy_to(folder / f"copy-{counted['tried']}")
        child = apart(recording(place))
        time.sleep(random.uniform(0, whole))  # the random instant
        os.kill(child, signal.SIGKILL)
        killed = code_of(child) == -signal.SIGKILL
        again = code_of(apart(recording(place)))
        assert again in {0, NOTHING_NEW}
        must(apart(looking(place)))
        counted["tried"] += 1
        counted["kills"] += killed
        counted["recorded by then"] += killed and again == NOTHING_NEW
        shutil.rmtree(place.folder)
    sys.stdout.write(json.dumps(counted))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
