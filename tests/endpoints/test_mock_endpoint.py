"""The account in process: the runner's view of it."""

import threading
from collections.abc import Iterator

import pytest
import requests
import responses

from harness.account.settings import AUTHORITY
from harness.config import book
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Endpoint, EndpointKind, Need, Session
from harness.errors import ConfigError
from harness.exchange.judge import judge_answer
from harness.exchange.message import Message
from harness.exchange.messages import Answer, Body, Problem, Request
from harness.limits import Limits
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract, find
from tests.account.asking import ACTION, add, caller, envelope, item
from tests.endpoints.raw_server import RawServer, http


@pytest.fixture(scope="module")
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut", [book("contracts")])


@pytest.fixture
def endpoint(contract: Contract) -> MockEndpoint:
    return MockEndpoint(contract)


@pytest.fixture
def session(endpoint: MockEndpoint) -> Iterator[Session]:
    with endpoint.session(frozenset()) as opened:
        yield opened


def request(operation: str = "HaeTilaTieto", kysely: str = "<Kysely/>") -> Request:
    return Request(operation, ACTION + operation, Body(envelope(operation, caller() + kysely)))


def answered(contract: Contract, session: Session, asked: Request) -> Message:
    exchange = session.send(asked)
    judgement = judge_answer(contract, asked, exchange)
    assert judgement.verdict is Verdict.PASSED, judgement.findings
    assert judgement.message is not None
    return judgement.message


def test_it_is_an_endpoint_of_level_mock(endpoint: MockEndpoint) -> None:
    as_seen: Endpoint = endpoint
    identity = as_seen.identity()
    assert (identity.level, identity.kind) == (Level.MOCK, EndpointKind.IN_PROCESS)
    assert (identity.address, identity.fingerprint) == ("in-process", "")
    assert as_seen.ids["authority"] == AUTHORITY.id
    assert as_seen.roles["active"].type == "SSN"
    assert as_seen.roles["company"].type == "CRN"


def test_exchange_in_process(contract: Contract, session: Session) -> None:
    asked = request()
    message = answered(contract, session, asked)
    assert message.texts("HaeTilaTietoResult/TilaKoodi/TilaKoodi") == ["0"]
    exchange = session.send(asked)
    assert (exchange.peer, exchange.fingerprint) == ("", "")
    assert exchange.request is asked


def test_state_lasts_for_a_session_and_no_longer(
    contract: Contract, endpoint: MockEndpoint
) -> None:
    asked = request("LisaaKohteita", add(item(own_id="sama")))
    path = "LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila"
    seen = []
    for _ in range(2):
        with endpoint.session(frozenset()) as session:
            seen += [answered(contract, session, asked).texts(path) for _ in range(2)]
    assert seen == [["200"], ["520"], ["200"], ["520"]]


def test_queued(contract: Contract, endpoint: MockEndpoint) -> None:
    asked = request("LisaaKohteita", add(item()))
    with endpoint.session(frozenset({Need.QUEUED})) as session:
        message = answered(contract, session, asked)
    assert message.texts("LisaaKohteitaResult/TilaKoodi/TilaKoodi") == ["202"]


def test_maintenance(contract: Contract, endpoint: MockEndpoint) -> None:
    asked = request()
    with endpoint.session(frozenset({Need.MAINTENANCE})) as session:
        judgement = judge_answer(contract, asked, session.send(asked))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert [finding.code for finding in judgement.findings] == ["unavailable"]


@pytest.mark.parametrize("need", [Need.FAULTS, "lentävä-matto"])
def test_need_it_cannot_meet(endpoint: MockEndpoint, need: str) -> None:
    with pytest.raises(ConfigError, match="cannot be brought to meet"), endpoint.session({need}):  # type: ignore[arg-type]
        pass


def test_answer_over_the_ceiling(contract: Contract) -> None:
    endpoint = MockEndpoint(contract, limits=Limits(max_message_bytes=100))
    with endpoint.session(frozenset()) as session:
        outcome = session.send(request()).outcome
    assert isinstance(outcome, Problem)
    assert outcome.code == "too-large"


def test_bad_request_gets_a_fault(contract: Contract, session: Session) -> None:
    asked = Request("HaeTilaTieto", ACTION + "HaeTilaTieto", Body(b""))
    message = answered(contract, session, asked)
    assert message.fault is not None
    assert message.fault.local == "Client"


def test_no_call_is_kept(session: Session) -> None:
    for _ in range(3):
        session.send(request())
    kept = [value for value in vars(session).values() if isinstance(value, responses.RequestsMock)]
    assert [len(mock.calls) for mock in kept] == [0]


def test_other_clients_of_the_process_are_left_alone(session: Session) -> None:
    session.send(request())
    with RawServer(lambda connection: connection.sendall(http(b"real"))) as server:
        got = requests.post(server.url, data=b"x", timeout=2, headers={"Connection": "close"})
        got.close()
    assert got.content == b"real"


def test_sessions_of_several_threads(contract: Contract, endpoint: MockEndpoint) -> None:
    asked = request("LisaaKohteita", add(item(own_id="sama")))
    codes: list[str] = []

    def talk() -> None:
        with endpoint.session(frozenset()) as session:
            for _ in range(5):
                message = answered(contract, session, asked)
                codes.extend(message.texts("LisaaKohteitaResult/Kohteet/Kohde/Asiakas/KohteenTila"))

    threads = [threading.Thread(target=talk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["200"] * 4 + ["520"] * 16
    assert requests.adapters.HTTPAdapter.send.__module__ == "requests.adapters"


def test_environment_does_not_matter(
    contract: Contract, endpoint: MockEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with endpoint.session(frozenset()) as session:
        assert isinstance(session.send(request()).outcome, Answer)
    assert contract.ref


def test_a_stand_in_for_another_service_has_no_queue_and_no_clock() -> None:
    found = find("asiointitili/paluukanava", [book("contracts")])
    provided = MockEndpoint(found).provides
    assert Need.MAINTENANCE in provided
    assert not provided & {Need.QUEUED, Need.TOLERANT, Need.CLOCK}
