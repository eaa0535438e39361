"""Parity is recorded, told at the gate, and demanded only where policy does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harness.errors import EvidenceError
from harness.joining.events import Kind
from harness.joining.evidence import EndpointSeen
from harness.joining.gate import WarningCode, judge_gate
from harness.joining.objections import ObjectionCode, Refused
from harness.joining.parity import Compared, DriftSeen, Parity, ScenarioCompared, is_parity
from harness.joining.policy import GatePolicy
from harness.joining.text import Malformed
from harness.vocabulary import Level
from tests.joining.world import CONTRACT, SEEN, SUITES, SUPPLIER, World

DRIFT = DriftSeen("code", "Result/Code", "200", "529")
DRIFTED = ScenarioCompared("testing/good", Compared.DRIFTED, drifts=(DRIFT,))
SAME = ScenarioCompared("testing/good", Compared.SAME)
REACHABLE = ScenarioCompared("connection/reachable", Compared.SAME)
LEFT = ScenarioCompared("testing/fault", Compared.NOT_REALISABLE, "needs faults of qa")
DEMANDED = GatePolicy(parity_days=10)


def parity(world: World, suite: str = "testing", **changes: object) -> Parity:
    world.count += 1
    made = Parity(
        run_id=f"parity-{world.count}",
        project="kirjasto",
        suite=suite,
        suite_digest=SUITES[suite].digest,
        contract=CONTRACT.ref,
        contract_digest=CONTRACT.digest,
        level=Level.TEST,
        endpoint=SEEN,
        operator=SUPPLIER,
        started=world.now,
        finished=world.now,
        configuration_digest="f" * 64,
        harness_version="0.1.0",
        scenarios=(REACHABLE, LEFT, SAME),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def record(world: World, made: Parity) -> None:
    assert world.project.record_parity(made, **world.by(SUPPLIER).args)


def codes(world: World, policy: GatePolicy = DEMANDED) -> list[tuple[ObjectionCode, str]]:
    result = judge_gate(world.project, policy, world.now, world.surroundings())
    return [(each.code, each.sentence.partition(":")[0]) for each in result.objections]


def told(world: World) -> list[str]:
    result = judge_gate(world.project, GatePolicy(), world.now, world.surroundings())
    return [each.sentence for each in result.warnings if each.code is WarningCode.PARITY]


def both(world: World, **changes: object) -> World:
    record(world, parity(world, "connection", **changes))
    record(world, parity(world, "testing", **changes))
    return world


def test_nothing_is_demanded_unless_policy_does() -> None:
    world = World().ready()
    assert codes(world, GatePolicy()) == []
    (sentence,) = told(world)
    assert "never compared" in sentence


def test_a_recent_comparison_without_drift_satisfies_the_demand() -> None:
    world = both(World().ready())
    assert codes(world) == []
    for suite, sentence in zip(("connection", "testing"), told(world), strict=True):
        assert sentence.startswith(f"{suite}: our account and the endpoint answered alike, 0 days")
        assert sentence.endswith("; 2 of 2 scenarios that both sides can play compared.")


MISSING = [(ObjectionCode.PARITY_MISSING, "connection"), (ObjectionCode.PARITY_MISSING, "testing")]


@pytest.mark.parametrize(
    "changes",
    [
        {"suite_digest": "0" * 64},
        {"contract_digest": "0" * 64},
        {"contract": "a/b/1"},
        {"level": Level.SERVER},
        {"endpoint": EndpointSeen("qa", "http", "http://127.0.0.1:9/ws")},
        {"endpoint": EndpointSeen("qa", "http", SEEN.address, "0" * 64)},
        {"endpoint": EndpointSeen("other", "http", SEEN.address)},
        {"scenarios": (LEFT,)},
    ],
)
def test_a_comparison_of_anything_else_does_not_count(changes: dict[str, object]) -> None:
    assert codes(both(World().ready(), **changes)) == MISSING


def test_none_and_an_old_one_are_missing() -> None:
    world = World().ready()
    assert codes(world) == MISSING
    both(world)
    world.now += timedelta(days=9, hours=23)
    assert ObjectionCode.PARITY_MISSING not in {code for code, _ in codes(world)}
    world.now += timedelta(days=1)
    assert set(MISSING) <= set(codes(world))


def test_a_drift_closes_the_gate_until_a_newer_one_is_without() -> None:
    world = both(World().ready(), scenarios=(REACHABLE, LEFT, DRIFTED))
    assert [code for code, _ in codes(world)] == [ObjectionCode.PARITY_DRIFT] * 2
    assert codes(world, GatePolicy()) == []
    assert all("differed: 1 code" in sentence for sentence in told(world))
    world.now += timedelta(minutes=1)
    assert codes(both(world)) == []


OTHER = ScenarioCompared("testing/zeal", Compared.SAME)
NOT_JUDGED = ScenarioCompared("testing/good", Compared.NOT_COMPARED, "no answer at qa")
EXCUSED = ScenarioCompared("testing/good", Compared.NOT_REALISABLE, "needs clock of qa")
OPTIONAL = ScenarioCompared("testing/zeal", Compared.NOT_COMPARED, "no answer at qa")


@pytest.mark.parametrize(
    ("scenarios", "why"),
    [
        ((LEFT, OTHER), "1 not run"),
        ((LEFT, NOT_JUDGED, OTHER), "1 not judged"),
        ((LEFT, EXCUSED, OTHER), "1 not judged"),
    ],
    ids=["not run", "not judged", "needs nothing, whatever the file says"],
)
def test_obligatory_scenarios_that_were_left_out_are_an_objection(
    scenarios: tuple[ScenarioCompared, ...], why: str
) -> None:
    world = World().ready()
    record(world, parity(world, "connection"))
    record(world, parity(world, "testing", scenarios=scenarios))
    result = judge_gate(world.project, DEMANDED, world.now, world.surroundings())
    (objection,) = result.objections
    assert objection.code is ObjectionCode.PARITY_INCOMPLETE
    said = f"testing: 1 obligatory scenario not compared with the endpoint ({why})."
    assert objection.sentence.startswith(said)
    assert objection.subjects == ("testing/good",)
    assert objection.command == "harness parity --endpoint qa --suite testing"
    assert codes(world, GatePolicy()) == []
    record(world, parity(world, "testing"))
    assert codes(world) == []


def test_what_was_left_out_may_be_optional_or_not_realisable() -> None:
    world = World().ready()
    record(world, parity(world, "connection"))
    record(world, parity(world, "testing", scenarios=(LEFT, SAME, OPTIONAL)))
    assert codes(world) == []
    assert told(world)[1].endswith("; 1 of 2 scenarios that both sides can play compared.")


def test_what_drifted_and_what_was_left_out_are_both_told() -> None:
    world = World().ready()
    record(world, parity(world, "connection"))
    drifted = ScenarioCompared("testing/zeal", Compared.DRIFTED, drifts=(DRIFT,))
    record(world, parity(world, "testing", scenarios=(LEFT, drifted)))
    found = [code for code, _ in codes(world)]
    assert found == [ObjectionCode.PARITY_INCOMPLETE, ObjectionCode.PARITY_DRIFT]


def test_a_comparison_recorded_without_its_scenarios_counts_only_if_it_left_none_out() -> None:
    """The first version of the event told how many, not which."""
    world = World().ready()
    record(world, parity(world, "connection"))
    made = parity(world, "testing")
    first = replace(made.summary(), outcomes=())
    world.project.standing.parities[made.digest] = first
    assert codes(world) == [(ObjectionCode.PARITY_INCOMPLETE, "testing")]
    assert told(world)[1].endswith("; 2 compared, 1 scenario not.")
    world.project.standing.parities[made.digest] = replace(first, not_compared=0)
    assert codes(world) == []


def test_numbers_that_are_not_those_of_the_outcomes_are_refused() -> None:
    summary = parity(World()).summary()
    with pytest.raises(Malformed, match="not those of their outcomes"):
        replace(summary, not_compared=0)
    with pytest.raises(Malformed, match="not sorted, or name one thing twice"):
        replace(summary, outcomes=summary.outcomes[::-1])


def test_a_comparison_from_the_future_shows_nothing_and_hides_nothing_once_withdrawn() -> None:
    """Else one made with a clock a year ahead would be the newest, and recent, all year."""
    world = World().ready()
    ahead = world.now + timedelta(days=365)
    early = parity(world, "testing", started=ahead, finished=ahead)
    record(world, parity(world, "connection"))
    record(world, early)
    record(world, parity(world, "testing", scenarios=(LEFT, DRIFTED)))
    assert codes(world) == [
        (ObjectionCode.FROM_THE_FUTURE, "The newest comparison of testing ended at 2027-11-22T08")
    ]
    world.project.withdraw_evidence(early.digest, "A wrong clock.", **world.by(SUPPLIER).args)
    assert codes(world) == [(ObjectionCode.PARITY_DRIFT, "testing")]
    assert "differed: 1 code" in told(world)[1]


def test_two_honest_clocks_may_differ() -> None:
    world = World().ready()
    soon = world.now + timedelta(seconds=DEMANDED.clock_skew_seconds)
    assert codes(both(world, finished=soon)) == []


def test_a_rehearsal_compares_with_anybody() -> None:
    world = World(kind=Kind.REHEARSAL).to_phase(6)
    assert told(world) == []
    both(world, level=Level.SERVER, endpoint=EndpointSeen("server", "http", "http://127.0.0.1:0/"))
    assert len(told(world)) == 2
    assert "our account and server, of level server only, answered alike" in told(world)[0]


def test_whom_a_rehearsal_was_compared_with_is_told_where_it_is_demanded_too() -> None:
    """Else its gate would be silent, as if the service had been compared."""
    world = World(kind=Kind.REHEARSAL).to_phase(6)
    both(world, level=Level.SERVER, endpoint=EndpointSeen("server", "http", "http://127.0.0.1:0/"))
    result = judge_gate(world.project, DEMANDED, world.now, world.surroundings())
    said = [each.sentence for each in result.warnings if each.code is WarningCode.PARITY]
    assert len(said) == 2
    assert "server, of level server only" in said[0]
    assert not [each for each in result.objections if "PARITY" in each.code]


def test_but_not_with_our_account_itself() -> None:
    world = World(kind=Kind.REHEARSAL).to_phase(6)
    both(world, level=Level.MOCK, endpoint=EndpointSeen("mock", "in-process", "mock"))
    assert told(world) == []
    assert set(MISSING) <= set(codes(world))


def test_it_is_recorded_once_and_in_its_project() -> None:
    world = World().ready()
    made = parity(world)
    record(world, made)
    assert not world.project.record_parity(made, **world.by(SUPPLIER).args)
    altered = replace(made, scenarios=(DRIFTED,))
    with pytest.raises(Refused, match="in this or another wording"):
        world.project.record_parity(altered, **world.by(SUPPLIER).args)
    with pytest.raises(Refused, match="of the project other"):
        world.project.record_parity(
            replace(made, project="other", run_id="x"), **world.by(SUPPLIER).args
        )


# The file


def test_the_file_reads_back_and_names_itself() -> None:
    made = parity(World(), scenarios=(LEFT, DRIFTED))
    data = made.to_bytes()
    assert Parity.from_bytes(data) == made
    assert made.summary().digest == made.digest
    assert (made.summary().compared, made.summary().not_compared) == (1, 1)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b'"same"', b'"good"'),
        (b'"same"', b'"drifted"'),
        (b'"format":', b'"Format":'),
        (b'"reason":""', b'"reason" :""'),
        (b'"contract":', b'"extra":1,"contract":'),
        (b"needs faults", b"010190-9006"),
        (b"\n", b""),
    ],
)
def test_an_altered_file_is_refused(was: bytes, now: bytes) -> None:
    data = parity(World()).to_bytes()
    altered = data.replace(was, now, 1)
    assert altered != data
    with pytest.raises(EvidenceError):
        Parity.from_bytes(altered)


def test_what_is_no_such_file_is_told_apart() -> None:
    assert not is_parity(b"[" * 100_000)
    assert not is_parity(b'{"format": 1}')
    with pytest.raises(EvidenceError, match="no file of the format"):
        Parity.from_bytes(b"{}")


def test_an_outcome_is_what_its_drifts_say() -> None:
    with pytest.raises(Malformed):
        ScenarioCompared("testing/a", Compared.SAME, drifts=(DRIFT,))
    with pytest.raises(Malformed):
        ScenarioCompared("testing/a", Compared.DRIFTED)
    with pytest.raises(Malformed):
        ScenarioCompared("testing/a", Compared.NOT_COMPARED)
