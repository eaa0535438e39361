"""The built-in endpoint ``server``: our own other side on a loopback socket, for one run.

Each session starts a server of its own, in a background thread, on a port of its own, with a fresh
account; it ends with the session. The client is the one of every real endpoint.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from harness.account.account import Account
from harness.account.choosing import is_account, simulation
from harness.account.clock import Clock, system_clock
from harness.account.service import Simulation
from harness.account.settings import IDS, Settings
from harness.endpoints.client import HttpClient
from harness.endpoints.fault_rules import Rule, Rules
from harness.endpoints.faults import Fault
from harness.endpoints.hosts import allowed
from harness.endpoints.needs import refuse_unmet
from harness.endpoints.protocol import (
    EndpointIdentity,
    EndpointKind,
    Need,
    RoleIdentity,
    Session,
)
from harness.endpoints.server.mounting import mount, paths_of
from harness.endpoints.server.server import LOOPBACK, Background, Server, base_url, bind
from harness.endpoints.server.site import Site
from harness.errors import ConfigError
from harness.exchange.messages import Exchange, Request
from harness.limits import DEFAULT, Limits
from harness.vocabulary import Level
from harness.wsdl import Contract

NAME = "server"
LIMITS = replace(DEFAULT, connect=2.0, read=2.0, deadline=5.0)
"""The peer is this machine: a scenario that shows silence need not wait for long."""


class ServerEndpoint:
    """The simulated other side of a contract behind a socket, a fresh one for each session."""

    name = NAME
    level = Level.SERVER

    def __init__(
        self,
        contract: Contract,
        *,
        settings: Settings | None = None,
        clock: Clock = system_clock,
        limits: Limits = LIMITS,
    ) -> None:
        """Prepare; nothing is started before a session.

        Args:
            contract: what is promised.
            settings: agreements and customers.
            clock: the other side's clock.
            limits: ceilings of the client, as for a real endpoint.
        """
        self._contract, self._clock, self._limits = contract, clock, limits
        self._settings = settings or Settings()
        own = (Need.QUEUED, Need.TOLERANT, Need.CLOCK) if is_account(contract) else ()
        common = (Need.MAINTENANCE, Need.FAULTS, Need.WRONG_ANSWERS)
        self.provides: frozenset[str] = frozenset({*common, *own})
        self._roles = {
            each.role: RoleIdentity(each.id, each.type) for each in self._settings.customers
        }

    @property
    def roles(self) -> Mapping[str, RoleIdentity]:
        """The account's own test customers."""
        return self._roles

    @property
    def ids(self) -> Mapping[str, str]:
        """What callers of the simulated account call themselves."""
        return IDS

    def identity(self) -> EndpointIdentity:
        """Always the same: port 0 stands for the port that each session takes."""
        address = f"http://{LOOPBACK}:0{paths_of(self._contract).unsigned}"
        return EndpointIdentity(NAME, Level.SERVER, EndpointKind.HTTP, address)

    @contextmanager
    def session(self, needs: frozenset[str] = frozenset()) -> Iterator[Session]:
        """Converse with a fresh other side in which ``needs`` are met.

        Raises:
            ConfigError: a need is not one that this endpoint provides.
        """
        refuse_unmet(self.name, self.provides, needs)
        listening = bind()
        base, rules = base_url(listening), Rules()
        site = Site(rules=rules)
        other_side = simulation(self._contract, self._brought_to(needs), self._clock)
        paths = mount(site, self._contract, other_side, base)
        target = allowed(base + paths.unsigned, Level.SERVER)
        with (
            Background(Server(listening, site)) as background,
            HttpClient(target, limits=self._limits) as client,
        ):
            yield _ServerSession(client, background, rules, other_side)

    def _brought_to(self, needs: frozenset[str]) -> Settings:
        settings = self._settings
        if Need.QUEUED in needs:
            settings = settings.with_queue()
        if Need.TOLERANT in needs:
            settings = settings.with_tolerance()
        if Need.MAINTENANCE in needs:
            settings = settings.in_maintenance()
        return settings


class _ServerSession:
    """One client, and the faults that its server is told to play."""

    def __init__(
        self, client: HttpClient, background: Background, rules: Rules, other_side: Simulation
    ) -> None:
        self._client, self._background = client, background
        self._rules, self._other_side = rules, other_side

    def send(self, request: Request) -> Exchange:
        """Send one request."""
        return self._client.send(request)

    def misbehave(self, fault: Fault) -> None:
        """Play this fault at the next call."""
        self._background.call(lambda: self._rules.add(Rule(fault, next=1)))

    def advance(self, seconds: float) -> None:
        """Let that much of the other side's time pass.

        Raises:
            ConfigError: its time cannot be moved, or not by that.
        """
        account = self._other_side
        if not isinstance(account, Account):
            raise ConfigError("the clock of this other side cannot be moved", where=NAME)
        self._background.call(lambda: account.advance(seconds))
