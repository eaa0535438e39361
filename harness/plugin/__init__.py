"""pytest: scenario files as items.

Inert unless a ``harness.toml`` with a ``[scenarios]`` table lies in pytest's root folder; then
everything else is in ``harness.plugin.session``. This module is loaded by every pytest run of the
environment it is installed in, so it imports nothing of the harness before that.
"""

from argparse import SUPPRESS

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that ``harness run`` passes on."""
    group = parser.getgroup("harness", "connection harness")
    group.addoption("--harness-endpoint", default="mock", help="endpoint of harness.toml, or mock")
    group.addoption(
        "--harness-suite",
        action="append",
        default=[],
        help="write evidence of this suite (may be given more than once)",
    )
    group.addoption("--harness-operator", default=None, help="who runs this: an id of [people]")
    group.addoption("--harness-selection", default="", help=SUPPRESS)
    group.addoption("--harness-scenarios", default="", help=SUPPRESS)
    group.addoption("--harness-run", default="", help=SUPPRESS)


def pytest_configure(config: pytest.Config) -> None:
    """Find the project, if there is one."""
    file = config.rootpath / "harness.toml"
    if file.is_file():
        from harness.plugin.fixtures import Fixtures  # noqa: PLC0415 - only for a project
        from harness.plugin.session import ScenarioSession  # noqa: PLC0415

        session = ScenarioSession(config, file)
        config.pluginmanager.register(session, "harness-session")
        config.pluginmanager.register(Fixtures(lambda: session.connection), "harness-fixtures")
