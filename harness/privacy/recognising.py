"""Identity codes in bytes, mistyped, split or disguised: where, and of what kind.

Rules kept here:

* a code is the shape of DOMAIN: day, month, year, century sign, individual number, check character;
  lower case, and hyphens that only look like one, are the same code;
* standing alone, a code counts whatever its check character: a typo is still a person. Glued to
  other letters or digits, or split by spaces or markup, it counts when its check character is
  right; digests, UUIDs and time stamps are full of the rest by chance;
* artificial codes (individual number 900-999) and those issued for tests are nobody's. Codes of the
  population register's sandbox begin with 9, which is no day;
* what is found is told by kind, form and place, and never shown.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from harness.classes import dataclass
from harness.identity import ARTIFICIAL, is_personal_code
from harness.privacy.decoding import Form, Stage, needles, stages

REACH: Final = 2048
"""Bytes of context that a find may need on either side."""
MOST: Final = 20
"""Finds that are told of one piece of data; a hostile one would hold millions."""


class Kind(StrEnum):
    """What was found."""

    CODE = "identity code"
    MISTYPED = "mistyped identity code"
    FORBIDDEN = "forbidden word"
    UNREAD = "not examined"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for.

    Attributes:
        issued: codes issued for tests, in upper case; allowed.
        words: texts that must not be there either, such as passwords.
    """

    issued: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(self.words):
            raise ValueError("an empty word is everywhere")

    def __repr__(self) -> str:
        return f"Wanted(<{len(self.issued)} issued codes>, <{len(self.words)} words>)"


@dataclass(frozen=True, slots=True)
class Found:
    """One find.

    Attributes:
        offset: byte of the data at which it begins; for an encoded one, close before it.
        kind: what it is.
        form: how it was written.
        key: tells two finds apart; the code itself, so it is neither shown nor stored.
    """

    offset: int
    kind: Kind
    form: Form
    key: str

    def __repr__(self) -> str:
        return f"Found({self.offset}, {self.kind.name}, {self.form.name})"


_SIGN = (
    rb"(?P<sign>[-+YXWVUA-F\xad\x96\x97]|\xe2\x80[\x90-\x95]|\xe2\x88\x92|\xe2\x81\x83|\xcb\x97"
    rb"|\xc2\xad|\xef\xb9\xa3|\xef\xbc[\x8b\x8d])"
)
_CHECK = rb"(?P<check>[0-9A-FHJ-NPR-Y])"


def _pattern(gap: bytes) -> re.Pattern[bytes]:
    """A code whose characters are this far apart; its first digit alone is consumed.

    So codes that overlap are all found.
    """
    day = rb"(?:(?<=0)%s[1-9]|(?<=[12])%s\d|(?<=3)%s[01])" % (gap, gap, gap)
    month = rb"(?:0%s[1-9]|1%s[0-2])" % (gap, gap)
    rest = (day, month, rb"\d", rb"\d", _SIGN, rb"\d", rb"\d", rb"\d", _CHECK)
    return re.compile(rb"[0-3](?=(?P<rest>%s))" % _joined(rest, gap), re.IGNORECASE)


def _joined(parts: tuple[bytes, ...], gap: bytes) -> bytes:
    return parts[0] + b"".join(gap + part for part in parts[1:])


_CODE = _pattern(b"")
_SPLIT = _pattern(rb"[\s\x1f]{0,24}")
_SPACES = b" \t\r\n\f\v\x1f"
_SPACE = re.compile(rb"[\s\x1f]+")
_CLASSES = bytes(
    ord("0") if byte in b"0123456789"
    else ord("-") if byte in b"-+YXWVUABCDEFyxwvuabcdef\xad\x96\x97\xe2\xcb\xc2\xef"
    else 0
    for byte in range(256)
)  # fmt: skip
_BEGINNING = b"000000-"
_ZONE = re.compile(rb"(?:\d{8}|\d{4}-\d\d-\d\d)[T ]?\Z")
_HEX = frozenset(b"0123456789abcdefABCDEF-")
_NEAR = 512
_DIGEST = 13
"""So many characters of hexadecimal around a code make it a part of a digest or of a UUID."""


def finds_in(data: bytes, wanted: Wanted) -> list[Found]:
    """What is found in ``data`` and in all that it encodes, at most :data:`MOST`, by offset."""
    told: list[Found] = []
    for stage in stages(data):
        for each in _finds(stage, wanted):
            if not any(_same(each, other) for other in told):
                told.append(each)
            if len(told) >= MOST:
                return sorted(told, key=lambda each: each.offset)
    return sorted(told, key=lambda each: each.offset)


def _same(one: Found, other: Found) -> bool:
    """Seen again, once something else was decoded."""
    if one.key != other.key:
        return False
    return one.offset == other.offset or (
        one.form is not Form.PLAIN and abs(one.offset - other.offset) <= _NEAR
    )


def _finds(stage: Stage, wanted: Wanted) -> Iterator[Found]:
    data = stage.data
    for place in _candidates(data.translate(_CLASSES)):
        match = _CODE.match(data, place)
        if match is not None:
            yield from _judged(stage, match, wanted)
    if _may_be_split(data):
        for match in _SPLIT.finditer(data):
            if _SPACE.search(data, match.start(), match.end("rest")):
                yield from _judged(stage, match, wanted, split=True)
    for word in wanted.words:
        place = min((at for each in needles(word) if (at := data.find(each)) >= 0), default=-1)
        if place >= 0:
            yield Found(stage.back(place), Kind.FORBIDDEN, stage.form, word)


def _candidates(classes: bytes) -> Iterator[int]:
    """Where six digits stand before what may be a sign."""
    place = classes.find(_BEGINNING)
    while place >= 0:
        yield place
        place = classes.find(_BEGINNING, place + 1)


def _may_be_split(data: bytes) -> bool:
    """Whether a valid code shows once all spaces are taken away."""
    places = list(_candidates(data.translate(_CLASSES, _SPACES)))
    if not places:
        return False
    joined = data.translate(None, _SPACES)
    matches = (_CODE.match(joined, place) for place in places)
    return any(match is not None and is_personal_code(_plain(match)) for match in matches)


def _judged(
    stage: Stage, match: re.Match[bytes], wanted: Wanted, *, split: bool = False
) -> Iterator[Found]:
    start, end = match.start(), match.end("rest")
    code = _plain(match)
    if int(code[7:10]) in ARTIFICIAL or code in wanted.issued:
        return
    alone = not (_is_word(stage.data, start - 1) or _is_word(stage.data, end))
    valid = is_personal_code(code)
    if _is_zone(stage.data, start, code):
        return
    if valid and (alone or not (split or _is_digest(stage.data, start, end))):
        form = Form.SPLIT if split and stage.form is Form.PLAIN else stage.form
        yield Found(stage.back(start), Kind.CODE, form, code)
    elif alone and not split:
        yield Found(stage.back(start), Kind.MISTYPED, stage.form, code)


def _plain(match: re.Match[bytes]) -> str:
    """The code in capitals, with a sign of ASCII."""
    rest = _SPACE.sub(b"", match[0] + match["rest"]).upper()
    sign = match["sign"].upper()
    if len(sign) > 1 or sign[0] > 0x7F:
        sign = b"+" if sign == b"\xef\xbc\x8b" else b"-"
    return (rest[:6] + sign + rest[-4:]).decode("ascii")


def _is_word(data: bytes, place: int) -> bool:
    return 0 <= place < len(data) and chr(data[place]).isascii() and chr(data[place]).isalnum()


def _is_zone(data: bytes, start: int, code: str) -> bool:
    """A time of day and its zone behind a date: ``20260101T120505+0200``."""
    return code[6] in "+-" and _ZONE.search(data[max(0, start - 11) : start]) is not None


def _is_digest(data: bytes, start: int, end: int) -> bool:
    around = 0
    for places in (range(start - 1, max(-1, start - 65), -1), range(end, min(len(data), end + 64))):
        for place in places:
            if data[place] not in _HEX:
                break
            around += 1
    return around >= _DIGEST
