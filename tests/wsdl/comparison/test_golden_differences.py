"""Every neighbouring pair of catalogued versions differs as checked in.

After a change on purpose: ``python -m tests.wsdl.comparison.test_golden_differences``.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from harness.report.contract_diff import as_data
from harness.wsdl import catalogue
from tests.wsdl.comparison.versions import CATALOGUE, NEIGHBOURS, compared

GOLDEN: Final = Path(__file__).parent / "golden"


def file_of(older: str, newer: str) -> Path:
    name = older.split("/")[1]
    versions = [each.rpartition("/")[2] for each in (older, newer)]
    return GOLDEN / f"{name}-{versions[0]}-to-{versions[1]}.json"


def text_of(older: str, newer: str) -> str:
    return json.dumps(as_data(compared(older, newer)), indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(("older", "newer"), NEIGHBOURS)
def test_difference_is_as_checked_in(older: str, newer: str) -> None:
    assert text_of(older, newer) == file_of(older, newer).read_text(encoding="utf-8")


def test_every_neighbouring_pair_is_covered() -> None:
    refs = [each.ref for each in catalogue([CATALOGUE])]
    pairs = {
        (older, newer)
        for older, newer in pairwise(refs)
        if older.rpartition("/")[0] == newer.rpartition("/")[0]
    }
    assert pairs == set(NEIGHBOURS)
    assert {path.name for path in GOLDEN.iterdir()} == {file_of(*each).name for each in pairs}


if __name__ == "__main__":
    for pair in NEIGHBOURS:
        file_of(*pair).write_text(text_of(*pair), encoding="utf-8")
