"""``harness project``: create, show and list joining projects."""

from datetime import UTC, datetime

import click

from harness.cli.common import (
    Desk,
    actor_option,
    desk,
    emit,
    json_option,
    language_option,
    settings,
)
from harness.cli.processes import process_of
from harness.errors import ConfigError
from harness.i18n import Language
from harness.joining.actor import Party
from harness.joining.events import Kind, Organisation, OrganisationKind
from harness.joining.project import JoiningProject
from harness.joining.state import state, state_json
from harness.report.timeline import timeline


@click.group()
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
@click.argument("project_id", required=False)
@language_option
@json_option
def show(project_id: str | None, language: Language, *, as_json: bool) -> None:
    """The project's phases, what they wait for, and its pins."""
    with desk() as at:
        found = at.project(project_id)
    emit(state_json(found), timeline(found, language, datetime.now(UTC)), as_json=as_json)


@project.command(name="list")
@json_option
def list_(*, as_json: bool) -> None:
    """Every project of the ledger."""
    with desk() as at:
        found = [at.project(each) for each in at.ledger.projects()]
    rows = [
        {"id": p.id, "name": p.standing.name, "kind": p.standing.kind.value, "phase": phase_of(p)}
        for p in found
    ]
    text = "\n".join(f"{row['id']}  {row['kind']}  {row['phase']}  {row['name']}" for row in rows)
    emit(rows, text or "no projects yet", as_json=as_json)


def phase_of(found: JoiningProject) -> str:
    """Where a project stands, in two words."""
    standing = found.standing
    if standing.opening:
        return "open on withdrawn evidence" if standing.opened_on_withdrawn() else "open"
    return f"phase {standing.current}"


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
