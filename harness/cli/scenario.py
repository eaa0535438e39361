"""``harness scenario``: check scenario files, begin new ones, tell editors what they may say."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.common import emit, json_option, settings
from harness.cli.groups import Group
from harness.errors import ConfigError, ScenarioError
from harness.suite.checking import Mistake, check
from harness.suite.folder import SUITE_FILE, scenario_files, suite_names
from harness.suite.schema import KINDS, text
from harness.suite.starting import Started, default_name, from_message, from_operation
from harness.suite.suites import Suite, load_suite
from harness.vocabulary import counted

if TYPE_CHECKING:
    from harness.suite.runner import Connection

_MOCK = "mock"
name_option = click.option("--name", help="SUITE/NAME of the scenario, or NAME alone.")


@click.group(cls=Group)
def scenario() -> None:
    """Check scenario files and begin new ones."""


@scenario.command(name="check")
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
@json_option
def check_files(path: Path | None, *, as_json: bool) -> None:
    """Tell everything that is wrong in the scenario files of the project, or of PATH.

    PATH is a scenarios folder, a suite's folder or one file. Nothing is run. Exit code 1 when
    anything is wrong.
    """
    found: list[Mistake] = []
    count = 0
    for folder, only in _chosen(path):
        count += 1
        found += check(folder, _connection(), only)
    lines = [*map(str, found), f"{counted(len(found), 'mistake')} in {counted(count, 'suite')}"]
    emit([_plain(each) for each in found], "\n".join(lines), as_json=as_json)
    if found:
        click.get_current_context().exit(1)


@scenario.command(name="schema")
@click.argument("kind", type=click.Choice(list(KINDS)), default="scenario")
def show_schema(kind: str) -> None:
    """Write the JSON Schema of scenario files (or of suite files), for editors."""
    click.echo(text(kind), nl=False)


@scenario.command()
@click.argument("operation")
@name_option
@click.option("--minimal", is_flag=True, help="Only what contract and account demand.")
def new(operation: str, *, name: str | None, minimal: bool) -> None:
    """Begin a scenario from an OPERATION of the contract, and try it against the mock.

    Everything optional that may stand together is in the request, to be cut down; what the suite
    knows is filled in.
    """
    connection = _connection()
    suite, stem = _place(name, default_name(operation, connection))
    _tell(from_operation(suite, stem, operation, connection, minimal=minimal))


@scenario.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@name_option
def record(file: Path, *, name: str | None) -> None:
    """Begin a scenario from a recorded request in FILE, without the texts of anybody.

    FILE is a body that harness serve --keep-exchanges has kept, or any request envelope.
    """
    suite, stem = _place(name, "recorded")
    _tell(from_message(suite, stem, file, _connection()))


def _tell(started: Started) -> None:
    seen = f"code {started.code}" if started.code is not None else "no code"
    click.echo(f"{started.file}: {started.verdict or 'not run'} against the mock, {seen}")
    click.echo("Say in the file what it shows and why, then: harness scenario check", err=True)


def _chosen(path: Path | None) -> list[tuple[Path, Path | None]]:
    """Suites to look at, each with the one file of it that is meant, if one is."""
    folder = (path or settings().scenarios_folder).absolute()
    if folder.is_file():
        suite = folder.parent / SUITE_FILE
        if not suite.is_file() or folder not in (suite, *scenario_files(folder.parent)):
            raise ScenarioError(
                "this is neither a scenario file nor a suite's",
                where=str(folder),
                todo=f"Name a .yaml file that lies beside a {SUITE_FILE}.",
            )
        return [(folder.parent, folder)]
    if folder.exists() and not folder.is_dir():
        raise ScenarioError(
            "this is neither a file nor a folder",
            where=str(folder),
            todo="Put a plain file in its place.",
        )
    if (folder / SUITE_FILE).is_file():
        return [(folder, None)]
    names = suite_names(folder)
    if not names:
        raise ScenarioError(
            "there is no suite here", where=str(folder), todo=f"A suite has a {SUITE_FILE}."
        )
    return [(folder / name, None) for name in names]


def _connection() -> "Connection":
    """The project's contract, and the account in process: roles and ids have known names."""
    from harness.suite.connecting import connect  # noqa: PLC0415 - lxml at first need

    return connect(settings(), _MOCK, "trial")


def _place(name: str | None, default: str) -> tuple[Suite, str]:
    folder = settings().scenarios_folder
    given, slash, stem = (name or default).rpartition("/")
    names = suite_names(folder)
    chosen = given if slash else names[-1] if names else ""
    if chosen not in names:
        raise ConfigError(
            f"there is no suite {chosen!r}",
            where=str(folder),
            todo=f"Name one of: {', '.join(names) or 'none'}.",
        )
    return load_suite(folder / chosen), stem


def _plain(mistake: Mistake) -> dict[str, object]:
    return {
        "file": mistake.file,
        "line": mistake.line,
        "column": mistake.column,
        "what": mistake.what,
        "suggestion": mistake.suggestion,
    }
