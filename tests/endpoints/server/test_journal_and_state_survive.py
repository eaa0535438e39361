"""What ``harness serve`` keeps survives its end, however it ends, and only what belongs to it."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness.account.account import Account
from harness.cli import execute
from harness.cli.kept import Wanted, kept
from harness.config import book
from harness.endpoints.server.admission import VARIABLE
from harness.endpoints.server.governing import Served
from harness.endpoints.server.keeping import StateFile
from harness.endpoints.server.parsing import Received
from harness.endpoints.server.site import Site
from harness.errors import ConfigError
from harness.wsdl import Contract, find
from tests.account.asking import add, caller, envelope, item
from tests.endpoints.raw_server import Certificates
from tests.endpoints.server.callers import Got, request, until, whole

ROOT = Path(__file__).parents[3]
REF = "asiointitili/viranomaispalvelut/1.7-2024-04"


class Serving:
    """``harness serve`` in a process of its own."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self.folder = folder
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("HARNESS_")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness", "serve", "--port", "0", "--json", *words],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Everything it told."""
        self.process.send_signal(number)
        _, told = self.process.communicate(timeout=30)
        return told

    def post(self, body: bytes, operation: str) -> Got:
        url = urlsplit(json.loads(self.line)["url"])
        with socket.create_connection((url.hostname or "", url.port or 0), 10) as sock:
            sock.sendall(request(url.path, body, operation, close=True))
            data = b""
            while piece := sock.recv(65536):
                data += piece
        return whole(data)

    def send(self, own_id: str) -> str:
        kysely = add(item("active", own_id=own_id))
        return self.post(envelope("LisaaKohteita", caller() + kysely), "LisaaKohteita").text


@contextmanager
def serving(folder: Path, *words: str, **environment: str) -> Iterator[Serving]:
    started = Serving(folder, *words, **environment)
    with started.process:
        try:
            yield started
        finally:
            if started.process.poll() is None:
                started.end(signal.SIGKILL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "harness.toml").write_bytes((ROOT / "harness.toml").read_bytes())
    return folder


@pytest.mark.parametrize("option", ["--state-file", "--journal"])
def test_the_file_of_a_running_server_is_no_other_one_s(project: Path, option: str) -> None:
    file = project / ".harness" / "serve" / {"--journal": "journal.jsonl"}.get(option, "state.json")
    with serving(project), serving(project, "--folder", "other", option, str(file)) as second:
        assert not second.line
        _, told = second.process.communicate(timeout=30)
        assert "another harness serve keeps its files here" in told


def test_journal_and_account_go_on_after_a_restart(project: Path) -> None:
    kept = project / ".harness" / "serve"
    with serving(project) as server:
        assert ">200<" in server.send("mine")
        token = (kept / "token").read_text().strip()
        assert stat.S_IMODE((kept / "token").stat().st_mode) == 0o600
        told = server.end()
        assert str(kept / "token") in told
        assert token not in told + server.line
    left = {each.name for each in kept.iterdir()} - {"journal.jsonl.lock", "state.json.lock"}
    assert left == {"journal.jsonl", "lock", "state.json"}
    assert {stat.S_IMODE(each.stat().st_mode) for each in kept.iterdir()} == {0o600}
    with serving(project) as server:
        assert ">520<" in server.send("mine")
        assert "goes on with 1 item from" in server.end()
    lines = (kept / "journal.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["position"] for line in lines[1:]] == [1, 2]


def test_after_a_crash_the_journal_is_whole(project: Path) -> None:
    journal = project / ".harness" / "serve" / "journal.jsonl"
    with serving(project) as server:
        server.send("mine")
        until(lambda: journal.read_bytes().count(b"\n") == 2)
        server.end(signal.SIGKILL)
    with journal.open("ab") as file:
        file.write(b'{"position":2,')
    with serving(project) as server:
        server.send("mine")
        assert "a torn last line of the journal was cut off (14 bytes)" in server.end()
    positions = [json.loads(line)["position"] for line in journal.read_bytes().splitlines()[1:]]
    assert positions == [1, 2]


def test_after_a_crash_the_token_goes_to_nobody(project: Path) -> None:
    kept = project / ".harness" / "serve"
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.setblocking(False)
        with serving(project) as server:
            server.process.kill()
            server.process.wait()
        port = stranger.getsockname()[1]
        (kept / "address.json").write_text(json.dumps({"url": f"http://127.0.0.1:{port}"}))
        done = _command(project, "control", "state")
        assert done.returncode == 2
        assert "no server runs here" in " ".join(done.stderr.split())
        with pytest.raises(BlockingIOError):
            stranger.accept()


def test_fresh_begins_anew_and_leaves_the_old_state_beside(project: Path) -> None:
    kept = project / ".harness" / "serve"
    with serving(project) as server:
        server.send("mine")
        server.end()
    old = (kept / "state.json").read_bytes()
    with serving(project, "--fresh") as server:
        assert ">200<" in server.send("mine")
        server.end()
    assert (kept / "state.json.before").read_bytes() == old


def test_a_second_server_needs_a_folder_of_its_own(project: Path) -> None:
    with serving(project) as first:
        with serving(project) as second:
            assert second.line == ""
            assert second.process.wait(30) == 2
            assert second.process.stderr is not None
            assert "--folder" in second.process.stderr.read()
        with serving(project, "--folder", "other") as third:
            assert third.line
        assert ">200<" in first.send("mine")


def test_the_commands_find_the_server(project: Path) -> None:
    with serving(project) as server:
        assert _control(project, "fault", "unavailable,once")["rules"] == ["unavailable,next=1"]
        assert server.post(b"", "HaeTilaTieto").status == 503
        assert _control(project, "clear") == {"rules": []}
        assert _control(project, "switch", "maintenance", "on")["switches"]["maintenance"]
        assert _control(project, "reset")["switches"] == {
            "maintenance": False,
            "queued": False,
            "tolerant": False,
        }
        before = datetime.now(UTC) + timedelta(days=1, seconds=-1)
        moved = _control(project, "clock", "+23h59m60s")["account_time"]
        assert datetime.fromisoformat(moved) >= before
        moved = _control(project, "clock", "2999-01-01T00:00:00Z")["account_time"]
        assert moved.startswith("2999-01-01T00:0")
        (entry,) = _control(project, "journal")["entries"]
        assert (entry["status"], entry["fault"]) == (500, "unavailable")
        assert _control(project, "journal", "--since", "1")["entries"] == []
        assert _control(project, "outbox") == {"messages": []}
        for words in (("clock", "+5"), ("clock", "+"), ("clock", "2020-01-01T00:00:00Z")):
            assert _command(project, "control", *words).returncode == 2
        server.end()
    done = _command(project, "control", "state")
    assert done.returncode == 2
    assert "no server runs here" in " ".join(done.stderr.split())


def test_the_commands_speak_tls_to_the_very_certificate(
    project: Path, certificates: Certificates
) -> None:
    own, other = certificates.issue("control"), certificates.issue("another")
    with serving(project, "--cert", str(own)) as server:
        assert json.loads(server.line)["url"].startswith("https://")
        assert _control(project, "state")["contract"] == REF
        address = project / ".harness" / "serve" / "address.json"
        told = json.loads(address.read_bytes())
        address.write_text(json.dumps({**told, "cert": str(other)}))
        refused = _command(project, "control", "state")
        assert refused.returncode == 2
        assert "does not answer" in " ".join(refused.stderr.split())


@pytest.mark.parametrize(("open_page", "status"), [(True, 200), (False, 401)])
def test_only_on_this_machine_the_page_needs_no_token(
    contract: Contract, tmp_path: Path, *, open_page: bool, status: int
) -> None:
    site, account = Site(), Account()
    with kept(Wanted(tmp_path / "serve"), contract, account) as keeping:
        served = Served(contract, account, site.rules, keeping.journal, {}, keeping.state)
        with keeping.governed(site, served, "http://localhost:1", open_page=open_page):
            asked = Received("GET", "/harness/", (("Host", "localhost"),), b"", True)
            assert site.reply(asked).answer.status == status
            asked = replace(asked, target="/harness/control/state")
            assert site.reply(asked).answer.status == 401
        keeping.keeper().close()


def test_with_nowhere_for_the_token_others_see_no_page(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    site, account = Site(), Account()
    with kept(Wanted(None), contract, account) as keeping:
        served = Served(contract, account, site.rules, keeping.journal, {})
        with keeping.governed(site, served, "http://localhost:1", open_page=False):
            asked = Received("GET", "/harness/", (("Host", "localhost"),), b"", True)
            assert site.reply(asked).answer.status == 404


def test_a_token_of_the_environment_is_not_written(project: Path) -> None:
    token = "a-token-of-the-environment"
    with serving(project, HARNESS_SERVE_TOKEN=token) as server:
        assert not (project / ".harness" / "serve" / "token").exists()
        assert _command(project, "control", "state").returncode == 2
        done = _command(project, "control", "state", HARNESS_SERVE_TOKEN=token)
        assert json.loads(done.stdout)["contract"] == REF
        assert token not in server.end()


def test_without_a_project_nothing_is_kept(tmp_path: Path) -> None:
    with serving(tmp_path, "--contract", REF) as server:
        server.send("mine")
        told = server.end()
    assert "nothing is kept" in told
    assert list(tmp_path.iterdir()) == []


def test_bodies_are_kept_loudly_and_never_where_git_takes_them_up(project: Path) -> None:
    with serving(project, "--keep-exchanges", "bodies", "--no-journal") as server:
        server.send("mine")
        assert "WARNING" in server.end()
    bodies = list((project / "bodies").rglob("*.body"))
    assert len(bodies) == 2
    assert {stat.S_IMODE(each.stat().st_mode) for each in bodies} == {0o600}
    assert not (project / ".harness" / "serve" / "journal.jsonl").exists()

    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    with serving(project, "--keep-exchanges", "more") as server:
        assert server.process.wait(30) == 2
    assert not (project / "more").exists()
    (project / ".gitignore").write_text("/more/\n")
    with serving(project, "--keep-exchanges", "more") as server:
        server.send("again")
        server.end()
    assert list((project / "more").rglob("*.body"))


# The file of the account's state


@pytest.fixture(scope="module")
def other_contract() -> Contract:
    return find("asiointitili/viranomaispalvelut/1.7", [book("contracts")])


def test_a_state_of_another_contract_is_refused(
    contract: Contract, other_contract: Contract, tmp_path: Path
) -> None:
    StateFile(tmp_path / "state", contract, Account()).save()
    with pytest.raises(ConfigError, match=r"it was kept under .*--fresh"):
        StateFile(tmp_path / "state", other_contract, Account()).load()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"state": "harness serve", "format": 2}',
        b'{"state": "harness serve", "format": 1, "contract": 7}',
    ],
)
def test_a_file_that_is_no_state_is_refused_and_left(
    contract: Contract, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "state"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="cannot be used"):
        StateFile(path, contract, Account()).load()
    assert path.read_bytes() == data


@pytest.mark.parametrize("account", [None, {}, {"format": 1}, []])
def test_a_state_without_its_account_is_refused(
    contract: Contract, tmp_path: Path, account: object
) -> None:
    kept = {"state": "harness serve", "format": 1, "contract": contract.ref, "account": account}
    (tmp_path / "state").write_text(json.dumps(kept))
    with pytest.raises(ConfigError):
        StateFile(tmp_path / "state", contract, Account()).load()


def test_saving_replaces_the_file_or_leaves_it(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    state = StateFile(path, contract, Account())
    state.save()
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    state.save()
    assert state.problem == "the state is not saved: No space left on device"
    assert path.read_bytes() == before
    monkeypatch.undo()
    state.save()
    assert state.problem == ""
    assert [each.name for each in tmp_path.iterdir()] == ["state"]


def test_a_state_file_for_a_service_without_state_is_misuse(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "asiointitili/paluukanava"
    words = ["serve", "--port", "0", "--contract", other, "--state-file", str(project / "s")]
    assert execute(["--project", str(project), *words]) == 2
    assert "there is no state to keep" in " ".join(capsys.readouterr().err.split())


def _control(folder: Path, *words: str) -> Any:
    done = _command(folder, "control", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _command(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HARNESS_")}
    return subprocess.run(
        [sys.executable, "-m", "harness", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
