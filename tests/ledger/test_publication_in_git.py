"""Checkpoints on a git ref: one file a commit, compare and swap, nothing else of the repository."""

import os
import subprocess
from pathlib import Path

import pytest

from harness.errors import IntegrityBroken, LedgerError
from harness.ledger import git
from harness.ledger.application import Ledger
from harness.ledger.git import GitPlace
from harness.ledger.places import Publication
from harness.ledger.verify import verify
from harness.proof import checkpoint
from tests.ledger.helpers import begin, checkpoint_of, fill, key_of, step

REF = "refs/heads/checkpoints"


def plain_git(repository: Path, *words: str) -> str:
    """What git prints, with no setting but the repository's."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", str(repository), *words],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return done.stdout


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    folder = tmp_path / "audit.git"
    folder.mkdir()
    plain_git(folder, "init", "-q", "--bare")
    return folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with a work tree, a commit, and something staged."""
    folder = tmp_path / "project"
    folder.mkdir()
    plain_git(folder, "init", "-q", "-b", "main")
    (folder / "file").write_text("text\n")
    plain_git(folder, "add", "file")
    name = ["-c", "user.name=N", "-c", "user.email=n@example.invalid"]
    plain_git(folder, *name, "commit", "-q", "-m", "first")
    (folder / "staged").write_text("staged\n")
    plain_git(folder, "add", "staged")
    return folder


def opened(ledger: Path, *places: GitPlace) -> Ledger:
    return Ledger.open(ledger, key_of(ledger), checkpoints=places)


def record(ledger: Path, *places: GitPlace) -> Publication:
    """One more event; what became of the last place."""
    with opened(ledger, *places) as at:
        project = at.project("demo")
        step(project)
        at.save(project, project.version - 1)
    return at.publications[-1]


def size_of(place: GitPlace) -> int:
    note = place.read()
    assert note is not None
    return checkpoint.read(note).size


@pytest.mark.parametrize("ref", [REF, "refs/tags/ledger/newest"])
def test_each_checkpoint_is_a_commit_of_one_file(ledger_path: Path, bare: Path, ref: str) -> None:
    place = GitPlace(bare, ref)
    assert place.read() is None
    assert record(ledger_path, place).published
    assert record(ledger_path, place).published
    history = plain_git(bare, "log", "--format=%an <%ae> %cn <%ce> %s", ref).splitlines()
    who = "connection-harness <checkpoint@connection-harness.invalid>"
    assert history == [f"{who} {who} checkpoint of {size} entries" for size in (10, 9, 8)]
    assert plain_git(bare, "ls-tree", "--name-only", ref) == "checkpoint\n"
    assert plain_git(bare, "show", f"{ref}:checkpoint") == checkpoint_of(ledger_path).read_text()
    report = verify(ledger_path, folders=[place])
    assert [str(each.place) for each in report.held][-1] == f"{bare}#{ref}"
    assert report.vouched == 10


def test_work_tree_index_and_hooks_are_left_alone(ledger_path: Path, tree: Path) -> None:
    hook = tree / ".git/hooks/reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tree.parent}/hook-was-run\n")
    hook.chmod(0o755)
    index, status = (tree / ".git/index").read_bytes(), plain_git(tree, "status", "--porcelain")
    head = plain_git(tree, "rev-parse", "HEAD")
    assert record(ledger_path, GitPlace(tree, REF)).published
    assert (tree / ".git/index").read_bytes() == index
    assert plain_git(tree, "status", "--porcelain") == status == "A  staged\n"
    assert plain_git(tree, "rev-parse", "HEAD") == head
    assert not (tree.parent / "hook-was-run").exists()
    plain_git(tree, "update-ref", "refs/heads/other", "HEAD")
    assert (tree.parent / "hook-was-run").exists(), "the hook would have been run"


def test_no_variable_of_git_leads_elsewhere(
    ledger_path: Path, bare: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tree / ".git"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tree / ".git/objects"))
    assert record(ledger_path, GitPlace(bare, REF)).published
    assert "refs/heads/checkpoints" in plain_git(bare, "for-each-ref")
    assert "checkpoints" not in plain_git(tree, "for-each-ref")
    assert plain_git(bare, "log", "-1", "--format=%an", REF) == "connection-harness\n"


def test_a_checked_out_branch_is_refused(ledger_path: Path, tmp_path: Path) -> None:
    """Also one without a commit: the work tree would look as if everything had been deleted."""
    folder = tmp_path / "new"
    folder.mkdir()
    plain_git(folder, "init", "-q", "-b", "checkpoints")
    told = record(ledger_path, GitPlace(folder, REF))
    assert told.problem == "this branch is checked out; name one that is not"
    assert plain_git(folder, "for-each-ref") == ""


def test_a_branch_of_something_else_is_never_written_to(ledger_path: Path, tree: Path) -> None:
    plain_git(tree, "branch", "work")
    before = plain_git(tree, "rev-parse", "work")
    place = GitPlace(tree, "refs/heads/work")
    for look in (lambda: opened(ledger_path, place), lambda: verify(ledger_path, folders=[place])):
        with pytest.raises(IntegrityBroken, match="something else than checkpoints") as caught:
            look()
        assert caught.value.where == f"{tree}#refs/heads/work"
    assert plain_git(tree, "rev-parse", "work") == before


def test_a_folder_inside_a_repository_is_none(ledger_path: Path, tree: Path) -> None:
    inside = tree / "inside"
    inside.mkdir()
    told = record(ledger_path, GitPlace(inside, REF))
    assert told.problem == "this is no git repository, or git does not let you use it"
    assert "checkpoints" not in plain_git(tree, "for-each-ref")


def test_a_missing_repository_does_not_lose_the_record(ledger_path: Path, tmp_path: Path) -> None:
    place = GitPlace(tmp_path / "not-mounted", REF)
    assert record(ledger_path, place).problem == "there is no such folder"
    report = verify(ledger_path, folders=[place])
    assert (report.size, report.missing) == (9, (place,))
    place.repository.mkdir()
    plain_git(place.repository, "init", "-q", "--bare")
    with opened(ledger_path, place) as ledger:
        (caught_up,) = ledger.tail
    assert (caught_up.place, caught_up.size, caught_up.published) == (place, 9, True)


def test_who_moves_the_ref_meanwhile_is_not_written_over(
    ledger_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compare and swap: another publisher comes between reading and writing."""
    place = GitPlace(bare, REF)
    record(ledger_path, place)
    older = place.read()
    record(ledger_path, place)
    newer = plain_git(bare, "rev-parse", REF)
    look = GitPlace._look
    monkeypatch.setattr(GitPlace, "_look", lambda self: (look(self)[0], older))
    with pytest.raises(LedgerError, match="moved it meanwhile"):
        place.write(b"a\n9\nx\n", b"what was read first")
    first = plain_git(bare, "rev-parse", f"{REF}~1").strip()
    monkeypatch.setattr(GitPlace, "_look", lambda self: (first, older))
    with pytest.raises(LedgerError, match="moved it meanwhile"):
        place.write(b"a\n9\nx\n", older)
    monkeypatch.setattr(GitPlace, "_look", lambda self: ("", None))
    with pytest.raises(LedgerError, match="moved it meanwhile"):
        place.write(b"a\n9\nx\n", None)
    assert plain_git(bare, "rev-parse", REF) == newer


def test_never_smaller_over_larger(ledger_path: Path, bare: Path, tmp_path: Path) -> None:
    place, old = GitPlace(bare, REF), tmp_path / "old.sqlite3"
    old.write_bytes(ledger_path.read_bytes())
    record(ledger_path, place)
    ledger_path.write_bytes(old.read_bytes())
    checkpoint_of(ledger_path).unlink()
    for look in (lambda: opened(ledger_path, place), lambda: verify(ledger_path, folders=[place])):
        with pytest.raises(IntegrityBroken, match="cut or rolled back") as caught:
            look()
        assert caught.value.where == str(place)
    assert size_of(place) == 9


def test_a_new_ledger_does_not_take_its_place(
    ledger_path: Path, bare: Path, tmp_path: Path
) -> None:
    place = GitPlace(bare, REF)
    record(ledger_path, place)
    other = tmp_path / "other" / "ledger.sqlite3"
    with pytest.raises(IntegrityBroken, match="its ledger is gone"):
        Ledger.open(other, key_of(other), create=True, checkpoints=[place])


def test_a_reader_of_the_ledger_writes_no_ref(ledger_path: Path, bare: Path) -> None:
    place = GitPlace(bare, REF)
    record(ledger_path, place)
    fill(ledger_path, 2, "other")
    with Ledger.open(ledger_path, Path("none"), readonly=True, checkpoints=[place]) as ledger:
        assert ledger.publications[-1].problem == "2 signed entries are not published here yet"
        assert ledger.project("demo").version == begin().version + 8
    assert size_of(place) == 9
    assert verify(ledger_path, folders=[place]).vouched == 11


def test_git_that_hangs_is_given_up(
    ledger_path: Path, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git, "SECONDS", 0.2)
    assert record(ledger_path, GitPlace(bare, REF)).problem == "it did not end within 0.2 s"


def test_without_git_it_is_said(
    ledger_path: Path, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = record(ledger_path, GitPlace(bare, REF))
    assert told.problem == "'git' cannot be run: No such file or directory"
