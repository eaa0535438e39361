"""Where checkpoints are published: a file replaced as a whole, a git ref, or a command's business.

Rules kept here:

* a checkpoint is written to a temporary file, synced, renamed, and its folder synced: the place
  holds the old one or the new one, never half of one;
* a place that holds a larger checkpoint, or one this ledger does not continue, is never written
  to: the ledger was rolled back, forked, or replaced (compare and swap, C2SP tlog-witness);
* publishing is serialised by the ledger's write lock, so an older head cannot overtake; commands
  have a lock of their own, because they may take their time.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace as with_
from pathlib import Path
from typing import TypeAlias, overload

from harness.classes import dataclass
from harness.config import Config
from harness.errors import ConfigError, IntegrityBroken, LedgerError
from harness.ledger import notes
from harness.ledger.command import CommandPlace
from harness.ledger.git import GitPlace
from harness.ledger.keyring import Keys
from harness.ledger.seal import Head
from harness.ledger_url import SUFFIX, LedgerPlace, SharedLedger
from harness.proof import checkpoint
from harness.proof.checkpoint import Checkpoint
from harness.proof.durable import replace
from harness.vocabulary import counted

Place: TypeAlias = Path | GitPlace | CommandPlace
"""A file, a ref, or a command; as configured, a path is the folder that the file goes to."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of publishing the newest checkpoint in one place.

    Attributes:
        place: where.
        size: entries of the newest signed head.
        before: entries of the checkpoint found there; None when there was none.
        problem: why it could not be written; empty when the place now holds ``size``.
    """

    place: Place
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


def configured(config: Config) -> tuple[Place, ...]:
    """The places that a project's ``[ledger]`` names, besides the ledger's own folder.

    Raises:
        ConfigError: two commands have one name.
    """
    table = config.ledger
    names = [each.name for each in table.command]
    if len(names) != len(set(names)):
        raise ConfigError(
            "two commands of [[ledger.command]] have one name",
            where=str(config.path),
            todo="Give each a name of its own: what it was given is remembered by it.",
        )
    return (
        *(config.resolve(folder) for folder in table.checkpoints),
        *(GitPlace(config.resolve(each.repository), each.ref) for each in table.git),
        *(
            CommandPlace(each.name, each.publish, each.read, each.seconds, config.folder)
            for each in table.command
        ),
    )


@overload
def places(ledger: LedgerPlace, wanted: Sequence[Path]) -> tuple[Path, ...]: ...


@overload
def places(ledger: LedgerPlace, wanted: Sequence[Place]) -> tuple[Place, ...]: ...


def places(ledger: LedgerPlace, wanted: Sequence[Place]) -> tuple[Place, ...]:
    """Where a ledger's checkpoint is published: its own file, and every place that is wanted.

    Its own lies beside a ledger's file; that of a server's ledger in the project's folder here.
    """
    if isinstance(ledger, SharedLedger):
        own = ledger.checkpoint
    else:
        own = ledger.with_name(ledger.stem + SUFFIX)
    return tuple(dict.fromkeys((own, *(_of(own, each) for each in wanted))))


def _of(own: Path, wanted: Place) -> Place:
    """A place as one ledger uses it."""
    if isinstance(wanted, Path):
        return wanted.absolute() / own.name
    if isinstance(wanted, CommandPlace):
        return with_(wanted, remembered=own.with_name(f"{own.stem}.{wanted.name}.published"))
    return wanted


def unasked(place: Place) -> Path | GitPlace:
    """Where to look without running a command: what was handed over is remembered in a file."""
    return place.remembered if isinstance(place, CommandPlace) else place


def read_note(place: Place) -> bytes | None:
    """The bytes of a published checkpoint; None when there is none.

    Raises:
        LedgerError: it exists but cannot be read, or cannot be asked for.
        IntegrityBroken: it is none.
    """
    return notes.read(place) if isinstance(place, Path) else place.read()


def read_place(place: Place, keys: Keys, origin: str) -> Checkpoint | None:
    """The checkpoint published in a place, its signature checked; None when there is none.

    It has to be signed by the key that sealed so many entries.

    Raises:
        LedgerError: it cannot be read.
        IntegrityBroken: it is no checkpoint of this ledger.
    """
    note = read_note(place)
    return None if note is None else checked_note(place, note, keys, origin)


def checked_note(place: Place, note: bytes, keys: Keys, origin: str) -> Checkpoint:
    """A checkpoint that was read in a place, its signature checked by the key of its size.

    Raises:
        IntegrityBroken: it is no checkpoint of this ledger.
    """
    try:
        return checkpoint.verify(note, keys.at(checkpoint.read(note).size), origin)
    except IntegrityBroken as error:
        raise IntegrityBroken(
            error.what,
            where=str(place),
            todo="Find out which ledger it belongs to before anything more is recorded here.",
        ) from None


def agree(place: Place, published: Checkpoint, newest: Head, stored: Head | None) -> None:
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
            f"the ledger holds {counted(newest.size, 'entry')}, but {published.size} were "
            "published: it was cut or rolled back",
            where=where,
            todo=todo,
        )
    if stored is None or stored.root != published.root:
        raise IntegrityBroken(
            f"the ledger's entries 1 to {published.size} are not those that were published "
            f"(root {published.root.hex()}): it was altered or forked",
            where=where,
            todo=todo,
        )


def publish(
    place: Place,
    newest: Head,
    head_at: Callable[[int], Head | None],
    keys: Keys,
    origin: str,
) -> Publication:
    """Bring one place up to the newest head; call it holding the place's lock.

    Raises:
        IntegrityBroken: the place holds what this ledger does not continue.
    """
    try:
        note = read_note(place)
        found = None if note is None else checked_note(place, note, keys, origin)
    except IntegrityBroken:
        raise
    except LedgerError as error:
        return Publication(place, newest.size, None, error.what)
    if found is not None:
        agree(place, found, newest, head_at(found.size))
        if found.size == newest.size:
            return Publication(place, newest.size, found.size)
    before = None if found is None else found.size
    return Publication(place, newest.size, before, _written(place, newest.note, note))


def _written(place: Place, note: bytes, before: bytes | None) -> str:
    """Write a checkpoint where ``before`` was read; why it could not be done, else empty."""
    try:
        if isinstance(place, Path):
            replace(place, note)
        else:
            place.write(note, before)
    except OSError as error:
        return f"it cannot be written: {error.strerror or type(error).__name__}"
    except LedgerError as error:
        return error.what
    return ""
