"""The journal of exchanges: sizes, digests and findings, never a body, never an identity code.

In a file it is JSON Lines behind one header line, and only ever appended to. Lines are handed to
the system in batches, a few times a second, and made durable at the end; a line is whole or
absent. What a crash has torn is cut off at the next start, and that is told. A file that has
reached its size becomes FILE.1, in place of the one before, and a new one goes on counting.
"""

import json
import os
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from harness import files
from harness.classes import dataclass
from harness.endpoints.server.site import Observed
from harness.errors import ConfigError
from harness.exchange.kept import Keeper
from harness.limits import MIB

SHOWN = 1000
"""Entries that are at hand; older ones stand in the file only."""
_HEADER = b'{"journal":"harness serve","format":1,"after":'
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class JournalLimits:
    """What may be written. Sizes in bytes."""

    max_file_bytes: int = 16 * MIB
    """One file of the journal; there are two at most."""


DEFAULT_LIMITS = JournalLimits()


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange.

    Attributes:
        position: 1 for the first of the journal, without gaps.
        at: when it was answered, ISO 8601 in UTC.
        direction: ``in``, or ``out`` for what the account pushed.
        method: HTTP method.
        path: path of a service, or of the return channel; empty for any other.
        operation: operation of the contract; empty when it cannot be told.
        status: HTTP status of the right answer, before a fault was played; 0 for no answer.
        codes: codes of what was found wrong with the request, or with the answer to a push.
        fault: name of the fault that was played; usually empty.
        request_bytes: size of the request's body.
        request_sha256: its digest.
        answer_bytes: size of the right answer's body.
        answer_sha256: its digest.
        seconds: time it took to find the answer, or to get it.
    """

    position: int
    at: str
    direction: str
    method: str
    path: str
    operation: str
    status: int
    codes: tuple[str, ...]
    fault: str
    request_bytes: int
    request_sha256: str
    answer_bytes: int
    answer_sha256: str
    seconds: float

    def data(self) -> dict[str, Any]:
        """As JSON-able data."""
        return asdict(self)

    @classmethod
    def read(cls, line: bytes) -> "Entry":
        """From a line of the file.

        Raises:
            ValueError: it is something else.
        """
        found = json.loads(line)
        if not isinstance(found, dict) or tuple(found) != _FIELDS:
            raise ValueError("other fields")
        for name, kind in _KINDS.items():
            if type(found[name]) is not kind:
                raise ValueError(name)
        codes = found["codes"]
        if not all(isinstance(code, str) for code in codes) or found["position"] < 1:
            raise ValueError("codes")
        return cls(**{**found, "codes": tuple(codes)})


_FIELDS = tuple(each.name for each in fields(Entry))
_NUMBERS = {"position", "status", "request_bytes", "answer_bytes"}
_KINDS: Mapping[str, type] = {
    **{name: int if name in _NUMBERS else str for name in _FIELDS},
    "codes": list,
    "seconds": float,
}


def line_of(position: int, observed: Observed, digests: tuple[str, str]) -> bytes:
    """An exchange as a line of the file: every call waits for it, so it is written by hand.

    Args:
        position: of the entry.
        observed: the exchange.
        digests: of the request's body and the right answer's.
    """
    received, reply = observed.received, observed.reply
    fault = reply.fault.name.value if reply.fault else ""
    at = observed.at.isoformat(timespec="microseconds").removesuffix("+00:00")
    text = (
        f'{{"position":{position},"at":"{at}Z","direction":"{observed.direction}",'
        f'"method":{_quoted(received.method)},"path":{_quoted(observed.path)},'
        f'"operation":{_quoted(observed.operation)},"status":{reply.answer.status},'
        f'"codes":{_quoted(observed.codes)},"fault":{_quoted(fault)},'
        f'"request_bytes":{len(received.body)},"request_sha256":"{digests[0]}",'
        f'"answer_bytes":{len(reply.answer.body.data)},"answer_sha256":"{digests[1]}",'
        f'"seconds":{observed.seconds:.6f}}}\n'
    )
    return text.encode("ascii")


@lru_cache(maxsize=1024)
def _quoted(what: str | tuple[str, ...]) -> str:
    """As JSON; there are only so many names, and codes without repetition."""
    return json.dumps(what if isinstance(what, str) else list(dict.fromkeys(what)))


class JournalFile:
    """The file of a journal, open for appending.

    Attributes:
        lines: the last ones it had when it was opened.
        last: position of the last one.
        cut: bytes of a torn last line that were cut off.
    """

    def __init__(self, path: Path, limits: JournalLimits = DEFAULT_LIMITS) -> None:
        """Open it, or begin one.

        Raises:
            ConfigError: it is no journal, is damaged, or cannot be written.
        """
        self.path, self._limits = path, limits
        self.lines: list[bytes] = []
        self.last = self.cut = self._size = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = _opened(path)
            self._begin(path.read_bytes() if self._fits() else b"?\n")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigError(f"the journal cannot be written: {reason}", where=str(path)) from None

    def _fits(self) -> bool:
        return os.fstat(self._descriptor).st_size <= 2 * self._limits.max_file_bytes

    def _begin(self, data: bytes) -> None:
        whole, newline, torn = data.rpartition(b"\n")
        beginning = torn.rstrip(b"\0")[: len(_HEADER)]  # lost power leaves zeros
        if not newline and _HEADER.startswith(beginning):
            self.cut = len(torn)  # its beginning was torn, if there was one
            os.ftruncate(self._descriptor, 0)
            self._head()
            return
        self._read(whole.split(b"\n"))
        if torn:
            self.cut = len(torn)
            os.ftruncate(self._descriptor, len(data) - len(torn))
        self._size = len(data) - len(torn)

    def _read(self, lines: list[bytes]) -> None:
        number = lines[0].removeprefix(_HEADER).removesuffix(b"}")
        if not lines[0].startswith(_HEADER) or not number.isdigit() or len(number) > 18:
            raise self._foreign("this file is not a journal of harness serve")
        self.last = int(number)
        first = max(1, len(lines) - SHOWN)
        for index in range(first, len(lines)):
            try:
                entry = Entry.read(lines[index])
            except (ValueError, RecursionError):
                raise self._foreign(f"line {index + 1} of the journal is damaged") from None
            self.lines.append(lines[index])
            self.last = entry.position

    def _foreign(self, what: str) -> ConfigError:
        os.close(self._descriptor)
        todo = "Move the file away, or name another one with --journal."
        return ConfigError(what, where=str(self.path), todo=todo)

    def _head(self) -> None:
        self._size = 0
        self._write(_HEADER + b"%d}\n" % self.last)

    def append(self, lines: Sequence[bytes]) -> None:
        """Write the lines of entries that follow those written before.

        Raises:
            OSError: the system refuses; the file ends with the last whole line then.
        """
        data = b"".join(lines)
        if self._size + len(data) > self._limits.max_file_bytes:
            self._turn_over()
        self._write(data)
        self.last += len(lines)

    def _turn_over(self) -> None:
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        fresh = _opened(self.path)  # when this fails, there is still something to close
        os.close(self._descriptor)
        self._descriptor = fresh
        self._head()

    def _write(self, data: bytes) -> None:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)

    def close(self) -> None:
        """Make everything durable."""
        with suppress(OSError):
            os.fsync(self._descriptor)
        os.close(self._descriptor)


def _opened(path: Path) -> int:
    with suppress(FileNotFoundError):
        files.check(path)
    # Of a pipe that took its place in this instant nobody is waited for who reads it.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _CLOEXEC | getattr(os, "O_NONBLOCK", 0)
    return os.open(path, flags, _PRIVATE)


_CLOEXEC = getattr(os, "O_CLOEXEC", 0)


class Journal:
    """Every exchange of one server, the last ones at hand, all of them in a file if there is one.

    Attributes:
        last: position of the last entry.
        problems: what is no longer written, and why; empty while all is well.
    """

    def __init__(self, file: JournalFile | None = None, keeper: Keeper | None = None) -> None:
        """Go on behind the entries of the file; ``keeper`` keeps whole bodies."""
        self._file, self._keeper = file, keeper
        self._lock = threading.Lock()
        """Calls and pushes are taken down in threads of their own."""
        self._lines = deque(file.lines if file else (), SHOWN)
        self._unwritten: list[bytes] = []
        self.last = file.last if file else 0
        self.problems: tuple[str, ...] = ()
        self._writing = file is not None

    @property
    def path(self) -> Path | None:
        """The file; ``None`` without one."""
        return self._file.path if self._file else None

    def note(self, observed: Observed) -> None:
        """Take down one exchange. Never raises, and hardly waits."""
        bodies = observed.received.body, observed.reply.answer.body.data
        digests = sha256(bodies[0]).hexdigest(), sha256(bodies[1]).hexdigest()
        with self._lock:
            self.last += 1
            line = line_of(self.last, observed, digests)
            self._lines.append(line)
            if self._writing:
                self._unwritten.append(line)
            if self._keeper is not None:
                self._keep(self._keeper, bodies)

    def _keep(self, keeper: Keeper, bodies: tuple[bytes, bytes]) -> None:
        try:
            keeper.keep(bodies)
        except ConfigError as error:
            self._keeper = None
            self.problems += (f"bodies are no longer kept: {error.what}",)

    def after(self, position: int, limit: int = SHOWN) -> tuple[Entry, ...]:
        """The first entries at hand behind a position, in order."""
        with self._lock:
            start = max(0, position - (self.last - len(self._lines)))
            lines = list(islice(self._lines, start, start + limit))
        return tuple(map(Entry.read, lines))

    def latest(self, count: int) -> tuple[Entry, ...]:
        """The last entries, the newest first."""
        with self._lock:
            lines = list(islice(reversed(self._lines), count))
        return tuple(map(Entry.read, lines))

    def flush(self) -> None:
        """Hand to the system what was taken down since."""
        with self._lock:
            batch, self._unwritten = self._unwritten, []
        if not batch or self._file is None:
            return
        try:
            self._file.append(batch)
        except OSError as error:
            self._writing = False
            last = self._file.last
            self.problems += (
                f"the journal ends at position {last}: {error.strerror or 'refused'}",
            )

    def close(self) -> None:
        """Write the rest and make it durable."""
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None
