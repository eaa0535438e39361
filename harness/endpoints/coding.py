"""Undoing content encodings under a byte ceiling.

We ask for ``identity``; a peer may still send gzip or deflate (RFC 9110 section 8.4). Anything
else, two encodings, a broken or cut stream is a problem, and no stream may grow past the ceiling,
however small it travels.
"""

import zlib
from collections.abc import Iterable

from harness.exchange.messages import ProblemCode

_PIECE = 64 * 1024


class NotDecoded(Exception):
    """The body cannot be had as announced; ``code`` says why."""

    def __init__(self, code: ProblemCode, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def decoded(pieces: Iterable[bytes], encoding: str | None, ceiling: int) -> bytes:
    """The whole body, at most ``ceiling`` bytes before and after decoding.

    Raises:
        NotDecoded: too large, or not in the encoding its header names.
    """
    name = (encoding or "identity").strip().lower()
    if name in {"identity", ""}:
        return _plain(pieces, ceiling)
    if name in {"gzip", "x-gzip"}:
        return _inflated(pieces, 16 + zlib.MAX_WBITS, ceiling)
    if name == "deflate":
        return _inflated(pieces, zlib.MAX_WBITS, ceiling)
    raise NotDecoded(ProblemCode.ENCODING, "a content encoding that nobody asked for")


def _plain(pieces: Iterable[bytes], ceiling: int) -> bytes:
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > ceiling:
            raise _too_large(ceiling)
    return bytes(whole)


def _inflated(pieces: Iterable[bytes], window: int, ceiling: int) -> bytes:
    machine = zlib.decompressobj(window)
    whole, travelled = bytearray(), 0
    for piece in pieces:
        travelled += len(piece)
        if travelled > ceiling:
            raise _too_large(ceiling)
        _inflate(machine, piece, whole, ceiling)
        if machine.unused_data:
            raise NotDecoded(ProblemCode.ENCODING, "bytes after the end of the compressed body")
    if not machine.eof:
        raise NotDecoded(ProblemCode.ENCODING, "the compressed body is cut or empty")
    return bytes(whole)


def _inflate(machine: "zlib._Decompress", piece: bytes, whole: bytearray, ceiling: int) -> None:
    """Feed one piece, never making more than ``_PIECE`` bytes at a time."""
    left, made = piece, b""
    while left or len(made) == _PIECE:
        try:
            made = machine.decompress(left, _PIECE)
        except zlib.error:
            raise NotDecoded(
                ProblemCode.ENCODING, "the body is not in the encoding its header names"
            ) from None
        whole += made
        if len(whole) > ceiling:
            raise _too_large(ceiling)
        left = machine.unconsumed_tail


def _too_large(ceiling: int) -> NotDecoded:
    return NotDecoded(ProblemCode.TOO_LARGE, f"over {ceiling} bytes")
