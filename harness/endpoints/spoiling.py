"""What a fault makes of a right answer: another answer, or a script of steps for the wire.

Nothing here waits, sends or reads a clock. What is random is drawn from the fault's ``seed`` and
the number of the play, so that the same run shows the same.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from harness.classes import dataclass
from harness.endpoints.faults import Fault, FaultKind, FaultName
from harness.endpoints.written import head, written
from harness.exchange import render
from harness.exchange.forms import Form, reformed
from harness.exchange.messages import Answer, Body
from harness.exchange.render import FaultCode
from harness.exchange.soap import SOAP_TYPE, SoapVersion, content_type, media_type
from harness.limits import MIB

if TYPE_CHECKING:
    from harness.exchange.security.seal import Seal

HOLD = 600.0
"""Seconds that a connection is held at most when a fault never answers."""
_TICK = 0.05
"""Seconds between two pieces of a narrow band."""
_AFTER_DATA = 0.05
"""Seconds a peer gets to read what was sent before a reset discards it."""


@dataclass(frozen=True, slots=True, repr=False)
class Send:
    """Put these bytes on the wire."""

    data: bytes

    def __repr__(self) -> str:
        return f"Send(<{len(self.data)} bytes>)"


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection in order (FIN)."""


@dataclass(frozen=True, slots=True)
class Reset:
    """End the connection out of order (RST)."""


Step = Send | Wait | Close | Reset

# Faults of the answer


def altered(fault: Fault, answer: Answer, seal: "Seal | None" = None) -> Answer:
    """The answer that a fault of kind ``answer`` makes of the right one.

    Where the right answer lacks what the fault changes, the answer is a Fault that says so: a
    fault that shows nothing would pass for a good answer.

    Args:
        fault: what is played.
        answer: the right answer.
        seal: signed it; ``None`` when nobody did.
    """
    alter = _of_signature(seal) if fault.signed else _ALTERED[fault.name]
    changed = alter(fault, answer)
    return _unplayable(fault, answer) if changed is None else changed


def _of_signature(seal: "Seal | None") -> Callable[[Fault, Answer], Answer | None]:
    if seal is None:
        return lambda _fault, _answer: None
    from harness.endpoints.forged import forged  # noqa: PLC0415 - cryptography is slow to load

    def alter(fault: Fault, answer: Answer) -> Answer | None:
        data = forged(fault, answer.body.data, seal)
        return None if data is None else replace(answer, body=Body(data))

    return alter


def _unplayable(fault: Fault, answer: Answer) -> Answer:
    text = f"The fault {fault.name} cannot be played: the right answer lacks what it changes."
    return _soap_fault(answer, 500, text)


def _soap_fault(answer: Answer, status: int, text: str) -> Answer:
    """A Fault in the version of SOAP that the right answer speaks."""
    typed = media_type(answer.header("Content-Type") or "")
    soap = SoapVersion.SOAP_12 if typed == SOAP_TYPE else SoapVersion.SOAP_11
    body = Body(render.fault(FaultCode.SERVER, text, soap=soap))
    return Answer(status, (("Content-Type", content_type(soap)),), body)


_PAGE = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>Log in.</body></html>\n"
_DECLARED = re.compile(rb"(xmlns(?::[\w.-]+)?=)([\"'])([^\"']*)([\"'])")
_KEPT = (
    b"http://schemas.xmlsoap.org/soap/envelope/",
    b"http://www.w3.org/2003/05/soap-envelope",
    b"http://www.w3.org/2001/XMLSchema-instance",
)
_BODY = re.compile(rb"<((?:[\w.-]+:)?Body)\b.*</\1\s*>", re.DOTALL)
_FAULT = re.compile(rb"<(?:[\w.-]+:)?Fault\b")


def _typed_as(answer: Answer, content_type: str) -> Answer:
    others = [each for each in answer.headers if each[0].lower() != "content-type"]
    return replace(answer, headers=(("Content-Type", content_type), *others))


def _wrong_content_type(fault: Fault, answer: Answer) -> Answer:
    return _typed_as(answer, f"{fault.text('type')}; charset=utf-8")


def _wrong_charset(fault: Fault, answer: Answer) -> Answer:
    media = (answer.header("Content-Type") or "text/xml").split(";")[0]
    return _typed_as(answer, f"{media}; charset={fault.text('charset')}")


def _html(fault: Fault, _answer: Answer) -> Answer:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Answer(fault.number("status"), headers, Body(_PAGE))


def _unavailable(fault: Fault, _answer: Answer) -> Answer:
    retry = ("Retry-After", str(fault.number("retry-after")))
    headers = (("Content-Type", "text/plain; charset=utf-8"), retry)
    return Answer(503, headers, Body(b"Service unavailable.\n"))


def _redirect(fault: Fault, _answer: Answer) -> Answer:
    headers = (("Location", fault.text("location")),)
    return Answer(fault.number("status"), headers, Body(b""))


def _gzip_bomb(fault: Fault, answer: Answer) -> Answer:
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return Answer(answer.status, headers, Body(_bomb(fault.number("mebibytes"))))


@lru_cache(maxsize=2)
def _bomb(mebibytes: int) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = b" " * MIB
    return b"".join(packing.compress(block) for _ in range(mebibytes)) + packing.flush()


def _wrong_namespace(_fault: Fault, answer: Answer) -> Answer | None:
    def other(match: re.Match[bytes]) -> bytes:
        name = match[3] if match[3] in _KEPT else match[3] + b"/other"
        return match[1] + match[2] + name + match[4]

    data = _DECLARED.sub(other, answer.body.data)
    return None if data == answer.body.data else replace(answer, body=Body(data))


def _two_bodies(_fault: Fault, answer: Answer) -> Answer | None:
    found = _BODY.search(answer.body.data)
    if found is None:
        return None
    data = answer.body.data
    return replace(answer, body=Body(data[: found.end()] + found[0] + data[found.end() :]))


def _fault_with_200(_fault: Fault, answer: Answer) -> Answer:
    if _FAULT.search(answer.body.data):
        return replace(answer, status=200)
    text = "The service failed, and its HTTP status does not say so."
    return _soap_fault(answer, 200, text)


def _to_another(fault: Fault, answer: Answer) -> Answer | None:
    name = re.escape(fault.text("element").encode())
    echoed = re.compile(rb"(<(?:[\w.-]+:)?" + name + rb"\b[^>]*(?<!/)>)[^<]*(</)")
    data, count = echoed.subn(rb"\g<1>0-another-request\g<2>", answer.body.data)
    return replace(answer, body=Body(data)) if count else None


def _in_other_form(fault: Fault, answer: Answer) -> Answer | None:
    data: bytes | None = answer.body.data
    for name in fault.text("of").split("+"):
        data = None if data is None else reformed(data, Form(fault.text("form")), name)
    return None if data is None else replace(answer, body=Body(data))


_ALTERED: Mapping[FaultName, Callable[[Fault, Answer], Answer | None]] = {
    FaultName.WRONG_CONTENT_TYPE: _wrong_content_type,
    FaultName.HTML: _html,
    FaultName.WRONG_CHARSET: _wrong_charset,
    FaultName.UNAVAILABLE: _unavailable,
    FaultName.REDIRECT: _redirect,
    FaultName.GZIP_BOMB: _gzip_bomb,
    FaultName.WRONG_NAMESPACE: _wrong_namespace,
    FaultName.TWO_BODIES: _two_bodies,
    FaultName.FAULT_WITH_200: _fault_with_200,
    FaultName.ANSWER_TO_ANOTHER_REQUEST: _to_another,
    FaultName.OTHER_FORM: _in_other_form,
}


# Faults of the connection


def script(
    fault: Fault,
    answer: Answer,
    *,
    close: bool = False,
    number: int = 0,
    seal: "Seal | None" = None,
) -> Iterator[Step]:
    """What to do with the connection instead of simply sending the answer.

    A script that neither closes nor resets leaves the connection as it would have been.

    Args:
        fault: what is to happen; one of kind ``answer`` sends its altered answer.
        answer: the right answer.
        close: the connection ends after this answer anyway, and its head says so.
        number: how many times this fault has been played before; random draws depend on it.
        seal: signed the right answer; ``None`` when nobody did.
    """
    if fault.kind is FaultKind.ANSWER:
        yield Send(written(altered(fault, answer, seal), close=close))
        return
    yield from _SCRIPTS[fault.name](fault, _Wire(answer, close=close), _draw(fault, number))


@dataclass(frozen=True, slots=True)
class _Wire:
    """The right answer, ready to be spoilt."""

    answer: Answer
    close: bool

    @property
    def data(self) -> bytes:
        return written(self.answer, close=self.close)


def _draw(fault: Fault, number: int) -> Random:
    seed = dict(fault.values).get("seed", 0)
    return Random(f"{seed}:{number}")  # noqa: S311 - reproducible on purpose, no secret


def _connection_reset(fault: Fault, wire: _Wire, _draw: Random) -> Iterator[Step]:
    after = fault.number("after")
    if after:
        yield Send(wire.data[: min(after, len(wire.data) - 1)])
        yield Wait(_AFTER_DATA)
    yield Reset()


def _empty_response(_fault: Fault, _wire: _Wire, _draw: Random) -> Iterator[Step]:
    yield Close()


def _malformed_chunk(_fault: Fault, wire: _Wire, _draw: Random) -> Iterator[Step]:
    data = wire.answer.body.data
    half = data[: max(1, len(data) // 2)]
    start = head(wire.answer, close=wire.close, chunked=True)
    yield Send(start + b"%x\r\n" % len(half) + half + b"\r\nthis is no chunk\r\n")
    yield Close()


def _random_then_close(fault: Fault, _wire: _Wire, draw: Random) -> Iterator[Step]:
    yield Send(draw.randbytes(fault.number("bytes")))
    yield Close()


def _latency(fault: Fault, wire: _Wire, draw: Random) -> Iterator[Step]:
    jitter = fault.number("jitter")
    wait = fault.number("milliseconds") + draw.uniform(-jitter, jitter)
    yield Wait(max(0.0, wait / 1000))
    yield Send(wire.data)


def _bandwidth(fault: Fault, wire: _Wire, _draw: Random) -> Iterator[Step]:
    rate = fault.number("rate")
    size = max(1, int(rate * _TICK))
    for piece in _sliced(wire.data, lambda: size):
        yield Send(piece)
        yield Wait(len(piece) / rate)


def _slow_close(fault: Fault, wire: _Wire, _draw: Random) -> Iterator[Step]:
    yield Send(wire.data)
    yield Wait(fault.number("milliseconds") / 1000)
    yield Close()


def _timeout(fault: Fault, _wire: _Wire, _draw: Random) -> Iterator[Step]:
    yield Wait(fault.number("milliseconds") / 1000 or HOLD)
    yield Close()


def _truncation(fault: Fault, wire: _Wire, _draw: Random) -> Iterator[Step]:
    data = wire.answer.body.data
    cut = min(fault.number("bytes"), max(0, len(data) - 1))
    yield Send(head(wire.answer, close=wire.close) + data[:cut])
    yield Close()


def _slicer(fault: Fault, wire: _Wire, draw: Random) -> Iterator[Step]:
    size, variation = fault.number("size"), fault.number("variation")
    pause = fault.number("milliseconds") / 1000
    for piece in _sliced(wire.data, lambda: size + draw.randint(-variation, variation)):
        yield Send(piece)
        yield Wait(pause)


def _sliced(data: bytes, size: Callable[[], int]) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = start + max(1, size())
        yield data[start:end]
        start = end


_SCRIPTS: Mapping[FaultName, Callable[[Fault, _Wire, Random], Iterator[Step]]] = {
    FaultName.CONNECTION_RESET: _connection_reset,
    FaultName.EMPTY_RESPONSE: _empty_response,
    FaultName.MALFORMED_CHUNK: _malformed_chunk,
    FaultName.RANDOM_THEN_CLOSE: _random_then_close,
    FaultName.LATENCY: _latency,
    FaultName.BANDWIDTH: _bandwidth,
    FaultName.SLOW_CLOSE: _slow_close,
    FaultName.TIMEOUT: _timeout,
    FaultName.TRUNCATION: _truncation,
    FaultName.SLICER: _slicer,
}
