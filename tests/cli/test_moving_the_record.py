"""``harness export``, ``import`` and ``verify --export`` as a user calls them."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli import moving
from harness.ledger.moving import export
from harness.ledger.verify import VerifyReport
from tests.cli.support import Project, one_paragraph

At = Callable[[str], Project]


def test_a_bundle_is_checked_by_what_lies_in_it(at: At, tmp_path: Path) -> None:
    project, bundle = at("created"), tmp_path / "bundle"
    told = project.must("export", "--bundle", str(bundle)).out
    assert f"{bundle / 'ledger.jsonl'}: 1 entry as sealed" in told
    done = alone(bundle)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (bundle / "schemas" / "ProjectCreated.v1.json").is_file()
    assert "verify_ledger.py" in (bundle / "README.txt").read_text(encoding="utf-8")


def alone(bundle: Path) -> "subprocess.CompletedProcess[bytes]":
    command = ["verify_ledger.py", "ledger.jsonl", "--checkpoint", "ledger.checkpoint"]
    return subprocess.run(
        [sys.executable, "-I", "-S", *command], cwd=bundle, capture_output=True, check=False
    )


def test_a_bundle_holds_together_while_others_record(
    at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is recorded and published after the export is not in it, nor is its checkpoint."""
    project, bundle = at("created"), tmp_path / "bundle"

    def interrupted(*given: Any) -> VerifyReport:
        report = export(*given)
        project.must("phase", "record", "--form", "forms/0-before-joining.toml", by="owner")
        return report

    monkeypatch.setattr(moving, "export", interrupted)
    project.must("export", "--bundle", str(bundle))
    assert project.size() > 1
    assert (alone(bundle).returncode, alone(bundle).stderr) == (0, b"")


def test_a_bundle_is_whole_or_not_there(
    at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, bundle = at("created"), tmp_path / "bundle"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copy", full)
        told = one_paragraph(project.run("export", "--bundle", str(bundle)), 2)
    assert f"{bundle}: the folder cannot be made: No space left on device" in told
    assert not bundle.exists()
    project.must("export", "--bundle", str(bundle))


def test_a_record_that_is_not_what_is_published_is_not_bundled(at: At, tmp_path: Path) -> None:
    project, bundle = at("created"), tmp_path / "bundle"
    ledger = project.folder / ".harness/ledger.sqlite3"
    shutil.copy(ledger, tmp_path / "older")
    project.must("phase", "record", "--form", "forms/0-before-joining.toml", by="owner")
    shutil.copy(tmp_path / "older", ledger)
    assert "cut or rolled back" in one_paragraph(project.run("export", "--bundle", str(bundle)), 3)
    assert not bundle.exists()


def test_an_export_is_checked_without_the_project(at: At, tmp_path: Path) -> None:
    project, file = at("created"), tmp_path / "ledger.jsonl"
    key = project.must("export", str(file), "--json").data["key"]
    assert project.must("verify", "--export", str(file), "--key", key, "--json").data["size"] == 1
    other = "ed25519:" + 64 * "0"
    assert "sealed by" in project.run("verify", "--export", str(file), "--key", other).err
    file.write_bytes(file.read_bytes().replace(b'"version":1', b'"version":2', 1))
    assert project.run("verify", "--export", str(file)).code == 3


def test_a_ledger_is_made_anew_once(at: At, tmp_path: Path) -> None:
    project, file = at("created"), tmp_path / "ledger.jsonl"
    project.must("export", str(file))
    (tmp_path / "anew").mkdir()
    anew = ["--ledger", str(tmp_path / "anew" / "ledger.sqlite3")]
    assert project.must(*anew, "import", str(file), "--json").data["size"] == 1
    assert project.must(*anew, "verify", "--json").data["size"] == 1
    again = project.run(*anew, "import", str(file))
    assert (again.code, "already" in again.err) == (2, True)


def test_nothing_is_written_over(at: At, tmp_path: Path) -> None:
    project, file = at("created"), tmp_path / "ledger.jsonl"
    file.write_text(json.dumps({"mine": True}), encoding="utf-8")
    assert "already" in project.run("export", str(file)).err
    assert "Name a new one." in project.run("export", "--bundle", str(tmp_path)).err
    assert json.loads(file.read_text(encoding="utf-8")) == {"mine": True}
