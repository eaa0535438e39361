"""``harness record``: enter evidence files into the record."""

from collections.abc import Iterable
from pathlib import Path

import click

from harness.cli.common import Desk, actor_option, desk, emit, json_option
from harness.errors import EvidenceError
from harness.joining.evidence import TestEvidence
from harness.joining.project import JoiningProject
from harness.limits import DEFAULT


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@actor_option
@json_option
def record(files: tuple[Path, ...], claimed: str | None, *, as_json: bool) -> None:
    """Enter evidence files into the record, red ones as well; a file twice changes nothing."""
    with desk(claimed, write=True) as at:
        rows = record_evidence(at, at.project(), files)
    emit(rows, "\n".join(str(row["text"]) for row in rows), as_json=as_json)


def record_evidence(
    at: Desk, project: JoiningProject, files: Iterable[Path]
) -> list[dict[str, object]]:
    """Record evidence files in the given order, in one transaction."""
    version = project.version
    rows: list[dict[str, object]] = []
    for file in files:
        evidence = read_evidence(file)
        new = project.record_run(evidence, **at.stamp())
        rows.append(_row(file, evidence, new=new))
    if project.pending_events:
        at.save(project, version)
    return rows


def read_evidence(file: Path) -> TestEvidence:
    """Read one evidence file.

    Raises:
        EvidenceError: it cannot be read or is not one.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(DEFAULT.max_evidence_bytes + 1)
    except OSError as error:
        raise EvidenceError(f"cannot be read: {error.strerror}", where=str(file)) from None
    try:
        return TestEvidence.from_bytes(data)
    except EvidenceError as error:
        place = f"{file}: {error.where}" if error.where else str(file)
        raise EvidenceError(error.what, where=place, todo=error.todo) from None


def _row(file: Path, evidence: TestEvidence, *, new: bool) -> dict[str, object]:
    verdict = evidence.verdict.value if evidence.complete else "incomplete"
    done = "recorded" if new else "on record already"
    return {
        "file": str(file),
        "digest": evidence.digest,
        "suite": evidence.suite,
        "level": evidence.level.value,
        "verdict": verdict,
        "new": new,
        "text": f"{done}: {evidence.suite} at level {evidence.level.value}, {verdict}, "
        f"{evidence.digest[:12]}",
    }
