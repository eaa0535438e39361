"""The rungs of the ladder below XML: HTTP status, content type, charset, content encoding.

Rules: a SOAP 1.1 message is ``text/xml`` (SOAP 1.1 section 6, BP 1.1 R1132), in UTF-8 or UTF-16
(BP 1.1 R1012) as the charset parameter says (R1018); the encoding named in the XML declaration
does not count against it (R1019); a byte order mark is welcome (R4001).
"""

from collections.abc import Iterator
from functools import lru_cache

from harness.exchange.findings import Finding, FindingCode
from harness.exchange.messages import Answer, ProblemCode

XML_TYPE = "text/xml"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 403, 407})
_UNAVAILABLE = frozenset({429, 503})
_CARRIES_SOAP = frozenset({200, 202, 500})
_UNCODED = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
"""Codings a client undoes before the bytes come here."""
_BLANK = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\v\f"
"""Byte order marks and white space in any encoding."""

# Only well-known words of a header are shown: anything else a peer writes there is free text.
_KNOWN_TYPES = frozenset({
    XML_TYPE, "text/html", "text/plain", "application/xml", "application/soap+xml",
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


def status_finding(answer: Answer) -> Finding | None:
    """What the status line alone says: only 200, 202 and 500 can carry SOAP.

    An empty 500 is a finding of the status too: whoever sent it, it was no SOAP service.
    """
    status = answer.status
    if status in _CARRIES_SOAP and not (status == 500 and is_empty(answer.body.data)):
        return None
    if status in _REDIRECTS:
        return Finding(ProblemCode.REDIRECT, seen=str(status))
    if status in _REFUSALS:
        return Finding(FindingCode.NOT_AUTHORISED, seen=str(status))
    if status in _UNAVAILABLE:
        return Finding(FindingCode.UNAVAILABLE, seen=str(status))
    return Finding(f"{FindingCode.HTTP_STATUS}:{status}", expected="200 or 500", seen=str(status))


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
def type_finding(content_type: str | None) -> Finding | None:
    """Whether a Content-Type value is ``text/xml``, with well-formed parameters."""
    if content_type is None:
        return Finding(FindingCode.CONTENT_TYPE, expected=XML_TYPE, seen="<none>")
    media, *parameters = content_type.split(";")
    media = media.strip().lower()
    if media.startswith("multipart/"):
        return Finding(FindingCode.MULTIPART, expected=XML_TYPE, seen=_known(media, _KNOWN_TYPES))
    if media != XML_TYPE:
        seen = _known(media, _KNOWN_TYPES)
        return Finding(FindingCode.CONTENT_TYPE, expected=XML_TYPE, seen=seen)
    names = [parameter.partition("=")[0].strip().lower() for parameter in parameters]
    if names.count("charset") > 1:
        return Finding(FindingCode.CHARSET, expected="one charset parameter", seen="several")
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
    return next(_charsets(content_type), None)


def _charsets(content_type: str) -> Iterator[str]:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            yield value.strip().strip('"').lower()


def _actual_encoding(start: bytes) -> str:
    for mark, name in _STARTS:
        if start.startswith(mark):
            return name
    return "utf-8"


def _known(word: str, known: frozenset[str]) -> str:
    if word in known:
        return word
    return f"<text, {len(word)} chars>" if word else "<empty>"
