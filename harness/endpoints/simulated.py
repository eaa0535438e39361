"""What the two built-in endpoints share: a simulated other side, fresh for each session."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.account.account import Account
from harness.account.choosing import RETURN_CHANNEL, is_account, simulation
from harness.account.clock import Clock, system_clock
from harness.account.service import Simulation
from harness.account.settings import IDS, Settings
from harness.endpoints.client import HttpClient
from harness.endpoints.needs import refuse_unmet
from harness.endpoints.protocol import Need, OwnSignature, RoleIdentity
from harness.errors import ConfigError
from harness.exchange.messages import Body, Exchange, Request
from harness.limits import Limits
from harness.wsdl import Contract

if TYPE_CHECKING:
    from harness.endpoints.signed import Signed


_OF_THE_ACCOUNT = frozenset(
    {Need.QUEUED, Need.TOLERANT, Need.CLOCK, Need.SIGNED, Need.WRONG_SIGNATURES}
)


class Simulated:
    """A contract, who answers for it, and what it can be brought to do."""

    name: str
    common: frozenset[Need]
    """Needs that are met whatever the contract."""

    def __init__(
        self,
        contract: Contract,
        limits: Limits,
        *,
        settings: Settings | None = None,
        clock: Clock = system_clock,
        listens: Contract | None = None,
    ) -> None:
        """Prepare; nothing is started before a session.

        Args:
            contract: what is promised.
            limits: ceilings of the client, as for a real endpoint.
            settings: agreements and customers of the account.
            clock: the other side's clock.
            listens: what we serve to the other side; the account calls its return channel.
        """
        self.listens = listens
        self._contract, self._limits, self._clock = contract, limits, clock
        self._settings = settings or Settings()
        own = set(_OF_THE_ACCOUNT) if is_account(contract) else set()
        if own and listens is not None and listens.name == RETURN_CHANNEL:
            own |= {Need.RETURN_CHANNEL, Need.REDELIVERY}
        self.provides: frozenset[str] = self.common | own
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

    def other_side(self, needs: frozenset[str], signed: "Signed | None" = None) -> Simulation:
        """A fresh other side in which ``needs`` are met.

        Args:
            needs: of a scenario.
            signed: who signs in this session.

        Raises:
            ConfigError: a need is not one that this endpoint provides.
        """
        refuse_unmet(self.name, self.provides, needs)
        settings = self._settings
        if Need.QUEUED in needs:
            settings = settings.with_queue()
        if Need.TOLERANT in needs:
            settings = settings.with_tolerance()
        if Need.MAINTENANCE in needs:
            settings = settings.in_maintenance()
        if signed is not None:
            settings = signed.registered(settings)
        return simulation(self._contract, settings, self._clock)

    def heard(self, needs: frozenset[str]) -> Contract | None:
        """What we serve in a session with these needs."""
        return self.listens if Need.RETURN_CHANNEL in needs else None


def signed_for(needs: frozenset[str]) -> "Signed | None":
    """Who signs in a session with these needs; ``None`` when nobody does."""
    if Need.SIGNED not in needs:
        return None
    from harness.endpoints.signed import Signed  # noqa: PLC0415 - cryptography is slow to load

    return Signed.begun()


def sent(
    client: HttpClient,
    request: Request,
    signed: "Signed | None",
    wrongly: OwnSignature | None = None,
) -> Exchange:
    """One request through a client, signed if the session is, or wrongly when told so."""
    if signed is not None:
        data = request.body.data
        made = signed.sealed(data) if wrongly is None else _signed_wrongly(wrongly, data, signed)
        request = replace(request, body=Body(made))
    return client.send(request)


def _signed_wrongly(how: OwnSignature, data: bytes, signed: "Signed") -> bytes:
    from harness.endpoints.forged import signed_wrongly  # noqa: PLC0415 - slow to load

    return signed_wrongly(how, data, signed.sealed)


def clock_of(other_side: Simulation, name: str) -> Account:
    """The account whose time a session of the endpoint ``name`` can move.

    Raises:
        ConfigError: its time cannot be moved.
    """
    if not isinstance(other_side, Account):
        raise ConfigError("the clock of this other side cannot be moved", where=name)
    return other_side
