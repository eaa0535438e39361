"""``harness observe``: the account on a socket, and what a supplier's own system does with it."""

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
from harness.endpoints.server.mounting import mount
from harness.endpoints.server.server import Server, base_url, bind
from harness.endpoints.server.site import Observed, Site
from harness.suite.evidence import new_run_id
from harness.suite.runner import Connection
from harness.suite.sides import AccountSide
from harness.suite.watching import Watch
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
    config, contract = settings(), contract_of(settings())
    name = options["suite"] or "supplier"
    suite = observed_suite(config, name, options["only"])
    tls = tls_of(options["cert"], options["key"], options["client_ca"])
    secured = secured_by(options["callers"])
    endpoint, run_id = ServerEndpoint(contract), new_run_id()
    run = run_of(config, options, NAME, run_id, through="")
    teller = Teller(options["language"], options["as_json"])
    provides = _PROVIDED | ({Need.SIGNED} if secured else set())
    watch = Watch(
        suite, endpoint, provides=frozenset(provides), now=now, tell=teller.tell,
        only=options["only"], any_order=options["any_order"],
    )  # fmt: skip
    listening = bind(
        options["listen"], options["port"], tls=tls is not None, plain=options["plain_http"]
    )
    host, port = listening.getsockname()[:2]
    side = AccountSide(watch, contract, f"{host}:{port}")
    keeping = journal_in(config.state_folder / "observe", wanted=not options["no_journal"])
    connection = Connection(contract, endpoint, run_id)
    with listening, keeping as journal:

        def observer(observed: Observed) -> None:
            journal.note(observed)
            side.seen(observed)

        names = options["names"]
        base = base_url(listening, tls=tls is not None, name=names[0] if names else "")
        site = Site(names=names, rules=side, observer=observer)
        paths = mount(site, contract, simulation(contract, Settings()), base, secured)
        side.watch(site, signed=paths.signed if secured else "")
        addresses = {"url": base + paths.unsigned, "wsdl": f"{base}{paths.unsigned}?wsdl"}
        addresses |= {"signed": base + paths.signed} if secured else {}

        def ready() -> None:
            teller.listening(addresses)
            watch.begin()

        with evidence_of(run, suite, connection, watch, teller) as made:
            watched(Server(listening, site, tls=tls), watch, journal, teller, ready)
    context.exit(exit_code(made[0]))
