"""Which paths a contract is served at, and by whom."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.account.choosing import is_account
from harness.account.service import OURS, AccountService, Simulation
from harness.classes import dataclass
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Mount, Site, fault_answer
from harness.exchange import render
from harness.exchange.judge import Referee, judge_request
from harness.exchange.messages import Answer, Body, Request
from harness.exchange.render import FaultCode
from harness.exchange.soap import content_type
from harness.wsdl import Contract

if TYPE_CHECKING:
    from harness.exchange.security.keys import Identity
    from harness.exchange.security.policy import Policy
    from harness.exchange.security.seal import Seal
    from harness.exchange.security.signing import Signing

SIGNED = "/Asiointitili/ViranomaispalvelutWSInterface"
"""Path of the account that takes signed calls, as at the service."""
NON_SIGNED = f"{SIGNED}NonSigned"
"""Path of its unsigned twin."""

_UNSIGNED = (
    "This address takes signed calls only, and this call is not signed. The twin that takes "
    f"unsigned calls is {NON_SIGNED}."
)
_UNCHECKED = (
    "This call is signed, but nobody's signature is known here, so it is not accepted. Name those "
    "who may call with --callers. The twin that takes unsigned calls is "
    f"{NON_SIGNED}."
)
_SECURITY = b"oasis-200401-wss-wssecurity-secext-1.0.xsd"


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a contract is served.

    Attributes:
        unsigned: path that takes calls as they are.
        signed: path that takes signed calls only; empty when there is none.
    """

    unsigned: str
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Secured:
    """The security of a signed path.

    Attributes:
        policy: what callers' signatures have to fulfil.
        identity: who signs answers; ``None`` leaves them unsigned.
        signing: how they are signed.
    """

    policy: "Policy"
    identity: "Identity | None" = None
    signing: "Signing | None" = None

    def referee(self) -> Referee:
        """Judges calls by the clock of this machine, and remembers them."""
        from harness.exchange.security.referee import rung  # noqa: PLC0415 - slow to load
        from harness.exchange.security.replay import Seen  # noqa: PLC0415 - needed here only

        return rung(self.policy, _now, Seen())

    def sealed(self) -> "Seal | None":
        """Signs answers, if anybody does."""
        from harness.exchange.security.seal import Seal  # noqa: PLC0415 - slow to load
        from harness.exchange.security.signing import ACCOUNT  # noqa: PLC0415 - as above

        if self.identity is None:
            return None
        return Seal(self.identity, self.signing or ACCOUNT, _now)


def _now() -> datetime:
    return datetime.now(UTC)


def paths_of(contract: Contract) -> Paths:
    """Where a contract is served: the account as at the service, others as their file says."""
    if is_account(contract):
        return Paths(NON_SIGNED, SIGNED)
    path = urlsplit(contract.address).path.rstrip("/")
    return Paths(path if path.isascii() and path else f"/{contract.service}")


def mount(
    site: Site,
    contract: Contract,
    simulation: Simulation,
    base: str,
    secured: Secured | None = None,
) -> Paths:
    """Put a contract's services into a site.

    Args:
        site: where to.
        contract: what is promised.
        simulation: who answers; the same one at every path.
        base: ``scheme://host:port`` that the served WSDL names.
        secured: whose signed calls the signed path takes; without it, nobody's.

    Raises:
        ContractError: the contract cannot be used.
    """
    paths = paths_of(contract)
    _compile(contract)
    unsigned = AccountService(contract, simulation, address=base + paths.unsigned, says=(OURS,))
    site.mount(paths.unsigned, Mount(unsigned, contract))
    if paths.signed:
        signed = _signed(contract, simulation, base + paths.signed, secured)
        site.mount(paths.signed, signed)
    return paths


def _signed(
    contract: Contract, simulation: Simulation, address: str, secured: Secured | None
) -> Mount:
    if secured is None:
        service = AccountService(contract, simulation, address=address, says=(OURS,))
        return Mount(service, contract, _refuse_unsigned)
    referee, seal = secured.referee(), secured.sealed()
    service = AccountService(
        contract, simulation, address=address, referee=referee, sealed=seal, says=(OURS,)
    )
    return Mount(service, contract, seal=seal)


def _compile(contract: Contract) -> None:
    """Read description and schema now, so that the first caller does not wait for it."""
    name = next(iter(contract.operations))
    empty = Body(render.request(contract, name, []))
    typed = content_type(contract.soap_version, contract.operations[name].soap_action)
    judge_request(contract, Request(name, contract.operations[name].soap_action, empty, typed))


def _refuse_unsigned(received: Received) -> Answer | None:
    """Accept nothing whose signature was not checked."""
    if received.method != "POST":
        return None
    text = _UNCHECKED if _SECURITY in received.body else _UNSIGNED
    return fault_answer(received, FaultCode.CLIENT, text)
