"""Whatever a peer sends, the client comes back with an answer or a problem, in time."""

import socket
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.endpoints.client import HttpClient
from harness.endpoints.hosts import allowed
from harness.exchange.messages import Answer, Problem
from harness.limits import Limits
from harness.vocabulary import Level
from tests.endpoints.calls import REQUEST
from tests.endpoints.raw_server import RawServer, http, reset

LIMITS = Limits(connect=0.5, read=0.5, deadline=1.0, max_message_bytes=10_000)
PIECES = st.sampled_from([
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 500 X\r\n", b"HTTP/1.0 302 X\r\n", b"HTTP/1.1 999 \r\n"),
    *(b"Content-Length: 5\r\n", b"Content-Length: 99999999999999999999\r\n", b"\r\n", b"\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Location: file:\r\n"),
    *(b"5\r\n<ok/>\r\n", b"0\r\n\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n", b"<ok/>", b": \r\n"),
    *(b" folded\r\n", b"X\x00Y: z\r\n", b"\x1f\x8b\x08\x00", b"\xff\xfe", b"X" * 20_000),
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=30), max_size=8), st.booleans())
def test_any_sequence_of_pieces(pieces: list[bytes], rudely: bool) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"".join(pieces))
        if rudely:
            reset(connection)

    with (
        RawServer(talk) as server,
        HttpClient(allowed(server.url, Level.SERVER), limits=LIMITS) as client,
    ):
        started = time.monotonic()
        outcome = client.send(REQUEST).outcome
        assert time.monotonic() - started < LIMITS.deadline + 0.5
    assert isinstance(outcome, Answer | Problem)
    if isinstance(outcome, Answer):
        assert len(outcome.body.data) <= LIMITS.max_message_bytes


WHOLE = http(b"<ok>whole</ok>")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE) - 1))
def test_any_cut_of_a_good_answer_is_a_problem(cut: int) -> None:
    with (
        RawServer(lambda connection: connection.sendall(WHOLE[:cut])) as server,
        HttpClient(allowed(server.url, Level.SERVER), limits=LIMITS) as client,
    ):
        assert isinstance(client.send(REQUEST).outcome, Problem)
