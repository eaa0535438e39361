"""Writers killed at random instants, and strangers who look at what they left.

Runs as one process without threads that never opens a ledger itself: it forks writers, which
append through the real ledger until they are killed, and readers, which open what is left anew.
Tells one line of JSON; whatever breaks an invariant ends it with a traceback.

A writer records one evidence after the other, each with a pin in one transaction, and says so when
the ledger has confirmed it. The next writer begins with the last confirmed evidence: what was
confirmed, and what was killed, is recorded again (I6).

The ledger is a file, or when a server's URL is given lies there; that server is nobody else's.
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
from typing import Any, BinaryIO, NoReturn

from harness.errors import IntegrityBroken, LedgerError
from harness.joining.evidence import TestEvidence
from harness.ledger.verify import VerifyReport, verify
from harness.ledger_url import LedgerPlace, SharedLedger
from tests.joining.world import World
from tests.ledger.helpers import MAIJA, START, begin, opened, reading, step
from tests.support.postgresql import fresh, raw

BASE = World().evidence("testing")
A_ROUND = 20
"""Kills of one ledger; the next ones begin with an empty folder."""
LATEST = 0.15
"""Seconds after which a writer is killed that is not asked to confirm anything before."""
_NUMBER = 4


def evidence(number: int, name: str = "demo") -> TestEvidence:
    """One of a row of evidences of a project; the same number is the same evidence."""
    return replace(BASE, project=name, run_id=f"run-{number}")


def write(place: LedgerPlace, name: str, first: int, confirm: Callable[[int], None]) -> NoReturn:
    """Record evidence of a project without end; publish now and then."""
    with opened(place, create=True) as ledger:
        if not ledger.version(name):
            ledger.save(begin(name), 0)
        number = max(first, 1)
        while True:
            project = ledger.project(name)
            before, shown = project.version, evidence(number, name)
            if project.record_run(shown, at=START, actor=MAIJA, event_id=f"r{number}"):
                step(project)
                ledger.save(project, before)
            confirm(number)
            if number % 3 == 0:
                ledger.publish()
            number += 1


@dataclass
class Looked:
    """What is known of a ledger; the next reader has to find it again, at the same positions.

    Attributes:
        confirmed: the last confirmed evidence of each project.
        entries: digest of each row.
    """

    confirmed: Counter[str] = field(default_factory=Counter)
    entries: list[str] = field(default_factory=list)


def look(place: LedgerPlace, before: Looked) -> list[str]:
    """Check the invariants I1 to I4 and I6 on what a crash left; gives the ledger's entries."""
    if isinstance(place, SharedLedger):
        settle(place)
    report = verified(place)
    if report is None:  # killed before there was a ledger: then nothing can have been confirmed
        assert (before.confirmed.total(), before.entries) == (0, [])
        return []
    rows = rows_of(place)
    assert (
        [row[0] for row in rows] == list(range(1, len(rows) + 1)) == list(range(1, report.size + 1))
    )
    entries = [sha256(repr(row).encode()).hexdigest() for row in rows]
    assert entries[: len(before.entries)] == before.entries, "I3: a position was used again"
    with reading(place) as ledger:
        names = ledger.projects()
        found = {name: ledger.project(name).standing.runs for name in names}
        assert ledger.portfolio().kept, "the list is not of the same transaction"
    for name, number in before.confirmed.items():
        assert len(found.get(name, ())) >= number, "I1: a confirmed evidence is lost"
    for name in names:
        versions = [row[2] for row in rows if row[1] == name]
        assert versions == list(range(1, len(versions) + 1)), "I3: a gap in the stream"
        runs = [run.run.run_id for run in found[name]]
        assert len(versions) == 1 + 2 * len(runs), "I2: half of a transaction"
        assert runs == [f"run-{number}" for number in range(1, len(runs) + 1)], "I6: not once each"
    return entries


def rows_of(place: LedgerPlace) -> list[tuple[Any, ...]]:
    """Every row of the record, read past the harness."""
    every = "SELECT * FROM stored_events ORDER BY position"
    if isinstance(place, SharedLedger):
        with raw(place) as server:
            return server.execute(every).fetchall()
    with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return plain.execute(every).fetchall()


def settle(place: SharedLedger) -> None:
    """Wait until the server has done what a killed writer had asked for, and let go of it."""
    ours = "SELECT FROM pg_stat_activity WHERE application_name = 'connection-harness'"
    with raw(place) as server:
        while server.execute(ours).rowcount:
            pass


def verified(path: LedgerPlace) -> VerifyReport | None:
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


@dataclass
class Writer:
    """A writer at work.

    Attributes:
        child: id of its process.
        stream: the numbers it confirms.
        last: the last of them that was read.
    """

    child: int
    stream: BinaryIO
    last: int = 0

    def read(self, most: int = -1) -> None:
        """Wait for so many confirmations, or for all until its end."""
        numbers = self.stream.read(_NUMBER * most if most >= 0 else -1)
        whole = len(numbers) - len(numbers) % _NUMBER
        self.last = int.from_bytes(numbers[whole - _NUMBER : whole]) if whole else self.last

    def ended(self) -> int:
        """Read the rest; how it ended."""
        with self.stream:
            self.read()
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def started(place: LedgerPlace, name: str, first: int, *, may_be_told: bool = False) -> Writer:
    """Start a writer of a project; it may end well when the ledger tells that it cannot go on."""
    inlet, outlet = os.pipe()

    def confirm(number: int) -> None:
        os.write(outlet, number.to_bytes(_NUMBER))

    def act() -> None:
        os.close(inlet)
        try:
            write(place, name, first, confirm)
        except LedgerError as error:
            if isinstance(error, IntegrityBroken) or not may_be_told:
                raise

    child = apart(act)
    os.close(outlet)
    return Writer(child, os.fdopen(inlet, "rb"))


def wait_at_random(writer: Writer, random: Random) -> None:
    """Wait for the random instant: soon after a number of confirmations, or whenever it is."""
    wanted = random.choice((0, 0, 1, 2, 3, 5, 8))
    writer.read(wanted)
    time.sleep(random.uniform(0, 0.01 if wanted else LATEST))


def new_place(folder: Path, url: str) -> LedgerPlace:
    """Where nothing is yet: a file in a new folder, or on a server with its key in that folder."""
    folder.mkdir()
    return fresh(url, folder) if url else folder / "ledger.sqlite3"


def main(folder: Path, kills: int, seed: int, url: str = "") -> None:
    """Kill so many writers, one after the other."""
    random, counted = Random(seed), Counter[str]()
    for number in range(kills):
        if number % A_ROUND == 0:
            place, before = new_place(folder / str(number // A_ROUND), url), Looked()
        writer = started(place, "demo", before.confirmed["demo"])
        wait_at_random(writer, random)
        os.kill(writer.child, signal.SIGKILL)
        assert writer.ended() == -signal.SIGKILL
        before.confirmed["demo"] = max(before.confirmed["demo"], writer.last)
        before.entries = looked(place, before)
        counted["kills"] += 1
        counted["while appending"] += writer.last > 0
        if number % A_ROUND == A_ROUND - 1 or number == kills - 1:
            must(apart(lambda: finish(place)))  # noqa: B023 - done before the next turn
            counted["events"] += len(before.entries)
    sys.stdout.write(json.dumps(counted))


def looked(path: LedgerPlace, before: Looked) -> list[str]:
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


def finish(path: LedgerPlace) -> None:
    """The next command publishes what a killed one could not."""
    with opened(path, create=True):
        pass
    assert verify(path).unpublished == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
