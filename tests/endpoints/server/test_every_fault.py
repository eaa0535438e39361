"""Every fault by name: its effect at a raw caller, and what our client and judge make of it."""

import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from harness.endpoints.client import HttpClient
from harness.endpoints.fault_rules import Rule, Rules
from harness.endpoints.faults import FAULTS, FaultKind, FaultName, fault
from harness.endpoints.hosts import allowed
from harness.endpoints.spoiling import HOLD, Close, Reset, Send, Step, Wait, altered, script
from harness.exchange.judge import judge_answer
from harness.exchange.messages import Answer, Body, Exchange, Problem, Request
from harness.limits import Limits
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract
from tests.account.asking import ACTION
from tests.endpoints.server.callers import (
    GOOD,
    PATIENCE,
    Got,
    Running,
    answers,
    is_fault,
    request,
    rest,
    running,
    whole,
)

pytestmark = pytest.mark.attacks

LIMITS = Limits(connect=1.0, read=0.4, deadline=0.9, max_message_bytes=1_000_000)
REQUEST = Request("HaeTilaTieto", f"{ACTION}HaeTilaTieto", Body(GOOD))


class WasReset(Exception):
    """The connection ended with RST."""


@dataclass(frozen=True)
class Raw:
    """What a raw caller got."""

    data: bytes
    reset: bool
    seconds: float
    until_first: float
    pieces: int

    @property
    def got(self) -> Got:
        assert not self.reset
        return whole(self.data)


def called(server: Running, *, patience: float = PATIENCE) -> Raw:
    """One call, and everything that comes back until the end or until patience runs out."""
    data, reset, pieces, until_first = b"", False, 0, 0.0
    started = time.monotonic()
    with server.connect() as sock:
        sock.settimeout(patience)
        sock.sendall(request(server.paths.unsigned, close=True))
        try:
            while piece := sock.recv(65536):
                until_first = until_first or time.monotonic() - started
                data += piece
                pieces += 1
        except ConnectionResetError:
            reset = True
        except TimeoutError:
            pieces = -1
    return Raw(data, reset, time.monotonic() - started, until_first, pieces)


def _silent(raw: Raw) -> bool:
    return raw.data == b"" and raw.pieces == -1


def _charset(raw: Raw) -> bool:
    return raw.got.headers["content-type"] == "text/xml; charset=iso-8859-1"


def _bomb(raw: Raw) -> bool:
    unpacked = zlib.decompress(raw.got.body, 31)
    return len(raw.got.body) < 50_000 and len(unpacked) == 8 * 1024 * 1024


def _unavailable(raw: Raw) -> bool:
    return (raw.got.status, raw.got.headers["retry-after"]) == (503, "120")


def _redirect(raw: Raw) -> bool:
    return (raw.got.status, raw.got.headers["location"]) == (
        302,
        "http://elsewhere.invalid/account",
    )


def _cut(raw: Raw) -> bool:
    head, _, body = raw.data.partition(b"\r\n\r\n")
    length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
    return length > 100 and len(body) == 100


@dataclass(frozen=True)
class Row:
    """One fault: parameters, effect on the wire, and what it leads to."""

    effect: Callable[[Raw], bool]
    outcome: str
    verdict: Verdict
    values: tuple[tuple[str, object], ...] = ()
    patience: float = PATIENCE


FAILED, UNSAID, PASSED = Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED

ROWS: dict[FaultName, Row] = {
    FaultName.CONNECTION_RESET: Row(lambda raw: raw.reset and raw.data == b"", "reset", UNSAID),
    FaultName.EMPTY_RESPONSE: Row(
        lambda raw: raw.pieces == 0 and not raw.reset, "closed-early", UNSAID
    ),
    FaultName.MALFORMED_CHUNK: Row(
        lambda raw: b"Transfer-Encoding: chunked" in raw.data and b"no chunk" in raw.data,
        "http-malformed",
        UNSAID,
    ),
    FaultName.RANDOM_THEN_CLOSE: Row(
        lambda raw: len(raw.data) == 256 and b"HTTP" not in raw.data, "http-malformed", UNSAID
    ),
    FaultName.LATENCY: Row(
        lambda raw: raw.until_first >= 0.6 and raw.got.status == 200,
        "read-timeout",
        UNSAID,
        (("milliseconds", 600),),
    ),
    FaultName.BANDWIDTH: Row(
        lambda raw: raw.seconds >= 1.0 and raw.pieces > 5 and raw.got.status == 200,
        "deadline",
        UNSAID,
        (("rate", 400),),
    ),
    FaultName.SLOW_CLOSE: Row(
        lambda raw: raw.seconds - raw.until_first >= 0.3 and raw.got.status == 200,
        "",
        PASSED,
        (("milliseconds", 500),),
    ),
    FaultName.TIMEOUT: Row(_silent, "read-timeout", UNSAID, patience=0.7),
    FaultName.TRUNCATION: Row(_cut, "truncated", UNSAID),
    FaultName.SLICER: Row(
        lambda raw: raw.pieces > 3 and raw.got.status == 200,
        "",
        PASSED,
        (("size", 100), ("milliseconds", 5)),
    ),
    FaultName.WRONG_CONTENT_TYPE: Row(
        lambda raw: raw.got.headers["content-type"] == "text/plain; charset=utf-8",
        "content-type",
        FAILED,
    ),
    FaultName.HTML: Row(lambda raw: b"<html>" in raw.got.body, "not-soap:html", UNSAID),
    FaultName.WRONG_CHARSET: Row(_charset, "charset", FAILED),
    FaultName.UNAVAILABLE: Row(_unavailable, "unavailable", UNSAID),
    FaultName.REDIRECT: Row(_redirect, "redirect", UNSAID),
    FaultName.GZIP_BOMB: Row(_bomb, "too-large", UNSAID, (("mebibytes", 8),)),
    FaultName.WRONG_NAMESPACE: Row(
        lambda raw: b'xmlns="http://www.suomi.fi/asiointitili/other"' in raw.got.body,
        "wrong-namespace",
        FAILED,
    ),
    FaultName.TWO_BODIES: Row(lambda raw: raw.got.body.count(b":Body>") == 4, "envelope", FAILED),
    FaultName.FAULT_WITH_200: Row(
        lambda raw: raw.got.status == 200 and is_fault(raw.got), "fault-with-200", FAILED
    ),
    FaultName.ANSWER_TO_ANOTHER_REQUEST: Row(
        lambda raw: b"SanomaTunniste>0-another-request<" in raw.got.body, "", PASSED
    ),
    FaultName.OTHER_FORM: Row(lambda raw: b"SanomaTunniste" not in raw.got.body, "", PASSED),
}
"""The last two leave an answer that keeps the contract; of the last but one the scenario finds
``correlation``."""


PLAIN = [name for name in FaultName if not FAULTS[name].signed]
"""The others need a signed answer: ``test_forged_answers``."""


def test_every_fault_has_its_row() -> None:
    assert set(FaultName) == set(FAULTS)
    assert set(ROWS) == set(PLAIN)


def rules(name: FaultName) -> Rules:
    return Rules([Rule(fault(name, dict(ROWS[name].values)))])


@pytest.mark.parametrize("name", PLAIN)
def test_effect_at_a_raw_caller(contract: Contract, name: FaultName) -> None:
    with running(contract, rules=rules(name)) as server:
        raw = called(server, patience=ROWS[name].patience)
    assert ROWS[name].effect(raw), raw


@pytest.mark.parametrize("name", PLAIN)
def test_what_our_client_and_judge_make_of_it(contract: Contract, name: FaultName) -> None:
    with running(contract, rules=rules(name)) as server:
        exchange = sent(server)
        assert exchange.seconds < LIMITS.deadline + 0.5
        judgement = judge_answer(contract, REQUEST, exchange)
    row = ROWS[name]
    codes = [finding.code for finding in judgement.findings]
    assert judgement.verdict is row.verdict, codes
    assert row.outcome in {"", *codes}
    if row.outcome and isinstance(exchange.outcome, Problem):
        assert str(exchange.outcome.code) == row.outcome


def sent(server: Running) -> Exchange:
    with HttpClient(allowed(server.url, Level.SERVER), limits=LIMITS) as client:
        return client.send(REQUEST)


@pytest.mark.parametrize("name", PLAIN)
def test_one_fault_and_the_next_call_is_well(contract: Contract, name: FaultName) -> None:
    once = Rules([Rule(fault(name, dict(ROWS[name].values)), next=1)])
    with running(contract, rules=once) as server:
        called(server, patience=0.3)
        assert server.post().status == 200
        assert len(once) == 0


@pytest.mark.parametrize("name", [name for name in PLAIN if FAULTS[name].kind is FaultKind.ANSWER])
def test_faults_of_the_answer_leave_the_connection_as_it_is(
    contract: Contract, name: FaultName
) -> None:
    with running(contract, rules=rules(name)) as server, server.connect() as sock:
        for _ in range(3):
            sock.sendall(request(server.paths.unsigned))
            assert answers(sock, 1)


@pytest.mark.parametrize(
    ("after", "code"), [(10, "reset"), (60, "reset"), (1000, "truncated")], ids=str
)
def test_reset_after_some_bytes(contract: Contract, after: int, code: str) -> None:
    cut = Rules([Rule(fault("connection-reset", {"after": after}))])
    with running(contract, rules=cut) as server:
        raw = called(server)
        assert raw.reset
        assert len(raw.data) <= after
        outcome = sent(server).outcome
    assert isinstance(outcome, Problem)
    assert outcome.code in {code, "truncated"}


def test_reset_takes_back_nothing_that_was_read(contract: Contract) -> None:
    cut = Rules([Rule(fault("connection-reset", {"after": 60}))])
    with running(contract, rules=cut) as server:
        assert len(called(server).data) == 60


def test_timeout_that_ends(contract: Contract) -> None:
    with running(contract, rules=Rules([Rule(fault("timeout", {"milliseconds": 100}))])) as server:
        raw = called(server)
        assert (raw.data, raw.reset) == (b"", False)
        assert 0.1 <= raw.seconds < 3


def test_caller_that_gives_up_frees_the_connection(contract: Contract) -> None:
    with running(contract, rules=Rules([Rule(fault("timeout"), next=1)])) as server:
        called(server, patience=0.2)
        end = time.monotonic() + PATIENCE
        while server.server._connections:
            assert time.monotonic() < end
            server.post()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_of_every_kind(contract: Contract, status: int) -> None:
    to = Rules([Rule(fault("redirect", {"status": status, "location": "/other"}))])
    with running(contract, rules=to) as server:
        assert called(server).got.status == status
        outcome = sent(server).outcome
    assert isinstance(outcome, Problem)
    assert outcome.code == "redirect"


def test_web_page_with_status_500(contract: Contract) -> None:
    page = Rules([Rule(fault("html", {"status": 500}))])
    with running(contract, rules=page) as server:
        judgement = judge_answer(contract, REQUEST, sent(server))
    assert [finding.code for finding in judgement.findings] == ["not-soap:html"]


# Scripts as data

ANSWER = Answer(200, (("Content-Type", "text/xml; charset=utf-8"),), Body(GOOD))


def steps(name: str, number: int = 0, **values: object) -> list[Step]:
    made = script(fault(name, values), ANSWER, number=number)
    return [_undated(step) for step in made]


def _undated(step: Step) -> Step:
    return Send(re.sub(rb"Date: [^\r]*", b"Date: ", step.data)) if isinstance(step, Send) else step


def sent_bytes(found: list[Step]) -> bytes:
    return b"".join(step.data for step in found if isinstance(step, Send))


def test_same_seed_and_number_give_the_same_script() -> None:
    for name in ("random-then-close", "latency", "slicer"):
        jitter = {"latency": {"jitter": 100}, "slicer": {"variation": 30}}.get(name, {})
        assert steps(name, 3, seed=7, **jitter) == steps(name, 3, seed=7, **jitter)
        assert steps(name, 3, seed=7, **jitter) != steps(name, 4, seed=7, **jitter)
        assert steps(name, 3, seed=7, **jitter) != steps(name, 3, seed=8, **jitter)


def test_jitter_stays_within_its_bounds() -> None:
    waits = []
    for number in range(200):
        wait, _ = steps("latency", number, milliseconds=100, jitter=60)
        assert isinstance(wait, Wait)
        waits.append(wait.seconds)
    assert 0.04 <= min(waits) < 0.06
    assert 0.14 < max(waits) <= 0.16


def test_jitter_larger_than_the_delay_never_waits_less_than_nothing() -> None:
    for number in range(50):
        wait, _ = steps("latency", number, milliseconds=0, jitter=60)
        assert isinstance(wait, Wait)
        assert wait.seconds >= 0


@pytest.mark.parametrize("name", ["slicer", "bandwidth", "slow-close"])
def test_nothing_is_lost_between_pieces(name: str) -> None:
    assert sent_bytes(steps(name)).endswith(b"\r\n\r\n" + GOOD)


def test_bandwidth_takes_the_time_that_its_rate_says() -> None:
    found = list(script(fault("bandwidth", {"rate": 1000}), ANSWER))
    waited = sum(step.seconds for step in found if isinstance(step, Wait))
    assert waited == pytest.approx(len(sent_bytes(found)) / 1000)


def test_truncation_never_sends_the_whole() -> None:
    for count in (0, 1, len(GOOD) - 1, len(GOOD), len(GOOD) + 1):
        first, last = steps("truncation", bytes=count)
        assert isinstance(first, Send)
        assert isinstance(last, Close)
        _, _, body = first.data.partition(b"\r\n\r\n")
        assert body == GOOD[: min(count, len(GOOD) - 1)]


def test_ends_are_those_that_the_names_say() -> None:
    assert steps("connection-reset") == [Reset()]
    assert steps("empty-response") == [Close()]
    assert steps("timeout") == [Wait(HOLD), Close()]


@pytest.mark.parametrize("name", ["wrong-namespace", "two-bodies", "answer-to-another-request"])
def test_fault_that_finds_nothing_to_change_says_so(name: str) -> None:
    answer = altered(fault(name), Answer(200, ANSWER.headers, Body(b"<none/>")))
    assert answer.status == 500
    assert name.encode() in answer.body.data


def test_steps_do_not_show_what_they_send() -> None:
    assert "Viranomainen" not in repr(steps("slow-close"))


def test_close_is_announced_when_the_connection_ends_anyway() -> None:
    (whole_answer,) = script(fault("wrong-charset"), ANSWER, close=True)
    assert isinstance(whole_answer, Send)
    assert b"\r\nConnection: close\r\n" in whole_answer.data


def test_rest_is_not_needed_for_a_reset(server: Running) -> None:
    with server.connect() as sock:
        sock.sendall(request(server.paths.unsigned, close=True))
        assert rest(sock)
