"""Writers killed at random instants, and strangers who look at what they left.

Runs as one process without threads that never opens a ledger itself: it forks writers, which
append through the real ledger until they are killed, and readers, which open what is left anew.
Tells one line of JSON; whatever breaks an invariant ends it with a traceback.

A writer records one evidence after the other, each with a pin in one transaction, and says so when
the ledger has confirmed it. The next writer begins with the last confirmed evidence: what was
confirmed, and what was killed, is recorded again (I6).
"""

import json
import os
import signal
import sqlite3
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import NoReturn

from harness.errors import IntegrityBroken, LedgerError
from harness.joining.evidence import TestEvidence
from harness.ledger.verify import VerifyReport, verify
from tests.joining.world import World
from tests.ledger.helpers import MAIJA, START, begin, opened, reading, step

BASE = World().evidence("testing")
A_ROUND = 20
"""Kills of one ledger; the next ones begin with an empty folder."""
LATEST = 0.15
"""Seconds after which a writer is killed that is not asked to confirm anything before."""
_NUMBER = 4


def evidence(number: int) -> TestEvidence:
    """One of a row of evidences; the same number is the same evidence."""
    return replace(BASE, project="demo", run_id=f"run-{number}")


def write(path: Path, first: int, confirm: Callable[[int], None]) -> NoReturn:
    """Record evidence without end; publish now and then."""
    with opened(path, create=True) as ledger:
        if not ledger.version("demo"):
            ledger.save(begin(), 0)
        number = max(first, 1)
        while True:
            project = ledger.project("demo")
            before = project.version
            if project.record_run(evidence(number), at=START, actor=MAIJA, event_id=f"r{number}"):
                step(project)
                ledger.save(project, before)
            confirm(number)
            if number % 3 == 0:
                ledger.publish()
            number += 1


@dataclass
class Looked:
    """What a reader found; the next one has to find it again, at the same positions."""

    confirmed: int = 0
    entries: list[str] = field(default_factory=list)


def look(path: Path, before: Looked) -> list[str]:
    """Check the invariants I1 to I4 and I6 on what a killed writer left; gives its entries."""
    report = verified(path)
    if report is None:  # killed before there was a ledger: then nothing can have been confirmed
        assert (before.confirmed, before.entries) == (0, [])
        return []
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as plain:
        rows = plain.execute("SELECT * FROM stored_events ORDER BY position").fetchall()
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert (
        [row[0] for row in rows] == list(range(1, len(rows) + 1)) == list(range(1, report.size + 1))
    )
    assert [row[2] for row in rows] == list(range(1, len(rows) + 1)), "I3: a gap in the stream"
    entries = [sha256(repr(row).encode()).hexdigest() for row in rows]
    assert entries[: len(before.entries)] == before.entries, "I3: a position was used again"
    with reading(path) as ledger:
        runs = [run.run.run_id for run in ledger.project("demo").standing.runs] if rows else []
    assert len(rows) in {0, 1 + 2 * len(runs)}, "I2: half of a transaction"
    assert runs == [f"run-{number}" for number in range(1, len(runs) + 1)], "I6: twice, or left out"
    assert len(runs) >= before.confirmed, "I1: a confirmed evidence is lost"
    return entries


def verified(path: Path) -> VerifyReport | None:
    """What verification says (I4: of the published checkpoint, all roots, all signatures).

    Raises:
        IntegrityBroken: what is there is not what was sealed.
    """
    try:
        return verify(path)
    except IntegrityBroken:
        raise
    except LedgerError:
        return None


def apart(act: Callable[[], None]) -> int:
    """Let a new process do something; gives its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        act()
        code = 0
    except BaseException:  # noqa: BLE001 - told, and the process ends
        traceback.print_exc()
    finally:
        os._exit(code)


def must(child: int) -> None:
    """Wait for a process that has to succeed."""
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def killed_writer(path: Path, first: int, random: Random) -> tuple[int, bool]:
    """Start a writer and kill it; the last number it confirmed, and whether by then it wrote."""
    inlet, outlet = os.pipe()

    def act() -> None:
        os.close(inlet)
        write(path, first, lambda number: void(os.write(outlet, number.to_bytes(_NUMBER))))

    child = apart(act)
    os.close(outlet)
    with os.fdopen(inlet, "rb") as stream:
        wanted = random.choice((0, 0, 1, 2, 3, 5, 8))
        numbers = stream.read(_NUMBER * wanted) if wanted else b""
        time.sleep(random.uniform(0, 0.01 if wanted else LATEST))  # the random instant
        os.kill(child, signal.SIGKILL)
        numbers += stream.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    last = numbers[-_NUMBER:] if len(numbers) >= _NUMBER else b""
    return int.from_bytes(last), bool(numbers)


def void(_: object) -> None:
    """Nothing."""


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill so many writers, one after the other."""
    random, counted = Random(seed), Counter[str]()
    for number in range(kills):
        if number % A_ROUND == 0:
            place = folder / str(number // A_ROUND)
            place.mkdir()
            path, before = place / "ledger.sqlite3", Looked()
        last, wrote = killed_writer(path, before.confirmed, random)
        before.confirmed = max(before.confirmed, last)
        before.entries = looked(path, before)
        counted["kills"] += 1
        counted["while appending"] += wrote
        if number % A_ROUND == A_ROUND - 1 or number == kills - 1:
            must(apart(lambda: finish(path)))  # noqa: B023 - done before the next turn
            counted["events"] += len(before.entries)
    sys.stdout.write(json.dumps(counted))


def looked(path: Path, before: Looked) -> list[str]:
    """:func:`look` in a process that has never seen the ledger."""
    inlet, outlet = os.pipe()

    def act() -> None:
        with os.fdopen(outlet, "w", encoding="ascii") as stream:
            stream.write("\n".join(look(path, before)))

    child = apart(act)
    os.close(outlet)
    with os.fdopen(inlet, encoding="ascii") as stream:
        found = stream.read().split()
    must(child)
    return found


def finish(path: Path) -> None:
    """The next command publishes what a killed one could not."""
    with opened(path, create=True):
        pass
    assert verify(path).unpublished == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
