"""C1 on a server: all its processes killed in mid-write, at random instants.

Nothing acknowledged is lost, nothing is half there. ``HARNESS_TEST_SERVER_KILLS`` says how often.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from harness.ledger.verify import verify
from tests.ledger.helpers import as_argument, opened, reading, step
from tests.support.postgresql import Embedded, embedded, fresh

KILLS = int(os.environ.get("HARNESS_TEST_SERVER_KILLS", "5"))
WRITER = """
import sys
from harness.errors import LedgerError
from tests.ledger.helpers import begin, from_argument, opened, step
place, name = from_argument(sys.argv[1]), sys.argv[2]
with opened(place, create=True) as ledger:
    if not ledger.version(name):
        ledger.save(begin(name), 0)
    project = ledger.project(name)
    print(project.version, flush=True)
    try:
        while True:
            before = project.version
            step(project)
            step(project)
            ledger.save(project, before)
            print(project.version, flush=True)
    except LedgerError as error:
        print("told:", error, flush=True)
        sys.exit(0 if "lost" in str(error) or "stopping" in str(error) else 3)
"""

pytestmark = pytest.mark.crash


@pytest.fixture
def own() -> Iterator[Embedded]:
    with embedded() as server:
        yield server


def test_c1_the_server_killed_in_mid_write(own: Embedded, tmp_path: Path) -> None:
    place, random = fresh(own.url, tmp_path), Random(1)
    acknowledged = {"a": 0, "b": 0}
    for _ in range(KILLS):
        writers = {
            name: subprocess.Popen(
                [sys.executable, "-c", WRITER, as_argument(place), name],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name in acknowledged
        }
        lines: dict[str, list[str]] = {}
        for name, writer in writers.items():
            assert writer.stdout is not None
            lines[name] = [writer.stdout.readline() for _ in range(random.randint(2, 12))]
        own.kill()
        for name, writer in writers.items():
            out, errors = writer.communicate(timeout=120)
            lines[name] += out.splitlines(keepends=True)
            assert "told:" in lines[name][-1], errors
            numbers = [int(line) for line in lines[name] if line.strip().isdigit()]
            acknowledged[name] = max(acknowledged[name], *numbers)
        own.start()
        report = verify(place)
        with reading(place) as ledger:
            found = {name: ledger.version(name) for name in acknowledged}
            positions = [each.position for each in ledger.events()]
        assert all(found[name] >= acknowledged[name] for name in found), "something is lost"
        assert all(version % 2 == 1 for version in found.values()), "half of a transaction is there"
        assert positions == list(range(1, report.size + 1))
        assert report.size == sum(found.values())
    with opened(place) as ledger:
        project = ledger.project("a")
        step(project)
        ledger.save(project, project.version - 1)
        size = ledger.size
    assert verify(place).vouched == size
