"""What no text of the record has, to the character, whatever Python reads or writes it."""

import unicodedata
from datetime import date

import pytest

from harness.identity import personal_code
from harness.joining.text import Malformed, clean, prose
from tests.support.identities import PERSON

ARTIFICIAL = personal_code(date(1961, 5, 13), 923)
FULL_WIDTH = {ord(each): ord(each) + 0xFEE0 for each in "0123456789-T"}
ARABIC = {ord(each): 0x0660 + int(each) for each in "0123456789"}
BOLD = {ord(each): 0x1D7CE + int(each) for each in "0123456789"}


@pytest.mark.parametrize(
    "character",
    [
        "\u034f",  # a joiner that is a mark
        "\u115f",  # fillers that are letters
        "\u3164",
        "\u17b4",  # a vowel that is not written
        "\ufe0f",  # a variation selector
        "\U000e0100",
        "\u2800",  # an empty pattern of braille
        "\U00013439",  # assigned after Python 3.11
        "\U000e0fff",  # reserved for what is invisible
    ],
)
def test_a_name_with_an_invisible_character_is_another_name(character: str) -> None:
    for text in (f"an{character}na", f"anna{character}", character):
        with pytest.raises(Malformed) as refused:
            clean(text, "name")
        assert f"U+{ord(character):04X} at position {text.index(character)}" in refused.value.what


def test_what_this_python_calls_invisible_is_refused_as_well() -> None:
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    for each in map(chr, range(0x110000)):
        if unicodedata.category(each) in hidden:
            with pytest.raises(Malformed):
                clean(f"a{each}b", "name")


@pytest.mark.parametrize("disguise", [FULL_WIDTH, ARABIC, BOLD, {ord("-"): 0x2043}])
def test_a_code_is_one_in_the_digits_of_any_script(disguise: dict[int, int]) -> None:
    for check in (clean, prose):
        with pytest.raises(Malformed, match="personal identity code") as refused:
            check(f"Pyyntö, {PERSON.translate(disguise)}", "reason")
        assert PERSON.translate(disguise) not in str(refused.value)
    with pytest.raises(Malformed, match="personal identity code"):
        prose(ARTIFICIAL.translate(disguise), "reason")


@pytest.mark.parametrize("text", ["Ääni ½ ﬁ ² Ⅷ", "٢٠٢٦", "日本", "ÄÄ 1/2, m²", ARTIFICIAL])
def test_other_texts_stay_as_they_were_given(text: str) -> None:
    assert clean(text, "reason") == text
