"""``docs/needed-table.md``: what each scenario of the shipped suites alone shows.

``python -m harness.canary.needed_table`` finds it out anew, plants every defect for every scenario,
and fails when a scenario has nothing of its own, or when the page was not as it is now.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.canary.defect import Kind
from harness.canary.needed import Loss, alone_each
from harness.canary.table import shipped

MODULE = "harness.canary.needed_table"
PAGE = Path("docs/needed-table.md")
CANARY, CODE, POINT = "canary", "code", "point"
_SLOW = {Kind.RULE, Kind.LIMIT}
"""No tape tells whom they touch, so that they are only named where there is nothing else."""
_ORDER: Mapping[Kind, int] = {
    kind: order
    for order, kind in enumerate(
        (Kind.CLASS, Kind.TOLD, Kind.REPEATED, Kind.JUDGE, Kind.REQUEST, Kind.CODE)
    )
}


def shown_alone(loss: Loss) -> tuple[str, str]:
    """Kind and name of one thing that nobody else shows; both empty when there is none.

    A planted defect says most, but one of a rule or limit takes longest to try.
    """
    quick = [name for name in loss.canaries if _kind(name) not in _SLOW]
    for kind, names in (
        (CANARY, sorted(quick, key=_rank)),
        (CODE, loss.codes),
        (POINT, loss.points),
        (CANARY, loss.canaries),
    ):
        if names:
            return kind, names[0]
    return "", ""


def _kind(name: str) -> Kind:
    return Kind(name.partition("/")[0])


def _rank(name: str) -> tuple[int, str]:
    return _ORDER.get(_kind(name), len(_ORDER)), name


def text(losses: Iterable[Loss]) -> str:
    """The page."""
    lines = [
        "# What each scenario alone shows",
        "",
        f"Made by `python -m {MODULE}`; do not edit.",
        "",
        "Of all that no other scenario shows one thing is named: a [planted defect](canaries.md)",
        "that no other notices, a code, or a point of the contract. `harness coverage --needed`",
        "tells all of it.",
        "",
        "| scenario | kind | only it shows |",
        "|---|---|---|",
    ]
    for loss in losses:
        kind, name = shown_alone(loss)
        lines.append(f"| `{loss.scenario}` | {kind or 'nothing'} | `{name}` |")
    return "\n".join(lines) + "\n"


def claims(page: str) -> dict[str, tuple[str, str]]:
    """Kind and name of what a page says of each scenario."""
    rows = [line.split("|")[1:4] for line in page.splitlines() if line.startswith("| `")]
    return {id_.strip(" `"): (kind.strip(), name.strip(" `")) for id_, kind, name in rows}


def main() -> int:
    """Write the page anew; 1 when it was another one, or a scenario has nothing of its own."""
    before = PAGE.read_text("utf-8") if PAGE.exists() else ""
    losses = alone_each(shipped())
    PAGE.write_text(text(losses), "utf-8")
    idle = [loss.scenario for loss in losses if loss.nothing]
    if idle:
        sys.stderr.write(f"nothing of their own: {', '.join(idle)}\n")
    return 1 if idle or text(losses) != before else 0


if __name__ == "__main__":
    sys.exit(main())
