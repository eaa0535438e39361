"""``tox -e crash`` ends with one line a row: what was done, and what the tests of it came to."""

from pathlib import Path

import pytest

from tests.crash.rows import ROWS, page
from tests.ledger.helpers import fill
from tests.support.rows import came_to, ids_of, outcomes


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    """A closed, published ledger in a folder of its own: project ``demo`` with eight events."""
    path = tmp_path / "ledger" / "ledger.sqlite3"
    path.parent.mkdir()
    fill(path)
    return path


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.option.markexpr != "crash" or config.option.collectonly:
        return
    ended = outcomes(terminalreporter)
    figures = {
        report.nodeid: str(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "crash"
    }
    done = {name: what for name, (what, _) in page().items()}
    terminalreporter.section("crashes and faults")
    for row in ROWS:
        measured = [
            figures[each] for ids in ids_of(row, ended).values() for each in ids if each in figures
        ]
        told = "; ".join([done.get(row.name, ""), *measured])
        terminalreporter.write_line(f"{came_to(row, ended):<8} {row.name}: {told}")
