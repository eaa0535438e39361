"""What published checkpoints say of a ledger, told and not raised: for copies and for people.

Reading the checkpoints and comparing them are two acts: a copy has to agree with what was published
before it was taken, whatever is published while it is being checked. No command is run: of what was
handed to one, it is looked at what is remembered.
"""

from collections.abc import Sequence

from harness.classes import dataclass
from harness.errors import IntegrityBroken, LedgerError
from harness.ledger.databases import reading
from harness.ledger.keyring import Keys
from harness.ledger.places import Place, agree, places, read_note, read_place, unasked
from harness.ledger.seal import Head
from harness.ledger.store import Info, Recorder
from harness.ledger_url import LedgerPlace
from harness.proof import checkpoint
from harness.proof.checkpoint import Checkpoint
from harness.vocabulary import counted


@dataclass(frozen=True, slots=True)
class Note:
    """A place, and what was read there.

    Attributes:
        place: the file or ref.
        checkpoint: what lies there; None when there is nothing that can be read.
        problem: why there is nothing.
        broken: what lies there is no checkpoint of this ledger.
    """

    place: Place
    checkpoint: Checkpoint | None
    problem: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a place says of a ledger.

    Attributes:
        place: the file or ref.
        size: entries it vouches for; None when it vouches for none.
        problem: what is to be said of it; empty when it vouches for every entry.
        broken: it says that the ledger was longer, or another.
    """

    place: Place
    size: int | None
    problem: str
    broken: bool


@dataclass(frozen=True, slots=True)
class State:
    """Who a ledger is, and how long.

    Attributes:
        info: who it is.
        newest: its newest signed head, which covers every entry.
        keys: the keys that sealed it.
    """

    info: Info
    newest: Head
    keys: Keys


def state_of(place: LedgerPlace) -> State:
    """Who a ledger is; its checkpoints are not looked at.

    Raises:
        LedgerError: it cannot be read, or is none.
        IntegrityBroken: its newest head is not signed, or does not cover every entry.
    """
    database = reading(place)
    try:
        recorder = Recorder(database)
        newest = recorder.newest_head()
        return State(recorder.info, newest, recorder.keys)
    finally:
        database.close()


def notes(ledger: LedgerPlace, wanted: Sequence[Place], state: State) -> tuple[Note, ...]:
    """What is published of a ledger, in its own place and in each that is wanted."""
    return tuple(_note(unasked(place), state) for place in places(ledger, tuple(wanted)))


def compared(place: LedgerPlace, read: Sequence[Note]) -> tuple[Seen, ...]:
    """What the checkpoints say of a ledger, which may be a copy of theirs.

    Raises:
        LedgerError: the ledger cannot be read.
        IntegrityBroken: its newest head is not signed, or does not cover every entry.
    """
    database = reading(place)
    try:
        recorder = Recorder(database)
        newest = recorder.newest_head()
        return tuple(_seen(recorder, newest, each) for each in read)
    finally:
        database.close()


def _note(place: Place, state: State) -> Note:
    try:
        found = read_place(place, state.keys, state.info.origin)
    except IntegrityBroken as error:
        return Note(place, None, _by_a_later_key(place, state) or error.what, broken=True)
    except LedgerError as error:
        return Note(place, None, error.what)
    return Note(place, found, "" if found else "nothing is published here")


def _by_a_later_key(place: Place, state: State) -> str:
    """What may be meant by a larger checkpoint of this log that no known key signed; or nothing."""
    try:
        said = checkpoint.read(read_note(place) or b"")
    except LedgerError:
        return ""
    if said.origin != state.info.origin or said.size <= state.newest.size:
        return ""
    return (
        f"it speaks of {counted(said.size, 'entry')}, here are {state.newest.size}, and no key "
        "that is known here signed it: the ledger's key was changed in what is missing, or it is "
        "forged"
    )


def _seen(recorder: Recorder, newest: Head, note: Note) -> Seen:
    said = note.checkpoint
    if said is None:
        return Seen(note.place, None, note.problem, note.broken)
    with recorder.database.transaction(commit=False) as cursor:
        stored = recorder.head_at(cursor, said.size)
    try:
        agree(note.place, said, newest, stored)
    except IntegrityBroken as error:
        return Seen(note.place, said.size, error.what, broken=True)
    behind = newest.size - said.size
    problem = f"{behind} signed entries are not published here yet" if behind else ""
    return Seen(note.place, said.size, problem, broken=False)
