"""A project with a long history, for the rows that read or verify a record."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from harness.config import Config
from harness.joining.actor import Actor, Party
from harness.joining.events import Kind, OrganisationKind
from harness.joining.evidence import EndpointSeen, Outcome, ScenarioOutcome, TestEvidence
from harness.joining.pins import ContractPin, SuitePin
from harness.joining.process import PROCESSES
from harness.joining.project import JoiningProject
from harness.ledger.application import Ledger
from harness.suite.demanded import demanded
from harness.suite.folder import suite_digest
from harness.vocabulary import Driver, Level
from harness.wsdl.configured import contract_of

ROOT: Final = Path(__file__).parents[1]
SUITE: Final = "connection"
_SUITES: Final = (SUITE, "testing")
_WHO: Final = Actor("developer", Party.SUPPLIER, "technical supplier's developer")
_EACH_RUN: Final = 5
"""Every fifth event is a run of the suite, the others are statements of an item."""


def project_folder(folder: Path, events: int) -> Path:
    """A copy of the example project whose ledger holds so many events, one a transaction."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "harness.toml", folder)
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    config = Config.read(folder / "harness.toml")
    with Ledger.open(config.ledger_place, config.key_path, create=True) as ledger:
        story = _Story(config, datetime.now(UTC) - timedelta(seconds=events + 60))
        ledger.save(story.project, 0)
        while story.project.version < events:
            story.tell()
            ledger.save(story.project, story.project.version - 1)
    return folder


class _Story:
    """A rehearsal in which the same things happen over and over."""

    def __init__(self, config: Config, start: datetime) -> None:
        self.config = config
        self.contract = contract_of(config)
        self.digest = suite_digest(config.scenarios_folder / SUITE)
        self.now = start
        self.last = ""
        files = sorted((config.scenarios_folder / SUITE).glob("*.yaml"))
        self.scenarios = [f"{SUITE}/{each.stem}" for each in files if each.stem != "suite"]
        self.project = JoiningProject.create(
            config.project.id,
            name=config.project.name,
            kind=Kind.REHEARSAL,
            organisation_kind=OrganisationKind.MUNICIPALITY,
            process=next(iter(PROCESSES)),
            at=start,
            actor=_WHO,
            event_id="e0",
        )

    def tell(self) -> None:
        """One more event."""
        number = self.project.version
        self.now += timedelta(seconds=1)
        at, event = self.now, f"e{number}"
        if number == 1:
            pin = ContractPin(self.contract.name, self.contract.version, self.contract.digest)
            assert self.project.pin(pin, at=at, actor=_WHO, event_id=event)
        elif number <= 1 + len(_SUITES):
            pinned = self._pin(_SUITES[number - 2])
            assert self.project.pin(pinned, at=at, actor=_WHO, event_id=event)
        elif number % _EACH_RUN == 0:
            assert self.project.record_run(self._run(number), at=at, actor=_WHO, event_id=event)
        else:
            values = {"studied": True, "version": f"reading {number} of the descriptions"}
            stated = (0, "interface-descriptions", Party.SUPPLIER, values)
            assert self.project.record_item(*stated, at=at, actor=_WHO, event_id=event)

    def _pin(self, name: str) -> SuitePin:
        folder = self.config.scenarios_folder / name
        required = tuple(sorted(demanded(folder), key=lambda each: each.id))
        return SuitePin(name, self.contract.name, suite_digest(folder), required)

    def _run(self, number: int) -> TestEvidence:
        evidence = TestEvidence(
            run_id=f"run-{number}",
            project=self.config.project.id,
            suite=SUITE,
            suite_digest=self.digest,
            contract=self.contract.ref,
            contract_digest=self.contract.digest,
            level=Level.MOCK,
            driver=Driver.HARNESS,
            endpoint=EndpointSeen("mock", "in-process", "in-process"),
            operator=_WHO,
            started=self.now - timedelta(seconds=1),
            finished=self.now,
            configuration_digest=self.config.configuration_digest("mock"),
            harness_version="0",
            outcomes=tuple(
                ScenarioOutcome(each, obligatory=True, needs=(), outcome=Outcome.PASSED)
                for each in self.scenarios
            ),
            predecessor=self.last,
        )
        self.last = evidence.digest
        return evidence
