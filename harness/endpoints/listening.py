"""A listener behind a socket, for as long as a conversation with a real endpoint lasts."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from harness.classes import dataclass
from harness.config import Config, ListenerTable
from harness.endpoints.hosts import is_loopback
from harness.endpoints.listener import Listener
from harness.endpoints.server.limits import DEFAULT_LIMITS, ServerLimits
from harness.endpoints.server.mounting import paths_of
from harness.endpoints.server.secured import server_context
from harness.endpoints.server.server import LOOPBACK, Background, Server, base_url, bind
from harness.errors import ConfigError
from harness.exchange.judge import Referee
from harness.wsdl import Contract


@dataclass(frozen=True, slots=True)
class Listening:
    """What ``[listener]`` says.

    Attributes:
        contract: what is served.
        address: IP address to listen at.
        port: TCP port; 0 takes a free one.
        path: where calls come; empty for that of the contract's own address.
        names: host names under which it may be called.
        url: where others reach it; empty when they call address and port.
        tls: a server context; ``None`` for plain HTTP, on this machine only.
        callers: SHA-256 of the only certificates that may call; empty for any that ``tls`` takes.
        referee: makes who judges the signature of every call.
        limits: what one caller may cost.
        where: place that an error names.
    """

    contract: Contract
    address: str = LOOPBACK
    port: int = 0
    path: str = ""
    names: tuple[str, ...] = ()
    url: str = ""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    callers: frozenset[str] = frozenset()
    referee: Callable[[], Referee | None] = field(default=lambda: None, repr=False)
    limits: ServerLimits = DEFAULT_LIMITS
    where: str = "[listener]"

    @contextmanager
    def __call__(self) -> Iterator[Listener]:
        """Listen, with nothing received before.

        Raises:
            ConfigError: the port cannot be had.
        """
        secure = self.tls is not None
        try:
            bound = bind(self.address, self.port, tls=secure)
        except ConfigError as error:
            todo = "Name an address of this machine and a free port."
            raise ConfigError(error.what, where=self.where, todo=todo) from None
        path = self.path or paths_of(self.contract).unsigned
        url = self.url or base_url(bound, tls=secure, name="".join(self.names[:1])) + path
        listener = Listener(self.contract, path=path, address=url, referee=self.referee())
        server = Server(
            bound,
            listener.site(self.names),
            limits=self.limits,
            tls=self.tls,
            callers=self.callers,
            stranger=listener.stranger,
        )
        with Background(server):
            yield listener


def pinned(table: ListenerTable, where: str) -> frozenset[str]:
    """The only certificates that may call; empty for any that TLS takes.

    Raises:
        ConfigError: callers are not asked for a certificate.
    """
    if table.client_fingerprint is None:
        return frozenset()
    if table.client_ca is None:
        raise ConfigError(
            "a caller's certificate is pinned, but none is asked for",
            where=where,
            todo="Name as client_ca the file of that certificate, or of its authority.",
        )
    return frozenset({table.client_fingerprint.replace(":", "").lower()})


def tls(config: Config, table: ListenerTable, where: str) -> ssl.SSLContext | None:
    """The listener's own certificate, and whether callers show theirs; ``None`` for plain HTTP.

    Raises:
        ConfigError: other machines could reach it without TLS, or a file cannot be used.
    """
    if table.cert is None:
        _refuse_plain(table, where)
        return None

    def file(name: str | None) -> Path | None:
        return config.resolve(name) if name else None

    with _at(where):
        return server_context(config.resolve(table.cert), file(table.key), file(table.client_ca))


def _refuse_plain(table: ListenerTable, where: str) -> None:
    if table.key or table.client_ca:
        raise ConfigError("key and client_ca need cert", where=where)
    if not is_loopback(table.listen):
        raise ConfigError(
            f"{table.listen} can be reached from other machines, and calls hold personal data",
            where=where,
            todo="Give cert, key and client_ca: whoever calls shows a certificate.",
        )


@contextmanager
def _at(where: str) -> Iterator[None]:
    """Give an error of the server's files the place in harness.toml."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(error.what, where=where, todo=error.todo) from None
