"""Every event that the rules know can be recorded by some command: none is there for nobody."""

import ast
import re
from pathlib import Path

import pytest

import harness
from harness.joining.commands import COMMANDS as BY_FILE
from harness.joining.events import EVENTS
from harness.joining.project import JoiningProject

ROOT = Path(harness.__file__).parent
COMMANDS = "\n".join(each.read_text("utf-8") for each in sorted((ROOT / "cli").glob("*.py")))
FOLLOWS = {"end_reference": ROOT / "joining" / "agreement.py"}
"""What no command asks for: the ledger does it along with ``harness correct`` and ``record``."""


def makers() -> dict[str, set[str]]:
    """Name of an event, and the methods of the aggregate that make it."""
    tree = ast.parse((ROOT / "joining" / "project.py").read_text("utf-8"))
    (aggregate,) = [
        each
        for each in tree.body
        if isinstance(each, ast.ClassDef) and each.name == JoiningProject.__name__
    ]
    made: dict[str, set[str]] = {kind.__name__: set() for kind in EVENTS.values()}
    for method in aggregate.body:
        if isinstance(method, ast.FunctionDef) and method.name != "begin":
            for node in (each for part in method.body for each in ast.walk(part)):
                if isinstance(node, ast.Name) and node.id in made:
                    made[node.id].add(method.name)
    return made


MADE = makers()


def is_called(method: str, text: str) -> bool:
    return re.search(rf"\.{method}\(", text) is not None


@pytest.mark.parametrize("event", sorted(MADE))
def test_some_command_records_it(event: str) -> None:
    assert MADE[event], f"no method of the project makes {event}"
    by_command = {each for each in MADE[event] if is_called(each, COMMANDS)}
    by_itself = {
        each
        for each in MADE[event] & FOLLOWS.keys()
        if is_called(each, FOLLOWS[each].read_text("utf-8"))
    }
    assert by_command | by_itself, f"no command calls {MADE[event]}"


def test_every_command_of_a_signed_file_can_be_written_by_harness_submit() -> None:
    text = "".join(
        (ROOT / "cli" / each).read_text("utf-8") for each in ("submit.py", "submit_commands.py")
    )
    names = [each.__name__ for each in BY_FILE.values()]
    assert not [each for each in names if len(re.findall(rf"\b{each}\b", text)) < 2]  # one import


def test_what_is_not_called_is_noticed() -> None:
    assert not is_called("suspend", COMMANDS)
    assert is_called("reopen_phase", COMMANDS)
