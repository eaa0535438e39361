"""When faults are played: a list of rules that a server asks for every call."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.endpoints.faults import Fault, fault
from harness.errors import ConfigError

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_MOST = 100
"""Rules at a time."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a fault is played.

    Attributes:
        fault: what is played.
        every: only at every n-th call that the rule is about; 1 means each.
        operation: only at calls of this operation; empty means any call.
        next: only so many times, then the rule is spent; ``None`` means without end.
    """

    fault: Fault
    every: int = 1
    operation: str = ""
    next: int | None = None


@dataclass(slots=True)
class _Kept:
    rule: Rule
    calls: int = 0
    played: int = 0

    @property
    def spent(self) -> bool:
        return self.rule.next is not None and self.played >= self.rule.next


class Rules:
    """The rules in force, in order; the first that says so plays its fault."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._kept: list[_Kept] = []
        for each in rules:
            self.add(each)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those that are not spent."""
        return tuple(each.rule for each in self._kept)

    def add(self, rule: Rule) -> None:
        """Put a rule behind the others.

        Raises:
            ConfigError: there are too many.
        """
        if len(self._kept) >= _MOST:
            raise ConfigError(f"more than {_MOST} fault rules", todo="Clear the spent ones first.")
        self._kept.append(_Kept(rule))

    def clear(self) -> None:
        """Forget every rule."""
        self._kept.clear()

    def pick(self, operation: str) -> tuple[Fault, int] | None:
        """The fault of this call and how often it was played before; usually none.

        Args:
            operation: name of the operation called; empty when it cannot be told.
        """
        chosen: tuple[Fault, int] | None = None
        for kept in self._kept:
            if kept.rule.operation not in {"", operation}:
                continue
            kept.calls += 1
            if chosen is None and kept.calls % kept.rule.every == 0:
                chosen = (kept.rule.fault, kept.played)
                kept.played += 1
        self._kept = [each for each in self._kept if not each.spent]
        return chosen


def rule(text: str, *, where: str = "") -> Rule:
    """A rule as the command line writes it: ``NAME[,KEY=VALUE ...]``.

    ``every=N``, ``operation=NAME``, ``next=N`` and ``once`` say when; other keys are parameters of
    the fault.

    Raises:
        ConfigError: it cannot be read; says what is wrong.
    """
    name, *words = [word.strip() for word in text.split(",")]
    values: dict[str, str] = {}
    for word in words:
        key, equals, value = ("next", "=", "1") if word == "once" else word.partition("=")
        if not equals or not key or key in values:
            raise ConfigError(
                f"{word[:40]!r} is not one KEY=VALUE of a fault rule",
                where=where,
                todo="Write it like latency,milliseconds=200,every=3 or connection-reset,once.",
            )
        values[key] = value
    every = _count(values, "every", where)
    following = _count(values, "next", where)
    operation = values.pop("operation", "")
    return Rule(fault(name, values, where=where), every or 1, operation, following)


def _count(values: dict[str, str], key: str, where: str) -> int | None:
    text = values.pop(key, None)
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None or int(text) < 1:
        raise ConfigError(f"{key} must be a whole number from 1", where=where)
    return int(text)
