"""Observations for people and for programs."""

from collections.abc import Iterator, Sequence

from harness.joining.observations import Observation, ObservationState
from harness.report.words import minute, short


def told_short(observation: Observation) -> str:
    """One observation on one line."""
    return (
        f"{observation.id} {observation.severity.value}: {observation.title} "
        f"({observation.scenario}; {_waits(observation)})"
    )


def _waits(observation: Observation) -> str:
    match observation.state:
        case ObservationState.OPEN:
            return f"to be fixed by {observation.owner.value}"
        case ObservationState.FIXED:
            release = observation.fix.release if observation.fix else ""
            return f"fixed in {release}, to be retested by {observation.made_by.party.value}"
        case closed:
            return closed.value


def observations_text(observations: Sequence[Observation]) -> str:
    """A line each."""
    return "\n".join(told_short(each) for each in observations) or "no observations"


def observation_text(observation: Observation) -> str:
    """Everything that is on record of one observation."""
    return "\n".join(_lines(observation))


def _lines(observation: Observation) -> Iterator[str]:
    yield told_short(observation)
    by = f"{observation.made_by.id} ({observation.made_by.party.value})"
    yield f"  made      {minute(observation.made_at)} by {by}"
    yield f"  owner     {observation.owner.value}"
    place = f" at {observation.path}" if observation.path else ""
    yield f"  finding   {observation.code}{place}"
    yield f"  evidence  {observation.evidence}"
    if observation.fix:
        fix = observation.fix
        yield f"  fixed     {minute(fix.at)} in {fix.release} by {fix.actor.id}"
    if observation.closing:
        closing = observation.closing
        why = f"on {short(closing.evidence)}" if closing.evidence else f"because: {closing.reason}"
        done = observation.state.value
        yield f"  {done:<9} {minute(closing.at)} by {closing.actor.id} {why}"
