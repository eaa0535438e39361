"""Filled-in forms: from a table of values to statements the record can hold.

A form is one table for each item, as TOML gives it (reading the file is not done here)::

    phase = 1

    [volume-estimates]
    by = "authority"
    messages_per_year = 12000
    support_requests_per_year = 300

An item that several parties state is an array of tables. Every error names the place.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from harness.classes import dataclass
from harness.joining.actor import Party
from harness.joining.events import OrganisationKind, Scalar, Value
from harness.joining.plain import shown_name
from harness.joining.process import Expectation, Field, FieldKind, Item, Phase, Process
from harness.joining.text import TEXT_MAX, Malformed, clean, normal

MAX_INT: Final = 10**12
MAX_PEOPLE: Final = 100
_TRUE: Final = frozenset({"true", "yes", "1"})
_FALSE: Final = frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What one party states of one item."""

    phase: int
    item: str
    stated_by: Party
    values: tuple[Value, ...]


def parse_form(
    form: Mapping[str, object],
    process: Process,
    organisation: OrganisationKind | None = None,
    *,
    where: str = "form",
) -> tuple[Statement, ...]:
    """The statements of a form, in its order.

    Args:
        form: the tables, as ``tomllib`` gives them.
        process: what may be asked.
        organisation: refuse items that do not concern this kind of organisation.
        where: the file's name, for errors.

    Raises:
        Malformed: an unknown phase, item or field, a missing field, a value of the wrong kind, or
            a party that may not state the item; names the place.
    """
    phase = _phase(form.get("phase"), process, f"{where}: phase")
    found: list[Statement] = []
    for name, tables in form.items():
        if name == "phase":
            continue
        place = f"{where}: [{shown_name(name)}]"
        item = _item(phase, name, organisation, place)
        many = tables if isinstance(tables, list) else [tables]
        found.extend(_statement(phase, item, table, place) for table in many)
    if not found:
        raise Malformed("The form has no items.", where=where, todo="Fill in a table an item.")
    return tuple(found)


def _phase(number: object, process: Process, where: str) -> Phase:
    for phase in process.phases:
        if type(number) is int and phase.number == number:
            return phase
    raise Malformed(f"A number from 0 to {process.last} is expected.", where=where)


def _item(phase: Phase, name: str, organisation: OrganisationKind | None, where: str) -> Item:
    item = phase.item(name)
    if item is None:
        known = ", ".join(each.id for each in phase.items) or "none"
        raise Malformed(
            f"Phase {phase.number} asks for no such item.",
            where=where,
            todo=f"It asks for: {known}.",
        )
    if organisation is not None and not item.concerns(organisation):
        raise Malformed(
            f"The item does not concern an organisation of kind {organisation.value}.",
            where=where,
            todo="Leave it out.",
        )
    return item


def _statement(phase: Phase, item: Item, table: object, where: str) -> Statement:
    if not isinstance(table, dict):
        raise Malformed("A table is expected.", where=where)
    parties = {party.value: party for party in item.parties}
    by = table.get("by")
    if not isinstance(by, str) or by not in parties:
        raise Malformed(
            "The party that states the item is missing or may not state it.",
            where=f"{where} by",
            todo=f"One of: {', '.join(parties)}.",
        )
    rest = {name: value for name, value in table.items() if name != "by"}
    return Statement(phase.number, item.id, parties[by], canonical(item, rest, where))


def canonical(item: Item, given: Mapping[str, object], where: str = "values") -> tuple[Value, ...]:
    """The values as the record holds them: checked, in the order of the item's fields.

    Raises:
        Malformed: an unknown or missing field, or a value of the wrong kind; names the field.
    """
    return tuple(Value(name, value) for name, value in _told(item, given, where).items())


def is_canonical(item: Item, values: tuple[Value, ...]) -> bool:
    """Whether these are the values that :func:`canonical` makes of them.

    Raises:
        Malformed: as :func:`canonical`.
    """
    pairs = [(each.name, each.value) for each in values]
    return list(_told(item, dict(pairs), "values").items()) == pairs


def _told(item: Item, given: Mapping[str, object], where: str) -> dict[str, Scalar]:
    """Checked values by name, in the order of the item's fields."""
    for name in given:
        if item.field(name) is None:
            known = ", ".join(each.name for each in item.fields)
            raise Malformed(
                f"{item.id} has no such field.",
                where=f"{where} {shown_name(name)}",
                todo=f"It has: {known}.",
            )
    told = {
        field.name: _scalar(field, given[field.name], where)
        for field in item.fields
        if field.name in given
    }
    for field in item.fields:
        if told.get(field.name, ()) == ():
            _check_absent(field, told, where)
        elif field.not_before:
            _check_order(field, told, where)
    return told


def from_text(item: Item, given: Mapping[str, str], where: str = "--set") -> tuple[Value, ...]:
    """Values typed on a command line; lists are separated by semicolons.

    Raises:
        Malformed: as :func:`canonical`.
    """
    typed = {
        name: _typed(item.field(name), text, f"{where} {shown_name(name)}")
        for name, text in given.items()
    }
    return canonical(item, typed, where)


def _typed(field: Field | None, text: str, where: str) -> object:
    if field is None:
        return text
    word = text.strip()
    if field.kind is FieldKind.BOOL:
        if word.casefold() in _TRUE | _FALSE:
            return word.casefold() in _TRUE
        raise Malformed("true or false is expected.", where=where)
    if field.kind is FieldKind.INT:
        if word.isascii() and word.isdigit() and len(word) <= 13:
            return int(word)
        raise Malformed("A whole number is expected.", where=where)
    if field.kind is FieldKind.PEOPLE:
        return [each.strip() for each in text.split(";") if each.strip()]
    return text


def _scalar(field: Field, value: object, where: str) -> Scalar:
    kind = field.kind
    if kind is FieldKind.BOOL and isinstance(value, bool):
        return value
    if kind is FieldKind.INT and type(value) is int and 0 <= value <= MAX_INT:
        return value
    if kind is FieldKind.TEXT and isinstance(value, str):
        return _clean(value, field, where)
    return _other_scalar(field, value, where)


def _other_scalar(field: Field, value: object, where: str) -> Scalar:
    match field.kind:
        case FieldKind.PEOPLE if isinstance(value, list | tuple) and len(value) <= MAX_PEOPLE:
            return tuple(_clean(each, field, where) for each in value)
        case FieldKind.DATE:
            return _date(value, f"{where} {field.name}")
        case FieldKind.DATETIME:
            return _moment(value, f"{where} {field.name}")
        case _:
            expected = _EXPECTED[field.kind]
            raise Malformed(f"{expected} is expected.", where=f"{where} {field.name}")


_EXPECTED: Final = {
    FieldKind.BOOL: "true or false",
    FieldKind.INT: f"A whole number from 0 to {MAX_INT}",
    FieldKind.TEXT: "A text",
    FieldKind.PEOPLE: f"A list of up to {MAX_PEOPLE} roles or ids",
    FieldKind.DATE: "A date such as 2026-11-22",
    FieldKind.DATETIME: "A time with its offset such as 2026-11-22T08:00:00+02:00",
}


def _clean(value: object, field: Field, where: str) -> str:
    if not isinstance(value, str):
        raise Malformed("A text is expected.", where=f"{where} {field.name}")
    try:
        return clean(value, field.name, maximum=TEXT_MAX)
    except Malformed as error:
        raise Malformed(error.what, where=f"{where} {field.name}", todo=error.todo) from None


def _date(value: object, where: str) -> str:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value.strip())
        except ValueError:
            value = None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise Malformed(f"{_EXPECTED[FieldKind.DATE]} is expected.", where=where)


def _moment(value: object, where: str) -> str:
    try:
        at = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if isinstance(at, datetime) and at.utcoffset() is not None:
            return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        pass
    raise Malformed(f"{_EXPECTED[FieldKind.DATETIME]} is expected.", where=where)


def _counts(field: Field, told: Mapping[str, Scalar]) -> bool:
    return not field.only_if or told.get(field.only_if) is True


def _check_absent(field: Field, told: Mapping[str, Scalar], where: str) -> None:
    if not field.optional and _counts(field, told):
        raise Malformed(
            f"The field is missing: {field.title.en}.",
            where=f"{where} {field.name}",
            todo=f"{_EXPECTED[field.kind]} is expected.",
        )


def _check_order(field: Field, told: Mapping[str, Scalar], where: str) -> None:
    value, earlier = told.get(field.name), told.get(field.not_before)
    if isinstance(value, str) and isinstance(earlier, str) and _earlier(value, earlier):
        raise Malformed(f"It lies before {field.not_before}.", where=f"{where} {field.name}")


def _earlier(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) < datetime.fromisoformat(other)


def undone(item: Item, values: tuple[Value, ...]) -> tuple[str, ...]:
    """Titles of the fields that demand a yes and say no: the item is not done."""
    told = {each.name: each.value for each in values}
    return tuple(
        field.title.en
        for field in item.fields
        if field.expects is Expectation.DEMANDED
        and _counts(field, told)
        and told.get(field.name) is not True
    )


def unadvised(item: Item, values: tuple[Value, ...]) -> tuple[str, ...]:
    """Titles of the fields where a yes, or somebody, is advised and missing."""
    told = {each.name: each.value for each in values}
    return tuple(
        field.title.en
        for field in item.fields
        if field.expects is Expectation.ADVISED
        and _counts(field, told)
        and told.get(field.name) in {None, False, ()}
    )


def not_distinct(item: Item, values: tuple[Value, ...]) -> tuple[str, ...]:
    """Pairs of fields, by title, that name the same person and should not."""
    told = {each.name: _names(each.value) for each in values}
    found = []
    for one, other in item.distinct:
        first, second = item.field(one), item.field(other)
        if first and second and told.get(one, set()) & told.get(other, set()):
            found.append(f"{first.title.en} / {second.title.en}")
    return tuple(found)


def _names(value: Scalar) -> set[str]:
    return {normal(each) for each in value} if isinstance(value, tuple) else {normal(str(value))}
