"""Files and folders searched for identity codes, with bounded memory, following no link.

Raw bytes are searched first, whatever the file is; then what is packed in it. What cannot be
examined is a find of its own: silence would read as "nothing there".
"""

import os
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import IO, Final

from harness import files
from harness.classes import dataclass
from harness.limits import MIB
from harness.privacy import packed
from harness.privacy.decoding import Form
from harness.privacy.packed import DEFAULT_LIMITS, Budget, SearchLimits, Unread
from harness.privacy.recognising import REACH, Found, Kind, Wanted, finds_in

SKIPPED: Final = frozenset({".git", "site-packages", "node_modules"})
"""Folders of others' files, and git's store, whose objects are compressed; searched when named."""
_PIECE: Final = MIB
_BEGINNING: Final = 16


@dataclass(frozen=True, slots=True)
class Sighting:
    """One find, fit to be printed.

    Attributes:
        path: the file, with ``!MEMBER`` for what is packed in it; names that hold a code masked.
        place: line, ``TABLE:ROW`` of a database, ``name`` or empty.
        kind: what it is.
        form: how it is written.
        why: why something was not examined; else empty.
    """

    path: str
    place: str
    kind: Kind
    form: Form = Form.PLAIN
    why: str = ""

    def __str__(self) -> str:
        where = ":".join(filter(None, (self.path, self.place)))
        if self.kind is Kind.UNREAD:
            return f"{where}: {self.kind.value}: {self.why}"
        shown = "" if self.kind is Kind.FORBIDDEN else " ******-****"
        return f"{where}: {self.kind.value}{shown}, {self.form.value}"


@dataclass(slots=True)
class Searched:
    """What a search saw.

    Attributes:
        sightings: in the order of the files.
        files: how many were read.
        size: their bytes.
        links: symbolic links that were not followed.
        skipped: folders that were left out, see :data:`SKIPPED`.
    """

    sightings: list[Sighting] = field(default_factory=list)
    files: int = 0
    size: int = 0
    links: int = 0
    skipped: list[str] = field(default_factory=list)


def search(path: Path, wanted: Wanted, limits: SearchLimits = DEFAULT_LIMITS) -> Searched:
    """Search a file, or a folder with all below it. The path itself may be a link."""
    result = Searched()
    shown, finds = _named(str(path), "", wanted)
    result.sightings += finds
    if path.is_dir():
        _folder(path, shown, wanted, limits, result)
    else:
        _file(path, shown, wanted, limits, result)
    return result


def search_stream(
    stream: IO[bytes], name: str, wanted: Wanted, limits: SearchLimits = DEFAULT_LIMITS
) -> Searched:
    """Search a stream such as stdin, to its end."""
    searching = _Search(wanted, Budget(limits), name)
    searching.guarded(lambda: searching.stream(stream, name))
    return Searched(searching.sightings, 1, searching.size)


def _folder(
    folder: Path, shown: str, wanted: Wanted, limits: SearchLimits, result: Searched
) -> None:
    pending = [(folder, shown)]
    while pending:
        here, name = pending.pop()
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda each: each.name)
        except OSError as error:
            result.sightings.append(_unread(name, error.strerror or "cannot be read"))
            continue
        below = []
        for entry in entries:
            label, finds = _named(entry.name, f"{name}/", wanted)
            result.sightings += finds
            if entry.is_symlink():
                result.links += 1
            elif not entry.is_dir(follow_symlinks=False):
                _file(Path(entry.path), label, wanted, limits, result)
            elif entry.name in SKIPPED:
                result.skipped.append(label)
            else:
                below.append((Path(entry.path), label))
        pending += reversed(below)


def _file(path: Path, shown: str, wanted: Wanted, limits: SearchLimits, result: Searched) -> None:
    searching = _Search(wanted, Budget(limits), shown)
    searching.guarded(lambda: searching.file(path))
    result.sightings += searching.sightings
    result.files += 1
    result.size += searching.size


def _named(name: str, before: str, wanted: Wanted) -> tuple[str, list[Sighting]]:
    """How a name may be shown, and what is found in it."""
    found = finds_in(name.encode("utf-8", "surrogateescape"), wanted)
    if found:
        shown = f"{before}<name, {len(name)} chars>"
        return shown, [Sighting(shown, "name", each.kind, each.form) for each in found]
    return before + "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name), []


def _unread(path: str, why: str) -> Sighting:
    return Sighting(path, "", Kind.UNREAD, why=why)


@dataclass(slots=True)
class _Search:
    """The search of one file."""

    wanted: Wanted
    budget: Budget
    shown: str
    sightings: list[Sighting] = field(default_factory=list)
    size: int = 0
    rows: set[str] = field(default_factory=set, repr=False)
    """Finds in rows of a database; its raw bytes tell them no second time."""

    def guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Unread as unread:
            self.sightings.append(_unread(self.shown, str(unread)))

    def file(self, path: Path) -> None:
        """Examine one file that lies on disk.

        Raises:
            Unread: not all of it was.
        """
        with packed.told(), files.opened(path) as file:
            beginning = file.read(_BEGINNING)
            file.seek(0)
            if beginning == packed.SQLITE:
                self.guarded(lambda: self.database(path))
            self.opened(file, self.shown, 0)

    def database(self, path: Path) -> None:
        for place, data in packed.rows(path, self.budget):
            for found in finds_in(data, self.wanted):
                self.rows.add(found.key)
                self.tell(self.shown, place, found)

    def opened(self, file: IO[bytes], shown: str, depth: int) -> None:
        """The raw bytes, then what is packed in them."""
        self.stream(file, shown, counted=depth > 0)
        file.seek(0)
        if not packed.is_packed(file.read(_BEGINNING)):
            return
        if depth >= self.budget.limits.max_depth:
            raise Unread("packed too deep")
        for name, stream in packed.members(file, self.budget):
            label, finds = _named(name, f"{shown}!", self.wanted)
            self.sightings += finds
            with packed.told():
                self.member(stream, label, depth + 1)

    def member(self, stream: IO[bytes], shown: str, depth: int) -> None:
        beginning = stream.read(_BEGINNING)
        if packed.is_packed(beginning):
            self.opened(packed.held(stream, beginning, self.budget), shown, depth)
        else:
            self.stream(stream, shown, first=beginning, counted=True)

    def stream(
        self, stream: IO[bytes], shown: str, *, first: bytes = b"", counted: bool = False
    ) -> None:
        """Examine a stream piece by piece; each find belongs to one piece."""
        line, before, piece = 1, b"", first + stream.read(_PIECE)
        while piece:
            following = stream.read(_PIECE)
            if counted:
                self.budget.spend(piece)
            else:
                self.count(piece)
            data = before + piece
            end = len(data) - (REACH if following else 0)
            start = len(before) - REACH if before else 0
            for found in finds_in(data, self.wanted):
                if start <= found.offset < end and found.key not in self.rows:
                    self.tell(shown, str(line + data.count(b"\n", 0, found.offset)), found)
            kept = data[-2 * REACH :]
            line += data.count(b"\n", 0, len(data) - len(kept))
            before, piece = kept, following

    def count(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self.budget.limits.max_file_bytes:
            raise Unread("too large; its beginning was examined")

    def tell(self, shown: str, place: str, found: Found) -> None:
        if len(self.sightings) >= self.budget.limits.max_finds:
            raise Unread(f"more than {len(self.sightings)} finds")
        self.sightings.append(Sighting(shown, place, found.kind, found.form))
