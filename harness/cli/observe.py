"""``harness observe``: the account on a socket, and what a supplier's own system does with it."""

import socket
from dataclasses import dataclass
from typing import Unpack

import click

from harness.account.choosing import simulation
from harness.account.settings import Settings
from harness.cli.common import actor_option, json_option, language_option, settings
from harness.cli.listening import Listening, listening_options, secured_by, tls_of
from harness.cli.watching import (
    Teller,
    Watching,
    evidence_of,
    exit_code,
    journal_in,
    now,
    observed_suite,
    run_of,
    watched,
    watching_options,
)
from harness.endpoints.protocol import Need
from harness.endpoints.server.endpoint import NAME, ServerEndpoint
from harness.endpoints.server.journal import Journal
from harness.endpoints.server.mounting import Secured, mount
from harness.endpoints.server.server import Server, base_url, bind
from harness.endpoints.server.site import Observed, Site
from harness.suite.ids import new_run_id
from harness.suite.runner import Connection
from harness.suite.sides import AccountSide
from harness.suite.watching import Watch
from harness.wsdl import Contract
from harness.wsdl.configured import contract_of

PORT = 8088
_PROVIDED = frozenset({Need.MAINTENANCE, Need.FAULTS, Need.WRONG_ANSWERS})


class _Options(Listening, Watching):
    """What the command line says."""

    no_journal: bool


@click.command()
@watching_options("supplier")
@listening_options(PORT)
@click.option("--no-journal", is_flag=True, help="Keep no journal on disk.")
@actor_option
@language_option
@json_option
@click.pass_context
def observe(context: click.Context, **options: Unpack[_Options]) -> None:
    """Tell step by step what your own system should do, and judge what arrives.

    The account answers on a socket, as harness serve does. What is asked for and does not come in
    time is not seen. One evidence file is written, of level server and driver system.
    """
    config = settings()
    contract, run_id = contract_of(config), new_run_id()
    suite = observed_suite(config, options["suite"] or "supplier", options["only"])
    secured, teller = (
        secured_by(options["callers"]),
        Teller(options["language"], options["as_json"]),
    )
    run = run_of(config, options, NAME, run_id, through="")
    endpoint = ServerEndpoint(contract)
    provides = _PROVIDED | (frozenset({Need.SIGNED}) if secured else frozenset())
    watch = Watch(
        suite, endpoint, provides=provides, now=now, tell=teller.tell,
        only=options["only"], any_order=options["any_order"],
    )  # fmt: skip
    tls = tls_of(options["cert"], options["key"], options["client_ca"])
    plain = options["plain_http"]
    listening = bind(options["listen"], options["port"], tls=tls is not None, plain=plain)
    keeping = journal_in(config.state_folder / "observe", wanted=not options["no_journal"])
    with listening, keeping as journal:
        connection = Connection(contract, endpoint, run_id)
        observed = _Observed(listening, watch, contract, secured, journal)
        site, addresses = observed.site(options["names"], tls=tls is not None)

        def ready() -> None:
            teller.listening(addresses)
            watch.begin()

        with evidence_of(run, suite, connection, watch, teller) as made:
            watched(Server(listening, site, tls=tls), watch, journal, teller, ready)
    context.exit(exit_code(made[0]))


@dataclass(frozen=True, slots=True)
class _Observed:
    """The account on a bound socket, and who looks at what it is asked."""

    listening: socket.socket
    watch: Watch
    contract: Contract
    secured: Secured | None
    journal: Journal

    def site(self, names: tuple[str, ...], *, tls: bool) -> tuple[Site, dict[str, str]]:
        """What is answered, and the addresses by name."""
        host, port = self.listening.getsockname()[:2]
        side = AccountSide(self.watch, self.contract, f"{host}:{port}")

        def observer(observed: Observed) -> None:
            self.journal.note(observed)
            side.seen(observed)

        base = base_url(self.listening, tls=tls, name=names[0] if names else "")
        site = Site(names=names, rules=side, observer=observer)
        other_side = simulation(self.contract, Settings())
        paths = mount(site, self.contract, other_side, base, self.secured)
        side.watch(site, signed=paths.signed if self.secured else "")
        addresses = {"url": base + paths.unsigned, "wsdl": f"{base}{paths.unsigned}?wsdl"}
        return site, addresses | ({"signed": base + paths.signed} if self.secured else {})
