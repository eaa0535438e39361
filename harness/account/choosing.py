"""Who answers for a contract in place of the real one: the one place where that is decided."""

from harness.account.account import Account
from harness.account.clock import Clock, system_clock
from harness.account.receiving import Receiver
from harness.account.service import Simulation
from harness.account.settings import Settings
from harness.wsdl import Contract

ACCOUNT = "asiointitili/viranomaispalvelut"
"""The interface that the simulated account behaves like, in every version."""
RETURN_CHANNEL = "asiointitili/paluukanava"
"""The interface by which the account tells authorities what became of their items."""


def is_account(contract: Contract) -> bool:
    """Whether it is the interface of the account, whose behaviour is simulated."""
    return contract.name == ACCOUNT


def simulation(
    contract: Contract, settings: Settings | None = None, clock: Clock = system_clock
) -> Simulation:
    """A fresh other side: the account for its own interface, a generic one for any other.

    Args:
        contract: what it has promised.
        settings: agreements and limits.
        clock: the other side's clock.
    """
    if is_account(contract):
        return Account(settings, clock)
    from harness.account.generic import Generic  # noqa: PLC0415 - the generator takes its time

    return Generic(contract, settings)


def receiver(contract: Contract) -> Simulation:
    """Who takes the calls of a contract that the supplier serves.

    Args:
        contract: what the supplier has promised: the return channel, or any other.
    """
    if contract.name == RETURN_CHANNEL:
        return Receiver()
    from harness.account.generic import Generic  # noqa: PLC0415 - the generator takes its time

    return Generic(contract, Receiver.settings)
