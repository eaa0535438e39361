"""How messages of the return channel are delivered: what is sent next, and what an outcome means.

Pure: no sockets, no clock; the moment comes in as account time. The rules:

1. Messages for one service of an authority go out in the order of their numbers, one at a time.
2. A message counts as delivered when its receiver has answered with TilaKoodi 0. From then on it is
   never sent again, unless a tester ordered a duplicate.
3. After anything else - another code, a Fault, an answer that breaks the contract, no answer -
   the same message, with the same SanomaTunniste, is sent again after a wait that grows. Those
   behind it wait. When its attempts are used up it is given up, and the next one has its turn.
4. A tester can order by rule that messages are sent twice, in the wrong order, never, or not now.

What the service itself does after a code other than 0, and how often it tries, is not known; that
it sends again is ours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from harness.account.outbox import OPERATIONS, Push
from harness.classes import dataclass
from harness.errors import ConfigError
from harness.occasions import Occasion, Occasions, read, words

_EXAMPLE = "duplicate,every=3 or out-of-order,once"
_Address: TypeAlias = tuple[str, str]


class Action(StrEnum):
    """What a tester can order."""

    DUPLICATE = "duplicate"
    """Sent once more although it was acknowledged."""
    OUT_OF_ORDER = "out-of-order"
    """Held back until the next one for the same service was sent."""
    DROP = "drop"
    """Never sent."""
    PAUSE = "pause"
    """Nothing is sent as long as the rule is in force."""


@dataclass(frozen=True, slots=True)
class PushRule(Occasion):
    """What is done with messages, and when."""

    action: Action

    @property
    def written(self) -> str:
        """As the command line writes it."""
        return ",".join([self.action.value, *words(self)])


def push_rule(text: str, *, where: str = "") -> PushRule:
    """A rule as the command line writes it: ``ACTION[,every=N][,operation=NAME][,next=N|,once]``.

    Raises:
        ConfigError: it cannot be read; says what is wrong.
    """
    name, values, when = read(text, example=_EXAMPLE, where=where)
    if name not in set(Action):
        there = ", ".join(Action)
        raise ConfigError(
            f"there is no push rule {name[:40]!r}", where=where, todo=f"There are: {there}."
        )
    action = Action(name)
    if action is Action.PAUSE and (when.every != 1 or when.next is not None):
        values = {"every, next or once": "", **values}
    if values:
        raise ConfigError(
            f"{action} takes no {next(iter(values))[:40]!r}",
            where=where,
            todo=f"Write it like {_EXAMPLE}.",
        )
    return PushRule(action, every=when.every, operation=when.operation, next=when.next)


@dataclass(frozen=True, slots=True)
class Resending:
    """When a message is sent again.

    Attributes:
        attempts: how often one is sent at most, the first time included.
        first_seconds: account time from the first failure to the second attempt.
        factor: how much longer each further wait is.
        longest_seconds: the longest wait.

    Raises:
        ConfigError: a number is out of range.
    """

    attempts: int = 10
    first_seconds: float = 2.0
    factor: float = 2.0
    longest_seconds: float = 300.0

    def __post_init__(self) -> None:
        waits = 0 <= self.first_seconds <= self.longest_seconds <= 24 * 3600
        if not (1 <= self.attempts <= 1000 and waits and 1 <= self.factor <= 100):
            raise ConfigError(
                "attempts and waits of the return channel are out of range",
                todo="From 1 to 1000 attempts; the first wait at most as long as the longest one.",
            )

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts, from 1 on."""
        # Beyond this many doublings every wait is the longest one.
        grown = self.first_seconds * self.factor ** min(attempts - 1, 60)
        return timedelta(seconds=min(grown, self.longest_seconds))


class Outcome(StrEnum):
    """What a receiver made of a message."""

    ACCEPTED = "accepted"
    """TilaKoodi 0."""
    REFUSED = "refused"
    """Another code."""
    FAULT = "fault"
    LOST = "lost"
    """No answer, or one that breaks the contract."""


@dataclass(frozen=True, slots=True)
class Said:
    """An outcome, and the code that tells it: TilaKoodi, or a finding or problem code."""

    outcome: Outcome
    code: str = ""


class Standing(StrEnum):
    """How a message stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one message stands.

    Attributes:
        number: of the message.
        standing: delivered, or not.
        attempts: how often it was sent.
        last: code of the last attempt that was not accepted; else empty.
        not_before: the moment of the next attempt, in UTC; ``None`` for any.
        decided: the rules have been asked.
        held: it waits until a later one for the same service was sent.
        again: it is sent once more when it has been delivered.
    """

    number: int
    standing: Standing = Standing.PENDING
    attempts: int = 0
    last: str = ""
    not_before: datetime | None = None
    decided: bool = False
    held: bool = False
    again: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing more will be sent."""
        return self.standing is not Standing.PENDING and not self.owes_duplicate

    @property
    def may_be_sent(self) -> bool:
        """It will be sent, or somebody may still order that: so may what was given up."""
        return not self.is_over or self.standing is Standing.GIVEN_UP

    @property
    def owes_duplicate(self) -> bool:
        """It was acknowledged, and is to be sent once more."""
        return self.standing is Standing.DELIVERED and self.again


@dataclass(frozen=True, slots=True)
class Due:
    """What is sent now.

    Attributes:
        push: the message.
        duplicate: it was acknowledged already; whatever is answered, it is not sent again.
    """

    push: Push
    duplicate: bool = False


class Deliveries:
    """The deliveries of one account's messages."""

    def __init__(self, resending: Resending | None = None, rules: Iterable[PushRule] = ()) -> None:
        """Begin without any.

        Args:
            resending: when a message is sent again.
            rules: what a tester orders.
        """
        self.resending = resending or Resending()
        self.rules: Occasions[PushRule] = Occasions(rules, operations=OPERATIONS)
        self._kept: dict[int, Delivery] = {}
        self._over = 0
        """So many messages from the first one on are over."""

    def restore(self, kept: Iterable[Delivery] = ()) -> None:
        """Go on from deliveries of before."""
        self._kept = {each.number: each for each in kept}
        self._over = 0

    @property
    def kept(self) -> tuple[Delivery, ...]:
        """Those of which anything is known, by number."""
        return tuple(self._kept[number] for number in sorted(self._kept))

    @property
    def paused(self) -> bool:
        """A rule of the tester's holds something back."""
        return any(rule.action is Action.PAUSE for rule in self.rules.rules)

    def of(self, push: Push) -> Delivery:
        """How a message stands."""
        return self._kept.get(push.number) or Delivery(push.number)

    def next(self, pushes: Sequence[Push], now: datetime) -> Due | None:
        """What is sent now; ``None`` when nothing is, at this moment.

        Args:
            pushes: every message of the account, in the order of their numbers.
            now: account time.
        """
        while self._over < len(pushes) and self.of(pushes[self._over]).is_over:
            self._over += 1
        held: set[_Address] = set()
        waiting: set[_Address] = set()
        for push in pushes[self._over :]:
            address = (push.authority, push.service)
            if address in waiting or self.of(push).is_over:
                continue
            if self._is_paused(push):
                waiting.add(address)
                continue
            found = self._decided(push, may_hold=address not in held)
            if found.held:
                held.add(address)
            elif found.not_before is not None and found.not_before > now:
                waiting.add(address)
            elif not found.is_over:
                return Due(push, found.owes_duplicate)
        return None

    def done(self, pushes: Sequence[Push], due: Due, said: Said, now: datetime) -> Delivery:
        """Take down what came of sending a message; gives how it stands now.

        Args:
            pushes: every message of the account.
            due: what was sent.
            said: what came of it.
            now: account time.
        """
        before = self.of(due.push)
        accepted = said.outcome is Outcome.ACCEPTED
        found = replace(before, attempts=before.attempts + 1, last="" if accepted else said.code)
        if due.duplicate:
            found = replace(found, again=False)
        elif accepted:
            found = replace(found, standing=Standing.DELIVERED, not_before=None)
        elif found.attempts >= self.resending.attempts:
            found = replace(found, standing=Standing.GIVEN_UP, not_before=None)
        else:
            found = replace(found, not_before=now + self.resending.wait(found.attempts))
        self._kept[found.number] = found
        if found.standing is not Standing.PENDING:
            self._release(pushes, due.push)
        return found

    def resend(self) -> None:
        """Send what was given up as if it had never been sent, and what waits at once."""
        for number, each in self._kept.items():
            if each.standing in {Standing.GIVEN_UP, Standing.PENDING}:
                fresh = replace(each, standing=Standing.PENDING, attempts=0, not_before=None)
                self._kept[number] = fresh
        self._over = 0

    def clear_rules(self) -> None:
        """Forget every rule; what was held back goes out in its turn."""
        self.rules.clear()
        for number, each in self._kept.items():
            self._kept[number] = replace(each, held=False)

    def _is_paused(self, push: Push) -> bool:
        return any(
            rule.action is Action.PAUSE and rule.operation in {"", push.operation}
            for rule in self.rules.rules
        )

    def _decided(self, push: Push, *, may_hold: bool) -> Delivery:
        """How a message stands, once the rules have been asked about it."""
        found = self.of(push)
        if found.decided:
            return found
        refused = {Action.PAUSE} if may_hold else {Action.PAUSE, Action.OUT_OF_ORDER}
        chosen = self.rules.choose(push.operation, lambda rule: rule.action not in refused)
        action = chosen[0].action if chosen else None
        found = replace(
            found,
            decided=True,
            held=action is Action.OUT_OF_ORDER,
            again=action is Action.DUPLICATE,
            standing=Standing.DROPPED if action is Action.DROP else found.standing,
        )
        self._kept[push.number] = found
        return found

    def _release(self, pushes: Sequence[Push], sent: Push) -> None:
        """What was held back behind this one has its turn."""
        for push in pushes[self._over : sent.number - 1]:
            same = (push.authority, push.service) == (sent.authority, sent.service)
            if same and self.of(push).held:
                self._kept[push.number] = replace(self.of(push), held=False)
