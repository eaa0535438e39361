"""A time stamp authority on this machine: ``openssl ts`` behind a socket of the loopback."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SETTINGS = """
[authority]
serial = {folder}/serial
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
signer_digest = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class TimeAuthority:
    """An authority with a root certificate and one that signs.

    Attributes:
        folder: where its files are.
        name: common name of the one that signs.
        expired: its certificates have been out of date since yesterday.
        asked: the queries that came, in order.
        answer: what is answered instead of a time stamp.
        kind: Content-Type of an answer.
        status: of an answer.
        url: where it answers, while it does.
    """

    folder: Path
    name: str = "Test time stamps"
    expired: bool = False
    asked: list[bytes] = field(default_factory=list)
    answer: bytes | None = None
    kind: str = "application/timestamp-reply"
    status: int = 200
    url: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        issuer = self._certificate("Test root", root, "Test root", root, authority=True)
        signer = self._certificate(self.name, key, "Test root", root, authority=False)
        self.root.write_bytes(issuer)
        (self.folder / "signer.pem").write_bytes(signer)
        (self.folder / "signer.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        (self.folder / "serial").write_text("01\n")
        (self.folder / "settings").write_text(_SETTINGS.format(folder=self.folder))

    @property
    def root(self) -> Path:
        """PEM file of the root certificate."""
        return self.folder / "root.pem"

    def _certificate(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        signer: ec.EllipticCurvePrivateKey,
        *,
        authority: bool,
    ) -> bytes:
        now = datetime.now(UTC) - timedelta(days=2 if self.expired else 0)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if not authority:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
            )
        made = builder.sign(signer, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM)

    def reply(self, query: bytes) -> bytes:
        """The answer to a query."""
        asked, answered = self.folder / "query", self.folder / "reply"
        asked.write_bytes(query)
        words = ["openssl", "ts", "-reply", "-config", "settings", "-section", "authority"]
        words += ["-queryfile", asked.name, "-signer", "signer.pem", "-inkey", "signer.key"]
        words += ["-out", answered.name]
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True)
        return answered.read_bytes()

    @contextmanager
    def serving(self) -> Iterator["TimeAuthority"]:
        """Answer on a socket of this machine."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked.append(query)
                answer = authority.answer
                answer = authority.reply(query) if answer is None else answer
                self.send_response(authority.status)
                self.send_header("Content-Type", authority.kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}/stamp"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
