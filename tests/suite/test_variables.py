"""Values are put into requests as data; what has no value is an error with its place."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.identity import personal_code
from harness.suite.model import Expectation, Step, SuiteFile, Title
from harness.suite.suites import Suite
from harness.suite.variables import Variables, fill, fill_raw

ACTIVE = personal_code(date(1990, 1, 1), 900)


def _suite(tmp_path: Path) -> Suite:
    (tmp_path / "small.bin").write_bytes(b"\x00\xff")
    health = Step(call="Ping", request={}, expect=Expectation(code=0))
    content = SuiteFile(
        title=Title(en="x"),
        phase=4,
        contract="s/i",
        code="A",
        health=health,
        fragments={
            "authority": {"Tunnus": "${ids.authority}", "Kayttaja": "k"},
            "query": {"Alku": None, "Asiakas": [None]},
        },
    )
    return Suite("basic", tmp_path, content, {}, "0" * 64)


def _fill(tmp_path: Path, request: Mapping[str, object]) -> object:
    step = Step.model_validate({"call": "Ping", "request": request, "expect": {"code": 0}})
    return fill(step.request, _suite(tmp_path), _variables(), "s.yaml:1")


def _variables() -> Variables:
    fixed = {"role.active.id": ACTIVE, "ids.authority": "A & B", "now": "2026-01-01"}
    return Variables(fixed, items="r1-x", messages="r1-m")


def test_names_are_replaced_and_types_kept(tmp_path: Path) -> None:
    request = {"A": "${role.active.id}", "B": ["${item.one}", 3, True], "C": {"D": "x ${now}"}}
    assert _fill(tmp_path, request) == {
        "A": ACTIVE,
        "B": ["r1-x-one", 3, True],
        "C": {"D": "x 2026-01-01"},
    }


def test_a_fragment_is_merged_and_null_takes_a_key_away(tmp_path: Path) -> None:
    request = {"V": {"$use": "authority", "Kayttaja": None, "Muu": "m"}}
    assert _fill(tmp_path, request) == {"V": {"Tunnus": "A & B", "Muu": "m"}}


def test_a_fragment_may_say_nil(tmp_path: Path) -> None:
    request = {"K": {"$use": "query", "Laji": "x"}}
    assert _fill(tmp_path, request) == {"K": {"Alku": None, "Asiakas": [None], "Laji": "x"}}


def test_files_and_repetition(tmp_path: Path) -> None:
    request = {"F": {"$file": "small.bin"}, "R": {"$repeat": "ab", "$times": 3}}
    assert _fill(tmp_path, request) == {"F": b"\x00\xff", "R": "ababab"}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"A": "${role.nobody.id}"}, "no value"),
        ({"A": "${saved.before}"}, "no value"),
        ({"A": {"$use": "none"}}, "no fragment 'none'"),
        ({"A": {"$file": "../x"}}, "no file"),
        ({"A": {"$file": "small.bin", "B": 1}}, "together"),
        ({"A": {"$magic": 1}}, "magic"),
        ({"A": {"$repeat": "x", "$times": -1}}, "0 or more"),
        ({"A": {"$repeat": "x", "$times": True}}, "0 or more"),
        ({"A": {"$repeat": "x", "$times": 10_000_000}}, "over"),
    ],
)
def test_what_has_no_value_is_an_error(
    tmp_path: Path, request_: dict[str, object], words: str
) -> None:
    with pytest.raises(ScenarioError, match=words):
        _fill(tmp_path, request_)


def test_raw_values_are_escaped_and_broken_bytes_kept() -> None:
    filled = fill_raw(b"<a>${ids.authority}</a>\xff", _variables(), "x")
    assert filled == b"<a>A &amp; B</a>\xff"


def test_a_value_is_not_expanded_again() -> None:
    variables = _variables()
    variables.saved["trick"] = "${role.active.id}"
    assert fill_raw(b"${saved.trick}", variables, "x") == b"${role.active.id}"


def test_each_step_has_its_own_message_id() -> None:
    variables = _variables()
    first = variables["message"]
    variables.next_step()
    assert variables["message"] != first
