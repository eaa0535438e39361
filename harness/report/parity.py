"""What a comparison of our account with an endpoint showed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.joining.parity import LEFT, Parity, ParitySummary
from harness.redact import without_codes

_Made = Sequence[tuple[Path, Parity]]


def parity_rows(made: _Made) -> list[dict[str, object]]:
    """The comparisons as plain JSON values."""
    return [
        {
            "suite": each.suite,
            "endpoint": each.endpoint.name,
            "level": each.level.value,
            "compared": each.summary().compared,
            "not_compared": each.summary().not_compared,
            "realisable": each.summary().realisable,
            "drifts": {kind.kind: kind.count for kind in each.kinds},
            "scenarios": [
                {
                    "id": scenario.id,
                    "outcome": scenario.outcome,
                    "reason": scenario.reason,
                    "drifts": [
                        {"kind": d.kind, "path": d.path, "expected": d.expected, "seen": d.seen}
                        for d in scenario.drifts
                    ],
                }
                for scenario in each.scenarios
            ],
            "digest": each.digest,
            "file": str(file),
        }
        for file, each in made
    ]


def parity_share(summary: ParitySummary) -> str:
    """How many scenarios were compared, of those that both sides could play."""
    if summary.realisable is None:
        return f"{summary.compared} compared, {summary.not_compared} not"
    return f"{summary.compared} of {summary.realisable} compared"


def parity_text(made: _Made) -> str:
    """The comparisons in lines for a terminal."""
    return without_codes("\n".join(line for file, each in made for line in _lines(file, each)))


def _lines(file: Path, parity: Parity) -> Iterator[str]:
    summary = parity.summary()
    drifts = ", ".join(f"{each.count} {each.kind}" for each in parity.kinds) or "no drift"
    never = len(parity.scenarios) - (summary.realisable or 0)
    left = f", {never} not realisable" if never else ""
    yield f"{parity.suite}: {drifts} ({parity_share(summary)}{left}) with {_whom(parity)}"
    for scenario in parity.scenarios:
        if scenario.outcome in LEFT:
            words = scenario.outcome.value.replace("-", " ")
            yield f"  {words}: {scenario.id}: {scenario.reason}"
        if scenario.drifts:
            yield f"  drifted: {scenario.id}"
        for each in scenario.drifts:
            yield f"    {each.kind} {each.path}: our account {each.expected}, seen {each.seen}"
    yield f"  parity {parity.digest[:12]}: {file}"


def _whom(parity: Parity) -> str:
    return f"{parity.endpoint.name} at level {parity.level.value}"
