"""One run of each supplier's program for all tests, and what came of it, for the matrix.

A toolkit that is not installed is named: skipped, or failed under ``HARNESS_INTEROP=required``.
"""

import os
from collections.abc import Callable, Generator
from functools import cache

import pytest

from tests.endpoints.raw_server import Certificates
from tests.interop.matrix import RESULTS, Results
from tests.interop.receiving import Channel
from tests.interop.supplying import Run, run
from tests.interop.toolkits import TOOLKITS, Toolkit

CELL = "interop"
_CELLS = pytest.StashKey[dict[str, dict[str, str]]]()


def demand(toolkit: Toolkit) -> None:
    """End the test here unless the toolkit is installed."""
    require(toolkit.title, toolkit.missing())


def require(title: str, lacking: str) -> None:
    """End the test here if something is lacking, with its name."""
    if lacking and os.environ.get("HARNESS_INTEROP") == "required":
        pytest.fail(f"{title}: {lacking}", pytrace=False)
    if lacking:
        pytest.skip(f"{title}: {lacking}")


@pytest.fixture(scope="session", params=TOOLKITS, ids=lambda toolkit: toolkit.name)
def toolkit(request: pytest.FixtureRequest) -> Toolkit:
    found: Toolkit = request.param
    return found


@pytest.fixture(scope="session")
def supply(toolkit: Toolkit, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The supplier's program of a toolkit, run through all cases."""
    demand(toolkit)
    folder = tmp_path_factory.mktemp(toolkit.name)
    certificates = Certificates(folder)
    return run(toolkit, folder, certificates.issue("interop"), certificates.authority)


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Toolkit], Channel]:
    """Makes the programs of a toolkit for the return channel, once."""

    @cache
    def made(toolkit: Toolkit) -> Channel:
        demand(toolkit)
        assert toolkit.channel is not None
        return toolkit.channel(tmp_path_factory.mktemp(f"{toolkit.name}-channel"))

    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    cells = item.config.stash.setdefault(_CELLS, {})
    for name, cell in report.user_properties if report.when == "call" else []:
        if name == CELL:
            toolkit, case = str(cell).split("|")
            cells.setdefault(toolkit, {})[case] = report.outcome
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep the results of the whole table where ``python -m tests.interop.matrix`` finds them."""
    cells = session.config.stash.get(_CELLS, {})
    whole = hasattr(session.config, "cache") and not hasattr(session.config, "workerinput")
    if cells and whole:
        versions = {each.name: each.version() for each in TOOLKITS if each.name in cells}
        results: Results = {"versions": versions, "cells": cells}
        session.config.cache.set(RESULTS, results)
