"""Random faults against the client of real endpoints: three seconds, or HARNESS_SOAK=60.

No call outlasts its deadline, nothing is raised, no spoilt answer passes, memory does not grow.
"""

import gc
import os
import time
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

import pytest

from harness.endpoints.fault_rules import Rule, Rules
from harness.endpoints.faults import FAULTS, Fault, FaultKind, FaultName, fault
from harness.endpoints.http import HttpEndpoint, HttpSettings
from harness.exchange.judge import judge_answer
from harness.exchange.message import Message
from harness.exchange.messages import Answer, Body, Problem, Request
from harness.limits import MIB, Limits
from harness.vocabulary import Level, Verdict
from harness.wsdl import Contract
from tests.account.asking import ACTION
from tests.endpoints.server.callers import GOOD, Running, running

LIMITS = Limits(connect=0.5, read=0.15, deadline=0.4, max_message_bytes=4 * MIB)
SECONDS = float(os.environ.get("HARNESS_SOAK", "3"))
SLACK = 0.6
"""Seconds that a loaded machine may add to a deadline."""
REQUEST = Request("HaeTilaTieto", f"{ACTION}HaeTilaTieto", Body(GOOD))
HARMLESS = {
    FaultName.LATENCY,
    FaultName.BANDWIDTH,
    FaultName.SLOW_CLOSE,
    FaultName.SLICER,
    FaultName.OTHER_FORM,
}
"""The answer that comes in spite of these is allowed, if it comes in time."""
PLAIN = [name for name in FaultName if not FAULTS[name].signed]
RANDOM: dict[FaultName, dict[str, tuple[int, int]]] = {
    FaultName.CONNECTION_RESET: {"after": (0, 800)},
    FaultName.RANDOM_THEN_CLOSE: {"bytes": (1, 4000), "seed": (0, 10_000)},
    FaultName.LATENCY: {"milliseconds": (0, 300), "jitter": (0, 100), "seed": (0, 10_000)},
    FaultName.BANDWIDTH: {"rate": (300, 100_000)},
    FaultName.SLOW_CLOSE: {"milliseconds": (0, 300)},
    FaultName.TIMEOUT: {"milliseconds": (0, 300)},
    FaultName.TRUNCATION: {"bytes": (0, 1000)},
    FaultName.SLICER: {"size": (1, 300), "variation": (0, 30), "milliseconds": (0, 20)},
    FaultName.UNAVAILABLE: {"retry-after": (0, 100)},
    FaultName.GZIP_BOMB: {"mebibytes": (5, 6)},
}


def drawn(draw: Random) -> Fault:
    name = draw.choice(PLAIN)
    bounds = RANDOM.get(name, {})
    values: dict[str, object] = {key: draw.randint(*each) for key, each in bounds.items()}
    for key, parameter in FAULTS[name].parameters.items():
        if parameter.allowed:
            values[key] = draw.choice(parameter.allowed)
    return fault(name, values)


def soak(contract: Contract, server: Running, seconds: float, seed: int) -> Counter[str]:
    """Call and be answered badly until the time is over; what came of it, by fault."""
    draw, seen = Random(seed), Counter[str]()
    settings = HttpSettings("soak", server.url, Level.SERVER, limits=LIMITS)
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(seen) < len(PLAIN):
        chosen = drawn(draw)
        server.background.call(partial(server.site.rules.add, Rule(chosen, next=1)))
        with HttpEndpoint(settings).session() as session:
            exchange = session.send(REQUEST)
        assert exchange.seconds < LIMITS.deadline + SLACK, chosen
        judgement = judge_answer(contract, REQUEST, exchange)
        codes = [finding.code for finding in judgement.findings]
        assert judgement.verdict is Verdict.PASSED or codes, chosen
        assert isinstance(exchange.outcome, Answer | Problem)
        if judgement.verdict is Verdict.PASSED and chosen.name not in HARMLESS:
            assert is_noticed(chosen, judgement.message), chosen
        seen[chosen.name] += 1
    return seen


def is_noticed(chosen: Fault, message: Message | None) -> bool:
    """The one fault that only the scenario can see: the answer carries another message id."""
    assert message is not None
    echoed = message.texts("HaeTilaTietoResult/TilaKoodi/SanomaTunniste")
    return chosen.name is FaultName.ANSWER_TO_ANOTHER_REQUEST and echoed == ["0-another-request"]


def resident() -> int:
    """Bytes of memory in use by this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.attacks
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_random_faults(contract: Contract) -> None:
    with running(contract, rules=Rules()) as server:
        soak(contract, server, 1 + SECONDS / 6, seed=1)
        before = resident()
        seen = soak(contract, server, SECONDS, seed=2)
        grown = resident() - before
        assert server.post().status == 200
    assert set(seen) == set(PLAIN)
    assert grown < 16 * MIB, f"{grown} bytes more after {seen.total()} calls"
    print(f"{seen.total()} calls, {grown // 1024} KiB more")  # noqa: T201 - shown with -s


def test_kinds_are_both_there() -> None:
    assert {each.kind for each in FAULTS.values()} == set(FaultKind)
