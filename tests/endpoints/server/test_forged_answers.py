"""Every fault of a signature turns a scenario red, each with its own code, at both endpoints."""

import shutil
from pathlib import Path

import pytest

from harness.account.settings import AUTHORITY
from harness.cli import execute
from harness.config import book
from harness.endpoints.fault_rules import Rule, Rules
from harness.endpoints.faults import FAULTS, FaultName, fault
from harness.endpoints.mock import MockEndpoint
from harness.endpoints.protocol import Endpoint, Need
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.errors import ScenarioError
from harness.exchange.findings import FindingCode
from harness.exchange.security.names import Wrapping
from harness.exchange.security.signing import Signing
from harness.suite.evidence import evidence_files
from harness.vocabulary import Verdict
from harness.wsdl import Contract
from tests.endpoints.server.callers import running
from tests.endpoints.server.test_command import CONTRACT, addresses, started
from tests.endpoints.server.test_server_endpoint import run, scenario
from tests.endpoints.server.test_who_signed import pem
from tests.exchange.security.attacks import WRAPPED

pytestmark = pytest.mark.attacks

F = FindingCode
CODES: dict[str, FindingCode] = {
    "unsigned-answer": F.NOT_SIGNED,
    "expired-answer": F.MESSAGE_EXPIRED,
    "future-answer": F.MESSAGE_FROM_THE_FUTURE,
    "replayed-answer": F.MESSAGE_REPLAYED,
    "tampered-answer": F.DIGEST_WRONG,
    **{f"wrapped-answer, shape: {shape}": code for shape, code in WRAPPED.items()},
    "duplicate-id": F.DUPLICATE_ID,
    "refused-algorithm": F.ALGORITHM_REFUSED,
    "hmac-truncation": F.SIGNATURE_HMAC,
    "foreign-key": F.SIGNER_UNTRUSTED,
    "key-in-message-only": F.TOKEN_REFERENCE,
    "comment-injection": F.DIGEST_WRONG,
    "forbidden-transform": F.TRANSFORM_REFUSED,
    "only-timestamp-signed": F.BODY_NOT_SIGNED,
    "namespace-injection": F.NAMESPACE_NOT_SIGNED,
}
NEEDS = "signed, wrong-answers"
SIGNED = [name for name in FaultName if FAULTS[name].signed]
each_fault = pytest.mark.parametrize(("wire", "code"), CODES.items())


@pytest.fixture(params=[ServerEndpoint, MockEndpoint], ids=["server", "mock"])
def endpoint(request: pytest.FixtureRequest, contract: Contract) -> Endpoint:
    made: Endpoint = request.param(contract)
    return made


def test_every_fault_and_every_shape_has_its_row() -> None:
    assert {wire.partition(",")[0] for wire in CODES} == set(SIGNED)
    assert set(WRAPPED) == set(Wrapping)
    assert FAULTS[FaultName.WRAPPED_ANSWER].parameters["shape"].allowed == tuple(Wrapping)


@each_fault
def test_it_is_noticed(
    tmp_path: Path, contract: Contract, endpoint: Endpoint, wire: str, code: FindingCode
) -> None:
    made = scenario(tmp_path, f"fault: {wire}", f"problem: {code}", NEEDS)
    result = run(endpoint, contract, made)
    assert (result.verdict, result.reason, result.findings) == (Verdict.PASSED, "", ())


@each_fault
def test_a_step_that_expects_a_good_answer_is_red(
    tmp_path: Path, contract: Contract, endpoint: Endpoint, wire: str, code: FindingCode
) -> None:
    # An answer before it, so that there is one to be replayed.
    made = scenario(tmp_path, f"fault: {wire}", f"problem: {code}", NEEDS)
    step = made[0].content.steps[0]
    plain = {"wire": None, "expect": made[1].content.harmless.expect}
    steps = (step.model_copy(update=plain), step.model_copy(update={"expect": plain["expect"]}))
    object.__setattr__(made[0].content, "steps", steps)
    result = run(endpoint, contract, made)
    assert (result.verdict, result.reason) == (Verdict.FAILED, code)
    assert len(result.findings) == 1


def test_a_signed_conversation_passes_without_notes(
    tmp_path: Path, contract: Contract, endpoint: Endpoint
) -> None:
    made = scenario(tmp_path, "fault: unavailable", "problem: unavailable", NEEDS)
    assert run(endpoint, contract, made).findings == ()
    with endpoint.session(frozenset({Need.SIGNED})) as session:
        assert session.referee is not None  # type: ignore[attr-defined]
    with endpoint.session(frozenset()) as session:
        assert session.referee is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("needs", ["signed", "wrong-answers"])
def test_needs_are_demanded_at_load(tmp_path: Path, needs: str) -> None:
    missing = "wrong-answers" if needs == "signed" else "signed"
    with pytest.raises(ScenarioError, match=f"needs must list {missing}"):
        scenario(tmp_path, "fault: unsigned-answer", "code: 0", needs)


@pytest.mark.parametrize("name", SIGNED)
def test_an_unsigned_answer_cannot_show_it_and_says_so(contract: Contract, name: FaultName) -> None:
    with running(contract, rules=Rules([Rule(fault(name))])) as server:
        got = server.post()
    assert got.status == 500
    assert f"The fault {name} cannot be played" in got.text


# A run against an address of harness.toml


def project(folder: Path, url: str) -> Path:
    pem(folder, "tili.example")
    pem(folder, AUTHORITY.certificate_name, key=True)
    suite = folder / "scenarios" / "connection"
    suite.mkdir(parents=True)
    for name in ("suite.yaml", "service-answers.yaml"):
        shutil.copy(book("scenarios") / "connection" / name, suite)
    (folder / "harness.toml").write_text(
        f"""
[project]
id = "allekirjoitus"
name = "Viestit"
organisation = "municipality"
authority = "Kunta"
supplier = "Toimittaja"
kind = "rehearsal"
[contract]
name = "{CONTRACT}"
[scenarios]
[people.tekija]
party = "supplier"
role = "developer"
[endpoints.qa]
url = "{url}"
level = "server"
[endpoints.qa.ids]
authority = "{AUTHORITY.id}"
service = "{AUTHORITY.services[0]}"
user = "jarjestelma"
certificate-name = "{AUTHORITY.certificate_name}"
[endpoints.qa.signing]
key = "{AUTHORITY.certificate_name}.pem"
ttl = {Signing().ttl}
[endpoints.qa.response]
trusted = "tili.example.pem"
""",
        "utf-8",
    )
    return folder


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("", ""),
        ("unsigned-answer", F.NOT_SIGNED),
        ("expired-answer", F.MESSAGE_EXPIRED),
        ("wrapped-answer,shape=header", F.SIGNATURE_TARGET),
    ],
)
def test_a_run_against_an_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str, code: str
) -> None:
    own, name = pem(tmp_path, AUTHORITY.certificate_name), AUTHORITY.id
    words = [
        *("--contract", CONTRACT, "--json", "--caller", f"{name}={own}"),
        *("--sign-with", pem(tmp_path, "tili.example", key=True)),
        *(["--fault", rule] if rule else []),
    ]
    with started(tmp_path, *words) as (_, line):
        folder = project(tmp_path, addresses(line)["signed"])
        left = execute(["--project", str(folder), "run", "--endpoint", "qa"])
    told = capsys.readouterr()
    assert left == (1 if rule else 0), told
    assert code in told.out
    assert told.err.count("note weak-algorithm") == 1
    (evidence,) = evidence_files(folder / ".harness" / "evidence" / "allekirjoitus")
    assert code in evidence.read_text("utf-8")
