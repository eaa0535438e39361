"""An endpoint's entry says how requests are signed and whose signatures of answers count."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from harness.config import Config
from harness.errors import ConfigError
from harness.exchange.findings import verdict_of
from harness.exchange.security.referee import verify
from harness.exchange.security.signing import MODERN, sign
from harness.suite import securing
from harness.vocabulary import Verdict
from harness.xml import parse
from tests.endpoints.server.test_signed_calls import fresh, now, trusting
from tests.exchange.samples import HEALTH_REQUEST

ENTRY = """
[project]
id = "allekirjoitus"
name = "Viestit"
organisation = "municipality"
authority = "Kunta"
supplier = "Toimittaja"
kind = "rehearsal"

[contract]
name = "asiointitili/viranomaispalvelut"

[endpoints.qat]
url = "http://127.0.0.1:1/"
level = "server"
"""


def config_with(folder: Path, extra: str) -> Config:
    own = fresh("toimittaja.example")
    key = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = own.certificate.public_bytes(Encoding.PEM)
    (folder / "own.pem").write_bytes(key + certificate)
    (folder / "own.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"own", own.key, own.certificate, None, BestAvailableEncryption(b"salainen")
        )
    )
    (folder / "password").write_text("salainen\n")
    service = fresh("tili.example").certificate.public_bytes(Encoding.PEM)
    (folder / "service.pem").write_bytes(service)
    (folder / "harness.toml").write_text(ENTRY + extra)
    return Config.read(folder / "harness.toml")


@pytest.mark.parametrize(
    "extra",
    [
        'sign_with = "own.pem"',
        'sign_with = "own.p12"\nsign_password = "file:password"\nsign_algorithm = "rsa-sha256"',
    ],
    ids=["pem", "pkcs12"],
)
def test_requests_are_signed(tmp_path: Path, extra: str) -> None:
    config = config_with(tmp_path, extra)
    sealed = securing.sealed(config, "qat", config.endpoints["qat"])
    assert sealed is not None
    data = sealed(HEALTH_REQUEST)
    assert verify(data, trusting("toimittaja.example"), now()).accepted
    assert (b"rsa-sha256" in data) is ("sha256" in extra)


def test_nothing_is_signed_or_refereed_unless_it_is_said(tmp_path: Path) -> None:
    config = config_with(tmp_path, "")
    entry = config.endpoints["qat"]
    assert securing.sealed(config, "qat", entry) is None
    assert securing.referee(config, "qat", entry) is None


@pytest.mark.parametrize(
    ("word", "unsigned"), [("required", Verdict.FAILED), ("if-present", Verdict.PASSED)]
)
def test_answers_are_refereed(tmp_path: Path, word: str, unsigned: Verdict) -> None:
    extra = f'response_security = "{word}"\nresponse_trusted = "service.pem"'
    config = config_with(tmp_path, extra)
    referee = securing.referee(config, "qat", config.endpoints["qat"])
    assert referee is not None
    right = sign(HEALTH_REQUEST, fresh("tili.example"), MODERN, now())
    foreign = sign(HEALTH_REQUEST, fresh("joku.muu.example"), MODERN, now())
    verdicts = [
        verdict_of(referee(parse(data)).findings) for data in (HEALTH_REQUEST, right, foreign)
    ]
    assert verdicts == [unsigned, Verdict.PASSED, Verdict.FAILED]


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ('response_security = "required"', "nobody's signature counts"),
        ('sign_password = "file:password"', "without sign_with"),
        ('sign_with = "none.pem"', "cannot be read"),
        ('sign_with = "own.p12"', "another password"),
        ('response_security = "required"\nresponse_trusted = "password"', "no PEM certificate"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, extra: str, sentence: str) -> None:
    config = config_with(tmp_path, extra)
    entry = config.endpoints["qat"]
    with pytest.raises(ConfigError, match=sentence):
        (securing.sealed(config, "qat", entry), securing.referee(config, "qat", entry))
