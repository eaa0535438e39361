"""``harness serve`` as a child process, as somebody would start it at a prompt."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACT = "asiointitili/viranomaispalvelut/1.7-2024-04"
PATIENCE = 60.0
"""Seconds for the server to say where it is, and again to stop."""


@dataclass
class Served:
    """Where the server is, and after it was stopped, how it went.

    Attributes:
        addresses: what it printed: ``contract``, ``wsdl``, ``url``, ``signed``.
        code: exit code.
        out: what else it wrote to stdout.
        log: what it wrote to stderr.
    """

    addresses: dict[str, str]
    code: int | None = None
    out: str = ""
    log: str = ""


def harness(*arguments: str) -> list[str]:
    """A command line of ours, in the project of this repository."""
    return [sys.executable, "-m", "harness", "--project", str(ROOT), *arguments]


def environment() -> dict[str, str]:
    """As it is, without what would name another project."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HARNESS_")}


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """A server on a free port, stopped by SIGTERM at the end.

    Args:
        folder: where it keeps journal, state and, in ``kept``, whole messages.
        options: further ones.
    """
    keep = ("--folder", str(folder), "--keep-exchanges", str(folder / "kept"))
    command = harness("serve", "--port", "0", "--json", "--contract", CONTRACT, *keep, *options)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            served = Served(_addresses(process))
            yield served
            process.terminate()
            served.out, served.log = process.communicate(timeout=PATIENCE)
            served.code = process.returncode
        finally:
            process.kill()


def _addresses(process: "subprocess.Popen[str]") -> dict[str, str]:
    assert process.stdout is not None
    assert process.stderr is not None
    watch = threading.Timer(PATIENCE, process.kill)
    watch.start()
    line = process.stdout.readline()
    watch.cancel()
    assert line, f"harness serve said nothing: {process.stderr.read()}"
    return {name: str(value) for name, value in json.loads(line).items()}
