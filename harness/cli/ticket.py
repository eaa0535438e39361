"""``harness ticket``: what the other party has to know of a defect, and nothing of persons."""

import re
from pathlib import Path

import click

from harness.cli.common import emit, json_option, language_option, settings
from harness.cli.desk import desk
from harness.cli.observation import observation_of
from harness.cli.seen import Seen, file_option, newest_with, seen_in
from harness.config import Config
from harness.i18n import Language
from harness.joining.observations import Observation
from harness.report.ticket import Ticket, ticket_rows, ticket_text
from harness.suite.folder import suite_names
from harness.suite.suites import Suite, load_suite


@click.command()
@click.argument("what", metavar="OBSERVATION|EVIDENCE:SCENARIO|FINDING")
@file_option
@language_option
@json_option
def ticket(what: str, file: Path | None, language: Language, *, as_json: bool) -> None:
    """Write what to send to the other party: no bodies, no values, no identity codes.

    \u0008
    harness ticket obs-1                          an observation
    harness ticket 0123456789ab:no-such-customer  a scenario in evidence
    harness ticket schema                         the newest finding of that code
    """
    config = settings()
    observation: Observation | None = None
    if re.fullmatch(r"obs-\d+", what):
        with desk() as at:
            observation = observation_of(at, what)
        seen = _shown_by(config, observation, file)
    elif ":" in what and re.fullmatch(r"[0-9a-f]{12,64}", what.partition(":")[0]):
        digest, _, scenario = what.partition(":")
        seen = seen_in(config, digest, scenario, file=file)
    else:
        seen = newest_with(config, what)
    made = Ticket(
        config.project.name, seen.evidence, seen.outcome, _suite(config, seen), observation
    )
    emit(ticket_rows(made), ticket_text(made, language), as_json=as_json)


def _shown_by(config: Config, made: Observation, file: Path | None) -> Seen:
    return seen_in(config, made.evidence, made.scenario, made.code, file)


def _suite(config: Config, seen: Seen) -> Suite | None:
    """The suite as it lies here now; its state may be another than that of the run."""
    folder = config.scenarios_folder
    if seen.evidence.suite not in suite_names(folder):
        return None
    return load_suite(folder / seen.evidence.suite)
