"""Sign-off, request, approval, gate and opening: how production is decided upon."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from harness.cli.asking import from_export, policy
from harness.cli.common import actor_option, emit, json_option, no_ledger_named, settings
from harness.cli.desk import Desk, desk
from harness.cli.surroundings import look_around
from harness.errors import ConfigError
from harness.joining.actor import Actor
from harness.joining.gate import GateResult, judge_gate
from harness.joining.project import JoiningProject, counting_evidence
from harness.joining.state import state
from harness.ledger.places import configured
from harness.ledger.verify import verify
from harness.report.gate import gate_rows, gate_text

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("sign-off")
@click.argument("number", type=int, metavar="PHASE")
@click.option("--evidence", required=True, metavar="DIGEST", help="The evidence you have seen.")
@actor_option
@json_option
def sign_off(number: int, evidence: str, claimed: str | None, *, as_json: bool) -> None:
    """Accept the tests of a phase for your party, on the evidence of that digest."""
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        new = project.sign_off(number, whole_digest(project, evidence), **at.stamp())
        if new:
            at.save(project, version)
    text = f"phase {number} signed off" if new else "signed off already"
    emit(state(project), text, as_json=as_json)


@click.command("request-opening")
@actor_option
@json_option
def request_opening(claimed: str | None, *, as_json: bool) -> None:
    """Ask for production to be opened."""
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        project.request_opening(**at.stamp())
        at.save(project, version)
        evidence = counting_evidence(project.standing)
    words = " ".join(f"--evidence {each}" for each in evidence)
    emit(state(project), f"opening requested; next: harness approve {words}", as_json=as_json)


@click.command()
@click.option(
    "--evidence",
    "evidence",
    multiple=True,
    required=True,
    metavar="DIGEST",
    help="Each evidence that counts, as you have seen it.",
)
@actor_option
@json_option
def approve(evidence: tuple[str, ...], claimed: str | None, *, as_json: bool) -> None:
    """Approve the requested opening on the evidence you have seen, named by digest."""
    with desk(claimed, write=True) as at:
        project = at.project()
        version = project.version
        project.approve([whole_digest(project, each) for each in evidence], **at.stamp())
        at.save(project, version)
    emit(state(project), "opening approved", as_json=as_json)


@click.command()
@click.option("--export", "exported", type=_FILE, help="Judge this export: no ledger is needed.")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=_FILE,
    help="A published checkpoint that the export has to agree with; may be given more than once.",
)
@click.option("--key", metavar="ed25519:HEX", help="The key that must have sealed the export.")
@click.option("--ledger", metavar="PATH_OR_URL", help="The ledger to ask, as harness --ledger.")
@json_option
@click.pass_context
def gate(
    context: click.Context,
    exported: Path | None,
    checkpoints: tuple[Path, ...],
    key: str | None,
    ledger: str | None,
    *,
    as_json: bool,
) -> None:
    """May production be opened? Verifies the record first; writes nothing, runs nothing.

    A pipeline without the ledger asks by an export of it and a published checkpoint.
    """
    if ledger is not None:
        root = context.find_root()
        root.obj = replace(root.obj, ledger=ledger)
    if exported is not None:
        no_ledger_named()
        result, told, data = from_export(settings(), exported, checkpoints, key)
        text = f"{told}\n{gate_text(result)}"
        emit({**gate_rows(result), "record": data}, text, as_json=as_json)
    elif checkpoints or key:
        raise ConfigError(
            "--checkpoint and --key are for an export; those of harness.toml are always checked",
            todo="Add --export FILE, or ask harness verify --checkpoint FILE.",
        )
    else:
        with desk() as at:
            verified(at)
            result = judge(at, at.project(strict=True))
        emit(gate_rows(result), gate_text(result), as_json=as_json)
    context.exit(0 if result.open else 1)


@click.command("open")
@actor_option
@json_option
@click.pass_context
def open_production(context: click.Context, claimed: str | None, *, as_json: bool) -> None:
    """Open production if the gate allows it; a refused opening is recorded with its reasons."""
    with desk(claimed, write=True) as at:
        verified(at)
        project = at.project()
        version = project.version
        stamp = at.stamp()
        result = judge(at, project, stamp["actor"])
        if result.open:
            project.open_production(version, result.judged_by(), **stamp)
        else:
            project.refuse_opening(result.objections, result.judged_by(), **stamp)
        at.save(project, version)
    text = "production is OPEN" if result.open else gate_text(result)
    emit({**gate_rows(result), "opened": result.open}, text, as_json=as_json)
    context.exit(0 if result.open else 1)


def verified(at: Desk) -> None:
    """Check bytes and checkpoints before anything is decoded; what they tell is judged next.

    Of the stored heads, the signatures of the newest one, which is over all the bytes that are
    judged, and of those that seal a change of key; the other heads must have the roots that these
    bytes had. ``harness verify`` checks each.

    Raises:
        IntegrityBroken: the record is not what was sealed; nothing is judged then.
    """
    report = verify(at.ledger.path, folders=configured(at.config), every_signature=False)
    at.replayed = dict(report.replayed)


def judge(at: Desk, project: JoiningProject, opener: Actor | None = None) -> GateResult:
    """Judge a project of a verified record."""
    return judge_gate(
        project,
        policy(at.config, project.standing.process),
        datetime.now(UTC),
        look_around(at.config, project.standing),
        opener,
    )


def whole_digest(project: JoiningProject, beginning: str) -> str:
    """The digest of the evidence on record that begins so; twelve digits are enough.

    Raises:
        ConfigError: none does, or more than one.
    """
    found = [d for d in project.standing.runs_by_digest if d.startswith(beginning)]
    if len(found) == 1 and len(beginning) >= 12:
        return found[0]
    raise ConfigError(
        f"{beginning[:64]!r} is not the digest of one evidence on record",
        todo="Take it from harness history or harness project show; give 12 digits or more.",
    )
