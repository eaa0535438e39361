"""What the commands share: the project's settings, its ledger, who acts, and how results leave."""

import json
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from harness.classes import dataclass
from harness.cli.named import Named
from harness.cli.processes import fixed, note_if_changed
from harness.config import Config, find
from harness.errors import ConfigError
from harness.i18n import LANGUAGES
from harness.joining.acting import Args
from harness.joining.actor import Actor
from harness.ledger.application import Ledger
from harness.ledger.places import Place, configured, places
from harness.people import acting
from harness.report.fitting import fitted
from harness.report.proof import reach_text
from harness.vocabulary import counted

if TYPE_CHECKING:
    from harness.joining.project import JoiningProject
    from harness.ledger.application import Recorded

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Desk:
    """A project's settings, its open ledger, and the person at work.

    Attributes:
        config: the project's harness.toml.
        ledger: open, for reading or for appending.
        claimed: the person named by ``--as``.
        write: open for appending.
        replayed: projects as a verification just now replayed them; each is handed out once.
    """

    config: Config
    ledger: Ledger
    claimed: str | None = None
    write: bool = False
    replayed: "dict[str, JoiningProject]" = field(default_factory=dict)

    def project(self, project_id: str | None = None, *, strict: bool = False) -> "JoiningProject":
        """The project as it stands now; that of harness.toml unless another is named.

        Raises:
            HarnessError: harness.toml names another process than the project follows, and
                something is to be written or, when ``strict``, judged; else that is only noted.
        """
        wanted = project_id or self.config.project.id
        found = self.replayed.pop(wanted, None) or self.ledger.project(wanted)
        if found.id == self.config.project.id:
            (fixed if strict or self.write else note_if_changed)(
                self.config, found.standing.process
            )
        return found

    def actor(self) -> Actor:
        """Who acts."""
        return acting(self.config, self.claimed)

    def stamp(self) -> Args:
        """Now, the person at work, a new event id."""
        return Args(at=datetime.now(UTC), actor=self.actor(), event_id=str(uuid.uuid4()))

    def save(self, project: "JoiningProject", judged_version: int) -> "tuple[Recorded, ...]":
        """Append what the commands decided at that version; tells what ends in other projects."""
        recorded = self.ledger.save(project, judged_version)
        own = tuple(each for each in recorded if each.project == project.id)
        for project_id in sorted({each.project for each in recorded[len(own) :]}):
            told = f"in {project_id} this evidence was referred to; it shows nothing there any more"
            click.echo(told, err=True)
        return own


def settings() -> Config:
    """The project's harness.toml, as ``--project`` or the present folder names it."""
    context = click.get_current_context(silent=True)
    named = context.find_root().obj if context is not None else None
    if not isinstance(named, Named):
        return find(None)
    config = find(named.folder)
    return config if named.ledger is None else config.with_ledger(named.ledger)


def no_ledger_named() -> None:
    """Check that nobody named a ledger beside the export that is asked.

    Raises:
        ConfigError: ``--ledger`` was given.
    """
    named = click.get_current_context().find_root().obj
    if isinstance(named, Named) and named.ledger is not None:
        raise ConfigError(
            "an export or a ledger is asked, not both", todo="Leave out --ledger or --export."
        )


@contextmanager
def desk(
    claimed: str | None = None, *, write: bool = False, create: bool = False
) -> Iterator[Desk]:
    """Open the project's ledger for the time of one command.

    Args:
        claimed: the person named by ``--as``.
        write: for appending; else nothing is written, not even a checkpoint.
        create: make the ledger when there is none; says where it lies.
    """
    config = settings()
    with Ledger.open(
        config.ledger_place,
        config.key_path,
        create=create,
        readonly=not write,
        checkpoints=configured(config),
    ) as ledger:
        if ledger.created:
            _advise(config)
        for late in ledger.tail:
            told = f"published now: {counted(late.tail, 'entry')} signed before, in {late.place}"
            click.echo(told, err=True)
        yield Desk(config, ledger, claimed, write)
    for publication in ledger.publications:
        if publication.problem:
            click.echo(f"checkpoint {publication.place}: {publication.problem}", err=True)
    if write:
        _tell_where(config, ledger)


def _tell_where(config: Config, ledger: Ledger) -> None:
    """Where the record, its key and its checkpoints lie, and what these prove."""
    vouching: dict[Place, int] = {}
    for each in ledger.publications:
        size = each.size if each.published else each.before
        if size is not None:
            vouching[each.place] = size
            click.echo(f"checkpoint of {counted(size, 'entry')}: {each.place}", err=True)
    click.echo(f"ledger: {config.ledger_place}, sealed with {config.key_path}", err=True)
    own = places(config.ledger_place, ())[0]
    told = reach_text(config.key_path, own, vouching)
    click.echo(f"what that proves: {told}", err=True)


def _advise(config: Config) -> None:
    click.echo(f"new ledger: {config.ledger_place}", err=True)
    click.echo(f"its key:    {config.key_path}", err=True)
    if not configured(config):
        click.echo(
            "advice: name a folder on another machine as [ledger] checkpoints in harness.toml, a "
            "branch or a command; a ledger that is deleted (git clean -x does) or rewritten shows "
            "only against a checkpoint that somebody else keeps.",
            err=True,
        )


def emit(data: object, text: str, *, as_json: bool) -> None:
    """Put the result on stdout, as JSON or as text."""
    if as_json:
        shown = data if isinstance(data, str) else json.dumps(data, indent=1, ensure_ascii=False)
        click.echo(shown.rstrip("\n"))
    else:
        click.echo(text)


def to_fit(text: str) -> str:
    """Text for stdout: broken to its width where it is a terminal, as it is where it is not."""
    return fitted(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--json``."""
    option = click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
    return option(command)


def actor_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--as ID``."""
    option = click.option("--as", "claimed", metavar="ID", help="Who acts: an id of [people].")
    return option(command)


def language_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--lang``."""
    option = click.option(
        "--lang",
        "--language",
        "language",
        type=click.Choice(LANGUAGES),
        default="en",
        envvar="HARNESS_LANG",
        show_default=True,
        help="Language of phase and item names.",
    )
    return option(command)


def moment(text: str) -> datetime:
    """A time of the command line: ISO 8601 with its zone.

    Raises:
        ConfigError: it is something else.
    """
    try:
        at = datetime.fromisoformat(text)
        if at.utcoffset() is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ConfigError(
        f"{text[:64]!r} is not a time with its zone", todo="Write it as 2026-11-22T12:00:00Z."
    )


def pairs(words: tuple[str, ...]) -> dict[str, str]:
    """``name=value`` words as a mapping.

    Raises:
        ConfigError: a word has no ``=``, or a name stands twice.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or name in found:
            raise ConfigError(f"{word!r} is not one NAME=VALUE", todo="Write --set NAME=VALUE.")
        found[name] = value
    return found
