"""``harness explain-signature``: what a signature covers, which part of it fails, and why."""

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import files
from harness.cli.common import emit, json_option
from harness.errors import ConfigError, NotPassed
from harness.exchange.findings import meaning
from harness.proof import durable
from harness.report.words import WIDTH

if TYPE_CHECKING:
    from harness.exchange.findings import Finding
    from harness.exchange.security.explaining import ReferenceReport, Report
    from harness.exchange.security.policy import Policy

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(name="explain-signature")
@click.argument("file", type=_FILE)
@click.option(
    "--trusted",
    type=_FILE,
    help="PEM file of authorities or signers that are trusted; without it trust is not judged.",
)
@click.option("--at", "moment", help="Judge at this time, such as 2026-01-31T08:00:00Z.")
@click.option(
    "--canonical",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the canonical bytes of each reference into this folder.",
)
@json_option
def explain_signature(
    file: Path, *, trusted: Path | None, moment: str | None, folder: Path | None, as_json: bool
) -> None:
    """Explain the signature of the message in FILE, which holds its bytes exactly as sent.

    Shows which reference covers which part, the digest of its canonical bytes, which fails and
    why. Exit code 0 only if the message would be accepted.
    """
    from harness import limits  # noqa: PLC0415 - as below
    from harness.exchange.security.explaining import explain  # noqa: PLC0415 - slow to load

    try:
        data = files.read(file, limits.DEFAULT.max_message_bytes)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(file)) from None
    report = explain(data, _policy(trusted), _moment(moment))
    if folder is not None:
        _write(report, folder)
    emit(_data(report), "\n".join(_text(report, judged=trusted is not None)), as_json=as_json)
    if not report.accepted:
        raise NotPassed(f"The message is not accepted: {report.findings[0].code}.")


def _policy(trusted: Path | None) -> "Policy":
    from harness.exchange.security.keys import certificates  # noqa: PLC0415 - slow to load
    from harness.exchange.security.policy import Policy, Trust  # noqa: PLC0415 - as above

    trust = None if trusted is None else Trust(anchors=certificates(trusted))
    return Policy(trust=trust, enveloped=True)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ConfigError(
            "--at is no time with a time zone", todo="Write it as 2026-01-31T08:00:00Z."
        )
    return found


def _write(report: "Report", folder: Path) -> None:
    """Readable for their owner only: they hold the message."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in report.references:
        durable.replace(folder / f"reference-{each.number}.xml", each.canonical, 0o600)


def _data(report: "Report") -> dict[str, object]:
    references = []
    for each in report.references:
        shown = asdict(each)
        del shown["canonical"]
        references.append({**shown, "right": each.is_right})
    return {
        "accepted": report.accepted,
        "findings": [asdict(each) for each in report.findings],
        "references": references,
        "signature": report.signature,
        "signer": report.signer,
        "clock": report.clock,
    }


def _text(report: "Report", *, judged: bool) -> Iterator[str]:
    for each in report.references:
        yield from _reference(each)
    for name, text in (
        ("signature value", report.signature),
        ("signer", report.signer),
        ("timestamp", report.clock),
    ):
        if text:
            yield from _line(f"{name}: {text}")
    for finding in report.findings:
        yield from _line(_finding(finding))
    if report.accepted:
        trust = "" if judged else "; whom the key belongs to was not judged (see --trusted)"
        yield from _line(f"accepted{trust}")


def _reference(each: "ReferenceReport") -> Iterator[str]:
    led = each.covers or each.place or "nothing"
    yield f"reference {each.number}: #{each.id} -> {led}: {'right' if each.is_right else 'WRONG'}"
    yield from _line(f"{each.algorithm} stated:   {each.stated}", "  ")
    if each.computed:
        yield from _line(f"{each.algorithm} computed: {each.computed} ({each.size} bytes)", "  ")
    if each.reason:
        yield from _line(f"why: {each.reason}", "  ")


def _finding(finding: "Finding") -> str:
    found = meaning(finding.code)
    place = f" at {finding.path}" if finding.path else ""
    expected = f" Expected: {finding.expected}." if finding.expected else ""
    seen = f" Seen: {finding.seen}." if finding.seen else ""
    return f"{finding.code}{place}: {found.text}{expected}{seen}"


def _line(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
