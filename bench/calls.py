"""What a supplier would write without a harness: zeep calls that ``responses`` answers."""

import sys
import time
from pathlib import Path
from typing import Any, Final

import responses
import zeep

from harness.account.settings import IDS
from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.exchange.messages import Answer, Body, Request
from harness.wsdl import find

REF: Final = "asiointitili/viranomaispalvelut/1.7-2024-04"
OPERATION: Final = "HaeTilaTieto"
VALUES: Final[dict[str, object]] = {
    "Viranomainen": {
        "ViranomaisTunnus": IDS["authority"],
        "PalveluTunnus": IDS["service"],
        "KayttajaTunnus": IDS["user"],
        "SanomaTunniste": "bench-1",
        "SanomaVersio": "1.0",
        "SanomaVarmenneNimi": IDS["certificate-name"],
    },
    "Kysely": {},
}


def answer() -> bytes:
    """What the simulated account answers to the call."""
    contract = find(REF, [book("contracts")])
    body = Body(contract.build(OPERATION, VALUES))
    with MockEndpoint(contract).session() as session:
        action = contract.operations[OPERATION].soap_action
        found = session.send(Request(OPERATION, action, body)).outcome
    assert isinstance(found, Answer)
    return found.body.data


class Calls:
    """A zeep client whose service address ``responses`` answers with one stored message."""

    def __init__(self, stored: bytes) -> None:
        folder = book("contracts") / REF
        self._client: Any = zeep.Client(str(folder / "Viranomaispalvelut.wsdl"))  # type: ignore[no-untyped-call]
        self._stored = stored

    def run(self, count: int) -> float:
        """So many calls, their answers decoded; how many seconds they took."""
        (service,) = self._client.wsdl.services.values()
        (port,) = service.ports.values()
        address = port.binding_options["address"]
        with responses.RequestsMock() as mock:
            mock.add(responses.POST, address, body=self._stored, content_type="text/xml")
            start = time.perf_counter()
            for _ in range(count):
                self._client.service[OPERATION](**VALUES)
            return time.perf_counter() - start


if __name__ == "__main__":
    Calls(Path(sys.argv[1]).read_bytes()).run(int(sys.argv[2]))
