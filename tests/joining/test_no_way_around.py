"""No sequence of commands reaches production without everything that must come before.

The machine tries commands in any order by anybody, sensible or not. The oracle judges every opening
from the recorded events alone.
"""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from harness.errors import IntegrityBroken
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.events import (
    JoiningEvent,
    Kind,
    ObservationFixed,
    ObservationRetested,
    ObservationWithdrawn,
    ProductionOpened,
)
from harness.joining.evidence import Outcome
from harness.joining.gate import judge_gate
from harness.joining.objections import Objection, Refused
from harness.joining.observations import Severity
from harness.joining.pins import ContractPin, EndpointPin, Pin, SuitePin
from harness.joining.policy import GatePolicy
from harness.joining.project import replay
from harness.joining.runs import judge
from harness.joining.text import Malformed
from harness.vocabulary import Driver, Level
from tests.joining.oracle import check_opening, open_severities
from tests.joining.world import (
    ACCOUNT,
    ACCOUNT_SUPPLIER,
    ALL_PINS,
    APPROVER,
    AUTHORITY,
    CONTRACT,
    ENDPOINT,
    MOCK,
    SECOND_SUPPLIER,
    SEEN,
    SERVER,
    SUITES,
    SUPPLIER,
    World,
    person,
    sample,
)

WHOEVER = person("whoever", Party.SUPPLIER, Assurance.CLAIMED)
PEOPLE = st.sampled_from(
    [
        SUPPLIER,
        SECOND_SUPPLIER,
        ACCOUNT_SUPPLIER,
        AUTHORITY,
        ACCOUNT,
        APPROVER,
        person("SARI ", Party.ACCOUNT),  # the supplier's person, acting for the account
        person("teemu", Party.SUPPLIER),
        person("olli", Party.ACCOUNT, Assurance.CLAIMED),
        WHOEVER,
        person("admin", Party.ACCOUNT),
    ]
)
FINDERS = st.sampled_from(
    [SUPPLIER, SECOND_SUPPLIER, ACCOUNT, person("SARI ", Party.ACCOUNT), WHOEVER]
)
OWNERS = st.sampled_from([Party.SUPPLIER, Party.ACCOUNT])
TESTERS = st.sampled_from([SUPPLIER] * 3 + [WHOEVER])
"""Who pins, runs and records on the regular way; sometimes a name that is only claimed."""
PINS: list[Pin] = [
    CONTRACT,
    ContractPin(CONTRACT.name, "1.7", "b" * 64),
    *SUITES.values(),
    SuitePin("testing", CONTRACT.name, "1" * 64, SUITES["testing"].required),
    ENDPOINT,
    EndpointPin("qa", Level.TEST, "http://127.0.0.1:9999/ws"),
    EndpointPin("qa", Level.SERVER, ENDPOINT.address),
]
WHERE = st.sampled_from(
    [(Level.TEST, SEEN), (Level.TEST, SEEN), (Level.SERVER, SERVER), (Level.MOCK, MOCK)]
)
POLICY = GatePolicy()


def project_testing(world: World) -> str:
    """The digest of the testing evidence that counts, or of none."""
    testing = judge(world.project.standing, "testing").digests
    return testing[0] if testing else "0" * 64


class Anybody(RuleBasedStateMachine):
    """Anybody does something with observations; what every such machine keeps and checks."""

    world: World
    history: list[JoiningEvent]

    def attempt(self, command: Callable[[], object]) -> None:
        """A command either records one event or explains itself and records nothing."""
        self.collect()
        version = self.world.project.version
        told: tuple[Objection, ...] | None = None
        try:
            command()
        except Refused as refused:
            told = refused.objections
        assert told is None or told
        assert all(each.sentence.endswith(".") for each in told or ())
        assert all(each.originator_version > version for each in self.world.project.pending_events)
        assert self.world.project.version - version == len(self.world.project.pending_events)

    def collect(self) -> None:
        events = self.world.project.collect_events()
        self.history += [each for each in events if isinstance(each, JoiningEvent)]

    @rule(
        who=FINDERS,
        severity=st.sampled_from(Severity),
        owner=OWNERS,
        place=st.integers(0, 5),
        scenario=st.sampled_from(["testing/good", "testing/fault", "connection/reachable"]),
    )
    def observe(
        self, who: Actor, severity: Severity, owner: Party, place: int, scenario: str
    ) -> None:
        project, args = self.world.project, self.world.by(who).args
        digests = [each.run.digest for each in project.standing.runs]
        evidence = digests[place % len(digests)] if digests else "0" * 64
        where = {"scenario": scenario, "evidence": evidence, "code": "code"}
        self.attempt(lambda: project.observe("Wrong.", severity, owner, **where, **args))

    @rule(who=FINDERS, place=st.integers(1, 2), owner=OWNERS)
    def assign(self, who: Actor, place: int, owner: Party) -> None:
        project, args = self.world.project, self.world.by(who).args
        name = f"obs-{place}"
        self.attempt(lambda: project.assign_observation(name, owner, "Not ours.", **args))

    @rule(who=FINDERS, place=st.integers(1, 2), release=st.sampled_from("12"))
    def fix(self, who: Actor, place: int, release: str) -> None:
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.fix_observation(f"obs-{place}", release, **args))

    @rule(who=FINDERS, place=st.integers(1, 2), back=st.integers(0, 3))
    def retest(self, who: Actor, place: int, back: int) -> None:
        project, args = self.world.project, self.world.by(who).args
        digests = [each.run.digest for each in project.standing.runs][::-1] or ["0" * 64]
        digest = digests[back % len(digests)]
        self.attempt(lambda: project.retest_observation(f"obs-{place}", digest, **args))

    @rule(who=FINDERS, place=st.integers(1, 2))
    def withdraw(self, who: Actor, place: int) -> None:
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.withdraw_observation(f"obs-{place}", "None.", **args))

    @rule(
        who=FINDERS,
        code=st.sampled_from(
            ["FAILED", "INCONCLUSIVE", "EXPIRED", "MOCK_ONLY", "SIGN_OFF_MISSING"]
        ),
        scope=st.sets(st.sampled_from(["testing/good", "testing/fault"]), max_size=2),
        hours=st.sampled_from([0, 1, 100]),
    )
    def ask_waiver(self, who: Actor, code: str, scope: set[str], hours: int) -> None:
        project, args = self.world.project, self.world.by(who).args
        until = args["at"] + timedelta(hours=hours)
        with contextlib.suppress(Malformed):
            self.attempt(lambda: project.ask_waiver(code, scope, "Agreed.", until, **args))

    @rule(who=PEOPLE, place=st.integers(1, 3))
    def confirm_waiver(self, who: Actor, place: int) -> None:
        project, args = self.world.project, self.world.by(who).args
        found = project.standing.waivers.get(f"waiver-{place}")
        digest = found.digest if found else "0" * 64
        self.attempt(lambda: project.confirm_waiver(f"waiver-{place}", digest, **args))

    @rule(who=FINDERS, back=st.integers(0, 3))
    def withdraw_evidence(self, who: Actor, back: int) -> None:
        project, args = self.world.project, self.world.by(who).args
        digests = [each.run.digest for each in project.standing.runs][::-1] or ["0" * 64]
        digest = digests[back % len(digests)]
        self.attempt(lambda: project.withdraw_evidence(digest, "A mistake.", **args))

    @rule(
        minutes=st.sampled_from([1, 8, 600]),
        right=st.sampled_from([ACCOUNT, ACCOUNT, SECOND_SUPPLIER, WHOEVER]),
        bad=st.sampled_from([Outcome.FAILED, Outcome.INCONCLUSIVE]),
        other=st.booleans(),
    )
    def live_with(self, minutes: int, right: Actor, bad: Outcome, other: bool) -> None:
        """Walk on as one should with a scenario that did not pass, so that its end is tried."""
        world, project = self.world, self.world.project
        world.run("testing", outcomes={"testing/good": bad})
        code = "FAILED" if (bad is Outcome.FAILED) is not other else "INCONCLUSIVE"
        until = world.now + timedelta(minutes=minutes)
        ask = world.by(SUPPLIER).args
        told = ["testing/good"]
        with contextlib.suppress(Malformed):
            self.attempt(lambda: project.ask_waiver(code, told, "Agreed.", until, **ask))
        if project.standing.waivers:
            found = list(project.standing.waivers.values())[-1]
            args = world.by(right).args
            self.attempt(lambda: project.confirm_waiver(found.id, found.digest, **args))

    @rule(
        severity=st.sampled_from(Severity),
        alone=st.booleans(),
        good=st.booleans(),
        far=st.integers(0, 3),
    )
    def observe_and_close(self, severity: Severity, alone: bool, good: bool, far: int) -> None:
        """Walk on with one as one should, some way, so that its end is tried near the opening."""
        world, project = self.world, self.world.project
        digest = world.run("testing")
        where = {"scenario": "testing/good", "evidence": digest, "code": f"code-{world.count}"}
        args = world.by(SUPPLIER).args
        self.attempt(lambda: project.observe("Wrong.", severity, Party.SUPPLIER, **where, **args))
        name = f"obs-{len(project.standing.observations)}"
        steps: list[Callable[[], object]] = [
            lambda: project.fix_observation(name, "3", **world.by(SECOND_SUPPLIER).args),
            lambda: world.run(
                outcomes={"testing/good": Outcome.PASSED if good else Outcome.FAILED}
            ),
            lambda: project.retest_observation(
                name, world.last_digest, **world.by(SECOND_SUPPLIER if alone else SUPPLIER).args
            ),
        ]
        for step in steps[:far]:
            self.attempt(step)

    def try_to_open(self, who: Actor) -> None:
        project, args = self.world.project, self.world.by(who).args
        result = judge_gate(project, POLICY, args["at"], self.world.surroundings(), who)
        version, values = project.version, POLICY.values()
        self.attempt(lambda: project.open_production(version, values, **args))
        if result.open:
            assert project.standing.opening is not None, "the gate is open, the rules are not"
            self.collect()
            assert open_severities(self.history) <= {"minor"}, "the gate is open with a defect"

    @invariant()
    def every_opening_was_right(self) -> None:
        if hasattr(self, "world"):
            self.collect()
            check_opening(self.history)
            open_severities(self.history)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.collect()
            assert replay(self.history) == self.world.project
            for event in self.history:
                assert isinstance(event, JoiningEvent)


class Observers(Anybody):
    """All else is ready for the opening; whoever found a defect, or has it, does anything."""

    @initialize(severity=st.sampled_from(Severity), owner=OWNERS)
    def start(self, severity: Severity, owner: Party) -> None:
        self.world, self.history = World().ready(), []
        self.observe(SUPPLIER, severity, owner, 1, "testing/good")

    @rule(bad=st.sampled_from([Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]), near=st.booleans())
    def run(self, bad: Outcome, near: bool) -> None:
        where: dict[str, Any] = {} if near else {"level": Level.SERVER, "endpoint": SERVER}
        self.attempt(lambda: self.world.run(outcomes={"testing/good": bad}, **where))

    @precondition(lambda self: not self.world.project.standing.opening)
    @rule()
    def open(self) -> None:
        self.world.run()
        self.try_to_open(AUTHORITY)


class Exempted(Anybody):
    """A scenario has not passed, and two parties live with it: for a while, or not quite."""

    @initialize(
        minutes=st.sampled_from([5, 15, 25, 600, 600]),
        right=st.sampled_from([ACCOUNT, ACCOUNT, ACCOUNT, SECOND_SUPPLIER, WHOEVER]),
        bad=st.sampled_from([Outcome.FAILED, Outcome.INCONCLUSIVE]),
        other=st.sampled_from([False, False, True]),
    )
    def start(self, minutes: int, right: Actor, bad: Outcome, other: bool) -> None:
        self.world, self.history = World().to_phase(5), []
        self.live_with(minutes, right, bad, other)
        self.go_on()

    @rule()
    def go_on(self) -> None:
        world, project = self.world, self.world.project
        steps: list[Callable[[], object]] = [
            *[
                lambda who=who: project.sign_off(5, project_testing(world), **world.by(who).args)
                for who in (SECOND_SUPPLIER, ACCOUNT_SUPPLIER)
            ],
            lambda: world.run("supplier"),
            lambda: project.complete_phase(5, **world.by(SUPPLIER).args),
            lambda: world.fill(6),
            lambda: project.complete_phase(6, **world.by(SUPPLIER).args),
            lambda: project.request_opening(**world.by(AUTHORITY).args),
            lambda: project.approve(world.counting(), **world.by(APPROVER).args),
        ]
        for step in steps:
            self.attempt(step)

    @rule(place=st.integers(1, 2))
    def end_waiver(self, place: int) -> None:
        project, args = self.world.project, self.world.by(SUPPLIER).args
        self.attempt(lambda: project.withdraw_waiver(f"waiver-{place}", "Enough.", **args))

    @rule(minutes=st.sampled_from([1, 10]))
    def wait(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)

    @precondition(lambda self: not self.world.project.standing.opening)
    @rule()
    def open(self) -> None:
        self.try_to_open(AUTHORITY)


class Everybody(Anybody):
    """Anybody does anything at any time."""

    @initialize(
        kind=st.sampled_from([Kind.JOINING] * 5 + [Kind.REHEARSAL]),
        begin=st.sampled_from([0, 4, 5, 6, 7, 8, 8, 8, 9, 9, 9, 9]),
        pinner=TESTERS,
        tester=TESTERS,
        recorder=TESTERS,
    )
    def start(self, kind: Kind, begin: int, pinner: Actor, tester: Actor, recorder: Actor) -> None:
        self.world = World(kind=kind, pinner=pinner, tester=tester, recorder=recorder)
        self.history = []
        known = WHOEVER not in {pinner, tester, recorder}
        with contextlib.nullcontext() if known else contextlib.suppress(Refused):
            if begin >= 8:
                self.world.ready()
            else:
                self.world.to_phase(begin)
        if begin == 9:
            self.try_to_open(AUTHORITY)

    @rule(number=st.integers(-1, 8), who=PEOPLE)
    def complete(self, number: int, who: Actor) -> None:
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.complete_phase(number, **args))

    @rule(who=PEOPLE)
    def complete_the_current_one(self, who: Actor) -> None:
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.complete_phase(project.standing.current, **args))

    @rule(number=st.integers(0, 7))
    def fill_in(self, number: int) -> None:
        def fill() -> None:
            for phase in self.world.project.standing.process.phases[number : number + 1]:
                if not self.world.project.standing.phases[phase.number].complete:
                    self.world.fill(phase.number)

        self.attempt(fill)

    @rule(who=PEOPLE, party=st.sampled_from(Party), days=st.integers(-2, 2))
    def name_a_window(self, who: Actor, party: Party, days: int) -> None:
        project, args = self.world.project, self.world.by(who).args
        item = project.standing.process.phases[6].item("opening-window")
        assert item is not None
        values = sample(item, self.world.now + timedelta(days=days))
        self.attempt(lambda: project.record_item(6, "opening-window", party, values, **args))

    @rule(number=st.integers(0, 7), who=PEOPLE)
    def reopen(self, number: int, who: Actor) -> None:
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.reopen_phase(number, "to try it again", **args))

    @rule(pin=st.sampled_from(PINS), who=PEOPLE)
    def pin(self, pin: Pin, who: Actor) -> None:
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.pin(pin, **args))

    @rule(pin=st.sampled_from(PINS), who=PEOPLE)
    def confirm(self, pin: Pin, who: Actor) -> None:
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.confirm_pin(*pin.key, pin.pin_digest, **args))

    @rule(
        suite=st.sampled_from(sorted(SUITES)),
        where=WHERE,
        bad=st.sampled_from([Outcome.PASSED, Outcome.PASSED, *Outcome]),
        configuration=st.sampled_from("ff0"),
        ended=st.booleans(),
        driver=st.sampled_from(Driver),
        who=PEOPLE,
        operator=PEOPLE,
    )
    def run(  # what a run can be
        self,
        suite: str,
        where: tuple[Level, object],
        bad: Outcome,
        configuration: str,
        ended: bool,
        driver: Driver,
        who: Actor,
        operator: Actor,
    ) -> None:
        scenario = SUITES[suite].required[0]
        if bad is Outcome.NOT_REALISABLE and not scenario.needs:
            bad = Outcome.NOT_RUN
        evidence = self.world.evidence(
            suite,
            {scenario.id: bad},
            level=where[0],
            endpoint=where[1],
            operator=operator,
            driver=driver,
            configuration_digest=configuration * 64,
            **({} if ended else {"finished": None}),
        )
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.record_run(evidence, **args))

    @rule(who=PEOPLE, place=st.integers(0, 5))
    def sign_off(self, who: Actor, place: int) -> None:
        project, args = self.world.project, self.world.by(who).args
        digests = [*self.world.counting(), *(each.run.digest for each in project.standing.runs)]
        if digests:
            digest = digests[place % len(digests)]
            self.attempt(lambda: project.sign_off(5, digest, **args))

    @rule(who=PEOPLE)
    def request(self, who: Actor) -> None:
        project, args = self.world.project, self.world.by(who).args
        self.attempt(lambda: project.request_opening(**args))

    @rule(who=PEOPLE, all_of_it=st.booleans())
    def approve(self, who: Actor, all_of_it: bool) -> None:
        project, args = self.world.project, self.world.by(who).args
        digests = self.world.counting()
        named = digests if all_of_it else digests[:1]
        self.attempt(lambda: project.approve(named, **args))

    @rule(
        suites=st.sets(st.sampled_from(sorted(SUITES))),
        omit=st.integers(0, 12),
        pin_again=st.booleans(),
        opener=st.none() | PEOPLE,
        pinner=TESTERS,
        tester=TESTERS,
        recorder=TESTERS,
    )
    def mend(
        self,
        suites: set[str],
        omit: int,
        pin_again: bool,
        opener: Actor | None,
        pinner: Actor,
        tester: Actor,
        recorder: Actor,
    ) -> None:
        """Walk on as one should, so that what was spoilt before is tried close to the opening."""
        project, world = self.world.project, self.world
        world.pinner, world.tester, world.recorder = pinner, tester, recorder
        for pin in ALL_PINS if pin_again else ():
            self.attempt(lambda pin=pin: world.pin(pin))  # type: ignore[misc]
        steps: list[Callable[[], object]] = [
            lambda: [world.run(suite) for suite in sorted(suites)],
            *[lambda n=n: world.fill(n) for n in (4, 6)],
            lambda: project.complete_phase(4, **world.by(SUPPLIER).args),
            lambda: project.sign_off(5, project_testing(world), **world.by(SECOND_SUPPLIER).args),
            lambda: project.sign_off(5, project_testing(world), **world.by(ACCOUNT_SUPPLIER).args),
            lambda: project.complete_phase(5, **world.by(SUPPLIER).args),
            lambda: project.complete_phase(6, **world.by(SUPPLIER).args),
            lambda: project.request_opening(**world.by(AUTHORITY).args),
            lambda: project.approve(world.counting(), **world.by(APPROVER).args),
        ]
        for place, step in enumerate(steps):
            if place != omit:
                self.attempt(step)
        if opener is not None:
            self.try_to_open(opener)

    @rule(who=PEOPLE)
    def open(self, who: Actor) -> None:
        self.try_to_open(who)


TestEverybody = Everybody.TestCase
TestObservers = Observers.TestCase
TestExempted = Exempted.TestCase
TestEverybody.settings = TestObservers.settings = TestExempted.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_the_oracle_accepts_the_right_opening_and_refuses_each_lack() -> None:
    """The oracle itself can fail: every event but a few is needed."""
    events = observed_and_opened()
    check_opening(events)
    assert isinstance(events[-1], ProductionOpened)
    refused = 0
    for place in range(1, len(events) - 1):
        shorter = events[:place] + events[place + 1 :]
        try:
            check_opening(shorter)
        except (AssertionError, KeyError):
            refused += 1
    needed = {"PhaseCompleted": 7, "PinConfirmed": 5, "TestRunRecorded": 3, "SignedOff": 2}
    assert refused >= sum(needed.values()) + 4
    for kind in (ObservationFixed, ObservationRetested, ObservationWithdrawn):
        (place,) = [n for n, event in enumerate(events) if isinstance(event, kind)]
        with pytest.raises((AssertionError, KeyError)):
            check_opening(events[:place] + events[place + 1 :])


def observed_and_opened() -> list[JoiningEvent]:
    """A history that ends in production, with an observation retested and one withdrawn."""
    world = World().ready()
    project, digest = world.project, project_testing(world)
    for code in ("one", "two"):
        where = {"scenario": "testing/good", "evidence": digest, "code": code}
        project.observe("W.", Severity.CRITICAL, Party.ACCOUNT, **where, **world.by(SUPPLIER).args)
    project.fix_observation("obs-1", "2", **world.by(ACCOUNT).args)
    project.retest_observation("obs-1", world.run("testing"), **world.by(SUPPLIER).args)
    project.withdraw_observation("obs-2", "None.", **world.by(SECOND_SUPPLIER).args)
    project.open_production(project.version, POLICY.values(), **world.by(AUTHORITY).args)
    return [e for e in project.collect_events() if isinstance(e, JoiningEvent)]


def test_every_event_is_needed_for_replay_or_only_told_something() -> None:
    """Deleting any event and renumbering the rest is seen on replay."""
    events = observed_and_opened()
    for place in range(len(events) - 1):
        try:
            replay(_renumbered(events[:place] + events[place + 1 :]))
        except IntegrityBroken:
            continue
        # optional items of phase 4 may be absent in a true history as well
        assert getattr(events[place], "item", "") in {"settings", "service-stored"}, events[place]


def _renumbered(events: list[JoiningEvent]) -> list[JoiningEvent]:
    from dataclasses import replace  # noqa: PLC0415 - only here

    return [replace(event, originator_version=n) for n, event in enumerate(events, 1)]
