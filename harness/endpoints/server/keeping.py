"""What a server keeps on disk between two starts, and that only one server keeps it there.

The state of the account is one JSON file, replaced as a whole: after each few seconds in which
something happened, and at the end. A crash costs those seconds.
"""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from harness import files
from harness.account.account import Account
from harness.endpoints.server.journal import Journal
from harness.errors import ConfigError
from harness.limits import MIB
from harness.proof import durable
from harness.wsdl import Contract

_FLUSH = 0.25
"""Seconds between two batches of the journal."""
_SAVE = 3.0
"""Seconds between two savings of the state, at least."""
_SHARE = 20
"""Saving takes one of so many seconds at most, however large the state is."""
_MOST = 512 * MIB
_KIND = "harness serve"


class StateFile:
    """The file in which the state of an account is kept.

    Attributes:
        touched: something may have happened since it was saved.
        problem: why it could not be saved the last time; empty while all is well.
    """

    def __init__(self, path: Path, contract: Contract, account: Account) -> None:
        """Prepare; nothing is read or written yet."""
        self.path = path
        self.touched, self.problem = False, ""
        self._contract, self._account = contract.ref, account
        self._lock = threading.Lock()

    def load(self) -> bool:
        """Let the account go on from the file; says whether there is one.

        Raises:
            ConfigError: it is no such file, or was kept under another contract.
        """
        try:
            data = files.read(self.path, _MOST)
            if len(data) > _MOST:
                raise self._unusable("it is too large")
            kept = json.loads(data)
        except FileNotFoundError:
            return False
        except (OSError, ValueError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not JSON"
            raise self._unusable(reason or "it cannot be read") from None
        self._account.restore(self._checked(kept))
        return True

    def _checked(self, kept: Any) -> dict[str, Any]:
        if not isinstance(kept, dict) or kept.get("state") != _KIND or kept.get("format") != 1:
            raise self._unusable("it is no state of harness serve, or of another release")
        if kept.get("contract") != self._contract:
            shown = str(kept.get("contract"))[:80]
            raise self._unusable(f"it was kept under {shown}, and this is {self._contract}")
        account = kept.get("account")
        if not isinstance(account, dict):
            raise self._unusable("it holds no account")
        return account

    def _unusable(self, reason: str) -> ConfigError:
        return ConfigError(
            f"the kept state of the account cannot be used: {reason}",
            where=str(self.path),
            todo="Start with --fresh to begin anew, or name another file with --state-file.",
        )

    def set_aside(self) -> None:
        """Begin anew; the file of before stays as FILE.before."""
        with suppress(FileNotFoundError):
            self.path.replace(self.path.with_name(f"{self.path.name}.before"))

    def save(self) -> None:
        """Replace the file by the present state, durably. Never raises."""
        with self._lock:
            self.touched = False
            account = self._account.snapshot()
            kept = {"state": _KIND, "format": 1, "contract": self._contract, "account": account}
            try:
                replace(self.path, json.dumps(kept).encode())
                self.problem = ""
            except OSError as error:
                self.problem = f"the state is not saved: {error.strerror or 'refused'}"


class Keeper:
    """Writes journal and state while a server runs."""

    def __init__(self, journal: Journal, state: StateFile | None) -> None:
        """Prepare."""
        self._journal, self._state = journal, state
        self._told: set[str] = set()

    async def watch(self) -> None:
        """Write what is due, until cancelled."""
        next_save = time.monotonic() + _SAVE
        while True:
            await asyncio.sleep(_FLUSH)
            self._journal.flush()
            state, now = self._state, time.monotonic()
            if state is not None and state.touched and now >= next_save:
                await asyncio.to_thread(state.save)
                ended = time.monotonic()
                next_save = ended + max(_SAVE, _SHARE * (ended - now))
            self._tell()

    def close(self) -> None:
        """Write everything."""
        self._journal.close()
        if self._state is not None:
            self._state.save()
        self._tell()

    def _tell(self) -> None:
        """Say once what does not work; the server goes on."""
        for problem in (*self._journal.problems, self._state.problem if self._state else ""):
            if problem and problem not in self._told:
                self._told.add(problem)
                sys.stderr.write(f"harness: {problem}\n")


def replace(path: Path, data: bytes) -> None:
    """Write a file that only this user may read, whole or not at all.

    Raises:
        OSError: the system refuses.
    """
    durable.replace(path, data, 0o600)


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Be the only process that holds this lock file; it ends with the process, however that ends.

    Raises:
        ConfigError: another one holds it, or it cannot be written.
    """
    try:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"nothing can be kept here: {reason}", where=str(lock.parent)) from None
    try:
        if not _locked(descriptor):
            raise ConfigError(
                "another harness serve keeps its files here",
                where=str(lock.parent),
                todo="Give each server a folder of its own with --folder.",
            )
        yield
    finally:
        os.close(descriptor)


def is_held(lock: Path) -> bool:
    """Whether a running server holds this lock file; its other files are of use only then."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _locked(descriptor)
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
