"""What an account does otherwise than it should; nothing, but where a defect is planted.

A twist is given what the account has decided, and gives what it does instead. Everything else about
the account stays as it is, so that only what is about the difference can notice.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from harness.account import questions
from harness.account.questions import Caller, Item, Person, Printing
from harness.classes import dataclass
from harness.exchange.message import Message

if TYPE_CHECKING:
    from harness.account.delivering import Said
    from harness.account.items import Course, Happened
    from harness.account.replies import Reply

_T = TypeVar("_T")


@dataclass(frozen=True)
class Asked:
    """One request, and what the account has decided about it. It lives for one session.

    Attributes:
        operation: its name.
        message: the request.
        reply: what is to be answered.
        before: what was asked before, the oldest first.
    """

    operation: str
    message: Message = field(repr=False)
    reply: "Reply" = field(repr=False)
    before: tuple["Asked", ...] = field(default=(), repr=False)

    @cached_property
    def caller(self) -> Caller:
        """Who calls."""
        return questions.caller(self.message)

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """The customers that a query names."""
        return questions.people(self.message, "Kysely/Asiakkaat/Asiakas")

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The items that are sent."""
        return questions.items(self.message)

    @cached_property
    def printing(self) -> Printing:
        """What is said of paper."""
        return questions.printing(self.message)


def _same(given: _T) -> _T:
    return given


@dataclass(frozen=True, slots=True)
class Twist:
    """What an account does otherwise.

    Attributes:
        reply: the answer that it gives instead of ``Asked.reply``.
        course: what becomes of an item, by the operation that brought it.
        told: which changes are told together: each part in messages of its own.
        said: how it takes what came of a message of the return channel.
    """

    reply: Callable[[Asked], "Reply"] = field(default=lambda asked: asked.reply)
    course: Callable[[str, "Course"], "Course"] = field(default=lambda _, course: course)
    told: Callable[["Sequence[Happened]"], "Sequence[Sequence[Happened]]"] = field(
        default=lambda happened: (happened,)
    )
    said: Callable[["Said"], "Said"] = field(default=_same)


AS_IT_SHOULD = Twist()
"""That of every account that is not spoilt on purpose."""
