"""The table of documented inputs over a socket: the same codes in the same bytes as in process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from harness.account.account import Account
from harness.account.inputs import INPUTS, Input
from harness.endpoints.server.mounting import mount
from harness.endpoints.server.server import Background, Server, base_url, bind
from harness.endpoints.server.site import Site
from harness.exchange.messages import Answer, Body
from harness.wsdl import Contract
from tests.account.asking import Desk, Respond, fixed_clock
from tests.account.trials import bodies, name_of, settings_for


@contextmanager
def served(contract: Contract, account: Account) -> Iterator[Respond]:
    """The way to an account that is served on a loopback socket."""
    listening, site = bind(), Site()
    port = listening.getsockname()[1]
    path = mount(site, contract, account, base_url(listening)).unsigned

    def respond(method: str, _: str, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers))
            got = connection.getresponse()
            return Answer(got.status, tuple(got.getheaders()), Body(got.read()))
        finally:
            connection.close()

    with Background(Server(listening, site)):
        yield respond


@pytest.mark.parametrize("documented", INPUTS, ids=name_of)
def test_input_gives_its_code_in_the_same_bytes(documented: Input, contract: Contract) -> None:
    near = Desk(contract, settings_for(documented))
    far = Desk(contract, account=Account(settings_for(documented), fixed_clock))
    with served(contract, far.account) as respond:
        heard = bodies(documented, far, respond)
    assert heard == bodies(documented, near, near.service.respond)
    assert all(heard)
