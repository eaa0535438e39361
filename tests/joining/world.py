"""A small world to test the rules in: invented people, a clock that is told, and evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from harness.joining.acting import Args
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.canaries import CanaryEvidence, CheckedSuite, Killed
from harness.joining.events import Kind, Organisation, OrganisationKind, RequiredScenario
from harness.joining.evidence import (
    CodeSeen,
    CoverageOf,
    EndpointSeen,
    Outcome,
    ScenarioOutcome,
    Share,
    TestEvidence,
)
from harness.joining.gate import SuiteOnDisk, Surroundings
from harness.joining.pins import ContractPin, EndpointPin, Pin, SuitePin
from harness.joining.process import FieldKind, Item, Process
from harness.joining.project import JoiningProject, counting_evidence
from harness.vocabulary import Driver, Level

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CONTRACT = ContractPin("asiointitili/viranomaispalvelut", "1.7-2024-04", "c" * 64)
SUITES = {
    "connection": SuitePin(
        "connection", CONTRACT.name, "d" * 64, (RequiredScenario("connection/reachable"),)
    ),
    "testing": SuitePin(
        "testing",
        CONTRACT.name,
        "e" * 64,
        (RequiredScenario("testing/fault", ("faults",)), RequiredScenario("testing/good")),
    ),
    "supplier": SuitePin(
        "supplier",
        CONTRACT.name,
        "a" * 64,
        (RequiredScenario("supplier/item"), RequiredScenario("supplier/retry", ("clock",))),
    ),
}
ENDPOINT = EndpointPin("qa", Level.TEST, "http://127.0.0.1:9000/ws")
ALL_PINS: tuple[Pin, ...] = (CONTRACT, *SUITES.values(), ENDPOINT)
SEEN = EndpointSeen("qa", "http", "http://127.0.0.1:9000/ws")
SERVER = EndpointSeen("own", "http", "http://127.0.0.1:9100/ws")
SHOWN = (Share(CoverageOf.OPERATIONS, 4, 4),)
RELEASE = "3.1"
"""Of the supplier's own system."""
MOCK = EndpointSeen("mock", "in-process", "in-process")


def person(name: str, party: Party, assurance: Assurance = Assurance.KEY) -> Actor:
    credential = "" if assurance is Assurance.CLAIMED else f"ed25519:{name}"
    return Actor(name, party, "", assurance, credential)


SUPPLIER = person("sari", Party.SUPPLIER)
SECOND_SUPPLIER = person("seppo", Party.SUPPLIER)
AUTHORITY = person("aino", Party.AUTHORITY)
ACCOUNT = person("kalle", Party.ACCOUNT)
ACCOUNT_SUPPLIER = person("teemu", Party.ACCOUNT_SUPPLIER)
APPROVER = person("helmi", Party.ACCOUNT)
BY_PARTY = {
    Party.SUPPLIER: SUPPLIER,
    Party.AUTHORITY: AUTHORITY,
    Party.ACCOUNT: ACCOUNT,
    Party.ACCOUNT_SUPPLIER: ACCOUNT_SUPPLIER,
}


def sample(item: Item, now: datetime = START) -> dict[str, object]:
    """Values that fill an item in well; the opening window lies around ``now``."""
    by_kind: Mapping[FieldKind, object] = {
        FieldKind.BOOL: True,
        FieldKind.INT: 100,
        FieldKind.TEXT: "as agreed",
        FieldKind.DATE: now.date(),
        FieldKind.DATETIME: now,
    }
    values: dict[str, object] = {}
    for place, each in enumerate(item.fields):
        values[each.name] = by_kind.get(each.kind, (f"role {place}",))
    if "end" in values:
        values["end"] = now + timedelta(days=10)
    return values


@dataclass
class World:
    """A project and the means to drive it; every command has its own time and event id."""

    kind: Kind = Kind.JOINING
    organisation: OrganisationKind = OrganisationKind.MUNICIPALITY
    now: datetime = START
    count: int = 0
    last_digest: str = ""
    pinner: Actor = SUPPLIER
    tester: Actor = SUPPLIER
    recorder: Actor = SUPPLIER
    process: Process | str = "liittymisprosessi-1.0.2"
    id: str = "kirjasto"
    supplier: str = ""
    project: JoiningProject = field(init=False)

    def __post_init__(self) -> None:
        organisations = [Organisation(Party.AUTHORITY, "Esimerkkilän kunta")]
        organisations += [Organisation(Party.SUPPLIER, self.supplier)] if self.supplier else []
        self.project = JoiningProject.create(
            self.id,
            name="Kirjaston varausviestit",
            kind=self.kind,
            organisation_kind=self.organisation,
            process=self.process,
            organisations=organisations,
            at=self.now,
            actor=SUPPLIER,
            event_id="e0",
        )

    def by(self, actor: Actor) -> "_By":
        self.count += 1
        self.now += timedelta(minutes=1)
        return _By(self.now, actor, f"e{self.count}")

    # evidence ------------------------------------------------------------------------------

    def evidence(
        self,
        suite: str = "testing",
        outcomes: Mapping[str, Outcome] | None = None,
        **changes: object,
    ) -> TestEvidence:
        """A run of a suite against the pinned test endpoint; everything passed unless told."""
        self.count += 1
        self.now += timedelta(minutes=1)
        pin = SUITES[suite]
        told = outcomes or {}
        found = tuple(_outcome(each, told.get(each.id, Outcome.PASSED)) for each in pin.required)
        evidence = TestEvidence(
            run_id=f"run-{self.count}" if self.id == "kirjasto" else f"{self.id}-{self.count}",
            project=self.id,
            suite=suite,
            suite_digest=pin.digest,
            contract=CONTRACT.ref,
            contract_digest=CONTRACT.digest,
            level=Level.TEST,
            driver=Driver.SYSTEM if suite == "supplier" else Driver.HARNESS,
            system_release=RELEASE,
            endpoint=SEEN,
            operator=self.tester,
            started=self.now,
            finished=self.now,
            configuration_digest="f" * 64,
            harness_version="0.1.0",
            outcomes=found,
            predecessor=self.last_digest,
            code=CodeSeen("abc123", dirty=False),
            coverage=SHOWN,
        )
        return replace(evidence, **changes)  # type: ignore[arg-type]

    def record(self, evidence: TestEvidence, actor: Actor | None = None) -> str:
        self.project.record_run(evidence, **self.by(actor or self.recorder).args)
        self.last_digest = evidence.digest
        return evidence.digest

    def run(self, suite: str = "testing", **changes: object) -> str:
        return self.record(self.evidence(suite, **changes))  # type: ignore[arg-type]

    def canaries(self, *survivors: str, **changes: object) -> CanaryEvidence:
        """What planted defects showed of both suites as pinned; all noticed but those named."""
        self.count += 1
        self.now += timedelta(minutes=1)
        evidence = CanaryEvidence(
            project=self.id,
            suites=tuple(CheckedSuite(name, pin.digest) for name, pin in sorted(SUITES.items())),
            contract=CONTRACT.ref,
            contract_digest=CONTRACT.digest,
            harness_version="0.1.0",
            operator=self.tester,
            at=self.now,
            killed=(Killed("rule/one", "testing/good"), Killed("rule/two", "testing/good")),
            survivors=tuple(sorted(survivors)),
        )
        return replace(evidence, **changes)  # type: ignore[arg-type]

    def plant(self, *survivors: str, **changes: object) -> str:
        """Record what planted defects showed; gives the digest."""
        evidence = self.canaries(*survivors, **changes)
        self.project.record_canaries(evidence, **self.by(self.recorder).args)
        return evidence.digest

    # the way -------------------------------------------------------------------------------

    def pin(self, pin: Pin, confirmed: bool = True) -> None:
        self.project.pin(pin, **self.by(self.pinner).args)
        if confirmed:
            kind, name = pin.key
            self.project.confirm_pin(kind, name, pin.pin_digest, **self.by(ACCOUNT).args)

    def pin_all(self, confirmed: bool = True) -> None:
        for pin in ALL_PINS:
            self.pin(pin, confirmed)
        self.plant()

    def fill(self, number: int, **changes: object) -> None:
        """Record everything a phase asks for."""
        phase = self.project.standing.phase(number)
        assert phase is not None
        for item in self.project.standing.items(phase):
            parties: Iterable[Party] = item.parties if item.every_party else item.parties[:1]
            values = {**sample(item, self.now), **changes}
            for party in parties:
                self.project.record_item(
                    number, item.id, party, values, **self.by(BY_PARTY[party]).args
                )

    def complete(self, number: int) -> None:
        self.project.complete_phase(number, **self.by(SUPPLIER).args)

    def to_phase(self, number: int) -> "World":
        """Walk to the beginning of a phase with all in order."""
        self.pin_all()
        for each in range(number):
            if each == 5:
                self.sign(self.run("testing"))
                if self.kind is Kind.JOINING:
                    self.run("supplier")
            elif each == 4:
                self.run("connection")
            self.fill(each)
            self.complete(each)
        return self

    def sign(self, digest: str) -> None:
        for actor in (SECOND_SUPPLIER, ACCOUNT_SUPPLIER):
            self.project.sign_off(5, digest, **self.by(actor).args)

    def counting(self) -> tuple[str, ...]:
        return counting_evidence(self.project.standing)

    def ready(self) -> "World":
        """Walk to where only the opening itself is left."""
        self.to_phase(7)
        self.project.request_opening(**self.by(AUTHORITY).args)
        self.project.approve(self.counting(), **self.by(APPROVER).args)
        return self

    def surroundings(self) -> Surroundings:
        """Everything on disk as it was pinned and run."""
        return Surroundings(
            contracts={CONTRACT.ref: CONTRACT.digest},
            suites={
                name: SuiteOnDisk(pin.digest, frozenset(pin.required))
                for name, pin in SUITES.items()
            },
            harness_version="0.1.0",
            configuration_digests=dict.fromkeys(("qa", "own", "mock"), "f" * 64),
            system_release=RELEASE,
        )


@dataclass(frozen=True)
class _By:
    at: datetime
    actor: Actor
    event_id: str

    @property
    def args(self) -> Args:
        return {"at": self.at, "actor": self.actor, "event_id": self.event_id}


def _outcome(scenario: RequiredScenario, outcome: Outcome) -> ScenarioOutcome:
    reason = "" if outcome is Outcome.PASSED else "told-by-the-test"
    return ScenarioOutcome(scenario.id, True, scenario.needs, outcome, reason)
