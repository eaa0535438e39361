"""What a suite would lose without one of its scenarios: points, codes, planted defects."""

from collections import Counter
from collections.abc import Iterator

from harness.canary.deriving import defects
from harness.canary.running import Flock
from harness.classes import dataclass
from harness.suite.covering import codes_seen
from harness.suite.runner import ScenarioResult


@dataclass(frozen=True, slots=True)
class Loss:
    """What only one scenario shows or notices; all three sorted.

    Attributes:
        scenario: its id.
        points: points of the contract, shown or refused by no other.
        codes: codes that no other sees.
        canaries: planted defects that no other notices.
    """

    scenario: str
    points: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Nobody would miss it."""
        return not (self.points or self.codes or self.canaries)

    def data(self) -> dict[str, list[str]]:
        """As plain JSON values."""
        return {
            "points": list(self.points),
            "codes": list(self.codes),
            "canaries": list(self.canaries),
        }

    def lines(self) -> Iterator[str]:
        """In lines for a terminal."""
        yield f"{self.scenario}:{' nothing of its own' if self.nothing else ''}"
        for word, names in (
            ("point", self.points),
            ("code", self.codes),
            ("canary", self.canaries),
        ):
            yield from (f"  {word} {name}" for name in names)


def shown(result: ScenarioResult) -> tuple[frozenset[str], frozenset[str]]:
    """The points and the codes of one scenario; a point refused is another one than shown."""
    refused = {f"{point} refused" for point in result.rejected}
    return result.valid | refused, codes_seen(result.marks)


def alone(flock: Flock, scenario: str) -> Loss:
    """What one scenario shows alone.

    Args:
        flock: the suites.
        scenario: an id among ``flock.results``.
    """
    points, codes = shown(flock.results[scenario])
    for id_, result in flock.results.items():
        if id_ != scenario:
            others = shown(result)
            points, codes = points - others[0], codes - others[1]
    mine = (each for each in defects(flock.contract) if flock.notices(scenario, each))
    canaries = (each.name for each in mine if not flock.noticed(each, without=scenario).by)
    return Loss(scenario, _sorted(points), _sorted(codes), tuple(sorted(canaries)))


def alone_each(flock: Flock) -> list[Loss]:
    """What each scenario shows alone, in the order of their ids."""
    each_shows = {id_: shown(result) for id_, result in flock.results.items()}
    points = Counter(point for found, _ in each_shows.values() for point in found)
    codes = Counter(code for _, found in each_shows.values() for code in found)
    canaries: dict[str, list[str]] = {}
    for defect in defects(flock.contract):
        by = flock.noticed(defect, most=2).by
        if len(by) == 1:
            canaries.setdefault(by[0], []).append(defect.name)
    return [
        Loss(
            id_,
            _sorted(frozenset(each for each in found[0] if points[each] == 1)),
            _sorted(frozenset(each for each in found[1] if codes[each] == 1)),
            tuple(sorted(canaries.get(id_, ()))),
        )
        for id_, found in sorted(each_shows.items())
    ]


def _sorted(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
