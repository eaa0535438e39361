"""``harness run``: run suites against an endpoint and write evidence."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from harness.classes import dataclass
from harness.cli.common import actor_option, emit, json_option, settings, to_fit
from harness.cli.evidence import read_evidence
from harness.cli.exchanges import KeepOptions, Wish, begin, keep_options, refuse, wish
from harness.cli.generate import Generating, asks_to_generate, generate, generating_options
from harness.cli.passing_on import refuse_among
from harness.config import Config
from harness.errors import ConfigError
from harness.exchange.kept import Keeper
from harness.ledger.opened import production_opened
from harness.people import acting
from harness.report.run import run_rows, run_text
from harness.suite.connecting import connect
from harness.suite.evidence import evidence_files
from harness.suite.folder import is_observed, suite_names
from harness.suite.ids import new_run_id
from harness.suite.runner import Connection
from harness.vocabulary import Verdict

if TYPE_CHECKING:
    from harness.joining.evidence import TestEvidence

PYTEST_CODES = {0: 0, 1: 1, 2: 130, 3: 70, 4: 2, 5: 1}
"""pytest's exit codes and ours: passed, failed, interrupted, internal error, misuse, no tests."""

_NO_AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
_PYTEST_VARIABLES = (_NO_AUTOLOAD, "PYTEST_ADDOPTS", "PYTEST_PLUGINS")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind.

    Attributes:
        code: exit code of the run; 0 only if every scenario of every suite passed.
        evidence: file and content of each evidence, in the order of the suites.
    """

    code: int
    evidence: "tuple[tuple[Path, TestEvidence], ...]"


class WorkerOptions(TypedDict):
    """How many workers."""

    workers: int


workers_option = click.option(
    "-n",
    "workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes, which run scenarios at once.",
)


class _Options(Generating, KeepOptions, WorkerOptions):
    """What goes on to other modules."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--endpoint", default="mock", show_default=True, help="Endpoint of harness.toml.")
@click.option("--suite", "suites", multiple=True, help="Which suite; default: all.")
@click.option(
    "--scenarios",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of suites, instead of that of harness.toml.",
)
@workers_option
@keep_options
@generating_options
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
@actor_option
@json_option
@click.pass_context
def run(
    context: click.Context,
    endpoint: str,
    suites: tuple[str, ...],
    folder: Path | None,
    pytest_arguments: tuple[str, ...],
    claimed: str | None,
    *,
    as_json: bool,
    **options: Unpack[_Options],
) -> None:
    """Run suites and write one evidence file each; the record is not touched.

    Everything the command does not know is passed on to pytest: -k, -x, --lf, --junitxml.
    A run that left scenarios out is not green: exit code 1.

    With --generate no suite is run: valid messages, messages with one mistake, and for the account
    calls in a row are drawn, sent and judged. Failing ones are saved as scenario files.
    """
    config = settings()
    if folder is not None:
        config = config.with_scenarios(folder)
    keep = wish(options["bodies"], options["keep_days"], config.state_folder)
    if asks_to_generate(options):
        if keep is not None:
            raise ConfigError("--keep-exchanges keeps what suites exchange, not --generate")
        if options["workers"] > 1:
            raise ConfigError("-n is for suites, not for --generate")
        context.exit(
            generate(config, endpoint, suites, pytest_arguments, claimed, options, as_json)
        )
    story = sys.stderr if as_json else sys.stdout
    with contextlib.redirect_stdout(story):
        outcome = run_suites(
            config, endpoint, suites, pytest_arguments, claimed, keep, options["workers"]
        )
    if as_json:
        emit(run_rows(outcome.evidence), "", as_json=True)
    else:
        emit((), to_fit(run_text(outcome.evidence)), as_json=False)
    context.exit(outcome.code)


def run_suites(
    config: Config,
    endpoint: str,
    suites: Sequence[str],
    arguments: Sequence[str] = (),
    claimed: str | None = None,
    keep: Wish | None = None,
    workers: int = 1,
) -> Outcome:
    """Run suites in this process with pytest and read the evidence they left.

    Raises:
        ConfigError: there is no such suite or endpoint, nobody who runs it, or exchanges are to be
            kept that must not be.
        ContractError: the contract cannot be used.
    """
    folder, run_id = config.scenarios_folder, new_run_id()
    # What cannot be run is said now, in one paragraph, rather than within pytest.
    names = runnable(config, endpoint, suites, arguments, claimed)
    connection = _connected(config, endpoint)
    _tell_notes(connection)
    keeper = _keeper(keep, run_id, connection) if keep else None
    words = [
        *_isolation(config),
        *arguments,  # before ours: whatever they bring, of our own options the last one counts
        *(f"--harness-suite={name}" for name in names),
        f"--harness-endpoint={endpoint}",
        f"--harness-scenarios={folder}",
        f"--harness-run={run_id}",
        f"--harness-workers={workers}",
        f"--harness-operator={claimed or ''}",
        f"--harness-keep={keeper.folder if keeper else ''}",
        f"--harness-selection={chr(10).join(arguments)}",
        *(str(folder / name) for name in names),
    ]
    with _only_our_plugins():
        code = _main(words)
    return _outcome(config, PYTEST_CODES.get(code, 70), run_id, names)


def runnable(
    config: Config,
    endpoint: str,
    suites: Sequence[str],
    arguments: Sequence[str],
    claimed: str | None,
) -> list[str]:
    """The suites to run, once all that a run rests on has been looked at; nothing is contacted.

    Raises:
        ConfigError: there is no such suite or endpoint, or nobody who runs it.
        ContractError: the contract cannot be used.
        LedgerError: there is no record that says whether production is open.
    """
    names = chosen(config.scenarios_folder, suites)
    refuse_among(arguments, config.scenarios_folder, _cache(config))
    acting(config, claimed)
    _connected(config, endpoint)
    return names


def _connected(config: Config, endpoint: str) -> Connection:
    return connect(config, endpoint, "", opened=production_opened(config, endpoint))


def _keeper(keep: Wish, run: str, connection: Connection) -> Keeper:
    refuse(connection.endpoint)
    return begin(keep, run, connection.endpoint.level)


def _tell_notes(connection: Connection) -> None:
    """What concerns every call of a run is said once, before the first."""
    for note in connection.notes:
        told = f"{note.code}: requests are signed with {note.seen}; {note.expected} is better"
        click.echo(f"harness: note {told} (harness explain {note.code})", err=True)


def _main(words: Sequence[str]) -> int:
    """Pytest's exit code; code of the user that leaves the process is an internal error."""
    import pytest  # noqa: PLC0415 - a fifth of a second that other commands need not pay

    from harness.cli.unforeseen import Unforeseen  # noqa: PLC0415 - with it

    try:
        return int(pytest.main(list(words), plugins=[Unforeseen()]))
    except SystemExit:
        return 3


def chosen(folder: Path, suites: Sequence[str]) -> list[str]:
    """The suites named, each once; all there are when none is named.

    Raises:
        ConfigError: there is no such suite, or none at all.
    """
    known = suite_names(folder)
    for name in suites:
        if name not in known:
            raise ConfigError(
                f"there is no suite {name!r} (there are: {', '.join(known) or 'none'})",
                where=str(folder),
            )
    if not known:
        raise ConfigError("there is no suite", where=str(folder))
    observed = {name for name in suites or known if is_observed(folder / name)}
    if suites and observed:
        name = min(observed)
        raise ConfigError(
            f"the suite {name} is driven by your own system",
            where=str(folder / name),
            todo=f"Use harness observe --suite {name}, or harness relay --suite {name}.",
        )
    return [name for name in dict.fromkeys(suites or known) if name not in observed]


def _cache(config: Config) -> Path:
    return config.state_folder / "pytest-cache"


def _isolation(config: Config) -> list[str]:
    """Run as ours, whatever the project's own pytest configuration says.

    pytest looks at every file of the folders above the suites, up to ``--confcutdir``, and takes
    their names for what ``-k`` may mean; without it that would be the root of all folders.
    """
    return [
        "-c", os.devnull, f"--rootdir={config.folder}", f"--confcutdir={config.folder}",
        "-o", f"cache_dir={_cache(config)}",
        "-q", "--no-header", "--noconftest", "--strict-markers", "-p", "harness.plugin",
        "--harness-progress",
    ]  # fmt: skip


@contextlib.contextmanager
def _only_our_plugins() -> Iterator[None]:
    """No plugin or option of the environment; each costs time and may change results."""
    before = {name: os.environ.pop(name, None) for name in _PYTEST_VARIABLES}
    os.environ[_NO_AUTOLOAD] = "1"
    try:
        yield
    finally:
        del os.environ[_NO_AUTOLOAD]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _outcome(config: Config, code: int, run: str, names: Sequence[str]) -> Outcome:
    """The evidence of this run and no other; green only when every suite left one."""
    files = [f for f in evidence_files(config.evidence_folder) if f.stem.endswith(f"-{run}")]
    evidence = [(file, read_evidence(file)) for file in files]
    left = {each.suite for _, each in evidence if each.verdict is Verdict.PASSED}
    return Outcome(code or (0 if left == set(names) else 1), tuple(evidence))
