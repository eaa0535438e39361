"""``harness refer``: let evidence of another project of the ledger count here too."""

import click

from harness.cli.common import a_text, actor_option, emit, json_option
from harness.cli.desk import desk
from harness.cli.opening import whole_digest
from harness.joining.agreement import shared_from
from harness.joining.state import state
from harness.report.words import short


@click.command()
@click.argument("project_id", type=a_text, metavar="PROJECT")
@click.option("--evidence", required=True, metavar="DIGEST", help="A run on record there.")
@actor_option
@json_option
def refer(project_id: str, evidence: str, claimed: str | None, *, as_json: bool) -> None:
    """Let evidence of another project of this ledger count here too.

    Two parties have to have agreed to that (harness pin sharing PROJECT). The run has to count
    there, and to be of the same supplier, release, contract and scenarios. When it is withdrawn
    there, or fails again, it shows nothing here any more.
    """
    with desk(claimed, write=True) as at:
        project, other = at.project(), at.ledger.project(project_id)
        version = project.version
        recorded = other.standing.runs_by_digest[whole_digest(other, evidence)]
        source = shared_from(other.standing, recorded)
        new = project.refer(source, recorded.run, **at.stamp())
        if new:
            at.save(project, version)
    done = "refers to" if new else "refers already to"
    run = recorded.run
    text = f"{done} {project_id}, event {source.version}: {run.suite} {short(run.digest)}"
    emit(state(project), text, as_json=as_json)
