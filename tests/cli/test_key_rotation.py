"""``harness key rotate``: another key seals the ledger, and an interruption loses nothing."""

from pathlib import Path

import pytest

from harness.proof.keys import PrivateKey
from tests.cli import support
from tests.cli.support import Project, one_paragraph

REASON = ("--reason", "Who kept it has left.")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = support.joining_project(tmp_path / "p", {})
    project.must("project", "new", by="owner")
    return project


def key(project: Project) -> Path:
    return project.folder / ".harness/ledger.key"


def test_the_new_key_takes_the_place_of_the_old_one(project: Project) -> None:
    old = PrivateKey.load(key(project)).public.fingerprint
    told = project.must("key", "rotate", *REASON, "--json", by="owner").data
    new = PrivateKey.load(key(project)).public.fingerprint
    assert (told["old"], told["new"]) == (old, new)
    assert PrivateKey.load(Path(told["aside"])).public.fingerprint == old
    assert not list(key(project).parent.glob("*.new*"))
    assert REASON[1] in project.must("history").out

    project.must("pin", "contract", by="owner")
    verified = project.must("verify", "--json").data
    assert (verified["size"], verified["unsealed"], verified["key"]) == (3, 0, new)
    assert verified["keys"] == [{"until": 2, "key": old}]
    assert f"until entry 2: {old}" in project.must("verify").out
    for each in (old, new):
        project.must("verify", "--key", each)
    assert project.run("gate").code == 1


def test_it_says_what_becomes_of_the_old_key_and_who_needs_the_new_one(project: Project) -> None:
    told = project.must("key", "rotate", *REASON, by="owner").out
    assert "the old key was moved to" in told
    assert "it seals nothing any more; delete it and every copy" in told
    assert "whoever runs harness verify --key needs the new key from now on" in told


def test_a_state_is_proven_by_the_keys_that_sealed_it(project: Project) -> None:
    told = project.must("key", "rotate", *REASON, "--json", by="owner").data
    assert f"as sealed by {told['old']}\n" in project.must("replay", "--verify").out
    project.must("pin", "contract", by="owner")
    both = f"as sealed by {told['old']}, then {told['new']}\n"
    assert both in project.must("replay", "--verify").out


def test_the_old_key_is_refused(project: Project) -> None:
    aside = Path(project.must("key", "rotate", *REASON, "--json", by="owner").data["aside"])
    aside.replace(key(project))
    text = one_paragraph(project.run("pin", "contract", by="owner"), 2)
    assert "the key file holds" in text


def test_a_key_that_lies_ready_is_not_taken(project: Project) -> None:
    """Who kept the ledger may have laid it there before they left."""
    theirs = PrivateKey.create(key(project).with_name("ledger.key.new"))
    told = project.must("key", "rotate", *REASON, "--json", by="owner").data
    assert told["new"] != theirs.public.fingerprint
    assert PrivateKey.load(key(project)).public.fingerprint == told["new"]
    project.must("pin", "contract", by="owner")


def test_after_an_interruption_behind_the_entry_it_is_said_where_the_new_key_lies(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_paths: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("harness.cli.key.exchange", interrupted)
        assert project.run("key", "rotate", *REASON, by="owner").code == 130
    text = one_paragraph(project.run("pin", "contract", by="owner"), 2)
    assert "it lies beside it, .new" in text
    (new,) = key(project).parent.glob("ledger.key.new-*")
    assert f"sealed by ed25519:{new.name.removeprefix('ledger.key.new-')}" in text
    new.replace(key(project))
    project.must("pin", "contract", by="owner")
    assert project.must("verify", "--json").data["size"] == 3


def test_it_is_known_who_changes_the_key(project: Project) -> None:
    text = one_paragraph(project.run("key", "rotate", *REASON, claim="claimant"), 1)
    assert "IDENTITY_CLAIMED" in text
    assert not list(key(project).parent.glob("*.new*"))
    project.must("pin", "contract", by="owner")
