"""Whole histories of invented projects, told by commands: always the same to the byte."""

from datetime import timedelta

from harness.joining.actor import Assurance, Party
from harness.joining.events import ErasedRun, JoiningEvent, Kind
from harness.joining.evidence import Outcome
from harness.joining.gate import judge_gate, objections
from harness.joining.policy import GatePolicy
from harness.vocabulary import Level
from tests.joining.test_handing_in import all_that_is_handed_in
from tests.joining.test_observations import all_that_can_happen
from tests.joining.test_parity import parity
from tests.joining.test_process_of_ones_own_in_the_record import KIRJASTO
from tests.joining.two import Two
from tests.joining.world import ACCOUNT, APPROVER, AUTHORITY, MOCK, SUPPLIER, World, person

WHOEVER = person("whoever", Party.SUPPLIER, Assurance.CLAIMED)
POLICY = GatePolicy()


def full_history() -> list[JoiningEvent]:
    """A history with every kind of event in it, ending in production."""
    world = World().to_phase(5)
    world.run("testing", outcomes={"testing/good": Outcome.FAILED})
    world.project.reopen_phase(4, "to try again", **world.by(ACCOUNT).args)
    found = objections(world.project, POLICY, world.now, world.surroundings())
    world.project.refuse_opening(found, POLICY.values(), **world.by(AUTHORITY).args)
    world.run("connection")
    world.fill(4)
    world.complete(4)
    corrected(world)
    world.sign(world.run("testing"))
    world.run("supplier")
    world.complete(5)
    world.project.record_parity(parity(world), **world.by(SUPPLIER).args)
    all_that_can_happen(world)
    all_that_is_handed_in(world)
    erased = ErasedRun("r0123456789", Level.TEST, world.now, 12, "7" * 64)
    world.project.erase_exchanges([erased], "The day had passed.", **world.by(SUPPLIER).args)
    world.fill(6)
    world.complete(6)
    waived(world)
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    world.project.open_production(
        world.project.version, POLICY.values(), **world.by(AUTHORITY).args
    )
    return events_of(world)


def opened_under_a_waiver() -> list[JoiningEvent]:
    """A scenario that failed is lived with until after the opening; the opening says so."""
    world = World().to_phase(5)
    project = world.project
    world.sign(failed_but_waived(world))
    world.run("supplier")
    world.complete(5)
    world.fill(6)
    world.complete(6)
    project.request_opening(**world.by(AUTHORITY).args)
    project.approve(world.counting(), **world.by(APPROVER).args)
    args = world.by(AUTHORITY).args
    result = judge_gate(project, POLICY, args["at"], world.surroundings(), AUTHORITY)
    assert result.open, result.objections
    project.open_production(project.version, result.judged_by(), **args)
    return events_of(world)


def shared() -> list[JoiningEvent]:
    """Two projects: production is opened on evidence of the other one, which then withdraws it."""
    two = Two().walked()
    world = two.joins
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    opening = (world.project.version, POLICY.values())
    world.project.open_production(*opening, **world.by(AUTHORITY).args)
    two.save(world)
    args = two.tested.by(SUPPLIER).args
    two.tested.project.withdraw_evidence(two.digest(), "Another release.", **args)
    two.save(two.tested)
    return two.told


def failed_but_waived(world: World, days: int = 7) -> str:
    """The digest of a run in which a scenario failed, which two parties live with."""
    digest = world.run("testing", outcomes={"testing/good": Outcome.FAILED})
    waive(world, "FAILED", "testing/good", days=days)
    return digest


def waive(world: World, code: str, *scope: str, days: int = 7) -> str:
    """A waiver that is asked for by the supplier and confirmed by the account; its id."""
    project, until = world.project, world.now + timedelta(days=days)
    name = project.ask_waiver(code, scope, "Agreed.", until, **world.by(SUPPLIER).args)
    digest = project.standing.waivers[name].digest
    project.confirm_waiver(name, digest, **world.by(ACCOUNT).args)
    return name


def corrected(world: World) -> None:
    """Evidence that was a mistake is withdrawn, and an item is noted as mistaken."""
    project = world.project
    project.withdraw_evidence(world.run(), "Another release.", **world.by(SUPPLIER).args)
    project.confirm_correction(project.version, **world.by(ACCOUNT).args)
    project.note_correction(2, "It was the library's annex.", **world.by(AUTHORITY).args)
    project.confirm_correction(project.version, **world.by(ACCOUNT).args)


def waived(world: World) -> None:
    """What may be lived with for a week; one of the waivers is given up."""
    waive(world, "EXPIRED", "0" * 64)
    name = waive(world, "EVIDENCE_GAP", "0" * 64)
    world.project.withdraw_waiver(name, "Found after all.", **world.by(AUTHORITY).args)


def rehearsal() -> list[JoiningEvent]:
    """A rehearsal of a process of a project's own, by claimed identities, refused at the end."""
    world = World(kind=Kind.REHEARSAL, process=KIRJASTO, pinner=WHOEVER, recorder=WHOEVER)
    world.pin_all(confirmed=False)
    world.run("testing", level=Level.MOCK, endpoint=MOCK, operator=WHOEVER)
    world.fill(0)
    world.complete(0)
    found = objections(world.project, POLICY, world.now, world.surroundings())
    world.project.refuse_opening(found, POLICY.values(), **world.by(AUTHORITY).args)
    return events_of(world)


def events_of(world: World) -> list[JoiningEvent]:
    """What happened in a world, in order."""
    events = world.project.collect_events()
    return [each for each in events if isinstance(each, JoiningEvent)]
