"""A published checkpoint as a file: read in one way, wherever it lies."""

from pathlib import Path

from harness import files
from harness.errors import LedgerError
from harness.proof.checkpoint import MAX_NOTE_BYTES


def read(file: Path) -> bytes | None:
    """The bytes of a checkpoint's file, one too many when it is none; None when there is no file.

    Raises:
        LedgerError: it cannot be read.
    """
    try:
        return files.read(file, MAX_NOTE_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError(
            f"the checkpoint cannot be read: {error.strerror}",
            where=str(file),
            todo="Make it readable, or take the place out of the configuration.",
        ) from None
