"""``harness observe``: the account on a socket, and what a supplier's own system does with it."""

from typing import Unpack

import click

from harness.account.choosing import simulation
from harness.account.settings import Settings
from harness.classes import dataclass
from harness.cli.common import settings
from harness.cli.listening import secured_by
from harness.cli.watched_run import WatchedRun, exit_code
from harness.cli.watching import Door, Observing, Teller, door, observing_options, watched
from harness.endpoints.protocol import Need
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.endpoints.server.mounting import Secured, mount
from harness.endpoints.server.site import Observed, Site
from harness.suite.ids import new_run_id
from harness.suite.runner import Connection
from harness.suite.sides import AccountSide
from harness.suite.watching import Watch
from harness.wsdl import Contract
from harness.wsdl.configured import contract_of

PORT = 8088
_PROVIDED = frozenset({Need.MAINTENANCE, Need.FAULTS, Need.WRONG_ANSWERS})


@click.command()
@observing_options("supplier", PORT)
@click.pass_context
def observe(context: click.Context, **options: Unpack[Observing]) -> None:
    """Tell step by step what your own system should do, and judge what arrives.

    The account answers on a socket, as harness serve does. What is asked for and does not come in
    time is not seen. One evidence file is written, of level server and driver system.
    """
    config = settings()
    contract = contract_of(config)
    connection = Connection(contract, ServerEndpoint(contract), new_run_id())
    teller = Teller(options["language"], options["as_json"])
    secured = secured_by(options["callers"])
    provides = _PROVIDED | (frozenset({Need.SIGNED}) if secured else frozenset())
    name = options["suite"] or "supplier"
    run = WatchedRun.of(config, options, name, connection, provides, teller)
    with door(options, config.state_folder / "observe") as opened:
        observed = _Observed(opened, run.watch, contract, secured)
        site, addresses = observed.site(options["names"])

        def ready() -> None:
            teller.listening(addresses)
            run.watch.begin()

        with run.evidence(teller) as made:
            watched(opened, site, run.watch, teller, ready)
    context.exit(exit_code(made[0]))


@dataclass(frozen=True, slots=True)
class _Observed:
    """The account on a bound socket, and who looks at what it is asked."""

    door: Door
    watch: Watch
    contract: Contract
    secured: Secured | None

    def site(self, names: tuple[str, ...]) -> tuple[Site, dict[str, str]]:
        """What is answered, and the addresses by name."""
        side = AccountSide(self.watch, self.contract, self.door.address)

        def observer(observed: Observed) -> None:
            self.door.journal.note(observed)
            side.seen(observed)

        base = self.door.base(names)
        site = Site(names=names, rules=side, observer=observer)
        other_side = simulation(self.contract, Settings())
        paths = mount(site, self.contract, other_side, base, self.secured)
        side.watch(site, signed=paths.signed if self.secured else "")
        addresses = {"url": base + paths.unsigned, "wsdl": f"{base}{paths.unsigned}?wsdl"}
        return site, addresses | ({"signed": base + paths.signed} if self.secured else {})
