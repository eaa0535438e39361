from pathlib import Path

import pytest

from harness.config import book
from harness.wsdl import Contract, find
from tests.account.asking import Desk

SERVICES = "asiointitili/viranomaispalvelut"
VERSIONS = ("2014", "1.4", "1.6", "1.7", "1.7-2024-04")


@pytest.fixture(scope="session")
def catalogue() -> list[Path]:
    return [book("contracts")]


@pytest.fixture(scope="session")
def contract(catalogue: list[Path]) -> Contract:
    return find(SERVICES, catalogue)


@pytest.fixture(scope="session", params=VERSIONS)
def version(request: pytest.FixtureRequest, catalogue: list[Path]) -> Contract:
    """Every version of the contract in turn."""
    return find(f"{SERVICES}/{request.param}", catalogue)


@pytest.fixture(scope="session", params=["2014", "2018"])
def channel(request: pytest.FixtureRequest, catalogue: list[Path]) -> Contract:
    """Every version of the return channel in turn."""
    return find(f"asiointitili/paluukanava/{request.param}", catalogue)


@pytest.fixture
def desk(contract: Contract) -> Desk:
    return Desk(contract)
