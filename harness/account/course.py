"""What becomes of an item: settled when it arrives.

It depends on the customer, on what the sender wishes, and on what was agreed with the authority.
"""

from datetime import datetime, timedelta

from harness.account.codes import TargetCode
from harness.account.customers import Conduct
from harness.account.items import Course, StateChange
from harness.account.settings import Settings
from harness.classes import dataclass

_FILES_FAIL = {Conduct.STORAGE: TargetCode.STORAGE, Conduct.VIRUS: TargetCode.VIRUS}
_READERS = {Conduct.READS, Conduct.REPLIES}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What decides the course of an item.

    Attributes:
        at: the moment of its arrival.
        conduct: the customer's.
        queued: nothing is told at once but that it is in processing.
        has_files: it has attachments.
        receipt: a read receipt is due.
        confirm: VahvistusVaatimus: the customer confirms the receipt.
        error: what is wrong with it; ``None`` when nothing is.
    """

    at: datetime
    conduct: Conduct
    queued: bool = False
    has_files: bool = False
    receipt: bool = False
    confirm: bool = False
    error: TargetCode | None = None


def course(arrival: Arrival, settings: Settings) -> Course:
    """The course of an item that goes to the account."""
    outcome = arrival.error or _outcome(arrival)
    waits = arrival.queued or arrival.conduct is Conduct.SLOW or outcome in _FILES_FAIL.values()
    if not waits:
        first = StateChange(outcome, arrival.at, told=False)
        return Course((first,), _later(arrival, first, settings))
    processed = arrival.at + timedelta(seconds=settings.queue_seconds)
    then = StateChange(outcome, processed, told=True)
    return Course((_in_processing(arrival),), (then, *_later(arrival, then, settings)))


def paper_only(arrival: Arrival) -> Course:
    """The course of an item that is printed and is in no account: no later code is known for it."""
    return Course((_in_processing(arrival),))


def _outcome(arrival: Arrival) -> TargetCode:
    stored = TargetCode.STORED
    return _FILES_FAIL.get(arrival.conduct, stored) if arrival.has_files else stored


def _in_processing(arrival: Arrival) -> StateChange:
    return StateChange(TargetCode.IN_PROCESSING, arrival.at, told=False)


def _later(arrival: Arrival, visible: StateChange, settings: Settings) -> tuple[StateChange, ...]:
    """What the customer does once the item is visible."""
    if visible.code is not TargetCode.STORED or arrival.conduct not in _READERS:
        return ()
    read = visible.at + timedelta(seconds=settings.reading_seconds)
    reading = StateChange(TargetCode.READ, read, told=arrival.receipt)
    if not arrival.confirm:
        return (reading,)
    confirmed = read + timedelta(seconds=settings.confirming_seconds)
    return (reading, StateChange(TargetCode.CONFIRMED, confirmed, told=True))
