"""How a run goes, while it goes: counts, the time left, and the first failure at once.

In a terminal one line is written over again; elsewhere a line is written now and then. Only
``harness run`` and ``harness connection`` ask for it: a pytest of one's own keeps its own ways.
"""

import os
import time
from collections import Counter
from collections.abc import Callable

import pytest
from _pytest._io import TerminalWriter

from harness.plugin.items import RESULT

_BAR = 20
"""Characters of the bar."""
_FEWEST, _SHARE = 20, 10
"""Without a terminal a line is written every tenth of the way, and at least this far apart."""
_WORDS = {"passed": "passed", "failed": "failed", "error": "inconclusive", "skipped": "skipped"}
_NOT_REALISABLE = "not realisable"
"""What a skipped scenario is; an ordinary test is skipped."""
_CLEAR = "\r\x1b[K"


class Progress:
    """Counts reports and writes on pytest's terminal."""

    def __init__(
        self,
        session: pytest.Session,
        writer: TerminalWriter,
        *,
        live: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to count time.

        Args:
            session: knows how many items there are.
            writer: pytest's.
            live: whether one line can be written over again.
            now: seconds.
        """
        self._session, self._writer, self._live, self._now = session, writer, live, now
        self._counts: Counter[str] = Counter()
        self._started, self._told = now(), 0

    @classmethod
    def of(cls, session: pytest.Session) -> "Progress":
        """For the terminal that pytest writes on."""
        writer = session.config.get_terminal_writer()
        live = writer._file.isatty() and os.environ.get("TERM") != "dumb"  # noqa: SLF001 - no other way
        return cls(session, writer, live=live)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport | pytest.CollectReport
    ) -> tuple[str, str, str] | None:
        """Count as pytest does, and have it write neither dot nor letter."""
        kind = _kind(report)
        return (kind, "", "") if kind else None

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count, tell a failure - the first one whole - and how far it has come."""
        kind = _kind(report)
        if not kind:
            return
        first = not self._counts["failed"] + self._counts["inconclusive"]
        scenario = kind == "skipped" and getattr(report, RESULT, None) is not None
        self._counts[_NOT_REALISABLE if scenario else _WORDS[kind]] += 1
        if kind in {"failed", "error"}:
            self._tell(report, kind, whole=first)
        self._show()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Take the line away: what follows tells the whole."""
        if self._live:
            self._write(_CLEAR)

    def _tell(self, report: pytest.TestReport, kind: str, *, whole: bool) -> None:
        if self._live:
            self._write(_CLEAR)
        if whole:
            report.toterminal(self._writer)
        else:
            self._writer.line(f"{_WORDS[kind]}: {report.nodeid.partition('::')[0]}", red=True)

    def _show(self) -> None:
        done, total = self._counts.total(), self._session.testscollected
        step = max(_FEWEST, total // _SHARE)
        if self._live:
            line = self._line(done, total)
            width = self._writer.fullwidth - 1
            self._write(_CLEAR + line[:width])
        elif done == total or done - self._told >= step:
            self._told = done
            self._writer.line(self._line(done, total))
            self._writer.flush()

    def _line(self, done: int, total: int) -> str:
        filled = _BAR * done // max(total, done, 1)
        seen = ((self._counts[word], word) for word in (*_WORDS.values(), _NOT_REALISABLE))
        counts = ", ".join(f"{count} {word}" for count, word in seen if count)
        bar = f"[{'#' * filled}{'.' * (_BAR - filled)}] " if self._live else ""
        return f"{bar}{done}/{total}: {counts}, {self._left(done, total)}"

    def _left(self, done: int, total: int) -> str:
        spent = self._now() - self._started
        if done >= total:
            return f"{_clock(spent)} in all"
        return f"about {_clock(spent / done * (total - done))} left"

    def _write(self, text: str) -> None:
        self._writer.write(text, flush=True)


def _kind(report: pytest.TestReport | pytest.CollectReport) -> str:
    """How a report that ends an item counts; empty for any other."""
    if report.when == "call" and (report.passed or report.failed):
        return "passed" if report.passed else "failed"
    if report.when == "setup" and not report.passed:
        return "skipped" if report.skipped else "error"
    return "error" if report.when == "teardown" and report.failed else ""


def _clock(seconds: float) -> str:
    """Minutes and seconds."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"
