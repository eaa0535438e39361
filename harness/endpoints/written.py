"""An HTTP/1.1 answer as the bytes that go over the wire."""

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from harness.exchange.messages import Answer

_REASONS = {status.value: status.phrase for status in HTTPStatus}


def written(answer: Answer, *, close: bool = False, head_only: bool = False) -> bytes:
    """The whole answer, to be sent in one write.

    Args:
        answer: what is said; its header fields must be free of line breaks.
        close: announce that the connection ends after it.
        head_only: leave the body out, as HEAD asks (RFC 9110 section 9.3.2).
    """
    return head(answer, close=close) + (b"" if head_only else answer.body.data)


def head(answer: Answer, *, close: bool = False, chunked: bool = False) -> bytes:
    """Status line and header fields, with the empty line behind them.

    Args:
        answer: what is said.
        close: announce that the connection ends after it.
        chunked: announce chunks instead of the body's length.
    """
    framing = f"Content-Length: {len(answer.body.data)}"
    if chunked:
        framing = "Transfer-Encoding: chunked"
    start = _start(answer.status, answer.headers, close)
    return start + f"{framing}\r\nDate: {_date(int(time.time()))}\r\n\r\n".encode("ascii")


@lru_cache(maxsize=256)
def _start(status: int, headers: tuple[tuple[str, str], ...], close: bool) -> bytes:  # noqa: FBT001 - a key of the cache
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += ["Connection: close"] if close else []
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace")


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    # RFC 9110 section 6.6.1: an origin server with a clock says when it answered.
    return formatdate(second, usegmt=True)
