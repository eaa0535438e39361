"""The record as text: JSON Lines that anybody can read, and check without our code.

Rules kept here:

* the first line says what the file is and whose record, the last how much there was; between them
  stand entries and signed heads as they came about, a head right behind the last entry it covers;
* an entry's state ends its line, to the byte as it was sealed: no JSON has to be written again to
  compute a hash;
* every line has one form, without blanks; a line in another form is not read;
* ``created`` and ``at`` are a machine's clock and not sealed.

``verify_ledger.py`` beside this module reads the same lines, and nothing of this package.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from harness import files
from harness.classes import dataclass
from harness.errors import IntegrityBroken, LedgerError
from harness.ledger.codec import MAX_STATE
from harness.ledger.seal import Entry, Head
from harness.ledger.store import Info
from harness.proof import checkpoint
from harness.vocabulary import counted

if TYPE_CHECKING:
    from harness.ledger.sources import Source
    from harness.proof.checkpoint import Checkpoint

FORMAT = 1
"""Version of the lines; a file with a larger one was written by a newer release."""
MAX_LINE = MAX_STATE + 1024
"""Bytes of one line, its end included: what stands before a state is shorter."""

_NUMBER = rb"(0|[1-9][0-9]{0,17})"
_TIME = rb"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)"
_FIRST = re.compile(
    rb'\{"export":' + _NUMBER + rb',"origin":"([!#-*,-\[\]-~]{1,200})",'
    rb'"key":"(ed25519:[0-9a-f]{64})","created":"' + _TIME + rb'"\}'
)
_ENTRY = re.compile(
    rb'\{"position":' + _NUMBER + rb',"project":"([a-z0-9][a-z0-9._-]{0,99})",'
    rb'"version":' + _NUMBER + rb',"topic":"([a-zA-Z0-9.-]{1,200})","state":(\{.*\})\}'
)
_HEAD = re.compile(rb'\{"head":' + _NUMBER + rb',"at":"' + _TIME + rb'","note":("[^\x00-\x1f]*")\}')
_LAST = re.compile(rb'\{"entries":' + _NUMBER + rb',"heads":' + _NUMBER + rb"\}")


@dataclass(frozen=True, slots=True)
class Counted:
    """The last line: how much there was."""

    entries: int
    heads: int


Line: TypeAlias = Info | Entry | Head | Counted


def lines(source: "Source") -> Iterator[bytes]:
    """A record as lines, each with its end.

    Raises:
        IntegrityBroken: the record holds what no line can show.
    """
    return map(_written, record(source))


def record(source: "Source") -> Iterator[Line]:
    """A record in its order: who it is, entries and heads as they came about, how much there was.

    Raises:
        IntegrityBroken: entries and heads do not belong together.
    """
    yield source.info()
    rows, entries, heads = source.rows(), 0, 0
    for head in source.heads():
        while entries < head.size:
            entry = next(rows, None)
            if entry is None:
                raise IntegrityBroken(f"the ledger ends at entry {entries}")
            yield entry
            entries += 1
        yield head
        heads += 1
    if next(rows, None) is not None:
        raise IntegrityBroken(f"the entries after {entries} are not sealed")
    yield Counted(entries, heads)


def _written(line: Line) -> bytes:
    match line:
        case Info(_, origin, key, created):
            first = {"export": FORMAT, "origin": origin, "key": key, "created": created}
            return _ended(json.dumps(first, separators=(",", ":")).encode(), _FIRST)
        case Entry():
            return _ended(_entry(line), _ENTRY)
        case Head(size, _, _, note, at):
            text = json.dumps(note.decode("utf-8", "replace"), ensure_ascii=False).encode()
            return _ended(b'{"head":%d,"at":"%b","note":%b}' % (size, at.encode(), text), _HEAD)
        case Counted(entries, heads):
            return _ended(b'{"entries":%d,"heads":%d}' % (entries, heads), _LAST)


def _entry(entry: Entry) -> bytes:
    return b'{"position":%d,"project":"%b","version":%d,"topic":"%b","state":%b}' % (
        entry.position,
        entry.project,
        entry.version,
        entry.topic,
        entry.state,
    )


def _ended(line: bytes, form: re.Pattern[bytes]) -> bytes:
    if not form.fullmatch(line) or len(line) >= MAX_LINE:
        raise IntegrityBroken("the record holds something that cannot be exported")
    return line + b"\n"


def read(path: Path) -> Iterator[Line]:
    """The lines of an export, in order and complete; nothing of the seal is checked.

    Raises:
        LedgerError: it cannot be read, or a newer version wrote it.
        IntegrityBroken: it is not an export in its one form.
    """
    yield from _ordered(_parsed(path))


def _ordered(found: Iterator[Line]) -> Iterator[Line]:
    """What comes first, what stands behind what, and what comes last."""
    entries, heads, sealed = 0, 0, -1
    last: Counted | None = None
    for number, line in enumerate(found, 1):
        in_place = (number == 1) is isinstance(line, Info) and last is None
        match line:
            case Entry():
                entries += 1
            case Head(size):
                in_place &= sealed < size == entries
                heads, sealed = heads + 1, size
            case Counted():
                last = line
        if not in_place:
            raise IntegrityBroken(f"line {number} of the export is not in its place")
        yield line
    if last != Counted(entries, heads):
        raise IntegrityBroken("the export is cut off, or something was added to it")


def _parsed(path: Path) -> Iterator[Line]:
    try:
        with files.opened(path) as file:
            number = 0
            while line := file.readline(MAX_LINE):
                number += 1
                yield _line(line, number)
    except OSError as error:
        raise LedgerError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _line(line: bytes, number: int) -> Line:
    content = line[:-1]
    if line.endswith(b"\n"):
        if found := _ENTRY.fullmatch(content):
            return Entry(int(found[1]), found[2], int(found[3]), found[4], found[5])
        if found := _HEAD.fullmatch(content):
            return _head(int(found[1]), found[2].decode(), found[3])
        if found := _FIRST.fullmatch(content):
            return _info(found)
        if found := _LAST.fullmatch(content):
            return Counted(int(found[1]), int(found[2]))
    raise IntegrityBroken(f"line {number} is not one of an export")


def _info(found: re.Match[bytes]) -> Info:
    version = int(found[1])
    if version > FORMAT:
        raise LedgerError(
            f"a newer version wrote the export (format {version}, this one knows {FORMAT})",
            todo="Install that version of connection-harness.",
        )
    if version < FORMAT:
        raise IntegrityBroken("no version has written an export of format 0")
    return Info(version, found[2].decode(), found[3].decode(), found[4].decode())


def _head(size: int, at: str, text: bytes) -> Head:
    """A head; its tree is not in an export, it is computed from the entries."""
    try:
        note = json.loads(text.decode("utf-8"))
        said: Checkpoint = checkpoint.read(note.encode("utf-8"))
    except ValueError:  # broken text, broken escapes, half a surrogate pair
        raise IntegrityBroken(f"the head of {counted(size, 'entry')} holds no checkpoint") from None
    if json.dumps(note, ensure_ascii=False).encode() != text or said.size != size:
        raise IntegrityBroken(f"the head of {counted(size, 'entry')} is not in its one form")
    return Head(size, said.root, b"", note.encode(), at)


class ExportSource:
    """An exported record, to be verified."""

    keeps_frontiers = False

    def __init__(self, path: Path) -> None:
        """Read from a file, as often as need be."""
        self.path = path

    def info(self) -> Info:
        """Whose record the first line says it is."""
        first = next(read(self.path), None)
        if not isinstance(first, Info):
            raise IntegrityBroken("this is not an export of a ledger")
        return first

    def check_rows(self) -> None:
        """Nothing: a line has its types by its form."""

    def rows(self) -> Iterator[Entry]:
        """Entries in the order of the file."""
        return (line for line in read(self.path) if isinstance(line, Entry))

    def heads(self) -> Iterator[Head]:
        """Heads in the order of the file."""
        return (line for line in read(self.path) if isinstance(line, Head))

    def check_end(self, size: int) -> None:
        """Nothing: the last line was compared with what stands before it."""
        del size

    def check_guards(self) -> None:
        """Nothing: a file of text has none."""

    def portfolio(self) -> None:
        """None: an export holds the record and nothing that is made of it."""
