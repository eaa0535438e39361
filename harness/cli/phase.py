"""``harness phase``: record what a phase asks for; complete or reopen it."""

from collections.abc import Sequence
from pathlib import Path

import click

from harness.cli.common import actor_option, emit, json_option, pairs
from harness.cli.desk import Desk, desk
from harness.cli.groups import Group
from harness.config import toml, toml_bytes
from harness.errors import ConfigError
from harness.joining import forms
from harness.joining.actor import Party
from harness.joining.forms import Statement
from harness.joining.process import Phase
from harness.joining.project import JoiningProject
from harness.joining.state import state
from harness.ledger import attachments


@click.group(cls=Group)
def phase() -> None:
    """Record what a phase asks for; complete or reopen it."""


@phase.command()
@click.argument("number", type=int, required=False)
@click.argument("item", required=False)
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="A field of the item.")
@click.option("--by", type=click.Choice([p.value for p in Party]), help="Whose statement it is.")
@click.option(
    "--form",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A filled-in form (TOML) instead; may be given more than once.",
)
@actor_option
@json_option
def record(
    number: int | None,
    item: str | None,
    values: tuple[str, ...],
    by: str | None,
    files: tuple[Path, ...],
    claimed: str | None,
    *,
    as_json: bool,
) -> None:
    """Record an item of a phase, from --set values or from filled-in forms.

    Without anything, lists what the current phase asks for.
    """
    if (files and (number is not None or values)) or (values and item is None):
        raise ConfigError(
            "a form stands alone, and --set needs a phase and an item",
            todo="Write: harness phase record 6 announcement --set NAME=VALUE.",
        )
    with desk(claimed, write=bool(files or item)) as at:
        project = at.project()
        if files:
            done = record_forms(at, project, files)
        elif number is not None and item is not None:
            one = _record_item(at, project, number, item, pairs(values), by)
            done = [one] if one else []
        else:
            emit(*_asked(project, number), as_json=as_json)
            return
    text = "\n".join(done) if done else "nothing new: it is on record already"
    emit({"recorded": done}, text, as_json=as_json)


@phase.command()
@click.argument("number", type=int)
@actor_option
@json_option
def complete(number: int, claimed: str | None, *, as_json: bool) -> None:
    """Complete a phase; everything it asks for must be on record."""
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        project.complete_phase(number, **at.stamp())
        at.save(project, version)
    emit(state(project), f"phase {number} is complete", as_json=as_json)


@phase.command()
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; it stays on record.")
@actor_option
@json_option
def reopen(number: int, reason: str, claimed: str | None, *, as_json: bool) -> None:
    """Open a complete phase, and all that follow, again."""
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        project.reopen_phase(number, reason, **at.stamp())
        at.save(project, version)
    emit(state(project), f"phases {number} and later are open again", as_json=as_json)


def record_forms(at: Desk, project: JoiningProject, files: Sequence[Path]) -> list[str]:
    """Record every statement of filled-in forms; what is on record already is left alone."""
    version, standing = project.version, project.standing
    done = []
    for file in files:
        data = toml_bytes(file)  # once: what is kept is what was read
        statements = forms.parse_form(
            toml(data, file), standing.process, standing.organisation_kind, where=file.name
        )
        attachments.check_form(data, str(file))
        digest = attachments.keep(at.ledger.path, data)
        done += [_say(each) for each in statements if _state(at, project, each, digest)]
    if done:
        at.save(project, version)
    return done


def _state(at: Desk, project: JoiningProject, statement: Statement, digest: str = "") -> bool:
    return project.record_item(
        statement.phase,
        statement.item,
        statement.stated_by,
        statement.values,
        source_digest=digest,
        **at.stamp(),
    )


def _say(statement: Statement) -> str:
    return f"phase {statement.phase} {statement.item}: stated by {statement.stated_by.value}"


def _record_item(
    at: Desk,
    project: JoiningProject,
    number: int,
    item: str,
    values: dict[str, str],
    by: str | None,
) -> str:
    version = project.version
    found = _phase(project, number)
    asked = found.item(item)
    if asked is None:
        known = ", ".join(each.id for each in found.items) or "nothing"
        raise ConfigError(f"phase {number} asks for no {item!r} (it asks for {known})")
    party = Party(by) if by else at.actor().party
    statement = Statement(number, item, party, forms.from_text(asked, values))
    if not _state(at, project, statement):
        return ""
    at.save(project, version)
    return _say(statement)


def _phase(project: JoiningProject, number: int) -> Phase:
    found = project.standing.phase(number)
    if found is None:
        last = project.standing.process.last
        raise ConfigError(f"there is no phase {number}", todo=f"Phases are numbered 0 to {last}.")
    return found


def _asked(project: JoiningProject, number: int | None) -> tuple[object, str]:
    """What a phase asks for and what is on record of it."""
    standing = project.standing
    found = _phase(
        project, min(standing.current, standing.process.last) if number is None else number
    )
    rows = [
        {
            "item": item.id,
            "title": item.title.en,
            "fields": [field.name for field in item.fields],
            "parties": [party.value for party in item.parties],
            "stated_by": [each.stated_by.value for each in standing.stated(item)],
        }
        for item in standing.items(found)
    ]
    lines = [f"phase {found.number} {found.name.en} asks for:"]
    for row in rows:
        mark = "x" if row["stated_by"] else " "
        lines.append(f"  [{mark}] {row['item']}: {row['title']}")
        lines.append(f"      by {' or '.join(row['parties'])}; fields {', '.join(row['fields'])}")
    lines += [f"  suite {suite} passed" for suite in standing.suites_of(found)]
    lines += [f"  sign-off by {party.value}" for party in found.sign_offs]
    if found.number == standing.process.last:
        lines.append("  harness open")
    return rows, "\n".join(lines)
