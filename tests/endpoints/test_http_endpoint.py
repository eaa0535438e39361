"""An endpoint of harness.toml against the account behind a loopback socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.account.settings import IDS
from harness.config import book
from harness.endpoints.http import HttpEndpoint, HttpSettings
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Endpoint, EndpointKind, RoleIdentity, Session
from harness.endpoints.tls import TlsSettings
from harness.errors import ConfigError
from harness.exchange.messages import Answer, Body, Request
from harness.limits import Limits
from harness.vocabulary import Level
from harness.wsdl import Contract, find
from tests.account.asking import ACTION, add, caller, envelope, fixed_clock, item, send
from tests.account.asking import find as find_customers
from tests.endpoints.raw_server import Certificates
from tests.support.account_server import PATH, AccountServer

QUICK = Limits(connect=1, read=2, deadline=3)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut", [book("contracts")])


@pytest.fixture
def server(contract: Contract) -> Iterator[AccountServer]:
    with AccountServer(contract, clock=fixed_clock) as running:
        yield running


def endpoint(url: str, **details: object) -> HttpEndpoint:
    return HttpEndpoint(HttpSettings("qa", url, Level.SERVER, limits=QUICK, **details))  # type: ignore[arg-type]


def requests() -> list[Request]:
    kyselyt = {
        "HaeTilaTieto": "<Kysely/>",
        "HaeAsiakkaita": find_customers("active", "none"),
        "LisaaKohteita": add(item(own_id="a"), item("virus", own_id="b")),
        "LahetaViesti": send(item(own_id="c")),
    }
    return [
        Request(name, ACTION + name, Body(envelope(name, caller() + kysely)))
        for name, kysely in kyselyt.items()
    ]


def answers(session: Session, asked: list[Request]) -> list[tuple[int, bytes]]:
    outcomes = [session.send(one).outcome for one in asked]
    return [(one.status, one.body.data) for one in outcomes if isinstance(one, Answer)]


def test_it_is_what_its_entry_says(server: AccountServer) -> None:
    roles = {"active": RoleIdentity("x", "SSN")}
    made: Endpoint = endpoint(server.url, roles=roles, ids=IDS, provides=frozenset({"queued"}))
    assert (made.name, made.level, made.roles, made.ids) == ("qa", Level.SERVER, roles, IDS)
    identity = made.identity()
    assert identity.kind is EndpointKind.HTTP
    assert identity.address == server.url
    assert identity.address.endswith(PATH)


def test_socket_and_process_give_the_same_bytes(contract: Contract, server: AccountServer) -> None:
    asked = requests()
    with endpoint(server.url).session(frozenset()) as session:
        over_socket = answers(session, asked)
    with MockEndpoint(contract, clock=fixed_clock).session(frozenset()) as session:
        in_process = answers(session, asked)
    assert over_socket == in_process
    assert [status for status, _ in over_socket] == [200] * 4


def test_https_with_pinned_authority_records_the_fingerprint(
    contract: Contract, certificates: Certificates
) -> None:
    tls = certificates.server_context(certificates.issue("endpoint"))
    files = TlsSettings(ca_file=certificates.authority)
    with AccountServer(contract, tls=tls) as server:
        made = endpoint(server.url, tls=files)
        assert made.identity().fingerprint == ""
        with made.session(frozenset()) as session:
            exchange = session.send(requests()[0])
    assert isinstance(exchange.outcome, Answer)
    assert len(exchange.fingerprint) == 64
    assert made.identity().fingerprint == exchange.fingerprint
    assert exchange.peer == server.url.removeprefix("https://").partition("/")[0]


def test_need_that_is_not_listed(server: AccountServer) -> None:
    made = endpoint(server.url, provides=frozenset({"queued"}))
    with made.session(frozenset({"queued"})):
        pass
    with pytest.raises(ConfigError, match="maintenance"), made.session(frozenset({"maintenance"})):
        pass


def test_address_is_checked_before_anything_is_sent() -> None:
    with pytest.raises(ConfigError, match=r"\[endpoints\.qa\] url: .*production"):
        endpoint("https://pr0.integraatiopalvelu.fi/x")


def test_tls_files_are_checked_before_anything_is_sent(tmp_path: Path) -> None:
    files = TlsSettings(ca_file=tmp_path / "none.pem")
    with pytest.raises(ConfigError, match=r"\[endpoints\.qa\].*ca_file"):
        endpoint("https://127.0.0.1/x", tls=files)
