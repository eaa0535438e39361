"""Defects of our own judge are those codes that the catalogue's faults have to be found as."""

import re
from pathlib import Path

import pytest

from harness import config
from harness.canary.defect import Kind
from harness.canary.deriving import defects
from harness.canary.of_judging import FOUND
from harness.endpoints.faults import FAULTS, FaultName
from harness.exchange.findings import Finding
from harness.exchange.judge import Judgement
from harness.vocabulary import Verdict
from harness.wsdl import find

PAGE = (Path(__file__).parents[2] / "docs" / "serve.md").read_text("utf-8")
CONTRACT = find("asiointitili/viranomaispalvelut", [config.book("contracts")])
JUDGES = {each.name: each for each in defects(CONTRACT) if each.kind is Kind.JUDGE}


def test_every_fault_of_the_catalogue_is_there() -> None:
    assert set(FOUND) == set(FAULTS) == set(FaultName)


@pytest.mark.parametrize("name", FaultName)
def test_a_fault_is_found_as_the_guide_says(name: FaultName) -> None:
    """What stands in the guide is tried at its own place."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    codes = row.rstrip("| ").rpartition("|")[2]
    assert re.findall(r"`(.*?)`", codes) == list(FOUND[name])


def test_each_code_has_its_own_and_lets_only_that_pass() -> None:
    assert set(JUDGES) == {f"judge/{code}" for codes in FOUND.values() for code in codes}
    found = Judgement(Verdict.FAILED, (Finding("content-type"), Finding("charset")))
    assert JUDGES["judge/content-type"].judged(found).verdict is Verdict.PASSED
    assert JUDGES["judge/charset"].judged(found) is found
    assert JUDGES["judge/correlation"].judged(found) is found


def test_it_is_the_same_for_every_service() -> None:
    other = find("asiointitili/paluukanava", [config.book("contracts")])
    assert not [each for each in defects(other) if each.kind is Kind.JUDGE]
