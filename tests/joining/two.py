"""Two projects of one ledger, whose supplier is the same: one has evidence, one refers to it."""

from dataclasses import dataclass, field, replace

from harness.joining.actor import Actor
from harness.joining.agreement import Agreement, end_references, shared_from
from harness.joining.events import JoiningEvent, Kind
from harness.joining.pins import SharingKind, SharingPin
from harness.joining.project import JoiningProject
from tests.joining.world import ACCOUNT, RELEASE, SUPPLIER, World

TESTED, JOINS = "tested", "joins"
SOFTWARE = "Ohjelmatalo Oy"
PIN = SharingPin(TESTED, SOFTWARE, RELEASE, ("supplier", "testing"), 60)


@dataclass
class Two:
    """``tested`` went through its suites itself; ``joins`` stands before them.

    ``told`` is what the ledger of both would hold, in its order: see :meth:`save`.
    """

    kind: Kind = Kind.JOINING
    tested: World = field(init=False)
    joins: World = field(init=False)
    told: list[JoiningEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tested = World(kind=self.kind, id=TESTED, supplier=SOFTWARE)
        self.joins = World(kind=self.kind, id=JOINS, supplier=SOFTWARE)

    def run_all(self) -> "Two":
        """The first project has run all its suites."""
        self.tested.to_phase(5)
        self.tested.run("testing")
        self.tested.run("supplier")
        self.save(self.tested)
        self.joins.now = self.tested.now
        return self

    def agreed(self, pin: SharingPin = PIN) -> "Two":
        """The second one may refer to the first, as a second party has confirmed."""
        self.joins.project.pin(pin, **self.joins.by(SUPPLIER).args)
        self.confirm(pin)
        return self

    def confirm(self, pin: SharingPin = PIN, actor: Actor = ACCOUNT) -> None:
        args = self.joins.by(actor).args
        self.joins.project.confirm_pin(SharingKind.SHARING, pin.source, pin.pin_digest, **args)

    def refer(self, digest: str, /, actor: Actor = SUPPLIER, **changes: object) -> None:
        """The second project refers to a run of the first; parts of the summary may be forged."""
        standing = self.tested.project.standing
        recorded = standing.runs_by_digest[digest]
        run = replace(recorded.run, **changes)  # type: ignore[arg-type]
        source = shared_from(standing, recorded)
        self.joins.project.refer(source, run, **self.joins.by(actor).args)

    def digest(self, suite: str = "testing") -> str:
        """The newest run of a suite in the first project."""
        found = (each.run for each in self.tested.project.standing.runs)
        return [run.digest for run in found if run.suite == suite][-1]

    def save(self, world: World) -> None:
        """Append what is new in a project, and what ends by it in the other, as a ledger does."""
        other = self.joins if world is self.tested else self.tested
        new = events(world.project)
        for each in new:
            end_references(world.project, each, other.project)
        ends = [*events(other.project)] if any(map(_ends, other.project.pending_events)) else []
        self.told += [*new, *ends]

    def walked(self) -> "Two":
        """The second project on its way, with the evidence of the first, up to its opening."""
        world = self.joins
        self.run_all()
        world.pin_all()
        self.agreed()
        for number in range(7):
            if number == 4:
                world.run("connection")
            if number == 5:
                self.refer(self.digest())
                self.refer(self.digest("supplier"))
                world.sign(self.digest())
            world.fill(number)
            world.complete(number)
        self.save(world)
        return self


def events(project: JoiningProject) -> list[JoiningEvent]:
    return [each for each in project.collect_events() if isinstance(each, JoiningEvent)]


def _ends(event: object) -> bool:
    return type(event).__name__ == "ReferenceEnded"


def agree(told: list[JoiningEvent]) -> dict[str, JoiningProject]:
    """All projects, told again in the order of a ledger and asked about each other."""
    projects: dict[str, JoiningProject] = {}
    agreement = Agreement(projects)
    for each in told:
        agreement.before(each)
        after = each.mutate(projects.get(each.originator_id))
        assert after is not None
        projects[each.originator_id] = after
        agreement.after(each)
    agreement.end()
    return projects
