"""``harness observation``: defects found in testing, from the first sight to the retest."""

from collections.abc import Callable
from pathlib import Path

import click

from harness.cli.common import actor_option, emit, json_option
from harness.cli.desk import Desk, desk
from harness.cli.groups import Group
from harness.cli.opening import whole_digest
from harness.cli.seen import OWNER, defect_options, seen_in
from harness.errors import ConfigError
from harness.joining.acting import Args
from harness.joining.actor import Party
from harness.joining.observations import Observation, Severity
from harness.joining.project import JoiningProject
from harness.joining.state import observation as row
from harness.report.observations import observation_text, observations_text, told_short


@click.group(cls=Group)
def observation() -> None:
    """Defects found in testing: add, fix, retest, list."""


@observation.command()
@click.option("--evidence", required=True, metavar="DIGEST", help="Evidence on record.")
@defect_options
@actor_option
@json_option
def add(  # noqa: PLR0913, PLR0917 - one for each option
    evidence: str,
    scenario: str,
    severity: str,
    owner: str,
    title: str,
    finding: str | None,
    file: Path | None,
    claimed: str | None,
    *,
    as_json: bool,
) -> None:
    """Record a defect that recorded evidence shows, with the finding taken from its file."""
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        digest = whole_digest(project, evidence)
        seen = seen_in(at.config, digest, scenario, finding, file)
        name = project.observe(
            title,
            Severity(severity),
            Party(owner),
            scenario=seen.outcome.id,
            evidence=digest,
            code=seen.finding.code,
            path=seen.finding.path,
            **at.stamp(),
        )
        at.save(project, version)
        made = project.standing.observations[name]
    text = f"{told_short(made)}\nto be sent to its owner: harness ticket {name}"
    emit(row(made), text, as_json=as_json)


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@click.option("--owner", required=True, type=OWNER, help="The party that has to act.")
@click.option("--reason", required=True, help="Why; it stays on record.")
@actor_option
@json_option
def assign(name: str, owner: str, reason: str, claimed: str | None, *, as_json: bool) -> None:
    """Hand an open observation to another party."""
    _change(
        name,
        claimed,
        lambda project, stamp: project.assign_observation(name, Party(owner), reason, **stamp),
        as_json=as_json,
    )


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@click.option("--in", "release", required=True, help="Release of yours in which it is fixed.")
@actor_option
@json_option
def fix(name: str, release: str, claimed: str | None, *, as_json: bool) -> None:
    """Say, for its owner, in which release a defect is fixed."""
    _change(
        name,
        claimed,
        lambda project, stamp: project.fix_observation(name, release, **stamp),
        as_json=as_json,
    )


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@click.option("--evidence", required=True, metavar="DIGEST", help="Newer evidence on record.")
@actor_option
@json_option
def retest(name: str, evidence: str, claimed: str | None, *, as_json: bool) -> None:
    """Accept a fix, on evidence made after it in which the scenario passed."""
    _change(
        name,
        claimed,
        lambda project, stamp: project.retest_observation(
            name, whole_digest(project, evidence), **stamp
        ),
        as_json=as_json,
    )


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@click.option("--reason", required=True, help="Why it was none; it stays on record.")
@actor_option
@json_option
def withdraw(name: str, reason: str, claimed: str | None, *, as_json: bool) -> None:
    """Take an observation back, as a second person of the party that made it."""
    _change(
        name,
        claimed,
        lambda project, stamp: project.withdraw_observation(name, reason, **stamp),
        as_json=as_json,
    )


@observation.command(name="list")
@click.option("--open", "open_only", is_flag=True, help="Only those that wait for somebody.")
@json_option
def list_(*, open_only: bool, as_json: bool) -> None:
    """Every observation of the project, and what it waits for."""
    with desk() as at:
        standing = at.project().standing
    found = standing.open_observations() if open_only else list(standing.observations.values())
    emit([row(each) for each in found], observations_text(found), as_json=as_json)


@observation.command()
@click.argument("name", metavar="OBSERVATION")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Everything that is on record of one observation."""
    with desk() as at:
        found = observation_of(at, name)
    emit(row(found), observation_text(found), as_json=as_json)


def observation_of(at: Desk, name: str) -> Observation:
    """The observation of that id.

    Raises:
        ConfigError: there is none.
    """
    found = at.project().standing.observations.get(name)
    if found is None:
        raise ConfigError(
            f"there is no observation {name[:64]!r}", todo="harness observation list shows them."
        )
    return found


def _change(
    name: str,
    claimed: str | None,
    command: Callable[[JoiningProject, Args], None],
    *,
    as_json: bool,
) -> None:
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        command(project, at.stamp())
        at.save(project, version)
        found = project.standing.observations[name]
    emit(row(found), told_short(found), as_json=as_json)
