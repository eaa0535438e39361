"""The projects of a ledger, one a line."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from harness.joining.summary import OPEN, Summary
from harness.vocabulary import counted

_HEADER: Final = ("project", "kind", "phase", "gate, as last recorded", "last evidence", "name")


def portfolio_json(projects: Sequence[Summary]) -> str:
    """Projects as a JSON array, one a line."""
    lines = ",\n".join(f" {json.dumps(_plain(each), ensure_ascii=False)}" for each in projects)
    return f"[\n{lines}\n]" if projects else "[]"


def portfolio_text(projects: Sequence[Summary]) -> str:
    """Projects as a table for a terminal."""
    if not projects:
        return "no projects"
    rows = [_HEADER, *(tuple(map(_shown, _row(each))) for each in projects)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    layout = "  ".join(f"{{:<{width}}}" for width in widths)
    return "\n".join(layout.format(*row).rstrip() for row in rows)


def _shown(text: str) -> str:
    """Text that does nothing to a terminal and is no second row: the list is not sealed."""
    return text if text.isprintable() else ascii(text)


def names_party(project: Summary, text: str) -> bool:
    """The name of an organisation that takes part holds this text, in whatever case."""
    names = (each["name"].casefold() for each in _organisations(project.organisations))
    return any(text.casefold() in name for name in names)


@lru_cache(maxsize=1000)
def _organisations(text: str) -> tuple[dict[str, str], ...]:
    """The same organisations take part in many projects."""
    parts = (each.partition(": ") for each in text.splitlines())
    return tuple({"party": party, "name": name} for party, _, name in parts)


def _plain(project: Summary) -> dict[str, object]:
    return {
        "id": project.project,
        "name": project.name,
        "kind": project.kind,
        "organisations": _organisations(project.organisations),
        "phase": project.phase,
        "version": project.version,
        "created": project.created,
        "changed": project.changed,
        "gate": _gate_plain(project) if project.gate else None,
        "evidence": _evidence_plain(project) if project.evidence else None,
    }


def _gate_plain(project: Summary) -> dict[str, object]:
    return {
        "open": project.gate == OPEN,
        "objections": project.objections,
        "recorded": project.judged,
        "judged_version": project.judged_version,
        "on_withdrawn_evidence": bool(project.on_withdrawn),
        "events_since": _since(project),
    }


def _evidence_plain(project: Summary) -> dict[str, object]:
    return {
        "digest": project.evidence,
        "suite": project.suite,
        "level": project.level,
        "driver": project.driver,
        "verdict": project.verdict,
        "withdrawn": bool(project.withdrawn),
        "started": project.started,
        "recorded": project.recorded,
    }


def _row(project: Summary) -> tuple[str, ...]:
    return (
        project.project,
        project.kind,
        _phase(project),
        _gate(project),
        _evidence(project),
        project.name,
    )


def _phase(project: Summary) -> str:
    if project.gate != OPEN:
        return str(project.phase)
    return "open on withdrawn evidence" if project.on_withdrawn else "open"


def _gate(project: Summary) -> str:
    if not project.gate:
        return "not judged"
    if project.gate == OPEN:
        return f"opened {_minute(project.judged)}"
    since = _since(project)
    later = f", {counted(since, 'event')} since" if since else ""
    objections = counted(project.objections, "objection")
    return f"closed {_minute(project.judged)}, {objections}{later}"


def _since(project: Summary) -> int:
    """Events after the one that holds the judgement."""
    return max(project.version - project.judged_version - 1, 0)


def _evidence(project: Summary) -> str:
    if not project.evidence:
        return "none"
    verdict = f"{project.verdict}, withdrawn" if project.withdrawn else project.verdict
    return f"{project.suite}, {project.level}, {_minute(project.started)}: {verdict}"


def _minute(at: str) -> str:
    """A time of the record for people."""
    return at[:16].replace("T", " ")
