"""Built-in simple types: their lexical forms, their limits, and a text of each (part 2, section 3).

Only what generation needs: the forms here are those that libxml2 and other validators agree on.
"""

import re
from decimal import Decimal
from types import MappingProxyType
from typing import Final

_ZONE: Final = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_DATE: Final = r"-?\d{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME: Final = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
_NCNAME: Final = r"[A-Za-z_][\w.-]*"
_INTEGER: Final = r"[+-]?\d+"
_TEXTUAL: Final = (r"(?s).*", r"[^\t\n\r]*", r"([^\s]+( [^\s]+)*)?")

INTEGERS: Final = MappingProxyType({
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
})  # fmt: skip
"""Types derived from integer and their inclusive limits; ``None`` is no limit."""

STRINGS: Final = frozenset({"string", "normalizedString", "token", "anySimpleType"})
LISTS: Final = MappingProxyType({
    "NMTOKENS": "NMTOKEN",
    "IDREFS": "IDREF",
    "ENTITIES": "ENTITY",
})  # fmt: skip
"""Built-in list types and the types of their items."""
BINARY: Final = frozenset({"base64Binary", "hexBinary"})

FORMS: Final = MappingProxyType({
    "string": _TEXTUAL[0],
    "anySimpleType": _TEXTUAL[0],
    "normalizedString": _TEXTUAL[1],
    "token": _TEXTUAL[2],
    "boolean": r"true|false|1|0",
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "float": r"[+-]?(\d+(\.\d*)?|\.\d+)([Ee][+-]?\d+)?|-?INF|NaN",
    "double": r"[+-]?(\d+(\.\d*)?|\.\d+)([Ee][+-]?\d+)?|-?INF|NaN",
    "duration": r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    "dateTime": rf"{_DATE}T{_TIME}{_ZONE}",
    "date": rf"{_DATE}{_ZONE}",
    "time": rf"{_TIME}{_ZONE}",
    "gYearMonth": rf"-?\d{{4,}}-(0[1-9]|1[0-2]){_ZONE}",
    "gYear": rf"-?\d{{4,}}{_ZONE}",
    "gMonthDay": rf"--(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]){_ZONE}",
    "gDay": rf"---(0[1-9]|[12]\d|3[01]){_ZONE}",
    "gMonth": rf"--(0[1-9]|1[0-2]){_ZONE}",
    "hexBinary": r"([0-9A-Fa-f]{2})*",
    "base64Binary": (
        r"(?:[A-Za-z0-9+/]{4})*"
        r"(?:[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?"
    ),
    "anyURI": r"[A-Za-z0-9._~/:?#=&+-]*",
    "QName": _NCNAME,
    "NOTATION": _NCNAME,
    "language": r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
    "NMTOKEN": r"[\w.:-]+",
    "Name": r"[A-Za-z_:][\w.:-]*",
    "NCName": _NCNAME,
    "ID": _NCNAME,
    "IDREF": _NCNAME,
    "ENTITY": _NCNAME,
    **dict.fromkeys(INTEGERS, _INTEGER),
})  # fmt: skip

TEXTS: Final = MappingProxyType({
    "boolean": ("true", "false"),
    "decimal": ("1.5", "0", "-12.25", "100"),
    "float": ("1.5", "0", "-1.25E3", "INF"),
    "double": ("1.5", "0", "-1.25E3", "INF"),
    "duration": ("P1D", "PT1H30M", "P1Y2M3DT4H5M6S"),
    "dateTime": (
        "2026-01-15T12:00:00+02:00",
        "2026-01-15T10:00:00Z",
        "2026-01-15T12:00:00",
        "2024-02-29T23:59:59.999Z",
    ),
    "date": ("2026-01-15", "2024-02-29", "2026-01-15Z"),
    "time": ("12:00:00", "23:59:59.5", "10:00:00Z"),
    "gYearMonth": ("2026-01", "1999-12"),
    "gYear": ("2026", "1999"),
    "gMonthDay": ("--01-15", "--12-31"),
    "gDay": ("---15", "---01"),
    "gMonth": ("--01", "--12"),
    "anyURI": ("https://esimerkki.example/", "urn:esimerkki:1", "polku"),
    "QName": ("nimi",),
    "NOTATION": ("nimi",),
    "language": ("fi", "sv-FI", "en"),
    "NMTOKEN": ("merkki", "m-1"),
    "Name": ("nimi", "n1"),
    "NCName": ("nimi", "n-1"),
    "ID": ("id",),
    "IDREF": ("id",),
    "ENTITY": ("nimi",),
})  # fmt: skip
"""Texts of the types that are neither text, nor whole numbers, nor binary; the plainest first."""

NO_VALUES: Final = MappingProxyType({
    **dict.fromkeys(INTEGERS, ("kymmenen", "1.5")),
    "decimal": ("kymmenen", "1,5"),
    "float": ("kymmenen", "1,5"),
    "double": ("kymmenen", "1,5"),
    "boolean": ("kyllä", "TRUE"),
    "duration": ("huomenna", "1D"),
    "dateTime": ("eilen", "15.1.2026 12:00", "2026-13-01T00:00:00Z"),
    "date": ("eilen", "15.1.2026", "2026-02-30"),
    "time": ("nyt", "25:00:00"),
    "gYearMonth": ("tammikuu",),
    "gYear": ("vuosi",),
    "gMonthDay": ("15.1.",),
    "gDay": ("32",),
    "gMonth": ("tammikuu",),
    "hexBinary": ("xyz", "abc"),
    "base64Binary": ("päätös", "AAAAA"),
    "QName": ("1 2",),
    "language": ("suomen kieli",),
    "NMTOKEN": ("kaksi sanaa",),
    "Name": ("1 2",),
    "NCName": ("a:b",),
    "ID": ("1 2",),
    "IDREF": ("1 2",),
})  # fmt: skip
"""Texts that are no values of a type, by the judgement of every validator."""


def is_form_of(builtin: str, text: str) -> bool:
    """Whether a text, its white space already collapsed, is a value of a built-in type."""
    form = FORMS.get(builtin)
    if form is None or re.fullmatch(form, text) is None:
        return False
    low, high = INTEGERS.get(builtin, (None, None))
    if low is None and high is None:
        return True
    number = int(text)
    return (low is None or number >= low) and (high is None or number <= high)


def order_of(builtin: str, text: str) -> Decimal | None:
    """A number that orders the values of a type; ``None`` for types whose order is not known.

    Times without a zone are taken as UTC.
    """
    if builtin in {"decimal", "float", "double"} or builtin in INTEGERS:
        return None if text.endswith(("INF", "NaN")) else Decimal(text)
    found = re.fullmatch(
        r"(?P<y>-?\d{4,})?(?:-(?P<m>\d\d))?(?:-(?P<d>\d\d))?T?"
        r"(?:(?P<h>\d\d):(?P<i>\d\d):(?P<s>\d\d(?:\.\d+)?))?(?P<z>Z|[+-]\d\d:\d\d)?",
        text,
    )
    if found is None or builtin not in {"dateTime", "date", "time", "gYear", "gYearMonth"}:
        return None
    days = int(found["y"] or 0) * 372 + int(found["m"] or 1) * 31 + int(found["d"] or 1)
    minutes = int(found["h"] or 0) * 60 + int(found["i"] or 0) - _offset(found["z"])
    return (Decimal(days) * 1440 + minutes) * 60 + Decimal(found["s"] or 0)


def _offset(zone: str | None) -> int:
    """Minutes east of UTC."""
    if zone is None or zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return minutes if zone[0] == "+" else -minutes
