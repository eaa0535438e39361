"""Where checkpoints are published: one small file in each place, replaced as a whole.

Rules kept here:

* a checkpoint is written to a temporary file, synced, renamed, and its folder synced: the place
  holds the old one or the new one, never half of one;
* a place that holds a larger checkpoint, or one this ledger does not continue, is never written
  to: the ledger was rolled back, forked, or replaced (compare and swap, C2SP tlog-witness);
* publishing is serialised by the ledger's write lock, so an older head cannot overtake.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger.keyring import Keys
from harness.ledger.seal import Head
from harness.ledger_url import SUFFIX, LedgerPlace, SharedLedger
from harness.proof import checkpoint
from harness.proof.checkpoint import MAX_NOTE_BYTES, Checkpoint
from harness.proof.durable import replace


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of publishing the newest checkpoint in one place.

    Attributes:
        place: the file.
        size: entries of the newest signed head.
        before: entries of the checkpoint found there; None when there was none.
        problem: why it could not be written; empty when the place now holds ``size``.
    """

    place: Path
    size: int
    before: int | None
    problem: str = ""

    @property
    def published(self) -> bool:
        """The place holds the newest checkpoint now."""
        return not self.problem

    @property
    def tail(self) -> int:
        """Entries that were signed, but not published here before."""
        return self.size - (self.before or 0)


def places(ledger: LedgerPlace, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files a ledger's checkpoint is published in: its own, and one in each folder.

    Its own lies beside a ledger's file; that of a server's ledger in the project's folder here.
    """
    if isinstance(ledger, SharedLedger):
        own = ledger.checkpoint
    else:
        own = ledger.with_name(ledger.stem + SUFFIX)
    found = (own, *(folder.absolute() / own.name for folder in folders))
    return tuple(dict.fromkeys(found))


def read_note(place: Path) -> bytes | None:
    """The bytes of a checkpoint file; None when there is none.

    Raises:
        LedgerError: it exists but cannot be read.
    """
    try:
        with place.open("rb") as file:
            return file.read(MAX_NOTE_BYTES + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not usable"
        raise LedgerError(
            f"the checkpoint cannot be read: {reason}",
            where=str(place),
            todo="Make it readable, or take the place out of the configuration.",
        ) from None


def read_place(place: Path, keys: Keys, origin: str) -> Checkpoint | None:
    """The checkpoint published in a place, its signature checked; None when there is none.

    It has to be signed by the key that sealed so many entries.

    Raises:
        LedgerError: it cannot be read.
        IntegrityBroken: it is no checkpoint of this ledger.
    """
    note = read_note(place)
    if note is None:
        return None
    try:
        return checkpoint.verify(note, keys.at(checkpoint.read(note).size), origin)
    except IntegrityBroken as error:
        raise IntegrityBroken(
            error.what,
            where=str(place),
            todo="Find out which ledger it belongs to before anything is recorded here.",
        ) from None


def agree(place: Path, published: Checkpoint, newest: Head, stored: Head | None) -> None:
    """Check that a published checkpoint is of this history.

    Args:
        place: where it was found.
        published: what it says.
        newest: the ledger's newest head.
        stored: the ledger's head of the published size, if it has one.

    Raises:
        IntegrityBroken: the ledger is shorter than what was published, or another history.
    """
    where, todo = str(place), "Run harness verify; record nothing until this is resolved."
    if published.size > newest.size:
        raise IntegrityBroken(
            f"the ledger holds {newest.size} entries, but {published.size} were published: "
            "it was cut or rolled back",
            where=where,
            todo=todo,
        )
    if stored is None or stored.root != published.root:
        raise IntegrityBroken(
            f"the ledger's first {published.size} entries are not those that were published "
            f"(root {published.root.hex()}): it was altered or forked",
            where=where,
            todo=todo,
        )


def publish(
    place: Path,
    newest: Head,
    head_at: Callable[[int], Head | None],
    keys: Keys,
    origin: str,
) -> Publication:
    """Bring one place up to the newest head; call it holding the ledger's write lock.

    Raises:
        IntegrityBroken: the place holds what this ledger does not continue.
    """
    try:
        found = read_place(place, keys, origin)
    except IntegrityBroken:
        raise
    except LedgerError as error:
        return Publication(place, newest.size, None, error.what)
    if found is not None:
        agree(place, found, newest, head_at(found.size))
        if found.size == newest.size:
            return Publication(place, newest.size, found.size)
    before = None if found is None else found.size
    try:
        replace(place, newest.note)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Publication(place, newest.size, before, f"it cannot be written: {reason}")
    return Publication(place, newest.size, before)
