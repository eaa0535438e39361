"""A secret that a scenario names reaches the message and nothing that is kept."""

from pathlib import Path

import pytest

from tests.cli import support
from tests.cli.support import SMALL, Project

SECRET = "47110815"
TEXT = """\
title: {en: t}
why: w
source: s
steps:
  - call: HaeTilaTieto
    request:
      Viranomainen: {$use: sender, SanomaTunniste: "${secret.token}"}
      Kysely: {}
    expect:
      code: 0
      fields:
        HaeTilaTietoResult/TilaKoodi/SanomaTunniste: %s
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = support.example(tmp_path / "p", suites=SMALL)
    (made.folder / "token.txt").write_text(SECRET, "utf-8")
    with (made.folder / "harness.toml").open("a", encoding="utf-8") as file:
        file.write('\n[secrets]\ntoken = "file:token.txt"\n')
    return made


def _write(project: Project, expected: str) -> None:
    file = project.folder / "scenarios" / "connection" / "secret.yaml"
    file.write_text(TEXT % expected, "utf-8")


def test_it_reaches_the_message(project: Project) -> None:
    _write(project, "${secret.token}")
    assert project.run("scenario", "check").code == 0
    assert project.run("run", "--suite", "connection").code == 0


def test_a_failure_shows_it_nowhere(project: Project) -> None:
    _write(project, "7")
    result = project.run("run", "--suite", "connection", f"--junitxml={project.folder}/junit.xml")
    assert result.code == 1
    assert "    - expected  7\n    + seen      <secret>\n" in result.out
    kept = [file for file in project.folder.rglob("*") if file.is_file()]
    texts = {file.name: file.read_bytes() for file in kept}
    assert [name for name, text in texts.items() if SECRET.encode() in text] == ["token.txt"]
    assert SECRET not in result.out + result.err


def test_one_that_is_not_there_makes_the_scenario_inconclusive(project: Project) -> None:
    _write(project, "7")
    (project.folder / "token.txt").unlink()
    result = project.run("run", "--suite", "connection")
    assert result.code == 1
    assert "the secret file:token.txt is not there" in result.out


def test_one_that_nobody_declared_is_a_mistake(project: Project) -> None:
    _write(project, "${secret.toke}")
    result = project.run("scenario", "check")
    assert "${secret.toke} has no value here. Did you mean secret.token?" in result.out
