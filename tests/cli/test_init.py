"""``harness init``: a project for the account, and what is refused before anything is written."""

import configparser
import os
import tomllib
from pathlib import Path

import pytest

from harness.config import FILE_NAME, Config, book
from harness.suite.suites import load_suite
from tests.cli import support
from tests.cli.support import Project, one_paragraph

ASSET = Path(__file__).parents[1] / "assets" / "contracts" / "spyne-bare"


def files_below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_project_for_the_account_is_green_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "Kirjaston viestit"
    result = support.run("init", str(folder), "--json")
    assert (result.code, result.err) == (0, "")
    config = Config.read(folder / FILE_NAME)
    assert (config.project.id, config.project.kind) == ("kirjaston-viestit", "rehearsal")
    assert files_below(folder / "forms") == files_below(book("forms"))
    assert files_below(folder / "scenarios") == files_below(book("scenarios"))
    suites = {
        each: load_suite(book("scenarios") / each) for each in ("connection", "testing", "supplier")
    }
    assert result.data["suites"] == {name: len(each.heads) for name, each in suites.items()}
    done = Project(folder).run("connection", "--json")
    assert done.code == 0, done.err
    assert done.data["state"]["current_phase"] == 5


def test_here_is_an_empty_folder_that_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    before = Path().stat().st_ino
    result = support.run("init", "--from-wsdl", str(ASSET), "--id", "bare", "--title", 'Say "ä"')
    assert result.code == 0, result
    assert Path().stat().st_ino == before
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        ".git", ".gitignore", "contracts", FILE_NAME, "scenarios", "tox.ini",
    ]  # fmt: skip
    table = tomllib.loads(Path(FILE_NAME).read_text("utf-8"))["project"]
    assert (table["id"], table["name"]) == ("bare", 'Say "ä"')


def test_the_option_before_the_command_names_the_folder(tmp_path: Path) -> None:
    result = support.run("--project", str(tmp_path), "init", "--from-wsdl", str(ASSET))
    assert result.code == 0, result
    assert (tmp_path / FILE_NAME).is_file()


def test_a_folder_beside_is_named_with_two_dots(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    beside = tmp_path / "here" / ".." / "beside"
    result = support.run("init", str(beside), "--from-wsdl", str(ASSET), "--json")
    assert result.data["folder"] == str(tmp_path.resolve() / "beside")
    assert Project(beside).run("connection").code == 0


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    assert support.run("init", str(folder), "--from-wsdl", str(ASSET)).code == 0
    assert (folder / FILE_NAME).is_file()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a"]
    umask = os.umask(0)
    os.umask(umask)
    assert folder.stat().st_mode & 0o777 == 0o777 & ~umask


def test_what_git_and_tox_are_told(tmp_path: Path) -> None:
    assert support.run("init", str(tmp_path / "own"), "--from-wsdl", str(ASSET)).code == 0
    ignored = (tmp_path / "own" / ".gitignore").read_text("utf-8").splitlines()
    assert {"/.harness/", "/private/"} <= set(ignored)
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(tmp_path / "own" / "tox.ini", "utf-8")
    section = tox["testenv:connection"]
    assert section["commands"] == "harness connection {posargs}"
    assert section.getboolean("skip_install")


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (FILE_NAME, "there is a project already"),
        ("notes.txt", "not empty: there is notes.txt"),
        (".hidden", "not empty: there is .hidden"),
    ],
)
def test_a_folder_in_use_is_left_as_it_is(there: str, words: str, tmp_path: Path) -> None:
    (tmp_path / there).write_text("mine", "utf-8")
    result = support.run("init", str(tmp_path))
    assert words in one_paragraph(result, 2)
    assert {p.name: p.read_text("utf-8") for p in tmp_path.iterdir()} == {there: "mine"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    assert support.run("init", str(tmp_path / "file")).code == 2
    assert (tmp_path / "file").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--id", "Not An Id"), "[project] id"),
        (("--title", "two\nlines"), "[project] name"),
        (("--title", "x" * 201), "[project] name"),
        (("--name", "orders"), "say how to take in --from-wsdl"),
        (("--from-wsdl", str(ASSET), "--name", "../up"), "no place in the catalogue"),
        (("--from-wsdl", str(ASSET), "--entry", "other.wsdl"), "no file 'other.wsdl'"),
        (("--from-wsdl", "does-not-exist.wsdl"), "does not exist"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_left(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    result = support.run("init", str(tmp_path / "own"), *words)
    assert told in one_paragraph(result, 2)
    assert list(tmp_path.iterdir()) == []


def test_when_the_disk_fails_on_the_way_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if target.name == FILE_NAME:
            raise OSError(28, "No space left on device", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    result = support.run("init", str(tmp_path), "--from-wsdl", str(ASSET))
    assert "No space left" in one_paragraph(result, 2)
    assert list(tmp_path.iterdir()) == []
