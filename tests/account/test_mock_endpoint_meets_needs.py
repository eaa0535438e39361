"""The account in process can be brought to be tolerant, and its clock moved."""

import pytest

from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import MovesClock, Need, Session
from harness.errors import ConfigError
from harness.exchange.messages import Answer, Body, Request
from harness.wsdl import Contract
from tests.account.asking import ACTION, add, attachment, caller, customer, envelope, item

LEFT_OUT = (
    f"<Kysely><KyselyLaji>Asiakkaat</KyselyLaji>"
    f"<Asiakkaat>{customer('active')}</Asiakkaat></Kysely>"
)


def sent(session: Session, operation: str, kysely: str) -> Answer:
    request = Request(operation, ACTION + operation, Body(envelope(operation, caller() + kysely)))
    outcome = session.send(request).outcome
    assert isinstance(outcome, Answer)
    return outcome


def test_tolerant_only_when_it_is_needed(contract: Contract) -> None:
    endpoint = MockEndpoint(contract)
    with endpoint.session(frozenset({Need.TOLERANT})) as session:
        assert sent(session, "HaeAsiakkaita", LEFT_OUT).status == 200
    with endpoint.session() as session:
        assert sent(session, "HaeAsiakkaita", LEFT_OUT).status == 500


def test_time_passes_when_it_is_moved(contract: Contract) -> None:
    bad = add(item("virus", own_id="a", files=attachment()))
    with MockEndpoint(contract).session(frozenset({Need.CLOCK})) as session:
        assert isinstance(session, MovesClock)
        codes = []
        for seconds in (0, 0, 60):
            session.advance(seconds)
            data = sent(session, "LisaaKohteita", bad).body.data
            codes.append(data.partition(b"<KohteenTila>")[2][:3])
    assert codes == [b"202", b"520", b"202"]


def test_time_is_not_moved_back(contract: Contract) -> None:
    with MockEndpoint(contract).session(frozenset({Need.CLOCK})) as session:
        assert isinstance(session, MovesClock)
        with pytest.raises(ConfigError, match="clock"):
            session.advance(-1)


def test_a_service_that_is_not_simulated_has_neither(contract: Contract, channel: Contract) -> None:
    assert {Need.TOLERANT, Need.CLOCK} <= MockEndpoint(contract).provides
    assert not {Need.TOLERANT, Need.CLOCK} & MockEndpoint(channel).provides
    with MockEndpoint(channel).session() as session:
        assert isinstance(session, MovesClock)
        with pytest.raises(ConfigError, match="cannot be moved"):
            session.advance(1)
