"""What a text must be before it may enter the record.

Refused: control characters, line breaks, invisible characters and bidirectional overrides
(a name must not be able to look like another name), texts longer than their place, and anything
that looks like a personal identity code of a real person.

What is refused stands here to the character, and is not asked of the Unicode tables of the Python
in use: a history that one version has written must be one for every other.
"""

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from harness.errors import HarnessError
from harness.identity import codes_in, plain, suspicious_codes

NAME_MAX = 200
"""Characters of a name or a title."""
TEXT_MAX = 2000
"""Characters of a reason, a sentence or a field of a form."""
TUPLE_MAX = 10_000
"""Members of one collection in an event."""
_REFUSED = re.compile(
    # Controls, halves of pairs, line and paragraph separators.
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029"
    # Default_Ignorable_Code_Point of Unicode 16, and a blank that is a pattern of braille.
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    # What else is of the category Cf of Unicode 16.
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f]"
)
"""Characters that no text of the record has."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"ed25519:[0-9a-f]{64}")
_FOUND_SOUND: Final[set[str]] = set()
_REMEMBERED: Final = 4096
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")


class Malformed(HarnessError):
    """A value handed in cannot stand in the record; nothing was recorded."""


def clean(text: str, what: str, *, maximum: int = NAME_MAX, empty: bool = False) -> str:
    """``text`` itself when it may be recorded as ``what``.

    Raises:
        Malformed: empty, too long, with control or invisible characters, or with what looks like
            the identity code of a real person. The text itself is never repeated.
    """
    if len(text) <= maximum and (text in _FOUND_SOUND or _is_sound(text)):
        return text
    if text == "" and empty:
        return text
    if not text.strip():
        raise Malformed(f"The {what} is empty.", todo="Give it in words.")
    if len(text) > maximum:
        raise Malformed(
            f"The {what} has {len(text)} characters; at most {maximum} fit.", todo="Shorten it."
        )
    _refuse(text, what)
    return text


def _is_sound(text: str) -> bool:
    """There are words, and nothing speaks against them; a history tells the same ones often."""
    sound = bool(text.strip()) and not _REFUSED.search(text) and not suspicious_codes(text)
    if sound and len(text) <= NAME_MAX:
        if len(_FOUND_SOUND) >= _REMEMBERED:
            _FOUND_SOUND.clear()
        _FOUND_SOUND.add(text)
    return sound


def _refuse(text: str, what: str) -> None:
    """Refuse what may not stand in the record, and say where it lies."""
    if invisible := _REFUSED.search(text):
        raise Malformed(
            f"The {what} contains the invisible or control character "
            f"U+{ord(invisible[0]):04X} at position {invisible.start()}.",
            todo="Write it on one line with visible characters only.",
        )
    if suspicious_codes(text):
        raise Malformed(
            f"The {what} contains what looks like a personal identity code.",
            todo="Leave it out; the record holds no personal data.",
        )


def prose(text: str, what: str, *, maximum: int = NAME_MAX) -> str:
    """``text`` itself when it may be recorded and sent on: :func:`clean`, and no identity code.

    Artificial codes are refused as well: who reads it elsewhere cannot tell.

    Raises:
        Malformed: it is something else; the text itself is never repeated.
    """
    if codes_in(plain(text)):
        raise Malformed(
            f"The {what} contains what looks like a personal identity code.",
            todo="Leave it out, also an artificial one: the text may be sent on.",
        )
    return clean(text, what, maximum=maximum)


def normal(text: str) -> str:
    """``text`` as two spellings of one name are compared: NFKC, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def digest(text: str, what: str, *, empty: bool = False) -> str:
    """``text`` itself when it is a SHA-256 digest in lower-case hex (or allowed to be empty).

    Raises:
        Malformed: it is something else.
    """
    if _DIGEST.fullmatch(text) or (empty and text == ""):
        return text
    raise Malformed(
        f"The {what} is not a SHA-256 digest.", todo="Give 64 hexadecimal digits, lower case."
    )


def ed25519(text: str) -> str:
    """``text`` itself when it is an Ed25519 public key: ``ed25519:`` and 64 hex digits.

    Raises:
        Malformed: it is something else.
    """
    if _KEY.fullmatch(text):
        return text
    raise Malformed(
        "This is not a public key.", todo="It is written ed25519: and 64 hexadecimal digits."
    )


def slug(text: str, what: str) -> str:
    """``text`` itself when it is an identifier: lower-case letters, digits, dots and hyphens.

    Raises:
        Malformed: it is something else, or longer than 100 characters.
    """
    if _SLUG.fullmatch(text):
        return text
    raise Malformed(
        f"The {what} is not an identifier.",
        todo="Use up to 100 lower-case letters, digits, dots, underscores and hyphens.",
    )


def moment(at: datetime, what: str) -> datetime:
    """``at`` itself when it is a moment in UTC.

    Raises:
        Malformed: it has no time zone, or another one than UTC.
    """
    offset = at.utcoffset()
    if offset is None or offset:
        raise Malformed(f"The {what} is not a time in UTC.", todo="Convert it to UTC first.")
    return at


@lru_cache(maxsize=1024)
def iso(at: datetime) -> str:
    """``at`` in the one form used in files: ``2026-11-22T17:00:00.000000Z``; told often."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
