"""Judges messages in a process of its own: memory and CPU limited, files and sockets watched.

The parent sends the rows pickled; the child writes one line of JSON for each, as an answer and as
a request. A row that kills the child has no line: the parent starts another one for those left.
"""

import json
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import wsdl
from harness.exchange.judge import Judgement, judge_request
from tests.attacks.child import Spy
from tests.exchange.samples import codes, customers_answer, judged, request

MEMORY = 512 * 1024 * 1024
"""Address space of the child: interpreter, libraries, contract and message together."""
CPU = 10
"""Seconds for one row, both ways together."""
BAIT = "/tmp/bait-of-the-attacks.xml"
"""Stands in the rows for a file that is made for each run."""
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the judge said: ``verdict code code``, or that the child died."""

    answer: str
    request: str
    touched: tuple[str, ...] = ()


def outcomes(contract: Path, folder: Path, rows: Sequence[tuple[str, bytes]]) -> dict[str, Outcome]:
    """The outcome of every row by its name; ``folder`` takes the bait that nobody may open."""
    bait = folder / "bait.xml"
    bait.write_text("<bait/>")
    left = [(name, body.replace(BAIT.encode(), bytes(bait))) for name, body in rows]
    found: dict[str, Outcome] = {}
    while left:
        told = list(_told(contract, bait, left))
        found |= {name: outcome for (name, _), outcome in zip(left, told, strict=False)}
        if len(told) < len(left):
            found[left[len(told)][0]] = Outcome("killed", "killed")
        left = left[len(told) + 1 :]
    return found


def _told(contract: Path, bait: Path, rows: Sequence[tuple[str, bytes]]) -> Iterator[Outcome]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.attacks.judging", str(contract), str(bait)],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        input=pickle.dumps(rows),
        capture_output=True,
        timeout=300,
        check=False,
    )
    lines = done.stdout.decode().splitlines()
    assert lines[:1] == ["ready"], done.stderr[-2000:].decode()
    for line in lines[1:]:
        yield Outcome(*json.loads(line))


def _said(found: Judgement) -> str:
    return " ".join((found.verdict, *sorted(codes(found))))


def main(folder: Path, bait: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    contract = wsdl.load(folder)
    assert _said(judged(contract, customers_answer(contract))) == "passed"
    judge_request(contract, request("", b"<x/>"))
    rows: list[tuple[str, bytes]] = pickle.load(sys.stdin.buffer)
    sys.stdout.write("ready\n")
    spy = Spy(folder, bait)
    for _, body in rows:
        sys.stdout.flush()
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + CPU
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        spy.on = True
        answer, asked = judged(contract, body), judge_request(contract, request("", body))
        seen = spy.everything()
        sys.stdout.write(json.dumps([_said(answer), _said(asked), seen]) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
