"""What may be shown of a message: codes, numbers, names and lengths, never a person."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.identity import codes_in, personal_code
from harness.redact import shown, shown_name, without_codes

CODE = personal_code(date(1990, 1, 1), 901)


@pytest.mark.parametrize("value", ["0", "-1", "525", "3.5", "true", "false", "SSN", "CRN"])
def test_codes_and_numbers_are_shown(value: str) -> None:
    assert shown(value) == value


@pytest.mark.parametrize("value", ["Matti", CODE, "a@b.fi", "0401234567", "0" * 10, "ABCD"])
def test_other_text_is_its_length(value: str) -> None:
    assert shown(value) == f"<text, {len(value)} chars>"


def test_empty_is_said() -> None:
    assert shown("") == "<empty>"


@given(st.text())
def test_no_code_is_ever_shown(text: str) -> None:
    for made in (shown(text + CODE), shown_name(text + CODE), without_codes(f"{text} {CODE} x")):
        assert CODE not in made
        assert not codes_in(made)


def test_names_are_shown_when_harmless() -> None:
    name = "{http://www.suomi.fi/asiointitili}Kohde_WS2"
    assert shown_name(name) == name
    assert shown_name("Viesti\u202e") == "<name, 7 chars>"


def test_text_around_a_code_stays() -> None:
    assert without_codes(f"a {CODE} b {CODE}") == "a <identity code> b <identity code>"
