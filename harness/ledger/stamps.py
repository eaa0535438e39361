"""Time stamps over checkpoints: kept beside the ledger, each with the checkpoint it is over.

The published checkpoint is replaced by every command that records; the older a stamp is, the more
it proves. So a copy of the stamped checkpoint stays, with the authority's answer in ``FILE.tsr``.
"""

import re
from pathlib import Path

from harness import files
from harness.classes import dataclass
from harness.config import Config, TimestampTable
from harness.errors import ConfigError, IntegrityBroken, LedgerError
from harness.ledger.places import places, read_note
from harness.ledger_url import SUFFIX, LedgerPlace
from harness.proof import checkpoint
from harness.proof.durable import replace
from harness.proof.timestamp import MAX_REPLY_BYTES, Stamp, checked

ENDING = ".tsr"


@dataclass(frozen=True, slots=True)
class Kept:
    """A stamped checkpoint beside the ledger.

    Attributes:
        checkpoint: the file of the signed note.
    """

    checkpoint: Path

    @property
    def token(self) -> Path:
        """The file of the authority's answer."""
        return self.checkpoint.with_name(self.checkpoint.name + ENDING)

    def check(self, authority: Path) -> Stamp:
        """What the stamp says of the checkpoint beside it.

        Raises:
            ConfigError: it cannot be checked here.
            LedgerError: a file is missing or cannot be read.
            IntegrityBroken: it is no stamp over that.
        """
        note = read_note(self.checkpoint)
        if note is None:
            raise LedgerError(
                "the checkpoint that was stamped is gone",
                where=str(self.checkpoint),
                todo="Restore it from a copy: it has the same bytes.",
            )
        try:
            return checked(self._answer(), note, authority)
        except IntegrityBroken as error:
            error.where = str(self.token)
            raise

    def _answer(self) -> bytes:
        try:
            return files.read(self.token, MAX_REPLY_BYTES)
        except OSError as error:
            raise LedgerError(f"cannot be read: {error.strerror}", where=str(self.token)) from None


def table(config: Config) -> TimestampTable:
    """The project's authority.

    Raises:
        ConfigError: none is named.
    """
    if config.ledger.timestamp is None:
        raise ConfigError(
            "no time stamp authority is configured",
            where=str(config.path),
            todo="Name its url and certificates in a table [ledger.timestamp].",
        )
    return config.ledger.timestamp


def kept(place: LedgerPlace) -> tuple[Kept, ...]:
    """Every stamp beside a ledger, the smallest checkpoint first."""
    own = places(place, ())[0]
    form = re.compile(rf"{re.escape(own.stem)}\.([0-9]+){re.escape(SUFFIX)}")
    found = [
        each.with_name(each.name.removesuffix(ENDING)) for each in own.parent.glob(f"*{ENDING}")
    ]
    sizes = {int(match[1]): file for file in found if (match := form.fullmatch(file.name))}
    return tuple(Kept(sizes[size]) for size in sorted(sizes))


def where(place: LedgerPlace, note: bytes) -> Kept:
    """Where the stamp over a checkpoint is kept."""
    own = places(place, ())[0]
    return Kept(own.with_name(f"{own.stem}.{checkpoint.read(note).size}{SUFFIX}"))


def keep(stamped: Kept, note: bytes, answer: bytes) -> None:
    """Keep a checkpoint and the authority's answer.

    Raises:
        LedgerError: it cannot be written.
    """
    try:
        replace(stamped.checkpoint, note)
        replace(stamped.token, answer)
    except OSError as error:
        raise LedgerError(
            f"the time stamp cannot be written: {error.strerror}", where=str(stamped.token)
        ) from None
