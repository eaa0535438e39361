"""``harness ledger``: back up, restore and look at the record where it is kept."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from harness.cli.common import emit, json_option, settings
from harness.cli.groups import Group
from harness.ledger import backup as copies
from harness.ledger.backup import Made
from harness.ledger.condition import Whereabouts, check, migrate, whereabouts
from harness.ledger.looked import Condition, Looked
from harness.ledger.places import configured
from harness.ledger.published import Seen
from harness.vocabulary import counted

_NOT_WHOLE = (
    "This ledger is not all that was recorded. Until that is resolved every command that judges or "
    "records stops with exit code 3, and so it should. Look for a newer backup, an export, or the "
    "file that was moved aside. If there is none, agree with the other party what was lost; keep "
    "the checkpoint, which proves that it was there; and only then take it out of its place."
)


@click.group(cls=Group)
def ledger() -> None:
    """Back up, restore and look at the ledger."""


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def backup(file: Path, *, as_json: bool) -> None:
    """Copy the ledger to FILE, a new one, while others may work; the copy is verified.

    FILE is one SQLite file, also of a ledger on a server, and may be restored to either. The
    private key is not in it: keep a copy of the key file, and keep it apart from this one.
    """
    config = settings()
    made = copies.backup(config.ledger_place, file, configured(config))
    _emit(made, as_json=as_json)


@ledger.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--aside", is_flag=True, help="Move what lies there to a name beside it.")
@json_option
@click.pass_context
def restore(context: click.Context, file: Path, *, aside: bool, as_json: bool) -> None:
    """Put a backup in the ledger's place, once it is verified; nothing is written over.

    Exit code 3 when a published checkpoint says that the ledger was longer, or another one. Nobody
    else may be working with the ledger meanwhile. On a server there must be nothing in its place.
    """
    config = settings()
    made = copies.restore(file, config.ledger_place, configured(config), aside=aside)
    _emit(made, as_json=as_json)
    context.exit(0 if made.whole else 3)


@ledger.command("check")
@json_option
@click.pass_context
def check_ledger(context: click.Context, *, as_json: bool) -> None:
    """Look at structure, newest head, list, checkpoints, key, rights and what it lies on. Quick.

    No entry is read: harness verify does that. Exit code 1 when something may do harm.
    """
    config = settings()
    found = check(config.ledger_place, config.key_path, configured(config))
    rows = [
        {"name": e.name, "condition": e.condition.value, "seen": e.seen, "todo": e.todo}
        for e in found
    ]
    emit(rows, "\n".join(line for each in found for line in _looked(each)), as_json=as_json)
    context.exit(1 if any(each.condition is Condition.BAD for each in found) else 0)


@ledger.command()
@json_option
def info(*, as_json: bool) -> None:
    """Show who the ledger is, and where it, its key and its checkpoints are."""
    config = settings()
    found = whereabouts(config.ledger_place, config.key_path, configured(config))
    data = {
        "ledger": str(found.path),
        "format": found.info.format,
        "origin": found.info.origin,
        "key": found.keys.newest.fingerprint,
        "created": found.info.created,
        "size": found.newest.size,
        "root": found.newest.root.hex(),
        "sealed": found.newest.at,
        "key_file": str(found.key_path),
        "key_file_exists": found.key_path.exists(),
        "checkpoints": [_place(each) for each in found.checkpoints],
    }
    emit(data, "\n".join(_whereabouts(found)), as_json=as_json)


@ledger.command("migrate")
@json_option
def migrate_ledger(*, as_json: bool) -> None:
    """Bring the ledger to the newest format. There is one format so far."""
    path = settings().ledger_place
    found = migrate(path)
    text = f"{path} is of format {found.format}, the newest there is: nothing to do"
    emit({"ledger": str(path), "format": found.format, "changed": False}, text, as_json=as_json)


def _emit(made: Made, *, as_json: bool) -> None:
    report = made.report
    data = {
        "file": str(report.path),
        "origin": report.origin,
        "key": report.key,
        "size": report.size,
        "root": report.root,
        "projects": list(report.projects),
        "checkpoints": [_place(each) for each in made.checkpoints],
        "files": made.files,
        "aside": str(made.aside) if made.aside else None,
        "whole": made.whole,
    }
    emit(data, "\n".join(_made(made)), as_json=as_json)


def _place(seen: Seen) -> dict[str, object]:
    return {
        "place": str(seen.place),
        "size": seen.size,
        "problem": seen.problem,
        "broken": seen.broken,
    }


def _made(made: Made) -> Iterator[str]:
    report = made.report
    yield f"{report.path}: {counted(report.size, 'entry')} as sealed"
    yield f"  log   {report.origin}"
    yield f"  key   {report.key}"
    yield f"  root  {report.root}"
    yield from (f"  {_said(each, report.size)}" for each in made.checkpoints)
    if made.files:
        yield f"  files kept beside it: {made.files}, each as it was"
    if made.aside:
        yield f"  what was there before: {made.aside}"
    if not made.whole:
        yield textwrap.fill(_NOT_WHOLE, 100)


def _whereabouts(found: Whereabouts) -> Iterator[str]:
    size = found.newest.size
    yield f"{found.path}: {counted(size, 'entry')}, format {found.info.format}"
    yield f"  log      {found.info.origin}"
    yield f"  created  {found.info.created}"
    yield f"  sealed   {found.newest.at}, root {found.newest.root.hex()}"
    yield f"  key      {found.keys.newest.fingerprint}"
    there = "" if found.key_path.exists() else " (no such file: nothing can be recorded)"
    yield f"           {found.key_path}{there}"
    yield from (f"  {_said(each, size)}" for each in found.checkpoints)


def _said(seen: Seen, size: int) -> str:
    """What a place says of a ledger of so many entries."""
    if seen.size is not None and seen.size > size:
        first, last = size + 1, seen.size
        gone = f"entry {last} is" if first == last else f"entries {first} to {last} are"
        return (
            f"MISSING: {seen.place} vouches for {counted(last, 'entry')}; {gone} not in this ledger"
        )
    if seen.broken:
        return f"NOT THIS ONE: {seen.place}: {seen.problem}"
    if seen.size is None:
        return f"no checkpoint in {seen.place}: {seen.problem}"
    return f"vouched for up to entry {seen.size} by {seen.place}"


def _looked(each: Looked) -> Iterator[str]:
    yield f"{each.condition:<5} {each.name}: {each.seen}"
    if each.todo:
        yield f"      {each.todo}"
