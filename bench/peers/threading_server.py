"""``python -m bench.peers.threading_server PORT SCHEMA``: the standard library's server."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from bench.peers.work import Work


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    work: ClassVar[Work]

    def do_POST(self) -> None:
        """Answer one request."""
        data = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self.work.answer(data)
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


if __name__ == "__main__":
    _Handler.work = Work(Path(sys.argv[2]))
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Handler).serve_forever()
