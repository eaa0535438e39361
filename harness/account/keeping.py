"""The state of an account as plain data, so that a server can go on after a restart.

JSON with a format number. It holds ids, codes and moments, customers by artificial identity codes
only, and no text that a caller sent. What customers write is kept as long as it may be sent.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from harness.account.delivering import Delivery
from harness.account.items import StoredItem
from harness.account.outbox import Push
from harness.classes import dataclass
from harness.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class State:
    """Everything an account remembers.

    Attributes:
        now: account time when it was kept.
        ahead: how far account time was ahead of the clock.
        answers: how many requests it had answered.
        items: in the order of arrival.
        pushes: in the order of their numbers.
        deliveries: how messages of the return channel stand, by number.
        format: of this data.
    """

    now: datetime
    ahead: timedelta
    answers: int
    items: tuple[StoredItem, ...]
    pushes: tuple[Push, ...]
    deliveries: tuple[Delivery, ...] = ()
    format: Literal[1] = 1


def plain(state: State) -> dict[str, Any]:
    """As JSON-able data."""
    data: dict[str, Any] = _adapter().dump_python(state, mode="json")
    return data


def read(data: Mapping[str, Any]) -> State:
    """From such data.

    Raises:
        ConfigError: it is something else.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - only who keeps states pays for it

    try:
        state = _adapter().validate_python(dict(data))
    except (ValidationError, TypeError, ValueError) as error:
        where = _place(error) if isinstance(error, ValidationError) else ""
        raise _unreadable(where) from None
    _check(state)
    return state


@lru_cache(maxsize=1)
def _adapter() -> "TypeAdapter[State]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - only who keeps states pays for it

    return TypeAdapter(State)


def _check(state: State) -> None:
    """What the books rely on: numbers without gaps, at least one state each, zones."""
    for kind, kept in (("items", state.items), ("pushes", state.pushes)):
        if [each.number for each in kept] != list(range(1, len(kept) + 1)):
            raise _unreadable(kind)
    if any(not item.history for item in state.items):
        raise _unreadable("items")
    if any(bool(push.states) == (push.message is not None) for push in state.pushes):
        raise _unreadable("pushes")
    numbers = [each.number for each in state.deliveries]
    if not set(numbers) <= set(range(1, len(state.pushes) + 1)) or len(numbers) > len(set(numbers)):
        raise _unreadable("deliveries")
    changes = (each for item in state.items for each in (*item.history, *item.to_come))
    moments = [state.now, *(each.at for each in changes), *(push.at for push in state.pushes)]
    moments += [each.not_before for each in state.deliveries if each.not_before is not None]
    if any(moment.tzinfo is None for moment in moments) or state.ahead < timedelta():
        raise _unreadable("")


def _place(error: Any) -> str:
    return ".".join(str(step) for step in error.errors(include_input=False)[0]["loc"])


def _unreadable(where: str) -> ConfigError:
    return ConfigError(
        "the kept state of the account cannot be read",
        where=where,
        todo="Begin with a fresh account: remove the file it is kept in.",
    )
