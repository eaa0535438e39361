"""Tests of one's own beside scenario files: what they may ask for."""

from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import SMALL, Project
from tests.plugin.test_inert import pytest_in

OWN = """
def test_they_belong_together(connection, contract, endpoint, account):
    assert connection.contract is contract
    assert connection.endpoint is endpoint
    assert endpoint.name == "mock"
    assert account.items() == ()


def test_every_account_is_a_fresh_one(account):
    account.advance(60)
    assert account.snapshot()


def test_nothing_is_left_of_the_one_before(account, request):
    assert account.outbox() == ()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return support.example(tmp_path / "p", suites=SMALL)


def test_fixtures_of_a_project(project: Project) -> None:
    (project.folder / "test_own.py").write_text(OWN, "utf-8")
    done = pytest_in(project.folder, "test_own.py")
    assert "3 passed" in done.stdout, done.stdout


def test_a_fixture_of_the_project_comes_first(project: Project) -> None:
    own = "import pytest\n@pytest.fixture\ndef account(): return 'mine'\n"
    (project.folder / "conftest.py").write_text(own, "utf-8")
    (project.folder / "test_own.py").write_text("def test_own(account): assert account == 'mine'\n")
    assert "1 passed" in pytest_in(project.folder, "test_own.py").stdout


def test_without_a_project_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(contract): pass\n", "utf-8")
    done = pytest_in(tmp_path, "test_own.py")
    assert "fixture 'contract' not found" in done.stdout
