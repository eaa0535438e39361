"""An endpoint's entry says how requests are signed and whose signatures of answers count."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from harness.config import Config, book
from harness.errors import ConfigError
from harness.exchange.findings import FindingCode, verdict_of
from harness.exchange.security.policy import Credentials, Policy, ResponseSecurity
from harness.exchange.security.referee import Verification, verify
from harness.exchange.security.signer import fingerprint
from harness.exchange.security.signing import ACCOUNT, MODERN, Signing, sign
from harness.suite import securing
from harness.suite.connecting import connect
from harness.vocabulary import Verdict
from harness.wsdl import Contract, find
from harness.xml import parse
from tests.account.test_any_other_service import contract as of_another_service
from tests.endpoints.server.test_signed_calls import fresh, now, trusting
from tests.exchange.samples import HEALTH_REQUEST
from tests.exchange.security.making import place

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


@pytest.fixture(scope="module")
def contract() -> Contract:
    return find("asiointitili/viranomaispalvelut", [book("contracts")])


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
    (folder / "user").write_text("käyttäjän\n", "utf-8")
    service = fresh("tili.example").certificate.public_bytes(Encoding.PEM)
    (folder / "service.pem").write_bytes(service)
    (folder / "harness.toml").write_text(ENTRY + extra)
    return Config.read(folder / "harness.toml")


def signed(folder: Path, extra: str, contract: Contract, plain: bytes = HEALTH_REQUEST) -> bytes:
    """The health request as the entry of an endpoint has it signed."""
    config = config_with(folder, f"[endpoints.qat.signing]\n{extra}")
    sealed = securing.sealed(config, "qat", config.endpoints["qat"], contract)
    assert sealed is not None
    return sealed(plain)


def children(data: bytes) -> list[str]:
    return [str(each.tag).rpartition("}")[2] for each in place(parse(data), "Security")]


def accepted(data: bytes, **more: object) -> Verification:
    found = verify(data, Policy(trust=trusting("toimittaja.example").trust, **more), now())  # type: ignore[arg-type]
    assert found.accepted, found.findings
    return found


@pytest.mark.parametrize(
    "extra",
    ['key = "own.pem"', 'key = "own.p12"\npassword = "file:password"\nalgorithm = "rsa-sha256"'],
    ids=["pem", "pkcs12"],
)
def test_requests_are_signed(tmp_path: Path, contract: Contract, extra: str) -> None:
    data = signed(tmp_path, extra, contract)
    accepted(data)
    assert (b"rsa-sha256" in data) is ("sha256" in extra)
    assert children(data) == ["BinarySecurityToken", "Signature", "Timestamp"]


def test_the_old_algorithm_is_the_accounts_alone(tmp_path: Path, contract: Contract) -> None:
    other = of_another_service("spyne-wrapped")
    assert b"#rsa-sha1" in signed(tmp_path, 'key = "own.pem"', contract)
    assert b"#rsa-sha256" in signed(tmp_path, 'key = "own.pem"', other)


@pytest.mark.parametrize(
    ("extra", "codes"),
    [
        ("", []),
        ('[endpoints.qat.signing]\nkey = "own.pem"', [FindingCode.WEAK_ALGORITHM]),
        ('[endpoints.qat.signing]\nkey = "own.pem"\nalgorithm = "rsa-sha256"', []),
        ('[endpoints.qat.signing]\nuser = "u"\nuser_password = "file:user"', []),
    ],
    ids=["unsigned", "default", "sha256", "user"],
)
def test_the_old_algorithm_is_noted_once_for_a_run(
    tmp_path: Path, extra: str, codes: list[str]
) -> None:
    connection = connect(config_with(tmp_path, extra), "qat", "run")
    assert [each.code for each in connection.notes] == codes


@pytest.mark.parametrize(("ttl", "seconds"), [("500", 500.0), ("0.5", 0.5)])
def test_time_to_live(tmp_path: Path, contract: Contract, ttl: str, seconds: float) -> None:
    found = accepted(signed(tmp_path, f'key = "own.pem"\nttl = {ttl}', contract)).period
    assert found is not None
    assert found.expires is not None
    assert (found.expires - found.created).total_seconds() == seconds


def test_without_an_end(tmp_path: Path, contract: Contract) -> None:
    assert b"Expires" not in signed(tmp_path, 'key = "own.pem"\nttl = 0', contract)


@pytest.mark.parametrize("word", ["1", "0", "absent"])
def test_must_understand(tmp_path: Path, contract: Contract, word: str) -> None:
    data = signed(tmp_path, f'key = "own.pem"\nmust_understand = "{word}"', contract)
    assert (b'mustUnderstand="1"' in data) is (word == "1")
    assert (b'mustUnderstand="0"' in data) is (word == "0")


def test_order_of_the_parts(tmp_path: Path, contract: Contract) -> None:
    data = signed(tmp_path, 'key = "own.pem"\norder = ["timestamp", "signature"]', contract)
    assert children(data) == ["Timestamp", "Signature", "BinarySecurityToken"]
    accepted(data)


@pytest.mark.parametrize(
    ("word", "order"), [("first", ["Security", "Muu"]), ("last", ["Muu", "Security"])]
)
def test_position_of_the_header(
    tmp_path: Path, contract: Contract, word: str, order: list[str]
) -> None:
    plain = HEALTH_REQUEST.replace(
        b"<soap:Header/>", b"<soap:Header><Muu xmlns='urn:muu'/></soap:Header>"
    )
    data = signed(tmp_path, f'key = "own.pem"\nposition = "{word}"', contract, plain)
    assert [str(each.tag).rpartition("}")[2] for each in parse(data)[0]] == order


def test_parts_that_are_covered_and_prefixes(tmp_path: Path, contract: Contract) -> None:
    extra = (
        'key = "own.pem"\ncovers = ["body", "token", "timestamp"]\nprefixes = ["soap", "#default"]'
    )
    data = signed(tmp_path, extra, contract)
    assert {str(each) for each in accepted(data).covered} == {
        *("Body", "Timestamp", "BinarySecurityToken")
    }
    assert data.count(b'PrefixList="soap #default"') == 4


@pytest.mark.parametrize("kind", ["digest", "text"])
@pytest.mark.parametrize("key", ['key = "own.pem"\ncovers = ["body", "timestamp", "username"]', ""])
def test_user(tmp_path: Path, contract: Contract, kind: str, key: str) -> None:
    extra = f'{key}\nuser = "järjestelmä"\nuser_password = "file:user"'
    data = signed(tmp_path, f'{extra}\nuser_password_type = "{kind}"', contract)
    assert ("käyttäjän".encode() in data) is (kind == "text")
    security = ResponseSecurity.REQUIRED if key else ResponseSecurity.IF_PRESENT
    accepted(data, credentials=Credentials("järjestelmä", "käyttäjän"), security=security)
    wrong = Credentials("järjestelmä", "muu")
    policy = Policy(security, trusting("toimittaja.example").trust, credentials=wrong)
    assert not verify(data, policy, now()).accepted


def test_nothing_is_signed_or_refereed_unless_it_is_said(
    tmp_path: Path, contract: Contract
) -> None:
    config = config_with(tmp_path, "")
    entry = config.endpoints["qat"]
    assert securing.sealed(config, "qat", entry, contract) is None
    assert securing.referee(config, "qat", entry) is None
    config = config_with(tmp_path, '[endpoints.qat.response]\nsecurity = "none"')
    assert securing.referee(config, "qat", config.endpoints["qat"]) is None


@pytest.mark.parametrize(
    ("extra", "unsigned", "right"),
    [
        ('trusted = "service.pem"', Verdict.FAILED, Verdict.PASSED),
        ('security = "if-present"\ntrusted = "service.pem"', Verdict.PASSED, Verdict.PASSED),
        ('pins = ["PIN"]', Verdict.FAILED, Verdict.PASSED),
        ('pins = ["OTHER", "COLONS"]', Verdict.FAILED, Verdict.PASSED),
        ('trusted = "service.pem"\npins = ["OTHER"]', Verdict.FAILED, Verdict.FAILED),
        ('trusted = "service.pem"\nname = "tili.example"', Verdict.FAILED, Verdict.PASSED),
        ('trusted = "service.pem"\nname = "muu.example"', Verdict.FAILED, Verdict.FAILED),
    ],
)
def test_answers_are_refereed(
    tmp_path: Path, extra: str, unsigned: Verdict, right: Verdict
) -> None:
    pin = fingerprint(fresh("tili.example").certificate)
    colons = ":".join(pin[at : at + 2] for at in range(0, 64, 2)).upper()
    extra = extra.replace("PIN", pin).replace("OTHER", "00" * 32).replace("COLONS", colons)
    config = config_with(tmp_path, f"[endpoints.qat.response]\n{extra}")
    referee = securing.referee(config, "qat", config.endpoints["qat"])
    assert referee is not None
    own = sign(HEALTH_REQUEST, fresh("tili.example"), MODERN, now())
    foreign = sign(HEALTH_REQUEST, fresh("joku.muu.example"), MODERN, now())
    verdicts = [
        verdict_of(referee(parse(data)).findings) for data in (HEALTH_REQUEST, own, foreign)
    ]
    assert verdicts == [unsigned, right, Verdict.FAILED]


@pytest.mark.parametrize(
    ("extra", "settings", "ago", "verdict"),
    [
        ("", ACCOUNT, 0, Verdict.PASSED),
        ('sha1 = "refused"', ACCOUNT, 0, Verdict.FAILED),
        ('sha1 = "refused"', MODERN, 0, Verdict.PASSED),
        ("", Signing(ttl=3000), 200, Verdict.PASSED),
        ("max_age = 100", Signing(ttl=3000), 200, Verdict.FAILED),
        ("", MODERN, 90, Verdict.PASSED),
        ("skew = 0", MODERN, 90, Verdict.FAILED),
        ("", MODERN, -30, Verdict.PASSED),
        ("skew = 10", MODERN, -30, Verdict.FAILED),
    ],
)
def test_algorithm_and_age_of_answers(
    tmp_path: Path, extra: str, settings: Signing, ago: float, verdict: Verdict
) -> None:
    config = config_with(tmp_path, f'[endpoints.qat.response]\ntrusted = "service.pem"\n{extra}')
    referee = securing.referee(config, "qat", config.endpoints["qat"])
    assert referee is not None
    data = sign(HEALTH_REQUEST, fresh("tili.example"), settings, now() - timedelta(seconds=ago))
    assert verdict_of(referee(parse(data)).findings) is verdict


SIGNING, RESPONSE = "[endpoints.qat.signing]\n", "[endpoints.qat.response]\n"


@pytest.mark.parametrize(
    ("extra", "place", "sentence"),
    [
        (RESPONSE, "response]", "nobody's signature counts"),
        (RESPONSE + 'trusted = "password"', "response] trusted", "no PEM certificate"),
        (SIGNING, "signing]", "names neither key nor user"),
        (SIGNING + 'key = "none.pem"', "signing] key", "cannot be read"),
        (SIGNING + 'key = "own.p12"', "signing] key", "another password"),
        (
            SIGNING + 'user = "u"\nuser_password = "file:user"\npassword = "file:password"',
            "signing]",
            "password is given without key",
        ),
        (SIGNING + 'key = "own.pem"\nuser = "u"', "signing]", "user without user_password"),
        (SIGNING + 'key = "own.pem"\nuser_password = "file:user"', "signing]", "without user"),
        (SIGNING + 'key = "own.pem"\ncovers = ["username"]', "signing]", "without user"),
        (SIGNING + 'key = "own.pem"\ncovers = []', "signing]", "covers something"),
        (SIGNING + 'key = "own.pem"\ncovers = ["body", "body"]', "signing]", "once"),
        (SIGNING + 'key = "own.pem"\norder = ["token", "token"]', "signing]", "once"),
        (SIGNING + 'key = "own.p12"\npassword = "file:gone"', "harness.toml", "is not there"),
    ],
)
def test_what_cannot_be_used(
    tmp_path: Path, contract: Contract, extra: str, place: str, sentence: str
) -> None:
    config = config_with(tmp_path, extra)
    entry = config.endpoints["qat"]
    with pytest.raises(ConfigError, match=sentence) as told:
        (
            securing.sealed(config, "qat", entry, contract),
            securing.referee(config, "qat", entry),
        )
    assert place in told.value.where
    assert "salainen" not in str(told.value)


@pytest.mark.parametrize(
    ("extra", "place"),
    [
        (SIGNING + "ttl = -1", "[endpoints.qat.signing] ttl"),
        (SIGNING + "must_understand = true", "[endpoints.qat.signing] must_understand"),
        (SIGNING + 'order = ["body"]', "[endpoints.qat.signing.order] 0"),
        (SIGNING + 'prefixes = ["a b"]', "[endpoints.qat.signing.prefixes] 0"),
        (SIGNING + 'password = "salainen"', "[endpoints.qat.signing] password"),
        (SIGNING + 'algorithm = "md5"', "[endpoints.qat.signing] algorithm"),
        (RESPONSE + 'pins = ["00"]', "[endpoints.qat.response.pins] 0"),
        (RESPONSE + "max_age = 0", "[endpoints.qat.response] max_age"),
        (RESPONSE + "skew = 9999", "[endpoints.qat.response] skew"),
        (RESPONSE + 'sha1 = "yes"', "[endpoints.qat.response] sha1"),
    ],
)
def test_value_that_no_key_takes(tmp_path: Path, extra: str, place: str) -> None:
    with pytest.raises(ConfigError) as told:
        config_with(tmp_path, extra)
    assert place in str(told.value)
    assert "salainen" not in str(told.value)


def test_how_messages_are_signed_is_part_of_a_runs_inputs(tmp_path: Path) -> None:
    texts = ("", SIGNING + 'key = "own.pem"', SIGNING + 'key = "own.pem"\nttl = 500')
    digests = {config_with(tmp_path, each).configuration_digest("qat") for each in texts}
    assert len(digests) == 3
