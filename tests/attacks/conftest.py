"""``tox -e attacks`` ends with one line a row: what the tests of that row came to."""

import pytest

from tests.attacks.rows import TABLES
from tests.support.rows import came_to, outcomes


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.option.markexpr != "attacks" or config.option.collectonly:
        return
    ended = outcomes(terminalreporter)
    for table, rows in TABLES.items():
        terminalreporter.section(f"attacks: {table}")
        for row in rows:
            terminalreporter.write_line(f"{came_to(row, ended):<10} {row.name}")
