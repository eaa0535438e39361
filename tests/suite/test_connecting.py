"""Which endpoint a project may be connected to, and when."""

from pathlib import Path

import pytest

from harness.config import Config
from harness.errors import ConfigError
from harness.suite.connecting import connect
from harness.vocabulary import Level

PROJECT = """\
[project]
id = "p"
name = "P"
kind = "joining"
organisation = "state"
authority = "A"
supplier = "S"

[contract]
name = "asiointitili/viranomaispalvelut"

"""


def _config(tmp_path: Path, endpoint: str = "") -> Config:
    file = tmp_path / "harness.toml"
    file.write_text(PROJECT + endpoint, encoding="utf-8")
    return Config.read(file)


def test_the_mock_needs_no_entry(tmp_path: Path) -> None:
    connection = connect(_config(tmp_path), "mock", "r1")
    assert connection.endpoint.level is Level.MOCK
    assert connection.contract.name == "asiointitili/viranomaispalvelut"


def test_an_unknown_endpoint_names_the_known_ones(tmp_path: Path) -> None:
    config = _config(tmp_path, '[endpoints.qat]\nurl = "http://127.0.0.1:1/x"\nlevel = "test"\n')
    with pytest.raises(ConfigError, match=r"known: mock, server, qat"):
        connect(config, "prod", "r1")


def test_an_entry_is_taken_over_whole(tmp_path: Path) -> None:
    entry = """\
[endpoints.own]
url = "http://127.0.0.1:1/x"
level = "server"
provides = ["queued"]
deadline = 2
roles.active = { AsiakasTunnus = "x", TunnusTyyppi = "CRN" }
ids.authority = "a"
"""
    endpoint = connect(_config(tmp_path, entry), "own", "r1").endpoint
    assert (endpoint.name, endpoint.level) == ("own", Level.SERVER)
    assert endpoint.provides == {"queued", "unsigned"}
    assert endpoint.roles["active"].type == "CRN"
    assert endpoint.ids["authority"] == "a"


PRODUCTION = """\
[endpoints.production]
url = "https://pr0.integraatiopalvelu.fi/Asiointitili/ViranomaispalvelutWSInterface"
level = "production"
"""


def test_production_is_refused_before_the_opening(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="production"):
        connect(_config(tmp_path, PRODUCTION), "production", "r1")


def test_production_is_allowed_after_the_opening(tmp_path: Path) -> None:
    config = _config(tmp_path, PRODUCTION)
    endpoint = connect(config, "production", "r1", opened=True).endpoint
    assert endpoint.level is Level.PRODUCTION


def test_production_is_never_a_test_endpoint(tmp_path: Path) -> None:
    config = _config(tmp_path, PRODUCTION.replace('"production"\n', '"test"\n'))
    with pytest.raises(ConfigError, match="production"):
        connect(config, "production", "r1", opened=True)


WAY = """\
[endpoints.far]
url = "https://account.example/x"
level = "test"
connect_to = "192.0.2.10:8443"
proxy = "proxy.example"
server_name = "qat.example"
fingerprint = "{}"
client_p12 = "own.p12"
client_password = "{}"
"""


@pytest.mark.parametrize("reference", ["env:HARNESS_TEST_PASSWORD", "file:password.txt"])
def test_a_secret_is_named_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    config = _config(tmp_path, WAY.format("AB:" * 31 + "CD", reference))
    with pytest.raises(ConfigError, match=rf"the secret {reference} is not there"):
        connect(config, "far", "r1")
    monkeypatch.setenv("HARNESS_TEST_PASSWORD", "salasana")
    (tmp_path / "password.txt").write_text("salasana\nmore\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"client_p12.*No such file"):
        connect(config, "far", "r1")


@pytest.mark.parametrize("reference", ["salasana", "env:PATH", "file:"])
def test_a_password_in_the_file_is_refused(tmp_path: Path, reference: str) -> None:
    with pytest.raises(ConfigError, match="client_password"):
        _config(tmp_path, WAY.format("0" * 64, reference))


@pytest.mark.parametrize("key", ["connect_to", "proxy"])
@pytest.mark.parametrize("value", ["https://proxy.example", "a b", "host:99999", "u@host", ":80"])
def test_what_is_no_host_is_told_with_its_key(tmp_path: Path, key: str, value: str) -> None:
    entry = (
        f'[endpoints.far]\nurl = "https://account.example/x"\nlevel = "test"\n{key} = "{value}"\n'
    )
    with pytest.raises(ConfigError, match=rf"\[endpoints\.far\] {key}"):
        connect(_config(tmp_path, entry), "far", "r1")
