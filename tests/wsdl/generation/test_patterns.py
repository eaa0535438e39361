"""Texts for regular expressions of XML Schema match, by libxml2's judgement too."""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from harness.errors import ContractError
from harness.wsdl.components import XSD
from harness.wsdl.patterns import matches, text_for

PATTERNS = [
    r"[0-9]{6}[-+A][0-9]{3}[0-9A-Y]",
    r"\d{7}-\d",
    r"(a|bc)*d?",
    r"[a-z-[aeiou]]{3,5}",
    r"\p{Lu}\p{L}*",
    r"[^\s]+",
    r".*",
    r"\i\c*",
    r"([A-Z]{2})?[0-9]+(\.[0-9]{1,2})?",
    r"",
    r"a|",
    r"[\w.\-]+@[\w.\-]+",
    r"[+-]?\d+",
    r"(ab){2,3}",
    r"\P{N}{2,4}",
    r"x{0}y",
    r"[\p{Lu}0-9]{4}",
    r"\p{IsBasicLatin}{1,3}",
    r"((a{1,3}){1,3}){1,3}",
]


@cache
def _schema(pattern: str) -> etree.XMLSchema:
    root = etree.fromstring(
        f'<xs:schema xmlns:xs="{XSD}"><xs:element name="a"><xs:simpleType>'
        '<xs:restriction base="xs:string"><xs:pattern/></xs:restriction>'
        "</xs:simpleType></xs:element></xs:schema>"
    )
    for node in root.iter(f"{{{XSD}}}pattern"):
        node.set("value", pattern)
    return etree.XMLSchema(root)


def _libxml2_accepts(pattern: str, text: str) -> bool:
    element = etree.Element("a")
    element.text = text
    return _schema(pattern).validate(element)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_text_matches(pattern: str) -> None:
    chance = random.Random(1)
    for most in (None, 12):
        for _ in range(30):
            text = text_for(pattern, chance.randrange, 0, most)
            assert text is not None
            assert most is None or len(text) <= most
            assert matches(pattern, text)
            assert _libxml2_accepts(pattern, text), text


@settings(max_examples=150, deadline=None, database=None)
@given(
    pattern=st.sampled_from([each for each in PATTERNS if "\\w" not in each]),
    text=st.text("abcdABZ019-+.@ é\n", max_size=8),
)
def test_matching_agrees_with_libxml2(pattern: str, text: str) -> None:
    assert matches(pattern, text) == _libxml2_accepts(pattern, text)


@given(low=st.integers(0, 9), more=st.integers(0, 5), seed=st.integers(0, 99))
def test_a_length_is_kept(low: int, more: int, seed: int) -> None:
    text = text_for("[A-Z]{1,3}(-[0-9]+)?", random.Random(seed).randrange, low, low + more)
    if low + more == 0:
        assert text is None
    else:
        assert text is not None
        assert low <= len(text) <= low + more


def test_no_text_when_no_length_fits() -> None:
    assert text_for("(ab)*", lambda _: 0, 3, 3) is None


def test_the_first_choice_is_the_plainest() -> None:
    assert text_for("[a-z]+[0-9]{2}|x", lambda _: 0) == "x"


def test_nested_repetition_is_quick() -> None:
    assert not matches("(a+)+b", "a" * 60)


@pytest.mark.parametrize("pattern", [r"\p{IsKlingon}", r"\q", "a)"])
def test_what_is_not_known_is_said(pattern: str) -> None:
    with pytest.raises(ContractError, match="construct that is not known"):
        text_for(pattern, lambda _: 0)
