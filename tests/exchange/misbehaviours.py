"""What an endpoint may do wrong alike in both versions of SOAP: rows, and the means to spoil."""

from collections.abc import Callable

from harness.vocabulary import Verdict

F, I = Verdict.FAILED, Verdict.INCONCLUSIVE  # noqa: E741 - the letters of the tables
HTML = b"<!DOCTYPE html><html><body>Log in</body></html>"
JSON = b'{"ok": true}'

Spoil = Callable[[bytes], bytes]
StatusRow = tuple[str, int, bytes, str, Verdict]
BodyRow = tuple[str, Spoil, str]


def typed(value: str) -> tuple[tuple[str, str], ...]:
    """The header of that content type."""
    return (("Content-Type", value),)


def replaced(old: bytes, new: bytes) -> Spoil:
    """Spoil by a replacement; what is replaced has to be there."""

    def spoil(good: bytes) -> bytes:
        assert old in good
        return good.replace(old, new)

    return spoil


def status_rows(fault: bytes) -> list[StatusRow]:
    """Status and body, code and verdict, whatever the version."""
    return [
        ("empty 200", 200, b"", "empty-answer", F),
        ("202 empty", 202, b" \n", "empty-answer", F),
        ("204", 204, b"", "http-status:204", I),
        ("307", 307, b"", "redirect", I),
        ("401", 401, HTML, "not-authorised", I),
        ("404", 404, fault, "http-status:404", I),
        ("500 empty", 500, b"", "http-status:500", I),
        ("500 + HTML", 500, HTML, "not-soap:html", I),
        ("503", 503, HTML, "unavailable", I),
        ("200 + Fault", 200, fault, "fault-with-200", F),
    ]


def body_rows(soap: str, prefix: str, response: str) -> list[BodyRow]:
    """Ways to break the form of an envelope, whatever the version.

    Args:
        soap: namespace of the version.
        prefix: of the envelope's elements in the good answer.
        response: an element that may stand in the body.
    """
    begin, end = f"<{prefix}:Body>".encode(), f"</{prefix}:Body>".encode()
    header, empty = f"<{prefix}:Header/>".encode(), f"<{prefix}:Body/>".encode()
    own = f"<{prefix}:Header><a/></{prefix}:Header>".encode()
    envelope = f"<{prefix}:Envelope".encode()
    bare = f'<e:Envelope xmlns:e="{soap}">%s</e:Envelope>'
    return [
        ("DOCTYPE in answer", replaced(b"?>\n", b"?><!DOCTYPE x>"), "dtd"),
        ("no Envelope", lambda good: b"<a/>", "envelope"),
        ("no Body", lambda good: (bare % "").encode(), "envelope"),
        ("empty Body", lambda good: (bare % "<e:Body/>").encode(), "envelope"),
        ("two Bodies", replaced(end, end + empty), "envelope"),
        ("two body children", replaced(end, response.encode() + end), "envelope"),
        ("Header after Body", replaced(end, end + header), "envelope"),
        ("trailer", replaced(end, end + b'<x xmlns="u:x"/>'), "envelope"),
        ("text in Envelope", replaced(begin, b"text" + begin), "envelope"),
        ("text in Body", replaced(end, b"text" + end), "envelope"),
        ("unqualified header", replaced(begin, own + begin), "envelope"),
        ("unqualified attribute", replaced(envelope, envelope + b' a="1"'), "envelope"),
    ]
