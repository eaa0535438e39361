"""Proofs for somebody without the ledger: one entry, and that a checkpoint was continued."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.support import Project, one_paragraph, run
from tests.ledger.helpers import attacker

At = Callable[[str], Project]


@dataclass(frozen=True)
class Auditor:
    """Who holds an older checkpoint, the key's fingerprint, and what they are sent."""

    project: Project
    folder: Path
    key: str
    old: int

    @property
    def held(self) -> Path:
        return self.folder / "held"

    def sent(self, *words: str) -> Path:
        """The keeper's proof as a file."""
        file = self.folder / f"{words[0]}.proof"
        file.write_text(self.project.must("proof", *words).out, "utf-8")
        return file

    def checks(self, file: Path, *words: str, key: str = "") -> tuple[int, str]:
        """What the check says, with no project and no ledger within reach."""
        shutil.rmtree(self.project.folder / ".harness", ignore_errors=True)
        result = run("proof", "check", str(file), "--key", key or self.key, *words)
        return result.code, result.out if result.code == 0 else one_paragraph(result, result.code)


@pytest.fixture
def auditor(at: At, tmp_path: Path) -> Auditor:
    project = at("pinned")
    key = project.must("verify", "--json").data["key"]
    found = Auditor(project, tmp_path, key, project.size())
    shutil.copy(project.folder / ".harness/ledger.checkpoint", found.held)
    (form,) = project.folder.glob("forms/0-*.toml")
    project.must("phase", "record", "--form", str(form), by="developer")
    assert project.size() > found.old
    return found


def test_an_entry_is_proven_under_the_newest_head(auditor: Auditor) -> None:
    size, file = auditor.project.size(), auditor.sent("inclusion", "1")
    code, told = auditor.checks(file)
    assert code == 0
    assert f"proven: entry 1 is one of the {size} of connection-harness/ledger/" in told
    assert "topic: joining.ProjectCreated" in told


def test_and_under_the_very_checkpoint_that_is_held(auditor: Auditor) -> None:
    file = auditor.sent("inclusion", "2", "--size", str(auditor.old))
    code, told = auditor.checks(file, "--checkpoint", str(auditor.held))
    assert code == 0
    assert f"entry 2 is one of the {auditor.old} of" in told


def test_not_under_another_than_the_one_that_is_held(auditor: Auditor) -> None:
    code, told = auditor.checks(auditor.sent("inclusion", "2"), "--checkpoint", str(auditor.held))
    assert (code, "under another checkpoint than the one you hold" in told) == (3, True)


@pytest.mark.parametrize("words", [("inclusion", "2"), ("consistency", "1")])
@pytest.mark.parametrize("text", ["", "no checkpoint", "{}"])
def test_what_is_no_checkpoint_is_not_told_as_another_one(
    auditor: Auditor, tmp_path: Path, words: tuple[str, str], text: str
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(text, "utf-8")
    code, told = auditor.checks(auditor.sent(*words), "--checkpoint", str(wrong))
    assert (code, "another checkpoint" in told) == (3, False)
    assert f"{wrong}: this is not a signed checkpoint" in told


def test_a_later_checkpoint_continues_the_one_that_is_held(auditor: Auditor) -> None:
    size, file = auditor.project.size(), auditor.sent("consistency", str(auditor.old))
    assert file.read_text("utf-8").startswith(f"old {auditor.old}\n")
    code, told = auditor.checks(file, "--checkpoint", str(auditor.held))
    assert code == 0
    assert f"with {size} entries continues the {auditor.old} you hold" in told


def test_which_needs_one_that_is_held(auditor: Auditor) -> None:
    code, told = auditor.checks(auditor.sent("consistency", str(auditor.old)))
    assert (code, "needs the older checkpoint" in told) == (2, True)


@pytest.mark.parametrize("words", [("inclusion", "1"), ("consistency", "1")])
def test_another_key_proves_nothing(auditor: Auditor, words: tuple[str, str]) -> None:
    other = "ed25519:" + "ab" * 32
    file = auditor.sent(*words)
    code, told = auditor.checks(file, "--checkpoint", str(auditor.held), key=other)
    assert (code, "signed by another key" in told) == (3, True)
    assert str(file) in told.replace("\n", "")


def test_an_altered_entry_gets_no_proof(auditor: Auditor) -> None:
    with attacker(auditor.project.folder / ".harness/ledger.sqlite3") as server:
        server.execute(
            "UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE position = 2"
        )
    for words in (["inclusion", "1"], ["consistency", "1"]):
        told = one_paragraph(auditor.project.run("proof", *words), 3)
        assert "are not what was sealed" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["inclusion", "999"], "there is no entry 999 among the first"),
        (["inclusion", "1", "--size", "999"], "no head of 999 is signed"),
        (["consistency", "999"], "entries cannot continue 999"),
        (["consistency", "1", "999"], "no head of 999 is signed"),
    ],
)
def test_what_cannot_be_proven_is_said(at: At, words: list[str], told: str) -> None:
    assert told in " ".join(one_paragraph(at("shown").run("proof", *words), 2).split())


def test_json_holds_the_same(auditor: Auditor) -> None:
    data = auditor.project.must("proof", "inclusion", "1", "--json").data
    text = auditor.sent("inclusion", "1").read_text("utf-8")
    assert (data["position"], text.endswith("\n\n" + data["checkpoint"])) == (1, True)
    head, *_ = text.split("\n\n")
    assert len(head.splitlines()) == 3 + len(data["hashes"])
