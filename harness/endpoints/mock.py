"""The other side in process: the same client as for real endpoints, with ``responses`` as the wire.

``responses`` replaces the last metre, so nothing here shows sockets, TLS or time: evidence gained
here has level ``mock``.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import requests
import responses
from requests.adapters import HTTPAdapter

from harness.account.clock import Clock, system_clock
from harness.account.service import AccountService, Simulation
from harness.account.settings import Settings
from harness.endpoints.client import HttpClient
from harness.endpoints.faults import Fault, FaultKind
from harness.endpoints.hosts import in_process
from harness.endpoints.needs import given_inbox
from harness.endpoints.protocol import (
    EndpointIdentity,
    EndpointKind,
    Inbox,
    Need,
    OwnSignature,
    Session,
)
from harness.endpoints.simulated import Simulated, clock_of, sent, signed_for
from harness.endpoints.spoiling import altered
from harness.errors import ConfigError
from harness.exchange.judge import Judgement, Referee
from harness.exchange.messages import Answer, Exchange, Request
from harness.limits import DEFAULT, Limits
from harness.vocabulary import Level
from harness.wsdl import Contract

if TYPE_CHECKING:
    from harness.endpoints.signed import Signed
    from harness.exchange.security.seal import Seal

NAME = "mock"
URL = "http://in-process.invalid/Asiointitili/ViranomaispalvelutWSInterfaceNonSigned"
_ADDRESS = re.compile(re.escape(URL) + r"\Z")
"""For ``responses``, which would take a text apart for every call."""
"""Never resolved: ``.invalid`` is reserved (RFC 2606), and ``responses`` answers before."""
LISTENER = "http://in-process.invalid/paluukanava"
"""Where the account is told to call us; likewise."""

_PATCHING = threading.Lock()
"""responses replaces a function of requests for the whole process while a call is under way."""


class Spoiler(Protocol):
    """Alters what the other side answers."""

    def heard(self, request: Request, judgement: Judgement) -> None:
        """Be told of a request before it is answered."""

    def spoiled(self, answer: Answer, seal: "Seal | None") -> Answer:
        """What becomes of an answer before it is sent.

        Args:
            answer: the right one.
            seal: signed it; ``None`` when nobody did.
        """


class MockEndpoint(Simulated):
    """The simulated other side of a contract, a fresh one for each session.

    It behaves like the account for the account's own interface; for any other it answers every
    operation with a valid message (``harness.account.choosing``).
    """

    name = NAME
    level = Level.MOCK
    common = frozenset({Need.MAINTENANCE, Need.WRONG_ANSWERS, Need.UNSIGNED})

    def __init__(
        self,
        contract: Contract,
        *,
        settings: Settings | None = None,
        clock: Clock = system_clock,
        limits: Limits = DEFAULT,
        listens: Contract | None = None,
        spoiler: Spoiler | None = None,
    ) -> None:
        """Prepare; see ``Simulated``.

        Args:
            contract: what is promised.
            settings: agreements and customers of the account.
            clock: the other side's clock.
            limits: ceilings of the client, as for a real endpoint.
            listens: what we serve to the other side.
            spoiler: alters every answer; nobody does, but where defects are planted.
        """
        super().__init__(contract, limits, settings=settings, clock=clock, listens=listens)
        self._spoiler = spoiler
        # It opens no connection and keeps nothing of a call: one serves all sessions.
        self._client = HttpClient(in_process(URL), limits=limits)

    def identity(self) -> EndpointIdentity:
        """Always the same."""
        return EndpointIdentity(NAME, Level.MOCK, EndpointKind.IN_PROCESS, "in-process")

    @contextmanager
    def session(self, needs: frozenset[str] = frozenset()) -> Iterator[Session]:
        """Converse with a fresh other side in which ``needs`` are met.

        Raises:
            ConfigError: a need is not one that this endpoint provides.
        """
        signed = signed_for(needs)
        other_side = self.other_side(needs, signed)
        inbox = self._inbox(needs, other_side, signed)
        yield _MockSession(self._client, self._contract, other_side, inbox, signed, self._spoiler)

    def _inbox(
        self, needs: frozenset[str], other_side: Simulation, signed: "Signed | None"
    ) -> Inbox | None:
        contract = self.heard(needs)
        if contract is None:
            return None
        from harness.endpoints.listener import Listener  # noqa: PLC0415 - needed by few scenarios
        from harness.endpoints.pushing import Pushed, handing  # noqa: PLC0415 - as above

        referee = None if signed is None else signed.calls
        listener = Listener(contract, address=LISTENER, referee=referee)
        return Pushed(listener, clock_of(other_side, NAME), handing(listener), signed)


class _MockSession:
    """One client whose wire is a function call."""

    def __init__(
        self,
        client: HttpClient,
        contract: Contract,
        other_side: Simulation,
        inbox: Inbox | None,
        signed: "Signed | None",
        spoiler: Spoiler | None,
    ) -> None:
        self._client, self._other_side, self._signed = client, other_side, signed
        self._inbox, self._spoiler = inbox, spoiler
        referee = None if signed is None else signed.secured.referee()
        self._seal = None if signed is None else signed.secured.sealed()
        self._service = AccountService(
            contract,
            other_side,
            referee=referee,
            sealed=self._seal,
            observer=None if spoiler is None else spoiler.heard,
        )
        self._fault: Fault | None = None
        self._wrongly: OwnSignature | None = None
        self._mock = responses.RequestsMock(assert_all_requests_are_fired=False)
        self._mock.add_callback(responses.POST, _ADDRESS, callback=self._answer, content_type=None)
        self._wire: Any = self._mock.unbound_on_send()

    def send(self, request: Request) -> Exchange:
        """Send one request through ``requests`` to the account."""
        with _PATCHING:
            # What its start() and stop() do by way of unittest.mock, which looks for the name anew.
            real, HTTPAdapter.send = HTTPAdapter.send, self._wire  # type: ignore[method-assign]
            try:
                wrongly, self._wrongly = self._wrongly, None
                return sent(self._client, request, self._signed, wrongly)
            finally:
                HTTPAdapter.send = real  # type: ignore[method-assign] # as above
                # responses keeps every call with its body; no body may outlive its exchange.
                self._mock.calls.reset()

    @property
    def referee(self) -> Referee | None:
        """Judges the signatures of its answers."""
        return None if self._signed is None else self._signed.referee

    def sign_wrongly(self, how: OwnSignature) -> None:
        """Sign the next call in this way; see ``SignsWrongly``."""
        self._wrongly = how

    def misbehave(self, fault: Fault) -> None:
        """Answer the next call with this fault, as far as that can be done without a socket.

        Raises:
            ConfigError: it is a fault of the connection.
        """
        if fault.kind is FaultKind.SOCKET:
            raise ConfigError(
                f"the fault {fault.name} needs a socket",
                where=NAME,
                todo="Run the scenario against the endpoint server.",
            )
        self._fault = fault

    def advance(self, seconds: float) -> None:
        """Let that much of the other side's time pass; see ``MovesClock``.

        Raises:
            ConfigError: its time cannot be moved, or not by that.
        """
        clock_of(self._other_side, NAME).advance(seconds)

    def inbox(self) -> Inbox:
        """What the account has called; see ``Receiving``.

        Raises:
            ConfigError: nobody listens in this session.
        """
        return given_inbox(self._inbox, NAME)

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
        body = request.body if isinstance(request.body, bytes) else b""
        headers = [(str(name), str(value)) for name, value in request.headers.items()]
        answer = self._service.respond(request.method or "", request.path_url, headers, body)
        if self._spoiler is not None:
            answer = self._spoiler.spoiled(answer, self._seal)
        if self._fault is not None:
            answer, self._fault = altered(self._fault, answer, self._seal), None
        return answer.status, dict(answer.headers), answer.body.data
