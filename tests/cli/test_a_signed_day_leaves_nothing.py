"""A signed day, as loud as can be, in a home of its own: no code and no secret is left anywhere.

Every command is a process of its own with every logger at DEBUG, run under coverage, with home,
folder of temporary files and coverage data in folders of the test. All that lies there afterwards
is searched by the scanner and by plain search for every customer in use, issued with the code of a
person, and for every secret in use.
"""

import base64
import html
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from harness.account.customers import CUSTOMERS
from harness.account.settings import IDS
from harness.cli.evidence import read_evidence
from harness.privacy.recognising import Wanted
from harness.privacy.searching import search
from tests.cli import support
from tests.cli.support import Place, Project
from tests.cli.test_no_personal_data_leaves_a_run import LOUDER, SUITES
from tests.endpoints.server.callers import PATIENCE
from tests.endpoints.server.test_signed_calls import fresh
from tests.support.identities import PERSON

PASSPHRASE, USER_PASSWORD = "passphrase-zq81-of-the-key", "password-kx72-of-the-user"
NOTE, TOKEN = "declared-secret-vw63", "control-token-jy54-of-the-server"
SECRETS = (PASSPHRASE, USER_PASSWORD, NOTE, TOKEN)
ENVIRONMENT = {
    "HARNESS_USER_PASSWORD": USER_PASSWORD,
    "HARNESS_NOTE_SECRET": NOTE,
    "HARNESS_SERVE_TOKEN": TOKEN,
}
LOUD = """
import http.client, logging, sys
logging.Logger.isEnabledFor = lambda logger, level: True
logging.basicConfig(level=1, filename=sys.argv.pop(1))
http.client.HTTPConnection.debuglevel = 9
from harness.cli import main
main(sys.argv[1:])
"""
LOUD_SITE = """
import http.client, logging, os
import coverage
coverage.process_startup()
logging.Logger.isEnabledFor = lambda logger, level: True
logging.basicConfig(level=1, filename=os.environ["LOUD_LOG"])
http.client.HTTPConnection.debuglevel = 9
"""
SIGNING = """
[endpoints.own.signing]
key = "private/own.pem"
password = "file:private/passphrase"
user = "supplier-system"
user_password = "env:HARNESS_USER_PASSWORD"
user_password_type = "text"

[endpoints.own.response]
security = "required"
trusted = "service.pem"

[secrets]
note = "env:HARNESS_NOTE_SECRET"
"""


@dataclass(frozen=True)
class Day:
    """A project and the folders in which its commands run."""

    project: Project
    around: Path

    @contextmanager
    def process(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """One loud command under coverage, whose log is a file of its own."""
        log = self.around / "logs" / f"{len(list((self.around / 'logs').iterdir()))}.log"
        command = [sys.executable, "-m", "coverage", "run", "--parallel-mode", "--source=harness"]
        with self.project.environment(more={**ENVIRONMENT, **self._folders()}):
            process = subprocess.Popen(
                [*command, str(self.around / "loud.py"), str(log), *words],
                cwd=self.project.folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, *words: str) -> str:
        """What a command told; it may fail."""
        with self.process(*words) as process:
            out, err = process.communicate(timeout=10 * PATIENCE)
        assert process.returncode in {0, 1}, (words, out, err)
        return out + err

    def tox(self, *words: str) -> str:
        """What the main job told, run by tox itself as loud as a command; it may fail.

        The environment is made as always, offline. Of this repository's tox.ini only the package
        is not built, which would take a network: what is installed here is found instead.
        """
        shutil.copy(support.ROOT / "tox.ini", self.project.folder)
        shim = self.around / "bin" / "harness"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m harness "$@"\n', "utf-8")
        shim.chmod(0o755)
        settings = "\n".join(f"{name}={value}" for name, value in self._loud().items())
        command = [sys.executable, "-m", "tox", "-e", "connection", "-vv"]
        for each in ("package=skip", "allowlist_externals=harness", f"set_env={settings}"):
            command += ["-x", f"testenv:connection.{each}"]
        with self.project.environment(more={**ENVIRONMENT, **self._folders()}):
            path = os.pathsep.join((str(shim.parent), os.environ["PATH"]))
            done = subprocess.run(
                [*command, "--", *words],
                cwd=self.project.folder,
                env={**os.environ, "PATH": path},
                capture_output=True,
                text=True,
                timeout=30 * PATIENCE,
                check=False,
            )
        assert "connection: FAIL code 1" in done.stdout, done
        return done.stdout + done.stderr

    def _loud(self) -> dict[str, str]:
        """Variables by which a process that tox starts is loud and covered."""
        site = self.around / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(LOUD_SITE, "utf-8")
        covered = self.around / "coveragerc"
        covered.write_text("[run]\nparallel = true\nsource = harness\n", "utf-8")
        found = (site, support.ROOT, *sys.path[1:])
        return {
            **self._folders(),
            "PYTHONPATH": os.pathsep.join(map(str, found)),
            "PYTHONHASHSEED": "0",
            "LOUD_LOG": str(self.around / "logs" / "tox.log"),
            "COVERAGE_PROCESS_START": str(covered),
        }

    def cover(self, *words: str) -> None:
        """One command of coverage over the data of all processes."""
        environment = {**os.environ, **self._folders()}
        command = [sys.executable, "-m", "coverage", *words]
        subprocess.run(
            command, cwd=self.project.folder, env=environment, check=True, capture_output=True
        )

    def _folders(self) -> dict[str, str]:
        return {
            "HOME": str(self.around / "home"),
            "TMPDIR": str(self.around / "tmp"),
            "COVERAGE_FILE": str(self.around / "coverage" / "data"),
        }


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """A project with issued customers, a locked key, a user's password and a declared secret."""
    for name in ("home", "tmp", "coverage", "logs"):
        (tmp_path / name).mkdir()
    (tmp_path / "loud.py").write_text(LOUD, "utf-8")
    project = support.example(tmp_path / "p", suites=SUITES)
    private = project.folder / "private"
    private.mkdir()
    (private / "passphrase").write_text(f"{PASSPHRASE}\n", "utf-8")
    roles = (f'{e.role} = {{AsiakasTunnus = "{PERSON}", TunnusTyyppi = "SSN"}}' for e in CUSTOMERS)
    (private / "roles.toml").write_text("\n".join(roles), "utf-8")
    lock = BestAvailableEncryption(PASSPHRASE.encode())
    write_key(project.folder, "own", IDS["certificate-name"], lock)
    write_key(project.folder, "service", "tili.example", NoEncryption())
    project.edit(
        "scenarios/connection/customer-query-answers.yaml",
        ("@AsiakasTunnus: ${role.active.id}", "@AsiakasTunnus: ${secret.note}"),
    )
    for file in (project.folder / "scenarios").glob("testing/*.yaml"):
        if file.name != "suite.yaml":
            file.write_text(file.read_text("utf-8").replace("code: ", "code: 9"), "utf-8")
    return Day(project, tmp_path)


def write_key(folder: Path, file: str, name: str, lock: KeySerializationEncryption) -> None:
    """Key and certificate below ``private``, and the certificate alone."""
    own = fresh(name)
    key = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    certificate = own.certificate.public_bytes(Encoding.PEM)
    (folder / "private" / f"{file}.pem").write_bytes(key + certificate)
    (folder / f"{file}.pem").write_bytes(certificate)


def add_endpoint(day: Day, url: str) -> None:
    place = replace(Place(url), level="server", more='roles_file = "private/roles.toml"')
    with (day.project.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{place.text('own')}\n{SIGNING}")


@contextmanager
def signed_server(day: Day) -> Iterator[list[str]]:
    """A server that takes the signed calls of the endpoint ``own``; in the end, what it told."""
    serve = ("serve", "--json", "--port", "0", "--callers", "own.pem")
    with day.process(*serve, "--sign-with", "private/service.pem") as server:
        assert server.stdout is not None
        told = [server.stdout.readline()]
        add_endpoint(day, json.loads(told[0])["signed"])
        yield told
        server.terminate()
        told += server.communicate(timeout=PATIENCE)


def live(day: Day) -> str:
    """What commands tell: runs signed at a server and at one of their own, and the record."""
    with signed_server(day) as served:
        junit = ("--junitxml", "junit.xml", "-o", "junit_logging=all")
        log = ("--log-file", "log.txt", "--log-file-level=DEBUG")
        told = day.run("run", "--endpoint", "own", *LOUDER, *junit, *log)
        told += day.run("run", "--endpoint", "server", *LOUDER)
        told += day.run("control", "journal")
    told += "".join(served)
    told += day.run("record", *map(str, day.project.evidence()))
    told += day.run("gate") + day.run("history", "--json")
    return told + day.run("export", "bundle", "--bundle")


@contextmanager
def reading(day: Day) -> Iterator[None]:
    """Somebody reads the ledger: its side files stay as long."""
    ledger = day.project.folder / ".harness" / "ledger.sqlite3"
    with closing(sqlite3.connect(ledger)) as reader:
        reader.execute("SELECT count(*) FROM stored_events").fetchone()
        yield


def outcomes(day: Day, endpoint: str) -> dict[str, str]:
    """What became of the scenarios of suite connection at an endpoint."""
    runs = [read_evidence(file).summary() for file in day.project.evidence()]
    (own,) = [each for each in runs if (each.endpoint.name, each.suite) == (endpoint, "connection")]
    return {each.id: each.outcome.value for each in own.outcomes}


def written(value: str) -> set[bytes]:
    """Every common way to write a text."""
    forms = {value, value.lower(), value.upper(), urllib.parse.quote(value, safe="")}
    forms |= {html.escape(value), json.dumps(value)[1:-1], value.replace("-", "%2D")}
    forms |= {value.replace("-", "&#45;"), value.replace("-", "\\u002d"), value.replace("-", "")}
    found = set()
    for form in forms:
        data = form.encode()
        found |= {data, data.hex().encode(), data.hex().upper().encode()}
        found |= {form.encode("utf-16-le"), form.encode("utf-16-be")}
        found |= {in_base64(data, shift) for shift in range(3)}
    return found


def in_base64(data: bytes, shift: int) -> bytes:
    """The letters that depend on the data alone, when so many bytes stand before it."""
    letters = base64.b64encode(bytes(shift) + data)
    return letters[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]


def found_in(day: Day) -> list[str]:
    """Where a customer or a secret in use lies, apart from where it has to lie."""
    codes = {each.id for each in CUSTOMERS} | {PERSON}
    wanted = Wanted(words=(*SECRETS, *sorted(codes)))
    folder = day.project.folder
    # What tox installs is pip, in which some digits look like a business id.
    installed = (folder / ".tox/connection/lib", day.around / "home/.cache/virtualenv")
    own = (folder / "private", folder / "scenarios", folder / "harness.toml", *installed)
    seen = [str(each) for each in search(day.around, wanted).sightings if _is_left(each.path, own)]
    needles = {form: value for value in (*SECRETS, *codes) for form in written(value)}
    for file in day.around.rglob("*"):
        if file.is_file() and _is_left(str(file), own):
            data = file.read_bytes() + str(file).encode()
            seen += [f"{file}: {value}" for form, value in needles.items() if form in data]
    return seen


def _is_left(path: str, own: tuple[Path, ...]) -> bool:
    return not path.startswith(tuple(map(str, own)))


def test_a_signed_day_leaves_no_code_and_no_secret(day: Day) -> None:
    told = day.run("connection", *LOUDER)
    with reading(day):
        told += live(day)
        day.cover("combine")
        day.cover("html", "-d", str(day.around / "coverage" / "html"))
        (day.around / "told.txt").write_text(told, "utf-8")
        left = {each.name for each in day.around.rglob("*") if each.is_file()}
        assert {"ledger.sqlite3", "ledger.sqlite3-wal", "lastfailed", "journal.jsonl"} <= left
        assert {"junit.xml", "log.txt", "0.log", "ledger.jsonl", "data", "index.html"} <= left
        assert outcomes(day, "own") == {
            "connection/customer-query-answers": "failed",
            "connection/wrong-service-is-refused": "passed",
        }
        assert found_in(day) == []


def test_the_main_job_under_tox_leaves_no_code_and_no_secret(day: Day) -> None:
    with signed_server(day) as served:
        told = day.tox("--endpoint", "own", *LOUDER)
    day.cover("combine")
    (day.around / "told.txt").write_text(told + "".join(served), "utf-8")
    left = {each.name for each in day.around.rglob("*") if each.is_file()}
    assert {"tox.log", "ledger.sqlite3", "lastfailed", "data"} <= left
    assert any(name.endswith("-commands[0].log") for name in left), "its number differs under CI"
    assert outcomes(day, "own") == {
        "connection/customer-query-answers": "failed",
        "connection/wrong-service-is-refused": "passed",
    }
    assert found_in(day) == []


def test_a_variable_that_tox_would_write_to_its_log_is_refused(day: Day) -> None:
    day.project.edit(
        "harness.toml", ("[contract]", '[secrets]\nnote = "env:HARNESS_NOTE"\n\n[contract]')
    )
    told = support.one_paragraph(day.project.run("gate"), 2)
    assert "holds SECRET, PASSWORD, TOKEN or KEY: by that, tox knows" in told


def test_the_search_sees_what_lies_there(day: Day) -> None:
    """The check can fail: every secret and a person's code, in every form that is looked for."""
    assert found_in(day) == []
    for value in (*SECRETS, PERSON):
        files = [day.around / "tmp" / str(number) for number in range(len(written(value)))]
        for file, form in zip(files, written(value), strict=True):
            file.write_bytes(b"x" + form + b"x")
        seen = {each.partition(": ")[0] for each in found_in(day) if each.endswith(value)}
        assert seen == set(map(str, files))
        for file in files:
            file.unlink()
