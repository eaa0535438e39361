"""Evidence says who answered: peer and certificate, with workers as without."""

import json
import ssl
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

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
