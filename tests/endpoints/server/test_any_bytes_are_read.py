"""The reader of requests: any bytes, in any pieces, end as requests or one refusal."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.endpoints.server.limits import ServerLimits
from harness.endpoints.server.parsing import Phase, Received, Refusal, RequestReader

pytestmark = pytest.mark.attacks

LIMITS = ServerLimits(max_header_bytes=400, max_headers=10, max_body_bytes=300)
PLAIN = b"POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;e=f\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n"
)
OFFERING = (
    b"POST /d HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    b"Content-Length: 2\r\n\r\nhi"
)
BARE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
GOOD = {PLAIN: b"hello", CHUNKED: b"abcde", OFFERING: b"hi", BARE: b""}


def read(*pieces: bytes) -> tuple[list[Received | Refusal], RequestReader]:
    found: list[Received | Refusal] = []
    reader = RequestReader(LIMITS, found.append)
    for piece in pieces:
        reader.feed(piece)
    return found, reader


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(ends)]


places = st.lists(st.integers(0, 10_000), max_size=12)
requests = st.lists(st.sampled_from(list(GOOD)), min_size=1, max_size=8)


@given(requests, places)
def test_any_cut_of_good_requests_gives_the_same(sent: list[bytes], where: list[int]) -> None:
    found, reader = read(*cut(b"".join(sent), where))
    bodies = [each.body for each in found if isinstance(each, Received)]
    assert bodies == [GOOD[each] for each in sent]
    assert (reader.phase, reader.over) == (Phase.IDLE, False)


@given(st.lists(st.one_of(st.binary(max_size=300), st.sampled_from([*GOOD, LAST])), max_size=8))
def test_any_bytes(pieces: list[bytes]) -> None:
    found, reader = read(*pieces)
    refusals = [each for each in found if isinstance(each, Refusal)]
    assert len(refusals) <= 1
    assert not refusals or (found[-1] is refusals[0] and reader.over)
    for each in found:
        if isinstance(each, Received):
            assert len(each.body) <= LIMITS.max_body_bytes
            assert len(each.headers) <= LIMITS.max_headers


@given(st.sampled_from(list(GOOD)), st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_any_spoilt_request_never_becomes_two(good: bytes, place: int, spoilt: bytes) -> None:
    start = place % len(good)
    found, _ = read(good[:start] + spoilt + good[start + len(spoilt) :])
    assert len([each for each in found if isinstance(each, Received)]) <= 1


def test_nothing_is_read_behind_the_last_request() -> None:
    found, reader = read(LAST + PLAIN, BARE)
    assert len(found) == 1
    assert reader.over


def test_nothing_is_read_behind_a_refusal() -> None:
    found, _ = read(b"nonsense\r\n\r\n", PLAIN)
    assert [each.status for each in found if isinstance(each, Refusal)] == [400]
    assert len(found) == 1


def test_what_was_received_does_not_show_its_body() -> None:
    (received,), _ = read(PLAIN)
    assert repr(received) == "<Received POST, 5 bytes>"
    assert isinstance(received, Received)
    assert (received.header("host"), received.header("absent")) == ("x", None)
