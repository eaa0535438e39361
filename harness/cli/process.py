"""``harness process``: the joining process, read and checked."""

import json
from pathlib import Path

import click

from harness.cli.common import emit, json_option, language_option, settings
from harness.cli.desk import desk
from harness.cli.groups import Group
from harness.cli.processes import process_of
from harness.config import read_toml
from harness.i18n import Language
from harness.joining.process import Process
from harness.joining.process_file import describe, process_from
from harness.ledger.databases import exists
from harness.report.process import process_text


@click.group(cls=Group)
def process() -> None:
    """Show the process of the project; check one of your own."""


@process.command()
@language_option
@json_option
def show(language: Language, *, as_json: bool) -> None:
    """The process that the project follows.

    Of a project on record the recorded one, else the one that harness.toml names.
    """
    _emit(_followed(), language, as_json=as_json)


@process.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@language_option
@json_option
def check(file: Path, language: Language, *, as_json: bool) -> None:
    """Read a process from a TOML file; refuses the first mistake by file and key."""
    _emit(process_from(read_toml(file), where=str(file)), language, as_json=as_json)


def _followed() -> Process:
    config = settings()
    if exists(config.ledger_place):
        with desk() as at:
            if at.ledger.version(config.project.id):
                return at.project().standing.process
    return process_of(config)


def _emit(found: Process, language: Language, *, as_json: bool) -> None:
    emit(json.loads(describe(found)), process_text(found, language), as_json=as_json)
