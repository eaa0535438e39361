from collections.abc import Iterator

import pytest

from harness.config import book
from harness.wsdl import Contract, find
from tests.endpoints.server.callers import Running, running


@pytest.fixture(scope="session")
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut", [book("contracts")])


@pytest.fixture
def server(contract: Contract) -> Iterator[Running]:
    with running(contract) as started:
        yield started
