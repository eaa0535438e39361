"""The items of a session, run by several workers at once: copies of this process.

This process has collected, imported and read the contract once; a worker is forked from it and
begins with its first item. Workers take items from one queue, whoever is free the next one, run
them by pytest's own rules, and send the reports here. Here they are told to every plugin as if the
item had been run here, so that terminal, JUnit, ``-x``, ``--lf`` and evidence know no difference.

Nothing is green because it was not run: an item of which a worker told nothing before it ended is
told as an error. A worker ends with this process, however that ends.
"""

import fcntl
import gc
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from mmap import mmap
from multiprocessing import active_children
from multiprocessing.connection import Connection, Pipe, wait
from typing import TYPE_CHECKING, NoReturn

import pytest
from _pytest.runner import runtestprotocol

from harness.classes import dataclass
from harness.errors import HarnessError
from harness.plugin.items import ScenarioItem

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess
    from warnings import WarningMessage

    from _pytest.capture import CaptureManager

    from harness.plugin.session import ScenarioSession

_MOST_IN_A_PIPE = 4000
"""Entries of four bytes that any system's pipe takes before anybody reads."""
_WIDTH = 4
_AT_ONCE = 0.02
"""Seconds for which what passed may wait to be told with what comes next."""
_SILENCE = 1.0
"""Seconds of silence after which workers are looked at that may have ended."""


@dataclass(slots=True)
class _Told:
    """What a worker sends: what became of some items, or why it ends."""

    reports: list[tuple[int, Sequence[pytest.TestReport]]] = field(default_factory=list)
    """By the numbers of the items."""
    warnings: "list[tuple[WarningMessage, str, str]]" = field(default_factory=list)
    exit: tuple[str, int | None] | None = None
    crash: str = ""


class Workers:
    """Takes the place of pytest's loop over the items of a session."""

    def __init__(self, config: pytest.Config, scenarios: "ScenarioSession") -> None:
        """Prepare; nothing is forked before there are items.

        Args:
            config: says how many workers.
            scenarios: makes what they need before the fork, once for all.

        Raises:
            UsageError: something else was asked for that needs one process, or has its own.
        """
        self._count, self._scenarios = int(config.option.harness_workers), scenarios
        if config.option.usepdb or config.option.trace:
            raise pytest.UsageError("a debugger needs one process: leave out -n")
        if getattr(config.option, "numprocesses", None):
            raise pytest.UsageError("use --harness-workers or the -n of pytest-xdist, not both")

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the items; pytest's own loop does what one process does as well."""
        count = min(self._count, len(session.items))
        if count < 2 or session.testsfailed or session.config.option.collectonly:
            return None
        if not hasattr(os, "fork") or threading.active_count() > 1:
            why = "something has begun a thread" if hasattr(os, "fork") else "nothing can be forked"
            session.config.get_terminal_writer().line(f"harness: one process only, as {why} here")
            return None
        if any(isinstance(item, ScenarioItem) for item in session.items):
            with suppress(HarnessError):  # then every scenario says why
                self._scenarios.prepare()
        with _forked(session, count) as crew:
            untold = _tell_all(session, crew)
        _end_if_told(session)
        why = "; ".join(crew.ends) or "without a word"
        for number in sorted(untold):
            _tell(session.items[number], [_lost(session.items[number], why)])
        if untold or crew.ends:
            session.shouldfail = f"a worker ended before its time ({why})"
        _end_if_told(session)
        return True


@dataclass(slots=True)
class _Crew:
    """The workers as this process sees them."""

    stop: mmap
    """One byte; once it is 1, no worker begins another item."""
    pipes: dict[Connection, int] = field(default_factory=dict)
    """Where each worker tells, and its process id."""
    ends: list[str] = field(default_factory=list)
    """How workers ended that did not end well."""


@contextmanager
def _forked(session: pytest.Session, count: int) -> Iterator[_Crew]:
    """Fork; whatever happens here, no worker is left behind.

    Raises:
        UsageError: the machine lets no more begin.
    """
    gc.freeze()  # what a worker does not look at is not copied
    sys.stdout.flush()
    sys.stderr.flush()
    crew = _Crew(mmap(-1, 1))
    queue, living = _queue(len(session.items)), list[int]()
    before = signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # else nobody can tell how one ended
    try:
        for done in range(count):
            try:
                told, telling = Pipe(duplex=False)
                life, held = os.pipe()
                living.append(held)
                pid = os.fork()
            except OSError as error:
                why = f"only {done} of {count} workers could be begun ({error.strerror})"
                raise pytest.UsageError(f"{why}: let there be fewer") from None
            if pid == 0:
                for each in living:
                    os.close(each)
                _work(session, _Worker(telling, queue, crew.stop), life)
            telling.close()
            os.close(life)
            crew.pipes[told] = pid
        yield crew
    finally:
        for pipe, pid in crew.pipes.items():  # only after an interrupt are there any left
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            pipe.close()
        signal.signal(signal.SIGCHLD, before or signal.SIG_DFL)
        for descriptor in (queue[0], *living):
            os.close(descriptor)


def _queue(items: int) -> tuple[int, int]:
    """A pipe of item numbers, and how many items each stands for; its end is that of the work."""
    size = 1 + items // _MOST_IN_A_PIPE
    reading, writing = os.pipe()
    for number in range(0, items, size):
        os.write(writing, number.to_bytes(_WIDTH))
    os.close(writing)
    return reading, size


def _tell_all(session: pytest.Session, crew: _Crew) -> set[int]:
    """Tell what workers send until the last has ended; gives the items nothing was told of."""
    untold = set(range(len(session.items)))
    while crew.pipes:
        heard = wait(list(crew.pipes), _SILENCE)
        for pipe in heard:
            assert isinstance(pipe, Connection)
            if not _hear(session, crew, pipe, untold):
                _, status = os.waitpid(crew.pipes.pop(pipe), 0)
                _ended(crew, pipe, status)
        if not heard:
            _look(session, crew, untold)
    return untold


def _look(session: pytest.Session, crew: _Crew, untold: set[int]) -> None:
    """Find workers that ended while a process that an item left behind holds their pipe."""
    for pipe, pid in list(crew.pipes.items()):
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone:
            del crew.pipes[pipe]
            while pipe.poll() and _hear(session, crew, pipe, untold):
                pass
            _ended(crew, pipe, status)


def _hear(session: pytest.Session, crew: _Crew, pipe: Connection, untold: set[int]) -> bool:
    """Tell the next of what a worker sends; gives whether it may send more."""
    try:
        told: _Told = pipe.recv()
    except (EOFError, OSError):
        return False
    for number, reports in told.reports:
        untold.discard(number)
        _tell(session.items[number], reports)
    _take(session, crew, told)
    return True


def _take(session: pytest.Session, crew: _Crew, told: _Told) -> None:
    """What a worker sends besides reports, and whether what it reported ends the run."""
    for warning, when, nodeid in told.warnings:
        known = {"warning_message": warning, "when": when, "nodeid": nodeid, "location": None}
        session.config.hook.pytest_warning_recorded.call_historic(kwargs=known)
    if told.crash:
        crew.ends.append(told.crash)
    if told.exit is not None:
        pytest.exit(*told.exit)
    if session.shouldfail or session.shouldstop:
        crew.stop[0] = 1


def _ended(crew: _Crew, pipe: Connection, status: int) -> None:
    pipe.close()
    code = os.waitstatus_to_exitcode(status)
    if code:
        crew.ends.append(f"signal {-code}" if code < 0 else f"exit code {code}")


def _tell(item: pytest.Item, reports: Sequence[pytest.TestReport]) -> None:
    """Tell every plugin of an item, as pytest's runner does."""
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in reports:
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _lost(item: pytest.Item, why: str) -> pytest.TestReport:
    text = f"not run to its end: a worker ended before that ({why})"
    return pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "setup")


def _end_if_told(session: pytest.Session) -> None:
    """As pytest's own loop ends: by ``-x`` and its like."""
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)


# In a worker


class _Worker:
    """Runs items as pytest's runner does, but has nobody told of it in this process."""

    def __init__(self, telling: Connection, queue: tuple[int, int], stop: mmap) -> None:
        self._telling, self._queue, self._stop = telling, queue, stop
        self._reports: list[pytest.TestReport] = []
        self._untold, self._told_at = _Told(), 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Within all that plugins wrap around it."""
        self._reports = runtestprotocol(item, log=False, nextitem=nextitem)
        return True

    def pytest_warning_recorded(
        self, warning_message: "WarningMessage", when: str, nodeid: str
    ) -> None:
        """Keep it, to be told with the item."""
        self._untold.warnings.append((warning_message, when, nodeid))

    def run(self, session: pytest.Session) -> None:
        """Run what the queue gives, until it is empty or another worker's item ends the run."""
        self._untold = _Told()  # whoever registers late is told all older warnings again
        first = session.config.option.maxfail == 1
        numbers = self._numbers(len(session.items))
        number = next(numbers, None)
        while number is not None and not self._stop[0]:
            following = next(numbers, None)
            item = session.items[number]
            nextitem = None if following is None else session.items[following]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
            failed = any(r.failed and not hasattr(r, "wasxfail") for r in self._reports)
            if failed and first:
                self._stop[0] = 1
            self._untold.reports.append((number, self._reports))
            if failed or time.monotonic() - self._told_at > _AT_ONCE:
                self.tell()
            number = following
        self.tell()

    def tell(self, exit_: tuple[str, int | None] | None = None) -> None:
        """Tell what has not been told yet, and that an item asked to end the session if it did."""
        self._untold.exit = exit_
        self._telling.send(self._untold)
        self._untold, self._told_at = _Told(), time.monotonic()

    def give_up(self, why: str) -> None:
        """Tell why, and nothing else: what could not be told may be the reason."""
        self._telling.send(_Told(crash=why))

    def _numbers(self, items: int) -> Iterator[int]:
        descriptor, size = self._queue
        while entry := os.read(descriptor, _WIDTH):
            first = int.from_bytes(entry)
            yield from range(first, min(first + size, items))


def _work(session: pytest.Session, worker: _Worker, life: int) -> NoReturn:
    """The whole life of a worker; it never comes back to where it was forked."""
    code, older = 1, set(active_children())
    try:
        _begin(session, worker, life)
        worker.run(session)
        session.config.pluginmanager.getplugin("runner").pytest_sessionfinish(session)
        for child in set(active_children()) - older:
            _end(child)
        code = 0
    except pytest.exit.Exception as end:
        worker.tell(exit_=(end.msg, end.returncode))
    except BaseException as error:  # noqa: BLE001 - told, and the worker ends
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} in {frame.filename}:{frame.lineno}"
        worker.give_up(place)
    finally:
        os._exit(code)


def _end(child: "BaseProcess") -> None:
    """As the interpreter does when it ends by itself: end a daemon, wait for any other."""
    if child.daemon:
        child.terminate()
    child.join()


def _begin(session: pytest.Session, worker: _Worker, life: int) -> None:
    _end_with_parent(life)
    capture: CaptureManager | None = session.config.pluginmanager.getplugin("capturemanager")
    if capture is not None:  # the files behind it are shared with the other workers
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture()
    session.config.pluginmanager.register(worker, "harness-worker")


def _end_with_parent(life: int) -> None:
    """Nobody writes into this pipe; it ends when the process ends that holds its other side.

    A signal tells of it, not a thread: items may fork, and Python warns of forks beside threads.
    """
    signal.signal(signal.SIGIO, lambda *_: os._exit(1))
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([life], [], [], 0)[0]:  # it had ended before anybody was to be told
        os._exit(1)
