"""What is neither a file nor a folder cannot be part of a suite, and is not passed over either."""

import os
from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.suite.folder import SUITE_FILE, scenario_files, suite_digest, suite_names


@pytest.mark.parametrize("name", ["one.yaml", "deep/data.bin"])
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_pipe_or_dangling_link_is_refused_by_name(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("nowhere")
    for look in (scenario_files, suite_digest):
        with pytest.raises(ScenarioError, match="neither a file nor a folder") as error:
            look(tmp_path)
        assert path.name in str(error.value)


def test_what_is_hidden_is_no_part_of_the_suite(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("")
    (tmp_path / ".#one.yaml").symlink_to("a-lock-of-an-editor")
    assert [file.name for file in scenario_files(tmp_path)] == ["one.yaml"]


@pytest.mark.parametrize("name", ["two.yml", "two.YAML", "two.Yml"])
def test_a_file_that_would_never_be_run_is_refused_by_name(tmp_path: Path, name: str) -> None:
    """It counts in the digest, so a reader of the folder takes it for a scenario."""
    (tmp_path / "one.yaml").write_text("")
    (tmp_path / name).write_text("")
    with pytest.raises(ScenarioError, match=r"Name it two\.yaml") as error:
        scenario_files(tmp_path)
    assert name in str(error.value)


def test_a_data_file_may_be_named_so_below(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "two.yml").write_text("")
    assert scenario_files(tmp_path) == []


def test_a_suite_that_may_not_be_looked_into_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / SUITE_FILE).write_text("")
    (tmp_path / "notes.md").write_text("")
    assert suite_names(tmp_path) == ["one", "two"]
    assert suite_names(tmp_path / "none") == []
    look = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.parent.name == "two":
            raise PermissionError(13, "Permission denied")
        return look(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(ScenarioError, match="cannot be looked into") as error:
        suite_names(tmp_path)
    assert error.value.where == str(tmp_path / "two")
