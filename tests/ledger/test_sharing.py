"""Evidence that several projects of a ledger refer to: they agree at every entry."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.errors import IntegrityBroken, LedgerError
from harness.joining.actor import Party
from harness.joining.events import Ending, EvidenceReferred, JoiningEvent, ReferenceEnded
from harness.joining.evidence import Outcome
from harness.joining.objections import ObjectionCode, Refused
from harness.joining.observations import Severity
from harness.joining.project import JoiningProject
from harness.ledger.application import Ledger
from harness.ledger.moving import export
from harness.ledger.portfolio import State
from harness.ledger.verify import verify, verify_export
from harness.ledger_url import LedgerPlace
from tests.joining.two import JOINS, TESTED, Two
from tests.joining.world import SUPPLIER, World
from tests.ledger.helpers import opened, reading

RED = {"testing/good": Outcome.FAILED}


def begun(place: LedgerPlace) -> Two:
    """Both projects on record; the second one may refer to the first and does not yet."""
    two = Two().run_all()
    two.joins.pin_all()
    two.agreed()
    with opened(place, create=True) as ledger:
        for event in two.told:
            two.tested.project.pending_events.append(event)
        ledger.save(two.tested.project, 0)
        ledger.save(two.joins.project, 0)
    return two


def refers(place: LedgerPlace) -> Two:
    two = begun(place)
    two.refer(two.digest())
    save(place, two.joins)
    return two


def save(place: LedgerPlace, world: World) -> Sequence[Any]:
    pending = len(world.project.pending_events)
    with opened(place) as ledger:
        return ledger.save(world.project, world.project.version - pending)


def withdraw(two: Two) -> None:
    args = two.tested.by(SUPPLIER).args
    two.tested.project.withdraw_evidence(two.digest(), "Another release.", **args)


def joins(place: LedgerPlace) -> JoiningProject:
    with reading(place) as ledger:
        return ledger.project(JOINS)


def behind_its_back(place: LedgerPlace, project: JoiningProject) -> None:
    """Somebody with the ledger's key appends without asking the other projects."""
    with opened(place) as ledger:
        ledger._application.save(project, listed=[project])


def test_what_ends_a_reference_is_appended_with_what_it_follows_from(place: LedgerPlace) -> None:
    two = refers(place)
    withdraw(two)
    done = save(place, two.tested)
    assert [each.project for each in done] == [TESTED, JOINS]
    assert isinstance(done[1].event, ReferenceEnded)
    with reading(place) as ledger:
        size = ledger.size
        sealed = {each.sealed_size for each in ledger.events(after=size - 2)}
        (row,) = [each for each in ledger.portfolio().projects if each.project == JOINS]
    assert sealed == {size}  # one transaction, one signed head
    assert row.withdrawn == 1
    assert joins(place).standing.withdrawn(two.digest())
    report = verify(place)
    assert report.replayed[JOINS].standing.withdrawn(two.digest())
    assert report.portfolio.state in {State.AS_RECORDED, State.NONE}


def test_a_critical_defect_ends_a_reference_in_the_same_append(place: LedgerPlace) -> None:
    two = refers(place)
    two.tested.project.observe(
        "Messages are lost.", Severity.CRITICAL, Party.SUPPLIER, scenario="testing/good",
        evidence=two.digest(), code="lost", **two.tested.by(SUPPLIER).args,
    )  # fmt: skip
    done = save(place, two.tested)
    assert [each.project for each in done] == [TESTED, JOINS]
    assert isinstance(done[1].event, ReferenceEnded)
    assert done[1].event.ending is Ending.OBSERVED
    assert verify(place).replayed[JOINS].standing.withdrawn(two.digest())


@pytest.mark.parametrize(("id_", "asked"), [(TESTED, {JOINS}), (TESTED[:-1], set()), ("x", set())])
def test_only_projects_that_refer_to_this_one_are_replayed(
    place: LedgerPlace, monkeypatch: pytest.MonkeyPatch, id_: str, asked: set[str]
) -> None:
    """A failed run, in a ledger whose other projects refer to each other, costs what it did."""
    two = refers(place)
    world = two.tested if id_ == TESTED else World(id=id_)
    world.run("testing", outcomes=RED)
    pending = len(world.project.pending_events)
    replayed = set[str]()
    project = Ledger.project

    def seen(ledger: Ledger, project_id: str) -> JoiningProject:
        replayed.add(project_id)
        return project(ledger, project_id)

    monkeypatch.setattr(Ledger, "project", seen)
    with opened(place) as ledger:
        ledger.save(world.project, world.project.version - pending)
    assert replayed == asked


def test_an_export_of_it_is_verified_as_well(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    two = refers(place)
    green = two.digest()
    two.tested.run("testing", outcomes=RED)
    save(place, two.tested)
    export(place, tmp_path / "record.jsonl")
    report = verify_export(tmp_path / "record.jsonl")
    assert report.replayed[JOINS].standing.withdrawn(green)


def test_what_was_withdrawn_meanwhile_is_not_referred_to(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    two = begun(place)
    two.refer(two.digest())  # looked at before
    withdraw(two)
    save(place, two.tested)
    with pytest.raises(Refused) as refused:
        save(place, two.joins)
    assert {each.code for each in refused.value.objections} == {ObjectionCode.EVIDENCE_WITHDRAWN}
    assert not list(joins(place).standing.references)
    verify(place)


def test_a_project_that_is_not_there_has_no_evidence(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    two = Two().run_all()
    two.joins.pin_all()
    two.agreed()
    two.refer(two.digest())
    with opened(place, create=True) as ledger, pytest.raises(Refused, match="no such run"):
        ledger.save(two.joins.project, 0)


def test_a_reference_that_comes_between_ends_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process refers to the evidence after this one has looked who does."""
    place = tmp_path / "ledger.sqlite3"
    two = begun(place)
    two.refer(two.digest())
    withdraw(two)
    found, seen = Ledger._following, list[int]()

    def interrupted(
        ledger: Ledger, project: JoiningProject, events: Sequence[JoiningEvent]
    ) -> list[JoiningProject]:
        others = found(ledger, project, events)
        if project.id == TESTED:
            seen.append(len(others))
            if len(seen) == 1:
                save(place, two.joins)
        return others

    monkeypatch.setattr(Ledger, "_following", interrupted)
    done = save(place, two.tested)
    assert seen == [0, 1]
    assert [each.project for each in done] == [TESTED, JOINS]
    verify(place)


def test_of_events_recorded_together_each_is_asked_by_itself(tmp_path: Path) -> None:
    """The second run says that the first came before the green one; at the first none knew."""
    place = tmp_path / "ledger.sqlite3"
    two = begun(place)
    world = two.tested
    world.project.reopen_phase(5, "To try again.", **world.by(SUPPLIER).args)
    red = world.evidence("testing", RED, predecessor="")
    middle = world.evidence("testing", predecessor=red.digest)
    green = world.run("testing", predecessor=middle.digest)
    save(place, world)
    two.refer(green)
    save(place, two.joins)
    for each in (red, middle):
        world.record(each)
    done = save(place, world)
    assert [each.project for each in done] == [TESTED, TESTED, JOINS]
    assert verify(place).replayed[JOINS].standing.withdrawn(green)


def test_others_that_record_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "ledger.sqlite3"
    two = refers(place)
    found = Ledger._following

    def interrupted(
        ledger: Ledger, project: JoiningProject, events: Sequence[JoiningEvent]
    ) -> list[JoiningProject]:
        two.joins.run("connection")
        two.joins.project.pending_events[:-1] = []
        save(place, two.joins)
        return found(ledger, project, events)

    monkeypatch.setattr(Ledger, "_following", interrupted)
    withdraw(two)
    with pytest.raises(LedgerError, match="others record all the time"):
        save(place, two.tested)
    monkeypatch.undo()
    with reading(place) as ledger:
        assert not ledger.project(TESTED).standing.withdrawn(two.digest())
    verify(place)


# Appended by somebody who has the key and does not ask


def test_an_end_that_was_not_appended(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    two = refers(place)
    verify(place)
    withdraw(two)
    behind_its_back(place, two.tested.project)
    with pytest.raises(IntegrityBroken, match="disagree about what joins refers to"):
        verify(place)
    two.joins.run("connection")
    behind_its_back(place, two.joins.project)
    with pytest.raises(IntegrityBroken, match=r"entry \d+ .*disagree about what joins refers to"):
        verify(place)


def test_an_altered_summary_that_was_appended(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    two = begun(place)
    two.refer(two.digest(), harness_version="0.1.1")
    assert isinstance(two.joins.project.pending_events[-1], EvidenceReferred)
    behind_its_back(place, two.joins.project)
    assert joins(place).standing.run(two.digest())  # its own rules see nothing wrong
    with pytest.raises(IntegrityBroken, match="no such run of its own"):
        verify(place)


def test_a_reference_to_what_was_withdrawn_that_was_appended(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    two = begun(place)
    two.refer(two.digest())
    withdraw(two)
    save(place, two.tested)
    behind_its_back(place, two.joins.project)
    with pytest.raises(IntegrityBroken, match="has withdrawn this evidence"):
        verify(place)
