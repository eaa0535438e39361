"""A class of what an account is asked, and an account that decides about it the other way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from harness.account.codes import TARGET_TEXTS, MessageCode, TargetCode
from harness.account.questions import Item
from harness.account.replies import ItemState, Reply, TargetState
from harness.account.twist import Asked, Twist
from harness.canary.defect import Defect, Kind
from harness.classes import dataclass

_DONE: Mapping[str, MessageCode] = {"LahetaViesti": MessageCode.QUEUED}
"""What says that all is well, where it is not 0."""


@dataclass(frozen=True, slots=True)
class Class:
    """Some of what one operation of an account can be asked.

    Attributes:
        operation: its name.
        name: short, for the name of the defect.
        what: what belongs to it; completes "refuses ..." or "takes ...".
        holds: whether a request belongs to it.
        item: which of its items belong to it, where answers have a state of each.
        due: the account has to take it; else to refuse it.
    """

    operation: str
    name: str
    what: str
    holds: Callable[[Asked], bool]
    item: Callable[[Asked, Item], bool] = lambda _, __: True
    due: bool = True

    def defect(self) -> Defect:
        """An account that decides the other way."""
        what = f"{self.operation} {'refuses' if self.due else 'takes'} {self.what}."
        return otherwise(self.operation, self.name, what, self._decided)

    def _decided(self, asked: Asked) -> Reply:
        if not self.holds(asked):
            return asked.reply
        if asked.reply.items is not None:
            return with_targets(asked, self._target)
        if is_taken(asked) is not self.due:
            return asked.reply
        return refused(asked.reply) if self.due else taken(asked)

    def _target(self, asked: Asked, item: Item, target: TargetState) -> TargetState:
        if target.code.is_error is self.due or not self.item(asked, item):
            return target
        code = TargetCode.OTHER if self.due else TargetCode.STORED
        account_id = "" if self.due else _SOME_ID
        return replace(target, code=code, text=TARGET_TEXTS[code], account_id=account_id)


_SOME_ID = "AT999999999999"


def about_items(
    operation: str, name: str, what: str, holds: Callable[[Asked, Item], bool], *, due: bool = True
) -> Class:
    """A class of items: a request belongs to it when one of its items does."""
    return Class(
        operation,
        name,
        what,
        lambda asked: any(holds(asked, item) for item in asked.items),
        holds,
        due,
    )


def otherwise(operation: str, name: str, what: str, reply: Callable[[Asked], Reply]) -> Defect:
    """An account whose answers to one operation are others."""

    def decided(asked: Asked) -> Reply:
        return reply(asked) if asked.operation == operation else asked.reply

    return Defect(
        f"{Kind.CLASS}/{operation}/{name}",
        Kind.CLASS,
        what,
        twist=Twist(reply=decided),
    )


def defects_of(classes: Iterable[Class]) -> Iterator[Defect]:
    """The defect of each class."""
    yield from (each.defect() for each in classes)


def is_taken(asked: Asked) -> bool:
    """Everything that was asked was taken: no code says that anything was not."""
    reply = asked.reply
    codes = (target.code for item in reply.items or () for target in item.targets)
    done = {_DONE.get(asked.operation, MessageCode.OK), MessageCode.QUEUED}
    return reply.code in done and not any(code.is_error for code in codes)


def refused(reply: Reply) -> Reply:
    """A refusal instead of a good answer."""
    return Reply(MessageCode.OTHER_550, "Muu virhe.", reply.message_id)


def taken(asked: Asked) -> Reply:
    """A good answer instead of a refusal."""
    return replace(asked.reply, code=_DONE.get(asked.operation, MessageCode.OK))


def with_targets(asked: Asked, change: Callable[[Asked, Item, TargetState], TargetState]) -> Reply:
    """The same answer with other states of its items."""
    told = zip(asked.items, asked.reply.items or (), strict=True)
    return replace(
        asked.reply,
        items=tuple(
            ItemState(state.own_id, tuple(change(asked, item, t) for t in state.targets))
            for item, state in told
        ),
    )
