"""A changed contract: exactly the scenarios that it touches are stale, the others stay valid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import IntegrityBroken
from harness.joining.events import ContractPinned, JoiningEvent, Kept, Kind
from harness.joining.evidence import Outcome
from harness.joining.gate import objections
from harness.joining.objections import Objection, Refused
from harness.joining.objections import ObjectionCode as Code
from harness.joining.pins import ContractPin
from harness.joining.policy import GatePolicy
from harness.joining.project import replay
from harness.joining.runs import complete, judge
from harness.joining.text import Malformed
from harness.vocabulary import Level
from tests.joining.world import APPROVER, CONTRACT, SERVER, SUITES, SUPPLIER, World

NEW = ContractPin(CONTRACT.name, "1.8", "9" * 64)
GOOD, FAULT, REACHABLE = "testing/good", "testing/fault", "connection/reachable"


def kept(*scenarios: str, suite: str = "testing", **changes: str) -> Kept:
    """What is kept of runs under the first contract."""
    made = Kept(CONTRACT.ref, CONTRACT.digest, suite, SUITES[suite].digest, tuple(scenarios))
    return replace(made, **changes)  # type: ignore[arg-type]


SYSTEM = kept("supplier/item", "supplier/retry", suite="supplier")
ALL = (kept(REACHABLE, suite="connection"), SYSTEM, kept(FAULT, GOOD))


def found(world: World, **around: object) -> tuple[Objection, ...]:
    disk = {CONTRACT.ref: CONTRACT.digest, NEW.ref: NEW.digest}
    seen = replace(world.surroundings(), **{"contracts": disk, **around})  # type: ignore[arg-type]
    return objections(world.project, GatePolicy(), world.now, seen)


def history(world: World) -> list[JoiningEvent]:
    return cast("list[JoiningEvent]", list(world.project.pending_events))


def codes(world: World) -> set[Code]:
    return {each.code for each in found(world)}


def stale(world: World) -> dict[str, tuple[str, ...]]:
    """Subjects of STALE_CONTRACT by the command that clears it."""
    return {o.command: o.subjects for o in found(world) if o.code is Code.STALE_CONTRACT}


def under_new(**changes: object) -> dict[str, object]:
    return {"contract": NEW.ref, "contract_digest": NEW.digest, **changes}


def test_a_change_that_touches_nothing_leaves_the_gate_open_but_for_canaries() -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=ALL))
    assert codes(world) == {Code.CANARIES_MISSING}
    world.plant(**under_new())
    assert codes(world) == set()


def test_the_objection_names_exactly_the_touched_scenarios_and_the_command() -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=(ALL[0], SYSTEM, kept(GOOD))))
    (objection,) = [each for each in found(world) if each.code is Code.STALE_CONTRACT]
    assert objection.subjects == (FAULT,)
    assert objection.command == "harness run --suite testing --endpoint qa"
    assert "1 of 2 required scenarios of testing" in objection.sentence
    assert "stays valid" in objection.sentence
    assert CONTRACT.ref in objection.sentence
    assert NEW.ref in objection.sentence


def test_without_anything_kept_every_scenario_is_stale() -> None:
    world = World().ready()
    world.pin(NEW)
    assert sorted(stale(world).values()) == [
        (REACHABLE,),
        ("supplier/item", "supplier/retry"),
        (FAULT, GOOD),
    ]
    assert all("must be run again" in o.sentence for o in found(world) if o.subjects == (FAULT,))


def test_nothing_is_kept_before_another_party_confirms_the_change() -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=ALL), confirmed=False)
    pin = world.project.standing.contract_pin(NEW.name)
    assert pin == CONTRACT
    world.run("testing", **under_new())
    assert sorted(stale(world).values()) == [(FAULT, GOOD)]  # under a contract only proposed


def test_a_confirmation_names_what_is_kept() -> None:
    one, other = replace(NEW, keeps=ALL), replace(NEW, keeps=ALL[:1])
    assert len({NEW.pin_digest, one.pin_digest, other.pin_digest}) == 3
    world = World().ready()
    world.pin(one, confirmed=False)
    with pytest.raises(Refused, match="NOTHING_TO_CONFIRM"):
        world.project.confirm_pin(*NEW.key, other.pin_digest, **world.by(APPROVER).args)


@pytest.mark.parametrize("name", ["suite_digest", "contract_digest"])
def test_only_runs_of_that_very_suite_and_contract_are_kept(name: str) -> None:
    world = World().ready()
    world.run("testing", **{name: "5" * 64})
    world.pin(replace(NEW, keeps=ALL))
    assert (FAULT, GOOD) in stale(world).values()


def test_a_whole_run_under_the_new_contract_counts_as_before() -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=(ALL[0], SYSTEM, kept(GOOD))))
    digest = world.run("testing", **under_new())
    assert Code.STALE_CONTRACT not in codes(world)
    assert digest in world.counting()
    assert Code.SIGN_OFF_MISSING in codes(world)  # the signatures were for other inputs


def test_runs_are_not_merged() -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=(ALL[0], SYSTEM, kept(GOOD))))
    world.run("testing", **under_new(), outcomes={GOOD: Outcome.NOT_RUN})
    assert (FAULT,) in stale(world).values()


def test_a_newer_failure_under_the_new_contract_closes() -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=ALL))
    world.run("testing", **under_new(), outcomes={GOOD: Outcome.FAILED, FAULT: Outcome.NOT_RUN})
    (failed,) = [each for each in found(world) if each.code is Code.FAILED]
    assert failed.subjects == (GOOD,)
    assert NEW.ref in failed.sentence


@pytest.mark.parametrize(("keeps", "closed"), [((kept(GOOD),), True), ((kept(FAULT),), False)])
def test_a_newer_failure_under_the_old_contract_closes_where_that_makes_no_difference(
    keeps: tuple[Kept, ...], closed: bool
) -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=keeps))
    world.run("testing", **under_new())
    world.run("testing", outcomes={GOOD: Outcome.FAILED, FAULT: Outcome.NOT_RUN})
    assert (Code.FAILED in codes(world)) is closed


def test_a_failure_elsewhere_under_the_new_contract_says_nothing() -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=ALL))
    partial = {GOOD: Outcome.FAILED, FAULT: Outcome.NOT_RUN}
    world.run("testing", **under_new(harness_version="0.2.0"), outcomes=partial)
    world.plant(**under_new())
    assert codes(world) == set()


def test_an_approval_ends_with_a_failure_under_the_new_contract() -> None:
    """A later pass under the old one does not bring it back."""
    world = World().ready()
    world.pin(replace(NEW, keeps=ALL))
    partial = {GOOD: Outcome.FAILED, FAULT: Outcome.NOT_RUN}
    world.run("testing", **under_new(), outcomes=partial)
    world.run("testing")
    assert {Code.APPROVAL_MISSING, Code.SIGN_OFF_MISSING} <= codes(world)
    assert Code.FAILED not in codes(world)


def _shown_at_server(world: World, **changes: object) -> None:
    world.run("supplier")
    world.run("testing", level=Level.SERVER, endpoint=SERVER, **changes)
    world.run("testing", outcomes={FAULT: Outcome.NOT_REALISABLE})


AT_SERVER = "harness run --suite testing --endpoint NAME"


def test_what_was_shown_at_level_server_is_kept_alike() -> None:
    world = World().to_phase(5)
    _shown_at_server(world)
    world.pin(replace(NEW, keeps=ALL))
    assert stale(world) == {}
    assert Code.NEVER_RUN not in codes(world)
    world.pin(replace(NEW, keeps=(ALL[0], SYSTEM, kept(GOOD))))
    assert stale(world) == {AT_SERVER: (FAULT,)}
    world.run("testing", **under_new(level=Level.SERVER, endpoint=SERVER))
    assert stale(world) == {}


def test_a_failure_at_level_server_under_either_contract_closes() -> None:
    for changes in ({}, under_new()):
        world = World().to_phase(5)
        _shown_at_server(world)
        world.pin(replace(NEW, keeps=ALL))
        failed = {FAULT: Outcome.FAILED, GOOD: Outcome.NOT_RUN}
        world.run("testing", **changes, level=Level.SERVER, endpoint=SERVER, outcomes=failed)
        assert Code.FAILED in codes(world)


def test_what_the_test_endpoint_cannot_do_is_stale_at_server_only() -> None:
    world = World().to_phase(5)
    _shown_at_server(world)
    world.pin(replace(NEW, keeps=(ALL[0], SYSTEM)))
    assert stale(world) == {
        AT_SERVER: (FAULT,),
        "harness run --suite testing --endpoint qa": (GOOD,),
    }


def test_only_the_version_in_the_configuration_may_differ() -> None:
    world = World().ready()
    world.pin(replace(NEW, keeps=ALL))
    world.plant(**under_new())
    now = dict.fromkeys(("qa", "own", "mock"), "1" * 64)
    assert {o.code for o in found(world, configuration_digests=now)} == {Code.CODE_CHANGED}
    earlier = {("qa", CONTRACT.ref): "f" * 64}
    assert not found(world, configuration_digests=now, earlier_configuration=earlier)
    moved = {("qa", CONTRACT.ref): "2" * 64}
    left = found(world, configuration_digests=now, earlier_configuration=moved)
    assert {o.code for o in left} == {Code.CODE_CHANGED}


# forged --------------------------------------------------------------------------------------


MALFORMED = {
    "another contract": (kept(GOOD, contract="asiointitili/paluukanava/2018"),),
    "the pinned contract itself": (kept(GOOD, contract=NEW.ref, contract_digest=NEW.digest),),
    "not sorted": ALL[::-1],
    "twice": (ALL[0], ALL[0]),
    "twice with other scenarios": (kept(FAULT), kept(GOOD)),
}


@pytest.mark.parametrize("keeps", MALFORMED.values(), ids=list(MALFORMED))
def test_a_pin_with_such_kept_evidence_cannot_be_written(keeps: tuple[Kept, ...]) -> None:
    world = World().ready()
    version = world.project.version
    with pytest.raises(Malformed):
        world.pin(replace(NEW, keeps=keeps))
    assert world.project.version == version


@pytest.mark.parametrize("scenarios", [(), (GOOD, FAULT), (GOOD, GOOD), ("",)])
def test_kept_scenarios_are_some_sorted_and_each_once(scenarios: tuple[str, ...]) -> None:
    with pytest.raises(Malformed):
        kept(*scenarios)


@pytest.mark.parametrize("name", ["contract_digest", "suite_digest"])
def test_kept_evidence_names_digests(name: str) -> None:
    with pytest.raises(Malformed):
        kept(GOOD, **{name: "latest"})


REFUSED = {
    "a scenario that is not required": kept("testing/fine"),
    "a scenario of another suite": kept(REACHABLE),
    "a suite that is not pinned": kept(GOOD, suite_digest="5" * 64),
    "a suite that does not exist": replace(kept(GOOD), suite="unheard-of"),
    "a contract no run was made under": kept(GOOD, contract_digest="5" * 64),
    "a version no run was made under": kept(GOOD, contract=f"{CONTRACT.name}/1.0"),
}


@pytest.mark.parametrize("keeps", REFUSED.values(), ids=list(REFUSED))
def test_a_pin_that_keeps_what_is_not_there_is_refused(keeps: Kept) -> None:
    world = World().ready()
    version = world.project.version
    with pytest.raises(Refused, match="EVIDENCE_UNKNOWN"):
        world.pin(replace(NEW, keeps=(keeps,)))
    assert world.project.version == version
    assert world.project.standing.contract_pin(NEW.name) == CONTRACT


@pytest.mark.parametrize("keeps", REFUSED.values(), ids=list(REFUSED))
def test_a_history_with_such_a_pin_is_not_what_happened(keeps: Kept) -> None:
    world = World().ready()
    events = history(world)
    version = world.project.version + 1
    by = world.by(SUPPLIER)
    right = ContractPinned(
        "kirjasto", version, by.at, by.event_id, by.actor, NEW.name, NEW.version, NEW.digest,
        None, ALL,
    )  # fmt: skip
    assert replay([*events, right]).version == version
    with pytest.raises(IntegrityBroken, match="could not have happened"):
        replay([*events, replace(right, keeps=(keeps,))])


# any history ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A run of the suite testing: under which contract, and what came of the two scenarios."""

    version: str
    fault: Outcome
    good: Outcome


VERSIONS = {"first": CONTRACT, "second": ContractPin(CONTRACT.name, "1.6", "6" * 64), "new": NEW}
made = st.builds(
    Made,
    st.sampled_from(sorted(VERSIONS)),
    st.sampled_from([Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.NOT_RUN]),
    st.sampled_from([Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.NOT_RUN]),
)
claims = st.dictionaries(
    st.sampled_from(["first", "second"]), st.sets(st.sampled_from([GOOD, FAULT]), min_size=1)
)


def expected(runs: Sequence[Made], claimed: dict[str, set[str]]) -> dict[Code, set[str]]:
    """What speaks against a suite, told from a list of its runs alone."""
    keeps = {name: claimed.get(name, set()) for name in ("first", "second")}
    keeps["new"] = {GOOD, FAULT}
    whole = [n for n, run in enumerate(runs) if Outcome.NOT_RUN not in {run.fault, run.good}]
    if not whole:
        return {Code.INCOMPLETE if runs else Code.NEVER_RUN: set()}
    last = whole[-1]
    wrong = {
        Code.STALE_CONTRACT: {GOOD, FAULT} - keeps[runs[last].version],
        Code.FAILED: _failed(runs[last]),
    }
    for run in runs[last + 1 :]:
        same = run.version == runs[last].version
        wrong[Code.FAILED] |= _failed(run) if same else _failed(run) & keeps[run.version]
    told = {code: names for code, names in wrong.items() if names}
    return told if Outcome.PASSED in {runs[last].fault, runs[last].good} else {
        **told, Code.INCOMPLETE: set()
    }  # fmt: skip


def _failed(run: Made) -> set[str]:
    outcomes = {GOOD: run.good, FAULT: run.fault}
    return {name for name, outcome in outcomes.items() if outcome is Outcome.FAILED}


@settings(max_examples=300, deadline=None)
@given(st.lists(made, max_size=6), claims)
def test_any_runs_under_any_contracts_are_judged_as_told(
    runs: list[Made], claimed: dict[str, set[str]]
) -> None:
    world = World(kind=Kind.REHEARSAL)
    world.pin_all(confirmed=False)
    for run in runs:
        pin = VERSIONS[run.version]
        outcomes = {GOOD: run.good, FAULT: run.fault}
        world.run("testing", contract=pin.ref, contract_digest=pin.digest, outcomes=outcomes)
    told = {name: each for name, each in claimed.items() if any(r.version == name for r in runs)}
    keeps = tuple(
        sorted(
            (
                kept(*sorted(each), contract=VERSIONS[n].ref, contract_digest=VERSIONS[n].digest)
                for n, each in told.items()
            ),
            key=lambda each: each.inputs,
        )
    )
    world.pin(replace(NEW, keeps=keeps), confirmed=False)
    seen: dict[Code, set[str]] = {}
    for each in judge(world.project.standing, "testing").objections:
        seen.setdefault(each.code, set()).update(each.subjects)
    if not any(complete(each.run) for each in world.project.standing.runs):
        seen = {code: set() for code in seen}  # which scenarios were left out is not the question
    assert seen == expected(runs, told)
    assert replay(history(world)).standing == world.project.standing
