"""Foreign programs use ``harness serve`` from its WSDL and see what the service would show them."""

from collections.abc import Callable

import pytest

from tests.interop.cases import CASES, Case
from tests.interop.conftest import CELL, demand
from tests.interop.supplying import Run, account
from tests.interop.toolkits import Toolkit

pytestmark = pytest.mark.interop


def test_the_toolkit_is_installed(toolkit: Toolkit) -> None:
    demand(toolkit)
    assert any(letter.isdigit() for letter in toolkit.version())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_program_sees(
    case: Case, toolkit: Toolkit, supply: Run, record_property: Callable[[str, object], None]
) -> None:
    if not case.concerns(toolkit):
        assert case.name not in supply.seen
        return
    record_property(CELL, f"{toolkit.name}|{case.name}")
    assert supply.of(case) == case.expected(toolkit, account()["customers"])


def test_the_program_complains_of_nothing(supply: Run) -> None:
    assert not supply.complaints


def test_sigterm_ends_the_servers_cleanly(supply: Run) -> None:
    for server in supply.servers:
        assert server.code == 0
        assert not server.out
        assert server.log.splitlines()[-1] == "harness: stopped"
        assert "mistake" not in server.log
