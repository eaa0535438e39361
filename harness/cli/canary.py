"""``harness canary``: plant one defect at a time and see whether the scenarios notice."""

import time
from typing import TYPE_CHECKING

import click

from harness.cli.common import actor_option, emit, json_option, settings
from harness.cli.processes import process_of
from harness.cli.run import chosen
from harness.people import acting
from harness.report.canary import canary_data, canary_text
from harness.suite.folder import is_observed, suite_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.config import Config


@click.command()
@click.option(
    "--suite", "suites", multiple=True, help="Which suite; default: those of the process."
)
@click.option(
    "-n", "workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes."
)
@actor_option
@json_option
@click.pass_context
def canary(
    context: click.Context,
    suites: tuple[str, ...],
    workers: int,
    claimed: str | None,
    *,
    as_json: bool,
) -> None:
    """Run suites against an account with one planted defect at a time, in process.

    Writes one evidence file; the record is not touched. Exit code 1 when a defect survives: no
    scenario noticed it.
    """
    from harness.canary import project  # noqa: PLC0415 - scenarios, contracts: half a second

    config = settings()
    operator = acting(config, claimed)
    names = suites_of_process(config, suites)
    started = time.perf_counter()
    found = list(project.all_noticed(config, names, workers))
    evidence = project.evidence(config, names, operator, found)
    file = project.write(config, evidence)
    seconds = time.perf_counter() - started
    meanings = {each.defect.name: each.defect.what for each in found}
    optional = sorted(each.defect.name for each in found if each.optional)
    text = canary_text(file, evidence, seconds, meanings, optional)
    emit(canary_data(file, evidence, seconds, optional), text, as_json=as_json)
    context.exit(1 if evidence.survivors else 0)


def suites_of_process(config: "Config", named: "Sequence[str]") -> list[str]:
    """The suites named; else those of the project's process; else all that the harness drives.

    Raises:
        ConfigError: there is no such suite, or none at all.
    """
    folder = config.scenarios_folder
    known = [name for name in suite_names(folder) if not is_observed(folder / name)]
    own = [suite for suite in process_of(config).suites if suite in known]
    return chosen(folder, named or own)
