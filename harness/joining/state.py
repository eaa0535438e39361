"""The state of a project as plain JSON: schema-versioned, equal bytes for equal history."""

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from harness.joining.events import Value
from harness.joining.observations import Observation
from harness.joining.parity import ParitySummary
from harness.joining.pins import PinState
from harness.joining.plain import Json
from harness.joining.project import JoiningProject, counting_evidence
from harness.joining.standing import Standing
from harness.joining.text import iso

SCHEMA: Final = "connection-harness/project-state/1"


def state_json(project: JoiningProject) -> str:
    """The state as canonical JSON text with a newline at the end."""
    return json.dumps(state(project), sort_keys=True, ensure_ascii=False, indent=1) + "\n"


def state(project: JoiningProject) -> dict[str, Json]:
    """The state as plain JSON values. Times are UTC, ISO 8601."""
    standing = project.standing
    return {
        "schema": SCHEMA,
        "id": standing.id,
        "version": project.version,
        "name": standing.name,
        "kind": standing.kind.value,
        "organisation_kind": standing.organisation_kind.value,
        "process": standing.process.id,
        "organisations": plain(standing.organisations),
        "created_at": iso(project.created_on),
        "created_by": plain(standing.created_by),
        "modified_at": iso(project.modified_on),
        "current_phase": standing.current,
        "phases": [_phase(standing, number) for number in standing.phases],
        "pins": [_pin(state) for _, state in sorted(standing.pins.items())],
        "runs": [plain(each) for each in standing.runs],
        "parities": [_parity(each) for each in standing.parities.values()],
        "canaries": [plain(each) for each in standing.canaries.values()],
        "revoked_keys": [
            {"public_key": key, **_members(each)} for key, each in standing.revoked.items()
        ],
        "submissions": [plain(each) for each in standing.submissions.values()],
        "observations": [observation(each) for each in standing.observations.values()],
        "waivers": [plain(each) for each in standing.waivers.values()],
        "corrections": [plain(each) for each in standing.corrections.values()],
        "counting_evidence": list(counting_evidence(standing)),
        "window": plain(standing.window()),
        "request": plain(standing.request),
        "approval": plain(standing.approval),
        "opening": plain(standing.opening),
        "opened_on_withdrawn": list(standing.opened_on_withdrawn()),
        "refusals": len(standing.refusals),
        "last_refusal": plain(standing.refusals[-1] if standing.refusals else None),
    }


def _phase(standing: Standing, number: int) -> Json:
    phase = standing.phase(number)
    assert phase is not None, "phases of the state are those of the process"
    stated = [standing.stated(item) for item in phase.items]
    signed = [
        {"party": party.value, **_members(standing.sign_offs[number, party])}
        for party in phase.sign_offs
        if (number, party) in standing.sign_offs
    ]
    return {
        **_members(standing.phases[number]),
        "complete": standing.phases[number].complete,
        "name": {"fi": phase.name.fi, "sv": phase.name.sv, "en": phase.name.en},
        "items": [plain(each) for statements in stated for each in statements],
        "sign_offs": list(signed),
    }


def observation(found: Observation) -> dict[str, Json]:
    """One observation as plain JSON values, with its state."""
    return {**_members(found), "state": found.state.value}


def _pin(pin: PinState) -> Json:
    kind, name = pin.effective.pin.key
    digests: dict[str, Json] = {
        "effective_digest": pin.effective.pin.pin_digest,
        "proposed_digest": pin.proposed.pin.pin_digest if pin.proposed else None,
    }
    return {"kind": kind.value, "name": name, **digests, **_members(pin)}


def _parity(found: ParitySummary) -> Json:
    """One comparison; the first version of its event has no outcomes, and its state none either."""
    members = _members(found)
    return members if found.outcomes else {n: v for n, v in members.items() if n != "outcomes"}


def _members(value: object) -> dict[str, Json]:
    assert is_dataclass(value)
    return {each.name: plain(getattr(value, each.name)) for each in fields(value)}


def plain(value: object) -> Json:
    """A value of the state or of an event as plain JSON; times are ISO 8601 in UTC."""
    match value:
        case tuple() if value and all(isinstance(each, Value) for each in value):
            return {each.name: plain(each.value) for each in value}
        case tuple() | list():
            return [plain(each) for each in value]
        case datetime() | date() | StrEnum():
            return _word(value)
        case str() | bool() | int() | float() | None:
            return value
        case _:
            return _members(value)


def _word(value: date | StrEnum) -> str:
    if isinstance(value, StrEnum):
        return value.value
    return iso(value) if isinstance(value, datetime) else value.isoformat()
