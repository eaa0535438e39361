"""Row 1: the default contract, read, compiled and ready to write requests, in this process."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import zeep
from lxml import etree

from bench.measuring import Contender, Goal, Row, Setting
from harness.config import book
from harness.wsdl import Contract, contract, find

REF: Final = "asiointitili/viranomaispalvelut/1.7-2024-04"
PEER: Final = "zeep.Client + lxml XMLSchema"
FIRST: Final = "harness, first time"
AGAIN: Final = "harness, again in the process"


def _contenders(setting: Setting) -> Sequence[Contender]:
    del setting
    folder = book("contracts") / REF
    description, schema = folder / "Viranomaispalvelut.wsdl", folder / "Viranomaispalvelut.xsd"

    def peer() -> None:
        zeep.Client(str(description))  # type: ignore[no-untyped-call]
        etree.XMLSchema(etree.parse(schema))

    def first() -> None:
        contract.forget()
        _ready()

    return (
        Contender(PEER, _timed(peer)),
        Contender(FIRST, _timed(first)),
        Contender(AGAIN, _timed(_ready)),
        Contender("lxml XMLSchema alone", _timed(lambda: etree.XMLSchema(etree.parse(schema)))),
    )


def _ready() -> Contract:
    found = find(REF, [book("contracts")])
    found.check()
    return found


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def go() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return go


ROW: Final = Row(
    1,
    "the default contract ready to send, in process",
    _contenders,
    (
        Goal("at most 1.2 x zeep.Client + lxml XMLSchema", FIRST, 1.2, (PEER,)),
        Goal("again in the same process: at most 1 ms", AGAIN, 0.001),
    ),
    rounds=25,
)
