"""The scenario format is strict: what it does not know it refuses, naming file and line."""

from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.suite.folder import suite_digest, suite_names
from harness.suite.model import Matcher
from harness.suite.suites import load_scenario, load_suite

SUITE = """\
title: {en: A suite}
phase: 4
contract: some/service
code: "{operation}Result/Code"
health:
  call: Ping
  request: {}
  expect: {code: 0}
"""
SCENARIO = """\
title: {en: It answers}
why: Somebody depends on it.
source: "section 1"
steps:
  - call: Ping
    request: {A: b}
    expect: {code: 0}
"""


def _suite(tmp_path: Path, scenario: str = SCENARIO) -> Path:
    folder = tmp_path / "basic"
    folder.mkdir()
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (folder / "it-answers.yaml").write_text(scenario, encoding="utf-8")
    return folder


def test_a_suite_loads_with_ids_and_defaults(tmp_path: Path) -> None:
    suite = load_suite(_suite(tmp_path))
    assert list(suite.scenarios) == ["basic/it-answers"]
    scenario = suite.scenarios["basic/it-answers"]
    assert scenario.content.obligatory
    assert scenario.name == "it-answers"
    assert suite_names(tmp_path) == ["basic"]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("why:", "wyh:", 2, "wyh: this key is not known"),
        ("why: Somebody depends on it.\n", "", 1, "why: is missing"),
        ("expect: {code: 0}", "expect: {}", 7, "expect an answer"),
        ("expect: {code: 0}", "expect: {code: 0, fault: Client}", 7, "one of them"),
        ("expect: {code: 0}", "expect: {code: zero}", 7, "code"),
        ("request: {A: b}", "request: {A: b}\n    raw: x.xml", 5, "either request or raw"),
        ("    request: {A: b}\n", "", 5, "either request or raw"),
        ("{code: 0}", "{fields: {A/B: {any: true, count: 2}}}", 7, "exactly one of"),
        ("{code: 0}", "{fields: {A/B: {}}}", 7, "exactly one of"),
        ("{code: 0}", "{code: 0, colour: red}", 7, "colour: this key is not known"),
        ("steps:", "needs: [Not Allowed]\nsteps:", 4, "needs"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    folder = _suite(tmp_path, SCENARIO.replace(old, new))
    with pytest.raises(ScenarioError, match=words) as caught:
        load_suite(folder)
    assert caught.value.where.endswith(f"it-answers.yaml:{line}")


def test_a_persons_identity_code_is_refused(tmp_path: Path) -> None:
    persons = "010203-" + "123X"
    folder = _suite(tmp_path, SCENARIO.replace("{A: b}", f"{{A: '{persons}'}}"))
    with pytest.raises(ScenarioError, match="identity code") as caught:
        load_suite(folder)
    assert "123X" not in str(caught.value)
    assert persons[:6] not in str(caught.value)


def test_an_artificial_identity_code_is_allowed(tmp_path: Path) -> None:
    folder = _suite(tmp_path, SCENARIO.replace("{A: b}", "{A: 010203-9123}"))
    assert load_suite(folder).scenarios


def test_any_change_below_the_folder_changes_the_digest(tmp_path: Path) -> None:
    folder = _suite(tmp_path)
    digests = {suite_digest(folder)}
    (folder / "raw").mkdir()
    (folder / "raw" / "x.xml").write_text("<a/>", encoding="utf-8")
    digests.add(suite_digest(folder))
    (folder / "raw" / "x.xml").write_text("<b/>", encoding="utf-8")
    digests.add(suite_digest(folder))
    (folder / "raw" / "x.xml").rename(folder / "raw" / "y.xml")
    digests.add(suite_digest(folder))
    assert len(digests) == 4


def test_an_editors_hidden_file_does_not_change_the_digest(tmp_path: Path) -> None:
    folder = _suite(tmp_path)
    before = suite_digest(folder)
    (folder / ".it-answers.yaml.swp").write_text("x", encoding="utf-8")
    assert suite_digest(folder) == before


@pytest.mark.parametrize("name", ["../suite.yaml", "/etc/hostname", "raw/none.xml", "."])
def test_data_files_lie_below_the_suite(tmp_path: Path, name: str) -> None:
    suite = load_suite(_suite(tmp_path))
    (tmp_path / "suite.yaml").write_text("outside", encoding="utf-8")
    with pytest.raises(ScenarioError, match="no file"):
        suite.data_file(name)


def test_a_link_out_of_the_suite_is_refused(tmp_path: Path) -> None:
    folder = _suite(tmp_path)
    (tmp_path / "secret").write_text("outside", encoding="utf-8")
    (folder / "in.xml").symlink_to(tmp_path / "secret")
    with pytest.raises(ScenarioError, match="no file"):
        load_suite(folder).data_file("in.xml")


def test_an_unreadable_suite_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_suite(tmp_path / "nothing")


def test_scenario_alone(tmp_path: Path) -> None:
    scenario = load_scenario(_suite(tmp_path) / "it-answers.yaml")
    assert scenario.content.calls[0].call == "Ping"


def test_matcher_shapes() -> None:
    assert Matcher(count=0).count == 0
    with pytest.raises(ValueError, match="exactly one"):
        Matcher()


@pytest.mark.parametrize("given", [{"starts": ""}, {"one_of": []}])
def test_a_matcher_that_nothing_could_break_or_keep_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Matcher.model_validate(given)
