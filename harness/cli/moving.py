"""``harness export`` and ``harness import``: the record as text, and back."""

import shutil
from pathlib import Path

import click

from harness.cli.common import emit, json_option, settings
from harness.config import book
from harness.errors import LedgerError
from harness.ledger import verify_ledger
from harness.ledger.moving import export, import_
from harness.ledger.places import places, read_note
from harness.ledger.verify import VerifyReport
from harness.ledger_url import LedgerPlace
from harness.vocabulary import counted

_READ_ME = """What lies here is the record of a joining project, and all it takes to check it.

ledger.jsonl          the record: entries as they were sealed, and the signed heads over them
ledger.checkpoint     the head that was published beside the ledger
verify_ledger.py      checks both; needs Python 3.11 or newer and nothing else
schemas, README.md    what an entry can be

    python3 verify_ledger.py ledger.jsonl --checkpoint ledger.checkpoint

A checkpoint from somebody else proves more than this one: bring the one that was sent to you.

Who has connection-harness reads it here as well, without a project or a ledger:

    harness verify --export ledger.jsonl --checkpoint ledger.checkpoint
    harness history --export ledger.jsonl
    harness replay --export ledger.jsonl --as-of 2026-11-22T12:00:00Z
    harness diff-state --export ledger.jsonl 5 12

By hand: a decision (PhaseCompleted, OpeningApproved, ProductionOpened) names the evidence that it
rests on by digest, and the TestRunRecorded of that digest tells what the run has shown.
"""


@click.command("export")
@click.argument("place", type=click.Path(path_type=Path))
@click.option("--bundle", is_flag=True, help="Make a folder with the verifier and the schemas.")
@json_option
def export_record(place: Path, *, bundle: bool, as_json: bool) -> None:
    """Write the record to PLACE as JSON Lines, which anybody can check without the harness."""
    ledger = settings().ledger_place
    report = _bundle(ledger, place) if bundle else export(ledger, place)
    emit(_data(report), f"{report.path}: {_text(report)}", as_json=as_json)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint you hold, which FILE has to agree with; may be given more than once.",
)
@json_option
def import_record(file: Path, checkpoints: tuple[Path, ...], *, as_json: bool) -> None:
    """Make the ledger anew from an export; there must be none. It is proven to be the same."""
    report = import_(file, settings().ledger_place, checkpoints)
    emit(_data(report), f"{report.path}: {_text(report)}", as_json=as_json)


def _bundle(ledger: LedgerPlace, folder: Path) -> VerifyReport:
    """Make the folder of a bundle, whole or not at all.

    Raises:
        LedgerError: it cannot be made.
        IntegrityBroken: the record is not what was sealed, or not what is published.
    """
    try:
        folder.mkdir()
    except OSError as error:
        raise _unmade(error, folder, "Name a new one.") from None
    try:
        # Before the export: others record and publish meanwhile, and the export holds it all.
        checkpoints = _checkpoint(folder, ledger)
        report = export(ledger, folder / "ledger.jsonl", checkpoints)
        _add_the_rest(folder)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise _unmade(error, folder, "Make room, or name another place.") from None
        raise
    return report


def _unmade(error: OSError, folder: Path, todo: str) -> LedgerError:
    reason = error.strerror or type(error).__name__
    return LedgerError(f"the folder cannot be made: {reason}", where=str(folder), todo=todo)


def _checkpoint(folder: Path, ledger: LedgerPlace) -> list[Path]:
    """The checkpoint beside the ledger, in the bundle; nothing when none is published."""
    published = places(ledger, ())[0]
    note = read_note(published)
    if note is None:
        return []
    file = folder / "ledger.checkpoint"
    file.write_bytes(note)
    return [file]


def _add_the_rest(folder: Path) -> None:
    """The schemas, the verifier, and what all this is."""
    events = book("events")
    (folder / "schemas").mkdir()
    for each in (events / "schemas").iterdir():
        shutil.copy(each, folder / "schemas")
    shutil.copy(events / "README.md", folder)
    shutil.copy(verify_ledger.__file__, folder)
    (folder / "README.txt").write_text(_READ_ME, encoding="utf-8")


def _data(report: VerifyReport) -> dict[str, object]:
    return {
        "file": str(report.path),
        "origin": report.origin,
        "key": report.key,
        "size": report.size,
        "root": report.root,
        "projects": list(report.projects),
    }


def _text(report: VerifyReport) -> str:
    return (
        f"{counted(report.size, 'entry')} as sealed\n"
        f"  log   {report.origin}\n  key   {report.key}\n  root  {report.root}"
    )
