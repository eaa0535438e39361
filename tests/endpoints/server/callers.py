"""Servers in the background, and callers that speak to them byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from harness.account.choosing import simulation
from harness.account.settings import Settings
from harness.endpoints.fault_rules import Rules
from harness.endpoints.server.limits import ServerLimits
from harness.endpoints.server.mounting import Paths, Secured, mount
from harness.endpoints.server.server import Background, Server, base_url, bind
from harness.endpoints.server.site import Observer, Site
from harness.wsdl import Contract
from tests.account.asking import ACTION, caller, envelope

PATIENCE = 10.0
"""Seconds after which a test gives up; nothing is expected to take so long."""
QUICK = ServerLimits(head=0.3, body=0.3, idle=0.4, write=0.5, linger=0.3, grace=0.5)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread or process does by itself."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    pytest.fail("it did not come to be")


GOOD = envelope("HaeTilaTieto", caller() + "<Kysely/>")


@dataclass
class Running:
    """A server that is running."""

    server: Server
    background: Background
    site: Site
    paths: Paths
    base: str
    port: int

    @property
    def url(self) -> str:
        return self.base + self.paths.unsigned

    def connect(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        sock.settimeout(PATIENCE)
        return sock

    def exchange(self, data: bytes) -> bytes:
        """Everything that comes back until the server closes."""
        with self.connect() as sock:
            sock.sendall(data)
            return rest(sock)

    def post(self, body: bytes = GOOD, operation: str = "HaeTilaTieto", **more: str) -> "Got":
        """One call on a connection of its own."""
        path = more.pop("path", self.paths.unsigned)
        return whole(self.exchange(request(path, body, operation, close=True, fields=more)))


@contextmanager
def running(
    contract: Contract,
    *,
    limits: ServerLimits | None = None,
    names: Sequence[str] = (),
    rules: Rules | None = None,
    observer: Observer | None = None,
    secured: Secured | None = None,
    settings: Settings | None = None,
) -> Iterator[Running]:
    listening = bind()
    site = Site(names=names, rules=rules, observer=observer)
    base = base_url(listening)
    paths = mount(site, contract, simulation(contract, settings), base, secured)
    server = Server(listening, site, limits=limits or replace(QUICK, head=5, body=5, idle=5))
    port = listening.getsockname()[1]
    with Background(server) as background:
        yield Running(server, background, site, paths, base, port)


def request(
    path: str,
    body: bytes = GOOD,
    operation: str = "HaeTilaTieto",
    *,
    close: bool = False,
    length: int | None = None,
    fields: Mapping[str, str] | None = None,
) -> bytes:
    """One whole POST; in names of fields _ stands for -."""
    every = {
        "Host": "127.0.0.1",
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"{ACTION}{operation}"',
        "Content-Length": str(len(body) if length is None else length),
        **({"Connection": "close"} if close else {}),
        **{name.replace("_", "-"): value for name, value in (fields or {}).items()},
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@dataclass(frozen=True)
class Got:
    """One answer taken apart."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


def whole(data: bytes) -> Got:
    """Exactly one answer with its whole body."""
    got, left = first(data)
    assert left == b""
    return got


def first(data: bytes) -> tuple[Got, bytes]:
    """The first answer, and what is behind it."""
    head, gap, behind = data.partition(b"\r\n\r\n")
    assert gap, data
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    length = int(headers.get("content-length", 0))
    assert len(behind) >= length, "cut"
    version, number, _ = status.split(" ", 2)
    assert version == "HTTP/1.1"
    return Got(int(number), headers, behind[:length]), behind[length:]


def answers(sock: socket.socket, count: int) -> list[Got]:
    """The next answers of a connection that stays open."""
    found: list[Got] = []
    data = b""
    while len(found) < count:
        try:
            got, data = first(data)
        except AssertionError:
            piece = sock.recv(65536)
            assert piece, f"closed after {len(found)} answers and {data!r}"
            data += piece
        else:
            found.append(got)
    assert data == b""
    return found


def rest(sock: socket.socket) -> bytes:
    """What comes until the end; a reset raises."""
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


def is_fault(got: Got) -> bool:
    return b":Fault>" in got.body and got.headers["content-type"].startswith("text/xml")
