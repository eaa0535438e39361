"""A number of things is said in words that agree with it."""

import pytest

from harness.vocabulary import counted

SAID = {
    (0, "entry"): "0 entries",
    (1, "entry"): "1 entry",
    (2, "entry"): "2 entries",
    (1, "day"): "1 day",
    (2, "day"): "2 days",
    (1, "symbolic link"): "1 symbolic link",
    (2, "symbolic link"): "2 symbolic links",
}


@pytest.mark.parametrize(("number", "what"), SAID)
def test_one_thing_is_not_said_in_the_plural(number: int, what: str) -> None:
    assert counted(number, what) == SAID[number, what]
