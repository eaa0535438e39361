"""A project folder, its people with keys, and commands of the command line run on it."""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness import __version__, cli
from harness.account.customers import CUSTOMERS
from harness.account.settings import IDS, Authority, Settings
from harness.canary.project import write
from harness.config import Config, book
from harness.joining.canaries import CanaryEvidence, CheckedSuite, Killed
from harness.people import acting
from harness.suite.folder import suite_digest
from harness.wsdl import Contract, find
from harness.wsdl.configured import contract_of
from tests.support.account_server import AccountServer
from tests.support.supplier import example as example_system

ROOT = Path(__file__).parents[2]
CONTRACT = "asiointitili/viranomaispalvelut"
VERSION = "1.7-2024-04"
ID = "esimerkki-avaus"

# People by id: party and role. The integration expert works for the account's supplier.
PEOPLE = {
    "developer": ("supplier", "technical supplier's developer"),
    "expert": ("account-supplier", "integration expert"),
    "manager": ("account", "service manager"),
    "owner": ("authority", "service owner"),
    "director": ("authority", "director of services"),
}
QUEUE = Authority(
    id="JONOKUNTA",
    services=("JONOKUNTA_VIESTIT",),
    certificate_name="viestit.jonokunta.example",
    queued=True,
)
QUEUE_IDS = {
    "queue-authority": QUEUE.id,
    "queue-service": QUEUE.services[0],
    "queue-certificate-name": QUEUE.certificate_name,
}


@dataclass(frozen=True)
class Result:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Stdout as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Place:
    """An entry of ``[endpoints]``."""

    url: str
    level: str = "test"
    provides: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=lambda: dict(IDS))
    without_roles: tuple[str, ...] = ()
    more: str = ""

    def text(self, name: str) -> str:
        roles = [each for each in CUSTOMERS if each.role not in self.without_roles]
        lines = [
            f"[endpoints.{name}]",
            f'url = "{self.url}"',
            f'level = "{self.level}"',
            f"provides = {json.dumps(self.provides)}",
            self.more,
            f"[endpoints.{name}.ids]",
            *(f"{key} = {json.dumps(value)}" for key, value in self.ids.items()),
            f"[endpoints.{name}.roles]",
            *(
                f'{each.role} = {{ AsiakasTunnus = "{each.id}", TunnusTyyppi = "{each.type}" }}'
                for each in roles
            ),
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Project:
    """A project's folder and the command line on it."""

    folder: Path

    def run(self, *words: str, by: str = "", claim: str = "") -> Result:
        """One command in this process, by a person with a key or by one who only claims a name."""
        with self.environment(by, claim):
            return run("--project", str(self.folder), *words)

    def must(self, *words: str, by: str = "") -> Result:
        """One command that has to succeed."""
        result = self.run(*words, by=by)
        assert result.code == 0, f"{words}: {result}"
        return result

    def start(
        self, *words: str, by: str = "", seed: str = "0", **more: Any
    ) -> "subprocess.Popen[str]":
        """One command in a process of its own, which an interrupt ends.

        A shell lets what it starts in the background ignore interrupts, and a child inherits that.
        """
        with self.environment(by, ""):
            environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "harness", "--project", str(self.folder), *words]
        pipe = subprocess.PIPE
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return subprocess.Popen(
                command, stdout=pipe, stderr=pipe, text=True, env=environment, **more
            )
        finally:
            signal.signal(signal.SIGINT, before)

    def apart(self, *words: str, by: str = "", seed: str = "0") -> Result:
        """The same, waited for."""
        with self.start(*words, by=by, seed=seed) as process:
            out, err = process.communicate(timeout=60)
        return Result(process.returncode, out, err)

    @contextlib.contextmanager
    def environment(
        self, by: str = "", claim: str = "", more: Mapping[str, str] | None = None
    ) -> Iterator[None]:
        """The environment a command is called in: nothing of ours but what is said here."""
        with pytest.MonkeyPatch.context() as patch:
            for name in list(os.environ):
                if name.startswith(("HARNESS_", "PYTEST_", "TOX_")):
                    patch.delenv(name)
            patch.setenv("PYTHONPATH", str(ROOT))  # for the workers of -n
            if by or claim:
                patch.setenv("HARNESS_ACTOR", by or claim)
            if by:
                patch.setenv("HARNESS_ACTOR_KEY", str(self.key(by)))
            for name, value in (more or {}).items():
                patch.setenv(name, value)
            yield

    def key(self, person: str) -> Path:
        """The private key a person acts with; twin and shadow are other names of the developer."""
        holder = {"twin": "developer", "shadow": "developer"}.get(person, person)
        return self.folder / "keys" / holder

    def size(self) -> int:
        """How many events are on record, asked of the file itself."""
        ledger = self.folder / ".harness" / "ledger.sqlite3"
        with contextlib.closing(sqlite3.connect(ledger)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM stored_events").fetchone()
        return int(count)

    def edit(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace text in a file; every text has to be there."""
        path = self.folder / file
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text, f"{file} has no {old!r}"
            text = text.replace(old, new, 1)
        path.write_text(text, "utf-8")

    def codes(self) -> list[str]:
        """The codes of the gate's objections; the gate is closed."""
        result = self.run("gate", "--json")
        assert (result.code, result.err) == (1, ""), result
        return [each["code"] for each in result.data["objections"]]

    def objection(self, code: str) -> dict[str, Any]:
        """The gate's first objection of that code."""
        found = self.run("gate", "--json").data["objections"]
        return next(each for each in found if each["code"] == code)

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """The history, or its events of one kind."""
        rows: list[dict[str, Any]] = self.must("history", "--json").data
        return [row for row in rows if kind in row["topic"]]

    def state(self) -> dict[str, Any]:
        """The state as JSON."""
        found: dict[str, Any] = self.must("project", "show", "--json").data
        return found

    def evidence(self) -> list[Path]:
        """Every run's evidence file, oldest first; those of runs under way or killed included."""
        return [each for each in self._files() if not each.stem.endswith("-canaries")]

    def record_all(self, by: str = "developer") -> None:
        """Record every evidence file there is, of canaries too."""
        self.must("record", *map(str, self._files()), by=by)

    def _files(self) -> list[Path]:
        return sorted((self.folder / ".harness" / "evidence").glob("*/*.json"))

    def copy_to(self, folder: Path) -> "Project":
        """The same project elsewhere, ledger and all."""
        shutil.copytree(self.folder, folder)
        return Project(folder)


def run(*words: str) -> Result:
    """A command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        if {"run", "connection"} & set(words):
            # The pytest within would answer for what other tests of this process left open.
            warnings.simplefilter("ignore", ResourceWarning)
        code = cli.execute(words)
    return Result(code, out.getvalue(), err.getvalue())


def driven(project: Project, *words: str, by: str = "", system: Any = None) -> tuple[int, str]:
    """Exit code, and what the system's driver told, of a command that asks a system to act."""
    command = [sys.executable, "-m", "harness", "--project", str(project.folder), *words]
    out = io.StringIO()
    with project.environment(by), contextlib.redirect_stdout(out):
        code = example_system.drive(
            [*command, "--json", "--port", "0"], system or example_system.System()
        )
    return code, out.getvalue()


def one_paragraph(result: Result, code: int) -> str:
    """The complaint of a refused command: one paragraph on stderr, nothing on stdout."""
    assert (result.code, result.out) == (code, ""), result
    assert "Traceback" not in result.err
    assert result.err.startswith("harness:")
    assert "\n\n" not in result.err
    assert result.err.endswith("\n")
    text = " ".join(result.err.split())
    assert 30 < len(text) < 2500, text
    return text


def shipped_contract() -> Contract:
    """The contract that the tests are run against."""
    return find(f"{CONTRACT}/{VERSION}", [book("contracts")])


def server(contract: Contract, *, queue: bool = False) -> AccountServer:
    """The simulated account on a loopback socket; with ``queue``, one more authority is queued."""
    settings = Settings()
    more = (QUEUE,) if queue else ()
    return AccountServer(
        contract, settings=replace(settings, authorities=(*settings.authorities, *more))
    )


@contextlib.contextmanager
def nobody_joined(other_side: AccountServer) -> Iterator[None]:
    """For a while the account knows no authority: whatever is asked is answered 403."""
    before = other_side.account.settings
    other_side.account.settings = replace(before, authorities=())
    try:
        yield
    finally:
        other_side.account.settings = before


def example(folder: Path, *, suites: Mapping[str, Sequence[str] | None] | None = None) -> Project:
    """A copy of this repository's example project, a rehearsal.

    Args:
        folder: where; made.
        suites: which suites to copy, and which scenarios of each; None for all.
    """
    folder.mkdir()
    shutil.copy(ROOT / "harness.toml", folder)
    shutil.copytree(ROOT / "forms", folder / "forms")
    copy_suites(folder, suites or {"connection": None, "testing": None})
    return Project(folder)


def copy_suites(folder: Path, suites: Mapping[str, Sequence[str] | None]) -> None:
    """Copy suites of the book, all scenarios of each or those named."""
    for name, chosen in suites.items():
        target = folder / "scenarios" / name
        shutil.copytree(book("scenarios") / name, target)
        for file in target.glob("*.yaml") if chosen is not None else ():
            if file.name != "suite.yaml" and file.stem not in (chosen or ()):
                file.unlink()


SMALL = {
    "connection": ("service-answers", "customer-query-answers", "wrong-service-is-refused"),
    "testing": ("company-is-found", "passive-account-is-told", "missing-account-is-told"),
}
"""A few scenarios of each suite, for tests of what surrounds them."""


def joining_project(folder: Path, places: Mapping[str, Place], kind: str = "joining") -> Project:
    """A project that may open production, with people, keys, suites and a contract of its own."""
    folder.mkdir()
    shutil.copytree(ROOT / "forms", folder / "forms")
    copy_suites(folder, {"connection": None, "testing": None, "supplier": None})
    project = Project(folder)
    _let_the_contract_last(project)
    _make_the_queue_obligatory(project)
    (folder / "keys").mkdir()
    keys = {name: _new_key(project, name) for name in PEOPLE}
    (folder / "harness.toml").write_text(_settings(kind, places, keys), "utf-8")
    return project


def _new_key(project: Project, name: str) -> str:
    result = run("key", "new", str(project.key(name)), "--json")
    assert result.code == 0, result
    return str(result.data["key"])


def _settings(kind: str, places: Mapping[str, Place], keys: Mapping[str, str]) -> str:
    people = [
        f'[people.{name}]\nparty = "{party}"\nrole = "{role}"\nkey = "{keys[name]}"'
        for name, (party, role) in PEOPLE.items()
    ]
    people += [
        '[people.claimant]\nparty = "supplier"\nrole = "somebody without a key"',
        (
            f'[people.twin]\nparty = "account-supplier"\nrole = "the developer"\n'
            f'key = "{keys["developer"]}"'
        ),
        (
            f'[people.shadow]\nparty = "authority"\nrole = "the developer"\n'
            f'key = "{keys["developer"]}"'
        ),
    ]
    return f"""\
[project]
id = "{ID}"
name = "Esimerkkilän varausilmoitukset"
kind = "{kind}"
organisation = "municipality"
authority = "Esimerkkilä"
supplier = "Esimerkkitoimittaja Oy"
system_release = "1.0"

[contract]
name = "{CONTRACT}"
version = "{VERSION}"

[scenarios]
folder = "scenarios"

{chr(10).join(people)}

{chr(10).join(place.text(name) for name, place in places.items())}
"""


def _let_the_contract_last(project: Project) -> None:
    """A copy of the contract that retires later, whenever these tests are run."""
    place = f"contracts/{CONTRACT}/{VERSION}"
    shutil.copytree(book("contracts") / CONTRACT / VERSION, project.folder / place)
    set_retirement(project, days=1000)


def set_retirement(project: Project, days: int) -> None:
    """Let the project's own copy of the contract retire so many days from now."""
    file = project.folder / f"contracts/{CONTRACT}/{VERSION}/contract.toml"
    then = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    text = re.sub(r"(?m)^retires = .*$", f"retires = {then}", file.read_text("utf-8"))
    file.write_text(text, "utf-8")


def _make_the_queue_obligatory(project: Project) -> None:
    """One obligatory scenario needs what the test endpoint cannot be made to do."""
    project.edit(
        "scenarios/testing/queued-items-are-acknowledged.yaml",
        ("obligatory: false\n", ""),
        (
            "Viranomainen: {$use: authority}",
            (
                "Viranomainen:\n"
                "        $use: authority\n"
                "        ViranomaisTunnus: ${ids.queue-authority}\n"
                "        PalveluTunnus: ${ids.queue-service}\n"
                "        SanomaVarmenneNimi: ${ids.queue-certificate-name}"
            ),
        ),
    )


QUEUED = "testing/queued-items-are-acknowledged"


# The walk: each step by commands alone, each command by the person whose business it is.


def create(project: Project) -> Iterator[tuple[str, ...]]:
    yield "developer", "project", "new"


def pin(project: Project) -> Iterator[tuple[str, ...]]:
    """Pins of the supplier, confirmed by the account."""
    wanted = [("contract",), ("suite", "connection"), ("suite", "testing"), ("suite", "supplier")]
    wanted += [("endpoint", "qat"), ("endpoint", "own")]
    for words in wanted:
        yield "developer", "pin", *words
    pins = project.state()["pins"]
    for words in wanted:
        name = words[-1] if len(words) > 1 else CONTRACT
        digest = next(p["effective_digest"] for p in pins if p["name"] == name)
        yield "manager", "pin", *words, "--confirm", digest


def prepare(project: Project) -> Iterator[tuple[str, ...]]:
    """The forms of the first phases, one after the other."""
    for number, form in enumerate(sorted((project.folder / "forms").glob("*.toml"))):
        yield "developer", "phase", "record", "--form", str(form)
        yield "owner", "phase", "complete", str(number)


def show(project: Project) -> Iterator[tuple[str, ...]]:
    """Every suite at the test endpoint, and what it cannot realise at a server of one's own.

    The harness drives two of them, a little system in plain Python the third.
    """
    project.must("run", "--endpoint", "own", "--suite", "testing", by="developer")
    project.must("run", "--endpoint", "qat", by="developer")
    for words in (("observe",), ("relay", "--to", "qat", "--suite", "supplier")):
        code, told = driven(project, *words, by="developer")
        assert code == 0, told
    yield "developer", "record", *map(str, project.evidence()), str(plant(project))
    yield "owner", "phase", "complete", "4"


def plant(project: Project, *survivors: str) -> Path:
    """A file that says what planted defects showed of the project's suites, without planting any.

    That takes a minute; the command itself is tried in tests/cli/test_canary.py and the guide.
    """
    config = Config.read(project.folder / "harness.toml")
    contract = contract_of(config)
    folder = config.scenarios_folder
    evidence = CanaryEvidence(
        project=config.project.id,
        suites=tuple(CheckedSuite(n, suite_digest(folder / n)) for n in ("connection", "testing")),
        contract=contract.ref,
        contract_digest=contract.digest,
        harness_version=__version__,
        operator=acting(config, next(iter(config.people))),
        at=datetime.now(UTC),
        killed=(Killed("rule/one", "testing/company-is-found"),),
        survivors=survivors,
    )
    return write(config, evidence)


def sign(project: Project) -> Iterator[tuple[str, ...]]:
    """Both technical suppliers accept the tests."""
    testing = counting(project, "testing")
    yield "developer", "sign-off", "5", "--evidence", testing
    yield "expert", "sign-off", "5", "--evidence", testing
    yield "owner", "phase", "complete", "5"


def window(start_in_days: float, end_in_days: float) -> tuple[str, ...]:
    """An opening window, so many days from now, as --set words."""
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = (now + timedelta(days=days) for days in (start_in_days, end_in_days))
    return "--set", f"start={start.isoformat()}", "--set", f"end={end.isoformat()}"


def agree(
    project: Project, start_in_days: float = -1, end_in_days: float = 10
) -> Iterator[tuple[str, ...]]:
    """Both sides state the same window; it is announced."""
    words = window(start_in_days, end_in_days)
    yield "owner", "phase", "record", "6", "opening-window", *words
    yield "manager", "phase", "record", "6", "opening-window", *words
    today = datetime.now(UTC).date().isoformat()
    told = ("--set", "to_whom=support services, customers", "--set", f"on={today}")
    yield "owner", "phase", "record", "6", "announcement", *told
    yield "owner", "phase", "complete", "6"


def request(project: Project) -> Iterator[tuple[str, ...]]:
    yield "owner", "request-opening"


def approve(project: Project) -> Iterator[tuple[str, ...]]:
    named = [word for each in project.state()["counting_evidence"] for word in ("--evidence", each)]
    yield "director", "approve", *named


def open_(project: Project) -> Iterator[tuple[str, ...]]:
    yield "owner", "open"


STEPS = {
    "created": create,
    "pinned": pin,
    "prepared": prepare,
    "shown": show,
    "signed": sign,
    "agreed": agree,
    "requested": request,
    "approved": approve,
    "opened": open_,
}
"""Name of a stage of the walk, and the step that leads there."""


def take(project: Project, commands: Iterable[tuple[str, ...]]) -> None:
    """Carry out the commands of a step."""
    for by, *words in commands:
        project.must(*words, by=by)


def counting(project: Project, suite: str) -> str:
    """The digest of the evidence that counts for a suite."""
    state = project.state()
    found = state["counting_evidence"]
    runs: dict[str, str] = {each["run"]["digest"]: each["run"]["suite"] for each in state["runs"]}
    return next(digest for digest in runs if digest in found and runs[digest] == suite)
