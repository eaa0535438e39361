"""What about the place of a ledger's file may harm it: the file system, SQLite, rights, names."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.errors import IntegrityBroken
from harness.ledger.dialect import Cursor
from harness.ledger.filesystems import file_system_of
from harness.ledger.looked import Condition, Looked

WAL_RESET_FIXED: Final = ((3, 50, 7), (3, 51, 3))
"""First releases of SQLite, in their branches, without the WAL-reset bug (sqlite.org/wal.html)."""


def around(path: Path, cursor: Cursor) -> Iterator[Looked]:
    """Look at the file, and at what lies around it.

    Raises:
        IntegrityBroken: the file is damaged.
    """
    _check_file(path, cursor)
    yield _file_system(path)
    yield _sqlite(sqlite3.sqlite_version_info)
    yield from _rights(path)


def _check_file(path: Path, cursor: Cursor) -> None:
    """SQLite's own look at the file: quick, without comparing index and rows."""
    cursor.execute("PRAGMA quick_check(1)")
    if cursor.fetchone()[0] != "ok":
        raise IntegrityBroken(
            "the ledger's file is damaged",
            where=str(path),
            todo="Run harness verify, and restore the ledger from its last good copy.",
        )


def _file_system(path: Path) -> Looked:
    system = file_system_of(path)
    if system.is_network:
        return Looked(
            "file system",
            Condition.BAD,
            f"{system.mounted} is {system.type}, a network file system",
            "Keep the ledger on a disk of this machine; only reading is possible here.",
        )
    if not system.type:
        return Looked(
            "file system",
            Condition.NOTE,
            "this system does not say what the ledger lies on",
            "Make sure that it is a disk of this machine.",
        )
    return Looked("file system", Condition.GOOD, f"{system.mounted} is {system.type}")


def _sqlite(version: tuple[int, int, int]) -> Looked:
    shown = ".".join(map(str, version))
    if version >= WAL_RESET_FIXED[-1] or any(
        first <= version < (*first[:2], 1000) for first in WAL_RESET_FIXED
    ):
        return Looked("SQLite", Condition.GOOD, f"version {shown}")
    return Looked(
        "SQLite",
        Condition.NOTE,
        f"version {shown} has the WAL-reset bug: very rarely, a commit during another process's "
        "checkpoint damages the file",
        "Use a Python with SQLite 3.51.3 or newer; until then keep backups, and let few write at "
        "once.",
    )


def _rights(path: Path) -> Iterator[Looked]:
    file, folder = path.stat(), path.parent.stat()
    writers = stat.S_IWGRP | stat.S_IWOTH
    if file.st_mode & writers or (folder.st_mode & writers and not folder.st_mode & stat.S_ISVTX):
        yield Looked(
            "rights",
            Condition.NOTE,
            "others may write the ledger, or replace it in its folder",
            f"chmod go-w {path} {path.parent}, unless they share the keeping of it.",
        )
    elif not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        yield Looked(
            "rights",
            Condition.NOTE,
            "you may read the ledger and not write it",
            "Nothing, if you only read. To record, its file and folder have to be yours.",
        )
    else:
        yield Looked("rights", Condition.GOOD, "nobody but its owner may write it")
    if file.st_nlink > 1:
        yield Looked(
            "names",
            Condition.BAD,
            f"the file has {file.st_nlink} names (hard links): each would get a log of its own",
            "Copy it to a file of its own by harness ledger backup, and restore that.",
        )
