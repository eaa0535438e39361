"""``python -m bench [ROW ...] [--json FILE] [--quick]``: measure, print, always leave with 0."""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import machine, report, rows
from bench.measuring import Result, measure
from bench.processes import ROOT


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the rows named, all of them unless told; figures are told, never judged by exit."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    known = sorted(rows.MODULES)
    parser.add_argument("rows", nargs="*", type=int, choices=known, metavar="ROW")
    parser.add_argument("--json", type=Path, help="Write the figures to this file as well.")
    parser.add_argument("--quick", action="store_true", help="Only to see that the rows work.")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.in_this_process:
        result = measure(rows.row(chosen.rows[0]), quick=chosen.quick)
        sys.stdout.write(json.dumps(report.row_data(result)))
        return
    facts = machine.facts()
    _say(", ".join(f"{name} {value}" for name, value in facts.items()))
    if chosen.quick:
        _say("quick: a few of everything instead of thousands; these figures mean nothing")
    results = []
    for number in chosen.rows or known:
        results.append(_measured(number, quick=chosen.quick))
        _say(f"\n{report.as_text(results[-1])}")
    if chosen.json:
        data = json.dumps(report.as_data(facts, results), indent=1)
        chosen.json.write_text(data + "\n", encoding="utf-8")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _measured(number: int, *, quick: bool) -> Result:
    """A row, measured in a process of its own, so that no row warms another one up."""
    words = [sys.executable, "-m", "bench", "--in-this-process", str(number)]
    done = subprocess.run(  # noqa: S603 - this program itself
        [*words, *(["--quick"] if quick else [])],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return rows.unmeasured(number, "it ended with an error, told above")
    return report.row_from(json.loads(done.stdout))


if __name__ == "__main__":
    main()
