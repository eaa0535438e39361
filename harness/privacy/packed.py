"""What is packed in a file: gzip, bzip2, xz, zip, rows of SQLite; never more than the limits.

Nothing is written to disk, and nothing that a file names is opened. What cannot be read to its end
is :class:`Unread`, since nobody has looked at the rest.
"""

import bz2
import gzip
import io
import lzma
import sqlite3
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import field
from pathlib import Path
from typing import IO, Final, cast

from harness.classes import dataclass
from harness.limits import MIB


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """What one file may cost. Sizes in bytes."""

    max_file_bytes: int = 8 * 1024 * MIB
    """The file as it lies there."""
    max_unpacked_bytes: int = 256 * MIB
    """All that is unpacked from it, at all depths."""
    max_held_bytes: int = 32 * MIB
    """A packed file within a packed one, which is held in memory; a row of a database."""
    max_directory_bytes: int = 2 * MIB
    """The directory of a zip file."""
    max_depth: int = 4
    """Packed within packed."""
    max_steps: int = 1_000_000_000
    """Steps that SQLite may take; a description can ask for endless ones."""
    max_finds: int = 100
    """Finds; whoever has so many need not know them all."""


DEFAULT_LIMITS: Final = SearchLimits()


class Unread(Exception):
    """A part of a file was not examined; the text says why."""


@dataclass(slots=True)
class Budget:
    """What of the limits one file has used up."""

    limits: SearchLimits = DEFAULT_LIMITS
    unpacked: int = field(default=0, init=False)

    def spend(self, data: bytes) -> bytes:
        """Count what was unpacked, and hand it back.

        Raises:
            Unread: it is too much.
        """
        self.unpacked += len(data)
        if self.unpacked > self.limits.max_unpacked_bytes:
            raise Unread(f"unpacks to more than {self.limits.max_unpacked_bytes // MIB} MiB")
        return data


_BROKEN = (
    OSError, EOFError, ValueError, LookupError, RuntimeError, ArithmeticError, struct.error,
    lzma.LZMAError, zipfile.BadZipFile, zlib.error, sqlite3.Error,
)  # fmt: skip
"""What the libraries raise on broken, hostile or locked input (NotImplementedError included)."""


@contextmanager
def told() -> Iterator[None]:
    """Errors of reading as :class:`Unread`, without the text of foreign ones."""
    try:
        yield
    except _BROKEN as error:
        raise Unread(f"cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__


_GZIP, _BZIP2, _XZ, _ZIP = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04"
_END, _ZIP64 = b"PK\x05\x06", b"PK\x06\x07"
SQLITE: Final = b"SQLite format 3\x00"


def is_packed(beginning: bytes) -> bool:
    """Whether a file that begins so is opened by :func:`members`."""
    return beginning.startswith((_GZIP, _BZIP2, _XZ, _ZIP))


def members(file: IO[bytes], budget: Budget) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and stream of everything in a packed file; the streams are not counted yet.

    Raises:
        Unread: something of it cannot be had.
    """
    file.seek(0)
    beginning = file.read(len(_XZ))
    file.seek(0)
    if beginning.startswith(_ZIP):
        yield from _zipped(file, budget)
    else:
        magic = next(each for each in _OPENERS if beginning.startswith(each))
        yield "", cast("IO[bytes]", _OPENERS[magic](file))


_OPENERS: Final[dict[bytes, Callable[[IO[bytes]], object]]] = {
    _GZIP: lambda file: gzip.GzipFile(fileobj=file, mode="rb"),
    _BZIP2: bz2.BZ2File,
    _XZ: lzma.LZMAFile,
}


def _zipped(file: IO[bytes], budget: Budget) -> Iterator[tuple[str, IO[bytes]]]:
    _check_directory(file, budget)
    with told(), closing(zipfile.ZipFile(file)) as archive:
        for each in archive.infolist():
            with archive.open(each) as stream:
                yield each.filename, stream


def _check_directory(file: IO[bytes], budget: Budget) -> None:
    """The library reads the directory of a zip file as a whole, whatever its size."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 16 or _ZIP64 in tail:
        raise Unread("a zip file that is cut, or of a kind that is not opened")
    if int.from_bytes(tail[end + 12 : end + 16], "little") > budget.limits.max_directory_bytes:
        raise Unread("a zip file with too long a directory")


def held(stream: IO[bytes], beginning: bytes, budget: Budget) -> IO[bytes]:
    """A packed file within another, in memory.

    Raises:
        Unread: it is too large.
    """
    limit = budget.limits.max_held_bytes
    data = beginning + stream.read(limit + 1)
    if len(data) > limit:
        raise Unread(f"a packed file of more than {limit // MIB} MiB within another")
    return io.BytesIO(budget.spend(data))


def rows(path: Path, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Place (``table:row``) and values of every row of an SQLite file, as it is without its log.

    Raises:
        Unread: something of it cannot be had.
    """
    limits = budget.limits
    quoted = urllib.parse.quote(str(path.absolute()).encode("utf-8", "surrogateescape"))
    steps = iter(range(limits.max_steps // 100_000))
    with told(), closing(sqlite3.connect(f"file:{quoted}?mode=ro&immutable=1", uri=True)) as base:
        base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.max_held_bytes)
        base.text_factory = bytes
        base.set_progress_handler(lambda: next(steps, None) is None, 100_000)
        found = base.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
        for (name,) in found.fetchall():
            yield from _rows(base, name.decode("utf-8"), budget)


def _rows(base: sqlite3.Connection, table: str, budget: Budget) -> Iterator[tuple[str, bytes]]:
    quoted = '"{}"'.format(table.replace('"', '""'))
    try:
        cursor = base.execute(f"SELECT rowid, * FROM {quoted}")  # noqa: S608 - quoted
    except sqlite3.OperationalError:  # a table without row ids
        cursor = base.execute(f"SELECT NULL, * FROM {quoted}")  # noqa: S608 - quoted
    for number, (row, *values) in enumerate(cursor, 1):
        texts = [value for value in values if isinstance(value, bytes)]
        yield f"{table}:{number if row is None else row}", budget.spend(b"\n".join(texts))
