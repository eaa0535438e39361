"""An endpoint that ``harness.toml`` names, reached over HTTP."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import field, replace
from typing import TYPE_CHECKING

from harness.classes import dataclass
from harness.endpoints import tls
from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import DIRECTLY, Target, Via, allowed
from harness.endpoints.needs import given_inbox, refuse_unmet
from harness.endpoints.protocol import (
    EndpointIdentity,
    EndpointKind,
    Inbox,
    Need,
    RoleIdentity,
    Session,
)
from harness.endpoints.tls import TlsSettings
from harness.exchange.messages import Body, Exchange, Request
from harness.limits import DEFAULT, Limits
from harness.vocabulary import Level

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What ``[endpoints.NAME]`` says.

    Attributes:
        name: NAME.
        url: where requests go; the address in the WSDL is never used.
        level: the level that evidence gained there has.
        roles: test customers by role.
        ids: identifiers of the caller by name.
        provides: needs that this endpoint has been brought to meet.
        tls: its files.
        limits: byte ceilings and times.
        opened: production has been opened on the record.
        via: how it is reached.
        sealed: signs a message right before it is sent, each attempt anew; ``None`` sends it as
            it is.
        listening: our listener for the calls of the other side, while it is entered; ``None``
            without one.
    """

    name: str
    url: str
    level: Level
    roles: Mapping[str, RoleIdentity] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    provides: frozenset[str] = frozenset()
    tls: TlsSettings = field(default_factory=TlsSettings)
    limits: Limits = DEFAULT
    opened: bool = False
    via: Via = DIRECTLY
    sealed: Callable[[bytes], bytes] | None = field(default=None, repr=False)
    listening: Callable[[], AbstractContextManager[Inbox]] | None = field(default=None, repr=False)


class HttpEndpoint:
    """A real endpoint."""

    def __init__(self, settings: HttpSettings) -> None:
        """Check address and TLS files; nothing is contacted.

        Raises:
            ConfigError: the address may not be contacted, or a TLS file cannot be used.
        """
        where = f"[endpoints.{settings.name}]"
        self._settings = settings
        self._target = allowed(
            settings.url,
            settings.level,
            where=f"{where} url",
            opened=settings.opened,
            via=settings.via,
        )
        self._tls: ssl.SSLContext | None = None
        if self._target.scheme == "https":
            self._tls = tls.context(settings.tls, where=where)
        self._fingerprint = ""

    @property
    def settings(self) -> HttpSettings:
        """What its entry says."""
        return self._settings

    @property
    def target(self) -> Target:
        """Its address, allowed to be contacted."""
        return self._target

    @property
    def name(self) -> str:
        """Its name in ``harness.toml``."""
        return self._settings.name

    @property
    def level(self) -> Level:
        """The level its entry states."""
        return self._settings.level

    @property
    def provides(self) -> frozenset[str]:
        """The needs its entry lists."""
        return self._settings.provides

    @property
    def roles(self) -> Mapping[str, RoleIdentity]:
        """The test customers its entry maps."""
        return self._settings.roles

    @property
    def ids(self) -> Mapping[str, str]:
        """The identifiers its entry maps."""
        return self._settings.ids

    def identity(self) -> EndpointIdentity:
        """Its address, and the fingerprint of the certificate it showed last."""
        settings = self._settings
        return EndpointIdentity(
            settings.name,
            settings.level,
            EndpointKind.HTTP,
            self._target.address,
            self._fingerprint,
        )

    @contextmanager
    def session(self, needs: frozenset[str] = frozenset()) -> Iterator[Session]:
        """Converse with it; its state is its own, nothing is reset.

        Raises:
            ConfigError: a need is not one that its entry lists.
        """
        refuse_unmet(self.name, self.provides, needs)
        opened = self._settings.listening if Need.RETURN_CHANNEL in needs else None
        with self.client() as client, opened() if opened else nullcontext() as inbox:
            yield _HttpSession(self, client, inbox)

    def client(self) -> HttpClient:
        """A client of this endpoint; to be closed after use."""
        settings = self._settings
        return HttpClient(
            self._target,
            limits=settings.limits,
            tls=self._tls,
            server_name=settings.tls.server_name,
            fingerprint=settings.tls.fingerprint,
        )

    def saw(self, exchange: Exchange) -> None:
        """Note the certificate of an exchange."""
        if exchange.fingerprint:
            self._fingerprint = exchange.fingerprint


class _HttpSession:
    def __init__(self, endpoint: HttpEndpoint, client: HttpClient, inbox: Inbox | None) -> None:
        self._endpoint, self._client, self._inbox = endpoint, client, inbox

    def send(self, request: Request) -> Exchange:
        """Send one request, signed if the endpoint demands it."""
        sealed = self._endpoint.settings.sealed
        if sealed is not None:
            request = replace(request, body=Body(sealed(request.body.data)))
        exchange = self._client.send(request)
        self._endpoint.saw(exchange)
        return exchange

    def inbox(self) -> Inbox:
        """What the other side has called; see ``Receiving``.

        Raises:
            ConfigError: nobody listens in this session.
        """
        return given_inbox(self._inbox, self._endpoint.name)
