"""The one door for files that people name: a pipe or a device is refused, never waited for."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def check(path: Path) -> None:
    """Look whether a path names a file, before somebody else opens it.

    Raises:
        FileNotFoundError: nothing is there.
        OSError: it is a folder, a pipe, a socket or a device, which ``strerror`` says.
    """
    try:
        mode = path.stat().st_mode
    except ValueError:  # a path of characters that no path has
        raise OSError(errno.EINVAL, "the path is not usable", str(path)) from None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "this is a pipe or a device, not a file", str(path))


def opened(path: Path) -> BinaryIO:
    """A file, open for reading.

    Raises:
        OSError: as of :func:`check`, or it cannot be opened.
    """
    check(path)
    # What takes its place in this instant is not waited for either.
    return os.fdopen(os.open(path, os.O_RDONLY | _NOT_WAITING), "rb")


def read(path: Path, most: int) -> bytes:
    """The bytes of a file: all of them, or ``most`` and one more when there are more.

    Raises:
        OSError: as of :func:`opened`, or it cannot be read.
    """
    with opened(path) as file:
        return file.read(most + 1)


_NOT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
