"""Identity codes: the rules of the personal identity code and the business id."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.identity import (
    _CODE,
    _CODE_ANYWHERE,
    CENTURY_SIGNS,
    business_id,
    codes_in,
    is_artificial,
    is_business_id,
    is_personal_code,
    personal_code,
    suspicious_codes,
)

SIGNS = {1800: "+", 1900: "-YXWVU", 2000: "ABCDEF"}
births = st.dates(min_value=date(1850, 1, 1), max_value=date(2099, 12, 31))


@given(births, st.integers(900, 999), st.data())
def test_every_made_code_is_valid_and_artificial(
    born: date, number: int, data: st.DataObject
) -> None:
    sign = data.draw(st.sampled_from(SIGNS[born.year // 100 * 100]))
    code = personal_code(born, number, sign)
    assert is_personal_code(code)
    assert is_artificial(code)
    assert not suspicious_codes(f"x {code}.")


@given(births, st.integers(2, 899))
def test_a_real_range_code_is_suspicious_wherever_it_stands(born: date, number: int) -> None:
    code = personal_code(born, number)
    assert not is_artificial(code)
    assert suspicious_codes(f"<a>{code}</a>")
    assert suspicious_codes(code.lower())


@given(births, st.integers(900, 999), st.integers(0, 30))
def test_another_check_character_is_refused(born: date, number: int, shift: int) -> None:
    code = personal_code(born, number)
    other = "0123456789ABCDEFHJKLMNPRSTUVWXY"[shift]
    assert is_personal_code(code[:-1] + other) == (other == code[-1])


def test_all_century_signs_are_known() -> None:
    assert set(CENTURY_SIGNS) == set("+-YXWVUABCDEF")


@pytest.mark.parametrize("sign", "-+G")
def test_a_sign_of_another_century_is_not_made(sign: str) -> None:
    with pytest.raises(ValueError, match="century sign"):
        personal_code(date(2001, 2, 3), 901, sign)


@pytest.mark.parametrize(
    "text", ["", "310290-9XX", "3102909001", "300290-900X", "010290-900", "010290-900a"]
)
def test_not_a_code(text: str) -> None:
    assert not is_personal_code(text)


def test_a_day_that_does_not_exist_is_refused() -> None:
    assert not any(is_personal_code(f"310290-900{c}") for c in "0123456789ABCDEFHJKLMNPRSTUVWXY")


def test_hyphen_look_alikes_are_found() -> None:
    code = personal_code(date(1990, 1, 1), 123)
    assert codes_in(code.replace("-", "\u2013"))
    assert codes_in(code.replace("-", "\u2212"))


def test_longer_numbers_are_not_codes() -> None:
    assert not codes_in("1010190-9001")
    assert not codes_in("010190-90012")


def test_business_ids() -> None:
    assert is_business_id("2341528-4")
    assert not is_business_id("2341529-4")
    assert not is_business_id("23415284")


@given(st.integers(0, 9_999_999))
def test_a_made_business_id_is_valid_or_is_never_given(number: int) -> None:
    try:
        made = business_id(number)
    except ValueError:
        assert not any(is_business_id(f"{number:07d}-{digit}") for digit in range(10))
        return
    assert is_business_id(made)


@given(st.from_regex(_CODE_ANYWHERE), st.text("0123456789AB-+", max_size=9))
def test_no_code_is_overlooked_where_most_texts_have_none(text: str, more: str) -> None:
    for each in (text, text + more, more + text, more):
        for anywhere, form in ((True, _CODE_ANYWHERE), (False, _CODE)):
            found = [(code.span(), code[0]) for code in codes_in(each, anywhere=anywhere)]
            assert found == [(code.span(), code[0]) for code in form.finditer(each)]
