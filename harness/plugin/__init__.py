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
    group.addoption("--harness-workers", type=int, default=1, help="run so many items at once")
    group.addoption("--harness-selection", default="", help=SUPPRESS)
    group.addoption("--harness-scenarios", default="", help=SUPPRESS)
    group.addoption("--harness-run", default="", help=SUPPRESS)
    group.addoption("--harness-keep", default="", help=SUPPRESS)
    group.addoption("--harness-progress", action="store_true", help=SUPPRESS)


def pytest_configure(config: pytest.Config) -> None:
    """Find the project, if there is one."""
    file = config.rootpath / "harness.toml"
    if file.is_file():
        from harness.plugin.fixtures import Fixtures  # noqa: PLC0415 - only for a project
        from harness.plugin.session import ScenarioSession  # noqa: PLC0415

        session = ScenarioSession(config, file)
        config.pluginmanager.register(session, "harness-session")
        config.pluginmanager.register(Fixtures(lambda: session.connection), "harness-fixtures")
        if config.option.harness_workers > 1:
            from harness.plugin.workers import Workers  # noqa: PLC0415 - only when asked for

            config.pluginmanager.register(Workers(config, session), "harness-workers")


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Tell how it goes, where that was asked for and is not told by a worker to nobody."""
    config = session.config
    if config.option.harness_progress and not hasattr(config, "workerinput"):
        from harness.plugin.progress import Progress  # noqa: PLC0415 - only when asked for

        config.pluginmanager.register(Progress.of(session), "harness-progress")
