"""What is told of a scenario that did not pass: lines for the terminal and for JUnit."""

from typing import TYPE_CHECKING

import pytest
from _pytest._code.code import TerminalRepr
from _pytest._io import TerminalWriter

from harness.redact import without_codes

if TYPE_CHECKING:
    from harness.suite.runner import ScenarioResult

_FRAMES = 10
_EXPECTED, _SEEN = "    - expected  ", "    + seen      "


def explained(title: str, where: str, result: "ScenarioResult") -> str:
    """Title, place and findings of a scenario that did not pass; what differs stands aligned.

    Findings hold codes, names, numbers and lengths, never the text of a message.
    """
    verdict = result.verdict.value if result.verdict else "not run"
    lines = [f"{verdict}: {title}", f"  {where}"]
    for finding in result.findings:
        lines.append(f"  {finding.code} {finding.path}".rstrip())
        lines += [f"{_EXPECTED}{finding.expected}"] if finding.expected else []
        lines += [f"{_SEEN}{finding.seen}"] if finding.seen else []
    return without_codes("\n".join(lines))


class Told(TerminalRepr):
    """The lines of a scenario that did not pass, highlighted where the terminal takes colours."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        """Without colours, as in JUnit."""
        return self.text

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write them; pytest decides about colours (``--color``, ``NO_COLOR``)."""
        for number, line in enumerate(self.text.splitlines()):
            red, green = line.startswith(_SEEN), line.startswith(_EXPECTED)
            tw.line(line, bold=number == 0, red=red, green=green)


def crashed(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """A defect of the harness: its kind and place, no values and no text, which may quote them."""
    frames = list(excinfo.traceback)[-_FRAMES:]
    places = [f"  {frame.path}:{frame.lineno + 1} in {frame.name}" for frame in frames]
    return "\n".join([f"the harness itself failed: {excinfo.typename}", *places])
