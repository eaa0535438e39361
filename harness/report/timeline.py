"""The phases of a project as a timeline: what is complete since when, what waits for what."""

from collections.abc import Iterator

from harness.i18n import Language
from harness.joining.pins import KeyPin
from harness.joining.process import Phase
from harness.joining.project import JoiningProject, counting_evidence
from harness.joining.rules import phase_to_complete
from harness.joining.standing import Standing
from harness.report.observations import told_short
from harness.report.pins import told
from harness.report.words import day, minute, short

_INDENT = " " * 23
_DONE, _NOW, _LATER = "✓", "▶", "·"


def timeline(project: JoiningProject, language: Language = "en") -> str:
    """The project in lines for a terminal."""
    standing = project.standing
    kind = "rehearsal: can never open production" if standing.rehearsal else "joining project"
    lines = [f"{standing.name} ({standing.id}), {kind}"]
    for phase in standing.process.phases:
        lines += _phase(standing, phase, language)
    lines += _pins(standing)
    lines += [f"   observed {told_short(each)}" for each in standing.open_observations()]
    for digest in counting_evidence(standing):
        recorded = standing.run(digest)
        if recorded is not None:
            run = recorded.run
            lines.append(f"   counts {run.suite} at level {run.level.value}: {digest}")
    return "\n".join(lines)


def _phase(standing: Standing, phase: Phase, language: Language) -> Iterator[str]:
    state = standing.phases[phase.number]
    mark = _DONE if state.complete else _NOW if phase.number == standing.current else _LATER
    since = state.entered_at if phase.number == standing.current else None
    when = minute(state.completed_at or since)
    yield f" {mark} {when:<16}  {phase.number} {phase.name[language]}"
    if state.reopened_because and not state.complete:
        yield f"{_INDENT}reopened {day(state.reopened_at)}: {state.reopened_because}"
    if phase.number == standing.current:
        for objection in phase_to_complete(standing, phase.number):
            yield f"{_INDENT}waits: {objection.sentence}"


def _pins(standing: Standing) -> Iterator[str]:
    for (kind, name), state in sorted(standing.pins.items()):
        held = state.effective
        confirmed = f"confirmed by {held.confirmed_by.id}" if held.confirmed_by else "not confirmed"
        yield f"   pinned {kind.value} {name}: {short(held.pin.pin_digest)}, {confirmed}"
        revoked = isinstance(held.pin, KeyPin) and held.pin.public_key in standing.revoked
        yield f"     {told(held.pin)}{', revoked' if revoked else ''}"
        if state.proposed:
            digest = short(state.proposed.pin.pin_digest)
            yield f"     change proposed by {state.proposed.by.id}: {digest}"
            yield f"       {told(state.proposed.pin)}"
