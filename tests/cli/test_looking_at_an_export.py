"""What an auditor asks of a bundle, in a folder without a project, is answered as at the ledger."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.support import Project, Result, one_paragraph, run

At = Callable[[str], Project]


@pytest.fixture
def keeper(at: At) -> Project:
    return at("opened")


@pytest.fixture
def bundle(keeper: Project, tmp_path: Path) -> Path:
    keeper.must("export", "--bundle", str(tmp_path / "bundle"))
    return tmp_path / "bundle"


@pytest.fixture
def ask(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(bundle)

    def asked(*words: str) -> Result:
        return run(*words, "--export", "ledger.jsonl")

    return asked


@pytest.mark.parametrize(
    "words",
    [
        ("replay", "--json"),
        ("replay", "--json", "--as-of", "7"),
        ("diff-state", "3", "40", "--json"),
        ("history", "--json"),
        ("history", "--json", "--since", "30", "--phase", "5"),
    ],
)
def test_the_answer_is_the_ledgers_to_the_byte(
    keeper: Project, ask: Callable[..., Result], words: tuple[str, ...]
) -> None:
    told = ask(*words)
    assert told.code == 0, told
    assert told.out == keeper.must(*words).out


def test_on_what_production_was_opened_stands_in_it(ask: Callable[..., Result]) -> None:
    """Of each evidence that the opening names it is told what it is and what it showed."""
    state = ask("replay", "--json").data
    assert state["opening"]["actor"]["id"] == "owner"
    runs = {each["run"]["digest"]: each["run"] for each in state["runs"]}
    counted = [runs[each] for each in state["opening"]["evidence"]]
    assert {each["level"] for each in counted} == {"test"}
    assert {each["suite"] for each in counted} == {"connection", "testing", "supplier"}


def test_a_checkpoint_is_asked_as_well(ask: Callable[..., Result]) -> None:
    held = ("--verify", "--checkpoint", "ledger.checkpoint")
    assert "proven up to entry 9: no entry before" in ask("replay", "--as-of", "9", *held).out
    note = Path("ledger.checkpoint").read_text("utf-8")
    size = note.splitlines()[1]
    Path("ledger.checkpoint").write_text(note.replace(f"\n{size}\n", f"\n{int(size) + 1}\n"))
    assert ask("replay", *held).code == 3


def test_nothing_is_told_of_an_export_that_was_altered(ask: Callable[..., Result]) -> None:
    file = Path("ledger.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"party":"supplier"', b'"party":"account"', 1))
    for words in (("history",), ("replay",), ("diff-state", "1", "2")):
        told = ask(*words)
        assert (told.code, told.out) == (3, "")


def test_a_refusal_names_the_export(ask: Callable[..., Result]) -> None:
    told = one_paragraph(ask("replay", "--as-of", "999"), 2)
    assert told.startswith("harness: ledger.jsonl: there is no entry 999 yet")


def test_nothing_is_left_behind(
    ask: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "passing"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    before = sorted(Path().iterdir())
    assert ask("history").code == 0
    assert ask("replay", "nobody").code == 2
    assert (sorted(place.iterdir()), sorted(Path().iterdir())) == ([], before)


def test_the_project_is_named_where_there_are_several(
    keeper: Project, ask: Callable[..., Result], bundle: Path, tmp_path: Path
) -> None:
    other = keeper.copy_to(tmp_path / "other")
    shutil.rmtree(tmp_path / "other" / ".harness")
    settings = tmp_path / "other" / "harness.toml"
    ident = keeper.state()["id"]
    settings.write_text(settings.read_text("utf-8").replace(f'"{ident}"', '"another"'), "utf-8")
    place = keeper.folder / ".harness" / "ledger.sqlite3"
    key = keeper.folder / ".harness" / "ledger.key"
    (tmp_path / "other" / ".harness").mkdir()
    shutil.copy(key, tmp_path / "other" / ".harness")
    other.must("--ledger", str(place), "project", "new", by="owner")
    keeper.must("export", str(bundle / "both.jsonl"))
    told = one_paragraph(run("history", "--export", "both.jsonl"), 2)
    assert f"Name one of: {ident}, another." in told
    assert run("history", "another", "--export", "both.jsonl").code == 0
    assert "no project 'third'" in one_paragraph(
        run("history", "third", "--export", "both.jsonl"), 2
    )
