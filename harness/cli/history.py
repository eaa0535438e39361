"""``harness history`` and ``harness replay``: what happened, and how it stood at any moment."""

from datetime import datetime

import click

from harness.cli.common import desk, emit, json_option, language_option, moment
from harness.i18n import Language
from harness.joining.state import state_json
from harness.report.history import history_rows, history_text
from harness.report.timeline import timeline


@click.command()
@click.argument("project_id", required=False)
@json_option
def history(project_id: str | None, *, as_json: bool) -> None:
    """Every event of a project, in the order of the record."""
    with desk() as at:
        found = at.project(project_id)
        events = list(at.ledger.events(found.id))
    emit(history_rows(events), history_text(events), as_json=as_json)


@click.command()
@click.argument("project_id", required=False)
@click.option(
    "--as-of",
    "as_of",
    metavar="TIME|POSITION",
    help="A time (2026-11-22T12:00:00Z) or a position of harness history; default: now.",
)
@language_option
@json_option
def replay(project_id: str | None, as_of: str | None, language: Language, *, as_json: bool) -> None:
    """Fold a project's events again and show the state they lead to."""
    with desk() as at:
        wanted = project_id or at.config.project.id
        found = at.ledger.project(wanted, as_of=_as_of(as_of))
    emit(state_json(found), timeline(found, language), as_json=as_json)


def _as_of(text: str | None) -> datetime | int | None:
    if text is None:
        return None
    if text.isdecimal() and len(text) <= 18:
        return int(text)
    return moment(text)
