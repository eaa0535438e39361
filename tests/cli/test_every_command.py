"""Every command explains itself, tells its result as JSON, and answers misuse in one paragraph."""

import contextlib
import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from harness.cli import COMMANDS, LazyGroup, harness
from tests.cli import support
from tests.cli.support import SMALL, Project, one_paragraph

At = Callable[[str], Project]


def all_commands() -> list[tuple[str, ...]]:
    """Every command and every command of a group."""
    found: list[tuple[str, ...]] = []
    context = click.Context(harness)
    for name in COMMANDS:
        command = harness.get_command(context, name)
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, each) for each in command.list_commands(context)]
    return found


@pytest.mark.parametrize("words", [(), *all_commands()], ids=" ".join)
def test_help(words: tuple[str, ...]) -> None:
    for option in ("--help", "-h"):
        result = support.run(*words, option)
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith(f"Usage: harness {' '.join(words)}".rstrip())
        assert "\\" not in result.out, "what keeps lines apart is told as letters"


@pytest.mark.parametrize("words", [(), ("key",), ("submit", "observation")], ids=" ".join)
def test_a_group_alone_shows_its_help_as_it_is(words: tuple[str, ...]) -> None:
    alone, asked = support.run(*words), support.run(*words, "--help")
    assert (alone.code, alone.out, alone.err) == (2, "", asked.out)


def test_no_list_of_commands_cuts_a_sentence() -> None:
    groups = {words[:1] for words in all_commands() if len(words) > 1}
    for words in sorted(groups):
        table = support.run(*words, "--help").out.partition("Commands:")[2]
        assert table
        assert "..." not in table, words
        sentences = re.split(r"(?m)^  (?=[a-z])", table)[1:]
        assert [each for each in sentences if not each.strip().endswith(".")] == [], words


def test_the_table_of_commands_is_that_of_the_help() -> None:
    assert isinstance(harness, LazyGroup)
    table = support.run("--help").out.partition("Commands:")[2]
    assert re.findall(r"(?m)^  ([a-z-]+)  ", table) == list(COMMANDS)


def test_the_version() -> None:
    assert support.run("--version").out.startswith("harness, version ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("correct", "4"), "give either --reason or --confirm. Try: harness correct --help"),
        (("correct", "--nonsens"), "No such option '--nonsens'. Try: harness correct --help"),
        (
            ("history", "--at", "4"),
            "No such option '--at'. Did you mean '--actor'? Try: harness history --help",
        ),
        (("run", "--keep-exchanges"), "Option '--keep-exchanges' requires an argument."),
    ],
)
def test_misuse_is_told_in_sentences(at: At, words: tuple[str, ...], told: str) -> None:
    assert one_paragraph(at("created").run(*words), 2) == f"harness: {told}"


READING = {
    "project show": "requested",
    "project list": "requested",
    "phase record": "pinned",
    "phase record 3": "requested",
    "history": "requested",
    "replay": "requested",
    "replay --as-of 12": "requested",
    "diff-state 3 12": "requested",
    "history --phase 3": "requested",
    "contract show": "new",
    "contract list": "new",
    "contract check": "new",
    "contract show asiointitili/viranomaispalvelut": "new",
}


@pytest.mark.parametrize("words", READING)
def test_the_result_as_json_and_as_text(at: At, words: str) -> None:
    project = at(READING[words])
    result = project.must(*words.split(), "--json")
    assert result.data
    assert result.err == ""
    text = project.must(*words.split())
    assert len(text.out) > 20
    with pytest.raises(json.JSONDecodeError):
        json.loads(text.out)


def test_writing_commands_tell_the_new_state_as_json(at: At) -> None:
    project = at("new")
    assert project.must("project", "new", "--json", by="developer").data["current_phase"] == 0
    assert project.must("pin", "contract", "--json", by="developer").data["pins"]
    form = str(project.folder / "forms/0-before-joining.toml")
    recorded = project.must("phase", "record", "--form", form, "--json", by="developer")
    assert len(recorded.data["recorded"]) == 6
    assert project.must("phase", "complete", "0", "--json", by="owner").data["current_phase"] == 1
    again = project.must("phase", "reopen", "0", "--reason", "x", "--json", by="owner")
    assert again.data["current_phase"] == 0
    assert project.must("key", "new", str(project.folder / "k"), "--json").data["key"]


def test_recording_a_form_twice_changes_nothing(at: At) -> None:
    project = at("pinned")
    form = str(project.folder / "forms/0-before-joining.toml")
    project.must("phase", "record", "--form", form, by="developer")
    before = project.size()
    again = project.must("phase", "record", "--form", form, by="developer")
    assert again.out == "nothing new: it is on record already\n"
    assert project.size() == before


MISUSE = {
    "an unknown command": ("created", "dance"),
    "no command of a group": ("created", "project dance"),
    "an unknown option": ("created", "gate --loudly"),
    "a missing argument": ("created", "record"),
    "a missing option": ("created", "sign-off 5"),
    "a number that is none": ("created", "phase complete four"),
    "a phase there is not": ("created", "phase record 12 consent --set needed=no"),
    "an item there is not": ("created", "phase record 0 biscuits --set needed=no"),
    "a field there is not": ("created", "phase record 0 consent --set biscuits=no"),
    "a value that is none": ("created", "phase record 0 consent --set needed=perhaps"),
    "a word that is no pair": ("created", "phase record 0 consent --set needed"),
    "the same field twice": ("created", "phase record 0 consent --set a=1 --set a=2"),
    "an unknown person": ("created", "phase complete 0 --as nobody"),
    "nobody in particular": ("created", "phase complete 0"),
    "an unknown endpoint": ("created", "run --endpoint nowhere --as claimant"),
    "an unknown suite": ("created", "run --suite nothing --as claimant"),
    "an unknown suite to pin": ("created", "pin suite nothing --as claimant"),
    "an unknown endpoint to pin": ("created", "pin endpoint nothing --as claimant"),
    "a suite without a name": ("created", "pin suite --as claimant"),
    "another contract than that of harness.toml": ("created", "pin contract other --as claimant"),
    "a pin that is none": ("created", "pin contract --confirm 0123456789ab --as claimant"),
    "an unknown project": ("created", "project show nobody-knows"),
    "a project twice": ("created", "project new --as claimant"),
    "an unknown contract": ("created", "contract show none/such"),
    "evidence that is not there": ("created", "record nothing.json"),
    "evidence that is something else": ("created", "record harness.toml --as claimant"),
    "evidence nobody recorded": ("shown", "sign-off 5 --evidence 000000000000 --as claimant"),
    "a digest that is too short": ("shown", "approve --evidence 0 --as claimant"),
    "a language there is not": ("created", "project show --lang de"),
    "no ledger yet": ("new", "gate"),
    "no ledger to write to": ("new", "phase complete 0 --as claimant"),
    "a key that is there already": ("created", "key new keys/owner"),
    "a key in no folder": ("created", "key new nowhere/at/all"),
    "a form that is none": ("created", "phase record --form harness.toml --as claimant"),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_is_answered_in_one_paragraph(
    at: At, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, words = MISUSE[name]
    project = at(stage)
    monkeypatch.chdir(project.folder)
    before = project.size() if stage != "new" else 0
    one_paragraph(project.run(*words.split()), 2)
    assert before == (project.size() if stage != "new" else 0)


def break_toml(project: Project) -> None:
    project.edit("harness.toml", ("[project]", "[project"))


def misspell(project: Project) -> None:
    project.edit("harness.toml", ("organisation =", "organization ="))


def remove_toml(project: Project) -> None:
    (project.folder / "harness.toml").unlink()


def no_text(project: Project) -> None:
    (project.folder / "harness.toml").write_bytes(b"\xff\xfe\x00")


def not_a_database(project: Project) -> None:
    ledger(project).write_bytes(b"not a database, whatever its name says" * 100)


def truncate(project: Project) -> None:
    ledger(project).write_bytes(ledger(project).read_bytes()[:5000])


def empty(project: Project) -> None:
    ledger(project).write_bytes(b"")


def key_of_another(project: Project) -> None:
    file = project.folder / ".harness" / "ledger.key"
    file.unlink()
    assert support.run("key", "new", str(file)).code == 0


def remove_key(project: Project) -> None:
    (project.folder / ".harness" / "ledger.key").unlink()


def ledger(project: Project) -> Path:
    """The ledger's file, everything in it: nothing waits in a journal beside it."""
    file = project.folder / ".harness" / "ledger.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


BROKEN = {
    "harness.toml is not TOML": (break_toml, {2}),
    "harness.toml has an unknown key": (misspell, {2}),
    "harness.toml is gone": (remove_toml, {2}),
    "harness.toml is no text": (no_text, {2}),
    "the ledger is not a database": (not_a_database, {2, 3}),
    "the ledger is cut": (truncate, {2, 3}),
    "the ledger is empty": (empty, {2, 3}),
    "the ledger's key is another": (key_of_another, {2}),
    "the ledger's key is gone": (remove_key, {2}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told_in_one_paragraph(at: At, name: str) -> None:
    project = at("pinned")
    damage, codes = BROKEN[name]
    damage(project)
    result = project.run("phase", "complete", "0", claim="claimant")
    assert result.code in codes, result
    one_paragraph(result, result.code)
    if "key" not in name.split()[-2:] and "key is" not in name:
        gate = project.run("gate")
        one_paragraph(gate, gate.code)
        assert gate.code in codes


def test_a_flipped_bit_in_the_record_is_broken_integrity(at: At) -> None:
    project = at("approved")
    file = ledger(project)
    data = file.read_bytes()
    assert b"service manager" in data
    file.write_bytes(data.replace(b"service manager", b"service managed", 1))
    one_paragraph(project.run("gate"), 3)
    one_paragraph(project.run("open", by="owner"), 3)
    assert project.size() == 53


@pytest.mark.parametrize("place", ["harness.toml", "no-folder/deep/ledger.sqlite3", "/dev/null"])
def test_where_no_ledger_can_be_no_key_is_left(at: At, place: str) -> None:
    project = at("new")
    before = sorted(project.folder.rglob("*"))
    settings = (project.folder / "harness.toml").read_bytes()
    ledger = str(project.folder / place)
    one_paragraph(project.run("--ledger", ledger, "project", "new", by="developer"), 2)
    assert sorted(project.folder.rglob("*")) == before
    assert (project.folder / "harness.toml").read_bytes() == settings


def test_a_ledger_that_was_removed_is_not_begun_anew(at: At) -> None:
    project = at("approved")
    for file in (project.folder / ".harness").glob("ledger.sqlite3*"):
        file.unlink()
    one_paragraph(project.run("project", "new", by="developer"), 3)


def test_another_persons_key_is_refused(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    project = at("pinned")
    settings = (project.folder / "harness.toml").read_text("utf-8")
    keys = [line for line in settings.splitlines() if line.startswith("key = ")]
    swapped = settings.replace(keys[0], "key = 1").replace(keys[3], keys[0])
    (project.folder / "harness.toml").write_text(swapped.replace("key = 1", keys[3]), "utf-8")
    text = one_paragraph(project.run("phase", "complete", "0", by="owner"), 2)
    assert "HARNESS_ACTOR_KEY" in text


def test_a_checkpoint_is_published_where_harness_toml_says(at: At, tmp_path: Path) -> None:
    project = at("pinned")
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    text = (project.folder / "harness.toml").read_text("utf-8")
    (project.folder / "harness.toml").write_text(
        f'{text}\n[ledger]\ncheckpoints = ["{outside}"]\n', "utf-8"
    )
    form = str(project.folder / "forms/0-before-joining.toml")
    project.must("phase", "record", "--form", form, by="developer")
    (published,) = outside.iterdir()
    assert f"\n{project.size()}\n" in published.read_text("utf-8")


def test_a_run_tells_its_story_on_stderr_when_the_result_is_json(tmp_path: Path) -> None:
    project = support.example(tmp_path / "p", suites=SMALL)
    result = project.run("run", "--json")
    assert [row["verdict"] for row in result.data] == ["passed", "passed"]
    assert "6 passed" in result.err
