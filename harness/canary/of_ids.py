"""Defects about ids of items: when one is taken, and what a reference leads to."""

from collections.abc import Callable, Iterator

from harness.account.codes import TargetCode
from harness.account.questions import Item
from harness.account.twist import Asked
from harness.canary.classes import Class, about_items, defects_of, is_taken
from harness.canary.defect import Defect
from harness.canary.of_items import ADD, SEND

_BOTH = (ADD, SEND)
_ACCOUNT, _OWN = "AsiointitiliTunniste", "ViranomaisTunniste"


def of_ids() -> Iterator[Defect]:
    """All of them."""
    waiting = "an id whose item is in processing"
    yield about_items(ADD, "id-of-a-waiting-item", waiting, _is_waiting, due=False).defect()
    for operation in _BOTH:
        yield from defects_of(_of_taken_ids(operation))
        yield from defects_of(_of_free_ids(operation))
        yield from defects_of(_of_references(operation))


def _of_taken_ids(operation: str) -> Iterator[Class]:
    for first in _BOTH:
        what = f"an id that an item of {first} has"
        yield about_items(operation, f"id-of-{first}", what, _used_by(first), due=False)
    for name, what, holds in (
        ("id-of-anothers-item", "an id that another customer's item has", _is_anothers),
        ("id-in-the-same-message", "an id that came in the very same message", _is_same_message),
    ):
        yield about_items(operation, name, what, holds, due=False)


def _of_free_ids(operation: str) -> Iterator[Class]:
    for name, what, holds in (
        ("id-of-another-authority", "an id that another authority uses", _is_foreign),
        ("id-refused-alone", "an id whose item was refused", _was_refused(alone=True)),
        ("id-refused-with-others", "an id that was refused with others", _was_refused(alone=False)),
        ("id-of-a-failed-item", "an id whose item has failed since it was taken", _has_failed),
    ):
        yield about_items(operation, name, what, holds)


def _earlier(asked: Asked, item: Item, *, taken: bool = True) -> Iterator[tuple[Asked, Item]]:
    """Items of the same authority that had the same id before, in messages taken or refused."""
    for before in asked.before:
        if before.caller.authority == asked.caller.authority and is_taken(before) is taken:
            for each in before.items:
                if item.own_id and each.own_id == item.own_id:
                    yield before, each


def _used_by(operation: str) -> Callable[[Asked, Item], bool]:
    return lambda asked, item: any(b.operation == operation for b, _ in _earlier(asked, item))


def _is_waiting(asked: Asked, item: Item) -> bool:
    states = (s for before, _ in _earlier(asked, item) for s in before.reply.items or ())
    return any(t.code is TargetCode.IN_PROCESSING for state in states for t in state.targets)


def _is_anothers(asked: Asked, item: Item) -> bool:
    return any(each.people != item.people for _, each in _earlier(asked, item))


def _is_same_message(asked: Asked, item: Item) -> bool:
    return any(before.caller == asked.caller for before, _ in _earlier(asked, item))


def _is_foreign(asked: Asked, item: Item) -> bool:
    others = (b for b in asked.before if b.caller.authority != asked.caller.authority)
    return any(each.own_id == item.own_id for before in others for each in before.items)


def _was_refused(*, alone: bool) -> Callable[[Asked, Item], bool]:
    def held(asked: Asked, item: Item) -> bool:
        if any(True for _ in _earlier(asked, item)):
            return False
        refused = _earlier(asked, item, taken=False)
        return any((len(before.items) == 1) is alone for before, _ in refused)

    return held


def _has_failed(asked: Asked, item: Item) -> bool:
    return any(True for _ in _earlier(asked, item))


def _of_references(operation: str) -> Iterator[Class]:
    for kind in (_ACCOUNT, _OWN):
        what = f"a reference by {kind} to an item of the same customer's"
        yield about_items(operation, f"reference-by-{kind}", what, _refers(kind, _is_known))
        for name, where, holds in _ASTRAY:
            what = f"a reference by {kind} {where}"
            held = _refers(kind, holds)
            yield about_items(operation, f"reference-{name}-by-{kind}", what, held, due=False)
    what = f"a reference by {_OWN} to an item that was refused"
    held = _refers(_OWN, _is_refused)
    yield about_items(operation, "reference-to-refused", what, held, due=False)


def _refers(kind: str, holds: Callable[[Asked, Item], bool]) -> Callable[[Asked, Item], bool]:
    def held(asked: Asked, item: Item) -> bool:
        return bool(item.reference) and item.reference_type == kind and holds(asked, item)

    return held


def _targets(asked: Asked, item: Item) -> Iterator[str]:
    """AsiakasTunnus of everybody for whom there is an item that the reference could mean."""
    for before in asked.before:
        if item.reference_type == _OWN:
            same = (each for each in before.items if each.own_id == item.reference)
            yield from (p.id for each in same if is_taken(before) for p in each.people)
        for state in before.reply.items or ():
            yield from (t.id for t in state.targets if t.account_id == item.reference)


def _is_known(asked: Asked, item: Item) -> bool:
    return any(_targets(asked, item))


def _is_of_another(asked: Asked, item: Item) -> bool:
    meant = set(_targets(asked, item))
    return bool(meant) and not {person.id for person in item.people} <= meant


def _is_refused(asked: Asked, item: Item) -> bool:
    messages = (each for each in (*asked.before, asked) if not is_taken(each))
    return any(each.own_id == item.reference for message in messages for each in message.items)


def _leads_nowhere(asked: Asked, item: Item) -> bool:
    return not _is_known(asked, item) and not _is_refused(asked, item)


_ASTRAY = (
    ("to-nothing", "to no item at all", _leads_nowhere),
    ("to-anothers", "to another customer's item", _is_of_another),
)
