"""``harness history``, ``replay`` and ``diff-state``: what happened, how it stood, what changed."""

from datetime import UTC, datetime
from pathlib import Path

import click

from harness.cli.common import a_text, emit, json_option, language_option, moment
from harness.cli.looking import Record, looked_at
from harness.errors import ConfigError
from harness.i18n import Language
from harness.joining.difference import differences
from harness.joining.project import JoiningProject
from harness.joining.state import state_json
from harness.report.difference import difference_rows, difference_text
from harness.report.history import picked_rows, picked_text
from harness.report.picking import Wanted, pick
from harness.report.proof import proof_text
from harness.report.timeline import timeline

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_export = click.option(
    "--export",
    "exported",
    type=_FILE,
    help="Read this export, verified first, instead of the project's ledger; no project is needed.",
)


@click.command()
@click.argument("project_id", type=a_text, required=False)
@click.option("--since", metavar="TIME|POSITION", help="Only from this moment or position on.")
@click.option("--phase", type=int, metavar="N", help="Only what concerns this phase.")
@click.option("--actor", metavar="ID", help="Only what this person did.")
@_export
@json_option
def history(
    project_id: str | None,
    since: str | None,
    phase: int | None,
    actor: str | None,
    exported: Path | None,
    *,
    as_json: bool,
) -> None:
    """Every event of a project, in the order of the record; filters combine.

    The phase of an event is the one it names, of evidence that of its suite, of everything else the
    one that was current. What the filters leave out is counted.
    """
    wanted = Wanted(_moment(since), phase, actor)
    with looked_at(exported, project_id, whole=True) as record:
        picked = pick(list(record.ledger.events(record.project)), wanted)
    emit(picked_rows(picked), picked_text(picked), as_json=as_json)


@click.command()
@click.argument("project_id", type=a_text, required=False)
@click.option(
    "--as-of",
    "as_of",
    metavar="TIME|POSITION",
    help="A time (2026-11-22T12:00:00Z) or a position of harness history; default: now.",
)
@click.option("--verify", "verified", is_flag=True, help="Check bytes and checkpoints first.")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=_FILE,
    help="With --verify: a checkpoint you hold; may be given more than once.",
)
@_export
@language_option
@json_option
def replay(
    project_id: str | None,
    as_of: str | None,
    verified: bool,  # noqa: FBT001 - an option
    checkpoints: tuple[Path, ...],
    exported: Path | None,
    language: Language,
    *,
    as_json: bool,
) -> None:
    """Fold a project's events again and show the state they lead to.

    With --verify every stored byte is compared first with what was sealed and with every checkpoint
    within reach (exit 3 when they differ); it is said up to which event the state is proven.
    """
    if checkpoints and not verified:
        raise click.UsageError("--checkpoint goes with --verify")
    when = _moment(as_of)
    with looked_at(exported, project_id) as record:
        proof = record.verified(checkpoints) if verified else None
        found = record.ledger.project(record.project, as_of=when)
        told = "" if proof is None else proof_text(proof, _position(record, found))
    if as_json and told:
        click.echo(told, err=True)
    then = datetime.now(UTC) if when is None else _time(when)
    text = timeline(found, language, then)
    emit(state_json(found), f"{text}\n{told}" if told else text, as_json=as_json)


def _position(record: Record, project: JoiningProject) -> int:
    """The position of a project's last event."""
    events = record.ledger.events(project.id)
    return next(each.position for each in events if each.version == project.version)


@click.command("diff-state")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--of", "project_id", type=a_text, metavar="ID", help="Another project of the ledger."
)
@_export
@json_option
def diff_state(
    before: str, after: str, project_id: str | None, exported: Path | None, *, as_json: bool
) -> None:
    """What changed between the states at A and at B, each a time or a position.

    Objections are those of the rules, which the events alone decide; what a refused opening was
    told stands among the decisions, and the policy is the one it was judged by.
    """
    times = _moment(before), _moment(after)
    with looked_at(exported, project_id) as record:
        one, other = (record.ledger.project(record.project, as_of=when) for when in times)
    found = differences(one, other, (_time(times[0]), _time(times[1])))
    rows, text = difference_rows(one, other, found), difference_text(one, other, found)
    emit(rows, text, as_json=as_json)


def _time(moment: datetime | int | None) -> datetime | None:
    return moment if isinstance(moment, datetime) else None


def _moment(text: str | None) -> datetime | int | None:
    if text is None:
        return None
    if text.isdecimal() and len(text) <= 18:
        return int(text)
    try:
        return moment(text)
    except ConfigError as error:
        raise ConfigError(
            f"{text[:64]!r} is neither a position of harness history nor a time with its zone",
            todo=error.todo,
        ) from None
