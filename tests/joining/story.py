"""Whole histories of invented projects, told by commands: always the same to the byte."""

from harness.joining.actor import Assurance, Party
from harness.joining.events import JoiningEvent, Kind
from harness.joining.evidence import Outcome
from harness.joining.gate import objections
from harness.joining.policy import GatePolicy
from harness.vocabulary import Level
from tests.joining.test_handing_in import all_that_is_handed_in
from tests.joining.test_observations import all_that_can_happen
from tests.joining.test_parity import parity
from tests.joining.test_process_of_ones_own_in_the_record import KIRJASTO
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
    world.sign(world.run("testing"))
    world.run("supplier")
    world.complete(5)
    world.project.record_parity(parity(world), **world.by(SUPPLIER).args)
    all_that_can_happen(world)
    all_that_is_handed_in(world)
    world.fill(6)
    world.complete(6)
    world.project.request_opening(**world.by(AUTHORITY).args)
    world.project.approve(world.counting(), **world.by(APPROVER).args)
    world.project.open_production(
        world.project.version, POLICY.values(), **world.by(AUTHORITY).args
    )
    return events_of(world)


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
