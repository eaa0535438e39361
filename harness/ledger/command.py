"""A command as a place of publication: it gets each checkpoint on its standard input.

Rules kept here:

* it is run after the commit, by commands that write, one at a time, and never to answer a question;
* exit code 0 means that the checkpoint is kept; it is then remembered beside the ledger, so that
  nothing is handed over twice, and a ledger that was rolled back is noticed without asking;
* a reading command, if there is one, says what lies there; without it what is remembered does;
* of this process's variables the ledger's and the database's own are not passed on.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.classes import dataclass
from harness.errors import LedgerError
from harness.ledger import notes
from harness.ledger.programs import run
from harness.proof.checkpoint import MAX_NOTE_BYTES
from harness.proof.durable import replace

_OWN = ("HARNESS_", "PG")


@dataclass(frozen=True, slots=True)
class CommandPlace:
    """A command that keeps checkpoints somewhere.

    Attributes:
        name: what it is called; its words may hold secrets and are never shown.
        publish: program and arguments that keep the checkpoint they read.
        reading: program and arguments that print the checkpoint kept; none: it cannot be asked.
        seconds: how long either may take.
        folder: where they are run.
        remembered: file of the checkpoint that was last handed over; also serialises the runs.
    """

    name: str
    publish: tuple[str, ...]
    reading: tuple[str, ...]
    seconds: float
    folder: Path
    remembered: Path = Path()

    def __str__(self) -> str:
        return f"command {self.name}"

    @property
    def can_be_asked(self) -> bool:
        """There is a command that reads."""
        return bool(self.reading)

    def read(self) -> bytes | None:
        """What is kept there, else what is remembered; None when there is nothing.

        Raises:
            LedgerError: the reading command failed, or the file cannot be read.
        """
        if not self.reading:
            return notes.read(self.remembered)
        done = self._run(self.reading, b"", listen=True)
        return done[: MAX_NOTE_BYTES + 1] or None

    def write(self, note: bytes, before: bytes | None) -> None:
        """Hand a checkpoint over, then remember it.

        Raises:
            LedgerError: the command failed.
            OSError: it cannot be remembered; it is handed over again the next time.
        """
        del before  # what a foreign place does with two at once is its own affair
        self._run(self.publish, note, listen=False)
        replace(self.remembered, note)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While this lasts no other process of this machine hands over: none overtakes another.

        Raises:
            OSError: the file that serialises cannot be made.
        """
        lock = self.remembered.with_suffix(".lock")
        with lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _run(self, words: tuple[str, ...], given: bytes, *, listen: bool) -> bytes:
        done = run(
            words,
            given,
            seconds=self.seconds,
            folder=self.folder,
            environment=_environment(),
            listen=listen,
        )
        if done.code != 0:
            raise LedgerError(f"it ended with exit code {done.code}", where=str(self))
        return done.output


def _environment() -> Mapping[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith(_OWN)}
