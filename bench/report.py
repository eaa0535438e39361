"""Results as tables for people and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.measuring import Figures, Judgement, Result


def as_text(result: Result) -> str:
    """One row: a line a contender, then a line a goal."""
    return "\n".join(_lines(result))


def as_data(facts: Mapping[str, str], results: Sequence[Result]) -> dict[str, object]:
    """A whole run, durations in seconds."""
    return {"machine": dict(facts), "rows": [row_data(each) for each in results]}


def row_data(result: Result) -> dict[str, Any]:
    """One row as plain data; :func:`row_from` is the way back."""
    return {
        "number": result.number,
        "title": result.title,
        "figures": [
            {"name": each.name, "samples": list(each.samples), "missing": each.missing}
            for each in result.figures
        ],
        "goals": [
            {"text": each.text, "seen": each.seen, "reached": each.reached}
            for each in result.judgements
        ],
    }


def row_from(data: Mapping[str, Any]) -> Result:
    """A row from its plain data."""
    figures = tuple(Figures(f["name"], tuple(f["samples"]), f["missing"]) for f in data["figures"])
    judged = tuple(Judgement(g["text"], g["seen"], g["reached"]) for g in data["goals"])
    return Result(data["number"], data["title"], figures, judged)


def _lines(result: Result) -> Iterator[str]:
    yield f"Row {result.number}: {result.title}"
    yield f"  {'':<44}{'median':>10}{'min':>10}{'max':>10}{'ratio':>9}"
    measured = [each for each in result.figures if each.samples]
    for each in result.figures:
        if each.samples:
            yield _figures(each, measured[0].median)
        else:
            yield f"  {each.name:<44}not measured: {each.missing}"
    for goal in result.judgements:
        seen = f" ({goal.seen})" if goal.seen else ""
        yield f"  goal: {goal.text}{seen} - {goal.reached}"


def _figures(each: Figures, base: float) -> str:
    times = (each.median, min(each.samples), max(each.samples))
    told = "".join(f"{seconds * 1000:>10.1f}" for seconds in times)
    return f"  {each.name:<44}{told}{each.median / base:>8.2f}x"
