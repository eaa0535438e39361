"""History: events survive JSON, tampered histories are refused, equal history is equal bytes."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter

from harness.errors import IntegrityBroken
from harness.joining.actor import Actor, Assurance, Party
from harness.joining.events import (
    EVENTS,
    JoiningEvent,
    Kind,
    OpeningApproved,
    OpeningRequested,
    PhaseCompleted,
    PinConfirmed,
    ProductionOpened,
    ProjectCreated,
    SignedOff,
    TestRunRecorded,
)
from harness.joining.objections import Refused
from harness.joining.project import JoiningProject, replay
from harness.joining.state import state, state_json
from harness.joining.text import Malformed
from tests.joining.story import full_history, shared
from tests.joining.world import AUTHORITY, SUPPLIER, World
from tests.support.identities import MISTYPED

HISTORY = full_history()
SHARED = shared()


def test_the_set_of_events_is_closed_and_every_one_is_tried_here() -> None:
    assert {type(each) for each in (*HISTORY, *SHARED)} == set(EVENTS.values())
    for topic, kind in EVENTS.items():
        assert topic == kind.TOPIC == kind.__dict__["TOPIC"]
        assert topic.rpartition(".v")[0] == f"joining.{kind.__name__}"


@pytest.mark.parametrize(
    "event", [*HISTORY, *SHARED], ids=lambda e: f"{e.originator_version}-{type(e).__name__}"
)
def test_an_event_survives_json_without_loss(event: JoiningEvent) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(type(event))
    data = adapter.dump_json(event)
    back = adapter.validate_json(data)
    assert back == event
    assert adapter.dump_json(back) == data
    for field in fields(event):
        assert type(getattr(back, field.name)) is type(getattr(event, field.name))


def test_replay_leads_to_equal_bytes_of_state_at_every_version() -> None:
    live = [state_json(replay(HISTORY[:place])) for place in range(1, len(HISTORY) + 1)]
    stored = [
        TypeAdapter(type(e)).validate_json(TypeAdapter(type(e)).dump_json(e)) for e in HISTORY
    ]
    again = [state_json(replay(stored[:place])) for place in range(1, len(stored) + 1)]
    assert live == again
    assert len(set(live)) == len(live)
    final = json.loads(live[-1])
    assert final["opening"]["actor"]["id"] == "aino"
    assert final["last_refusal"]["objections"]
    assert [each["complete"] for each in final["phases"]] == [True] * 8
    assert all(each["entered_at"] and each["completed_at"] for each in final["phases"])


def test_the_state_of_a_rehearsal_with_open_proposals_is_plain_json() -> None:
    world = World(kind=Kind.REHEARSAL)
    world.pin_all(confirmed=False)
    assert json.loads(state_json(world.project)) == state(world.project)


def _renumber(events: list[JoiningEvent]) -> list[JoiningEvent]:
    return [replace(event, originator_version=place) for place, event in enumerate(events, 1)]


def _without(kind: type[JoiningEvent]) -> Callable[[], list[JoiningEvent]]:
    return lambda: _renumber([each for each in HISTORY if not isinstance(each, kind)])


def _swapped() -> list[JoiningEvent]:
    events = list(HISTORY)
    events[-2], events[-3] = events[-3], events[-2]
    return _renumber(events)


def _old_one_again() -> list[JoiningEvent]:
    red = next(each for each in HISTORY if isinstance(each, TestRunRecorded))
    return _renumber([*HISTORY[:-3], red, *HISTORY[-3:]])


def _old_one_with_a_new_id() -> list[JoiningEvent]:
    run = next(each for each in HISTORY if isinstance(each, TestRunRecorded))
    return _renumber([*HISTORY[:-3], replace(run, event_id="other"), *HISTORY[-3:]])


def _approved_by_the_requester() -> list[JoiningEvent]:
    return [
        replace(each, actor=AUTHORITY) if isinstance(each, OpeningApproved) else each
        for each in HISTORY
    ]


def _opened_by_a_claimed_identity() -> list[JoiningEvent]:
    return [*HISTORY[:-1], replace(HISTORY[-1], actor=Actor("aino", Party.AUTHORITY))]


def _made_green() -> list[JoiningEvent]:
    """The evidence a sign-off names gets another digest."""
    changed = []
    for each in HISTORY:
        run = each.run if isinstance(each, TestRunRecorded) else None
        changed.append(replace(each, run=replace(run, digest="9" * 64)) if run else each)  # type: ignore[call-arg]
    return changed


def _a_rehearsal_after_all() -> list[JoiningEvent]:
    return [replace(HISTORY[0], kind=Kind.REHEARSAL), *HISTORY[1:]]  # type: ignore[call-arg]


def _other_stream() -> list[JoiningEvent]:
    return [*HISTORY[:4], replace(HISTORY[4], originator_id="koulu"), *HISTORY[5:]]


TAMPERED: dict[str, Callable[[], list[JoiningEvent]]] = {
    "L4 delete one in the middle": lambda: HISTORY[:5] + HISTORY[6:],
    "L5 delete the approval and renumber": _without(OpeningApproved),
    "delete the request": _without(OpeningRequested),
    "delete the sign-offs": _without(SignedOff),
    "delete the evidence": _without(TestRunRecorded),
    "delete the confirmations": _without(PinConfirmed),
    "delete the completions": _without(PhaseCompleted),
    "delete the creation": _without(ProjectCreated),
    "L6 swap two": _swapped,
    "L7 an old event again": _old_one_again,
    "L7 an old event again, with a new id": _old_one_with_a_new_id,
    "approved by the requester": _approved_by_the_requester,
    "opened by a claimed identity": _opened_by_a_claimed_identity,
    "evidence exchanged": _made_green,
    "a rehearsal that opened": _a_rehearsal_after_all,
    "an event of another project": _other_stream,
    "created twice": lambda: _renumber([HISTORY[0], *HISTORY]),
    "opened twice": lambda: _renumber([*HISTORY, replace(HISTORY[-1], event_id="x")]),
    "empty": list,
}


@pytest.mark.attacks
@pytest.mark.parametrize("attack", TAMPERED)
def test_a_tampered_history_is_refused_on_replay(attack: str) -> None:
    with pytest.raises(IntegrityBroken) as broken:
        replay(TAMPERED[attack]())
    assert broken.value.what


def test_the_untampered_history_opens() -> None:
    assert isinstance(HISTORY[-1], ProductionOpened)
    assert replay(HISTORY).standing.opening is not None


def test_an_event_id_is_used_once() -> None:
    world = World()
    args = world.by(SUPPLIER).args
    world.run("testing")
    args["event_id"] = "e0"
    with pytest.raises(Refused, match="EVENT_REPEATED"):
        world.project.record_run(world.evidence("testing"), **args)
    assert isinstance(world.project, JoiningProject)


@pytest.mark.parametrize(
    "changes",
    [
        {"originator_id": "../kirjasto"},
        {"originator_id": ""},
        {"event_id": ""},
        {"event_id": "x" * 101},
        {"name": "a\u202eb"},
        {"name": "x" * 3000},
        {"name": f"asiakas {MISTYPED}"},
    ],
)
def test_bad_text_is_refused_when_the_event_is_made(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(HISTORY[0], **changes)


def test_a_time_without_utc_is_refused() -> None:
    at = HISTORY[0].timestamp
    for other in (at.replace(tzinfo=None), at.astimezone(timezone(timedelta(hours=2)))):
        with pytest.raises(Malformed, match="UTC"):
            replace(HISTORY[0], timestamp=other)
    assert Assurance.KEY is SUPPLIER.assurance
