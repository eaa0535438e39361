"""What changed between two states, for people and for programs."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from harness.joining.difference import Change, Difference, Section
from harness.joining.plain import Json
from harness.joining.project import JoiningProject
from harness.joining.text import iso
from harness.report.words import minute, short
from harness.vocabulary import counted

SCHEMA: Final = "connection-harness/state-difference/1"
_MARKS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}
_TITLES = {
    Section.PHASES: "phases",
    Section.FORMS: "forms",
    Section.PINS: "pins",
    Section.SUBMISSIONS: "signed files received",
    Section.EVIDENCE: "evidence on record",
    Section.COUNTING: "evidence that counts",
    Section.OBSERVATIONS: "observations",
    Section.WAIVERS: "waivers",
    Section.CORRECTIONS: "corrections",
    Section.DECISIONS: "decisions",
    Section.OBJECTIONS: "objections of the rules (- is closed)",
    Section.POLICY: "policy of the last decision",
}


def difference_rows(
    before: JoiningProject, after: JoiningProject, found: Sequence[Difference]
) -> dict[str, object]:
    """The differences as plain JSON values; the keys are a promise to other programs."""
    return {
        "schema": SCHEMA,
        "project": after.id,
        "before": _state(before),
        "after": _state(after),
        "differences": [
            {
                "section": each.section.value,
                "name": each.name,
                "change": each.change.value,
                "before": each.before,
                "after": each.after,
            }
            for each in found
        ],
    }


def _state(project: JoiningProject) -> dict[str, object]:
    return {"version": project.version, "at": iso(project.modified_on)}


def difference_text(
    before: JoiningProject, after: JoiningProject, found: Sequence[Difference]
) -> str:
    """The differences in lines for a terminal."""
    events = counted(abs(after.version - before.version), "event")
    lines = [f"{after.id}: from {_when(before)} to {_when(after)}, {events} apart"]
    if not found:
        lines.append("Nothing changed: the two states tell the same.")
    for section, members in groupby(found, key=lambda each: each.section):
        lines.append(f"{_TITLES[section]}:")
        lines += [line for each in members for line in _lines(each)]
    return "\n".join(lines)


def _when(project: JoiningProject) -> str:
    return f"version {project.version} ({minute(project.modified_on)})"


def _lines(found: Difference) -> Iterator[str]:
    name = short(found.name) if len(found.name) == 64 else found.name
    yield f"  {_MARKS[found.change]} {name}{_told(found)}"


def _told(found: Difference) -> str:
    if found.section is Section.OBJECTIONS:
        return ""
    if found.change is Change.CHANGED:
        told = _changed(found.before, found.after)
    else:
        told = _words(found.before if found.after is None else found.after)
    return f": {told}" if told else ""


def _changed(before: Json, after: Json) -> str:
    """The members that differ, each with what it was and what it is."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        return ", ".join(f"{name} {_changed(before.get(name), after.get(name))}" for name in names)
    return f"{_words(before) or 'nothing'} → {_words(after) or 'nothing'}"


def _words(value: Json) -> str:
    match value:
        case dict():
            told = ((name, _words(each)) for name, each in value.items())
            return ", ".join(f"{name} {words}" for name, words in told if words)
        case list():
            return " ".join(_words(each) for each in value)
        case str():
            return short(value) if len(value) == 64 and " " not in value else value
        case None:
            return ""
        case _:
            return json.dumps(value)
