"""The built-in endpoint ``server``: our own other side on a loopback socket, for one run.

Each session starts a server of its own, in a background thread, on a port of its own, with a fresh
account; it ends with the session. The client is the one of every real endpoint.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.account.clock import Clock, system_clock
from harness.account.service import Simulation
from harness.account.settings import Settings
from harness.endpoints.client import HttpClient
from harness.endpoints.fault_rules import Rule, Rules
from harness.endpoints.faults import Fault
from harness.endpoints.hosts import allowed
from harness.endpoints.needs import given_inbox
from harness.endpoints.protocol import (
    EndpointIdentity,
    EndpointKind,
    Inbox,
    Need,
    OwnSignature,
    Session,
)
from harness.endpoints.server.mounting import mount, paths_of
from harness.endpoints.server.server import LOOPBACK, Background, Server, base_url, bind
from harness.endpoints.server.site import Site
from harness.endpoints.simulated import Simulated, clock_of, sent, signed_for
from harness.exchange.judge import Referee
from harness.exchange.messages import Exchange, Request
from harness.limits import DEFAULT, Limits
from harness.vocabulary import Level
from harness.wsdl import Contract

if TYPE_CHECKING:
    from harness.endpoints.signed import Signed

NAME = "server"
LIMITS = replace(DEFAULT, connect=2.0, read=2.0, deadline=5.0)
"""The peer is this machine: a scenario that shows silence need not wait for long."""


class ServerEndpoint(Simulated):
    """The simulated other side of a contract behind a socket, a fresh one for each session."""

    name = NAME
    level = Level.SERVER
    common = frozenset({Need.MAINTENANCE, Need.FAULTS, Need.WRONG_ANSWERS, Need.UNSIGNED})

    def __init__(
        self,
        contract: Contract,
        *,
        settings: Settings | None = None,
        clock: Clock = system_clock,
        limits: Limits = LIMITS,
        listens: Contract | None = None,
    ) -> None:
        """Prepare; see ``Simulated``."""
        super().__init__(contract, limits, settings=settings, clock=clock, listens=listens)

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
        signed = signed_for(needs)
        other_side = self.other_side(needs, signed)
        listening = bind()
        base, rules = base_url(listening), Rules()
        site = Site(rules=rules)
        secured = None if signed is None else signed.secured
        paths = mount(site, self._contract, other_side, base, secured)
        path = paths.unsigned if signed is None else paths.signed
        target = allowed(base + path, Level.SERVER)
        with (
            Background(Server(listening, site)) as background,
            HttpClient(target, limits=self._limits) as client,
            self._inbox(needs, other_side, signed) as inbox,
        ):
            yield _ServerSession(client, background, rules, other_side, inbox, signed)

    @contextmanager
    def _inbox(
        self, needs: frozenset[str], other_side: Simulation, signed: "Signed | None"
    ) -> Iterator[Inbox | None]:
        """A listener behind a second socket, called by a client of the account's own."""
        contract = self.heard(needs)
        if contract is None:
            yield None
            return
        from harness.endpoints.listening import Listening  # noqa: PLC0415 - needed by few scenarios
        from harness.endpoints.pushing import Pushed  # noqa: PLC0415 - as above

        referee = None if signed is None else signed.calls
        with Listening(contract, referee=lambda: referee)() as listener:
            target = allowed(listener.address, Level.SERVER)
            with HttpClient(target, limits=self._limits) as client:
                yield Pushed(listener, clock_of(other_side, NAME), client.send, signed)


class _ServerSession:
    """One client, and the faults that its server is told to play."""

    def __init__(
        self,
        client: HttpClient,
        background: Background,
        rules: Rules,
        other_side: Simulation,
        inbox: Inbox | None,
        signed: "Signed | None",
    ) -> None:
        self._client, self._background, self._inbox = client, background, inbox
        self._rules, self._other_side, self._signed = rules, other_side, signed
        self._wrongly: OwnSignature | None = None

    @property
    def referee(self) -> Referee | None:
        """Judges the signatures of its answers."""
        return None if self._signed is None else self._signed.referee

    def send(self, request: Request) -> Exchange:
        """Send one request."""
        wrongly, self._wrongly = self._wrongly, None
        return sent(self._client, request, self._signed, wrongly)

    def sign_wrongly(self, how: OwnSignature) -> None:
        """Sign the next call in this way; see ``SignsWrongly``."""
        self._wrongly = how

    def misbehave(self, fault: Fault) -> None:
        """Play this fault at the next call."""
        self._background.call(lambda: self._rules.add(Rule(fault, next=1)))

    def advance(self, seconds: float) -> None:
        """Let that much of the other side's time pass.

        Raises:
            ConfigError: its time cannot be moved, or not by that.
        """
        account = clock_of(self._other_side, NAME)
        self._background.call(lambda: account.advance(seconds))

    def inbox(self) -> Inbox:
        """What the account has called; see ``Receiving``.

        Raises:
            ConfigError: nobody listens in this session.
        """
        return given_inbox(self._inbox, NAME)
