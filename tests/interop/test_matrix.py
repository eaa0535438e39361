"""docs/interop.md is the table of what the tests do, and says nothing that was not run."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.interop import matrix
from tests.interop.cases import CASES
from tests.interop.matrix import PAGE, Incomplete, Results, page
from tests.interop.server_cases import SERVER_CASES
from tests.interop.toolkits import TOOLKITS
from tests.interop.watched_cases import MISTAKES, WATCHED_CASES

TABLES = (CASES, SERVER_CASES, WATCHED_CASES, MISTAKES)
ALL = tuple(case for table in TABLES for case in table)
TITLES = {case.title for case in ALL}


def _results(outcome: str = "passed") -> Results:
    return {
        "versions": {toolkit.name: "1.0" for toolkit in TOOLKITS},
        "cells": {
            toolkit.name: {case.name: outcome for case in ALL if case.concerns(toolkit)}
            for toolkit in TOOLKITS
        },
    }


def _names() -> list[str]:
    return [case.name for case in ALL]


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def _without_versions(text: str) -> str:
    return re.sub(r"(?<=\w )\([^)|]*\d[^)|]*\)(?= \|)", "", text)


def test_the_page_is_what_a_green_run_of_the_cases_would_write() -> None:
    told = PAGE.read_text("utf-8")
    assert _without_versions(told) == _without_versions(page(_results()))
    head = _rows(told)[0]
    assert head[0] == "case"
    for toolkit, shown in zip(TOOLKITS, head[1:], strict=True):
        assert re.fullmatch(rf"{toolkit.title} \(.*\d.*\)", shown)


def test_every_case_is_a_row_of_its_own() -> None:
    titles = [case.title for case in ALL]
    assert len(set(_names())) == len(ALL)
    for cases in TABLES:
        assert len({case.title for case in cases}) == len(cases)
    shown = [row[0] for row in _rows(PAGE.read_text("utf-8"))]
    assert [title for title in shown if title not in {"case", "---"}] == titles


def test_a_red_case_shows_red_also_where_something_else_was_expected() -> None:
    rows = _rows(page(_results("failed")))
    cells = [cell for row in rows if row[0] in TITLES for cell in row[1:]]
    assert {cell for cell in cells if not cell.startswith("- ")} == {"failed"}


def test_a_case_that_did_not_run_leaves_the_page_alone(tmp_path: Path) -> None:
    results = _results()
    del results["cells"]["php"]["fault"]
    with pytest.raises(Incomplete, match="php fault"):
        page(results)
    assert matrix.main([], tmp_path / "page") == 1
    assert not (tmp_path / "page").exists()


def test_the_page_is_written_from_the_last_run(tmp_path: Path) -> None:
    for number, (cache, outcome) in enumerate({"tox": "passed", "plain": "failed"}.items()):
        kept = tmp_path / cache / "v" / matrix.RESULTS
        kept.parent.mkdir(parents=True)
        kept.write_text(json.dumps(_results(outcome)), "utf-8")
        os.utime(kept, (number, number))
    written = tmp_path / "page"
    assert matrix.main([tmp_path / "tox", tmp_path / "plain"], written) == 0
    assert written.read_text("utf-8") == page(_results("failed"))
