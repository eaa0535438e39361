"""A process of a project's own: every mistake is told by file and key, nothing is guessed."""

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.i18n import Text
from harness.joining.actor import Party
from harness.joining.events import DEFINITION_MAX, OrganisationKind
from harness.joining.process import (
    JOINING_1_0_2,
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
from harness.joining.process_file import KEYS, RESERVED, process_from
from harness.joining.text import Malformed
from tests.support.identities import MISTYPED
from tests.test_docs import DOCS, blocks, rows

ASSET = Path(__file__).parents[1] / "assets" / "processes" / "kirjasto.toml"

FULL = """
format = 1
id = "full-1"
title = { en = "Everything", fi = "Kaikki", sv = "Allt" }

[parties]
authority = "the customer"
supplier = { en = "its supplier", sv = "leverantören" }
account = "the service"
account-supplier = "the service's supplier"

[roles]
test = ["supplier", "account-supplier"]
request = ["authority"]
approve = ["account"]
open = ["authority", "account"]

[window]
phase = 1
item = "when"
start = "from"
end = "to"

[[phases]]
number = 0
name = "Testing"
source = "section 1"
suites = ["testing"]
sign_offs = ["supplier"]

[[phases.items]]
id = "paper"
title = "Paper"
parties = ["authority", "supplier"]
optional = true
only_for = ["state", "municipality"]
distinct = [["owner", "deputy"]]
fields = [
    { name = "needed", title = "Needed", kind = "bool", expects = "demanded" },
    { name = "why", title = "Why", kind = "text", only_if = "needed" },
    { name = "sent", title = "Sent", kind = "date" },
    { name = "answered", title = "Answered", kind = "date", not_before = "sent", optional = true },
    { name = "owner", title = "Owner", kind = "people", expects = "advised" },
    { name = "deputy", title = "Deputy", kind = "people" },
    { name = "count", title = "Count", kind = "int" },
]

[[phases]]
number = 1
name = "Date"

[[phases.items]]
id = "when"
title = "When"
parties = ["authority", "account"]
every_party = true
agreed = true
own_hand = true
fields = [
    { name = "from", title = "From", kind = "datetime" },
    { name = "to", title = "To", kind = "datetime", not_before = "from" },
]

[[phases]]
number = 2
name = "Opening"
"""


def _same(word: str) -> Text:
    return Text(word, word, word)


def _field(name: str, kind: FieldKind, **more: Any) -> Field:
    return Field(name, _same(name.capitalize()), kind, **more)


EXPECTED = Process(
    "full-1",
    Text("Kaikki", "Allt", "Everything"),
    (
        Phase(
            0,
            _same("Testing"),
            "section 1",
            (
                Item(
                    "paper",
                    _same("Paper"),
                    (
                        _field("needed", FieldKind.BOOL, expects=Expectation.DEMANDED),
                        _field("why", FieldKind.TEXT, only_if="needed"),
                        _field("sent", FieldKind.DATE),
                        _field("answered", FieldKind.DATE, not_before="sent", optional=True),
                        _field("owner", FieldKind.PEOPLE, expects=Expectation.ADVISED),
                        _field("deputy", FieldKind.PEOPLE),
                        _field("count", FieldKind.INT),
                    ),
                    (Party.AUTHORITY, Party.SUPPLIER),
                    optional=True,
                    only_for=frozenset({OrganisationKind.STATE, OrganisationKind.MUNICIPALITY}),
                    distinct=(("owner", "deputy"),),
                ),
            ),
            ("testing",),
            (Party.SUPPLIER,),
        ),
        Phase(
            1,
            _same("Date"),
            "",
            (
                Item(
                    "when",
                    _same("When"),
                    (
                        _field("from", FieldKind.DATETIME),
                        _field("to", FieldKind.DATETIME, not_before="from"),
                    ),
                    (Party.AUTHORITY, Party.ACCOUNT),
                    every_party=True,
                    agreed=True,
                    own_hand=True,
                ),
            ),
        ),
        Phase(2, _same("Opening"), ""),
    ),
    Roles(
        (Party.SUPPLIER, Party.ACCOUNT_SUPPLIER),
        (Party.AUTHORITY,),
        (Party.ACCOUNT,),
        (Party.AUTHORITY, Party.ACCOUNT),
    ),
    (
        (Party.AUTHORITY, _same("the customer")),
        (Party.SUPPLIER, Text("its supplier", "leverantören", "its supplier")),
        (Party.ACCOUNT, _same("the service")),
        (Party.ACCOUNT_SUPPLIER, _same("the service's supplier")),
    ),
    Window(1, "when", "from", "to"),
)


def full() -> dict[str, Any]:
    return tomllib.loads(FULL)


def test_everything_a_process_can_say_can_be_said_in_the_file() -> None:
    assert process_from(full()) == EXPECTED


def test_a_title_that_is_missing_in_a_language_is_the_english_one() -> None:
    process = process_from(tomllib.loads(ASSET.read_text("utf-8")))
    assert process.title == Text(
        "Liittyminen ilmoituspalveluun", "Joining the notice service", "Joining the notice service"
    )
    assert process.words(Party.ACCOUNT_SUPPLIER)["fi"] == "the notice service's supplier"


Change = Callable[[dict[str, Any]], object]


def _set(value: object, *path: str | int) -> Change:
    def change(table: Any) -> None:
        for step in path[:-1]:
            table = table[step]
        table[path[-1]] = value

    return change


def _drop(*path: str | int) -> Change:
    def change(table: Any) -> None:
        for step in path[:-1]:
            table = table[step]
        del table[path[-1]]

    return change


def _many(count: int, *path: str | int) -> Change:
    """So many copies of the first of a list."""

    def change(table: Any) -> None:
        for step in path:
            table = table[step]
        table[:] = [copy.deepcopy(table[0]) for _ in range(count)]

    return change


PAPER = ("phases", 0, "items", 0)
WHEN = ("phases", 1, "items", 0)
ON_PAPER = "phases[0].items[0]"
NEEDED, WHY, SENT, ANSWERED, OWNER = ((*PAPER, "fields", place) for place in range(5))

MISTAKES: dict[str, tuple[Change, str, str]] = {
    # unknown, missing, of another kind
    "unknown key": (_set(1, "phase"), "phase", "not known"),
    "unknown party": (_set("x", "parties", "citizen"), "parties.citizen", "not known"),
    "unknown role": (_set([], "roles", "watch"), "roles.watch", "not known"),
    "unknown key of the window": (_set(1, "window", "days"), "window.days", "not known"),
    "unknown key of a phase": (_set(1, "phases", 0, "suite"), "phases[0].suite", "not known"),
    "unknown key of an item": (_set(1, *PAPER, "by"), f"{ON_PAPER}.by", "not known"),
    "unknown key of a field": (_set(1, *WHY, "if"), f"{ON_PAPER}.fields[1].if", "not known"),
    "unknown language": (_set("x", "title", "de"), "title.de", "not known"),
    "no id": (_drop("id"), "id", "missing"),
    "no title": (_drop("title"), "title", "missing"),
    "no English": (_drop("title", "en"), "title.en", "missing"),
    "no party's name": (_drop("parties", "account"), "parties.account", "missing"),
    "no parties": (_drop("parties"), "parties", "missing"),
    "no roles": (_drop("roles"), "roles", "missing"),
    "no approver": (_drop("roles", "approve"), "roles.approve", "At least one"),
    "no kind": (_drop(*WHY, "kind"), f"{ON_PAPER}.fields[1].kind", "missing"),
    "no number": (_drop("phases", 0, "number"), "phases[0].number", "missing"),
    "nobody states it": (_set([], *PAPER, "parties"), f"{ON_PAPER}.parties", "At least one"),
    "a number for a text": (_set(5, *PAPER, "title"), f"{ON_PAPER}.title", "table is expected"),
    "a text for a table": (_set("x", "roles"), "roles", "table is expected"),
    "a table for a list": (_set({}, "phases"), "phases", "list is expected"),
    "a text for a flag": (_set("yes", *PAPER, "optional"), f"{ON_PAPER}.optional", "true or false"),
    "true for a number": (_set(True, "phases", 1, "number"), "phases[1].number", "number from 0"),
    "another format": (_set(2, "format"), "format", "Only format 1"),
    "true for the format": (_set(True, "format"), "format", "Only format 1"),
    "no list of two": (_set([["owner"]], *PAPER, "distinct"), f"{ON_PAPER}.distinct[0]", "two"),
    # texts
    "empty title": (_set(" ", "title", "en"), "title.en", "empty"),
    "over-long title": (_set("x" * 201, *PAPER, "title"), f"{ON_PAPER}.title", "201 characters"),
    "hidden letters": (_set("a\u202eb", "phases", 0, "name"), "phases[0].name", "U+202E"),
    "an identity code": (_set(MISTYPED, "phases", 0, "source"), "phases[0].source", "code"),
    # names
    "an id with spaces": (_set("my process", "id"), "id", "not an identifier"),
    "a built-in id": (_set(JOINING_1_0_2.id, "id"), "id", "built-in"),
    "an id of a later release": (_set(f"{RESERVED}2.0", "id"), "id", "built-in"),
    "an item called phase": (_set("phase", *PAPER, "id"), f"{ON_PAPER}.id", "meaning of its own"),
    "a field called by": (_set("by", *SENT, "name"), f"{ON_PAPER}.fields[2].name", "meaning"),
    "an item in capitals": (_set("Paper", *PAPER, "id"), f"{ON_PAPER}.id", "small letters"),
    "a field with =": (_set("a=b", *SENT, "name"), f"{ON_PAPER}.fields[2].name", "small letters"),
    "a suite above": (_set(["../x"], "phases", 0, "suites"), "phases[0].suites[0]", "folder"),
    # numbers and counts
    "a gap": (_set(2, "phases", 1, "number"), "phases[1].number", "without gaps; here 1"),
    "a number twice": (_set(0, "phases", 1, "number"), "phases[1].number", "without gaps"),
    "one phase": (lambda table: table.update(phases=table["phases"][:1]), "phases", "two phases"),
    "no phase": (_set([], "phases"), "phases", "two phases"),
    "too many phases": (_many(31, "phases"), "phases", "at most 30"),
    "too many items": (_many(41, "phases", 0, "items"), "phases[0].items", "at most 40"),
    "too many fields": (_many(31, *PAPER, "fields"), f"{ON_PAPER}.fields", "at most 30"),
    "too many suites": (
        _set([f"s{n}" for n in range(13)], "phases", 0, "suites"), "phases[0].suites", "at most 12",
    ),
    # twice
    "an item twice in a phase": (_many(2, "phases", 0, "items"), "phases", "item paper"),
    "an item in two phases": (_set("paper", *WHEN, "id"), "phases", "item paper"),
    "a field twice": (_set("needed", *SENT, "name"), f"{ON_PAPER}.fields", "field needed"),
    "a suite twice": (_set(["testing"], "phases", 1, "suites"), "phases", "suite testing"),
    "a party twice": (
        _set(["account", "account"], "roles", "approve"), "roles.approve", "twice",
    ),
    # closed sets
    "a party unheard of": (_set(["us"], "roles", "test"), "roles.test[0]", "account-supplier"),
    "a party that is a number": (_set([1], *PAPER, "parties"), f"{ON_PAPER}.parties[0]", "One of"),
    "a kind unheard of": (_set("float", *SENT, "kind"), f"{ON_PAPER}.fields[2].kind", "datetime"),
    "an organisation unheard of": (
        _set(["church"], *PAPER, "only_for"), f"{ON_PAPER}.only_for[0]", "municipality",
    ),
    # what does not go together
    "sign-offs without a suite": (
        _set(["account"], "phases", 1, "sign_offs"), "phases[1].sign_offs", "exactly one suite",
    ),
    "sign-offs of two suites": (
        _set(["testing", "more"], "phases", 0, "suites"), "phases[0].sign_offs", "exactly one",
    ),
    "only_if of no field": (_set("x", *WHY, "only_if"), f"{ON_PAPER}.fields[1].only_if", "Another"),
    "only_if of a date": (_set("sent", *WHY, "only_if"), f"{ON_PAPER}.fields[1].only_if", "bool"),
    "only_if of itself": (
        _set("needed", *NEEDED, "only_if"), f"{ON_PAPER}.fields[0].only_if", "Another",
    ),
    "not_before no field": (
        _set("never", *ANSWERED, "not_before"), f"{ON_PAPER}.fields[3].not_before", "Another",
    ),
    "not_before a count": (
        _set("count", *ANSWERED, "not_before"), f"{ON_PAPER}.fields[3].not_before", "date",
    ),
    "a date not before a time": (
        _set("datetime", *SENT, "kind"), f"{ON_PAPER}.fields[3].not_before", "both of kind",
    ),
    "a text not before a text": (
        _set("why", *PAPER, "fields", 1, "not_before"), f"{ON_PAPER}.fields[1].not_before", "date",
    ),
    "a date that is demanded": (
        _set("demanded", *SENT, "expects"), f"{ON_PAPER}.fields[2].expects", "cannot be demanded",
    ),
    "people who are demanded": (
        _set("demanded", *OWNER, "expects"), f"{ON_PAPER}.fields[4].expects", "cannot be demanded",
    ),
    "distinct from itself": (
        _set([["owner", "owner"]], *PAPER, "distinct"), f"{ON_PAPER}.distinct[0]", "different",
    ),
    "distinct from no field": (
        _set([["owner", "x"]], *PAPER, "distinct"), f"{ON_PAPER}.distinct[0]", "different",
    ),
    # what would let production open too easily
    "no suite at all": (
        lambda table: table["phases"][0].update(suites=[], sign_offs=[]), "phases", "One suite",
    ),
    "the last phase asks for an item": (
        lambda table: table["phases"].pop(), "phases[1]", "opening itself",
    ),
    "the last phase asks for a suite": (
        _set(["more"], "phases", 2, "suites"), "phases[2]", "opening itself",
    ),
    "a phase asks for nothing": (
        lambda table: (table.pop("window"), table["phases"][1].pop("items")),
        "phases[1]", "asks for nothing",
    ),
    "the window is of no item": (_set("then", "window", "item"), "window.item", "no such item"),
    "the window is of no phase": (_set(9, "window", "phase"), "window.item", "no such item"),
    "the window is of another phase": (_set(0, "window", "phase"), "window.item", "no such item"),
    "one party alone sets the window": (
        _set(False, *WHEN, "every_party"), "window.item", "by every party itself",
    ),
    "the window need not be agreed": (_set(False, *WHEN, "agreed"), "window.item", "every party"),
    "somebody else states the window": (
        _set(False, *WHEN, "own_hand"), "window.item", "every party",
    ),
    "the window may be missing": (_set(True, *WHEN, "optional"), "window.item", "every party"),
    "the window is not for all": (
        _set(["state"], *WHEN, "only_for"), "window.item", "every project",
    ),
    "the window starts at no field": (_set("x", "window", "start"), "window.start", "datetime"),
    "the window starts on a date": (
        lambda table: [f.update(kind="date") for f in table["phases"][1]["items"][0]["fields"]],
        "window.start", "datetime",
    ),
    "the end of the window may be missing": (
        _set(True, *WHEN, "fields", 1, "optional"), "window.end", "always told",
    ),
    "the window ends before it starts": (
        _drop(*WHEN, "fields", 1, "not_before"), "window.end", "not_before",
    ),
    "the window ends when it starts": (_set("from", "window", "end"), "window.end", "not_before"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_by_file_and_key(mistake: str) -> None:
    change, key, words = MISTAKES[mistake]
    table = full()
    change(table)
    with pytest.raises(Malformed) as told:
        process_from(table, where="own.toml")
    assert told.value.where == f"own.toml: {key}"
    assert words in f"{told.value.what} {told.value.todo}"


def test_names_out_of_a_hostile_file_are_not_repeated() -> None:
    table = full()
    table[f"{MISTYPED}\x1b[2J"] = 1
    with pytest.raises(Malformed) as told:
        process_from(table)
    assert MISTYPED[:6] not in str(told.value)
    assert "\x1b" not in str(told.value)


def test_a_process_longer_than_an_event_can_hold_is_refused() -> None:
    table = full()
    item = table["phases"][0]["items"][0]
    item["fields"] = [{"name": f"f{n}", "title": "x" * 200, "kind": "int"} for n in range(30)]
    item["distinct"] = []
    more = [{**copy.deepcopy(item), "id": f"item-{n}"} for n in range(40)]
    table["phases"][0]["items"] = more
    with pytest.raises(Malformed, match=f"more than {DEFINITION_MAX} characters"):
        process_from(table)


def test_built_in_processes_keep_to_the_reserved_ids() -> None:
    assert all(name == each.id for name, each in PROCESSES.items())
    assert all(name.startswith(RESERVED) for name in PROCESSES)


DOCUMENT = DOCS / "process-of-your-own.md"


@pytest.mark.parametrize("table", KEYS)
def test_every_key_is_documented(table: str) -> None:
    heading = {"": "The top", "phases": "`[[phases]]`", "phases.items": "`[[phases.items]]`"}
    heading["phases.items.fields"] = "`[[phases.items.fields]]`"
    assert rows(DOCUMENT, heading.get(table, f"`[{table}]`"), "key") == list(KEYS[table])


def test_the_documented_example_is_the_one_that_is_tested() -> None:
    (shown,) = (
        block.text
        for block in blocks(DOCUMENT)
        if block.file is not None and block.file["name"] == ASSET.name
    )
    assert shown == ASSET.read_text("utf-8")
