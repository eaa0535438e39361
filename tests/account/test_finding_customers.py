"""HaeAsiakkaita."""

import datetime as dt

import pytest

from harness.account.customers import CUSTOMERS, Conduct
from harness.identity import personal_code
from tests.account.asking import ROLES, Desk, caller, customer, envelope, find

ANSWERED = [
    each.role for each in CUSTOMERS if each.conduct not in {Conduct.TROUBLE, Conduct.SILENT}
]


def states(desk: Desk, kysely: str) -> list[tuple[str, ...]]:
    asked = desk.ask("HaeAsiakkaita", kysely)
    assert asked.code == 0
    paths = ("@AsiakasTunnus", "@TunnusTyyppi", "Tila", "TiliPassivoitu")
    return list(zip(*(asked.texts(f"Asiakkaat/Asiakas/{path}") for path in paths), strict=True))


@pytest.mark.parametrize(
    ("role", "state", "passive"),
    [
        ("active", "300", "0"),
        ("new-sign", "300", "0"),
        ("passive", "300", "1"),
        ("none", "310", "0"),
        ("company", "300", "0"),
        ("company-none", "310", "0"),
        ("refusing", "300", "0"),
    ],
)
def test_state_of_each_role(desk: Desk, role: str, state: str, passive: str) -> None:
    assert states(desk, find(role)) == [(ROLES[role].id, ROLES[role].type, state, passive)]


def test_answers_come_in_the_order_asked_and_as_often(desk: Desk) -> None:
    roles = ["none", "active", "none", "company"]
    assert [one[0] for one in states(desk, find(*roles))] == [ROLES[role].id for role in roles]


def test_all_at_once(desk: Desk) -> None:
    assert len(states(desk, find(*ANSWERED))) == len(ANSWERED)


def test_type_defaults_to_personal_code(desk: Desk) -> None:
    kysely = find("active").replace(' TunnusTyyppi="SSN"', "")
    assert states(desk, kysely)[0][1:3] == ("SSN", "300")


def test_unknown_artificial_person_has_no_account(desk: Desk) -> None:
    unknown = personal_code(dt.date(1971, 1, 1), 999)
    kysely = find("active").replace(ROLES["active"].id, unknown)
    assert states(desk, kysely) == [(unknown, "SSN", "310", "0")]


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        ("", "SSN"),
        ("ei-tunnus", "SSN"),
        (ROLES["active"].id.lower() + " ", "SSN"),
        (ROLES["active"].id[:-1] + "!", "SSN"),
        (ROLES["company"].id, "SSN"),
        (ROLES["active"].id, "CRN"),
        (ROLES["company"].id[:-1] + "0", "CRN"),
        (ROLES["active"].id, "MUU"),
    ],
)
def test_ids_that_cannot_be_are_refused(desk: Desk, identity: str, kind: str) -> None:
    active = ROLES["active"]
    kysely = find("active").replace(active.id, identity).replace('"SSN"', f'"{kind}"')
    assert desk.ask("HaeAsiakkaita", kysely).code == 400


def test_codes_that_may_belong_to_a_person_are_refused_and_not_repeated(desk: Desk) -> None:
    real_range = personal_code(dt.date(1971, 1, 1), 100)
    asked = desk.ask("HaeAsiakkaita", find("active").replace(ROLES["active"].id, real_range))
    assert asked.code == 400
    assert real_range.encode() not in asked.answer.body.data


def test_missing_id_is_refused(desk: Desk) -> None:
    kysely = find("active").replace(customer("active"), "<Asiakas/>")
    assert desk.ask("HaeAsiakkaita", kysely).code == 400


def test_period_beyond_the_calendar_is_never_answered(desk: Desk) -> None:
    kysely = find(kind="Kaikki", begin="99999-01-01T00:00:00Z", end="99999-01-02T00:00:00Z")
    desk.fault(envelope("HaeAsiakkaita", caller() + kysely), "HaeAsiakkaita")


@pytest.mark.parametrize("kind", [None, "", "asiakkaat", "Muu"])
def test_unknown_kind_of_query(desk: Desk, kind: str | None) -> None:
    assert desk.ask("HaeAsiakkaita", find("active", kind=kind)).code == 400


def test_listing_nobody_is_refused(desk: Desk) -> None:
    assert desk.ask("HaeAsiakkaita", find()).code == 400


def test_all_of_a_period(desk: Desk) -> None:
    kysely = find(kind="Kaikki", begin="2025-01-01T00:00:00Z", end="2025-12-31T23:59:59Z")
    assert [one[0] for one in states(desk, kysely)] == [ROLES["passive"].id]


def test_period_includes_both_ends_and_minds_the_offset(desk: Desk) -> None:
    moment = "2025-01-15T09:30:00+02:00"
    assert len(states(desk, find(kind="Kaikki", begin=moment, end=moment))) == 1
    later = "2025-01-15T07:30:00+02:00"
    assert states(desk, find(kind="Kaikki", begin=later, end="2025-01-15T08:00:00+02:00")) == []


def test_those_without_account_are_in_no_period(desk: Desk) -> None:
    kysely = find(kind="Kaikki", begin="1990-01-01T00:00:00", end="2030-01-01T00:00:00")
    listed = {one[0] for one in states(desk, kysely)}
    assert ROLES["none"].id not in listed
    assert ROLES["active"].id in listed


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("", ""),
        ("2025-01-01T00:00:00Z", ""),
        ("2025-01-02T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "2025-01-01T00:00:00Z"),
    ],
)
def test_periods_that_are_none(desk: Desk, begin: str, end: str) -> None:
    assert desk.ask("HaeAsiakkaita", find(kind="Kaikki", begin=begin, end=end)).code == 400
