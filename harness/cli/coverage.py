"""``harness coverage``: what runs have shown of the contract, and what nobody touched."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.common import emit, json_option, settings
from harness.cli.record import read_evidence
from harness.errors import EvidenceError
from harness.report.coverage import coverage_lines, coverage_rows
from harness.suite.evidence import evidence_files

if TYPE_CHECKING:
    from harness.config import Config
    from harness.joining.evidence import TestEvidence


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def coverage(files: tuple[Path, ...], *, as_json: bool) -> None:
    """What runs showed of operations, codes and points of the contract, and what not.

    FILES are evidence files; without any, the newest evidence of each suite.
    """
    found = [(file, read_evidence(file)) for file in files] or _newest(settings())
    lines: list[str] = []
    for file, evidence in found:
        lines += [f"{evidence.suite} ({evidence.contract}): {file}"]
        lines += [*coverage_lines(evidence, most=None)] or ["no coverage: the run did not end"]
    emit(coverage_rows(found), "\n".join(lines), as_json=as_json)


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
