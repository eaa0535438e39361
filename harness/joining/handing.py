"""Keys of people who hand in signed files, and what may be done by such a file.

1. A person's key is pinned like everything else that counts: set by one party, confirmed by
   another. It proves something from the position at which it was confirmed, and only until another
   one takes its place or it is revoked.
2. One key is one person's. A revoked key is never pinned again, and nobody acts with it any more.
3. Anybody who is known may revoke a key, with a reason: it takes away, it does not give.
4. A signed file is taken in once, from a person whose key counts then. What it says follows it at
   once, as events of that person: they are judged as if the person had been there.
5. An approval that was signed before the opening was requested is none of that request, a
   confirmation that was signed before something was pinned none of that pin. When each was signed
   two clocks tell, so it is refused only when they tell it by more than they may differ
   (:data:`CLOCKS_DIFFER`). All other order is that of the positions.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from harness.joining.acting import Handed
from harness.joining.actor import Actor, Party
from harness.joining.events import (
    JoiningEvent,
    KeyRevoked,
    OpeningApproved,
    ReferenceEnded,
    SubmissionReceived,
)
from harness.joining.objections import Objection, ObjectionCode
from harness.joining.pins import Held, KeyKind, KeyPin
from harness.joining.rules import identified
from harness.joining.standing import Decision, Standing

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far two honest clocks may differ; ``clock_skew`` of who opens signed files is the same.

Part of the rules, not of policy: what was accepted once is accepted whenever it is told again.
"""
_OF_A_SUBMISSION: Final = re.compile(r"([0-9a-f]{64})\.([1-9][0-9]{0,4})")


def event_id(statement: str, number: int) -> str:
    """The id of the event of that number, from 1, that a submission leads to."""
    return f"{statement}.{number}"


def pinned_keys(standing: Standing) -> Iterator[KeyPin]:
    """Every person's pinned key, confirmed or not, revoked or not; proposed changes are not."""
    for state in standing.pins.values():
        if isinstance(state.effective.pin, KeyPin):
            yield state.effective.pin


def counts(standing: Standing, pin: KeyPin) -> Iterator[Objection]:
    """The key is the one pinned for its person, confirmed, and not revoked."""
    state = standing.pins.get(pin.key)
    revoked = standing.revoked.get(pin.public_key)
    if revoked is not None:
        yield _revoked(standing, pin.public_key)
    elif state is None or state.effective.pin != pin:
        yield Objection(
            ObjectionCode.KEY_UNKNOWN,
            f"The key {pin.public_key} is not the one that is pinned for {pin.person}.",
            (pin.party,),
            f"harness pin key {pin.person}",
            (pin.person, pin.public_key),
        )
    elif state.effective.confirmed_by is None:
        yield Objection(
            ObjectionCode.KEY_UNKNOWN,
            f"The key pinned for {pin.person} is not confirmed by a second party.",
            (),
            f"harness pin key {pin.person} --confirm {pin.pin_digest}",
            (pin.person, pin.public_key),
        )


def _revoked(standing: Standing, public_key: str) -> Objection:
    revoked = standing.revoked[public_key]
    return Objection(
        ObjectionCode.KEY_REVOKED,
        f"The key {public_key} of {revoked.person} was revoked at event {revoked.version} "
        f"by {revoked.actor.id}: {revoked.reason}",
        (),
        f"harness pin key {revoked.person}",
        (revoked.person, public_key),
    )


def to_pin(standing: Standing, pin: KeyPin) -> Iterator[Objection]:
    """The key was never revoked and is nobody else's."""
    if pin.public_key in standing.revoked:
        yield _revoked(standing, pin.public_key)
    for state in standing.pins.values():
        for held in (state.effective, state.proposed):
            other = held.pin if held else None
            if not isinstance(other, KeyPin) or other.person == pin.person:
                continue
            if other.public_key == pin.public_key:
                yield Objection(
                    ObjectionCode.SAME_PERSON,
                    f"The key is pinned for {other.person} already; one key is one person's.",
                    (pin.party,),
                    "harness key new FILE",
                    (pin.person, other.person),
                )


def to_revoke(standing: Standing, event: KeyRevoked) -> Iterator[Objection]:
    """It is known who revokes, and the key is pinned or proposed for that person."""
    yield from identified(standing, event.actor, f"harness key revoke {event.person}")
    if event.public_key in standing.revoked:
        yield _revoked(standing, event.public_key)
        return
    state = standing.pins.get((KeyKind.KEY, event.person))
    held = [each.pin for each in (state.effective, state.proposed) if each] if state else []
    if not any(isinstance(pin, KeyPin) and pin.public_key == event.public_key for pin in held):
        yield Objection(
            ObjectionCode.KEY_UNKNOWN,
            f"No such key is pinned for {event.person}.",
            (),
            "harness project show",
            (event.person, event.public_key),
        )


def to_receive(standing: Standing, event: SubmissionReceived) -> Iterator[Objection]:
    """The submitter's key counts now, and the file is taken in for the first time."""
    who = event.submitter
    yield from counts(standing, KeyPin(who.id, who.party, who.role, who.credential))
    if event.statement in standing.submissions:
        yield Objection(
            ObjectionCode.SUBMISSION_REPEATED,
            "This submission was received before.",
            subjects=(event.statement,),
        )


def approval_of_this_request(standing: Standing, event: OpeningApproved) -> Iterator[Objection]:
    """An approval by a file was signed after the request that stands: a new one takes it back."""
    request = standing.request
    early = request and _too_early(standing, event, Handed.APPROVAL, request, Handed.REQUEST)
    if early:
        yield Objection(
            ObjectionCode.REQUEST_MISSING,
            f"The approval was signed before this opening was requested: {early}.",
            standing.process.roles.approve,
            "harness submit approve --evidence DIGEST",
        )


def confirmation_of_this_pin(
    standing: Standing, event: JoiningEvent, held: Held
) -> Iterator[Objection]:
    """A confirmation by a file was signed after the pin: what changed since is agreed to anew."""
    early = _too_early(standing, event, Handed.PIN, held, Handed.PIN)
    if early:
        kind, name = held.pin.key
        yield Objection(
            ObjectionCode.NOTHING_TO_CONFIRM,
            f"The confirmation was signed before this was pinned: {early}.",
            tuple(Party),
            f"harness submit pin {kind.value} {name} --confirm {held.pin.pin_digest}",
        )


def _too_early(
    standing: Standing, event: JoiningEvent, kind: Handed, what: Decision | Held, of: Handed
) -> str:
    """By which times a file was signed before what it is about was said; empty when it was not."""
    signed = _signed_at(standing, kind, event.actor, event.timestamp)
    by = what.actor if isinstance(what, Decision) else what.by
    # Whatever its signer's clock said, it was said by the time it was received.
    said = min(_signed_at(standing, of, by, what.at) or what.at, what.at)
    if signed is None or said - signed <= CLOCKS_DIFFER:
        return ""
    minutes = CLOCKS_DIFFER // timedelta(minutes=1)
    return (
        f"{signed.isoformat(timespec='seconds')} and {said.isoformat(timespec='seconds')}, by "
        f"clocks that may differ by {minutes} minutes"
    )


def _signed_at(standing: Standing, kind: Handed, by: Actor, at: datetime) -> datetime | None:
    """When the file was signed by which somebody said something at a moment; None without one."""
    wanted = (kind.value, by, at)
    found = (e for e in standing.submissions.values() if (e.kind, e.submitter, e.at) == wanted)
    return next((each.made_at for each in found), None)


def may_act(standing: Standing, event: JoiningEvent) -> Iterator[Objection]:
    """Nobody acts with a revoked key, and nothing calls itself a submission's that is not.

    An event of a submission follows it at its number and is its submitter's.
    """
    # That a reference ended was decided in the other project, where that key may count.
    if event.actor.credential in standing.revoked and not isinstance(event, ReferenceEnded):
        yield _revoked(standing, event.actor.credential)
    found = _OF_A_SUBMISSION.fullmatch(event.event_id)
    if found is None:
        return
    received, number = standing.submissions.get(found[1]), int(found[2])
    place = (event.actor, event.originator_version - number)
    follows = number == 1 or event_id(found[1], number - 1) in standing.event_ids
    if received is None or (received.submitter, received.version) != place or not follows:
        yield Objection(
            ObjectionCode.SUBMISSION_UNKNOWN,
            "The event says that it comes from a submission which it does not follow.",
            subjects=(event.event_id,),
        )
