"""Was this opening right? Judged from the list of events alone, without any code of the rules."""

from collections.abc import Sequence
from datetime import datetime

from harness.joining.events import (
    ContractPinned,
    EndpointPinned,
    EvidenceWithdrawn,
    ItemRecorded,
    JoiningEvent,
    ObservationAssigned,
    ObservationFixed,
    ObservationMade,
    ObservationRetested,
    ObservationWithdrawn,
    OpeningApproved,
    OpeningRequested,
    PhaseCompleted,
    PhaseReopened,
    PinConfirmed,
    ProductionOpened,
    ProjectCreated,
    SignedOff,
    SuitePinned,
    TestRunRecorded,
    WaiverConfirmed,
    WaiverRequested,
    WaiverWithdrawn,
)
from harness.joining.evidence import RunSummary

PinEvents = ContractPinned | SuitePinned | EndpointPinned


def check_opening(events: Sequence[JoiningEvent]) -> None:
    """Assert everything that must have happened before the opening in ``events``, if any."""
    places = [n for n, event in enumerate(events) if isinstance(event, ProductionOpened)]
    assert len(places) <= 1, "opened twice"
    if not places:
        return
    opened, before = events[places[0]], events[: places[0]]
    assert isinstance(opened, ProductionOpened)
    created = before[0]
    assert isinstance(created, ProjectCreated)
    assert created.kind == "joining", "a rehearsal opened"
    for number in range(7):
        since = _reopened(before, number)
        done = [
            n for n, e in enumerate(before) if isinstance(e, PhaseCompleted) and e.phase == number
        ]
        assert done, f"phase {number} was never completed"
        assert done[-1] > since, f"phase {number} is open"
    lived_with = _waived(before, opened.timestamp)
    good = {
        suite: _evidence(before, suite, _reopened(before, phase), lived_with)
        for suite, phase in _SUITES
    }
    _check_sign_offs(before, good["testing"])
    _check_window(before, opened.timestamp)
    _check_approval(before, good)
    assert "critical" not in open_severities(before), "opened with a critical defect"
    assert _known(opened)


def _waived(events: Sequence[JoiningEvent], at: datetime) -> dict[str, set[str]]:
    """Scenarios that two parties live with at that moment, by the outcome they may have."""
    asked, agreed = dict[str, WaiverRequested](), dict[str, WaiverRequested]()
    for event in events:
        match event:
            case WaiverRequested():
                asked[event.waiver] = event
                assert _known(event)
                assert event.code in _MAY_BE_WAIVED, "what cannot be waived was asked for"
            case WaiverConfirmed():
                first = agreed[event.waiver] = asked[event.waiver]
                assert _two(event, first), "waived by one person"
                assert event.actor.party != first.actor.party
                assert event.actor.party.value in {"authority", "account"}
                assert _known(event)
                assert event.timestamp < first.expires
            case WaiverWithdrawn():
                agreed.pop(event.waiver, None)
    found: dict[str, set[str]] = {outcome: set() for outcome in _MAY_BE_WAIVED.values()}
    for each in agreed.values():
        if at < each.expires:
            found[_MAY_BE_WAIVED[each.code]] |= set(each.scope)
    return found


_MAY_BE_WAIVED = {"FAILED": "failed", "INCONCLUSIVE": "inconclusive", "EXPIRED": "late"}
"""Of those that the tests ask for; and the outcome that is lived with."""

_SUITES = (("connection", 4), ("testing", 5), ("supplier", 5))


def open_severities(events: Sequence[JoiningEvent]) -> set[str]:
    """Severities of the observations that are open; asserts that nobody closed one alone."""
    created, made = events[0], dict[str, ObservationMade]()
    rehearsal = isinstance(created, ProjectCreated) and created.kind == "rehearsal"
    owner: dict[str, str] = {}
    fixed: dict[str, ObservationFixed] = {}
    first_made: dict[str, ObservationMade] = {}
    retested, gone = dict[str, str](), set[str]()
    runs = {
        e.run.digest: (n, e.run) for n, e in enumerate(events) if isinstance(e, TestRunRecorded)
    }
    for event in events:
        match event:
            case ObservationMade():
                made[event.observation], owner[event.observation] = event, event.owner
                first_made[event.observation] = event
                assert event.evidence in runs
            case ObservationAssigned():
                assert event.actor.party in {
                    owner[event.observation],
                    made[event.observation].actor.party,
                }
                owner[event.observation] = event.owner
            case ObservationFixed():
                assert event.actor.party == owner[event.observation], "fixed by another party"
                fixed[event.observation] = event
            case ObservationRetested():
                first, fix = made.pop(event.observation), fixed[event.observation]
                retested[event.observation] = event.evidence
                assert event.evidence not in gone, "retested on withdrawn evidence"
                place, run = runs[event.evidence]
                assert _two(event, fix), "retested by who fixed it"
                assert event.actor.party == first.actor.party
                assert events.index(fix) < place < events.index(event), "not newer than the fix"
                assert run.started >= fix.timestamp
                assert run.level == "test" or runs[first.evidence][1].level != "test"
                passed = {o.id for o in run.outcomes if o.outcome == "passed"}
                assert first.scenario in passed, "retested, but not passed"
            case EvidenceWithdrawn():
                gone.add(event.evidence)
                for name, by in [*retested.items()]:
                    if by == event.evidence:
                        made[name] = first_made[name]
                        del retested[name]
            case ObservationWithdrawn():
                first = made.pop(event.observation)
                assert _two(event, first), "withdrawn by who made it"
                assert event.actor.party == first.actor.party
            case _:
                continue
        assert rehearsal or _known(event)
    return {each.severity.value for each in made.values()}


def _two(one: JoiningEvent, other: JoiningEvent) -> bool:
    return one.actor.id.strip().casefold() != other.actor.id.strip().casefold()


def _reopened(events: Sequence[JoiningEvent], phase: int) -> int:
    """Place of the last reopening that opened a phase again, or -1."""
    found = [n for n, e in enumerate(events) if isinstance(e, PhaseReopened) and e.phase <= phase]
    return max(found, default=-1)


def _pinned(events: Sequence[JoiningEvent], kind: type[PinEvents], name: str) -> PinEvents:
    """The pin in effect; asserts that another person of another party stands behind it."""
    effective: PinEvents | None = None
    proposed: PinEvents | None = None
    confirmed = False
    for event in events:
        if isinstance(event, kind) and _name(event) == name:
            if effective is None or (_same(event, effective) and not confirmed):
                effective, proposed = event if _better(event, effective) else effective, None
            else:
                proposed = None if _same(event, effective) else event
        if isinstance(event, PinConfirmed) and event.name == name and event.kind in _KIND[kind]:
            if proposed is not None and not _is_of(event, effective):
                effective, proposed = proposed, None
            assert effective is not None
            assert event.actor.party != effective.actor.party, "confirmed by the same party"
            assert event.actor.id.casefold() != effective.actor.id.casefold()
            assert event.actor.assurance != "claimed"
            assert event.actor.id.casefold() not in SHARED
            assert effective.actor.assurance != "claimed", "pinned under a claimed name"
            assert effective.actor.id.casefold() not in SHARED, "pinned by a shared account"
            confirmed = True
    assert effective is not None, f"{name} is not pinned"
    assert confirmed, f"{name} is not confirmed"
    return effective


SHARED = {"admin", "root"}


def _known(event: JoiningEvent) -> bool:
    return event.actor.assurance != "claimed" and event.actor.id.casefold() not in SHARED


def _better(event: PinEvents, held: PinEvents | None) -> bool:
    """The same pin set again stands in the name of the first who is known."""
    return held is None or (_known(event) and not _known(held))


_KIND = {ContractPinned: {"contract"}, SuitePinned: {"suite"}, EndpointPinned: {"endpoint"}}


def _name(event: PinEvents) -> str:
    return event.suite if isinstance(event, SuitePinned) else event.name


def _facts(event: PinEvents) -> tuple[object, ...]:
    common = {"originator_id", "originator_version", "timestamp", "event_id", "actor"}
    return tuple(v for k, v in sorted(vars(event).items()) if k not in common)


def _same(one: PinEvents, other: PinEvents) -> bool:
    return _facts(one) == _facts(other)


def _is_of(confirmation: PinConfirmed, pin: PinEvents | None) -> bool:
    from harness.joining.pins import pin_of  # noqa: PLC0415 - only the digest's definition

    return pin is not None and pin_of(pin).pin_digest == confirmation.pin_digest


def _evidence(
    events: Sequence[JoiningEvent], suite: str, since: int, lived_with: dict[str, set[str]]
) -> RunSummary:
    """The evidence that must have carried the opening for a suite."""
    pin = _pinned(events, SuitePinned, suite)
    assert isinstance(pin, SuitePinned)
    contract = _pinned(events, ContractPinned, pin.contract)
    assert isinstance(contract, ContractPinned)
    runs = [e.run for e in events[since + 1 :] if isinstance(e, TestRunRecorded)]
    runs = [
        run for run in runs if run.suite == suite and run.level == "test" and _there(events, run)
    ]
    if suite == "supplier":
        runs = [run for run in runs if run.driver == "system"]
        assert all(run.system_release for run in runs)
    whole = [run for run in runs if run.finished and _ran_all(run)]
    assert whole, f"no complete test run of {suite}"
    newest = max(whole, key=lambda run: run.started)
    gone = {e.evidence for e in events if isinstance(e, EvidenceWithdrawn)}
    assert newest.digest not in gone, "opened on withdrawn evidence"
    assert newest.suite_digest == pin.digest
    assert newest.contract == f"{contract.name}/{contract.version}"
    assert newest.contract_digest == contract.digest
    _pinned(events, EndpointPinned, newest.endpoint.name)
    told = {o.id: o.outcome.value for o in newest.outcomes}
    bad = {each.id for each in pin.required if told[each.id] != "passed"}
    assert all(each in lived_with.get(told[each], ()) for each in bad), f"{suite} has not passed"
    later = [run for run in runs if run.started > newest.started and _alike(run, newest)]
    failed = {o.id for run in later for o in run.outcomes if o.obligatory and o.outcome == "failed"}
    assert failed <= lived_with["failed"]
    return newest


def _there(events: Sequence[JoiningEvent], run: RunSummary) -> bool:
    for event in reversed(events):
        if isinstance(event, EndpointPinned) and event.name == run.endpoint.name:
            pin = _pinned(events, EndpointPinned, event.name)
            assert isinstance(pin, EndpointPinned)
            where = (run.endpoint.address, run.endpoint.fingerprint)
            return pin.level == "test" and (pin.address, pin.fingerprint) == where
    return False


def _ran_all(run: RunSummary) -> bool:
    return all(o.outcome != "not-run" for o in run.outcomes if o.obligatory)


def _alike(one: RunSummary, other: RunSummary) -> bool:
    names = ("suite_digest", "contract_digest", "configuration_digest", "harness_version", "driver")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _check_sign_offs(events: Sequence[JoiningEvent], counting: RunSummary) -> None:
    since = _reopened(events, 5)
    signed = {
        e.actor.party.value: e
        for e in events[since + 1 :]
        if isinstance(e, SignedOff) and e.phase == 5
    }
    assert set(signed) == {"supplier", "account-supplier"}, "two parties sign off"
    assert len({e.actor.id.casefold() for e in signed.values()}) == 2, "one person signed twice"
    runs = {e.run.digest: e.run for e in events if isinstance(e, TestRunRecorded)}
    for event in signed.values():
        assert _known(event)
        assert runs[event.evidence].suite == "testing"
        assert _alike(runs[event.evidence], counting), "signed off on other evidence"


def _check_window(events: Sequence[JoiningEvent], at: datetime) -> None:
    since = _reopened(events, 6)
    stated = {
        e.stated_by.value: e
        for e in events[since + 1 :]
        if isinstance(e, ItemRecorded) and e.item == "opening-window"
    }
    assert set(stated) == {"authority", "account"}, "both sides agree on the date"
    assert all(e.actor.party == e.stated_by for e in stated.values())
    assert all(_known(e) for e in stated.values())
    news = [e for e in events[since + 1 :] if getattr(e, "item", "") == "announcement"]
    assert news, "the date was not announced"
    (values,) = {e.values for e in stated.values()}
    told = {each.name: datetime.fromisoformat(str(each.value)) for each in values}
    assert told["start"] <= at <= told["end"]


def _check_approval(events: Sequence[JoiningEvent], good: dict[str, RunSummary]) -> None:
    since = _reopened(events, 7)
    requests = [n for n, e in enumerate(events) if isinstance(e, OpeningRequested)]
    approvals = [n for n, e in enumerate(events) if isinstance(e, OpeningApproved)]
    assert requests and requests[-1] > since, "not requested"  # noqa: PT018 - one thought
    assert approvals and approvals[-1] > requests[-1], "not approved"  # noqa: PT018 - one thought
    approval = events[approvals[-1]]
    assert isinstance(approval, OpeningApproved)
    who = approval.actor.id.casefold()
    assert _known(approval)
    assert approval.actor.party.value in {"authority", "account"}
    assert _known(events[requests[-1]])
    assert events[requests[-1]].actor.party.value in {"authority", "supplier"}
    assert who != events[requests[-1]].actor.id.casefold(), "approved by the requester"
    recorded = {e.run.digest: e for e in events if isinstance(e, TestRunRecorded)}
    rests_on = [recorded[digest] for digest in approval.evidence]
    rests_on += [recorded[run.digest] for run in good.values()]
    assert all(e.actor.assurance != "claimed" for e in rests_on), "recorded by anybody"
    assert all(e.run.operator.assurance != "claimed" for e in rests_on), "run by anybody"
    assert who not in {e.actor.id.casefold() for e in rests_on}, "approved by who recorded"
    assert who not in {e.run.operator.id.casefold() for e in rests_on}, "approved by a tester"
    signers = {e.actor.id.casefold() for e in events if isinstance(e, SignedOff)}
    live = {
        e.actor.id.casefold()
        for e in events[_reopened(events, 5) + 1 :]
        if isinstance(e, SignedOff)
    }
    assert who not in live & signers, "approved by who signed off"
    for run in good.values():
        assert any(_alike(run, recorded[digest].run) for digest in approval.evidence)
