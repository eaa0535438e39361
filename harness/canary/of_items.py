"""Defects about items: their texts, times, flags and receivers, and many of them at once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.account.codes import TARGET_TEXTS, MessageCode, TargetCode
from harness.account.customers import CRN, SSN
from harness.account.questions import Item, Person, whole_number
from harness.account.replies import ItemState, Reply, TargetState
from harness.account.twist import Asked
from harness.canary.classes import Class, about_items, defects_of, is_taken, otherwise, with_targets
from harness.canary.defect import Defect
from harness.canary.of_customers import KINDS, customer_of, kind_of
from harness.identity import is_business_id, is_personal_code

ADD, SEND = "LisaaKohteita", "LahetaViesti"
_TIMES = {"utc": r".*:\d\dZ", "offset": r".*[-+]\d\d:\d\d", "fraction": r".*\.\d+.*"}
"""Ways to write LahetysPvm, besides that without a zone."""
_LONG, _FAR_TOO_LONG, _MANY = 10_000, 400, 10


def of_items() -> Iterator[Defect]:
    """All of them."""
    yield from defects_of(_of_texts())
    yield from defects_of(_of_times())
    yield from defects_of(_of_flags())
    yield from defects_of(_of_receivers())
    yield from defects_of(_of_wrong_receivers())
    yield from defects_of(_of_counts())
    for name, what, reply in _TOGETHER:
        yield otherwise(ADD, name, f"{ADD} {what}.", reply)


def _of_texts() -> Iterator[Class]:
    for name, what, holds in (
        ("letters-beyond-the-first-plane", "of letters beyond the first plane", _is_astral),
        ("long-text", f"of over {_LONG} characters", lambda _, item: len(item.text or "") > _LONG),
        ("one-character", "of one character", lambda _, item: len(item.text or "") == 1),
    ):
        yield about_items(ADD, name, f"a text {what}", holds)
    for name, what, refused in (
        ("blank-title", "a title of blanks", lambda _, item: (item.title or "-").isspace()),
        ("blank-text", "a text of blanks", lambda _, item: (item.text or "-").isspace()),
        (
            "far-too-long-title",
            f"a title of over {_FAR_TOO_LONG} characters",
            lambda _, item: len(item.title or "") > _FAR_TOO_LONG,
        ),
    ):
        yield about_items(ADD, name, what, refused, due=False)
    yield about_items(SEND, "lines-and-tabs", "a text of lines with tabs", _has_lines)


def _is_astral(_: Asked, item: Item) -> bool:
    return any(letter > "\uffff" for letter in item.text or "")


def _has_lines(_: Asked, item: Item) -> bool:
    return {"\n", "\t"} <= set(item.text or "")


def _of_times() -> Iterator[Class]:
    for name, form in _TIMES.items():
        yield Class(ADD, f"time-{name}", f"a sending time written as {name}", _written(form))
    form = r"(?!.*[-+]\d\d:\d\d$).*:\d\d(\.\d+)?"
    yield Class(ADD, "time-without-zone", "a sending time without a zone", _written(form))


def _written(form: str) -> Callable[[Asked], bool]:
    path = "Kysely/Kohteet/Kohde/LahetysPvm"
    return lambda asked: any(re.fullmatch(form, text) for text in asked.message.texts(path))


def _of_flags() -> Iterator[Class]:
    for operation in (ADD, SEND):
        what = "an item that demands a read receipt and no confirmation"
        yield about_items(operation, "receipt", what, _demands_receipt)
        for files, with_files in ((True, "with-file"), (False, "without-file")):
            what = f"an item {with_files.replace('-', ' a ')} that demands confirmation"
            yield about_items(operation, f"confirm-{with_files}", what, _demanding(files=files))


def _demands_receipt(_: Asked, item: Item) -> bool:
    return (item.confirm, item.receipt) == ("0", "1")


def _demanding(*, files: bool) -> Callable[[Asked, Item], bool]:
    return lambda _, item: item.confirm == "1" and bool(item.attachments) is files


def _of_receivers() -> Iterator[Class]:
    for kind in KINDS:
        for place, stands in _PLACES.items():
            name = f"{kind} {place}".replace(" ", "-")
            what = f"an item for one of these: {kind}, {place}"
            yield about_items(
                ADD, name, what, _received(kind, stands), due=kind.startswith("active")
            )
    refusing = "an item for a customer who refuses items"
    yield about_items(ADD, "refusing", refusing, _is_for("refusing"), due=False)


def _received(kind: str, stands: Callable[[Asked, Item], bool]) -> Callable[[Asked, Item], bool]:
    def held(asked: Asked, item: Item) -> bool:
        return stands(asked, item) and any(kind_of(customer_of(p)) == kind for p in item.people)

    return held


_PLACES: dict[str, Callable[[Asked, Item], bool]] = {
    "alone": lambda asked, item: len(asked.items) == len(item.people) == 1,
    "among items": lambda asked, item: len(asked.items) > 1 and len(item.people) == 1,
    "among receivers": lambda _, item: len(item.people) > 1,
}


def _is_for(role: str) -> Callable[[Asked, Item], bool]:
    return lambda _, item: any(customer_of(person).role == role for person in item.people)


def _of_wrong_receivers() -> Iterator[Class]:
    for name, what, holds in (
        ("business-id-as-a-persons", "a business id as a person's", _is_company_as_person),
        ("personal-code-as-a-companys", "a personal code as a company's", _is_person_as_company),
    ):
        for operation in (ADD, SEND):
            yield about_items(operation, name, what, _any_person(holds), due=False)


def _any_person(holds: Callable[[Person], bool]) -> Callable[[Asked, Item], bool]:
    return lambda _, item: any(map(holds, item.people))


def _is_company_as_person(person: Person) -> bool:
    return person.type == SSN and is_business_id(person.id)


def _is_person_as_company(person: Person) -> bool:
    return person.type == CRN and is_personal_code(person.id)


def _of_counts() -> Iterator[Class]:
    yield Class(ADD, "many", f"more than {_MANY} items", lambda asked: len(asked.items) > _MANY)
    what = "fewer items in its count than it has"
    yield Class(
        ADD,
        "count-too-small",
        what,
        lambda asked: 0 < _counted(asked) < len(asked.items),
        due=False,
    )
    what = "more items in its count than it has"
    yield Class(
        ADD, "count-too-large", what, lambda asked: _counted(asked) > len(asked.items), due=False
    )


def _counted(asked: Asked) -> int:
    return whole_number(asked.message.text("Kysely/KohdeMaara")) or 0


# Many items at once, and items that are not there yet


def _in_another_order(asked: Asked) -> Reply:
    return replace(asked.reply, items=asked.reply.items and tuple(reversed(asked.reply.items)))


def _all_or_none(asked: Asked) -> Reply:
    if asked.reply.items is None or is_taken(asked):
        return asked.reply
    return with_targets(asked, lambda _, __, target: _failed(target))


def _all_receivers_or_none(asked: Asked) -> Reply:
    def told(state: ItemState) -> ItemState:
        failed = any(target.code.is_error for target in state.targets)
        return replace(state, targets=tuple(map(_failed, state.targets))) if failed else state

    items = asked.reply.items
    return asked.reply if items is None else replace(asked.reply, items=tuple(map(told, items)))


def _only_the_first(asked: Asked) -> Reply:
    return replace(asked.reply, items=asked.reply.items and asked.reply.items[:1])


def _failed(target: TargetState) -> TargetState:
    if target.code.is_error:
        return target
    code = TargetCode.OTHER
    return replace(target, code=code, text=TARGET_TEXTS[code], account_id="")


def _without_account_id(asked: Asked) -> Reply:
    def told(_: Asked, __: Item, target: TargetState) -> TargetState:
        waits = target.code is TargetCode.IN_PROCESSING
        return replace(target, account_id="") if waits else target

    return asked.reply if asked.reply.items is None else with_targets(asked, told)


def _told_at_once(asked: Asked) -> Reply:
    if asked.reply.code is not MessageCode.QUEUED:
        return asked.reply
    code = TargetCode.IN_PROCESSING
    return replace(
        asked.reply,
        items=tuple(
            ItemState(
                item.own_id,
                tuple(TargetState(p.id, p.type, code, TARGET_TEXTS[code]) for p in item.people),
            )
            for item in asked.items
        ),
    )


_TOGETHER: tuple[tuple[str, str, Callable[[Asked], Reply]], ...] = (
    ("in-another-order", "tells the states of items in another order", _in_another_order),
    ("all-or-none", "takes no item of a message when it refuses one", _all_or_none),
    (
        "all-receivers-or-none",
        "takes an item for nobody when one cannot get it",
        _all_receivers_or_none,
    ),
    ("only-the-first", "tells the state of the first item only", _only_the_first),
    ("in-processing-without-id", "gives an item in processing no id", _without_account_id),
    ("queued-and-told", "tells states of items that it has only queued", _told_at_once),
)
