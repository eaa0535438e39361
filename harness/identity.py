"""Finnish identity codes: the personal identity code (hetu) and the business id (Y-tunnus).

Source of the rules: shared facts of the Digital and Population Data Services Agency and the Tax
Administration (check characters, century signs in force since 1.1.2023).

Artificial codes have the individual number 900-999; they are never given to a person. Only those
may stand in scenarios, forms and tests.
"""

import re
import unicodedata
from datetime import date

CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
CENTURY_SIGNS = {
    "+": 1800,
    **dict.fromkeys("-YXWVU", 1900),
    **dict.fromkeys("ABCDEF", 2000),
}
ARTIFICIAL = range(900, 1000)
_BUSINESS_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)

# Looks like a personal identity code, whatever its check character: a typo is still a person.
# Hyphen look-alikes and lower case are caught as well.
_SHAPE = (
    r"(?P<day>0[1-9]|[12][0-9]|3[01])(?P<month>0[1-9]|1[0-2])(?P<year>[0-9]{2})"
    r"(?P<sign>[-+YXWVUyxwvuA-Fa-f\u02d7\u2010-\u2015\u2043\u2212])"
    r"(?P<number>[0-9]{3})(?P<check>[0-9A-FHJ-NPR-Ya-fhj-npr-y])"
)
# All that has the shape has this as well, and it is looked for faster: most texts have none.
_ROUGHLY = re.compile(r"[0-3][0-9][01][0-9]{3}[-+YXWVUyxwvuA-Fa-f\u02d7\u2010-\u2015\u2043\u2212]")
_CODE = re.compile(rf"(?<![0-9A-Za-z]){_SHAPE}(?![0-9A-Za-z])")
_CODE_ANYWHERE = re.compile(_SHAPE)
# Never another one: what was recorded is judged alike by every version of Python.
_UNICODE = unicodedata.ucd_3_2_0


def check_character(birth: str, number: str) -> str:
    """Check character of ``DDMMYY`` and a three-digit individual number (remainder by 31)."""
    return CHECK_CHARACTERS[int(birth + number) % 31]


def personal_code(born: date, number: int, sign: str | None = None) -> str:
    """A personal identity code with the right check character.

    Args:
        born: date of birth, 1800-2099.
        number: individual number, 2-999; use 900-999 for artificial ones.
        sign: century sign; by default the original one of the century (``+``, ``-`` or ``A``).

    Raises:
        ValueError: the sign is not one of the century of ``born``.
    """
    chosen = sign or {1800: "+", 1900: "-", 2000: "A"}.get(born.year // 100 * 100, "?")
    if CENTURY_SIGNS.get(chosen) != born.year // 100 * 100:
        raise ValueError(f"century sign {chosen!r} is not one of the year {born.year}")
    birth, digits = born.strftime("%d%m%y"), f"{number:03d}"
    return f"{birth}{chosen}{digits}{check_character(birth, digits)}"


def is_personal_code(text: str) -> bool:
    """True for a personal identity code with an existing date and the right check character."""
    found = _CODE.fullmatch(text)
    if found is None or text != text.upper() or found["sign"] not in CENTURY_SIGNS:
        return False
    try:
        date(CENTURY_SIGNS[found["sign"]] + int(found["year"]), *_month_day(found))
    except ValueError:
        return False
    birth = found["day"] + found["month"] + found["year"]
    return check_character(birth, found["number"]) == found["check"]


def _month_day(found: re.Match[str]) -> tuple[int, int]:
    return int(found["month"]), int(found["day"])


def is_artificial(text: str) -> bool:
    """True for a valid personal identity code whose individual number is 900-999."""
    return is_personal_code(text) and int(text[7:10]) in ARTIFICIAL


def business_id(number: int) -> str:
    """A business id of seven digits and its check digit.

    Raises:
        ValueError: this number has no check digit (remainder 1), so it is never given.
    """
    digits = f"{number:07d}"
    remainder = sum(int(d) * w for d, w in zip(digits, _BUSINESS_WEIGHTS, strict=True)) % 11
    if remainder == 1:
        raise ValueError(f"{digits} has no check digit")
    return f"{digits}-{0 if remainder == 0 else 11 - remainder}"


def is_business_id(text: str) -> bool:
    """True for seven digits, a hyphen and the right check digit."""
    if re.fullmatch(r"[0-9]{7}-[0-9]", text) is None:
        return False
    try:
        return business_id(int(text[:7])) == text
    except ValueError:
        return False


def codes_in(text: str, *, anywhere: bool = False) -> list[re.Match[str]]:
    """Every place in ``text`` that looks like a personal identity code, valid or mistyped.

    Args:
        text: what is searched.
        anywhere: also within longer words; for text of a peer, not for digests, which would
            look like codes by chance.
    """
    if _ROUGHLY.search(text) is None:
        return []
    return list((_CODE_ANYWHERE if anywhere else _CODE).finditer(text))


def suspicious_codes(text: str) -> list[str]:
    """Codes in ``text`` that may belong to a person: everything but the artificial ones.

    They are looked for in what the text reads like (:func:`plain`).
    """
    return [m[0] for m in codes_in(plain(text)) if int(m["number"]) not in ARTIFICIAL]


def plain(text: str) -> str:
    """``text`` with digits of every script, full width and the like as ASCII: as it reads."""
    if text.isascii():
        return text
    folded = _UNICODE.normalize("NFKC", text)
    return "".join(each if each.isascii() else str(_UNICODE.decimal(each, each)) for each in folded)
