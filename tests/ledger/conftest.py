"""A ledger of eight events for each test."""

from pathlib import Path

import pytest

from tests.ledger.helpers import fill


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    """A closed, published ledger: project ``demo`` with eight events."""
    path = tmp_path / "ledger.sqlite3"
    fill(path)
    return path
