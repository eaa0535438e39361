"""Whatever is drawn at random is a list of numbers: it can be drawn again, and made smaller.

A generator asks for one of ``n`` things, again and again, 0 being the plainest; what it makes
depends on the answers alone. So the same numbers make the same thing on every machine, and fewer
or smaller numbers make a plainer one. A thing that shows a defect is made plainer by trying that.
"""

import random
from collections.abc import Callable, Iterator, Sequence

Pick = Callable[[int], int]
"""One of so many things; 0 is the plainest."""

_BLOCKS = (16, 8, 4, 2, 1)


class Numbers:
    """Numbers for a generator: those given, then drawn ones; what was handed out is kept."""

    def __init__(self, given: Sequence[int] = (), draw: Pick = lambda _: 0) -> None:
        """Hand out ``given`` first; ``draw`` gives what comes after, else all 0."""
        self._given, self._draw = given, draw
        self.taken: list[int] = []

    def pick(self, count: int) -> int:
        """One of ``count``."""
        place = len(self.taken)
        number = self._given[place] if place < len(self._given) else self._draw(count)
        self.taken.append(min(number, count - 1))
        return self.taken[-1]


def drawn(seed: str) -> Numbers:
    """Numbers at random, the same for the same seed.

    Of the standard generator only ``random()`` is used: it alone is promised to stay the same for
    the same seed in every version of Python.
    """
    source = random.Random(seed)  # noqa: S311 - repeatable on purpose
    return Numbers(draw=lambda count: int(source.random() * count))


def smallest(
    numbers: Sequence[int], still: Callable[[Sequence[int]], Sequence[int] | None], tries: int
) -> tuple[int, ...]:
    """The smallest numbers found that show the same as ``numbers``.

    Args:
        numbers: what to begin with.
        still: whether other numbers show the same: those that were handed out for them, else
            nothing. Where they end it goes on with 0.
        tries: how often ``still`` may be asked.
    """
    best, known = tuple(numbers), {tuple(numbers)}
    waiting = _plainer(best)
    while tries:
        tried = next((each for each in waiting if each not in known), None)
        if tried is None:
            break
        known.add(tried)
        tries -= 1
        used = still(tried)
        if used is not None and _order(used) < _order(best):
            best = tuple(used)
            waiting = _plainer(best)
    return best


def _order(numbers: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    return len(numbers), tuple(numbers)


def _plainer(numbers: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Nothing but 0 from somewhere on; without a block, or 0 instead; then with a smaller one."""
    length = len(numbers)
    for share in (0, 1, 2, 3):
        yield numbers[: length * share // 4]
    for size in _BLOCKS:
        for start in range(length - size, -1, -1):
            before, after = numbers[:start], numbers[start + size :]
            yield before + after
            if any(numbers[start : start + size]):
                yield before + (0,) * size + after
    for place, number in enumerate(numbers):
        for less in sorted({number // 2, number - 1} & set(range(1, number))):
            yield (*numbers[:place], less, *numbers[place + 1 :])
