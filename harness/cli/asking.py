"""The gate asked where the ledger is not: by an export and a published checkpoint."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.cli.processes import fixed
from harness.cli.surroundings import look_around
from harness.config import Config
from harness.errors import ConfigError, LedgerError
from harness.joining.gate import GateResult, judge_gate
from harness.joining.observations import Severity
from harness.joining.policy import GatePolicy
from harness.joining.process import Process
from harness.joining.project import JoiningProject
from harness.joining.text import iso
from harness.ledger.verify import VerifyReport, verify_export
from harness.proof.keys import PublicKey
from harness.report.words import minute
from harness.vocabulary import counted


def policy(config: Config, process: Process) -> GatePolicy:
    """The policy, and what harness.toml demands beyond it.

    Raises:
        ConfigError: it demands canaries of a suite that the harness does not drive for the process,
            or less than the policy.
    """
    own, wanted = GatePolicy(), config.gate
    strange = [each for each in wanted.canaries if each not in process.driven]
    if strange:
        raise ConfigError(
            f"no defects can be planted for the suite {strange[0]!r}",
            where=f"{config.path}: [gate] canaries",
            todo=f"Of the process that can be: {', '.join(process.driven) or 'none'}.",
        )
    operations = own.operations_percent if wanted.operations is None else wanted.operations
    if operations < own.operations_percent:
        raise ConfigError(
            f"the gate demands {own.operations_percent} % of the operations, and nobody can ask "
            f"for less ({operations} %)",
            where=f"{config.path}: [gate] operations",
            todo="Take the line out. What cannot be shown is waived by two parties, until a day: "
            "harness waive COVERAGE_TOO_LOW.",
        )
    return replace(
        own,
        operations_percent=operations,
        codes_percent=max(own.codes_percent, wanted.codes),
        obligatory_points_percent=max(own.obligatory_points_percent, wanted.obligatory_points),
        points_percent=max(own.points_percent, wanted.points),
        parity_days=wanted.parity_days,
        canaries=tuple(dict.fromkeys((*own.canaries, *wanted.canaries))),
        observations=Severity(wanted.observations),
    )


def from_export(
    config: Config, exported: Path, checkpoints: Sequence[Path], key: str | None
) -> tuple[GateResult, str, dict[str, object]]:
    """The gate's judgement of an export, verified first; how old it is, as text and as data.

    Raises:
        ConfigError: nothing is at hand that the export has to agree with.
        IntegrityBroken: it is not what was sealed, or not what the checkpoints vouch for.
        LedgerError: the project is not in it.
    """
    if not checkpoints:
        raise ConfigError(
            "an export alone proves nothing: it may have been made up whole",
            todo="Name a checkpoint that the keeper has published with --checkpoint FILE, best "
            "with the ledger's key as --key ed25519:HEX.",
        )
    sealed_by = None if key is None else PublicKey.from_fingerprint(key)
    report = verify_export(exported, checkpoints, public_key=sealed_by)
    project = _project(config, report)
    now = datetime.now(UTC)
    surroundings = look_around(config, project.standing)
    result = judge_gate(project, policy(config, project.standing.process), now, surroundings, None)
    return result, _told(report, project, now), _data(report, project)


def _project(config: Config, report: VerifyReport) -> JoiningProject:
    project = report.replayed.get(config.project.id)
    if project is None:
        raise LedgerError(
            f"there is no project {config.project.id} in this export",
            where=str(report.path),
            todo="Let the keeper of the record export it anew.",
        )
    fixed(config, project.standing.process)
    return project


def _told(report: VerifyReport, project: JoiningProject, now: datetime) -> str:
    age = now - report.last if report.last else timedelta()
    hours = max(int(age.total_seconds()), 0) // 3600
    old = counted(hours // 24, "day") if hours >= 48 else counted(hours, "hour")
    unsealed = f"; the last {report.unpublished} are not" if report.unpublished else ""
    return (
        f"judged by an export up to entry {report.size}, event {project.version} of {project.id}; "
        f"its last entry is of {minute(report.last)}, {old} ago\n"
        f"vouched for up to entry {report.vouched} by a checkpoint{unsealed}; what was recorded "
        "later is not known here"
    )


def _data(report: VerifyReport, project: JoiningProject) -> dict[str, object]:
    return {
        "export": str(report.path),
        "origin": report.origin,
        "key": report.key,
        "size": report.size,
        "version": project.version,
        "vouched": report.vouched,
        "unsealed": report.unpublished,
        "last": iso(report.last) if report.last else None,
    }
