"""C24: memory that ends in the middle of recording; all of it was recorded or nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness import cli
from harness.ledger.verify import verify
from tests.support.measuring import unmeasured

pytestmark = pytest.mark.crash

CODE = """
import os, resource, sys
from pathlib import Path
from harness.errors import LedgerError
from tests.crash.killing import apart
from tests.ledger.helpers import opened, reading, step
path = Path(sys.argv[1])
def act():
    with opened(path) as ledger:
        project = ledger.project("demo")
        before = project.version
        for _ in range(1000):
            step(project)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + room, resource.RLIM_INFINITY))
        try:
            ledger.save(project, before)
        except (LedgerError, MemoryError) as error:
            told = str(error)
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
            assert not told or "there is not enough memory. Free some, look" in told
            os._exit(3)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
for room in range(0, 40_000_000, 100_000):
    code = os.waitstatus_to_exitcode(os.waitpid(apart(act), 0)[1])
    with reading(path) as ledger:
        print(code, ledger.version("demo"), flush=True)
    if code != 3:
        break
"""


def test_while_recording(ledger_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(ledger_path)],
        env=unmeasured(),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert [code for code, _ in told] == [3] * (len(told) - 1) + [0], done.stderr
    assert len(told) > 1
    assert {(version - 8) % 1000 for _, version in told} == {0}, "half of a transaction"
    assert [version for _, version in told] == sorted(version for _, version in told)
    assert verify(ledger_path).size == told[-1][1]


def test_a_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And calls it neither a mistake of its own nor of the user's."""

    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(cli.harness, "main", exhausted)
    assert cli.execute(["gate"]) == 2
    assert "there is not enough memory" in capsys.readouterr().err
