"""Files that survive power loss: what is written whole, and the name it is found by."""

import os
from contextlib import suppress
from pathlib import Path


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
