"""Row 3: one message there and back with everything a scenario does, and a bare zeep call."""

import itertools
import json
import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import requests
import responses
import zeep

from bench import messages
from bench.measuring import Contender, Goal, Row, Setting
from bench.peers.work import Work
from bench.processes import ROOT
from harness.endpoints.mock import MockEndpoint
from harness.joining.actor import Actor, Party
from harness.suite.evidence import EvidenceFile, Run
from harness.suite.runner import Connection, run_scenario
from harness.suite.suites import load_suite
from harness.vocabulary import Verdict

_SIZES: Final = {1: 300, 1000: 5}
"""Items in a message, and how many messages, each a scenario, are one go and one evidence."""
_ZEEP: Final = "zeep + responses with the work, {:,}"
_OURS: Final = "harness, scenario to evidence, {:,}"


def _contenders(setting: Setting) -> Sequence[Contender]:
    found = []
    for items, whole in _SIZES.items():
        count = setting.number(whole, 1)
        found.append(Contender(_ZEEP.format(items), _calls(items, count)))
        found.append(Contender(_OURS.format(items), _scenarios(setting.folder, items, count)))
    return found


def _calls(items: int, count: int) -> Callable[[], float]:
    """What a supplier would write: the callback parses, validates and answers."""
    folder = messages.contract().folder
    client: Any = zeep.Client(str(folder / "Viranomaispalvelut.wsdl"))  # type: ignore[no-untyped-call]
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    address = port.binding_options["address"]
    values = [messages.batch(items, start=items * number) for number in range(count)]

    def go() -> float:
        work = Work(folder / "Viranomaispalvelut.xsd")
        with responses.RequestsMock() as mock:
            mock.add_callback(responses.POST, address, callback=partial(_answered, work))
            start = time.perf_counter()
            for each in values:
                told = client.service[messages.OPERATION](**each)
                assert told.TilaKoodi.TilaKoodi == 0
            return time.perf_counter() - start

    return go


def _answered(work: Work, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
    assert isinstance(request.body, bytes)
    status, data = work.answer(request.body)
    return status, {"Content-Type": "text/xml; charset=utf-8"}, data


def _scenarios(folder: Path, items: int, count: int) -> Callable[[], float]:
    """A suite of so many scenarios, run and written down; reading its files does not count."""
    place = folder / f"suite{items}"
    place.mkdir()
    shutil.copy(ROOT / "scenarios" / "testing" / "suite.yaml", place)
    for number in range(count):
        step = {"call": messages.OPERATION, "request": messages.batch(items, start=items * number)}
        scenario = {
            "title": dict.fromkeys(("en", "fi", "sv"), "A batch"),
            "why": "To measure.",
            "source": "bench",
            "steps": [{**step, "expect": {"code": 0}}],
        }
        (place / f"batch-{number:04}.yaml").write_text(json.dumps(scenario), "utf-8")
    suite = load_suite(place)
    connection = Connection(messages.contract(), MockEndpoint(messages.contract()), "bench")
    numbers = itertools.count()

    def go() -> float:
        run = Run(
            "bench",
            folder,
            folder / f"evidence{items}-{next(numbers)}",
            Actor("bench", Party.SUPPLIER),
            "0" * 64,
            id="r0123456789",
        )
        run.evidence_folder.mkdir()
        start = time.perf_counter()
        evidence = EvidenceFile(run, suite, connection)
        evidence.begin()
        results = {
            name: run_scenario(each, suite, connection) for name, each in suite.scenarios.items()
        }
        evidence.finish(results)
        seconds = time.perf_counter() - start
        assert {each.verdict for each in results.values()} == {Verdict.PASSED}
        return seconds

    return go


ROW: Final = Row(
    3,
    "one scenario message, 1 and 1,000 items",
    _contenders,
    (
        Goal("1 item: at most 1.2 x zeep + responses", _OURS.format(1), 1.2, (_ZEEP.format(1),)),
        Goal("1,000: at most 1.0 x", _OURS.format(1000), 1.0, (_ZEEP.format(1000),)),
    ),
)
