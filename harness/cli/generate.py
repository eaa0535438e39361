"""``harness run --generate``: try a service with drawn messages instead of suites."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, TypedDict, TypeVar

import click

from harness.cli.common import emit
from harness.config import Config
from harness.errors import ConfigError
from harness.ledger.opened import production_opened
from harness.people import acting
from harness.suite.connecting import connect
from harness.suite.evidence import EvidenceFile, Run
from harness.suite.folder import suite_names
from harness.suite.ids import new_run_id
from harness.suite.suites import Suite, load_suite
from harness.vocabulary import Level, Verdict

if TYPE_CHECKING:
    from harness.suite.generated import Shown
    from harness.suite.runner import Connection

P = ParamSpec("P")
R = TypeVar("R")

_MOST: Final = 10_000
_POLITE: Final = 0.5
"""Seconds between two messages to a service that others use, too."""


class Generating(TypedDict):
    """The options of ``--generate``."""

    examples: int | None
    seed: int | None
    save: Path | None
    pause: float | None


def pause_option(command: Callable[P, R]) -> Callable[P, R]:
    """``--pause SECONDS``."""
    option = click.option(
        "--pause",
        type=click.FloatRange(0, 60),
        metavar="SECONDS",
        help=f"Between two messages; default: {_POLITE} at level test, else 0.",
    )
    return option(command)


def generating_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--generate`` and what goes with it."""
    number = click.IntRange(1, _MOST)
    options = (
        click.option(
            "--generate", "examples", type=number, metavar="N", help="Draw N examples of each rule."
        ),
        click.option("--seed", type=int, metavar="S", help="Draw others; default: 0."),
        click.option(
            "--save",
            type=click.Path(file_okay=False, path_type=Path),
            help="Folder for scenarios that failed; default: .harness/found/generated.",
        ),
    )
    command = pause_option(command)
    for option in reversed(options):
        command = option(command)
    return command


def asks_to_generate(given: Generating) -> bool:
    """Whether ``--generate`` was given.

    Raises:
        ConfigError: it was not, but something that goes with it.
    """
    for name in ("seed", "save", "pause"):
        if given["examples"] is None and given[name] is not None:
            raise ConfigError(f"--{name} belongs to --generate", todo="Add --generate N.")
    return given["examples"] is not None


def generate(
    config: Config,
    endpoint: str,
    suites: Sequence[str],
    arguments: Sequence[str],
    claimed: str | None,
    given: Generating,
    as_json: bool,  # noqa: FBT001 - handed on
) -> int:
    """Try a service and write one evidence; 0 only if everything that must hold held.

    Raises:
        ConfigError: there is no such suite or endpoint, nobody who runs it, or words for pytest.
        ContractError: the contract cannot be used.
    """
    from harness.report.generated import (  # noqa: PLC0415 - most runs draw nothing
        generated_rows,
        generated_text,
    )
    from harness.suite.generated import Generated, Wish  # noqa: PLC0415 - as above

    if arguments:
        raise ConfigError(
            f"{arguments[0]!r} is for pytest, which --generate does not use",
            todo="Leave it out; see harness run --help.",
        )
    opened = production_opened(config, endpoint)
    connection = paced(connect(config, endpoint, new_run_id(), opened=opened), given["pause"])
    base = _base(config, suites, connection)
    wish = Wish(given["examples"] or 0, given["seed"] or 0)
    keep = given["save"] or config.state_folder / "found" / "generated"
    generated = Generated(base, connection, wish, keep)
    evidence = EvidenceFile(
        _run(config, endpoint, connection, claimed, wish.examples, wish.seed),
        generated.suite,
        connection,
    )
    evidence.begin()
    shown: list[Shown] = []
    for each in generated.run():
        shown.append(each)
        _tell(each)
    path, written = evidence.finish({each.result.id: each.result for each in shown})
    emit(
        generated_rows(shown, path, written),
        generated_text(shown, path, written),
        as_json=as_json,
    )
    return 0 if written.verdict is Verdict.PASSED else 1


def _tell(shown: "Shown") -> None:
    verdict = shown.result.verdict.value if shown.result.verdict else "not run"
    print(f"{shown.result.id}: {verdict}", file=sys.stderr)  # noqa: T201 - the story


def paced(connection: "Connection", pause: float | None) -> "Connection":
    """A connection that waits after every message, politely long where others use it, too."""
    level = connection.endpoint.level
    polite = _POLITE if level in {Level.TEST, Level.PRODUCTION} else 0.0
    seconds = polite if pause is None else pause
    if not seconds:
        return connection
    return replace(connection, on_exchange=lambda _: time.sleep(seconds))


def _base(config: Config, suites: Sequence[str], connection: "Connection") -> Suite:
    """The suite that says what a health call and codes are: that asked for, or the first."""
    folder, contract = config.scenarios_folder, connection.contract.name
    known = suite_names(folder)
    if len(suites) > 1 or not set(suites) <= set(known):
        raise ConfigError(
            f"--generate goes with one suite of {', '.join(known) or 'none'}",
            where=str(folder),
        )
    for name in suites or known:
        suite = load_suite(folder / name)
        if suite.content.contract == contract and suite.content.health is not None:
            return suite
    raise ConfigError(
        f"no suite of the contract {contract} says what the health call is", where=str(folder)
    )


def _run(
    config: Config,
    endpoint: str,
    connection: "Connection",
    claimed: str | None,
    examples: int,
    seed: int,
) -> Run:
    return Run(
        project=config.project.id,
        project_folder=config.folder,
        evidence_folder=config.evidence_folder,
        operator=acting(config, claimed),
        configuration_digest=config.configuration_digest(endpoint),
        system_release=config.project.system_release,
        selection=("--generate", str(examples), "--seed", str(seed)),
        id=connection.run,
    )
