import pytest

from harness.wsdl import Contract
from tests.wsdl.components.rich import rich


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with one of everything."""
    return rich(tmp_path_factory.mktemp("rich"))
