from datetime import date
from pathlib import Path

import pytest

from harness import wsdl
from harness.wsdl import Contract

CONTRACTS = Path(__file__).parents[2] / "contracts"
ACCOUNT_CONTRACT = CONTRACTS / "asiointitili" / "viranomaispalvelut" / "1.7-2024-04"
MADE_BY_TOOLKITS = Path(__file__).parents[1] / "assets" / "contracts"


@pytest.fixture(scope="session")
def contract() -> Contract:
    return wsdl.load(ACCOUNT_CONTRACT)


@pytest.fixture(scope="session")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A contract over SOAP 1.2, as spyne wrote it."""
    folder = tmp_path_factory.mktemp("spyne")
    return wsdl.add(MADE_BY_TOOLKITS / "spyne-soap12", folder, date(2026, 1, 2)).contract


@pytest.fixture(scope="session")
def one_way(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A contract over SOAP 1.2 with an operation that is not answered, as gSOAP wrote it."""
    folder = tmp_path_factory.mktemp("gsoap")
    return wsdl.add(MADE_BY_TOOLKITS / "gsoap-document-soap12", folder, date(2026, 1, 2)).contract
