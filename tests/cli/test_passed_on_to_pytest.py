"""What goes on to pytest works, or is refused by name; pytest's own mistakes show no traceback."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import Project, one_paragraph

FEW = {"connection": ("service-answers", "wrong-service-is-refused")}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The example project with two scenarios."""
    return support.example(tmp_path / "p", suites=FEW)


REFUSED = {
    ("--cache-show",): "Use pytest -o cache_dir=",
    ("--cache-show=cache/*",): "Use pytest -o cache_dir=",
    ("--fixtures",): "Use pytest --fixtures.",
    ("--funcargs",): "Use pytest --fixtures.",
    ("--fixtures-per-test",): "Use pytest --fixtures-per-test.",
    ("--markers",): "Use pytest --markers.",
    ("--setup-only",): "--collect-only",
    ("--setup-plan",): "--collect-only",
    ("--version",): "Use harness --version, or pytest --version.",
    ("-V",): "Use harness --version, or pytest --version.",
    ("--pastebin=all",): "a host on the internet",
    ("--rootdir", "scenarios"): "Use harness --project FOLDER.",
    ("-p", "no:terminal"): "Leave it out.",
    ("-p", "no:harness.plugin"): "Leave it out.",
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
@pytest.mark.parametrize("command", ["run", "connection"])
def test_what_would_run_nothing_is_refused_by_name(
    project: Project, command: str, words: tuple[str, ...]
) -> None:
    """Else evidence would tell of a run that nobody wanted."""
    told = one_paragraph(project.run(command, *words), 2)
    assert words[-1].partition("=")[0] in told or words[0] in told
    assert REFUSED[words] in told
    assert not (project.folder / ".harness").exists()


def _cached(project: Project, name: str) -> Path:
    return project.folder / ".harness/pytest-cache/v/cache" / name


def _a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


SPOILT: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a list": ("lastfailed", lambda file: file.write_text("[]")),
    "nothing": ("lastfailed", lambda file: file.write_text("null")),
    "without an end": ("lastfailed", lambda file: file.write_text("[" * 100_000)),
    "no letter": ("lastfailed", lambda file: file.write_text('{"\\ud800": true}')),
    "a pipe": ("lastfailed", _a_pipe),
    "a folder": ("lastfailed", _a_folder),
    "a number": ("nodeids", lambda file: file.write_text("1")),
    "lists": ("nodeids", lambda file: file.write_text("[[]]")),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_cache_that_would_end_pytest_is_told(project: Project, what: str) -> None:
    assert project.run("run").code == 0
    name, spoil = SPOILT[what]
    _cached(project, name).write_text("{}")
    spoil(_cached(project, name))
    told = one_paragraph(project.run("run", "--lf"), 2)
    assert f"pytest-cache/v/cache/{name}: the cache of pytest cannot be used" in told
    assert "run with --cache-clear" in told
    assert project.run("run", "--cache-clear").code == 0


@pytest.mark.parametrize("text", ["", "{", '{"old": true}', '{"a\\u0000::b": true}'])
@pytest.mark.parametrize("option", ["--lf", "--ff", "--nf", "--sw", "--sw-skip", "--sw-reset"])
def test_any_other_cache_is_gone_on_with(project: Project, option: str, text: str) -> None:
    """Such as one that was being written when the machine stopped."""
    file = _cached(project, "lastfailed")
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert project.run("run", option).code == 0


def test_what_pytest_cannot_open_is_told_as_any_file(project: Project) -> None:
    told = one_paragraph(project.run("run", "--log-file=scenarios"), 2)
    assert told.startswith("harness: Is a directory: ")


def test_a_mistake_within_pytest_shows_neither_traceback_nor_what_it_speaks_of(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.folder / "broken_plugin.py").write_text(
        "def pytest_runtestloop(session):\n    raise ValueError('what a message said')\n"
    )
    monkeypatch.syspath_prepend(project.folder)
    result = project.run("run", "-p", "broken_plugin")
    assert result.code == 70
    assert "what a message said" not in result.out + result.err
    assert "Traceback" not in result.out + result.err
    assert "a mistake in the harness, not yours (ValueError)" in result.err
    (left,) = project.evidence()
    told = json.loads(left.read_bytes())["predicate"]["connectionHarness"]["outcomes"]
    assert {each["outcome"] for each in told} == {"not-run"}
