"""Evidence of another project: what may be referred to, when it ends, and who tries to cheat."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harness.errors import IntegrityBroken
from harness.joining.actor import Assurance, Party
from harness.joining.agreement import agrees, shared_from
from harness.joining.corrections import evidence_of
from harness.joining.events import (
    Ending,
    EvidenceReferred,
    JoiningEvent,
    Kind,
    ProductionOpened,
    ReferenceEnded,
)
from harness.joining.evidence import Outcome
from harness.joining.gate import GateResult, WarningCode, gaps, judge_gate
from harness.joining.objections import ObjectionCode as Code
from harness.joining.objections import Refused
from harness.joining.observations import Severity
from harness.joining.pins import KeyPin
from harness.joining.policy import GatePolicy
from harness.joining.project import replay
from harness.joining.text import Malformed
from tests.joining.two import JOINS, PIN, SOFTWARE, TESTED, Two, agree, events
from tests.joining.world import (
    ACCOUNT,
    ACCOUNT_SUPPLIER,
    APPROVER,
    AUTHORITY,
    CONTRACT,
    SUPPLIER,
    World,
    person,
)

POLICY = GatePolicy()
RED = {"testing/good": Outcome.FAILED}


def codes(command: Callable[[], object]) -> set[Code]:
    with pytest.raises(Refused) as told:
        command()
    return {each.code for each in told.value.objections}


def gate(world: World, days: int = 0) -> GateResult:
    now = world.now + timedelta(days=days)
    return judge_gate(world.project, POLICY, now, world.surroundings())


def gate_codes(world: World, days: int = 0) -> set[Code]:
    return {each.code for each in gate(world, days).objections}


def approved(two: Two) -> Two:
    world = two.joins
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    two.save(world)
    return two


def opened(two: Two) -> Two:
    world = approved(two).joins
    world.project.open_production(
        world.project.version, POLICY.values(), **world.by(AUTHORITY).args
    )
    two.save(world)
    return two


@pytest.fixture
def ready() -> Two:
    """Evidence is there, and the second project has its pins, the policy confirmed."""
    two = Two().run_all()
    two.joins.pin_all()
    return two.agreed()


# What counts


def test_evidence_of_another_project_leads_into_production() -> None:
    two = opened(Two().walked())
    result = two.joins.project.standing.opening
    assert result is not None
    assert two.digest() in result.evidence
    assert two.digest("supplier") in result.evidence
    told = agree(two.told)
    assert told[JOINS].standing == two.joins.project.standing
    assert told[TESTED].standing == two.tested.project.standing
    own = [each for each in two.told if each.originator_id == JOINS]
    assert replay(own).standing.opening  # its history alone leads there as well


def test_the_gate_says_whose_evidence_counts() -> None:
    result = gate(approved(Two().walked()).joins)
    assert result.open, result.objections
    notes = [each for each in result.warnings if each.code is WarningCode.REFERRED]
    assert len(notes) == 2
    place = {each.run.digest: each.version for each in Two().run_all().tested.project.standing.runs}
    for note in notes:
        assert f"of the project {TESTED}, event {place[note.subjects[1]]} there" in note.sentence
        assert SOFTWARE in note.sentence
    assert not [each for each in result.warnings if each.code is WarningCode.CHAIN_RESTARTED]


def test_where_a_reference_begins_no_chain_is_restarted() -> None:
    two = Two()
    two.tested.to_phase(5)
    two.tested.last_digest = ""
    two.tested.run("testing")
    two.joins.pin_all()
    two.agreed()
    two.joins.run("connection")
    two.joins.now = two.tested.now
    two.refer(two.digest())
    found = [each for each in gate(two.joins).warnings if each.code is WarningCode.CHAIN_RESTARTED]
    assert not found


def test_its_configuration_is_not_compared_but_version_and_release_are() -> None:
    world = approved(Two().walked()).joins
    around = world.surroundings()
    elsewhere = replace(around, configuration_digests=dict.fromkeys(("qa",), "0" * 64))
    found = judge_gate(world.project, POLICY, world.now, elsewhere).objections
    own = [each for each in found if each.code is Code.CODE_CHANGED]
    assert ["connection" in each.sentence for each in own] == [True]
    for changed in (
        replace(around, harness_version="0.2.0"),
        replace(around, system_release="3.2"),
    ):
        found = judge_gate(world.project, POLICY, world.now, changed).objections
        assert len([each for each in found if each.code is Code.CODE_CHANGED]) == 3


def test_referring_twice_changes_nothing(ready: Two) -> None:
    ready.refer(ready.digest())
    version = ready.joins.project.version
    ready.refer(ready.digest())
    assert ready.joins.project.version == version


# What this project's own pins say


def test_not_before_a_second_party_that_may_approve_has_agreed() -> None:
    two = Two().run_all()
    two.joins.pin_all()
    assert codes(lambda: two.refer(two.digest())) == {Code.REFERENCE_NOT_ALLOWED}
    two.joins.project.pin(PIN, **two.joins.by(SUPPLIER).args)
    assert codes(lambda: two.refer(two.digest())) == {Code.REFERENCE_NOT_ALLOWED}
    same_party = person("sirpa", Party.SUPPLIER)
    assert Code.WRONG_PARTY in codes(lambda: two.confirm(actor=same_party))
    assert codes(lambda: two.confirm(actor=ACCOUNT_SUPPLIER)) == {Code.WRONG_PARTY}
    same_person = replace(SUPPLIER, party=Party.ACCOUNT)
    assert codes(lambda: two.confirm(actor=same_person)) == {Code.SAME_PERSON}
    two.confirm()
    two.refer(two.digest())
    assert two.joins.project.standing.run(two.digest())


def test_in_a_rehearsal_neither() -> None:
    two = Two(Kind.REHEARSAL).run_all()
    two.joins.pin_all(confirmed=False)
    two.joins.project.pin(PIN, **two.joins.by(SUPPLIER).args)
    assert codes(lambda: two.refer(two.digest())) == {Code.REFERENCE_NOT_ALLOWED}
    two.confirm()
    two.refer(two.digest())
    two.joins.project.pin(replace(PIN, suites=()), **two.joins.by(SUPPLIER).args)
    assert two.joins.project.standing.sharing_pin(TESTED) == PIN  # a change waits here too


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"organisation": "Toinen talo Oy"}, "its supplier is Ohjelmatalo Oy, not that"),
        ({"system_release": "3.2"}, "it was made with 3.1, while 3.2 is agreed"),
        ({"suites": ("supplier",)}, "that suite is not among those"),
        ({"suites": ()}, "that suite is not among those"),
    ],
)
def test_what_was_not_agreed_is_refused(changes: dict[str, object], words: str) -> None:
    two = Two().run_all()
    two.joins.pin_all()
    two.agreed(replace(PIN, **changes))  # type: ignore[arg-type]
    with pytest.raises(Refused, match=words) as told:
        two.refer(two.digest())
    assert {each.code for each in told.value.objections} == {Code.REFERENCE_NOT_ALLOWED}


def test_evidence_of_another_supplier_is_refused() -> None:
    two = Two()
    two.tested = World(id=TESTED, supplier="Toinen talo Oy")
    two.run_all()
    two.joins.pin_all()
    two.agreed()
    assert codes(lambda: two.refer(two.digest())) == {Code.REFERENCE_NOT_ALLOWED}


def test_a_rehearsal_shows_nothing_to_a_joining_project() -> None:
    two = Two()
    two.tested = World(kind=Kind.REHEARSAL, id=TESTED, supplier=SOFTWARE)
    two.run_all()
    two.joins.pin_all()
    two.agreed()
    assert codes(lambda: two.refer(two.digest())) == {Code.REFERENCE_NOT_ALLOWED}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contract_digest": "0" * 64}, Code.STALE_CONTRACT),
        ({"contract": "asiointitili/viranomaispalvelut/1.7"}, Code.STALE_CONTRACT),
        ({"suite_digest": "0" * 64}, Code.SUITE_CHANGED),
        ({"project": JOINS}, Code.EVIDENCE_OF_ANOTHER_PROJECT),
        ({"project": "third"}, Code.EVIDENCE_OF_ANOTHER_PROJECT),
    ],
)
def test_another_contract_suite_or_project(ready: Two, changes: dict[str, Any], code: Code) -> None:
    assert codes(lambda: ready.refer(ready.digest(), **changes)) == {code}


def test_a_project_does_not_refer_to_itself() -> None:
    world = World(id=TESTED, supplier=SOFTWARE).to_phase(5)
    digest = world.run()
    recorded = world.project.standing.runs_by_digest[digest]
    source = shared_from(world.project.standing, recorded)
    run = replace(recorded.run, digest="0" * 64, run_id="another")
    found = codes(lambda: world.project.refer(source, run, **world.by(SUPPLIER).args))
    assert found >= {Code.EVIDENCE_OF_ANOTHER_PROJECT}


def test_what_is_too_old_is_refused_and_closes_by_itself() -> None:
    two = Two().run_all()
    two.joins.pin_all()
    two.agreed(replace(PIN, max_age_days=5))
    two.joins.now += timedelta(days=6)
    assert codes(lambda: two.refer(two.digest())) == {Code.EXPIRED}

    two = approved(Two().walked())
    assert Code.EXPIRED not in gate_codes(two.joins, 9)
    two.agreed(replace(PIN, max_age_days=5))
    assert Code.EXPIRED in gate_codes(two.joins, 9)
    sentence = next(e.sentence for e in gate(two.joins, 9).objections if e.code is Code.EXPIRED)
    assert f"of the project {TESTED}," in sentence
    assert "older than 5 days" in sentence


def test_what_lay_in_the_future_when_it_was_recorded_there_does_not_become_young_here() -> None:
    two = Two().run_all()
    world = two.joins
    world.pin_all()
    two.agreed()
    later = world.now + timedelta(days=30)
    two.tested.run("testing", started=later, finished=later)
    world.now = later + timedelta(days=1)
    two.refer(two.digest())
    assert two.digest() in world.counting()
    found = [e.subjects for e in gate(world).objections if e.code is Code.FROM_THE_FUTURE]
    assert found == [(two.digest(),)]


def test_a_policy_that_is_taken_back_closes_the_gate() -> None:
    two = approved(Two().walked())
    two.agreed(replace(PIN, suites=("supplier",)))
    (refused,) = [e for e in gate(two.joins).objections if e.code is Code.REFERENCE_NOT_ALLOWED]
    assert refused.subjects == (TESTED, two.digest())
    assert refused.command == f"harness pin sharing {TESTED}"


def test_a_run_is_on_record_once(ready: Two) -> None:
    ready.refer(ready.digest())
    again: dict[str, Any] = {"digest": "0" * 64}
    assert codes(lambda: ready.refer(ready.digest(), **again)) == {Code.EVIDENCE_REPEATED}
    shown = [each.run.digest for each in ready.joins.project.standing.runs]
    assert shown == [ready.digest()]


def test_who_recorded_it_there_does_not_approve_it_here() -> None:
    two = Two()
    two.tested.recorder = APPROVER
    world = two.walked().joins
    world.project.request_opening(**world.by(AUTHORITY).args)
    command = lambda: world.project.approve(world.counting(), **world.by(APPROVER).args)  # noqa: E731
    assert codes(command) == {Code.APPROVER_NOT_INDEPENDENT}


def test_who_only_claims_a_name_refers_to_nothing(ready: Two) -> None:
    claimed = person("sari", Party.SUPPLIER, Assurance.CLAIMED)
    assert codes(lambda: ready.refer(ready.digest(), claimed)) == {Code.IDENTITY_CLAIMED}


def test_nothing_is_referred_to_once_production_is_open() -> None:
    two = opened(Two().walked())
    two.joins.project.standing.runs_by_digest.pop(two.digest())
    two.joins.project.standing.run_ids.clear()
    assert codes(lambda: two.refer(two.digest())) == {Code.ALREADY_OPEN}


@pytest.mark.parametrize("only", [None, "testing/fault"])
def test_a_red_run_of_ones_own_is_not_hidden_behind_anothers(ready: Two, only: str | None) -> None:
    ready.refer(ready.digest())
    world = ready.joins
    suite = "testing"
    assert ready.digest() in world.counting()
    left_out = {"testing/fault": Outcome.NOT_RUN} if only else {}
    red = world.evidence(suite, {**RED, **left_out})
    early = world.project.created_on
    world.record(replace(red, started=early, finished=early))
    assert ready.digest() not in world.counting()


def test_a_red_run_of_ones_own_is_not_hidden_by_opening_the_phase_again() -> None:
    two = Two().walked()
    world = two.joins
    world.run("testing", outcomes=RED)
    world.project.reopen_phase(5, "Another release.", **world.by(SUPPLIER).args)
    two.tested.run("testing")
    two.refer(two.digest())
    assert two.digest() not in world.counting()
    world.run("testing")
    assert world.last_digest in world.counting()


def fixed(world: World, evidence: str, severity: Severity = Severity.MINOR) -> str:
    """A defect that the evidence shows, fixed by its owner."""
    name = world.project.observe(
        "Wrong.", severity, Party.ACCOUNT, scenario="testing/good", evidence=evidence,
        code="code", **world.by(SUPPLIER).args,
    )  # fmt: skip
    world.project.fix_observation(name, "2.1", **world.by(ACCOUNT).args)
    return name


def newest(two: Two) -> str:
    """A run that the first project makes now, and the second one refers to."""
    two.tested.now = two.joins.now
    two.tested.run("testing")
    two.refer(two.digest())
    return two.digest()


def retest(world: World, name: str, evidence: str) -> None:
    world.project.retest_observation(name, evidence, **world.by(SUPPLIER).args)


def test_a_defect_of_ones_own_is_not_shown_gone_by_anothers_run(ready: Two) -> None:
    world = ready.joins
    name = fixed(world, world.run("testing", outcomes=RED))
    again = newest(ready)
    assert codes(lambda: retest(world, name, again)) == {Code.EVIDENCE_UNKNOWN}
    retest(world, name, world.run("testing"))


def test_a_defect_seen_there_is_shown_gone_there_while_that_is_agreed(ready: Two) -> None:
    world = ready.joins
    ready.refer(ready.digest())
    name = fixed(world, ready.digest())
    again = newest(ready)
    ready.agreed(replace(PIN, suites=("supplier",)))
    assert codes(lambda: retest(world, name, again)) == {Code.EVIDENCE_UNKNOWN}
    ready.agreed()
    retest(world, name, again)


def test_a_reference_is_not_the_first_run_after_a_reopening(ready: Two) -> None:
    """The first run of one's own may follow one that is lost: the reason is on record."""
    world = ready.joins
    for number in range(5):
        if number == 4:
            world.run("connection")
        world.fill(number)
        world.complete(number)
    world.project.reopen_phase(5, "The evidence is lost.", **world.by(SUPPLIER).args)
    ready.refer(ready.digest())
    world.run("testing", predecessor="d" * 64)
    assert not list(gaps(world.project.standing))


def test_a_smoke_test_of_ones_own_hides_nothing(ready: Two) -> None:
    ready.refer(ready.digest())
    ready.joins.run("testing", outcomes={"testing/fault": Outcome.NOT_RUN})
    assert ready.digest() in ready.joins.counting()


# What the other project says


def agreement(two: Two, run: str = "", **changes: Any) -> set[Code]:
    """What the project that made a run says about a reference to it."""
    two.refer(run or two.digest(), **changes)
    event = events(two.joins.project)[-1]
    assert isinstance(event, EvidenceReferred)
    return {each.code for each in agrees(event, two.tested.project)}


def test_it_agrees_to_what_counts_there(ready: Two) -> None:
    assert agreement(ready) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "0" * 64},
        {"operator": person("somebody", Party.SUPPLIER)},
        {"harness_version": "0.1.1"},
        {"outcomes": ()},
    ],
)
def test_a_summary_that_was_altered(ready: Two, changes: dict[str, Any]) -> None:
    assert agreement(ready, **changes) == {Code.EVIDENCE_UNKNOWN}


@pytest.mark.parametrize("version", [1, 10_000])
def test_a_place_where_it_does_not_stand(ready: Two, version: int) -> None:
    ready.refer(ready.digest())
    event = events(ready.joins.project)[-1]
    assert isinstance(event, EvidenceReferred)
    forged = replace(event, source=replace(event.source, version=version))
    assert {e.code for e in agrees(forged, ready.tested.project)} == {Code.EVIDENCE_UNKNOWN}
    assert {e.code for e in agrees(event, None)} == {Code.EVIDENCE_UNKNOWN}


def test_evidence_that_was_withdrawn_there(ready: Two) -> None:
    args = ready.tested.by(SUPPLIER).args
    ready.tested.project.withdraw_evidence(ready.digest(), "Another release.", **args)
    assert agreement(ready) == {Code.EVIDENCE_WITHDRAWN}


def test_an_older_run_than_the_one_that_counts_there(ready: Two) -> None:
    older = ready.digest()
    ready.tested.run("testing")
    assert agreement(ready, older) == {Code.EVIDENCE_UNKNOWN}


def test_a_red_run_and_one_that_failed_since(ready: Two) -> None:
    green = ready.digest()
    part = {**RED, "testing/fault": Outcome.NOT_RUN}
    ready.tested.run("testing", outcomes=part)
    assert agreement(ready, green) == {Code.FAILED}


def test_a_run_behind_a_gap(ready: Two) -> None:
    ready.tested.last_digest = "0" * 64
    assert agreement(ready, ready.tested.run("testing")) == {Code.EVIDENCE_GAP}


def test_a_gap_further_back(ready: Two) -> None:
    """The red run before two green ones was left out."""
    red = ready.tested.evidence("testing", RED)
    ready.tested.last_digest = red.digest
    ready.tested.run("testing")
    assert agreement(ready, ready.tested.run("testing")) == {Code.EVIDENCE_GAP}


def test_a_critical_observation_of_that_suite(ready: Two) -> None:
    for severity in (Severity.MAJOR, Severity.CRITICAL):
        ready.tested.project.observe(
            "The answer is wrong.",
            severity,
            Party.SUPPLIER,
            scenario="testing/good",
            evidence=ready.digest(),
            code=f"wrong-{severity.value}",
            **ready.tested.by(SUPPLIER).args,
        )
    assert agreement(ready) == {Code.OBSERVATION_OPEN}


def test_a_reference_is_no_evidence_of_its_own(ready: Two) -> None:
    """A third project cannot lean on one that leans on another."""
    ready.refer(ready.digest())
    standing = ready.joins.project.standing
    recorded = standing.runs_by_digest[ready.digest()]
    event = events(ready.joins.project)[-1]
    assert isinstance(event, EvidenceReferred)
    source = shared_from(standing, recorded)
    assert source.project == JOINS
    chained = replace(event, originator_id="third", source=source)
    assert {each.code for each in agrees(chained, ready.joins.project)} == {Code.EVIDENCE_UNKNOWN}
    third = World(id="third", supplier=SOFTWARE)
    third.pin_all()
    third.project.pin(replace(PIN, source=JOINS), **third.by(SUPPLIER).args)
    args = third.by(SUPPLIER).args
    found = codes(lambda: third.project.refer(source, recorded.run, **args))
    assert Code.EVIDENCE_OF_ANOTHER_PROJECT in found


# How it ends


def withdraw(two: Two) -> None:
    args = two.tested.by(SUPPLIER).args
    two.tested.project.withdraw_evidence(two.digest(), "Another release.", **args)
    two.save(two.tested)


def test_what_is_withdrawn_there_closes_the_gate_here() -> None:
    two = approved(Two().walked())
    assert not gate_codes(two.joins)
    withdraw(two)
    found = {each.code: each for each in gate(two.joins).objections}
    assert found.keys() >= {Code.EVIDENCE_WITHDRAWN, Code.SIGN_OFF_MISSING, Code.APPROVAL_MISSING}
    told = found[Code.EVIDENCE_WITHDRAWN].sentence
    assert f"withdrawn in the project {TESTED}, by its event {two.tested.project.version}" in told
    noted = {each.code for each in gate(two.joins).warnings}
    assert WarningCode.CORRECTION_NOT_CONFIRMED not in noted  # that is asked in the other project
    assert agree(two.told)[JOINS].standing == two.joins.project.standing
    args = two.joins.by(AUTHORITY).args
    version = two.joins.project.version
    command = lambda: two.joins.project.open_production(version, POLICY.values(), **args)  # noqa: E731
    assert Code.EVIDENCE_WITHDRAWN in codes(command)


@pytest.mark.parametrize("whole", [True, False])
def test_a_newer_run_that_fails_there_closes_the_gate_here(whole: bool) -> None:
    two = approved(Two().walked())
    left_out = {} if whole else {"testing/fault": Outcome.NOT_RUN}
    green = two.digest()
    two.tested.run("testing", outcomes={**RED, **left_out})
    two.save(two.tested)
    (ended,) = [each for each in two.told if isinstance(each, ReferenceEnded)]
    assert (ended.evidence, ended.ending) == (green, Ending.FAILED)
    sentences = [each.sentence for each in gate(two.joins).objections]
    assert any("contradicted by a newer run that failed in the project" in s for s in sentences)
    agree(two.told)


@pytest.mark.parametrize(
    ("suite", "outcomes", "changes"),
    [
        ("testing", {}, {}),
        ("testing", RED, {"system_release": "3.2"}),
        ("testing", RED, {"configuration_digest": "0" * 64}),
        ("connection", {"connection/reachable": Outcome.FAILED}, {}),
    ],
)
def test_what_does_not_speak_against_it_ends_nothing(
    suite: str, outcomes: dict[str, Outcome], changes: dict[str, object]
) -> None:
    two = approved(Two().walked())
    two.tested.run(suite, outcomes=outcomes, **changes)
    two.save(two.tested)
    assert not [each for each in two.told if isinstance(each, ReferenceEnded)]
    assert not gate_codes(two.joins)
    agree(two.told)


def observe(two: Two, severity: Severity = Severity.CRITICAL, evidence: str = "") -> None:
    """Somebody of the project that tested sees a defect in one of its runs."""
    two.tested.project.observe(
        "Messages are lost.",
        severity,
        Party.SUPPLIER,
        scenario="testing/good",
        evidence=evidence or two.digest(),
        code="lost",
        **two.tested.by(SUPPLIER).args,
    )
    two.save(two.tested)


def ends(two: Two) -> list[tuple[str, Ending]]:
    found = (each for each in two.told if isinstance(each, ReferenceEnded))
    return [(each.evidence, each.ending) for each in found]


def test_a_critical_defect_that_is_observed_there_closes_the_gate_here() -> None:
    """In a run about the same thing: what was shown there twice was seen wrong once."""
    two = approved(Two().walked())
    referred = two.digest()
    two.tested.run("testing")
    two.save(two.tested)
    assert two.digest() != referred
    observe(two)
    assert ends(two) == [(referred, Ending.OBSERVED)]
    found = {each.code: each for each in gate(two.joins).objections}
    assert found.keys() >= {Code.EVIDENCE_WITHDRAWN, Code.SIGN_OFF_MISSING, Code.APPROVAL_MISSING}
    told = found[Code.EVIDENCE_WITHDRAWN].sentence
    assert f"by a critical defect that was observed in the project {TESTED}, by its event" in told
    assert agree(two.told)[JOINS].standing == two.joins.project.standing


@pytest.mark.parametrize(
    ("severity", "changes"),
    [
        (Severity.MAJOR, {}),
        (Severity.CRITICAL, {"system_release": "3.2"}),
        (Severity.CRITICAL, {"configuration_digest": "0" * 64}),
    ],
)
def test_a_defect_of_another_thing_or_a_lesser_one_ends_nothing(
    severity: Severity, changes: dict[str, object]
) -> None:
    two = approved(Two().walked())
    two.tested.run("testing", **changes)
    observe(two, severity)
    assert not ends(two)
    assert not gate_codes(two.joins)
    agree(two.told)


def test_a_defect_seen_in_what_was_a_mistake_ends_nothing() -> None:
    two = approved(Two().walked())
    referred = two.digest()
    two.tested.run("testing")
    withdraw(two)
    observe(two)
    assert not ends(two)
    assert referred in two.joins.counting()
    agree(two.told)


def test_a_defect_ends_once_what_it_speaks_against_and_not_another_suite() -> None:
    two = approved(Two().walked())
    observe(two)
    withdraw(two)
    assert ends(two) == [(two.digest(), Ending.OBSERVED)]
    assert two.digest("supplier") in two.joins.counting()
    agree(two.told)


def reopen_there(two: Two) -> None:
    two.tested.project.reopen_phase(5, "Another date.", **two.tested.by(SUPPLIER).args)


def pin_there(two: Two) -> None:
    two.tested.pin(replace(CONTRACT, version="1.8", digest="f" * 64))


def lose_a_run_there(two: Two) -> None:
    two.tested.last_digest = "0" * 64
    two.tested.run("testing")


def note_there(two: Two) -> None:
    recorded = two.tested.project.standing.runs_by_digest[two.digest()]
    args = two.tested.by(SUPPLIER).args
    two.tested.project.note_correction(recorded.version, "Recorded late.", **args)


def revoke_there(two: Two) -> None:
    key = KeyPin("sari", Party.SUPPLIER, "", "ed25519:" + "7" * 64)
    two.tested.pin(key)
    args = two.tested.by(ACCOUNT).args
    two.tested.project.revoke_key("sari", key.public_key, "Lost.", **args)


@pytest.mark.parametrize(
    "happens", [reopen_there, pin_there, lose_a_run_there, note_there, revoke_there]
)
def test_what_is_decided_there_about_that_project_ends_nothing_here(
    happens: Callable[[Two], None],
) -> None:
    """ADR 0061: of each it is said there why."""
    two = approved(Two().walked())
    happens(two)
    two.save(two.tested)
    assert not ends(two)
    assert not gate_codes(two.joins)
    agree(two.told)


def test_a_defect_that_is_open_again_there_ends_nothing_here(ready: Two) -> None:
    """The evidence of its retest is gone, not the run that is referred to."""
    world = ready.tested
    name = fixed(world, ready.digest(), Severity.CRITICAL)
    gone = world.run("testing")
    retest(world, name, gone)
    referred = world.run("testing")
    ready.save(world)
    ready.joins.now = world.now
    ready.refer(referred)
    ready.save(ready.joins)
    world.project.withdraw_evidence(gone, "Another release.", **world.by(SUPPLIER).args)
    ready.save(world)
    assert [each.id for each in world.project.standing.open_observations()] == [name]
    assert not ends(ready)
    assert referred in ready.joins.counting()
    agree(ready.told)


def test_what_has_ended_is_not_referred_to_once_more() -> None:
    two = Two().walked()
    observe(two)
    assert codes(lambda: two.refer(two.digest())) == {Code.EVIDENCE_REPEATED}


def test_a_newer_run_is_referred_to_once_the_defect_was_none() -> None:
    """The ordinary means: it is run again there, and signed and approved again here."""
    two = approved(Two().walked())
    referred = two.digest()
    observe(two)
    assert ends(two) == [(referred, Ending.OBSERVED)]
    (closed,) = (e for e in gate(two.joins).objections if e.code is Code.EVIDENCE_WITHDRAWN)
    assert closed.sentence.endswith("Run the suite here, or refer to a newer run there.")
    two.tested.run("testing")
    two.save(two.tested)
    two.refer(two.digest())  # nothing here knows of the observation; the ledger asks there
    (event,) = (e for e in two.joins.project.pending_events if isinstance(e, EvidenceReferred))
    assert {e.code for e in agrees(event, two.tested.project)} == {Code.OBSERVATION_OPEN}

    second = person("sanna", Party.SUPPLIER)
    none = two.tested.by(second).args
    two.tested.project.withdraw_observation("obs-1", "It was none.", **none)
    two.save(two.tested)
    assert not list(agrees(event, two.tested.project))
    with pytest.raises(Refused, match="no end is taken back: let a newer run be recorded in"):
        two.refer(referred)
    two.joins.sign(two.digest())
    approved(two)
    assert not gate_codes(two.joins)
    assert two.digest() in two.joins.counting()
    two.save(two.joins)
    assert agree(two.told)[JOINS].standing == two.joins.project.standing


def test_an_older_run_that_is_recorded_late_ends_nothing() -> None:
    """It was red before the reopening, and the run that is referred to says that it follows it."""
    two = Two()
    two.tested.to_phase(5)
    red = two.tested.evidence("testing", RED)
    two.tested.project.reopen_phase(5, "The file is lost.", **two.tested.by(SUPPLIER).args)
    two.tested.last_digest = red.digest
    green = two.tested.run("testing")
    two.save(two.tested)
    two.joins.pin_all()
    two.agreed()
    two.joins.now = two.tested.now
    two.refer(green)
    two.save(two.joins)
    two.tested.record(red)
    two.save(two.tested)
    assert not [each for each in two.told if isinstance(each, ReferenceEnded)]
    agree(two.told)


def test_that_production_was_opened_on_it_is_told() -> None:
    two = opened(Two().walked())
    withdraw(two)
    assert two.joins.project.standing.opened_on_withdrawn() == (two.digest(),)
    assert agree(two.told)[JOINS].standing.opened_on_withdrawn() == (two.digest(),)


def test_it_ends_once_and_not_when_it_was_withdrawn_here_before() -> None:
    two = Two().walked()
    args = two.joins.by(SUPPLIER).args
    two.joins.project.withdraw_evidence(two.digest(), "Not our system.", **args)
    two.save(two.joins)
    withdraw(two)
    assert not [each for each in two.told if isinstance(each, ReferenceEnded)]
    agree(two.told)

    two = Two().walked()
    green = two.digest()
    two.tested.run("testing", outcomes=RED)
    args = two.tested.by(SUPPLIER).args
    two.tested.project.withdraw_evidence(green, "It was red.", **args)
    two.save(two.tested)
    assert len([each for each in two.told if isinstance(each, ReferenceEnded)]) == 1
    agree(two.told)


def test_who_lost_a_key_here_still_withdraws_there() -> None:
    """Else nobody could close this gate from there; with that key nothing else is done here."""
    two = Two().walked()
    world, key = two.joins, "ed25519:" + "4" * 64
    lost = KeyPin("sanna", Party.SUPPLIER, "developer", key)
    world.pin(lost)
    world.project.revoke_key("sanna", key, "Lost.", **world.by(ACCOUNT).args)
    two.save(world)
    args = two.tested.by(lost.actor).args
    two.tested.project.withdraw_evidence(two.digest(), "Another release.", **args)
    two.save(two.tested)
    assert two.digest() not in world.counting()
    command = lambda: world.project.request_opening(**world.by(lost.actor).args)  # noqa: E731
    assert Code.KEY_REVOKED in codes(command)


def test_nothing_ends_that_is_no_reference(ready: Two) -> None:
    world = ready.joins
    ready.refer(ready.digest())
    own = world.run("connection")
    for digest, source in ((own, TESTED), (ready.digest(), "third"), ("0" * 64, TESTED)):
        told = (digest, source, 5, Ending.WITHDRAWN)
        command = lambda told=told: world.project.end_reference(*told, **world.by(SUPPLIER).args)  # noqa: E731
        assert codes(command) == {Code.NOTHING_TO_CORRECT}


# Forged histories: what one project's rules cannot see, all of them together do


def ended() -> tuple[list[JoiningEvent], int]:
    """A ledger in which a reference ended and its project went on, and the place of its end."""
    two = Two().walked()
    withdraw(two)
    two.joins.run("connection")
    two.save(two.joins)
    (place,) = [n for n, each in enumerate(two.told) if isinstance(each, ReferenceEnded)]
    return two.told, place


def moved_up(told: list[JoiningEvent], place: int) -> list[JoiningEvent]:
    """The same, with the versions of that project closed up behind what was left out."""
    return [
        *told[:place],
        *(
            replace(each, originator_version=each.originator_version - 1)
            for each in told[place + 1 :]
            if each.originator_id == told[place].originator_id
        ),
    ]


def test_an_end_that_is_left_out() -> None:
    told, place = ended()
    agree(told)
    with pytest.raises(IntegrityBroken, match=r"withdrew evidence .* not told there"):
        agree(moved_up(told, place))
    with pytest.raises(IntegrityBroken, match=r"withdrew evidence .* not told there"):
        agree(told[:place])


def test_an_end_that_comes_late() -> None:
    """Something happened in the project between the withdrawal there and its being told."""
    told, place = ended()
    later = next(n for n, e in enumerate(told) if n > place and e.originator_id == JOINS)
    version = told[place].originator_version
    swapped = {
        place: replace(told[later], originator_version=version),
        later: replace(told[place], originator_version=version + 1),
    }
    with pytest.raises(IntegrityBroken, match="not told there"):
        agree([swapped.get(n, each) for n, each in enumerate(told)])


@pytest.mark.parametrize(
    "changes", [{"ending": Ending.FAILED}, {"source_version": 3}], ids=["why", "by which event"]
)
def test_an_end_for_another_reason(changes: dict[str, object]) -> None:
    told, place = ended()
    event = told[place]
    assert isinstance(event, ReferenceEnded)
    with pytest.raises(IntegrityBroken, match="has not ended"):
        agree([*told[:place], replace(event, **changes)])  # type: ignore[arg-type]


def test_an_end_that_nothing_led_to() -> None:
    two = Two().walked()
    told = (two.digest(), TESTED, 5, Ending.WITHDRAWN)
    two.joins.project.end_reference(*told, **two.joins.by(SUPPLIER).args)
    with pytest.raises(IntegrityBroken, match="has not ended"):
        agree([*two.told, *events(two.joins.project)])


def test_a_reference_that_comes_before_what_it_refers_to() -> None:
    two = Two().walked()
    theirs = [each for each in two.told if each.originator_id == TESTED]
    ours = [each for each in two.told if each.originator_id == JOINS]
    first = next(n for n, each in enumerate(theirs) if evidence_of(each) == two.digest())
    agree([*theirs, *ours])
    with pytest.raises(Refused, match="no such run"):
        agree([*theirs[:first], *ours])


def test_an_opening_on_what_was_withdrawn_there_before() -> None:
    """The keeper appends the withdrawal first, and leaves out what follows from it."""
    two = opened(Two().walked())
    withdraw(two)
    told = [each for each in two.told if not isinstance(each, ReferenceEnded)]
    opening = next(n for n, each in enumerate(told) if isinstance(each, ProductionOpened))
    with pytest.raises(IntegrityBroken, match="not told there"):
        agree([*told[:opening], told[-1], told[opening]])


# Values


@pytest.mark.parametrize(
    "changes",
    [
        {"suites": ("testing", "supplier")},
        {"suites": ("testing", "testing")},
        {"max_age_days": 0},
        {"max_age_days": 367},
        {"system_release": ""},
        {"organisation": ""},
        {"source": "No Slug"},
    ],
)
def test_a_policy_that_no_record_can_hold(changes: dict[str, object]) -> None:
    world = World(supplier=SOFTWARE)
    with pytest.raises(Malformed):
        world.project.pin(replace(PIN, **changes), **world.by(SUPPLIER).args)  # type: ignore[arg-type]


def test_a_confirmation_names_all_that_is_agreed_to() -> None:
    others = (
        replace(PIN, source="third"),
        replace(PIN, organisation="Toinen Oy"),
        replace(PIN, system_release="3.2"),
        replace(PIN, suites=("testing",)),
        replace(PIN, max_age_days=61),
    )
    assert len({each.pin_digest for each in (PIN, *others)}) == 6
