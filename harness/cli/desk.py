"""The desk of a command: the project's settings, its open ledger, and the person at work.

Apart from what all commands share: a command that asks no ledger need not load what opens one.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from harness.classes import dataclass
from harness.cli.common import settings
from harness.cli.processes import fixed, note_if_changed
from harness.config import Config
from harness.joining.acting import Args
from harness.joining.actor import Actor
from harness.ledger.application import Ledger
from harness.ledger.places import Place, configured, places
from harness.people import acting
from harness.report.proof import reach_text
from harness.vocabulary import counted

if TYPE_CHECKING:
    from harness.joining.project import JoiningProject
    from harness.ledger.application import Recorded


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
