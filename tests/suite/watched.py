"""A suite under watch in this process: a system, our account's site, and a clock that is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.account.choosing import simulation
from harness.config import book
from harness.endpoints.protocol import Need
from harness.endpoints.server.endpoint import ServerEndpoint
from harness.endpoints.server.mounting import Secured, mount
from harness.endpoints.server.site import Site
from harness.suite.runner import ScenarioResult
from harness.suite.sides import AccountSide
from harness.suite.suites import Suite, load_suite
from harness.suite.watching import Instructed, Over, Seen, Told, Watch
from harness.wsdl import Contract, find
from tests.support.supplier import Indoors, example

CONTRACT = find("asiointitili/viranomaispalvelut", [book("contracts")])
SHIPPED = load_suite(book("scenarios") / "supplier")
FAULTY = frozenset({Need.MAINTENANCE, Need.FAULTS, Need.WRONG_ANSWERS})
HEAD = """\
title: {en: A test}
why: It is tested.
source: this test
"""
SUITE = """\
title: {en: Tests}
phase: 5
contract: asiointitili/viranomaispalvelut
driver: system
code: "{operation}Result/TilaKoodi/TilaKoodi"
"""
SAY = "    instruction: {en: Do it., fi: Tee se., sv: Gör det.}\n"
HEALTH = f"  - observe: HaeTilaTieto\n{SAY}"
ITEM = f"  - observe: LisaaKohteita\n{SAY}"


def suite_of(folder: Path, **scenarios: str) -> Suite:
    """A suite of the steps given, by name."""
    (folder / "own").mkdir(parents=True)
    (folder / "own" / "suite.yaml").write_text(SUITE, "utf-8")
    for name, text in scenarios.items():
        file = folder / "own" / f"{name.replace('_', '-')}.yaml"
        file.write_text(text if text.startswith("title") else HEAD + text, "utf-8")
    return load_suite(folder / "own")


@dataclass
class Stage:
    """A watch, whoever it watches, and what it has told."""

    suite: Suite
    system: Any = None
    provides: frozenset[str] = FAULTY
    only: Sequence[str] = ()
    any_order: bool = False
    secured: Secured | None = None
    contract: Contract = CONTRACT
    time: float = 1000.0
    told: list[Told] = field(default_factory=list)
    acting: bool = True

    def __post_init__(self) -> None:
        self.system = self.system or example.System()
        endpoint = ServerEndpoint(self.contract)
        self.watch = Watch(
            self.suite, endpoint, provides=self.provides, now=lambda: self.time,
            tell=self.told.append, only=self.only, any_order=self.any_order,
        )  # fmt: skip
        side = AccountSide(self.watch, self.contract, "127.0.0.1:1")
        self.site = Site(rules=side, observer=side.seen)
        paths = mount(self.site, self.contract, simulation(self.contract), "http://x", self.secured)
        side.watch(self.site, signed=paths.signed if self.secured else "")
        self.line = Indoors(self.system, self.site)

    def play(self) -> dict[str, ScenarioResult]:
        """Have the system do all it is told, and let the time of quiet steps pass."""
        self.watch.begin()
        done = 0
        while not self.watch.over:
            if done == len(self.told):
                self.time += self.watch.left()
                self.watch.tick()
                continue
            each, done = self.told[done], done + 1
            if isinstance(each, Instructed):
                self.system.act(each.id.partition("/")[2])
        return self.watch.finish()

    def of(self, kind: type[Instructed | Seen | Over]) -> list[Any]:
        return [each for each in self.told if isinstance(each, kind)]


def codes(result: ScenarioResult) -> list[str]:
    return [each.code for each in result.findings]
