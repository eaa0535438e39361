from pathlib import Path

import pytest

from harness import wsdl
from harness.wsdl import Contract

CONTRACTS = Path(__file__).parents[2] / "contracts"


@pytest.fixture(scope="session")
def contract() -> Contract:
    return wsdl.load(CONTRACTS / "asiointitili" / "viranomaispalvelut" / "1.7-2024-04")
