"""docs/account.md and the commands show the account as it is."""

import json
import re
from dataclasses import fields

import pytest

from harness import cli
from harness.account.customers import CUSTOMERS
from harness.account.inputs import INPUTS
from harness.account.settings import IDS, Authority, Settings
from harness.endpoints.protocol import Need
from tests import generate_account

TEXT = generate_account.TARGET.read_text("utf-8")


def section(heading: str) -> str:
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(heading: str, column: str) -> list[str]:
    table = section(heading).partition(f"\n| {column} |")[2].partition("\n\n")[0]
    return re.findall(r"(?m)^\| `(\w+)` \|", table)


def test_tables_are_as_generated() -> None:
    assert generate_account.text(TEXT) == TEXT, "run python -m tests.generate_account"
    assert sorted(generate_account.marked(TEXT)) == sorted(generate_account.TABLES)


def test_every_switch_is_documented() -> None:
    assert first_cells("Switches", "switch") == [each.name for each in fields(Settings)]


def test_everything_that_can_be_agreed_is_documented() -> None:
    assert first_cells("Switches", "agreement") == [each.name for each in fields(Authority)]


def test_needs_that_inputs_name_are_needs() -> None:
    assert {each.need for each in INPUTS} - {""} <= {each.value for each in Need}


def test_roles_that_inputs_name_are_customers() -> None:
    roles = {each.role for each in CUSTOMERS}
    assert {each.role for each in INPUTS} - {""} <= roles


@pytest.mark.parametrize("name", ["customers", "ids", "inputs"])
def test_commands_show_everything_both_ways(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.execute(["account", name, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert cli.execute(["account", name]) == 0
    text = capsys.readouterr().out
    if name == "ids":
        assert data == dict(IDS)
        assert all(value in text for value in IDS.values())
    elif name == "customers":
        assert [each["AsiakasTunnus"] for each in data] == [each.id for each in CUSTOMERS]
        assert all(each.what in text and each.id in text for each in CUSTOMERS)
    else:
        assert [(each["operation"], each["level"], each["code"]) for each in data] == [
            (each.operation, each.level.value, int(each.code)) for each in INPUTS
        ]
        lines = [line for line in text.splitlines() if re.match(r" +\d+ ", line)]
        assert [int(line.split()[0]) for line in lines] == [
            int(each.code)
            for operation in dict.fromkeys(each.operation for each in INPUTS)
            for each in INPUTS
            if each.operation == operation
        ]


def test_text_of_commands_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.execute(["account", "inputs"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100
