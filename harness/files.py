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
    except ValueError:
        raise _no_path(path) from None
    _judge(mode, path)


def opened(path: Path) -> BinaryIO:
    """A file, open for reading: what was opened is judged, whatever lay there a moment before.

    Raises:
        OSError: as of :func:`check`, or it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _NOT_WAITING)
    except ValueError:
        raise _no_path(path) from None
    except OSError as error:
        raise _no_file(path) if error.errno == errno.ENXIO else error from None  # a socket
    try:
        _judge(os.fstat(descriptor).st_mode, path)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read(path: Path, most: int) -> bytes:
    """The bytes of a file: all of them, or ``most`` and one more when there are more.

    Raises:
        OSError: as of :func:`opened`, or it cannot be read.
    """
    with opened(path) as file:
        return file.read(most + 1)


def _judge(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise _no_file(path)


def _no_file(path: Path) -> OSError:
    return OSError(errno.EINVAL, "this is a pipe or a device, not a file", str(path))


def _no_path(path: Path) -> OSError:
    """It is of characters that no path has."""
    return OSError(errno.EINVAL, "the path is not usable", str(path))


_NOT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
