"""``harness coverage``: what runs have shown of the contract, and what nobody touched."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.canary import suites_of_process
from harness.cli.common import emit, json_option, settings
from harness.cli.evidence import read_evidence
from harness.errors import ConfigError, EvidenceError
from harness.report.coverage import coverage_lines, coverage_rows
from harness.suite.evidence import evidence_files

if TYPE_CHECKING:
    from harness.canary.needed import Loss
    from harness.config import Config
    from harness.joining.evidence import TestEvidence


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--needed", is_flag=True, help="What each scenario alone shows; takes a minute or two."
)
@click.option("--without", metavar="SCENARIO", help="What would be lost without this scenario.")
@json_option
def coverage(files: tuple[Path, ...], without: str | None, *, needed: bool, as_json: bool) -> None:
    """What runs showed of operations, codes and points of the contract, and what not.

    FILES are evidence files; without any, the newest evidence of each suite. With --without or
    --needed the suites are run in process: points, codes and planted defects (harness canary) that
    a single scenario shows or notices.
    """
    if needed or without:
        losses = _losses(settings(), without)
        data = {each.scenario: each.data() for each in losses}
        emit(data, "\n".join(line for each in losses for line in each.lines()), as_json=as_json)
        return
    found = [(file, read_evidence(file)) for file in files] or _newest(settings())
    lines: list[str] = []
    for file, evidence in found:
        lines += [f"{evidence.suite} ({evidence.contract}): {file}"]
        lines += [*coverage_lines(evidence, most=None)] or ["no coverage: the run did not end"]
    emit(coverage_rows(found), "\n".join(lines), as_json=as_json)


def _losses(config: "Config", without: str | None) -> "list[Loss]":
    """What one scenario, or each, shows alone.

    Raises:
        ConfigError: there is no such scenario.
    """
    from harness.canary.needed import alone, alone_each  # noqa: PLC0415 - seldom needed, and slow
    from harness.canary.project import flock_of  # noqa: PLC0415

    flock = flock_of(config, suites_of_process(config, ()))
    if without is None:
        return alone_each(flock)
    if without not in flock.results:
        raise ConfigError(f"there is no scenario {without[:80]!r}", where=str(config.path))
    return [alone(flock, without)]


def _newest(config: "Config") -> "list[tuple[Path, TestEvidence]]":
    """The newest evidence of each suite in the project's folder.

    Raises:
        EvidenceError: there is none.
    """
    newest: dict[str, tuple[Path, TestEvidence]] = {}
    for file in evidence_files(config.evidence_folder):
        evidence = read_evidence(file)
        newest[evidence.suite] = file, evidence
    if not newest:
        raise EvidenceError(
            "there is no evidence yet",
            where=str(config.evidence_folder),
            todo="Run the suites first: harness run.",
        )
    return [newest[suite] for suite in sorted(newest)]
