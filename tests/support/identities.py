"""Identity codes that could be a person's, built when tests run: none stands in a file."""

from datetime import date

from harness.identity import personal_code

PERSON = personal_code(date(1961, 5, 13), 123)
"""A valid code of the range that is given to people."""
MISTYPED = "{}{}123{}".format("010190", "-", "A")
"""One whose check character is wrong."""
