"""What may be waived and corrected, and by whom.

1. Anybody known may ask for a waiver. A person of another party, of those that may approve an
   opening, confirms it: they answer for production (liittymisprosessi 1.0.2, vaiheet 6 ja 7).
2. Anybody known may end a waiver early: that only closes.
3. Anybody known may withdraw evidence or note that an event is mistaken: neither can open anything.
   A person of another party confirms that it is so.

Nothing is taken out of the history; what was withdrawn is told as withdrawn.
"""

from collections.abc import Iterator

from harness.joining.actor import Party
from harness.joining.corrections import Correction
from harness.joining.events import (
    CorrectionConfirmed,
    CorrectionNoted,
    EvidenceWithdrawn,
    WaiverConfirmed,
    WaiverRequested,
    WaiverWithdrawn,
)
from harness.joining.objections import Objection, ObjectionCode
from harness.joining.rules import identified, not_open, of_parties, second_party
from harness.joining.standing import Standing
from harness.joining.waivers import WAIVABLE, Waiver

SHOW = "harness project show"


def next_id(standing: Standing) -> str:
    """The id of the next waiver."""
    return f"waiver-{len(standing.waivers) + 1}"


def to_ask(standing: Standing, event: WaiverRequested) -> Iterator[Objection]:
    """It is known who asks, and what is asked can be waived."""
    yield from not_open(standing)
    yield from identified(standing, event.actor, f"harness waive {event.code}")
    if event.code not in WAIVABLE:
        sentence = f"{event.code} cannot be waived."
        yield Objection(ObjectionCode.NOT_WAIVABLE, sentence, subjects=(event.code,))
    if event.waiver != next_id(standing):
        yield _nothing(f"The next waiver is {next_id(standing)}.", event.waiver)


def to_confirm(
    standing: Standing, found: Waiver | None, event: WaiverConfirmed
) -> Iterator[Objection]:
    """It waits, is the one that was seen, and a second party that may approve confirms it."""
    yield from not_open(standing)
    if found is None or not found.waits(event.timestamp) or found.digest != event.waiver_digest:
        yield _nothing_to_confirm("No waiver of that digest waits for a confirmation.")
        return
    command = confirm_command(found)
    yield from identified(standing, event.actor, command)
    parties = standing.process.roles.approve
    yield from of_parties(standing, event.actor, parties, f"confirm {found.id}", command)
    others = tuple(party for party in parties if party is not found.by.party)
    yield from second_party(event.actor, found.by, f"asked for {found.id}", others, command)


def confirm_command(waiver: Waiver) -> str:
    """The command by which another party agrees to a waiver, having seen its digest."""
    return f"harness waive {waiver.code} --confirm {waiver.digest}"


def to_end(standing: Standing, found: Waiver | None, event: WaiverWithdrawn) -> Iterator[Objection]:
    """It is there, and it is known who ends it."""
    yield from identified(standing, event.actor, f"harness waive CODE --withdraw {event.waiver}")
    if found is None or found.withdrawn_by is not None:
        yield _nothing("There is no such waiver, or it is withdrawn already.", event.waiver)


def to_withdraw(standing: Standing, event: EvidenceWithdrawn) -> Iterator[Objection]:
    """The evidence is on record and stands, and it is known who withdraws it."""
    yield from identified(standing, event.actor, "harness correct POSITION --reason TEXT")
    known = (standing.runs_by_digest, standing.canaries, standing.parities)
    if not any(event.evidence in kind for kind in known):
        yield _nothing("The evidence is not on record.", event.evidence)
    if standing.withdrawn(event.evidence):
        yield _nothing("The evidence is withdrawn already.", event.evidence)


def to_note(standing: Standing, event: CorrectionNoted) -> Iterator[Objection]:
    """There is such an event, nobody has noted it yet, and it is known who does."""
    yield from identified(standing, event.actor, "harness correct POSITION --reason TEXT")
    noted = {each.corrects for each in standing.corrections.values() if each.corrects}
    if not 0 < event.version < event.originator_version:
        yield _nothing("The project has no such event.", str(event.version))
    if event.version in noted:
        yield _nothing("The event is noted as mistaken already.", str(event.version))


def to_agree(
    standing: Standing, found: Correction | None, event: CorrectionConfirmed
) -> Iterator[Objection]:
    """It waits, and another party confirms it."""
    command = "harness correct POSITION --confirm"
    yield from identified(standing, event.actor, command)
    if found is None or found.confirmed_by is not None:
        yield _nothing_to_confirm("No such correction waits for a confirmation.")
        return
    others = tuple(party for party in Party if party is not found.by.party)
    yield from second_party(event.actor, found.by, "made the correction", others, command)


def _nothing(sentence: str, subject: str) -> Objection:
    code = ObjectionCode.NOTHING_TO_CORRECT
    return Objection(code, sentence, tuple(Party), SHOW, (subject,))


def _nothing_to_confirm(sentence: str) -> Objection:
    return Objection(ObjectionCode.NOTHING_TO_CONFIRM, sentence, tuple(Party), SHOW)
