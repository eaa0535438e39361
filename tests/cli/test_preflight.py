"""``harness preflight`` names exactly the one thing that is wrong."""

import http.server
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from harness.account.settings import IDS
from harness.config import book
from harness.endpoints.preflight import CheckId
from harness.wsdl import find
from tests.cli.support import CONTRACT, SMALL, Place, Project, Result, example
from tests.endpoints.raw_server import Certificates
from tests.support.account_server import PATH, AccountServer

CN = IDS["certificate-name"]
HOST = "account.example"
LINES = [each.value for each in CheckId]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@dataclass
class Planted:
    """A server and an entry, with one thing changed by each test."""

    server: Path
    client: Path
    ca: Path
    more: list[str] = field(default_factory=list)
    contract: str = "1.7-2024-04"
    host: str = HOST
    port: int = 0
    demands_client: bool = True
    ids: dict[str, str] = field(default_factory=lambda: dict(IDS))


@pytest.fixture
def planted(certificates: Certificates) -> Planted:
    return Planted(
        certificates.issue("server", host=HOST), certificates.issue(CN), certificates.authority
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return example(tmp_path / "project", suites=SMALL)


@contextmanager
def served(planted: Planted) -> Iterator[AccountServer]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(planted.server)
    if planted.demands_client:
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(planted.ca)
    contract = find(f"{CONTRACT}/{planted.contract}", [book("contracts")])
    with AccountServer(contract, tls=tls) as server:
        yield server


def preflight(project: Project, planted: Planted, *words: str) -> Result:
    with served(planted) as server:
        port = planted.port or int(server.url.split(":")[2].split("/")[0])
        more = [
            f'ca_file = "{planted.ca}"',
            f'client_cert = "{planted.client}"',
            f'connect_to = "127.0.0.1:{port}"',
            "connect = 1",
            *planted.more,
        ]
        place = Place(f"https://{planted.host}:{port}{PATH}", ids=planted.ids, more="\n".join(more))
        with (project.folder / "harness.toml").open("a", encoding="utf-8") as file:
            file.write("\n" + place.text("qat") + "\n")
        return project.run("preflight", "--endpoint", "qat", "--json", *words)


def states(result: Result) -> dict[str, str]:
    return {each["id"]: each["state"] for each in result.data["checks"]}


def failed(result: Result) -> list[str]:
    return [name for name, state in states(result).items() if state == "failed"]


def test_everything_in_order_passes(project: Project, planted: Planted) -> None:
    result = preflight(project, planted)
    assert result.code == 0, result
    assert list(states(result)) == LINES
    assert {name for name, state in states(result).items() if state != "passed"} == {
        "tls-fingerprint"
    }
    assert states(result)["tls-fingerprint"] == "not run"


def expired(planted: Planted, certificates: Certificates) -> None:
    planted.server = certificates.issue("expired", host=HOST, days=(-30, -1))


def wrong_name(planted: Planted, certificates: Certificates) -> None:
    planted.server = certificates.issue("wrong-name", host="other.example")


def untrusted(planted: Planted, certificates: Certificates) -> None:
    planted.server = certificates.self_signed("nobody")
    planted.host = "127.0.0.1"


def another_fingerprint(planted: Planted, certificates: Certificates) -> None:
    del certificates
    planted.more.append(f'fingerprint = "{"0" * 64}"')


def wrong_common_name(planted: Planted, certificates: Certificates) -> None:
    planted.client = certificates.issue("viestit.naapurikunta.example")


def client_expired(planted: Planted, certificates: Certificates) -> None:
    planted.client = certificates.issue(CN, days=(-30, -1))


def client_of_another_authority(planted: Planted, certificates: Certificates) -> None:
    del certificates
    stranger = Certificates(planted.client.parent.parent)
    planted.client = stranger.issue(CN)


def other_description(planted: Planted, certificates: Certificates) -> None:
    del certificates
    planted.contract = "1.7"


def nobody_of_that_name(planted: Planted, certificates: Certificates) -> None:
    del certificates
    planted.ids["service"] = "NAAPURIKUNTA_VIESTIT"


def clock_off(planted: Planted, certificates: Certificates) -> None:
    """Planted by the test itself."""


def port_closed(planted: Planted, certificates: Certificates) -> None:
    del certificates
    planted.port = 9


Defect = Callable[[Planted, Certificates], None]


@pytest.mark.parametrize(
    ("defect", "line"),
    [
        (expired, "tls-expiry"),
        (wrong_name, "tls-name"),
        (untrusted, "tls-chain"),
        (another_fingerprint, "tls-fingerprint"),
        (wrong_common_name, "client-certificate-name"),
        (client_expired, "client-certificate-expiry"),
        (client_of_another_authority, "client-certificate-accepted"),
        (other_description, "wsdl"),
        (nobody_of_that_name, "health"),
        (clock_off, "clock"),
        (port_closed, "connection"),
    ],
    ids=lambda value: value.__name__ if callable(value) else value,
)
def test_a_defect_is_named_and_nothing_else(
    project: Project,
    planted: Planted,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    defect: Defect,
    line: str,
) -> None:
    defect(planted, certificates)
    if defect is clock_off:
        late = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
        handler = http.server.BaseHTTPRequestHandler
        monkeypatch.setattr(handler, "date_time_string", lambda *_args: late)
    result = preflight(project, planted)
    assert failed(result) == [line], result.out
    assert result.code == 1
    (found,) = [each for each in result.data["checks"] if each["id"] == line]
    assert found["seen"]
    assert found["tell"]


def test_a_name_without_an_address(project: Project) -> None:
    place = Place("https://account.invalid/x", more="connect = 1")
    with (project.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + place.text("qat") + "\n")
    result = project.run("preflight", "--endpoint", "qat", "--json")
    assert failed(result) == ["name"], result
    later = {state for name, state in states(result).items() if name != "name"}
    assert later <= {"not reachable", "not run"}


def test_a_wrong_common_name_does_not_hide_the_rest(
    project: Project, planted: Planted, certificates: Certificates
) -> None:
    wrong_common_name(planted, certificates)
    assert states(preflight(project, planted))["wsdl"] == "passed"


def test_the_result_is_stated_on_record(project: Project, planted: Planted) -> None:
    project.must("project", "new")
    result = preflight(project, planted, "--record")
    assert result.code == 0, result
    (file,) = (project.folder / ".harness" / "preflight").glob("*-qat.json")
    assert json.loads(file.read_bytes())["checks"][0]["id"] == "name"
    stated = [each for each in project.events("ItemRecorded") if "settings" in json.dumps(each)]
    assert sha256(file.read_bytes()).hexdigest() in json.dumps(stated)


def test_for_people_each_line_is_readable(project: Project, planted: Planted) -> None:
    planted.port = 9
    preflight(project, planted)
    told = project.run("preflight", "--endpoint", "qat").out
    assert max(map(len, told.splitlines())) <= 100
    assert "Please open TCP from this machine to 127.0.0.1:9" in " ".join(told.split())
    assert told.rstrip().endswith("3 passed, 1 failed, 9 not reachable")


def test_without_a_network_there_is_nothing_to_look_at(project: Project) -> None:
    assert project.run("preflight", "--endpoint", "mock").code == 2
    assert "harness.toml has: none" in project.run("preflight").err


@pytest.mark.parametrize("bits", ["2048", "4096"])
def test_a_certificate_request_is_made(tmp_path: Path, project: Project, bits: str) -> None:
    key = tmp_path / "client.key"
    told: Any = project.must(
        "key", "csr", str(key), "--cn", CN, "--organisation", "Kunta", "--bits", bits, "--json"
    ).data
    request = x509.load_pem_x509_csr(Path(told["request"]).read_bytes())
    assert request.subject.rfc4514_string() == f"CN={CN},O=Kunta,C=FI"
    assert request.is_signature_valid
    private = load_pem_private_key(key.read_bytes(), None)
    assert private.public_key() == request.public_key()
    assert key.stat().st_mode & 0o777 == 0o600
    again = project.run("key", "csr", str(key), "--cn", CN)
    assert again.code == 2


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb"])
def test_a_name_no_certificate_can_have(tmp_path: Path, project: Project, name: str) -> None:
    result = project.run("key", "csr", str(tmp_path / "k"), "--cn", name)
    assert (result.code, list(tmp_path.glob("k*"))) == (2, [])
