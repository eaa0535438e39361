"""What holds for every test: property tests draw the same examples in every run.

A failure of one machine is then a failure of all. ``HARNESS_RANDOM=1`` draws anew each time.
No test fails because a machine is busy.
How often two validators disagreed on random messages is said at the end of every run.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.postgresql import server_url

_SLOW = [HealthCheck.too_slow]
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("anew", deadline=None, suppress_health_check=_SLOW)
settings.load_profile("anew" if os.environ.get("HARNESS_RANDOM") else "same")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a PostgreSQL server; started when a test first asks for it."""
    with server_url() as url:
        yield url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [
        str(value)
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in report.user_properties
        if name == "opinions" and report.when == "call"
    ]
    if lines:
        terminalreporter.section("two validators")
        terminalreporter.write_line("\n".join(lines))
