"""``harness verify``: is the record what was sealed, and who vouches for it?"""

from pathlib import Path

import click

from harness.cli.common import emit, json_option, settings
from harness.ledger.verify import VerifyReport, verify, verify_export
from harness.proof.keys import PublicKey
from harness.report.words import minute


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
    if exported is not None:
        report = verify_export(exported, checkpoints, public_key=sealed_by)
    else:
        config = settings()
        folders = [config.resolve(folder) for folder in config.ledger.checkpoints]
        report = verify(config.ledger_place, checkpoints, folders=folders, public_key=sealed_by)
    data = {
        "ledger": str(report.path),
        "origin": report.origin,
        "key": report.key,
        "size": report.size,
        "root": report.root,
        "projects": list(report.projects),
        "checkpoints": [{"place": str(each.place), "size": each.size} for each in report.held],
        "unsealed": report.unpublished,
    }
    emit(data, _text(report), as_json=as_json)


def _text(report: VerifyReport) -> str:
    lines = [
        f"{report.path}: {report.size} entries as sealed, the last of {minute(report.last)}",
        f"  log   {report.origin}",
        f"  key   {report.key}",
        f"  root  {report.root}",
    ]
    lines += [f"  vouched for up to entry {each.size} by {each.place}" for each in report.held]
    lines += [f"  no checkpoint in {place}" for place in report.missing]
    lines.append(f"  unsealed: {report.unpublished}")
    if report.clock_set_back:
        lines.append(f"  time runs back at entries {list(report.clock_set_back)}")
    return "\n".join(lines)
