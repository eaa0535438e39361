"""Files that survive power loss: what is written whole, and the name it is found by."""

import errno
import fcntl
import glob
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from harness.errors import ConfigError

_ENDING = ".unfinished"
_UNFINISHED = f".*.{'[0-9a-f]' * 8}{_ENDING}"


def replace(place: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file as a whole, durably; nobody gets more rights to it than ``mode`` gives.

    Raises:
        OSError: it could not be done; the old file is intact.
    """
    temporary = place.with_name(f".{place.name}.new")
    try:
        temporary.unlink(missing_ok=True)  # of a crash: its rights may be others
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(place.parent)


def create(path: Path, data: bytes) -> None:
    """Create a file that did not exist, owner-only, whole from the moment it has its name.

    Raises:
        FileExistsError: there is a file already; it is untouched.
        OSError: it could not be written; nothing half remains.
    """
    with unfinished(path, 0o600) as (temporary, file):
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links: exclusive, if not in one step
            _write_exclusive(path, data)
    sync_folder(path.parent)


@contextmanager
def unfinished(path: Path, mode: int = 0o666) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file beside the one that it is to become; gone at the end, if it did not become that.

    Yields:
        Its name, and the file, open for writing.

    Raises:
        OSError: it could not be made.
    """
    place, file = begin(path, mode)
    try:
        with file:
            yield place, file
    finally:
        place.unlink(missing_ok=True)


def begin(path: Path, mode: int = 0o666) -> tuple[Path, BinaryIO]:
    """A new file beside the one that it is to become; its name says that it is not finished.

    It is held for as long as it is open: what nobody holds was left by a process that was killed,
    and is removed by :func:`sweep`.

    Raises:
        OSError: it could not be made.
    """
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    while True:
        place = path.with_name(f".{path.name[:50]}.{secrets.token_hex(4)}{_ENDING}")
        file = os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
        with suppress(OSError):  # a file system without locks: then nobody sweeps there
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return place, file
        file.close()  # swept in the instant before it was held


def sweep(folder: Path) -> None:
    """Remove what processes that were killed left unfinished in a folder."""
    for place in folder.glob(_UNFINISHED):
        with suppress(OSError), place.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for each in folder.glob(f"{glob.escape(place.name)}*"):  # and a database's journal
                each.unlink()


def give_name(whole: Path, path: Path) -> None:
    """Give a file that is whole its name, durably, where nothing has that name.

    Raises:
        FileExistsError: there is a file already; it is untouched.
        OSError: it could not be done.
    """
    try:
        os.link(whole, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: what comes in between is written over
        whole.rename(path)
    else:
        whole.unlink()
    sync_folder(path.parent)


def write_new(path: Path, data: bytes, *, called: str = "file", todo: str) -> None:
    """Create a file that did not exist, as :func:`create` does; whoever named it is told why not.

    Args:
        path: as the user named it.
        data: all of it.
        called: what the file is called in what is told.
        todo: what to do when there is one already.

    Raises:
        ConfigError: the file exists already or cannot be written.
    """
    try:
        sweep(path.parent)
        create(path, data)
    except FileExistsError:
        what = f"there is a {called} already; nothing is written over"
        raise ConfigError(what, where=str(path), todo=todo) from None
    except OSError as error:
        raise ConfigError(
            f"the {called} cannot be written: {error.strerror}",
            where=str(path),
            todo="Name a folder that exists and that you may write to.",
        ) from None


def _write_exclusive(path: Path, data: bytes) -> None:
    """Write a file that did not exist, owner-only from its first byte; nothing half remains."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise


def exchange(place: Path, coming: Path, aside: Path) -> None:
    """Put a file into the place of another one, which is kept aside.

    At every instant the place holds the one or the other, where the file system has hard links.

    Raises:
        OSError: it could not be done; both files are there, under one name or another.
    """
    try:
        os.link(place, aside)
    except OSError:  # a file system without hard links: for an instant the place is empty
        place.rename(aside)
    coming.replace(place)
    sync_folder(place.parent)


def make_folder(folder: Path, *, parents: bool = True) -> None:
    """Make a folder, where wanted with those above it, so that their names survive as well.

    Raises:
        OSError: it could not be made.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=parents, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


def sync_folder(folder: Path) -> None:
    """Make names made or changed in a folder durable, where the system can (not on Windows).

    Raises:
        OSError: the folder cannot be synced.
    """
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
