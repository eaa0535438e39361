"""``python -m bench.peers.asyncio_server PORT SCHEMA``: nothing between the socket and the work.

It reads requests as the load writes them and no others: the limit of what Python can do here.
"""

import asyncio
import re
import sys
from pathlib import Path

from bench.peers.work import Work

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = "HTTP/1.1 {} OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n"


class _Bare(asyncio.Protocol):
    def __init__(self, work: Work) -> None:
        self._work = work
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, rest = self._data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or length is None or len(rest) < int(length[1]):
            return
        self._data = rest[int(length[1]) :]
        status, answer = self._work.answer(rest[: int(length[1])])
        assert self._transport is not None
        self._transport.write(_HEAD.format(status, len(answer)).encode() + answer)


async def _serve(port: int, work: Work) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Bare(work), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Work(Path(sys.argv[2]))))
