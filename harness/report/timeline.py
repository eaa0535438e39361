"""The phases of a project as a timeline: what is complete since when, what waits for what."""

from collections.abc import Iterator
from datetime import datetime

from harness.i18n import Language
from harness.joining.pins import KeyPin
from harness.joining.process import Phase
from harness.joining.project import JoiningProject, counting_evidence
from harness.joining.rules import phase_to_complete
from harness.joining.standing import Standing
from harness.joining.waivers import closing, waived
from harness.report.observations import told_short
from harness.report.pins import told as told_pin
from harness.report.waivers import correction_line, waiver_line
from harness.report.words import day, minute, short

_INDENT = " " * 23
_DONE, _NOW, _LATER = "✓", "▶", "·"


def timeline(project: JoiningProject, language: Language = "en", at: datetime | None = None) -> str:
    """The project in lines for a terminal; waivers as they stand at ``at``, or its last event."""
    standing, then = project.standing, at or project.modified_on
    kind = "rehearsal: can never open production" if standing.rehearsal else "joining project"
    lines = [f"{standing.name} ({standing.id}), {kind}"]
    lines += [f"   OPEN ON WITHDRAWN EVIDENCE: {each}" for each in standing.opened_on_withdrawn()]
    if leant_on := _waivers_at_opening(standing):
        lines.append(f"   opened under {', '.join(leant_on)}")
    for phase in standing.process.phases:
        lines += _phase(standing, phase, language, then)
    lines += _pins(standing)
    lines += [f"   observed {told_short(each)}" for each in standing.open_observations()]
    lines += [f"   {waiver_line(each, then)}" for each in standing.waivers.values()]
    lines += [f"   {correction_line(each)}" for each in standing.corrections.values()]
    for digest in counting_evidence(standing):
        recorded = standing.run(digest)
        if recorded is not None:
            run, source = recorded.run, recorded.source
            of = f", of the project {source.project}" if source else ""
            lines.append(f"   counts {run.suite} at level {run.level.value}{of}: {digest}")
    return "\n".join(lines)


def _waivers_at_opening(standing: Standing) -> tuple[str, ...]:
    """Ids of the waivers without which production would not have been opened."""
    values = standing.opening.policy if standing.opening else ()
    found = (each.value for each in values if each.name == "waivers")
    return next((each for each in found if isinstance(each, tuple)), ())


def _phase(standing: Standing, phase: Phase, language: Language, then: datetime) -> Iterator[str]:
    state = standing.phases[phase.number]
    mark = _DONE if state.complete else _NOW if phase.number == standing.current else _LATER
    since = state.entered_at if phase.number == standing.current else None
    when = minute(state.completed_at or since)
    yield f" {mark} {when:<16}  {phase.number} {phase.name[language]}"
    if state.reopened_because and not state.complete:
        yield f"{_INDENT}reopened {day(state.reopened_at)}: {state.reopened_because}"
    if phase.number == standing.current:
        told = tuple(phase_to_complete(standing, phase.number))
        for objection in closing(told, standing.waivers, then):
            yield f"{_INDENT}waits: {objection.sentence}"
        for each in waived(told, standing.waivers, then):
            names = ", ".join(waiver.id for waiver in each.waivers)
            yield f"{_INDENT}waived ({names}): {each.objection.sentence}"


def _pins(standing: Standing) -> Iterator[str]:
    for (kind, name), state in sorted(standing.pins.items()):
        held = state.effective
        confirmed = f"confirmed by {held.confirmed_by.id}" if held.confirmed_by else "not confirmed"
        yield f"   pinned {kind.value} {name}: {short(held.pin.pin_digest)}, {confirmed}"
        revoked = isinstance(held.pin, KeyPin) and held.pin.public_key in standing.revoked
        yield f"     {told_pin(held.pin)}{', revoked' if revoked else ''}"
        if state.proposed:
            digest = short(state.proposed.pin.pin_digest)
            yield f"     change proposed by {state.proposed.by.id}: {digest}"
            yield f"       {told_pin(state.proposed.pin)}"
