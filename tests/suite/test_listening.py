"""``[listener]`` of harness.toml: what it makes of a run against a real endpoint."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from harness.account.account import Account
from harness.account.channel import ReturnChannel
from harness.account.choosing import simulation
from harness.config import Config, book
from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.endpoints.protocol import Receiving as Receives
from harness.endpoints.server.mounting import mount
from harness.endpoints.server.server import Background, Server, base_url, bind
from harness.endpoints.server.site import Site
from harness.endpoints.tls import TlsSettings, context
from harness.errors import ConfigError, ContractError
from harness.exchange.messages import Body, Request
from harness.exchange.security.keys import Identity
from harness.exchange.security.signing import MODERN, sign
from harness.limits import DEFAULT
from harness.suite.connecting import connect
from harness.suite.ending import NotAsExpected
from harness.suite.model import ReceiveStep
from harness.suite.receiving import Receiving
from harness.suite.runner import ScenarioResult, run_scenario
from harness.suite.variables import Variables
from harness.vocabulary import Level, Verdict
from harness.wsdl import find
from harness.wsdl.generating import sample
from tests.endpoints.listener.pushes import CONTRACT, told
from tests.endpoints.raw_server import Certificates
from tests.endpoints.server.test_signed_calls import fresh
from tests.suite.test_receiving import HEAD, SENDS, STATE, receives, suite

PROJECT = """\
[project]
id = "kirjasto"
name = "Kirjasto"
kind = "rehearsal"
organisation = "municipality"
authority = "Esimerkkikunta"
supplier = "Esimerkkitoimittaja Oy"
[contract]
name = "asiointitili/viranomaispalvelut"
[endpoints.local]
url = "%s"
level = "server"
provides = ["return-channel", "clock"]
[endpoints.local.roles]
active = { AsiakasTunnus = "140581-9011" }
[endpoints.local.ids]
authority = "ESIMERKKIKUNTA"
service = "ESIMERKKIKUNTA_VIESTIT"
"""
PLAIN_HEAD = HEAD.replace("clock, redelivery, ", "")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def project(folder: Path, listener: str, url: str = "http://127.0.0.1:9/x") -> Config:
    (folder / "harness.toml").write_text(PROJECT % url + listener, encoding="utf-8")
    return Config.read(folder / "harness.toml")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def service() -> Iterator[tuple[str, Account, threading.Event]]:
    """The account behind a socket, as ``harness serve`` has it, and whether it was called."""
    contract = find("asiointitili/viranomaispalvelut", [book("contracts")])
    account = simulation(contract)
    assert isinstance(account, Account)
    called = threading.Event()
    bound, site = bind(), Site(observer=lambda _: called.set())
    paths = mount(site, contract, account, base_url(bound))
    url = base_url(bound) + paths.unsigned
    with Background(Server(bound, site)):
        yield url, account, called


def run_against(
    folder: Path,
    listener: str,
    address: str,
    *,
    tls: TlsSettings | None = None,
    signer: Identity | None = None,
) -> ScenarioResult:
    """A scenario that receives, while the service pushes from a thread of its own."""
    loaded = suite(folder, SENDS + receives("within: 20", advance=0), head=PLAIN_HEAD)
    with service() as (url, account, called):
        connection = connect(project(folder, listener, url), "local", "r1")

        def sealed(data: bytes) -> bytes:
            return data if signer is None else sign(data, signer, MODERN, datetime.now(UTC))

        def push() -> None:
            channel = ReturnChannel(account, CONTRACT, address, sealed=sealed)
            secure = context(tls) if tls else None
            called.wait(20)
            account.advance(60)
            with HttpClient(allowed(address, Level.SERVER), limits=DEFAULT, tls=secure) as client:
                channel.step(client.send)

        thread = threading.Thread(target=push)
        thread.start()
        result = run_scenario(loaded.scenarios["basic/told"], loaded, connection)
        thread.join()
        return result


def told_by(result: ScenarioResult) -> tuple[Verdict | None, list[str]]:
    return result.verdict, [finding.code for finding in result.findings]


def test_a_service_calls_the_listener_of_the_project(tmp_path: Path) -> None:
    port = free_port()
    listener = f'[listener]\nport = {port}\npath = "/vie"\n'
    result = run_against(tmp_path, listener, f"http://127.0.0.1:{port}/vie")
    assert told_by(result) == (Verdict.PASSED, [])
    assert f"VieKohdeTiloja received {STATE} 200" in result.marks


def test_over_tls_with_a_pinned_certificate(tmp_path: Path, certificates: Certificates) -> None:
    port = free_port()
    own, caller = certificates.issue("listener"), certificates.issue("account")
    pin = x509.load_pem_x509_certificate(caller.read_bytes()).fingerprint(hashes.SHA256()).hex()
    listener = f"""[listener]
port = {port}
cert = "{own}"
client_ca = "{certificates.authority}"
client_fingerprint = "{pin.upper()}"
"""
    address = f"https://127.0.0.1:{port}/ViranomaisPaluukanava.svc"
    tls = TlsSettings(ca_file=certificates.authority, client_cert=caller)
    assert told_by(run_against(tmp_path, listener, address, tls=tls)) == (Verdict.PASSED, [])


def test_another_caller_is_counted_where_nothing_came(
    tmp_path: Path, certificates: Certificates
) -> None:
    port = free_port()
    own, caller = certificates.issue("listener"), certificates.issue("other")
    listener = f"""[listener]
port = {port}
cert = "{own}"
client_ca = "{certificates.authority}"
client_fingerprint = "{"0" * 64}"
"""
    address = f"https://127.0.0.1:{port}/ViranomaisPaluukanava.svc"
    tls = context(TlsSettings(ca_file=certificates.authority, client_cert=caller))
    connection = connect(project(tmp_path, listener), "local", "r1")
    with (
        connection.endpoint.session(frozenset({"return-channel"})) as session,
        HttpClient(allowed(address, Level.SERVER), tls=tls) as client,
    ):
        client.send(told())
        receiving = Receiving(
            suite(tmp_path, receives(), head=HEAD), CONTRACT, Variables({}, "", ""), set(), []
        )
        step = ReceiveStep(receive="VieKohdeTiloja", within=0.1)
        with pytest.raises(NotAsExpected) as ended:
            receiving.take(session, step, "here")
    (finding,) = ended.value.findings
    assert (finding.code, finding.seen) == ("not-received", "1 caller turned away")


@pytest.fixture
def signer() -> Identity:
    return fresh("tili.example")


def trusted(folder: Path, signer: Identity) -> str:
    path = folder / "account.pem"
    path.write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    return str(path)


def test_a_signed_call_passes_and_an_unsigned_one_fails(tmp_path: Path, signer: Identity) -> None:
    for name, by, outcome in (
        ("signed", signer, (Verdict.PASSED, [])),
        ("unsigned", None, (Verdict.FAILED, ["received-call", "not-signed"])),
    ):
        folder, port = tmp_path / name, free_port()
        folder.mkdir()
        listener = (
            f'[listener]\nport = {port}\nsecurity = "required"\n'
            f'trusted = "{trusted(folder, signer)}"\n'
        )
        address = f"http://127.0.0.1:{port}/ViranomaisPaluukanava.svc"
        assert told_by(run_against(folder, listener, address, signer=by)) == outcome


def test_signed_bytes_that_come_again_are_a_replay_where_no_id_tells(
    tmp_path: Path, signer: Identity
) -> None:
    """On the return channel they are a repetition, answered as before."""
    official = find("asiointitili/viranomaispalvelut", [book("contracts")])
    status = official.operations["HaeTilaTieto"]
    other = Request(status.name, status.soap_action, Body(sample(official, "HaeTilaTieto", seed=3)))
    for asked, contract, codes in (
        (told(), CONTRACT, []),
        (other, official, ["message-replayed"]),
    ):
        folder, port = tmp_path / contract.version, free_port()
        folder.mkdir()
        listener = (
            f'[listener]\nport = {port}\npath = "/x"\nsecurity = "required"\n'
            f'trusted = "{trusted(folder, signer)}"\ncontract = "{contract.ref}"\n'
        )
        connection = connect(project(folder, listener), "local", "r1")
        target = allowed(f"http://127.0.0.1:{port}/x", Level.SERVER)
        signed = sign(asked.body.data, signer, MODERN, datetime.now(UTC))
        with (
            connection.endpoint.session(frozenset({"return-channel"})) as session,
            HttpClient(target) as client,
        ):
            assert isinstance(session, Receives)
            for _ in range(2):
                client.send(replace(asked, body=Body(signed)))
            first, second = session.inbox().left()
        assert first.accepted
        assert [finding.code for finding in second.findings] == codes


def test_the_port_is_free_again_after_a_scenario_and_taken_within(tmp_path: Path) -> None:
    port = free_port()
    connection = connect(project(tmp_path, f"[listener]\nport = {port}\n"), "local", "r1")
    needs = frozenset({"return-channel"})
    for _ in range(2):
        with connection.endpoint.session(needs):
            inner = connection.endpoint.session(needs)
            with pytest.raises(ConfigError, match=f"port {port}") as refused, inner:
                pass
            assert "[listener]" in refused.value.where
    with connection.endpoint.session(frozenset()), socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize(
    ("listener", "words"),
    [
        ("", "nobody listens"),
        ('[listener]\nlisten = "0.0.0.0"\n', "reached from other machines"),
        ('[listener]\nkey = "own.pem"\n', "need cert"),
        ('[listener]\nclient_ca = "own.pem"\n', "need cert"),
        (f'[listener]\nclient_fingerprint = "{"0" * 64}"\n', "pinned, but none is asked"),
        ('[listener]\ncert = "absent.pem"\n', "cannot be used"),
        ('[listener]\nsecurity = "required"\n', "nobody's signature counts"),
        ('[listener]\ntrusted = "own.pem"\n', "signatures are not looked at"),
        ("[listener]\nport = 65536\n", "a port from 0 to 65535"),
        ('[listener]\npath = "vie"\n', "begins with /"),
        ("[listener]\nprot = 1\n", "prot"),
    ],
)
def test_a_listener_that_cannot_be(tmp_path: Path, listener: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        connect(project(tmp_path, listener), "local", "r1")
    assert "harness.toml" in refused.value.where


def test_a_contract_that_is_not_there(tmp_path: Path) -> None:
    listener = '[listener]\ncontract = "muu/paluukanava"\n'
    with pytest.raises(ContractError, match="no contract 'muu/paluukanava'"):
        connect(project(tmp_path, listener), "local", "r1")


def test_the_contract_of_the_table_is_the_one_that_is_served(tmp_path: Path) -> None:
    listener = '[listener]\ncontract = "asiointitili/paluukanava/2014"\n'
    found = connect(project(tmp_path, listener), "mock", "r1").listens
    assert found is not None
    assert found.ref == "asiointitili/paluukanava/2014"


def test_the_table_shapes_a_run(tmp_path: Path) -> None:
    plain = project(tmp_path, "").configuration_digest("mock")
    one = project(tmp_path, "[listener]\nport = 1\n").configuration_digest("mock")
    two = project(tmp_path, "[listener]\nport = 2\n").configuration_digest("mock")
    assert len({plain, one, two}) == 3
