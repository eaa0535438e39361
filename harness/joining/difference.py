"""What changed between two states of one project, section by section.

A state is read as names and facts: a pin's digest under its name, an evidence's outcome under its
digest. A name that only one of the two states has was added or removed; a name whose facts differ
was changed. Nothing is judged by policy: the objections compared are those that the rules of the
process raise from the events alone and that no waiver then covers, and the policy is the one that
the last decision was recorded with.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from harness.classes import dataclass
from harness.joining import rules
from harness.joining.evidence import Outcome
from harness.joining.pins import KeyPin, Pin
from harness.joining.plain import Json
from harness.joining.project import JoiningProject, counting_evidence
from harness.joining.standing import Decision, Opening, RecordedRun, Standing
from harness.joining.state import plain
from harness.joining.waivers import closing

Facts: TypeAlias = Mapping[str, Json]
"""What a section tells: name, and what is known under it."""


class Section(StrEnum):
    """What the differences are sorted by; the order is that of a project's life."""

    PHASES = "phases"
    """Which are complete, and which one is the current one."""
    FORMS = "forms"
    PINS = "pins"
    """A key that was revoked is told here."""
    SUBMISSIONS = "submissions"
    """Signed files that were received, by the digest of what was signed."""
    EVIDENCE = "evidence"
    COUNTING = "counting"
    """Evidence that counts."""
    OBSERVATIONS = "observations"
    WAIVERS = "waivers"
    CORRECTIONS = "corrections"
    DECISIONS = "decisions"
    """Sign-offs, request, approval, refusals and opening."""
    OBJECTIONS = "objections"
    """What the rules of the process object to an opening."""
    POLICY = "policy"
    """What the last decision on an opening was judged by."""


class Change(StrEnum):
    """What happened to a name."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One name that differs.

    Attributes:
        section: where.
        name: of what.
        change: what happened to it.
        before: its facts in the first state; None where it was added.
        after: its facts in the second state; None where it was removed.
    """

    section: Section
    name: str
    change: Change
    before: Json
    after: Json


def differences(
    before: JoiningProject,
    after: JoiningProject,
    at: tuple[datetime | None, datetime | None] = (None, None),
) -> tuple[Difference, ...]:
    """Everything that differs, section by section, by name.

    Args:
        before: the first state.
        after: the second one.
        at: the moments of the two, which decide what waivers cover; that of the last event where
            it is None.
    """
    one, other = at[0] or before.modified_on, at[1] or after.modified_on
    return tuple(
        each
        for section in Section
        for each in _compared(section, _facts(section, before, one), _facts(section, after, other))
    )


def _facts(section: Section, project: JoiningProject, at: datetime) -> Facts:
    timed = _FACTS_AT.get(section)
    return timed(project, at) if timed else _FACTS[section](project)


def _compared(section: Section, before: Facts, after: Facts) -> Iterator[Difference]:
    for name in sorted({*before, *after}):
        if name not in before:
            yield Difference(section, name, Change.ADDED, None, after[name])
        elif name not in after:
            yield Difference(section, name, Change.REMOVED, before[name], None)
        elif before[name] != after[name]:
            yield Difference(section, name, Change.CHANGED, before[name], after[name])


def _phases(project: JoiningProject) -> Facts:
    standing = project.standing
    told: dict[str, Json] = {"current": standing.current}
    for number, state in standing.phases.items():
        told[f"phase {number}"] = {
            "complete": state.complete,
            "completed_at": plain(state.completed_at),
            "reopened_because": state.reopened_because,
        }
    return told


def _forms(project: JoiningProject) -> Facts:
    return {
        f"{item} by {party.value}": {
            "phase": stated.phase,
            **{each.name: plain(each.value) for each in stated.values},
        }
        for (item, party), stated in project.standing.statements.items()
    }


def _pins(project: JoiningProject) -> Facts:
    return {
        f"{kind.value} {name}": {
            "digest": state.effective.pin.pin_digest,
            "by": state.effective.by.id,
            "confirmed_by": who.id if (who := state.effective.confirmed_by) else None,
            "proposed": state.proposed.pin.pin_digest if state.proposed else None,
            **_revoked(project.standing, state.effective.pin),
        }
        for (kind, name), state in project.standing.pins.items()
    }


def _revoked(standing: Standing, pin: Pin) -> Facts:
    revoked = standing.revoked.get(pin.public_key) if isinstance(pin, KeyPin) else None
    return {"revoked": revoked.reason} if revoked else {}


def _submissions(project: JoiningProject) -> Facts:
    return {
        statement: {"kind": found.kind, "by": found.submitter.id, "at": plain(found.at)}
        for statement, found in project.standing.submissions.items()
    }


def _evidence(project: JoiningProject) -> Facts:
    standing = project.standing
    told: dict[str, Json] = {each.run.digest: _run(each) for each in standing.runs}
    for digest, parity in standing.parities.items():
        told[digest] = {"parity": parity.suite, "drifts": sum(d.count for d in parity.drifts)}
    for digest, found in standing.canaries.items():
        told[digest] = {"canaries": found.canaries.planted, "noticed": found.canaries.killed}
    return told


def _run(recorded: RecordedRun) -> Json:
    run, source = recorded.run, recorded.source
    return {
        **({"of_project": source.project} if source else {}),
        "suite": run.suite,
        "level": run.level.value,
        "driver": run.driver.value,
        "passed": sum(each.outcome is Outcome.PASSED for each in run.outcomes),
        "of": len(run.outcomes),
    }


def _counting(project: JoiningProject) -> Facts:
    runs = (project.standing.run(digest) for digest in counting_evidence(project.standing))
    return {each.run.digest: _run(each) for each in runs if each is not None}


def _observations(project: JoiningProject) -> Facts:
    return {
        name: {"state": found.state.value, "owner": found.owner.value}
        for name, found in project.standing.observations.items()
    }


def _waivers(project: JoiningProject, at: datetime) -> Facts:
    return {
        name: {
            "code": found.code,
            "scope": list(found.scope),
            "expires": plain(found.expires),
            "by": found.by.id,
            "confirmed_by": who.id if (who := found.confirmed_by) else None,
            "withdrawn_by": gone.id if (gone := found.withdrawn_by) else None,
            "in_effect": found.in_effect(at),
        }
        for name, found in project.standing.waivers.items()
    }


def _corrections(project: JoiningProject) -> Facts:
    return {
        f"of evidence {each.evidence[:12]}" if each.evidence else f"of event {each.corrects}": {
            "reason": each.reason,
            "by": each.by.id,
            "confirmed_by": who.id if (who := each.confirmed_by) else None,
        }
        for each in project.standing.corrections.values()
    }


def _decisions(project: JoiningProject) -> Facts:
    standing = project.standing
    told: dict[str, Json] = {
        f"sign-off of phase {number} by {party.value}": _decision(signed)
        for (number, party), signed in standing.sign_offs.items()
    }
    if standing.request:
        told["request"] = _decision(standing.request)
    if standing.approval:
        told["approval"] = _decision(standing.approval)
    for number, refusal in enumerate(standing.refusals, 1):
        codes = sorted({each.code for each in refusal.objections})
        told[f"refusal {number}"] = {"at": plain(refusal.at), "objections": list[Json](codes)}
    if standing.opening:
        told["opening"] = _decision(standing.opening)
    return told


def _decision(decision: Decision | Opening) -> Json:
    evidence = list[Json](decision.evidence)
    return {"at": plain(decision.at), "by": decision.actor.id, "evidence": evidence}


def _objections(project: JoiningProject, at: datetime) -> Facts:
    standing = project.standing
    if standing.opening:
        return {}
    return {
        f"{each.code.value}: {each.sentence}": {
            "parties": [party.value for party in each.parties],
            "subjects": list(each.subjects),
        }
        for each in closing(rules.opening(standing), standing.waivers, at)
    }


def _policy(project: JoiningProject) -> Facts:
    standing = project.standing
    decided = standing.opening or (standing.refusals[-1] if standing.refusals else None)
    return {each.name: plain(each.value) for each in decided.policy} if decided else {}


_FACTS: Final[Mapping[Section, Callable[[JoiningProject], Facts]]] = {
    Section.PHASES: _phases,
    Section.FORMS: _forms,
    Section.PINS: _pins,
    Section.SUBMISSIONS: _submissions,
    Section.EVIDENCE: _evidence,
    Section.COUNTING: _counting,
    Section.OBSERVATIONS: _observations,
    Section.CORRECTIONS: _corrections,
    Section.DECISIONS: _decisions,
    Section.POLICY: _policy,
}

_FACTS_AT: Final[Mapping[Section, Callable[[JoiningProject, datetime], Facts]]] = {
    Section.WAIVERS: _waivers,
    Section.OBJECTIONS: _objections,
}
