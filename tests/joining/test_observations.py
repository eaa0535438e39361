"""Defects found in testing: who may do what, what shows them gone, and what they close."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from harness.joining.actor import Actor, Assurance, Party
from harness.joining.events import JoiningEvent, Kind, RequiredScenario
from harness.joining.evidence import EndpointSeen, Outcome, TestEvidence
from harness.joining.gate import WarningCode, judge_gate
from harness.joining.objections import Objection, ObjectionCode, Refused
from harness.joining.observations import ObservationState, Severity
from harness.joining.pins import SuitePin
from harness.joining.policy import GatePolicy
from harness.joining.project import replay
from harness.joining.rules import phase_to_complete
from harness.joining.state import state
from harness.joining.text import Malformed
from harness.vocabulary import Driver, Level
from tests.joining.world import (
    ACCOUNT,
    ACCOUNT_SUPPLIER,
    APPROVER,
    AUTHORITY,
    CONTRACT,
    MOCK,
    SECOND_SUPPLIER,
    SERVER,
    SUITES,
    SUPPLIER,
    World,
    person,
)
from tests.support.identities import MISTYPED

Code = ObjectionCode
GOOD, FAULT = "testing/good", "testing/fault"
SECOND_ACCOUNT = APPROVER


def observe(
    world: World,
    severity: Severity = Severity.MAJOR,
    *,
    actor: Actor = SUPPLIER,
    owner: Party = Party.ACCOUNT,
    **where: str,
) -> str:
    """An observation, by default of the newest run of the suite on record."""
    suite = where.get("scenario", GOOD).partition("/")[0]
    runs = [each.run for each in world.project.standing.runs]
    newest = [run.digest for run in runs if run.suite == suite][-1]
    told = {"scenario": GOOD, "evidence": newest, "code": "code", "path": "Result/Code", **where}
    return world.project.observe("Wrong code.", severity, owner, **told, **world.by(actor).args)


def found(world: World, severity: Severity = Severity.MAJOR) -> str:
    """An observation of the supplier's about the account, of a run that failed."""
    world.run(outcomes={GOOD: Outcome.FAILED})
    return observe(world, severity)


def fix(world: World, name: str, actor: Actor = ACCOUNT, release: str = "2.1") -> None:
    world.project.fix_observation(name, release, **world.by(actor).args)


def retest(world: World, name: str, digest: str, actor: Actor = SUPPLIER) -> None:
    world.project.retest_observation(name, digest, **world.by(actor).args)


def withdraw(world: World, name: str, actor: Actor = SECOND_SUPPLIER) -> None:
    world.project.withdraw_observation(name, "Our scenario was wrong.", **world.by(actor).args)


def assign(world: World, name: str, owner: Party, actor: Actor = ACCOUNT) -> None:
    world.project.assign_observation(name, owner, "Not ours.", **world.by(actor).args)


def all_that_can_happen(world: World) -> None:
    """Two observations: one handed on, fixed and retested; one withdrawn."""
    evidence = next(each.run.digest for each in world.project.standing.runs)
    run = world.project.standing.run(evidence)
    assert run is not None
    scenario = run.run.outcomes[0].id
    first = observe(world, evidence=evidence, scenario=scenario)
    assign(world, first, Party.ACCOUNT_SUPPLIER)
    fix(world, first, ACCOUNT_SUPPLIER)
    retest(world, first, world.run(run.run.suite))
    withdraw(world, observe(world, evidence=evidence, scenario=scenario))


def refused(command: Callable[[], object]) -> set[ObjectionCode]:
    with pytest.raises(Refused) as told:
        command()
    return {each.code for each in told.value.objections}


def of(world: World, name: str) -> ObservationState:
    return world.project.standing.observations[name].state


def gate(world: World, policy: GatePolicy = GatePolicy()) -> list[Objection]:  # noqa: B008 - frozen
    result = judge_gate(world.project, policy, world.now, world.surroundings(), AUTHORITY)
    return [each for each in result.objections if each.code is Code.OBSERVATION_OPEN]


def told(world: World, policy: GatePolicy = GatePolicy()) -> list[str]:  # noqa: B008 - frozen
    result = judge_gate(world.project, policy, world.now, world.surroundings(), AUTHORITY)
    wanted = (each for each in result.warnings if each.code is WarningCode.OBSERVATION_OPEN)
    return [each.sentence for each in wanted]


# The way


def test_made_fixed_retested() -> None:
    world = World().to_phase(5)
    name = found(world)
    assert (name, of(world, name)) == ("obs-1", ObservationState.OPEN)
    fix(world, name)
    assert of(world, name) is ObservationState.FIXED
    digest = world.run()
    retest(world, name, digest)
    observation = world.project.standing.observations[name]
    assert observation.state is ObservationState.RETESTED
    assert observation.fix
    assert observation.closing
    assert (observation.fix.release, observation.closing.evidence) == ("2.1", digest)
    assert (observation.suite, observation.scenario) == ("testing", GOOD)
    assert world.project.standing.open_observations() == []


def test_a_fix_that_was_none_is_followed_by_another() -> None:
    world = World().to_phase(5)
    name = found(world)
    fix(world, name)
    failed = world.run(outcomes={GOOD: Outcome.FAILED})
    assert refused(lambda: retest(world, name, failed)) == {Code.EVIDENCE_UNKNOWN}
    assert refused(lambda: fix(world, name)) == {Code.OBSERVATION_ELSEWHERE}
    passed = world.run()
    fix(world, name, release="2.2")
    assert refused(lambda: retest(world, name, passed)) == {Code.EVIDENCE_UNKNOWN}
    retest(world, name, world.run())
    assert of(world, name) is ObservationState.RETESTED


def test_all_of_it_stands_in_the_state_and_replays() -> None:
    world = World().to_phase(5)
    found(world, Severity.MINOR)
    world.run()
    all_that_can_happen(world)
    events = [e for e in world.project.collect_events() if isinstance(e, JoiningEvent)]
    assert replay(events) == world.project
    rows = state(world.project)["observations"]
    assert isinstance(rows, list)
    assert [(each["id"], each["state"], each["owner"]) for each in rows] == [  # type: ignore[index, call-overload]
        ("obs-1", "open", "account"),
        ("obs-2", "retested", "account-supplier"),
        ("obs-3", "withdrawn", "account"),
    ]


# What it rests on


def test_it_rests_on_a_scenario_that_was_run_in_evidence_on_record() -> None:
    world = World().to_phase(5)
    world.run(outcomes={GOOD: Outcome.FAILED, FAULT: Outcome.NOT_REALISABLE})
    for where in (
        {"evidence": "0" * 64},
        {"scenario": FAULT},
        {"scenario": "testing/unheard-of"},
    ):
        assert refused(lambda where=where: observe(world, **where)) == {Code.EVIDENCE_UNKNOWN}  # type: ignore[misc]
    assert world.project.standing.observations == {}


def test_the_same_finding_is_observed_once_while_it_is_open() -> None:
    world = World().to_phase(5)
    name = found(world)
    world.run(outcomes={GOOD: Outcome.FAILED})
    assert refused(lambda: observe(world, actor=ACCOUNT)) == {Code.OBSERVATION_ELSEWHERE}
    assert observe(world, path="Result/Other") == "obs-2"
    withdraw(world, name)
    assert observe(world) == "obs-3"


def _with(**changes: object) -> Callable[[World], TestEvidence]:
    return lambda world: world.evidence(**changes)  # type: ignore[arg-type]


NOT_SHOWN = {
    "failed": _with(outcomes={GOOD: Outcome.FAILED}),
    "not run": _with(outcomes={GOOD: Outcome.NOT_RUN}),
    "of another suite": lambda world: world.evidence("connection"),
    "started before the fix": lambda world: replace(
        world.evidence(), started=world.now - timedelta(hours=1)
    ),
    "in process": _with(level=Level.MOCK, endpoint=MOCK),
    "at a server": _with(level=Level.SERVER, endpoint=SERVER),
    "at another endpoint": _with(endpoint=EndpointSeen("qa", "http", "http://127.0.0.1:1/ws")),
    "on a test endpoint far away that is not pinned": _with(
        endpoint=EndpointSeen("qa", "http", "https://test.example/ws")
    ),
    "of another state of the suite": _with(suite_digest="0" * 64),
    "of another contract": _with(contract_digest="0" * 64),
    "by another driver": _with(driver=Driver.SYSTEM, system_release="5"),
}


@pytest.mark.parametrize("name", NOT_SHOWN)
def test_evidence_that_does_not_show_it_gone(name: str) -> None:
    world = World().to_phase(5)
    observation = found(world)
    fix(world, observation)
    digest = world.record(NOT_SHOWN[name](world))
    assert refused(lambda: retest(world, observation, digest)) == {Code.EVIDENCE_UNKNOWN}
    assert of(world, observation) is ObservationState.FIXED
    retest(world, observation, world.run())


def test_evidence_from_before_the_fix_does_not_show_it_gone_whatever_its_clock_says() -> None:
    world = World().to_phase(5)
    observation = found(world)
    early = world.evidence()
    digest = world.record(replace(early, started=early.started + timedelta(days=1), finished=None))
    fix(world, observation)
    assert refused(lambda: retest(world, observation, digest)) == {Code.EVIDENCE_UNKNOWN}
    assert refused(lambda: retest(world, observation, "0" * 64)) == {Code.EVIDENCE_UNKNOWN}


def test_what_was_seen_in_process_may_be_shown_gone_nearer_to_the_service() -> None:
    world = World().to_phase(5)
    world.run(outcomes={GOOD: Outcome.FAILED}, level=Level.MOCK, endpoint=MOCK)
    observation = observe(world)
    fix(world, observation)
    retest(world, observation, world.run())


# Who


def test_whoever_makes_one_is_known() -> None:
    world = World().to_phase(5)
    world.run(outcomes={GOOD: Outcome.FAILED})
    for name, assurance in (("olli", Assurance.CLAIMED), ("admin", Assurance.KEY)):
        who = person(name, Party.AUTHORITY, assurance)
        assert refused(lambda who=who: observe(world, actor=who)) == {Code.IDENTITY_CLAIMED}  # type: ignore[misc]


def test_its_owner_fixes_it_and_nobody_else() -> None:
    world = World().to_phase(5)
    name = found(world)
    for actor in (SUPPLIER, ACCOUNT_SUPPLIER, AUTHORITY):
        assert refused(lambda actor=actor: fix(world, name, actor)) == {Code.WRONG_PARTY}  # type: ignore[misc]
    claimed = person("olli", Party.ACCOUNT, Assurance.CLAIMED)
    assert refused(lambda: fix(world, name, claimed)) == {Code.IDENTITY_CLAIMED}
    fix(world, name)


def test_who_made_it_tests_again_and_not_who_fixed_it() -> None:
    world = World().to_phase(5)
    name = found(world)
    fix(world, name)
    digest = world.run()
    assert refused(lambda: retest(world, name, digest, SECOND_ACCOUNT)) == {Code.WRONG_PARTY}
    assert refused(lambda: retest(world, name, digest, ACCOUNT)) == {
        Code.WRONG_PARTY,
        Code.SAME_PERSON,
    }
    disguised = person("KALLE ", Party.SUPPLIER)
    assert refused(lambda: retest(world, name, digest, disguised)) == {Code.SAME_PERSON}
    claimed = person("olli", Party.SUPPLIER, Assurance.CLAIMED)
    assert refused(lambda: retest(world, name, digest, claimed)) == {Code.IDENTITY_CLAIMED}
    retest(world, name, digest)


def test_a_party_that_finds_its_own_defect_needs_two_persons() -> None:
    world = World().to_phase(5)
    world.run(outcomes={GOOD: Outcome.FAILED})
    name = observe(world, owner=Party.SUPPLIER)
    fix(world, name, SUPPLIER)
    digest = world.run()
    assert refused(lambda: retest(world, name, digest, SUPPLIER)) == {Code.SAME_PERSON}
    assert refused(lambda: withdraw(world, name, SUPPLIER)) == {Code.SAME_PERSON}
    retest(world, name, digest, SECOND_SUPPLIER)


def test_a_second_person_of_its_party_withdraws_it() -> None:
    world = World().to_phase(5)
    name = found(world)
    assert refused(lambda: withdraw(world, name, SUPPLIER)) == {Code.SAME_PERSON}
    assert refused(lambda: withdraw(world, name, ACCOUNT)) == {Code.WRONG_PARTY}
    fix(world, name)
    disguised = person("KALLE ", Party.SUPPLIER)
    assert refused(lambda: withdraw(world, name, disguised)) == {Code.SAME_PERSON}
    claimed = person("olli", Party.SUPPLIER, Assurance.CLAIMED)
    assert refused(lambda: withdraw(world, name, claimed)) == {Code.IDENTITY_CLAIMED}
    withdraw(world, name)
    assert of(world, name) is ObservationState.WITHDRAWN


def test_its_owner_or_who_made_it_hands_it_on() -> None:
    world = World().to_phase(5)
    name = found(world)
    assert refused(lambda: assign(world, name, Party.SUPPLIER, AUTHORITY)) == {Code.WRONG_PARTY}
    assert refused(lambda: assign(world, name, Party.ACCOUNT)) == {Code.OBSERVATION_ELSEWHERE}
    claimed = person("olli", Party.ACCOUNT, Assurance.CLAIMED)
    assert refused(lambda: assign(world, name, Party.SUPPLIER, claimed)) == {Code.IDENTITY_CLAIMED}
    assign(world, name, Party.SUPPLIER)
    assert refused(lambda: fix(world, name)) == {Code.WRONG_PARTY}
    assign(world, name, Party.ACCOUNT, SUPPLIER)
    fix(world, name)
    assert refused(lambda: assign(world, name, Party.SUPPLIER)) == {Code.OBSERVATION_ELSEWHERE}


def test_in_a_rehearsal_a_claimed_name_will_do_but_not_one_person() -> None:
    world = World(kind=Kind.REHEARSAL).to_phase(5)
    world.run(outcomes={GOOD: Outcome.FAILED})
    one, two = (person(name, Party.SUPPLIER, Assurance.CLAIMED) for name in ("olli", "outi"))
    name = observe(world, actor=one, owner=Party.SUPPLIER)
    fix(world, name, one)
    digest = world.run()
    assert refused(lambda: retest(world, name, digest, one)) == {Code.SAME_PERSON}
    retest(world, name, digest, two)


# Order


@pytest.mark.parametrize("end", ["retested", "withdrawn"])
def test_what_is_closed_stays_so(end: str) -> None:
    world = World().to_phase(5)
    name = found(world)
    fix(world, name)
    digest = world.run()
    if end == "retested":
        retest(world, name, digest)
    else:
        withdraw(world, name)
    for again in (
        lambda: retest(world, name, digest),
        lambda: withdraw(world, name),
        lambda: fix(world, name, release="3"),
        lambda: assign(world, name, Party.SUPPLIER),
    ):
        assert refused(again) == {Code.OBSERVATION_ELSEWHERE}
    assert of(world, name) == end


def test_what_is_not_fixed_is_not_tested_again() -> None:
    world = World().to_phase(5)
    name = found(world)
    digest = world.run()
    assert refused(lambda: retest(world, name, digest)) == {Code.OBSERVATION_ELSEWHERE}


def test_what_there_is_not() -> None:
    world = World().to_phase(5)
    for command in (
        lambda: retest(world, "obs-1", world.run()),
        lambda: withdraw(world, "obs-1"),
        lambda: fix(world, "obs-1"),
        lambda: assign(world, "obs-1", Party.SUPPLIER),
    ):
        assert refused(command) == {Code.OBSERVATION_UNKNOWN}


# Texts


@pytest.mark.parametrize(
    "title",
    ["", "  ", "x" * 201, "two\nlines", "hidden\u200bmark", f"of {MISTYPED}", "of 010190-9006"],
    ids=["empty", "white", "long", "two lines", "invisible", "a person", "an artificial one"],
)
def test_texts_hold_no_person_and_nothing_invisible(title: str) -> None:
    world = World().to_phase(5)
    name = found(world)
    digest = next(each.run.digest for each in world.project.standing.runs)
    project = world.project
    with pytest.raises(Malformed):
        project.observe(
            title, Severity.MINOR, Party.ACCOUNT, scenario=GOOD, evidence=digest, code="x",
            **world.by(SUPPLIER).args,
        )  # fmt: skip
    with pytest.raises(Malformed):
        project.fix_observation(name, title, **world.by(ACCOUNT).args)
    if len(title) == 201:
        return  # a reason may be longer
    with pytest.raises(Malformed):
        project.withdraw_observation(name, title, **world.by(SECOND_SUPPLIER).args)
    with pytest.raises(Malformed):
        project.assign_observation(name, Party.SUPPLIER, title, **world.by(ACCOUNT).args)


def test_a_path_names_no_person() -> None:
    world = World().to_phase(5)
    world.run(outcomes={GOOD: Outcome.FAILED})
    with pytest.raises(Malformed):
        observe(world, path="Result/010190-9006")


# What it closes


def test_a_major_one_closes_the_gate_and_says_who_acts_next() -> None:
    world = World().ready()
    name = found(world)
    (objection,) = gate(world)
    assert objection.parties == (Party.ACCOUNT,)
    assert objection.command == "harness observation fix obs-1 --in RELEASE"
    assert objection.subjects == ("obs-1", GOOD)
    fix(world, name)
    (objection,) = gate(world)
    assert objection.parties == (Party.SUPPLIER,)
    assert objection.command == "harness observation retest obs-1 --evidence DIGEST"
    retest(world, name, world.run())
    assert gate(world) == []
    assert told(world) == []


def test_what_closes_is_a_matter_of_policy_and_the_rest_is_told() -> None:
    world = World().ready()
    for place, severity in enumerate(Severity):
        world.run(outcomes={GOOD: Outcome.FAILED})
        observe(world, severity, path=f"Place/{place}")
    by_policy = {
        severity: ([o.subjects[0] for o in gate(world, policy)], len(told(world, policy)))
        for severity in Severity
        for policy in [GatePolicy(observations=severity)]
    }
    assert by_policy == {
        Severity.CRITICAL: (["obs-1"], 2),
        Severity.MAJOR: (["obs-1", "obs-2"], 1),
        Severity.MINOR: (["obs-1", "obs-2", "obs-3"], 0),
    }
    assert {v.name: v.value for v in GatePolicy().values()}["observations"] == "major"


@pytest.mark.parametrize("severity", Severity)
def test_a_phase_of_testing_does_not_complete_while_a_critical_one_is_open(
    severity: Severity,
) -> None:
    world = World().to_phase(5)
    name = found(world, severity)
    digest = world.run()
    world.sign(digest)
    world.run("supplier")
    waits = {each.code for each in phase_to_complete(world.project.standing, 5)}
    if severity is Severity.CRITICAL:
        assert waits == {Code.OBSERVATION_OPEN}
        assert refused(lambda: world.complete(5)) == {Code.OBSERVATION_OPEN}
        withdraw(world, name)
    world.complete(5)


def test_the_rules_alone_open_nothing_while_a_critical_one_is_open() -> None:
    """Whatever policy the gate was judged by."""
    world = World().ready()
    found(world, Severity.CRITICAL)
    world.run()
    args = world.by(AUTHORITY).args
    codes = refused(lambda: world.project.open_production(world.project.version, (), **args))
    assert Code.OBSERVATION_OPEN in codes


def test_a_suite_of_no_phase_counts_too() -> None:
    world = World().ready()
    extra = SuitePin("generated", CONTRACT.name, "9" * 64, (RequiredScenario("generated/x"),))
    SUITES["generated"] = extra
    try:
        world.run("generated", outcomes={"generated/x": Outcome.FAILED})
    finally:
        del SUITES["generated"]
    observe(world, Severity.CRITICAL, scenario="generated/x")
    assert [each.subjects for each in gate(world)] == [("obs-1", "generated/x")]
    args = world.by(AUTHORITY).args
    codes = refused(lambda: world.project.open_production(world.project.version, (), **args))
    assert codes == {Code.OBSERVATION_OPEN}


def test_a_minor_one_may_be_mended_after_the_opening() -> None:
    world = World().ready()
    name = observe(world, Severity.MINOR)
    assert gate(world) == []
    project = world.project
    project.open_production(project.version, GatePolicy().values(), **world.by(AUTHORITY).args)
    fix(world, name)
    retest(world, name, world.run())
    assert of(world, name) is ObservationState.RETESTED
