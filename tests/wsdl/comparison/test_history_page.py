"""docs/contract-history.md is what the catalogue says, and the command says it for two versions."""

import json

from click.testing import CliRunner

from harness.cli.contract_diff import diff
from harness.report.contract_diff import PAGE, as_data, as_text, history
from tests.wsdl.comparison.versions import CATALOGUE, NEIGHBOURS, ROOT, SERVICES, compared, version

PAIR = (f"{SERVICES}/1.6", f"{SERVICES}/1.7")


def test_the_page_is_as_generated() -> None:
    """After a change on purpose: ``python -m harness.report.contract_diff``."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == history([CATALOGUE])


def test_the_page_has_every_change_and_every_witness() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    changes = [change for pair in NEIGHBOURS for change in compared(*pair).changes]
    assert page.count("\n* `") + page.count("\n* The description") == len(changes)
    assert page.count("```xml") == sum("witness" in each for pair in NEIGHBOURS
                                       for each in _data(pair))  # fmt: skip


def _data(pair: tuple[str, str]) -> list[dict[str, object]]:
    data = json.loads(json.dumps(as_data(compared(*pair))))
    changes: list[dict[str, object]] = data["changes"]
    return changes


def test_the_command_gives_json() -> None:
    result = CliRunner().invoke(diff, [*PAIR, "--json"], obj=ROOT)
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == json.loads(json.dumps(as_data(compared(*PAIR))))


def test_the_command_gives_text() -> None:
    result = CliRunner().invoke(diff, PAIR, obj=ROOT)
    assert result.exit_code == 0, result.output
    assert result.output.rstrip("\n") == as_text(compared(*PAIR))
    assert "breaking (9)" in result.output
    assert "element-removed Kohde_WS2A/Sivut (request)" in result.output


def test_equal_versions_say_so() -> None:
    same = compared(PAIR[0], PAIR[0])
    assert same.changes == ()
    assert "nothing that a message could tell has changed" in as_text(same)
    assert version(PAIR[0]).ref in as_text(same)
