"""A word of the command line that is no text, or names no file, is refused and told as such."""

from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import Project, one_paragraph, run

NO_TEXT = "\udcff"
"""As Python reads a byte that is no letter in the system's encoding."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a record."""
    project = support.example(tmp_path_factory.mktemp("odd") / "p", suites={"connection": ()})
    project.must("project", "new")
    return project


@pytest.mark.parametrize(
    "words",
    [
        ("history", NO_TEXT),
        ("replay", NO_TEXT),
        ("diff-state", "1", "1", "--of", NO_TEXT),
        ("project", "show", NO_TEXT),
        ("refer", NO_TEXT, "--evidence", "a" * 64),
        ("submit", "refer", NO_TEXT, "--evidence", "a" * 64, "--export", "harness.toml"),
    ],
    ids=lambda words: words[0],
)
def test_a_project_whose_name_is_no_text(
    project: Project, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(project.folder)
    told = one_paragraph(project.run(*words), 2)
    assert "'\\udcff' is no text" in told


@pytest.mark.parametrize("place", ["", "."])
@pytest.mark.parametrize("words", [("key", "new"), ("key", "csr", "--cn", "x", "--bits", "2048")])
def test_a_key_file_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = one_paragraph(run(*words, place), 2)
    assert "the key file cannot be written: Is a directory" in told
    assert list(tmp_path.iterdir()) == []
