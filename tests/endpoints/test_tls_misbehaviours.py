"""TLS rows of the misbehaviour table."""

import hashlib
import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding

from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.endpoints.tls import TlsSettings, context
from harness.errors import ConfigError
from harness.vocabulary import Level
from tests.endpoints.calls import QUICK, REQUEST, answer, call, problem
from tests.endpoints.raw_server import Certificates, RawServer, http

pytestmark = pytest.mark.attacks


def good(connection: socket.socket) -> None:
    connection.sendall(http())


def served(certificates: Certificates, pem: Path) -> RawServer:
    return RawServer(good, tls=certificates.server_context(pem))


def test_good_certificate_is_accepted_and_its_fingerprint_recorded(
    certificates: Certificates,
) -> None:
    pem = certificates.issue("good")
    with served(certificates, pem) as server:
        exchange = call(server.url, ca_file=certificates.authority)
    assert answer(exchange).status == 200
    der = x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(Encoding.DER)
    assert exchange.fingerprint == hashlib.sha256(der).hexdigest()
    assert exchange.peer == f"127.0.0.1:{server.port}"


def test_self_signed(certificates: Certificates) -> None:
    with served(certificates, certificates.self_signed("self")) as server:
        assert problem(call(server.url, ca_file=certificates.authority)) == "tls:untrusted"


def test_private_authority_is_not_trusted_without_being_named(certificates: Certificates) -> None:
    with served(certificates, certificates.issue("private")) as server:
        assert problem(call(server.url)) == "tls:untrusted"


def test_pinned_end_certificate_is_enough(certificates: Certificates) -> None:
    pem = certificates.self_signed("pinned")
    with served(certificates, pem) as server:
        assert answer(call(server.url, ca_file=pem)).status == 200


def test_wrong_name(certificates: Certificates) -> None:
    with served(certificates, certificates.issue("name", host="other.example")) as server:
        assert problem(call(server.url, ca_file=certificates.authority)) == "tls:name"


def test_wrong_address(certificates: Certificates) -> None:
    with served(certificates, certificates.issue("address", host="127.0.0.9")) as server:
        assert problem(call(server.url, ca_file=certificates.authority)) == "tls:name"


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)], ids=["expired", "not-yet-valid"])
def test_expired(certificates: Certificates, days: tuple[int, int]) -> None:
    with served(certificates, certificates.issue("old", days=days)) as server:
        assert problem(call(server.url, ca_file=certificates.authority)) == "tls:expired"


def test_old_version(certificates: Certificates) -> None:
    tls = certificates.server_context(certificates.issue("version"))
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    ours = context(TlsSettings(ca_file=certificates.authority))
    assert ours.minimum_version is ssl.TLSVersion.TLSv1_2
    # The system's OpenSSL may know nothing older than 1.2: let the server ask for more than we
    # offer instead of less than we accept.
    ours.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        RawServer(good, tls=tls) as server,
        HttpClient(allowed(server.url, Level.SERVER), limits=QUICK, tls=ours) as client,
    ):
        assert problem(client.send(REQUEST)) == "tls:version"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_certificate_missing(certificates: Certificates, version: ssl.TLSVersion) -> None:
    tls = certificates.server_context(certificates.issue("mtls"))
    tls.load_verify_locations(certificates.authority)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.minimum_version = tls.maximum_version = version
    with RawServer(good, tls=tls) as server:
        assert problem(call(server.url, ca_file=certificates.authority)) == "tls:client-cert"


def test_client_certificate_accepted(certificates: Certificates) -> None:
    tls = certificates.server_context(certificates.issue("mtls-ok"))
    tls.load_verify_locations(certificates.authority)
    tls.verify_mode = ssl.CERT_REQUIRED
    ours = certificates.issue("client")
    with RawServer(good, tls=tls) as server:
        exchange = call(server.url, ca_file=certificates.authority, client_cert=ours)
    assert answer(exchange).status == 200


def test_plain_on_a_tls_port(certificates: Certificates) -> None:
    with RawServer(good, read_request=False) as server:
        url = server.url.replace("http:", "https:")
        assert problem(call(url, ca_file=certificates.authority)) == "tls:not-tls"


def test_tls_on_a_plain_port() -> None:
    alert = bytes.fromhex("15030300020216")
    with RawServer(lambda connection: connection.sendall(alert)) as server:
        assert problem(call(server.url)) == "tls:not-tls"


def test_close_in_the_handshake() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)

    with RawServer(talk, read_request=False) as server:
        url = server.url.replace("http:", "https:")
        assert problem(call(url)) == "closed-early"


def test_silent_handshake() -> None:
    with RawServer(lambda _: server.over.wait(3) and None, read_request=False) as server:
        url = server.url.replace("http:", "https:")
        assert problem(call(url)) == "connect-timeout"


def test_handshake_drip(certificates: Certificates) -> None:
    def talk(connection: socket.socket) -> None:
        server.drip(connection, bytes.fromhex("1603030fff") + bytes(4095))

    with RawServer(talk, read_request=False) as server:
        url = server.url.replace("http:", "https:")
        assert problem(call(url, ca_file=certificates.authority)) in {"connect-timeout", "deadline"}


def test_environment_is_not_trusted(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificates.authority))
    with served(certificates, certificates.issue("environment")) as server:
        assert problem(call(server.url)) == "tls:untrusted"
        assert answer(call(server.url, ca_file=certificates.authority)).status == 200
    assert not keys.exists()


@pytest.mark.parametrize("content", [None, "", "not PEM"])
@pytest.mark.parametrize("option", ["ca_file", "client_cert"])
def test_unusable_files_are_explained(tmp_path: Path, content: str | None, option: str) -> None:
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=option) as caught:
        context(replace(TlsSettings(), **{option: path}), where="harness.toml")  # type: ignore[arg-type]
    assert str(caught.value).startswith("harness.toml: ")


def test_key_without_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="client_key is given without client_cert"):
        context(TlsSettings(client_key=tmp_path / "key.pem"))


def test_encrypted_key_never_asks_at_the_terminal(
    certificates: Certificates, tmp_path: Path
) -> None:
    whole = certificates.issue("encrypted").read_bytes()
    key = serialization.load_pem_private_key(whole, None)
    locked = key.private_bytes(
        Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    path = tmp_path / "locked.pem"
    path.write_bytes(locked + whole[whole.index(b"-----BEGIN CERTIFICATE") :])
    with pytest.raises(ConfigError, match=r"locked\.pem is encrypted"):
        context(TlsSettings(client_cert=path))
