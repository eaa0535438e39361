from pathlib import Path

import pytest

from harness import wsdl
from harness.wsdl import Contract

CATALOGUE = Path(__file__).parents[2] / "contracts"
FOLDER = CATALOGUE / "asiointitili" / "viranomaispalvelut" / "1.7-2024-04"


@pytest.fixture(scope="session")
def contract() -> Contract:
    return wsdl.load(FOLDER)
