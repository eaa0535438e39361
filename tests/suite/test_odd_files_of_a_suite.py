"""What is neither a file nor a folder cannot be part of a suite, and is not passed over either."""

import os
from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.suite.folder import scenario_files, suite_digest


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
