"""base64Binary as XML Schema part 2, section 3.2.16 has it, which libxml2 does not hold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wsdl.schema import _is_base64

_GRAMMAR = re.compile(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?"
)


@given(st.text(st.sampled_from("AEQgw09+/== \t\r\n*-_\u00a0é"), max_size=14))
def test_exactly_what_the_grammar_allows(text: str) -> None:
    assert _is_base64(text) == bool(_GRAMMAR.fullmatch(re.sub("[ \t\r\n]", "", text)))


@pytest.mark.parametrize("text", ["9B+A=", "AAA", "=", "AA==AA==", "AB==", "AAB=", "AA\u00a0AA"])
def test_what_decoders_forgive_is_refused(text: str) -> None:
    assert not _is_base64(text)
