"""``harness run --generate``: evidence of its own, exit codes, failures that can be run again."""

import json
from pathlib import Path

import pytest

from harness.account.case import Case
from harness.joining.evidence import TestEvidence
from harness.suite.evidence import evidence_files
from tests.cli import support
from tests.cli.support import SMALL, Project, one_paragraph


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("COLUMNS", "200")
    return support.example(tmp_path / "p", suites=SMALL)


def test_a_sound_account_is_green_and_on_record(project: Project) -> None:
    result = project.must("run", "--generate", "1", "--seed", "5", "--json")
    assert result.data["verdict"] == "passed"
    assert {each["examples"] for each in result.data["rules"]} == {1}
    file = Path(result.data["file"])
    evidence = TestEvidence.from_bytes(file.read_bytes())
    assert (evidence.suite, evidence.complete) == ("generated", True)
    assert evidence.selection == ("--generate", "1", "--seed", "5")
    project.must("project", "new")
    project.must("record", str(file))
    assert "generated" not in {each["name"] for each in project.state()["pins"]}


def test_a_failure_is_saved_and_can_be_run_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Case, "repeats", lambda *_: False)
        result = project.run("run", "--generate", "10")
        assert result.code == 1
        assert "failed: Calls in a row keep the account's rules" in result.out
        again = next(line for line in result.out.splitlines() if "again: " in line)
        words = again.partition("again: harness ")[2].split()
        assert words[:2] == ["run", "--scenarios"]
        assert project.run(*words).code == 1
    assert project.run(*words).code == 0


def test_a_folder_of_ones_own_keeps_its_description(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Case, "repeats", lambda *_: False)
    folder = project.folder / "scenarios" / "connection"
    before = (folder / "suite.yaml").read_bytes()
    known = set(folder.glob("*.yaml"))
    result = project.run("run", "--generate", "10", "--save", str(folder), "--json")
    saved = [each["saved"] for each in result.data["rules"] if each["saved"]]
    assert (folder / "suite.yaml").read_bytes() == before
    assert set(map(Path, saved)) == set(folder.glob("*.yaml")) - known


def test_a_red_result_stores_no_value(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Case, "repeats", lambda *_: False)
    result = project.run("run", "--generate", "10", "--json")
    newest = evidence_files(project.folder / ".harness" / "evidence" / "esimerkkikunta-viestit")[-1]
    stored = json.loads(newest.read_bytes())["predicate"]["connectionHarness"]["outcomes"]
    texts = json.dumps([each["findings"] for each in stored]) + json.dumps(result.data["rules"])
    assert "ESIMERKKIKUNTA" not in texts
    assert "Otsikko" not in texts


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--seed", "1"], "--seed belongs to --generate"),
        (["--generate", "1", "-x"], "for pytest"),
        (["--generate", "1", "--suite", "none-such"], "one suite of"),
        (["--generate", "0"], "0 is not in the range"),
        (["--generate", "1", "--endpoint", "nowhere"], "there is no endpoint"),
    ],
)
def test_misuse_is_told(project: Project, words: list[str], told: str) -> None:
    assert told in one_paragraph(project.run("run", *words), 2)
