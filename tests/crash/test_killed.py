"""Processes that are killed: at random instants, and before each step of writing a file."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.errors import EvidenceError
from harness.joining.evidence import TestEvidence
from tests.crash.killing import evidence
from tests.support.measuring import unmeasured
from tests.support.postgresql import embedded

pytestmark = pytest.mark.crash
KILLS = int(os.environ.get("HARNESS_TEST_KILLS", "12"))
SERVER_KILLS = int(os.environ.get("HARNESS_TEST_SERVER_KILLS", "6"))
SEED = str(time.time_ns()) if os.environ.get("HARNESS_RANDOM") else "1"
ROOT = Path(__file__).parents[2]


def told_by(module: str, *words: str) -> Any:
    """What a module of this folder tells as JSON, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.crash.{module}", *words],
        cwd=ROOT,
        env=unmeasured(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def figures_of(told: dict[str, int], what: str, kills: int) -> tuple[str, str]:
    """What the end of the run tells; nothing lost and nothing torn, or there are no figures."""
    assert told["kills"] == kills
    assert told["events"] >= kills
    assert told["while appending"] > kills // 3
    figures = (
        f"{kills} kills of {what}, {told['while appending']} of them after an append; "
        f"{told['events']} events kept, 0 lost, 0 torn"
    )
    return "crash", figures


def test_at_random_instants(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """C1: I1 to I4 and I6 after every kill, each looked at by a new process."""
    told = told_by("killing", str(tmp_path), str(KILLS), SEED)
    request.node.user_properties.append(figures_of(told, "a writer", KILLS))


def test_at_random_instants_of_a_servers_client(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """C1: the same writers and the same judgement, the ledger on one server that goes on."""
    with embedded() as server:
        told = told_by("killing", str(tmp_path), str(KILLS), SEED, server.url)
    request.node.user_properties.append(figures_of(told, "a server's client", KILLS))


def test_a_server_at_random_instants(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """C1: all its processes at once, while three clients write; each of them is told."""
    told = told_by("killing_server", str(tmp_path), str(SERVER_KILLS), SEED)
    request.node.user_properties.append(figures_of(told, "a server", SERVER_KILLS))


def test_the_command_at_random_instants(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """C1, I6: the same command again ends well, and each evidence is on record once."""
    kills = max(KILLS // 4, 1)
    told = told_by("recording", str(tmp_path), str(kills), SEED)
    assert told["kills"] == kills
    figures = f"{kills} kills of harness record, {told['recorded by then']} when it had recorded"
    request.node.user_properties.append(("crash", figures))


def test_while_evidence_is_written(tmp_path: Path) -> None:
    """C4: no file or a whole one, that says as much as was known; the chain has no gap."""
    (tmp_path / "before").mkdir()
    told = told_by("stepping", str(tmp_path))
    stages = [(each["runs"], each["complete"]) for each in told]
    assert stages == sorted(stages, key=[(1, True), (2, False), (2, True)].index)
    assert len(set(stages)) == 3
    for each in told:
        assert each["complete"] == (each["ended"] == each["runs"]), "a finished one was given up"
    assert [each["finished"] for each in told] == [False] * (len(told) - 1) + [True]


def test_half_an_evidence_is_refused() -> None:
    """C4."""
    whole = evidence(1).to_bytes()
    for cut in range(0, len(whole), 7):
        with pytest.raises(EvidenceError):
            TestEvidence.from_bytes(whole[:cut])
