"""C18 and C19: whatever the machine's clock and zone say, the record says the same."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.ledger.verify import verify
from tests.ledger.helpers import reading

pytestmark = pytest.mark.crash

ZONES = ("UTC", "Europe/Helsinki", "Pacific/Kiritimati", "America/St_Johns", "XXX-12YYY,J60,J300")
CODE = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from harness.joining.state import state_json
from tests.ledger.helpers import opened, reading, step
path = Path(sys.argv[1])
with opened(path) as ledger:
    project = ledger.project("demo")
    step(project, at=datetime.now(UTC))
    ledger.save(project, project.version - 1)
with reading(path) as ledger:
    print(state_json(ledger.project("demo", as_of=8)))
"""


def test_the_record_knows_no_zone(ledger_path: Path) -> None:
    before = datetime.now(UTC)
    told = set()
    for zone in ZONES:
        done = subprocess.run(
            [sys.executable, "-c", CODE, str(ledger_path)],
            env={**os.environ, "TZ": zone},
            check=True,
            capture_output=True,
            text=True,
        )
        told.add(done.stdout)
    (same,) = told
    assert json.loads(same)
    assert verify(ledger_path).clock_set_back == ()
    with reading(ledger_path) as ledger:
        at = [each.timestamp for each in ledger.events(after=8)]
    assert len(at) == len(ZONES)
    times = [before, *at, datetime.now(UTC)]
    assert times == sorted(times)
