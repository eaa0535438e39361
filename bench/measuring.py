"""What a row is, and how its contenders are measured: in turns, several rounds, ratios of medians.

Two figures are only compared when they come from the same run: machines differ by more than any
goal. What cannot be measured here is named with its reason and never counts as reached.
"""

import gc
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROUNDS: Final = 7
QUICK_ROUNDS: Final = 2


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how thoroughly a row is measured.

    Attributes:
        folder: empty, for the row's files; removed afterwards.
        quick: less of everything, to see that the row works; its figures say little.
        exits: what is to be ended afterwards.
    """

    folder: Path
    quick: bool = False
    exits: ExitStack = field(default_factory=ExitStack)

    def number(self, whole: int, quick: int) -> int:
        """How many: of events, scenarios, calls."""
        return quick if self.quick else whole


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that is measured.

    Attributes:
        name: as the table shows it.
        sample: one go; its duration in seconds.
        missing: why it cannot be measured here; then ``sample`` is never called.
    """

    name: str
    sample: Callable[[], float]
    missing: str = ""


def absent(name: str, why: str) -> Contender:
    """A contender that cannot be measured here."""
    return Contender(name, lambda: float("nan"), why)


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio of two medians, or a duration, that should be reached.

    Attributes:
        text: the goal in words.
        ours: name of the contender that is judged.
        limit: of the ratio; of the seconds where there is no peer.
        peers: names of those whose medians together are 1; none for a goal in seconds.
        at_least: the peers should take at least ``limit`` times as long as ours; else ours should
            take at most ``limit`` times as long as the peers.
    """

    text: str
    ours: str
    limit: float
    peers: tuple[str, ...] = ()
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A goal that is no duration."""

    text: str
    seen: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the goals.

    Attributes:
        number: of the goal.
        title: what is measured.
        contenders: made in the row's folder, the baseline first.
        goals: what should be reached.
        checks: what else should hold.
        rounds: how often each contender has its turn.
    """

    number: int
    title: str
    contenders: Callable[[Setting], Sequence[Contender]]
    goals: tuple[Goal, ...]
    checks: Callable[[Setting], Sequence[Check]] = field(default=lambda _: ())
    rounds: int = ROUNDS


@dataclass(frozen=True, slots=True)
class Figures:
    """What one contender took, in seconds; without samples, why."""

    name: str
    samples: tuple[float, ...]
    missing: str = ""

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.samples)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A goal and whether it was reached: ``yes``, ``no`` or ``not measured: why``."""

    text: str
    seen: str
    reached: str


@dataclass(frozen=True, slots=True)
class Result:
    """Everything a row gave."""

    number: int
    title: str
    figures: tuple[Figures, ...]
    judgements: tuple[Judgement, ...]


def measure(row: Row, *, quick: bool = False) -> Result:
    """Measure a row: one round to warm up, then A B A B."""
    with _setting(quick=quick) as setting:
        contenders = row.contenders(setting)
        samples: dict[str, list[float]] = {each.name: [] for each in contenders}
        for round_ in range(1 + (QUICK_ROUNDS if quick else row.rounds)):
            for each in contenders:
                if not each.missing:
                    gc.collect()
                    seconds = each.sample()
                    samples[each.name] += [seconds] if round_ else []
        figures = [Figures(c.name, tuple(samples[c.name]), c.missing) for c in contenders]
        by_name = {each.name: each for each in figures}
        judged = [judge(goal, by_name) for goal in row.goals]
        judged += [Judgement(c.text, c.seen, _yes(c.reached)) for c in row.checks(setting)]
    return Result(row.number, row.title, tuple(figures), tuple(judged))


def judge(goal: Goal, figures: Mapping[str, Figures]) -> Judgement:
    """Whether a goal was reached; a contender without samples makes it not measured."""
    missing = [figures[name] for name in (goal.ours, *goal.peers) if not figures[name].samples]
    if missing:
        why = "; ".join(f"{each.name}: {each.missing}" for each in missing)
        return Judgement(goal.text, "", f"not measured: {why}")
    ours = figures[goal.ours].median
    if not goal.peers:
        return Judgement(goal.text, f"{ours * 1000:.2f} ms", _yes(ours <= goal.limit))
    peers = sum(figures[name].median for name in goal.peers)
    ratio = peers / ours if goal.at_least else ours / peers
    reached = ratio >= goal.limit if goal.at_least else ratio <= goal.limit
    return Judgement(goal.text, f"{ratio:.2f} x", _yes(reached))


def _yes(reached: bool) -> str:  # noqa: FBT001 - one word for one truth value
    return "yes" if reached else "no"


@contextmanager
def _setting(*, quick: bool) -> Iterator[Setting]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as exits:
        yield Setting(Path(folder), quick, exits)
