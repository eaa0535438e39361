"""How a ledger is kept: who it is, where it lies, and what about its place may harm it.

Quick, unlike verification: no entry is read. Structure, guards, the newest signed head and the
published checkpoints are looked at, and then what lies around the file.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from harness.errors import ConfigError, IntegrityBroken
from harness.ledger.database import Database, located
from harness.ledger.filesystems import file_system_of
from harness.ledger.keyring import Keys
from harness.ledger.places import Place
from harness.ledger.published import Seen, compared, notes, state_of
from harness.ledger.schema import FORMAT
from harness.ledger.seal import Head
from harness.ledger.store import Info
from harness.proof.keys import PrivateKey
from harness.vocabulary import counted

WAL_RESET_FIXED: Final = ((3, 50, 7), (3, 51, 3))
"""First releases of SQLite, in their branches, without the WAL-reset bug (sqlite.org/wal.html)."""


class Condition(StrEnum):
    """How it is with one thing that was looked at."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that was looked at.

    Attributes:
        name: what.
        condition: how it is with it.
        seen: what was seen.
        todo: what to do about it; empty when it is good.
    """

    name: str
    condition: Condition
    seen: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Who a ledger is, and where everything of it lies.

    Attributes:
        path: the file.
        info: who it is.
        keys: the keys that sealed it.
        newest: its newest signed head.
        key_path: where the private key is expected.
        checkpoints: what each place of a checkpoint says of it.
    """

    path: Path
    info: Info
    keys: Keys
    newest: Head
    key_path: Path
    checkpoints: tuple[Seen, ...]


def whereabouts(
    path: str | os.PathLike[str], key_path: Path, published_in: Sequence[Place] = ()
) -> Whereabouts:
    """Who a ledger is; nothing is written.

    Raises:
        LedgerError: it cannot be read.
        IntegrityBroken: its newest head is not signed, or does not cover every entry.
    """
    file = located(path)
    state = state_of(file)
    seen = compared(file, notes(file, published_in, state))
    return Whereabouts(file, state.info, state.keys, state.newest, key_path, seen)


def check(
    path: str | os.PathLike[str], key_path: Path, published_in: Sequence[Place] = ()
) -> tuple[Looked, ...]:
    """Look at a ledger and at what lies around it; nothing is written.

    Raises:
        LedgerError: it cannot be read.
        IntegrityBroken: file, tables, guards, newest head or a published checkpoint are not sound.
    """
    found = whereabouts(path, key_path, published_in)
    _check_file(found.path)
    size = found.newest.size
    structure = Looked(
        "structure",
        Condition.GOOD,
        "tables, index and guards are a ledger's; "
        f"{counted(size, 'entry')}, all under a signed head",
    )
    around = (
        *_checkpoints(found.checkpoints),
        _file_system(found.path),
        _sqlite(sqlite3.sqlite_version_info),
        _key(key_path, found.keys),
        *_rights(found.path),
    )
    return (structure, *around)


def migrate(path: str | os.PathLike[str]) -> Info:
    """Bring a ledger to the newest format; who it is then.

    There is one format so far, so nothing is ever changed.

    Raises:
        LedgerError: it cannot be read, or a newer version wrote it.
        IntegrityBroken: it is of a format that never was.
    """
    file = located(path)
    info = state_of(file).info
    if info.format != FORMAT:
        raise IntegrityBroken(f"no release wrote format {info.format}", where=str(file))
    return info


def _check_file(path: Path) -> None:
    """SQLite's own look at the file: quick, without comparing index and rows."""
    database = Database(path, readonly=True)
    try:
        with database.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            if cursor.fetchone()[0] != "ok":
                raise IntegrityBroken(
                    "the ledger's file is damaged",
                    where=str(path),
                    todo="Run harness verify, and restore the ledger from its last good copy.",
                )
    finally:
        database.close()


def _checkpoints(found: Sequence[Seen]) -> Iterator[Looked]:
    for each in found:
        if each.broken:
            raise IntegrityBroken(
                each.problem,
                where=str(each.place),
                todo="Run harness verify; record nothing until this is resolved.",
            )
        if each.problem:
            yield Looked(
                "checkpoint",
                Condition.NOTE,
                f"{each.place}: {each.problem}",
                "The next command that records publishes it, if the folder is there and yours.",
            )
        else:
            yield Looked("checkpoint", Condition.GOOD, f"{each.place} vouches for all entries")
    if len(found) == 1:
        yield Looked(
            "checkpoint",
            Condition.NOTE,
            "the only checkpoint lies beside the ledger",
            "Name a folder on another machine as [ledger] checkpoints in harness.toml.",
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


def _key(path: Path, keys: Keys) -> Looked:
    try:
        held = PrivateKey.load(path).public.fingerprint
    except ConfigError as error:
        return Looked("key", Condition.BAD, f"{path}: {error.what}", error.todo)
    if held != keys.newest.fingerprint:
        return Looked(
            "key",
            Condition.BAD,
            f"{path} holds another key than the ledger's ({keys.newest.fingerprint})",
            "Restore the ledger's own key from its backup; nothing can be recorded without it.",
        )
    return Looked("key", Condition.GOOD, f"{path} is the ledger's, and its owner's alone")


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
