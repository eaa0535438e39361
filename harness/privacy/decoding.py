"""What bytes say once they are decoded: escapes, markup, UTF-16, base64, hexadecimal, in turn.

Escapes are those of URLs (RFC 3986), XML and HTML, JSON and quoted-printable (RFC 2045). Whatever
is encoded is decoded in a window around a place whose bytes can be encoded digits or an encoded
century sign, so the rest costs no more than one search.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import lru_cache, partial
from html import escape, unescape
from typing import Final
from urllib.parse import quote

from harness.classes import dataclass

DEPTH: Final = 2
"""Encodings within encodings: ``&amp;#45;``, ``%252D``, UTF-16 in base64."""
WINDOW: Final = 256
"""Bytes decoded on either side of encoded digits."""


class Form(StrEnum):
    """How something was written."""

    PLAIN = "as it is"
    SPLIT = "split"
    ESCAPED = "escaped"
    BASE64 = "base64"
    HEX = "hexadecimal"
    UTF16 = "UTF-16"


@dataclass(frozen=True, slots=True)
class Stage:
    """Data as it is after some decoding.

    Attributes:
        data: the bytes.
        form: what was decoded last.
        back: from a place in ``data`` to that in the bytes that were read.
    """

    data: bytes
    form: Form
    back: Callable[[int], int]


def stages(data: bytes) -> Iterator[Stage]:
    """The data as it is, then all that it encodes."""
    yield from _stages(Stage(data, Form.PLAIN, lambda place: place), DEPTH)


def _stages(stage: Stage, depth: int) -> Iterator[Stage]:
    yield stage
    if b"<" in stage.data:
        yield _replaced(stage, _TAG, _apart, Form.SPLIT)
    if depth:
        for inner in _windows(stage):
            yield from _stages(inner, depth - 1)


# Escapes and markup

_TAG = re.compile(rb"<[^<>]{0,256}>")
_ESCAPE = re.compile(
    rb"%[0-9A-Fa-f]{2}|&#[0-9]{1,7};|&#[xX][0-9A-Fa-f]{1,6};|&[A-Za-z]{2,31};"
    rb"|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[nrt/]"
    rb"|\xc2[\xa0\xad]|\xcd\x8f|\xe2\x80[\x80-\x8f\xaa-\xaf]|\xe2\x81[\xa0-\xaf]"
    rb"|\xef\xbb\xbf|\xef\xb8[\x80-\x8f]"
    rb"|\xef\xbc[\x90-\x99\xa1-\xba]|\xef\xbd[\x81-\x9a]"
)
_ESCAPED = re.compile(
    rb"[%&\\=\xe2\xef\xc2\xcd](?:"
    rb"(?<=%)(?:25)*(?:3[0-9]|2[BbDd]|[0-9A-Fa-f]{2}(?=[0-3][0-9]))|(?<==)(?:3[0-9]|2[BD])"
    rb"|(?<=&)(?:amp;)*(?:#0*(?:4[3589]|5[0-7]);|#[xX]0*(?:3[0-9]|2[BbDd]);"
    rb"|minus;|plus;|[nm]?dash;|hyphen;|shy;|#?[0-9A-Za-z]{1,31};(?=[0-3][0-9]))"
    rb"|(?<=\\)(?:(?:u00|x)(?:3[0-9]|2[BbDd])|u(?:201[0-5]|2212)|[nrt](?=[0-3][0-9]))"
    rb"|(?<=\xef)\xbc[\x90-\x99]"
    rb"|(?<=[0-9].)(?:(?<=%)[0-9A-Fa-f]{2}|(?<=&)#?[0-9A-Za-z]{1,31};|(?<=\\)[unrtx/]"
    rb"|(?<==)(?:[0-9A-Fa-f]{2}|\r?\n)|(?<=[\xe2\xef\xc2\xcd])[\x80-\xbf]))",
    re.DOTALL,
)
"""Where an escape can be a part of a code: a digit or sign, or beside digits."""
_QUOTED = re.compile(rb"=(?:[0-9A-Fa-f]{2}|\r?\n)")
"""Quoted-printable, apart from the rest: ``?id=01`` is no escape in a URL."""
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"/": b"/"}
_INVISIBLE = frozenset(
    map(
        chr,
        (
            *(0x00AD, 0x034F, 0xFEFF),
            *range(0x200B, 0x2010),
            *range(0x202A, 0x202F),
            *range(0x2060, 0x2070),
            *range(0xFE00, 0xFE10),
        ),
    )
)
"""Soft hyphen, joiners, marks of direction, selectors of a variation, byte order mark."""


def _apart(_match: re.Match[bytes]) -> bytes:
    """Markup stands between what it separates: a unit separator of ASCII."""
    return b"\x1f"


def _byte(token: bytes) -> bytes:
    return bytes([int(token[-2:], 16)])


def _quoted_printable(token: bytes) -> bytes:
    return b"" if token.endswith(b"\n") else _byte(token)  # a soft line break


def _entity(token: bytes) -> bytes:
    return unescape(token.decode("ascii")).encode("utf-8", "replace")


def _backslash(token: bytes) -> bytes:
    if token[1:] in _LETTERS:
        return _LETTERS[token[1:]]
    return _byte(token) if token[1:2] == b"x" else _character(chr(int(b"0x" + token[2:], 0)))


def _look_alike(token: bytes) -> bytes:
    return _character(token.decode("utf-8"))


def _character(character: str) -> bytes:
    """Invisible ones away, spaces as spaces, full width (Unicode FF01-FF5E) as ASCII."""
    if character in _INVISIBLE:
        return b""
    if character.isspace():
        return b" "
    if "\uff01" <= character <= "\uff5e":
        character = chr(ord(character) - 0xFEE0)
    return character.encode("utf-8", "replace")


_RESOLVERS = {b"%": _byte, b"=": _quoted_printable, b"&": _entity, b"\\": _backslash}


@lru_cache(maxsize=4096)
def _resolved(token: bytes) -> bytes:
    return _RESOLVERS.get(token[:1], _look_alike)(token)


def _unescaped(match: re.Match[bytes]) -> bytes:
    return _resolved(match[0])


def _replaced(
    stage: Stage, pattern: re.Pattern[bytes], by: Callable[[re.Match[bytes]], bytes], form: Form
) -> Stage:
    """The stage with every match replaced."""

    def back(place: int) -> int:
        shift = 0
        for match in pattern.finditer(stage.data):
            if match.start() - shift >= place:
                break
            shift += len(match[0]) - len(by(match))
        return stage.back(min(place + shift, len(stage.data)))

    plain = stage.form in {Form.PLAIN, Form.SPLIT}
    return Stage(pattern.sub(by, stage.data), form if plain else stage.form, back)


# Encodings of whole texts: each hit is a few digits as only this encoding writes them,
# and the first byte alone is consumed, so that those which overlap are all seen.

_DIGITS_16 = re.compile(rb"[0-9](?=\0(?:[0-9]\0){3})|\0(?=[0-9](?:\0[0-9]){3})")
_DIGITS_64 = re.compile(
    rb"[MNO](?=[DTjz][AEIMQUYcgk][w-z0-5])"  # three digits of ASCII
    rb"|[MNO](?=[AQgw]A[w-z0-5])|A(?=D[AEIMQUYcgk]A)"  # digits of UTF-16
)
_DIGITS_HEX = re.compile(rb"3(?=[0-9](?:3[0-9]){5})")
_NOT_64 = re.compile(rb"[^A-Za-z0-9+/]")
_WRAPPED = re.compile(rb"\r?\n[ \t]*")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _windows(stage: Stage) -> Iterator[Stage]:
    if b"\0" in stage.data:
        yield from _around(stage, _DIGITS_16, _utf16, (Form.UTF16, 1))
    yield from _around(stage, _DIGITS_64, _base64, (Form.BASE64, 4))
    yield from _around(stage, _DIGITS_HEX, _hexadecimal, (Form.HEX, 2))
    yield from _resolved_windows(stage)


def _resolved_windows(stage: Stage) -> Iterator[Stage]:
    done = -1
    for match in _ESCAPED.finditer(stage.data):
        start = match.start()
        if start < done:
            continue
        done = start + WINDOW // 2
        first = max(0, start - WINDOW // 2)
        window = stage.data[first : start + WINDOW]
        found = Stage(window, stage.form, partial(_within, stage, first))
        for pattern in (_ESCAPE, _QUOTED):
            if pattern.search(window) is not None:
                yield _replaced(found, pattern, _unescaped, Form.ESCAPED)


def _around(
    stage: Stage,
    digits: re.Pattern[bytes],
    decoded: Callable[[bytes, bytes], Iterator[bytes]],
    written: tuple[Form, int],
) -> Iterator[Stage]:
    """Windows around digits; those that a window before has decoded alike make no new one."""
    form, group = written
    done = [-1] * group
    for match in digits.finditer(stage.data):
        start = match.start()
        if start < done[start % group]:
            continue
        done[start % group] = start + WINDOW // 2
        at = stage.back(start)
        left, right = stage.data[max(0, start - WINDOW) : start], stage.data[start : start + WINDOW]
        for text in decoded(left, right):
            yield Stage(text, form, partial(_fixed, at))


def _within(stage: Stage, first: int, place: int) -> int:
    return stage.back(first + place)


def _fixed(at: int, _place: int) -> int:
    return at


def _utf16(left: bytes, right: bytes) -> Iterator[bytes]:
    for odd in (0, 1):
        data = left[(len(left) + odd) % 2 :] + right
        for name in ("utf-16-le", "utf-16-be"):
            yield data.decode(name, "replace").encode("utf-8", "replace")


def _base64(left: bytes, right: bytes) -> Iterator[bytes]:
    """The text around a whole group of four, which tells where the others begin."""
    left, right = (
        _WRAPPED.sub(b"", _ESCAPE.sub(_unescaped, each)).translate(_URL_SAFE)
        for each in (left, right)
    )
    before = _NOT_64.split(left)[-1]
    behind = _NOT_64.split(right)[0]
    whole = before[len(before) % 4 :] + behind
    if len(whole) % 4 == 1:
        whole = whole[:-1]  # cut by the window
    yield binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _hexadecimal(_left: bytes, right: bytes) -> Iterator[bytes]:
    digits = re.match(rb"(?:[0-9A-Fa-f]{2})+", right)
    if digits is not None:
        yield bytes.fromhex(digits[0].decode("ascii"))


@lru_cache(maxsize=256)
def needles(word: str) -> tuple[bytes, ...]:
    """A word in UTF-8, UTF-16, a URL, XML, JSON, hexadecimal, and within base64 at any place."""
    plain = word.encode("utf-8", "surrogatepass")
    size = len(plain)
    encoded = [  # without the characters that hold bits of what stands before and behind
        base64.b64encode(b"\0" * before + plain)[-(-before * 8 // 6) : (before + size) * 8 // 6]
        for before in range(3)
    ]
    long = [each for each in encoded if len(each) >= 6]
    wide = [word.encode(name, "surrogatepass") for name in ("utf-16-le", "utf-16-be")]
    texts = [quote(plain, safe=""), quote(plain), escape(word), json.dumps(word)[1:-1]]
    written = [each.encode("utf-8", "surrogatepass") for each in texts]
    return tuple(dict.fromkeys([plain, *written, *wide, plain.hex().encode(), *long]))
