"""``harness project``: create, show and list joining projects."""

from datetime import UTC, datetime

import click

from harness.cli.common import (
    a_text,
    actor_option,
    emit,
    json_option,
    language_option,
    settings,
)
from harness.cli.desk import Desk, desk
from harness.cli.groups import Group
from harness.cli.processes import process_of
from harness.errors import ConfigError
from harness.i18n import Language
from harness.joining.actor import Party
from harness.joining.events import Kind, Organisation, OrganisationKind
from harness.joining.project import JoiningProject
from harness.joining.state import state, state_json
from harness.joining.summary import Summary
from harness.report.portfolio import names_party, portfolio_json, portfolio_text
from harness.report.timeline import timeline


@click.group(cls=Group)
def project() -> None:
    """Create, show and list joining projects."""


@project.command()
@actor_option
@json_option
def new(claimed: str | None, *, as_json: bool) -> None:
    """Begin the project that harness.toml describes; its kind is fixed for good."""
    process_of(settings())  # a mistake in it makes no ledger
    with desk(claimed, write=True, create=True) as at:
        if at.ledger.version(at.config.project.id):
            raise ConfigError(
                f"the project {at.config.project.id} is on record already",
                where=str(at.ledger.path),
                todo="Show it with harness project show, or give harness.toml another id.",
            )
        made = create(at)
    emit(state(made), f"created {made.id} ({made.standing.kind.value})", as_json=as_json)


@project.command()
@click.argument("project_id", type=a_text, required=False)
@language_option
@json_option
def show(project_id: str | None, language: Language, *, as_json: bool) -> None:
    """The project's phases, what they wait for, and its pins."""
    with desk() as at:
        found = at.project(project_id)
    emit(state_json(found), timeline(found, language, datetime.now(UTC)), as_json=as_json)


@project.command(name="list")
@click.option("--phase", type=int, metavar="N", help="Only projects that stand in this phase.")
@click.option("--party", metavar="NAME", help="Only where an organisation's name holds this.")
@click.option("--rebuild", is_flag=True, help="Write the list that is kept anew first.")
@json_option
def list_(phase: int | None, party: str | None, *, rebuild: bool, as_json: bool) -> None:
    """Every project of the ledger: phase, gate as last recorded, last evidence.

    The list is kept beside the record. harness gate judges now, harness verify compares the list
    with the record.
    """
    with desk(write=rebuild) as at:
        if rebuild:
            at.ledger.rewrite_portfolio()
        found = at.ledger.portfolio()
    if not found.kept:
        told = "no list is kept up to the last entry: this one was made from the entries"
        click.echo(f"{told} (harness project list --rebuild keeps one)", err=True)
    shown = [each for each in found.projects if _wanted(each, phase, party)]
    if as_json:
        emit(portfolio_json(shown), "", as_json=True)
    else:
        emit(None, portfolio_text(shown), as_json=False)


def _wanted(found: Summary, phase: int | None, party: str | None) -> bool:
    concerned = party is None or names_party(found, party)
    return concerned and phase in {None, found.phase}


def create(at: Desk) -> JoiningProject:
    """Begin the project of harness.toml and record it."""
    table = at.config.project
    made = JoiningProject.create(
        table.id,
        name=table.name,
        kind=Kind(table.kind),
        organisation_kind=OrganisationKind(table.organisation),
        process=process_of(at.config),
        organisations=(
            Organisation(Party.AUTHORITY, table.authority),
            Organisation(Party.SUPPLIER, table.supplier),
        ),
        **at.stamp(),
    )
    at.save(made, 0)
    return made
