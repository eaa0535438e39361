"""A ledger of eight events for each test: in a file, or where it makes no difference in both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.ledger_url import LedgerPlace, SharedLedger
from tests.ledger.helpers import fill
from tests.support.postgresql import drop, fresh


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    """A closed, published ledger in a file: project ``demo`` with eight events."""
    path = tmp_path / "ledger.sqlite3"
    fill(path)
    return path


@pytest.fixture
def shared(postgresql: str, tmp_path: Path) -> Iterator[SharedLedger]:
    """A place on a server where nothing is yet."""
    place = fresh(postgresql, tmp_path)
    yield place
    drop(place)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerPlace:
    """A place where nothing is yet: a file, then one on a server."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite3"
    found: SharedLedger = request.getfixturevalue("shared")
    return found


@pytest.fixture
def kept(place: LedgerPlace) -> LedgerPlace:
    """A closed, published ledger of either kind: project ``demo`` with eight events."""
    fill(place)
    return place
