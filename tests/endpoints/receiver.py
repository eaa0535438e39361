"""A supplier's receiver of the return channel: it answers as a test says, over a real socket."""

import re
import socket
import ssl
from collections.abc import Callable
from itertools import chain, repeat

from harness.config import book
from harness.exchange import render
from harness.exchange.render import FaultCode, Node
from harness.wsdl import Contract, find
from tests.endpoints.raw_server import RawServer, http

CHANNEL: Contract = find("asiointitili/paluukanava", [book("contracts")])
_ID = re.compile(rb"<SanomaTunniste>([^<]*)</SanomaTunniste>")

Talk = Callable[["Receiver", socket.socket, bytes], object]
"""Answers one message: the receiver, the connection, the request with its head."""


def coded(code: int = 0) -> Talk:
    """Answers with this TilaKoodi."""

    def talk(receiver: "Receiver", connection: socket.socket, request: bytes) -> None:
        connection.sendall(http(receiver.sealed(envelope(request, code))))

    return talk


def fault(receiver: "Receiver", connection: socket.socket, _: bytes) -> None:
    data = render.fault(FaultCode.SERVER, "Virhe")
    connection.sendall(http(receiver.sealed(data), status="500 Internal Server Error"))


def nothing(_receiver: "Receiver", _connection: socket.socket, _request: bytes) -> None:
    """The message has arrived, the answer is lost."""


def envelope(request: bytes, code: int = 0) -> bytes:
    """The answer to a request, read by its element."""
    operation = "VieKohteita" if b"<VieKohteita " in request else "VieKohdeTiloja"
    told: list[Node] = [("TilaKoodi", [("TilaKoodi", str(code))])]
    told += [("KohdeMaara", "1")] if operation == "VieKohteita" else []
    return render.answer(CHANNEL, operation, [(f"{operation}Result", told)])


class Receiver(RawServer):
    """Answers one message after the other as ``talks`` say, then every further one with 0."""

    def __init__(
        self,
        *talks: Talk,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
        sealed: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self.sealed = sealed
        self._talks = chain(talks, repeat(coded()))
        super().__init__(self._answer, tls=tls, port=port)

    @property
    def ids(self) -> list[str]:
        """SanomaTunniste of everything that has arrived."""
        return [found[1].decode() for found in map(_ID.search, self.requests) if found]

    @property
    def bodies(self) -> list[bytes]:
        return [each.partition(b"\r\n\r\n")[2] for each in self.requests]

    def _answer(self, connection: socket.socket) -> None:
        next(self._talks)(self, connection, self.requests[-1])
