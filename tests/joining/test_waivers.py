"""Waivers: who may agree to what, what it covers, and that it ends by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from harness.errors import IntegrityBroken
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.difference import Change, Section, differences
from harness.joining.events import (
    JoiningEvent,
    Kind,
    ProductionOpened,
    WaiverConfirmed,
    WaiverRequested,
)
from harness.joining.evidence import Outcome, ScenarioOutcome
from harness.joining.gate import GateResult, WarningCode, judge_gate
from harness.joining.objections import SUBJECTS_MAX, Objection, ObjectionCode, Refused
from harness.joining.observations import Severity
from harness.joining.policy import GatePolicy
from harness.joining.project import replay
from harness.joining.text import Malformed
from harness.joining.waivers import NEVER_WAIVABLE, WAIVABLE, Waiver, closing, waived
from harness.vocabulary import Level
from tests.joining.story import POLICY, failed_but_waived, opened_under_a_waiver, waive
from tests.joining.test_observations import found as observed
from tests.joining.world import (
    ACCOUNT,
    APPROVER,
    AUTHORITY,
    MOCK,
    SECOND_SUPPLIER,
    SUPPLIER,
    World,
    person,
)
from tests.support.identities import MISTYPED

Code = ObjectionCode
GOOD, FAULT = "testing/good", "testing/fault"


def gate(world: World, at: datetime | None = None, **policy: int) -> GateResult:
    values, now = GatePolicy(**policy), at or world.now  # type: ignore[arg-type]
    return judge_gate(world.project, values, now, world.surroundings(), AUTHORITY)


def codes(world: World, at: datetime | None = None, **policy: int) -> set[ObjectionCode]:
    return {each.code for each in gate(world, at, **policy).objections}


def refused(command: Callable[[], object]) -> set[ObjectionCode]:
    with pytest.raises(Refused) as told:
        command()
    return {each.code for each in told.value.objections}


def ask(world: World, code: str = "FAILED", *scope: str, actor: Actor = SUPPLIER) -> Waiver:
    until = world.now + timedelta(days=7)
    args = world.by(actor).args
    name = world.project.ask_waiver(code, scope or (GOOD,), "Agreed.", until, **args)
    return world.project.standing.waivers[name]


def confirm(world: World, waiver: Waiver, actor: Actor = ACCOUNT) -> None:
    world.project.confirm_waiver(waiver.id, waiver.digest, **world.by(actor).args)


def ready(days: int = 7) -> World:
    """All is ready for the opening, but that a scenario failed; two parties live with it."""
    world = World().to_phase(5)
    world.sign(failed_but_waived(world, days))
    world.run("supplier")
    world.complete(5)
    world.fill(6)
    world.complete(6)
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    return world


# What it covers


def test_production_opens_with_a_failure_that_two_parties_live_with() -> None:
    events = opened_under_a_waiver()
    opened = events[-1]
    assert isinstance(opened, ProductionOpened)
    assert {each.name: each.value for each in opened.policy}["waivers"] == ("waiver-1",)
    assert replay(events).standing.opening is not None


def test_a_waived_objection_is_told_and_not_left_out() -> None:
    result = gate(ready())
    assert result.open
    (told,) = result.waived
    assert (told.objection.code, told.objection.subjects) == (Code.FAILED, (GOOD,))
    (by,) = told.waivers
    assert (by.reason, by.by, by.confirmed_by) == ("Agreed.", SUPPLIER, ACCOUNT)


def test_it_ends_by_itself_to_the_microsecond() -> None:
    world = ready()
    expires = world.project.standing.waivers["waiver-1"].expires
    assert gate(world, expires - timedelta(microseconds=1)).open
    assert codes(world, expires) == {Code.FAILED}
    assert not gate(world, expires).waived
    before = world.project.version
    world.now = expires
    args = world.by(AUTHORITY).args
    told = refused(lambda: world.project.open_production(before, POLICY.values(), **args))
    assert told == {Code.FAILED}


def test_a_phase_does_not_complete_when_it_has_expired() -> None:
    world = World().to_phase(5)
    world.sign(failed_but_waived(world))
    world.run("supplier")
    world.now = world.project.standing.waivers["waiver-1"].expires
    assert refused(lambda: world.complete(5)) == {Code.FAILED}


def test_what_nobody_agreed_to_covers_nothing() -> None:
    world = ready()
    world.project.withdraw_waiver("waiver-1", "Enough.", **world.by(AUTHORITY).args)
    assert codes(world) == {Code.FAILED}
    waiver = ask(world)
    assert codes(world) == {Code.FAILED}
    told = [each for each in gate(world).warnings if each.code is WarningCode.WAIVER_NOT_CONFIRMED]
    assert [each.subjects for each in told] == [(waiver.digest,)]
    confirm(world, waiver)
    assert gate(world).open


def test_only_what_its_scope_names() -> None:
    world = World().to_phase(5)
    both = {GOOD: Outcome.FAILED, FAULT: Outcome.FAILED}
    evidence = world.evidence("testing", both)
    passed = ScenarioOutcome("testing/more", False, (), Outcome.PASSED, "")
    digest = world.record(replace(evidence, outcomes=(*evidence.outcomes, passed)))
    waive(world, "FAILED", GOOD)
    waive(world, "INCONCLUSIVE", FAULT)
    assert refused(lambda: world.sign(digest)) == {Code.FAILED}
    waive(world, "FAILED", FAULT)
    world.sign(digest)
    world.run("supplier")
    world.complete(5)
    assert [each.id for w in gate(world).waived for each in w.waivers] == ["waiver-1", "waiver-3"]


def test_a_newer_failure_ends_what_was_signed_in_spite_of_the_waiver() -> None:
    world = ready()
    world.run("testing", outcomes={GOOD: Outcome.FAILED})
    assert codes(world) == {Code.SIGN_OFF_MISSING, Code.APPROVAL_MISSING}


def test_what_policy_demands_can_be_lived_with() -> None:
    world = World().ready()
    late = world.now + timedelta(days=1)
    objections = gate(world, late, max_age_days=0).objections
    assert {each.code for each in objections} == {Code.EXPIRED}
    for each in objections:
        waive(world, "EXPIRED", *each.subjects)
    result = gate(world, late, max_age_days=0)
    assert result.open
    assert len(result.waived) == len(objections)
    assert result.judged_by()[-1].value == tuple(
        sorted(f"waiver-{n}" for n, _ in enumerate(objections, 1))
    )


def test_between_two_moments_an_expiry_is_a_difference() -> None:
    world = ready()
    expires = world.project.standing.waivers["waiver-1"].expires
    before = expires - timedelta(microseconds=1)
    told = differences(world.project, world.project, (before, expires))
    assert [(each.section, each.change) for each in told] == [
        (Section.WAIVERS, Change.CHANGED),
        (Section.OBJECTIONS, Change.ADDED),
    ]
    assert told[1].name.startswith("FAILED: ")
    assert differences(world.project, world.project) == ()


# What it never covers


def test_what_is_never_waivable_is_not_waivable() -> None:
    assert not NEVER_WAIVABLE & WAIVABLE
    for code in set(ObjectionCode) - WAIVABLE:
        world = World()
        assert refused(lambda w=world, c=code: ask(w, c.value)) == {Code.NOT_WAIVABLE}  # type: ignore[misc]
    assert refused(lambda: ask(World(), "WHATEVER")) == {Code.NOT_WAIVABLE}


def test_a_critical_observation_closes_whatever_is_agreed() -> None:
    for severity in Severity:
        world = World().ready()
        name = observed(world, severity)
        world.run()
        waive(world, "OBSERVATION_OPEN", name)
        closes = severity is Severity.CRITICAL
        assert (Code.OBSERVATION_OPEN in codes(world)) is closes, severity
        assert bool(gate(world).waived) is (severity is Severity.MAJOR), severity


def test_that_nothing_counts_is_not_waived() -> None:
    world = World().to_phase(5)
    world.run("testing", outcomes={GOOD: Outcome.NOT_RUN})
    waive(world, "INCOMPLETE", GOOD)
    waive(world, "SYSTEM_NOT_SEEN", "server")
    assert {Code.INCOMPLETE, Code.SYSTEM_NOT_SEEN} <= codes(world)
    world = World().to_phase(5)
    world.run("supplier", level=Level.MOCK, endpoint=MOCK)
    waive(world, "SYSTEM_NOT_SEEN", "mock")
    assert Code.SYSTEM_NOT_SEEN in codes(world)


@pytest.mark.parametrize(
    "objection",
    [
        Objection(Code.COVERAGE_TOO_LOW, "Too low."),
        Objection(Code.MOCK_ONLY, "Mock.", subjects=("a",)),
        Objection(Code.FAILED, "Failed.", subjects=("a",), waivable=False),
        Objection(Code.FAILED, "Failed.", subjects=("a", "b")),
        Objection(Code.CANARIES_SURVIVED, "Cut.", subjects=("a",) * SUBJECTS_MAX),
    ],
    ids=lambda each: f"{each.code}-{len(each.subjects)}",
)
def test_an_objection_that_is_not_covered_whole_closes(objection: Objection) -> None:
    world = World()
    waiver = replace(ask(world), code=objection.code.value, scope=("a",), confirmed_by=ACCOUNT)
    assert closing([objection], {waiver.id: waiver}, world.now) == (objection,)
    assert not waived([objection], {waiver.id: waiver}, world.now)


# Who may


def test_another_person_of_another_party_that_may_approve_agrees() -> None:
    by_account = person("kaisa", Party.ACCOUNT)
    wrong = {
        SUPPLIER: {Code.WRONG_PARTY, Code.SAME_PERSON},
        SECOND_SUPPLIER: {Code.WRONG_PARTY},
        person("SARI ", Party.ACCOUNT): {Code.SAME_PERSON},
        person("teemu", Party.ACCOUNT_SUPPLIER): {Code.WRONG_PARTY},
        person("olli", Party.ACCOUNT, Assurance.CLAIMED): {Code.IDENTITY_CLAIMED},
        person("admin", Party.ACCOUNT): {Code.IDENTITY_CLAIMED},
    }
    for actor, told in wrong.items():
        world = World()
        waiver = ask(world)
        assert refused(lambda w=world, x=waiver, a=actor: confirm(w, x, a)) == told  # type: ignore[misc]
    world = World()
    waiver = ask(world, actor=by_account)
    assert refused(lambda: confirm(world, waiver, APPROVER)) == {Code.WRONG_PARTY}
    confirm(world, waiver, AUTHORITY)


def test_nobody_asks_or_ends_under_a_claimed_name() -> None:
    whoever = person("whoever", Party.SUPPLIER, Assurance.CLAIMED)
    world = World()
    assert refused(lambda: ask(world, actor=whoever)) == {Code.IDENTITY_CLAIMED}
    ask(world)
    args = world.by(whoever).args
    told = refused(lambda: world.project.withdraw_waiver("waiver-1", "No.", **args))
    assert told == {Code.IDENTITY_CLAIMED}


def test_in_a_rehearsal_names_may_be_claimed_but_two_people_are_needed() -> None:
    world = World(kind=Kind.REHEARSAL)
    waiver = ask(world, actor=person("whoever", Party.SUPPLIER, Assurance.CLAIMED))
    assert Code.SAME_PERSON in refused(
        lambda: confirm(world, waiver, person("Whoever", Party.ACCOUNT, Assurance.CLAIMED))
    )
    confirm(world, waiver, person("other", Party.ACCOUNT, Assurance.CLAIMED))


def test_a_confirmation_names_what_was_seen_while_it_waits() -> None:
    world = World()
    waiver = ask(world)
    other = replace(waiver, reason="Something else.")
    assert refused(lambda: confirm(world, other)) == {Code.NOTHING_TO_CONFIRM}
    confirm(world, waiver)
    assert refused(lambda: confirm(world, waiver)) == {Code.NOTHING_TO_CONFIRM}
    late = ask(world)
    world.now = late.expires
    assert refused(lambda: confirm(world, late)) == {Code.NOTHING_TO_CONFIRM}
    gone = ask(world)
    world.project.withdraw_waiver(gone.id, "No.", **world.by(ACCOUNT).args)
    assert refused(lambda: confirm(world, gone)) == {Code.NOTHING_TO_CONFIRM}
    args = world.by(ACCOUNT).args
    told = refused(lambda: world.project.withdraw_waiver(gone.id, "No.", **args))
    assert told == {Code.NOTHING_TO_CORRECT}


def test_every_part_of_a_waiver_is_in_its_digest() -> None:
    waiver = ask(World())
    others = [
        replace(waiver, id="waiver-2"),
        replace(waiver, code="EXPIRED"),
        replace(waiver, scope=(FAULT,)),
        replace(waiver, reason="Another."),
        replace(waiver, expires=waiver.expires + timedelta(seconds=1)),
    ]
    assert len({each.digest for each in (waiver, *others)}) == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": timedelta(0)},
        {"expires": timedelta(days=90, seconds=1)},
        {"scope": ()},
        {"scope": ("b", "a")},
        {"scope": ("a", "a")},
        {"scope": ("",)},
        {"reason": ""},
        {"reason": f"Agreed with {MISTYPED}."},
        {"waiver": "Waiver 1"},
    ],
    ids=str,
)
def test_a_waiver_that_cannot_stand_in_the_record(changes: dict[str, object]) -> None:
    world = World()
    ask(world)
    (event,) = (e for e in world.project.collect_events() if isinstance(e, WaiverRequested))
    if isinstance(after := changes.get("expires"), timedelta):
        changes = {"expires": event.timestamp + after}
    with pytest.raises(Malformed):
        replace(event, **changes)  # type: ignore[arg-type]


def test_after_the_opening_there_is_nothing_to_waive() -> None:
    world = ready()
    world.project.open_production(
        world.project.version, POLICY.values(), **world.by(AUTHORITY).args
    )
    assert refused(lambda: ask(world)) == {Code.ALREADY_OPEN}


# Replay


def _renumbered(events: list[JoiningEvent]) -> list[JoiningEvent]:
    return [replace(event, originator_version=n) for n, event in enumerate(events, 1)]


@pytest.mark.attacks
@pytest.mark.parametrize(
    "forged",
    [
        lambda e: None if isinstance(e, WaiverConfirmed) else e,
        lambda e: replace(e, actor=SUPPLIER) if isinstance(e, WaiverConfirmed) else e,
        lambda e: replace(e, scope=(FAULT,)) if isinstance(e, WaiverRequested) else e,
        lambda e: replace(e, code="MOCK_ONLY") if isinstance(e, WaiverRequested) else e,
        lambda e: (
            replace(e, expires=e.timestamp + timedelta(minutes=2))
            if isinstance(e, WaiverRequested)
            else e
        ),
    ],
    ids=["not confirmed", "confirmed alone", "another scope", "not waivable", "expired"],
)
def test_an_opening_under_a_forged_waiver_could_not_have_happened(
    forged: Callable[[JoiningEvent], JoiningEvent | None],
) -> None:
    told = [forged(each) for each in opened_under_a_waiver()]
    events = [each for each in told if each is not None]
    waiver: Waiver | None = None
    for place, event in enumerate(events):  # whoever forges the one forges the other
        if isinstance(event, WaiverRequested):
            waiver = Waiver(
                event.waiver, event.code, event.scope, event.reason, event.expires,
                event.actor, event.timestamp,
            )  # fmt: skip
        if isinstance(event, WaiverConfirmed) and waiver is not None:
            events[place] = replace(event, waiver_digest=waiver.digest)
    with pytest.raises(IntegrityBroken):
        replay(_renumbered(events))
