"""What ``harness serve`` keeps on disk, and how it is governed while it runs."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from harness.account.account import Account
from harness.account.service import Simulation
from harness.classes import dataclass
from harness.cli.exchanges import Wish, begin
from harness.endpoints.server import admission
from harness.endpoints.server.control import CONTROL, Control
from harness.endpoints.server.governing import PREFIX, Governed, Served
from harness.endpoints.server.journal import Journal, JournalFile
from harness.endpoints.server.keeping import Keeper, StateFile, held, replace
from harness.endpoints.server.page import PAGE, Page
from harness.endpoints.server.site import Observed, Site
from harness.errors import ConfigError
from harness.suite.ids import new_run_id
from harness.vocabulary import Level, counted
from harness.wsdl import Contract

FOLDER = "serve"
ADDRESS = "address.json"
LOCK = "lock"
_JOURNAL = "journal.jsonl"
_STATE = "state.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says of keeping.

    Attributes:
        folder: where everything lies unless told otherwise; ``None``: nothing is kept.
        journal: file of the journal instead of the folder's.
        no_journal: no file of the journal.
        state: file of the account's state instead of the folder's.
        fresh: the account begins anew.
        bodies: how whole bodies are kept, if they are.
    """

    folder: Path | None
    journal: Path | None = None
    no_journal: bool = False
    state: Path | None = None
    fresh: bool = False
    bodies: Wish | None = None

    @property
    def journal_file(self) -> Path | None:
        """The journal's file; ``None`` without one."""
        if self.no_journal:
            return None
        return self.journal or (self.folder and self.folder / _JOURNAL)

    @property
    def state_file(self) -> Path | None:
        """The state's file; ``None`` without one."""
        return self.state or (self.folder and self.folder / _STATE)

    @property
    def locks(self) -> list[Path]:
        """Files that only one server may hold."""
        own = [self.folder / LOCK] if self.folder else []
        files = (self.journal_file, self.state_file)
        return own + [each.with_name(f"{each.name}.lock") for each in files if each]


class Kept:
    """Journal and state of one server, while they are held."""

    def __init__(self, wanted: Wanted, contract: Contract, other_side: Simulation) -> None:
        """Open the journal, and let the account go on from its state.

        Raises:
            ConfigError: something of it cannot be used.
        """
        self.wanted = wanted
        self.state = _state(wanted, contract, other_side)
        file = JournalFile(wanted.journal_file) if wanted.journal_file else None
        if file is not None and file.cut:
            _tell(f"a torn last line of the journal was cut off ({counted(file.cut, 'byte')})")
        name, wish = f"serve-{new_run_id()}", wanted.bodies
        self.journal = Journal(file, begin(wish, name, Level.SERVER) if wish else None)

    def observe(self, observed: Observed) -> None:
        """Take down one exchange."""
        self.journal.note(observed)
        if self.state is not None and observed.operation:
            self.state.touched = True

    def keeper(self) -> Keeper:
        """Who writes it all while the server runs."""
        return Keeper(self.journal, self.state)

    @contextmanager
    def governed(
        self, site: Site, served: Served, base: str, *, open_page: bool, cert: Path | None = None
    ) -> Iterator[None]:
        """Put page and control point into a site.

        Args:
            site: where to.
            served: the server's parts.
            base: ``scheme://host:port``.
            open_page: the page asks for no token.
            cert: file of the certificate that the server shows.
        """
        governed, folder = Governed(served), self.wanted.folder
        token, named = admission.token(), bool(os.environ.get(admission.VARIABLE))
        if open_page or named or folder is not None:
            site.handle(PREFIX, Page(governed, None if open_page else token))
        if named or folder is not None:
            site.handle(CONTROL, Control(governed, token))
        if folder is None:
            yield
            return
        if not named:
            _tell(f"token for {base}{CONTROL}/: {admission.write(token, folder)}")
        _write_address(folder, base, cert)
        try:
            yield
        finally:
            for name in (ADDRESS, *(() if named else (admission.FILE,))):
                (folder / name).unlink(missing_ok=True)


@contextmanager
def kept(wanted: Wanted, contract: Contract, other_side: Simulation) -> Iterator[Kept]:
    """Hold what a server keeps, for as long as it runs.

    Raises:
        ConfigError: another server holds it, or something of it cannot be used.
    """
    with ExitStack() as stack:
        for lock in wanted.locks:
            stack.enter_context(held(lock))
        if wanted.folder is None and not (wanted.journal or wanted.state):
            _tell("no project here, so nothing is kept; --folder names where to keep it")
        yield Kept(wanted, contract, other_side)


def page_of(base: str) -> str:
    """URL of the state page."""
    return f"{base}{PAGE}"


def _state(wanted: Wanted, contract: Contract, other_side: Simulation) -> StateFile | None:
    path = wanted.state_file
    if path is None or not isinstance(other_side, Account):
        if wanted.state is not None:
            what = f"{contract.name} is not simulated: there is no state to keep"
            raise ConfigError(what, where="--state-file")
        return None
    state = StateFile(path, contract, other_side)
    if wanted.fresh:
        state.set_aside()
    elif state.load():
        _tell(f"the account goes on with {counted(len(other_side.items()), 'item')} from {path}")
    return state


def _write_address(folder: Path, base: str, cert: Path | None) -> None:
    found = {"url": base, **({"cert": str(cert.resolve())} if cert else {})}
    try:
        replace(folder / ADDRESS, json.dumps(found).encode() + b"\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"cannot be written: {reason}", where=str(folder / ADDRESS)) from None


def _tell(text: str) -> None:
    click.echo(f"harness: {text}", err=True)
