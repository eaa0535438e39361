"""``harness connection``: the main job, from the published contract to an explained decision.

Loads the contract, begins the project of harness.toml if it is new, records the filled-in forms,
runs the suites, records their evidence, completes each phase that has all it needs, and asks the
gate. Running it again adds to the same history.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from harness.cli.common import actor_option, emit, json_option, language_option, settings
from harness.cli.desk import Desk, desk
from harness.cli.evidence import read_evidence
from harness.cli.keeping import reaches
from harness.cli.opening import judge, verified
from harness.cli.phase import record_forms
from harness.cli.pin import contract_pin, suite_pin
from harness.cli.project import create
from harness.cli.record import record_evidence
from harness.cli.run import Outcome, WorkerOptions, run_suites, runnable, workers_option
from harness.errors import EvidenceError
from harness.i18n import Language
from harness.joining.evidence import Outcome as ScenarioOutcome
from harness.joining.objections import Refused
from harness.joining.project import JoiningProject
from harness.joining.state import state
from harness.report.gate import gate_rows, gate_text
from harness.report.run import run_rows, run_text
from harness.report.timeline import timeline
from harness.report.words import short
from harness.suite.evidence import evidence_files
from harness.suite.folder import suite_names
from harness.suite.suites import load_suite
from harness.vocabulary import counted
from harness.wsdl.configured import contract_of

if TYPE_CHECKING:
    from harness.joining.pins import Pin


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--endpoint", default="mock", show_default=True, help="Endpoint of harness.toml.")
@click.option("--suite", "suites", multiple=True, help="Which suite; default: all.")
@workers_option
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
@actor_option
@language_option
@json_option
@click.pass_context
def connection(
    context: click.Context,
    endpoint: str,
    suites: tuple[str, ...],
    pytest_arguments: tuple[str, ...],
    claimed: str | None,
    language: Language,
    *,
    as_json: bool,
    **options: Unpack[WorkerOptions],
) -> None:
    """Contract, scenarios, record, gate: the whole way in one command.

    Everything the command does not know is passed on to pytest: -k, -x, --lf, --junitxml.
    Exit code 0 only if every scenario of the suites that were run passed; an optional one that the
    endpoint cannot realise is named and does not count.
    """
    clock = _Clock()
    # What cannot be run is said before anything is recorded.
    runnable(settings(), endpoint, suites, pytest_arguments, claimed)
    with contextlib.redirect_stdout(sys.stderr if as_json else sys.stdout):
        with clock.measuring("contract and record"), desk(claimed, write=True, create=True) as at:
            _prepare(at)
        with clock.measuring("scenarios"):
            outcome = run_suites(
                at.config, endpoint, suites, pytest_arguments, claimed, workers=options["workers"]
            )
    with clock.measuring("evidence and gate"), desk(claimed, write=True) as at:
        project, told = _record(at, outcome)
        result = judge(at, project)
    data = {
        "runs": run_rows(outcome.evidence),
        "state": state(project),
        "gate": gate_rows(result),
        "seconds": clock.parts,
    }
    shown = [
        run_text(outcome.evidence),
        *told,
        "",
        timeline(project, language, datetime.now(UTC)),
        "",
    ]
    shown += [gate_text(result), "", *_places(at), clock.text()]
    emit(data, "\n".join(shown), as_json=as_json)
    context.exit(outcome.code or (0 if all_passed(outcome) else 1))


def all_passed(outcome: Outcome) -> bool:
    """Every scenario passed: not one was left out or skipped.

    One that this endpoint cannot realise is told and counts as not passed, unless it is optional.
    """
    optional = ScenarioOutcome.NOT_REALISABLE
    return all(
        each.outcome is ScenarioOutcome.PASSED or (each.outcome is optional and not each.obligatory)
        for _, evidence in outcome.evidence
        for each in evidence.outcomes
    )


def _prepare(at: Desk) -> None:
    """The project with its contract, pins and forms on record."""
    contract = contract_of(at.config)
    contract.check()
    size = counted(len(contract.operations), "operation")
    click.echo(f"contract {contract.ref}: {size}, digest {short(contract.digest)}")
    new = not at.ledger.version(at.config.project.id)
    project = create(at) if new else at.project()
    _pin(at, project)
    forms = at.config.resolve(at.config.project.forms).glob("*.toml")
    files = sorted(file for file in forms if file.is_file())
    told = record_forms(at, project, files)
    if told:
        click.echo(
            f"recorded {counted(len(told), 'statement')} of the forms in {at.config.project.forms}/"
        )
    for line in _complete(at, project):
        click.echo(line)


def _pin(at: Desk, project: JoiningProject) -> None:
    """Pin the contract and the suites; what is pinned in a real project stays as it is."""
    folder = at.config.scenarios_folder
    reached = reaches(at.config, project.standing, contract_of(at.config))
    pins: list[Pin] = [contract_pin(at.config, reached)]
    pins.extend(suite_pin(load_suite(folder / name)) for name in suite_names(folder))
    version = project.version
    for pin in pins:
        if project.standing.rehearsal or pin.key not in project.standing.pins:
            project.pin(pin, **at.stamp())
    if project.pending_events:
        at.save(project, version)


def _complete(at: Desk, project: JoiningProject) -> list[str]:
    """Complete every phase that has all it needs, in order; what was done, a line each."""
    told = []
    while project.standing.current < project.standing.process.last:
        version, number = project.version, project.standing.current
        try:
            project.complete_phase(number, **at.stamp())
        except Refused:
            break
        at.save(project, version)
        told.append(f"phase {number} is complete")
    return told


def _record(at: Desk, outcome: Outcome) -> tuple[JoiningProject, list[str]]:
    """Record every evidence not yet on record and complete phases; what was done, a line each."""
    verified(at)
    project = at.project()
    files = _unrecorded(at, project, {file for file, _ in outcome.evidence})
    told = [str(row["text"]) for row in record_evidence(at, project, files)]
    return project, [*told, *_complete(at, project)]


def _unrecorded(at: Desk, project: JoiningProject, own: set[Path]) -> list[Path]:
    """Evidence in the project's folder that is not on record yet, oldest first.

    That is what this run left, and what runs that crashed or were not recorded left before it. A
    file of somebody else, or that is no evidence, is told and left alone.
    """
    found = []
    for file in evidence_files(at.config.evidence_folder):
        if project.standing.run(sha256(file.read_bytes()).hexdigest()):
            continue
        if file in own or _is_evidence_of(project.id, file):
            found.append(file)
    return found


def _is_evidence_of(project: str, file: Path) -> bool:
    try:
        owner = read_evidence(file).project
    except EvidenceError as error:
        click.echo(f"left alone: {error}", err=True)
        return False
    if owner != project:
        click.echo(f"left alone: {file}: evidence of the project {owner}", err=True)
    return owner == project


def _places(at: Desk) -> list[str]:
    return [
        f"ledger    {at.ledger.path}",
        f"key       {at.config.key_path}",
        f"evidence  {at.config.evidence_folder}",
    ]


class _Clock:
    """How long each part took."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        """Seconds by part."""

    @contextmanager
    def measuring(self, part: str) -> Iterator[None]:
        """Measure one part."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.parts[part] = time.perf_counter() - started

    def text(self) -> str:
        """The parts and their sum, in seconds."""
        parts = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in self.parts.items())
        return f"harness   {sum(self.parts.values()):.2f} s ({parts})"
