"""The process as data: it says what description 1.0.2 says, and it hangs together."""

from dataclasses import replace

import pytest

from harness.errors import ConfigError
from harness.joining.actor import Party
from harness.joining.events import OrganisationKind
from harness.joining.process import JOINING_1_0_2, find

FINNISH_NAMES = [
    "Ennen liittymistä",
    "Yhteydenotto Valtion IT-palvelukeskukseen ja palvelusopimus liittymisestä",
    "Tarkentava tekninen keskustelu ja projektisuunnitelma",
    "Palvelun valmistelu",
    "Palvelun liittäminen",
    "Palvelun testaus",
    "Tuotantoonsiirrosta sopiminen",
    "Palvelun avaaminen tuotantokäyttöön",
]


def test_the_phases_are_those_of_the_description() -> None:
    assert [phase.name.fi for phase in JOINING_1_0_2.phases] == FINNISH_NAMES
    assert [phase.number for phase in JOINING_1_0_2.phases] == list(range(8))
    assert all(len({p.name.fi, p.name.sv, p.name.en}) == 3 for p in JOINING_1_0_2.phases)


def test_every_organisation_has_exactly_one_agreement() -> None:
    phase = JOINING_1_0_2.phases[1]
    for kind in OrganisationKind:
        found = [item.id for item in phase.items if item.only_for and item.concerns(kind)]
        assert len(found) == 1


def test_items_and_fields_hang_together() -> None:
    items = [item for phase in JOINING_1_0_2.phases for item in phase.items]
    assert len({item.id for item in items}) == len(items)
    for item in items:
        names = [field.name for field in item.fields]
        assert len(set(names)) == len(names)
        assert item.parties
        for field in item.fields:
            earlier = set(names[: names.index(field.name)])
            assert {field.only_if, field.not_before} - {""} <= earlier
        for pair in item.distinct:
            assert set(pair) <= set(names)
    window = JOINING_1_0_2.window
    assert window is not None
    item_of_window = JOINING_1_0_2.phases[window.phase].item(window.item)
    assert item_of_window is not None
    assert item_of_window.field(window.start)
    assert item_of_window.field(window.end)
    assert item_of_window.every_party
    assert item_of_window.own_hand


def test_tests_are_signed_off_by_the_suppliers_of_both_sides() -> None:
    phase = JOINING_1_0_2.phase_of_suite("testing")
    assert phase is not None
    assert phase.sign_offs == (Party.SUPPLIER, Party.ACCOUNT_SUPPLIER)
    assert phase.suites == ("testing",)


def test_the_suppliers_own_system_is_seen_before_the_testing_is_over() -> None:
    phase = JOINING_1_0_2.phase_of_suite("supplier")
    assert phase is not None
    assert (phase.number, phase.observed) == (5, ("supplier",))
    assert JOINING_1_0_2.observed == {"supplier"}
    assert JOINING_1_0_2.suites == ("connection", "testing", "supplier")


def test_a_sign_off_names_one_evidence_so_its_phase_has_one_suite() -> None:
    phase = JOINING_1_0_2.phases[5]
    for suites in ((), ("connection", "testing")):
        with pytest.raises(ConfigError, match="not exactly one suite"):
            replace(phase, suites=suites)


def test_the_service_has_its_own_name_in_swedish() -> None:
    assert "Medborgarkontot" in Party.ACCOUNT.words.sv
    told = repr(JOINING_1_0_2) + "".join(party.words.sv for party in Party)
    assert "rendekont" not in told


def test_an_unknown_process_is_refused() -> None:
    with pytest.raises(ConfigError, match="not known"):
        find("liittymisprosessi-9")


def test_who_does_what() -> None:
    roles = JOINING_1_0_2.roles
    assert roles.test == (Party.SUPPLIER, Party.ACCOUNT_SUPPLIER)
    assert roles.request == (Party.AUTHORITY, Party.SUPPLIER)
    assert roles.approve == (Party.AUTHORITY, Party.ACCOUNT)
    assert roles.open == tuple(Party)
    assert all(JOINING_1_0_2.words(party) == party.words for party in Party)
