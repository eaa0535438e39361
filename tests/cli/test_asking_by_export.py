"""``harness gate --export``: the real gate, asked where the ledger is not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import Project, Result, one_paragraph

At = Callable[[str], Project]


class Elsewhere:
    """A checkout without the ledger, with an export and the checkpoint of its moment."""

    def __init__(self, keeper: Project, folder: Path) -> None:
        self.project = keeper.copy_to(folder)
        shutil.rmtree(folder / ".harness")
        self.export, self.checkpoint = folder / "record.jsonl", folder / "checkpoint"
        keeper.must("export", str(self.export))
        shutil.copy(keeper.folder / ".harness/ledger.checkpoint", self.checkpoint)

    def ask(self, *words: str) -> Result:
        export, checkpoint = str(self.export), str(self.checkpoint)
        return self.project.run("gate", "--export", export, "--checkpoint", checkpoint, *words)


@pytest.fixture
def closed(at: At, tmp_path: Path) -> tuple[Project, Elsewhere]:
    keeper = at("prepared")
    return keeper, Elsewhere(keeper, tmp_path / "elsewhere")


def test_the_answer_is_that_of_the_gate_at_the_ledger(at: At, tmp_path: Path) -> None:
    for stage, code in (("requested", 1), ("approved", 0)):
        keeper = at(stage)
        elsewhere = Elsewhere(keeper, tmp_path / f"{stage}-elsewhere")
        own, told = keeper.run("gate", "--json"), elsewhere.ask("--json")
        assert (own.code, told.code) == (code, code), told
        answer, size = told.data, keeper.size()
        record = answer.pop("record")
        assert answer == own.data
        assert (record["size"], record["vouched"], record["unsealed"]) == (size, size, 0)
        assert not (elsewhere.project.folder / ".harness").exists()


def test_it_says_up_to_which_event_and_how_old(closed: tuple[Project, Elsewhere]) -> None:
    keeper, elsewhere = closed
    told = elsewhere.ask().out
    assert f"up to entry {keeper.size()}, event {keeper.size()} of {support.ID}" in told
    assert "0 hours ago" in told
    assert f"vouched for up to entry {keeper.size()} by a checkpoint" in told
    assert "The gate is CLOSED" in told


def test_an_older_checkpoint_vouches_for_less(closed: tuple[Project, Elsewhere]) -> None:
    keeper, elsewhere = closed
    before = keeper.size()
    keeper.must("phase", "reopen", "1", "--reason", "To look again.", by="owner")
    elsewhere.export.unlink()
    keeper.must("export", str(elsewhere.export))
    told = elsewhere.ask()
    assert told.code == 1
    assert f"vouched for up to entry {before} by a checkpoint; the last 1 are not" in told.out


def test_an_older_export_than_the_checkpoint_is_refused(closed: tuple[Project, Elsewhere]) -> None:
    keeper, elsewhere = closed
    keeper.must("phase", "reopen", "1", "--reason", "To look again.", by="owner")
    shutil.copy(keeper.folder / ".harness/ledger.checkpoint", elsewhere.checkpoint)
    assert "cut or rolled back" in one_paragraph(elsewhere.ask(), 3)


def test_an_altered_export_is_refused(closed: tuple[Project, Elsewhere]) -> None:
    _, elsewhere = closed
    data = elsewhere.export.read_bytes()
    assert b"account" in data
    elsewhere.export.write_bytes(data.replace(b"account", b"accuont", 1))
    one_paragraph(elsewhere.ask(), 3)


def test_another_key_is_refused(closed: tuple[Project, Elsewhere]) -> None:
    _, elsewhere = closed
    text = one_paragraph(elsewhere.ask("--key", "ed25519:" + "1" * 64), 3)
    assert "sealed by" in text


def test_an_export_alone_is_not_believed(closed: tuple[Project, Elsewhere]) -> None:
    keeper, elsewhere = closed
    alone = elsewhere.project.run("gate", "--export", str(elsewhere.export))
    assert "proves nothing" in one_paragraph(alone, 2)
    without = keeper.run("gate", "--checkpoint", str(elsewhere.checkpoint))
    assert "are for an export" in one_paragraph(without, 2)


def test_another_ledger_is_asked_by_name(closed: tuple[Project, Elsewhere]) -> None:
    keeper, elsewhere = closed
    ledger = str(keeper.folder / ".harness/ledger.sqlite3")
    named = elsewhere.project.run("gate", "--ledger", ledger, "--json")
    assert (named.code, named.data) == (1, keeper.run("gate", "--json").data)
    assert "not both" in one_paragraph(elsewhere.ask("--ledger", ledger), 2)


@pytest.mark.parametrize("command", ["gate", "verify"])
def test_a_ledger_named_before_the_command_is_not_passed_over(
    closed: tuple[Project, Elsewhere], command: str
) -> None:
    keeper, elsewhere = closed
    words = ("--ledger", str(keeper.folder / ".harness/ledger.sqlite3"), command)
    given = ("--export", str(elsewhere.export), "--checkpoint", str(elsewhere.checkpoint))
    told = one_paragraph(elsewhere.project.run(*words, *given), 2)
    assert "an export or a ledger is asked, not both" in told
    assert "there is no ledger here" in one_paragraph(elsewhere.project.run("gate"), 2)


def test_the_project_has_to_be_in_it(closed: tuple[Project, Elsewhere]) -> None:
    _, elsewhere = closed
    elsewhere.project.edit("harness.toml", (f'id = "{support.ID}"', 'id = "other"'))
    assert "no project other" in one_paragraph(elsewhere.ask(), 2)
