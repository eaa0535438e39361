"""``harness relay``: between a supplier's own system and the test endpoint of harness.toml."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Unpack
from urllib.parse import urlsplit

import click

from harness.account.choosing import simulation
from harness.account.service import AccountService
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
from harness.config import Config
from harness.endpoints.http import HttpEndpoint
from harness.endpoints.protocol import Need
from harness.endpoints.relay import Relay, Relayed
from harness.endpoints.server.server import Server, base_url, bind
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


class _Options(Listening, Watching):
    """What the command line says."""

    to: str
    no_journal: bool


@click.command()
@click.option("--to", required=True, metavar="NAME", help="Endpoint of harness.toml.")
@watching_options(None)
@listening_options(PORT)
@click.option("--no-journal", is_flag=True, help="Keep no journal on disk.")
@actor_option
@language_option
@json_option
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
    suite = observed_suite(config, name, options["only"])
    run = run_of(config, options, options["to"], reached.run, through="relay")
    # Nobody behind a relay is brought to do anything: what needs that is shown by observe.
    provides = frozenset({Need.SIGNED} if options["callers"] else set())
    watch = Watch(
        suite, reached.endpoint, provides=provides, now=now, tell=teller.tell,
        only=options["only"], any_order=options["any_order"],
    )  # fmt: skip
    return watch, stack.enter_context(evidence_of(run, suite, reached, watch, teller))


def _relay(
    config: Config,
    options: _Options,
    reached: Connection,
    watch: Watch | Onlooker,
    teller: Teller,
) -> None:
    endpoint, contract = reached.endpoint, reached.contract
    assert isinstance(endpoint, HttpEndpoint)
    tls = tls_of(options["cert"], options["key"], options["client_ca"])
    secured, names = secured_by(options["callers"]), options["names"]
    side = RelaySide(
        watch,
        contract,
        callers=secured.referee() if secured else None,
        answers=reached.referee,
        tolerant=Need.TOLERANT in endpoint.provides,
    )
    listening = bind(
        options["listen"], options["port"], tls=tls is not None, plain=options["plain_http"]
    )
    base = base_url(listening, tls=tls is not None, name=names[0] if names else "")
    path = urlsplit(endpoint.settings.url).path or "/"
    keeping = journal_in(config.state_folder / "relay", wanted=not options["no_journal"])
    with listening, keeping as journal:

        def told(relayed: Relayed) -> None:
            judgement = side.seen(relayed)
            codes = tuple(each.code for each in judgement.findings)
            journal.note(replace(relayed.observed, codes=codes))

        def ready() -> None:
            address = {"url": base + path, "wsdl": f"{base}{path}?wsdl"}
            teller.listening({**address, "to": endpoint.target.address})
            if isinstance(watch, Watch):
                watch.begin()

        passing = Relay(endpoint, told=told, names=names)
        files = AccountService(contract, simulation(contract, Settings()), address=base + path)
        passing.mount(path, Mount(files, contract))
        try:
            watched(Server(listening, passing, tls=tls), watch, journal, teller, ready)
        finally:
            passing.close()
