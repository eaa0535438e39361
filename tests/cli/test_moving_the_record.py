"""``harness export``, ``import`` and ``verify --export`` as a user calls them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.cli.support import Project

At = Callable[[str], Project]


def test_a_bundle_is_checked_by_what_lies_in_it(at: At, tmp_path: Path) -> None:
    project, bundle = at("created"), tmp_path / "bundle"
    told = project.must("export", "--bundle", str(bundle)).out
    assert f"{bundle / 'ledger.jsonl'}: 1 entry as sealed" in told
    command = ["verify_ledger.py", "ledger.jsonl", "--checkpoint", "ledger.checkpoint"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", *command], cwd=bundle, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (bundle / "schemas" / "ProjectCreated.v1.json").is_file()
    assert "verify_ledger.py" in (bundle / "README.txt").read_text(encoding="utf-8")


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
