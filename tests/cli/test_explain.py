"""Every code is explained: what it means, its usual cause, what to do; and nothing else is."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import xml
from harness.errors import ConfigError
from harness.exchange import judge
from harness.exchange.findings import FindingCode, meaning
from harness.exchange.messages import ProblemCode
from harness.joining.gate import WarningCode
from harness.joining.objections import ObjectionCode
from harness.report import explanations as report
from harness.report.explanations import Explanation, Family, explain, explanations
from harness.vocabulary import Verdict
from harness.wsdl import SchemaCode
from tests.cli import support

ROOT = Path(__file__).parents[2]
SCENARIOS_CALL = {"Finding", "_matches"}
"""What makes a finding in the rooms that run scenarios."""


def words(family: Family) -> set[str]:
    return {each.code for each in explanations() if each.family is family}


def of_scenarios() -> Iterator[str]:
    """The codes that the rooms above the judge write as text."""
    for file in [*ROOT.glob("harness/suite/*.py"), *ROOT.glob("harness/plugin/*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SCENARIOS_CALL:
                place = 0 if getattr(node.func, "id", "") == "Finding" else 3
                argument = node.args[place] if len(node.args) > place else None
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def test_every_code_is_explained_and_every_explanation_has_a_code() -> None:
    assert words(Family.PROBLEM) == set(map(str, ProblemCode))
    assert words(Family.FINDING) == set(map(str, FindingCode))
    assert words(Family.SCHEMA) == set(map(str, SchemaCode))
    assert words(Family.OBJECTION) == set(map(str, ObjectionCode))
    assert words(Family.WARNING) == set(map(str, WarningCode))
    assert words(Family.SUITE) == set(of_scenarios()) - set(map(str, FindingCode))


def test_the_words_of_the_door_lead_to_those_of_the_judge() -> None:
    for code in xml.RefusalCode:
        assert {each.code for each in explain(code)} >= {str(judge._REFUSALS[code])}


@pytest.mark.parametrize("each", explanations(), ids=lambda each: f"{each.family}-{each.code}")
def test_three_short_texts(each: Explanation) -> None:
    for text in (each.meaning, each.cause, each.todo):
        assert re.fullmatch(r"[A-Zh-][^\n|]{8,190}\.|[a-z][^\n|]{8,190}\.", text), text
    assert len({each.meaning, each.cause, each.todo}) == 3
    assert "  " not in each.cause + each.todo


def test_verdicts_are_those_of_the_judge() -> None:
    for each in explanations():
        if each.family in {Family.PROBLEM, Family.FINDING}:
            verdict = meaning(each.code).verdict
            assert each.verdict == ("note" if verdict is Verdict.PASSED else verdict)
        assert bool(each.verdict) == (each.family in {Family.PROBLEM, Family.FINDING, Family.SUITE})


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["http-status:404"], "http-status"),
        (["schema", "Kysely/Kohteet"], "schema"),
        (["TOO-LARGE:depth"], "too-large:depth"),
        (["too-large:unheard-of"], "too-large"),
        (["mock_only"], "MOCK_ONLY"),
        (["html"], "not-soap:html"),
    ],
)
def test_a_code_as_a_finding_shows_it(words: list[str], code: str) -> None:
    result = support.run("explain", *words)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{code} (")
    for line in ("what it means: ", "usual cause: ", "what to do: "):
        assert f"\n  {line}" in result.out


def test_a_code_of_two_families_is_explained_twice() -> None:
    assert [each.family for each in explain("encoding")] == [Family.PROBLEM, Family.FINDING]


@pytest.mark.parametrize(
    ("word", "near"), [("schemma", "Near: schema"), ("APPROVAL", "Near: APPROVAL_MISSING")]
)
def test_an_unknown_code_shows_those_that_are_near(word: str, near: str) -> None:
    result = support.run("explain", word)
    assert (result.code, result.out) == (2, "")
    assert near in result.err


def test_a_word_that_is_near_nothing() -> None:
    with pytest.raises(ConfigError, match="harness explain lists all codes"):
        explain("ÅÄÖ")


def test_without_a_code_all_are_listed() -> None:
    listed = support.run("explain").out
    assert [line for line in listed.splitlines() if line.endswith(":") and line[0] != " "] == [
        f"{family.value}:" for family in Family
    ]
    data = json.loads(support.run("explain", "--json").out)
    assert [each["code"] for each in data] == [each.code for each in explanations()]
    for each in data:
        assert f"  {each['code']}  " in listed
        assert set(each) == {"code", "family", "verdict", "meaning", "cause", "todo"}


def test_the_page_is_made_from_the_explanations() -> None:
    assert (ROOT / report.PAGE).read_text("utf-8") == report.page(), (
        "make it anew: python -m harness.report.explanations"
    )
