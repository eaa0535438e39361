"""``harness correct``: a recorded event was a mistake; it stays, and this is told beside it."""

import click

from harness.cli.common import actor_option, emit, json_option
from harness.cli.desk import Desk, desk
from harness.errors import ConfigError
from harness.joining.corrections import evidence_of
from harness.joining.events import JoiningEvent
from harness.joining.project import JoiningProject
from harness.joining.state import state
from harness.report.waivers import correction_line


@click.command()
@click.argument("position", type=click.IntRange(min=1))
@click.option("--reason", help="What is wrong; it stays on record.")
@click.option("--confirm", is_flag=True, help="Agree, as another party, that it is a mistake.")
@actor_option
@json_option
def correct(
    position: int,
    reason: str | None,
    claimed: str | None,
    *,
    confirm: bool,
    as_json: bool,
) -> None:
    """Say that the event at POSITION of harness history was a mistake.

    Evidence is withdrawn: it stays on record and shows nothing any more, and no older one takes its
    place. Of any other event it is noted, and the state stays as it is: what it should have said is
    recorded anew. Neither can open anything.
    """
    if confirm == (reason is not None):
        raise click.UsageError("give either --reason or --confirm")
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        event = _event(at, project, position)
        if reason is not None:
            _correct(at, project, event, reason)
        else:
            project.confirm_correction(_made_by(project, event, position), **at.stamp())
        at.save(project, version)
        made_by = _made_by(project, event, position)
    emit(state(project), correction_line(project.standing.corrections[made_by]), as_json=as_json)


def _event(at: Desk, project: JoiningProject, position: int) -> JoiningEvent:
    found = (each for each in at.ledger.events(project.id) if each.position == position)
    event = next((each.event for each in found), None)
    if not isinstance(event, JoiningEvent):
        raise ConfigError(
            f"there is no event of this project at position {position}",
            todo="harness history shows the positions.",
        )
    return event


def _correct(at: Desk, project: JoiningProject, event: JoiningEvent, reason: str) -> None:
    if digest := evidence_of(event):
        project.withdraw_evidence(digest, reason, **at.stamp())
    else:
        project.note_correction(event.originator_version, reason, **at.stamp())


def _made_by(project: JoiningProject, event: JoiningEvent, position: int) -> int:
    """Version of the event that made the correction of this one."""
    digest = evidence_of(event)
    for each in project.standing.corrections.values():
        wanted = (0, digest) if digest else (event.originator_version, "")
        if (each.corrects, each.evidence) == wanted:
            return each.version
    raise ConfigError(
        f"nobody has said that the event at position {position} was a mistake",
        todo="harness correct POSITION --reason TEXT does.",
    )
