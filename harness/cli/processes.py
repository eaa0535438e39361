"""The process a project follows: as harness.toml names it, and as it stands on record."""

import click

from harness.config import Config, read_toml
from harness.errors import ConfigError, HarnessError
from harness.joining.process import Process, find
from harness.joining.process_file import process_from


def process_of(config: Config) -> Process:
    """The process that harness.toml names: a built-in one by its id, or that of a file.

    Raises:
        HarnessError: there is none of that id, or the file is not a process; names file and key.
    """
    file = config.process_file
    if file is None:
        return find(config.project.process)
    return process_from(read_toml(file), where=str(file))


def fixed(config: Config, on_record: Process) -> None:
    """Make sure that harness.toml still names the process that the project began with.

    Raises:
        HarnessError: it names another one, or one that cannot be read.
    """
    if process_of(config) != on_record:
        raise ConfigError(
            f"the process of a project is fixed when it is created, and {config.project.id} "
            f"follows another one than {config.project.process!r} is now",
            where=str(config.process_file or config.path),
            todo="Restore it (harness process show --json tells the process on record), or begin "
            "a project with another id.",
        )


def note_if_changed(config: Config, on_record: Process) -> None:
    """For commands that only read: say so, and go on by what is on record."""
    try:
        fixed(config, on_record)
    except HarnessError as error:
        click.echo(f"note: {error}", err=True)
