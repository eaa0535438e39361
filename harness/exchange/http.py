"""The rungs of the ladder below XML: HTTP status, content type, charset, content encoding.

Rules: a SOAP 1.1 message is ``text/xml`` (SOAP 1.1 section 6, BP 1.1 R1132), one of SOAP 1.2 is
``application/soap+xml`` (SOAP 1.2 part 2 section 7.1.4, RFC 3902), in UTF-8 or UTF-16 (BP 1.1
R1012) as the charset parameter says (R1018); the encoding named in the XML declaration does not
count against it (R1019); a byte order mark is welcome (R4001).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from harness.exchange.findings import Finding, FindingCode
from harness.exchange.messages import Answer, ProblemCode
from harness.exchange.soap import OLD, SOAP_TYPE, XML_TYPE, Names, media_type

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 403, 407})
_UNAVAILABLE = frozenset({429, 503})
_UNCODED = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
"""Codings a client undoes before the bytes come here."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BLANK = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\v\f"
"""Byte order marks and white space in any encoding."""

# Only well-known words of a header are shown: anything else a peer writes there is free text.
_KNOWN_TYPES = frozenset({
    XML_TYPE, SOAP_TYPE, "text/html", "text/plain", "application/xml",
    "application/json", "application/octet-stream", "application/xhtml+xml",
    "multipart/related", "multipart/mixed",
})  # fmt: skip
_KNOWN_CHARSETS = frozenset({
    "utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "utf-7", "utf-32", "us-ascii",
    "iso-8859-1", "iso-8859-15", "windows-1252", "latin1",
})  # fmt: skip
_FAMILIES = {
    "utf-8": ("utf-8",),
    "utf-16": ("utf-16le", "utf-16be"),
    "utf-16le": ("utf-16le",),
    "utf-16be": ("utf-16be",),
}
_STARTS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16le"),
    (b"\xfe\xff", "utf-16be"),
    (b"<\x00", "utf-16le"),
    (b"\x00<", "utf-16be"),
)


def is_empty(data: bytes) -> bool:
    """Nothing, or white space and byte order marks only."""
    return not data.lstrip(_BLANK)


def looks_like_xml(data: bytes) -> bool:
    """Whether the first character that counts is ``<``."""
    return data.lstrip(_BLANK).startswith(b"<")


def status_finding(answer: Answer, names: Names = OLD) -> Finding | None:
    """What the status line alone says: only 200, 202 and 500 can carry SOAP, 400 in SOAP 1.2.

    An empty 500 is a finding of the status too: whoever sent it, it was no SOAP service.
    """
    status = answer.status
    announced = status in names.announcing and is_empty(answer.body.data)
    if status in names.carriers and not announced:
        return None
    if status in _REDIRECTS:
        return Finding(ProblemCode.REDIRECT, seen=str(status))
    if status in _REFUSALS:
        return Finding(FindingCode.NOT_AUTHORISED, seen=str(status))
    if status in _UNAVAILABLE:
        return Finding(FindingCode.UNAVAILABLE, seen=str(status))
    expected = " or ".join(map(str, sorted({200, *names.announcing})))
    return Finding(f"{FindingCode.HTTP_STATUS}:{status}", expected=expected, seen=str(status))


def encoding_finding(answer: Answer) -> Finding | None:
    """A content coding that no client of ours undoes."""
    coding = (answer.header("Content-Encoding") or "").strip().lower()
    if coding in _UNCODED:
        return None
    return Finding(FindingCode.ENCODING, expected="identity", seen=f"<{len(coding)} chars>")


def content_type(answer: Answer) -> str | None:
    """The Content-Type of an answer; ``None`` when it has none or contradictory ones."""
    found = {value for key, value in answer.headers if key.lower() == "content-type"}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=256)
def type_finding(content_type: str | None, wanted: str = XML_TYPE) -> Finding | None:
    """Whether a Content-Type value is the wanted media type, with well-formed parameters."""
    if content_type is None:
        return Finding(FindingCode.CONTENT_TYPE, expected=wanted, seen="<none>")
    media = media_type(content_type)
    if media.startswith("multipart/"):
        return Finding(FindingCode.MULTIPART, expected=wanted, seen=_known(media, _KNOWN_TYPES))
    if media != wanted:
        seen = _known(media, _KNOWN_TYPES)
        return Finding(FindingCode.CONTENT_TYPE, expected=wanted, seen=seen)
    names = [name for name, _ in _parameters(content_type)]
    if names.count("charset") > 1:
        return Finding(FindingCode.CHARSET, expected="one charset parameter", seen="several")
    if wanted == SOAP_TYPE and names.count("action") > 1:
        return Finding(FindingCode.CONTENT_TYPE, expected="one action parameter", seen="several")
    return None


@lru_cache(maxsize=256)
def action(content_type: str) -> str | None:
    """The action parameter of a content type (RFC 3902 section 3); ``None`` when it has none."""
    for name, value in _parameters(content_type):
        if name == "action":
            return _ESCAPED.sub(r"\1", value[1:-1]) if value.startswith('"') else value
    return None


def charset_finding(content_type: str, data: bytes) -> Finding | None:
    """Whether the charset parameter, when there is one, is the encoding of the bytes."""
    charset = _charset(content_type)
    if charset is None:
        return None
    actual = _actual_encoding(data[:4])
    if actual in _FAMILIES.get(charset, ()):
        return None
    expected = actual if charset in _FAMILIES else "utf-8 or utf-16"
    return Finding(FindingCode.CHARSET, expected=expected, seen=_known(charset, _KNOWN_CHARSETS))


@lru_cache(maxsize=256)
def _charset(content_type: str) -> str | None:
    for name, value in _parameters(content_type):
        if name == "charset":
            return value.strip('"').lower()
    return None


def _parameters(content_type: str) -> Iterator[tuple[str, str]]:
    """Names, lower case, and values of the parameters; quoted values as they are written."""
    for parameter in _pieces(content_type)[1:]:
        name, _, value = parameter.partition("=")
        yield name.strip().lower(), value.strip()


def _pieces(content_type: str) -> list[str]:
    """A Content-Type cut at its semicolons, but for those between quotation marks.

    RFC 9110 section 5.6.4. A quotation mark that is never closed quotes nothing.
    """
    if '"' not in content_type:
        return content_type.split(";")
    pieces, start, opened, at = list[str](), 0, -1, 0
    while at < len(content_type):
        character = content_type[at]
        if character == '"':
            opened = at if opened < 0 else -1
        elif character == "\\" and opened >= 0:
            at += 1
        elif character == ";" and opened < 0:
            pieces.append(content_type[start:at])
            start = at + 1
        at += 1
    rest = content_type[start:]
    return [*pieces, rest] if opened < 0 else [*pieces, *rest.split(";")]


def _actual_encoding(start: bytes) -> str:
    for mark, name in _STARTS:
        if start.startswith(mark):
            return name
    return "utf-8"


def _known(word: str, known: frozenset[str]) -> str:
    if word in known:
        return word
    return f"<text, {len(word)} chars>" if word else "<empty>"
