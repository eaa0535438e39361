"""``--keep-exchanges``: whole messages kept on request, and where a project finds them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, TypedDict, TypeVar

import click

from harness.classes import dataclass
from harness.errors import ConfigError
from harness.exchange.kept import Keeper, Keeping, Kept, kept_in
from harness.proof import durable
from harness.vocabulary import Level, counted

if TYPE_CHECKING:
    from harness.endpoints.protocol import Endpoint

P = ParamSpec("P")
R = TypeVar("R")

DAYS: Final = 14
"""For which exchanges are kept unless told otherwise."""
_MOST_DAYS: Final = 365
_NOTES = "kept"


class KeepOptions(TypedDict):
    """What the command line says of keeping exchanges."""

    bodies: Path | None
    keep_days: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """Exchanges are to be kept.

    Attributes:
        folder: below which.
        days: for how long.
        state_folder: of the project that remembers where they lie; None without one.
    """

    folder: Path
    days: int
    state_folder: Path | None


def keep_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--keep-exchanges FOLDER`` and ``--keep-days N``."""
    days = click.option(
        "--keep-days",
        type=click.IntRange(1, _MOST_DAYS),
        metavar="N",
        help=f"For how many days they may be kept; default: {DAYS}.",
    )
    folder = click.option(
        "--keep-exchanges",
        "bodies",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Keep whole messages, personal data included, in files here.",
    )
    return folder(days(command))


def wish(folder: Path | None, days: int | None, state_folder: Path | None) -> Wish | None:
    """What the options ask for.

    Raises:
        ConfigError: days without a folder.
    """
    if folder is None and days is not None:
        raise ConfigError(
            "--keep-days belongs to --keep-exchanges", todo="Add --keep-exchanges FOLDER."
        )
    return None if folder is None else Wish(folder, days or DAYS, state_folder)


def refuse(endpoint: "Endpoint") -> None:
    """Exchanges are kept of artificial customers only, and never of production.

    Raises:
        ConfigError: this endpoint's are not.
    """
    from harness.privacy.recognising import Wanted  # noqa: PLC0415 - needed only when asked for
    from harness.privacy.searching import search_stream  # noqa: PLC0415 - likewise

    where = f"--keep-exchanges with the endpoint {endpoint.name}"
    if endpoint.level is Level.PRODUCTION:
        raise ConfigError("exchanges of production are never kept", where=where)
    for role, customer in sorted(endpoint.roles.items()):
        if search_stream(BytesIO(customer.id.encode()), "-", Wanted()).sightings:
            raise ConfigError(
                f"the customer who plays {role} may be a person, not an artificial one",
                where=where,
                todo="Keep exchanges with an endpoint whose customers are all artificial "
                "(individual number 900-999).",
            )


def begin(wanted: Wish, run: str, level: Level) -> Keeper:
    """Make the folder of a run's exchanges, have the project remember it, and warn.

    Raises:
        ConfigError: git would take them up, or the folder cannot be had.
    """
    from harness.suite.checkout import is_tracked_by_git  # noqa: PLC0415 - a tenth of the start

    folder = wanted.folder.resolve()
    if is_tracked_by_git(folder / run / "any.body"):
        raise ConfigError(
            "whole messages would lie where git takes them up",
            where=f"--keep-exchanges {wanted.folder}",
            todo="Name a folder outside the checkout, or one that git ignores.",
        )
    if wanted.state_folder is not None:
        _tell_due(wanted.state_folder)
        _note(wanted.state_folder, run, folder / run)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=wanted.days)
    keeper = Keeper.begin(folder, Keeping(run, level, until))
    _tell(
        f"WARNING: whole messages are kept in {keeper.folder} until {until:%Y-%m-%d}, with "
        "everything that they say of people; harness privacy erase erases them"
    )
    return keeper


def noted(state_folder: Path) -> dict[str, Path]:
    """Folders that the project remembers, by run.

    Raises:
        ConfigError: they cannot be read.
    """
    place = state_folder / _NOTES
    try:
        notes = sorted(place.glob("[!.]*"))  # what is hidden was being written
        return {each.name: Path(each.read_text("utf-8").rstrip("\n")) for each in notes}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {type(error).__name__}", where=str(place)) from None


def forget(state_folder: Path, run: str) -> None:
    """The project need not remember a run any more."""
    (state_folder / _NOTES / run).unlink(missing_ok=True)


def remembered(state_folder: Path) -> list[Kept]:
    """What lies in the folders that the project remembers, oldest day first.

    Raises:
        ConfigError: it cannot be read.
    """
    found = [kept for folder in noted(state_folder).values() for kept in kept_in(folder)]
    return sorted(found, key=lambda each: each.keeping.until)


def _note(state_folder: Path, run: str, folder: Path) -> None:
    place = state_folder / _NOTES
    try:
        place.mkdir(parents=True, exist_ok=True)
        durable.sweep(place)
        durable.create(place / run, f"{folder}\n".encode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"cannot be written: {reason}", where=str(place)) from None


def _tell_due(state_folder: Path) -> None:
    now = datetime.now(UTC)
    due = sum(each.is_due(now) for each in remembered(state_folder))
    if due:
        _tell(
            f"exchanges of {counted(due, 'run')} should be gone by now: harness privacy erase --due"
        )


def _tell(text: str) -> None:
    click.echo(f"harness: {text}", err=True)
