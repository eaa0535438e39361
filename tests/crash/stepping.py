"""An act that is killed before each of its steps in turn: what the file system is asked to do.

Runs as one process without threads, which forks. Tells one line of JSON: of each step what an
evidence folder held after the kill. A broken invariant ends it with a traceback.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.joining.evidence import TestEvidence
from harness.suite.evidence import EvidenceFile, Run, evidence_files, newest_digest
from harness.suite.runner import Connection
from harness.suite.suites import load_suite
from harness.wsdl import find
from tests.crash.killing import apart
from tests.joining.world import SUPPLIER

STEPS = (
    *((Path, name) for name in ("open", "replace", "unlink", "rename")),
    *((os, name) for name in ("fsync", "open")),
    (fcntl, "flock"),
)
"""What writing a file durably is made of."""


def killed_before(step: int, act: Callable[[], None]) -> bool:
    """Do something in a new process that is killed before a step; whether it came to its end."""
    done = -1

    def counted(real: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal done
            done += 1
            if done == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call

    def counting() -> None:
        for owner, name in STEPS:
            setattr(owner, name, counted(getattr(owner, name)))
        act()

    code = os.waitstatus_to_exitcode(os.waitpid(apart(counting), 0)[1])
    assert code in {0, -signal.SIGKILL}
    return code == 0


def main(folder: Path) -> None:
    """Kill the writing of a second evidence before each of its steps."""
    contract = find("asiointitili/viranomaispalvelut/1.7-2024-04", [book("contracts")])
    suite = load_suite(book("scenarios") / "connection")
    connection = Connection(contract, MockEndpoint(contract), "run")

    def evidence(number: int, place: Path) -> EvidenceFile:
        return EvidenceFile(
            Run("demo", place, place, SUPPLIER, "f" * 64, id=f"r{number}"), suite, connection
        )

    def write(number: int, place: Path) -> None:
        file = evidence(number, place)
        file.begin()
        file.finish({})

    write(1, folder / "before")
    told: list[dict[str, Any]] = []
    while not (told and told[-1]["finished"]):
        place = folder / str(len(told))
        shutil.copytree(folder / "before", place)
        finished = killed_before(len(told), lambda: write(2, place))  # noqa: B023 - called at once
        told.append({"finished": finished, **left(place)})
    sys.stdout.write(json.dumps(told))


def left(place: Path) -> dict[str, Any]:
    """What a killed run left, once the next command has taken it in."""
    # Whole, or there is none.
    whole = [TestEvidence.from_bytes(file.read_bytes()) for file in place.glob("*.json")]
    files = evidence_files(place)
    assert not [*place.glob(".*")], "what is not finished is gone"
    read = [TestEvidence.from_bytes(file.read_bytes()) for file in files]
    digests = [sha256(file.read_bytes()).hexdigest() for file in files]
    assert newest_digest(place) in digests
    assert [each.predecessor for each in read] == ["", *digests[:-1]], "the chain has a gap"
    ended = sum(each.finished is not None for each in whole)
    return {"runs": len(read), "complete": read[-1].finished is not None, "ended": ended}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
