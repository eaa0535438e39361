"""``docs/coverage-table.md``: what the shipped suites show of the default contract, in process.

``python -m harness.report.coverage_table`` writes it anew from a whole run of the shipped suites.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.account.choosing import RETURN_CHANNEL
from harness.canary import table
from harness.canary.running import Flock
from harness.config import book
from harness.suite.covering import Covered, coverage_of
from harness.wsdl import find

MODULE = "harness.report.coverage_table"
PAGE = Path("docs/coverage-table.md")
TOGETHER = "together"


def covered(flock: Flock) -> Mapping[str, Covered]:
    """What each suite shows, and under ``TOGETHER`` what all do.

    Raises:
        NotPassed: a scenario does not pass in process.
    """
    listens = find(RETURN_CHANNEL, [book("contracts")])
    found = {
        suite.name: coverage_of(
            flock.contract, [flock.results[each] for each in suite.scenarios], listens
        )
        for suite in flock.suites
    }
    return found | {TOGETHER: coverage_of(flock.contract, flock.results.values(), listens)}


def text(flock: Flock) -> str:
    """The page."""
    found = covered(flock)
    lines = [
        "# Coverage of the shipped suites",
        "",
        f"Made by `python -m {MODULE}`; do not edit. [What coverage is](scenarios.md#coverage).",
        "",
        f"{flock.contract.ref}, in process; scenarios that need `faults` are left out.",
        "",
        *_shares(found),
        "",
        *_operations(found[TOGETHER]),
        "",
        "## What nobody touched",
        "",
        "Limits of xs:int in answers: codes come from closed lists and counts from the request, so",
        "nothing that is sent leads to them. They count as points that were not shown.",
        "",
        *(f"* `{point}`" for point in untouched(found[TOGETHER])),
    ]
    return "\n".join(lines) + "\n"


def untouched(shown: Covered) -> list[str]:
    """Ids of the points that no message showed or was refused for."""
    return [f"{each.name}/{point}" for each in shown.operations for point in each.untouched]


def _shares(found: Mapping[str, Covered]) -> Iterator[str]:
    yield f"| what | {' | '.join(found)} | of |"
    yield f"|---|{'---|' * len(found)}---|"
    for number, share in enumerate(found[TOGETHER].shares):
        seen = (str(each.shares[number].seen) for each in found.values())
        yield f"| {share.what.value.replace('-', ' ')} | {' | '.join(seen)} | {share.total} |"


def _operations(shown: Covered) -> Iterator[str]:
    yield "| operation | points | shown by valid messages | refused for |"
    yield "|---|---|---|---|"
    for each in shown.operations:
        yield f"| `{each.name}` | {each.points} | {each.valid} | {each.rejected} |"


if __name__ == "__main__":
    PAGE.write_text(text(table.shipped()), encoding="utf-8")
