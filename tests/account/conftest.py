import pytest

from harness.config import book
from harness.wsdl import Contract, find
from tests.account.asking import Desk


@pytest.fixture(scope="session")
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut", [book("contracts")])


@pytest.fixture
def desk(contract: Contract) -> Desk:
    return Desk(contract)
