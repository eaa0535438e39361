"""Files that events name by digest, kept beside the ledger under that digest.

An event holds the SHA-256 of an evidence, a form or a signed file, never the file. The file lies in
``<ledger>.files/sha256/<digest>``: readable for its owner only, written once, never written over.
What is kept here is no part of the record: a file that is gone is told, one that is no longer what
its name says is a broken record.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from harness import files
from harness.classes import dataclass
from harness.errors import EvidenceError, IntegrityBroken, LedgerError
from harness.joining.standing import Standing
from harness.ledger.places import places
from harness.ledger_url import LedgerPlace
from harness.limits import DEFAULT
from harness.proof.durable import create, make_folder

_CHUNK = 1024 * 1024
_MOST_CHUNKS = DEFAULT.max_envelope_bytes // _CHUNK + 1
"""More than any file has that is taken in: the largest are signed ones."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of the files that a record names.

    Attributes:
        kept: digests of those that are here and whole, sorted.
        missing: digests of the others, sorted.
    """

    kept: tuple[str, ...]
    missing: tuple[str, ...]


def folder_of(ledger: LedgerPlace) -> Path:
    """Where the files of a ledger lie."""
    return places(ledger, ())[0].with_suffix(".files") / "sha256"


def keep(ledger: LedgerPlace, data: bytes) -> str:
    """Keep a file; gives its digest. One that is kept already is left alone.

    Raises:
        LedgerError: it cannot be written.
        IntegrityBroken: another file lies under this digest.
    """
    digest = hashlib.sha256(data).hexdigest()
    place = folder_of(ledger) / digest
    try:
        make_folder(place.parent)
        if not place.exists():
            create(place, data)
    except FileExistsError:
        pass  # another process was quicker
    except OSError as error:
        raise LedgerError(
            f"the file cannot be kept beside the ledger: {error.strerror}",
            where=str(place),
            todo="Make room or give the folder write permission; nothing was recorded.",
        ) from None
    _check(place)
    return digest


def check_form(form: bytes, where: str) -> None:
    """Look whether a form may be kept: it is kept whole, with its comments.

    Raises:
        EvidenceError: what looks like an identity code stands in it, in whatever disguise the
            search for personal data knows. The code itself is never repeated.
    """
    from harness.privacy.recognising import Wanted, finds_in  # noqa: PLC0415 - needed for forms

    found = finds_in(form, Wanted())
    if found:
        line = form.count(b"\n", 0, found[0].offset) + 1
        raise EvidenceError(
            f"line {line} holds what looks like a personal identity code ({found[0].form.value})",
            where=where,
            todo="Leave it out, of comments as well: the form is kept as it is, with the record.",
        )


def kept_files(ledger: LedgerPlace, beginning: str) -> list[Path]:
    """The kept files whose digest begins so; it has only hexadecimal digits."""
    if not set(beginning) <= set("0123456789abcdef"):
        return []
    return sorted(folder_of(ledger).glob(f"{beginning}*"))


def check(ledger: LedgerPlace, digests: Iterable[str]) -> Attached:
    """Read every file that a record names.

    Raises:
        IntegrityBroken: one is not what its name says.
        LedgerError: one cannot be read.
    """
    kept: list[str] = []
    missing: list[str] = []
    for digest in sorted(set(digests)):
        here = _check(folder_of(ledger) / digest)
        (kept if here else missing).append(digest)
    return Attached(tuple(kept), tuple(missing))


def named_by(standing: Standing) -> Iterable[str]:
    """Digests of every file that a project's record names."""
    yield from standing.runs_by_digest
    yield from standing.parities
    yield from standing.canaries
    yield from (each.envelope for each in standing.submissions.values())
    yield from (each.source_digest for each in standing.statements.values() if each.source_digest)


def _check(place: Path) -> bool:
    """Whether a file is here.

    Raises:
        IntegrityBroken: it is not what its name says.
        LedgerError: it cannot be read.
    """
    found = hashlib.sha256()
    try:
        with files.opened(place) as file:
            # One without an end, or with holes of terabytes, is no file that was kept.
            for _ in range(_MOST_CHUNKS):
                found.update(file.read(_CHUNK))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise LedgerError(f"cannot be read: {error.strerror}", where=str(place)) from None
    if found.hexdigest() != place.name:
        raise IntegrityBroken(
            "a file that the record names is not what it was",
            where=str(place),
            todo="Restore it from a copy; its SHA-256 is its name.",
        )
    return True
