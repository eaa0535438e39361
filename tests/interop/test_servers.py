"""Our client calls foreign servers of the return channel, and our judge passes their answers."""

from collections.abc import Callable

import pytest

from tests.interop.asking import asked
from tests.interop.cases import Case
from tests.interop.conftest import CELL, demand
from tests.interop.receiving import Channel
from tests.interop.server_cases import SERVER_CASES
from tests.interop.signers import signers
from tests.interop.supplying import account
from tests.interop.toolkits import SERVERS, Toolkit

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", params=SERVERS, ids=lambda toolkit: toolkit.name)
def server(request: pytest.FixtureRequest) -> Toolkit:
    found: Toolkit = request.param
    demand(found)
    return found


@pytest.fixture(scope="module")
def seen(
    server: Toolkit,
    channels: Callable[[Toolkit], Channel],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, object]:
    people = signers(tmp_path_factory.mktemp("people"), "tili.example")
    channel = channels(server)
    return asked(channel.receiver, people, verifies=channel.verifies)


@pytest.mark.parametrize("case", SERVER_CASES, ids=lambda case: case.name)
def test_our_client_sees(
    case: Case,
    server: Toolkit,
    seen: dict[str, object],
    record_property: Callable[[str, object], None],
) -> None:
    record_property(CELL, f"{server.name}|{case.name}")
    assert seen[case.name] == case.expected(server, account()["customers"])
