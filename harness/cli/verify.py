"""``harness verify``: is the record what was sealed, and who vouches for it?"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from harness.classes import dataclass
from harness.cli.common import emit, json_option, no_ledger_named, settings
from harness.config import Config
from harness.errors import IntegrityBroken
from harness.joining.events import JoiningEvent
from harness.joining.reviewing import Reviewed
from harness.ledger import attachments, stamps
from harness.ledger.application import Ledger
from harness.ledger.codec import shown_id
from harness.ledger.command import CommandPlace
from harness.ledger.places import configured, places
from harness.ledger.portfolio import ANEW, State
from harness.ledger.receiving import signed_as_recorded
from harness.ledger.verify import VerifyReport, verify, verify_export
from harness.proof import checkpoint
from harness.proof.keys import PublicKey
from harness.report.proof import reach_text
from harness.report.words import minute
from harness.vocabulary import counted


@click.command("verify")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint you hold; may be given more than once.",
)
@click.option(
    "--export",
    "exported",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check this export instead of the project's ledger.",
)
@click.option("--key", metavar="ed25519:HEX", help="The key that must have sealed it.")
@json_option
def verify_record(
    checkpoints: tuple[Path, ...], exported: Path | None, key: str | None, *, as_json: bool
) -> None:
    """Check the record: bytes first, then decoding, then the rules. Nothing is written."""
    sealed_by = None if key is None else PublicKey.from_fingerprint(key)
    reach: dict[str, str] = {}
    times: list[str] = []
    if exported is not None:
        no_ledger_named()
        report, files = verify_export(exported, checkpoints, public_key=sealed_by), None
    else:
        config = settings()
        folders = configured(config)
        stamped = stamps.kept(config.ledger_place)
        held = (*checkpoints, *(each.checkpoint for each in stamped))
        report = verify(config.ledger_place, held, folders=folders, public_key=sealed_by)
        files, times = _files(config, report), _times(config, stamped)
        reach = _reach(config, report)
    data: dict[str, object] = {**_data(report), "time_stamps": times, **reach}
    if files is not None:
        data["files"] = asdict(files)
    lines = [*_lines(report), *_file_lines(files)]
    lines += [f"  {each}" for each in times]
    lines += [f"  {name.replace('_', ' ')}: {text}" for name, text in reach.items()]
    emit(data, "\n".join(lines), as_json=as_json)
    if report.portfolio.state is State.DIFFERS:
        raise IntegrityBroken(
            f"the record is as sealed, but the list of projects does not say of "
            f"{shown_id(report.portfolio.project)} what the record says",
            where=str(report.path),
            todo=ANEW,
        )


def _data(report: VerifyReport) -> dict[str, object]:
    return {
        "ledger": str(report.path),
        "origin": report.origin,
        "key": report.key,
        "keys": [{"until": place, "key": key} for place, key in report.keys],
        "size": report.size,
        "root": report.root,
        "projects": list(report.projects),
        "checkpoints": [{"place": str(each.place), "size": each.size} for each in report.held],
        "unsealed": report.unpublished,
        "portfolio": report.portfolio.state.value,
        "openings": [
            {
                "project": each.project,
                "version": each.version,
                "objections": [
                    {"code": one.code.value, "sentence": one.sentence} for one in each.objections
                ],
            }
            for each in report.openings
        ],
        "not_asked": [str(each) for each in report.unasked],
    }


@dataclass(frozen=True, slots=True)
class Files:
    """What became of the files that the record names by digest.

    Attributes:
        kept: how many are here and whole.
        missing: digests of the others.
        signed: how many signed files say what is recorded as their submitters'.
        submissions: how many were received.
    """

    kept: int
    missing: tuple[str, ...]
    signed: int
    submissions: int


def _files(config: Config, report: VerifyReport) -> Files:
    """Check the files beside the ledger against the record that was just verified.

    Raises:
        IntegrityBroken: one is not what it was, or does not say what was recorded.
    """
    standings = [project.standing for project in report.replayed.values()]
    named = [digest for each in standings for digest in attachments.named_by(each)]
    found = attachments.check(report.path, named)
    handed_in = {each.id: len(each.submissions) for each in standings if each.submissions}
    signed = 0
    if handed_in:
        with Ledger.open(config.ledger_place, config.key_path, readonly=True) as ledger:
            for project in handed_in:
                events = [each.event for each in ledger.events(project, until=report.size)]
                told = [each for each in events if isinstance(each, JoiningEvent)]
                signed += len(list(signed_as_recorded(report.path, told)))
    return Files(len(found.kept), found.missing, signed, sum(handed_in.values()))


def _file_lines(files: Files | None) -> list[str]:
    if files is None or not (files.kept or files.missing):
        return []
    lines = [f"  files kept beside it: {files.kept}, each as it was"]
    if files.submissions:
        told = f"{files.signed} of {files.submissions}"
        lines.append(f"  signed files that say what is recorded of them: {told}")
    lines += [f"  missing file {digest}" for digest in files.missing]
    return lines


def _lines(report: VerifyReport) -> list[str]:
    size = counted(report.size, "entry")
    lines = [
        f"{report.path}: {size} as sealed, the last of {minute(report.last)}",
        f"  log   {report.origin}",
        f"  key   {report.key}",
        *(f"        until entry {place}: {key}" for place, key in report.keys),
        f"  root  {report.root}",
    ]
    lines += [f"  vouched for up to entry {each.size} by {each.place}" for each in report.held]
    lines += [f"  no checkpoint in {place}" for place in report.missing]
    lines += [f"  not asked: {_why_not(command)}" for command in report.unasked]
    lines.append(f"  unsealed: {report.unpublished}")
    lines += [line for each in report.openings for line in _opening(each)]
    if report.portfolio.state is not State.NONE:
        lines.append(f"  list of projects: {report.portfolio.state.value}")
    if report.clock_set_back:
        lines.append(f"  time runs back at entries {list(report.clock_set_back)}")
    return lines


def _opening(reviewed: Reviewed) -> Iterator[str]:
    """What the gate says of an opening on record."""
    opening = f"the opening of {reviewed.project} (its event {reviewed.version})"
    if not reviewed.objections:
        yield f"  {opening}, put to the gate again: nothing speaks against it"
        return
    yield f"  {opening} WOULD NOT BE GRANTED by the gate of this version:"
    for each in reviewed.objections:
        yield f"    {each.code.value}: {each.sentence}"


def _why_not(command: CommandPlace) -> str:
    if command.can_be_asked:
        return f"{command}, because who only looks runs nothing"
    return f"{command}, which cannot be: it has no command that reads"


def _times(config: Config, stamped: Sequence[stamps.Kept]) -> list[str]:
    """What the time stamps beside the ledger say; nothing is asked.

    Raises:
        IntegrityBroken: one is not over its checkpoint, or of nobody who counts.
    """
    if config.ledger.timestamp is None:
        return [f"time stamp not checked, no authority is named: {each.token}" for each in stamped]
    authority, told = config.resolve(config.ledger.timestamp.authority), []
    for each in stamped:
        stamp, size = each.check(authority), checkpoint.read(each.checkpoint.read_bytes()).size
        told.append(f"entries up to {size} existed at {minute(stamp.at)} UTC, says {stamp.by}")
    return told


def _reach(config: Config, report: VerifyReport) -> dict[str, str]:
    """Where the key lies, and against whom the checkpoints prove anything."""
    vouching = {each.place: each.size for each in report.held}
    key = config.key_path if config.key_path.is_file() else None
    proves = reach_text(key, places(config.ledger_place, ())[0], vouching)
    lies = str(key) if key else f"not here ({config.key_path} is no file)"
    return {"private_key": lies, "what_that_proves": proves}
