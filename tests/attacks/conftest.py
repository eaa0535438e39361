"""``tox -e attacks`` ends with one line a row: what the tests of that row came to."""

import pytest

from tests.attacks.rows import TABLES, Row, ids_of


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.option.markexpr != "attacks" or config.option.collectonly:
        return
    ended = {
        report.nodeid: outcome
        for outcome in ("passed", "failed", "error", "skipped")
        for report in terminalreporter.getreports(outcome)
        if isinstance(report, pytest.TestReport)
    }
    for table, rows in TABLES.items():
        terminalreporter.section(f"attacks: {table}")
        for row in rows:
            terminalreporter.write_line(f"{_came_to(row, ended):<10} {row.name}")


def _came_to(row: Row, ended: dict[str, str]) -> str:
    if row.waits:
        return "waits"
    shown = ids_of(row, list(ended))
    if not all(shown.values()):
        return "not run"
    outcomes = {ended[each] for ids in shown.values() for each in ids}
    return "passed" if outcomes == {"passed"} else "FAILED"
