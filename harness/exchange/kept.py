"""Exchanges kept on request: whole messages as files, with a day by which they have to be gone.

Each run or server has a folder of its own below the one that was asked for, readable for one person
only: ``index.jsonl``, and bodies named by their digest. The index says whose they are and until
when they may lie there, and names each body before it is written; no text of a message stands in
it. What no index names is not ours, and is never erased.

Several processes may add to one folder at once: a line of the index is one write.
"""

import json
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from harness import files
from harness.classes import dataclass
from harness.errors import ConfigError
from harness.limits import MIB
from harness.proof.durable import sync_folder
from harness.vocabulary import Level

INDEX: Final = "index.jsonl"
MOST: Final = 1024 * MIB
"""Bytes of all bodies that one process keeps."""
_FORMAT: Final = 1
_BODY: Final = re.compile(r"[0-9a-f]{64}\.body")
_RUN: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_FOLDER, _FILE = 0o700, 0o600
_APPEND: Final = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
_MOST_INDEX: Final = 256 * MIB


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whose exchanges are kept, and how long.

    Attributes:
        run: id of the run, or of the server.
        level: of the endpoint.
        until: when they have to be gone, UTC.
    """

    run: str
    level: Level
    until: datetime

    def line(self) -> bytes:
        """The first line of the index."""
        until = self.until.astimezone(UTC).isoformat(timespec="seconds")
        told = {**asdict(self), "format": _FORMAT, "until": until}
        return json.dumps(told).encode("ascii") + b"\n"

    @classmethod
    def read(cls, line: bytes) -> "Keeping | None":
        """What ``line`` wrote; None when it is something else."""
        try:
            told = json.loads(line)
            if told["format"] != _FORMAT or not _RUN.fullmatch(told["run"]):
                return None
            until = datetime.fromisoformat(told["until"]).astimezone(UTC)
            return cls(told["run"], Level(told["level"]), until)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


class Keeper:
    """Writes the bodies of one run or server, in this process."""

    def __init__(self, folder: Path, keeping: Keeping, most: int = MOST) -> None:
        """Go on in a folder that was begun, for at most ``most`` bytes."""
        self.folder, self.keeping = folder, keeping
        self._left = most

    @classmethod
    def begin(cls, parent: Path, keeping: Keeping, most: int = MOST) -> "Keeper":
        """Make the folder of a run, for this person alone, below ``parent``.

        Raises:
            ConfigError: it cannot be had.
        """
        folder = parent / keeping.run
        try:
            parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
            folder.mkdir(mode=_FOLDER)
            _write(folder / INDEX, keeping.line(), os.O_CREAT | os.O_EXCL)
        except OSError as error:
            raise _refused(error, parent) from None
        return cls(folder, keeping, most)

    @classmethod
    def join(cls, folder: Path) -> "Keeper":
        """Go on in a folder that another process began.

        Raises:
            ConfigError: nobody did.
        """
        for found in kept_in(folder):
            if found.folder == folder:
                return cls(folder, found.keeping)
        raise ConfigError("no exchanges are kept here", where=str(folder))

    def keep(self, bodies: Sequence[bytes], scenario: str = "", step: int = 0) -> None:
        """Keep the bodies of one exchange, each once.

        Args:
            bodies: request and answer, or only the request.
            scenario: id of the scenario that exchanged them, if one did.
            step: its number in the scenario, from 0; -1 is the health call.

        Raises:
            ConfigError: the system refuses, or as much is kept as may be.
        """
        size = sum(map(len, bodies))
        if size > self._left:
            raise ConfigError("as much is kept as may be", where=str(self.folder))
        names = [f"{sha256(each).hexdigest()}.body" for each in bodies]
        line = json.dumps({"scenario": scenario, "step": step, "bodies": names})
        try:
            _write(self.folder / INDEX, line.encode("ascii") + b"\n")
            for name, data in zip(names, bodies, strict=True):
                with suppress(FileExistsError):
                    _write(self.folder / name, data, os.O_CREAT | os.O_EXCL)
        except OSError as error:
            raise _refused(error, self.folder) from None
        self._left -= size


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies in the folder of one run or server.

    Attributes:
        folder: where.
        keeping: whose it is, and until when.
        bodies: names of files that the index gives, sorted; not all need be there any more.
        index: digest of the index.
    """

    folder: Path
    keeping: Keeping
    bodies: tuple[str, ...]
    index: str

    def is_due(self, now: datetime) -> bool:
        """The day has passed by which it has to be gone."""
        return self.keeping.until <= now

    def there(self) -> list[str]:
        """Names of bodies that still lie there."""
        return [name for name in self.bodies if _is_ours(self.folder / name)]

    def erase_bodies(self) -> int:
        """Erase, durably, the bodies that the index names; the index stays. How many there were.

        Raises:
            ConfigError: the system refuses.
        """
        names = self.there()
        try:
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
            sync_folder(self.folder)
        except OSError as error:
            raise _refused(error, self.folder, "erased") from None
        return len(names)

    def erase_rest(self) -> tuple[str, ...]:
        """Erase the index and the folder, once the bodies are erased.

        Returns:
            What lies there and is not ours: then index and folder stay.

        Raises:
            ConfigError: the system refuses.
        """
        try:
            others = sorted(each.name for each in self.folder.iterdir() if each.name != INDEX)
            if others:
                return tuple(others)
            (self.folder / INDEX).unlink(missing_ok=True)
            self.folder.rmdir()
            sync_folder(self.folder.parent)
        except OSError as error:
            raise _refused(error, self.folder, "erased") from None
        return ()


def kept_in(folder: Path) -> list[Kept]:
    """What was kept in a folder, oldest day first; of one run when the folder is a run's.

    Raises:
        ConfigError: it is a symbolic link, or cannot be read.
    """
    if folder.is_symlink():
        raise ConfigError(
            "this is a symbolic link, which may lead anywhere",
            where=str(folder),
            todo="Name the folder itself.",
        )
    try:
        places = [folder, *folder.iterdir()] if folder.is_dir() else []
        found = [_read(each) for each in places if stat.S_ISDIR(each.lstat().st_mode)]
    except OSError as error:
        raise _refused(error, folder, "read") from None
    known = [each for each in found if each is not None]
    return sorted(known, key=lambda each: (each.keeping.until, each.keeping.run))


def _read(folder: Path) -> Kept | None:
    """What the index of a folder says; None when there is none of ours."""
    index = folder / INDEX
    if not _is_ours(index):
        return None
    data = files.read(index, _MOST_INDEX)
    if len(data) > _MOST_INDEX:
        return None
    first, *lines = data.split(b"\n")
    keeping = Keeping.read(first)
    if keeping is None:
        return None
    names = {name for line in lines for name in _named(line)}
    return Kept(folder, keeping, tuple(sorted(names)), sha256(data).hexdigest())


def _named(line: bytes) -> Iterator[str]:
    """Bodies that a line names; none when a crash has torn it: then they were not written."""
    try:
        told = json.loads(line)["bodies"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return
    for name in told if isinstance(told, list) else ():
        if isinstance(name, str) and _BODY.fullmatch(name):
            yield name


def _is_ours(path: Path) -> bool:
    """A file, not a link to one, and under no second name, under which it would go on to lie."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


def _write(path: Path, data: bytes, how: int = 0) -> None:
    descriptor = os.open(path, _APPEND | how | getattr(os, "O_CLOEXEC", 0), _FILE)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)


def _refused(error: OSError, place: Path, done: str = "kept") -> ConfigError:
    reason = error.strerror or type(error).__name__
    return ConfigError(f"exchanges cannot be {done}: {reason}", where=str(place))
