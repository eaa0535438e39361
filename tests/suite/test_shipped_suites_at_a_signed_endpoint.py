"""The service takes signed calls only: what a signed endpoint can show of the suites is green."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.account.settings import AUTHORITY, IDS, Settings
from harness.config import Config, book
from harness.endpoints.protocol import Need
from harness.endpoints.server.mounting import Secured
from harness.suite.connecting import connect
from harness.suite.runner import run_scenario
from harness.suite.suites import load_suite
from harness.vocabulary import Verdict
from harness.wsdl import Contract, find
from tests.endpoints.server.callers import running
from tests.endpoints.server.test_signed_calls import fresh, trusting
from tests.endpoints.server.test_who_signed import registered
from tests.suite.test_signed_endpoints import ENTRY

CERTIFICATE = AUTHORITY.certificate_name


def config_of(folder: Path, url: str, extra: str = "") -> Config:
    """A project whose endpoint is this server, with the identifiers and roles of the account."""
    own, service = fresh(CERTIFICATE), fresh("tili.example")
    key = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "own.pem").write_bytes(key + own.certificate.public_bytes(Encoding.PEM))
    (folder / "service.pem").write_bytes(service.certificate.public_bytes(Encoding.PEM))
    entry = ENTRY.replace("http://127.0.0.1:1/", url)
    ids = "".join(f'{name} = "{value}"\n' for name, value in IDS.items())
    roles = "".join(
        f'{each.role} = {{AsiakasTunnus = "{each.id}", TunnusTyyppi = "{each.type}"}}\n'
        for each in Settings().customers
    )
    tables = f"[endpoints.qat.ids]\n{ids}[endpoints.qat.roles]\n{roles}"
    (folder / "harness.toml").write_text(entry + extra + tables, "utf-8")
    return Config.read(folder / "harness.toml")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut", [book("contracts")])


SIGNED = """
[endpoints.qat.signing]
key = "own.pem"
[endpoints.qat.response]
trusted = "service.pem"
"""


@pytest.mark.parametrize("name", ["connection", "testing"])
def test_what_can_be_shown_is_green(tmp_path: Path, contract: Contract, name: str) -> None:
    settings = registered(Settings(), AUTHORITY.id, CERTIFICATE)
    secured = Secured(trusting(CERTIFICATE), fresh("tili.example"))
    suite = load_suite(book("scenarios") / name)
    with running(contract, secured=secured, settings=settings) as server:
        config = config_of(tmp_path, server.base + server.paths.signed, SIGNED)
        connection = connect(config, "qat", "run1")
        results = [run_scenario(each, suite, connection) for each in suite.scenarios.values()]
    shown = [each for each in results if each.verdict is not None]
    assert {each.id: each.reason for each in shown if each.verdict is not Verdict.PASSED} == {}
    assert len(shown) > len(results) / 2


def test_only_where_nothing_is_signed_calls_are_taken_as_they_are(tmp_path: Path) -> None:
    plain, signed = tmp_path / "plain", tmp_path / "signed"
    plain.mkdir()
    signed.mkdir()
    url = "http://127.0.0.1:1/"
    assert Need.UNSIGNED in connect(config_of(plain, url), "qat", "run1").endpoint.provides
    assert (
        Need.UNSIGNED not in connect(config_of(signed, url, SIGNED), "qat", "r").endpoint.provides
    )
