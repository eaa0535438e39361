"""``harness serve`` as a process: its addresses, its start, its end, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.cli import execute
from harness.cli.serve import serve
from harness.endpoints.faults import FAULTS
from harness.endpoints.server.limits import DEFAULT_LIMITS
from tests.account.asking import ACTION
from tests.endpoints.raw_server import Certificates
from tests.endpoints.server.callers import GOOD, PATIENCE

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "serve.md"
CONTRACT = "asiointitili/viranomaispalvelut"


@contextmanager
def started(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running ``harness serve --port 0`` and its first line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "serve", "--port", "0", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def addresses(line: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(line)
    return found


def call(url: str) -> tuple[int, bytes]:
    fields = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ACTION}HaeTilaTieto"'}
    asked = urllib.request.Request(url, GOOD, fields)
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        return answer.status, answer.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_it_is_told_to_stop(tmp_path: Path, number: int) -> None:
    with started(tmp_path, "--contract", CONTRACT, "--json") as (process, line):
        found = addresses(line)
        assert set(found) >= {"contract", "wsdl", "url", "signed"}
        assert found["wsdl"] == f"{found['url']}?wsdl"
        assert found["url"] == f"{found['signed']}NonSigned"
        assert call(found["url"])[0] == 200
        process.send_signal(number)
        _, story = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert story.endswith("harness: stopped\n")


def test_addresses_for_people(tmp_path: Path) -> None:
    with started(tmp_path, "--contract", CONTRACT) as (process, line):
        assert line.split()[0] == "contract"
        process.terminate()
        assert process.stdout is not None
        rest = process.stdout.read()
    words = [each.split()[0] for each in rest.splitlines()]
    assert {"WSDL", "unsigned", "signed", "who", "stop"} <= set(words)
    told = DOCUMENT.read_text("utf-8").partition("$ harness serve\n")[2].partition("```")[0]
    assert [each.split()[0] for each in told.splitlines()] == ["contract", *words]


def test_it_starts_without_what_it_does_not_need(tmp_path: Path) -> None:
    code = (
        "import sys, harness.cli.serve\n"
        "import harness.endpoints.server.server\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )
    heavy = {"zeep", "requests", "responses", "pytest", "eventsourcing", "cryptography"}
    assert not heavy & set(done.stdout.split())


def test_state_and_faults_of_the_command_line(tmp_path: Path) -> None:
    words = ("--contract", CONTRACT, "--json", "--state", "queued", "--fault", "slicer,size=50")
    with started(tmp_path, *words) as (_, line):
        assert call(addresses(line)["url"])[0] == 200


def test_name_stands_in_the_addresses(tmp_path: Path) -> None:
    words = ("--contract", CONTRACT, "--json", "--host-name", "localhost")
    with started(tmp_path, *words) as (_, line):
        found = addresses(line)
        assert found["url"].startswith("http://localhost:")
        with urllib.request.urlopen(found["wsdl"], timeout=PATIENCE) as answer:
            assert found["url"].encode() in answer.read()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "0.0.0.0"], "plain HTTP shows them everything"),
        (["--fault", "html,operation=HaeKaikki"], "There are: HaeAsiakkaita"),
        (["--fault", "flood"], "there is no fault"),
        (["--fault", "latency,milliseconds=x"], "--fault: milliseconds"),
        (["--key", str(DOCUMENT)], "need --cert"),
        (["--client-ca", str(DOCUMENT)], "need --cert"),
        (["--cert", str(DOCUMENT)], "no usable PEM"),
        (["--cert", "absent.pem"], "does not exist"),
        (["--contract", "no/such"], "no/such"),
        (["--state", "asleep"], "asleep"),
        (["--port", "65536"], "65536"),
    ],
    ids=lambda each: "-".join(each)[-40:] if isinstance(each, list) else "",
)
def test_misuse_is_explained(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["serve", "--contract", CONTRACT, "--port", "0", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_without_a_project_it_needs_a_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["serve", "--port", "0"]) == 2
    assert "harness.toml" in capsys.readouterr().err


def test_key_that_is_encrypted_is_not_asked_for(certificates: Certificates, tmp_path: Path) -> None:
    pem = certificates.issue("serve").read_text("ascii")
    certificate = "-----BEGIN CERTIFICATE" + pem.partition("-----BEGIN CERTIFICATE")[2]
    alone = tmp_path / "alone.pem"
    alone.write_text(certificate, "ascii")
    assert execute(["serve", "--contract", CONTRACT, "--port", "0", "--cert", str(alone)]) == 2


# What is documented


def rows(heading: str) -> list[list[str]]:
    section = DOCUMENT.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_option_is_documented() -> None:
    told = [row[0].strip("`") for row in rows("Options")[2:]]
    known = [name for each in serve.params for name in each.opts]
    assert told == known


def test_every_fault_is_documented() -> None:
    told = [row for row in rows("Faults") if len(row) == 5][2:]
    known: list[list[Any]] = [
        [f"`{name}`", kind.kind, ", ".join(f"`{key}`" for key in kind.parameters), kind.what]
        for name, kind in FAULTS.items()
    ]
    assert [row[:4] for row in told] == known


def test_limits_are_documented() -> None:
    told = {row[0]: row[1] for row in rows("What it answers")[2:]}
    limits = DEFAULT_LIMITS
    assert told["request line and header fields"] == (
        f"{limits.max_header_bytes // 1024} KiB, {limits.max_headers} fields"
    )
    assert told["body"].startswith(f"{limits.max_body_bytes // 1024**2} MiB;")
    assert told["connections"] == str(limits.max_connections)
    times = (limits.head, limits.body, limits.idle, limits.write)
    named = (
        "head of a request",
        "body of a request",
        "silence between two requests",
        "caller that does not read its answer",
    )
    assert [told[name] for name in named] == [f"{seconds:g} s" for seconds in times]
