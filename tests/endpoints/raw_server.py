"""A loopback server that does with its socket whatever a test says, and certificates for it."""

import datetime as dt
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Talk = Callable[[socket.socket], object]


class RawServer:
    """Accepts connections and hands each, its request read, to ``talk``."""

    def __init__(
        self,
        talk: Talk,
        *,
        tls: ssl.SSLContext | None = None,
        read_request: bool = True,
        port: int = 0,
    ) -> None:
        self._talk, self._tls, self._read_request = talk, tls, read_request
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.settimeout(10)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/account"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
        self._socket.close()

    def _run(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls:
                with self._tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                ) as secured:
                    self._shake_hands(secured)
                    self._hold(secured)
            else:
                self._hold(connection)
        except OSError:
            return

    def _shake_hands(self, secured: ssl.SSLSocket) -> None:
        try:
            secured.do_handshake()
        except ssl.SSLError:
            # Read what is still under way: a close with unread bytes would be a reset, which may
            # overtake the alert.
            secured.settimeout(0.5)
            socket.socket.shutdown(secured, socket.SHUT_WR)
            while socket.socket.recv(secured, 65536):
                pass
            raise

    def _hold(self, connection: socket.socket) -> None:
        if self._read_request:
            self.requests.append(read_request(connection))
        self._talk(connection)

    def drip(self, connection: socket.socket, data: bytes, every: float = 0.02) -> None:
        """Send one byte at a time until the test is over."""
        for byte in data:
            connection.sendall(bytes([byte]))
            if self.over.wait(every):
                return


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def http(
    body: bytes = b"<ok/>",
    *headers: str,
    status: str = "200 OK",
    length: int | None = None,
    content_type: str = "text/xml; charset=utf-8",
) -> bytes:
    """One whole answer."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1") + body


class Certificates:
    """A certificate authority and what it issues, as PEM files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.authority = folder / "authority.pem"
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self._name = name
        self.authority.write_bytes(_pem(self._signed(name, self._key, san=None, ca=True)))

    def issue(
        self, label: str, *, host: str = "127.0.0.1", days: tuple[int, int] = (-1, 30)
    ) -> Path:
        """A key and certificate in one file; ``days`` from and until, counted from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, label)])
        certificate = self._signed(name, key, san=host, ca=False, days=days)
        return self._written(label, key, certificate)

    def self_signed(self, label: str) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, label)])
        builder = _builder(name, name, key.public_key(), (-1, 30))
        builder = builder.add_extension(_san("127.0.0.1"), critical=False)
        return self._written(label, key, builder.sign(key, hashes.SHA256()))

    def server_context(self, pem: Path) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        san: str | None,
        ca: bool,
        days: tuple[int, int] = (-1, 30),
    ) -> x509.Certificate:
        builder = _builder(name, self._name, key.public_key(), days)
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
            critical=False,
        )
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        if san is not None:
            builder = builder.add_extension(_san(san), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _written(
        self, label: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> Path:
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self._folder / f"{label}.pem"
        path.write_bytes(private + _pem(certificate))
        return path


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    days: tuple[int, int],
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
    )


def _san(host: str) -> x509.SubjectAlternativeName:
    try:
        return x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    except ValueError:
        return x509.SubjectAlternativeName([x509.DNSName(host)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
