"""harness.toml: unknown keys are refused, every problem is named, nothing is guessed."""

import os
from pathlib import Path

import pytest

from harness.config import Config, book, find, read_toml
from harness.errors import ConfigError
from harness.joining.process import PROCESSES

GOOD = """\
[project]
id = "p"
name = "P"
kind = "rehearsal"
organisation = "state"
authority = "A"
supplier = "S"

[contract]
name = "s/i"

[scenarios]
folder = "scenarios"

[endpoints.qat]
url = "https://test.example/x"
level = "test"
[endpoints.qat.roles]
active = { AsiakasTunnus = "x" }
"""


def _write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "harness.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_lie_in_the_projects_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARNESS_LEDGER", raising=False)
    config = Config.read(_write(tmp_path, GOOD))
    assert config.ledger_place == tmp_path / ".harness" / "ledger.sqlite3"
    assert config.evidence_folder == tmp_path / ".harness" / "evidence" / "p"
    assert config.endpoints["qat"].roles["active"].TunnusTyyppi == "SSN"


def test_the_environment_names_another_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_LEDGER", "/elsewhere/l.sqlite3")
    config = Config.read(_write(tmp_path, GOOD))
    assert config.ledger_place == Path("/elsewhere/l.sqlite3")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('supplier = "S"\n', "", r"\[project\] supplier: is missing"),
        ("[scenarios]", "[senarios]", r"\[senarios\]: this key is not known"),
        ('kind = "rehearsal"', 'kind = "real"', r"\[project\] kind"),
        ('level = "test"', 'level = "tests"', r"\[endpoints.qat\] level"),
        ('id = "p"', 'id = "P p"', r"\[project\] id"),
        ('level = "test"', 'level = "test"\nverify = false', "verify: this key is not known"),
        ("[project]", "[project", "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        Config.read(_write(tmp_path, GOOD.replace(old, new)))
    assert caught.value.where == str(tmp_path / "harness.toml")


def test_it_is_found_from_below(tmp_path: Path) -> None:
    _write(tmp_path, GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find(below).folder == tmp_path


def test_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no harness\.toml"):
        find(tmp_path)


def test_scenarios_must_exist(tmp_path: Path) -> None:
    config = Config.read(_write(tmp_path, GOOD))
    with pytest.raises(ConfigError, match="does not exist"):
        _ = config.scenarios_folder
    without = Config.read(_write(tmp_path, GOOD.replace('[scenarios]\nfolder = "scenarios"', "")))
    with pytest.raises(ConfigError, match="no scenarios are configured"):
        _ = without.scenarios_folder


def test_only_what_shapes_a_run_changes_its_digest(tmp_path: Path) -> None:
    first = Config.read(_write(tmp_path, GOOD))
    renamed = Config.read(_write(tmp_path, GOOD.replace('name = "P"', 'name = "Q"')))
    moved = Config.read(_write(tmp_path, GOOD.replace("test.example", "other.example")))
    digest = first.configuration_digest("qat")
    assert renamed.configuration_digest("qat") == digest
    assert moved.configuration_digest("qat") != digest
    assert moved.configuration_digest("mock") == first.configuration_digest("mock")


def test_the_process_is_a_built_in_one_unless_a_file_is_named(tmp_path: Path) -> None:
    config = Config.read(_write(tmp_path, GOOD))
    assert config.project.process in PROCESSES
    assert config.process_file is None
    for name, file in (("own.toml", tmp_path / "own.toml"), ("/x/y.toml", Path("/x/y.toml"))):
        text = GOOD.replace('id = "p"\n', f'id = "p"\nprocess = "{name}"\n')
        assert Config.read(_write(tmp_path, text)).process_file == file


def test_the_books_are_found() -> None:
    assert (book("contracts") / "asiointitili").is_dir()
    assert (book("scenarios") / "testing" / "suite.yaml").is_file()


def test_toml_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_toml(tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_toml(tmp_path / "b.toml")
    (tmp_path / "c.toml").write_bytes(b"a = '" + b"x" * 1_100_000 + b"'")
    with pytest.raises(ConfigError, match="larger than"):
        read_toml(tmp_path / "c.toml")


def test_a_byte_order_mark_is_told_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "harness.toml"
    file.write_text(GOOD, encoding="utf-8-sig")
    with pytest.raises(ConfigError, match=r"begins with a byte order mark.* without"):
        Config.read(file)


def test_a_number_of_thousands_of_digits_is_told(tmp_path: Path) -> None:
    file = tmp_path / "harness.toml"
    file.write_text("x = " + "9" * 5000, "utf-8")
    with pytest.raises(ConfigError, match="a number is too long"):
        Config.read(file)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "form.toml")
    with pytest.raises(ConfigError, match="this is a pipe or a device"):
        read_toml(tmp_path / "form.toml")


def test_a_pipe_is_no_file_of_a_secret_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    other_end = os.open(tmp_path / "pipe", os.O_RDWR)  # else the mistake would wait, not fail
    os.write(other_end, b"word\n")
    try:
        with pytest.raises(ConfigError, match="the secret file:pipe is not there"):
            Config.read(_write(tmp_path, GOOD)).secret("file:pipe")
    finally:
        os.close(other_end)
