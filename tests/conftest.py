"""What holds for every test: property tests draw the same examples in every run.

A failure of one machine is then a failure of all. ``HARNESS_RANDOM=1`` draws anew each time.
No test fails because a machine is busy.
How often two validators disagreed on random messages is said at the end of every run.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow]
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("anew", deadline=None, suppress_health_check=_SLOW)
settings.load_profile("anew" if os.environ.get("HARNESS_RANDOM") else "same")


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
