"""Foreign programs: the environment they run in, and how they are asked something."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PATIENCE = 240.0
"""Seconds after which a foreign program is given up."""


def environment() -> dict[str, str]:
    """That of this process, without the proxies: everything is called on this machine.

    Texts are UTF-8, whatever the machine's own language: Java reads its environment by it. Sets are
    in the same order each time: suds numbers its prefixes by it.
    """
    own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**own, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}


def done(
    command: Sequence[str], *, given: Mapping[str, str] | None = None, lines: Iterable[str] = ()
) -> "subprocess.CompletedProcess[str]":
    """A program that has ended.

    Args:
        command: its command line.
        given: names and values added to its environment.
        lines: what it reads.
    """
    return subprocess.run(
        command,
        env={**environment(), **(given or {})},
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def told(command: Sequence[str], lines: Sequence[str]) -> list[dict[str, Any]]:
    """What a program says to each line: an object of JSON a line."""
    ended = done(command, lines=lines)
    assert not ended.stderr, ended.stderr
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers


def said(*command: str) -> str:
    """The first words of a program: what it writes to stdout, or else to stderr."""
    ended = done(command)
    return ended.stdout.strip() or ended.stderr.strip()


def made(*command: str | Path, folder: Path) -> None:
    """Run a tool that builds something in a folder; what it complains of is the error."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, f"{command[0]}: {ended.stdout}{ended.stderr}"


def flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Names and values, for languages without a reader of JSON: ``name.key.key`` and a text."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(f"{name}.{key}", inner)
    elif value is not None:
        yield name, str(value)
