"""A part of a history: since when, of which phase, by whom; and what was left out, and why.

The order is always that of the positions. *Since* a time is from the first event that is not
earlier, as ``--as-of`` ends with the last one that is not later. The phase of an event is the one
it names, of evidence that of its suite, of everything else the one that was current then.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from harness.classes import dataclass
from harness.errors import ConfigError
from harness.joining.corrections import evidence_of
from harness.joining.events import (
    CorrectionNoted,
    EvidenceReferred,
    EvidenceWithdrawn,
    JoiningEvent,
    ReferenceEnded,
    TestRunRecorded,
)
from harness.joining.project import JoiningProject
from harness.joining.text import normal
from harness.ledger.application import Recorded


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; None asks for everything.

    Attributes:
        since: a time with its zone, or a position in the ledger.
        phase: number of a phase.
        actor: id of a person, however it is spelt.
    """

    since: datetime | int | None = None
    phase: int | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """The events asked for, and how many others each filter left out, in the order they ask.

    Attributes:
        events: in the order of the record.
        left_out: name of each filter that was given, and how many it left out.
        corrected: by the position of an event, the one that says that it was a mistake, whether
            that one was asked for or not.
    """

    events: tuple[Recorded, ...]
    left_out: dict[str, int]
    corrected: dict[int, Recorded]

    @property
    def total(self) -> int:
        """Events there are."""
        return len(self.events) + sum(self.left_out.values())


def pick(events: Sequence[Recorded], wanted: Wanted) -> Picked:
    """The events of a project that every filter lets through.

    Raises:
        ConfigError: a filter names what the history cannot have; says what there is.
    """
    kept: dict[str, frozenset[int]] = {}
    if wanted.since is not None:
        kept["since"] = _since(events, wanted.since)
    if wanted.phase is not None:
        kept["phase"] = _in_phase(events, wanted.phase)
    if wanted.actor is not None:
        kept["actor"] = _by(events, wanted.actor)
    rest, left_out = list(events), dict[str, int]()
    for name, positions in kept.items():
        found = [each for each in rest if each.position in positions]
        left_out[name], rest = len(rest) - len(found), found
    return Picked(tuple(rest), left_out, _corrected(events))


def _corrected(events: Sequence[Recorded]) -> dict[int, Recorded]:
    positions: dict[int | str, int] = {}
    found = {}
    for each in events:
        event = each.event
        assert isinstance(event, JoiningEvent), "a project's history holds nothing else"
        positions[each.version] = positions[evidence_of(event)] = each.position
        match event:
            case CorrectionNoted(version=version):
                found[positions[version]] = each
            case EvidenceWithdrawn(evidence=digest) | ReferenceEnded(evidence=digest):
                found[positions[digest]] = each
    return found


def _since(events: Sequence[Recorded], since: datetime | int) -> frozenset[int]:
    if isinstance(since, int) and since > events[-1].position:
        raise ConfigError(
            f"there is no position {since} in this project's history: its last event has "
            f"{events[-1].position}",
            todo="harness history shows the positions.",
        )
    first = next((each.position for each in events if _not_before(each, since)), None)
    return frozenset(each.position for each in events if first and each.position >= first)


def _not_before(recorded: Recorded, since: datetime | int) -> bool:
    if isinstance(since, datetime):
        return recorded.timestamp >= since
    return recorded.position >= since


def _in_phase(events: Sequence[Recorded], phase: int) -> frozenset[int]:
    told = list(_phases(events))
    numbers = [each.number for each in told[-1][2].standing.process.phases]
    if phase not in numbers:
        known = ", ".join(map(str, numbers))
        raise ConfigError(f"the process of this project has no phase {phase} (it has {known})")
    return frozenset(position for position, number, _ in told if number == phase)


def _phases(events: Sequence[Recorded]) -> Iterator[tuple[int, int, JoiningProject]]:
    """Position and phase of each event, and the project after it."""
    project: JoiningProject | None = None
    for recorded in events:
        event = recorded.event
        assert isinstance(event, JoiningEvent), "a project's history holds nothing else"
        current = 0 if project is None else min(project.standing.current, _last(project))
        project = event.mutate(project)
        assert project is not None
        yield recorded.position, _phase(event, project, current), project


def _last(project: JoiningProject) -> int:
    return project.standing.process.last


def _phase(event: JoiningEvent, project: JoiningProject, current: int) -> int:
    if isinstance(event, TestRunRecorded | EvidenceReferred):
        phase = project.standing.process.phase_of_suite(event.run.suite)
        return phase.number if phase else current
    named: int = getattr(event, "phase", current)
    return named


def _by(events: Sequence[Recorded], actor: str) -> frozenset[int]:
    acted: dict[str, set[int]] = {}
    for each in events:
        if isinstance(each.event, JoiningEvent):
            acted.setdefault(each.event.actor.id, set()).add(each.position)
    found = [positions for name, positions in acted.items() if normal(name) == normal(actor)]
    if not found:
        raise ConfigError(
            f"nobody called {actor[:64]!r} acted in this project",
            todo=f"Those who did: {', '.join(sorted(acted))}.",
        )
    return frozenset().union(*found)
