"""What holds for every test: property tests draw the same examples in every run.

A failure of one machine is then a failure of all. ``HARNESS_RANDOM=1`` draws anew each time.
No test fails because a machine is busy.
How often two validators disagreed on random messages is said at the end of every run.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.postgresql import server_url

_SLOW = [HealthCheck.too_slow]
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("anew", deadline=None, suppress_health_check=_SLOW)
settings.load_profile("anew" if os.environ.get("HARNESS_RANDOM") else "same")

_HERE = Path(__file__).parent
_WHOLE = (
    "bench", "canary", "cli", "endpoints/server", "interop", "plugin", "test_docs.py",
    "test_packaging.py",
)  # fmt: skip
"""Where tests begin processes, listen, or run whole suites; ``tox -e unit`` leaves them out."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    whole = tuple(_HERE / each for each in _WHOLE)
    for item in items:
        asks_for_a_server = "postgresql" in getattr(item, "fixturenames", ())
        if asks_for_a_server or any(item.path.is_relative_to(each) for each in whole):
            item.add_marker("whole")


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
