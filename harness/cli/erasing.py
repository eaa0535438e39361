"""``harness privacy due`` and ``erase``: exchanges that were kept, and that they go."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from harness.classes import dataclass
from harness.cli.common import actor_option, emit, json_option, settings
from harness.cli.desk import Desk, desk
from harness.cli.exchanges import forget, noted, remembered
from harness.config import Config
from harness.errors import ConfigError
from harness.exchange.kept import Kept, kept_in
from harness.joining.events import ErasedRun
from harness.joining.text import iso
from harness.report.words import minute
from harness.vocabulary import counted

_AT_ONCE: Final = 1000
"""Runs in one event."""
_PASSED: Final = "The day had passed by which they had to be gone."
_FOLDERS = click.Path(exists=True, file_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class _Erased:
    """What became of the exchanges of one run."""

    run: ErasedRun
    folder: Path
    left: tuple[str, ...]


@click.command()
@click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=_FOLDERS)
@json_option
@click.pass_context
def due(context: click.Context, folders: tuple[Path, ...], *, as_json: bool) -> None:
    """Which exchanges are kept, and until when. Exit 1: some should be gone.

    Without FOLDER all that this project remembers.
    """
    now = datetime.now(UTC)
    kept = _kept(folders, _config())
    rows = [_row(each, now) for each in kept]
    lines = [
        f"{each.keeping.run}  level {each.keeping.level.value}, "
        f"until {minute(each.keeping.until)} UTC"
        f"{' (passed)' if each.is_due(now) else ''}, {counted(len(each.there()), 'file')}: "
        f"{each.folder}"
        for each in kept
    ]
    emit(rows, "\n".join(lines) or "no exchanges are kept", as_json=as_json)
    context.exit(1 if any(each.is_due(now) for each in kept) else 0)


@click.command()
@click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=_FOLDERS)
@click.option("--due", "only_due", is_flag=True, help="Only those whose day has passed.")
@click.option("--reason", help="Why; it stays on record. Needed without --due.")
@actor_option
@json_option
@click.pass_context
def erase(
    context: click.Context,
    folders: tuple[Path, ...],
    reason: str | None,
    claimed: str | None,
    *,
    only_due: bool,
    as_json: bool,
) -> None:
    """Erase kept exchanges, all in FOLDER or those whose day has passed; it is put on record.

    Without FOLDER all that this project remembers. Only files that an index names are erased, and
    no links. Exit 1: something lies there that is not ours.
    """
    if not only_due and not (folders and reason):
        raise ConfigError(
            "what is to be erased, and why?", todo="Give --due, or FOLDER and --reason TEXT."
        )
    now, config = datetime.now(UTC), _config()
    chosen = [each for each in _kept(folders, config) if not only_due or each.is_due(now)]
    done: list[_Erased] = []
    with _record(config if chosen else None, claimed) as at:
        for start in range(0, len(chosen), _AT_ONCE):
            done += _erased(chosen[start : start + _AT_ONCE], at, reason or _PASSED)
    _forget(config)
    recorded = at is not None
    rows = [_erased_row(each) for each in done]
    emit({"erased": rows, "recorded": recorded}, _text(done, recorded=recorded), as_json=as_json)
    context.exit(1 if any(each.left for each in done) else 0)


def _config() -> Config | None:
    """The project's harness.toml; exchanges may be kept without a project."""
    try:
        return settings()
    except ConfigError:
        return None


def _kept(folders: Sequence[Path], config: Config | None) -> list[Kept]:
    if folders:
        return [kept for folder in folders for kept in kept_in(folder)]
    if config is None:
        raise ConfigError("no project here remembers a folder", todo="Name the folder.")
    return remembered(config.state_folder)


@contextmanager
def _record(config: Config | None, claimed: str | None) -> Iterator[Desk | None]:
    """The desk at which an erasure is recorded; None where there is no record."""
    if config is None or not _has_ledger(config):
        yield None
        return
    with desk(claimed, write=True) as at:
        yield at if config.project.id in at.ledger.projects() else None


@contextmanager
def _recorded(at: Desk | None, runs: tuple[ErasedRun, ...], reason: str) -> Iterator[None]:
    """Record what is done within; what the rules refuse is not even begun."""
    if at is None:
        yield
        return
    project = at.project()
    version = project.version
    project.erase_exchanges(runs, reason, **at.stamp())
    yield
    at.save(project, version)


def _has_ledger(config: Config) -> bool:
    place = config.ledger_place
    return place.is_file() if isinstance(place, Path) else True


def _erased(chosen: Sequence[Kept], at: Desk | None, reason: str) -> list[_Erased]:
    """Bodies first, then the event, then what says that there were bodies: a crash hides none."""
    ordered = sorted(chosen, key=lambda each: each.keeping.run)
    runs = tuple(_run(each) for each in ordered)
    with _recorded(at, runs, reason):
        for kept in ordered:
            kept.erase_bodies()
    return [
        _Erased(run, kept.folder, kept.erase_rest())
        for run, kept in zip(runs, ordered, strict=True)
    ]


def _run(kept: Kept) -> ErasedRun:
    keeping = kept.keeping
    return ErasedRun(keeping.run, keeping.level, keeping.until, len(kept.there()), kept.index)


def _forget(config: Config | None) -> None:
    """Runs of which nothing lies anywhere."""
    if config is None:
        return
    for run, folder in noted(config.state_folder).items():
        if not folder.exists():
            forget(config.state_folder, run)


def _row(kept: Kept, now: datetime) -> dict[str, object]:
    keeping = kept.keeping
    return {
        "run": keeping.run,
        "level": keeping.level.value,
        "until": iso(keeping.until),
        "due": kept.is_due(now),
        "files": len(kept.there()),
        "folder": str(kept.folder),
    }


def _erased_row(erased: _Erased) -> dict[str, object]:
    run = erased.run
    return {
        "run": run.run,
        "files": run.bodies,
        "folder": str(erased.folder),
        "left": list(erased.left),
    }


def _text(done: Sequence[_Erased], *, recorded: bool) -> str:
    if not done:
        return "nothing to erase"
    files = sum(each.run.bodies for each in done)
    told = f"erased: {counted(files, 'file')} of {counted(len(done), 'run')}"
    lines = [told if recorded else f"{told}; no record here says so"]
    lines += [f"left, not ours: {each.folder / name}" for each in done for name in each.left]
    return "\n".join(lines)
