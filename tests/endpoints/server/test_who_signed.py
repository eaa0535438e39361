"""406, 403 and 0 at the signed address: the certificate tells who calls."""

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.account.settings import (
    AUTHORITY,
    LIMITED_AUTHORITY,
    OTHER_AUTHORITY,
    RENEWED_AUTHORITY,
    Settings,
)
from harness.cli import execute
from harness.endpoints.server.mounting import Secured
from harness.errors import ConfigError
from harness.exchange.findings import FindingCode
from harness.exchange.security.keys import Identity
from harness.exchange.security.policy import Policy, Trust
from harness.exchange.security.signer import signer_of
from harness.exchange.security.signing import ACCOUNT, sign
from harness.wsdl import Contract
from tests.account.asking import caller, envelope
from tests.endpoints.server.callers import Got, running
from tests.endpoints.server.test_command import CONTRACT, addresses, started
from tests.endpoints.server.test_signed_calls import fresh, now

OWN, NEIGHBOUR, STRANGER = "oma.example", "naapuri.example", "vieras.example"
FORMER = RENEWED_AUTHORITY.former_names[0]


def registered(settings: Settings, authority: str, name: str) -> Settings:
    found = signer_of(fresh(name).certificate)
    return settings.with_certificate(authority, found.name, found.fingerprint)


def signed(
    by: Identity, who: str, operation: str = "HaeTilaTieto", inner: str = "<Kysely/>"
) -> bytes:
    return sign(envelope(operation, who + inner), by, ACCOUNT, now())


def code_of(got: Got) -> int:
    """The message-level code of an answer that is no Fault."""
    assert got.status == 200, got.text
    found = re.search(r"<(?:\w+:)?TilaKoodi>(\d+)<", got.text)
    assert found is not None
    return int(found[1])


CASES = [
    ("its own", OWN, caller(certificate_name=OWN), 0),
    ("its own, unnamed", OWN, caller(certificate_name=None), 0),
    ("another name", OWN, caller(certificate_name=AUTHORITY.certificate_name + ".vanha"), 406),
    ("another signer's name", OWN, caller(certificate_name=NEIGHBOUR), 406),
    ("not registered", STRANGER, caller(certificate_name=STRANGER), 406),
    ("not registered, unnamed", STRANGER, caller(certificate_name=None), 406),
    ("not registered, its name", STRANGER, caller(certificate_name=OWN), 406),
    ("registered for the neighbour", NEIGHBOUR, caller(certificate_name=NEIGHBOUR), 403),
    ("for the neighbour", OWN, caller(OTHER_AUTHORITY, certificate_name=OWN), 403),
    ("for nobody", OWN, caller(name="TUNTEMATON", certificate_name=OWN), 403),
    ("without authority", OWN, caller(name=None, certificate_name=OWN), 403),
    ("nothing registered", STRANGER, caller(LIMITED_AUTHORITY, certificate_name=STRANGER), 0),
    ("nothing registered, other", OWN, caller(LIMITED_AUTHORITY, certificate_name=OWN), 403),
    ("replaced", FORMER, caller(RENEWED_AUTHORITY, certificate_name=FORMER), 406),
    ("replaced, unnamed", FORMER, caller(RENEWED_AUTHORITY, certificate_name=None), 406),
    ("other service", OWN, caller(certificate_name=OWN, service="TUNTEMATON"), 404),
]


@pytest.mark.parametrize(
    ("signer", "who", "code"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_code(contract: Contract, signer: str, who: str, code: int) -> None:
    settings = registered(Settings(), AUTHORITY.id, OWN)
    settings = registered(settings, OTHER_AUTHORITY.id, NEIGHBOUR)
    names = (OWN, NEIGHBOUR, STRANGER, FORMER)
    trust = Trust(anchors=tuple(fresh(name).certificate for name in names))
    secured = Secured(Policy(trust=trust), fresh("tili.example"))
    with running(contract, secured=secured, settings=settings) as server:
        assert code_of(server.post(signed(fresh(signer), who), path=server.paths.signed)) == code


def test_tolerance_forgets_no_signer(contract: Contract) -> None:
    settings = registered(Settings(), AUTHORITY.id, OWN).with_tolerance()
    kysely = "<Kysely><KyselyLaji>Kaikki</KyselyLaji></Kysely>"
    trust = Trust(anchors=tuple(fresh(name).certificate for name in (OWN, STRANGER)))
    with running(contract, secured=Secured(Policy(trust=trust)), settings=settings) as server:
        for signer, code in ((OWN, 400), (STRANGER, 406)):  # 400: no period, no ids
            asked = signed(fresh(signer), caller(certificate_name=None), "HaeAsiakkaita", kysely)
            got = server.post(asked, "HaeAsiakkaita", path=server.paths.signed)
            assert code_of(got) == code


def test_two_certificates_of_one_authority() -> None:
    settings = registered(registered(Settings(), AUTHORITY.id, OWN), AUTHORITY.id, STRANGER)
    assert len(settings.authorities[0].fingerprints) == 2
    assert settings.authorities[0].certificate_name == STRANGER
    with pytest.raises(ConfigError, match="no authority 'MUU' has joined"):
        registered(settings, "MUU", OWN)


def pem(folder: Path, name: str, *, key: bool = False) -> str:
    own = fresh(name)
    data = own.certificate.public_bytes(Encoding.PEM)
    if key:
        data += own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.pem").write_bytes(data)
    return str(folder / f"{name}.pem")


def post(url: str, body: bytes) -> Got:
    fields = {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"http://www.suomi.fi/asiointitili/Viranomaispalvelut/HaeTilaTieto"',
    }
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, body, fields), timeout=10
        ) as answer:
            return Got(answer.status, {}, answer.read())
    except urllib.error.HTTPError as error:
        return Got(error.code, {}, error.read())


def test_command(tmp_path: Path) -> None:
    words = (
        *("--contract", CONTRACT, "--json", "--callers", pem(tmp_path, STRANGER)),
        *("--caller", f"{AUTHORITY.id}={pem(tmp_path, OWN)}"),
        *("--sign-with", pem(tmp_path, "tili.example", key=True)),
        *("--sign-algorithm", "rsa-sha256"),
    )
    with started(tmp_path, *words) as (_, line):
        url = addresses(line)["signed"]
        right = post(url, signed(fresh(OWN), caller(certificate_name=OWN)))
        assert code_of(right) == 0
        assert "rsa-sha256" in right.text
        foreign = signed(fresh(STRANGER), caller(certificate_name=STRANGER))
        assert code_of(post(url, foreign)) == 406
        unknown = post(url, signed(fresh(NEIGHBOUR), caller(certificate_name=NEIGHBOUR)))
        assert unknown.status == 500
        assert FindingCode.SIGNER_UNTRUSTED in unknown.text


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("ESIMERKKIKUNTA", "is not AUTHORITY=FILE"),
        ("=oma.pem", "is not AUTHORITY=FILE"),
        ("MUU={pem}", "no authority 'MUU' has joined"),
        ("ESIMERKKIKUNTA=ei-ole.pem", "cannot be read"),
    ],
)
def test_caller_that_cannot_be_registered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], word: str, said: str
) -> None:
    file = pem(tmp_path, OWN)
    words = ["serve", "--port", "0", "--contract", CONTRACT, "--caller", word.format(pem=file)]
    assert execute(words) == 2
    assert said in capsys.readouterr().err
