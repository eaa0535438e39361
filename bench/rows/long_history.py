"""Row 9: a million events verified and replayed, and ten thousand projects listed."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bench import history
from bench.measuring import Check, Contender, Goal, Row, Setting
from bench.processes import ROOT, environment, python
from harness.config import Config
from harness.ledger.application import Ledger

SCAN: Final = "sqlite3, every row fetched"
HASH: Final = "sqlite3, every row hashed into the tree, nothing compared"
DECODE: Final = "sqlite3, every row read as JSON, nothing judged"
SEAL: Final = "every byte against every signed head"
REPLAY: Final = "every event decoded and judged"
VERIFY: Final = "harness verify, all of it"
LIBRARY: Final = "eventsourcing, its own aggregates from as many events"
ONE: Final = "harness project list, 1 project"
MANY: Final = "harness project list, 10,000 projects"
JSON: Final = "the same as JSON"
_JOBS: Final = {
    SCAN: "scan",
    HASH: "hash",
    DECODE: "decode",
    SEAL: "seal",
    REPLAY: "replay",
    VERIFY: "verify",
    LIBRARY: "library",
}
_EACH: Final = 100
_LISTED: Final = 0.2
"""Seconds that the list may take beyond the start of the command."""
_SEEN: Final[dict[str, list["Seen"]]] = {}


@dataclass(frozen=True, slots=True)
class Seen:
    """What one go took: seconds, processor seconds, and the most memory in bytes."""

    seconds: float
    cost: float = 0.0
    peak: int = 0


def _contenders(setting: Setting) -> Sequence[Contender]:
    events = setting.number(int(os.environ.get("BENCH_EVENTS", "1_000_000")), 2000)
    small, large = (_history(setting, number) for number in (events // 10, events))
    found = [_reading(setting, name, large) for name in _JOBS if name != LIBRARY]
    found.append(_reading(setting, _tenth(REPLAY), small))
    found.append(_reading(setting, LIBRARY, _bare_history(setting, events)))
    one = _listing(setting, "one", 1)
    many = _listing(setting, "many", setting.number(10_000, 100))
    for name, go in ((ONE, one()), (MANY, many()), (JSON, many("--json"))):
        found.append(Contender(name, partial(_timed, name, go)))
    return found


def _tenth(name: str) -> str:
    return f"{name}, a tenth of the events"


def _history(setting: Setting, events: int) -> Path:
    path = setting.folder / str(events) / "ledger.sqlite3"
    path.parent.mkdir()
    history.make(path, events // _EACH, _EACH)
    return path


def _bare_history(setting: Setting, events: int) -> Path:
    path = setting.folder / str(events) / "bare.sqlite3"
    history.make_bare(path, events // _EACH, _EACH)
    return path


def _reading(setting: Setting, name: str, path: Path) -> Contender:
    job = next(job for each, job in _JOBS.items() if name.startswith(each))
    words = [sys.executable, "-m", "bench.history", job, str(path)]

    def go() -> float:
        done = subprocess.run(  # noqa: S603 - this program itself
            words, cwd=ROOT, env=environment(setting.folder), capture_output=True, check=True
        )
        seen = Seen(**json.loads(done.stdout))
        _SEEN.setdefault(name, []).append(seen)
        return seen.seconds

    return Contender(name, go)


def _listing(setting: Setting, name: str, projects: int) -> Callable[..., Callable[[], float]]:
    """The command on a ledger of so many projects."""
    folder = setting.folder / name
    folder.mkdir()
    shutil.copy(ROOT / "harness.toml", folder)
    config = Config.read(folder / "harness.toml")
    ledger = folder / ".harness" / "ledger.sqlite3"
    ledger.parent.mkdir()
    history.make(ledger, projects, 1)
    with Ledger.open(ledger, config.key_path):
        pass  # the list is kept from now on
    words = ("-m", "harness", "project", "list")
    return lambda *more: python(setting.folder, *words, *more, here=folder)


def _timed(name: str, go: Callable[[], float]) -> float:
    seconds = go()
    _SEEN.setdefault(name, []).append(Seen(seconds))
    return seconds


def _checks(_setting: Setting) -> Sequence[Check]:
    """The goals in processor time, memory, and what the list takes beyond the start."""
    seen = {name: each[1:] or each for name, each in _SEEN.items()}
    cost = {name: statistics.median(s.cost for s in each) for name, each in seen.items()}
    peak = {name: max(s.peak for s in each) for name, each in seen.items()}
    start = statistics.median(s.seconds for s in seen[ONE])
    found = [
        _ratio(f"in processor time, {name}: at most {limit} x", cost[name] / cost[SCAN], limit)
        for name, limit in ((SEAL, 3), (REPLAY, 10), (VERIFY, 13))
    ]
    grown = peak[REPLAY] / peak[_tenth(REPLAY)]
    told = f"{grown:.2f} x, {peak[REPLAY] >> 20} MiB; sealed bytes {peak[SEAL] >> 20} MiB"
    found.append(Check("memory: ten times the events at most 1.1 x", told, grown <= 1.1))
    for name in (MANY, JSON):
        beyond = statistics.median(s.seconds for s in seen[name]) - start
        told = f"{beyond:.3f} s"
        found.append(Check(f"{name}: at most 0.2 s beyond the start", told, beyond <= _LISTED))
    return found


def _ratio(text: str, ratio: float, limit: float) -> Check:
    return Check(text, f"{ratio:.1f} x", ratio <= limit)


ROW: Final = Row(
    9,
    "a long history verified and replayed, many projects listed",
    _contenders,
    (
        Goal("every byte: at most 3 x a scan of the same rows", SEAL, 3, (SCAN,)),
        Goal("replay: at most 10 x a scan", REPLAY, 10, (SCAN,)),
        Goal("stretch, replay: at most 5 x a scan", REPLAY, 5, (SCAN,)),
    ),
    _checks,
    rounds=2,
)
