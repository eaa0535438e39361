"""``harness privacy scan``: what it prints, what it leaves with; this repository is clean."""

import io
import json
import subprocess
from pathlib import Path

import pytest

from harness.privacy.recognising import Wanted
from harness.privacy.searching import search
from tests.cli.support import ROOT, run
from tests.support.identities import MISTYPED, PERSON


def test_a_clean_folder_leaves_with_0_and_a_find_with_1(tmp_path: Path) -> None:
    (tmp_path / "clean").write_text("Y-tunnus 2341528-4")
    done = run("privacy", "scan", str(tmp_path))
    assert (done.code, done.out) == (0, "1 file, 18 bytes searched: nothing found\n")
    (tmp_path / "letter").write_text(f"Hei\n{PERSON}\n{MISTYPED}")
    done = run("privacy", "scan", str(tmp_path))
    assert done.code == 1
    assert f"{tmp_path}/letter:2: identity code ******-****, as it is" in done.out
    assert f"{tmp_path}/letter:3: mistyped identity code" in done.out
    assert PERSON[:6] not in done.out + done.err


def test_the_result_as_json_holds_no_code(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text(PERSON)
    done = run("privacy", "scan", str(tmp_path), "--json")
    (found,) = done.data["found"]
    assert (found["place"], found["kind"], found["form"]) == ("1", "identity code", "as it is")
    assert PERSON[:6] not in done.out


def test_issued_codes_are_allowed_by_their_file_or_by_the_project(tmp_path: Path) -> None:
    roles = tmp_path / "roles.toml"
    roles.write_text(f'active = {{ AsiakasTunnus = "{PERSON}", TunnusTyyppi = "SSN" }}\n')
    assert run("privacy", "scan", str(roles)).code == 1
    assert run("privacy", "scan", str(roles), "--issued", str(roles)).code == 0
    settings = (ROOT / "harness.toml").read_text("utf-8")
    endpoint = 'url = "https://localhost/"\nlevel = "test"\nroles_file = "roles.toml"'
    (tmp_path / "harness.toml").write_text(f"{settings}\n[endpoints.qa]\n{endpoint}\n")
    assert run("--project", str(tmp_path), "privacy", "scan", str(roles)).code == 0


def test_further_words_are_found_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("salainen sana\n\n")
    (tmp_path / "log").write_text("q=salainen%20sana")
    words = ("--words", str(tmp_path / "words"))
    done = run("privacy", "scan", str(tmp_path / "log"), *words)
    assert done.code == 1
    assert done.out.startswith(f"{tmp_path}/log:1: forbidden word, as it is\n")
    assert "sana" not in done.out


def test_stdin_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(f"a\n{PERSON}".encode()))
    monkeypatch.setattr("sys.stdin", stream)
    done = run("privacy", "scan", "-")
    assert done.code == 1
    assert done.out.startswith("-:2: identity code")


def test_this_repository_holds_no_code_of_a_person() -> None:
    """Codes of the range that is given to people are built by tests when they run."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = listed.stdout.decode().split("\0")[:-1] or [
        "harness", "tests", "contracts", "scenarios", "forms", "events", "docs",
    ]  # fmt: skip
    found = [s for name in names for s in search(ROOT / name, Wanted()).sightings]
    assert [str(each) for each in found] == []
    assert json.loads(run("privacy", "scan", str(ROOT / "docs"), "--json").out)["files"] > 30
