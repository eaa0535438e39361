"""When something that a tester orders happens, in words such as ``every=3`` or ``once``.

A list of rules is asked for every call; the first rule that says so decides.
"""

import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import Generic, TypeVar

from harness.classes import dataclass
from harness.errors import ConfigError

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_MOST = 100
"""Rules at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When a rule says so.

    Attributes:
        every: only at every n-th call that the rule is about; 1 means each.
        operation: only at calls of this operation; empty means any call.
        next: only so many times, then the rule is spent; ``None`` means without end.
    """

    every: int = 1
    operation: str = ""
    next: int | None = None


R = TypeVar("R", bound=Occasion)


@dataclass(slots=True)
class _Kept(Generic[R]):
    rule: R
    calls: int = 0
    played: int = 0

    @property
    def spent(self) -> bool:
        return self.rule.next is not None and self.played >= self.rule.next


class Occasions(Generic[R]):
    """The rules in force, in order; the first that says so decides."""

    def __init__(
        self, rules: Iterable[R] = (), *, operations: AbstractSet[str] | None = None
    ) -> None:
        """Begin with some rules.

        Args:
            rules: in order.
            operations: those that a rule may be about; ``None`` takes any name.

        Raises:
            ConfigError: there are too many, or one is about an operation that does not exist.
        """
        self._operations = operations
        self._kept: list[_Kept[R]] = []
        self.add(*rules)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def rules(self) -> tuple[R, ...]:
        """Those that are not spent."""
        return tuple(each.rule for each in self._kept)

    def add(self, *rules: R) -> None:
        """Put rules behind the others: all of them, or none.

        Raises:
            ConfigError: there are too many, or one is about an operation that does not exist.
        """
        if len(self._kept) + len(rules) > _MOST:
            raise ConfigError(f"more than {_MOST} rules", todo="Clear the spent ones first.")
        known = self._operations
        for name in (each.operation for each in rules if each.operation):
            if known is not None and name not in known:
                raise ConfigError(
                    f"there is no operation {name[:40]!r}, so this rule would never play",
                    todo=f"There are: {', '.join(sorted(known))}.",
                )
        self._kept += [_Kept(each) for each in rules]

    def clear(self) -> None:
        """Forget every rule."""
        self._kept.clear()

    def choose(
        self, operation: str, among: Callable[[R], bool] = lambda _: True
    ) -> tuple[R, int] | None:
        """The rule that decides a call, and how often it did before; usually none.

        Args:
            operation: name of the operation called; empty when it cannot be told.
            among: which rules are asked; the others do not count the call either.
        """
        chosen: tuple[R, int] | None = None
        for kept in self._kept:
            if kept.rule.operation not in {"", operation} or not among(kept.rule):
                continue
            kept.calls += 1
            if chosen is None and kept.calls % kept.rule.every == 0:
                chosen = (kept.rule, kept.played)
                kept.played += 1
        self._kept = [each for each in self._kept if not each.spent]
        return chosen


def read(text: str, *, example: str, where: str = "") -> tuple[str, dict[str, str], Occasion]:
    """Name, other words and occasion of a rule: ``NAME[,KEY=VALUE ...]``.

    ``every=N``, ``operation=NAME``, ``next=N`` and ``once`` say when.

    Args:
        text: the rule as the command line writes it.
        example: how such a rule may look, for the explanation.
        where: place that an error names.

    Raises:
        ConfigError: it cannot be read; says what is wrong.
    """
    name, *words = [word.strip() for word in text.split(",")]
    values: dict[str, str] = {}
    for word in words:
        key, equals, value = ("next", "=", "1") if word == "once" else word.partition("=")
        if not equals or not key or key in values:
            raise ConfigError(
                f"{word[:40]!r} is not one KEY=VALUE of a rule",
                where=where,
                todo=f"Write it like {example}.",
            )
        values[key] = value
    every = _count(values, "every", where)
    following = _count(values, "next", where)
    operation = values.pop("operation", "")
    return name, values, Occasion(every=every or 1, operation=operation, next=following)


def words(occasion: Occasion) -> list[str]:
    """An occasion as the command line writes it; what is as usual is left out."""
    found = [f"every={occasion.every}"] if occasion.every != 1 else []
    found += [f"operation={occasion.operation}"] if occasion.operation else []
    found += [f"next={occasion.next}"] if occasion.next is not None else []
    return found


def _count(values: dict[str, str], key: str, where: str) -> int | None:
    text = values.pop(key, None)
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None or int(text) < 1:
        raise ConfigError(f"{key} must be a whole number from 1", where=where)
    return int(text)
