"""What ``harness observe`` and ``harness relay`` share: a suite under watch while a server runs."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from harness.classes import dataclass
from harness.cli.common import actor_option, json_option, language_option, to_fit
from harness.cli.listening import Listening, listening_options, tls_of
from harness.endpoints.server.journal import Journal, JournalFile
from harness.endpoints.server.keeping import held
from harness.endpoints.server.server import Server, base_url, bind, runner
from harness.endpoints.server.site import Site
from harness.i18n import Language
from harness.report.watch import HINT, LEFT, told_json, told_text
from harness.suite.watching import Onlooker, Told, Watch

P = ParamSpec("P")
R = TypeVar("R")
_LONGEST = 1024
"""Bytes of a line on stdin that are looked at."""
_TICK = 0.25
"""Seconds between two looks at the clock."""
_JOURNAL = "journal.jsonl"
_WIPE = "\r\x1b[K"
"""Takes away what stands in the line of a terminal."""


class Observing(Listening):
    """What the command line says of a suite that is watched while a server runs."""

    suite: str | None
    only: tuple[str, ...]
    any_order: bool
    no_journal: bool
    claimed: str | None
    language: Language
    as_json: bool


def observing_options(suite: str | None, port: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The options of ``Observing``.

    Args:
        suite: the suite unless another is named.
        port: the port unless another is given.
    """
    options: tuple[Callable[[Callable[P, R]], Callable[P, R]], ...] = (
        click.option("--suite", default=suite, show_default=True, help="An observed suite."),
        click.option(
            "--scenario", "only", multiple=True, help="Only this one of the suite; repeatable."
        ),
        click.option("--any-order", is_flag=True, help="Wait for all scenarios at once, for CI."),
        listening_options(port),
        click.option("--no-journal", is_flag=True, help="Keep no journal on disk."),
        actor_option,
        language_option,
        json_option,
    )

    def decorated(command: Callable[P, R]) -> Callable[P, R]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


@dataclass(frozen=True, slots=True)
class Door:
    """A bound socket, how TLS is spoken on it, and the journal of who comes."""

    listening: socket.socket
    tls: ssl.SSLContext | None
    journal: Journal

    @property
    def address(self) -> str:
        """Host and port."""
        host, port = self.listening.getsockname()[:2]
        return f"{host}:{port}"

    def base(self, names: tuple[str, ...]) -> str:
        """The URL without a path, by the first name if there is one."""
        return base_url(self.listening, tls=self.tls is not None, name=names[0] if names else "")


@contextmanager
def door(options: Observing, folder: Path) -> Iterator[Door]:
    """Listen as the command line says; the journal lies in a folder.

    Raises:
        ConfigError: a file or an address cannot be used, or another server holds the folder.
    """
    tls = tls_of(options["cert"], options["key"], options["client_ca"])
    plain = options["plain_http"]
    listening = bind(options["listen"], options["port"], tls=tls is not None, plain=plain)
    with listening, _journal_in(folder, wanted=not options["no_journal"]) as journal:
        yield Door(listening, tls, journal)


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
def _journal_in(folder: Path, *, wanted: bool) -> Iterator[Journal]:
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
    opened: Door,
    site: Site,
    watch: Watch | Onlooker,
    teller: Teller,
    ready: Callable[[], None],
) -> None:
    """Serve until all is seen, or somebody ends it."""
    server = Server(opened.listening, site, tls=opened.tls)
    with runner() as running:
        running.run(_serve(server, watch, opened.journal, teller, ready))


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
