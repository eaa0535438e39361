"""Programs that a ledger's checkpoint is handed to: bounded in time and in what they may say.

Rules kept here:

* a program is a list of words and never a shell's line;
* it runs in a session of its own, and is ended with all it started when its time is up;
* what it prints is taken up to a limit; what it complains of is not shown, for it may hold secrets.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from harness.classes import dataclass
from harness.errors import LedgerError

LIMIT = 64 * 1024
"""Bytes that are taken from a program; a checkpoint is smaller by far."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    Attributes:
        code: its exit code; negative when a signal ended it.
        output: what it printed; nothing when that was not asked for.
    """

    code: int
    output: bytes


def run(
    words: Sequence[str],
    given: bytes,
    *,
    seconds: float,
    folder: Path,
    environment: Mapping[str, str],
    listen: bool = True,
) -> Ended:
    """Run a program to its end.

    Args:
        words: the program and its arguments.
        given: what it reads; small enough for a pipe's buffer.
        seconds: how long it may take.
        folder: where it is run.
        environment: all the variables it gets.
        listen: take what it prints.

    Raises:
        LedgerError: it cannot be run, takes longer, or prints more than the limit.
    """
    deadline = time.monotonic() + seconds
    try:
        process = subprocess.Popen(  # noqa: S603 - words of harness.toml, no shell
            words,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if listen else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its words cannot be used"
        raise LedgerError(f"{words[0]!r} cannot be run: {reason}") from None
    with process:
        try:
            return _watched(process, given, deadline)
        except (subprocess.TimeoutExpired, TimeoutError):
            raise LedgerError(f"it did not end within {seconds:g} s") from None
        finally:
            _end(process)


def _watched(process: "subprocess.Popen[bytes]", given: bytes, deadline: float) -> Ended:
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as stream:
        stream.write(given)  # who reads nothing closes the pipe
    output = b"" if process.stdout is None else _taken(process.stdout.fileno(), deadline)
    return Ended(process.wait(max(0.0, deadline - time.monotonic())), output)


def _taken(descriptor: int, deadline: float) -> bytes:
    """All that is printed until the end of the stream."""
    taken = b""
    while len(taken) <= LIMIT:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        chunk = os.read(descriptor, LIMIT)
        if not chunk:
            return taken
        taken += chunk
    raise LedgerError(f"it printed more than {LIMIT} bytes")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program that still runs, and what it started."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
