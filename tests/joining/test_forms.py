"""Forms: the examples lead through phases 0-3; what is wrong is refused where it stands."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.joining.actor import Party
from harness.joining.events import Kind, OrganisationKind, Value
from harness.joining.forms import canonical, from_text, parse_form, undone
from harness.joining.process import JOINING_1_0_2, FieldKind
from harness.joining.text import Malformed
from tests.joining.world import BY_PARTY, World, sample
from tests.support.identities import MISTYPED

FORMS = sorted(Path(__file__).parents[2].joinpath("forms").glob("*.toml"))
ITEMS = [item for phase in JOINING_1_0_2.phases for item in phase.items]


def test_the_example_forms_complete_phases_0_to_3() -> None:
    world = World(kind=Kind.REHEARSAL)
    assert len(FORMS) == 4
    for number, path in enumerate(FORMS):
        form = tomllib.loads(path.read_text())
        for each in parse_form(form, JOINING_1_0_2, OrganisationKind.MUNICIPALITY, where=path.name):
            assert each.phase == number
            args = world.by(BY_PARTY[each.stated_by]).args
            assert world.project.record_item(
                each.phase, each.item, each.stated_by, each.values, source_digest="a" * 64, **args
            )
            assert not world.project.record_item(
                each.phase, each.item, each.stated_by, each.values, **args
            )
        world.complete(number)
    assert world.project.standing.current == 4


@pytest.mark.parametrize(
    ("form", "where"),
    [
        ({}, "f.toml: phase"),
        ({"phase": 9}, "f.toml: phase"),
        ({"phase": True}, "f.toml: phase"),
        ({"phase": 1}, "f.toml"),
        ({"phase": 1, "lunch": {}}, "f.toml: [lunch]"),
        ({"phase": 1, "self-assessment": 3}, "f.toml: [self-assessment]"),
        ({"phase": 1, "self-assessment": {}}, "f.toml: [self-assessment] by"),
        ({"phase": 1, "self-assessment": {"by": "supplier"}}, "f.toml: [self-assessment] by"),
        ({"phase": 1, "self-assessment": {"by": []}}, "f.toml: [self-assessment] by"),
        (
            {"phase": 1, "self-assessment": {"by": "account", "gone_through": True}},
            "f.toml: [self-assessment] on",
        ),
        (
            {"phase": 1, "self-assessment": {"by": "account", "gone_through": "yes"}},
            "f.toml: [self-assessment] gone_through",
        ),
        (
            {"phase": 1, "self-assessment": {"by": "account", "\x1b[31m": 1}},
            "f.toml: [self-assessment] <name, 5 chars>",
        ),
        (
            {"phase": 1, "volume-estimates": {"by": "account", "messages_per_year": -1}},
            "f.toml: [volume-estimates] messages_per_year",
        ),
        (
            {"phase": 0, "consent": {"by": "authority", "needed": True}},
            "f.toml: [consent] asked_in_own_service",
        ),
        (
            {"phase": 1, "service-agreement-addition": {"by": "authority"}},
            "f.toml: [service-agreement-addition]",
        ),
        (
            {
                "phase": 0,
                "account-manager-contacted": {
                    "by": "supplier",
                    "contacted": date(2026, 2, 1),
                    "planned_opening": date(2026, 1, 1),
                },
            },
            "f.toml: [account-manager-contacted] planned_opening",
        ),
        (
            {
                "phase": 6,
                "opening-window": {
                    "by": "account",
                    "start": datetime(2026, 1, 1, 8),  # noqa: DTZ001 - without its offset
                    "end": "2026-01-01T09:00:00Z",
                },
            },
            "f.toml: [opening-window] start",
        ),
        (
            {"phase": 6, "announcement": {"by": "account", "to_whom": [], "on": "2026-01-01"}},
            "f.toml: [announcement] to_whom",
        ),
    ],
)
def test_a_wrong_form_is_refused_where_it_is_wrong(form: dict[str, Any], where: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_form(form, JOINING_1_0_2, OrganisationKind.MUNICIPALITY, where="f.toml")
    assert refused.value.where == where


def test_a_real_identity_code_or_a_control_character_in_a_form_is_refused() -> None:
    item = JOINING_1_0_2.phases[0].items[3]
    for note in (f"asiakas {MISTYPED}", "a\u202eb", "a\nb", " ", "x" * 3000):
        with pytest.raises(Malformed) as refused:
            canonical(item, {"studied": True, "note": note})
        assert note.strip() == "" or note not in str(refused.value)


@given(
    st.sampled_from(ITEMS), st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5))
)
def test_any_table_raises_nothing_but_malformed(item: Any, table: dict[str, Any]) -> None:
    try:
        told = canonical(item, table)
    except Malformed:
        return
    assert all(isinstance(each, Value) for each in told)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: str(item.id))
def test_recorded_values_are_their_own_form(item: Any) -> None:
    told = canonical(item, sample(item))
    assert canonical(item, {each.name: each.value for each in told}) == told
    assert undone(item, told) == ()


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: str(item.id))
def test_values_typed_on_a_command_line_are_the_same(item: Any) -> None:
    told = canonical(item, sample(item))
    typed = {
        each.name: ";".join(each.value) if isinstance(each.value, tuple) else str(each.value)
        for each in told
    }
    assert from_text(item, typed) == told


def test_wrong_words_on_a_command_line_are_refused() -> None:
    item = JOINING_1_0_2.phases[1].items[2]
    for word in ("many", "-1", "1" * 14, "٣"):
        with pytest.raises(Malformed, match="whole number"):
            from_text(item, {"messages_per_year": word, "support_requests_per_year": "1"})
    item = JOINING_1_0_2.phases[0].items[1]
    with pytest.raises(Malformed, match="true or false"):
        from_text(item, {"needed": "perhaps"})
    with pytest.raises(Malformed, match="no such field"):
        from_text(item, {"wanted": "yes"})


def test_times_are_kept_in_utc() -> None:
    item = JOINING_1_0_2.phases[6].items[0]
    told = canonical(
        item, {"start": "2026-12-01T08:00:00+02:00", "end": datetime.max.replace(tzinfo=UTC)}
    )
    assert told[0].value == "2026-12-01T06:00:00Z"


def test_every_party_of_an_item_is_named_in_a_form_of_its_own() -> None:
    assert {
        each.stated_by for each in parse_form(tomllib.loads(FORMS[3].read_text()), JOINING_1_0_2)
    } == {
        Party.ACCOUNT,
        Party.SUPPLIER,
    }
    assert FieldKind.BOOL in {field.kind for field in ITEMS[0].fields}
