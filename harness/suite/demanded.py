"""Which scenarios of a suite are obligatory, and what they need, told from their files at once.

The gate asks this of every pinned suite each time, so that nobody can pin less than the files
demand. Whole scenarios need not be read for it: in a file that is written a key a line, the first
column has all the keys. A file that is written otherwise is read whole.

Whether this tells the same as reading the scenarios is looked at each time a suite is loaded: a
file that makes the two differ is never run, so nothing can be shown by it.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness import files
from harness.errors import ScenarioError
from harness.limits import DEFAULT
from harness.suite.folder import scenario_files

if TYPE_CHECKING:
    from harness.joining.events import RequiredScenario
    from harness.suite.model import ScenarioHead

_KEYS = re.compile(rb"(?:(?:[a-z_]+:(?: .*)?|#.*|- .*| .*|)\r?\n)*")
"""A key, a comment, or what belongs to the key above; nothing that could be a key otherwise."""
_OBLIGATORY = re.compile(rb"^obligatory:(.*)$", re.MULTILINE)
_NEEDS = re.compile(rb"^needs:(.*)$", re.MULTILINE)
_TRUTH = {b"true": True, b"false": False}
_LIST = re.compile(rb"\[([a-z-]+(?:, [a-z-]+)*)?\]")


def demanded(folder: Path) -> "frozenset[RequiredScenario]":
    """The obligatory scenarios of a suite, as a pin names them.

    Raises:
        ScenarioError: a file cannot be read.
    """
    from harness.joining.events import RequiredScenario  # noqa: PLC0415 - running needs no events

    return frozenset(
        RequiredScenario(f"{folder.name}/{file.stem}", tuple(sorted(needs)))
        for file in scenario_files(folder)
        for obligatory, needs in [_head(file)]
        if obligatory
    )


def refuse_hidden(file: Path, head: "ScenarioHead") -> None:
    """Refuse a file whose lines say something else than its YAML.

    Args:
        file: of a scenario.
        head: what was read from it.

    Raises:
        ScenarioError: it is such a file.
    """
    if _head(file) != (head.obligatory, head.needs):
        raise ScenarioError(
            "a line begins as if it were the key obligatory or needs, and is none",
            where=str(file),
            todo="Indent the text that it belongs to.",
        )


def _head(file: Path) -> tuple[bool, tuple[str, ...]]:
    """Whether a scenario is obligatory, and what it needs; as its lines say, if they can."""
    try:
        text = files.read(file, DEFAULT.max_scenario_bytes)
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}", where=str(file)) from None
    obligatory, needs = _OBLIGATORY.findall(text), _NEEDS.findall(text)
    truth = _TRUTH.get(obligatory[0].strip()) if len(obligatory) == 1 else not obligatory or None
    listed = _LIST.fullmatch(needs[0].strip()) if len(needs) == 1 else None
    if truth is None or not (listed or not needs) or not _KEYS.fullmatch(text.rstrip() + b"\n"):
        return _read(file)
    return truth, tuple(listed[1].decode().split(", ")) if listed and listed[1] else ()


def _read(file: Path) -> tuple[bool, tuple[str, ...]]:
    from harness.suite.reading import read  # noqa: PLC0415 - seldom needed

    data = read(file).data
    told = data if isinstance(data, dict) else {}
    needs = told.get("needs")
    named = needs if isinstance(needs, list) else ()
    return told.get("obligatory") is not False, tuple(map(str, named))
