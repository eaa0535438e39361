"""``harness record``: enter evidence files into the record."""

from collections.abc import Iterable
from pathlib import Path

import click

from harness.cli.common import actor_option, emit, json_option
from harness.cli.desk import Desk, desk
from harness.cli.evidence import read_file, read_told
from harness.joining.canaries import CanaryEvidence, is_canaries
from harness.joining.evidence import TestEvidence
from harness.joining.parity import Parity, is_parity
from harness.joining.project import JoiningProject
from harness.ledger import attachments
from harness.report.parity import parity_share
from harness.vocabulary import counted


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@actor_option
@json_option
def record(files: tuple[Path, ...], claimed: str | None, *, as_json: bool) -> None:
    """Enter evidence and parity files into the record, red ones as well.

    A file twice changes nothing.
    """
    with desk(claimed, write=True) as at:
        rows = record_evidence(at, at.project(), files)
    emit(rows, "\n".join(str(row["text"]) for row in rows), as_json=as_json)


def record_evidence(
    at: Desk, project: JoiningProject, files: Iterable[Path]
) -> list[dict[str, object]]:
    """Record evidence files in the given order, in one transaction; each is kept beside it."""
    version = project.version
    rows: list[dict[str, object]] = []
    for file in files:
        data = read_file(file)
        if is_parity(data):
            parity = read_told(file, data, Parity.from_bytes)
            new = project.record_parity(parity, **at.stamp())
            rows.append(_parity_row(file, parity, new=new))
        elif is_canaries(data):
            canaries = read_told(file, data, CanaryEvidence.from_bytes)
            new = project.record_canaries(canaries, **at.stamp())
            rows.append(_canary_row(file, canaries, new=new))
        else:
            evidence = read_told(file, data, TestEvidence.from_bytes)
            new = project.record_run(evidence, **at.stamp())
            rows.append(_row(file, evidence, new=new))
        attachments.keep(at.ledger.path, data)
    if project.pending_events:
        at.save(project, version)
    return rows


def _parity_row(file: Path, parity: Parity, *, new: bool) -> dict[str, object]:
    drifts = sum(each.count for each in parity.kinds)
    done = "recorded" if new else "on record already"
    return {
        "file": str(file),
        "digest": parity.digest,
        "suite": parity.suite,
        "level": parity.level.value,
        "verdict": "failed" if drifts else "passed",
        "new": new,
        "text": f"{done}: parity of {parity.suite} with {parity.endpoint.name}, "
        f"{parity_share(parity.summary())}, {counted(drifts, 'drift')}, {parity.digest[:12]}",
    }


def _canary_row(file: Path, found: CanaryEvidence, *, new: bool) -> dict[str, object]:
    suites = ", ".join(each.name for each in found.suites)
    done = "recorded" if new else "on record already"
    told = f"{len(found.killed)} of {found.planted} planted defects noticed"
    return {
        "file": str(file),
        "digest": found.digest,
        "suite": suites,
        "planted": found.planted,
        "killed": len(found.killed),
        "new": new,
        "text": f"{done}: canaries of {suites}, {told}, {found.digest[:12]}",
    }


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
