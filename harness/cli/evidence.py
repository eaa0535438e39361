"""Evidence files as commands read them."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from harness import files
from harness.errors import EvidenceError
from harness.joining.evidence import TestEvidence
from harness.limits import DEFAULT

_T = TypeVar("_T")


def read_evidence(file: Path) -> TestEvidence:
    """Read one evidence file.

    Raises:
        EvidenceError: it cannot be read or is not one.
    """
    return read_told(file, read_file(file), TestEvidence.from_bytes)


def read_file(file: Path) -> bytes:
    """The bytes of a file of evidence; one too many when it is too large.

    Raises:
        EvidenceError: it cannot be read.
    """
    try:
        return files.read(file, DEFAULT.max_evidence_bytes)
    except OSError as error:
        raise EvidenceError(f"cannot be read: {error.strerror}", where=str(file)) from None


def read_told(file: Path, data: bytes, read: Callable[[bytes], _T]) -> _T:
    """What is read; an error names the file."""
    try:
        return read(data)
    except EvidenceError as error:
        place = f"{file}: {error.where}" if error.where else str(file)
        raise EvidenceError(error.what, where=place, todo=error.todo) from None
