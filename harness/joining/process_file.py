"""A process of a project's own: from a table to a :class:`Process`, and back to its one text.

The table is what TOML or JSON gives; reading a file is not done here. Everything that a
:class:`Process` can say can be said in it::

    id = "library-joining-1"
    title = "Joining the library's service"           # or { en = "...", fi = "...", sv = "..." }

    [parties]                                         # what the four parties are called
    authority = "the customer"
    ...
    [roles]                                           # see Roles
    test = ["supplier"]
    ...
    [window]                                          # may be left out: see Window
    phase = 2
    ...
    [[phases]]                                        # see Phase, Item and Field
    number = 0
    name = "Agreement"

Rules:

1. Nothing is ignored or guessed: an unknown key, a missing one or a value of another kind is
   refused by its place. Only titles fall back: a missing Finnish or Swedish one is the English one.
2. A process cannot be weaker than the rules around it are meant to be: production rests on at least
   one suite, the last phase asks for nothing of its own, and an opening window is agreed on by
   every party itself.
3. :func:`describe` writes every key out, in one form; :func:`parse` takes this form and no other.
   It stands in the project's first event, so that replay needs no file. What it accepts once, it
   accepts for ever: a later form is another ``format``.
4. Ids that begin with ``liittymisprosessi-`` are those of built-in processes, also of later ones.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeVar

from harness.classes import dataclass
from harness.i18n import LANGUAGES, Text
from harness.joining.actor import Party
from harness.joining.events import DEFINITION_MAX, OrganisationKind
from harness.joining.plain import Json, shown_name
from harness.joining.process import (
    PROCESSES,
    Expectation,
    Field,
    FieldKind,
    Item,
    Phase,
    Process,
    Roles,
    Window,
)
from harness.joining.text import Malformed, clean, slug

FORMAT: Final = 1
RESERVED: Final = "liittymisprosessi-"
MAX_PHASES: Final = 30
MAX_ITEMS: Final = 40
"""Items of one phase."""
MAX_FIELDS: Final = 30
"""Fields of one item."""
MAX_SUITES: Final = 12
"""Suites of the whole process."""

KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "": ("format", "id", "title", "parties", "roles", "window", "phases"),
        "parties": tuple(party.value for party in Party),
        "roles": ("test", "request", "approve", "open"),
        "window": ("phase", "item", "start", "end"),
        "phases": ("number", "name", "source", "suites", "observed", "sign_offs", "items"),
        "phases.items": (
            "id", "title", "parties", "every_party", "agreed", "own_hand", "optional", "only_for",
            "distinct", "fields",
        ),
        "phases.items.fields": (
            "name", "title", "kind", "optional", "expects", "only_if", "not_before",
        ),
    }
)  # fmt: skip
"""Every key, by table."""

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,49}", re.ASCII)
_SUITE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII)
_IN_FORMS: Final = frozenset({"phase", "by"})
"""Keys that have another meaning in a filled-in form."""
_TIMES: Final = frozenset({FieldKind.DATE, FieldKind.DATETIME})
_W = TypeVar("_W", bound=StrEnum)


def process_from(table: Mapping[str, object], *, where: str = "process") -> Process:
    """The process that a table describes.

    Args:
        table: as ``tomllib`` or ``json`` gives it.
        where: name of the file, for errors.

    Raises:
        Malformed: names the file and the key.
    """
    top = _Table(table, f"{where}: ")
    top.only(*KEYS[""])
    number = top.values.get("format", FORMAT)
    if type(number) is not int or number != FORMAT:
        raise top.wrong("format", f"Only format {FORMAT} is known")
    process = Process(
        _own_id(top),
        top.title("title"),
        tuple(_phase(number, each) for number, each in enumerate(top.tables("phases", MAX_PHASES))),
        _roles(top.table("roles")),
        _titles(top.table("parties")),
        _window(top.table("window")) if "window" in table else None,
    )
    _check_whole(process, top)
    if process.window:
        _check_window(process, process.window, top)
    if len(describe(process)) > DEFINITION_MAX:
        raise Malformed(
            f"The process has more than {DEFINITION_MAX} characters.",
            where=where,
            todo="Shorten it.",
        )
    return process


@lru_cache(maxsize=16)  # a replay is asked for often, and a process never changes
def parse(definition: str) -> Process:
    """The process of a canonical text.

    Raises:
        Malformed: the text is not exactly what :func:`describe` would write of it.
    """
    try:
        table = json.loads(definition)
    except (ValueError, RecursionError):
        raise Malformed("The definition of the process is not JSON.") from None
    if not isinstance(table, dict):
        raise Malformed("The definition of the process is not a table.")
    process = process_from(table, where="definition")
    if describe(process) != definition:
        raise Malformed("The definition of the process is not in its one form.")
    return process


def describe(process: Process) -> str:
    """The process in its one form: JSON on one line, keys sorted, every key written out."""
    table: dict[str, Json] = {
        "format": FORMAT,
        "id": process.id,
        "title": _languages(process.title),
        "parties": {party.value: _languages(process.words(party)) for party in Party},
        "roles": {name: _values(getattr(process.roles, name)) for name in KEYS["roles"]},
        "phases": [_phase_table(phase) for phase in process.phases],
    }
    if process.window:
        table["window"] = {name: getattr(process.window, name) for name in KEYS["window"]}
    return json.dumps(table, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def definition_of(process: Process) -> str:
    """What a project's first event holds: nothing for a built-in process, else the one form.

    Raises:
        Malformed: it is not built in, but cannot be a process of a project's own either.
    """
    if PROCESSES.get(process.id) == process:
        return ""
    definition = describe(process)
    parse(definition)
    return definition


_FLAGS: Final = ("every_party", "agreed", "own_hand", "optional")


def _languages(text: Text) -> Json:
    return {language: text[language] for language in LANGUAGES}


def _values(words: Iterable[StrEnum]) -> list[Json]:
    return [each.value for each in words]


def _phase_table(phase: Phase) -> Json:
    return {
        "number": phase.number,
        "name": _languages(phase.name),
        "source": phase.source,
        "suites": list(phase.suites),
        "observed": list(phase.observed),
        "sign_offs": _values(phase.sign_offs),
        "items": [_item_table(each) for each in phase.items],
    }


def _item_table(item: Item) -> Json:
    return {
        "id": item.id,
        "title": _languages(item.title),
        "parties": _values(item.parties),
        **{name: getattr(item, name) for name in _FLAGS},
        "only_for": sorted(each.value for each in item.only_for),
        "distinct": [list(pair) for pair in item.distinct],
        "fields": [_field_table(each) for each in item.fields],
    }


def _field_table(field: Field) -> Json:
    return {
        "name": field.name,
        "title": _languages(field.title),
        "kind": field.kind.value,
        "optional": field.optional,
        "expects": field.expects.value,
        "only_if": field.only_if,
        "not_before": field.not_before,
    }


@dataclass(frozen=True, slots=True)
class _Table:
    """A table and its place; what is taken from it is checked."""

    values: Mapping[str, object]
    where: str

    def wrong(self, key: str, what: str, todo: str = "") -> Malformed:
        return Malformed(f"{what}.", where=f"{self.where}{key}", todo=todo)

    def only(self, *known: str) -> None:
        for key in self.values:
            if key not in known:
                told = f"Known here: {', '.join(known)}."
                raise self.wrong(shown_name(key), "This key is not known", told)

    def _get(self, key: str) -> object:
        if key not in self.values:
            raise self.wrong(key, "This key is missing")
        return self.values[key]

    def table(self, key: str) -> "_Table":
        return self._as_table(self._get(key), key)

    def _as_table(self, value: object, key: str) -> "_Table":
        if not isinstance(value, dict):
            raise self.wrong(key, "A table is expected")
        return _Table(value, f"{self.where}{key}.")

    def _list(self, key: str, maximum: int) -> list[object]:
        found = self.values.get(key, [])
        if not isinstance(found, list):
            raise self.wrong(key, "A list is expected")
        if len(found) > maximum:
            raise self.wrong(key, f"{len(found)} stand here; at most {maximum} fit")
        return found

    def tables(self, key: str, maximum: int) -> Iterator["_Table"]:
        for place, each in enumerate(self._list(key, maximum)):
            yield self._as_table(each, f"{key}[{place}]")

    def text(self, key: str, *, empty: bool = False) -> str:
        value = self.values.get(key, "") if empty else self._get(key)
        if not isinstance(value, str):
            raise self.wrong(key, "A text is expected")
        try:
            return clean(value, key, empty=empty)
        except Malformed as error:
            raise Malformed(error.what, where=f"{self.where}{key}", todo=error.todo) from None

    def title(self, key: str) -> Text:
        """A text in English, or in up to three languages; the others fall back to English."""
        if isinstance(self._get(key), str):
            english = self.text(key)
            return Text(english, english, english)
        languages = self.table(key)
        languages.only(*LANGUAGES)
        english = languages.text("en")
        told = {each: languages.text(each) for each in LANGUAGES if each in languages.values}
        return Text(told.get("fi", english), told.get("sv", english), english)

    def name(self, key: str, pattern: re.Pattern[str], written: str) -> str:
        value = self.text(key)
        if not pattern.fullmatch(value):
            raise self.wrong(key, f"A name of at most 50 {written} is expected")
        if value in _IN_FORMS:
            raise self.wrong(
                key, f"{value} has a meaning of its own in forms", "Call it otherwise."
            )
        return value

    def number(self, key: str) -> int:
        value = self._get(key)
        if type(value) is not int or not 0 <= value < MAX_PHASES:
            raise self.wrong(key, f"A whole number from 0 to {MAX_PHASES - 1} is expected")
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false is expected")
        return value

    def word(self, key: str, kind: type[_W], default: _W | None = None) -> _W:
        if default is not None and key not in self.values:
            return default
        return self._word(self._get(key), kind, key)

    def _word(self, value: object, kind: type[_W], key: str) -> _W:
        words = {each.value: each for each in kind}
        if not isinstance(value, str) or value not in words:
            raise self.wrong(key, f"One of {', '.join(words)} is expected")
        return words[value]

    def words(self, key: str, kind: type[_W], *, empty: bool = False) -> tuple[_W, ...]:
        """Different words of a closed set."""
        given = self._list(key, len(kind))
        found = tuple(self._word(each, kind, f"{key}[{place}]") for place, each in enumerate(given))
        if len(set(found)) < len(found):
            raise self.wrong(key, "One word stands here twice")
        if not found and not empty:
            raise self.wrong(key, "At least one is expected", f"Of: {', '.join(kind)}.")
        return found

    def suites(self, key: str) -> tuple[str, ...]:
        found = []
        for place, each in enumerate(self._list(key, MAX_SUITES)):
            if not isinstance(each, str) or not _SUITE.fullmatch(each):
                raise self.wrong(f"{key}[{place}]", "The name of a folder of scenarios is expected")
            found.append(each)
        return tuple(found)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        found = []
        for place, each in enumerate(self._list(key, MAX_FIELDS)):
            if not isinstance(each, list) or len(each) != 2:
                raise self.wrong(f"{key}[{place}]", "A list of two fields is expected")
            one, other = each
            if not isinstance(one, str) or not isinstance(other, str):
                raise self.wrong(f"{key}[{place}]", "A list of two fields is expected")
            found.append((one, other))
        return tuple(found)


def _own_id(top: _Table) -> str:
    found = top.text("id")
    try:
        slug(found, "id of the process")
    except Malformed as error:
        raise Malformed(error.what, where=f"{top.where}id", todo=error.todo) from None
    if found.startswith(RESERVED) or found in PROCESSES:
        raise top.wrong(
            "id",
            f"Ids that begin with {RESERVED} are those of built-in processes",
            "Give your process an id of its own.",
        )
    return found


def _titles(parties: _Table) -> tuple[tuple[Party, Text], ...]:
    parties.only(*KEYS["parties"])
    return tuple((party, parties.title(party.value)) for party in Party)


def _roles(roles: _Table) -> Roles:
    roles.only(*KEYS["roles"])
    return Roles(*(roles.words(name, Party) for name in KEYS["roles"]))


def _window(window: _Table) -> Window:
    window.only(*KEYS["window"])
    texts = (window.text(name) for name in ("item", "start", "end"))
    return Window(window.number("phase"), *texts)


def _phase(number: int, phase: _Table) -> Phase:
    phase.only(*KEYS["phases"])
    if phase.number("number") != number:
        raise phase.wrong("number", f"Phases are numbered from 0 without gaps; here {number}")
    suites = phase.suites("suites")
    sign_offs = phase.words("sign_offs", Party, empty=True)
    if sign_offs and len(suites) != 1:
        raise phase.wrong(
            "sign_offs", "Sign-offs need a phase of exactly one suite: each names one evidence"
        )
    return Phase(
        number,
        phase.title("name"),
        phase.text("source", empty=True),
        tuple(_item(each) for each in phase.tables("items", MAX_ITEMS)),
        suites,
        sign_offs,
        phase.suites("observed"),
    )


def _item(item: _Table) -> Item:
    item.only(*KEYS["phases.items"])
    tables = list(item.tables("fields", MAX_FIELDS))
    fields = tuple(_field(each) for each in tables)
    _check_once(item, "fields", "field", [each.name for each in fields])
    for field, table in zip(fields, tables, strict=True):
        _check_field(field, fields, table)
    found = Item(
        item.name("id", _ID, "small letters, digits and hyphens"),
        item.title("title"),
        fields,
        item.words("parties", Party),
        every_party=item.flag("every_party"),
        agreed=item.flag("agreed"),
        own_hand=item.flag("own_hand"),
        optional=item.flag("optional"),
        only_for=frozenset(item.words("only_for", OrganisationKind, empty=True)),
        distinct=item.pairs("distinct"),
    )
    for place, (one, other) in enumerate(found.distinct):
        if one == other or found.field(one) is None or found.field(other) is None:
            raise item.wrong(f"distinct[{place}]", "Two different fields of the item are expected")
    return found


def _field(field: _Table) -> Field:
    field.only(*KEYS["phases.items.fields"])
    return Field(
        field.name("name", _FIELD, "small letters, digits and underscores"),
        field.title("title"),
        field.word("kind", FieldKind),
        field.flag("optional"),
        field.word("expects", Expectation, Expectation.ANY),
        field.text("only_if", empty=True),
        field.text("not_before", empty=True),
    )


def _check_once(table: _Table, key: str, what: str, names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise table.wrong(key, f"The {what} {twice[0]} stands here twice")


def _check_field(field: Field, fields: Sequence[Field], table: _Table) -> None:
    """What a field says of other fields, and what it expects, makes sense."""
    others = {each.name: each.kind for each in fields if each is not field}
    if field.only_if and others.get(field.only_if) is not FieldKind.BOOL:
        raise table.wrong("only_if", "Another field of the item, of kind bool, is expected")
    if field.not_before and (
        field.kind not in _TIMES or others.get(field.not_before) is not field.kind
    ):
        raise table.wrong(
            "not_before", "Another field of the item is expected, both of kind date or datetime"
        )
    sensible = {FieldKind.BOOL: set(Expectation), FieldKind.PEOPLE: {Expectation.ADVISED}}
    if field.expects not in {Expectation.ANY} | sensible.get(field.kind, set()):
        raise table.wrong(
            "expects", f"A field of kind {field.kind.value} cannot be {field.expects.value}"
        )


def _check_whole(process: Process, top: _Table) -> None:
    """What no single phase can say."""
    if len(process.phases) < 2:
        raise top.wrong("phases", "At least two phases are expected: one, and the opening")
    *before, last = process.phases
    if last.items or last.all_suites:
        raise top.wrong(
            f"phases[{last.number}]",
            "The last phase is the opening itself; it asks for no items, suites and sign-offs",
            "Add a phase behind it.",
        )
    for phase in before:
        if not phase.items and not phase.all_suites:
            raise top.wrong(f"phases[{phase.number}]", "The phase asks for nothing")
    items = [item.id for phase in before for item in phase.items]
    _check_once(top, "phases", "item", items)
    _check_once(top, "phases", "suite", process.suites)
    if not 0 < len(process.suites) <= MAX_SUITES:
        raise top.wrong("phases", f"One suite is expected, or several up to {MAX_SUITES}")


def _check_window(process: Process, window: Window, top: _Table) -> None:
    """The window can be agreed on, and no opening can get around it."""
    phase = next((each for each in process.phases if each.number == window.phase), None)
    item = phase.item(window.item) if phase else None
    if item is None:
        raise top.wrong("window.item", f"Phase {window.phase} has no such item")
    binding = item.every_party and item.agreed and item.own_hand
    if not binding or item.optional or item.only_for:
        raise top.wrong(
            "window.item",
            "The item of the window is agreed on by every party itself, in every project",
            "Set every_party, agreed and own_hand, and neither optional nor only_for.",
        )
    for key in ("start", "end"):
        field = item.field(getattr(window, key))
        if field is None or field.kind is not FieldKind.DATETIME or field.optional or field.only_if:
            raise top.wrong(
                f"window.{key}", f"A field of {item.id} of kind datetime is expected, always told"
            )
    end = item.field(window.end)
    if end is None or end.not_before != window.start:
        raise top.wrong("window.end", f"It needs not_before = {window.start!r}")
