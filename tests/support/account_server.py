"""The simulated account behind a loopback socket, for end-to-end tests.

``AccountServer(contract)`` is a context manager with ``url``; with ``tls`` (a server-side context)
it speaks https. State lives as long as the server: nothing is reset between calls.
"""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from harness.account.account import Account
from harness.account.clock import Clock, system_clock
from harness.account.service import AccountService
from harness.account.settings import Settings
from harness.wsdl import Contract

PATH = "/Asiointitili/ViranomaispalvelutWSInterfaceNonSigned"


class AccountServer:
    """A threaded server on 127.0.0.1, on a free port."""

    def __init__(
        self,
        contract: Contract,
        *,
        settings: Settings | None = None,
        clock: Clock = system_clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.account = Account(settings, clock)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.tls = tls
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}{PATH}"
        self._server.service = AccountService(contract, self.account, address=self.url)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    service: AccountService
    tls: ssl.SSLContext | None

    def handle_error(self, *_: object) -> None:
        """Say nothing: what a caller does wrong is the caller's affair."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 10
    server: _Server

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        if self.server.tls is not None:
            self.request.close()

    def do_POST(self) -> None:
        self._respond()

    def do_GET(self) -> None:
        self._respond()

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = list(self.headers.items())
        answer = self.server.service.respond(self.command, self.path, headers, body)
        lines = [f"HTTP/1.1 {answer.status} -", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines += [f"Content-Length: {len(answer.body.data)}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + answer.body.data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
