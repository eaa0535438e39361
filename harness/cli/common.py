"""What the commands share: the project's settings, and how results leave."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

import click

from harness.cli.named import Named
from harness.config import Config, find
from harness.errors import ConfigError
from harness.i18n import LANGUAGES
from harness.report.fitting import fitted

P = ParamSpec("P")
R = TypeVar("R")


def a_text(word: str) -> str:
    """The type of a word that is to be looked up: bytes that are no text here are none.

    Raises:
        BadParameter: it is such.
    """
    try:
        word.encode()
    except UnicodeEncodeError:
        raise click.BadParameter(f"{word[:64]!r} is no text") from None
    return word


def settings() -> Config:
    """The project's harness.toml, as ``--project`` or the present folder names it."""
    context = click.get_current_context(silent=True)
    named = context.find_root().obj if context is not None else None
    if not isinstance(named, Named):
        return find(None)
    config = find(named.folder)
    return config if named.ledger is None else config.with_ledger(named.ledger)


def no_ledger_named() -> None:
    """Check that nobody named a ledger beside the export that is asked.

    Raises:
        ConfigError: ``--ledger`` was given.
    """
    named = click.get_current_context().find_root().obj
    if isinstance(named, Named) and named.ledger is not None:
        raise ConfigError(
            "an export or a ledger is asked, not both", todo="Leave out --ledger or --export."
        )


def emit(data: object, text: str, *, as_json: bool) -> None:
    """Put the result on stdout, as JSON or as text."""
    if as_json:
        shown = data if isinstance(data, str) else json.dumps(data, indent=1, ensure_ascii=False)
        click.echo(shown.rstrip("\n"))
    else:
        click.echo(text)


def to_fit(text: str) -> str:
    """Text for stdout: broken to its width where it is a terminal, as it is where it is not."""
    return fitted(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--json``."""
    option = click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
    return option(command)


def actor_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--as ID``."""
    option = click.option("--as", "claimed", metavar="ID", help="Who acts: an id of [people].")
    return option(command)


def language_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--lang``."""
    option = click.option(
        "--lang",
        "--language",
        "language",
        type=click.Choice(LANGUAGES),
        default="en",
        envvar="HARNESS_LANG",
        show_default=True,
        help="Language of phase and item names.",
    )
    return option(command)


def moment(text: str) -> datetime:
    """A time of the command line: ISO 8601 with its zone.

    Raises:
        ConfigError: it is something else.
    """
    try:
        at = datetime.fromisoformat(text)
        if at.utcoffset() is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ConfigError(
        f"{text[:64]!r} is not a time with its zone", todo="Write it as 2026-11-22T12:00:00Z."
    )


def pairs(words: tuple[str, ...]) -> dict[str, str]:
    """``name=value`` words as a mapping.

    Raises:
        ConfigError: a word has no ``=``, or a name stands twice.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or name in found:
            raise ConfigError(f"{word!r} is not one NAME=VALUE", todo="Write --set NAME=VALUE.")
        found[name] = value
    return found
