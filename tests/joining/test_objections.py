"""Each reason the gate can give: the smallest change that brings it, and that it is told whole."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from harness.joining.actor import Actor, Assurance, Party
from harness.joining.events import Kind
from harness.joining.evidence import EndpointSeen, Outcome
from harness.joining.gate import SuiteOnDisk, WarningCode, judge_gate, objections
from harness.joining.objections import Objection, ObjectionCode, Refused
from harness.joining.pins import ContractPin, EndpointPin, SuitePin
from harness.joining.policy import GatePolicy
from harness.joining.waivers import NEVER_WAIVABLE
from harness.vocabulary import Driver, Level
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
    SERVER,
    SUITES,
    SUPPLIER,
    World,
    person,
)

POLICY = GatePolicy()
Code = ObjectionCode


NOBODY_CAN_CLEAR = {Code.ALREADY_OPEN}
"""Objections of the gate without a party; every one of them names a command."""
COMMAND = re.compile(
    r"(HARNESS_ACTOR_KEY=FILE )?harness (run --suite|relay --to \S+ --suite|observe --suite|"
    r"canary|coverage|"
    r"record|gate|open|approve|request-opening|"
    r"sign-off|pin (contract|suite|endpoint)|phase (record|complete|reopen) \d|"
    r"project (new|show)|observation (fix|retest) obs-\d)\b"
)


def told_whole(found: Iterable[Objection]) -> None:
    """Each reason is a sentence and says who can clear it by which command."""
    for each in found:
        assert each.sentence.endswith(".")
        assert bool(each.parties) is (each.code not in NOBODY_CAN_CLEAR), each
        assert COMMAND.match(each.command), each


def codes(world: World, **around: Any) -> set[ObjectionCode]:
    surroundings = replace(world.surroundings(), **around)
    found = objections(world.project, POLICY, world.now, surroundings, AUTHORITY)
    told_whole(found)
    return {each.code for each in found}


def test_a_ready_project_has_no_objection() -> None:
    assert codes(World().ready()) == set()


def test_never_run() -> None:
    assert Code.NEVER_RUN in codes(World())


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.FAILED, Code.FAILED),
        (Outcome.INCONCLUSIVE, Code.INCONCLUSIVE),
    ],
)
def test_a_newer_complete_run_that_did_not_pass_closes(
    outcome: Outcome, code: ObjectionCode
) -> None:
    world = World().ready()
    world.run("testing", outcomes={"testing/good": outcome})
    found = objections(world.project, POLICY, world.now, world.surroundings())
    told = next(each for each in found if each.code is code)
    assert told.subjects == ("testing/good",)
    assert told.command == "harness run --suite testing --endpoint qa"


def test_a_newer_partial_run_that_failed_closes_and_clears_the_decisions() -> None:
    world = World().ready()
    world.run(
        "testing", outcomes={"testing/good": Outcome.FAILED, "testing/fault": Outcome.NOT_RUN}
    )
    assert codes(world) == {Code.FAILED, Code.SIGN_OFF_MISSING, Code.APPROVAL_MISSING}
    world.run("testing")
    assert codes(world) == {Code.SIGN_OFF_MISSING, Code.APPROVAL_MISSING}


def test_a_failure_of_a_machine_whose_clock_is_behind_is_not_hidden() -> None:
    world = World().ready()
    behind = world.now - timedelta(hours=1)
    world.run(
        "testing",
        outcomes={"testing/good": Outcome.FAILED, "testing/fault": Outcome.NOT_RUN},
        started=behind,
        finished=behind,
    )
    assert Code.FAILED in codes(world)


def test_a_failure_that_the_counting_run_followed_may_be_recorded_late() -> None:
    world = World().to_phase(5)
    red = world.evidence("testing", {"testing/good": Outcome.FAILED})
    world.last_digest = red.digest
    world.run("testing")
    world.record(red)
    assert Code.FAILED not in codes(world)


def test_a_newer_partial_run_without_a_failure_changes_nothing() -> None:
    world = World().ready()
    world.run("testing", outcomes={"testing/fault": Outcome.NOT_RUN})
    assert codes(world) == set()


def test_a_newer_pass_of_the_same_inputs_clears_nothing() -> None:
    world = World().ready()
    world.run("testing")
    assert codes(world) == set()


def test_an_older_pass_recorded_late_does_not_hide_a_newer_failure() -> None:
    world = World().ready()
    late = world.evidence("testing", predecessor="")
    world.run("testing", outcomes={"testing/good": Outcome.FAILED})
    world.record(late)
    assert Code.FAILED in codes(world)


def test_a_run_on_changed_inputs_clears_the_decisions() -> None:
    world = World().ready()
    world.run("testing", configuration_digest="0" * 64)
    assert {Code.SIGN_OFF_MISSING, Code.APPROVAL_MISSING} <= codes(world)


@pytest.mark.crash
def test_incomplete_when_every_run_left_something_out_or_did_not_end() -> None:
    world = World().to_phase(5)
    world.run("testing", outcomes={"testing/good": Outcome.NOT_RUN})
    assert Code.INCOMPLETE in codes(world)
    world = World().to_phase(5)
    world.run("testing", finished=None)
    assert Code.INCOMPLETE in codes(world)


def test_two_halves_are_never_merged() -> None:
    world = World().to_phase(5)
    world.run("testing", outcomes={"testing/good": Outcome.NOT_RUN})
    world.run("testing", outcomes={"testing/fault": Outcome.NOT_RUN})
    assert Code.INCOMPLETE in codes(world)


def test_a_required_scenario_the_run_does_not_know_is_incomplete() -> None:
    world = World().to_phase(5)
    evidence = world.evidence("testing")
    world.record(replace(evidence, outcomes=evidence.outcomes[1:]))
    assert Code.INCOMPLETE in codes(world)


@pytest.mark.parametrize(("level", "seen"), [(Level.MOCK, MOCK), (Level.SERVER, SERVER)])
def test_mock_only(level: Level, seen: EndpointSeen) -> None:
    world = World().to_phase(5)
    world.run("testing", level=level, endpoint=seen)
    assert Code.MOCK_ONLY in codes(world)


@pytest.mark.parametrize(
    "seen",
    [
        EndpointSeen("qa", "http", "http://127.0.0.1:9001/ws"),
        EndpointSeen("qa", "http", "https://test.example/ws"),
        EndpointSeen("qa", "http", ENDPOINT.address, "ab" * 32),
    ],
)
def test_wrong_endpoint(seen: EndpointSeen) -> None:
    world = World().to_phase(5)
    world.run("testing", endpoint=seen)
    assert Code.WRONG_ENDPOINT in codes(world)


def test_a_test_endpoint_nobody_pinned() -> None:
    world = World().to_phase(5)
    world.run("testing", endpoint=EndpointSeen("other", "http", "http://127.0.0.1:9001/ws"))
    assert Code.PIN_MISSING in codes(world)


def test_a_system_that_was_not_seen_completes_no_phase_and_closes_the_gate() -> None:
    world = World().to_phase(5)
    world.sign(world.run("testing"))
    assert _refusal(lambda: world.complete(5)) == {Code.SYSTEM_NOT_SEEN}
    world.run("supplier", driver=Driver.HARNESS)
    assert _refusal(lambda: world.complete(5)) == {Code.SYSTEM_NOT_SEEN}
    world.run("supplier", level=Level.SERVER, endpoint=SERVER)
    (found,) = [o for o in _objections(world) if o.code is Code.SYSTEM_NOT_SEEN]
    assert found.command == "harness relay --to qa --suite supplier"
    assert "against our account only" in found.sentence
    world.run("supplier")
    world.complete(5)


def test_what_the_system_was_not_seen_doing_closes() -> None:
    world = World().to_phase(5)
    world.sign(world.run("testing"))
    world.run("supplier", outcomes={"supplier/item": Outcome.NOT_SEEN})
    (found,) = [o for o in _objections(world) if o.code is Code.SYSTEM_NOT_SEEN]
    assert found.subjects == ("supplier/item",)


def test_a_run_of_the_harness_takes_no_systems_place_later() -> None:
    world = World().ready()
    world.run("supplier", outcomes={"supplier/item": Outcome.FAILED})
    world.run("supplier", driver=Driver.HARNESS)
    assert Code.FAILED in codes(world)


@pytest.mark.parametrize("provides", [(), ("clock",)])
def test_what_no_relay_can_show_is_shown_by_the_system_at_level_server(
    provides: tuple[str, ...],
) -> None:
    world = World().to_phase(5)
    if provides:
        world.pin(replace(ENDPOINT, provides=provides))
    world.sign(world.run("testing"))
    world.run("supplier", outcomes={"supplier/retry": Outcome.NOT_REALISABLE})
    (found,) = [o for o in _objections(world) if o.subjects == ("supplier/retry",)]
    assert found.command == "harness observe --suite supplier"
    at_server: dict[str, Any] = {"level": Level.SERVER, "endpoint": SERVER}
    world.run("supplier", driver=Driver.HARNESS, **at_server)
    assert [o for o in _objections(world) if o.subjects == ("supplier/retry",)]
    world.run("supplier", **at_server)
    world.complete(5)


def test_a_rehearsal_is_only_told_that_no_system_was_seen() -> None:
    world = World(kind=Kind.REHEARSAL).ready()
    result = judge_gate(world.project, POLICY, world.now, world.surroundings())
    assert {each.code for each in result.objections} == {Code.REHEARSAL}
    assert WarningCode.SYSTEM_NOT_SEEN in {each.code for each in result.warnings}
    world.run("supplier", outcomes={"supplier/item": Outcome.FAILED})
    result = judge_gate(world.project, POLICY, world.now, world.surroundings())
    assert {each.code for each in result.objections} == {Code.REHEARSAL}
    assert WarningCode.SYSTEM_NOT_SEEN not in {each.code for each in result.warnings}


def _objections(world: World) -> tuple[Objection, ...]:
    return objections(world.project, POLICY, world.now, world.surroundings())


def test_a_failing_run_of_the_suppliers_system_closes() -> None:
    world = World().ready()
    world.run(
        "testing",
        outcomes={"testing/good": Outcome.FAILED},
        driver=Driver.SYSTEM,
        system_release="3.1",
    )
    assert Code.FAILED in codes(world)


def test_stale_contract_on_disk_and_by_a_new_pin() -> None:
    world = World().ready()
    assert codes(world, contracts={CONTRACT.ref: "0" * 64}) == {Code.STALE_CONTRACT}
    assert codes(world, contracts={}) == {Code.STALE_CONTRACT}
    world.pin(ContractPin(CONTRACT.name, "1.8", "9" * 64))
    assert Code.STALE_CONTRACT in codes(world)


def test_evidence_of_another_contract_or_suite_than_pinned_completes_no_phase() -> None:
    world = World().to_phase(5)
    world.sign(world.run("testing"))
    world.pin(replace(CONTRACT, digest="9" * 64))
    assert Code.STALE_CONTRACT in _refusal(lambda: world.complete(5))
    world.pin(CONTRACT)
    world.pin(replace(SUITES["testing"], digest="0" * 64))
    assert Code.SUITE_CHANGED in _refusal(lambda: world.complete(5))
    world.pin(SUITES["testing"])
    world.run("supplier")
    world.complete(5)


def test_a_run_that_calls_itself_server_is_not_a_test_run_wherever_it_went() -> None:
    world = World().to_phase(5)
    world.run("testing", level=Level.SERVER)
    assert Code.MOCK_ONLY in codes(world)


@pytest.mark.crash
def test_a_run_in_which_nothing_passed_is_incomplete() -> None:
    world = World(kind=Kind.REHEARSAL)
    world.pin(replace(SUITES["testing"], required=SUITES["testing"].required[:1]))
    evidence = world.evidence("testing", {"testing/fault": Outcome.NOT_REALISABLE})
    world.record(replace(evidence, outcomes=evidence.outcomes[:1]))
    assert Code.INCOMPLETE in codes(world)


def test_contract_retires() -> None:
    world = World().ready()
    world.pin(replace(CONTRACT, retires=world.now.date()))
    assert codes(world) == {Code.CONTRACT_RETIRES}
    world.pin(replace(CONTRACT, retires=world.now.date() + timedelta(days=1)))
    assert codes(world) == set()
    assert replace(CONTRACT, retires=date(2027, 1, 1)).pin_digest != CONTRACT.pin_digest


def test_a_contract_that_retired_within_the_window_is_not_taken_into_use() -> None:
    """The earliest opening is now, once the window has begun."""
    world = World().ready()
    world.pin(replace(CONTRACT, retires=world.now.date() + timedelta(days=3)))
    assert codes(world) == set()
    world.now += timedelta(days=2)
    assert codes(world) == set()
    world.now += timedelta(days=1)
    assert codes(world) == {Code.CONTRACT_RETIRES}


def test_suite_changed_on_disk_and_by_a_new_pin() -> None:
    world = World().ready()
    disk = dict(world.surroundings().suites or {})
    assert codes(world, suites={}) == {Code.SUITE_CHANGED}
    digest, required = SUITES["testing"].digest, SUITES["testing"].required
    for other in (required[:1], required[1:], [replace(each, needs=()) for each in required]):
        differing = SuiteOnDisk(digest, frozenset(other))
        assert codes(world, suites={**disk, "testing": differing}) == {Code.SUITE_CHANGED}
    edited = SuiteOnDisk("0" * 64, disk["testing"].required)
    assert codes(world, suites={**disk, "testing": edited}) == {Code.SUITE_CHANGED}
    world.pin(replace(SUITES["testing"], digest="0" * 64))
    assert Code.SUITE_CHANGED in codes(world)


@pytest.mark.parametrize(
    "around",
    [
        {"configuration_digests": {"qa": "0" * 64}},
        {"configuration_digests": {}},
        {"harness_version": "0.2.0"},
    ],
)
def test_code_changed(around: dict[str, Any]) -> None:
    again = {Code.CANARIES_MISSING} if "harness_version" in around else set()
    assert codes(World().ready(), **around) == {Code.CODE_CHANGED} | again


@pytest.mark.parametrize("driver", Driver)
def test_every_run_that_counts_is_of_the_release_that_is_there_now(driver: Driver) -> None:
    world = World().ready()
    assert codes(world, system_release=None) == set()
    assert codes(world, system_release="4") == {Code.CODE_CHANGED}
    for suite in SUITES:
        world.run(suite, system_release="4")
        if suite != "supplier":
            world.run(suite, driver=driver, system_release="4")
    assert Code.CODE_CHANGED not in codes(world, system_release="4")
    world.run("testing", driver=driver, system_release="3.1")
    assert Code.CODE_CHANGED in codes(world, system_release="4")
    assert Code.CODE_CHANGED not in codes(world, system_release=None)


def test_what_is_not_known_is_said_and_not_assumed() -> None:
    world = World().ready()
    around = replace(world.surroundings(), contracts=None, harness_version=None)
    result = judge_gate(world.project, POLICY, world.now, around)
    assert result.not_compared == ("contracts", "harness_version")


@pytest.mark.parametrize(("seconds", "expired"), [(-1, False), (0, False), (1, True)])
def test_expired_is_counted_to_the_start_of_the_window(seconds: int, expired: bool) -> None:
    world = World().to_phase(6)
    ended = max(each.run.finished for each in world.project.standing.runs if each.run.finished)
    first = min(each.run.finished for each in world.project.standing.runs if each.run.finished)
    start = first + timedelta(days=POLICY.max_age_days, seconds=seconds)
    assert ended >= first
    for actor in (AUTHORITY, ACCOUNT):
        values = {"start": start, "end": start + timedelta(days=1)}
        world.project.record_item(6, "opening-window", actor.party, values, **world.by(actor).args)
    assert (Code.EXPIRED in codes(world)) is expired


@pytest.mark.attacks
@pytest.mark.crash
def test_from_the_future() -> None:
    world = World().to_phase(5)
    later = world.now + timedelta(hours=1)
    world.run("testing", started=later, finished=later)
    assert Code.FROM_THE_FUTURE in codes(world)


def from_the_future(world: World) -> Objection:
    found = objections(world.project, POLICY, world.now, world.surroundings(), AUTHORITY)
    return next(each for each in found if each.code is Code.FROM_THE_FUTURE)


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED])
def test_what_is_advised_against_a_run_from_the_future_clears_it(outcome: Outcome) -> None:
    """Neither a run with a right clock nor withdrawing it does: it is the newest for years."""
    world = World().to_phase(5)
    later = world.now + timedelta(days=4000)
    told_wrong = {"started": later, "finished": later, "outcomes": {"testing/good": outcome}}
    digest = world.run("testing", **told_wrong)
    told = from_the_future(world)
    assert told.subjects == (digest,)
    assert "when phase 5 was opened again" in told.sentence
    world.run("testing")
    assert Code.FROM_THE_FUTURE in codes(world)
    world.project.withdraw_evidence(digest, "The clock.", **world.by(ACCOUNT).args)
    world.run("testing")
    assert Code.EVIDENCE_WITHDRAWN in codes(world)

    assert told.command == "harness phase reopen 5 --reason TEXT"
    world.project.reopen_phase(5, "The clock.", **world.by(ACCOUNT).args)
    world.run("testing")
    assert not {Code.FROM_THE_FUTURE, Code.EVIDENCE_WITHDRAWN, Code.FAILED} & codes(world)


def test_a_run_that_was_left_out_is_a_gap_until_it_is_recorded() -> None:
    world = World().to_phase(5)
    red = world.evidence("testing", {"testing/good": Outcome.FAILED})
    world.last_digest = red.digest
    world.run("testing")
    assert Code.EVIDENCE_GAP in codes(world)
    world.record(red)
    assert Code.EVIDENCE_GAP not in codes(world)


def test_a_lost_run_is_left_behind_by_reopening_with_a_reason() -> None:
    world = World().to_phase(5)
    world.last_digest = world.evidence("testing").digest  # lost
    world.run("testing")
    world.project.reopen_phase(5, "a run was lost with the disk", **world.by(SUPPLIER).args)
    assert {Code.EVIDENCE_GAP, Code.NEVER_RUN} & codes(world) == {Code.NEVER_RUN}
    world.last_digest = "0" * 64  # lost as well
    world.run("testing")
    assert Code.EVIDENCE_GAP not in codes(world)
    world.last_digest = "1" * 64
    world.run("testing")
    assert Code.EVIDENCE_GAP in codes(world)


def test_a_restarted_chain_is_a_warning() -> None:
    world = World().ready()
    world.run("testing", predecessor="")
    result = judge_gate(world.project, POLICY, world.now, world.surroundings())
    assert WarningCode.CHAIN_RESTARTED in {each.code for each in result.warnings}


def test_rehearsal() -> None:
    assert codes(World(kind=Kind.REHEARSAL).ready()) == {Code.REHEARSAL}


def test_phase_not_reached_names_the_next_step() -> None:
    world = World().to_phase(2)
    found = objections(world.project, POLICY, world.now, world.surroundings())
    commands = {each.command for each in found if each.code is Code.PHASE_NOT_REACHED}
    assert commands == {"harness phase complete 2"}
    with pytest.raises(Refused) as refused:
        world.complete(5)
    assert [each.code for each in refused.value.objections] == [Code.PHASE_NOT_REACHED]


def test_sign_off_missing_names_the_party() -> None:
    world = World().to_phase(5)
    digest = world.run("testing")
    world.project.sign_off(5, digest, **world.by(SECOND_SUPPLIER).args)
    found = objections(world.project, POLICY, world.now, world.surroundings())
    missing = [each for each in found if each.code is Code.SIGN_OFF_MISSING]
    assert [each.parties for each in missing] == [(Party.ACCOUNT_SUPPLIER,)]
    assert missing[0].command == f"harness sign-off 5 --evidence {digest}"


def test_the_two_sides_must_agree_on_one_date_themselves() -> None:
    world = World().to_phase(6)
    later = world.now + timedelta(days=1)
    for actor, shift in ((AUTHORITY, 0), (ACCOUNT, 1)):
        values = {"start": later, "end": later + timedelta(hours=1 + shift)}
        world.project.record_item(6, "opening-window", actor.party, values, **world.by(actor).args)
    assert Code.DATE_NOT_AGREED in codes(world)
    values = {"start": later, "end": later + timedelta(hours=1)}
    with pytest.raises(Refused) as refused:
        world.project.record_item(
            6, "opening-window", Party.ACCOUNT, values, **world.by(AUTHORITY).args
        )
    assert [each.code for each in refused.value.objections] == [Code.WRONG_PARTY]


def test_before_the_window_the_gate_waits() -> None:
    world = World().to_phase(6)
    world.now += timedelta(days=3)
    world.fill(6)
    world.complete(6)
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    world.now -= timedelta(days=2)
    assert codes(world) == {Code.WINDOW_NOT_OPEN}


def test_request_and_approval_missing() -> None:
    world = World().to_phase(7)
    assert codes(world) == {Code.REQUEST_MISSING, Code.APPROVAL_MISSING}


@pytest.mark.parametrize(
    "approver",
    [
        AUTHORITY,
        SUPPLIER,
        SECOND_SUPPLIER,
        ACCOUNT_SUPPLIER,
        person("\uff21\uff29\uff2e\uff2f", Party.ACCOUNT),
        person(" sari", Party.ACCOUNT),
    ],
    ids=["requester", "tester", "signer", "other signer", "full width", "spaced"],
)
def test_approver_not_independent(approver: Any) -> None:
    world = World().to_phase(7)
    world.project.request_opening(**world.by(AUTHORITY).args)
    refusal = _refusal(lambda: world.project.approve(world.counting(), **world.by(approver).args))
    assert refusal - {Code.WRONG_PARTY} == {Code.APPROVER_NOT_INDEPENDENT}


def test_an_approver_who_ran_what_another_recorded_is_not_independent() -> None:
    world = World().to_phase(5)
    world.sign(world.run("testing", operator=APPROVER))
    world.run("supplier")
    for number in (5, 6):
        world.fill(number)
        world.complete(number)
    world.project.request_opening(**world.by(AUTHORITY).args)
    refusal = _refusal(lambda: world.project.approve(world.counting(), **world.by(APPROVER).args))
    assert refusal == {Code.APPROVER_NOT_INDEPENDENT}


def test_an_approver_who_tests_later_is_no_longer_independent() -> None:
    world = World().ready()
    world.record(world.evidence("testing"), APPROVER)
    assert codes(world) == {Code.APPROVER_NOT_INDEPENDENT}


def test_approval_names_the_evidence_it_is_for() -> None:
    world = World().to_phase(7)
    world.project.request_opening(**world.by(AUTHORITY).args)
    for named in ((), world.counting()[:1], ("0" * 64,)):
        with pytest.raises(Refused) as refused:
            world.project.approve(named, **world.by(APPROVER).args)
        assert {each.code for each in refused.value.objections} == {Code.EVIDENCE_UNKNOWN}


def test_a_new_request_clears_the_approval() -> None:
    world = World().ready()
    world.project.request_opening(**world.by(AUTHORITY).args)
    assert codes(world) == {Code.APPROVAL_MISSING}


def test_identity_claimed() -> None:
    world = World().ready()
    claimed = person("vieno", Party.AUTHORITY, Assurance.CLAIMED)
    found = objections(world.project, POLICY, world.now, world.surroundings(), claimed)
    told_whole(found)
    assert [each.code for each in found] == [Code.IDENTITY_CLAIMED]
    assert found[0].command == "HARNESS_ACTOR_KEY=FILE harness open"
    for command in (
        lambda: world.project.request_opening(**world.by(claimed).args),
        lambda: world.project.sign_off(5, "0" * 64, **world.by(claimed).args),
        lambda: world.project.approve((), **world.by(claimed).args),
        lambda: world.project.open_production(world.project.version, (), **world.by(claimed).args),
    ):
        assert Code.IDENTITY_CLAIMED in _refusal(command)


def _refusal(command: Callable[[], object]) -> set[ObjectionCode]:
    with pytest.raises(Refused) as refused:
        command()
    return {each.code for each in refused.value.objections}


def test_pins_missing_and_not_confirmed() -> None:
    world = World()
    assert Code.PIN_MISSING in codes(world)
    world.pin_all(confirmed=False)
    world.run("connection")
    world.run("testing")
    world.run("supplier")
    found = objections(world.project, POLICY, world.now, world.surroundings())
    waiting = {each.subjects[0] for each in found if each.code is Code.PIN_NOT_CONFIRMED}
    assert waiting == {CONTRACT.name, *SUITES, "qa"}


WHOEVER = person("whoever", Party.SUPPLIER, Assurance.CLAIMED)


@pytest.mark.attacks
@pytest.mark.parametrize(
    "pinner",
    [
        WHOEVER,
        person("admin", Party.SUPPLIER),
        Actor("sari", Party.SUPPLIER, "", Assurance.OS, "os:root"),
    ],
    ids=["claimed", "shared", "shared user"],
)
def test_who_pins_under_a_name_that_proves_nothing_cannot_have_it_confirmed(pinner: Actor) -> None:
    """One person could pin as anybody and confirm as themselves."""
    world = World(pinner=pinner)
    world.pin_all(confirmed=False)
    for pin in ALL_PINS:
        with pytest.raises(Refused) as refused:
            world.project.confirm_pin(*pin.key, pin.pin_digest, **world.by(ACCOUNT).args)
        (reason,) = refused.value.objections
        assert reason.code is Code.IDENTITY_CLAIMED
        kind, name = pin.key
        assert reason.command == f"HARNESS_ACTOR_KEY=FILE harness pin {kind.value} {name}"
    assert {Code.IDENTITY_CLAIMED, Code.PIN_NOT_CONFIRMED} <= codes(world)
    world.pinner = SUPPLIER
    world.pin_all()  # the same pins, set again by a person who is known
    assert world.project.standing.pins[CONTRACT.key].effective.by == SUPPLIER
    assert not {Code.IDENTITY_CLAIMED, Code.PIN_NOT_CONFIRMED} & codes(world)


def test_a_change_proposed_under_a_claimed_name_is_proposed_again() -> None:
    world = World().ready()
    moved = EndpointPin("qa", Level.TEST, "http://127.0.0.1:9999/ws")
    assert world.project.pin(moved, **world.by(WHOEVER).args)
    assert not world.project.pin(moved, **world.by(WHOEVER).args)
    assert world.project.pin(moved, **world.by(SUPPLIER).args)
    assert not world.project.pin(moved, **world.by(SECOND_SUPPLIER).args)
    world.project.confirm_pin(*moved.key, moved.pin_digest, **world.by(ACCOUNT).args)
    assert world.project.standing.pins[moved.key].effective.by == SUPPLIER


@pytest.mark.attacks
@pytest.mark.parametrize("who", ["tester", "recorder"])
@pytest.mark.parametrize("suite", sorted(SUITES))
def test_evidence_run_or_recorded_under_a_claimed_name_does_not_open(who: str, suite: str) -> None:
    """One person could run and record as anybody and approve as themselves."""
    world = World().to_phase(4)
    for each, number in (("connection", 4), ("supplier", 0), ("testing", 5)):
        setattr(world, who, WHOEVER if each == suite else SUPPLIER)
        digest = world.run(each)
        if number == 5:
            world.sign(digest)
        if number:
            world.fill(number)
            world.complete(number)
    world.fill(6)
    world.complete(6)
    world.project.request_opening(**world.by(AUTHORITY).args)

    def approve() -> None:
        world.project.approve(world.counting(), **world.by(APPROVER).args)

    assert _refusal(approve) == {Code.IDENTITY_CLAIMED}
    assert codes(world) == {Code.IDENTITY_CLAIMED, Code.APPROVAL_MISSING}
    setattr(world, who, SUPPLIER)
    world.run(suite)
    approve()
    assert codes(world) == set()
    setattr(world, who, WHOEVER)
    world.run(suite)
    assert codes(world) == {Code.IDENTITY_CLAIMED}
    assert Code.IDENTITY_CLAIMED in _refusal(
        lambda: world.project.open_production(world.project.version, (), **world.by(AUTHORITY).args)
    )


@pytest.mark.attacks
def test_what_was_shown_at_level_server_under_a_claimed_name_does_not_open() -> None:
    world = World().to_phase(5)
    world.run("testing", level=Level.SERVER, endpoint=SERVER, operator=WHOEVER)
    world.sign(world.run("testing", outcomes={"testing/fault": Outcome.NOT_REALISABLE}))
    found = objections(world.project, POLICY, world.now, world.surroundings())
    (reason,) = [each for each in found if each.code is Code.IDENTITY_CLAIMED]
    assert reason.subjects[0] == "whoever"
    world.run("testing", level=Level.SERVER, endpoint=SERVER)
    assert Code.IDENTITY_CLAIMED not in codes(world)


def test_a_shared_account_may_run_the_tests_which_decides_nothing() -> None:
    robot = person("ci", Party.SUPPLIER)
    assert codes(World(tester=robot, recorder=robot).ready()) == set()


def test_a_changed_pin_waits_for_a_second_party() -> None:
    world = World().ready()
    moved = EndpointPin("qa", Level.TEST, "http://127.0.0.1:9999/ws")
    world.pin(moved, confirmed=False)
    assert codes(world) == set()
    assert world.project.standing.endpoint_pin("qa") == ENDPOINT
    for actor, code in (
        (SECOND_SUPPLIER, Code.WRONG_PARTY),
        (person("Sari", Party.ACCOUNT), Code.SAME_PERSON),
    ):
        refusal = _refusal(
            lambda actor=actor: world.project.confirm_pin(  # type: ignore[misc]
                *moved.key, moved.pin_digest, **world.by(actor).args
            )
        )
        assert refusal == {code}
    world.project.confirm_pin(*moved.key, moved.pin_digest, **world.by(ACCOUNT).args)
    assert Code.WRONG_ENDPOINT in codes(world)
    assert _refusal(
        lambda: world.project.confirm_pin(*moved.key, moved.pin_digest, **world.by(ACCOUNT).args)
    ) == {Code.NOTHING_TO_CONFIRM}


def test_a_proposed_pin_is_withdrawn_by_pinning_what_is_in_effect() -> None:
    world = World().ready()
    moved = EndpointPin("qa", Level.TEST, "http://127.0.0.1:9999/ws")
    world.pin(moved, confirmed=False)
    world.pin(ENDPOINT, confirmed=False)
    assert world.project.standing.pins[ENDPOINT.key].proposed is None
    assert world.project.pin(ENDPOINT, **world.by(SUPPLIER).args) is False


def test_a_rehearsal_pins_and_repins_alone_and_says_so() -> None:
    world = World(kind=Kind.REHEARSAL)
    world.pin_all(confirmed=False)
    other = SuitePin("testing", CONTRACT.name, "0" * 64, SUITES["testing"].required)
    world.pin(other, confirmed=False)
    assert world.project.standing.suite_pin("testing") == other
    result = judge_gate(world.project, POLICY, world.now, world.surroundings())
    assert WarningCode.PIN_NOT_CONFIRMED in {each.code for each in result.warnings}
    assert Code.PIN_NOT_CONFIRMED not in {each.code for each in result.objections}


def test_what_the_test_endpoint_cannot_do_must_pass_at_level_server() -> None:
    world = World().to_phase(5)
    world.run("testing", outcomes={"testing/fault": Outcome.NOT_REALISABLE})
    found = objections(world.project, POLICY, world.now, world.surroundings())
    assert [each.subjects for each in found if each.code is Code.NEVER_RUN] == [("testing/fault",)]
    world.run("testing", level=Level.SERVER, endpoint=SERVER, suite_digest="0" * 64)
    assert Code.NEVER_RUN in codes(world)  # another suite digest shows nothing
    world.run("testing", level=Level.SERVER, endpoint=SERVER)
    assert not {Code.NEVER_RUN, Code.FAILED, Code.INCOMPLETE} & codes(world)
    result = judge_gate(world.project, POLICY, world.now, world.surroundings())
    listed = [each.subjects for each in result.warnings if each.code is WarningCode.SHOWN_ELSEWHERE]
    assert ("testing/fault",) in listed
    world.run(
        "testing", level=Level.SERVER, endpoint=SERVER, outcomes={"testing/fault": Outcome.FAILED}
    )
    assert Code.FAILED in codes(world)


def test_who_ran_the_tests_at_level_server_does_not_approve_either() -> None:
    world = World().to_phase(5)
    world.run("testing", level=Level.SERVER, endpoint=SERVER, operator=APPROVER)
    world.sign(world.run("testing", outcomes={"testing/fault": Outcome.NOT_REALISABLE}))
    world.run("supplier")
    for number in (5, 6):
        world.fill(number)
        world.complete(number)
    world.project.request_opening(**world.by(AUTHORITY).args)
    assert _refusal(lambda: world.project.approve(world.counting(), **world.by(APPROVER).args)) == {
        Code.APPROVER_NOT_INDEPENDENT
    }


def test_an_optional_item_that_is_not_on_record_is_a_warning() -> None:
    world = World().to_phase(4)
    result = judge_gate(world.project, POLICY, world.now, world.surroundings())
    listed = [e.subjects for e in result.warnings if e.code is WarningCode.ITEM_NOT_RECORDED]
    assert listed == [("settings",), ("service-stored",)]


def test_an_endpoint_that_provides_the_need_has_no_excuse() -> None:
    world = World()
    world.pin(replace(ENDPOINT, provides=("faults",)))
    world.pin(CONTRACT)
    world.pin(SUITES["testing"])
    world.run("testing", outcomes={"testing/fault": Outcome.NOT_REALISABLE})
    found = objections(world.project, POLICY, world.now, world.surroundings())
    assert ("testing/fault",) in [each.subjects for each in found if each.code is Code.INCOMPLETE]


def test_item_missing_when_no_is_said_where_yes_is_demanded() -> None:
    world = World()
    world.fill(0)
    args = world.by(AUTHORITY).args
    world.project.record_item(
        0,
        "consent",
        Party.AUTHORITY,
        {"needed": True, "asked_in_own_service": False, "how_asked": "not yet"},
        **args,
    )
    with pytest.raises(Refused) as refused:
        world.complete(0)
    assert [each.code for each in refused.value.objections] == [Code.ITEM_MISSING]
    world.project.record_item(
        0, "consent", Party.AUTHORITY, {"needed": False}, **world.by(AUTHORITY).args
    )
    world.complete(0)


def test_already_open() -> None:
    world = World().ready()
    world.project.open_production(world.project.version, (), **world.by(AUTHORITY).args)
    assert codes(world) == {Code.ALREADY_OPEN}
    for command in (
        lambda: world.project.reopen_phase(3, "too late", **world.by(ACCOUNT).args),
        lambda: world.project.request_opening(**world.by(AUTHORITY).args),
        lambda: world.project.open_production(
            world.project.version, (), **world.by(AUTHORITY).args
        ),
    ):
        assert Code.ALREADY_OPEN in _refusal(command)
    world.run("testing")  # evidence is welcome for ever


def test_the_gate_judged_another_version() -> None:
    world = World().ready()
    judged = world.project.version
    world.run("testing")
    assert _refusal(
        lambda: world.project.open_production(judged, (), **world.by(AUTHORITY).args)
    ) == {Code.JUDGED_ANOTHER_STATE}


def test_absent_participants_and_one_person_in_two_roles_are_warnings() -> None:
    world = World().ready()
    plain = judge_gate(world.project, POLICY, world.now, world.surroundings())
    assert WarningCode.ABSENT not in {each.code for each in plain.warnings}
    world = World().to_phase(2)
    world.project.record_item(
        2,
        "technical-discussion",
        Party.AUTHORITY,
        {
            "held": date(2026, 11, 20),
            "before_implementation": True,
            "account_responsible": ["Kalle K"],
            "customer_responsible": ["kalle  k"],
        },
        **world.by(AUTHORITY).args,
    )
    result = judge_gate(world.project, POLICY, world.now, world.surroundings())
    told = {each.code for each in result.warnings}
    assert {WarningCode.ABSENT, WarningCode.SAME_RESPONSIBLE} <= told


def test_evidence_is_recorded_once_and_only_here() -> None:
    world = World().to_phase(5)
    evidence = world.evidence("testing")
    world.record(evidence)
    version = world.project.version
    assert world.project.record_run(evidence, **world.by(ACCOUNT).args) is False
    assert world.project.version == version
    altered = replace(evidence, harness_version="9")
    assert _refusal(lambda: world.project.record_run(altered, **world.by(SUPPLIER).args)) == {
        Code.EVIDENCE_REPEATED
    }
    foreign = replace(world.evidence("testing"), project="koulu")
    assert _refusal(lambda: world.project.record_run(foreign, **world.by(SUPPLIER).args)) == {
        Code.EVIDENCE_OF_ANOTHER_PROJECT
    }


def test_one_person_cannot_sign_for_both_sides() -> None:
    world = World().to_phase(5)
    digest = world.run("testing")
    world.project.sign_off(5, digest, **world.by(SECOND_SUPPLIER).args)
    twin = person("SEPPO", Party.ACCOUNT_SUPPLIER)
    assert _refusal(lambda: world.project.sign_off(5, digest, **world.by(twin).args)) == {
        Code.SAME_PERSON
    }
    assert _refusal(lambda: world.project.sign_off(5, digest, **world.by(ACCOUNT).args)) == {
        Code.WRONG_PARTY
    }


def test_what_may_never_be_waived_is_named() -> None:
    assert {each.value for each in NEVER_WAIVABLE} == {
        "MOCK_ONLY",
        "STALE_CONTRACT",
        "SIGN_OFF_MISSING",
        "APPROVAL_MISSING",
    }
