"""What ``harness observe`` and ``harness relay`` share: a suite under watch while a server runs."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypedDict, TypeVar

import click

from harness.cli.common import to_fit
from harness.config import Config
from harness.endpoints.server.journal import Journal, JournalFile
from harness.endpoints.server.keeping import held
from harness.endpoints.server.server import Server, runner
from harness.errors import ConfigError
from harness.i18n import Language
from harness.joining.evidence import Outcome, TestEvidence
from harness.people import acting
from harness.report.run import run_rows, run_text
from harness.report.watch import HINT, LEFT, told_json, told_text
from harness.suite.evidence import EvidenceFile, Run
from harness.suite.folder import suite_names
from harness.suite.runner import Connection
from harness.suite.suites import Suite, load_suite
from harness.suite.watching import Onlooker, Told, Watch
from harness.vocabulary import Driver

P = ParamSpec("P")
R = TypeVar("R")
_LONGEST = 1024
"""Bytes of a line on stdin that are looked at."""
_TICK = 0.25
"""Seconds between two looks at the clock."""
_JOURNAL = "journal.jsonl"
_WIPE = "\r\x1b[K"
"""Takes away what stands in the line of a terminal."""


class Watching(TypedDict):
    """What the command line says of the suite that is watched."""

    suite: str | None
    only: tuple[str, ...]
    any_order: bool
    claimed: str | None
    language: Language
    as_json: bool


def watching_options(suite: str | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The options of ``Watching`` that are not every command's.

    Args:
        suite: the suite unless another is named.
    """
    options = (
        click.option("--suite", default=suite, show_default=True, help="An observed suite."),
        click.option(
            "--scenario", "only", multiple=True, help="Only this one of the suite; repeatable."
        ),
        click.option("--any-order", is_flag=True, help="Wait for all scenarios at once, for CI."),
    )

    def decorated(command: Callable[P, R]) -> Callable[P, R]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


def observed_suite(config: Config, name: str, only: tuple[str, ...]) -> Suite:
    """A suite that is observed.

    Raises:
        ConfigError: there is no such suite or scenario, or the harness drives it.
        ScenarioError: a file breaks the format.
    """
    folder = config.scenarios_folder
    if name not in suite_names(folder):
        known = ", ".join(suite_names(folder)) or "none"
        raise ConfigError(f"there is no suite {name!r} (there are: {known})", where=str(folder))
    suite = load_suite(folder / name)
    if suite.content.driver is not Driver.SYSTEM:
        raise ConfigError(
            f"the suite {name} is driven by the harness",
            where=str(folder / name),
            todo=f"Run it with harness run --suite {name}; driver: system makes a suite observed.",
        )
    unknown = sorted(set(only) - {each.name for each in suite.observed.values()})
    if unknown:
        raise ConfigError(
            f"the suite {name} has no scenario {unknown[0]!r}",
            where=str(folder / name),
            todo="A scenario is named by its file, without .yaml.",
        )
    return suite


def run_of(config: Config, options: Watching, endpoint: str, run: str, *, through: str) -> Run:
    """What is known of a run in which the supplier's system is watched.

    Raises:
        ConfigError: nobody is acting, or the system's release is not told.
    """
    release = config.project.system_release
    if not release:
        raise ConfigError(
            "nobody says which release of your system is watched",
            where=f"{config.path}: [project]",
            todo='Add system_release = "...": evidence of a system names its release.',
        )
    flags = ["--any-order"] if options["any_order"] else []
    return Run(
        project=config.project.id,
        project_folder=config.folder,
        evidence_folder=config.evidence_folder,
        operator=acting(config, options["claimed"]),
        configuration_digest=config.configuration_digest(endpoint),
        system_release=release,
        selection=(*flags, *options["only"]),
        id=run,
        driver=Driver.SYSTEM,
        through=through,
    )


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells what happens: one line of JSON each, or text."""

    language: Language
    as_json: bool

    def tell(self, told: Told) -> None:
        """Tell it on stdout, at once."""
        self.line(told_json(told) if self.as_json else told_text(told, self.language))

    def listening(self, addresses: dict[str, str]) -> None:
        """Where calls are taken."""
        if self.as_json:
            self.line(json.dumps({"event": "listening", **addresses}))
            return
        for name, text in addresses.items():
            self.line(f"{name:<10} {text}")
        self.line(HINT[self.language])

    def left(self, seconds: float) -> None:
        """Seconds that are left, on a terminal only."""
        if seconds and not self.as_json and sys.stderr.isatty():
            sys.stderr.write(f"{_WIPE}  {LEFT[self.language].format(int(seconds))}\r")
            sys.stderr.flush()

    def line(self, text: str) -> None:
        """One line, or several, in the place of the seconds that are left."""
        if not self.as_json and sys.stderr.isatty():
            sys.stderr.write(_WIPE)
            sys.stderr.flush()
        click.echo(text if self.as_json else to_fit(text))


@contextmanager
def journal_in(folder: Path, *, wanted: bool) -> Iterator[Journal]:
    """The journal of one server, in a folder that it holds meanwhile; in memory if not wanted.

    Raises:
        ConfigError: another server holds the folder, or it cannot be written.
    """
    if not wanted:
        yield Journal()
        return
    with held(folder / "lock"):
        journal = Journal(JournalFile(folder / _JOURNAL))
        try:
            yield journal
        finally:
            journal.close()
            for problem in journal.problems:
                click.echo(f"harness: {problem}", err=True)


def watched(
    server: Server,
    watch: Watch | Onlooker,
    journal: Journal,
    teller: Teller,
    ready: Callable[[], None],
) -> None:
    """Serve until all is seen, or somebody ends it."""
    with runner() as running:
        running.run(_serve(server, watch, journal, teller, ready))


async def _serve(
    server: Server,
    watch: Watch | Onlooker,
    journal: Journal,
    teller: Teller,
    ready: Callable[[], None],
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C interrupts instead
            loop.add_signal_handler(number, stop.set)
    listening = _listen_to_stdin(loop, watch)
    clock = loop.create_task(_look_at_clock(watch, journal, teller, stop))
    try:
        await server.serve(stop, ready=ready)
    finally:
        clock.cancel()
        if listening is not None:
            loop.remove_reader(listening)
        with contextlib.suppress(asyncio.CancelledError):
            await clock


async def _look_at_clock(
    watch: Watch | Onlooker, journal: Journal, teller: Teller, stop: asyncio.Event
) -> None:
    while not watch.over:
        await asyncio.sleep(_TICK)
        watch.tick()
        journal.flush()
        teller.left(watch.left())
    stop.set()


def _listen_to_stdin(loop: asyncio.AbstractEventLoop, watch: Watch | Onlooker) -> int | None:
    """``next ID`` goes on as if the time of that step were over; any other line, of all."""
    try:
        descriptor = sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):
        return None

    torn = b""

    def came() -> None:
        nonlocal torn
        data = os.read(descriptor, 4096)
        if not data:
            loop.remove_reader(descriptor)
        *lines, torn = (torn + data).split(b"\n")
        torn = torn[-_LONGEST:]
        for line in lines:
            words = line.decode("utf-8", "replace").split()
            watch.hurry(words[1] if words[:1] == ["next"] and len(words) > 1 else "")

    try:
        loop.add_reader(descriptor, came)
    except (OSError, ValueError, NotImplementedError):  # a file, or nothing to wait for
        return None
    return descriptor


@contextmanager
def evidence_of(
    run: Run, suite: Suite, connection: Connection, watch: Watch, teller: Teller
) -> Iterator[list[TestEvidence]]:
    """The evidence of one run: begun now, finished at the end, and told; then it is in the list."""
    file = EvidenceFile(run, suite, connection)
    file.begin()
    made: list[TestEvidence] = []
    yield made
    path, evidence = file.finish(watch.finish())
    made.append(evidence)
    if teller.as_json:
        (row,) = run_rows([(path, evidence)])
        teller.line(json.dumps({"event": "evidence", **row}, ensure_ascii=False))
    else:
        teller.line("\n" + run_text([(path, evidence)]))


def exit_code(evidence: TestEvidence) -> int:
    """0 when everything that can be shown here was seen and passed."""
    good = {Outcome.PASSED, Outcome.NOT_REALISABLE}
    outcomes = {each.outcome for each in evidence.outcomes}
    return 0 if Outcome.PASSED in outcomes and outcomes <= good else 1


def now() -> float:
    """Seconds that only ever grow."""
    return time.monotonic()
