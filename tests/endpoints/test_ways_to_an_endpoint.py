"""An endpoint without a public name, behind a proxy, or with keys in a PKCS #12 file."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import Via, allowed
from harness.endpoints.tls import TlsSettings, context
from harness.errors import ConfigError
from harness.exchange.messages import Exchange, Problem
from harness.vocabulary import Level
from tests.endpoints.calls import QUICK, REQUEST, answer, problem
from tests.endpoints.raw_server import Certificates, RawServer, http

HOST = "account.example"
URL = f"https://{HOST}:8443/account"


def good(connection: socket.socket) -> None:
    connection.sendall(http())


def called(via: Via, settings: TlsSettings, url: str = URL) -> Exchange:
    target = allowed(url, Level.TEST, via=via)
    with HttpClient(
        target,
        limits=QUICK,
        tls=context(settings),
        server_name=settings.server_name,
        fingerprint=settings.fingerprint,
    ) as client:
        return client.send(REQUEST)


def fingerprint_of(pem: Path) -> str:
    der = x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(Encoding.DER)
    return sha256(der).hexdigest()


def test_a_name_without_dns_is_reached_by_its_address(certificates: Certificates) -> None:
    pem = certificates.issue("nodns", host=HOST)
    with RawServer(good, tls=certificates.server_context(pem)) as server:
        via = Via("127.0.0.1", server.port)
        exchange = called(via, TlsSettings(ca_file=certificates.authority))
    assert answer(exchange).status == 200
    assert exchange.peer == f"127.0.0.1:{server.port}"
    assert f"Host: {HOST}:8443".encode() in server.requests[0]


def test_the_certificate_must_still_be_for_the_name(certificates: Certificates) -> None:
    pem = certificates.issue("othername", host="other.example")
    with RawServer(good, tls=certificates.server_context(pem)) as server:
        via = Via("127.0.0.1", server.port)
        assert problem(called(via, TlsSettings(ca_file=certificates.authority))) == "tls:name"
        named = TlsSettings(ca_file=certificates.authority, server_name="other.example")
        with RawServer(good, tls=certificates.server_context(pem)) as again:
            assert answer(called(Via("127.0.0.1", again.port), named)).status == 200


def test_another_certificate_than_the_pinned_one_gets_no_request(
    certificates: Certificates,
) -> None:
    pem = certificates.issue("yearly", host=HOST)
    for fingerprint, passes in ((fingerprint_of(pem), True), ("0" * 64, False)):
        settings = TlsSettings(ca_file=certificates.authority, fingerprint=fingerprint)
        with RawServer(good, tls=certificates.server_context(pem)) as server:
            exchange = called(Via("127.0.0.1", server.port), settings)
        assert isinstance(exchange.outcome, Problem) is not passes
        assert bool([each for each in server.requests if each]) is passes
    assert problem(exchange) == "tls:untrusted"
    assert exchange.fingerprint == fingerprint_of(pem)


def p12(folder: Path, pem: Path, password: bytes | None) -> Path:
    data = pem.read_bytes()
    key = load_pem_private_key(data, None)
    certificate = x509.load_pem_x509_certificate(data)
    shield = BestAvailableEncryption(password) if password else NoEncryption()
    path = folder / "client.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"c", key, certificate, None, shield))  # type: ignore[arg-type]
    return path


@contextmanager
def demanding(certificates: Certificates) -> Iterator[RawServer]:
    """A server that wants a client certificate of our authority."""
    tls = certificates.server_context(certificates.issue("demanding", host=HOST))
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(certificates.authority)
    with RawServer(good, tls=tls) as server:
        yield server


@pytest.mark.parametrize("password", [None, "salasana"], ids=["open", "with-password"])
def test_a_pkcs12_file_is_shown_to_the_server(
    certificates: Certificates, tmp_path: Path, password: str | None
) -> None:
    file = p12(tmp_path, certificates.issue("client"), password.encode() if password else None)
    settings = TlsSettings(ca_file=certificates.authority, client_p12=file, password=password)
    with demanding(certificates) as server:
        assert answer(called(Via("127.0.0.1", server.port), settings)).status == 200


@pytest.mark.parametrize(
    ("password", "content"), [("wrong", None), (None, None), ("salasana", b"nothing")]
)
def test_a_pkcs12_file_that_cannot_be_opened_is_told(
    certificates: Certificates, tmp_path: Path, password: str | None, content: bytes | None
) -> None:
    file = p12(tmp_path, certificates.issue("locked"), b"salasana")
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"client\.p12.*password"):
        context(TlsSettings(client_p12=file, password=password))


def test_no_key_stays_on_disk(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    context(TlsSettings(client_p12=p12(tmp_path, certificates.issue("aside"), None)))
    assert list(aside.iterdir()) == []


def test_a_locked_key_opens_with_its_password(certificates: Certificates, tmp_path: Path) -> None:
    data = certificates.issue("pem").read_bytes()
    key = load_pem_private_key(data, None)
    shield = BestAvailableEncryption(b"salasana")
    locked = tmp_path / "locked.key"
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, shield))
    chain = tmp_path / "chain.pem"
    chain.write_bytes(x509.load_pem_x509_certificate(data).public_bytes(Encoding.PEM))
    context(TlsSettings(client_cert=chain, client_key=locked, password="salasana"))
    with pytest.raises(ConfigError, match="is encrypted"):
        context(TlsSettings(client_cert=chain, client_key=locked))


class Proxy:
    """Answers CONNECT with ``status`` and then hands bytes to and fro."""

    def __init__(self, port: int, head: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        self._port, self._head = port, head
        self.asked = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.join(timeout=5)
        self._listening.close()

    def _serve(self) -> None:
        client, _ = self._listening.accept()
        with client:
            while b"\r\n\r\n" not in self.asked:
                self.asked += client.recv(1024)
            client.sendall(self._head)
            if b" 200" in self._head:
                with socket.create_connection(("127.0.0.1", self._port)) as server:
                    back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
                    back.start()
                    self._copy(client, server)
                    back.join(timeout=5)

    @staticmethod
    def _copy(source: socket.socket, to: socket.socket) -> None:
        try:
            while piece := source.recv(65536):
                to.sendall(piece)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            return


def test_a_proxy_is_asked_for_a_tunnel_and_sees_no_message(certificates: Certificates) -> None:
    pem = certificates.issue("behind", host=HOST)
    tls = certificates.server_context(pem)
    with RawServer(good, tls=tls) as server, Proxy(server.port) as proxy:
        via = Via(proxy=f"127.0.0.1:{proxy.port}")
        exchange = called(via, TlsSettings(ca_file=certificates.authority))
    assert answer(exchange).status == 200
    assert proxy.asked == f"CONNECT {HOST}:8443 HTTP/1.1\r\nHost: {HOST}:8443\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("head", "detail"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy answered 407"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "the proxy answered 502"),
        (b"SSH-2.0-OpenSSH\r\n", "the proxy's answer is not HTTP"),
        (b"", "the proxy's answer is not HTTP"),
    ],
)
def test_a_proxy_that_opens_no_way_is_named(
    certificates: Certificates, head: bytes, detail: str
) -> None:
    with Proxy(9, head) as proxy:
        via = Via(proxy=f"127.0.0.1:{proxy.port}")
        exchange = called(via, TlsSettings(ca_file=certificates.authority))
    assert exchange.outcome == Problem(exchange.outcome.code, detail)  # type: ignore[union-attr]
    assert problem(exchange) == "proxy"


def test_a_silent_proxy_costs_the_connect_limit_only(certificates: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        via = Via(proxy=f"127.0.0.1:{silent.getsockname()[1]}")
        exchange = called(via, TlsSettings(ca_file=certificates.authority))
    assert problem(exchange) in {"proxy", "deadline"}
    assert exchange.seconds < QUICK.deadline + 0.5


@pytest.mark.parametrize(
    "via",
    [Via("pr0.integraatiopalvelu.fi"), Via("192.49.232.195"), Via("it1.integraatiopalvelu.fi")],
)
def test_connect_to_leads_to_no_forbidden_host(via: Via) -> None:
    with pytest.raises(ConfigError, match="may not be contacted"):
        allowed(URL, Level.TEST, via=via)


@pytest.mark.parametrize("via", [Via("192.0.2.1"), Via(proxy="127.0.0.1:3128")])
def test_this_machine_is_reached_directly(via: Via) -> None:
    with pytest.raises(ConfigError, match="directly"):
        allowed("http://127.0.0.1:8080/x", Level.SERVER, via=via)
