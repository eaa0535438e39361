"""``harness receive``: take in signed files that others hand in."""

from datetime import UTC, datetime
from pathlib import Path

import click

from harness import files
from harness.cli import complain
from harness.cli.common import actor_option, emit, json_option
from harness.cli.desk import Desk, desk
from harness.cli.pin import required_here
from harness.errors import EvidenceError, HarnessError
from harness.joining.commands import SuitePinning
from harness.joining.events import JoiningEvent
from harness.ledger import attachments
from harness.ledger.receiving import Opened, opened
from harness.limits import DEFAULT
from harness.report.history import tell
from harness.report.words import short


@click.command()
@click.argument(
    "named",
    metavar="FILES...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@actor_option
@json_option
@click.pass_context
def receive(
    context: click.Context, named: tuple[Path, ...], claimed: str | None, *, as_json: bool
) -> None:
    """Take in files that harness submit wrote, in the given order, each by itself.

    The signature has to be by a key that is pinned in this project and confirmed. What the file
    says is judged as if its submitter had said it here. A file twice changes nothing.
    """
    rows, code = [], 0
    with desk(claimed, write=True) as at:
        for file in named:
            try:
                rows.append(_receive(at, file))
            except HarnessError as error:
                error.where = f"{file}: {error.where}" if error.where else str(file)
                if len(named) == 1:
                    raise
                complain(f"refused: {error}")
                rows.append({"file": str(file), "new": False, "refused": str(error), "text": ""})
                code = code or error.exit_code
    text = "\n".join(str(row["text"]) for row in rows if row["text"])
    emit(rows, text or "nothing was received", as_json=as_json)
    context.exit(code)


def _receive(at: Desk, file: Path) -> dict[str, object]:
    data = _read(file)
    project = at.project()
    version = project.version
    found = opened(data, project.standing, datetime.now(UTC))
    act = found.submission.act
    worked_out = required_here(at.config, act.pin) if isinstance(act, SuitePinning) else ""
    new = project.receive(found.submission, found.submitter, envelope=found.envelope, **at.stamp())
    told: list[str] = []
    if new:
        for each in (data, found.submission.act.file):
            if each:
                attachments.keep(at.ledger.path, each)
        recorded = at.save(project, version)
        events = [each.event for each in recorded[1:]]
        told = [tell(each) for each in events if isinstance(each, JoiningEvent)]
        told += [worked_out] if worked_out else []
    return {
        "file": str(file),
        "kind": found.submission.kind,
        "submitter": found.submitter.id,
        "party": found.submitter.party.value,
        "statement": found.submission.digest,
        "envelope": found.envelope,
        "new": new,
        "recorded": told,
        "text": _text(found, told, new=new),
    }


def _text(found: Opened, told: list[str], *, new: bool) -> str:
    who = f"{found.submitter.id} of {found.submitter.party.value}"
    name = f"{found.submission.kind} {short(found.submission.digest)}"
    if not new:
        return f"received before, nothing changes: {name}, signed by {who}"
    lines = [f"received: {name}, signed by {who}"]
    lines += [f"  {each}" for each in told] or ["  nothing new: it is on record already"]
    return "\n".join(lines)


def _read(file: Path) -> bytes:
    try:
        return files.read(file, DEFAULT.max_envelope_bytes)
    except OSError as error:
        raise EvidenceError(f"cannot be read: {error.strerror}") from None  # the caller names it
