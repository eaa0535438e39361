"""Scenario files as pytest's collectors and items. A file is read when its turn comes.

A scenario runs in its item's setup: an inconclusive one ends there, which pytest counts and reports
as an error and never as skipped; a failed one fails the item itself.
"""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pluggy
import pytest

from harness.errors import HarnessError
from harness.plugin.told import crashed, explained
from harness.redact import without_codes
from harness.vocabulary import Verdict

if TYPE_CHECKING:
    from harness.suite.runner import ScenarioResult


RESULT = "harness_result"
"""The attribute of a report that holds what became of its scenario."""


class ScenarioFailed(Exception):
    """A scenario that did not pass, with the lines that say why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.text = text


class Runs(Protocol):
    """What items ask of the session of their project."""

    endpoint_name: str

    def run(self, file: Path) -> "ScenarioResult":
        """Run the scenario of a file."""

    def title(self, file: Path) -> str:
        """What the scenario of a file shows, in English."""

    def tags(self, file: Path) -> Iterable[str]:
        """Its tags; none unless scenarios are chosen by words."""


class ScenarioFile(pytest.File):
    """One scenario file; it holds one item."""

    runs: Runs

    @cached_property
    def ihook(self) -> pluggy.HookRelay:
        """That of its folder; pytest would ask the disk again and again whether this is a file."""
        return self.session.gethookproxy(self.path.parent)

    def collect(self) -> Iterable[pytest.Item]:
        """The item; a file that breaks the format and must be read for ``-k`` is one paragraph."""
        item: ScenarioItem = ScenarioItem.from_parent(self, name=self.path.stem)
        item.runs = self.runs
        try:
            item.extra_keyword_matches.update(self.runs.tags(self.path))  # what -k looks at
        except HarnessError as error:
            raise self.CollectError(without_codes(str(error))) from None
        yield item


class ScenarioItem(pytest.Item):
    """One scenario against the chosen endpoint."""

    runs: Runs
    result: "ScenarioResult | None" = None

    @cached_property
    def ihook(self) -> pluggy.HookRelay:
        """That of its file."""
        assert self.parent is not None
        return self.parent.ihook

    def setup(self) -> None:
        """Run the scenario; inconclusive and not realisable ones end here."""
        result = self.result = self.runs.run(self.path)
        if result.verdict is None:
            pytest.skip(f"not realisable at this endpoint: {result.reason}")
        self.user_properties.append(("verdict", result.verdict.value))
        self.user_properties.append(("endpoint", self.runs.endpoint_name))
        if result.verdict is Verdict.INCONCLUSIVE:
            raise ScenarioFailed(f"inconclusive:{result.reason}", self._explained(result))

    def runtest(self) -> None:
        """Fail when the scenario did."""
        result = self.result
        if result is not None and result.verdict is Verdict.FAILED:
            raise ScenarioFailed(f"failed:{result.reason}", self._explained(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> str:
        """The findings; never a traceback of ours, never a value of a message."""
        if isinstance(excinfo.value, ScenarioFailed):
            return excinfo.value.text
        if isinstance(excinfo.value, HarnessError):
            return without_codes(str(excinfo.value))
        return crashed(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the scenario stands and what it is called."""
        return self.path, *self.location[1:]

    @cached_property
    def location(self) -> tuple[str, int | None, str]:
        """What pytest makes of ``reportinfo``; it would look for the way to each file anew."""
        return self.nodeid.partition("::")[0], 0, f"{self.path.parent.name}/{self.path.stem}"

    def _explained(self, result: "ScenarioResult") -> str:
        return explained(self.runs.title(self.path), result.where or str(self.path), result)
