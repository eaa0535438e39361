"""``harness relay``: between a supplier's own system and the test endpoint of harness.toml."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Unpack
from urllib.parse import urlsplit

import click

from harness.account.choosing import simulation
from harness.account.service import AccountService
from harness.account.settings import Settings
from harness.cli.common import settings
from harness.cli.listening import secured_by
from harness.cli.watched_run import WatchedRun, exit_code
from harness.cli.watching import Observing, Teller, door, observing_options, watched
from harness.config import Config
from harness.endpoints.http import HttpEndpoint
from harness.endpoints.protocol import Need
from harness.endpoints.relay import Relay, Relayed
from harness.endpoints.server.site import Mount
from harness.errors import ConfigError
from harness.joining.evidence import TestEvidence
from harness.ledger.opened import production_opened
from harness.suite.connecting import connect
from harness.suite.ids import new_run_id
from harness.suite.runner import Connection
from harness.suite.sides import RelaySide
from harness.suite.watching import Onlooker, Watch

PORT = 8089


class _Options(Observing):
    """What the command line says."""

    to: str


@click.command()
@click.option("--to", required=True, metavar="NAME", help="Endpoint of harness.toml.")
@observing_options(None, PORT)
@click.pass_context
def relay(context: click.Context, **options: Unpack[_Options]) -> None:
    """Pass your own system's calls on to the test endpoint, and judge both directions.

    No byte of a body is altered. TLS and client certificates end here: towards the endpoint its
    own entry counts. With --suite, an observed suite is gone through as by harness observe, and
    evidence of the endpoint's level and driver system is written.
    """
    config = settings()
    reached = _reached(config, options["to"])
    teller = Teller(options["language"], options["as_json"])
    with ExitStack() as stack:
        watch, made = _watch(config, options, reached, teller, stack)
        _relay(config, options, reached, watch, teller)
    context.exit(exit_code(made[0]) if made else 0)


def _reached(config: Config, name: str) -> Connection:
    """Contract and endpoint, which has to be one of harness.toml."""
    if name not in config.endpoints:
        known = ", ".join(config.endpoints) or "none"
        raise ConfigError(
            f"harness.toml has no endpoint {name!r} (it has: {known})",
            where=str(config.path),
            todo=f"Add a table [endpoints.{name}] with url and level; harness observe needs none.",
        )
    return connect(config, name, new_run_id(), opened=production_opened(config, name))


def _watch(
    config: Config, options: _Options, reached: Connection, teller: Teller, stack: ExitStack
) -> tuple[Watch | Onlooker, list[TestEvidence]]:
    """Who is told of the calls, and the list in which evidence will be."""
    name = options["suite"]
    if name is None:
        return Onlooker(reached.endpoint, teller.tell), []
    # Nobody behind a relay is brought to do anything: what needs that is shown by observe.
    provides = frozenset({Need.SIGNED} if options["callers"] else set())
    run = WatchedRun.of(config, options, name, reached, provides, teller, through="relay")
    return run.watch, stack.enter_context(run.evidence(teller))


def _relay(
    config: Config,
    options: _Options,
    reached: Connection,
    watch: Watch | Onlooker,
    teller: Teller,
) -> None:
    endpoint, contract = reached.endpoint, reached.contract
    assert isinstance(endpoint, HttpEndpoint)
    secured, names = secured_by(options["callers"]), options["names"]
    side = RelaySide(
        watch,
        contract,
        callers=secured.referee() if secured else None,
        answers=reached.referee,
        tolerant=Need.TOLERANT in endpoint.provides,
    )
    path = urlsplit(endpoint.settings.url).path or "/"
    with door(options, config.state_folder / "relay") as opened:
        base = opened.base(names)

        def told(relayed: Relayed) -> None:
            judgement = side.seen(relayed)
            codes = tuple(each.code for each in judgement.findings)
            opened.journal.note(replace(relayed.observed, codes=codes))

        def ready() -> None:
            address = {"url": base + path, "wsdl": f"{base}{path}?wsdl"}
            teller.listening({**address, "to": endpoint.target.address})
            if isinstance(watch, Watch):
                watch.begin()

        passing = Relay(endpoint, came=side.came, told=told, names=names)
        files = AccountService(contract, simulation(contract, Settings()), address=base + path)
        passing.mount(path, Mount(files, contract))
        try:
            watched(opened, passing, watch, teller, ready)
        finally:
            passing.close()
