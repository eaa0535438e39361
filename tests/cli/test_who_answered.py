"""Evidence says who answered: peer and certificate, with workers as without."""

import json
import ssl
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from harness.config import book
from harness.wsdl import find
from tests.cli.support import SMALL, Place, example, shipped_contract
from tests.endpoints.raw_server import Certificates
from tests.support.account_server import AccountServer


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two-workers"])
def test_peer_and_certificate_stand_in_the_evidence(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    certificates = Certificates(tmp_path)
    pem = certificates.issue("server")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    project = example(tmp_path / "project", suites={"connection": SMALL["connection"]})
    with AccountServer(shipped_contract(), tls=tls) as server:
        more = f'ca_file = "{certificates.authority}"'
        with (project.folder / "harness.toml").open("a", encoding="utf-8") as file:
            file.write("\n" + Place(server.url, more=more).text("qat") + "\n")
        project.must("run", "--endpoint", "qat", *workers)
    (evidence,) = project.evidence()
    run = json.loads(evidence.read_bytes())["predicate"]["connectionHarness"]
    der = x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(Encoding.DER)
    assert run["endpoint"]["fingerprint"] == sha256(der).hexdigest()
    assert run["peers"] == [server.url.split("/")[2]]


def test_the_contract_that_is_listened_to_stands_beside_the_other(tmp_path: Path) -> None:
    suites = {"testing": ("late-failure-is-told",), "connection": SMALL["connection"]}
    project = example(tmp_path / "project", suites=suites)
    for name in suites:
        project.must("run", "--suite", name)
    listens = find("asiointitili/paluukanava", [book("contracts")])
    told = {}
    for each in project.evidence():
        run = json.loads(each.read_bytes())["predicate"]["connectionHarness"]
        told[run["suite"]] = (run["listens"], run["listens_digest"])
    assert told == {"testing": (listens.ref, listens.digest), "connection": ("", "")}
