"""WSS4J verifies what we sign; we verify what WSS4J and node-soap sign; printing breaks it."""

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from harness.exchange.findings import FindingCode
from harness.exchange.security.explaining import explain
from harness.exchange.security.names import Algorithm, Part
from harness.exchange.security.policy import Policy, Trust
from harness.exchange.security.referee import Verification, verify
from harness.exchange.security.signing import ACCOUNT, MODERN, Signing, sign
from tests.exchange.security.making import PLAIN, PLAIN_12
from tests.interop import javac
from tests.interop.conftest import require
from tests.interop.programs import told
from tests.interop.serving import ROOT, environment, harness
from tests.interop.signers import Signers, signers
from tests.interop.toolkits import NODE, node_missing

pytestmark = pytest.mark.interop

BODY = "Envelope/Body"
TIMESTAMP = "Envelope/Header/Security/Timestamp"
TOKEN = "Envelope/Header/Security/BinarySecurityToken"
WITH_TOKEN = (Part.TIMESTAMP, Part.BODY, Part.TOKEN)
OURS = {
    "account": ACCOUNT,
    "sha256": MODERN,
    "token-signed": Signing(algorithm=Algorithm.RSA_SHA256, covered=WITH_TOKEN),
    "body-first": Signing(covered=(Part.BODY, Part.TIMESTAMP)),
    "timestamp-first": Signing(order=("timestamp", "token", "username", "signature")),
    "signature-last": Signing(order=("token", "timestamp", "username", "signature")),
    "no-must-understand": Signing(must_understand=None),
    "prefixes": Signing(prefixes=("soap", "wsu")),
    "default-prefix": Signing(prefixes=("#default", "soap")),
    "no-expiry": Signing(ttl=0),
}
"""Settings of ours, by name."""
ALGORITHMS = ("rsa-sha1", "rsa-sha256")


@dataclass(frozen=True, slots=True)
class Wss4j:
    """WSS4J on files of a folder."""

    folder: Path
    people: Signers

    def does(self, *lines: str) -> list[dict[str, object]]:
        command = javac.command(self.folder, "Verifier")
        return told([*command, str(self.people.supplier), str(self.people.authority)], lines)

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / f"{name}.xml"
        path.write_bytes(data)
        return path


@pytest.fixture(scope="module")
def wss4j(tmp_path_factory: pytest.TempPathFactory) -> Wss4j:
    require("WSS4J", javac.missing())
    folder = tmp_path_factory.mktemp("wss4j")
    javac.compiled(folder, "Verifier")
    return Wss4j(folder, signers(folder, "toimittaja.example"))


@pytest.fixture(scope="module")
def policy(wss4j: Wss4j) -> Policy:
    from harness.exchange.security.keys import certificates  # noqa: PLC0415 - slow to load

    return Policy(trust=Trust(anchors=certificates(wss4j.people.authority)), enveloped=True)


def _signed(wss4j: Wss4j, settings: Signing, plain: bytes = PLAIN) -> bytes:
    return sign(plain, wss4j.people.identity, settings, datetime.now(UTC))


def _printed(data: bytes) -> bytes:
    root = etree.fromstring(data)
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _changed(data: bytes) -> bytes:
    assert data.count(b">10<") == 1
    return data.replace(b">10<", b">11<")


def _moved(data: bytes) -> bytes:
    """The signed Body moved into a header, another one in its place."""
    root = etree.fromstring(data)
    header, body = root
    other = etree.fromstring(PLAIN)[-1]
    root.replace(body, other)
    etree.SubElement(header, "{urn:muu}Muu").append(body)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _places(covered: tuple[Part, ...]) -> list[str]:
    by_part = {Part.BODY: BODY, Part.TIMESTAMP: TIMESTAMP, Part.TOKEN: TOKEN}
    return [by_part[part] for part in covered]


def test_wss4j_verifies_what_we_sign(wss4j: Wss4j) -> None:
    files = {
        name: wss4j.file(f"ours-{name}", _signed(wss4j, settings))
        for name, settings in OURS.items()
    }
    files["soap-12"] = wss4j.file("ours-soap-12", _signed(wss4j, MODERN, PLAIN_12))
    seen = dict(zip(files, wss4j.does(*(f"verify {file}" for file in files.values())), strict=True))
    expected = {**OURS, "soap-12": MODERN}
    assert seen == {name: {"signed": _places(each.covered)} for name, each in expected.items()}


def test_wss4j_refuses_what_was_printed_or_changed(wss4j: Wss4j) -> None:
    spoilt = [
        wss4j.file(f"spoilt-{name}-{spoil.__name__}", spoil(_signed(wss4j, settings)))
        for name, settings in (("sha1", ACCOUNT), ("sha256", MODERN))
        for spoil in (_printed, _changed)
    ]
    seen = wss4j.does(*(f"verify {file}" for file in spoilt))
    assert seen == [{"refused": "The signature or decryption was invalid"}] * 4


def test_wss4j_refuses_another_signer(wss4j: Wss4j, tmp_path: Path) -> None:
    stranger = signers(tmp_path, "toimittaja.example").identity
    file = wss4j.file("stranger", sign(PLAIN, stranger, MODERN, datetime.now(UTC)))
    (seen,) = wss4j.does(f"verify {file}")
    assert seen.keys() == {"refused"}


def test_wss4j_tells_a_moved_body_only_by_its_place(wss4j: Wss4j, policy: Policy) -> None:
    data = _moved(_signed(wss4j, MODERN))
    (seen,) = wss4j.does(f"verify {wss4j.file('moved', data)}")
    assert seen == {"signed": [TIMESTAMP, "Envelope/Header/Muu/Body"]}
    assert _codes(verify(data, policy, datetime.now(UTC))) == [FindingCode.SIGNATURE_TARGET]


@pytest.fixture(scope="module")
def by_wss4j(wss4j: Wss4j) -> dict[tuple[str, str, str], bytes]:
    """What WSS4J signed, by algorithm, place of the Timestamp and whether the token is signed."""
    plain = wss4j.file("plain", PLAIN)
    ways = [
        (algorithm, timestamp, token)
        for algorithm in ALGORITHMS
        for timestamp in ("first", "last")
        for token in ("signed", "unsigned")
    ]
    files = {way: wss4j.folder / f"theirs-{'-'.join(way)}.xml" for way in ways}
    wss4j.does(*(f"sign {plain} {' '.join(way)} {file}" for way, file in files.items()))
    return {way: file.read_bytes() for way, file in files.items()}


def test_we_verify_what_wss4j_signs(
    by_wss4j: dict[tuple[str, str, str], bytes], policy: Policy
) -> None:
    for (algorithm, _, token), data in by_wss4j.items():
        found = verify(data, policy, datetime.now(UTC))
        assert _codes(found) == _notes(algorithm)
        parts = {Part.BODY, Part.TIMESTAMP} | ({Part.TOKEN} if token == "signed" else set())
        assert found.covered == parts


@pytest.fixture(scope="module")
def by_node(wss4j: Wss4j) -> dict[tuple[str, str], bytes]:
    """What node-soap signed, by algorithm and kind of id."""
    require("node-soap", node_missing())
    text = PLAIN.decode().replace("<soap:Body>", "<soap:Header></soap:Header><soap:Body>")
    plain = wss4j.file("plain-with-header", text.encode())
    ways = [(algorithm, ids) for algorithm in (*ALGORITHMS, "default") for ids in ("plain", "wsu")]
    files = {way: wss4j.folder / f"node-{'-'.join(way)}.xml" for way in ways}
    program = ["node", "--no-deprecation", str(NODE / "signer.mjs"), str(wss4j.people.supplier)]
    told(program, [f"{plain} {' '.join(way)} {file}" for way, file in files.items()])
    return {way: file.read_bytes() for way, file in files.items()}


def test_we_verify_what_node_soap_signs(
    by_node: dict[tuple[str, str], bytes], policy: Policy
) -> None:
    for (algorithm, _), data in by_node.items():
        found = verify(data, policy, datetime.now(UTC))
        assert _codes(found) == _notes(algorithm)
        assert found.covered == {Part.BODY, Part.TIMESTAMP}


def test_what_they_sign_and_somebody_changed_we_refuse(
    by_wss4j: dict[tuple[str, str, str], bytes],
    by_node: dict[tuple[str, str], bytes],
    policy: Policy,
) -> None:
    for data in (*by_wss4j.values(), *by_node.values()):
        for spoil in (_changed, _printed):
            found = verify(spoil(data), policy, datetime.now(UTC))
            assert not found.accepted
            assert not found.covered


@pytest.mark.parametrize("settings", [ACCOUNT, MODERN], ids=ALGORITHMS)
def test_printed_and_sent_again_it_is_refused_and_said_why(
    wss4j: Wss4j, policy: Policy, settings: Signing
) -> None:
    data = _signed(wss4j, settings)
    assert verify(data, policy, datetime.now(UTC)).accepted
    report = explain(_printed(data), policy, datetime.now(UTC))
    assert not report.accepted
    reasons = [each.reason for each in report.references]
    assert len(reasons) == 2
    assert all("white space was added between the elements" in reason for reason in reasons)
    assert report.signature.startswith("wrong: white space was added between the elements")


def test_the_command_says_the_same(wss4j: Wss4j) -> None:
    file = wss4j.file("printed", _printed(_signed(wss4j, ACCOUNT)))
    command = harness("explain-signature", str(file), "--trusted", str(wss4j.people.authority))
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert not told["accepted"]
    assert "the message was printed anew" in told["references"][1]["reason"]


def _codes(found: Verification) -> list[str]:
    return [finding.code for finding in found.findings]


def _notes(algorithm: str) -> list[FindingCode]:
    return [FindingCode.WEAK_ALGORITHM] if algorithm == "rsa-sha1" else []
