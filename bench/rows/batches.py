"""Row 4: large batches and attachments: time, memory, and that both grow with the message."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from bench import messages
from bench.measuring import Check, Contender, Goal, Row, Setting
from bench.peers.work import Work
from bench.processes import ROOT, environment

_RAW: Final = "raw lxml + XSD, {}"
_ZEEP: Final = "zeep, building alone, {}"
_OURS: Final = "harness, built and judged, {}"
_NAMES: Final = {"raw": _RAW, "zeep": _ZEEP, "harness": _OURS}
_TEN, _HUNDRED, _FILE = "10,000", "100,000", "5 MB file"
_SIZES: Final = {_TEN: (10_000, 0), _HUNDRED: (100_000, 0), _FILE: (1, 5_200_000)}
"""Items, and bytes of the file of each: 5.2 MB are 7 MB of base64."""
_SEEN: Final[dict[tuple[str, str], list[dict[str, float]]]] = {}


def _contenders(setting: Setting) -> Sequence[Contender]:
    _SEEN.clear()
    return [
        Contender(_NAMES[who].format(size), _job(setting, who, size))
        for size in _SIZES
        for who in _NAMES
    ]


def _job(setting: Setting, who: str, size: str) -> Callable[[], float]:
    items, attachment = (setting.number(each, each // 100) for each in _SIZES[size])
    items = max(items, 1)
    answer = _answer(setting.folder, items)
    words = [sys.executable, "-m", "bench.large", who, str(items), str(attachment), str(answer)]

    def go() -> float:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            words, cwd=ROOT, env=environment(setting.folder), stdout=subprocess.PIPE, check=True
        )
        seen: dict[str, float] = json.loads(done.stdout)
        _SEEN.setdefault((who, size), []).append(seen)
        return seen["building" if who == "zeep" else "seconds"]

    return go


def _answer(folder: Path, items: int) -> Path:
    """What an account would answer to so many items."""
    file = folder / f"answer{items}.xml"
    if not file.exists():
        asked = messages.request(messages.batch(items)).body.data
        work = Work(messages.contract().folder / "Viranomaispalvelut.xsd")
        file.write_bytes(work.answer(asked)[1])
    return file


def _checks(setting: Setting) -> Sequence[Check]:
    del setting
    return [_linear(), *_memory()]


def _linear() -> Check:
    small, large = (_middle("harness", size, "seconds") for size in (_TEN, _HUNDRED))
    ratio = large / small
    text = "linear: ten times the items take at most 12 times as long"
    return Check(text, f"{ratio:.1f} x", ratio <= 12)


def _memory() -> Iterator[Check]:
    for size in _SIZES:
        ours, zeep = (_middle(who, size, "peak") for who in ("harness", "zeep"))
        told = f"{ours / zeep:.2f} x, {ours / 1e6:.0f} MB and {zeep / 1e6:.0f} MB"
        yield Check(f"memory, {size}: at most 1.3 x zeep", told, ours <= 1.3 * zeep)


def _middle(who: str, size: str, what: str) -> float:
    return statistics.median(each[what] for each in _SEEN[who, size])


def _goal(size: str) -> Goal:
    peers = (_RAW.format(size), _RAW.format(size), _ZEEP.format(size))
    return Goal(f"{size}: at most 2 x raw and zeep's building", _OURS.format(size), 1.0, peers)


ROW: Final = Row(
    4,
    "large batches and attachments, limits raised",
    _contenders,
    tuple(_goal(size) for size in _SIZES),
    _checks,
    rounds=3,
)
