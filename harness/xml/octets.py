"""What can be said about bytes before a parser sees them.

Rules, in this order:

* at most ``Limits.max_message_bytes``; gzip data is refused, never unpacked;
* only UTF-8 and UTF-16, with or without a byte order mark (WS-I BP 1.1 R1012, R4001); a declared
  encoding must be the one the bytes are in, so UTF-7 and its kin are refused, not decoded;
* the version is 1.0 (BP R9701);
* HTML and JSON get a code of their own, because they say what really answered.

The result is always UTF-8 without a byte order mark, so there is one parser configuration.
"""

import re
from typing import Final

from harness.limits import Limits
from harness.xml.refusal import RefusalCode, Refused

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
# The first bytes of a document and what they make it (XML 1.0 appendix F), longest first.
_SIGNATURES: Final = (
    (_MARK, "utf-8", 3),
    (b"\xff\xfe", "utf-16-le", 2),
    (b"\xfe\xff", "utf-16-be", 2),
    (b"<\x00", "utf-16-le", 0),
    (b"\x00<", "utf-16-be", 0),
)
_DECLARED: Final = {
    "utf-8": frozenset({"utf-8"}),
    "utf-16-le": frozenset({"utf-16", "utf-16le"}),
    "utf-16-be": frozenset({"utf-16", "utf-16be"}),
}
# XML 1.0 production 23, version and encoding left to be judged.
_DECLARATION = re.compile(
    rb"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:\"([^\"]{0,40})\"|'([^']{0,40})')"
    rb"(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:\"([^\"]{0,80})\"|'([^']{0,80})'))?"
    rb"(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:\"(?:yes|no)\"|'(?:yes|no)'))?"
    rb"[ \t\r\n]*\?>"
)
_DECLARATION_STARTS: Final = (b"<?xml ", b"<?xml\t", b"<?xml\r", b"<?xml\n")
_HTML = re.compile(rb"[ \t\r\n]*<(?:!doctype[ \t\r\n]+html|html|head|body)\b", re.IGNORECASE)
_JSON = re.compile(rb"[ \t\r\n]*[\[{]")


def as_utf8(data: bytes, limits: Limits) -> bytes:
    """The document as UTF-8 without byte order mark.

    Raises:
        Refused: codes ``too-large``, ``compressed``, ``charset``, ``empty``, ``html``, ``json``,
            or ``not-well-formed`` for a bad XML declaration.
    """
    if len(data) > limits.max_message_bytes:
        raise Refused(RefusalCode.TOO_LARGE, detail=str(limits.max_message_bytes))
    if data.startswith(_GZIP):
        raise Refused(RefusalCode.COMPRESSED)
    encoding, skip = _sniffed(data)
    text = _recoded(data[skip:] if skip else data, encoding)
    _refuse_other_formats(text)
    if text.startswith(_MARK):
        raise Refused(RefusalCode.NOT_WELL_FORMED, 1, "byte-order-mark")
    _judge_declaration(text, encoding)
    return text


def _sniffed(data: bytes) -> tuple[str, int]:
    for signature, encoding, skip in _SIGNATURES:
        if data.startswith(signature):
            return encoding, skip
    return "utf-8", 0


def _recoded(data: bytes, encoding: str) -> bytes:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(RefusalCode.CHARSET, line, encoding) from None
    return data if encoding == "utf-8" else text.encode()


def _refuse_other_formats(text: bytes) -> None:
    if not text or text.isspace():
        raise Refused(RefusalCode.EMPTY)
    if _JSON.match(text):
        raise Refused(RefusalCode.JSON)
    declaration = _DECLARATION.match(text)
    if _HTML.match(text, declaration.end() if declaration else 0):
        raise Refused(RefusalCode.HTML)


def has_declaration(text: bytes) -> bool:
    """Whether the document begins with an XML declaration, right or wrong."""
    return text.startswith(_DECLARATION_STARTS)


def _judge_declaration(text: bytes, encoding: str) -> None:
    if not has_declaration(text):
        return
    match = _DECLARATION.match(text)
    if match is None:
        # "encoding" may be what is wrong with it, but not in a way that names a character set.
        raise Refused(RefusalCode.NOT_WELL_FORMED, 1, "xml-declaration")
    if (match[1] or match[2]) != b"1.0":
        raise Refused(RefusalCode.NOT_WELL_FORMED, 1, "xml-version")
    declared = match[4] if match[3] is None else match[3]
    if declared is not None and declared.decode("latin-1").lower() not in _DECLARED[encoding]:
        raise Refused(RefusalCode.CHARSET, 1, encoding)
