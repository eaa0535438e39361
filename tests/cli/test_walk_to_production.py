"""A joining project goes through all phases by commands alone and ends in production opened.

The evidence is of level ``test``, from a loopback endpoint that is pinned as such; what that
endpoint cannot realise is shown at level ``server``. Every person acts with a key of their own.
"""

import json
from collections import Counter
from datetime import datetime
from itertools import pairwise

from tests.cli.conftest import Walk
from tests.cli.support import PEOPLE, QUEUED, Project


def test_production_is_open(walk: Walk) -> None:
    state = walk.stages["opened"].state()
    assert state["kind"] == "joining"
    assert [each["complete"] for each in state["phases"]] == [True] * 8
    assert state["opening"]["actor"]["id"] == "owner"
    assert state["opening"]["evidence"] == state["counting_evidence"]
    assert state["opening"]["policy"] == {
        "max_age_days": 60,
        "clock_skew_seconds": 300,
        "operations_percent": 100,
        "codes_percent": 0,
        "obligatory_points_percent": 0,
        "points_percent": 0,
        "parity_days": 0,
        "canaries": ["testing"],
        "observations": "major",
    }
    start, end = map(datetime.fromisoformat, state["window"])
    assert start <= datetime.fromisoformat(state["opening"]["at"]) <= end


def test_the_gate_was_open_before_and_said_what_else_to_know(walk: Walk) -> None:
    result = walk.stages["approved"].must("gate", "--json")
    assert (result.data["open"], result.data["objections"]) == (True, [])
    notes = {each["code"]: each["subjects"] for each in result.data["warnings"]}
    told = [e["subjects"] for e in result.data["warnings"] if e["code"] == "SHOWN_ELSEWHERE"]
    assert any(QUEUED in subjects for subjects in told)
    assert "SYSTEM_NOT_SEEN" not in notes
    assert result.data["not_compared"] == []


def test_the_counting_evidence_is_of_the_pinned_test_endpoint(walk: Walk) -> None:
    state = walk.stages["opened"].state()
    runs = {each["run"]["digest"]: each["run"] for each in state["runs"]}
    counting = [runs[each] for each in state["counting_evidence"]]
    assert {each["suite"]: each["driver"] for each in counting} == {
        "connection": "harness",
        "testing": "harness",
        "supplier": "system",
    }
    (system,) = (each for each in counting if each["driver"] == "system")
    assert system["system_release"] == "1.0"
    assert {each["level"] for each in counting} == {"test"}
    assert {each["endpoint"]["address"] for each in counting} == {walk.qat.url}
    shown = [o for each in counting if each["driver"] == "harness" for o in each["outcomes"]]
    elsewhere = {o["id"] for o in shown if o["outcome"] == "not-realisable"}
    assert QUEUED in elsewhere
    assert {o["id"] for o in shown if o["needs"]} >= elsewhere
    here = [o["outcome"] for o in shown if o["id"] not in elsewhere]
    assert len(here) > 40
    assert set(here) == {"passed"}
    observed, at_server = sorted(
        (each for each in runs.values() if each["level"] == "server"),
        key=lambda each: each["suite"],
    )
    relayed = {o["id"] for o in system["outcomes"] if o["outcome"] == "not-realisable"}
    seen = {o["id"] for o in observed["outcomes"] if o["outcome"] == "passed"}
    assert relayed - seen == {"supplier/signed-call-is-taken"}
    assert {o["outcome"] for o in system["outcomes"]} == {"passed", "not-realisable"}
    assert {o["outcome"] for o in at_server["outcomes"] if o["id"] == QUEUED} == {"passed"}
    pins = {each["name"]: each["effective"] for each in state["pins"]}
    assert pins["qat"]["pin"]["address"] == walk.qat.url
    assert {each["by"]["party"] for each in pins.values()} == {"supplier"}
    assert {each["confirmed_by"]["party"] for each in pins.values()} == {"account"}


def test_the_history_tells_who_did_what(walk: Walk) -> None:
    rows = walk.stages["opened"].events()
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(one["at"] <= other["at"] for one, other in pairwise(rows))
    assert all(row["sealed_size"] >= row["position"] for row in rows)
    assert {row["event"]["actor"]["assurance"] for row in rows} == {"key"}
    assert {row["event"]["actor"]["id"] for row in rows} == set(PEOPLE)
    kinds = Counter(row["topic"] for row in rows)
    assert kinds == {
        "joining.ProjectCreated.v1": 1,
        "joining.ContractPinned.v1": 1,
        "joining.SuitePinned.v1": 3,
        "joining.EndpointPinned.v1": 2,
        "joining.PinConfirmed.v1": 6,
        "joining.ItemRecorded.v1": 23,
        "joining.PhaseCompleted.v1": 7,
        "joining.TestRunRecorded.v1": 5,
        "joining.CanariesRecorded.v1": 1,
        "joining.SignedOff.v1": 2,
        "joining.OpeningRequested.v1": 1,
        "joining.OpeningApproved.v1": 1,
        "joining.ProductionOpened.v1": 1,
    }
    by = {row["topic"].split(".")[1]: row["event"]["actor"]["id"] for row in rows[-3:]}
    assert by == {
        "OpeningRequested": "owner",
        "OpeningApproved": "director",
        "ProductionOpened": "owner",
    }


def test_the_history_is_told_in_words(walk: Walk) -> None:
    lines = walk.stages["opened"].must("history").out.splitlines()
    assert len(lines) == len(walk.stages["opened"].events())
    assert "production opened" in lines[-1]
    assert "opening approved" in lines[-2]
    assert "opening requested" in lines[-3]


def test_each_phase_became_the_current_one_in_turn(walk: Walk) -> None:
    current = [json.loads(moment.state)["current_phase"] for moment in walk.moments]
    assert current == sorted(current)
    assert set(current) == set(range(7)) | {7, 8}


def test_the_forms_stand_in_the_record_with_the_digest_of_their_file(walk: Walk) -> None:
    rows = walk.stages["opened"].events("ItemRecorded")
    from_forms = [row["event"] for row in rows if row["event"]["source_digest"]]
    assert len(from_forms) == 20
    assert len({event["source_digest"] for event in from_forms}) == 4


def test_after_the_opening_it_stays_open_and_nothing_is_decided_again(walk: Walk) -> None:
    opened: Project = walk.stages["opened"]
    assert opened.codes() == ["ALREADY_OPEN"]
