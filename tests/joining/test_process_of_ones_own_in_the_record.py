"""A process of a project's own stands in its first event, in one form, and replay needs no more."""

import json
import string
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError, IntegrityBroken
from harness.i18n import Text
from harness.joining.actor import Party
from harness.joining.events import JoiningEvent, Kind, OrganisationKind, ProjectCreated
from harness.joining.process import (
    JOINING_1_0_2,
    Expectation,
    Field,
    FieldKind,
    Item,
    Phase,
    Process,
    Roles,
    Window,
)
from harness.joining.process_file import definition_of, describe, parse, process_from
from harness.joining.project import JoiningProject, replay
from harness.joining.text import Malformed
from tests.joining.test_process_of_ones_own_is_read_strictly import ASSET, EXPECTED
from tests.joining.world import World
from tests.support.identities import MISTYPED

KIRJASTO = process_from(tomllib.loads(ASSET.read_text("utf-8")))

# Any process there can be


WORDS = st.text(string.ascii_letters + "åäöŽ ”", min_size=1, max_size=20).filter(str.strip)
TITLES = st.builds(Text, WORDS, WORDS, WORDS)
PARTIES = st.lists(st.sampled_from(Party), min_size=1, unique=True).map(tuple)
FLAGS = st.booleans()


@st.composite
def items(draw: st.DrawFn, name: str) -> Item:
    """An item with fields that refer to each other."""
    kinds = draw(st.lists(st.sampled_from(FieldKind), max_size=5))
    fields: list[Field] = []
    for place, kind in enumerate(kinds):
        yes_no = [each.name for each in fields if each.kind is FieldKind.BOOL]
        earlier = [each.name for each in fields if each.kind is kind]
        in_time = kind in {FieldKind.DATE, FieldKind.DATETIME}
        expects = {FieldKind.BOOL: list(Expectation), FieldKind.PEOPLE: [*Expectation][:2]}
        fields.append(
            Field(
                f"field_{place}",
                draw(TITLES),
                kind,
                draw(FLAGS),
                draw(st.sampled_from(expects.get(kind, [Expectation.ANY]))),
                draw(st.sampled_from(["", *yes_no])),
                draw(st.sampled_from(["", *earlier])) if in_time else "",
            )
        )
    names = [each.name for each in fields]
    pairs = [(one, other) for one in names for other in names if one != other]
    return Item(
        name,
        draw(TITLES),
        tuple(fields),
        draw(PARTIES),
        every_party=draw(FLAGS),
        agreed=draw(FLAGS),
        own_hand=draw(FLAGS),
        optional=draw(FLAGS),
        only_for=draw(st.frozensets(st.sampled_from(OrganisationKind))),
        distinct=tuple(draw(st.lists(st.sampled_from(pairs), max_size=3))) if pairs else (),
    )


WHEN = replace(
    EXPECTED.phases[1].items[0],
    fields=(
        Field("start", EXPECTED.title, FieldKind.DATETIME),
        Field("end", EXPECTED.title, FieldKind.DATETIME, not_before="start"),
    ),
)


@st.composite
def processes(draw: st.DrawFn) -> Process:
    """A process with one to four phases before the opening."""
    count = draw(st.integers(1, 4))
    window = draw(st.none() | st.integers(0, count - 1))
    phases = []
    for number in range(count):
        asked = [draw(items(f"item-{number}-{n}")) for n in range(draw(st.integers(1, 2)))]
        asked += [WHEN] if number == window else []
        suites = (f"suite-{number}",) if number == 0 else ()
        sign_offs = draw(PARTIES | st.just(())) if suites else ()
        phases.append(Phase(number, draw(TITLES), "", tuple(asked), suites, sign_offs))
    phases.append(Phase(count, draw(TITLES), draw(WORDS)))
    return Process(
        draw(st.from_regex(r"[a-k][a-z0-9-]{0,20}[a-z0-9]", fullmatch=True)),
        draw(TITLES),
        tuple(phases),
        draw(st.builds(Roles, PARTIES, PARTIES, PARTIES, PARTIES)),
        tuple((party, draw(TITLES)) for party in Party),
        None if window is None else Window(window, "when", "start", "end"),
    )


@given(processes())
def test_describing_a_process_and_reading_it_again_changes_nothing(process: Process) -> None:
    text = describe(process)
    assert parse(text) == process
    assert describe(parse(text)) == text
    assert process_from(json.loads(text)) == process


def test_the_built_in_process_can_be_the_beginning_of_ones_own() -> None:
    own = replace(JOINING_1_0_2, id="own-1")
    assert parse(describe(own)) == own


# In the first event


def begun(process: Process | str) -> JoiningProject:
    return World(Kind.REHEARSAL, process=process).project


def created(project: JoiningProject) -> ProjectCreated:
    event = project.pending_events[0]
    assert isinstance(event, ProjectCreated)
    return event


def test_a_built_in_process_is_named_and_not_described() -> None:
    for process in (JOINING_1_0_2.id, JOINING_1_0_2):
        event = created(begun(process))
        assert (event.process, event.definition) == (JOINING_1_0_2.id, "")


def test_a_process_of_ones_own_is_described_whole() -> None:
    project = begun(KIRJASTO)
    event = created(project)
    assert (event.process, event.definition) == ("kirjasto-1", describe(KIRJASTO))
    assert project.standing.process == KIRJASTO
    assert replay([event]).standing.process == KIRJASTO


def test_an_unknown_process_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="not known"):
        begun("kirjasto-1")


@pytest.mark.parametrize(
    "process",
    [
        replace(KIRJASTO, id=JOINING_1_0_2.id),
        replace(JOINING_1_0_2, title=KIRJASTO.title),
        replace(JOINING_1_0_2, window=None),
        replace(KIRJASTO, phases=KIRJASTO.phases[:1]),
        replace(KIRJASTO, roles=replace(KIRJASTO.roles, approve=())),
    ],
)
def test_a_process_the_record_cannot_hold_begins_no_project(process: Process) -> None:
    with pytest.raises(Malformed):
        definition_of(process)
    with pytest.raises(Malformed):
        begun(process)


def _edited(change: Callable[[dict[str, Any]], object]) -> str:
    table = json.loads(describe(KIRJASTO))
    change(table)
    return json.dumps(table, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


GOOD = describe(KIRJASTO)
FORGED = {
    "another id": (_edited(lambda table: table.update(id="kirjasto-2")), "different ids"),
    "a built-in id": (_edited(lambda table: table.update(id=JOINING_1_0_2.id)), "built-in"),
    "no suites": (
        _edited(lambda table: [each.update(suites=[], sign_offs=[]) for each in table["phases"]]),
        "asks for nothing",
    ),
    "nobody approves": (_edited(lambda table: table["roles"].update(approve=[])), "At least one"),
    "a key too many": (_edited(lambda table: table.update(more=1)), "not known"),
    "a key too few": (_edited(lambda table: table["phases"][1].pop("source")), "one form"),
    "a title for all languages": (_edited(lambda table: table.update(title="x")), "one form"),
    "a key twice": (GOOD.replace("{", '{"format":1,', 1), "one form"),
    "white space": (GOOD.replace(",", ", ", 1), "one form"),
    "letters as escapes": (GOOD.replace("library", "\\u006cibrary", 1), "one form"),
    "half a character": (GOOD.replace("library", "\\ud800", 1), "U+D800"),
    "cut off": (GOOD[:-1], "not JSON"),
    "a list": ("[]", "not a table"),
    "a huge number": (GOOD.replace('"number":0', '"number":' + "9" * 5000), "JSON"),
    "no number": (GOOD.replace('"number":0', '"number":NaN'), "whole number"),
    "nested": ("[" * 100_000, "not JSON"),
    "nested tables": ('{"a":' * 30_000 + "1" + "}" * 30_000, "not"),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_definition_is_broken_integrity_and_nothing_else(forgery: str) -> None:
    definition, words = FORGED[forgery]
    event = replace(created(begun(KIRJASTO)), definition=definition)
    with pytest.raises(IntegrityBroken) as told:
        replay([event])
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (" ", "empty"),
        (GOOD + " " * 200_000, "characters"),
        (GOOD.replace("library", "lib\u200brary", 1), "U+200B"),
        (GOOD.replace("library", MISTYPED, 1), "identity code"),
    ],
    ids=["white", "too long", "hidden letters", "an identity code"],
)
def test_what_no_text_of_the_record_may_be_makes_no_event(definition: str, words: str) -> None:
    event = created(begun(KIRJASTO))
    with pytest.raises(Malformed, match=words.replace("+", r"\+")):
        replace(event, definition=definition)


@given(st.text() | st.integers(0, len(GOOD) - 1), st.characters())
def test_whatever_stands_there_nothing_but_our_own_errors_leaves(
    text: str | int, letter: str
) -> None:
    definition = text if isinstance(text, str) else GOOD[:text] + letter + GOOD[text + 1 :]
    try:
        found = parse(definition)
    except Malformed:
        return
    assert describe(found) == definition


def test_an_id_without_its_definition_is_broken_integrity() -> None:
    event = created(begun(KIRJASTO))
    with pytest.raises(IntegrityBroken, match="not known"):
        replay([replace(event, definition="")])


def test_a_history_judged_by_another_definition_could_not_have_happened() -> None:
    """Whoever makes a phase ask for less finds that the rest of the history does not fit."""
    world = World(Kind.REHEARSAL, process=KIRJASTO)
    world.fill(0)
    world.complete(0)
    first, *rest = (e for e in world.project.pending_events if isinstance(e, JoiningEvent))
    assert replay([first, *rest]).standing.current == 1
    less = _edited(lambda table: table["phases"][0]["items"][0]["fields"].pop())
    assert isinstance(first, ProjectCreated)
    with pytest.raises(IntegrityBroken, match="could not have happened"):
        replay([replace(first, definition=less), *rest])
