"""Planted defects on record: what the gate makes of them, and what cannot enter the record."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.joining.canaries import CanaryEvidence, CheckedSuite, Killed, NotPlanted, is_canaries
from harness.joining.events import Kind
from harness.joining.gate import objections
from harness.joining.objections import Objection, ObjectionCode, Refused
from harness.joining.policy import GatePolicy
from harness.joining.text import Malformed
from tests.joining.world import CONTRACT, SUITES, World

MISSING, SURVIVED = ObjectionCode.CANARIES_MISSING, ObjectionCode.CANARIES_SURVIVED


def _told(world: World, policy: GatePolicy | None = None) -> list[Objection]:
    found = objections(world.project, policy or GatePolicy(), world.now, world.surroundings())
    return [each for each in found if each.code in {MISSING, SURVIVED}]


def _pinned(kind: Kind = Kind.JOINING) -> World:
    """A project whose contract and suites are pinned, without canaries."""
    world = World(kind)
    world.pin(CONTRACT)
    for pin in SUITES.values():
        world.pin(pin)
    return world


def test_without_canaries_of_the_testing_suite_the_gate_is_closed() -> None:
    (told,) = _told(_pinned())
    assert told.code is MISSING
    assert told.subjects == ("testing",)
    assert told.command == "harness canary"


def test_what_nobody_noticed_is_an_objection_that_names_it() -> None:
    world = _pinned()
    world.plant("rule/three", "answer/four")
    (told,) = _told(world)
    assert told.code is SURVIVED
    assert told.subjects == ("answer/four", "rule/three")
    assert "2 of 4 planted defects" in told.sentence


def test_where_all_were_noticed_nothing_is_said() -> None:
    world = _pinned()
    world.plant()
    assert _told(world) == []


def test_the_newest_counts() -> None:
    world = _pinned()
    world.plant("rule/three")
    world.plant()
    assert _told(world) == []
    world.plant("rule/three")
    assert [each.code for each in _told(world)] == [SURVIVED]


OTHER_SUITES = tuple(CheckedSuite(name, "7" * 64) for name in sorted(SUITES))
UNPINNED = (
    CheckedSuite("library", "7" * 64),
    CheckedSuite("testing", SUITES["testing"].digest),
)


@pytest.mark.parametrize(
    "changes",
    [
        {"suites": OTHER_SUITES},
        {"suites": UNPINNED},
        {"suites": (CheckedSuite("connection", SUITES["connection"].digest),)},
        {"contract_digest": "7" * 64},
        {"contract": f"{CONTRACT.name}/1.6"},
        {"harness_version": "0.0.9"},
    ],
    ids=["other files", "helped by an unpinned suite", "another suite", "contract", "version",
         "harness"],
)  # fmt: skip
def test_what_rests_on_anything_else_does_not_count(changes: dict[str, object]) -> None:
    world = _pinned()
    world.plant(**changes)
    assert [each.code for each in _told(world)] == [MISSING]


def test_a_rehearsal_needs_none() -> None:
    assert _told(_pinned(Kind.REHEARSAL)) == []


def test_the_policy_says_of_which_suites() -> None:
    assert _told(_pinned(), replace(GatePolicy(), canaries=())) == []
    both = replace(GatePolicy(), canaries=("connection", "testing", "unknown"))
    assert [each.subjects for each in _told(_pinned(), both)] == [("connection",), ("testing",)]


def test_of_another_project_or_twice_they_cannot_be_recorded() -> None:
    world = _pinned()
    with pytest.raises(Refused, match="ANOTHER_PROJECT"):
        world.plant(project="toinen")
    evidence = world.canaries()
    assert world.project.record_canaries(evidence, **world.by(world.recorder).args)
    assert not world.project.record_canaries(evidence, **world.by(world.recorder).args)
    assert len(world.project.standing.canaries) == 1


# the file


def _evidence() -> CanaryEvidence:
    gone = (NotPlanted("limit/x", "promised nowhere"),)
    return replace(World().canaries("rule/three"), not_planted=gone)


def test_what_is_written_is_read_back_exactly() -> None:
    data = _evidence().to_bytes()
    assert CanaryEvidence.from_bytes(data) == _evidence()
    assert is_canaries(data)
    assert not is_canaries(World().evidence().to_bytes())


def test_a_changed_file_is_refused() -> None:
    statement = json.loads(_evidence().to_bytes())
    del statement["predicate"]["survivors"]
    with pytest.raises(EvidenceError, match="survivors"):
        CanaryEvidence.from_bytes(json.dumps(statement).encode())
    spaced = json.dumps(json.loads(_evidence().to_bytes()), indent=1).encode()
    with pytest.raises(EvidenceError, match="as the harness wrote it"):
        CanaryEvidence.from_bytes(spaced)


@given(st.binary(max_size=100))
def test_any_bytes_raise_nothing_but_an_evidence_error(data: bytes) -> None:
    assert not is_canaries(data)
    with pytest.raises(EvidenceError):
        CanaryEvidence.from_bytes(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"killed": (), "survivors": ()},
        {"suites": ()},
        {"survivors": ("rule/two",)},
        {"killed": (Killed("b", "s/x"), Killed("a", "s/x"))},
    ],
    ids=["nothing planted", "no suite", "noticed and not", "not sorted"],
)
def test_what_contradicts_itself_cannot_stand(changes: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        World().canaries(**changes)
