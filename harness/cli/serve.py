"""``harness serve``: the other side behind a real socket, in the foreground."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Unpack

import click

from harness.account.choosing import simulation
from harness.account.settings import Settings
from harness.classes import dataclass
from harness.cli import returning
from harness.cli.callers import Signatures
from harness.cli.exchanges import KeepOptions, keep_options, wish
from harness.cli.kept import FOLDER, Wanted, kept, page_of
from harness.cli.listening import tls_of
from harness.cli.named import Named
from harness.cli.returning import ReturnOptions
from harness.config import Config, book
from harness.config import find as find_config
from harness.endpoints.fault_rules import Rules, rule
from harness.endpoints.hosts import is_loopback
from harness.endpoints.server.governing import Served
from harness.endpoints.server.keeping import Keeper
from harness.endpoints.server.mounting import Paths, mount
from harness.endpoints.server.server import LOOPBACK, Server, base_url, bind, runner
from harness.endpoints.server.site import Site
from harness.errors import ConfigError
from harness.wsdl import Contract, find

PORT = 8088
_STATES: dict[str, Callable[[Settings], Settings]] = {
    "maintenance": Settings.in_maintenance,
    "queued": Settings.with_queue,
    "tolerant": Settings.with_tolerance,
}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a server is reached."""

    contract: str
    wsdl: str
    unsigned: str
    signed: str
    page: str
    takes_signed: bool = False

    @classmethod
    def of(cls, contract: Contract, base: str, paths: Paths, *, takes_signed: bool) -> "Addresses":
        """The addresses of a contract's paths."""
        unsigned = base + paths.unsigned
        signed = base + paths.signed if paths.signed else ""
        wsdl = f"{unsigned}?wsdl"
        return cls(contract.ref, wsdl, unsigned, signed, page_of(base), takes_signed)

    def by_name(self) -> dict[str, str]:
        """URL by name."""
        found = {"WSDL": self.wsdl, "unsigned": self.unsigned}
        return {**found, "signed": self.signed} if self.signed else found

    def as_json(self) -> str:
        """One line."""
        found = {"contract": self.contract, "wsdl": self.wsdl, "url": self.unsigned}
        found["page"] = self.page
        return json.dumps({**found, "signed": self.signed} if self.signed else found)

    def as_text(self) -> str:
        """One line an address."""
        rows = [("contract", self.contract), ("WSDL", self.wsdl), ("unsigned", self.unsigned)]
        if self.signed:
            rows += [
                ("signed", self.signed + ("" if self.takes_signed else " (see --callers)")),
                ("who", "harness account customers, harness account ids"),
            ]
        rows += [("state page", self.page), ("stop", "Ctrl-C")]
        return "\n".join(f"{name:<10} {text}" for name, text in rows)


class _Options(ReturnOptions, KeepOptions):
    """What the command line says."""

    port: int
    listen: str
    plain_http: bool
    names: tuple[str, ...]
    wanted: str | None
    states: tuple[str, ...]
    faults: tuple[str, ...]
    cert: Path | None
    key: Path | None
    client_ca: Path | None
    callers: Path | None
    caller: tuple[str, ...]
    sign_with: Path | None
    sign_algorithm: str
    folder: Path | None
    journal: Path | None
    no_journal: bool
    state_file: Path | None
    fresh: bool
    as_json: bool


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="TCP port; 0 takes a free one.",
)
@click.option("--listen", default=LOOPBACK, show_default=True, help="IP address to listen at.")
@click.option("--plain-http", is_flag=True, help="Speak plain HTTP even to other machines.")
@click.option("--host-name", "names", multiple=True, help="Name it may be called by; repeatable.")
@click.option("--contract", "wanted", help="Name or reference; that of harness.toml unless given.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(list(_STATES)),
    help="Bring the other side to this; repeatable.",
)
@click.option("--fault", "faults", multiple=True, metavar="RULE", help="Such as latency,every=3.")
@click.option("--cert", type=_FILE, help="PEM file of the certificate: speak TLS.")
@click.option("--key", type=_FILE, help="PEM file of its key, unless in the same file.")
@click.option("--client-ca", type=_FILE, help="PEM file: demand callers' certificates from it.")
@click.option("--callers", type=_FILE, help="PEM file: take calls that it, or its CAs, signed.")
@click.option(
    "--caller",
    multiple=True,
    metavar="AUTHORITY=FILE",
    help="PEM file: take calls of this authority that it signed, and no others; repeatable.",
)
@click.option("--sign-with", type=_FILE, help="PEM file, key and certificate: sign answers.")
@click.option(
    "--sign-algorithm",
    type=click.Choice(["rsa-sha1", "rsa-sha256"]),
    default="rsa-sha1",
    show_default=True,
    help="How answers and pushes are signed.",
)
@returning.options
@click.option("--folder", type=_FOLDER, help="Journal, state, token (default: .harness/serve).")
@click.option("--journal", type=_NEW_FILE, help="File of the journal, instead of the folder's.")
@click.option("--no-journal", is_flag=True, help="Keep no journal on disk.")
@click.option("--state-file", type=_NEW_FILE, help="File of the state, instead of the folder's.")
@click.option("--fresh", is_flag=True, help="Begin with an account in which nothing has happened.")
@keep_options
@click.option("--json", "as_json", is_flag=True, help="The addresses as one line of JSON.")
def serve(**options: Unpack[_Options]) -> None:
    """Answer on a socket as the service would, until it is told to stop.

    Only this machine can reach it unless --listen names another address, and then only over TLS
    unless --plain-http is given. In a project's folder, journal and account go on where they
    stopped.
    """
    tls = tls_of(options["cert"], options["key"], options["client_ca"])
    contract = _contract(options["wanted"])
    back = returning.returning(options, _catalogues())
    rules = Rules(
        (rule(text, where="--fault") for text in options["faults"]),
        operations=contract.operations.keys(),
    )
    settings = Settings()
    for state in options["states"]:
        settings = _STATES[state](settings)
    signatures = Signatures(
        options["callers"],
        options["caller"],
        options["sign_with"],
        options["sign_algorithm"],
        pushes=back is not None,
    )
    secured, settings, seal = signatures.applied(contract, settings)
    names = options["names"]
    secure = tls is not None
    listening = bind(options["listen"], options["port"], tls=secure, plain=options["plain_http"])
    base = base_url(listening, tls=secure, name=names[0] if names else "")
    other_side = simulation(contract, settings)
    with listening, kept(_wanted(options), contract, other_side) as keeping:
        site = Site(names=names, rules=rules, observer=keeping.observe)
        paths = mount(site, contract, other_side, base, secured)
        addresses = Addresses.of(contract, base, paths, takes_signed=secured is not None)
        pusher = back.pusher(other_side, keeping, secured, seal) if back else None
        parts = Served(
            contract, other_side, rules, keeping.journal, addresses.by_name(), keeping.state, pusher
        )
        text = addresses.as_json() if options["as_json"] else addresses.as_text()
        local = is_loopback(options["listen"])
        here = base_url(listening, tls=secure)
        governed = keeping.governed(site, parts, here, open_page=local, cert=options["cert"])
        with governed, runner() as running:
            server = Server(listening, site, tls=tls)
            running.run(_serve(server, keeping.keeper(), text, returning.running(pusher)))


def _wanted(options: _Options) -> Wanted:
    """What is kept: in the folder named, else below the project's, else nothing."""
    state_folder = None
    with contextlib.suppress(ConfigError):
        state_folder = _config().state_folder
    return Wanted(
        options["folder"] or (state_folder and state_folder / FOLDER),
        options["journal"],
        options["no_journal"],
        options["state_file"],
        options["fresh"],
        wish(options["bodies"], options["keep_days"], state_folder),
    )


async def _serve(
    server: Server, keeper: Keeper, text: str, pushing: contextlib.AbstractContextManager[object]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C interrupts instead
            loop.add_signal_handler(number, stop.set)
    watch = loop.create_task(keeper.watch())
    try:
        with pushing:
            await server.serve(stop, ready=lambda: click.echo(text))
    finally:
        watch.cancel()
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await watch
        finally:
            keeper.close()
    click.echo("harness: stopped", err=True)


def _contract(wanted: str | None) -> Contract:
    """The contract named, else that of the project's harness.toml."""
    try:
        config = _config()
    except ConfigError:
        if wanted is None:
            raise
        return find(wanted, _catalogues())
    table = config.contract
    own = f"{table.name}/{table.version}" if table.version else table.name
    return find(wanted or own, config.catalogues)


def _catalogues() -> Sequence[Path]:
    """Those of the project; without one, our own."""
    try:
        return _config().catalogues
    except ConfigError:
        return [book("contracts")]


def _config() -> Config:
    named = click.get_current_context().find_root().obj
    return find_config(named.folder if isinstance(named, Named) else None)
